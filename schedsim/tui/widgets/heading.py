"""The first line of the player: what is played, and where the playhead is."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from schedsim.plain import plain
from schedsim.tui.moment import Moment
from schedsim.tui.paint import MUTED, Part, line, wide

_MODEL_FROM = 100
"""Columns from which there is room for the execution model and the policy."""


class Heading(Static):
    """Title at the left, time, step and speed at the right."""

    def __init__(self) -> None:
        super().__init__(id="heading", markup=False)
        self._moment: Moment | None = None
        self._how: tuple[bool, str] = (False, "")
        self._branch: tuple[int, int] = (1, 1)

    def show(
        self, moment: Moment, *, playing: bool, speed: str, branch: tuple[int, int] = (1, 1)
    ) -> None:
        """Show this moment, whether it passes by itself, and which branch of how many it is of."""
        self._moment = moment
        self._branch = branch
        self._how = (playing, speed)
        self._redraw()

    async def on_click(self) -> None:
        """Everything can be reached by mouse: what has no place on the screen, from here."""
        await self.run_action("app.command_palette")

    def on_resize(self) -> None:
        self._redraw()

    def _redraw(self) -> None:
        moment, width = self._moment, self.content_size.width
        if moment is None or not width:
            return
        scenario = moment.run.scenario
        left: list[Part] = [(plain(scenario.title, 200), "bold $primary")]
        if width >= _MODEL_FROM:
            model = "tree" if scenario.is_tree else scenario.model
            policy = plain(moment.state.policy.name.replace("_", " "), 30)
            left.append((f"  {model} · {policy}", MUTED))
        playing, speed = self._how
        more = "" if moment.run.finished else "+"
        rows, known = len(moment.run.trace), moment.run.known
        of = f"{rows:,}{more}"
        if known:  # the rest is being read behind
            of = f"{known:,} ({rows * 100 // max(1, known)}% read)"
        sign = "playing" if playing else "paused"
        right: list[Part] = [
            (moment.took(moment.at), "bold"),
            (f" · step {moment.step:,} of {of} · ", MUTED),
            (f"{sign} ", "bold $success" if playing else "bold $warning"),
            (f"{speed}/s", ""),
        ]
        if wide(right) > width - 14:
            right = [right[0], (f" · {moment.step:,} · ", MUTED), *right[2:]]
        number, branches = self._branch
        if branches > 1:
            among = " of " if width >= _MODEL_FROM else "/"
            right.insert(0, (f"branch {number}{among}{branches} · ", "$accent"))
        self.update(Content.assemble(line(width, left, [("  ", ""), *right])), layout=False)
