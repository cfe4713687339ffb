"""The rows of the table: what is compared with what, and what is good enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from schedsim.bench import looking
from schedsim.bench.cases import FEW, MANY, SLEEPING, YIELDING, of
from schedsim.bench.decisions import POLICIES

Told = Literal["ratio", "difference", "itself"]


@dataclass(frozen=True, slots=True)
class Row:
    """How many times as much one case takes as another, or how much more, or how much."""

    name: str
    case: str
    other: str = ""
    """The case that it is compared with."""
    at_least: float | None = None
    at_most: float | None = None
    told: Told = "ratio"

    @property
    def cases(self) -> tuple[str, ...]:
        """All that has to be measured for it."""
        return (self.case, self.other) if self.other else (self.case,)

    @property
    def goal(self) -> str:
        """The goal in words; nothing for a figure that is only told."""
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return "" if self.at_most is None else f"<= {self.at_most:g}"

    def value(self, costs: Mapping[str, float]) -> float:
        """What the row tells, of what each case costs."""
        if self.told == "itself":
            return costs[self.case]
        if self.told == "difference":
            return costs[self.case] - costs[self.other]
        return costs[self.case] / costs[self.other]

    def met(self, value: float) -> bool | None:
        """Whether ``value`` meets the goal; None where there is none."""
        if self.at_least is not None:
            return value >= self.at_least
        return None if self.at_most is None else value <= self.at_most


def _faster(name: str, than: str, case: str, at_least: float | None) -> Row:
    return Row(name, than, case, at_least=at_least)


ROWS: tuple[Row, ...] = (
    _faster("round robin: speed against SimPy with interrupts", "SimPy interrupts", "switches", 20),
    _faster("round robin: speed against SimPy with Resource", "SimPy Resource", "switches", 6),
    _faster("round robin: speed against SimPy's best, by hand", "SimPy by hand", "switches", 1.5),
    _faster("round robin: speed against a bare heap and deque", "bare loop", "switches", 0.6),
    Row(
        "round robin under 10 GILs: cost to without", "switches under GILs", "switches", at_most=1.8
    ),
    Row(
        "round robin: cost with 10,000 threads to 10",
        "switches, 10,000 threads",
        "switches, 10 threads",
        at_most=2,
    ),
    *(
        _faster(
            f"sleep(0), {tasks:,} tasks: speed against {peer}",
            of(f"{peer} sleep(0)", tasks),
            of("sleep(0)", tasks),
            goal,
        )
        for peer, goal in (("asyncio", 3.5), ("uvloop", 1.8))
        for tasks in YIELDING
    ),
    *(
        _faster(
            f"sleep(1ms), {tasks:,} tasks: speed against {peer.split(maxsplit=1)[0]}",
            of(peer, tasks),
            of("sleep(1ms)", tasks),
            goal,
        )
        for peer, goal in (("SimPy timeout", 2), ("looptime sleep(1ms)", 5))
        for tasks in SLEEPING
    ),
    *(
        Row(
            f"{sleep}: cost with {tasks:,} tasks to 10",
            of(sleep, tasks),
            of(sleep, FEW),
            at_most=2,
        )
        for sleep in ("sleep(0)", "sleep(1ms)")
        for tasks in YIELDING[-2:]
    ),
    Row(
        "sleep(1ms): cost of live tasks to steps",
        of("live sleep(1ms)", 1_000),
        of("sleep(1ms)", 1_000),
    ),
    _faster("M/M/4, customers are spawned: speed against SimPy", "SimPy customers", "customers", 2),
    _faster("periodic jobs under EDF: speed against SimSo", "SimSo EDF jobs", "EDF jobs", 30),
    Row("bytes of a suspended live task", "bytes of a live task", at_most=350, told="itself"),
    Row(
        "bytes of a suspended task in steps",
        "bytes of a task in steps",
        at_most=150,
        told="itself",
    ),
    Row("bytes of its name in the trace", "bytes of an entity", told="itself"),
    Row("bytes of a row of the trace", "bytes of a row", at_most=24, told="itself"),
    Row("bytes of a row with room to grow", "allocated bytes of a row", told="itself"),
    Row(
        "bytes of a row of the trace in its store",
        "store: bytes of a row",
        at_most=3,
        told="itself",
    ),
    _faster("trace store: speed of reading against executing", "store: execute", "store: read", 1),
    Row("trace store: cost of writing to executing", "store: write", "store: execute"),
    Row("trace store: without states in it", "store: write without states", "store: execute"),
    Row("trace store: ms to any moment, p99", "store: seek in file", at_most=10, told="itself"),
    Row(
        "trace store: ms to any moment of 10 million rows, p99",
        "store: seek in file, 10 million rows",
        at_most=10,
        told="itself",
    ),
    Row(
        "10,000 threads in memory: ms to any moment, p99",
        "store: seek in memory",
        at_most=2,
        told="itself",
    ),
    Row(
        "schedsim run, ms more than python -c pass",
        "schedsim run",
        "python -c pass",
        at_most=120,
        told="difference",
    ),
    *(
        Row(
            f"metrics, findings, ns a row: {kind}, {rows:,} rows",
            of(f"looking at {kind}", rows, "rows"),
            at_most=looking.MOST_NS,
            told="itself",
        )
        for kind in looking.SCENARIOS
        for rows in (looking.ROWS, looking.ALL_ROWS)
    ),
    *(
        Row(
            f"{policy}: cost of a switch, {many:,} threads to {FEW}",
            of(policy, many, "threads"),
            of(policy, FEW, "threads"),
            at_most=growth.at_most,
        )
        for policy, growth in POLICIES.items()
        for many in MANY
    ),
)
