'''What a scenario that is written in Python imports: bodies in four styles, and what they ask for.

Such a file defines ``scenario()``, which returns a :class:`Scenario`.  Its first line is the title,
the rest of its docstring the lesson.  Nothing else of schedsim is needed to write one::

    """Two ways to wait"""

    from schedsim.authoring import Scenario, compute, io, job, mark


    def scenario():
        def server():  # a generator: it yields what it asks for
            yield compute("1ms")
            yield io("10ms")
            yield mark("served")

        async def client():  # a coroutine: it awaits the same
            await compute("1ms")
            await io("10ms")

        return Scenario([job("server", server), job("client", client)], model="generators")

The same requests serve three styles.  A generator yields them, a coroutine awaits them, and in a
greenlet, a plain function, the call itself waits.  A callback gets a :class:`Machine` instead, to
which it says what comes next.  Durations are texts with a unit, ``"5ms"``, or whole numbers in a
scenario that counts ticks.

Whatever bodies share belongs inside ``scenario()``: the file is executed anew for every run, and
a run that is looked at is executed more than once.  Chance and clocks have no place in a body.
'''

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from schedsim.durations import LONGEST, Time, parse_duration
from schedsim.programs import greenlets
from schedsim.programs.callbacks import Callback, CallbackProgram, Errback
from schedsim.programs.resumable import Cancelled, Request
from schedsim.programs.styles import STYLES
from schedsim.traps import (
    ACQUIRE,
    CALL,
    COMPUTE,
    IO,
    JOIN,
    MARK,
    RELEASE,
    SLEEP,
    SPAWN,
    VERB,
    YIELD,
    Named,
    Trap,
    Wish,
)

__all__ = [
    "Cancelled",
    "Machine",
    "Scenario",
    "acquire",
    "call",
    "cancel",
    "compute",
    "io",
    "job",
    "join",
    "mark",
    "release",
    "result_of",
    "sleep",
    "spawn",
]

Duration = str | int
_GIVE_WAY: Final = Request(YIELD)

# -- what a body asks for -------------------------------------------------------------------


def compute(duration: Duration) -> Any:
    """Use the processor for ``duration``.

    ``yield compute("5ms")``, ``await compute("5ms")``, or in a greenlet ``compute("5ms")``.
    """
    return _ask(Request(COMPUTE, _time(duration)))


def sleep(duration: Duration = 0) -> Any:
    """Do nothing for ``duration``; for 0, let the others go first."""
    return _ask(_sleep(duration))


def io(duration: Duration) -> Any:
    """Wait ``duration`` for a device."""
    return _ask(Request(IO, _time(duration)))


def call(name: str, duration: Duration) -> Any:  # noqa: ARG001 - the name is for people
    """Make a blocking call that takes ``duration``: the whole thread waits, with all its tasks."""
    return _ask(Request(CALL, _time(duration)))


def spawn(name: str) -> Any:
    """Start the job ``name`` once more."""
    return _ask(Request(SPAWN, name))


def join(name: str) -> Any:
    """Wait until all that was started as ``name`` has ended, in whatever way."""
    return _ask(Request(JOIN, name))


def result_of(name: str) -> Any:
    """Wait for the job ``name``: what it returned, or its exception.  Between tasks only."""
    return _ask(_verb("await", name))


def cancel(name: str) -> Any:
    """Let all of ``name`` meet :class:`Cancelled` where they are suspended.  Between tasks only."""
    return _ask(_verb("cancel", name))


def acquire(lock: str) -> Any:
    """Take the lock of that name, or wait until it is free."""
    return _ask(Request(ACQUIRE, lock))


def release(lock: str) -> Any:
    """Let go of the lock of that name."""
    return _ask(Request(RELEASE, lock))


def mark(label: str) -> Any:
    """Log ``label`` with the time."""
    return _ask(Request(MARK, label))


def _ask(request: Request) -> Any:
    """In a greenlet: wait for it.  Anywhere else it is a value, to be yielded or awaited."""
    return request if greenlets.current() is None else greenlets.ask(request)


def _time(duration: Duration) -> Time:
    if isinstance(duration, str):
        return parse_duration(duration)
    if isinstance(duration, bool) or not isinstance(duration, int):
        raise TypeError(f'a duration is a text such as "5ms", or a whole number, not {duration!r}')
    if not 0 <= duration <= LONGEST:
        raise ValueError(f"a duration is from 0 to {LONGEST:,}, not {duration:,}")
    return duration


def _sleep(duration: Duration) -> Request:
    time = _time(duration)
    return Request(SLEEP, time) if time else _GIVE_WAY


def _verb(verb: str, job: str) -> Request:
    return Request(VERB, Wish(verb, (Named("job", job),)))


class Machine:
    """What a callback asks, and tells what comes next: the first argument of each chain's start.

    A chain waits for one thing at a time.  When it is cancelled, or what it asked for fails,
    ``failed`` is called with the exception; without it, the chain ends there::

        def start(machine):
            machine.io("10ms", partial(answered, machine))


        def answered(machine):
            machine.compute("1ms", lambda: machine.mark("served"))
    """

    def __init__(self, program: CallbackProgram) -> None:
        self._program = program

    def compute(self, duration: Duration, then: Callback, failed: Errback | None = None) -> None:
        """Use the processor for ``duration``, then call ``then``."""
        self._register(Request(COMPUTE, _time(duration)), then, failed)

    def sleep(self, duration: Duration, then: Callback, failed: Errback | None = None) -> None:
        """Call ``then`` after ``duration``."""
        self._register(_sleep(duration), then, failed)

    def io(self, duration: Duration, then: Callback, failed: Errback | None = None) -> None:
        """Call ``then`` when a device has answered, after ``duration``."""
        self._register(Request(IO, _time(duration)), then, failed)

    def call_soon(self, then: Callback, failed: Errback | None = None) -> None:
        """Call ``then`` when the others had their turn."""
        self._register(_GIVE_WAY, then, failed)

    def join(self, name: str, then: Callback, failed: Errback | None = None) -> None:
        """Call ``then`` when all that was started as ``name`` has ended."""
        self._register(Request(JOIN, name), then, failed)

    def result_of(
        self, name: str, then: Callable[[Any], None], failed: Errback | None = None
    ) -> None:
        """Call ``then`` with what the job ``name`` has returned."""
        self._program.register(_verb("await", name), then, failed, answers=True)

    def acquire(self, lock: str, then: Callback, failed: Errback | None = None) -> None:
        """Call ``then`` when the lock is taken."""
        self._register(Request(ACQUIRE, lock), then, failed)

    def release(self, lock: str) -> None:
        """Let go of the lock."""
        self._register(Request(RELEASE, lock))

    def spawn(self, name: str) -> None:
        """Start the job ``name`` once more."""
        self._register(Request(SPAWN, name))

    def cancel(self, name: str) -> None:
        """Cancel all of ``name``."""
        self._register(_verb("cancel", name))

    def mark(self, label: str) -> None:
        """Log ``label`` with the time."""
        self._register(Request(MARK, label))

    def _register(
        self, trap: Trap, then: Callback | None = None, failed: Errback | None = None
    ) -> None:
        self._program.register(trap, then, failed)


# -- the scenario ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work of a :class:`Scenario`: make one with :func:`job`."""

    name: str
    style: str
    """Empty where it has steps."""
    function: Callable[..., Any] | None
    arguments: tuple[Any, ...]
    keys: Mapping[str, Any]
    """Keys of ``[[job]]``."""


def job(
    name: str, body: Callable[..., Any] | None = None, *arguments: Any, style: str = "", **keys: Any
) -> Job:
    """A piece of work.

    Args:
        name: by which others spawn, join and cancel it.
        body: a generator function, a coroutine function, or a plain one.
        arguments: what it is called with; a callback gets a :class:`Machine` before them.
        style: of a plain function, ``"callback"`` or ``"greenlet"``; of others it shows.
        keys: as in a scenario file: ``count=3``, ``arrival="5ms"``, ``spawned=True`` ...
            A job without a body has ``steps=["compute 5ms", ...]``.

    Raises:
        ValueError: the style does not fit the body.
        TypeError: the arguments do not fit the body.
    """
    if body is None:
        if style or "steps" not in keys:
            raise ValueError(f"job {name!r}: it has neither a body nor steps")
        return Job(name, "", None, (), keys)
    if "steps" in keys:
        raise ValueError(f"job {name!r}: it has a body, and needs no steps")
    if inspect.isasyncgenfunction(body):
        raise ValueError(f"job {name!r}: a body awaits or yields, not both")
    shows = "generator" if inspect.isgeneratorfunction(body) else ""
    shows = "coroutine" if inspect.iscoroutinefunction(body) else shows
    if not shows and style not in ("callback", "greenlet"):
        says = 'it is a plain function: say style="callback" or style="greenlet"'
        raise ValueError(f"job {name!r}: {says}")
    if shows and style not in ("", shows):
        raise ValueError(f"job {name!r}: its body is a {shows}, not a {style}")
    style = shows or style
    assert style in STYLES, "these are all"
    try:
        inspect.signature(body).bind(*((None,) if style == "callback" else ()), *arguments)
    except TypeError as error:
        machine = "a machine and " if style == "callback" else ""
        says = f"its body cannot be called with {machine}{len(arguments)} arguments: {error}"
        raise TypeError(f"job {name!r}: {says}") from None
    function = partial(_begin_chain, body) if style == "callback" else body
    return Job(name, style, function, arguments, keys)


def _begin_chain(body: Callback, program: CallbackProgram, *arguments: Any) -> None:
    body(Machine(program), *arguments)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What ``scenario()`` returns: work, and what it runs on, in the words of a scenario file.

    ``Scenario([job("a", body)], model="generators", machine={"cores": 2}, python={"gil": "off"})``
    """

    jobs: Sequence[Job]
    model: str = "generators"
    """The loop, or ``threads`` or ``processes``; how a body is written is its own affair."""
    machine: Mapping[str, Any] = field(default_factory=dict)
    """``[machine]``."""
    python: Mapping[str, Any] = field(default_factory=dict)
    """``[python]``."""
    unit: str = "ns"
    until: Duration | None = None
    title: str = ""
    """The first line of the file's docstring, unless given."""
    lesson: str = ""
    """The rest of it, unless given."""
