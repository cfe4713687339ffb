"""What generators and coroutines have in common: they are driven by ``send`` and ``throw``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from types import CodeType
from typing import Any

from schedsim.programs.resumable import (
    MOST_AT_ONCE,
    Place,
    Unserved,
    last_line,
    request,
)
from schedsim.traps import EXITED, Trap

_stubborn: list[Any] = []
"""Bodies that cannot be closed.  Python would try again when it forgets them, and complain."""


class SentProgram(ABC):
    """Drives a generator or coroutine.

    Args:
        function: makes it.
        arguments: what it is called with.
        place: where it stands.
    """

    __slots__ = ("_last", "error", "place", "result", "suspended")

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...] = (),
        place: Place | None = None,
    ) -> None:
        self.place = place or Place()
        self.result: Any = None
        self.error: BaseException | None = None
        self.suspended = function(*arguments)
        """The generator or coroutine itself."""
        self._last = 0

    @property
    def line(self) -> int:
        """Of the innermost place of the author's file where it is suspended, or where it ended."""
        return self._last or self.place.now(self.frames)

    def resume(self, value: Any = None) -> Trap:
        """Go on behind the request, which gives ``value``."""
        return self._go(self.suspended.send, value)

    def throw(self, error: BaseException) -> Trap:
        """Go on with ``error`` raised at the request."""
        return self._go(self.suspended.throw, error)

    def close(self) -> None:
        """Close it: ``GeneratorExit`` at the request; also if it never began."""
        try:
            self.suspended.close()
        except RuntimeError:  # it goes on all the same
            _stubborn.append(self.suspended)
        except Exception:  # noqa: BLE001, S110 - it is thrown away, and so is what it says to that
            pass

    @abstractmethod
    def kept(self) -> str:
        """What is kept of it while it is suspended here, in words."""

    @abstractmethod
    def frames(self) -> list[tuple[CodeType, int]]:
        """Its frames while it is suspended, the outermost first: the code and the line of each."""

    def _go(self, go: Callable[[Any], Any], value: Any) -> Trap:
        try:
            for _ in range(MOST_AT_ONCE):
                asked = go(value)
                try:
                    return request(asked)
                except TypeError as error:
                    go, value = self.suspended.throw, error
            raise Unserved(f"{MOST_AT_ONCE:,} times in a row it yielded what is no request")
        except StopIteration as end:
            self.result = end.value
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - its end, and no more than that
            self.error = error
            self._last = last_line(error, self.place)
        return EXITED
