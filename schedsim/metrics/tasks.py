"""How tasks fare: what the walk does with rows about event loops."""

from __future__ import annotations

from typing import Final

from schedsim.durations import Time
from schedsim.metrics.lives import TaskLife, ThreadLife
from schedsim.metrics.measured import Measured
from schedsim.trace import (
    ENDS,
    ENTITY_MASK,
    KIND_MASK,
    NEVER,
    REASON_SHIFT,
    SUBJECT_SHIFT,
    Entity,
    Reason,
)

# As plain numbers: a member of an enumeration costs two lookups.
_YIELD: Final = Reason.YIELD.value
_LOCK: Final = Reason.LOCK.value
_TIMER: Final = Reason.TIMER.value


class TaskBook:
    """All tasks; ``threads`` are those of the walk."""

    def __init__(self, found: Measured, threads: dict[int, ThreadLife]) -> None:
        self.found = found
        self.threads = threads
        self.tasks: dict[int, TaskLife] = {}
        self.suspended = found.suspended
        self.lags = found.loop_lags

    def spawn(self, entity: Entity, time: Time, arrival: Time) -> None:
        """A task exists from now on."""
        task = TaskLife(self.found.times[entity.id], self.threads[entity.thread])
        task.due = arrival if arrival > time else NEVER
        task.ready = max(arrival, time)
        self.tasks[entity.id] = task

    def run(self, time: Time, code: int, due: Time) -> None:
        """A loop takes a task in hand, and lets go of another one."""
        task = self.tasks[code >> SUBJECT_SHIFT & ENTITY_MASK]
        thread, times = task.thread, task.times
        if thread.hand is not None:
            self._leave(thread.hand, time, code, due)
        else:
            thread.hand_cpu, thread.hand_waited = thread.cpu_at(time), thread.waited_at(time)
        thread.hand, ready = task, task.ready
        if times.first_run is None:
            times.first_run = time
        waited = time - ready
        if waited > 0:
            times.waiting += waited
            if waited > times.longest_wait:
                times.longest_wait = waited
                times.longest_wait_start = ready
        task.ready = NEVER

    def left(self, time: Time, code: int, due: Time) -> None:
        """A loop lets go of what it has in hand, if anything."""
        left = self.threads[code >> SUBJECT_SHIFT & ENTITY_MASK].hand
        if left is not None:
            self._leave(left, time, code, due)

    def _leave(self, task: TaskLife, time: Time, code: int, due: Time) -> None:
        task.drop(time)
        reason = code >> REASON_SHIFT & KIND_MASK
        if reason == _YIELD:
            task.ready = time
            return
        if reason in ENDS:
            task.times.finish = time
            return
        self.suspended.enter(task.times.entity)
        if reason == _LOCK:  # what is in the row then is no moment
            task.due = task.ready = NEVER
        else:
            task.due = due
            task.ready = due if due == NEVER or due > time else time

    def ready(self, time: Time, code: int, _: int) -> None:
        """A task joins the ready queue of its loop."""
        subject = code >> SUBJECT_SHIFT & ENTITY_MASK
        task = self.tasks[subject]
        self.suspended.leave(subject)
        if code >> REASON_SHIFT & KIND_MASK == _TIMER:
            self.lags.append(time - task.due)
        if task.ready == NEVER or task.ready > time:
            task.ready = time

    def cancel(self, time: Time, code: int, _: int) -> None:
        """A task is to end; one that has not begun has ended by that."""
        if code >> REASON_SHIFT & KIND_MASK == Reason.CANCELLED:
            self.kill(code >> SUBJECT_SHIFT & ENTITY_MASK, time)

    def kill(self, number: int, time: Time) -> None:
        """A task that is in nobody's hand has ended."""
        task = self.tasks[number]
        task.end_wait(time)
        task.times.finish = time

    def unlocked(self, task: int, time: Time) -> None:
        """The lock that a task waited for is its own: it joins the ready queue."""
        self.tasks[task].ready = time
        self.suspended.leave(task)

    def finish(self, end: Time) -> None:
        """The run is over; their threads do not know it yet."""
        for task in self.tasks.values():
            if task.thread.hand is task:
                task.drop(end)
            task.end_wait(end)
