"""asyncio's event loop, and what the standard library builds on it (SEMANTICS.md A2, A1 to A15).

``futures``  futures and tasks: who waits for whom, who is called when
``verbs``    what the steps of a task mean
"""

from __future__ import annotations

from schedsim.loops.asyncio.futures import Task
from schedsim.loops.asyncio.verbs import CATCHES, VERBS
from schedsim.loops.event_loop import EventLoop
from schedsim.loops.live import Flavour

ASYNCIO = Flavour(EventLoop, Task, VERBS, catches=CATCHES, locks_alike=True)
