"""What just happened, why, and what it costs whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content

from schedsim.tui.identity import Cast
from schedsim.tui.moment import Moment
from schedsim.tui.paint import MUTED, chip
from schedsim.tui.panels.base import Place, TextPanel
from schedsim.why import Mention, explain


class WhyPanel(TextPanel):
    """The sentences of :mod:`schedsim.why`, with everybody's letter before the name."""

    NAME: ClassVar[str] = "why"
    PLACE: ClassVar[Place] = "middle"

    def wants(self, moment: Moment) -> int:
        return 0 if moment.asking else 3  # the question stands there

    def draw(self, moment: Moment, width: int, height: int) -> Sequence[Content]:
        told = explain(moment.run.history, moment.step, moment.at)
        lines: list[Content] = []
        texts = (told.headline, *told.details)
        for number, text in enumerate(texts):
            mentions = told.mentions[number] if number < len(told.mentions) else ()
            style = "" if number else "bold"
            lines.extend(_lettered(text, mentions, moment.cast, style).wrap(width))
        if len(lines) > height:
            lines[height - 1 :] = [Content.assemble(lines[height - 1].rstrip(), (" …", MUTED))]
        return lines


def _lettered(text: str, mentions: Sequence[Mention], cast: Cast, style: str) -> Content:
    """``text`` with a chip before everybody who has a letter."""
    parts: list[str | tuple[str, str]] = []
    done = 0
    for mention in mentions:
        face = cast[mention.entity]
        if face.letter:
            chipped = (chip(face, roomy=False), (" ", style))
            parts.extend(((text[done : mention.start], style), *chipped))
            done = mention.start
    return Content.assemble(*parts, (text[done:], style))
