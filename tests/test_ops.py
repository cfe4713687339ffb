"""Verbs: how a step is read, and what it asks for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from schedsim.ops import VERBS
from schedsim.ops.blocking_calls import BLOCKING_CALLS
from schedsim.ops.grammar import parse_op
from schedsim.plain import nearest
from schedsim.traps import (
    CALL,
    COMPUTE,
    HOLD,
    IO,
    JOIN,
    MARK,
    NATIVE,
    SLEEP,
    SPAWN,
    YIELD,
    Trap,
)

MS = 1_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("compute 5ms", (COMPUTE, 5 * MS)),
        ("  compute   5 ms ", (COMPUTE, 5 * MS)),
        ("sleep 1.5ms", (SLEEP, 1_500_000)),
        ("io 20us", (IO, 20_000)),
        ("yield", (YIELD, None)),
        ("call time.sleep 100ms", (CALL, 100 * MS)),
        ("call socket.recv 0ms", (CALL, 0)),
        ("call json.loads 3ms", (HOLD, 3 * MS)),
        ("call numpy.dot 3ms", (NATIVE, 3 * MS)),
        ("spawn worker", (SPAWN, "worker")),
        ("join two  words", (JOIN, "two  words")),
        ("mark all three are here ", (MARK, "all three are here")),
    ],
)
def test_a_step_becomes_a_trap(text: str, expected: Trap) -> None:
    """The last argument takes the rest of the line; the text is kept as it was written."""
    op = parse_op(text, VERBS)
    assert op.trap == expected
    assert op.text == text


def test_sleep_0_is_a_yield() -> None:
    """As ``asyncio.sleep(0)`` is (SEMANTICS A4)."""
    assert parse_op("sleep 0ms", VERBS).trap == parse_op("yield", VERBS).trap


def test_durations_are_in_the_unit_of_the_file() -> None:
    """A tick file has bare integers."""
    assert parse_op("compute 9", VERBS, "tick").trap == (COMPUTE, 9)
    with pytest.raises(ValueError, match="whole numbers in a file with unit"):
        parse_op("compute 9ms", VERBS, "tick")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("computer 5ms", "unknown verb 'computer': did you mean 'compute'?"),
        (
            "frobnicate",
            "'frobnicate': choose one of compute, sleep, io, yield, call, spawn, join, acquire",
        ),
        ("", "unknown verb ''"),
        ("compute", "'compute' does not fit: write 'compute DURATION'"),
        ("yield now", "'yield now' does not fit: write 'yield'"),
        ("call time.sleep", "'call time.sleep' does not fit: write 'call NAME DURATION'"),
        ("compute 5", "duration of 'compute': '5' has no unit"),
        ("notify room x", "expected a whole number such as 1, got 'x'"),
        ("notify room -1", "expected a whole number such as 1, got '-1'"),
        ("compute 5ms 6ms", "duration of 'compute': expected a duration such as \"5ms\""),
        ("call time.slep 5ms", "unknown blocking call 'time.slep': did you mean 'time.sleep'?"),
        ("mark", "'mark' does not fit: write 'mark LABEL'"),
    ],
)
def test_a_mistake_names_the_value_and_the_nearest_choice(text: str, says: str) -> None:
    """Unknown verb, missing or surplus argument, an argument that cannot be read."""
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_op(text, VERBS)


def test_few_choices_are_all_named_and_many_are_not() -> None:
    """As many as one still reads."""
    assert nearest("zzz", dict.fromkeys("abc")) == ": choose one of a, b, c"
    assert nearest("zzz", dict.fromkeys(map(str, range(31)))) == ""


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_has_a_help_text(name: str) -> None:
    """Its docstring."""
    assert (VERBS[name].__doc__ or "").count(".") >= 1


@pytest.mark.parametrize("name", BLOCKING_CALLS)
def test_a_blocking_call_has_a_replacement(name: str) -> None:
    """And can be a step, which remembers the name."""
    assert all(BLOCKING_CALLS[name].instead)
    what, duration = parse_op(f"call {name} 1ms", VERBS).trap
    assert what == BLOCKING_CALLS[name].does
    assert (duration, duration.call) == (MS, name)


def test_the_calls_of_the_talk_are_known() -> None:
    """Sockets, select, subprocess, waitpid, threading, multiprocessing and time.sleep."""
    modules = {name.partition(".")[0] for name in BLOCKING_CALLS}
    assert {"time", "socket", "select", "subprocess", "threading", "multiprocessing"} <= modules
    assert "os.waitpid" in BLOCKING_CALLS


@given(st.sampled_from(["", *VERBS]), st.text())
def test_any_text_is_a_step_or_a_value_error(verb: str, text: str) -> None:
    """Nothing else is raised."""
    line = f"{verb} {text}"
    try:
        op = parse_op(line, VERBS)
    except ValueError:
        return
    assert op.text == line
