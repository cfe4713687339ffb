"""The player: a run, its panels, and what a person does with them.

It moves the session and shows the moment; what a moment looks like is the panels' business.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.message import Message
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from schedsim.branches import Branch
from schedsim.durations import format_duration
from schedsim.plain import plain
from schedsim.tui.acts import ACTS, bindings, predicting, spare_bindings, stopping
from schedsim.tui.acts.editing import seen
from schedsim.tui.acts.panels import visit
from schedsim.tui.keymap import NO_CHANGE, Keymap, move
from schedsim.tui.keys import EVERYWHERE
from schedsim.tui.layout import HUGE, SMALLEST, TALL, TOO_SMALL, WIDE
from schedsim.tui.panels.base import Framed
from schedsim.tui.panels.findings import FindingsPanel
from schedsim.tui.places import Place
from schedsim.tui.playback import Playback
from schedsim.tui.remembered import Remembered
from schedsim.tui.session import FURTHER, Session
from schedsim.tui.shelf import File
from schedsim.tui.stage import Stage
from schedsim.tui.surveyor import Surveyor
from schedsim.tui.veil import HIDDEN
from schedsim.tui.widgets.gantt import Gantt
from schedsim.tui.widgets.heading import Heading
from schedsim.tui.widgets.hints import KeyHints
from schedsim.tui.widgets.question import QuestionCard

_FRAMES = 30
"""A second, while playing."""
_BUDGET = 0.004
"""Seconds of executing between two looks at the keyboard."""
_CHUNK = 250
_TELLS = 0.5
"""Seconds between two times that one is told how much of a file has been read."""
_FIELD = re.compile(r"^[a-z_]+: ")
"""Which field of a command does not fit: a recording needs that, a key is enough here."""
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
        file: where the scenario stands, if it stands in a file.
        keymap: which keys the user has moved.
    """

    AUTO_FOCUS = ""  # what enter is for is told by the panel that has the focus, not by chance
    BINDINGS = [*bindings(), *EVERYWHERE, *spare_bindings()]
    HORIZONTAL_BREAKPOINTS = [
        (0, "-tiny"),
        (SMALLEST[0], "-narrow"),
        (WIDE, "-wide"),
        (HUGE, "-huge"),
    ]
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
        file: File | None = None,
        keymap: Keymap = NO_CHANGE,
    ) -> None:
        super().__init__()
        self._bindings = move(self._bindings, keymap)
        self.keymap = keymap
        self.file = file
        self.seen = seen(file.path) if file else None
        """The file when it was last read: see :mod:`schedsim.tui.acts.editing`."""
        self.session: Session = session
        session.patient = True
        self.remembered = remembered
        self.playback = Playback(clock)
        self.playback.suit(session.trace.end)
        self.save = save
        self._play_at_once = play
        self.stage = Stage(remembered)
        self.surveyor = Surveyor(session, self.stage)
        self._yield_shown = (session.heavy, session.yielding())
        self._growing = False
        self._reading = False
        self._then: Callable[[], object] | None = None
        """Where to go once what was asked for has been executed."""
        self._looking = False

    def compose(self) -> ComposeResult:
        yield Static(TOO_SMALL, id="too-small")
        yield Heading()
        yield self.stage
        yield KeyHints(palette=True)

    def on_mount(self) -> None:
        self._ticker: Timer = self.set_interval(1 / _FRAMES, self.tick, pause=True)
        self.show()
        if self._play_at_once:
            self.play()
            self.show()

    def on_unmount(self) -> None:
        self.playback.leave()

    def on_screen_suspend(self) -> None:
        """Stand still under whatever opens above, and leave no toast over it."""
        self.pause()
        self.app.clear_notifications()

    def say(self, text: str, severity: SeverityLevel = "information") -> None:
        """Show a toast, instead of the one before."""
        self.app.clear_notifications()
        self.notify(text, severity=severity, timeout=_TOAST, markup=False)

    # -- showing --------------------------------------------------------------------------

    def show(self) -> None:
        """Show the moment at the playhead."""
        if not (self.is_attached and self.display):  # what came after the screen was left
            return
        self.stage.share(self.session.moment)
        self.surveyor.look_back()
        moment = self.session.moment
        self.stage.show(moment, self.session.quiz)
        speed = format_duration(self.playback.rate, self.session.trace.unit)
        branches = self.session.branches
        place = (branches.current.number, len(branches))
        playing = self.playback.playing
        self.query_one(Heading).show(moment, playing=playing, speed=speed, branch=place)
        yields = (self.session.heavy, self.session.yielding())
        if yields != self._yield_shown:
            self._yield_shown = yields
            self.refresh_bindings()
        if self.session.wants_more() and not self._growing:
            self._grow()
        elif not self._growing and self.surveyor.wants(playing=self.playback.playing):
            self._survey()
        if self.session.is_behind() and not self._growing and not self._reading:
            self._read()

    def on_resize(self) -> None:
        if self.stage.is_mounted:  # there may be room for other panels now
            self.show()

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
        if session.stops.unlooked() is not None:  # stay where it is until that is known
            playback.move(session.at)
            if not self._looking:
                self.look_for_findings()
            return
        if session.under_way is not None:  # stay until what was done here is executed
            playback.move(session.at)
            return
        stop = session.next_stop()
        if stop is not None and stop.time <= position:
            session.to_stop(stop)
            self.pause()
            self.say(f"Stopped: {stop.says}.")
            self.show()
            return
        session.to_time(position)
        if session.at_veil:
            self.pause()
        elif position >= session.trace.end:
            if session.run.finished:
                self.pause()
            else:  # the run is not there yet: go on from where it is
                playback.move(session.trace.end)
        self.show()

    def move(self, how: Callable[[], object]) -> None:
        """Put the playhead somewhere else."""
        self.pause()
        session = self.session
        before = session.step, session.at
        how()
        if session.at_veil and before == (session.step, session.at):
            self.say(HIDDEN)
        self.show()

    def wait_for_end(self) -> None:
        """Have the run executed to its end, within reason, and go there."""
        if not self.session.run.finished:
            self._then = self.session.end
            self.session.ask_for_end()

    def go_to(self, place: Place) -> None:
        """Go to a place, which may have to be executed first."""
        session = self.session
        if session.reaches(place):
            self.move(lambda: session.to_place(place))
        else:
            self.pause()
            session.ask_for(place)
            self._then = lambda: session.to_place(place)
            self.say("Executing as far as that ...")
            self.show()

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
        self.session.settle()  # a late click may be on a lane that is gone
        self.show()

    @on(Gantt.Fold)
    def fold(self, message: Gantt.Fold) -> None:
        """Fold or unfold the group that was clicked."""
        message.stop()
        self.session.rows.fold(message.lane)
        self.session.settle()
        self.show()

    @on(Gantt.Choose)
    def choose(self, message: Gantt.Choose) -> None:
        """Choose the range that was drawn."""
        message.stop()
        start, end = sorted((message.start, message.end))
        self.session.span = (start, end)
        self.show()

    # -- predicting -----------------------------------------------------------------------

    @on(QuestionCard.Said)
    def hear(self, message: QuestionCard.Said) -> None:
        """Answer, or go on asking."""
        message.stop()
        predicting.hear(self, message.what, message.number)

    # -- executing ahead of the playhead --------------------------------------------------

    @work(exclusive=True, group="growth")
    async def _grow(self) -> None:
        self._growing = True
        session, told = self.session, time.perf_counter()
        try:
            while session.wants_more():
                enough = time.perf_counter() + _BUDGET
                while session.wants_more() and time.perf_counter() < enough:
                    session.grow(_CHUNK)
                if session.run.known and time.perf_counter() > told + _TELLS:
                    self.show()  # how much of it has been read
                    told = time.perf_counter()
                await asyncio.sleep(0)
        finally:
            self._growing = False
        if says := session.run.says():
            self.say(plain(says, 300))
        if self._then is not None:
            then, self._then = self._then, None
            then()
            self.app.clear_notifications()
            if not session.run.finished and session.at >= session.trace.end:
                self.say(
                    f"This run goes on: here it has been executed up to step {session.step:,}."
                )
        self.show()

    @work(exclusive=True, group="reading")
    async def _read(self) -> None:
        """Look at the rows to which the playhead may jump, a few at a time."""
        self._reading = True
        session = self.session
        try:
            while session.is_behind() and not self._growing:
                enough = time.perf_counter() + _BUDGET
                while session.is_behind() and time.perf_counter() < enough:
                    session.catch_up(_CHUNK)
                await asyncio.sleep(0)
        finally:
            self._reading = False

    # -- looking at the whole run ---------------------------------------------------------

    @work(exclusive=True, group="survey")
    async def _survey(self) -> None:
        await self.surveyor.look(playing=self.playback.playing, show=self.show)
        self.show()

    @on(FindingsPanel.Visit)
    def visit_chosen(self, message: FindingsPanel.Visit) -> None:
        """Go to the finding that was clicked."""
        message.stop()
        visit(self, message.finding)

    @on(Framed.Pointed)
    def point(self, message: Framed.Pointed) -> None:
        """Focus the panel whose title was clicked; a second click makes it large, or small."""
        message.stop()
        stage = self.stage
        stage.focus_on(message.panel)
        if message.twice:
            stage.alone = "" if stage.alone else message.panel
        self.show()

    @work(exclusive=True, group="search")
    async def search(
        self,
        look: Callable[[], bool],
        then: Callable[[bool], object],
        first: Coroutine[None, None, None] | None = None,
        more: Callable[[], bool] = bool,
    ) -> None:
        """Execute on until something is found, within reason.

        Args:
            look: finds it in what has been executed.
            then: called at the end, with whether it was found.
            first: what has to be done before.
            more: whether there is more to look at in what has been executed.
        """
        if first is not None:
            await first
        session = self.session
        trace, most = session.trace, len(session.trace) + FURTHER
        found = look()
        while not found and (more() or not (session.run.finished or len(trace) >= most)):
            if session.trace is not trace:  # somebody went to another branch meanwhile
                return
            enough = time.perf_counter() + _BUDGET
            while not more() and time.perf_counter() < enough:
                session.grow(_CHUNK)
            found = look()
            await asyncio.sleep(0)
        then(found)
        self.show()

    @work(exclusive=True, group="findings")
    async def look_for_findings(self) -> None:
        """Look the run through for findings, for the breakpoints that are about them."""
        self._looking = True
        try:
            await stopping.look_through(self)
        finally:
            self._looking = False

    # -- acting ---------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "act":
            return ACTS[str(parameters[0])].offered(self)
        return True

    def action_act(self, name: str) -> None:
        """Do what a key stands for; but one that came after the screen was left does nothing."""
        if self.is_attached:
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
        self.acted(lambda: f"From here on {says()}.", before)

    def refuse(self, error: ValueError) -> None:
        """Say why something cannot be done."""
        says = _FIELD.sub("", str(error), count=1)
        self.say(f"That cannot be: {plain(says, 200)}.", "warning")

    def acted(self, text: str | Callable[[], str], before: int) -> None:
        """Say what was done, and show what comes of it, as soon as it is done.

        Args:
            text: what was done, or what tells it afterwards.
            before: how many branches there were.
        """
        if self.session.under_way is not None:
            self.say("Executing again up to here ...")
            self._go_on(text, before)
        else:
            self._acted(text if isinstance(text, str) else text(), before)

    @work(exclusive=True, group="acting")
    async def _go_on(self, text: str | Callable[[], str], before: int) -> None:
        """Do what was begun, a few milliseconds at a time."""
        session = self.session
        done = session.done
        try:
            more = True
            while more:
                enough = time.perf_counter() + _BUDGET
                while more and time.perf_counter() < enough:
                    more = session.go_on()
                await asyncio.sleep(0)
        except ValueError as error:
            self.refuse(error)
            return
        if session.done > done:  # else somebody went to another branch meanwhile
            self._acted(text if isinstance(text, str) else text(), before)

    def _acted(self, text: str, before: int) -> None:
        self.playback.move(self.session.at)
        branches = self.session.branches
        more = ""
        if len(branches) > before:
            parent = branches.current.parent
            number = parent.number if parent else 1
            more = f" What would have been is kept as branch {number}."
        self.say(text + more)
        self.show()
