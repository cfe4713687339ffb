"""What every event loop has in common: tasks, timers, and what the machine offers to a loop.

There are two kinds of tasks.  :class:`Task` is a place in flat steps, cheap enough for a million of
them, and serves those whose steps all flavours treat alike.  A :class:`LiveTask` runs any program
that can be resumed and thrown into; whatever a flavour has of its own (futures, cancel scopes,
greenlets) is written as generators that such programs go through.  A loop runs either kind.

A loop is a program in a thread and a scheduler of tasks.  It serves the traps of its tasks
itself and passes on to the engine only what it cannot do alone: computing, a blocking call, and
waiting while nothing is ready.  It writes the rows about its tasks.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, SupportsIndex, TypeAlias

from schedsim.durations import Time
from schedsim.loops.entries import BEHIND, CALLBACK, LIVE
from schedsim.loops.flat_tasks import Task
from schedsim.programs.structured import Delegate, Manager, Script, Walk
from schedsim.programs.waits import Performed
from schedsim.trace import NEVER, Kind, Reason, Trace
from schedsim.traps import (
    ACQUIRE,
    CALL,
    COMPUTE,
    EXIT,
    HOLD,
    IO,
    JOIN,
    MARK,
    MAY_BLOCK,
    NATIVE,
    PERIOD,
    RELEASE,
    SLEEP,
    SPAWN,
    VERB,
    YIELD,
    Body,
    Stop,
    Trap,
    Wish,
)

if TYPE_CHECKING:
    from schedsim.loops.live import Flavour


class Host(Protocol):
    """The machine, as far as a loop may know it."""

    now: Time
    stop: int
    """The number of rows at which the trace is to pause."""
    trace: Trace

    def poke_loop(self, thread: int, by: int) -> None:
        """Wake the loop in ``thread``, if it waits in its selector, on behalf of ``by``."""

    def coin(self) -> bool:
        """Toss a coin: from the one source of chance."""


class Loss(NamedTuple):
    """The tasks of a loop whose process was killed."""

    hand: int = 0
    """The one that the loop had in hand, or 0."""
    place: int = 0
    """Where that was in its program."""
    others: Sequence[int] = ()
    """The others that were not done."""


_WORK: Final = frozenset({COMPUTE, CALL, HOLD, NATIVE})
"""What every task may do alike."""
_VERB_OF: Final = {
    SLEEP: "sleep",
    IO: "io",
    PERIOD: "period",
    JOIN: "join",
    ACQUIRE: "acquire",
    RELEASE: "release",
}


class Loop(Protocol):
    """An event loop, as far as live tasks and what they wait for know it."""

    host: Host
    thread: int
    resources: list[Resource]
    version: tuple[int, int]
    eager: bool

    def add(self, task: Task | LiveTask, *, by: int = 0) -> None:
        """``create_task``."""

    def run_first(self, task: LiveTask, starter: LiveTask) -> None:
        """Let the first step of ``task``, just added, be run as soon as ``starter`` parks."""

    def call_soon(self, run: Callable[[], None]) -> Callback:
        """Let ``run`` be called in the next pass, behind what is ready."""

    def call_at(self, when: Time, run: Callable[[], None]) -> Timer:
        """Let ``run`` be called in the pass that finds ``when`` reached."""

    def arm(self, timer: Timer | Alarm, when: Time) -> Time:
        """Start a timer, to be due at ``when``: that, as an object that others share."""

    def cancel_timer(self, timer: Timer | Alarm) -> None:
        """Let its callback not be called."""

    def make_ready(self, task: LiveTask, reason: Reason, *, by: int = 0) -> None:
        """Put a live task at the end of the ready queue."""

    def cancel_noted(self, task: Task | LiveTask, by: int) -> None:
        """Write down that ``by`` asks ``task`` to end."""


class LoopLock:
    """A lock between the tasks of one loop: ``asyncio.Lock``.

    Letting go hands it to the task that waited longest.  (asyncio frees it and wakes that task,
    but nobody can take it in between, because ``acquire`` waits while others do: SEMANTICS.md A2.)
    """

    __slots__ = ("holder", "number", "waiters")

    def __init__(self, number: int) -> None:
        self.number = number
        self.holder: Task | None = None
        self.waiters: deque[Task] = deque()


class Callback:
    """A plain callback in the ready queue, or behind a timer."""

    __slots__ = ("cancelled", "run")
    entry: Final = CALLBACK

    def __init__(self, run: Callable[[], None]) -> None:
        self.run = run
        self.cancelled = False


class LiveTask(Walk, ABC):
    """A task whose body is a structured program or a generator of traps.

    What a flavour makes of it is its own.

    Args:
        id: its entity.
        loop: who runs it.
        flavour: what its steps mean.
    """

    __slots__ = (
        *("arrived", "done", "due", "flavour", "id", "loop", "midway", "pc", "releases", "toll"),
        "yielding",
    )
    entry: Final = LIVE

    def __init__(self, id: int, loop: Loop, flavour: Flavour) -> None:
        super().__init__()
        self.id = id
        self.loop = loop
        self.flavour = flavour
        self.pc = 0
        """The operation under way, as in :class:`schedsim.trace.Listing`."""
        self.done = False
        self.yielding = True
        """Whether ``yield`` is obeyed."""
        self.releases = 0
        """How many jobs of a periodic task are done."""
        self.arrived = True
        self.midway = False
        """Its step goes on where it used the processor: nothing can be thrown into it there."""
        self.due: Time = NEVER
        """Until when it waits, if the row of its leaving told so; before it arrives, until then."""
        self.toll: Time = 0
        """What it pays each time to be started or resumed, if not what its loop says."""

    def begin(self, body: Body | Script) -> None:
        """Let that be its body: before it first runs, as a body usually wants to know its task."""
        if isinstance(body, Script):
            self.part = body.part
        else:
            self.inner = body

    def step(self) -> Trap:
        """Go on to the next trap; ``(EXIT, reason)`` at the end."""
        error = None if self.midway else self.what_to_throw()
        self.midway = False
        try:
            return self.advance(self) if error is None else self.meet(error, self)
        except StopIteration as end:
            self.leave()
            return (EXIT, self.returned(end.value))
        except (Exception, Stop) as problem:  # noqa: BLE001 - whatever its body raises is its end
            self.leave()
            return (EXIT, self.raised(problem))

    def perform(self, trap: Trap) -> Performed:  # noqa: PLR0911 - one a kind of trap
        """Do what a step asks for, in the words of its flavour.

        No generator itself: a suspended task would keep one more frame.
        """
        what, argument = trap
        if what in _WORK:
            return (trap,)
        if what == MAY_BLOCK:
            return self.perform(argument.trap())
        if what == VERB:
            return self.flavour.verbs[argument.name](self, *argument.arguments)
        if what == MARK:
            host = self.loop.host
            host.trace.append(host.now, Kind.MARK, subject=self.id, other=self.pc, arg=argument)
        elif what == SPAWN:
            return self.spawn(argument)
        elif what != YIELD:
            return self.flavour.verbs[_VERB_OF[what]](self, argument)
        elif self.yielding:
            return self.flavour.verbs["yield"](self)
        return ()

    def spawn(self, group: TaskGroup) -> Body:
        """Start one more of ``group``."""
        yield from ()
        group.start(self.id)
        task: Any = group.members[-1]
        self.started(task)

    def started(self, task: LiveTask) -> None:
        """Its body has spawned ``task``: for flavours where that makes it part of something."""

    def manager(self, wish: Wish) -> Manager | Delegate:
        """Make what a block of its body is to go through."""
        return self.flavour.blocks[wish.name](self, *wish.arguments)

    def catches(self, handler: str, error: BaseException) -> bool:
        """Whether a handler of that name is for ``error``."""
        return isinstance(error, self.flavour.catches[handler])

    def next_release(self, period: Time) -> Time:
        """When its next job is released, now that one more is done."""
        self.releases += 1
        return self.loop.host.trace.entities[self.id].arrival + self.releases * period

    def what_to_throw(self) -> BaseException | None:
        """What its body is to meet where it goes on; None: nothing."""
        return None

    def parked(self) -> None:
        """The row is written that tells that it is suspended."""

    @abstractmethod
    def cancelled_from_outside(self) -> None:
        """Somebody outside of the loop asks it to end, as its framework lets them."""

    @abstractmethod
    def returned(self, value: object) -> Reason:
        """Its body has come to its end: the reason of the row."""

    @abstractmethod
    def raised(self, error: BaseException) -> Reason:
        """Its body let ``error`` out: the reason of the row."""

    @abstractmethod
    def ended(self) -> None:
        """The row of its end is written: tell those who wait for it."""


Entry: TypeAlias = "Task | Callback | LiveTask | Alarm"
"""What a ready queue holds."""
Due: TypeAlias = "Task | Timer | Alarm"
"""What a heap of timers holds: a list with the moment in front."""


class Alarm(Protocol):
    """A timer and its callback in one, which joins the ready queue itself: a list of one."""

    @property
    def entry(self) -> int:
        """``CALLBACK``."""

    waits: bool

    @property
    def cancelled(self) -> bool:
        """Nobody is interested in it any more."""

    def stop(self) -> None:
        """Let it do nothing."""

    def run(self) -> None:
        """What it does when it is due."""

    def __getitem__(self, place: SupportsIndex, /) -> Time:
        """Of 0, the moment."""

    def __setitem__(self, place: SupportsIndex | slice, moment: Any, /) -> None:
        """Of 0, set the moment."""

    def __lt__(self, other: Any, /) -> bool:
        """Whether its moment is earlier."""


class Timer(list[Time]):
    """A timer: a list of one, its moment, so that ``heapq`` compares moments alone.

    Equal moments then leave the heap in the heap's own order, not first come first served, as
    with asyncio's ``TimerHandle``, whose ``<`` looks at ``_when`` only (SEMANTICS.md A2).  A list
    compares in C: twice as fast as a ``__lt__`` of ours.
    """

    __slots__ = ("callback", "waits")
    entry: Final = BEHIND

    def __init__(self, callback: Callback, when: Time = 0) -> None:
        super().__init__((when,))
        self.callback = callback
        """What joins the ready queue when it is due."""
        self.waits = True
        """It is in the heap still."""

    @property
    def cancelled(self) -> bool:
        """Nobody is interested in it any more."""
        return self.callback.cancelled

    def stop(self) -> None:
        """Let it do nothing."""
        self.callback.cancelled = True


def fired(due: Due) -> Task | Callback | Alarm:
    """What joins the ready queue, now that ``due`` has left the heap of timers."""
    if isinstance(due, Task):
        return due
    due.waits = False
    return due.callback if isinstance(due, Timer) else due


class Resource:
    """What live tasks of one loop share and wait for, as far as the trace tells of it.

    Args:
        loop: whose tasks they are.
        number: its number in the trace.
        value: how many a semaphore has left or a queue holds; whether an event is set.
    """

    def __init__(self, loop: Loop, number: int, value: int = 0) -> None:
        self.loop = loop
        self.number = number
        self.value = 0
        self.holder: LiveTask | None = None
        if value:
            self.change(0, value)
        loop.resources.append(self)

    def change(self, by: int, value: int) -> None:
        """Let its value be another, because entity ``by`` did something; tell the trace."""
        if value == self.value:
            return
        self.value = value
        host, number = self.loop.host, self.number
        host.trace.append(host.now, Kind.RESOURCE, subject=by, other=number, arg=value)

    def taken(self, task: LiveTask) -> None:
        """``task`` is its holder now."""
        self.holder = task
        host = self.loop.host
        host.trace.append(host.now, Kind.LOCK, subject=task.id, other=self.number)

    def let_go(self, task: LiveTask) -> None:
        """``task`` is its holder no longer."""
        self.holder = None
        host = self.loop.host
        host.trace.append(host.now, Kind.UNLOCK, subject=task.id, arg=self.number)


class TaskGroup(Protocol):
    """All tasks that were started under one name: the argument of ``SPAWN`` and ``JOIN``."""

    members: list[Task] | list[LiveTask]
    past: int
    """So many of the first members are known to be done."""

    def start(self, by: int) -> None:
        """Start another one, on behalf of entity ``by``."""
