"""What a body in a thread can say: ``threading``, ``queue`` and ``concurrent.futures``.

``locks``          lock, rlock, condition
``signals``        semaphore, event, barrier
``queues``         queue, and the simple queue of pools
``channels``       pipes and sockets
``pools``          thread pools
``process_pools``  process pools
``verbs``          what the steps of a thread mean
``blocks``         what its blocks mean
"""

from __future__ import annotations

from schedsim.threads.base import Catalogue
from schedsim.threads.blocks import BLOCKS
from schedsim.threads.channels import Channel
from schedsim.threads.locks import Condition, RLock
from schedsim.threads.queues import Queue
from schedsim.threads.signals import Barrier, Event, Semaphore
from schedsim.threads.verbs import VERBS

_ENDS_ITSELF = "a thread cannot be stopped from outside"

CATALOGUE = Catalogue(
    VERBS,
    BLOCKS,
    resources={
        "rlock": RLock,
        "condition": Condition,
        "semaphore": Semaphore,
        "event": Event,
        "barrier": Barrier,
        "queue": Queue,
        "pipe": Channel,
        "socket": Channel,
    },
    catches={"error": Exception},
    lacks={
        "cancel": f"{_ENDS_ITSELF}: let it look at an event now and then",
        "timeout": f"{_ENDS_ITSELF}: only what it waits for can have a timeout",
        "move_on": f"{_ENDS_ITSELF}: only what it waits for can have a timeout",
        "shield": f"{_ENDS_ITSELF}: there is nothing to be shielded from",
    },
)
"""Of threads.  Plain locks are the engine's own: see :class:`schedsim.threads.locks.PlainLock`."""
