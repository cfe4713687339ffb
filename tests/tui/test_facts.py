"""A scenario in a few facts, and what a search finds it by."""

import pytest

from schedsim.programs.steps import Block, Repeat, Try
from schedsim.scenario import Job, Scenario
from schedsim.scenario_file import loads
from schedsim.traps import Wish
from schedsim.tui.facts import facts, matches, verbs
from schedsim.tui.proof import Fault, faults, following
from tests.tui.desk import BAD, GOOD, PYTHON
from tests.tui.scenes import DEADLINES, GIL, STARVE, ops

TREE = """
schema = 1
title = "tree"
[machine]
cores = 2
[[process]]
name = "web"
[[process.thread]]
name = "loop"
loop = "asyncio"
[[process.thread.task]]
name = "t"
count = 3
steps = [
    { repeat = 2, do = ["compute 1ms", "sleep 1ms"] },
    "call time.sleep 1ms",
]
[[process.thread]]
name = "w"
count = 2
steps = ["acquire m", "release m"]
[[process]]
name = "batch"
[[process.thread]]
name = "c"
steps = ["io 1ms"]
"""


def test_facts_of_job_files() -> None:
    assert facts(STARVE) == ("asyncio", "1 core", "GIL on", "round_robin", "4 jobs")
    assert facts(GIL) == ("threads", "4 cores", "GIL on", "round_robin", "4 jobs")
    assert facts(DEADLINES) == ("processes", "1 core", "no GIL", "edf", "3 jobs")


@pytest.mark.parametrize(
    ("gil", "says"), [("per_interpreter", "a GIL each interpreter"), ("old", "the old GIL")]
)
def test_facts_name_the_kind_of_gil(gil: str, says: str) -> None:
    read = loads(f'{GOOD.replace("asyncio", "threads")}\n[python]\ngil = "{gil}"', "x")
    assert says in facts(read)


def test_facts_of_a_tree() -> None:
    assert facts(loads(TREE, "tree"))[-1] == "2 processes, 4 threads, 3 tasks"


def test_verbs_are_the_words_and_the_calls() -> None:
    assert verbs(loads(TREE, "tree")) == {
        "compute", "sleep", "call", "time.sleep", "acquire", "release", "io",
    }  # fmt: skip


def test_verbs_are_found_inside_blocks_and_tries() -> None:
    tried = Try(ops("compute 1ms"), (("any", ops("mark oops")),), ops("yield"))
    job = Job("a", (Repeat((tried,), 2), Block(Wish("lock", ("m",)), ops("io 1ms"), "lock m")))
    assert verbs(Scenario("x", jobs=(job,))) == {"compute", "mark", "yield", "lock", "io"}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("lock", False),
        ("BLOCK", True),
        ("time sleep", True),
        ("time.sl", True),
        ("sleep never", False),
        ("", True),
        ("[/]", True),
        ("(", False),
    ],
)
def test_words_are_found_at_their_beginning(words: str, found: bool) -> None:
    assert matches(words, "It blocks: [/]", "call time.sleep 1ms") is found


def test_mistakes_are_in_the_order_of_lines_and_python_is_not_executed() -> None:
    assert [fault.line for fault in faults(BAD, "x", python=False)] == [9, 13]
    assert faults(GOOD, "x", python=False) == ()
    assert faults(PYTHON, "x", python=True) == ()
    (fault,) = faults("def f(:\n", "x", python=True)
    assert fault.line == 1
    assert str(fault).startswith("line 1: not Python: ")


@pytest.mark.parametrize(
    ("line", "by", "found"), [(1, 1, 3), (3, 1, 8), (8, 1, 3), (8, -1, 3), (3, -1, 8), (5, -1, 3)]
)
def test_the_next_mistake_goes_round(line: int, by: int, found: int) -> None:
    assert following([Fault("a"), Fault("b", 3), Fault("c", 8)], line, by) == found
    assert following([Fault("a")], line, by) is None
