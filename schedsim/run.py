"""A run: a scenario, a seed and the commands given on the way, executed as far as wanted.

Everything follows from those three; so acting in the past means executing again up to there and
going on differently, and a recording is a run written down.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from copy import copy
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeVar, cast

from schedsim.durations import Time
from schedsim.engine import FOREVER
from schedsim.history import History
from schedsim.limits import MOST_ROWS
from schedsim.scenario import Scenario
from schedsim.simulation import Simulation
from schedsim.trace import Trace

if TYPE_CHECKING:
    from schedsim.commands import Command

CHUNK = 20_000
"""Rows between two looks at whoever waits for a long run."""


PART = 2_000
"""Rows between two looks at a person who has just done something."""

T = TypeVar("T")
Part = Generator[None, None, T]
"""Something that is done in parts, and what comes of it."""


def at_once(parts: Part[T]) -> T:
    """Do it without a pause."""
    while True:
        try:
            next(parts)
        except StopIteration as over:
            return cast("T", over.value)


@dataclass(frozen=True, slots=True)
class Placed:
    """A command and its place in a run: after so many steps (rows of the trace), at that time."""

    step: int
    time: Time
    command: Command


class Run:
    """A scenario being played.

    Args:
        scenario: what is played.
        seed: for policies that draw lots.
        commands: what the user did, in order of place.
        until: stop after that instant; the scenario's own limit unless given.
        rows: stop once the trace has so many rows.

    Raises:
        ValueError: a command does not fit the machine as it is then.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int = 0,
        commands: tuple[Placed, ...] = (),
        *,
        until: Time | None = None,
        rows: int = MOST_ROWS,
    ) -> None:
        self.scenario = scenario
        self.seed = seed
        self.commands = commands
        self.until = scenario.until if until is None else until
        self.rows = rows
        self._set_up()

    trace: Trace
    history: History

    @property
    def cut_short(self) -> bool:
        """It has reached its number of rows with more to come."""
        return len(self.trace) >= self.rows and not self.trace.complete

    @property
    def finished(self) -> bool:
        """Nothing more will be added: the scenario is over, or a limit is reached."""
        return self.trace.complete or self._at_limit or len(self.trace) >= self.rows

    @property
    def known(self) -> int:
        """How many rows are to be had without executing anything; none of a run like this one."""
        return 0

    def says(self) -> str:
        """What is to be known of how it ended, in words; nothing of a run like this one."""
        return ""

    def extend(self, rows: int) -> None:
        """Execute until the trace has ``rows`` rows, or the run is finished."""
        self._simulation.run(self.until, min(rows, self.rows))
        self._at_limit = len(self.trace) < min(rows, self.rows)

    def finish(
        self, progress: Callable[[Trace], None] | None = None, *, steps: int = FOREVER
    ) -> Trace:
        """Execute to the end, or for ``steps`` steps, telling ``progress`` every now and then."""
        while not self.finished and len(self.trace) < steps:
            self.extend(min(steps, len(self.trace) + CHUNK))
            if progress is not None:
                progress(self.trace)
        return self.trace

    def act(self, command: Command, step: int, time: Time) -> int:
        """Do ``command`` after ``step`` steps, at ``time``; what came later is forgotten.

        Returns:
            The number of steps after which the command has taken effect.

        Raises:
            ValueError: the command does not fit; the run is as it was.
        """
        return at_once(self.acting(command, step, time))

    def acting(self, command: Command, step: int, time: Time) -> Part[int]:
        """The same a few rows at a time: it gives way after each of the parts."""
        before = copy(self)
        kept = [placed for placed in self.commands if placed.step < step]
        self.commands = (*kept, Placed(step, time, command))
        try:
            after = yield from self._setting_up()
        except ValueError:
            self.__dict__.update(before.__dict__)
            raise
        self.history = before.history.branch(self.trace, before.shares(self))
        return after

    def branch(self, command: Command, step: int, time: Time) -> tuple[Run, int]:
        """Another run, in which ``command`` is done too: see :meth:`act`.  This one stays."""
        return at_once(self.branching(command, step, time))

    def branching(self, command: Command, step: int, time: Time) -> Part[tuple[Run, int]]:
        """The same a few rows at a time: see :meth:`acting`."""
        other = copy(self)
        after = yield from other.acting(command, step, time)
        return other, after

    def without_last(self) -> Run:
        """Another run, in which the last command is not given."""
        kept = self.commands[:-1]
        return Run(self.scenario, self.seed, kept, until=self.until, rows=self.rows)

    def elsewhere(self, scenario: Scenario) -> Run:
        """Another scenario under the conditions of this run: with nothing done to it yet."""
        until = None if self.until == self.scenario.until else self.until
        return Run(scenario, self.seed, until=until, rows=self.rows)

    def shares(self, other: Run) -> int:
        """How many rows of this one ``other`` has too, as both follow from the same."""
        if self.scenario is not other.scenario or self.seed != other.seed:
            return 0
        rows = min(len(self.trace), len(other.trace))
        for one, two in zip_longest(self.commands, other.commands):
            if one != two:
                rows = min(rows, *(each.step for each in (one, two) if each is not None))
                break
        # One of them may have been read from a file: then see that it is so.
        ours, theirs = self.trace, other.trace
        same = (
            ours.times[:rows] == theirs.times[:rows]
            and ours.codes[:rows] == theirs.codes[:rows]
            and ours.args[:rows] == theirs.args[:rows]
        )
        return rows if same else 0

    def forget(self) -> None:
        """Forget all rows after the last command: they are the same when executed again."""
        self._set_up()

    def _set_up(self) -> int:
        return at_once(self._setting_up())

    def _setting_up(self) -> Part[int]:
        simulation = Simulation(self.scenario, self.seed)
        obeyed = []
        for placed in self.commands:
            goal = min(placed.step, self.rows)
            while True:
                some = min(goal, len(simulation.trace) + PART)
                simulation.run(self.until, some)
                if some == goal or len(simulation.trace) < some:
                    break
                yield
            simulation.engine.advance(placed.time, self.rows)
            if len(simulation.trace) >= self.rows:
                raise ValueError(f"step {placed.step} is beyond the limit of {self.rows} steps")
            # A decision cannot be cut in two: the place may be a little later than asked for.
            place = Placed(len(simulation.trace), simulation.engine.now, placed.command)
            placed.command.obey(simulation)
            simulation.run(rows=0)  # what was complete may no longer be
            obeyed.append(place)
        self.commands = tuple(obeyed)
        self._simulation = simulation
        self._at_limit = False
        self.trace = simulation.trace
        self.history = History(self.trace)
        return len(self.trace)
