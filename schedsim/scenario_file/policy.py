"""The scheduling policy of ``[machine]``: a name, or a table with its parameters.

The keyword parameters of the policy's class are its grammar.
"""

from __future__ import annotations

import inspect
from typing import Any

from schedsim.policies import POLICIES
from schedsim.policies.defaults import LINUX_IN_TICKS, defaults, is_time, parameters_of
from schedsim.scenario import MachineSpec
from schedsim.scenario_file.fields import Reading
from schedsim.scenario_file.problems import Key, near, shown
from schedsim.scenario_file.shapes import MachineTable

ALSO_CALLED = {
    "fcfs": "fifo",
    "rr": "round_robin",
    "roundrobin": "round_robin",
    "spn": "sjf",
    "srtf": "stcf",
    "srt": "stcf",
    "rm": "rate_monotonic",
    "rms": "rate_monotonic",
}
"""What policies are called elsewhere, for messages: a scenario has one name for each."""

_POLICY: Key = ("machine", "policy")
_QUANTUM: Key = ("machine", "quantum")


def read_policy(machine: MachineTable, reading: Reading) -> tuple[str, dict[str, Any]]:
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
        problems.add((*_POLICY, "name") if given else _POLICY, _unknown(str(name)))
        return MachineSpec().policy, {}
    if machine.quantum is not None:
        if "quantum" in given:
            problems.add(_QUANTUM, "the quantum is given twice: here and in policy")
        elif "quantum" not in parameters_of(name):
            problems.add(_QUANTUM, f"the policy {shown(name)} has no quantum")
        else:
            given["quantum"] = (_QUANTUM, machine.quantum)
    return name, _read_parameters(name, given, reading)


def _unknown(name: str) -> str:
    """Which policy was meant, if it can be told; else which there are."""
    meant = ALSO_CALLED.get(name.lower(), name.lower())
    says = f"unknown policy {shown(name)}"
    if meant in POLICIES:
        return f"{says}: did you mean {shown(meant)}?"
    return says + (near(name, POLICIES) or f": choose one of {', '.join(POLICIES)}")


def _read_parameters(
    policy: str, given: dict[str, tuple[Key, Any]], reading: Reading
) -> dict[str, Any]:
    problems = reading.problems
    known = parameters_of(policy)
    kinds = inspect.signature(POLICIES[policy], eval_str=True).parameters
    values: dict[str, Any] = {}
    in_ticks = defaults(policy, "tick")
    before = len(problems.found)
    for word, (key, value) in given.items():
        if word not in known:
            problems.choose(key, word, known, f"parameter of {policy}")
            continue
        try:
            values[word] = _value(known[word], kinds[word].annotation, value, reading)
        except ValueError as error:
            problems.add(key, str(error))
    for word, parameter in known.items():
        if word in given:
            continue
        if parameter.default is inspect.Parameter.empty:
            problems.add(_POLICY, f"{shown(word)} of the policy {shown(policy)} is missing")
        elif reading.unit == "tick" and (word in LINUX_IN_TICKS or is_time(parameter)):
            values[word] = in_ticks.get(word)
            if word not in in_ticks:
                problems.add(_POLICY, f"{shown(word)} is missing: it has no default in ticks")
    if len(problems.found) == before:
        _try(policy, values, given, reading)
    return values


def _value(parameter: inspect.Parameter, kind: Any, value: object, reading: Reading) -> Any:
    """``value`` as the annotation of ``parameter`` has it, which evaluates to ``kind``.

    Raises:
        ValueError: it does not fit.
    """
    annotation = str(parameter.annotation)
    if "list[Time]" in annotation and isinstance(value, list):
        return [reading.duration(each) for each in value]
    if annotation.startswith("Time"):
        return reading.duration(value)
    return reading.value(kind, value)


def _try(
    policy: str, values: dict[str, Any], given: dict[str, tuple[Key, Any]], reading: Reading
) -> None:
    """Let the policy itself refuse what it does not like; its message opens with the parameter."""
    try:
        POLICIES[policy](**values)
    except ValueError as error:
        says = str(error)
        word = says.partition(" ")[0]
        key, value = given.get(word, (_POLICY, values.get(word, policy)))
        reading.problems.add(key, says if ", got " in says else f"{says}, got {shown(value)}")
