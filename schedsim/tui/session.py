"""A run being looked at: the playhead, the selected lane, and the ways to move and to act.

The playhead is a step (so many rows have happened) and a time; the time may be later than the
last of those rows, as long as the next row is later still.  Nothing here knows a terminal or a
clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import TYPE_CHECKING

from schedsim.branches import Branch, Branches
from schedsim.carrying import same_lane
from schedsim.commands import Command, SetCores, SetPatch, SetSwitchInterval, SetYielding
from schedsim.durations import Time
from schedsim.run import Part, Run, at_once
from schedsim.source import Source
from schedsim.state import Status
from schedsim.timeline import LaneId, Timeline
from schedsim.trace import Kind, Role, Trace
from schedsim.tui.asking import Asking
from schedsim.tui.identity import Cast
from schedsim.tui.moment import Moment
from schedsim.tui.neighbours import neighbour
from schedsim.tui.pictures import Pictures
from schedsim.tui.places import Place
from schedsim.tui.quiz import Quiz
from schedsim.tui.rows import Row, Rows, nearest
from schedsim.tui.stops import Stops
from schedsim.tui.survey import Figures, Survey, figures_until
from schedsim.tui.veil import Veil

if TYPE_CHECKING:
    from schedsim.breakpoints import Stop

AT_ONCE = 5_000
"""Rows executed before anything is shown: all of most scenarios, in a few milliseconds."""
AHEAD = 50_000
"""Rows executed ahead of the playhead, in the background."""
FURTHER = 200_000
"""Rows that going to the end may add to a run: an endless one has to stop somewhere."""

AT_A_STROKE = 40_000
"""Rows that are executed again before somebody notices."""

_ALL = 1 << 62
"""More than there are of anything."""


class Session:
    """A run, and where one looks at it."""

    def __init__(self, run: Run, source: Source | None = None) -> None:
        self.branches = Branches(run, source)
        self.selected: LaneId | None = None
        self.rows = Rows()
        """What of the timeline is folded or filtered out."""
        self.hides_future = False
        """One is to guess what comes next."""
        self.marked: Mapping[LaneId, tuple[tuple[Time, Time], ...]] = {}
        """What of which lanes is to stand out."""
        self.bookmarks: tuple[Time, ...] = ()
        self.span: tuple[Time, Time] | None = None
        self.survey: Survey | None = None
        """What was found by looking at the whole branch, if somebody has."""
        self.looked = 0
        """How much of the branch is looked at by now, in percent, while somebody does."""
        self.past: tuple[int, Time, Figures] | None = None
        """The figures up to a moment: step and time, and what they are."""
        self.quiz = Quiz()
        """Who runs next?"""
        self.stops = Stops()
        """Where the playhead is to stop."""
        self.veil = Veil()
        """It is drawn while the future is hidden."""
        self._asking = Asking()
        self.goal = 0
        """How many rows somebody has asked for."""
        self.goal_time: Time = _ALL
        """Up to when they were asked for."""
        self.seen: dict[int, int] = {}
        """By number of branch, the furthest step that has been shown since one last acted."""
        self.patient = False
        """Somebody goes on with what takes long: see :meth:`act`."""
        self.under_way: Part[None] | None = None
        """What has been begun and is not done yet."""
        self.done = 0
        """How many things have been done to the machine."""
        self.awaited: Time | None = None
        """The time to stand at as soon as the branch has been executed so far."""
        self._pictures = Pictures()
        self._begin()
        self.whole = run.trace.end
        """How long the run is that was opened, as far as it was executed at once."""
        self.home()

    timeline: Timeline
    cast: Cast

    def _begin(self, before: tuple[Run, Timeline] | None = None) -> None:
        """Take up a trace that is new, or that of another branch.

        Args:
            before: what was looked at before, if this may begin like it.
        """
        run = self.run
        self.stop_asking()
        self.under_way = None
        run.extend(max(AT_ONCE, len(run.trace)))
        runs = [branch.run for branch in self.branches]
        self.timeline, self.cast = self._pictures.of(run, runs, before)
        self.timeline.extend()
        self.stops.watch(run.history, self.timeline)
        self.goal = 0
        self.marked = {}
        self.survey = self.past = None
        self.first = _set_up_rows(run.trace)
        if self.selected not in {row.lane for row in self.rows.all(self.timeline)}:
            self.selected = self.rows.all(self.timeline)[0].lane
        self.settle()

    # -- reading --------------------------------------------------------------------------

    @property
    def run(self) -> Run:
        """The run of the branch that is looked at."""
        return self.branches.current.run

    @property
    def trace(self) -> Trace:
        """The rows of the run, as far as it has come."""
        return self.run.trace

    @property
    def moment(self) -> Moment:
        """What there is to see."""
        return Moment(
            self.run,
            self.veil.timeline(self.timeline, self.run),
            self.cast,
            self.run.history.state_at(self.step),
            self.step,
            self.at,
            self.selected,
            self.hides_future,
            self.marked,
            self.bookmarks,
            self.span,
            self.shown_rows(),
            self.rows.text,
            self.rows.hidden(self.timeline),
            self.survey,
            self.past[2] if self.past and self.past[:2] == (self.step, self.at) else None,
            asking=self.quiz.asking,
            looked=self.looked,
        )

    @property
    def at_end(self) -> bool:
        """There is nothing to come."""
        return self.run.finished and self.step == len(self.trace) and self.at >= self.trace.end

    @property
    def heavy(self) -> bool:
        """Something here is CPU-heavy, so that yielding can be switched."""
        return any(entity.cpu_heavy for entity in self.trace.entities)

    def heavy_left(self) -> bool:
        """Something CPU-heavy is alive at the playhead, or is to come."""
        status = self.run.history.state_at(self.step).status
        return any(
            entity.id >= len(status) or status[entity.id] not in (Status.EXITED, Status.DONE)
            for entity in self.trace.entities
            if entity.cpu_heavy
        )

    def yielding(self) -> bool:
        """All CPU-heavy work obeys its yields."""
        return not self.run.history.state_at(self.step).unyielding

    def cores(self) -> int:
        """How many cores there are."""
        return self.run.history.state_at(self.step).online

    # -- moving ---------------------------------------------------------------------------

    def to_step(self, step: int) -> None:
        """Stand right after row number ``step``, at its time."""
        self.step = max(self.first, min(step, len(self.trace)))
        self.at = self.trace.times[self.step - 1] if self.step else 0
        self._arrived()

    def to_time(self, at: Time) -> None:
        """Stand at a time, after all that happened up to it."""
        self.at = max(0, min(at, self.trace.end))
        self.step = max(self.first, self.run.history.rows_at(self.at))
        self._arrived()

    def _arrived(self) -> None:
        self._stay_before_veil()
        self.awaited = None
        self._saw(self.step)

    def _saw(self, step: int) -> None:
        number = self.branches.current.number
        self.seen[number] = max(self.seen.get(number, 0), step)

    def _await(self, at: Time) -> None:
        """Stand at a time of another branch, which may have to be executed up to there."""
        self.to_time(at)
        if self.at < at and not self.run.finished:
            self.awaited = at
            self.ask_for_end()

    def next_stop(self) -> Stop | None:
        """The next moment at which a breakpoint holds, as far as the run has been executed."""
        return self.stops.next(self.step, self.at)

    def to_stop(self, stop: Stop) -> None:
        """Stand exactly there."""
        self.to_step(stop.step)
        self.at = max(self.at, stop.time)
        self._stay_before_veil()

    def forward(self) -> None:
        """To the next row; after the last, to the end of the run."""
        if self.step == len(self.trace):
            self.grow(1)
        if self.step < len(self.trace):
            self.to_step(self.step + 1)
        else:
            self.at = max(self.at, self.trace.end)
            self._stay_before_veil()

    def back(self) -> None:
        """To the row before; from between two rows, to the earlier one."""
        between = self.step > 0 and self.at > self.trace.times[self.step - 1]
        self.to_step(self.step if between else self.step - 1)

    def home(self) -> None:
        """To the beginning: everything is there, and nothing has run yet."""
        self.to_step(self.first)

    def end(self) -> None:
        """To the end of the run as far as it has been executed."""
        self.to_step(len(self.trace))
        self.at = self.trace.end
        self._stay_before_veil()

    def next_event(self) -> bool:
        """To the next row that concerns the selected lane; False if there is none."""
        return self._event(forward=True)

    def previous_event(self) -> bool:
        """To the row before that concerns the selected lane; False if there is none."""
        return self._event(forward=False)

    def _event(self, *, forward: bool) -> bool:
        if self.selected is None:
            return False
        where = (self.run.history, self.timeline, self.rows, self.selected)
        row = neighbour(*where, self.step - 1, forward=forward)
        if row is None or row + 1 < self.first:
            return False
        self.to_step(row + 1)
        return True

    def shown_rows(self) -> tuple[Row, ...]:
        """The rows of the timeline, as they are now."""
        return self.rows.shown(self.timeline, *self.veil.known(self.run))

    def select(self, by: int) -> None:
        """Select the row that is so many rows below."""
        lanes = [row.lane for row in self.shown_rows()]
        index = lanes.index(self.selected) if self.selected in lanes else 0
        self.selected = lanes[max(0, min(index + by, len(lanes) - 1))]

    def settle(self) -> None:
        """See that whoever is selected is shown: else the group it is in, or a neighbour."""
        self.selected = nearest(self.shown_rows(), self.rows.all(self.timeline), self.selected)

    def look_back(self) -> None:
        """Work out the figures up to the playhead."""
        if self.past is None or self.past[:2] != (self.step, self.at):
            known = len(self.run.history.state_at(self.step).status)
            figures = figures_until(self.trace, self.step, self.at, known)
            self.past = (self.step, self.at, figures)

    # -- predicting -----------------------------------------------------------------------

    def ask(self) -> bool:
        """Go to the next decision, hide what comes of it and ask.

        False if it was not found yet: see :meth:`may_ask`.
        """
        known = self.quiz.question
        found = self._asking.next(self.run, self.step if known is None else known.reveals)
        if found is None:
            return False
        self.quiz.ask(found)
        self._hide_after(found.step, found.time)
        return True

    def may_ask(self) -> bool:
        """Not all that has been executed was looked through for a question."""
        return self._asking.may_find(self.run)

    def back_to_question(self) -> None:
        """Go where the question was put."""
        if self.veil.place is not None:
            self.step, self.at = self.veil.place

    def reveal(self) -> None:
        """Go on to where the answer can be seen."""
        question = self.quiz.question
        if question is not None:
            at = max(question.time, self.trace.times[question.reveals - 1])
            self._hide_after(question.reveals, at)

    def stop_asking(self) -> None:
        """Show the future again."""
        self.quiz.close()
        self.hides_future = False
        self.veil.lift()
        self._asking.forget()

    @property
    def at_veil(self) -> bool:
        """What comes next is hidden."""
        return (self.step, self.at) == self.veil.place

    def _hide_after(self, step: int, at: Time) -> None:
        self.hides_future = True
        self.step, self.at = step, at
        self.veil.draw(step, at)
        self._saw(step)
        self.settle()  # who is selected may be somebody to come

    def _stay_before_veil(self) -> None:
        self.step, self.at = self.veil.before(self.step, self.at)

    # -- executing ------------------------------------------------------------------------

    def wants_more(self) -> bool:
        """The run should be executed further than it has been."""
        if self.run.finished:
            return False
        rows = len(self.trace)
        wanted = rows < self.goal and self.trace.end <= self.goal_time
        return rows < max(self.step + AHEAD, self.run.known) or wanted

    def grow(self, rows: int) -> None:
        """Execute so many rows more, if there are."""
        if not self.run.finished:
            self.run.extend(len(self.trace) + rows)
            self.timeline.extend()
        if self.awaited is not None and (self.trace.end >= self.awaited or not self.wants_more()):
            self.goal = 0
            self.to_time(self.awaited)

    def is_behind(self) -> bool:
        """There are rows that nobody has looked at yet: a jump to them would take its time."""
        return self.run.history.rows < len(self.trace)

    def catch_up(self, rows: int) -> None:
        """Look at so many of them."""
        history = self.run.history
        history.fold(min(history.rows + rows, len(self.trace)))

    def ask_for_end(self) -> None:
        """Have the run executed to its end, within reason."""
        self.goal, self.goal_time = max(len(self.trace) + FURTHER, self.run.known), _ALL

    def ask_for(self, place: Place) -> None:
        """Have the run executed up to a place, within reason."""
        self.ask_for_end()
        if place.step is not None:
            self.goal = min(self.goal, place.step)
        elif place.at is not None:
            self.goal_time = place.at

    def reaches(self, place: Place) -> bool:
        """The run has been executed as far as that."""
        if self.run.finished:
            return True
        if place.step is not None:
            return place.step <= len(self.trace)
        return place.at is None or place.at < self.trace.end

    def to_place(self, place: Place) -> None:
        """Go there, or as near to it as the run has been executed."""
        if place.step is not None:
            self.to_step(place.step)
        elif place.at is not None:
            self.to_time(place.at)

    # -- acting ---------------------------------------------------------------------------

    def act(self, command: Command, *, explained: bool = False) -> None:
        """Do ``command`` here; what would have been without it stays as a branch.

        Where that takes long and somebody is there to :meth:`go_on` with it, it has only begun.

        Args:
            command: what is done.
            explained: stand right after it, before what it brings about at once.

        Raises:
            ValueError: the command does not fit; nothing has changed.
        """
        if self.under_way is not None:
            raise ValueError("what you did before is not done yet")
        parts = self._acting(command, explained=explained)
        if not self.patient or self.step <= AT_A_STROKE:
            at_once(parts)
            return
        for _ in parts:
            self.under_way = parts
            return

    def go_on(self) -> bool:
        """Do another part of what was begun; False once nothing is left to be done.

        Raises:
            ValueError: the command does not fit; nothing has changed.
        """
        parts = self.under_way
        if parts is None:
            return False
        try:
            next(parts)
        except StopIteration:
            self.under_way = None
        except ValueError:
            self.under_way = None
            raise
        return self.under_way is not None

    def _acting(self, command: Command, *, explained: bool) -> Part[None]:
        at, before = self.at, (copy(self.run), self.timeline)  # its rows may be let go of
        seen = self.seen.get(self.branches.current.number, 0) > self.step
        step = yield from self.branches.acting(command, self.step, at, seen=seen)
        self.seen[self.branches.current.number] = 0
        self._begin(before)
        self.done += 1
        self.to_step(step)
        self.at = max(self.at, at)
        if explained:
            self.to_step(self.run.commands[-1].step + 1)
            self.saw_no_further()

    def take(self, branch: Branch, at: Time | None = None) -> None:
        """Look at another branch, at the same moment unless told another.

        It may have to be executed up to there first.
        """
        at = self._wanted if at is None else at
        self.branches.take(branch)
        self._begin()
        self._await(at)

    def vary(self, source: Source, says: str, at: Time | None = None) -> None:
        """Look at the same jobs in another way, as ``source`` has them, at the same moment.

        Args:
            source: of the scenario.
            says: what is different.
            at: another moment.

        Raises:
            ScenarioError: they cannot be had that way; nothing has changed.
            ValueError: there are too many branches; nothing has changed.
        """
        self.show_run(self.run.elsewhere(source.load()), source, says, at)

    def show_run(self, run: Run, source: Source | None, says: str, at: Time | None = None) -> None:
        """Look at another run of what was opened, at the same moment and the same lane.

        Raises:
            ValueError: there are too many branches; nothing has changed.
        """
        at = self._wanted if at is None else at
        lane, before = self.selected, self.trace
        self.branches.vary(run, source, says)
        self._begin()
        same = same_lane(lane, before, self.trace) if lane else None
        if same in {row.lane for row in self.rows.all(self.timeline)}:
            self.selected = same
            self.settle()
        self._await(at)

    def undo(self) -> bool:
        """Look at what would be without the last thing that was done; False if nothing was.

        Raises:
            ValueError: there are too many branches; nothing has changed.
        """
        at, shared = self._wanted, self._shared_without_last()
        if not self.branches.undo():
            return False
        self._begin()
        if shared is None or shared > len(self.trace):
            self._await(at)
        else:
            self.to_step(shared)
            self.at = max(self.at, at)
            self._stay_before_veil()
        return True

    def _shared_without_last(self) -> int | None:
        """The step at which one stands the same without the last thing that was done.

        Who undoes something where it was done, or before, stands where that was done, or as before;
        None who has gone on from there in time, where there is no such step.
        """
        if not self.run.commands or self.awaited is not None:
            return None
        last = self.run.commands[-1]
        return min(self.step, last.step) if self.at <= last.time else None

    @property
    def _wanted(self) -> Time:
        """The moment that somebody looks at, or waits for."""
        return self.at if self.awaited is None else self.awaited

    def saw_no_further(self) -> None:
        """Nobody has looked at what comes after this step of the branch."""
        self.seen[self.branches.current.number] = self.step

    def saw(self, branch: Branch) -> None:
        """Somebody has looked at all there is of a branch."""
        self.seen[branch.number] = max(self.seen.get(branch.number, 0), len(branch.run.trace))

    def drop(self, branch: Branch) -> None:
        """Forget a branch for good.

        Raises:
            ValueError: it is needed.
        """
        self.branches.drop(branch)
        self.seen = {
            number - (number > branch.number): step
            for number, step in self.seen.items()
            if number != branch.number
        }

    def restart(self) -> None:
        """Go to the beginning of the first branch."""
        self.branches.take(next(iter(self.branches)))
        self._begin()
        self.home()

    def whereabouts(self) -> str:
        """Which branch this is, in a sentence."""
        branch = self.branches.current
        return f"This is branch {branch.number} of {len(self.branches)}: {branch.says}"

    def toggle_yielding(self) -> None:
        """Switch the yields of CPU-heavy work on, or off if they all are on: see :meth:`act`."""
        self.act(SetYielding(on=not self.yielding()))

    def add_cores(self, more: int) -> None:
        """Give the machine so many cores more, or fewer: see :meth:`act`."""
        self.act(SetCores(self.cores() + more))

    def patched(self) -> bool:
        """The standard library is monkey patched, in some process."""
        state = self.run.history.state_at(self.step)
        processes = (e.id for e in self.run.trace.entities[1:] if e.role is Role.PROCESS)
        return any(map(state.is_patched, processes))

    def toggle_patch(self) -> None:
        """Monkey patch the standard library, or undo it: see :meth:`act`."""
        self.act(SetPatch(on=not self.patched()))

    def interval(self) -> Time:
        """The GIL's switch interval."""
        return self.run.history.state_at(self.step).switch_interval

    def change_interval(self, doublings: int) -> None:
        """Double the switch interval, or halve it: see :meth:`act`."""
        interval = self.interval()
        self.act(SetSwitchInterval(interval * 2 if doublings > 0 else max(1, interval // 2)))


def _set_up_rows(trace: Trace) -> int:
    """How many rows come before the first that a machine does: those that started with it."""
    for row in trace.rows():
        if row.kind is not Kind.SPAWN or row.time or row.other:
            return row.n
    return len(trace)
