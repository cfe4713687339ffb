"""The scheduling policy and its slices, changed while the machine runs, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schedsim.attributes import Attributes
from schedsim.commands import Command, SetCores, SetPolicy, SetQuantum
from schedsim.durations import parse_duration
from schedsim.policies import POLICIES
from schedsim.recording import Recording, RecordingError, Source, loads
from schedsim.run import Run
from schedsim.scenario import MachineSpec, Scenario, Shared
from schedsim.trace import Kind, Reason
from schedsim.why import explain
from tests.acting import acted, agrees
from tests.machines import MS, Slice, ends, job, on_core, processes, rows


def three(**options: Any) -> Scenario:
    """Three processes that compute 9 ms each, on one core; round robin, 2 ms."""
    return processes(*(job(name, "compute 9ms") for name in "abc"), **{"quantum": "2ms", **options})


def refused(scenario: Scenario, command: Command, at: str = "0ms") -> str:
    """What is said of a command that does not fit; nothing has changed."""
    run = Run(scenario)
    trace = run.finish()
    time = parse_duration(at)
    with pytest.raises(ValueError, match=": ") as raised:
        run.act(command, run.history.rows_at(time), time)
    assert (run.trace, run.commands) == (trace, ())
    return str(raised.value)


def test_round_robin_to_fifo_who_holds_the_core_keeps_it_to_its_end() -> None:
    """At 3 b has run for 1 ms of its turn; it goes on to its end at 11; then c and a, as queued."""
    run = acted(three(), 3, SetPolicy("fifo"))
    assert on_core(run.trace) == [
        Slice("a", 0, 2),
        Slice("b", 2, 11),
        Slice("c", 11, 20),
        Slice("a", 20, 27),
    ]
    assert agrees(run)


def test_fifo_to_round_robin_the_slice_begins_now() -> None:
    """a, on the core since 0, has a quantum of 2 ms from 3 on."""
    run = acted(three(policy="fifo"), 3, SetPolicy("round_robin", {"quantum": 2 * MS}))
    assert on_core(run.trace)[:4] == [
        Slice("a", 0, 5),
        Slice("b", 5, 7),
        Slice("c", 7, 9),
        Slice("a", 9, 11),
    ]
    assert agrees(run)


def test_somebody_shorter_takes_the_core_at_once_where_the_new_policy_preempts() -> None:
    """Under fifo a would run to 9; b, which computes 1 ms, waits since 0."""
    scenario = processes(job("a", "compute 9ms"), job("b", "compute 1ms"), policy="fifo")
    run = acted(scenario, 3, SetPolicy("stcf"))
    assert on_core(run.trace) == [Slice("a", 0, 3), Slice("b", 3, 4), Slice("a", 4, 10)]
    assert agrees(run)


def test_slices_cost_a_whole_quantum_from_then_on() -> None:
    """OSTEP's lottery.py adds a quantum to its clock whatever is left: 2, 4 for a; 6, 8 for b.

    Each draw is the rest by the tickets of those who wait: 0 is a's, with a before b.
    """
    two = processes(job("a", "compute 3ms"), job("b", "compute 3ms"), quantum="2ms")
    lottery = {"quantum": 2 * MS, "full_quantum": True, "draws": [0, 0, 0]}
    run = acted(two, 0, SetPolicy("lottery", lottery))
    assert ends(run.trace) == {"a": 4, "b": 8}
    assert agrees(run)


def test_who_sleeps_with_a_lock_is_lent_a_standing_under_the_new_policy() -> None:
    """a sleeps from 0 to 10, and no policy knows it from 5 on; b waits for its lock from 6 on.

    So a, as urgent as b, takes the core from c at 10, and b at 12.
    """
    scenario = processes(
        job(
            "a",
            "acquire l",
            "sleep 10ms",
            "compute 2ms",
            "release l",
            attributes=Attributes(priority=1),
        ),
        job(
            "b",
            "acquire l",
            "compute 1ms",
            "release l",
            arrival="6ms",
            attributes=Attributes(priority=9),
        ),
        job("c", "compute 20ms", attributes=Attributes(priority=5)),
    )
    scenario = replace(scenario, shared={"l": Shared("lock", inheritance=True)})
    rule = {"preemptive": True, "larger_is_higher": True}
    run = acted(scenario, 5, SetPolicy("priority", rule))
    assert ends(run.trace) == {"a": 12, "b": 13, "c": 23}
    assert agrees(run)


def test_a_thread_that_sleeps_finds_the_new_policy_when_it_wakes() -> None:
    """b wakes at 5 under stcf with 1 ms to do, and takes the core."""
    scenario = processes(job("b", "sleep 5ms", "compute 1ms"), job("a", "compute 9ms"))
    run = acted(scenario, 3, SetPolicy("stcf"))
    assert on_core(run.trace) == [Slice("a", 0, 5), Slice("b", 5, 6), Slice("a", 6, 10)]


def test_levels_begin_anew() -> None:
    """From mlfq to mlfq: a, which had sunk to level 1 at 2 ms, is at the top again."""
    scenario = Scenario(
        "test",
        model="processes",
        machine=MachineSpec(policy="mlfq", parameters={"quantum": 2 * MS}),
        jobs=(job("a", "compute 20ms"),),
    )
    run = acted(scenario, 3, SetPolicy("mlfq", {"levels": 5, "quantum": 2 * MS}))
    (a,) = run.history.state_at_time(2 * MS).level
    assert run.history.state_at_time(2 * MS).level == {a: 1}
    assert run.history.state_at_time(3 * MS).level == {a: 4}
    assert run.history.state_at_time(5 * MS).level == {a: 3}
    assert agrees(run)


def test_levels_are_gone_where_there_are_none() -> None:
    scenario = Scenario(
        "test",
        model="processes",
        machine=MachineSpec(policy="mlfq", parameters={"quantum": 2 * MS, "boost": 10 * MS}),
        jobs=(job("a", "compute 30ms"), job("b", "compute 30ms")),
    )
    run = acted(scenario, 3, SetPolicy("fifo"))
    assert run.history.state_at_time(4 * MS).level == {}
    later = [row for row in rows(run.trace, Kind.LEVEL) if row.time > 3 * MS]
    assert later == []  # no boost either
    assert agrees(run)


def test_each_waits_on_at_its_own_core() -> None:
    """Two cores with queues of their own: a and c wait for 0, b and d for 1."""
    scenario = Scenario(
        "test",
        model="processes",
        machine=MachineSpec(
            2, parameters={"quantum": 2 * MS}, queue_per_core=True, idle_pull=False
        ),
        jobs=tuple(job(name, "compute 5ms") for name in "abcd"),
    )
    run = acted(scenario, 1, SetPolicy("fifo"))
    assert on_core(run.trace) == [Slice("a", 0, 5), Slice("c", 5, 10)]
    assert on_core(run.trace, 1) == [Slice("b", 0, 5), Slice("d", 5, 10)]
    assert agrees(run)


def test_a_core_that_comes_later_serves_the_new_policy() -> None:
    run = acted(three(), 3, SetPolicy("fifo"))
    run.act(SetCores(2), run.history.rows_at(4 * MS), 4 * MS)
    run.finish()
    started = [(row.time // MS, row.core, row.subject) for row in rows(run.trace, Kind.RUN)]
    c = started[-2][2]
    assert started[-2:] == [(4, 1, c), (11, 0, started[0][2])]
    assert run.trace.entities[c].name == "c"
    assert ends(run.trace) == {"a": 18, "b": 11, "c": 13}
    assert agrees(run)


def test_jobs_are_given_up_at_their_deadlines_from_then_on_or_no_longer() -> None:
    text = """
schema = 1
title = "late"
model = "processes"
unit = "tick"
until = 12
[machine]
policy = { name = "edf", abort_on_miss = ABORT }
[[job]]
name = "a"
period = 6
steps = ["compute 9"]
"""
    careless = loads_toml(text.replace("ABORT", "false"))
    run = Run(careless)
    run.finish()
    run.act(SetPolicy("edf", {"abort_on_miss": True}), 3, 2)
    run.finish()
    assert [row.time for row in rows(run.trace, Kind.ABORT)] == [6, 12]
    strict = Run(loads_toml(text.replace("ABORT", "true")))
    strict.finish()
    strict.act(SetPolicy("rate_monotonic", {"abort_on_miss": True}), 3, 2)
    assert [row.time for row in rows(strict.finish(), Kind.ABORT)] == [6, 12]  # once each
    strict.act(SetPolicy("edf"), 3, 2)
    assert rows(strict.finish(), Kind.ABORT) == []


def loads_toml(text: str) -> Scenario:
    """A scenario as a file has it."""
    return Source("late", text).load()


# -- quanta -----------------------------------------------------------------------------------


def test_a_quantum_holds_from_the_next_slice_on() -> None:
    """a's turn, begun at 0, ends at 2; those after it are of 4 ms."""
    run = acted(three(), 1, SetQuantum(4 * MS))
    assert on_core(run.trace)[:4] == [
        Slice("a", 0, 2),
        Slice("b", 2, 6),
        Slice("c", 6, 10),
        Slice("a", 10, 14),
    ]
    assert agrees(run)


SLICED: dict[str, dict[str, Any]] = {
    "round_robin": {"quantum": 2 * MS, "keep_slice": True},
    "priority": {"quantum": 2 * MS},
    "mlfq": {"quantum": 2 * MS, "levels": 1},
    "lottery": {"quantum": 2 * MS},
    "stride": {"quantum": 2 * MS},
}


@pytest.mark.parametrize("policy", SLICED)
def test_so_it_does_under_every_policy_with_a_quantum(policy: str) -> None:
    """Of the two whoever comes first has 2 ms, and from then on each slice is 5 ms long."""
    scenario = Scenario(
        "test",
        model="processes",
        machine=MachineSpec(policy=policy, parameters=SLICED[policy]),
        jobs=(job("a", "compute 40ms"), job("b", "compute 40ms")),
    )
    run = acted(scenario, 1, SetQuantum(5 * MS))
    expired = [row.time // MS for row in rows(run.trace, Kind.RUN) if row.reason is Reason.QUANTUM]
    assert {time % 5 for time in expired} == {2}
    assert agrees(run)


def test_the_request_of_eevdf_is_its_base_slice() -> None:
    """Two of equal weight with requests of 3 ms, then of 6."""
    scenario = Scenario(
        "test",
        model="processes",
        machine=MachineSpec(
            policy="eevdf", parameters={"base_slice": 3 * MS, "initial_half_slice": False}
        ),
        jobs=(job("a", "compute 40ms"), job("b", "compute 40ms")),
    )
    run = acted(scenario, 1, SetQuantum(6 * MS))
    assert on_core(run.trace)[:4] == [
        Slice("a", 0, 3),
        Slice("b", 3, 6),
        Slice("a", 6, 12),
        Slice("b", 12, 18),
    ]
    assert agrees(run)


def test_where_there_are_no_levels_there_is_one_quantum() -> None:
    with pytest.raises(ValueError, match="quantum: round_robin has no levels: give one length"):
        acted(three(), 1, SetQuantum((MS, 2 * MS)))


def test_each_level_may_have_a_quantum_of_its_own() -> None:
    scenario = Scenario(
        "test",
        model="processes",
        machine=MachineSpec(policy="mlfq", parameters={"quantum": [1 * MS, 2 * MS, 4 * MS]}),
        jobs=(job("a", "compute 20ms"),),
    )
    run = acted(scenario, 0, SetQuantum((2 * MS, 4 * MS, 8 * MS)))
    sinks = [row.time // MS for row in rows(run.trace, Kind.LEVEL)]
    assert sinks == [0, 1, 5]  # the first slice has begun
    assert "one entry for each of the 3 levels, got 2" in refused(scenario, SetQuantum((MS, MS)))


@pytest.mark.parametrize(
    ("policy", "parameters", "says"),
    [
        ("fifo", {}, "quantum: fifo has no quantum"),
        ("cfs", {}, "quantum: cfs has no quantum: how long a slice is follows from sched_latency"),
        ("priority", {}, "quantum: priority has no quantum here: equals do not take turns"),
        ("linux", {"fair": "cfs"}, "quantum: linux has no quantum here"),
    ],
)
def test_a_policy_without_slices_says_so(
    policy: str, parameters: dict[str, Any], says: str
) -> None:
    scenario = Scenario(
        "test",
        machine=MachineSpec(policy=policy, parameters=parameters),
        jobs=(job("a", "compute 1ms"),),
    )
    assert refused(scenario, SetQuantum(MS)).startswith(says)


# -- what makes no sense ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parameters", "says"),
    [
        ("fifp", {}, "name: there is no policy 'fifp': did you mean 'fifo'?"),
        ("round_robin", {"quantun": 3}, "quantun: round_robin has no such parameter: did you mean"),
        ("round_robin", {"quantum": 0}, "quantum: must be longer than 0"),
        ("round_robin", {"quantum": "3ms"}, "quantum: expected `int`, got `str`"),
        ("sjf", {"by": "size"}, "by: invalid enum value"),
        ("lottery", {"quantum": 10**30}, "quantum: "),
    ],
)
def test_nonsense_is_refused_at_once(name: str, parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=": ") as raised:
        SetPolicy(name, parameters)
    assert str(raised.value).startswith(says)


@pytest.mark.parametrize("quantum", [0, -1, (), (5, 0)])
def test_a_quantum_is_longer_than_nothing(quantum: Any) -> None:
    with pytest.raises(ValueError, match="quantum: must be longer than 0"):
        SetQuantum(quantum)


def test_work_stealing_wants_queues_of_their_own() -> None:
    assert refused(three(), SetPolicy("work_stealing")).startswith(
        "name: work_stealing wants a run queue for each core, and this machine has one for all"
    )


def test_in_ticks_the_defaults_are_those_of_a_file_in_ticks() -> None:
    text = """
schema = 1
title = "two"
model = "processes"
unit = "tick"
machine = { policy = "fifo" }
job = [{ name = "a", steps = ["compute 3"] }, { name = "b", steps = ["compute 3"] }]
"""
    run = Run(Source("two", text).load())
    run.finish()
    run.act(SetPolicy("round_robin"), 2, 0)
    run.finish()
    assert run.trace.end == 6
    started = [
        (row.time, run.trace.entities[row.subject].name) for row in rows(run.trace, Kind.RUN)
    ]
    assert started == [(time, "ab"[time % 2]) for time in range(6)]


# -- what is kept and told --------------------------------------------------------------------

TOML = """
schema = 1
title = "three"
model = "processes"
[machine]
quantum = "2ms"
[[job]]
name = "a"
count = 3
steps = ["compute 9ms"]
"""


def test_a_recording_plays_again() -> None:
    source = Source("three", TOML)
    run = Run(source.load())
    run.finish()
    todo: list[Command] = [
        SetPolicy("mlfq", {"quantum": [MS, 2 * MS], "boost": 5 * MS}),
        SetQuantum((2 * MS, 3 * MS)),
        SetPolicy("round_robin", {"quantum": MS}),
        SetQuantum(3 * MS),
    ]
    for number, command in enumerate(todo, 1):
        run.act(command, run.history.rows_at(3 * number * MS), 3 * number * MS)
        run.finish()
    recorded = loads(Recording.of(run, source).dumps(), "three")
    assert [placed.command for placed in recorded.commands] == todo
    assert recorded.first_difference(recorded.play().trace) is None


def test_a_recording_with_nonsense_is_refused_in_a_sentence() -> None:
    source = Source("three", TOML)
    run = Run(source.load())
    run.finish()
    run.act(SetPolicy("fifo"), 3, 0)
    text = Recording.of(run, source).dumps().replace('"fifo"', '"fifi"')
    with pytest.raises(RecordingError, match="there is no policy 'fifi'"):
        loads(text, "three")


def test_the_state_knows_the_policy_of_every_moment() -> None:
    run = acted(three(), 3, SetPolicy("fifo"))
    assert run.history.state_at_time(2 * MS).policy.name == "round_robin"
    assert run.history.state_at_time(2 * MS).policy.parameters == {"quantum": 2 * MS}
    assert run.history.state_at_time(3 * MS).policy == ("fifo", {}, 1)


JOINED = (
    "2 threads in the run queue join that of the new policy, in the order in which the old one had "
    "them."
)


def test_the_sentences_say_which_policy_chose() -> None:
    run = acted(three(), 3, SetPolicy("stcf"))
    step = next(row.n for row in run.trace.rows() if row.kind is Kind.COMMAND) + 1
    told = explain(run.history, step)
    assert told.headline == "You let stcf schedule from now on, instead of round robin."
    assert told.details == (
        JOINED,
        "Who runs goes on; what the old policy kept of everybody is forgotten.",
        "Its parameters: ties arrival, by burst.",
    )
    after = next(row.n for row in rows(run.trace, Kind.RUN) if row.n >= step) + 1
    assert "least left to compute" in explain(run.history, after).text


def test_the_sentence_about_a_quantum() -> None:
    run = acted(three(), 1, SetQuantum(4 * MS))
    step = next(row.n for row in run.trace.rows() if row.kind is Kind.COMMAND) + 1
    assert explain(run.history, step).headline == "You set the quantum to 4 ms; it was 2 ms."


@pytest.mark.parametrize("old", [name for name in POLICIES if name != "work_stealing"])
@pytest.mark.parametrize("new", [name for name in POLICIES if name != "work_stealing"])
def test_from_any_policy_to_any_other_everybody_gets_all_its_time(old: str, new: str) -> None:
    """Three of 9 ms on two cores end, and nothing is lost: 27 ms of computing."""
    scenario = Scenario(
        "test",
        model="processes",
        machine=MachineSpec(2, old),
        jobs=tuple(job(name, "compute 9ms") for name in "abc"),
    )
    run = acted(scenario, 3, SetPolicy(new))
    assert set(ends(run.trace)) == {"a", "b", "c"}
    used = [each.end - each.start for core in (0, 1) for each in on_core(run.trace, core)]
    assert round(sum(used), 6) == 27
    assert agrees(run)
