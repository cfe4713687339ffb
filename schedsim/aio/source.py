"""What is told of a coroutine: its source as a listing, its place in it, what is kept of it.

A task is told by its own function, as here, unless its loop knows better
(:class:`schedsim.aio.jobs.OfFile`).
"""

from __future__ import annotations

import inspect
import sys
from dataclasses import replace
from types import CodeType
from typing import Any, Final, Protocol

from schedsim.programs.coroutines import frames_awaited
from schedsim.programs.resumable import frames_of
from schedsim.trace import Entity, Listing

_MOST_LINES: Final = 2_000
"""Nobody looks at more, and a recording would carry it."""
_DEEPEST: Final = 1_000

Frames = list[tuple[CodeType, int]]


class Told(Protocol):
    """What a loop tells of its tasks besides their rows."""

    def entity(self, body: Any, plain: Entity) -> Entity:
        """How the task of ``body`` is entered, which would be entered as ``plain``."""

    def place(self, body: Any) -> int:
        """Where it stands in its listing; 0 if it has none, or is over."""

    def kept(self, body: Any) -> str:
        """What is kept of it while it is suspended here, in words, if anything is said of that."""

    def failed(self, error: BaseException) -> str:
        """What went wrong, in words, if anything is said of that."""


class OfFunction:
    """Each task is told by its function: a place is a line of it."""

    def __init__(self) -> None:
        self._listings: dict[CodeType | None, Listing | None] = {}

    def entity(self, body: Any, plain: Entity) -> Entity:
        """With the listing of its function."""
        return replace(plain, listing=self.listing(body))

    def listing(self, body: Any) -> Listing | None:
        """The lines of its function; none if its file cannot be read."""
        code = getattr(body, "cr_code", None) or getattr(body, "gi_code", None)
        if code not in self._listings:
            self._listings[code] = _lines_of(code)
        return self._listings[code]

    def place(self, body: Any) -> int:
        """The line of its own frame."""
        frame = getattr(body, "cr_frame", None) or getattr(body, "gi_frame", None)
        return 0 if frame is None else frame.f_lineno - frame.f_code.co_firstlineno + 1

    def kept(self, body: Any) -> str:  # noqa: ARG002 - as others have it
        """Nothing is said."""
        return ""

    def failed(self, error: BaseException) -> str:  # noqa: ARG002 - as others have it
        """Nothing is said."""
        return ""


def _lines_of(code: CodeType | None) -> Listing | None:
    if code is None or code.co_filename == "<string>":
        # Whatever exec() made is called so; since Python 3.13 the one text kept by that
        # name is that of ``python -c``.
        return None
    try:
        text = inspect.getsource(code)
    except (OSError, TypeError):
        return None
    lines = inspect.cleandoc(f"\n{text}").splitlines()[:_MOST_LINES]
    return Listing(tuple(lines), tuple(range(len(lines))))


def frames_within(coroutine: Any) -> Frames:
    """The frames of a coroutine and of all that it awaits, or calls just now."""
    frame = getattr(coroutine, "cr_frame", None)
    if frame is None or not coroutine.cr_running:
        return frames_awaited(coroutine)
    found = frames_of(sys._getframe(1), _DEEPEST)
    first = next((n for n, each in enumerate(found) if each[0] is frame.f_code), None)
    return [(frame.f_code, frame.f_lineno)] if first is None else found[first:]
