"""What a policy's parameters are, and what they are where nobody says: in time, and in ticks.

How a scenario file writes them is in :mod:`schedsim.scenario_file.policy`.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from schedsim.durations import LONGEST, Time
from schedsim.plain import nearest, plain
from schedsim.policies import POLICIES

TICKS: Mapping[str, int] = {"quantum": 1}
"""Defaults of a file that counts ticks, where the policy's own, in nanoseconds, make no sense.

One tick is the default quantum of OSTEP's ``scheduler.py``."""

LINUX_IN_TICKS: Mapping[str, int] = {
    "sched_latency": 48,
    "min_granularity": 6,
    "wakeup_granularity": 8,
    "base_slice": 3,
    "rr_quantum": 100,
    "rt_runtime": 0,
    "rt_period": 1000,
}
"""The same where a policy's own default is that of Linux: the figures of OSTEP, chapter 9."""


def parameters_of(policy: str) -> dict[str, inspect.Parameter]:
    """The parameters of a known policy, by name."""
    return dict(inspect.signature(POLICIES[policy]).parameters)


def is_time(parameter: inspect.Parameter) -> bool:
    """Whether it is a duration, or one for each of several."""
    return str(parameter.annotation).startswith("Time")


def defaults(policy: str, unit: str) -> dict[str, Any]:
    """What the parameters of a known policy are if nobody says.

    One that has no default in ``unit`` is left out.
    """
    found: dict[str, Any] = {}
    for word, parameter in parameters_of(policy).items():
        value = parameter.default
        if unit == "tick" and word in LINUX_IN_TICKS:
            value = LINUX_IN_TICKS[word]
        elif unit == "tick" and is_time(parameter) and value:
            value = TICKS.get(word, inspect.Parameter.empty)
        if value is not inspect.Parameter.empty:
            found[word] = value
    return found


def check(policy: str, parameters: Mapping[str, Any]) -> None:
    """Refuse what no machine can be given.

    Raises:
        ValueError: ``word: text``, where the word is the parameter, or ``name`` for the policy.
    """
    if policy not in POLICIES:
        raise ValueError(
            f"name: there is no policy {plain(policy, 40)!r}{nearest(policy, POLICIES)}"
        )
    known = inspect.signature(POLICIES[policy], eval_str=True).parameters
    for word, value in parameters.items():
        if word not in known:
            raise ValueError(
                f"{plain(word, 40)}: {policy} has no such parameter{nearest(word, known)}"
            )
        try:
            msgspec.convert(value, known[word].annotation, strict=True)
        except msgspec.ValidationError as error:
            says = str(error)
            raise ValueError(f"{word}: {says[:1].lower()}{says[1:]}") from None
        if is_time(parameters_of(policy)[word]) and _longest(value) > LONGEST:
            raise ValueError(f"{word}: must be at most ten years")
    try:
        POLICIES[policy](**parameters)
    except ValueError as error:
        word, _, says = str(error).partition(" ")
        raise ValueError(f"{word}: {says}" if word in known else f"name: {error}") from None


def complete(policy: str, parameters: Mapping[str, Any], unit: str) -> dict[str, Any]:
    """``parameters`` of a known policy, with the defaults for those that are not given.

    Raises:
        ValueError: as :func:`check`.
    """
    found = {**defaults(policy, unit), **parameters}
    for word in parameters_of(policy):
        if word not in found:
            raise ValueError(f"{word}: is missing, and has no default in ticks")
    check(policy, found)
    return found


def _longest(value: Any) -> int:
    values = value if isinstance(value, list) else [value]
    return max((each for each in values if each is not None), default=0)


@dataclass(slots=True)
class _Bench:
    """Nothing but a number of cores: enough for a policy to settle its own defaults."""

    cores: int
    now: Time = 0

    def draw(self, below: int) -> int:
        raise NotImplementedError  # no default hangs on chance

    def set_level(self, thread: Any, level: int, *, aged: bool = False) -> None: ...

    def boosted(self, level: int) -> None: ...

    def reconsider(self) -> None: ...


def slices(
    policy: str, parameters: Mapping[str, Any], cores: int
) -> tuple[str, Time | Sequence[Time]]:
    """The parameter that says how long a slice is, and how long that is; ``"", 0`` if none does.

    Args:
        policy: a known one.
        parameters: as far as they are given.
        cores: how many are served from one run queue.
    """
    made = POLICIES[policy](**parameters)
    made.attach(_Bench(cores))
    return (made.sliced_by, made.slices) if made.sliced_by else ("", 0)
