"""The parameters of a policy as fields of a form: what is written in them, and read from them.

Which there are is up to :mod:`schedsim.policies`; the form itself is a screen's.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from schedsim.durations import Time, format_duration, parse_duration, parse_ticks
from schedsim.policies import POLICIES
from schedsim.policies.defaults import is_time, parameters_of

Choice = tuple[str, Any]
"""What it is called, and the value."""
_BOOLEANS: tuple[Choice, ...] = (("no", False), ("yes", True))
_AS_USUAL: Choice = ("as usual", None)
_ARGUMENT = re.compile(r"^    (\w+): (.*(?:\n     +.*)*)", re.MULTILINE)

_ELSEWHERE = re.compile(r"see :class:`(\w+)`")


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter."""

    word: str
    text: str
    """Its value, as one writes it; empty for what is usual."""
    choices: tuple[Choice, ...] = ()
    """If it is one of few."""
    chosen: int = 0
    """Which of them it is."""
    unit: str = ""
    """Of its durations; empty if it is a number."""
    several: bool = False
    """It may be several values, with commas between."""

    def read(self, text: str) -> Any:
        """The value of what somebody has written; None for what is usual.

        Raises:
            ValueError: it is none.
        """
        if not text.strip():
            return None
        if self.several and ("," in text or not self.unit):
            parts = [self._one(part.strip()) for part in text.split(",")]
            return parts if len(parts) > 1 else parts[0]
        return self._one(text.strip())

    def _one(self, text: str) -> int:
        if self.unit == "tick":
            return parse_ticks(text)
        if self.unit:
            return 0 if text == "0" else parse_duration(text)
        if not text.isascii() or not text.isdigit() or len(text) > len(str(1 << 62)):
            raise ValueError(f"expected a whole number such as 3, got {text[:40]!r}")
        return int(text)


def fields(policy: str, values: Mapping[str, Any], unit: str) -> tuple[Field, ...]:
    """The parameters of a known ``policy`` in a scenario of that unit, with their values."""
    kinds = inspect.signature(POLICIES[policy], eval_str=True).parameters
    found = []
    for word, parameter in parameters_of(policy).items():
        value = values.get(word)
        choices = _choices(kinds[word].annotation)
        if choices:
            chosen = [each for _, each in choices].index(value)
            found.append(Field(word, "", choices, chosen))
            continue
        length = unit if is_time(parameter) else ""
        several = "list[" in str(parameter.annotation)
        found.append(Field(word, _written(value, length), unit=length, several=several))
    return tuple(found)


def _choices(kind: Any) -> tuple[Choice, ...]:
    """The values of ``kind``, if they are few."""
    if get_origin(kind) is Literal:
        return tuple((word.replace("_", " "), word) for word in get_args(kind))
    if kind is bool:
        return _BOOLEANS
    if set(get_args(kind)) == {bool, NoneType}:
        return (_AS_USUAL, *_BOOLEANS)
    return ()


def _written(value: int | list[int] | None, unit: str) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_written(each, unit) for each in value)
    return str(value) if unit in ("", "tick") or not value else _duration(value)


def _duration(length: Time) -> str:
    return format_duration(length).replace(" ", "")


@cache
def explained(policy: str) -> Mapping[str, str]:
    """What its documentation says of each parameter."""
    said = inspect.getdoc(POLICIES[policy]) or ""
    found = {}
    for word, text in _ARGUMENT.findall(said.partition("Args:")[2]):
        elsewhere = _ELSEWHERE.match(text)
        plainly = " ".join(text.replace("``", "").split())
        found[word] = plainly[:1].upper() + plainly[1:]
        if elsewhere:
            found[word] = explained(elsewhere[1].lower()).get(word, "")
    return found


def summary(policy: str) -> str:
    """What its documentation says of it in a line."""
    return (inspect.getdoc(POLICIES[policy]) or "").partition("\n")[0]
