"""The numbers of a run: over time as rows of little bars, at the playhead, and at the end.

Which there are is said by :data:`schedsim.metrics.METRICS` and by
:data:`schedsim.metrics.series.SERIES`; here they are only drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.content import Content

from schedsim.durations import Time
from schedsim.timeline import LaneId
from schedsim.tui.moment import Moment
from schedsim.tui.paint import MUTED, Part, fit, line, pad
from schedsim.tui.panels.base import Place, TextPanel
from schedsim.tui.survey import Survey
from schedsim.tui.widgets.gantt import Gantt

if TYPE_CHECKING:
    from schedsim.metrics import Form
    from schedsim.metrics.series import Series

HEADLINES = {
    "utilisation": "cores useful",
    "throughput": "throughput",
    "context_switches": "context switches",
    "gil_switches": "GIL switches",
    "mean_waiting": "mean waiting",
    "starvation": "longest wait",
    "fairness": "fairness (Jain)",
    "max_loop_lag": "worst loop lag",
    "deadline_misses": "missed deadlines",
}
"""What is shown first, and what it is called; the others are called as in the report."""
BARS = " ▁▂▃▄▅▆▇█"
_LABEL = 13
_VALUE = 9
_WORD = 17
"""Columns of what a number is called, at least."""
_MOST_CORES = 4
"""With more of them each is not told by itself."""


class MetricsPanel(TextPanel):
    """Plots with the playhead, and two columns of numbers."""

    NAME: ClassVar[str] = "metrics"
    PLACE: ClassVar[Place] = "side"
    ALLOW_SELECT = False  # a drag scrubs

    def __init__(self) -> None:
        super().__init__()
        self._plots = 0
        """Lines of them, with the axis."""
        self._bars: dict[str, list[float]] = {}
        self._bars_of: tuple[Survey, int] | None = None

    def heading(self, moment: Moment) -> str:
        so_far = moment.survey is not None and not moment.survey.finished
        return "metrics · so far" if so_far and not moment.hides_future else "metrics"

    def wants(self, moment: Moment) -> int:
        from schedsim.metrics.series import SERIES

        plots = len(moment.survey.series) if moment.survey else len(SERIES)
        return plots + 1 + 1 + len(HEADLINES)

    def draw(self, moment: Moment, width: int, height: int) -> Sequence[Content]:
        survey = moment.survey
        self._plots = 0
        if survey is None:
            return [Content.styled(f"The run is being measured{moment.far} ...", MUTED)]
        lines = []
        if survey.end and width > _LABEL + _VALUE + 4:
            lines = self._plotted(moment, survey, width)
            self._plots = len(lines)
        lines += _numbers(moment, survey, width)
        return lines[:height]

    # -- plots ----------------------------------------------------------------------------

    def _columns(self, width: int) -> int:
        return max(1, width - _LABEL - _VALUE)

    def _plotted(self, moment: Moment, survey: Survey, width: int) -> list[Content]:
        from schedsim.metrics.series import SERIES, merged

        columns = self._columns(width)
        if self._bars_of != (survey, columns):
            self._bars_of = (survey, columns)
            self._bars = {
                name: merged(numbers, columns, peaks=SERIES[name].peaks)
                for name, numbers in survey.series.items()
            }
        here = min(columns - 1, moment.at * columns // survey.end)
        axis = _axis(moment, survey, here, width)
        return [
            axis,
            *(
                _plot(moment, SERIES[name], numbers, here, width)
                for name, numbers in self._bars.items()
            ),
        ]

    # -- the mouse ------------------------------------------------------------------------

    def _seek(self, event: events.MouseEvent) -> bool:
        """Go to the time under the pointer, if it is on a plot."""
        moment = self.moment
        if moment is None or moment.survey is None or not self.content_size.width:
            return False
        columns = self._columns(self.content_size.width)
        column = event.screen_x - self.content_region.x - _LABEL
        column = max(0, min(column, columns - 1))
        self.post_message(Gantt.Seek(_time_of(column, columns, moment.survey.end)))
        return True

    def on_mouse_down(self, event: events.MouseDown) -> None:
        row = event.screen_y - self.content_region.y + self.top
        if event.screen_x >= self.content_region.x + _LABEL and 0 <= row < self._plots:
            self.capture_mouse()
            self._seek(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is self:
            self._seek(event)

    def on_mouse_up(self) -> None:
        self.release_mouse()


def _time_of(column: int, columns: int, end: Time) -> Time:
    """The first instant that a column stands for."""
    return -(-column * end // columns)


def _axis(moment: Moment, survey: Survey, here: int, width: int) -> Content:
    """Where the playhead is, between the beginning and the end of the run."""
    columns = width - _LABEL - _VALUE
    marks = ["·"] * columns
    marks[here] = "▼"
    until = "" if moment.hides_future else moment.took(survey.end)
    return line(
        width,
        [
            (pad("over time", _LABEL), MUTED),
            ("".join(marks[:here]), MUTED),
            ("▼", "bold"),
            ("".join(marks[here + 1 :]), MUTED),
        ],
        [(fit(until, _VALUE - 1), MUTED)],
    )


def _plot(
    moment: Moment, series: Series, numbers: Sequence[float], here: int, width: int
) -> Content:
    """A row of bars, the highest of which fills the line, and the number at the playhead."""
    known = numbers[:here] if moment.hides_future else numbers  # the column at it is half to come
    most = 1.0 if series.is_share else max(known, default=0.0)
    bars = "".join(BARS[_height(number, most)] for number in known).ljust(len(numbers))
    parts: list[Part] = [
        (pad(series.word, _LABEL), MUTED),
        (bars[:here], "$primary"),
        (bars[here], "bold $playhead on $chosen"),
        (bars[here + 1 :], "$primary"),
    ]
    value = "" if moment.hides_future else _value(moment, series, numbers[here])
    return line(width, parts, [(fit(value, _VALUE - 1), "")])


def _height(number: float, most: float) -> int:
    """In eighths of a line; whatever is more than nothing can be seen."""
    return min(8, math.ceil(8 * number / most)) if most > 0 else 0


def _value(moment: Moment, series: Series, number: float) -> str:
    if series.is_share:
        return f"{number:.0%}"
    return moment.took(round(number)) if series.is_time else f"{number:.1f}"


# -- numbers ------------------------------------------------------------------------------


def _numbers(moment: Moment, survey: Survey, width: int) -> list[Content]:
    """Each at the playhead and of the whole run: what matters most, then all the others."""
    from schedsim.metrics import METRICS

    column = min(16, max(6, (width - _WORD) // 2))
    label = width - 2 * column
    unit = moment.run.trace.unit

    def row(word: str, now: str, whole: str, style: str = "") -> Content:
        whole = "" if moment.hides_future else whole
        right = [(pad(now, column), style), (pad(whole, column), style or MUTED)]
        return line(width, [(fit(word, label - 1), MUTED)], right)

    whole = "whole run" if survey.finished else "so far"
    lines = [row("", f"at {moment.took(moment.at)}", whole, "bold")]
    names = [*HEADLINES, *(name for name in METRICS if name not in HEADLINES)]
    for name in names:
        metric, past = METRICS[name], moment.past
        if survey.figures[name] is None and (past is None or past[name] is None):
            continue
        now = "..." if past is None else _told(metric.form, past[name], unit)
        word = HEADLINES.get(name) or f"{metric.line} {metric.word}"
        lines.append(row(word, now, _told(metric.form, survey.figures[name], unit)))
        if name == "utilisation":
            lines += [row(*each) for each in _shares(moment, survey)]
    return lines


def _shares(moment: Moment, survey: Survey) -> list[tuple[str, str, str]]:
    """How much each core was in use, where there are a few, and each GIL held."""
    from schedsim.metrics.series import share

    lanes = [LaneId("core", n) for n in range(len(moment.state.running))]
    lanes = lanes if 1 < len(lanes) <= _MOST_CORES else []
    gils = [LaneId("gil", process) for process in moment.state.gils]
    found = []
    for lane in [*lanes, *(gils if len(gils) == 1 else [])]:
        word = f"{lane.kind} {lane.number} in use" if lane.kind == "core" else "GIL held"
        now = share(moment.timeline, lane, min(moment.at, moment.run.trace.end))
        found.append((word, f"{now:.1%}", f"{share(moment.timeline, lane, survey.end):.1%}"))
    return found


def _told(form: Form, value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    from schedsim.metrics import Form
    from schedsim.report import figure_text

    if form is Form.RATE:
        return f"{value:,.4g}/{'s' if unit == 'ns' else 'tick'}"
    return figure_text(form, value, unit)
