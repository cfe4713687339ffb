"""Breakpoints: where each kind stops, worked out by hand, and what it says of bad input."""

import pytest

from schedsim import library
from schedsim.breakpoints import KINDS, Known, Stop, Watched, first_stop, known_of, parse
from schedsim.durations import Time
from schedsim.findings import find
from schedsim.metrics import measure
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.scenario_file import loads
from schedsim.timeline import Timeline

MS = 1_000_000


class Place:
    """A run with what conditions need."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.watched = Watched(run.history, Timeline(run.trace))
        self.known: Known = known_of(run.trace, run.scenario)

    @classmethod
    def of(cls, text: str) -> "Place":
        run = Run(loads(text, "test"))
        run.finish()
        return cls(run)

    def stops(self, *conditions: str) -> list[tuple[Time, str]]:
        """All stops, one after the other."""
        parsed = [parse(text, self.known) for text in conditions]
        found = []
        stop = Stop(0, -1, "")
        while (next_ := first_stop(parsed, self.watched, stop.step, stop.time)) is not None:
            assert (next_.step, next_.time) > (stop.step, stop.time)
            stop = next_
            found.append((stop.time, stop.says))
        return found


RR = """
schema = 1
title = "t"
unit = "tick"
model = "processes"
machine = { policy = { name = "round_robin", quantum = 4 } }
job = [
    { name = "a", steps = ["compute 6", "mark half", "io 5", "compute 1"] },
    { name = "b", count = 2, steps = ["compute 3"] },
]
"""
# a 0-4, b-1 4-7, b-2 7-10, a 10-12, then it waits for its device until 17, a 17-18


@pytest.fixture(scope="module")
def rr() -> Place:
    return Place.of(RR)


@pytest.mark.parametrize(
    ("condition", "stops"),
    [
        ("starts a", [(0, "a runs for the first time")]),
        (
            "starts b",
            [(4, "b-1 runs for the first time"), (7, "b-2 runs for the first time")],
        ),
        ("starts b-2", [(7, "b-2 runs for the first time")]),
        (
            "runs a",
            [(0, "a has its turn"), (10, "a has its turn"), (17, "a has its turn")],
        ),
        ("ends b", [(7, "b-1 has ended"), (10, "b-2 has ended")]),
        ("ends a", [(18, "a has ended")]),
        ("blocks a", [(12, "a begins to wait")]),
        ("waits a > 5", [(9, "a has waited for 5 ticks")]),
        ("waits > 3", [(3, "b-1 has waited for 3 ticks"), (7, "a has waited for 3 ticks")]),
        ("waits b-1 > 4", []),  # it waits for 4 ticks, and not longer
        ("mark half", [(12, "a logs half")]),
        ("time 9", [(9, "it is 9 ticks")]),
        (
            "switch",
            [
                (4, "core 0 switches to b-1"),
                (7, "core 0 switches to b-2"),
                (10, "core 0 switches to a"),
            ],
        ),
    ],
)
def test_where_it_stops(rr: Place, condition: str, stops: list[tuple[Time, str]]) -> None:
    found = rr.stops(condition)
    if condition == "waits > 3":  # b-2 waits from 0 on as well: both reach 3 at one moment
        assert [time for time, _ in found] == [time for time, _ in stops]
    else:
        assert found == stops


def test_several_stop_in_turn(rr: Place) -> None:
    both = "b-1 has ended; b-2 runs for the first time"  # one row tells both
    assert rr.stops("ends b", "time 9", "starts b") == [
        (4, "b-1 runs for the first time"),
        (7, both),
        (9, "it is 9 ticks"),
        (10, "b-2 has ended"),
    ]


def test_a_stop_for_waiting_is_while_it_still_waits(rr: Place) -> None:
    stop = parse("waits a > 5", rr.known).next(rr.watched, 0, -1)
    assert stop is not None
    state = rr.run.history.state_at(stop.step)
    thread = rr.watched.named("a")[0]
    assert thread in state.run_queue
    assert stop.time - state.since[thread] == 5


def test_a_gil_that_changes_hands() -> None:
    place = Place.of(
        """
        schema = 1
        title = "t"
        machine = { cores = 2 }
        python = { gil = "on", switch_interval = "5ms" }
        job = [
            { name = "a", steps = ["compute 7ms"] },
            { name = "b", steps = ["compute 7ms"] },
        ]
        """
    )
    # b asks after 5 ms, a asks 5 ms later; at 12 ms the 7 ms of b are over, or a's
    stops = place.stops("gil changes hands")
    assert stops[:2] == [(5 * MS, "the GIL goes to b"), (10 * MS, "the GIL goes to a")]


def test_a_missed_deadline_stops_at_the_deadline() -> None:
    place = Place.of(
        """
        schema = 1
        title = "t"
        unit = "tick"
        model = "processes"
        machine = { policy = "fifo" }
        job = [
            { name = "slow", steps = ["compute 9"] },
            { name = "late", deadline = 4, steps = ["compute 2"] },
            { name = "fine", deadline = 12, steps = ["compute 1"] },
        ]
        """
    )
    assert place.stops("deadline missed") == [(4, "late misses its deadline")]
    assert place.stops("deadline missed fine") == []


def test_a_task_misses_its_deadline_too_if_it_has_one_and_the_run_comes_there() -> None:
    """late would be done at 5 ms; whoever has no deadline, or one at 60 ms, misses none."""
    place = Place.of(
        """
        schema = 1
        title = "t"
        model = "asyncio"
        job = [
            { name = "slow", steps = ["compute 3ms"] },
            { name = "late", deadline = "4ms", steps = ["compute 2ms"] },
            { name = "fine", deadline = "12ms", steps = ["compute 1ms", "sleep 20ms"] },
            { name = "far", deadline = "60ms", steps = ["compute 1ms"] },
        ]
        """
    )
    assert place.stops("deadline missed") == [
        (4 * MS, "late misses its deadline"),
        (12 * MS, "fine misses its deadline"),
    ]
    assert place.stops("deadline missed slow") == []
    assert place.stops("deadline missed far") == []


def test_a_finding_stops_where_it_begins() -> None:
    run = Run(Source.of(library.path("starving-loop")).load())
    run.finish()
    place = Place(run)
    assert place.stops("finding") == []  # nobody has looked
    place.watched.findings = find(measure(run.trace))
    starts = sorted({found.start for found in place.watched.findings})
    assert [time for time, _ in place.stops("finding")] == starts
    (only, *_) = place.stops("finding blocked_loop")
    first = min(f.start for f in place.watched.findings if f.kind == "blocked_loop")
    assert only[0] == first
    assert only[1].startswith("finding: blocked loop. ")


def test_a_run_that_grows_has_the_stops_of_the_whole(rr: Place) -> None:
    run = Run(rr.run.scenario)
    timeline = Timeline(run.trace)
    watched = Watched(run.history, timeline)
    for condition in ("runs a", "waits a > 5", "mark half", "switch", "time 9"):
        parsed = parse(condition, rr.known)
        assert parsed.next(watched, 0, -1) is None or condition == "switch"
    found = []
    parsed_all = [parse("waits a > 5", rr.known), parse("switch", rr.known)]
    step, time = 0, -1
    while True:
        stop = first_stop(parsed_all, watched, step, time)
        if stop is not None:
            found.append((stop.time, stop.says))
            step, time = stop.step, stop.time
        elif run.finished:
            break
        else:
            run.extend(len(run.trace) + 1)
            timeline.extend()
    assert found == rr.stops("waits a > 5", "switch")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "write a condition, such as: starts NAME"),
        ("start a", "no condition begins with 'start': did you mean 'starts'?"),
        ("starts", "name a thread, task or job"),
        ("starts b-3", "nobody is called 'b-3': did you mean 'b-2'?"),
        ("waits a", "write: waits NAME > LENGTH, or just waits > LENGTH"),
        ("waits a > 5ms", "durations are whole numbers"),
        ("waits c > 5", "nobody is called 'c': choose one of a, b, "),
        ("mark", "which label? write: mark LABEL"),
        ("mark hlaf", "nobody logs 'hlaf': did you mean 'half'?"),
        ("gil", "write just: gil changes hands"),
        ("switch now", "write just: switch"),
        ("deadline", "write: deadline missed, or deadline missed NAME"),
        ("finding starvatoin", "there is no finding 'starvatoin': did you mean 'starvation'?"),
        ("time", "which moment? write: time MOMENT"),
        ("time soon", "durations are whole numbers"),
        ("time -1", "a duration cannot be negative"),
        ("[/]\x1b[2J", "no condition begins with"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_near(rr: Place, text: str, says: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the message is compared
        parse(text, rr.known)
    assert str(error.value).startswith(says)
    assert str(error.value).isprintable()


def test_where_nothing_is_logged_there_is_no_label_to_stop_at() -> None:
    known = Known(("a",), (), False, "ns", 100 * MS)
    with pytest.raises(ValueError, match="nothing is logged in this scenario: no step says mark"):
        parse("mark done", known)


def test_durations_have_a_unit_where_time_is_in_nanoseconds() -> None:
    known = Known(("a",), (), False, "ns", 100 * MS)
    with pytest.raises(ValueError, match='"20ms"'):
        parse("waits a > 20", known)


@pytest.mark.parametrize("name", library.names())
def test_every_example_is_a_condition_of_its_scenario(name: str) -> None:
    run = Run(Source.of(library.path(name)).load())
    run.extend(2_000)
    place = Place(run)
    for kind in KINDS.values():
        example = kind.example(place.known)
        if example:
            condition = parse(example, place.known)
            stop = condition.next(place.watched, 0, -1)
            assert stop is None or 0 <= stop.step <= len(run.trace)
