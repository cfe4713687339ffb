"""trio's run loop, and what trio builds on it (SEMANTICS.md A3, T1 to T3), as of trio 0.35.

``loop``           a pass: deadlines, then a batch in the order of waking or its reverse
``cancel_scopes``  what is called off as one, by a deadline or by somebody
``tasks``          how tasks wait and are woken; checkpoints
``nurseries``      blocks that wait for the tasks started in them
``sync``           locks, semaphores, events, conditions, barriers
``channels``       queues
``verbs``          what the steps of a task mean

Where trio goes through a set, we go by the order in which tasks were made, or came to wait.
"""

from __future__ import annotations

from schedsim.loops.live import Flavour
from schedsim.loops.trio.loop import TrioLoop
from schedsim.loops.trio.tasks import Task
from schedsim.loops.trio.verbs import BLOCKS, CATCHES, RESOURCES, VERBS
from schedsim.traps import ACQUIRE, JOIN, PERIOD

# Flat tasks go straight on where there is nothing to wait for; trio has a checkpoint there.
TRIO = Flavour(
    TrioLoop, Task, VERBS, BLOCKS, RESOURCES, CATCHES, unlike=frozenset({ACQUIRE, JOIN, PERIOD})
)
