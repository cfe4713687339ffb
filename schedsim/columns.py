"""Which rows of a trace are of some kind, without a step of Python for each row.

The kind of a row is in the lowest byte of its code (with two bits of the reason), so that the
kinds of all rows are a slice of bytes, and a table tells them apart.  Whoever looks for a few
kinds of rows in millions goes to those alone.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Collection, Iterator
from itertools import compress

from schedsim.trace import KIND_MASK, REASON_SHIFT, Kind, Reason, Trace

_BYTES = 8
"""Of a code."""
_LITTLE = sys.byteorder == "little"
_NIBBLE = 15


def _byte(codes: array[int], number: int) -> bytes:
    """One byte of every code, from the lowest."""
    place = number if _LITTLE else _BYTES - 1 - number
    return codes.tobytes()[place::_BYTES]


def marks(trace: Trace, kinds: Collection[Kind]) -> bytes:
    """For every row 1 if it is of one of these kinds, else 0."""
    table = bytes(byte & KIND_MASK in kinds for byte in range(256))
    return _byte(trace.codes, 0).translate(table)


def rows_of(trace: Trace, kinds: Collection[Kind]) -> Iterator[int]:
    """The numbers of the rows that are of one of these kinds, ascending."""
    return compress(range(len(trace)), marks(trace, kinds))


def rows_with(trace: Trace, kind: Kind, reason: Reason) -> Iterator[int]:
    """The numbers of the rows of this kind with this reason, ascending."""
    wanted = kind | reason << REASON_SHIFT
    low, high = wanted & 255, wanted >> 8
    first = _byte(trace.codes, 0).translate(bytes(byte == low for byte in range(256)))
    second = _byte(trace.codes, 1).translate(bytes(byte & _NIBBLE == high for byte in range(256)))
    both = int.from_bytes(first, "little") & int.from_bytes(second, "little")
    return compress(range(len(trace)), both.to_bytes(len(trace), "little"))


def has(trace: Trace, kinds: Collection[Kind], reason: Reason) -> bool:
    """Whether there is a row of one of these kinds with this reason."""
    return any(next(rows_with(trace, kind, reason), None) is not None for kind in kinds)
