"""Where threads may not run on every core: each core passes over those who may not run on it.

Not here: on which idle core somebody starts who has come or woken (the kernel).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine
    from schedsim.engine.records import Core, Thread


def respect(engine: Engine) -> None:
    """From now on cores ask who may run on them."""
    for core in engine.cores:
        core.pick = partial(_pick_allowed, core)


def _pick_allowed(core: Core) -> Thread | None:
    """The next thread that may run on ``core``; None if there is none."""
    queue = core.queue
    passed = []
    found = None
    while queue.waiting and found is None:
        thread = queue.pick()
        if thread.affinity & core.mask:
            found = thread
        else:
            passed.append(thread)
    for thread in reversed(passed):
        queue.restore(thread)
    return found
