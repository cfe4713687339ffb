"""The kernel and its records: cores, run queues, GIL, timers.

``kernel`` is the one hot module; ``records`` is what it schedules, ``gil`` the lock of a process,
``lock`` any other lock between threads, ``periodic`` the jobs of periodic threads, ``balance``
what cores with queues of their own do for each other, ``pace`` how fast cores work, and ``facts``
an account of where everything stands.
"""

from __future__ import annotations

from schedsim.engine.balance import Balance
from schedsim.engine.gil import Gil
from schedsim.engine.kernel import FOREVER, Engine
from schedsim.engine.lock import Lock
from schedsim.engine.pace import EVEN, Pace
from schedsim.engine.records import ANYWHERE, Core, Group, Thread

__all__ = [
    "ANYWHERE",
    "EVEN",
    "FOREVER",
    "Balance",
    "Core",
    "Engine",
    "Gil",
    "Group",
    "Lock",
    "Pace",
    "Thread",
]
