"""Sentences that name somebody, with everybody's letter before the name."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from schedsim.tui.identity import Cast
from schedsim.tui.paint import chip
from schedsim.why import Mention


def lettered(text: str, mentions: Sequence[Mention], cast: Cast, style: str) -> Content:
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
