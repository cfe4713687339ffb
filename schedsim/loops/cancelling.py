"""Cancelling a flat task from outside its loop, as each framework has it.

A flat task has neither ``try`` nor ``finally``: it ends where it meets the exception.  So its steps
are put aside for others that do no more than end it.  Live tasks are cancelled by the code of their
flavour (:meth:`schedsim.loops.base.LiveTask.cancelled_from_outside`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, SupportsIndex

from schedsim.loops.base import STEP, TIMER, Callback, Task
from schedsim.trace import REASON_SHIFT, Kind, Reason
from schedsim.traps import ACQUIRE, EXIT, GIVE_WAY, YIELD, Trap

if TYPE_CHECKING:
    from schedsim.loops.event_loop import EventLoop
    from schedsim.loops.greenlets import Hub

_CANCELLED = Reason.CANCELLED << REASON_SHIFT
_END: Trap = (EXIT, _CANCELLED)


class FirstRuns(Callback):
    """A task's place in the ready queue: it has its turn there, and then something follows.

    Args:
        loop: whose queue it is.
        task: the task.
        then: what is to be called as soon as it has left the loop's hand.
    """

    __slots__ = ("stands_for",)

    def __init__(self, loop: EventLoop, task: Task, then: Callable[[], None]) -> None:
        def run() -> None:
            _follow(loop, then)
            loop.ready.appendleft(task)
            loop.todo += 1

        super().__init__(run)
        self.stands_for = task


class _Dying(tuple[Any, ...]):
    """Steps that end the task, wherever it is in them."""

    __slots__ = ()

    def __getitem__(self, place: SupportsIndex | slice) -> Any:
        return _END


class _Parting(tuple[Any, ...]):
    """Steps that give way once more, at the one place that it holds, and then end the task.

    Looking at a step changes nothing: a loop may look more than once.
    """

    __slots__ = ()

    def __getitem__(self, place: SupportsIndex | slice) -> Any:
        return GIVE_WAY if place == super().__getitem__(0) else _END


def as_asyncio(loop: EventLoop, task: Task) -> None:
    """``task.cancel()`` (SEMANTICS.md A9): it meets ``CancelledError`` where it awaits."""
    if task.done or isinstance(task.ops, _Dying):
        return
    loop.cancel_noted(task, 0)
    if task is loop.current:
        task.ops = (*task.ops[:-1], _END)  # if it never awaits again it counts as cancelled
        _follow(loop, partial(_interrupt, loop, task, late=True))
    else:
        _interrupt(loop, task)


def _interrupt(loop: EventLoop, task: Task, *, late: bool = False) -> None:
    """Cancel what a task that is in nobody's hand waits for; ``late`` if it was asked before."""
    if task.done or isinstance(task.ops, _Dying):
        return
    if not loop.has_arrived(task):
        _die(task)  # it meets it when it comes
    elif task.entry == TIMER:
        _stop_timer(loop, task)
        _die(task)
        _wake(loop, task)
    elif task in loop.ready:
        _die(task)
    elif task.pc and task.ops[task.pc - 1][0] == ACQUIRE:
        task.ops[task.pc - 1][1].waiters.remove(task)
        _die(task)
        _wake(loop, task)
    else:  # it awaits another task, which is cancelled instead
        # A join goes on however the other ends, unless the request came while it waited.
        task.ops = task.code.ops if late else _Dying()
        for other in loop.tasks:
            if isinstance(other, Task) and task in (other.awaited_by or ()):
                as_asyncio(loop, other)


def as_trio(loop: EventLoop, task: Task) -> None:
    """``cancel_scope.cancel()`` around all of it: the next checkpoint raises (SEMANTICS.md T3)."""
    if task.done or isinstance(task.ops, (_Dying, _Parting)) or _is_asked(loop, task):
        return
    loop.cancel_noted(task, 0)
    then = partial(_at_checkpoint, loop, task)
    if task is loop.current:
        _follow(loop, then)
    elif not task.pc:  # it has not begun: it does, and comes to its first checkpoint
        loop.ready[loop.ready.index(task)] = FirstRuns(loop, task, then)
    elif task.entry == STEP and task.ops[task.pc - 1][0] != YIELD:
        _die(task)  # its sleep is over, but the scope around all of it is cancelled too
    else:
        then()


def _is_asked(loop: EventLoop, task: Task) -> bool:
    """Somebody has asked it before, and it has not had a turn since."""
    return any(isinstance(each, FirstRuns) and each.stands_for is task for each in loop.ready)


def _at_checkpoint(loop: EventLoop, task: Task) -> None:
    if task.done or isinstance(task.ops, (_Dying, _Parting)):
        return
    if task.entry == TIMER:
        _stop_timer(loop, task)
        _die(task)
        _wake(loop, task)
    else:  # ``checkpoint``: the schedule point is followed by one that can be cancelled
        task.pc = max(0, task.pc - 1)
        task.ops = _Parting((task.pc,))
        task.yielding = True


def as_greenlet(hub: Hub, task: Task) -> None:
    """``kill``: the hub throws ``GreenletExit`` into it; one that has not begun never does."""
    if not (task.pc or task.has_awaited) and task.entry == STEP:
        _leave_line(hub, task)
        hub.host.trace.append(hub.host.now, Kind.CANCEL, Reason.CANCELLED, subject=task.id)
        _ended(hub, task)
        return
    hub.cancel_noted(task, 0)
    hub.call_soon(partial(_throw, hub, task))


def _throw(hub: Hub, task: Task) -> None:
    """In the hub: switch to the task, which ends."""
    if task.done:
        return
    host = hub.host
    if task.entry == STEP and task in hub.ready:
        _leave_line(hub, task)
    else:
        if task.entry == TIMER:
            _stop_timer(hub, task)
        host.trace.append(host.now, Kind.TASK_READY, Reason.CANCELLED, subject=task.id)
        for other in hub.tasks:
            if isinstance(other, Task) and task in (other.awaited_by or ()):
                assert other.awaited_by is not None, "somebody awaits it"
                other.awaited_by.remove(task)
    host.trace.append(host.now, Kind.TASK_RUN, subject=task.id)
    host.trace.append(host.now, Kind.TASK_LEFT, Reason.CANCELLED, subject=hub.thread, other=task.pc)
    _ended(hub, task)


def _ended(hub: Hub, task: Task) -> None:
    """It is no more: whoever awaits it goes on."""
    hub.living -= 1
    task.done = True
    waiters, task.awaited_by = task.awaited_by or [], None
    for waiter in waiters:
        hub.ready.append(waiter)
        hub.host.trace.append(
            hub.host.now, Kind.TASK_READY, Reason.JOINED, subject=waiter.id, other=task.id
        )


def _follow(loop: EventLoop, then: Callable[[], None]) -> None:
    """Let ``then`` be called as soon as whoever is in the loop's hand has left it."""
    loop.ready.appendleft(Callback(then))
    loop.todo += 1


def _die(task: Task) -> None:
    """It ends when it runs next, where it stands."""
    task.ops = _Dying()
    task.pc = max(0, task.pc - 1)


def _wake(loop: EventLoop, task: Task) -> None:
    """It joins the ready queue, to meet the exception."""
    host = loop.host
    loop.ready.append(task)
    host.trace.append(host.now, Kind.TASK_READY, Reason.CANCELLED, subject=task.id)


def _stop_timer(loop: EventLoop, task: Task) -> None:
    """Let the timer of a task that sleeps do nothing, also if it is due already."""
    timer = task.timer
    assert timer is not None, "what sleeps has one"
    task.entry = STEP
    if any(each is timer for each in loop.timers):
        timer.entry = loop.void(task)
        timer.waits = True
        loop.cancelled_timers += 1
    else:
        _leave_line(loop, task)


def _leave_line(loop: EventLoop, task: Task) -> None:
    """Its place in the ready queue stays, but is nobody's."""
    loop.ready[loop.ready.index(task)] = loop.void(task)
