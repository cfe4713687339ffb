"""The report for people, and below it who has the cores when: all as plain text of 80 columns."""

from __future__ import annotations

from schedsim import report
from schedsim.compare.outcomes import Outcome
from schedsim.compare.picture import picture
from schedsim.export.base import Export
from schedsim.export.words import MOST_NAME
from schedsim.metrics import Measured
from schedsim.plain import plain
from schedsim.run import Run

_WIDTH = 80
_MARK = "schedsim run of "


def _write(run: Run, measured: Measured) -> str:
    name = plain(run.scenario.name, MOST_NAME)
    drawn = picture([Outcome.of(run.scenario.name or "run", run)], _WIDTH)
    lines = [f"{_MARK}{name}", "", report.to_text(run, measured), "", *drawn]
    return "\n".join(lines) + "\n"


TEXT = Export("a report of a run", _MARK, _write)
