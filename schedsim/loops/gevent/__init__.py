"""gevent's hub, and greenlets on it (SEMANTICS.md A3, V1 to V3): gevent 26.9 on libev.

``hub``        iterations: callbacks, timers, devices, timeouts
``greenlets``  how they end, who waits for them, who kills them
``timeouts``   errors thrown by a timer
``links``      what one waits for; ``locks``, ``events``, ``queues`` and ``pools`` are made of it
``verbs``      what the steps of a task mean
"""

from __future__ import annotations

from schedsim.loops.gevent.greenlets import GeventGreenlet
from schedsim.loops.gevent.hub import GeventHub
from schedsim.loops.gevent.verbs import BLOCKS, CATCHES, RESOURCES, VERBS
from schedsim.loops.live import Flavour
from schedsim.traps import ACQUIRE, RELEASE

GEVENT = Flavour(
    GeventHub,
    GeventGreenlet,
    VERBS,
    BLOCKS,
    RESOURCES,
    CATCHES,
    unlike=frozenset({ACQUIRE, RELEASE}),
)
