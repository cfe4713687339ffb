"""Tasks that run any program which can be resumed and thrown into.

Not here: what is a flavour's own (futures, cancel scopes, greenlets), which such programs go
through, and tasks in flat steps (:mod:`schedsim.loops.flat_tasks`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final

from schedsim.durations import Time
from schedsim.loops.entries import LIVE
from schedsim.programs.scripts import Script
from schedsim.programs.structured import Delegate, Manager, Walk
from schedsim.programs.waits import Performed
from schedsim.trace import NEVER, Kind, Reason
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
    from schedsim.loops.base import Loop, TaskGroup
    from schedsim.loops.live import Flavour

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
