"""Cores that come and go while the machine runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.engine import affinity
from schedsim.engine.records import Core
from schedsim.engine.view import View
from schedsim.trace import NEVER, REASON_SHIFT, Reason

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine

_OFFLINE = Reason.OFFLINE << REASON_SHIFT


def set_cores(engine: Engine, total: int) -> None:
    """Let there be ``total`` cores from now on.  Who ran on one that is gone waits again."""
    for core in engine.cores[engine.online : total]:
        engine.idle |= core.mask
    for index in range(len(engine.cores), total):
        if engine.balance.per_core or not engine.queues:
            engine.queues.append(engine.make_policy())
            engine.queues[-1].attach(View(engine, 1 if engine.balance.per_core else total))
        engine.cores.append(Core(index, engine.queues[-1], speed=engine.pace.speed(index)))
        engine.idle |= 1 << index
    if engine.pinned:
        affinity.respect(engine)
    gone = engine.cores[total : engine.online]
    engine.online = total
    engine.unsettled = True
    for core in gone:
        _shut_down(engine, core)


def _shut_down(engine: Engine, core: Core) -> None:
    queue, thread = core.queue, core.thread
    engine.idle &= ~core.mask
    if core in engine.pending:
        if engine.midway and engine.pending[0] is core:
            engine.midway = False  # nobody goes on with its decision
        engine.pending.remove(core)
    if engine.leaving is not None and core in engine.leaving:
        engine.leaving.remove(core)
    if core.next is not None:
        queue.restore(core.next)
        core.next = None
    if thread is not None:
        if core.end != NEVER and not core.switching:
            engine.pace.account(core, engine.now)
        engine.take_off(core, _OFFLINE)
        if core in engine.pending:
            engine.pending.remove(core)
        queue.preempt(thread)
    if core.fate:
        engine.write_off(core)
    core.last = None
    if engine.balance.per_core:
        engine.balance.empty(engine, core)
