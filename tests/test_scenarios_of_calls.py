"""Scenarios of blocking calls under gevent and eventlet, and of threads beside a loop."""

from __future__ import annotations

import itertools

import pytest

from schedsim import library
from schedsim.scenario_file import load
from schedsim.trace import Trace
from tests.machines import ends, marks, play


def run(name: str, *settings: str, model: str = "") -> Trace:
    return play(load(library.path(name), settings=settings, model=model))


def beats(trace: Trace) -> list[float]:
    return [time for time, _, label in marks(trace) if label == "beat"]


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


def test_files_and_drivers_in_c_block_a_patched_hub() -> None:
    """From 15 to 45 and to 75 ms; with a sleep instead of the file, to 45."""
    assert beats(run("patch-limits"))[:4] == [0, 10, 75, 85]
    setting = 'job.file.steps=["sleep 15ms", "call time.sleep 30ms"]'
    assert beats(run("patch-limits", setting))[:4] == [0, 10, 45, 55]


def test_a_timer_of_gevent_waits_for_fifty_callbacks() -> None:
    """The ticker's start is one of them; asyncio needs three passes of 1 ms, eventlet one."""
    for model, expected in (("", 49), ("asyncio", 12), ("eventlet", 10)):
        assert [time for time, _, _ in marks(run("spinning-greenlet", model=model))] == [expected]


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
