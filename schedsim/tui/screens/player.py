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

from schedsim.commands import Inject
from schedsim.durations import format_duration
from schedsim.plain import plain
from schedsim.run import Run
from schedsim.tui import keys
from schedsim.tui.layout import SMALLEST, TALL, TOO_SMALL, WIDE, shares
from schedsim.tui.moment import Moment
from schedsim.tui.panels import PANELS
from schedsim.tui.panels.base import Panel
from schedsim.tui.playback import Playback
from schedsim.tui.remembered import Remembered
from schedsim.tui.screens.help import HelpScreen
from schedsim.tui.screens.inject import InjectScreen
from schedsim.tui.screens.lesson import LessonScreen
from schedsim.tui.screens.save import SaveScreen
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

Save = Callable[[Run, Path], None]
"""Writes a recording; raises OSError or ValueError."""


class PlayerScreen(Screen[None]):
    """A session on the screen.

    Args:
        session: what is played.
        remembered: what the user has chosen before; written to.
        clock: seconds, as ``time.monotonic``.
        save: how to save a recording, if that is possible.
        play: play at once.
    """

    BINDINGS = [*keys.PLAYER]
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
        save: Save | None = None,
        play: bool = False,
    ) -> None:
        super().__init__()
        self.session = session
        self.remembered = remembered
        self.playback = Playback(clock)
        self.playback.suit(session.trace.end)
        self._save = save
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
            self.action_play()

    def on_unmount(self) -> None:
        self.playback.pause()

    def on_screen_suspend(self) -> None:
        """Leave no toast over what opens above."""
        self.app.clear_notifications()

    def _say(self, text: str, severity: SeverityLevel = "information") -> None:
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

    def action_play(self) -> None:
        if self.playback.playing:
            self.pause()
        else:
            if self.session.at_end:
                self.session.home()
            self.playback.play(self.session.at)
            self._ticker.resume()
        self.show()

    def _move(self, how: Callable[[], object]) -> None:
        self.pause()
        how()
        self.show()

    def action_step(self) -> None:
        self._move(self.session.forward)

    def action_back(self) -> None:
        self._move(self.session.back)

    def action_home(self) -> None:
        self._move(self.session.home)

    def action_end(self) -> None:
        self._to_end = not self.session.run.finished
        if self._to_end:
            self.session.ask_for_end()
        self._move(self.session.end)

    def action_next_event(self) -> None:
        self._move(self.session.next_event)

    def action_previous_event(self) -> None:
        self._move(self.session.previous_event)

    def action_lane(self, by: int) -> None:
        self.session.select(by)
        self.show()

    def action_speed(self, by: int) -> None:
        self.playback.change_speed(by)
        self.show()

    def action_zoom(self, by: int) -> None:
        self.query_one(Gantt).zoom(by)
        self.show()

    def action_fit(self) -> None:
        self.query_one(Gantt).fit()
        self.show()

    @on(Gantt.Seek)
    def seek(self, message: Gantt.Seek) -> None:
        """Go to the time that was clicked."""
        message.stop()
        self._move(lambda: self.session.to_time(message.at))

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
                self._say(
                    f"This run goes on: here it has been executed up to step {session.step:,}."
                )
        self.show()

    # -- acting ---------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        del parameters
        if action == "yield_on":
            if not self.session.heavy:
                return None
            return not self.session.yielding()
        if action == "yield_off":
            return self.session.heavy and self.session.yielding()
        if action == "yield_nobody":
            return not self.session.heavy
        return True

    def action_yield_on(self) -> None:
        self._toggle_yielding()

    def action_yield_off(self) -> None:
        self._toggle_yielding()

    def action_yield_nobody(self) -> None:
        self._say("Nothing here can yield: no job is cpu_heavy.")

    def _toggle_yielding(self) -> None:
        if not self.session.heavy_left():
            self._say("No CPU-heavy work is left from here on.")
            return
        step = self.session.step
        replaced = self.session.toggle_yielding()
        what = (
            "CPU-heavy work yields" if self.session.yielding() else "CPU-heavy work yields no more"
        )
        self._acted(f"From here on {what}.", step, replaced=replaced)

    def action_cores(self, more: int) -> None:
        """Add a core, or take one away."""

        def says() -> str:
            cores = self.session.cores()
            return "there is 1 core" if cores == 1 else f"there are {cores} cores"

        self._act(lambda: self.session.add_cores(more), says)

    def action_patch(self) -> None:
        """Monkey patch the standard library, or undo it."""
        self._act(
            self.session.toggle_patch,
            lambda: (
                "the standard library is monkey patched"
                if self.session.patched()
                else "the standard library is as it was: nothing is patched"
            ),
        )

    def action_interval(self, doublings: int) -> None:
        """Double the GIL's switch interval, or halve it."""
        self._act(
            lambda: self.session.change_interval(doublings),
            lambda: (
                "whoever waits for a GIL asks for it after "
                + format_duration(self.session.interval(), self.session.run.trace.unit)
            ),
        )

    def _act(self, act: Callable[[], bool], says: Callable[[], str]) -> None:
        """Do something to the machine, from here on, and say what; or why that cannot be."""
        step = self.session.step
        try:
            replaced = act()
        except ValueError as error:
            self._say(f"That cannot be: {plain(str(error), 200)}.", "warning")
            return
        self._acted(f"From here on {says()}.", step, replaced=replaced)

    def _acted(self, text: str, step: int, *, replaced: bool) -> None:
        """Say what was done, and show what comes of it."""
        self.playback.move(self.session.at)
        future = f" The future from step {step:,} on was replaced." if replaced else ""
        self._say(text + future)
        self.show()

    # A dialog is pushed by the action itself: the next key belongs to it, however soon it comes.

    def action_inject(self) -> None:
        self.pause()
        self.show()
        step = self.session.step
        replaced = self.session.seen > step

        def injected(command: Inject | None) -> None:
            if command is not None:
                when = self.session.moment.took(self.session.at)
                text = f"{plain(command.name, 40)} was injected at {when}."
                self._acted(text, step, replaced=replaced)

        session = self.session
        dialog = InjectScreen(session.moment, session.act, session.whole)
        _ = self.app.push_screen(dialog, injected)

    def action_restart(self) -> None:
        self.pause()
        had = len(self.session.run.commands)
        self.session.restart()
        if had:
            self._say(f"{had} command{'s' if had > 1 else ''} forgotten.")
        self.show()

    def action_save(self) -> None:
        self.pause()
        self.show()
        save, run = self._save, self.session.run
        if save is None:
            self._say("This session cannot be saved.", "warning")
            return

        def saved(path: Path | None) -> None:
            if path is not None:
                self._say(f"Saved as {plain(str(path), 200)}.")

        dialog = SaveScreen(run.scenario.name or "session", lambda path: save(run, path))
        _ = self.app.push_screen(dialog, saved)

    # -- other screens --------------------------------------------------------------------

    def action_lesson(self) -> None:
        if self.size.width < WIDE:
            self.pause()
            scenario = self.session.run.scenario
            _ = self.app.push_screen(LessonScreen(scenario.title, scenario.lesson))
        else:
            self.remembered.lesson = not self.remembered.lesson
            self.set_class(self.remembered.lesson, "-lesson")
        self.show()

    def action_scroll_lesson(self, pages: int) -> None:
        lesson = self.query_one("#lesson")
        lesson.scroll_relative(y=pages * max(1, lesson.size.height - 1), animate=False)

    def action_help(self) -> None:
        self.pause()
        self.show()
        _ = self.app.push_screen(HelpScreen(keys.bound(self, self.app)))

    def action_library(self) -> None:
        self.pause()
        self.post_message(self.Leave())
