"""What some keys of a job make of its steps: an I/O pattern, a period."""

from __future__ import annotations

from collections.abc import Sequence

from schedsim.durations import Time, format_duration
from schedsim.programs.steps import Repeat, Step
from schedsim.traps import COMPUTE, IO, PERIOD, Op


def computing(steps: Sequence[Step]) -> Time | None:
    """How much steps compute that do nothing else and end; None if they do."""
    total = 0
    for step in steps:
        if isinstance(step, Repeat):
            inner = computing(step.do)
            if inner is None or step.times is None:
                return None
            total += inner * step.times
        elif isinstance(step, Op) and step.trap[0] == COMPUTE:
            total += step.trap[1]
        else:
            return None
    return total


def compute(length: Time, unit: str) -> tuple[Step, ...]:
    """Steps that compute for ``length``."""
    return (Op((COMPUTE, length), f"compute {_text(length, unit)}"),)


def with_io(total: Time, every: Time, time: Time, unit: str) -> tuple[Step, ...]:
    """Steps that compute ``total``, with I/O after ``every`` of it while anything is left."""
    times, rest = divmod(total - 1, every)
    steps: list[Step] = []
    if times:
        burst = (*compute(every, unit), Op((IO, time), f"io {_text(time, unit)}"))
        steps.append(Repeat(burst, times))
    return (*steps, *compute(rest + 1, unit))


def periodic(steps: tuple[Step, ...], period: Time, unit: str) -> tuple[Step, ...]:
    """``steps`` again and again, once a period."""
    wait = Op((PERIOD, period), f"wait for the next period of {_text(period, unit)}")
    return (Repeat((*steps, wait), None),)


def endless(steps: Sequence[Step]) -> bool:
    """Whether some of it is repeated for ever."""
    repeats = [step for step in steps if isinstance(step, Repeat)]
    return any(repeat.times is None or endless(repeat.do) for repeat in repeats)


def _text(length: Time, unit: str) -> str:
    return str(length) if unit == "tick" else format_duration(length, unit).replace(" ", "")
