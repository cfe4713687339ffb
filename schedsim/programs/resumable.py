"""What all four ways to suspend and resume have in common: the protocol, and who drives it.

Python has four ways to write a body that stops in the middle and goes on later: callbacks,
generators, coroutines and greenlets.  Each is driven by a small suspender in a module of its own;
to a scheduler they are one thing, a :class:`Resumable`, which goes from request to request.

Not here: what a request means (``loops/``, ``engine/``), and how authors write one
(:mod:`schedsim.authoring`).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from sys import intern
from types import CodeType, FrameType, TracebackType
from typing import Any, Final, NamedTuple, Protocol

from schedsim.durations import LONGEST
from schedsim.plain import plain
from schedsim.programs.waits import Wait
from schedsim.trace import KIND_MASK, Kind, Listing, Trace
from schedsim.traps import (
    CALL,
    COMPUTE,
    EXIT,
    GIVE_WAY,
    HOLD,
    IO,
    MARK,
    NATIVE,
    RELEASE,
    SLEEP,
    SPAWN,
    Body,
    Stop,
    Trap,
)

MOST_AT_ONCE: Final = 10_000
"""How many requests that take no time a body may make at one instant: more never end."""
_MOST_SHOWN: Final = 200
_OURS: Final = str(Path(__file__).parents[1])
AT_ONCE: Final = frozenset({MARK, SPAWN, RELEASE})
"""What takes no time."""
_TAKE_TIME: Final = frozenset({COMPUTE, SLEEP, IO, CALL, HOLD, NATIVE})
"""What has a duration."""
_GOES_ON: Final = frozenset(
    map(int, (Kind.COMPUTE, Kind.RUN, Kind.SWITCH, Kind.IDLE, Kind.TASK_RUN, Kind.TASK_LEFT))
)
"""Rows that are written only if a body has given back what it runs on, or uses it."""


class Cancelled(Stop):
    """What a body meets where it is suspended, when somebody cancels it."""


class Unserved(RuntimeError):
    """A body asked for something that its scheduler does not know."""


class Request(NamedTuple):
    """A trap as authors make it: names are still names in it.  To be yielded, or awaited."""

    what: int
    argument: Any = None

    def __await__(self) -> Generator[Request, Any, Any]:
        return (yield self)


class Resumable(Protocol):
    """A body that has begun, or is about to: suspended, or over."""

    error: BaseException | None
    """What ended it, if that was an exception."""

    @property
    def result(self) -> Any:
        """What it returned, when it is over."""

    @property
    def line(self) -> int:
        """The line of its source that it is at; 0 before the first."""

    def resume(self, value: Any = None) -> Trap:
        """Go on with ``value`` as the answer to its last request, up to the next one."""

    def throw(self, error: BaseException) -> Trap:
        """Go on with ``error`` in place of an answer."""

    def kept(self) -> str:
        """What is kept of it while it is suspended here, in words."""

    def close(self) -> None:
        """Throw it away."""


class Written(Protocol):
    """A body as it is written, which can be begun again and again."""

    @property
    def style(self) -> str:
        """One of :data:`schedsim.programs.styles.STYLES`."""

    @property
    def listing(self) -> Listing:
        """How a person reads it."""

    def begin(self) -> Resumable:
        """One more of it."""

    def told(self, error: BaseException) -> str:
        """What went wrong, as its author is to read it."""


class Performer(Protocol):
    """Who performs the requests of a body: a live task."""

    pc: int

    def perform(self, trap: Trap) -> Any:
        """Do what it asks for."""


class Notes(NamedTuple):
    """Where it is written down what the rows of a trace have no room for."""

    kept: dict[int, str]
    """By line: what is kept while it is suspended there."""
    failed: Callable[[str], None]
    """Called with the text of the error that ended it."""
    trace: Trace
    """Where it shows whether a body lets others go on."""


class _Patience:
    """Counts what a body asks for: while it is served at once, no limit of ours is looked at."""

    __slots__ = ("asked", "at_once", "codes", "seen")

    def __init__(self, trace: Trace) -> None:
        self.codes = trace.codes
        self.seen = len(self.codes)
        self.asked = self.at_once = 0

    def ends(self, what: int) -> bool:
        """One more request; whether it is one too many."""
        self.asked += 1
        self.at_once = self.at_once + 1 if what in AT_ONCE else 0
        if self.at_once > MOST_AT_ONCE:
            self.asked = self.at_once = 0
            return True
        if self.asked > MOST_AT_ONCE:
            before, self.seen, self.asked = self.seen, len(self.codes), 0
            return not any(code & KIND_MASK in _GOES_ON for code in self.codes[before:])
        return False


def drive(
    written: Written, worker: Performer, resolve: Callable[[Trap], Trap], notes: Notes
) -> Body:
    """Let ``worker`` perform a body: what a live task runs.

    Args:
        written: the body.
        worker: the task.
        resolve: turns a request that names something into one that holds it.
        notes: what is to be known of it besides.
    """
    body = written.begin()
    patience, warned = _Patience(notes.trace), False
    try:
        trap = body.resume()
        while trap[0] != EXIT:
            worker.pc = body.line
            if patience.ends(trap[0]):
                error = Unserved(f"{MOST_AT_ONCE:,} requests in a row that take no time")
                if warned:  # it has heard that before, and gone on
                    body.error = Unserved(f"{error}, again at line {worker.pc}")
                    break
                warned = True
                trap = body.throw(error)
                continue
            try:
                asked = resolve(trap)
                if trap[0] not in AT_ONCE and worker.pc not in notes.kept:
                    notes.kept[worker.pc] = intern(body.kept())  # others stand there too
                performed = worker.perform(asked)
                if isinstance(performed, Wait):  # no `yield from`: that would make frames objects
                    value = None
                    trap = performed.begin()
                    try:
                        yield trap
                    except BaseException:
                        performed.leave()
                        raise
                    performed.end()
                else:
                    value = yield from performed
            except GeneratorExit:  # the run is thrown away
                raise
            except BaseException as error:  # noqa: BLE001 - it is for the body
                trap = body.throw(error)
            else:
                trap = body.resume(value)
        worker.pc = body.line or worker.pc
    finally:
        body.close()
    if body.error is not None:
        raise ended_with(body.error, written, notes)
    return body.result


def ended_with(error: BaseException, written: Written, notes: Notes) -> BaseException:
    """``error`` as a scheduler may meet it; what went wrong is noted."""
    if not isinstance(error, Stop):
        notes.failed(written.told(error))
    if isinstance(error, Exception | Stop):
        return error
    return RuntimeError(f"it raised {type(error).__name__}")  # SystemExit ends it, not us


# -- for the suspenders -----------------------------------------------------------------------


def request(asked: object) -> Trap:
    """What a body has yielded, as a trap: a bare ``yield`` gives way.

    Raises:
        TypeError: it is no request.
    """
    if asked is None:
        return GIVE_WAY
    if isinstance(asked, Request):
        what, argument = asked
        if what in _TAKE_TIME and not (isinstance(argument, int) and 0 <= argument <= LONGEST):
            raise TypeError(f"it yielded {_shown(asked)}, whose duration is none")
        return asked
    raise TypeError(f"it yielded {_shown(asked)}, which is no request such as compute('5ms')")


def _shown(value: object) -> str:
    """A value of the author's, which may be anything."""
    try:
        return plain(repr(value), _MOST_SHOWN)
    except Exception:  # noqa: BLE001 - its own code fails
        return f"a {type(value).__name__}"


class Place:
    """Where a body stands, as far as its author's file is concerned.

    Args:
        file: the author's file; of frames of other files nothing is told.  Empty: of all.
        known: tells the place, for bodies that are written down otherwise.
    """

    __slots__ = ("file", "known")

    def __init__(self, file: str = "", known: Callable[[], int] | None = None) -> None:
        self.file = file
        self.known = known

    def now(self, frames: Callable[[], Sequence[tuple[CodeType, int]]]) -> int:
        """The same as ``line`` of what ``frames`` gives, which is asked only if it matters.

        Python makes an object for each frame that is looked at, and keeps it as long as the frame.
        """
        return self.line(frames()) if self.known is None else self.known()

    def line(self, frames: Sequence[tuple[CodeType, int]]) -> int:
        """The line of the innermost of ``frames`` that is the author's; 0 if none is."""
        if self.known is not None:
            return self.known()
        for code, line in reversed(frames):
            if not self.file or code.co_filename == self.file:
                return line
        return 0

    def says(self, frames: Sequence[tuple[CodeType, int]]) -> str:
        """The frames in words, the outermost first."""
        if self.known is not None:
            return ", ".join(code.co_name for code, _ in frames)
        return ", ".join(f"{code.co_name} at line {line}" for code, line in frames)


def frames_of(frame: FrameType | None, most: int = 1) -> list[tuple[CodeType, int]]:
    """So many frames from ``frame`` outwards, the outermost first."""
    found: list[tuple[CodeType, int]] = []
    while frame is not None and len(found) < most:
        found.append((frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return found[::-1]


def last_line(error: BaseException, place: Place) -> int:
    """The author's line that ``error`` came from; 0 if it came from none."""
    trail: TracebackType | None = error.__traceback__
    found = 0
    while trail is not None:
        found = place.line([(trail.tb_frame.f_code, trail.tb_lineno)]) or found
        trail = trail.tb_next
    return found


def traceback_of(error: BaseException, file: str) -> str:
    """The traceback of ``error`` as the author of ``file`` knows it: without frames of ours."""
    told = traceback.TracebackException.from_exception(error)
    theirs = [
        frame
        for frame in told.stack
        if frame.filename == file or not frame.filename.startswith(_OURS)
    ]
    told.stack = traceback.StackSummary.from_list(theirs)
    return "".join(told.format()).rstrip("\n")
