"""trio's run loop: a pass over a batch of tasks, in the order in which they woke or its reverse.

After ``unrolled_run`` of trio's ``_core/_run.py`` (SEMANTICS.md T1).  Who is woken, and what for,
belongs to ``tasks`` and to what they wait for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from schedsim.durations import Time
from schedsim.loops import cancelling
from schedsim.loops.entries import STEP, Callback, nothing
from schedsim.loops.event_loop import EventLoop
from schedsim.loops.flat_tasks import Task as FlatTask
from schedsim.loops.live_tasks import LiveTask
from schedsim.loops.timers import Due, Timer, fired
from schedsim.trace import Kind, Reason
from schedsim.traps import Trap

if TYPE_CHECKING:
    from schedsim.loops.trio.tasks import Task


class Deadline(Callback):
    """What a timer of a live task does when it is due: in the loop's hand, not in a task's."""

    __slots__ = ("id",)

    def __init__(self, run: Callable[[], None], id: int) -> None:
        super().__init__(run)
        self.id = id
        """The entity whose deadline it is."""


class TrioLoop(EventLoop):
    """trio's loop: deadlines wake their tasks into the pass that finds them due."""

    hurries: ClassVar[bool] = True

    def begin_pass(self) -> int:
        """Expire deadlines; then all that is ready is one batch (T1).

        trio takes equal deadlines in the order of ``id(scope)``, which is nobody's; we in the order
        in which the tasks were made.
        """
        due = self.timers.take_due(self.host.now)
        if len(due) > 1:
            due.sort(key=_by_moment_and_task)
        for entry in list(map(fired, due)):
            if isinstance(entry, FlatTask):
                self._wake(entry)
            else:
                entry.run()
        return len(self.ready)

    def began_pass(self) -> None:
        """Take the batch from its other end, with probability 1/2."""
        if len(self.ready) > 1 and self.host.coin():
            self.ready.reverse()
            self.host.trace.append(self.host.now, Kind.REVERSED, subject=self.thread)

    def set_deadline(self, when: Time, task: LiveTask, run: Callable[[], None]) -> Timer:
        """Let ``run`` be called on behalf of ``task`` when a pass begins and finds ``when`` due."""
        timer = Timer(Deadline(run, task.id))
        self.timers.start(timer, when)
        return timer

    def await_arrival(self, task: LiveTask, arrival: Time) -> None:
        """Let ``task`` become ready at ``arrival``."""
        self.set_deadline(arrival, task, partial(self.arrive, task))

    def cancel_flat(self, task: FlatTask) -> None:
        """Ask a flat task to end."""
        cancelling.as_trio(self, task)

    def void(self, task: FlatTask) -> Callback:
        """A deadline that nobody is interested in."""
        deadline = Deadline(nothing, task.id)
        deadline.cancelled = True
        return deadline

    def go_on(self, task: LiveTask) -> Trap | None:
        """Let a live task run; one that parks in a cancelled scope is woken at once."""
        asks = super().go_on(task)
        if asks is None:
            cast("Task", task).deliver_cancel()
        return asks

    def _wake(self, task: FlatTask) -> None:
        """The sleep of a flat task is over, or its time has come."""
        task.entry = STEP
        self.ready.append(task)
        host = self.host
        reason = Reason.TIMER if task.pc else Reason.ARRIVED
        host.trace.append(host.now, Kind.TASK_READY, reason, subject=task.id)


def _by_moment_and_task(due: Due) -> tuple[Time, int]:
    entry = due.callback if isinstance(due, Timer) else due
    assert isinstance(entry, FlatTask | Deadline), "this loop has no other timers"
    return (due[0], entry.id)
