"""One table, key by key, against its shape: what is right is taken, what is wrong is told."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from schedsim.durations import Time, parse_duration, parse_ticks
from schedsim.scenario_file.problems import Key, Problems, near, shown
from schedsim.scenario_file.shapes import HOMES, Shape
from schedsim.scenario_file.values import Duration

T = TypeVar("T", bound=Shape)

ALSO_CALLED = {
    "id": "name",
    "offset": "arrival",
    "length": "wcet",
    "burst": "wcet",
    "runtime": "wcet",
    "slice": "request",
}
"""What keys are called elsewhere, for messages."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that is being read."""

    problems: Problems
    unit: str

    def duration(self, value: object) -> Time:
        """A duration as this file writes it.

        Raises:
            ValueError: it is none.
        """
        if self.unit == "tick":
            if isinstance(value, str):
                raise ValueError(
                    f'durations are whole numbers in a file with unit = "tick", got {shown(value)}'
                )
            return parse_ticks(value)
        if value == 0 and not isinstance(value, bool):
            return 0  # no time at all is the same in every unit
        if not isinstance(value, str):
            raise ValueError(f'expected a duration in quotes such as "5ms", got {shown(value)}')
        return parse_duration(value)

    def table(self, shape: type[T], table: Mapping[str, object], key: Key) -> T:
        """Read ``table``.  Keys with mistakes are reported and get the default of the shape."""
        fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
        good: dict[str, Any] = {}
        for name, value in table.items():
            if name not in fields:
                self._unknown(shape, name, (*key, name))
                continue
            try:
                good[fields[name].name] = self.value(fields[name].type, value)
            except ValueError as error:
                self.problems.add((*key, name), str(error))
        for name in shape.required:
            if name not in table:
                self.problems.add(key, f"{shown(name)} is missing")
        return shape(**good)

    def tables(self, value: object, key: Key) -> list[tuple[Key, dict[str, Any]]]:
        """The tables of an array of tables, each with its key."""
        found: list[tuple[Key, dict[str, Any]]] = []
        assert isinstance(value, list), "its shape says so"
        for index, element in enumerate(value):
            if isinstance(element, dict):
                found.append(((*key, index), element))
            else:
                self.problems.add((*key, index), f"expected a table, got {shown(element)}")
        return found

    def value(self, kind: Any, value: object) -> Any:
        """``value`` as a ``kind``.

        Raises:
            ValueError: it is none; the message says what was expected, and the nearest choice.
        """
        if Duration in _alternatives(kind):
            return Duration(self.duration(value))
        try:
            return msgspec.convert(value, kind)
        except ValueError:  # also msgspec's own ValidationError
            says = f"expected {_expected(kind)}, got {shown(value)}"
            choices = [word for word in _choices(kind) if isinstance(word, str)]
            if isinstance(value, str) and choices:
                says += near(value, choices)
            raise ValueError(says) from None

    def _unknown(self, shape: type[Shape], name: str, key: Key) -> None:
        known = _names(shape)
        meant = ALSO_CALLED.get(name, "")
        if meant in known:
            self.problems.add(key, f"unknown key {shown(name)}: did you mean {shown(meant)}?")
            return
        elsewhere = any(name in _names(home) for home in HOMES.values())
        if elsewhere or not near(name, known).startswith(": did"):
            for where, home in HOMES.items():
                if name in _names(home):
                    self.problems.add(key, f"unknown key here: {shown(name)} belongs {where}")
                    return
        self.problems.choose(key, name, known, "key")


def _names(shape: type[Shape]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(shape)]


def _alternatives(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) in (Union, types.UnionType):
        return get_args(kind)
    return (kind,)


def _choices(kind: Any) -> tuple[Any, ...]:
    """The words that ``kind`` allows, if it is one of few."""
    found: tuple[Any, ...] = ()
    for one in _alternatives(kind):
        if get_origin(one) is Literal:
            found += get_args(one)
    return found


_WORDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "text",
    list[int]: "whole numbers in [ ]",
    types.NoneType: "",
}


def _expected(kind: Any) -> str:
    """What ``kind`` is, in words."""
    for one in _alternatives(kind):
        if get_origin(one) is Annotated:
            return str(one.__metadata__[0].description)
    choices = _choices(kind)
    if choices:
        return " or ".join(map(shown, choices))
    words = [_WORDS.get(one, f"a value of the type {one}") for one in _alternatives(kind)]
    return " or ".join(word for word in words if word)
