"""asyncio's event loop: one pass after another over what is ready (SEMANTICS.md A2, A1 to A5).

A pass, after ``BaseEventLoop._run_once``: move the timers that are due to the end of the ready
queue, in heap order; take a *snapshot* of how many callbacks are ready; run exactly so many,
first in first out.  What they make ready waits for the next pass.

So ``sleep(0)``, a bare ``yield``, comes back in the next pass; ``sleep(d)`` two passes after it
is due, because its timer only sets a future (one pass), whose callback then resumes the task
(the next).  The ready queue therefore holds a task either for its next step or, while it is
still ``sleeping``, for its timer's callback.

Not modelled here: the loop's own cost, and the rounding of the selector's timeout up to whole
milliseconds.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import Any

from schedsim.durations import Time
from schedsim.loops.base import Host, LoopLock, Task, TaskGroup, Timer
from schedsim.programs.steps import AGAIN
from schedsim.trace import NEVER, OTHER_SHIFT, REASON_SHIFT, SUBJECT_SHIFT, Kind, Reason
from schedsim.traps import (
    ACQUIRE,
    BOUNDLESS,
    CALL,
    COMPUTE,
    EXIT,
    EXITED,
    IO,
    JOIN,
    MARK,
    PAUSED,
    PERIOD,
    RELEASE,
    SELECT,
    SLEEP,
    SPAWN,
    YIELD,
    Trap,
)

_TASK_RUN = int(Kind.TASK_RUN)
_PASS = int(Kind.LOOP_PASS)
_WAIT = int(Kind.LOOP_WAIT)
_LEFT = int(Kind.TASK_LEFT)
_COMPUTE = int(Kind.COMPUTE)
_TIMER = Kind.TASK_READY | Reason.TIMER << REASON_SHIFT
_ARRIVED = Kind.TASK_READY | Reason.ARRIVED << REASON_SHIFT
_CALL = Kind.COMPUTE | Reason.CALL << REASON_SHIFT
_YIELD = Reason.YIELD << REASON_SHIFT
_SLEEP = Reason.SLEEP << REASON_SHIFT
_IO = Reason.IO << REASON_SHIFT
_JOIN = Reason.JOIN << REASON_SHIFT
_PERIOD = Reason.PERIOD << REASON_SHIFT
_LOCK = Reason.LOCK << REASON_SHIFT
_EXIT = Reason.EXIT << REASON_SHIFT


class AsyncioLoop:
    """The event loop of one thread.

    Args:
        host: the machine it runs on.
        thread: the entity number of its thread.
    """

    pc = 0

    def __init__(self, host: Host, thread: int) -> None:
        self.host = host
        self.as_subject = thread << SUBJECT_SHIFT
        self.ready: deque[Task] = deque()
        self.timers: list[Timer] = []
        self.tasks: list[Task] = []
        """All it was ever given: who else knows two that await each other?"""
        self.current: Task | None = None
        self.todo = 0
        """How many callbacks of the present pass are still to run."""
        self.living = 0

    def add(self, task: Task, *, by: int = 0) -> None:
        """``create_task``: its first step runs in the next pass, or once it has arrived."""
        host, trace = self.host, self.host.trace
        arrival = max(trace.entities[task.id].arrival, host.now)
        trace.append(host.now, Kind.SPAWN, Reason.ARRIVED, subject=task.id, other=by, arg=arrival)
        self.living += 1
        self.tasks.append(task)
        if arrival > host.now:
            task.sleeping = True
            task.timer = Timer(task)
            task.timer[0] = arrival
            heappush(self.timers, task.timer)
        else:
            self.ready.append(task)

    def resume(self) -> Trap:
        """Run callbacks until a task computes or blocks, or nothing is ready."""
        host = self.host
        trace, now, stop = host.trace, host.now, host.stop
        times = trace.times
        write_time, write_code, write_arg = times.append, trace.codes.append, trace.args.append
        ready, timers, todo = self.ready, self.timers, self.todo
        next_ready, add_ready = ready.popleft, ready.append
        thread = self.as_subject
        task = self.current
        # What is known of the task that has just left, and is still to be written:
        fate = pc = due = 0
        while True:
            if task is None:
                if not todo:  # ------------------------------------------------- the next pass
                    while timers and timers[0][0] <= now:
                        add_ready(heappop(timers).task)  # in heap order (A2)
                    todo = len(ready)
                    write_time(now)
                    write_code((_PASS if todo else _WAIT) | fate | thread | pc)
                    write_arg(due)
                    fate = pc = due = 0
                    if not todo:
                        self.todo, self.current = 0, None
                        if not self.living:
                            return EXITED
                        return (SELECT, timers[0][0] if timers else None)
                    if len(times) >= stop:
                        self.todo, self.current = todo, None
                        return PAUSED
                task = next_ready()
                todo -= 1
                if task.sleeping:  # this is its timer's callback: it sets the future's result
                    if fate:
                        write_time(now)
                        write_code(_LEFT | fate | thread | pc)
                        write_arg(due)
                        fate = pc = due = 0
                    task.sleeping = False
                    add_ready(task)
                    write_time(now)
                    write_code((_TIMER if task.pc else _ARRIVED) | task.as_subject)
                    write_arg(0)
                    task = None
                    continue
                write_time(now)
                write_code(_TASK_RUN | fate | task.as_subject | pc)
                write_arg(due)

            while True:  # ------------------------------------ one step of the task in hand
                place = task.pc
                trap = task.ops[place]
                task.pc = place + 1
                what, argument = trap
                if what == YIELD:
                    if not task.yielding:
                        continue
                    add_ready(task)
                    fate, due = _YIELD, 0
                elif what == AGAIN:
                    task.again(argument)
                    continue
                elif what == COMPUTE or what == CALL:
                    write_time(now)
                    write_code(
                        (_COMPUTE if what == COMPUTE else _CALL)
                        | task.as_subject
                        | task.pc << OTHER_SHIFT
                    )
                    write_arg(argument)
                    self.todo, self.current = todo, task
                    return trap
                elif what == SLEEP or what == IO:
                    due = now + argument
                    fate = _SLEEP if what == SLEEP else _IO
                    task.sleeping = True
                    timer = task.timer
                    if timer is None:
                        timer = task.timer = Timer(task)
                    timer[0] = due
                    heappush(timers, timer)
                elif what == PERIOD:
                    due = self._next_release(task, argument)
                    if due <= now:
                        continue
                    fate = _PERIOD
                elif what == ACQUIRE:
                    if self._takes(task, argument):
                        continue
                    fate, due = _LOCK, argument.number
                elif what == EXIT:
                    fate, due = _EXIT, 0
                    self.living -= 1
                    task.done = True
                    if task.awaited_by:
                        write_time(now)
                        write_code(_LEFT | fate | thread | (place + 1) << OTHER_SHIFT)
                        write_arg(due)
                        fate = 0
                        for waiter in task.awaited_by:  # call_soon(waiter.__wakeup)
                            add_ready(waiter)
                            trace.append(
                                now,
                                Kind.TASK_READY,
                                Reason.JOINED,
                                subject=waiter.id,
                                other=task.id,
                            )
                        task.awaited_by = None
                elif what == JOIN:
                    if not self._awaits(task, argument):
                        continue
                    task.pc = place  # look again at the others when this one is done
                    fate, due = _JOIN, NEVER
                else:
                    self._do(task, what, argument)
                    if len(times) >= stop:
                        self.todo, self.current = todo, task
                        return PAUSED
                    continue
                pc = (place + 1) << OTHER_SHIFT if fate else 0
                task = None
                break

    def demand(self, *, whole: bool) -> Time:  # noqa: ARG002 - nobody knows what tasks will do
        """Unknown: as if it never ended."""
        return BOUNDLESS

    def abandon(self) -> None:
        """A loop is never a periodic program: nothing to give up."""

    def _awaits(self, task: Task, group: TaskGroup) -> bool:
        """Let ``task`` wait for the first unfinished of ``group``; False if there is none.

        As ``for member in group: await member`` does: what is done already does not yield (A5).
        """
        members = group.members
        while group.past < len(members) and members[group.past].done:
            group.past += 1
        for n in range(group.past, len(members)):
            member = members[n]
            if not member.done and member is not task:
                if member.awaited_by is None:
                    member.awaited_by = []
                member.awaited_by.append(task)
                return True
        return False

    def _do(self, task: Task, what: int, argument: Any) -> None:
        """Serve a trap that costs nothing and does not yield."""
        host = self.host
        if what == MARK:
            host.trace.append(host.now, Kind.MARK, subject=task.id, other=task.pc, arg=argument)
        elif what == SPAWN:
            group: TaskGroup = argument
            group.start(task.id)
        elif what == RELEASE:
            self._let_go(task, argument)

    def _next_release(self, task: Task, period: Time) -> Time:
        """When the next job of a periodic ``task`` is released; a timer waits for it."""
        task.releases += 1
        due = self.host.trace.entities[task.id].arrival + task.releases * period
        if due > self.host.now:
            task.sleeping = True
            task.timer = task.timer or Timer(task)
            task.timer[0] = due
            heappush(self.timers, task.timer)
        return due

    def _takes(self, task: Task, lock: LoopLock) -> bool:
        """Let ``task`` take ``lock`` if it is free, or else wait for it."""
        if lock.holder is not None:
            lock.waiters.append(task)
            return False
        lock.holder = task
        host = self.host
        host.trace.append(host.now, Kind.LOCK, subject=task.id, other=lock.number)
        return True

    def _let_go(self, task: Task, lock: LoopLock) -> None:
        """Hand ``lock`` to the task that waited longest."""
        if lock.holder is not task:
            return  # nothing to let go of: the reader of scenarios refuses what it can see
        host = self.host
        following = lock.waiters.popleft() if lock.waiters else None
        lock.holder = following
        other = following.id if following else 0
        host.trace.append(host.now, Kind.UNLOCK, subject=task.id, other=other, arg=lock.number)
        if following is not None:
            host.trace.append(host.now, Kind.LOCK, subject=following.id, other=lock.number)
            self.ready.append(following)
