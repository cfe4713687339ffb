"""What holds for all scenario files: no text is too wild to be read, or refused in words."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings, strategies as st

from schedsim.scenario_file import ScenarioError, loads, read_source
from schedsim.scenario_file.lines import lines_of
from tests.test_scenario_file import HEAD, JOB, TREE

KEYS = [
    *["schema", "title", "lesson", "unit", "model", "until", "machine", "python", "job", "process"],
    *["name", "count", "arrival", "steps", "cpu_heavy", "yielding", "spawned", "thread", "task"],
    *[
        "loop",
        "cores",
        "policy",
        "quantum",
        "switch_cost",
        "gil",
        "switch_interval",
        "repeat",
        "do",
    ],
]
WORDS = [
    "compute 1ms",
    "yield",
    "spawn a",
    "join a",
    "5ms",
    "tick",
    "asyncio",
    "fifo",
    "a",
    "forever",
]

keys = st.sampled_from(KEYS) | st.text(max_size=5)
values = st.recursive(
    st.sampled_from([0, 1, 2, -1, *WORDS])
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=20,
)


pieces = st.lists(
    st.sampled_from(
        [*"abo.[]=\"' 012", "job", "machine", "cores", "policy", "true", "{name=", "}"]
    ),
    max_size=12,
).map("".join)


def toml(value: object) -> str:
    """``value`` as inline TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    return str(value)


def only_scenario_errors(text: str, **options: Any) -> None:
    """Reading ends well, or with a message of printable lines."""
    lines: list[str] = []
    try:
        loads(text, "file.toml", **options)
    except ScenarioError as error:
        lines = str(error).split("\n")
    assert all(line.startswith("file.toml:") and line.isprintable() for line in lines)


@given(st.dictionaries(keys, values, max_size=8))
@settings(max_examples=max(100, settings().max_examples))
def test_random_tables_never_crash_the_reader(tables: dict[str, Any]) -> None:
    """Whatever the types, there is a scenario or a message."""
    only_scenario_errors("\n".join(f"{toml(key)} = {toml(value)}" for key, value in tables.items()))


@given(st.lists(st.dictionaries(keys, values, max_size=5), max_size=3), st.booleans())
def test_random_jobs_and_trees_never_crash_the_reader(
    tables: list[dict[str, Any]], tree: bool
) -> None:
    """Deeper inside, where the top is right."""
    only_scenario_errors(f"{HEAD}{'process' if tree else 'job'} = {toml(tables)}")


@given(st.text())
def test_random_text_never_crashes_the_reader(text: str) -> None:
    """It is hardly ever TOML."""
    only_scenario_errors(text)
    only_scenario_errors(HEAD + text)


@given(pieces)
def test_random_settings_never_crash_the_reader(setting: str) -> None:
    """Whatever the key and the value."""
    only_scenario_errors(HEAD + JOB, settings=[setting])
    only_scenario_errors(HEAD + TREE + "steps = ['yield']", settings=[setting], model=setting)


@given(st.binary(max_size=200))
def test_random_bytes_never_crash_the_reader(content: bytes) -> None:
    """Not even before they are text."""
    with patch("pathlib.Path.open") as opened:
        opened.return_value.__enter__.return_value.read.return_value = content
        try:
            text = read_source(Path("file.toml"))
        except ScenarioError as error:
            text = str(error)
    only_scenario_errors(text)


def leaves(value: object, key: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The keys of everything in parsed TOML."""
    found = [key] if key else []
    if isinstance(value, dict):
        for name, inner in value.items():
            found += leaves(inner, (*key, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += leaves(inner, (*key, index))
    return found


names = st.text(alphabet=string.ascii_letters + " .\"'#=[]{}é", max_size=6)
trees = st.recursive(
    st.integers() | st.booleans() | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(names, trees, max_size=5))
def test_every_key_has_the_line_it_stands_on(tables: dict[str, Any]) -> None:
    """Here each key of the top stands on a line of its own, with all that is in it."""
    text = "".join(f"{toml(key)} = {toml(value)}\n" for key, value in tables.items())
    order = list(tables)
    assert lines_of(text) == {key: order.index(str(key[0])) + 1 for key in leaves(tables)}


def test_lines_are_found_in_all_forms_of_toml() -> None:
    """Headers, arrays of tables, dotted keys, strings of many lines, comments, inline tables."""
    text = '''# a comment = 1
a.b = 1  # [not.a.table]
long = """
x = 1
\\""" [y]
""""
raw = \'\'\'
it's = "5"
\'\'\'
when = 2020-01-01 10:00:00
[t . "u v"]
k = [ 1,
  # between
  { m = [
    "]" ] },
]
[[j]]
n = 'one'
[[j]]
[[j.sub]]
n = 'two'
[j.deep]
o = 1
'''
    assert lines_of(text) == {
        ("a",): 2,
        ("a", "b"): 2,
        ("long",): 3,
        ("raw",): 7,
        ("when",): 10,
        ("t", "u v"): 11,
        ("t", "u v", "k"): 12,
        ("t", "u v", "k", 0): 12,
        ("t", "u v", "k", 1): 14,
        ("t", "u v", "k", 1, "m"): 14,
        ("t", "u v", "k", 1, "m", 0): 15,
        ("j",): 17,
        ("j", 0): 17,
        ("j", 0, "n"): 18,
        ("j", 1): 19,
        ("j", 1, "sub"): 20,
        ("j", 1, "sub", 0): 20,
        ("j", 1, "sub", 0, "n"): 21,
        ("j", 1, "deep"): 22,
        ("j", 1, "deep", "o"): 23,
    }


@pytest.mark.parametrize("lost", ["b 2", "b = ]", "= 3", "[t"])
def test_lines_are_known_as_far_as_the_text_is_understood(lost: str) -> None:
    found = lines_of(f"a = 1\n{lost}\nc = 4\n")
    assert found["a",] == 1
    assert ("c",) not in found
