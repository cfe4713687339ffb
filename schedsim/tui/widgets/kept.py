"""The lines of a widget as they were drawn last, each with what it was drawn from.

A line that is drawn from the same things again is the same strip: all that was worked out for it,
down to the bytes for the terminal, is still there.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from textual.strip import Strip

Finish = Callable[[list[Segment]], Strip]


class KeptLines:
    """Strips by line.

    Args:
        finish: makes the strip of its segments.
    """

    def __init__(self, finish: Finish) -> None:
        self.finish = finish
        self._lines: dict[int, tuple[tuple[object, ...], Strip]] = {}

    def clear(self) -> None:
        """Forget them: the theme is another one, or the timeline."""
        for y in list(self._lines):
            self.forget(y)

    def forget(self, y: int) -> None:
        """Draw this line anew when it is asked for next.

        ``Strip.divide`` keeps the strip itself in its own cache.  Only the slowest of garbage
        collections would find it there, and that is what makes an animation stutter; so the
        cache is emptied by hand, and the strip goes at once.
        """
        known = self._lines.pop(y, None)
        if known is not None:
            known[1]._divide_cache.clear()  # noqa: SLF001 - nothing public empties it

    def line(self, y: int, key: tuple[object, ...], make: Callable[[], list[Segment]]) -> Strip:
        """The strip that was made of the same things, or a new one."""
        known = self._lines.get(y)
        if known is not None and known[0] == key:
            return known[1]
        self.forget(y)
        strip = self.finish(make())
        self._lines[y] = (key, strip)
        return strip
