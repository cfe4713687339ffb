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
from schedsim.run import Part, Run
from schedsim.source import Source
from schedsim.why import explain

OPENED = "as it was opened"

MOST = 50
"""How many branches a session keeps: more cannot be told apart."""
ROWS_KEPT = 1_000_000
"""Rows of branches that nobody looks at: some 100 MB with all that is known of them."""
_SOON = 20_000
"""Rows that are executed again in the twinkling of an eye."""


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A run, and how it came about."""

    number: int
    """From 1, in the order in which they began."""
    run: Run
    source: Source | None = None
    """Where its scenario came from; None if it was made by hand, so that nothing can be saved."""
    parent: Branch | None = None
    """What was looked at when it began; None if it is the one that was opened."""
    step: int = 0
    """How many rows it shares with its parent."""
    time: Time = 0
    """When it parted from it."""
    says: str = OPENED
    """What was done.  It is fit for a terminal."""

    @property
    def varies(self) -> bool:
        """It is the parent's scenario looked at in another way, from the beginning."""
        return self.parent is not None and self.run.scenario is not self.parent.run.scenario


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
        self._let_go()

    def acting(self, command: Command, step: int, time: Time, *, seen: bool) -> Part[int]:
        """Do ``command`` after ``step`` steps, at ``time``, and look at what comes of it.

        The branch as it was stays, unless it is one that somebody began and nobody has looked
        at further: then it goes on differently.  It is done in parts; until the last nothing has
        changed.

        Args:
            command: what to do.
            step: how many rows have happened.
            time: the moment.
            seen: somebody has looked at what comes later.

        Returns:
            The number of steps after which it has taken effect.

        Raises:
            ValueError: the command does not fit, or there are too many branches; nothing has
                changed.
        """
        before = self.current
        first = before.parent is None or before.varies or not before.run.commands
        stays = first or seen or step < before.step or self._has_children(before)
        if stays:
            self._make_room()
        run, after = yield from before.run.branching(command, step, time)
        if self.current is not before:
            raise ValueError("you went to another branch before it was done")
        done = explain(run.history, run.commands[-1].step + 1).headline  # what follows is its doing
        if stays:
            self._add(Branch(0, run, before.source, before, step, time, done))
        else:
            fresh = replace(before, run=run, says=f"{before.says} {done}")
            self._all[self._all.index(before)] = self.current = fresh
        return after

    def vary(self, run: Run, source: Source | None, says: str) -> None:
        """Look at the same jobs in another way, from the beginning.

        Raises:
            ValueError: there are too many branches.
        """
        self._make_room()
        self._add(Branch(0, run, source, self.current, says=says))

    def undo(self) -> bool:
        """Look at what would be without the last command; False if there was none.

        What was looked at in another way, and nothing done to it, is looked at as before.

        Raises:
            ValueError: there are too many branches.
        """
        here = self.current
        commands = here.run.commands
        if not commands:
            if here.parent is None or not here.varies:
                return False
            self.take(here.parent)
            return True
        for each in self._all:
            if each.run.scenario is here.run.scenario and each.run.commands == commands[:-1]:
                self.take(each)
                return True
        self._make_room()
        run, last = here.run.without_last(), commands[-1]
        says = f"without this: {self.last_done(here)}"
        self._add(Branch(0, run, here.source, here, last.step, last.time, says))
        return True

    @staticmethod
    def last_done(branch: Branch) -> str:
        """The last thing that was done in ``branch``, in a sentence; empty if nothing was."""
        run = branch.run
        return explain(run.history, run.commands[-1].step + 1).headline if run.commands else ""

    def drop(self, branch: Branch) -> None:
        """Forget a branch for good; the others keep their order and are counted anew.

        Raises:
            ValueError: it is needed.
        """
        if branch is self._all[0]:
            raise ValueError("the first branch is what was opened: it stays")
        if branch is self.current:
            raise ValueError(f"branch {branch.number} is the one you look at")
        if self._has_children(branch):
            raise ValueError(f"others began from branch {branch.number}")
        self._all.remove(branch)
        for index in range(branch.number - 1, len(self._all)):
            self._replace(self._all[index], replace(self._all[index], number=index + 1))

    def _has_children(self, branch: Branch) -> bool:
        return any(each.parent is branch for each in self._all)

    def _replace(self, old: Branch, new: Branch) -> None:
        """Put ``new`` in the place of ``old``, also for those that began from it."""
        self._all[self._all.index(old)] = new
        if self.current is old:
            self.current = new
        for each in list(self._all):
            if each.parent is old:
                self._replace(each, replace(each, parent=new))

    def _make_room(self) -> None:
        if len(self._all) >= MOST:
            raise ValueError(f"a session keeps at most {MOST} branches: delete one in their list")

    def _add(self, branch: Branch) -> None:
        self._all.append(replace(branch, number=len(self._all) + 1))
        self.take(self._all[-1])

    def _let_go(self) -> None:
        """Forget the rows of long branches that nobody looks at, if they are soon there again."""
        others = [each.run for each in self._all if each is not self.current]
        rows = sum(len(run.trace) for run in others)
        for run in sorted(others, key=lambda run: -len(run.trace)):
            if rows <= ROWS_KEPT:
                return
            if not run.commands or run.commands[-1].step <= _SOON:
                rows -= len(run.trace)
                run.forget()
                rows += len(run.trace)
