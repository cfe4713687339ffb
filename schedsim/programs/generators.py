"""Generators: a function with ``yield`` in it, which is suspended there with its frame.

What it yields is a request; what it is sent is the answer.  A generator inside it (``yield from``)
keeps a frame of its own.
"""

from __future__ import annotations

from types import CodeType
from typing import Any

from schedsim.programs.sent import SentProgram


class GeneratorProgram(SentProgram):
    """A generator."""

    __slots__ = ()

    def kept(self) -> str:
        """Its frame, and those of the generators it delegates to."""
        frames = self.frames()
        what = "its frame is" if len(frames) == 1 else f"its {len(frames)} frames are"
        return f"{what} kept: {self.place.says(frames)}"

    def frames(self) -> list[tuple[CodeType, int]]:
        """Its own, and those of the generators it delegates to."""
        found = []
        inner: Any = self.suspended
        while inner is not None and getattr(inner, "gi_frame", None) is not None:
            found.append((inner.gi_code, inner.gi_frame.f_lineno))
            inner = inner.gi_yieldfrom
        return found
