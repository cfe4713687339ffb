"""The tables ``[machine]`` and ``[python]``: cores, the scheduling policy, the GIL."""

from __future__ import annotations

import inspect
from typing import Any

from schedsim.durations import Time
from schedsim.policies import POLICIES
from schedsim.scenario import MachineSpec, PythonSpec
from schedsim.scenario_file.fields import Reading
from schedsim.scenario_file.problems import Key, shown
from schedsim.scenario_file.shapes import MachineTable, PythonTable

TICKS = {"quantum": 1}
"""Defaults of a file that counts ticks, where the policy's own, in nanoseconds, make no sense.

One tick is the default quantum of OSTEP's ``scheduler.py``."""

SWITCH_INTERVAL_IN_TICKS: Time = 5
"""The default of a file that counts ticks: CPython's 5 ms, with a millisecond for a tick."""

_POLICY: Key = ("machine", "policy")
_QUANTUM: Key = ("machine", "quantum")


def read_machine(table: dict[str, object], reading: Reading) -> MachineSpec:
    """``[machine]``: one core and round robin by default."""
    machine = reading.table(MachineTable, table, ("machine",))
    policy, parameters = _read_policy(machine, reading)
    return MachineSpec(machine.cores, policy, parameters, int(machine.switch_cost))


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
            if known[word].annotation == "Time":
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
        elif reading.unit == "tick" and parameter.annotation == "Time" and parameter.default:
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
