"""How many are suspended at once, and how much memory that keeps, by what was measured.

A thread that is blocked keeps its stack, a task that is suspended what its style keeps: see
:mod:`schedsim.presets`.  A thread that runs an event loop is not counted: its tasks are.
"""

from __future__ import annotations

from schedsim.presets import PRESETS, preset_of
from schedsim.trace import Role, Trace


class Suspended:
    """Who is suspended, while a trace is gone through."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.now: dict[int, int] = {}
        """Those who are, with what is kept of each, in bytes."""
        self.peak = 0
        """How many were at most."""
        self.kept = 0
        self._most = 0
        self._known: dict[int, int] = {}
        """Of whom it was looked up: how many bytes are kept."""
        self._own_process = _in_a_process_each(trace)

    def enter(self, entity: int) -> None:
        """``entity`` is suspended."""
        kept = self._known.get(entity)
        if kept is None:
            kept = self._known[entity] = self._of(entity)
        now = self.now
        now[entity] = kept
        self.kept += kept
        if len(now) > self.peak:  # noqa: PLR1730 - `max` would cost as much as all the rest
            self.peak = len(now)
        if self.kept > self._most:  # noqa: PLR1730 - the same
            self._most = self.kept

    @property
    def most_kept(self) -> int | None:
        """In bytes; None where nobody who was suspended is of a kind that was measured."""
        return self._most or None

    def leave(self, entity: int) -> None:
        """``entity`` can go on, if it was."""
        self.kept -= self.now.pop(entity, 0)

    def _of(self, entity: int) -> int:
        """How many bytes are kept of it."""
        entities = self.trace.entities
        one = entities[entity]
        if one.role is Role.TASK:
            measured = preset_of(entities[one.thread].loop, one.style)
            return measured.kept if measured else 0
        return PRESETS["process" if self._own_process else "thread"].kept


def _in_a_process_each(trace: Trace) -> bool:
    """There are several processes, and no two threads in any of them."""
    threads = [entity.process for entity in trace.entities[1:] if entity.role is Role.THREAD]
    return len(threads) > 1 and len(set(threads)) == len(threads)


def format_bytes(value: float) -> str:
    """``221 B``, ``6.0 KB``, ``1.1 MB``: thousands, as what was measured is given."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if value >= size:
            return f"{value / size:,.1f} {unit}"
    return f"{value:,.0f} B"
