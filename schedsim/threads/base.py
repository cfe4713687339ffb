"""What threads are to each other, as far as they are programs: what a body in a thread may do.

A :class:`Worker` is a thread whose program is a generator of traps.  The engine serves the traps
of a thread itself; what the verbs of ``threading`` mean is in the modules beside this one, as
generators over locks, as in ``Lib/threading.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from schedsim.durations import Time
from schedsim.programs.resumable import Unserved
from schedsim.programs.scripts import is_flat
from schedsim.programs.steps import Step
from schedsim.programs.structured import Manager
from schedsim.trace import NEVER, Kind, Reason, Trace
from schedsim.traps import (
    ACQUIRE,
    BOUNDLESS,
    EXIT,
    EXITED,
    RELEASE,
    SPAWN,
    VERB,
    YIELD,
    Body,
    Op,
    Stop,
    Trap,
    Wish,
)

Verb: TypeAlias = Callable[..., Body]
"""Called with the worker and the arguments of the step."""
MakeManager: TypeAlias = Callable[..., Manager]
"""Called with the worker and the arguments of the block."""


class Lock(Protocol):
    """A lock of the operating system, the argument of ``ACQUIRE`` and ``RELEASE``."""

    number: int

    @property
    def holder(self) -> Any:
        """The thread that has it, or None."""

    def within(self, until: Time) -> Attempt:
        """The argument of an ``ACQUIRE`` that waits until then at most."""

    def pass_on(self, machine: Any, by: int) -> None:
        """Wake whoever waits for it, because of what entity ``by`` did before."""


class Attempt(Protocol):
    """To take a lock, waiting no longer than until a moment."""

    taken: bool


class Host(Protocol):
    """The machine, as far as what threads share may know it."""

    now: Time
    trace: Trace

    @property
    def shared(self) -> list[Any]:
        """What threads share, as far as the trace tells of it."""

    def lock(self, number: int, *, inheritance: bool = False, quiet: bool = False) -> Lock:
        """Make a lock."""

    def deliver(
        self, moment: Time, awaited: Callable[[], bool], arrive: Callable[[], object]
    ) -> None:
        """Call ``arrive`` at a moment, if what arrives is ``awaited`` then."""


class Failure(Exception):
    """An exception of a body, or of a verb that was misused."""


class ThreadGroup(Protocol):
    """All threads that were started under one name."""

    members: list[Any]
    """With a ``program`` each, which may have an ``error``."""

    def start(self, by: int) -> None:
        """Start another one, on behalf of entity ``by``."""


class Resource:
    """What threads share and wait for, as far as the trace tells of it.

    Args:
        host: the machine.
        number: its number in the trace.
        value: how many a semaphore has left or a queue holds, whether an event is set ...
    """

    holder: Any = None

    def __init__(self, host: Host, number: int, value: int = 0) -> None:
        self.host = host
        self.number = number
        self.value = 0
        if number != NEVER:
            host.shared.append(self)
        if value:
            self.change(0, value)

    def change(self, by: int, value: int) -> None:
        """Let its value be another, because entity ``by`` did something; tell the trace."""
        if value == self.value:
            return
        self.value = value
        if self.number == NEVER:
            return
        host, number = self.host, self.number
        host.trace.append(host.now, Kind.RESOURCE, subject=by, other=number, arg=value)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a body in a thread can say, as :class:`schedsim.loops.live.Flavour` has it for tasks."""

    verbs: Mapping[str, Verb]
    blocks: Mapping[str, MakeManager]
    resources: Mapping[str, Callable[..., Any]]
    """By kind: called with the host, the resource's number and its value as declared."""
    catches: Mapping[str, type[BaseException]]
    """What the handlers of a ``try`` are for, by their names; others never come."""
    lacks: Mapping[str, str]
    """Verbs and blocks that tasks have and threads have not, and why."""

    @staticmethod
    def flat(steps: Sequence[Step], kind_of: Callable[[str], str]) -> bool:
        """Whether flat steps can say it: all they acquire are plain locks."""
        return is_flat(steps) and not _takes_more(steps, kind_of)


def _takes_more(steps: Sequence[Step], kind_of: Callable[[str], str]) -> bool:
    return any(
        step.trap[0] in (ACQUIRE, RELEASE) and kind_of(step.trap[1]) != "lock"
        if isinstance(step, Op)
        else _takes_more(step.do, kind_of)
        for step in steps
    )


_VERB_OF = {ACQUIRE: "acquire", RELEASE: "release"}


class Worker:
    """A thread whose program is a generator of traps.

    It carries out a structured program, or a body in one of the four styles
    (:func:`schedsim.programs.resumable.drive`).

    Args:
        host: the machine.
        id: the entity of the thread.
        catalogue: what the verbs and blocks of its steps mean.
    """

    def __init__(self, host: Host, id: int, catalogue: Catalogue) -> None:
        self.host = host
        self.id = id
        self.catalogue = catalogue
        self.pc = 0
        """The operation under way, as in :class:`schedsim.trace.Listing`."""
        self.body: Body | None = None
        """What is left of it; set before it first runs, as it usually wants to know its worker."""
        self.afterwards: Callable[[], Body] = _nothing
        """Makes what is done instead of the rest if its present job is given up."""
        self.result: Any = None
        self.error: BaseException | None = None
        self.yielding = True
        """Whether ``yield`` is obeyed."""
        self.groups: list[list[Any]] = []
        """Of each ``group`` block that it is in: the threads it has started inside."""

    def resume(self) -> Trap:
        """Run to the next trap."""
        assert self.body is not None, "it has a body before it runs"
        trap: Trap
        try:
            trap = self.body.send(None)
        except StopIteration as end:
            self.result = end.value
            return EXITED
        except (Exception, Stop) as problem:  # noqa: BLE001 - whatever its body raises is its end
            self.error = problem
            return (EXIT, Reason.FAILED)
        return trap

    def demand(self, *, whole: bool) -> Time:  # noqa: ARG002 - nobody knows what it will do
        """Unknown: as if it never ended."""
        return BOUNDLESS

    def abandon(self) -> None:
        """Give up the present job: go on where it waits for the next, or end."""
        assert self.body is not None, "it has a body before it runs"
        self.body.close()
        self.body = self.afterwards()

    def perform(self, trap: Trap) -> Body:
        """Do what a step asks for."""
        what, argument = trap
        verbs = self.catalogue.verbs
        if what == VERB:
            if argument.name not in verbs:
                raise Unserved(f"{argument.name}: tasks can ask for it, a thread cannot")
            return (yield from verbs[argument.name](self, *argument.arguments))
        if what in _VERB_OF:
            return (yield from verbs[_VERB_OF[what]](self, argument))
        if what != YIELD or self.yielding:
            yield trap
        if what == SPAWN and self.groups:
            self.groups[-1].append(argument.members[-1])
        return None

    def manager(self, wish: Wish) -> Manager:
        """Make what a block is to go through."""
        return self.catalogue.blocks[wish.name](self, *wish.arguments)

    def catches(self, handler: str, error: BaseException) -> bool:
        """Whether a handler of that name is for ``error``."""
        kind = self.catalogue.catches.get(handler)
        return kind is not None and isinstance(error, kind)


def _nothing() -> Body:
    yield from ()
