"""The player: a run, its panels, and what a person does with them.

It moves the session and shows the moment; what a moment looks like is the panels' business.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.css.scalar import Scalar
from textual.message import Message
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Footer, Static

from schedsim.branches import Branch
from schedsim.durations import format_duration
from schedsim.plain import plain
from schedsim.tui.acts import ACTS, bindings
from schedsim.tui.keys import QUIT
from schedsim.tui.layout import SMALLEST, TALL, TOO_SMALL, WIDE, shares
from schedsim.tui.moment import Moment
from schedsim.tui.panels import PANELS
from schedsim.tui.panels.base import Panel
from schedsim.tui.playback import Playback
from schedsim.tui.remembered import Remembered
from schedsim.tui.session import Session
from schedsim.tui.widgets.gantt import Gantt
from schedsim.tui.widgets.heading import Heading

_FRAMES = 30
"""A second, while playing."""
_BUDGET = 0.004
"""Seconds of executing between two looks at the keyboard (TEXTUAL.md 1.11)."""
_CHUNK = 250
_TOAST = 4
"""Seconds for which a toast stays."""


class PlayerScreen(Screen[None]):
    """A session on the screen.

    Args:
        session: what is played.
        remembered: what the user has chosen before; written to.
        clock: seconds, as ``time.monotonic``.
        save: how to save a recording, if that is possible.
        play: play at once.
    """

    BINDINGS = [*bindings(), QUIT]
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (SMALLEST[0], "-narrow"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (SMALLEST[1], "-short"), (TALL, "-tall")]

    class Leave(Message):
        """The user wants to go to the library."""

    def __init__(
        self,
        session: Session,
        remembered: Remembered,
        *,
        clock: Callable[[], float] = time.monotonic,
        save: Callable[[Branch, Path], None] | None = None,
        play: bool = False,
    ) -> None:
        super().__init__()
        self.session: Session = session
        self.remembered = remembered
        self.playback = Playback(clock)
        self.playback.suit(session.trace.end)
        self.save = save
        self._play_at_once = play
        self._panels: list[Panel] = []
        self._yield_shown = (session.heavy, session.yielding())
        self._growing = False
        self._to_end = False

    def compose(self) -> ComposeResult:
        made = {name: panel() for name, panel in PANELS.items()}
        self._panels = list(made.values())
        yield Static(TOO_SMALL, id="too-small")
        yield Heading()
        with Horizontal(id="body"):
            with Vertical(id="main"):
                with Horizontal(id="top"):
                    yield from (p for p in made.values() if p.PLACE == "top")
                yield from (p for p in made.values() if p.PLACE == "middle")
                yield from (p for p in made.values() if p.PLACE == "bottom")
            with Vertical(id="side"):
                yield from (p for p in made.values() if p.PLACE == "side")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self._ticker: Timer = self.set_interval(1 / _FRAMES, self.tick, pause=True)
        self.set_class(self.remembered.lesson, "-lesson")
        self.show()
        if self._play_at_once:
            self.play()
            self.show()

    def on_unmount(self) -> None:
        self.playback.pause()

    def on_screen_suspend(self) -> None:
        """Leave no toast over what opens above."""
        self.app.clear_notifications()

    def say(self, text: str, severity: SeverityLevel = "information") -> None:
        """Show a toast, instead of the one before."""
        self.app.clear_notifications()
        self.notify(text, severity=severity, timeout=_TOAST, markup=False)

    # -- showing --------------------------------------------------------------------------

    def show(self) -> None:
        """Show the moment at the playhead."""
        moment = self.session.moment
        self._share_lines(moment)
        for panel in self._panels:
            panel.show(moment)
        speed = format_duration(self.playback.rate, self.session.trace.unit)
        self.query_one(Heading).show(moment, playing=self.playback.playing, speed=speed)
        yields = (self.session.heavy, self.session.yielding())
        if yields != self._yield_shown:
            self._yield_shown = yields
            self.refresh_bindings()
        if self.session.wants_more() and not self._growing:
            self._grow()

    def on_resize(self) -> None:
        self._share_lines(self.session.moment)

    def _share_lines(self, moment: Moment) -> None:
        if not self.is_mounted:
            return
        wanted = {panel.NAME: panel.wants(moment) for panel in self._panels}
        top = max(wanted[panel.NAME] for panel in self._panels if panel.PLACE == "top")
        lines = shares(self.size.height, wanted, top)
        for name, height in (("#top", lines.top), ("#why", lines.why)):
            widget = self.query_one(name)
            if widget.styles.height != Scalar.from_number(height):
                widget.styles.height = height
        for name, lines_wanted in wanted.items():
            widget = self.query_one(f"#{name}")
            if widget.display != bool(lines_wanted):
                widget.display = bool(lines_wanted)

    # -- moving ---------------------------------------------------------------------------

    def play(self) -> None:
        """Let the playhead move by itself."""
        self.playback.play(self.session.at)
        self._ticker.resume()

    def pause(self) -> None:
        """Stand still."""
        self.playback.pause()
        self._ticker.pause()

    def tick(self) -> None:
        """Let the playhead go where the clock says it is."""
        session, playback = self.session, self.playback
        if not playback.playing:
            return
        position = playback.position()
        session.to_time(position)
        if position >= session.trace.end:
            if session.run.finished:
                self.pause()
            else:  # the run is not there yet: go on from where it is
                playback.move(session.trace.end)
        self.show()

    def move(self, how: Callable[[], object]) -> None:
        """Put the playhead somewhere else."""
        self.pause()
        how()
        self.show()

    def wait_for_end(self) -> None:
        """Have the run executed to its end, within reason, and go there."""
        self._to_end = not self.session.run.finished
        if self._to_end:
            self.session.ask_for_end()

    @on(Gantt.Seek)
    def seek(self, message: Gantt.Seek) -> None:
        """Go to the time that was clicked."""
        message.stop()
        self.move(lambda: self.session.to_time(message.at))

    @on(Gantt.Pick)
    def pick(self, message: Gantt.Pick) -> None:
        """Select the lane that was clicked."""
        message.stop()
        self.session.selected = message.lane
        self.show()

    # -- executing ahead of the playhead --------------------------------------------------

    @work(exclusive=True, group="growth")
    async def _grow(self) -> None:
        self._growing = True
        session = self.session
        try:
            while session.wants_more():
                enough = time.perf_counter() + _BUDGET
                while session.wants_more() and time.perf_counter() < enough:
                    session.grow(_CHUNK)
                await asyncio.sleep(0)
        finally:
            self._growing = False
        if self._to_end:
            self._to_end = False
            session.end()
            if not session.run.finished:
                self.say(
                    f"This run goes on: here it has been executed up to step {session.step:,}."
                )
        self.show()

    # -- acting ---------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "act":
            return ACTS[str(parameters[0])].offered(self)
        return True

    def action_act(self, name: str) -> None:
        """Do what a key stands for."""
        ACTS[name].do(self)

    def act(self, deed: Callable[[], None], says: Callable[[], str]) -> None:
        """Do something to the machine, from here on, and say what; or why that cannot be.

        Args:
            deed: does it; raises ValueError.
            says: what holds from here on, once it is done.
        """
        before = len(self.session.branches)
        try:
            deed()
        except ValueError as error:
            self.refuse(error)
            return
        self.acted(f"From here on {says()}.", before)

    def refuse(self, error: ValueError) -> None:
        """Say why something cannot be done."""
        self.say(f"That cannot be: {plain(str(error), 200)}.", "warning")

    def acted(self, text: str, before: int) -> None:
        """Say what was done, and show what comes of it.

        Args:
            text: what was done.
            before: how many branches there were.
        """
        self.playback.move(self.session.at)
        branches = self.session.branches
        more = ""
        if len(branches) > before:
            parent = branches.current.parent
            number = parent.number if parent else 1
            more = f" What would have been is kept as branch {number}."
        self.say(text + more)
        self.show()
