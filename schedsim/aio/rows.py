"""The rows that a loop writes about its tasks, as :mod:`schedsim.loops.asyncio` writes them.

The loop's ready queue (:mod:`schedsim.aio.ready`) is where everything passes: what is appended
becomes ready, what is taken from the left runs.  So CPython's own ``_run_once`` runs unchanged,
and the rows come of what it does.  How a task left is read off the task, when the loop is next
heard of.

An *eager* task (3.12) runs its first step inside the step of whoever creates it.  In the trace
the creator awaits meanwhile, and is resumed at once.

Not here: time, waiting, threads, names.
"""

from __future__ import annotations

from asyncio import events, futures, timeouts
from collections import deque
from collections.abc import Callable
from typing import Any, Final
from weakref import WeakKeyDictionary, ref

from schedsim.aio.clock import nanoseconds
from schedsim.aio.names import TaskNames
from schedsim.aio.ready import TASKS, AnyHandle, AnyTask, task_of
from schedsim.aio.source import OfFunction, Told
from schedsim.aio.thread import here
from schedsim.engine import Engine
from schedsim.engine.facts import LoopFacts
from schedsim.programs.greenlets import trap
from schedsim.state import Status
from schedsim.trace import NEVER, Entity, Kind, Reason, Role
from schedsim.traps import COMPUTE, PAUSE

_FUTURES: Final = (futures.Future, futures._PyFuture)  # type: ignore[attr-defined]
_WAKE_SLEEPER: Final = futures._set_result_unless_cancelled  # type: ignore[attr-defined]


class TaskRows:
    """Follows the tasks of one loop, and writes their rows.

    Args:
        engine: the machine.
        thread: the entity number of the loop's thread.
        current: asks the loop which task asyncio takes for the current one.
    """

    def __init__(self, engine: Engine, thread: int, current: Callable[[], AnyTask | None]) -> None:
        self.engine = engine
        self.thread = thread
        self.current = current
        self.numbers: WeakKeyDictionary[AnyTask, int] = WeakKeyDictionary()
        """The entity of each task."""
        self.hand: list[AnyTask] = []
        """Whose step it is; before it, whoever created it eagerly, and so on."""
        self.yields = False
        """The task in hand has made itself ready: a bare ``yield``."""
        self.handle: ref[AnyHandle] | None = None
        """The callback that runs."""
        self.foreign: WeakKeyDictionary[AnyHandle, int] = WeakKeyDictionary()
        """Callbacks that come from outside of the loop, and from whom: 0 is a device."""
        self.sleep: tuple[ref[Any], float, Reason] | None = None
        """The future that the last ``asyncio.sleep`` waits for, when it is due, and what for."""
        self.dues: WeakKeyDictionary[AnyTask, float] = WeakKeyDictionary()
        """Until when each sleeping task sleeps."""
        self.names = TaskNames(engine.trace)
        self.fresh: ref[AnyTask] | None = None
        """The task that was entered last: its name may still come (``asyncio.create_task``)."""
        self.told: Told = OfFunction()
        """What is told of tasks besides their rows."""
        self.locks: list[Any] = []
        """Locks of which the trace tells (:class:`schedsim.aio.served.NamedLock`)."""
        self.toll = 0
        """What it costs to start or resume a task."""

    # -- what the loop tells ----------------------------------------------------------------

    def becomes_ready(self, handle: AnyHandle) -> None:
        """A callback joins the ready queue."""
        task = task_of(handle)
        if task is None:
            return
        self.look()
        number = self.numbers.get(task)
        if number is None:
            self.enter(task)
            if self._by():  # it may start others for ever
                self._pause()
        elif self.hand and task is self.hand[-1]:
            self.yields = True
        else:
            reason, other = self._why_ready(handle)
            self._write(Kind.TASK_READY, reason, subject=number, other=other)
            self.dues.pop(task, None)

    def runs(self, handle: AnyHandle) -> None:
        """A callback is about to run."""
        self.handle = ref(handle)
        if handle._cancelled:
            return
        task = task_of(handle)
        if task is None or task.done():  # 3.12's C steps of a done task only complain
            self.leaves(Kind.TASK_LEFT, self.thread)
            self._pause()
            return
        number = self.numbers[task]
        self.names.follow(task, number)
        self.leaves(Kind.TASK_RUN, number)
        self.hand.append(task)
        self._pause()
        if self.toll:
            trap(COMPUTE, self.toll)

    def _pause(self) -> None:
        """Let the machine stop here if it has as many rows as are wanted."""
        if len(self.engine.trace) >= self.engine.stop:
            trap(PAUSE)

    def leaves(self, kind: Kind, subject: int) -> None:
        """Write a row that takes the task in hand out of it; ``TASK_LEFT`` only if there is one."""
        while len(self.hand) > 1:  # pragma: no cover - Python 3.12
            self._back()
        if not self.hand:
            if kind is not Kind.TASK_LEFT:
                self._write(kind, subject=subject)
            return
        task = self.hand.pop()
        reason, due = self._how_left(task)
        place = self.place(task)
        self._write(kind, reason, subject=subject, other=place, arg=due)
        self._note(task, reason, place)

    def slept(self, handle: AnyHandle, when: float) -> None:
        """A timer is set: of ``asyncio.sleep``, or another."""
        if handle._callback is _WAKE_SLEEPER:  # type: ignore[attr-defined]
            self.look()
            self.sleep = (ref(handle._args[0]), when, Reason.SLEEP)

    def waits_for(self, reason: Reason) -> None:
        """The sleep that was begun last is none: a device answers then, or a job is released."""
        assert self.sleep is not None, "it has begun"
        self.sleep = (*self.sleep[:2], reason)

    def look(self) -> None:
        """Notice eager tasks: those that run without having been taken from the ready queue."""
        current = self.current()
        if self.hand and current is self.hand[-1]:
            return
        if current is None:
            self.leaves(Kind.TASK_LEFT, self.thread)
        elif current in self.hand:  # pragma: no cover - Python 3.12
            while self.hand[-1] is not current:
                self._back()
        elif current not in self.numbers:  # pragma: no cover - Python 3.12
            self.eager(current)

    def eager(self, task: AnyTask, body: Any = None) -> None:  # pragma: no cover - Python 3.12
        """``task`` runs its first step inside the step of the task in hand, or in a callback."""
        number = self.enter(task, body)
        self.yields = False
        if self.hand:
            place = self.place(self.hand[-1])
            self._write(Kind.TASK_RUN, Reason.AWAIT, subject=number, other=place, arg=NEVER)
        else:
            self._write(Kind.TASK_RUN, subject=number)
        self.hand.append(task)

    def created(self, task: AnyTask, body: Any) -> None:
        """``create_task`` has returned: an eager task has run by now."""
        self.look()
        if task not in self.numbers:  # pragma: no cover - Python 3.12
            self.eager(task, body)
            self.look()

    # -- entities ---------------------------------------------------------------------------

    def enter(self, task: AnyTask, body: Any = None) -> int:
        """Give ``task`` its place in the trace; it is ready.

        Its coroutine is given if it may be over: ``get_coro`` of 3.12.1 then crashes the process
        (an eager task that is done has none).
        """
        engine, trace = self.engine, self.engine.trace
        body = task.get_coro() if body is None else body
        function = getattr(body, "__name__", type(body).__name__)
        number = len(trace.entities)
        process = trace.entities[self.thread].process
        plain = Entity(
            number, Role.TASK, function, process, self.thread, function, arrival=engine.now
        )
        trace.enter(self.told.entity(body, plain))
        self.numbers[task] = number
        by = self._by()
        self._write(Kind.SPAWN, Reason.ARRIVED, subject=number, other=by, arg=engine.now)
        self.fresh = ref(task)
        return number

    def name(self, number: int) -> str:
        """What the trace calls a task."""
        return self.engine.trace.entities[number].name

    def place(self, task: AnyTask) -> int:
        """Where ``task`` stands in its listing."""
        if task.done():
            return 0
        return self.told.place(task.get_coro())

    def subject(self) -> tuple[int, int]:
        """Who computes: the task in hand and its place, or the thread itself."""
        self.look()
        if not self.hand:
            return self.thread, 0
        task = self.hand[-1]
        return self.numbers[task], self.place(task)

    # -- what the loop itself knows ---------------------------------------------------------

    def facts(self, ready: deque[AnyHandle], alive: set[AnyTask]) -> LoopFacts:
        """Where the tasks stand, from asyncio's records and not from the rows."""
        queued = [task for handle in ready if (task := task_of(handle)) and not task.done()]
        status: dict[int, Status] = {}
        due: dict[int, int] = {}
        for task in alive:
            number = self.numbers.get(task)
            if number is None:  # pragma: no cover - Python 3.12
                continue
            if self.hand and task is self.hand[-1]:
                status[number] = Status.RUNNING
            elif task in queued:
                status[number] = Status.READY
            else:
                status[number] = Status.SUSPENDED
                due[number] = nanoseconds(self.dues[task]) if task in self.dues else NEVER
        hand = self.numbers[self.hand[-1]] if self.hand else 0
        return (hand, [self.numbers[task] for task in queued], status, due)

    # ---------------------------------------------------------------------------------------

    def _by(self) -> int:
        """Who does this: the task in hand; or 0, and a command does it meanwhile from outside."""
        return self.numbers[self.hand[-1]] if self.hand and here() else 0

    def _back(self) -> None:  # pragma: no cover - Python 3.12
        """The first step of an eager task is over: its creator goes on."""
        task = self.hand.pop()
        creator = self.numbers[self.hand[-1]]
        reason, due = self._how_left(task)
        place = self.place(task)
        self._write(Kind.TASK_LEFT, reason, subject=self.thread, other=place, arg=due)
        self._note(task, reason, place)
        self._write(Kind.TASK_READY, Reason.JOINED, subject=creator, other=self.numbers[task])
        self._write(Kind.TASK_RUN, subject=creator)

    def _how_left(self, task: AnyTask) -> tuple[Reason, int]:
        """Why ``task`` left the loop's hand, and until when, as it shows now."""
        yields, self.yields = self.yields, False
        state: Any = task
        if task.done():
            if task.cancelled():
                return Reason.CANCELLED, 0
            # Not ``exception()``: that would count as somebody having looked at it.
            return (Reason.EXIT if state._exception is None else Reason.FAILED), 0
        if yields:
            return Reason.YIELD, 0
        waited = state._fut_waiter
        if isinstance(waited, TASKS):
            return Reason.JOIN, NEVER
        if waited is not None and self.sleep is not None and self.sleep[0]() is waited:
            self.dues[task] = self.sleep[1]
            return self.sleep[2], nanoseconds(self.sleep[1])
        lock = next((lock.number for lock in self.locks if waited in lock.waiting), None)
        return (Reason.AWAIT, NEVER) if lock is None else (Reason.LOCK, lock)

    def waits_on(self, task: AnyTask) -> Any:
        """The future that ``task`` waits for."""
        state: Any = task
        return state._fut_waiter

    def _note(self, task: AnyTask, reason: Reason, place: int) -> None:
        """Write down of a task that has left what its row has no room for."""
        trace, number = self.engine.trace, self.numbers[task]
        if reason is Reason.FAILED:
            state: Any = task
            # Not ``get_coro``, see ``enter``: it is over.
            said = self.told.failed(state._exception)
            if said:
                trace.failures.setdefault(number, said)
        elif place and not task.done():
            kept = trace.kept.setdefault(number, {})
            if place not in kept:
                said = self.told.kept(task.get_coro())
                if said:
                    kept[place] = said

    def _why_ready(self, handle: AnyHandle) -> tuple[Reason, int]:
        """Why the task of ``handle`` becomes ready, and who is the cause."""
        args = handle._args
        future: Any = args[0] if args and isinstance(args[0], _FUTURES) else None
        by = self.numbers[self.hand[-1]] if self.hand else 0
        if isinstance(future, TASKS):
            return Reason.JOINED, self.numbers.get(future, 0)
        running = self.handle() if self.handle is not None and not self.hand else None
        if running is not None:
            if running in self.foreign:
                return Reason.POKED, self.foreign[running]
            callback = running._callback  # type: ignore[attr-defined]
            if isinstance(getattr(callback, "__self__", None), timeouts.Timeout):
                return Reason.TIMEOUT, 0
            if isinstance(running, events.TimerHandle):
                return Reason.TIMER, 0
        if future is not None and future.cancelled():
            return Reason.CANCELLED, by
        return Reason.UNLOCKED, by

    def _write(
        self,
        kind: Kind,
        reason: Reason = Reason.NONE,
        *,
        subject: int,
        other: int = 0,
        arg: int = 0,
    ) -> None:
        if self.fresh is not None:
            task, self.fresh = self.fresh(), None
            if task is not None:  # pragma: no branch - Python 3.12
                self.names.follow(task, self.numbers[task])
        self.engine.trace.append(
            self.engine.now, kind, reason, subject=subject, other=other, arg=arg
        )
