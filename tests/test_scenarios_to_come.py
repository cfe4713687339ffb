"""Scenarios in ``scenarios/to_come``: they want loops and verbs that are still to be merged.

They are skipped until those are there.  Then the files move to ``scenarios/``, where these tests
find them too, and their names go into ``FOUND`` of test_findings, into test_library and test_talk:
:data:`FOUND` and :data:`TALK` here say what.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from schedsim import library
from schedsim.findings import find
from schedsim.metrics import measure
from schedsim.scenario_file import load
from schedsim.trace import Trace
from tests.machines import ends, marks, play
from tests.to_come import needs_greenlets, needs_to_thread

FOUND = {
    "monkey-patch": [],
    "patch-limits": ["blocked_loop", "blocked_loop"],
    "spinning-greenlet": ["spinning"],
    "to-thread": [],
}
TALK = {
    "monkey patches": {
        "monkey-patch": "The code is that of threads",
        "patch-limits": "mysqlclient waits in its own C code",
    },
    "sleep for 0 seconds": {"spinning-greenlet": "`gevent.idle()`"},
    "misunderstood: what a thread does to a loop, and to the GIL": {
        "to-thread": "A thread frees the *loop*; it does not free the *GIL*"
    },
}


def path_of(name: str) -> Path:
    """Where the file is now."""
    waiting = Path(__file__).parents[1] / "scenarios" / "to_come" / f"{name}.toml"
    return waiting if waiting.is_file() else library.path(name)


def run(name: str, *settings: str, model: str = "") -> Trace:
    return play(load(path_of(name), settings=settings, model=model))


def beats(trace: Trace) -> list[float]:
    return [time for time, _, label in marks(trace) if label == "beat"]


def test_every_file_that_waits_is_tested() -> None:
    """And none is in both places."""
    folder = Path(__file__).parents[1] / "scenarios" / "to_come"
    waiting = {path.stem for path in folder.glob("*.toml")}
    assert waiting | (set(library.names()) & FOUND.keys()) == FOUND.keys()
    assert not waiting & set(library.names())


@needs_greenlets
@pytest.mark.parametrize(
    ("settings", "model", "expected"),
    [
        ((), "", 100),
        (("python.monkey_patch=none",), "", 1_000),
        (('python.imported_early=["time.sleep"]',), "", 550),
        (("python.monkey_patch=eventlet",), "eventlet", 100),
        ((), "threads", 100),
    ],
)
def test_a_patch_turns_1000_ms_into_100(
    settings: tuple[str, ...], model: str, expected: int
) -> None:
    """Ten times 50 + 50 ms; with sleeps that block, 500 + 50."""
    assert max(ends(run("monkey-patch", *settings, model=model)).values()) == expected


@needs_greenlets
def test_files_and_drivers_in_c_block_a_patched_hub() -> None:
    """From 15 to 45 and to 75 ms; with a sleep instead of the file, to 45."""
    assert beats(run("patch-limits"))[:4] == [0, 10, 75, 85]
    setting = 'job.file.steps=["sleep 15ms", "call time.sleep 30ms"]'
    assert beats(run("patch-limits", setting))[:4] == [0, 10, 45, 55]


@needs_greenlets
def test_a_timer_of_gevent_waits_for_fifty_callbacks() -> None:
    """The ticker's start is one of them; asyncio needs three passes of 1 ms, eventlet one."""
    for model, expected in (("", 49), ("asyncio", 12), ("eventlet", 10)):
        assert [time for time, _, _ in marks(run("spinning-greenlet", model=model))] == [expected]


@needs_to_thread
def test_a_thread_frees_the_loop_and_not_the_gil() -> None:
    """40 ms each: a beat every 10 ms, and every 15 ms beside Python code."""
    trace = run("to-thread")
    found = beats(trace)
    assert found[:8] == [10 * n for n in range(8)]
    done = {label: time for time, _, label in marks(trace) if label != "beat"}
    assert (done["file"], done["zip"]) == (40, 80)
    beside = [time for time in found if done["zip"] <= time < done["python"]]
    assert [after - before for before, after in itertools.pairwise(beside)][-2:] == [
        15,
        15,
    ]
    assert beats(run("to-thread", "python.gil=off")) == [10 * n for n in range(14)]


@needs_greenlets
@needs_to_thread
@pytest.mark.parametrize("name", FOUND)
def test_they_have_the_findings_that_they_show(name: str) -> None:
    assert [finding.kind for finding in find(measure(run(name)))] == FOUND[name]


@pytest.mark.parametrize("line", TALK)
def test_their_lessons_say_what_they_show(line: str) -> None:
    for name, point in TALK[line].items():
        text = path_of(name).read_text(encoding="utf-8")
        assert point in " ".join(text.split())
        lesson = text.split('"""')[1].strip().splitlines()
        assert 5 <= len(lesson) <= 12
        assert max(map(len, lesson)) <= 105
