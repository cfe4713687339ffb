"""Cells that have been worked out once: panning and playing ask for the same ones again.

Cells of one width stand at multiples of it, so those of a lane are kept in tiles of some columns.
"""

from __future__ import annotations

from collections import OrderedDict

from schedsim.durations import Time
from schedsim.timeline import Cell, Timeline
from schedsim.tui import together
from schedsim.tui.rows import Row

COLUMNS = 50
"""Cells in a tile."""
_MOST = 1_000
"""Tiles that are kept: two screens of 60 rows and 200 columns, at several widths of a cell."""


class Tiles:
    """The cells of all rows of one timeline."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._tiles: OrderedDict[tuple[object, ...], list[Cell]] = OrderedDict()

    def cells(self, row: Row, start: Time, cell: Time, count: int) -> list[Cell]:
        """``count`` cells from ``start``, which is a multiple of ``cell``."""
        first = start // cell
        tile = first // COLUMNS
        found: list[Cell] = []
        while tile * COLUMNS < first + count:
            found += self._tile(row, cell, tile)
            tile += 1
        skip = first % COLUMNS
        return found[skip : skip + count]

    def _tile(self, row: Row, cell: Time, number: int) -> list[Cell]:
        start = number * COLUMNS * cell
        whole = start + COLUMNS * cell
        known = min(self.timeline.trace.end, whole)
        key = (row.lane, row.shared and row.members, cell, number, known)
        tile = self._tiles.get(key)
        if tile is None:
            tile = together.cells(self.timeline, row, start, cell, COLUMNS)
            self._tiles[key] = tile
            if len(self._tiles) > _MOST:
                _ = self._tiles.popitem(last=False)
        else:
            self._tiles.move_to_end(key)
        return tile
