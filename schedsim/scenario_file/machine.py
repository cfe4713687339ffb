"""The tables ``[machine]`` and ``[python]``: cores, the scheduling policy, the GIL."""

from __future__ import annotations

import inspect
from fractions import Fraction
from typing import Any

from schedsim.durations import Time
from schedsim.engine.pace import CacheSpec
from schedsim.policies import POLICIES
from schedsim.scenario import MachineSpec, PythonSpec
from schedsim.scenario_file.fields import Reading
from schedsim.scenario_file.problems import Key, shown
from schedsim.scenario_file.shapes import MachineTable, PythonTable

BALANCE: Time = 4_000_000
"""How often cores with queues of their own even them out: a tick of Linux at 250 Hz."""

TICKS = {"quantum": 1}
"""Defaults of a file that counts ticks, where the policy's own, in nanoseconds, make no sense.

One tick is the default quantum of OSTEP's ``scheduler.py``."""

LINUX_IN_TICKS = {
    "sched_latency": 48,
    "min_granularity": 6,
    "wakeup_granularity": 8,
    "base_slice": 3,
}
"""The same where a policy's own default is that of Linux: the figures of OSTEP, chapter 9."""

SWITCH_INTERVAL_IN_TICKS: Time = 5
"""The default of a file that counts ticks: CPython's 5 ms, with a millisecond for a tick."""

_POLICY: Key = ("machine", "policy")
_QUANTUM: Key = ("machine", "quantum")


def read_machine(table: dict[str, object], reading: Reading) -> MachineSpec:
    """``[machine]``: one core and round robin by default."""
    machine = reading.table(MachineTable, table, ("machine",))
    policy, parameters = _read_policy(machine, reading)
    own_queues = POLICIES[policy].queue_per_core
    _check_cores(machine, reading)
    return MachineSpec(
        machine.cores,
        policy,
        parameters,
        int(machine.switch_cost),
        int(machine.migration_cost),
        queue_per_core=machine.queues == "per_core"
        or (machine.queues is None and (own_queues or machine.placement != "least_loaded")),
        idle_pull=_pulls(machine, parameters),
        balance=_balance(machine, reading),
        peek_interval=int(machine.peek_interval or 0),
        peek_choices=tuple(machine.peek_choices),
        core_orders=tuple(map(tuple, machine.core_orders)),
        placement=machine.placement,
        speeds=tuple(Fraction(str(speed)) for speed in machine.speeds or ()),
        cache=_read_cache(machine, table, reading),
    )


def _pulls(machine: MachineTable, parameters: dict[str, Any]) -> bool:
    """Idle cores help themselves, but not by default where OSTEP's multi.py is followed."""
    if machine.idle_pull is not None:
        return machine.idle_pull
    return machine.peek_interval is None and not parameters.get("aligned")


def _balance(machine: MachineTable, reading: Reading) -> Time:
    if machine.balance is not None:
        return int(machine.balance)
    return 0 if reading.unit == "tick" else BALANCE


def _read_cache(
    machine: MachineTable, table: dict[str, object], reading: Reading
) -> CacheSpec | None:
    if machine.cache_size is None:
        for word in ("warmup", "rate_cold", "rate_warm"):
            if word in table:
                reading.problems.add(("machine", word), "it goes with cache_size")
        return None
    return CacheSpec(machine.cache_size, int(machine.warmup), machine.rate_cold, machine.rate_warm)


def _check_cores(machine: MachineTable, reading: Reading) -> None:
    """What names cores names cores that there are."""
    named = {
        "speeds": range(len(machine.speeds or ())),
        "peek_choices": machine.peek_choices,
        "core_orders": [core for order in machine.core_orders for core in order],
    }
    for word, cores in named.items():
        if max(cores, default=0) >= machine.cores:
            says = f"there is no core {max(cores)}: the machine has {machine.cores}"
            reading.problems.add(("machine", word), f"{says}, the first is 0")
    if any(sorted(order) != list(range(machine.cores)) for order in machine.core_orders):
        says = f"each order names each of the {machine.cores} cores once"
        reading.problems.add(("machine", "core_orders"), says)


def read_python(table: dict[str, object], reading: Reading) -> PythonSpec:
    """``[python]``: with a GIL by default, but without in ticks, as exercises know no GIL."""
    python = reading.table(PythonTable, table, ("python",))
    in_ticks = reading.unit == "tick"
    default = SWITCH_INTERVAL_IN_TICKS if in_ticks else PythonSpec().switch_interval
    gil = not in_ticks if python.gil is None else python.gil == "on"
    key: Key = ("python", "switch_interval")
    return PythonSpec(gil, positive(python.switch_interval, key, reading) or default)


def positive(value: Time | None, key: Key, reading: Reading) -> Time | None:
    """``value``, which must be longer than 0 if it is given."""
    if value == 0:
        reading.problems.add(key, "must be longer than 0")
    return None if value is None else int(value)


def parameters_of(policy: str) -> dict[str, inspect.Parameter]:
    """The parameters of a known policy, by name."""
    return dict(inspect.signature(POLICIES[policy]).parameters)


def _read_policy(machine: MachineTable, reading: Reading) -> tuple[str, dict[str, Any]]:
    """The name of the policy, and its parameters."""
    problems = reading.problems
    given: dict[str, tuple[Key, Any]] = {}
    name: Any = machine.policy
    if isinstance(name, dict):
        given = {word: ((*_POLICY, word), value) for word, value in name.items() if word != "name"}
        if "name" not in name:
            problems.add(_POLICY, "'name' is missing")
        name = name.get("name")
    elif name is not None and not isinstance(name, str):
        problems.add(_POLICY, f"expected the name of a policy or a table, got {shown(name)}")
        name = None
    if name is None:
        name = MachineSpec().policy
    if not isinstance(name, str) or name not in POLICIES:
        problems.choose((*_POLICY, "name") if given else _POLICY, str(name), POLICIES, "policy")
        return MachineSpec().policy, {}
    if machine.quantum is not None:
        if "quantum" in given:
            problems.add(_QUANTUM, "the quantum is given twice: here and in policy")
        elif "quantum" not in parameters_of(name):
            problems.add(_QUANTUM, f"the policy {shown(name)} has no quantum")
        else:
            given["quantum"] = (_QUANTUM, machine.quantum)
    return name, _read_parameters(name, given, reading)


def _read_parameters(
    policy: str, given: dict[str, tuple[Key, Any]], reading: Reading
) -> dict[str, Any]:
    problems = reading.problems
    known = parameters_of(policy)
    kinds = inspect.signature(POLICIES[policy], eval_str=True).parameters
    values: dict[str, Any] = {}
    before = len(problems.found)
    for word, (key, value) in given.items():
        if word not in known:
            problems.choose(key, word, known, f"parameter of {policy}")
            continue
        try:
            annotation = str(known[word].annotation)
            if "list[Time]" in annotation and isinstance(value, list):
                values[word] = [reading.duration(each) for each in value]
            elif annotation.startswith("Time"):
                values[word] = reading.duration(value)
            else:
                values[word] = reading.value(kinds[word].annotation, value)
        except ValueError as error:
            problems.add(key, str(error))
    for word, parameter in known.items():
        if word in given:
            continue
        if parameter.default is inspect.Parameter.empty:
            problems.add(_POLICY, f"{shown(word)} of the policy {shown(policy)} is missing")
        elif reading.unit == "tick" and word in LINUX_IN_TICKS:
            values[word] = LINUX_IN_TICKS[word]
        elif (
            reading.unit == "tick"
            and str(parameter.annotation).startswith("Time")
            and parameter.default
        ):
            if word in TICKS:
                values[word] = TICKS[word]
            else:
                problems.add(_POLICY, f"{shown(word)} is missing: it has no default in ticks")
    if len(problems.found) == before:
        _try(policy, values, given, reading)
    return values


def _try(
    policy: str, values: dict[str, Any], given: dict[str, tuple[Key, Any]], reading: Reading
) -> None:
    """Let the policy itself refuse what it does not like; its message opens with the parameter."""
    try:
        POLICIES[policy](**values)
    except ValueError as error:
        says = str(error)
        key, value = given.get(says.partition(" ")[0], (_POLICY, policy))
        reading.problems.add(key, f"{says}, got {shown(value)}")
