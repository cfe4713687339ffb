"""The chosen range in numbers, as lines of text: who ran, how busy the cores were, one lane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from schedsim.durations import Time
from schedsim.timeline import LaneId, Situation
from schedsim.tui.axis import chosen
from schedsim.tui.glyphs import SIGNS
from schedsim.tui.moment import Moment
from schedsim.tui.paint import Part, chip, fit, labelled, series
from schedsim.tui.rows import HOLDS

if TYPE_CHECKING:
    from schedsim.metrics.span import Span, Stay

LINES = 3
_NAME = 14
"""Columns that a name may take."""
_IN_USE = {"core": "in use", "gil": "held"}
"""What it is called of what is held: neither runs itself."""


class SpanText:
    """The text for a range; it is measured once, for it may be long."""

    def __init__(self) -> None:
        self._key: object = None
        self._known: tuple[Span, Stay | None]

    def lines(self, moment: Moment, width: int) -> Sequence[Content]:
        """Its lines; none if no range is chosen."""
        span = chosen(moment)
        if span is None:
            return []
        start, end = span
        if moment.hides_future:
            start, end = min(start, moment.at), min(end, moment.at)
        found, stay = self._measured(moment, start, end)
        lines = [_ran(moment, found, width), _cores(moment, found, width)]
        if stay is not None and moment.selected is not None:
            lines.append(_lane(moment, moment.selected, stay, width))
        return lines

    def _measured(self, moment: Moment, start: Time, end: Time) -> tuple[Span, Stay | None]:
        lane = _measurable(moment)
        trace = moment.run.trace
        key = (id(trace), start, end, min(end, trace.end), lane)
        if key != self._key:
            from schedsim.metrics.span import measure_span, measure_stay

            stay = measure_stay(moment.timeline, lane, start, end) if lane else None
            self._known = (measure_span(moment.timeline, start, end), stay)
            self._key = key
        return self._known


def _measurable(moment: Moment) -> LaneId | None:
    """The lane whose numbers are told: a folded loop is told as a whole."""
    lane = moment.selected
    row = next((row for row in moment.rows if row.lane == lane), None)
    if lane is None or lane.kind == "process":
        return None
    return LaneId("loop", lane.number) if row is not None and row.folded else lane


def _ran(moment: Moment, span: Span, width: int) -> Content:
    def item(each: tuple[int, Time]) -> list[Part]:
        face = moment.face(each[0])
        share = _percent(each[1] / span.length)
        return [chip(face), (f" {fit(face.name, _NAME)} {moment.took(each[1])} {share}", "")]

    return series("range", width, span.ran, item, "nobody ran")


def _cores(moment: Moment, span: Span, width: int) -> Content:
    cores = list(enumerate(span.busy))
    start, end = moment.took(span.start), moment.took(span.end)
    note = f"{start} to {end}: {moment.took(span.length)}"

    def item(each: tuple[int, float]) -> list[Part]:
        return [(f"core {each[0]} {_percent(each[1])}", "")]

    return series("busy", width, cores, item, note=note)


def _lane(moment: Moment, lane: LaneId, stay: Stay, width: int) -> Content:
    parts: list[Part] = []
    if lane.kind not in HOLDS:
        parts.append(chip(moment.face(lane.number)))
        parts.append((f" {fit(moment.face(lane.number).name, _NAME)}  ", ""))
    else:
        parts.append((f"{'GIL' if lane.kind == 'gil' else moment.timeline.name(lane)}  ", ""))
    said = []
    for situation, sign in SIGNS.items():
        took = stay.times.get(situation, 0)
        if sign.meaning and (took or situation is Situation.RUNNING):
            word = sign.meaning
            if situation is Situation.RUNNING:
                word = _IN_USE.get(lane.kind, word)
            said.append(f"{word} {moment.took(took)}")
    switches = f"{stay.switches} switch{'' if stay.switches == 1 else 'es'}"
    parts.append((" · ".join([*said, switches]), ""))
    return labelled("selected", width, parts)


def _percent(share: float) -> str:
    """Never all or nothing unless it is."""
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return ">99%"
    return f"{share:.0%}"
