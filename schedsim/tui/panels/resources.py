"""How locks, queues, pools, events ... stand now, and who waits for them: rows of the now panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from rich.cells import cell_len
from textual.content import Content

from schedsim.plain import plain
from schedsim.state import Resource
from schedsim.tui.moment import Moment
from schedsim.tui.paint import MUTED, STRONG, Part, Row, Worth, fit
from schedsim.tui.panels.rows import Rows

MOST = 3
"""So many are shown even while nobody uses them."""
_BESIDE = 21
"""Columns that are left beside a name that is longer than others."""


def resource_labels(moment: Moment) -> list[str]:
    """What the rows are called."""
    return [f"{kind} {plain(name, 40)}" for kind, name in moment.run.trace.resources]


def resources(rows: Rows) -> list[Row]:
    """How each stands, and who waits for it; of many, only those in use."""
    state, known = rows.moment.state, rows.moment.run.trace.resources
    found = []
    for number, label in enumerate(resource_labels(rows.moment)):
        kind = known[number].kind
        one = state.resources.get(number) or Resource()
        if not (one.holder or one.value or one.waiters) and len(known) > MOST:
            continue
        worth = Worth.USUAL if one.holder or one.value else Worth.EMPTY
        if one.waiters:
            worth = Worth.ALARM if kind in ("lock", "semaphore") else Worth.USUAL
        found.append(Row(_resource(*_with_label(rows, label, _idle(one, kind)), one, kind), worth))
    return found


def _with_label(rows: Rows, label: str, idle: str) -> tuple[Rows, str]:
    """A name that is a little too long for its column is shown in full, beyond it.

    Where nobody is beside it, only ``idle`` has to have room there.
    """
    beside = cell_len(idle) + 1 if idle else _BESIDE
    label = fit(label, max(rows.label - 1, rows.width - beside))
    return replace(rows, label=max(rows.label, cell_len(label) + 1)), label


def _resource(rows: Rows, label: str, one: Resource, kind: str) -> Content:
    def member(who: int) -> list[Part]:
        if not who:
            return [(_VALUES[kind](one.value), STRONG if one.value else MUTED)]
        if who == one.holder:
            says = " took it" if who == rows.moves.took else " holds it"
            return [*rows.holds(who), (says, STRONG)]
        since = rows.moment.since(one.waiters[who])
        return [*rows.seat(who), (f" waits {since}", "$waits")]

    value = [0] if kind in _VALUES else []
    members = [*value, *([one.holder] if one.holder else []), *one.waiters]
    return rows.series(label, members, member, _idle(one, kind) if not members else "-")


def _idle(one: Resource, kind: str) -> str:
    """All there is to say of one that nobody has or waits for; empty if somebody does."""
    if one.holder or one.waiters:
        return ""
    if kind in _VALUES:
        return _VALUES[kind](one.value)
    return "free" if kind == "lock" else "nobody waits"


_VALUES: Mapping[str, Callable[[int], str]] = {
    "queue": lambda value: f"{value} in it" if value else "empty",
    "semaphore": lambda value: f"{value} left",
    "event": lambda value: "set" if value else "not set",
    "pipe": lambda value: f"{value} in it" if value else "empty",
    "socket": lambda value: f"{value} in it" if value else "empty",
    "pool": lambda value: (
        f"{value} job{'s' if value > 1 else ''} waiting" if value else "none waits"
    ),
}
"""What the value of a resource means; of other kinds it is not shown."""
