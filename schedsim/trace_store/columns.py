"""Columns of numbers as few bytes, and back: differences, byte planes, zstd.

Times are written as differences, and arguments that are later moments as differences from the time
of their row.  In a column of 64-bit numbers the high bytes hardly ever change: with the first bytes
of all numbers together, then the second ones and so on (slices do that at the speed of C), zstd
finds that out, unless whole numbers come again and again.  Which is better is tried for each column
of each chunk, and its first byte says it.  What the columns mean is in :mod:`schedsim.trace`.
"""

from __future__ import annotations

import sys
from array import array
from itertools import accumulate, chain
from operator import add, ge, mul, sub
from typing import Final, NamedTuple

import zstandard

_LEVEL: Final = 3
_BYTES: Final = 8
_NUMBERS: Final = b"n"
_PLANES: Final = b"p"
_LENGTH: Final = 4
"""Bytes that say a length."""


class Packer:
    """Compresses; of one thread."""

    def __init__(self) -> None:
        self._zstd = zstandard.ZstdCompressor(level=_LEVEL)

    def pack(self, content: bytes) -> bytes:
        """Fewer bytes that say the same; nothing for nothing."""
        return self._zstd.compress(content) if content else b""

    def column(self, column: array[int]) -> bytes:
        """A column of numbers."""
        if sys.byteorder == "big":
            column = column[:]
            column.byteswap()
        raw = column.tobytes()
        as_numbers = self.pack(raw)
        as_planes = self.pack(b"".join([raw[plane::_BYTES] for plane in range(_BYTES)]))
        if len(as_planes) < len(as_numbers):
            return _PLANES + as_planes
        return _NUMBERS + as_numbers

    def relative(self, column: array[int], times: array[int]) -> bytes:
        """A column of numbers, many of which are moments soon after the one in ``times``."""
        later = bytes(map(ge, column, times))
        flags = self.pack(later)
        near = array("q", map(sub, column, map(mul, later, times)))
        return len(flags).to_bytes(_LENGTH, "little") + flags + self.column(near)

    def rising(self, column: array[int], before: int) -> bytes:
        """A column of numbers that never fall; ``before`` is the one before the first."""
        return self.column(array("q", map(sub, column, chain((before,), column))))


class Relative(NamedTuple):
    """A column of numbers, some of which count from the time of their row."""

    later: bytes
    """1 for those that do."""
    near: array[int]

    def part(self, part: slice, times: array[int]) -> array[int]:
        """Some of them as they are, of rows at these ``times``.

        Raises:
            ValueError: one is later than can be.
        """
        try:
            return array("q", map(add, self.near[part], map(mul, self.later[part], times)))
        except OverflowError:
            raise ValueError("a moment is later than can be") from None


class Unpacker:
    """Decompresses, into no more bytes than are expected; of one thread."""

    def __init__(self) -> None:
        self._zstd = zstandard.ZstdDecompressor()

    def unpack(self, content: bytes, *, most: int) -> bytes:
        """What was packed.

        Raises:
            ValueError: it is damaged, or would be larger than ``most`` bytes.
        """
        if not content:
            return b""
        try:
            size = zstandard.get_frame_parameters(content).content_size
            if size > most:
                raise ValueError(f"{size:,} bytes are more than the {most:,} that can be here")
            return self._zstd.decompress(content, max_output_size=most, allow_extra_data=False)
        except zstandard.ZstdError:
            raise ValueError("what was compressed cannot be read") from None

    def column(self, content: bytes, rows: int) -> array[int]:
        """A column of so many numbers.

        Raises:
            ValueError: it is damaged, or has not so many.
        """
        planes = self.unpack(content[1:], most=rows * _BYTES)
        if len(planes) != rows * _BYTES:
            raise ValueError(f"{len(planes) // _BYTES:,} numbers instead of {rows:,}")
        raw = bytearray(planes)
        if content[:1] == _PLANES:
            for plane in range(_BYTES):
                raw[plane::_BYTES] = planes[plane * rows : (plane + 1) * rows]
        elif content[:1] != _NUMBERS:
            raise ValueError("a column in a form that nobody knows")
        column = array("q")
        column.frombytes(raw)
        if sys.byteorder == "big":
            column.byteswap()
        return column

    def relative(self, content: bytes, rows: int) -> Relative:
        """A column of so many numbers, many of which are moments soon after the one of their row.

        Raises:
            ValueError: it is damaged, or has not as many.
        """
        start = _LENGTH + int.from_bytes(content[:_LENGTH], "little")
        later = self.unpack(content[_LENGTH:start], most=rows)
        if len(later) != rows or not set(later) <= {0, 1}:
            raise ValueError("what says which arguments are moments is damaged")
        return Relative(later, self.column(content[start:], rows))

    def rising(self, content: bytes, rows: int, before: int, most: int) -> array[int]:
        """A column of numbers that never fall.

        Raises:
            ValueError: it is damaged; or one falls, or is greater than ``most``.
        """
        steps = self.column(content, rows)
        if not steps:
            return steps
        if min(steps) < 0 or max(steps) > most:
            raise ValueError("a time is earlier than the one before, or later than can be")
        sums = accumulate(steps, initial=before)
        next(sums)
        try:
            column = array("q", sums)
        except OverflowError:
            raise ValueError("a time is later than can be") from None
        if column[-1] > most:
            raise ValueError("a time is later than can be")
        return column
