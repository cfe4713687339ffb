"""The line on which each key of a TOML file stands, for messages.

``tomllib`` does not tell.  This scanner may be simple because it reads only what ``tomllib`` has
accepted; where it is at a loss, it returns what it has found so far.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from contextlib import suppress

Key = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t\n]*(?:#[^\n]*\n?[ \t\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*(\.?)""")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}#\n]*")


def lines_of(text: str) -> dict[Key, int]:
    """From key to line, counted from 1, for every key, table and element in ``text``."""
    scanner = _Scanner(text.replace("\r\n", "\n"))
    with suppress(_Lost, RecursionError):
        scanner.scan()
    return scanner.lines


class _Lost(Exception):
    """The scanner does not understand."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.lines: dict[Key, int] = {}
        self.breaks = [at for at, character in enumerate(text) if character == "\n"]
        self.arrays: dict[Key, int] = {}
        """Arrays of tables: how many tables each has so far."""

    def scan(self) -> None:
        table: Key = ()
        while self._skip():
            if self._looking_at("[["):
                table = self._header(2)
            elif self._looking_at("["):
                table = self._header(1)
            else:
                self._pair(table)

    def _header(self, brackets: int) -> Key:
        line = self._line()
        self.place += brackets
        *parents, last = self._dotted()
        table: Key = ()
        for part in parents:
            table = self._into(table, part)
        if brackets == 1:
            table = (*table, last)
        else:
            table = (*table, last)
            self.lines.setdefault(table, line)
            self.arrays[table] = self.arrays.get(table, 0) + 1
            table = (*table, self.arrays[table] - 1)
        self.lines.setdefault(table, line)
        self.place += brackets
        return table

    def _into(self, table: Key, part: str) -> Key:
        table = (*table, part)
        count = self.arrays.get(table)
        return table if count is None else (*table, count - 1)

    def _pair(self, table: Key) -> None:
        line = self._line()
        key = table
        for part in self._dotted():
            key = (*key, part)
            self.lines.setdefault(key, line)
        if not self._looking_at("="):
            raise _Lost
        self.place += 1
        self._skip()
        self._value(key)

    def _value(self, key: Key) -> None:
        self.lines.setdefault(key, self._line())
        if self._looking_at("["):
            self.place += 1
            index = 0
            while not self._closed("]"):
                self._value((*key, index))
                index += 1
        elif self._looking_at("{"):
            self.place += 1
            while not self._closed("}"):
                self._pair(key)
        else:
            found = _STRING.match(self.text, self.place) or _PLAIN.match(self.text, self.place)
            if found is None or found.end() == self.place:
                raise _Lost
            self.place = found.end()

    def _closed(self, bracket: str) -> bool:
        """Go past a comma and to the next element; False if there is one."""
        self._skip()
        if self._looking_at(","):
            self.place += 1
            self._skip()
        if not self._looking_at(bracket):
            return False
        self.place += 1
        return True

    def _dotted(self) -> list[str]:
        parts = []
        while True:
            found = _KEY.match(self.text, self.place)
            if found is None:
                raise _Lost
            self.place = found.end()
            word = found[1]
            if word[0] in "\"'":
                word = tomllib.loads(f"key = {word}")["key"]
            parts.append(word)
            if not found[2]:
                return parts

    def _skip(self) -> bool:
        """Go past space and comments; False at the end."""
        found = _SPACE.match(self.text, self.place)
        assert found is not None, "the pattern matches nothing at all, too"
        self.place = found.end()
        return self.place < len(self.text)

    def _looking_at(self, sign: str) -> bool:
        return self.text.startswith(sign, self.place)

    def _line(self) -> int:
        return bisect_right(self.breaks, self.place) + 1
