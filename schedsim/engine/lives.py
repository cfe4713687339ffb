"""Lives that end or change from outside: threads whose process is killed, and attributes set anew.

A process that is killed takes all its threads along, wherever they are: nothing of theirs runs any
more, no ``finally`` and no release of a lock (``SIGKILL``; ``do_group_exit`` of the kernel).  Which
threads those are, and what may be killed at all, is in :mod:`schedsim.simulation.lives`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from schedsim.attributes import Attributes
from schedsim.engine import c_calls, slices
from schedsim.engine.leaving import tell_joiners
from schedsim.loops.base import Loss
from schedsim.trace import NEVER, OTHER_SHIFT, Kind, Reason

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine
    from schedsim.engine.records import Core, Thread


@runtime_checkable
class Losing(Protocol):
    """A program that has to be told that it is no more: it keeps tasks, or waiting threads."""

    def killed(self) -> Loss:
        """Forget them all; who they were."""


def kill(engine: Engine, threads: Sequence[Thread]) -> None:
    """Let ``threads`` end here and now: all that their GILs belong to."""
    doomed = {thread.id: thread for thread in threads if not thread.ended}
    queued = {thread.id: queue for queue in engine.queues for thread in queue.queue()}
    for thread in doomed.values():
        core = _take_away(engine, thread)
        if core is None and thread.id in queued:
            queue = queued[thread.id]
            if queue.watches:
                engine.runners(queue)
            queue.remove(thread)
        if thread.wants is not None:
            thread.wants.give_up(engine, thread)
        _write(engine, thread, core)
        _forget(thread)
    for gil in {id(t.own_gil): t.own_gil for t in doomed.values()}.values():
        if gil is not None:
            gil.vanish()
    _tell(engine, doomed)
    engine.unsettled = True


def set_attributes(engine: Engine, thread: Thread, attributes: Attributes) -> None:
    """Let ``thread`` say something else of itself from now on."""
    queue = thread.queue
    if queue is None or thread.ended:
        thread.attributes = attributes
        return
    engine.runners(queue)  # what they have run until now counts by the old ones
    thread.attributes = attributes
    queue.changed(thread)
    if queue.preemptive:
        engine.contested = True
    if queue.resizes:
        slices.resize(engine, queue)


def _take_away(engine: Engine, thread: Thread) -> Core | None:
    """Take ``thread`` off the core that it is on, which then decides anew; None if on none."""
    for core in engine.cores:
        if core.was is thread and core.fate:
            engine.write_off(core)  # how it left there comes before its end
        if core.next is thread:
            core.next = None
            if core.queue.attends:
                core.queue.leave(thread)
        if core.thread is not thread:
            continue
        if core.end != NEVER:
            if not core.switching:
                engine.pace.account(core, engine.now)
            if core in engine.agenda.ends.get(core.end, ()):
                engine.agenda.ends[core.end].remove(core)
                engine.pending.append(core)
            core.end = NEVER
        if core.queue.attends:
            core.queue.leave(thread)
        if engine.midway and engine.pending and engine.pending[0] is core:
            engine.midway = False
        core.switching = False
        core.thread = None
        return core
    return None


def _write(engine: Engine, thread: Thread, core: Core | None) -> None:
    """The rows of its end: its tasks', its GIL's, its own."""
    trace, now = engine.trace, engine.now
    program = thread.program
    loss = program.killed() if isinstance(program, Losing) else Loss()
    if loss.hand:
        trace.append(now, Kind.TASK_LEFT, Reason.KILLED, subject=thread.id, other=loss.place)
    for task in loss.others:
        trace.append(now, Kind.KILL, Reason.KILLED, subject=task)
    gil = thread.own_gil
    if gil is not None and gil.holder is thread:
        trace.append(now, Kind.GIL_RELEASE, Reason.KILLED, subject=thread.id)
    if core is None:
        trace.append(now, Kind.KILL, Reason.KILLED, subject=thread.id)
    else:
        place = thread.pc_bits >> OTHER_SHIFT
        trace.append(now, Kind.IDLE, Reason.KILLED, core=core.index, other=place)


def _forget(thread: Thread) -> None:
    """Nothing that was to happen to it does."""
    c_calls.abandon(thread)
    thread.ended = True
    thread.due = NEVER
    thread.window += 1
    thread.left = thread.joining = 0
    thread.selecting = thread.native = thread.releasing = False


def _tell(engine: Engine, doomed: dict[int, Thread]) -> None:
    """Whoever waits for the end of one of them goes on; they wait for nobody."""
    for thread in engine.threads.values():
        if thread.joiners:
            thread.joiners = [each for each in thread.joiners if each.id not in doomed]
    engine.actor = None
    for thread in doomed.values():
        tell_joiners(engine, thread)
