"""The numbers of runs side by side: headline figures, what one asks of models, findings.

What they are is in :mod:`schedsim.compare`; here they become lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from schedsim.compare.answers import QUESTIONS
from schedsim.compare.table import BEST
from schedsim.durations import format_duration
from schedsim.plain import plain
from schedsim.tui.paint import MUTED, Part, fit, pad
from schedsim.tui.side_by_side import SideBySide

_GAP = 2
_MOST_FINDINGS = 3
_NAME = 18
_LEAST_LABEL = 16


def lines(seen: SideBySide, width: int, again: str) -> Iterator[Content]:
    """Everything, in lines of at most ``width`` columns.

    Args:
        seen: what is compared.
        width: columns.
        again: the command that compares the same without the app; empty if there is none.
    """
    yield from _figures(seen, width)
    if any(side.answers for side in seen.sides):
        yield Content("")
        yield from _answers(seen, width)
    yield from _findings(seen)
    if again:
        yield Content("")
        yield Content.assemble(("again without the app: ", MUTED), again)


def _heads(seen: SideBySide, room: int) -> list[Part]:
    named = enumerate((side.name for side in seen.sides), 1)
    return [(fit(f"{n} {name}", min(_NAME, room - 1)), "bold") for n, name in named]


def _figures(seen: SideBySide, width: int) -> Iterator[Content]:
    """The headline figures, with what differs from the first behind each."""
    labels = [f"{row.name}, {row.unit}" if row.unit else row.name for row in seen.rows]
    label = max(_LEAST_LABEL, *map(len, labels))
    count = len(seen.sides)
    room = (width - label) // count - _GAP
    change = max((len(text) for row in seen.rows for text in row.changes), default=0)
    change += 1 if change else 0
    value = max(len(text) for row in seen.rows for text in row.texts) + 1
    if value + change > room:
        change = 0
    heads = _heads(seen, max(value, room))
    value = max(value, *(len(text) + 1 for text, _ in heads))
    value = max(1, min(value, room - change))
    yield _line("", label, [[_right(text, style, value)] for text, style in heads], change)
    for name, row in zip(labels, seen.rows, strict=True):
        cells = [
            _cell(
                row.texts[n], row.changes[n] if change else "", row.best[n], value, change * (n > 0)
            )
            for n in range(count)
        ]
        yield _line(name, label, cells, 0)
    more = "   +/- against 1" if change else ""
    yield Content.styled(f"{BEST} the best{more}", MUTED)


def _cell(text: str, change: str, best: bool, value: int, room: int) -> list[Part]:  # noqa: FBT001
    shown = fit(text, value - 1)
    mark = (BEST, "bold $success") if best else (" ", "")
    start = [(" " * (value - 1 - len(shown)), ""), (shown, "bold" if best else ""), mark]
    return [*start, (f"{change:>{room}}", MUTED)] if room else start


def _right(text: str, style: str, room: int) -> Part:
    return (f"{text:>{room - 1}} ", style)


def _line(
    name: str, label: int, cells: Sequence[Sequence[Part]], change: int, gap: int = _GAP
) -> Content:
    parts: list[Part] = [(pad(name, label), MUTED)]
    for number, cell in enumerate(cells):
        parts += [(" " * gap, ""), *cell, (" " * (change if number else 0), "")]
    return Content.assemble(*parts)


def _answers(seen: SideBySide, width: int) -> Iterator[Content]:
    """What one asks of models."""
    labels = [question.text for question in QUESTIONS.values()]
    label = max(_LEAST_LABEL, *map(len, labels))
    texts = [[side.answers[key].text for side in seen.sides] for key in QUESTIONS]
    heads = _heads(seen, width)
    room = (width - label) // len(seen.sides) - 1
    widest = max(len(text) + 1 for row in [[head for head, _ in heads], *texts] for text in row)
    room = max(2, min(room, widest + _GAP - 1))
    shown = [[_right(fit(text, room - 1), style, room)] for text, style in heads]
    yield _line("", label, shown, 0, 1)
    for name, row in zip(labels, texts, strict=True):
        cells = [[_right(fit(text, room - 1), "", room)] for text in row]
        yield _line(name, label, cells, 0, 1)


def _findings(seen: SideBySide) -> Iterator[Content]:
    for number, side in enumerate(seen.sides, 1):
        trace = side.outcome.trace
        if not trace.complete:
            at = format_duration(trace.end, trace.unit)
            yield Content(f"{number} was stopped at {at} with more to come.")
        if side.findings:
            yield Content("")
        for finding in side.findings[:_MOST_FINDINGS]:
            at = format_duration(finding.start, trace.unit)
            kind = finding.kind.replace("_", " ")
            yield Content.assemble((f"{number} {kind}", "bold"), f" at {at}: {plain(finding.why)}")
        if len(side.findings) > _MOST_FINDINGS:
            more = len(side.findings) - _MOST_FINDINGS
            yield Content(f"{number} ... and {more:,} more findings")
