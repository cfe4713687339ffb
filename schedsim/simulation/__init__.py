"""A scenario on an engine.

``machine``  the whole: processes, locks and pools by name
``places``   where work lives: interpreters, processes, threads with an event loop
``threads``  all threads of a job
``tasks``    all tasks of a job in one loop
``lives``    who is meant by a name, and what may be killed
``bodies``   what the steps of a job mean where they run
"""

from __future__ import annotations

from schedsim.simulation.machine import Simulation
from schedsim.simulation.places import LoopThread, Process
from schedsim.simulation.tasks import TaskGroup
from schedsim.simulation.threads import ThreadGroup, runs_real_asyncio

__all__ = [
    "LoopThread",
    "Process",
    "Simulation",
    "TaskGroup",
    "ThreadGroup",
    "runs_real_asyncio",
]
