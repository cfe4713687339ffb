"""What is compared with what, and what is good enough."""

from __future__ import annotations

from dataclasses import dataclass

from schedsim.bench.cases import FEW, MANY, POLICIES, among


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as long one case takes as another."""

    name: str
    slower: str
    faster: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def goal(self) -> str:
        """The goal in words; nothing for a figure that is only told."""
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return "" if self.at_most is None else f"<= {self.at_most:g}"

    def met(self, value: float) -> bool | None:
        """Whether ``value`` meets the goal; None where there is none."""
        if self.at_least is not None:
            return value >= self.at_least
        return None if self.at_most is None else value <= self.at_most


RATIOS: tuple[Ratio, ...] = (
    Ratio("round robin: speed against SimPy with Resource", "SimPy Resource", "our switches", 4),
    Ratio("round robin: speed against SimPy's best, by hand", "SimPy by hand", "our switches", 1),
    Ratio("round robin: speed against SimPy with interrupts", "SimPy interrupt", "our switches"),
    Ratio("round robin: speed against a bare heap and deque", "bare loop", "our switches"),
    Ratio("sleep(0), 1,000 tasks: speed against asyncio", "asyncio", "our yields", 2),
    Ratio("sleep(0), 1,000 tasks: speed against uvloop", "uvloop", "our yields"),
    Ratio("sleep(1), 1,000 tasks: speed against SimPy", "SimPy timeouts", "our sleeps"),
    Ratio(
        "cost of a switch: 10,000 threads to 10",
        "our switches, 10,000 threads",
        "our switches, 10 threads",
        at_most=2,
    ),
    Ratio(
        "cost of a step: 100,000 tasks to 10",
        "our yields, 100,000 tasks",
        "our yields, 10 tasks",
        at_most=2,
    ),
    Ratio(
        "cost of a sleep: 100,000 tasks to 10",
        "our sleeps, 100,000 tasks",
        "our sleeps, 10 tasks",
        at_most=2,
    ),
    Ratio("sleep(1), 1,000 tasks: live tasks to flat ones", "our live sleeps", "our sleeps"),
    *(
        Ratio(
            f"cost of a switch, {policy}: {MANY:,} threads to {FEW}",
            among(policy, MANY),
            among(policy, FEW),
            at_most=POLICIES[policy].at_most,
        )
        for policy in POLICIES
    ),
)
