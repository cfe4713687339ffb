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
_SELDOM = 12
"""A search from one mark to the next costs as much as going over so many."""
_LOW_BITS = 8 - REASON_SHIFT
"""So many bits of a reason are in the lowest byte."""
_LOW = bytes(byte >> REASON_SHIFT for byte in range(256))
_HIGH = bytes((byte & _NIBBLE) << _LOW_BITS for byte in range(256))


def _byte(codes: array[int], number: int) -> bytes:
    """One byte of every code, from the lowest."""
    place = number if _LITTLE else _BYTES - 1 - number
    return codes.tobytes()[place::_BYTES]


def marks(codes: array[int], kinds: Collection[int]) -> bytes:
    """For every code 1 if it is of one of these kinds, else 0."""
    table = bytes(byte & KIND_MASK in kinds for byte in range(256))
    return _byte(codes, 0).translate(table)


def reasons(codes: array[int]) -> bytes:
    """The reason of every code."""
    low, high = _byte(codes, 0).translate(_LOW), _byte(codes, 1).translate(_HIGH)
    both = int.from_bytes(low, "little") | int.from_bytes(high, "little")
    return both.to_bytes(len(codes), "little")


def numbers(marked: bytes | bytearray) -> Iterator[int]:
    """Where there is a 1, ascending."""
    if marked.count(1) * _SELDOM < len(marked):
        return _one_by_one(marked)
    return compress(range(len(marked)), marked)


def _one_by_one(marked: bytes | bytearray) -> Iterator[int]:
    number = marked.find(1)
    while number >= 0:
        yield number
        number = marked.find(1, number + 1)


def rows_of(trace: Trace, kinds: Collection[Kind]) -> Iterator[int]:
    """The numbers of the rows that are of one of these kinds, ascending."""
    return numbers(marks(trace.codes, kinds))


def rows_with(trace: Trace, kind: Kind, reason: Reason) -> Iterator[int]:
    """The numbers of the rows of this kind with this reason, ascending."""
    wanted = kind | reason << REASON_SHIFT
    low, high = wanted & 255, wanted >> 8
    first = _byte(trace.codes, 0).translate(bytes(byte == low for byte in range(256)))
    second = _byte(trace.codes, 1).translate(bytes(byte & _NIBBLE == high for byte in range(256)))
    both = int.from_bytes(first, "little") & int.from_bytes(second, "little")
    return numbers(both.to_bytes(len(trace), "little"))
