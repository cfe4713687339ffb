"""The source of a coroutine as a listing: where a suspended task stands is a line of it."""

from __future__ import annotations

import inspect
from types import CodeType
from typing import Final

from schedsim.trace import Listing

_MOST_LINES: Final = 2_000
"""Nobody looks at more, and a recording would carry it."""


class Source:
    """The lines of ``code``; none if its file cannot be read."""

    def __init__(self, code: CodeType | None) -> None:
        self.listing: Listing | None = None
        if code is None:
            return
        try:
            text = inspect.getsource(code)
        except (OSError, TypeError):
            return
        lines = inspect.cleandoc(f"\n{text}").splitlines()[:_MOST_LINES]
        self.listing = Listing(tuple(lines), tuple(range(len(lines))))
