"""eventlet's hub, and green threads on it (SEMANTICS.md A3, E1 and E2): eventlet 0.41.3.

``hub``           iterations: timers, devices
``greenthreads``  events, how green threads end, who waits for them, who kills them
``timeouts``      errors thrown by a timer
``semaphores``, ``events``, ``queues`` and ``pools``
``verbs``         what the steps of a task mean
"""

from __future__ import annotations

from schedsim.loops.eventlet.greenthreads import GreenThread
from schedsim.loops.eventlet.hub import EventletHub
from schedsim.loops.eventlet.verbs import BLOCKS, CATCHES, RESOURCES, VERBS
from schedsim.loops.live import Flavour
from schedsim.traps import ACQUIRE, RELEASE

EVENTLET = Flavour(
    EventletHub,
    GreenThread,
    VERBS,
    BLOCKS,
    RESOURCES,
    CATCHES,
    unlike=frozenset({ACQUIRE, RELEASE}),
)
