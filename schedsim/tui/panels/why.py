"""What just happened, why, and what it costs whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content

from schedsim.tui.mentions import lettered
from schedsim.tui.moment import Moment
from schedsim.tui.paint import cut
from schedsim.tui.panels.base import Place, TextPanel
from schedsim.why import explain


class WhyPanel(TextPanel):
    """The sentences of :mod:`schedsim.why`, with everybody's letter before the name."""

    NAME: ClassVar[str] = "why"
    PLACE: ClassVar[Place] = "middle"

    def wants(self, moment: Moment) -> int:
        return 0 if moment.asking else 3  # the question stands there

    def show(self, moment: Moment) -> None:
        """Show this moment, from the beginning of what there is to say."""
        if self.moment is None or moment.step != self.moment.step:
            self.top = 0
        super().show(moment)

    def draw(self, moment: Moment, width: int, height: int) -> Sequence[Content]:
        told = explain(moment.run.history, moment.step, moment.at)
        lines: list[Content] = []
        texts = (told.headline, *told.details)
        for number, text in enumerate(texts):
            mentions = told.mentions[number] if number < len(told.mentions) else ()
            style = "" if number else "bold"
            lines.extend(lettered(text, mentions, moment.cast, style).wrap(width))
        return cut(lines, height)
