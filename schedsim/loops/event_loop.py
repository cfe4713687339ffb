"""The event loop: one pass after another over what is ready.  The hot module of the loops.

A pass, after asyncio's ``BaseEventLoop._run_once`` (SEMANTICS.md A2): move the timers that are due
to the end of the ready queue, in heap order; take a *snapshot* of how many entries are ready; run
exactly so many, first in first out.  What they make ready waits for the next pass.  Flavours
differ in :meth:`EventLoop.begin_pass` and in a few flags; each is a subclass in a module of its
own.

So ``sleep(0)``, a bare ``yield``, comes back in the next pass; ``sleep(d)`` two passes after it
is due, because its timer only sets a future (one pass), whose callback then resumes the task
(the next).  An entry of the ready queue says by its ``entry`` what it is: the next step of a flat
task, the callback of its timer, the next step of a live task, or a plain callback.

Steps of flat tasks are carried out here, in the loop's own hand: a call a step would cost more than
the step.  Where one task after another does the same (gives way, falls asleep, is woken by its
timer), their rows differ in their numbers only: the columns that are alike are extended at once.
What live tasks do is up to their bodies, which trap only to use the processor (``COMPUTE``,
``CALL``, ``HOLD``, ``NATIVE``), to give up the turn (``YIELD``) and to be suspended
(``PARK``).

Not here: what timers, locks and tasks know of themselves (:mod:`schedsim.loops.timers`,
:mod:`~schedsim.loops.resources`, :mod:`~schedsim.loops.flat_tasks`,
:mod:`~schedsim.loops.live_tasks`).  Not modelled: what a pass costs (it may cost something to
resume a task), and the rounding of the selector's timeout up to whole milliseconds.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from heapq import heappop, heappush
from typing import Any, ClassVar, Final

from schedsim.durations import Time
from schedsim.loops import cancelling
from schedsim.loops.base import Host, Loss, TaskGroup
from schedsim.loops.entries import BEHIND, CALLBACK, STEP, TIMER, Callback, Entry, stopped
from schedsim.loops.flat_tasks import Task
from schedsim.loops.live_tasks import LiveTask
from schedsim.loops.resources import LoopLock, Resource
from schedsim.loops.timers import Alarm, Timer, Timers
from schedsim.programs.steps import AGAIN, PASSED_OVER
from schedsim.trace import NEVER, OTHER_SHIFT, REASON_SHIFT, SUBJECT_SHIFT, Kind, Reason
from schedsim.traps import (
    ACQUIRE,
    BOUNDLESS,
    CALL,
    COMPUTE,
    EXIT,
    EXITED,
    GIVE_WAY,
    HOLD,
    IO,
    JOIN,
    MARK,
    MAY_BLOCK,
    NATIVE,
    PARK,
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
_READY = int(Kind.TASK_READY)
_TIMER = Kind.TASK_READY | Reason.TIMER << REASON_SHIFT
_ARRIVED = Kind.TASK_READY | Reason.ARRIVED << REASON_SHIFT
_WORKS = {
    COMPUTE: int(Kind.COMPUTE),
    CALL: Kind.COMPUTE | Reason.CALL << REASON_SHIFT,
    HOLD: Kind.COMPUTE | Reason.HOLD << REASON_SHIFT,
    NATIVE: Kind.COMPUTE | Reason.NATIVE << REASON_SHIFT,
}
_YIELD = Reason.YIELD << REASON_SHIFT
_SLEEP = Reason.SLEEP << REASON_SHIFT
_IO = Reason.IO << REASON_SHIFT
_JOIN = Reason.JOIN << REASON_SHIFT
_PERIOD = Reason.PERIOD << REASON_SHIFT
_LOCK = Reason.LOCK << REASON_SHIFT
_EXIT = Reason.EXIT << REASON_SHIFT

# To name a member of an enumeration costs three lookups.
_FOR_RESOURCE: Final = Reason.LOCK
_GAVE_WAY: Final = Reason.YIELD

_SUBJECT: Final = 1 << SUBJECT_SHIFT
"""Times an entity: the entity as the subject of a code.  It is faster than a shift."""
_OTHER: Final = 1 << OTHER_SHIFT
_ZERO: Final = array("q", (0,))


class EventLoop:
    """The event loop of one thread.

    Args:
        host: the machine it runs on.
        thread: the entity number of its thread.
    """

    pc = 0
    direct: ClassVar[bool] = False
    """A due timer resumes its task at once, without a callback and a pass in between."""
    hurries: ClassVar[bool] = False
    """How a task has left is written before the next pass begins: because that writes rows of its
    own, or may go on with the same pass, where the run may have to pause."""
    in_order: ClassVar[bool] = False
    """Timers that are due at one moment fire in the order in which they were started."""
    version: tuple[int, int] = (3, 12)
    """Whose rules it follows, where versions of Python differ."""
    eager: bool = False
    """Live tasks begin with a step at once (``eager_task_factory``, from 3.12 on)."""

    def __init__(self, host: Host, thread: int) -> None:
        self.host = host
        self.thread = thread
        self.as_subject = thread << SUBJECT_SHIFT
        self.ready: deque[Entry] = deque()
        self.timers = Timers(in_order=self.in_order)
        self.tasks: list[Task | LiveTask] = []
        """All it was ever given: who else knows two that await each other?"""
        self.current: Task | LiveTask | None = None
        self.todo = 0
        """How many entries of the present pass are still to run."""
        self.living = 0
        self.resources: list[Resource] = []
        """What its live tasks share."""
        self.epilogue: Iterator[Trap] = iter(())
        """What its thread does when all its tasks are done."""
        self.queued: dict[LiveTask, int] = {}
        """Live tasks that wait for a resource, in the order in which they began, and its number."""
        self.switch_cost: Time = 0
        """What it costs to resume a task; whoever is resumed pays."""
        self.first: LiveTask | None = None
        """Who is to have its first step as soon as the task in hand parks."""
        self.starters: dict[LiveTask, LiveTask] = {}
        """Who goes on when the first step of the other is done; none unless tasks are eager."""

    def begin_pass(self) -> int:
        """How many entries are to be run next; negative if they still belong to this pass."""
        timers, now, ready = self.timers.heap, self.host.now, self.ready
        if self.timers.cancelled:
            self.timers.drop_cancelled()
        add_ready = ready.append
        while timers:
            timer: Any = timers[0]
            if timer[0] > now:
                break
            heappop(timers)  # in heap order (A2)
            if timer.entry != TIMER:
                timer.waits = False
                if timer.entry == BEHIND:
                    timer = timer.callback
            add_ready(timer)
        return len(ready)

    def began_pass(self) -> None:
        """The row of the pass is written: for flavours that change the order of what is ready."""

    # -- for live tasks ------------------------------------------------------------------------

    def call_soon(self, run: Callable[[], None]) -> Callback:
        """Let ``run`` be called in the next pass, behind what is ready."""
        callback = Callback(run)
        self.ready.append(callback)
        return callback

    def call_at(self, when: Time, run: Callable[[], None]) -> Timer:
        """Let ``run`` be called in the pass that finds ``when`` reached."""
        timer = Timer(Callback(run))
        self.timers.start(timer, when)
        return timer

    def make_ready(self, task: LiveTask, reason: Reason, *, by: int = 0) -> None:
        """Put a live task at the end of the ready queue."""
        task.due = NEVER
        self.queued.pop(task, None)
        self.ready.append(task)
        trace = self.host.trace
        trace.times.append(self.host.now)
        trace.codes.append(
            _READY | reason << REASON_SHIFT | task.id << SUBJECT_SHIFT | by << OTHER_SHIFT
        )
        trace.args.append(0)

    def cancel_noted(self, task: Task | LiveTask, by: int) -> None:
        """Write down that ``by`` asks ``task`` to end."""
        host = self.host
        host.trace.append(host.now, Kind.CANCEL, subject=task.id, other=by)

    # -- from outside --------------------------------------------------------------------------

    def cancel(self, task: Task | LiveTask) -> None:
        """Ask ``task``, which has arrived, to end: as the framework does it, for nobody inside."""
        if isinstance(task, LiveTask):
            task.cancelled_from_outside()
        else:
            self.cancel_flat(task)

    def cancel_flat(self, task: Task) -> None:
        """The same of a flat task."""
        cancelling.as_asyncio(self, task)

    def void(self, task: Task) -> Callback:  # noqa: ARG002 - of loops that must know
        """What does nothing, in place of ``task`` behind a timer or in the ready queue."""
        return stopped()

    def killed(self) -> Loss:
        """Its process was killed: no task of it does anything any more."""
        hand = self.current
        others = [task.id for task in self.tasks if not task.done and task is not hand]
        for task in self.tasks:
            if isinstance(task, LiveTask):
                task.done = True
                continue
            task.end()
            for what, lock in task.code.ops:
                if what == ACQUIRE:
                    lock.waiters.clear()
        self.current = None
        self.living = self.todo = 0
        self.ready.clear()
        self.timers.clear()
        self.queued.clear()
        return Loss(hand.id, hand.pc, others) if hand else Loss(others=others)

    def run_first(self, task: LiveTask, starter: LiveTask) -> None:
        """Let the first step of ``task``, just added, be run as soon as ``starter`` parks."""
        self.first = task
        self.starters[task] = starter

    # ------------------------------------------------------------------------------------------

    def add(self, task: Task | LiveTask, *, by: int = 0) -> None:
        """``create_task``: its first step runs in the next pass, or once it has arrived."""
        host, trace = self.host, self.host.trace
        arrival = max(trace.entities[task.id].arrival, host.now)
        trace.append(host.now, Kind.SPAWN, Reason.ARRIVED, subject=task.id, other=by, arg=arrival)
        self.living += 1
        self.tasks.append(task)
        if arrival > host.now:
            if isinstance(task, LiveTask):
                task.due, task.arrived = arrival, False
                self.await_arrival(task, arrival)
                return
            self.timers.resume_at(task, arrival)
        else:
            self.ready.append(task)

    def await_arrival(self, task: LiveTask, arrival: Time) -> None:
        """Let ``task`` become ready at ``arrival``."""
        self.call_at(arrival, partial(self.arrive, task))

    def arrive(self, task: LiveTask) -> None:
        """Its time has come."""
        task.arrived = True
        self.make_ready(task, Reason.ARRIVED)

    def resume(self) -> Trap:
        """Run callbacks until a task computes or blocks, or nothing is ready."""
        host = self.host
        trace, now, stop = host.trace, host.now, host.stop
        times, codes = trace.times, trace.codes
        write_time, write_code, write_arg = times.append, codes.append, trace.args.append
        ready, timers = self.ready, self.timers.heap
        next_ready, add_ready = ready.popleft, ready.append
        direct, in_order, toll = self.direct, self.in_order, self.switch_cost
        thread, subject = self.as_subject, _SUBJECT
        hand = self.current
        task: Task | None
        if isinstance(hand, LiveTask):
            asks = self.go_on(hand)
            if asks is not None:
                return asks
            self.current = None
            if len(times) >= stop:
                return PAUSED
            task = None
        else:
            task = hand
        todo = self.todo
        # What is known of the task that has just left, and is still to be written:
        fate = pc = due = 0
        while True:
            if task is None:
                if not todo:  # ------------------------------------------------- the next pass
                    if fate and self.hurries:
                        self._note_left(fate | pc, due)
                        fate = pc = due = 0
                    todo = self.begin_pass()
                    if todo < 0:
                        todo = -todo
                        if len(times) >= stop and not fate:
                            self.todo, self.current = todo, None
                            return PAUSED
                    else:
                        write_time(now)
                        write_code((_PASS if todo else _WAIT) | fate | thread | pc)
                        write_arg(due)
                        fate = pc = due = 0
                        if not todo:
                            self.todo, self.current = 0, None
                            if not self.living:
                                return next(self.epilogue, EXITED)
                            return (SELECT, self.timers.next_due())
                        self.began_pass()
                        if len(times) >= stop:
                            self.todo, self.current = todo, None
                            return PAUSED
                entry: Any = next_ready()
                todo -= 1
                if entry.entry:
                    if fate:
                        self._note_left(fate | pc, due)
                        fate = pc = due = 0
                    if entry.entry == TIMER:  # its timer's callback: it sets the future's result
                        entry.entry = STEP
                        write_time(now)
                        write_code((_TIMER if entry.pc else _ARRIVED) + entry.id * subject)
                        write_arg(0)
                        if not direct:
                            add_ready(entry)
                            while todo:  # and so do those of the others behind it
                                entry = next_ready()
                                if entry.entry != TIMER:
                                    ready.appendleft(entry)
                                    break
                                todo -= 1
                                entry.entry = STEP
                                write_code((_TIMER if entry.pc else _ARRIVED) + entry.id * subject)
                                add_ready(entry)
                            rows = len(codes) - len(times)
                            if rows:
                                times.extend(array("q", (now,)) * rows)
                                trace.args.extend(_ZERO * rows)
                            continue
                    else:
                        self.todo = todo
                        asks = self.turn(entry)
                        todo = self.todo
                        if asks is not None:
                            return asks
                        if len(times) >= stop:
                            return PAUSED
                        continue
                task = entry
                write_time(now)
                write_code((_TASK_RUN | fate | pc) + task.id * subject)
                write_arg(due)
                if toll:
                    self.todo, self.current = todo, task
                    return (COMPUTE, toll)
                trap = task.code.ops[task.pc]
                if trap is GIVE_WAY or (trap[0] == SLEEP and not in_order):
                    # Others often do the same after it: all in one go, as below.
                    sleeps = trap is not GIVE_WAY
                    due = now + trap[1] if sleeps else 0
                    left = _TASK_RUN | (_SLEEP if sleeps else _YIELD)
                    place, steps = task.pc, task.code
                    passed = place + 1
                    code = left | passed << OTHER_SHIFT
                    while True:
                        task.pc = passed
                        if sleeps:
                            task.entry = TIMER
                            task[0] = due
                            heappush(timers, task)
                        else:
                            add_ready(task)
                        task = None
                        if not todo:
                            break
                        entry = next_ready()
                        if entry.entry:
                            ready.appendleft(entry)
                            break
                        todo -= 1
                        task = entry
                        write_code(code + task.id * subject)
                        if task.pc != place or task.code is not steps:
                            place, steps = task.pc, task.code
                            if steps.ops[place] is not trap:
                                break
                            passed = place + 1
                            code = left | passed << OTHER_SHIFT
                    rows = len(codes) - len(times)
                    if rows:
                        times.extend(array("q", (now,)) * rows)
                        trace.args.extend(array("q", (due,)) * rows)
                    if task is None:
                        fate, pc = (_SLEEP if sleeps else _YIELD), passed << OTHER_SHIFT
                        continue

            while True:  # ------------------------------------ one step of the task in hand
                place = task.pc
                trap = task.code.ops[place]
                task.pc = place + 1
                what, argument = trap
                if what == YIELD:
                    if trap is PASSED_OVER:
                        continue
                    add_ready(task)
                    fate, due = _YIELD, 0
                elif what == AGAIN:
                    task.again(argument)
                    continue
                elif what == COMPUTE or what == CALL or what == HOLD or what == NATIVE:
                    write_time(now)
                    write_code(_WORKS[what] + task.id * _SUBJECT + task.pc * _OTHER)
                    write_arg(argument)
                    self.todo, self.current = todo, task
                    return trap
                elif what == SLEEP or what == IO:
                    due = now + argument
                    fate = _SLEEP if what == SLEEP else _IO
                    task.entry = TIMER
                    task[0] = due
                    if in_order:
                        self.timers.number(task)
                    heappush(timers, task)
                elif what == PERIOD:
                    due = task.next_release(trace.entities[task.id].arrival, argument)
                    if due <= now:
                        continue
                    self.timers.resume_at(task, due)
                    fate = _PERIOD
                elif what == ACQUIRE:
                    if argument.take(task, host):
                        continue
                    fate, due = _LOCK, argument.number
                elif what == EXIT:
                    fate, due = argument or _EXIT, 0
                    self.living -= 1
                    waiters = task.end()
                    if waiters:
                        self._note_left(fate | (place + 1) << OTHER_SHIFT, due)
                        fate = 0
                        for waiter in waiters:  # call_soon(waiter.__wakeup)
                            add_ready(waiter)
                            trace.append(
                                now,
                                Kind.TASK_READY,
                                Reason.JOINED,
                                subject=waiter.id,
                                other=task.id,
                            )
                elif what == JOIN:
                    if not task.awaits(argument):
                        continue
                    task.pc = place  # look again at the others when this one is done
                    fate, due = _JOIN, NEVER
                elif what == MAY_BLOCK:
                    served: Trap = argument.trap()
                    what, argument = served
                    if what == CALL:
                        write_time(now)
                        write_code(_WORKS[CALL] + task.id * _SUBJECT + task.pc * _OTHER)
                        write_arg(argument)
                        self.todo, self.current = todo, task
                        return served
                    if what == YIELD:
                        add_ready(task)
                        fate, due = _YIELD, 0
                    else:
                        fate, due = (_SLEEP if what == SLEEP else _IO), now + argument
                        self.timers.resume_at(task, due)
                else:
                    self._do(task, what, argument)
                    if len(times) >= stop:
                        self.todo, self.current = todo, task
                        return PAUSED
                    continue
                pc = (place + 1) << OTHER_SHIFT if fate else 0
                task = None
                break

    def _note_left(self, fate: int, due: Time) -> None:
        """Write down how the task that was in hand has left."""
        trace = self.host.trace
        trace.times.append(self.host.now)
        trace.codes.append(_LEFT | fate | self.as_subject)
        trace.args.append(due)

    def turn(self, entry: Callback | Alarm | LiveTask) -> Trap | None:
        """Run a callback or the next step of a live task; return what only the engine can do."""
        task: Any = entry  # `isinstance` of an abstract class takes ten times as long
        if task.entry == CALLBACK:
            self.current = None  # a flat task that has just left may still be noted there
            if not task.cancelled:
                task.run()
            return None
        self._in_hand(task)
        toll = task.toll or self.switch_cost
        if toll:
            return (COMPUTE, toll)
        asks = self.go_on(task)
        if asks is None:
            self.current = None
        return asks

    def go_on(self, task: LiveTask) -> Trap | None:
        """Let a live task run until it leaves (None), or wants the engine to do something."""
        host, ready = self.host, self.ready
        trace = host.trace
        while True:
            what, argument = task.step()
            due = 0
            if what == PARK:
                reason, due = argument
                if reason is _FOR_RESOURCE:
                    self.queued[task] = due
                else:
                    task.due = due
            elif what == YIELD:
                reason = _GAVE_WAY
                ready.append(task)
            elif what == EXIT:
                reason = argument
                self.living -= 1
                task.done = True
            else:
                if what in _WORKS:
                    trace.times.append(host.now)
                    trace.codes.append(_WORKS[what] + task.id * _SUBJECT + task.pc * _OTHER)
                    trace.args.append(argument)
                task.midway = True
                return (what, argument)
            trace.times.append(host.now)
            trace.codes.append(
                _LEFT | reason << REASON_SHIFT | self.as_subject | task.pc << OTHER_SHIFT
            )
            trace.args.append(due)
            if what == PARK:
                task.parked()
            elif what == EXIT:
                task.ended()
            if self.first is not None:
                task = self._take_first()
            elif self.starters and task in self.starters:
                task = self._back_to_starter(task)
            else:
                return None

    def _take_first(self) -> LiveTask:
        """Take in hand who is to have its first step: it was the last to become ready."""
        task = self.ready.pop()
        assert isinstance(task, LiveTask)
        assert task is self.first, "it has just been added"
        self.first = None
        return self._in_hand(task)

    def _back_to_starter(self, task: LiveTask) -> LiveTask:
        """Take in hand again who has started ``task``, whose first step is done."""
        starter = self.starters.pop(task)
        starter.midway = True
        host = self.host
        host.trace.append(
            host.now, Kind.TASK_READY, Reason.JOINED, subject=starter.id, other=task.id
        )
        return self._in_hand(starter)

    def _in_hand(self, task: LiveTask) -> LiveTask:
        trace = self.host.trace
        trace.times.append(self.host.now)
        trace.codes.append(_TASK_RUN + task.id * _SUBJECT)
        trace.args.append(0)
        self.current = task
        return task

    def demand(self, *, whole: bool) -> Time:  # noqa: ARG002 - nobody knows what tasks will do
        """Unknown: as if it never ended."""
        return BOUNDLESS

    def abandon(self) -> None:
        """A loop is never a periodic program: nothing to give up."""

    def _do(self, task: Task, what: int, argument: Any) -> None:
        """Serve a trap that costs nothing and does not yield."""
        host = self.host
        if what == MARK:
            host.trace.append(host.now, Kind.MARK, subject=task.id, other=task.pc, arg=argument)
        elif what == SPAWN:
            group: TaskGroup = argument
            group.start(task.id)
        else:
            assert what == RELEASE, "what is left of what takes no time"
            lock: LoopLock = argument
            heir = lock.let_go(task, host)
            if heir is not None:
                self.ready.append(heir)
