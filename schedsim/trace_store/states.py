"""The states of the machine that a chunk keeps, one behind the other.

Each is preceded by its row, counted from the first of the chunk, and its length in bytes.  What a
state is as bytes is in :mod:`schedsim.keyframes`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final

_HEAD: Final = struct.Struct("<II")


def joined(states: Iterable[tuple[int, bytes]]) -> bytes:
    """All of them: row and packed state."""
    return b"".join([_HEAD.pack(row, len(state)) + state for row, state in states])


def parted(content: bytes) -> Iterator[tuple[int, bytes]]:
    """One after the other: row and packed state.

    Raises:
        ValueError: it is damaged.
    """
    place = 0
    while place < len(content):
        if place + _HEAD.size > len(content):
            raise ValueError("the states in it end too early")
        row, length = _HEAD.unpack_from(content, place)
        place += _HEAD.size + length
        if place > len(content):
            raise ValueError("the states in it end too early")
        yield row, content[place - length : place]
