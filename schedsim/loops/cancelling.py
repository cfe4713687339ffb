"""Cancelling a flat task from outside its loop, as each framework has it.

A flat task has neither ``try`` nor ``finally``: it ends where it meets the exception.  So its steps
are put aside for others that do no more than end it.  Live tasks are cancelled by the code of their
flavour (:meth:`schedsim.loops.live_tasks.LiveTask.cancelled_from_outside`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, SupportsIndex

from schedsim.loops.entries import STEP, TIMER, Callback
from schedsim.loops.flat_tasks import Task
from schedsim.loops.resources import LoopLock
from schedsim.loops.timers import Timer
from schedsim.programs.steps import Code
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
    """Steps that end the task, wherever it is in them; who goes over them sees what they were."""

    __slots__ = ()

    def __getitem__(self, place: SupportsIndex | slice) -> Any:
        return _END


class _Parting(tuple[Any, ...]):  # noqa: SLOT001 - a tuple can have no slot but a dict
    """Steps that give way once more, at one ``place``, and then end the task.

    Looking at a step changes nothing: a loop may look more than once.
    """

    place: int

    def __getitem__(self, place: SupportsIndex | slice) -> Any:
        return GIVE_WAY if place == self.place else _END


def as_asyncio(loop: EventLoop, task: Task) -> None:
    """``task.cancel()`` (SEMANTICS.md A9): it meets ``CancelledError`` where it awaits."""
    if task.done or isinstance(task.code.ops, _Dying):
        return
    loop.cancel_noted(task, 0)
    if task is loop.current:
        code, task.code = task.code, task.code.ending(_END)  # if it never awaits again, that counts
        _follow(loop, partial(_interrupt, loop, task, code))
    else:
        _interrupt(loop, task)


def _interrupt(loop: EventLoop, task: Task, asked: Code | None = None) -> None:
    """Cancel what a task that is in nobody's hand waits for.

    Args:
        loop: whose it is.
        task: the task.
        asked: what it was to do when it was asked, if that was before it came to wait.
    """
    if task.done or isinstance(task.code.ops, _Dying):
        return
    if not task.arrived:
        _die(task)  # it meets it when it comes
    elif task.entry == TIMER:
        _stop_timer(loop, task)
        _die(task)
        _wake(loop, task)
    elif any(each is task for each in loop.ready):
        _die(task)
    elif task.pc and task.code.ops[task.pc - 1][0] == ACQUIRE:
        _leave_lock(task)
        _die(task)
        _wake(loop, task)
    else:  # it awaits another task, which is cancelled instead
        # A join goes on however the other ends, unless the request came while it waited.
        if asked is None:
            _let_die(task)
        else:
            task.code = asked if asked.yielding is task.yielding else asked.toggled()
        for other in loop.tasks:
            if isinstance(other, Task) and _among(task, other.awaited_by):
                as_asyncio(loop, other)


def as_trio(loop: EventLoop, task: Task) -> None:
    """``cancel_scope.cancel()`` around all of it: the next checkpoint raises (SEMANTICS.md T3)."""
    if task.done or isinstance(task.code.ops, (_Dying, _Parting)) or _is_asked(loop, task):
        return
    loop.cancel_noted(task, 0)
    then = partial(_at_checkpoint, loop, task)
    if task is loop.current:
        _follow(loop, then)
    elif not task.pc:  # it has not begun: it does, and comes to its first checkpoint
        loop.ready[_place(loop, task)] = FirstRuns(loop, task, then)
    elif task.entry == STEP and task.code.ops[task.pc - 1][0] != YIELD:
        _die(task)  # its sleep is over, but the scope around all of it is cancelled too
    else:
        then()


def _is_asked(loop: EventLoop, task: Task) -> bool:
    """Somebody has asked it before, and it has not had a turn since."""
    return any(isinstance(each, FirstRuns) and each.stands_for is task for each in loop.ready)


def _at_checkpoint(loop: EventLoop, task: Task) -> None:
    if task.done or isinstance(task.code.ops, (_Dying, _Parting)):
        return
    if task.entry == TIMER:
        _stop_timer(loop, task)
        _die(task)
        _wake(loop, task)
    else:  # ``checkpoint``: the schedule point is followed by one that can be cancelled
        task.pc = max(0, task.pc - 1)
        parting = _Parting(task.code.ops)
        parting.place = task.pc
        task.code = task.code.carried_out_as(parting)


def as_greenlet(hub: Hub, task: Task) -> None:
    """``kill``: the hub throws ``GreenletExit`` into it; one that has not begun never does."""
    if not task.has_begun and task.entry == STEP:
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
    if task.entry == STEP and _among(task, hub.ready):
        _leave_line(hub, task)
    else:
        if task.entry == TIMER:
            _stop_timer(hub, task)
        host.trace.append(host.now, Kind.TASK_READY, Reason.CANCELLED, subject=task.id)
        for other in hub.tasks:
            if isinstance(other, Task) and other.awaited_by:
                other.awaited_by[:] = [each for each in other.awaited_by if each is not task]
    host.trace.append(host.now, Kind.TASK_RUN, subject=task.id)
    host.trace.append(host.now, Kind.TASK_LEFT, Reason.CANCELLED, subject=hub.thread, other=task.pc)
    _ended(hub, task)


def _ended(hub: Hub, task: Task) -> None:
    """It is no more: whoever awaits it goes on."""
    hub.living -= 1
    for waiter in task.end():
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
    _let_die(task)
    task.pc = max(0, task.pc - 1)


def _let_die(task: Task) -> None:
    """It ends when it runs next, at whatever step it is then."""
    task.code = task.code.carried_out_as(_Dying(task.code.ops))


def _among(task: Task, others: Iterable[object]) -> bool:
    """Whether it is one of them: tasks are lists, which ``in`` would compare."""
    return any(each is task for each in others)


def _place(loop: EventLoop, task: Task) -> int:
    """Where it stands in the ready queue."""
    return next(place for place, each in enumerate(loop.ready) if each is task)


def _wake(loop: EventLoop, task: Task) -> None:
    """It joins the ready queue, to meet the exception."""
    host = loop.host
    loop.ready.append(task)
    host.trace.append(host.now, Kind.TASK_READY, Reason.CANCELLED, subject=task.id)


def _stop_timer(loop: EventLoop, task: Task) -> None:
    """Let the timer of a task that sleeps do nothing, also if it is due already."""
    task.entry = STEP
    for place, each in enumerate(loop.timers.heap):
        if each is task:
            timer = Timer(loop.void(task), task[0])
            timer[1:] = task[1:]
            loop.timers.heap[place] = timer
            loop.timers.cancelled += 1
            return
    _leave_line(loop, task)


def _leave_line(loop: EventLoop, task: Task) -> None:
    """Its place in the ready queue stays, but is nobody's."""
    loop.ready[_place(loop, task)] = loop.void(task)


def _leave_lock(task: Task) -> None:
    """It waits for a lock no more."""
    lock: LoopLock = task.code.ops[task.pc - 1][1]
    assert _among(task, lock.waiters), "else it would be ready"
    lock.waiters = deque(each for each in lock.waiters if each is not task)
