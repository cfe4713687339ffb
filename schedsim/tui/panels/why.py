"""What just happened, why, and what it costs whom."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content

from schedsim.tui.identity import Cast
from schedsim.tui.moment import Moment
from schedsim.tui.paint import MUTED, chip
from schedsim.tui.panels.base import Place, TextPanel
from schedsim.why import explain

_MOST_NAMES = 200
_SHORTEST_NAME = 3
_WORDS = frozenset(
    [
        "and",
        "call",
        "calls",
        "core",
        "cores",
        "device",
        "done",
        "end",
        "free",
        "future",
        "gil",
        "idle",
        "job",
        "loop",
        "nobody",
        "nothing",
        "pass",
        "process",
        "queue",
        "ready",
        "run",
        "runs",
        "selector",
        "sleep",
        "task",
        "tasks",
        "the",
        "thread",
        "threads",
        "time",
        "timer",
        "timers",
        "wait",
        "waits",
        "work",
        "yield",
        "yields",
        "you",
    ]
)
"""Names that the sentences use as words."""


class WhyPanel(TextPanel):
    """The sentences of :mod:`schedsim.why`, with everybody's letter before the name."""

    NAME: ClassVar[str] = "why"
    PLACE: ClassVar[Place] = "middle"

    def wants(self, moment: Moment) -> int:
        del moment
        return 3

    def draw(self, moment: Moment, width: int, height: int) -> Sequence[Content]:
        told = explain(moment.run.history, moment.step, moment.at)
        names = _letters(moment.cast)
        lines = _lettered(told.headline, names, moment.cast, "bold").wrap(width)
        for detail in told.details:
            lines.extend(_lettered(detail, names, moment.cast, "").wrap(width))
        if len(lines) > height:
            lines[height - 1 :] = [Content.assemble(lines[height - 1].rstrip(), (" …", MUTED))]
        return lines


def _letters(cast: Cast) -> dict[str, int]:
    """Whom a name means, where that is clear."""
    found: dict[str, int] = {}
    twice = set()
    for entity in range(1, min(len(cast), _MOST_NAMES)):
        face = cast[entity]
        if not face.letter or len(face.name) < _SHORTEST_NAME or face.name.lower() in _WORDS:
            continue
        twice.update({face.name} & found.keys())
        found[face.name] = entity
    return {name: entity for name, entity in found.items() if name not in twice}


def _lettered(text: str, names: dict[str, int], cast: Cast, style: str) -> Content:
    """``text`` with a chip before every name."""
    if not names:
        return Content.styled(text, style)
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    pattern = "|".join(map(re.escape, longest_first))
    parts: list[str | tuple[str, str]] = []
    done = 0
    for match in re.finditer(rf"(?<![\w/-])(?:{pattern})(?![\w-])", text):
        parts.extend(
            (
                (text[done : match.start()], style),
                chip(cast[names[match[0]]], roomy=False),
                (f" {match[0]}", style),
            )
        )
        done = match.end()
    return Content.assemble(*parts, (text[done:], style))
