"""Cells that have been drawn once: panning and playing ask for the same ones again.

Cells of one width stand at multiples of it, so those of a row are kept in tiles of some columns,
as finished segments: few objects, for the garbage collector's sake.
"""

from __future__ import annotations

from collections import OrderedDict

from rich.segment import Segment
from textual.cache import LRUCache

from schedsim.tui import together
from schedsim.tui.glyphs import Sign
from schedsim.tui.moment import Moment
from schedsim.tui.rows import Row
from schedsim.tui.viewport import Viewport
from schedsim.tui.widgets import lanes
from schedsim.tui.widgets.lanes import Drawn, Styles

COLUMNS = 50
"""Columns of a tile: a multiple of whatever a cell may take."""
_MOST = 640
"""Tiles that are kept: two screens of 64 rows and 200 columns."""


def row_key(moment: Moment, row: Row, view: Viewport) -> tuple[object, ...]:
    """What the cells of a row depend on."""
    known = min(moment.run.trace.end, view.end)
    members = len(row.members)
    place = (view.start, view.cell, view.wide, view.columns)
    return (row.lane, row.folded, members, *place, known)


class Tiles:
    """The drawn cells of all rows of one timeline, in the styles of one theme."""

    def __init__(self) -> None:
        self._rows: LRUCache[tuple[object, ...], Drawn] = LRUCache(128)
        self._tiles: OrderedDict[tuple[object, ...], Drawn] = OrderedDict()

    def clear(self) -> None:
        """Forget them: the theme is another one, or the timeline."""
        self._rows.clear()
        self._tiles.clear()

    def drawn(self, moment: Moment, row: Row, view: Viewport, style: Styles) -> Drawn:
        """What is in view of a row."""
        key = row_key(moment, row, view)
        known = self._rows.get(key)
        if known is None:
            known = self._rows[key] = self._put_together(moment, row, view, style)
        return known

    def _put_together(self, moment: Moment, row: Row, view: Viewport, style: Styles) -> Drawn:
        first = view.start // view.cell * view.wide
        last = first + view.columns
        past: list[Segment] = []
        future: list[Segment] = []
        signs: list[frozenset[Sign]] = []
        met: set[Sign] = set()
        for number in range(first // COLUMNS, (last - 1) // COLUMNS + 1):
            tile = self._tile(moment, row, view, number, style)
            start = max(0, first - number * COLUMNS)
            stop = min(COLUMNS, last - number * COLUMNS)
            if stop - start == COLUMNS:
                past += tile.past
                future += tile.future
                signs += tile.signs
                met |= tile.met
            else:
                past += lanes.cut(tile.past, start, stop)
                future += lanes.cut(tile.future, start, stop)
                signs += tile.signs[start:stop]
                met.update(*tile.signs[start:stop])
        return Drawn(past, future, signs, frozenset(met))

    def _tile(self, moment: Moment, row: Row, view: Viewport, number: int, style: Styles) -> Drawn:
        cell, wide = view.cell, view.wide
        count = COLUMNS // wide
        start = number * count * cell
        end = start + count * cell
        known = min(moment.run.trace.end, end)
        key = (row.lane, row.folded, len(row.members), cell, wide, number, known)
        tile = self._tiles.get(key)
        if tile is not None:
            self._tiles.move_to_end(key)
            return tile
        cells = together.cells(moment.timeline, row, start, cell, count)
        missed = {column * wide for column in lanes.missed(moment, row, start, cell, end)}
        if wide > 1:
            cells = [each for each in cells for _ in range(wide)]
        tile = lanes.draw(moment, row, cells, missed, style)
        self._tiles[key] = tile
        if len(self._tiles) > _MOST:
            _ = self._tiles.popitem(last=False)
        return tile
