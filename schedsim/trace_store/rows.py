"""What the rows of a trace may say: checked before anybody believes rows from a file.

Whether they fit one another shows when a state is made of them.
"""

from __future__ import annotations

from array import array
from typing import Final

from schedsim.trace import (
    CORE_MASK,
    CORE_SHIFT,
    ENTITY_MASK,
    KIND_MASK,
    KINDS,
    MOST_CORES,
    OTHER_SHIFT,
    REASON_SHIFT,
    REASONS,
    SUBJECT_SHIFT,
    Kind,
    Reason,
    Trace,
)

_ENTITIES: Final = frozenset(
    {
        *(Kind.SPAWN, Kind.WAKE, Kind.TASK_READY, Kind.CANCEL, Kind.UNLOCK),
        *(Kind.GIL_TAKE, Kind.GIL_RELEASE, Kind.GIL_REQUEST),
    }
)
"""Kinds of rows whose *other* is an entity."""
_RESOURCES: Final = frozenset({Kind.LOCK, Kind.RESOURCE})
"""Kinds of rows whose *other* is a resource."""
_NAMING: Final = frozenset({Kind.MARK, Kind.UNLOCK, Kind.COMMAND})
"""Kinds of rows whose argument names something."""
_POLICIES: Final = frozenset({Reason.POLICY, Reason.SLICES})
_MOST_FINE: Final = 500_000


class Checker:
    """Refuses rows that say what cannot be.

    Args:
        trace: what they name: entities, labels, resources, policies.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._cores = trace.cores
        """How many there have been: some may come while the machine runs."""
        self._fine: set[int] = set()
        """Codes that were looked at: most come again and again."""

    def check(self, codes: array[int], args: array[int]) -> None:
        """Look at the rows that come next.

        Raises:
            ValueError: there is such a row; the message says what it says.
        """
        different = set(codes)
        naming = {code for code in different if code & KIND_MASK in _NAMING}
        if naming:  # seldom: to look at each row costs more than to read it
            for code, arg in zip(codes, args, strict=True):
                if code in naming:
                    self._check_argument(code, arg)
        different -= self._fine
        for code in different:
            self._check_code(code)
        if len(self._fine) > _MOST_FINE:
            self._fine.clear()
        self._fine |= different

    def _check_argument(self, code: int, arg: int) -> None:
        kind, reason = code & KIND_MASK, code >> REASON_SHIFT & KIND_MASK
        if kind == Kind.MARK:
            _within(arg, len(self.trace.labels), "label")
        elif kind == Kind.UNLOCK:
            _within(arg, len(self.trace.resources), "resource")
        elif reason in _POLICIES:
            _within(arg, len(self.trace.policies), "policy")
        elif reason == Reason.CORES:
            _within(arg - 1, MOST_CORES, "core")
            self._cores = max(self._cores, arg)

    def _check_code(self, code: int) -> None:
        kind, reason = code & KIND_MASK, code >> REASON_SHIFT & KIND_MASK
        if code < 0 or not 0 < kind < len(KINDS) or reason >= len(REASONS):
            raise ValueError(f"a row of kind {kind} with reason {reason}: there is no such thing")
        _within(code >> SUBJECT_SHIFT & ENTITY_MASK, len(self.trace.entities), "entity")
        _within(code >> CORE_SHIFT & CORE_MASK, self._cores + 1, "core")
        if kind in _ENTITIES:
            _within(code >> OTHER_SHIFT, len(self.trace.entities), "entity")
        elif kind in _RESOURCES:
            _within(code >> OTHER_SHIFT, len(self.trace.resources), "resource")


def _within(number: int, known: int, what: str) -> None:
    if not 0 <= number < known:
        raise ValueError(f"a row names {what} number {number}, of {known:,}")
