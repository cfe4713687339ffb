"""What is worth telling about the run, and where to look at it: findings, one line each.

They come with the survey of the run; going to one is the player's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.content import Content
from textual.message import Message

from schedsim.plain import plain
from schedsim.tui.keys import key_named
from schedsim.tui.moment import Moment
from schedsim.tui.paint import MUTED, Part, chip, fit, line, pad, wide
from schedsim.tui.panels.base import Place, TextPanel

if TYPE_CHECKING:
    from schedsim.findings.base import Finding

_WIDEST_KIND = 18
_LEAST_LISTED = 2
_HINT = "{} or a click goes there"


class FindingsPanel(TextPanel):
    """A list, and the one that is chosen in full."""

    NAME: ClassVar[str] = "findings"
    PLACE: ClassVar[Place] = "side"
    ALLOW_SELECT = False  # a click chooses

    @dataclass
    class Visit(Message):
        """The user wants to see a finding where it happened."""

        finding: Finding

    def __init__(self) -> None:
        super().__init__()
        self.chosen = 0
        """Which of them is shown in full."""
        self._first = self._listed = 0

    def heading(self, moment: Moment) -> str:
        if moment.survey is None:
            return "findings"
        several = len(known(moment))
        so_far = "" if moment.survey.finished and not moment.hides_future else " so far"
        return f"findings · {several or 'none'}{so_far}"

    def wants(self, moment: Moment) -> int:
        return 8 if moment.survey is None else max(6, min(12, 6 + len(known(moment))))

    def draw(self, moment: Moment, width: int, height: int) -> Sequence[Content]:
        self._listed = 0
        if moment.survey is None:
            return [Content.styled(f"The run is being looked through{moment.far} ...", MUTED)]
        found = known(moment)
        if not found:
            return _nothing(moment).wrap(width)[:height]
        self.chosen = max(0, min(self.chosen, len(found) - 1))
        told = _in_full(moment, found[self.chosen], width)
        listed = min(len(found), max(_LEAST_LISTED, height - len(told)), height)
        self._first = max(0, min(self.chosen - listed // 2, len(found) - listed))
        self._listed = listed
        lines = [
            _brief(moment, each, width, chosen=self._first + n == self.chosen)
            for n, each in enumerate(found[self._first : self._first + listed])
        ]
        if len(told) > height - listed:
            told = told[: height - listed]
            if told:
                told[-1] = Content.assemble(told[-1].truncate(width - 2), (" …", MUTED))
        elif len(told) < height - listed and self.is_attached:
            hint = _HINT.format(key_named(self.screen, "finding"))
            told.append(Content.styled(hint, MUTED).truncate(width, ellipsis=True))
        return [*lines, *told]

    # -- choosing -------------------------------------------------------------------------

    def choose(self, by: int) -> None:
        """Choose the one so many below."""
        if self.moment is not None:
            self.chosen = max(0, min(self.chosen + by, len(known(self.moment)) - 1))
            self._redraw()

    def turn(self, pages: int) -> None:
        """Choose the one so many pages below."""
        self.choose(pages * max(1, self._listed))

    def following(self, moment: Moment) -> Finding | None:
        """The next after the playhead, or after the chosen one if it begins there; or the first."""
        found = known(moment)
        if not found:
            return None
        later = [n for n, each in enumerate(found) if each.start > moment.at]
        here = self.chosen < len(found) and found[self.chosen].start == moment.at
        if here and self.chosen + 1 < len(found):
            self.chosen += 1
        else:
            self.chosen = later[0] if later and not here else 0
        return found[self.chosen]

    def visited(self, moment: Moment) -> Finding | None:
        """The one that is chosen, unless the playhead is there already."""
        found = known(moment)
        if self.chosen >= len(found) or found[self.chosen].start == moment.at:
            return None
        return found[self.chosen]

    def on_click(self, event: events.Click) -> None:
        """Go to the one under the pointer."""
        offset = event.get_content_offset(self)
        if offset is not None and self.moment is not None and offset.y < self._listed:
            event.stop()
            self.chosen = self._first + offset.y
            self.post_message(self.Visit(known(self.moment)[self.chosen]))


def known(moment: Moment) -> Sequence[Finding]:
    """Those that may be told: before a guess, only of what is over."""
    if moment.survey is None:
        return ()
    if moment.hides_future:
        return [each for each in moment.survey.findings if each.end <= moment.at]
    return moment.survey.findings


def called(finding: Finding) -> str:
    """What it is called, for people."""
    return finding.kind.replace("_", " ").replace("gil ", "GIL ")


def _nothing(moment: Moment) -> Content:
    survey = moment.survey
    assert survey is not None, "somebody has looked"
    if moment.hides_future:
        return Content("Nothing worth telling has happened up to here.")
    if not survey.finished:
        return Content(f"Nothing worth telling up to {moment.took(survey.end)}; the run goes on.")
    return Content(
        "All is well: nobody starves, no loop is blocked, no lock or GIL holds anybody up for long."
    )


def _brief(moment: Moment, finding: Finding, width: int, *, chosen: bool) -> Content:
    mark = "› " if chosen else "  "
    style = "bold" if chosen else ""
    when = moment.took(finding.start)
    now: list[Part] = []
    if finding.start <= moment.at <= finding.end:
        now = [(" now", "bold $waits")]
    kinds = min(_WIDEST_KIND, max(8, width // 2))
    parts: list[Part] = [(mark, "bold $accent"), (pad(called(finding), kinds), style)]
    parts.append((f" {pad(when, 8)} ", MUTED))
    face = moment.face(finding.who)
    if face.letter:
        parts += [chip(face, roomy=False), (" ", "")]
    room = width - wide(parts) - wide(now)
    if finding.who and room > 3:
        parts.append((fit(face.name, room), style))
    return line(width, parts, now)


def _in_full(moment: Moment, finding: Finding, width: int) -> list[Content]:
    when = moment.took(finding.start)
    if finding.end > finding.start:
        when += f" to {moment.took(finding.end)}"
    why = Content.assemble((f"{when}  ", MUTED), plain(finding.why, 1_000))
    advice = Content.assemble(("Try: ", "bold $primary"), plain(finding.advice, 500))
    return [*why.wrap(width), *advice.wrap(width)]
