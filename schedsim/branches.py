"""Branches: every future that a session has had.

Acting in the past begins another branch, and the old one stays.  So does looking at the same
scenario in another way (another model, other settings).  Where one looks at a branch is the
app's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schedsim.commands import Command
from schedsim.durations import Time
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.why import explain

OPENED = "as it was opened"


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A run, and how it came about."""

    number: int
    """From 1, in the order in which they began."""
    run: Run
    source: Source | None = None
    """Where its scenario came from; None if it was made by hand, so that nothing can be saved."""
    parent: Branch | None = None
    """What it was before somebody acted; None if it began at the beginning."""
    step: int = 0
    """How many rows it shares with its parent."""
    time: Time = 0
    """When it parted from it."""
    says: str = OPENED
    """What was done.  It is fit for a terminal."""


class Branches:
    """All branches of a session, and the one that is looked at."""

    def __init__(self, run: Run, source: Source | None = None) -> None:
        self._all = [Branch(1, run, source)]
        self.current = self._all[0]

    def __iter__(self) -> Iterator[Branch]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def take(self, branch: Branch) -> None:
        """Look at another one."""
        self.current = branch

    def act(self, command: Command, step: int, time: Time, *, seen: bool) -> int:
        """Do ``command`` after ``step`` steps, at ``time``, and look at what comes of it.

        The branch as it was stays, unless it is one that somebody began and nobody has looked
        at further: then it goes on differently.

        Args:
            command: what to do.
            step: how many rows have happened.
            time: the moment.
            seen: somebody has looked at what comes later.

        Returns:
            The number of steps after which it has taken effect.

        Raises:
            ValueError: the command does not fit; nothing has changed.
        """
        before = self.current
        run, after = before.run.branch(command, step, time)
        done = explain(run.history, run.commands[-1].step + 1).headline
        if before.parent is None or seen or step < before.step:
            self._add(Branch(0, run, before.source, before, step, time, done))
        else:
            fresh = replace(before, run=run, says=f"{before.says} {done}")
            self._all[self._all.index(before)] = self.current = fresh
        return after

    def vary(self, run: Run, source: Source | None, says: str) -> None:
        """Look at the same jobs in another way, from the beginning."""
        self._add(Branch(0, run, source, says=says))

    def undo(self) -> bool:
        """Look at what would be without the last command; False if there was none."""
        here = self.current
        commands = here.run.commands
        if not commands:
            return False
        for each in self._all:
            if each.run.scenario is here.run.scenario and each.run.commands == commands[:-1]:
                self.current = each
                return True
        run, last = here.run.without_last(), commands[-1]
        self._add(Branch(0, run, here.source, here, last.step, last.time, "Without the last act."))
        return True

    def _add(self, branch: Branch) -> None:
        self.current = replace(branch, number=len(self._all) + 1)
        self._all.append(self.current)

    def parting(self, one: Branch, other: Branch) -> tuple[int, Time]:
        """After how many steps, and when, two branches part: 0 and 0 if they share nothing."""
        first = dict(_ways(one))
        for branch, place in _ways(other):
            if branch in first:
                return min(place, first[branch])
        return (0, 0)


def _ways(branch: Branch) -> Iterator[tuple[Branch, tuple[int, Time]]]:
    """The branch and all before it, each with how far ``branch`` is the same as it."""
    place = (len(branch.run.trace), branch.run.trace.end)
    here: Branch | None = branch
    while here is not None:
        yield here, place
        place = min(place, (here.step, here.time))
        here = here.parent
