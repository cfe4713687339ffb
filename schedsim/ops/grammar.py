"""How a step is read: ``verb arguments``, where the verb's Python signature is the grammar.

A parameter's annotation says how its word is read; one table, :data:`READERS`, knows how.  The
last parameter takes the rest of the line, so labels and names may have spaces.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import NewType

from schedsim.durations import Time, parse_duration, parse_ticks
from schedsim.ops.blocking_calls import BLOCKING_CALLS
from schedsim.plain import nearest
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
EventName = NewType("EventName", str)
"""The name of an event."""
ConditionName = NewType("ConditionName", str)
"""The name of a condition."""
QueueName = NewType("QueueName", str)
"""The name of a queue."""
SharedName = NewType("SharedName", str)
"""The name of an event, a condition or a barrier."""
PoolName = NewType("PoolName", str)
"""The name of a pool of workers."""
ChannelName = NewType("ChannelName", str)
"""The name of a pipe or socket."""
Item = NewType("Item", str)
"""What is put into a queue."""
Number = NewType("Number", int)
"""A whole number from 0 on."""
JobNames = NewType("JobNames", tuple[str, ...])
"""Names of jobs; with commas between them if a name has a space."""

Verb = Callable[..., Trap]

_DIGITS = 10


def _duration(word: str, unit: str) -> Time:
    return parse_ticks(word) if unit == "tick" else parse_duration(word)


def _blocking_call(word: str, unit: str) -> str:  # noqa: ARG001 - readers share a signature
    if word not in BLOCKING_CALLS:
        raise ValueError(f"unknown blocking call {word!r}{nearest(word, BLOCKING_CALLS)}")
    return word


def _number(word: str, unit: str) -> int:  # noqa: ARG001 - readers share a signature
    if not (word.isascii() and word.isdigit() and len(word) < _DIGITS):
        raise ValueError(f"expected a whole number such as 1, got {word!r}")
    return int(word)


def _names(words: str, unit: str) -> tuple[str, ...]:  # noqa: ARG001 - readers share a signature
    names = words.split(",") if "," in words else words.split()
    return tuple(name.strip() for name in names if name.strip())


def _word(word: str, unit: str) -> str:  # noqa: ARG001 - readers share a signature
    return word


READERS: Mapping[str, Callable[[str, str], object]] = {
    "Duration": _duration,
    "Label": _word,
    "JobName": _word,
    "LockName": _word,
    "EventName": _word,
    "ConditionName": _word,
    "QueueName": _word,
    "SharedName": _word,
    "PoolName": _word,
    "ChannelName": _word,
    "Item": _word,
    "Number": _number,
    "JobNames": _names,
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
    needed = [key for key, each in parameters.items() if each.default is each.empty]
    if not len(needed) <= len(words) <= len(parameters):
        usage = [p.upper() if p in needed else f"[{p.upper()}]" for p in parameters]
        raise ValueError(f"{text!r} does not fit: write {' '.join([name, *usage])!r}")
    values = []
    for word, (key, parameter) in zip(words, parameters.items(), strict=False):
        try:
            values.append(READERS[str(parameter.annotation)](word, unit))
        except ValueError as error:
            raise ValueError(f"{key} of {name!r}: {error}") from None
    return Op(verb(*values), text)
