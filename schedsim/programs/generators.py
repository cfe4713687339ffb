"""Generators: a function with ``yield`` in it, which is suspended there with its frame.

What it yields is a request; what it is sent is the answer.  A generator inside it (``yield from``)
keeps a frame of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from types import CodeType
from typing import Any

from schedsim.programs.resumable import Place, last_line, request
from schedsim.traps import EXITED, Trap


class GeneratorProgram:
    """Drives a generator by ``send`` and ``throw``.

    Args:
        function: makes the generator.
        arguments: what it is called with.
        place: where it stands.
    """

    def __init__(
        self,
        function: Callable[..., Generator[Any, Any, Any]],
        arguments: tuple[Any, ...] = (),
        place: Place | None = None,
    ) -> None:
        self.place = place or Place()
        self.result: Any = None
        self.error: BaseException | None = None
        self._generator = function(*arguments)
        self._last = 0

    @property
    def line(self) -> int:
        """Of the ``yield`` at which it is suspended; of its end, when it is over."""
        return self._last or self.place.line(self._frames())

    def resume(self, value: Any = None) -> Trap:
        """Go on behind the ``yield``, whose value is ``value``."""
        return self._go(self._generator.send, value)

    def throw(self, error: BaseException) -> Trap:
        """Go on with ``error`` raised at the ``yield``."""
        return self._go(self._generator.throw, error)

    def kept(self) -> str:
        """Its frame, and those of the generators it delegates to."""
        frames = self._frames()
        what = "its frame is" if len(frames) == 1 else f"its {len(frames)} frames are"
        return f"{what} kept: {self.place.says(frames)}"

    def close(self) -> None:
        """Close it: ``GeneratorExit`` at the ``yield``."""
        with suppress(Exception):  # it is thrown away, and so is what it says to that
            self._generator.close()

    def _go(self, go: Callable[[Any], Any], value: Any) -> Trap:
        try:
            while True:
                asked = go(value)
                try:
                    return request(asked)
                except TypeError as error:
                    go, value = self._generator.throw, error
        except StopIteration as end:
            self.result = end.value
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - its end, and no more than that
            self.error = error
            self._last = last_line(error, self.place)
        return EXITED

    def _frames(self) -> list[tuple[CodeType, int]]:
        found = []
        inner: Any = self._generator
        while inner is not None and getattr(inner, "gi_frame", None) is not None:
            found.append((inner.gi_code, inner.gi_frame.f_lineno))
            inner = inner.gi_yieldfrom
        return found
