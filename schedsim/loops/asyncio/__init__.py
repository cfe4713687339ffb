"""asyncio's event loop, and what the standard library builds on it (SEMANTICS.md A2, A1 to A15).

``futures``      futures and tasks: who waits for whom, who is called when
``sleeping``     sleep
``locks``        lock, event, condition, semaphore, barrier
``queues``       queues
``gathering``    waiting for several: gather, wait, as_completed, shield
``groups``       TaskGroup
``timeouts``     timeout, wait_for
``inner_tasks``  tasks that a step makes
``verbs``        what the steps of a task mean
"""

from __future__ import annotations

from schedsim.loops.asyncio.futures import Task
from schedsim.loops.asyncio.verbs import BLOCKS, CATCHES, RESOURCES, VERBS
from schedsim.loops.event_loop import EventLoop
from schedsim.loops.live import Flavour

ASYNCIO = Flavour(EventLoop, Task, VERBS, BLOCKS, RESOURCES, CATCHES, unlike=frozenset())
