"""The SQLite file around a trace store, opened as what it is: data from somewhere, never changed.

Nothing in the file is executed: the schema has to be exactly ours, so there are no views and no
triggers; nothing but reading is authorised; and sizes are looked at before anything is read.
What is in the tables is in :mod:`.reading`.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from weakref import finalize

from schedsim.plain import plain
from schedsim.trace_store.schema import (
    MARK,
    MOST_BLOB,
    MOST_TEXT,
    SCHEMA,
    STATEMENTS,
    StoreError,
    is_store,
)

_HEAD: Final = 100
_ALLOWED: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION})
_TABLES: Final = ("about", "chunks", "ending")


class Container:
    """A trace store's file, open for reading.

    Raises:
        StoreError: it cannot be opened, or is no trace store that this version knows.
    """

    def __init__(self, path: Path) -> None:
        self.shown = plain(str(path), 200)
        self.cut = False
        """The file is shorter than it says: it was cut, or is still being written."""
        try:
            with path.open("rb") as file:
                head = file.read(_HEAD)
            size = path.stat().st_size
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            says = getattr(error, "strerror", None) or str(error)
            raise StoreError(f"{self.shown}: {says.lower()}") from None
        self._look_at(head, size)
        try:
            self._file = self._open(path)
            found = self._file.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        except (sqlite3.Error, ValueError) as error:  # ValueError: its message is not UTF-8
            if self.cut:
                raise self._without_tables() from None
            raise self.damaged(str(error)) from None
        ours = [("table", name, sql) for name, sql in zip(_TABLES, STATEMENTS, strict=True)]
        if found != ours:
            self.close()
            if self.cut:
                raise self._without_tables()
            raise StoreError(f"{self.shown}: not a trace store: it has other tables")

    def _look_at(self, head: bytes, size: int) -> None:
        """Whether the header is one of ours (https://sqlite.org/fileformat.html, 1.3)."""
        if head[:16] != MARK.encode()[: len(head)] or (len(head) == _HEAD and not is_store(head)):
            raise StoreError(f"{self.shown}: not a trace store of schedsim")
        if len(head) < _HEAD:
            raise StoreError(
                f"{self.shown}: cut short: there is not even the head of a trace store"
            )
        schema = int.from_bytes(head[60:64], "big")
        if schema != SCHEMA:
            newer = "a newer schedsim has written it" if schema > SCHEMA else "no schedsim has it"
            raise StoreError(
                f"{self.shown}: schema {schema} is not known, only {SCHEMA} is ({newer})"
            )
        page = int.from_bytes(head[16:18], "big")
        pages = int.from_bytes(head[28:32], "big")
        self.cut = size < pages * page

    def _open(self, path: Path) -> sqlite3.Connection:
        # Immutable: no locks, no journal of whoever wrote it, nothing written beside it.
        where = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
        file = sqlite3.connect(where, uri=True, isolation_level=None, check_same_thread=False)
        finalize(self, file.close)  # a run that is looked at has no other end
        file.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BLOB)
        file.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        file.execute("PRAGMA trusted_schema = OFF")
        file.execute("PRAGMA cell_size_check = ON")
        file.execute("PRAGMA mmap_size = 0")
        if self.cut:  # else SQLite refuses a file that is shorter than its header says
            file.execute("PRAGMA writable_schema = ON")
        file.text_factory = bytes
        file.execute("SELECT 1 FROM sqlite_master")
        file.set_authorizer(_authorise)
        file.text_factory = str
        return file

    def rows(self, query: str, *parameters: int) -> list[tuple[Any, ...]]:
        """What a query of ours finds.

        Raises:
            StoreError: the file is damaged there.
        """
        try:
            return self._file.execute(query, parameters).fetchall()
        except (sqlite3.Error, ValueError) as error:  # ValueError: text that is not UTF-8
            raise self.damaged(str(error)) from None

    def text(self, table: str) -> str | None:
        """The one text in ``about`` or ``ending``; None if there is none."""
        lengths = self.rows(f"SELECT typeof(content), length(content) FROM {table} LIMIT 2")  # noqa: S608 - ours
        if not lengths:
            return None
        if len(lengths) > 1 or lengths[0][0] != "text" or lengths[0][1] > MOST_TEXT:
            raise self.damaged(f"{table} is not a text")
        found = self.rows(f"SELECT content FROM {table}")  # noqa: S608 - ours
        return str(found[0][0])

    def damaged(self, says: str) -> StoreError:
        """The file is not as it was written."""
        return StoreError(f"{self.shown}: damaged: {plain(says, 200)}")

    def _without_tables(self) -> StoreError:
        return StoreError(f"{self.shown}: cut short: not even its tables are there")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _authorise(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY
