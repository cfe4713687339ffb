"""How a step is read: ``verb arguments``, where the verb's Python signature is the grammar.

A parameter's annotation says how its word is read; one table, :data:`READERS`, knows how.  The
last parameter takes the rest of the line, so labels and names may have spaces.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from typing import NewType

from schedsim.durations import Time, parse_duration, parse_ticks
from schedsim.ops.blocking_calls import BLOCKING_CALLS
from schedsim.traps import Op, Trap

Duration = NewType("Duration", Time)
"""A duration in the unit of the file."""
Label = NewType("Label", str)
"""The rest of the line."""
JobName = NewType("JobName", str)
"""The name of a job (thread, task) of the same file."""
LockName = NewType("LockName", str)
"""The name of a lock."""
BlockingCall = NewType("BlockingCall", str)
"""The name of a blocking call of the standard library."""

Verb = Callable[..., Trap]


def _duration(word: str, unit: str) -> Time:
    return parse_ticks(word) if unit == "tick" else parse_duration(word)


def _blocking_call(word: str, unit: str) -> str:  # noqa: ARG001 - readers share a signature
    if word not in BLOCKING_CALLS:
        raise ValueError(f"unknown blocking call {word!r}{nearest(word, BLOCKING_CALLS)}")
    return word


def _word(word: str, unit: str) -> str:  # noqa: ARG001 - readers share a signature
    return word


READERS: Mapping[str, Callable[[str, str], object]] = {
    "Duration": _duration,
    "Label": _word,
    "JobName": _word,
    "LockName": _word,
    "BlockingCall": _blocking_call,
}


def parse_op(text: str, verbs: Mapping[str, Verb], unit: str = "ns") -> Op:
    """Read one step such as ``"compute 5ms"``.

    Raises:
        ValueError: unknown verb, missing or surplus argument, or an argument that cannot be
            read.  The message names the value and the nearest valid choice.
    """
    name, *words = text.split() or [""]
    verb = verbs.get(name)
    if verb is None:
        raise ValueError(f"unknown verb {name!r}{nearest(name, verbs)}")
    parameters = inspect.signature(verb).parameters
    if parameters and len(words) > len(parameters):
        words = text.strip().split(None, len(parameters))[1:]
    usage = " ".join([name, *(p.upper() for p in parameters)])
    if len(words) != len(parameters):
        raise ValueError(f"{text!r} does not fit: write {usage!r}")
    values = []
    for word, (key, parameter) in zip(words, parameters.items(), strict=True):
        try:
            values.append(READERS[str(parameter.annotation)](word, unit))
        except ValueError as error:
            raise ValueError(f"{key} of {name!r}: {error}") from None
    return Op(verb(*values), text)


def nearest(word: str, choices: Mapping[str, object]) -> str:
    """How an error message goes on: the nearest valid choice, or all of them when few."""
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.5)
    if close:
        return f": did you mean {close[0]!r}?"
    if len(choices) <= 12:  # noqa: PLR2004 - as many as one reads at a glance
        return f": choose one of {', '.join(choices)}"
    return ""
