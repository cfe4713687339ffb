"""Runs side by side: one playhead in time for all of them, and where they part.

It knows no terminal and no clock.  What is compared is executed elsewhere; here all runs have come
to their end, or to where an endless one was cut.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from schedsim.branches import Branch
from schedsim.compare import answers, figures, sheet
from schedsim.compare.answers import Answer
from schedsim.compare.differences import SWITCHING, Difference, Running, differences, end_apart
from schedsim.compare.figures import Row
from schedsim.compare.outcomes import Outcome, Who
from schedsim.compare.ways import Way
from schedsim.durations import Time, format_duration
from schedsim.findings import find
from schedsim.findings.base import Finding
from schedsim.history import History
from schedsim.plain import plain
from schedsim.run import Run
from schedsim.source import Source
from schedsim.timeline import LaneId
from schedsim.tui.identity import Cast
from schedsim.tui.moment import Moment
from schedsim.tui.rows import Row as LaneRow, tree
from schedsim.tui.session import FURTHER

MOST = 4
"""How many runs are looked at side by side."""
NOBODY, SWITCHES = 0, -1
"""Instead of who holds something: nobody does, or a core is being switched to somebody."""
_MOST_DIFFERENCES = 100_000
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True, eq=False)
class Entrant:
    """A run that is to be compared, and what it is from."""

    name: str
    says: str
    run: Run
    source: Source | None = None
    branch: Branch | None = None
    """None if no branch is like that yet."""

    @classmethod
    def of_branch(cls, branch: Branch) -> Entrant:
        """A branch.  One that is not at its end is executed anew: its session goes on with it."""
        run = branch.run
        if not run.finished:
            rows = min(run.rows, max(FURTHER, len(run.trace)))
            run = Run(run.scenario, run.seed, run.commands, until=run.until, rows=rows)
        return cls(f"branch {branch.number}", branch.says, run, branch.source, branch)

    @classmethod
    def of_way(cls, way: Way, like: Run) -> Entrant:
        """The same scenario in another way, and nothing done to it.

        Raises:
            ScenarioError: it cannot be had that way.
        """
        run = like.elsewhere(way.source.load())
        run.rows = min(run.rows, FURTHER)
        return cls(way.name, way.says, run, way.source)


@dataclass(frozen=True, slots=True)
class Side:
    """A run that has been looked at."""

    entrant: Entrant
    outcome: Outcome
    name: str
    """In a word or two: what no other of them is.  It is fit for a terminal."""
    title: str
    """The same with all that it has for itself."""
    cast: Cast
    lanes: tuple[LaneRow, ...]
    """The rows of its timeline."""
    history: History
    """Of its own: that of a branch may be in use elsewhere at the same time."""
    differences: tuple[Difference, ...]
    """From the first run; none for that itself."""
    answers: dict[str, Answer]
    """To what one asks of models; none where all have the same one."""
    findings: list[Finding]


@dataclass
class SideBySide:
    """Several sides, and one moment at which all are looked at."""

    sides: Sequence[Side]
    rows: Sequence[Row]
    """The headline figures."""
    at: Time = 0
    selected: tuple[str, Who | int] | None = None
    """A lane as the same one in every run: its kind, and who or which it is."""
    _partings: list[Time] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Stand where they part."""
        times = {found.time for side in self.sides for found in side.differences}
        first = self.sides[0].outcome
        for side in self.sides:
            if not side.differences and end_apart(first, side.outcome):
                times.add(min(first.trace.end, side.outcome.trace.end))
        self._partings = sorted(times)
        self.at = self._partings[0] if self._partings else 0
        self.select(0)

    @property
    def end(self) -> Time:
        """When the last of them ends."""
        return max(side.outcome.trace.end for side in self.sides)

    # -- moving ---------------------------------------------------------------------------

    def to_time(self, at: Time) -> None:
        """Stand at a time."""
        self.at = max(0, min(at, self.end))

    def forward(self) -> None:
        """To the next moment at which something happens in any of them."""
        found = [self.end]
        for side in self.sides:
            times = side.outcome.trace.times
            index = bisect_right(times, self.at)
            found += times[index : index + 1]
        self.to_time(min((time for time in found if time > self.at), default=self.end))

    def back(self) -> None:
        """To the moment before at which something happened in any of them."""
        found = [0]
        for side in self.sides:
            times = side.outcome.trace.times
            index = bisect_left(times, self.at)
            found += times[max(0, index - 1) : index]
            found += [side.outcome.trace.end] * (side.outcome.trace.end < self.at)
        self.to_time(max(found))

    def next_difference(self) -> bool:
        """To where they differ in another way; False if they do so no more."""
        index = bisect_right(self._partings, self.at)
        if index == len(self._partings):
            return False
        self.at = self._partings[index]
        return True

    def previous_difference(self) -> bool:
        """To where they differed in another way before; False if they did not."""
        index = bisect_left(self._partings, self.at)
        if not index:
            return False
        self.at = self._partings[index - 1]
        return True

    # -- looking --------------------------------------------------------------------------

    def moments(self) -> list[Moment]:
        """What there is to see of each."""
        return [self._moment(side) for side in self.sides]

    def _moment(self, side: Side) -> Moment:
        outcome = side.outcome
        step = side.history.rows_at(self.at)
        firsts = {each.differences[0].time for each in self.sides if each.differences}
        return Moment(
            outcome.run,
            outcome.measured.timeline,
            side.cast,
            side.history.state_at(step),
            step,
            self.at,
            self._lane(side),
            bookmarks=tuple(sorted(firsts)),
            rows=side.lanes,
        )

    def select(self, by: int) -> None:
        """Select the lane that is so many below, among those of the side with the most."""
        longest = max(self.sides, key=lambda side: len(_lanes(side)))
        names = [_name(longest, lane) for lane in _lanes(longest)]
        index = names.index(self.selected) if self.selected in names else 0
        self.selected = names[max(0, min(index + by, len(names) - 1))]

    def pick(self, index: int, lane: LaneId) -> None:
        """Select a lane of one of the sides, and the same in the others."""
        self.selected = _name(self.sides[index], lane)

    def _lane(self, side: Side) -> LaneId | None:
        return next((n for n in _lanes(side) if _name(side, n) == self.selected), None)

    # -- in words -------------------------------------------------------------------------

    def partings(self) -> list[str]:
        """Where each parts from the first, in a sentence each."""
        return [self._parting(number) for number in range(2, len(self.sides) + 1)]

    def _parting(self, number: int) -> str:
        side = self.sides[number - 1]
        who = "They" if len(self.sides) == 2 else f"1 and {number}"
        if not side.differences:
            return self._alike(number, who)
        found = side.differences[0]
        at = format_duration(found.time, side.outcome.trace.unit)
        first = self.sides[0]
        says = f"in 1 {_does(first, found.one, found.other, found.before)}"
        other = f"in {number} {_does(side, found.other, found.one, found.before)}"
        return f"{who} part at {at}: {says}, {other}."

    def _alike(self, number: int, who: str) -> str:
        """What holds of the first and another, whose cores never run anything different."""
        one, other = self.sides[0].outcome, self.sides[number - 1].outcome
        if not end_apart(one, other):
            return f"{who} run the same all the way."
        ends = [format_duration(each.trace.end, each.trace.unit) for each in (one, other)]
        says = f"1 ends at {ends[0]}, and {number} at {ends[1]}"
        return f"{who} run the same on the cores, but {says}."


def look(entrants: Sequence[Entrant]) -> SideBySide:
    """Look at runs that have been executed.  It changes nothing: a thread may do it."""
    outcomes = [Outcome.of(entrant.name, entrant.run) for entrant in entrants]
    asked = answers.applies(outcomes)
    named = _named(entrants)
    letters = dict.fromkeys(who for o in outcomes for who in o.who.values() if not who.loop)
    numbers = {who: number for number, who in enumerate(letters)}
    sides = []
    for number, (entrant, outcome) in enumerate(zip(entrants, outcomes, strict=True), 1):
        cast = Cast(
            outcome.trace,
            {entity: numbers[who] for entity, who in outcome.who.items() if not who.loop},
        )
        found = _some(differences(outcomes[0], outcome)) if number > 1 else ()
        sides.append(
            Side(
                entrant,
                outcome,
                *named[number - 1],
                cast,
                tuple(tree(outcome.measured.timeline)),
                History(outcome.trace),
                found,
                answers.of(outcome) if asked else {},
                find(outcome.measured),
            )
        )
        _ = outcome.measured.timeline, sides[-1].history.state_at(len(outcome.trace))
    return SideBySide(sides, figures.rows(outcomes))


def _named(entrants: Sequence[Entrant]) -> list[tuple[str, str]]:
    """A short name and a title for each: by what it has for itself, if that tells them apart."""
    known = [sheet.facts(entrant.run) for entrant in entrants]
    own = [[fact for fact in each if not all(fact in k for k in known)] for each in known]
    apart = len(set(map(tuple, own))) == len(own)
    found = []
    for number, (entrant, facts) in enumerate(zip(entrants, own, strict=True), 1):
        words = [fact.replace("_", " ") for fact in facts]
        name = " ".join(words) if apart else entrant.name
        more = [entrant.name] if entrant.branch is not None else []
        if entrant.branch is not None and not apart:
            more.append(entrant.says)
        title = dict.fromkeys([str(number), *([] if apart else [name]), *words, *more])
        found.append((plain(name, 40), plain(" · ".join(title), 150)))
    return found


def _some(found: Iterator[Difference]) -> tuple[Difference, ...]:
    return tuple(each for each, _ in zip(found, range(_MOST_DIFFERENCES), strict=False))


def _lanes(side: Side) -> list[LaneId]:
    return [row.lane for row in side.lanes]


def _name(side: Side, lane: LaneId) -> tuple[str, Who | int]:
    """A lane as the same one in every run: a job may be a thread here, a task there."""
    if lane.kind == "core":
        return lane.kind, lane.number
    if lane.kind in ("gil", "process"):
        entity = side.outcome.trace.entities[lane.number]
        return lane.kind, Who(entity.name)
    return "work", side.outcome.who[lane.number]


def _apart(one: Running, other: Running) -> Running:
    """Who runs in one of two only."""
    rest = list(other)
    left = []
    for who in one:
        if who in rest:
            rest.remove(who)
        else:
            left.append(who)
    return tuple(left)


def _does(side: Side, running: Running, other: Running, before: Running) -> str:
    """What those do that run here and not in the other run."""
    apart = _apart(running, other)
    ran = [who for who in apart if who != SWITCHING]
    if not ran:
        return "a core switches" if apart else f"nobody {'else ' if running else ''}runs"
    entity = {who: number for number, who in side.outcome.who.items()}
    named = []
    for who in ran[:_MOST_NAMED]:
        face = side.cast[entity[who]]
        named.append(f"{face.letter} {plain(face.name, 20)}")
    if len(ran) > _MOST_NAMED:
        named.append(f"{len(ran) - _MOST_NAMED} more")
    together = " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))
    one = len(ran) == 1
    if all(who in before for who in ran):
        return f"{together} {'goes' if one else 'go'} on"
    return f"{together} {'runs' if one else 'run'}"


def ended(moment: Moment) -> bool:
    """Whether its run is over at the moment."""
    return moment.at >= moment.run.trace.end and moment.run.trace.complete


def holders(moment: Moment) -> Iterator[tuple[str, int, Time]]:
    """What is held, by whom, and since when: the cores, and the GILs that matter."""
    state = moment.state
    for number, thread in enumerate(state.running[: state.online]):
        if not thread or state.switching[number]:
            yield f"core {number}", SWITCHES if thread else NOBODY, state.core_since[number]
        else:
            who = moment.in_hand(thread)
            since = max(state.since[who], state.since[thread])
            yield f"core {number}", who, since
    for lane in moment.lanes():
        if lane.kind == "gil" and lane.number in state.gils:
            gil = state.gils[lane.number]
            yield "GIL", gil.holder, gil.since
