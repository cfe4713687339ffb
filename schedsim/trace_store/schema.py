"""What a trace store is: a SQLite file with these tables and no others, and its version.

One row of ``chunks`` holds a stretch of the trace.  The times (as differences), the codes and the
arguments of its rows are ``int64`` columns, written byte plane by byte plane and compressed with
zstd; ``tables`` is JSON of who and what came to be known meanwhile, compressed alike; ``state``,
in some chunks, is the state of the machine before its first row and some others, each
compressed.  ``sum`` is a checksum of all
this and of the chunk's place.  ``about`` says what was run; ``ending`` is written last.

How columns become bytes is in :mod:`.columns`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from schedsim.recording import RecordingError

APPLICATION: Final = 0x53436544
"""SQLite's ``application_id``: which program's file it is."""
SCHEMA: Final = 1
"""Its ``user_version``.  A reader refuses a later one; of an earlier one there is none yet."""
PAGE: Final = 8_192
"""Bytes of a page.  The larger they are, the more is left blank behind each chunk; the smaller, the
sooner the root of a table has to move: with these, after 15 million rows."""
ROWS: Final = 16_384
"""Rows of a chunk: enough that what is left blank does not count, few enough to read in 3 ms."""
STATE_ROWS: Final = 3_072
"""Rows from one state that is kept to the next, at least; from there one applies 1 us a row."""

STATEMENTS: Final = (
    "CREATE TABLE about (content TEXT NOT NULL)",
    (
        "CREATE TABLE chunks (number INTEGER PRIMARY KEY, first INTEGER NOT NULL,"
        " rows INTEGER NOT NULL, until INTEGER NOT NULL, times BLOB NOT NULL, codes BLOB NOT NULL,"
        " args BLOB NOT NULL, tables BLOB NOT NULL, state BLOB NOT NULL, sum BLOB NOT NULL)"
    ),
    "CREATE TABLE ending (content TEXT NOT NULL)",
)

MOST_CHUNK_ROWS: Final = 65_536
MOST_TABLES: Final = 64_000_000
"""Bytes of what one chunk says of entities, labels and the like, before it is compressed."""
MOST_STATE: Final = 512_000_000
MOST_TEXT: Final = 32_000_000
"""Characters of ``about`` or ``ending``."""
MOST_BLOB: Final = 600_000_000

PARTIAL: Final = ".part"
"""What the name of a store ends with that is being written, or that a killed run left."""
ENDING: Final = ".trace"
"""What is added to the name of a recording to name the store beside it."""
MARK: Final = "SQLite format 3\0"


class StoreError(RecordingError):
    """A file that is not a usable trace store; the message names the file and what is wrong."""


def is_store(head: bytes) -> bool:
    """Whether a file that begins so is meant to be a trace store.

    Args:
        head: its first 72 bytes or more (https://sqlite.org/fileformat.html, 1.3).
    """
    return head[:16] == MARK.encode() and head[68:72] == APPLICATION.to_bytes(4, "big")


def looks_like_store(path: Path) -> bool:
    """Whether a file is meant to be a trace store; one that cannot be read is not."""
    try:
        with path.open("rb") as file:
            return is_store(file.read(72))
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return False
