"""Columns of numbers as few bytes, and back: differences, byte planes, zstd.

In a column of 64-bit numbers the high bytes hardly ever change.  With the first bytes of all
numbers together, then the second ones and so on, zstd finds that out; a difference of consecutive
times is small besides.  Slices do both at the speed of C.  What the columns mean is in
:mod:`schedsim.trace`.
"""

from __future__ import annotations

import sys
from array import array
from itertools import accumulate, chain
from operator import sub
from typing import Final

import zstandard

_LEVEL: Final = 3
_BYTES: Final = 8


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
        return self.pack(b"".join([raw[plane::_BYTES] for plane in range(_BYTES)]))

    def rising(self, column: array[int], before: int) -> bytes:
        """A column of numbers that never fall; ``before`` is the one before the first."""
        return self.column(array("q", map(sub, column, chain((before,), column))))


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
        planes = self.unpack(content, most=rows * _BYTES)
        if len(planes) != rows * _BYTES:
            raise ValueError(f"{len(planes) // _BYTES:,} numbers instead of {rows:,}")
        raw = bytearray(len(planes))
        for plane in range(_BYTES):
            raw[plane::_BYTES] = planes[plane * rows : (plane + 1) * rows]
        column = array("q")
        column.frombytes(raw)
        if sys.byteorder == "big":
            column.byteswap()
        return column

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
