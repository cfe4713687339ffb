"""A choice of the scheduler: who was chosen for a core, and over whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from schedsim.why.moment import Moment

_MOST = 3
"""Rivals that a sentence names."""


class Choice:
    """Who was chosen at a moment, for which core, and who waits on."""

    def __init__(self, m: Moment) -> None:
        self.m = m
        self.chosen = m.row.subject
        self.rivals = m.contenders(m.after, m.row.core)

    @property
    def all(self) -> list[int]:
        """The chosen one first."""
        return [self.chosen, *self.rivals]

    @property
    def has_room_elsewhere(self) -> bool:
        """A rival may have another core at this very moment: one that is idle."""
        m = self.m
        idle = [
            core
            for core in range(m.before.online)
            if core != m.row.core and not m.before.running[core]
        ]
        return any(m.may_run(rival, core) for rival in self.rivals for core in idle)

    def told(self, says: Callable[[int], str], among: Sequence[int] = ()) -> str:
        """``B 6, C 7 and 2 more``: something short about each rival, or each of some."""
        rivals = among or self.rivals
        shown = [f"{self.m.name(who)} {says(who)}" for who in rivals[:_MOST]]
        more = len(rivals) - len(shown)
        if more:
            return f"{', '.join(shown)} and {more} more"
        return " and ".join([*([", ".join(shown[:-1])] if shown[1:] else []), shown[-1]])

    def with_lenders(self, thread: int) -> list[int]:
        """``thread``, and those who wait for a lock that it holds, or that one of those holds."""
        found = [thread]
        for one in found:
            for lock in self.m.after.resources.values():
                if lock.holder == one:
                    found.extend(waiter for waiter in lock.waiters if waiter not in found)
        return found


def lent(choice: Choice, key: Callable[[int], int]) -> str:
    """That it was chosen for what a waiter for its lock lends to it, if that accounts for it.

    Args:
        choice: who was chosen.
        key: how a thread stands by itself, the smaller the better.
    """
    m = choice.m
    lenders = choice.with_lenders(choice.chosen)
    lender = min(lenders, key=key)
    if lender == choice.chosen:
        return ""
    if any(key(lender) > key(each) for t in choice.rivals for each in choice.with_lenders(t)):
        return ""
    locks = [
        number
        for number, lock in m.after.resources.items()
        if lock.holder == choice.chosen and lock.waiters
    ]
    held = " and ".join(m.resource(number) for number in locks)
    return (
        f"{m.name(choice.chosen)} holds {held}: until it lets go it stands as well as "
        f"{m.name(lender)}, which waits."
    )
