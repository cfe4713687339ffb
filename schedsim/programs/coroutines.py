"""Coroutines: an ``async def``, suspended at an ``await`` with the frames of all that it awaits.

They are driven by ``coroutine.send`` alone, without asyncio: the innermost ``await`` is of a
request, which yields itself to whoever drives.  An ``await`` of another coroutine does not suspend
by itself, it adds a frame to the chain.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import CodeType
from typing import Any

from schedsim.programs.resumable import Place, last_line, request
from schedsim.traps import EXITED, Trap


class CoroutineProgram:
    """Drives a coroutine by ``send`` and ``throw``.

    Args:
        function: makes the coroutine.
        arguments: what it is called with.
        place: where it stands.
    """

    def __init__(
        self,
        function: Callable[..., Coroutine[Any, Any, Any]],
        arguments: tuple[Any, ...] = (),
        place: Place | None = None,
    ) -> None:
        self.place = place or Place()
        self.result: Any = None
        self.error: BaseException | None = None
        self._coroutine = function(*arguments)
        self._last = 0

    @property
    def line(self) -> int:
        """Of the innermost ``await`` of the author's file; of its end, when it is over."""
        return self._last or self.place.line(self._frames())

    def resume(self, value: Any = None) -> Trap:
        """Go on behind the ``await``, whose value is ``value``."""
        return self._go(self._coroutine.send, value)

    def throw(self, error: BaseException) -> Trap:
        """Go on with ``error`` raised at the ``await``."""
        return self._go(self._coroutine.throw, error)

    def kept(self) -> str:
        """The chain of frames from its own to the innermost."""
        return chain_kept(self._frames(), self.place)

    def close(self) -> None:
        """Close it: ``GeneratorExit`` at the ``await``; also if it never began."""
        with suppress(Exception):  # it is thrown away, and so is what it says to that
            self._coroutine.close()

    def _go(self, go: Callable[[Any], Any], value: Any) -> Trap:
        try:
            while True:
                asked = go(value)
                try:
                    return request(asked)
                except TypeError as error:
                    go, value = self._coroutine.throw, error
        except StopIteration as end:
            self.result = end.value
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - its end, and no more than that
            self.error = error
            self._last = last_line(error, self.place)
        return EXITED

    def _frames(self) -> list[tuple[CodeType, int]]:
        return frames_awaited(self._coroutine)


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
