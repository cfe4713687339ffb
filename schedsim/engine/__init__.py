"""The kernel and its records: cores, run queues, GIL, timers.

============  =============================================================================
``kernel``    the one hot module: time, decisions, the trace; ``turns``, many of them in one go
``agenda``    what is to happen when; ``instants``, what an instant brings about
``records``   what it schedules: threads and cores
``gil``       the lock of an interpreter (``old_gil`` before 3.2); ``lock`` is any other
``leaving``   how a thread blocks or ends; ``affinity``, where it may run
``c_calls``   computing in C, with the GIL or without
``chance``    what is drawn by lot
``contest``   who takes a core from whom; ``slices``, for how long one has it
``alarms``    what happens by the clock alone; ``periodic``, the jobs of periodic threads
``tolls``     what a core pays before a thread runs on it
``balance``   what cores with queues of their own do for each other
``pace``      how fast cores work: speeds and caches
``hotplug``   cores that come and go; ``changeover``, another policy; ``gil_switch``, no GIL
``view``      the machine as a policy sees it
``facts``     an account of where everything stands
============  =============================================================================
"""

from __future__ import annotations

from schedsim.engine.agenda import FOREVER
from schedsim.engine.balance import Balance
from schedsim.engine.changeover import set_policy, set_slices
from schedsim.engine.gil import Gil, GilRules
from schedsim.engine.gil_switch import switch_off, switch_on
from schedsim.engine.kernel import Engine
from schedsim.engine.lock import Lock
from schedsim.engine.old_gil import make as make_gil
from schedsim.engine.pace import EVEN, Pace
from schedsim.engine.records import ANYWHERE, Core, Group, Thread
from schedsim.engine.tolls import Tolls

__all__ = [
    "ANYWHERE",
    "EVEN",
    "FOREVER",
    "Balance",
    "Core",
    "Engine",
    "Gil",
    "GilRules",
    "Group",
    "Lock",
    "Pace",
    "Thread",
    "Tolls",
    "make_gil",
    "set_policy",
    "set_slices",
    "switch_off",
    "switch_on",
]
