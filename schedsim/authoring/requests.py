"""What a body asks for: yielded, awaited, or in a greenlet simply called."""

from __future__ import annotations

from typing import Any, Final

from schedsim.durations import LONGEST, Time, parse_duration
from schedsim.programs import greenlets
from schedsim.programs.resumable import Request
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
    Wish,
)

Duration = str | int
GIVE_WAY: Final = Request(YIELD)


def compute(duration: Duration) -> Any:
    """Use the processor for ``duration``.

    ``yield compute("5ms")``, ``await compute("5ms")``, or in a greenlet ``compute("5ms")``.
    """
    return _ask(Request(COMPUTE, time_of(duration)))


def sleep(duration: Duration = 0) -> Any:
    """Do nothing for ``duration``; for 0, let the others go first."""
    return _ask(sleep_of(duration))


def io(duration: Duration) -> Any:
    """Wait ``duration`` for a device."""
    return _ask(Request(IO, time_of(duration)))


def call(name: str, duration: Duration) -> Any:  # noqa: ARG001 - the name is for people
    """Make a blocking call that takes ``duration``: the whole thread waits, with all its tasks."""
    return _ask(Request(CALL, time_of(duration)))


def spawn(name: str) -> Any:
    """Start the job ``name`` once more."""
    return _ask(Request(SPAWN, name))


def join(name: str) -> Any:
    """Wait until all that was started as ``name`` has ended, in whatever way."""
    return _ask(Request(JOIN, name))


def result_of(name: str) -> Any:
    """Wait for the job ``name``: what it returned, or its exception."""
    return _ask(wish_of("await", name))


def cancel(name: str) -> Any:
    """Let all of ``name`` meet :class:`Cancelled` where they are suspended.  Between tasks only."""
    return _ask(wish_of("cancel", name))


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
    """In a greenlet, or under real asyncio: have it served.  Else it is yielded or awaited."""
    return greenlets.served(request)


def time_of(duration: Duration) -> Time:
    """``duration`` as the machine counts it."""
    if isinstance(duration, str):
        return parse_duration(duration)
    if isinstance(duration, bool) or not isinstance(duration, int):
        raise TypeError(f'a duration is a text such as "5ms", or a whole number, not {duration!r}')
    if not 0 <= duration <= LONGEST:
        raise ValueError(f"a duration is from 0 to {LONGEST:,}, not {duration:,}")
    return duration


def sleep_of(duration: Duration) -> Request:
    """The request to sleep: for no time, to give way."""
    time = time_of(duration)
    return Request(SLEEP, time) if time else GIVE_WAY


def wish_of(verb: str, job: str) -> Request:
    """The request for what only tasks can do, to a job."""
    return Request(VERB, Wish(verb, (Named("job", job),)))
