"""Coroutines: an ``async def``, suspended at an ``await`` with the frames of all that it awaits.

They are driven by ``coroutine.send`` alone, without asyncio: the innermost ``await`` is of a
request, which yields itself to whoever drives.  An ``await`` of another coroutine does not suspend
by itself, it adds a frame to the chain.
"""

from __future__ import annotations

import inspect
from types import CodeType
from typing import Any

from schedsim.programs.resumable import Place
from schedsim.programs.sent import SentProgram


class CoroutineProgram(SentProgram):
    """A coroutine."""

    __slots__ = ()

    def kept(self) -> str:
        """The chain of frames from its own to the innermost."""
        return chain_kept(self.frames(), self.place)

    def frames(self) -> list[tuple[CodeType, int]]:
        """Its own, and those of the coroutines it awaits."""
        return frames_awaited(self.suspended)


def frames_awaited(coroutine: Any) -> list[tuple[CodeType, int]]:
    """The frames of a suspended coroutine and of those that it awaits, the outermost first."""
    found: list[tuple[CodeType, int]] = []
    while inspect.iscoroutine(coroutine) and coroutine.cr_frame is not None:
        found.append((coroutine.cr_code, coroutine.cr_frame.f_lineno))
        coroutine = coroutine.cr_await
    return found


def chain_kept(frames: list[tuple[CodeType, int]], place: Place) -> str:
    """What is kept of a suspended coroutine, in words."""
    what = "its frame is" if len(frames) == 1 else f"a chain of {len(frames)} frames is"
    return f"{what} kept: {place.says(frames)}"
