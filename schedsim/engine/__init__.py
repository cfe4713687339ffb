"""The kernel and its records: cores, run queue, GIL, timers.

``kernel`` is the one hot module; ``records`` is what it schedules, ``gil`` the lock of a process,
``facts`` an account of where everything stands.
"""

from __future__ import annotations

from schedsim.engine.gil import Gil
from schedsim.engine.kernel import FOREVER, Engine
from schedsim.engine.records import Core, Group, Thread

__all__ = ["FOREVER", "Core", "Engine", "Gil", "Group", "Thread"]
