"""All slices of all lanes as comma-separated values: a line a slice, for spreadsheets and scripts.

Times are integers, in the unit that the header names.  Who is not there yet, or no longer, has no
line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from schedsim.export.base import Export
from schedsim.export.words import name_of, present
from schedsim.metrics import Measured
from schedsim.run import Run
from schedsim.timeline import LaneId, Slice
from schedsim.trace import Role, Trace

_HEAD = ("lane", "core", "process", "thread", "task", "situation")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""A cell that begins so is executed by a spreadsheet (OWASP, CSV injection)."""


def _write(run: Run, measured: Measured) -> str:
    trace, timeline = run.trace, measured.timeline
    unit = "ns" if trace.unit == "ns" else "ticks"
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow((*_HEAD, f"start_{unit}", f"end_{unit}"))
    cells = [_cell(name_of(trace, entity.id)) for entity in trace.entities]
    for lane in timeline.lanes():
        for part in present(timeline, lane):
            table.writerow(_line(trace, cells, lane, part))
    return text.getvalue()


def _line(trace: Trace, cells: list[str], lane: LaneId, part: Slice) -> Iterator[str | int]:
    who = trace.entities[part.who]
    process = who.process or (lane.number if lane.kind == "gil" else 0)
    yield lane.kind
    yield lane.number if lane.kind == "core" else ""
    yield cells[process]
    yield cells[who.thread]
    yield cells[who.id] if who.role is Role.TASK else ""
    yield part.situation.name.lower()
    yield part.start
    yield part.end


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


CSV = Export("a table of slices in CSV", ",".join(_HEAD), _write)
