"""The compare screen: two to four runs side by side, at one moment, and where they part.

What is compared is chosen elsewhere (``with_what``, ``branches``); here it is executed, looked at
(:mod:`schedsim.tui.side_by_side`) and shown.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from schedsim.compare.ways import repeated
from schedsim.durations import Time, format_duration
from schedsim.plain import plain
from schedsim.tui.aside import aside
from schedsim.tui.keymap import NO_CHANGE, Keymap, move
from schedsim.tui.keys import COMPARE, bound
from schedsim.tui.layout import SMALLEST, TALL, TOO_SMALL, WIDE
from schedsim.tui.paint import MUTED, Part, line
from schedsim.tui.playback import Playback
from schedsim.tui.screens.help import MOUSE_SIDE_BY_SIDE, HelpScreen
from schedsim.tui.side_by_side import Entrant, SideBySide, look
from schedsim.tui.widgets import figures
from schedsim.tui.widgets.gantt import Gantt
from schedsim.tui.widgets.hints import KeyHints
from schedsim.tui.widgets.side import SidePanel

_FRAMES = 30
"""A second, while playing."""
_BUDGET = 0.004
"""Seconds of executing between two looks at the keyboard."""
_CHUNK = 250
_TOAST = 4
_LEAST_SIDE = 7
"""Lines in which a timeline can be read: a core, a GIL or two, and who is there."""
_LEAST_FIGURES = 17
"""Lines that are kept for the numbers and the rest, in a high terminal."""


class CompareScreen(Screen[tuple[Entrant, Time] | None]):
    """Runs side by side; it returns the one that the user wants to go on with, and when.

    Args:
        entrants: what is compared, in order.
        clock: seconds, as ``time.monotonic``.
        name_of: what the command line calls the file of a scenario.
    """

    BINDINGS = [*COMPARE]
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (SMALLEST[0], "-narrow"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (SMALLEST[1], "-short"), (TALL, "-tall")]
    AUTO_FOCUS: ClassVar[str | None] = ""

    def __init__(
        self,
        entrants: Sequence[Entrant],
        *,
        clock: Callable[[], float] = time.monotonic,
        name_of: Callable[[Entrant], str] = lambda _: "",
        keymap: Keymap = NO_CHANGE,
    ) -> None:
        super().__init__()
        self._bindings = move(self._bindings, keymap)
        self.entrants = entrants
        self.name_of = name_of
        self.playback = Playback(clock)
        self.seen: SideBySide | None = None
        """None as long as the runs are being executed."""
        self._panels: list[SidePanel] = []
        self._again = ""
        self._zoomed = False

    def compose(self) -> ComposeResult:
        yield Static(TOO_SMALL, id="too-small")
        yield Static(id="heading", markup=False)
        with VerticalScroll(id="body", can_focus=False):
            yield Static(id="parts", markup=False)
            with VerticalScroll(id="sides", can_focus=False):
                yield Static("", id="executing", markup=False)
            with VerticalScroll(id="figures", classes="panel", can_focus=False) as panel:
                panel.border_title = Content("numbers")
                yield Static(id="figures-text", markup=False)
        yield KeyHints()

    def on_mount(self) -> None:
        self._ticker: Timer = self.set_interval(1 / _FRAMES, self.tick, pause=True)
        self._execute()

    def on_unmount(self) -> None:
        self.playback.pause()

    # -- executing ------------------------------------------------------------------------

    @work(exclusive=True)
    async def _execute(self) -> None:
        shown = self.query_one("#executing", Static)
        for number, entrant in enumerate(self.entrants, 1):
            run = entrant.run
            while not run.finished:
                enough = time.perf_counter() + _BUDGET
                run.extend(len(run.trace) + _CHUNK)
                while time.perf_counter() < enough:
                    run.extend(len(run.trace) + _CHUNK)
                steps = f"{len(run.trace):,} steps"
                shown.update(f"executing {number} of {len(self.entrants)}: {steps} ...")
                await asyncio.sleep(0)
        shown.update("looking at what became of them ...")
        self.seen = await aside(partial(look, self.entrants))
        await self._present(self.seen)

    async def _present(self, seen: SideBySide) -> None:
        self.playback.suit(seen.end)
        self._again = self._command()
        self._panels = [SidePanel(side, number) for number, side in enumerate(seen.sides)]
        await self.query("#executing").remove()
        if not self._is_there():
            return
        self.set_class(len(seen.sides) > 2, "-many")
        sides = self.query_one("#sides")
        sides.set_class(len(seen.sides) > 1, "-several")
        await sides.mount(*self._panels)
        if not self._is_there():
            return
        says = "\n".join(seen.partings())
        self.query_one("#parts", Static).update(Content(says))
        self.show()
        self._share_lines()
        self.call_after_refresh(self._resized)

    def _command(self) -> str:
        """How to compare the same without the app, if that is possible."""
        compared = []
        for entrant in self.entrants:
            run = entrant.run
            own_end = run.until == run.scenario.until
            if entrant.source is None or run.commands or run.cut_short or not own_end:
                return ""
            compared.append((entrant.source, run.scenario))
        name = self.name_of(self.entrants[0])
        return plain(repeated(compared, name, self.entrants[0].run.seed), 300) if name else ""

    def _is_there(self) -> bool:
        """It has not been left meanwhile, and what it consists of taken away."""
        return self.is_attached and self.display

    # -- showing --------------------------------------------------------------------------

    def show(self) -> None:
        """Show the moment at the playhead."""
        seen = self.seen
        if seen is None:
            return
        for panel, moment in zip(self._panels, seen.moments(), strict=True):
            panel.show(moment)
        self._head(seen)

    def _share_lines(self) -> None:
        """Timelines get what they need where there is room, and always enough to be read."""
        sides, count = self.query_one("#sides"), len(self._panels)
        rows = -(-count // 2) if self.has_class("-wide") and count > 1 else count
        most = max((panel.wants for panel in self._panels), default=0)
        tall = self.size.height >= TALL
        room = self.size.height - _LEAST_FIGURES if tall else sides.size.height
        height = max(_LEAST_SIDE, min(most, room // max(1, rows)))
        sides.styles.height = min(rows * height, room) if tall else "1fr"
        sides.styles.grid_rows = str(height)  # where they stand two in a row: see app.tcss
        for panel in self._panels:
            panel.styles.height = height

    def on_resize(self) -> None:
        self.call_after_refresh(self._resized)

    def _resized(self) -> None:
        if self.seen is not None and self._is_there():
            self._share_lines()
            self._head(self.seen)
            self._write_figures(self.seen)
            if not self._zoomed:
                self._fit()

    @on(SidePanel.Resized)
    def refit(self, message: SidePanel.Resized) -> None:
        """Fit again what is fitted, once its widgets know their sizes."""
        message.stop()
        self.call_after_refresh(self._resized)

    def _head(self, seen: SideBySide) -> None:
        heading = self.query_one("#heading", Static)
        trace = seen.sides[0].outcome.trace
        playing = self.playback.playing
        title = plain(self.entrants[0].run.scenario.title, 200)
        left: list[Part] = [("compare  ", "bold $accent"), (title, "bold $primary")]
        right: list[Part] = [
            ("  ", ""),
            (format_duration(seen.at, trace.unit), "bold"),
            (f" of {format_duration(seen.end, trace.unit)} · ", MUTED),
            ("playing " if playing else "paused ", "bold $success" if playing else "bold $warning"),
            (f"{format_duration(self.playback.rate, trace.unit)}/s", ""),
        ]
        width = heading.content_size.width
        if width:
            heading.update(line(width, left, right), layout=False)

    def _write_figures(self, seen: SideBySide) -> None:
        text = self.query_one("#figures-text", Static)
        width = text.content_size.width
        if width:
            text.update(Content("\n").join(figures.lines(seen, width, self._again)))

    def _fit(self) -> None:
        """The longest run in one screen, and all on the same scale."""
        if self.seen is None:
            return
        gantts = [panel.gantt for panel in self._panels]
        names = max(gantt.labels for gantt in gantts)
        for gantt in gantts:
            gantt.align(names)
            gantt.fit()
        widest = max(gantt.cell for gantt in gantts)
        for gantt in gantts:
            before = -1
            while before != gantt.cell < widest:
                before = gantt.cell
                gantt.zoom(1)
        self._write_figures(self.seen)
        self.show()

    # -- moving ---------------------------------------------------------------------------

    def tick(self) -> None:
        """Let the playhead go where the clock says it is."""
        seen = self.seen
        if seen is None or not self.playback.playing:
            return
        seen.to_time(self.playback.position())
        if seen.at >= seen.end:
            self._pause()
        self.show()

    def _pause(self) -> None:
        self.playback.pause()
        self._ticker.pause()

    def action_play(self) -> None:
        """Play, or pause; from the beginning if there is nothing to come."""
        if self.seen is None:
            return
        if self.playback.playing:
            self._pause()
        else:
            if self.seen.at >= self.seen.end:
                self.seen.to_time(0)
            self.playback.play(self.seen.at)
            self._ticker.resume()
        self.show()

    def _move(self, how: Callable[[SideBySide], object]) -> None:
        if self.seen is not None:
            self._pause()
            how(self.seen)
            self.show()

    def action_move(self, how: str) -> None:
        self._move(SideBySide.back if how == "back" else SideBySide.forward)

    def action_part(self, which: str) -> None:
        def part(seen: SideBySide) -> None:
            to = seen.next_difference if which == "next" else seen.previous_difference
            if not to():
                when = "from here on" if which == "next" else "before this"
                self._say(f"They do not part again {when}." if seen.partings() else "")

        self._move(part)

    def action_home(self) -> None:
        self._move(lambda seen: seen.to_time(0))

    def action_end(self) -> None:
        self._move(lambda seen: seen.to_time(seen.end))

    def action_speed(self, by: int) -> None:
        self.playback.change_speed(by)
        self.show()

    @on(Gantt.Seek)
    def seek(self, message: Gantt.Seek) -> None:
        """Go to the time that was clicked."""
        message.stop()
        self._move(lambda seen: seen.to_time(message.at))

    @on(Gantt.Looked)
    def look_alike(self, message: Gantt.Looked) -> None:
        """All timelines stay in the same scale, and show the same part."""
        message.stop()
        self._zoomed = True
        for panel in self._panels:
            panel.gantt.look_as(message.view)

    @on(SidePanel.Pick)
    def pick(self, message: SidePanel.Pick) -> None:
        """Select the lane that was clicked, in all of them."""
        message.stop()
        if self.seen is not None:
            self.seen.pick(message.side, message.lane)
            self.show()

    # -- looking --------------------------------------------------------------------------

    def action_lane(self, by: int) -> None:
        if self.seen is not None:
            self.seen.select(by)
            self.show()

    def action_zoom(self, by: int) -> None:
        self._zoomed = True
        for panel in self._panels:
            panel.gantt.zoom(by)
        self.show()

    def action_fit(self) -> None:
        self._zoomed = False
        self._fit()

    def action_figures(self) -> None:
        self.toggle_class("-figures")
        self.call_after_refresh(self._resized)

    def action_page(self, by: int) -> None:
        """Scroll the timelines, if there are more than fit; else the numbers."""
        sides, numbers = self.query_one("#sides"), self.query_one("#figures")
        use_sides = not self.has_class("-figures") and sides.max_scroll_y > 0
        scrolled = sides if use_sides else numbers
        scrolled.scroll_relative(y=by * max(1, scrolled.size.height - 1), animate=False)

    async def on_click(self, event: events.Click) -> None:
        """From the first line everything can be reached by mouse, as in the player."""
        if event.widget is not None and event.widget.id == "heading":
            await self.run_action("app.command_palette")

    def action_help(self) -> None:
        self._pause()
        _ = self.app.push_screen(HelpScreen(bound(self, self.app), mouse=MOUSE_SIDE_BY_SIDE))

    def _say(self, text: str) -> None:
        self.app.clear_notifications()
        if text:
            self.notify(text, timeout=_TOAST, markup=False)

    # -- leaving --------------------------------------------------------------------------

    def action_leave(self) -> None:
        self._pause()
        _ = self.dismiss(None)

    def action_go_on(self, number: int) -> None:
        if self.seen is not None and number <= len(self.entrants):
            self._pause()
            _ = self.dismiss((self.entrants[number - 1], self.seen.at))
