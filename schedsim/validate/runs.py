"""Small runs of threads under a GIL, and what is read from their traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median
from typing import Final

from schedsim.durations import Time
from schedsim.programs.steps import Repeat, Step
from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario
from schedsim.simulation import Simulation
from schedsim.trace import Kind, Reason, Trace
from schedsim.traps import BOUNDLESS, COMPUTE, MARK, SLEEP, Op

US: Final[Time] = 1_000
MS: Final[Time] = 1_000_000
SECOND: Final[Time] = 1_000_000_000

PROBE: Final = "probe"
"""The thread whose waits for the GIL are measured."""


def op(trap: int, argument: Time, text: str = "") -> Op:
    """A step."""
    return Op((trap, argument), text or f"{trap} {argument}")


def cpu_bound(count: int, length: Time = BOUNDLESS >> 8) -> Job:
    """Threads that only compute."""
    return Job("hog", (op(COMPUTE, length, "compute"),), count=count)


def probe(gaps: Sequence[Time]) -> Job:
    """A thread that sleeps now longer, now shorter, and then wants the GIL for an instant."""
    body: list[Step] = []
    for gap in gaps:
        body += [op(SLEEP, gap, "sleep"), Op((MARK, "back"), "mark back")]
    return Job(PROBE, (Repeat(tuple(body), None),))


def uneven(low: Time, high: Time, count: int = 97) -> list[Time]:
    """Times between two bounds in no order, and the same in every run."""
    state, found = 1, []
    for _ in range(count):
        state = state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407 & (1 << 64) - 1
        found.append(low + (state >> 33) % (high - low + 1))
    return found


def play(
    *jobs: Job,
    cores: int = 2,
    policy: str = "round_robin",
    wake_latency: Time = 0,
    python: PythonSpec | None = None,
    until: Time | None = None,
    seed: int = 0,
) -> Trace:
    """Jobs as threads of one process."""
    scenario = Scenario(
        "validate",
        machine=MachineSpec(cores, policy, wake_latency=wake_latency),
        python=python or PythonSpec(),
        jobs=jobs,
    )
    simulation = Simulation(scenario, seed)
    simulation.run(until)
    return simulation.trace


@dataclass(frozen=True, slots=True)
class Holds:
    """Who had the GIL, one after the other, and from when on."""

    who: tuple[int, ...]
    since: tuple[Time, ...]

    @classmethod
    def of(cls, trace: Trace, skip: int = 0) -> Holds:
        """Of all threads, without the first few; taking it again at once is no new hold."""
        rows = [row for row in trace.rows() if row.kind is Kind.GIL_TAKE]
        taken = [row for n, row in enumerate(rows) if n == 0 or row.subject != rows[n - 1].subject][
            skip:
        ]
        return cls(tuple(row.subject for row in taken), tuple(row.time for row in taken))

    @property
    def length(self) -> Time:
        """How long a hold is, at the median."""
        return round(median(b - a for a, b in pairwise(self.since)))

    @property
    def back_and_forth(self) -> float:
        """How often the one before the present holder is the next."""
        who = self.who
        return fmean(
            after == before for before, _, after in zip(who, who[1:], who[2:], strict=False)
        )

    def in_turn(self, threads: int) -> float:
        """How often the next is whoever has not had it for longest."""
        who = self.who
        turns = range(threads, len(who))
        return fmean(len({*who[n - threads + 1 : n + 1]}) == threads for n in turns)

    @property
    def waits(self) -> list[Time]:
        """Between two holds of the same thread, ascending."""
        last: dict[int, Time] = {}
        found = []
        for n, (who, since) in enumerate(zip(self.who, self.since, strict=True)):
            if who in last:
                found.append(since - last[who])
            if n + 1 < len(self.since):
                last[who] = self.since[n + 1]
        return sorted(found)


def latencies(trace: Trace) -> list[Time]:
    """From waking up to running Python again, of the probe, ascending."""
    found = []
    woke: Time = 0
    for row in trace.rows():
        if trace.entities[row.subject].name == PROBE:
            if row.kind is Kind.WAKE and row.reason is Reason.TIMER:
                woke = row.time
            elif row.kind is Kind.MARK:
                found.append(row.time - woke)
    return sorted(found)


def at(values: Sequence[Time], share: float) -> float:
    """A percentile of sorted times, in milliseconds."""
    return values[min(len(values) - 1, int(share * len(values)))] / MS
