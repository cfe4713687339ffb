"""What the command line changes in a scenario before it is validated: ``--set machine.cores=2``.

A setting is a key and a value.  The key goes through tables by their names and through arrays of
tables by the ``name`` of an element or its number, counted from 1: ``job.ticker.count=5``,
``job[1].count=5``.  The value is TOML if it can be, and text otherwise: ``off``, ``5ms``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from schedsim.policies import POLICIES
from schedsim.policies.defaults import parameters_of
from schedsim.scenario_file.problems import Key, Problem, Problems, near, shown, shown_key

_SEGMENT = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^.\[\]="'\s]+))((?:\[\d+\])*)\s*([.=])""")


@dataclass
class Change:
    """A setting that was applied."""

    option: str
    key: Key
    made: list[Key] = field(default_factory=list)
    """Tables that did not exist before."""


class _Misfit(Exception):
    """A setting that cannot be applied."""


def apply(
    tables: dict[str, Any], settings: Sequence[str], model: str, problems: Problems
) -> list[Change]:
    """Change ``tables`` as told; what cannot be applied goes to ``problems``."""
    changes: list[Change] = []
    for setting in settings:
        option = f"--set {setting}"
        try:
            segments, text = _split(setting)
            changes.append(_put(tables, segments, _value(text), option))
        except _Misfit as misfit:
            problems.options.append(Problem(problems.source, str(misfit), option=option))
    if model:
        changes.append(_put(tables, ["model"], model, f"--model {model}"))
    _forget_quantum(tables, changes)
    return changes


def origins(changes: Sequence[Change]) -> dict[Key, str]:
    """Which option each changed key is from."""
    found: dict[Key, str] = {}
    for change in changes:
        found.update(dict.fromkeys([*change.made, change.key], change.option))
    return found


def _forget_quantum(tables: dict[str, Any], changes: Sequence[Change]) -> None:
    """A quantum from the file is of no use to a policy from the command line that has none."""
    set_now = {change.key for change in changes}
    machine = tables.get("machine")
    if not isinstance(machine, dict) or ("machine", "quantum") in set_now:
        return
    policy = machine.get("policy")
    if ("machine", "policy", "name") in set_now and isinstance(policy, dict):
        policy = policy.get("name")
    elif ("machine", "policy") not in set_now:
        return
    if isinstance(policy, str) and policy in POLICIES and "quantum" not in parameters_of(policy):
        machine.pop("quantum", None)


def _split(setting: str) -> tuple[list[str | int], str]:
    """The segments of the key, and the text of the value."""
    segments: list[str | int] = []
    place = 0
    while True:
        found = _SEGMENT.match(setting, place)
        if found is None:
            raise _Misfit("write KEY=VALUE, such as machine.cores=2 or job.ticker.count=5")
        segments.append(next(word for word in found.group(1, 2, 3) if word is not None))
        segments += [int(number) for number in re.findall(r"\d{1,9}", found[4])]
        place = found.end()
        if found[5] == "=":
            return segments, setting[place:]


def _value(text: str) -> Any:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _Misfit("the value is not Unicode text") from None
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text.strip()
    return parsed["value"] if len(parsed) == 1 else text.strip()


def _put(tables: dict[str, Any], segments: Sequence[str | int], value: Any, option: str) -> Change:
    change = Change(option, ())
    here: Any = tables
    for number, segment in enumerate(segments):
        is_last = number == len(segments) - 1
        if isinstance(here, list):
            index = _index(here, segment, change.key)
            change.key = (*change.key, index)
            if is_last:
                here[index] = value
            here = here[index]
            continue
        if not isinstance(here, dict) or isinstance(segment, int):
            what = "a list" if isinstance(segment, int) else "a table"
            raise _Misfit(f"{shown_key(change.key)} is not {what}, it is {shown(here)}")
        change.key = (*change.key, segment)
        if is_last:
            here[segment] = value
            break
        if change.key == ("machine", "policy") and isinstance(here.get(segment), str):
            here[segment] = {"name": here[segment]}
        if segment not in here:
            here[segment] = {}
            change.made.append(change.key)
        here = here[segment]
    return change


def _index(elements: list[Any], segment: str | int, key: Key) -> int:
    if isinstance(segment, int):
        if not 1 <= segment <= len(elements):
            raise _Misfit(f"{shown_key(key)} has {len(elements)} elements, counted from 1")
        return segment - 1
    names = [element.get("name") if isinstance(element, dict) else None for element in elements]
    if segment not in names:
        hint = near(segment, [name for name in names if isinstance(name, str)])
        raise _Misfit(f"no {shown_key(key)} is named {shown(segment)}{hint}")
    return names.index(segment)
