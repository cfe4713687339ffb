"""Chrome trace events: what a viewer finds in them, worked out by hand for small runs."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from schedsim import library, report
from schedsim.commands import SetCores
from schedsim.export import EXPORTS
from schedsim.export.wakes import Wake, wakes
from schedsim.metrics import measure
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.scenario_file import loads
from tests.exporting import TICKS, played

# On two cores: holder 0-3 with the lock until 2; waiter wants it from 1 on, and has it from 2 to 3.
LOCK = """
schema = 1
title = "A lock"
model = "threads"
unit = "tick"
machine = { cores = 2 }
python = { gil = "off" }
job = [
    { name = "holder", steps = ["acquire m", "compute 2", "release m", "compute 1"] },
    { name = "waiter", arrival = 1, steps = ["acquire m", "compute 1", "release m"] },
]
"""
SLEEPY = """
schema = 1
title = "Nanoseconds"
model = "asyncio"
job = [
    { name = "a", steps = ["compute 1500ns", "sleep 1ms", "compute 1ns"] },
    { name = "b", steps = ["compute 1us"] },
]
"""


def exported(run: Run) -> str:
    return EXPORTS["perfetto"].write(run, measure(run.trace))


def events(run: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(exported(run))["traceEvents"]
    return found


def tracks(found: list[dict[str, Any]]) -> dict[tuple[int, int], str]:
    """``process: track`` by pid and tid, in the order of their sort indices."""
    processes = {e["pid"]: e["args"]["name"] for e in found if e["name"] == "process_name"}
    order = {
        (e["pid"], e["tid"]): e["args"]["sort_index"]
        for e in found
        if e["name"] == "thread_sort_index"
    }
    named = {
        (e["pid"], e["tid"]): f"{processes[e['pid']]}: {e['args']['name']}"
        for e in found
        if e["name"] == "thread_name"
    }
    return {key: named[key] for key in sorted(named, key=order.__getitem__)}


def on(found: list[dict[str, Any]], track: str, phase: str = "X") -> list[tuple[Any, ...]]:
    """Name, beginning, length and how it left, of what is on a track."""
    (key,) = [key for key, name in tracks(found).items() if name == track]
    return [
        (e["name"], e["ts"], e.get("dur"), e["args"].get("left"))
        for e in found
        if e["ph"] == phase and (e["pid"], e["tid"]) == key
    ]


def test_cores_and_threads_have_tracks_with_what_they_did() -> None:
    found = events(played(TICKS.replace('"compute 1"', '"mark <b>", "compute 1"')))
    assert list(tracks(found).values()) == ["cores: core 0", "long: long", "short: short"]
    assert on(found, "cores: core 0") == [
        ("long", 0, 2, "quantum"),
        ("short", 2, 1, "exit"),
        ("long", 3, 2, "exit"),
    ]
    assert on(found, "long: long") == [
        ("running", 0, 2, "quantum"),
        ("ready", 2, 1, None),
        ("running", 3, 2, "exit"),
    ]
    assert on(found, "short: short", "i") == [("<b>", 2, None, None)]


def test_a_loop_has_tracks_for_its_gil_its_thread_and_its_tasks() -> None:
    run = played(SLEEPY)
    found = events(run)
    assert list(tracks(found).values()) == [
        "cores: core 0",
        "python: GIL",
        "python: main",
        "python: main/a",
        "python: main/b",
    ]
    assert on(found, "python: main/b") == [("ready", 0, 1.5, None), ("running", 1.5, 1, "exit")]
    assert on(found, "python: GIL")[0] == ("main", 0, 2.5, None)
    # a: 1500 ns, then asleep for a million, then 1 ns.
    assert '"ts":1001.5,"dur":0.001}' in exported(run)


def test_times_of_years_keep_their_nanoseconds() -> None:
    text = SLEEPY.replace("sleep 1ms", "sleep 80000h")
    # 80,000 h are 288,000,000,000,000 us.
    assert '"ts":288000000000001.5,"dur":0.001}' in exported(played(text))


@pytest.mark.parametrize("name", ["starving-loop", "gil-threads", "mlfq", "rate-monotonic"])
def test_slices_on_cores_are_those_of_json(name: str) -> None:
    run = Run(Source.of(library.path(name)).load())
    run.finish()
    scale = 1 if run.trace.unit == "tick" else 1000
    found = events(run)
    names = tracks(found)
    slices = [
        {
            "core": int(names[e["pid"], e["tid"]].removeprefix("cores: core ")),
            "start": round(e["ts"] * scale),
            "end": round((e["ts"] + e["dur"]) * scale),
            "task": None,
            **{key: e["args"][key] for key in e["args"] if key != "left"},
        }
        for e in found
        if e["ph"] == "X"
        and names[e["pid"], e["tid"]].startswith("cores: ")
        and "thread" in e["args"]
    ]
    assert slices == report.to_json(run)["slices"]


def test_an_arrow_goes_from_who_unlocked_to_who_waited() -> None:
    run = played(LOCK)
    holder, waiter = (
        next(e.id for e in run.trace.entities if e.name == name) for name in ("holder", "waiter")
    )
    assert list(wakes(run.trace)) == [Wake(2, holder, waiter)]
    found = events(run)
    names = tracks(found)
    arrows = [(e["ph"], names[e["pid"], e["tid"]], e["ts"]) for e in found if e["ph"] in "sf"]
    assert arrows == [("s", "python: holder", 2), ("f", "python: waiter", 2)]


def test_an_arrow_begins_just_before_who_ends_by_it() -> None:
    text = LOCK.replace(', "compute 1"] },\n    { name = "w', '] },\n    { name = "w')
    found = events(played(text))
    names = tracks(found)
    arrows = [(e["ph"], names[e["pid"], e["tid"]], e["ts"]) for e in found if e["ph"] in "sf"]
    # The holder's slice is 0 to 2: at 2 a viewer would find nothing there.
    assert arrows == [("s", "python: holder", 1.999), ("f", "python: waiter", 2)]


def test_commands_and_findings_are_instants() -> None:
    run = Run(loads(TICKS, "scenario"))
    run.finish()
    run.act(SetCores(2), 0, 0)
    run.finish()
    found = events(run)
    ((says, at, *_),) = on(found, "about this run: commands", "i")
    assert (at, "2 cores" in says) == (0, True)
    starving = Run(loads(library.path("starving-loop").read_text(), "starving-loop"))
    starving.finish()
    finding = on(events(starving), "about this run: findings", "i")[0]
    assert finding[:2] == ("blocked loop", 35_000)


@pytest.mark.parametrize("name", library.names())
def test_a_viewer_drops_nothing(name: str) -> None:
    """Slices of a track follow each other, arrows touch slices, numbers are of one thing only."""
    run = Run(Source.of(library.path(name)).load())
    run.finish()
    text = exported(run)
    found: list[dict[str, Any]] = json.loads(text, parse_float=_thousandths)["traceEvents"]
    lines: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for event in found:
        if event["ph"] == "X":
            start = _thousandths(event["ts"])
            place = lines.setdefault((event["pid"], event["tid"]), [])
            place.append((start, start + _thousandths(event["dur"])))
    for place in lines.values():
        place.sort()
        assert all(one[1] <= other[0] for one, other in pairwise(place))
        assert all(start < end for start, end in place)
    for event in found:
        if event["ph"] in "sf":
            at = _thousandths(event["ts"])
            assert any(a <= at < b for a, b in lines[event["pid"], event["tid"]]), event
    assert len({tid for _, tid in tracks(found)}) == len(tracks(found))
    assert text == exported(run)


class _Nanoseconds(int):
    """A time that was written with a fraction."""


def _thousandths(text: str | int) -> int:
    """Nanoseconds of a number of microseconds, exactly."""
    if isinstance(text, _Nanoseconds):
        return text
    if isinstance(text, int):
        return text * 1000
    whole, _, rest = text.partition(".")
    return _Nanoseconds(int(whole) * 1000 + int(rest.ljust(3, "0")))
