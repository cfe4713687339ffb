"""trio's rules (SEMANTICS.md T1 to T3), as distributions over seeds and as exact times."""

from __future__ import annotations

import gc
from collections import Counter
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from schedsim.history import History
from schedsim.loops.trio import TRIO
from schedsim.loops.trio.channels import WouldBlock
from schedsim.loops.trio.tasks import Task
from schedsim.programs.steps import Block, Step, Try
from schedsim.scenario import Job, Scenario, Shared
from schedsim.simulation import LoopThread, Simulation
from schedsim.state import State
from schedsim.trace import Kind, Reason, Trace
from schedsim.traps import VERB, Body, Named, Op as StepOp, Wish
from schedsim.why import explain
from tests.live_loops import LoopMachine
from tests.machines import MS, job, marks, play, repeat, steps, threads
from tests.nursery_programs import Program, SimulatedNurseries, by_task
from tests.strategies_nurseries import programs

RUNS = 400


def verb(name: str, *arguments: object) -> StepOp:
    return StepOp((VERB, Wish(name, arguments)), name)


def block(name: str, *do: Step, on: tuple[object, ...] = ()) -> Block:
    return Block(Wish(name, on), do, name)


def plays(*jobs: Job, seed: int = 0, **shared: Shared) -> Trace:
    """The jobs under trio; trace and engine agree at the end, and it has one."""
    scenario = Scenario("test", model="trio", jobs=jobs, shared=shared)
    simulation = Simulation(scenario, seed)
    simulation.run(rows=50_000)
    trace = simulation.trace
    assert trace.complete
    return trace


def told(*jobs: Job, seed: int = 0, **shared: Shared) -> list[tuple[float, str, str]]:
    return marks(plays(*jobs, seed=seed, **shared))


def orders(*jobs: Job, **shared: Shared) -> Counter[str]:
    """In which orders the marks came, and how often."""
    return Counter(
        " ".join(label for _, _, label in told(*jobs, seed=seed, **shared)) for seed in range(RUNS)
    )


def evenly(found: Counter[str], *expected: str) -> bool:
    """Exactly those, each as often as the others: within five standard deviations."""
    share = 1 / len(expected)
    spread = 5 * (RUNS * share * (1 - share)) ** 0.5
    return set(found) == set(expected) and all(
        abs(times - RUNS * share) < spread for times in found.values()
    )


# -- T1, B8: batches --------------------------------------------------------------------------


def test_a_batch_goes_in_the_order_of_waking_or_its_reverse() -> None:
    """B8, t1."""
    assert evenly(orders(*(job(name, f"mark {name}") for name in "ABCD")), "A B C D", "D C B A")


def test_each_pass_tosses_its_own_coin() -> None:
    """B8, t2."""
    found = orders(*(job(name, f"mark {name}0", "yield", f"mark {name}1") for name in "ABC"))
    assert evenly(
        found,
        "A0 B0 C0 A1 B1 C1",
        "C0 B0 A0 C1 B1 A1",
        "C0 B0 A0 A1 B1 C1",
        "A0 B0 C0 C1 B1 A1",
    )


def test_a_lock_is_handed_over_in_strict_alternation() -> None:
    """B8, t3: BABA or ABAB and nothing else."""
    found = orders(
        *(
            job(name, repeat(2, "acquire lock", f"mark {name}", "yield", "release lock"))
            for name in "AB"
        )
    )
    assert evenly(found, "A B A B", "B A B A")


def test_a_single_task_tosses_no_coin() -> None:
    trace = plays(job("alone", repeat(20, "compute 1ms", "yield")))
    assert not [row for row in trace.rows() if row.kind is Kind.REVERSED]


def test_a_reversed_batch_is_a_row_with_a_reason() -> None:
    jobs = [job(name, f"mark {name}") for name in "ABC"]
    for seed in range(20):
        trace = plays(*jobs, seed=seed)
        turned = [row.n for row in trace.rows() if row.kind is Kind.REVERSED]
        order = "".join(label for _, _, label in marks(trace))
        assert (order, len(turned)) in {("ABC", 0), ("CBA", 1)}
        for n in turned:
            before, after = (State.start(trace).forward(rows) for rows in (n, n + 1))
            (thread,) = before.loops
            queue = [trace.entities[id].name for id in before.loops[thread].ready]
            assert queue == ["A", "B", "C"]
            assert list(after.loops[thread].ready) == [*reversed(before.loops[thread].ready)]
            assert "reverse order" in explain(History(trace), n + 1).headline


# -- D11, D15: deadlines ----------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [100, 1_000, 2_000, 3_000, 5_000, 10_000, 20_000, 50_000])
@pytest.mark.parametrize("live", [False, True])
def test_a_ticker_beside_a_spinner_is_late_by_the_formula(chunk: int, live: bool) -> None:
    """B3, D11: c * ceil(P / c) - P, and another c half of the time."""
    period, chunk_ns = 10 * MS, chunk * 1_000
    ticks = 200
    ticker = job("ticker", repeat(ticks, "sleep 10ms", "mark tick"))
    spinner = job("spinner", repeat(None, f"compute {chunk}us", "yield"))
    jobs = [ticker, spinner]
    if live:
        jobs.append(job("waiter", "join ticker"))
    simulation = Simulation(Scenario("test", model="trio", jobs=tuple(jobs)), 7)
    while len(found := marks(simulation.trace)) < ticks and len(simulation.trace) < 2_000_000:
        simulation.run(rows=len(simulation.trace) + 20_000)
    moments = [0, *(round(time * MS) for time, _, _ in found)]
    late = Counter(b - a - period for a, b in pairwise(moments))
    least = -(-period // chunk_ns) * chunk_ns - period
    assert set(late) == {least, least + chunk_ns}
    spread = 5 * (ticks * 0.25) ** 0.5
    assert abs(late[least] - ticks / 2) < spread


def test_a_spinner_that_never_yields_makes_the_ticker_wait_for_all_of_it() -> None:
    """D11: no yield: W."""
    spinner = job("spinner", "sleep 1ms", "compute 500ms")
    assert told(job("ticker", "sleep 10ms", "mark tick"), spinner) == [(501, "ticker", "tick")]


def test_a_ticker_of_a_millisecond_keeps_its_period_beside_short_turns() -> None:
    """D15: 1.02 ms, where gevent has 5.06."""
    found = told(
        job("ticker", repeat(99, "sleep 1ms", "mark tick")),
        job("spinner", repeat(6_000, "compute 18us", "yield")),
    )
    periods = [b[0] - a[0] for a, b in pairwise(found)]
    assert median(periods) == pytest.approx(1.018, abs=0.0204)


def test_a_due_timer_wakes_its_task_into_the_pass_that_finds_it() -> None:
    """T1; under asyncio the same tick comes two passes later."""
    jobs = (
        job("spinner", repeat(5, "compute 3ms", "mark turn", "yield")),
        job("sleeper", "sleep 4ms", "mark awake"),
    )
    seen = set()
    for seed in range(40):
        found = told(*jobs, seed=seed)
        seen.add(next(time for time, _, label in found if label == "awake"))
    # Asleep since 0 or since 3 ms, found due at 6 or at 9 ms; first or second in its batch.
    assert seen == {6, 9, 12}


# -- T2: every verb is a checkpoint -----------------------------------------------------------


def test_what_need_not_wait_gives_way_all_the_same() -> None:
    """After each of these the other task has had a turn, once in every pass."""
    shared = {
        "lock": Shared("lock"),
        "some": Shared("semaphore", 3),
        "set": Shared("event", 1),
        "queue": Shared("queue", 5),
    }
    free = (
        verb("acquire", Named("lock", "lock")),
        verb("acquire", Named("semaphore", "some")),
        verb("wait", Named("event", "set")),
        verb("put", Named("queue", "queue"), 1),
        verb("get", Named("queue", "queue")),
        verb("join", Named("job", "gone")),
        verb("await", Named("job", "gone")),
        verb("yield"),
        verb("sleep", 0),
        block("group"),
    )
    for step in free:
        full = verb("put_nowait", Named("queue", "queue"), 1)
        first = Job("first", (full, *steps("sleep 1ms"), step, *steps("mark on")))
        other = job("other", "sleep 1ms", "mark 1", "yield", "mark 2", "yield", "mark 3")
        for seed in range(10):
            found = [label for _, _, label in told(first, other, job("gone"), seed=seed, **shared)]
            assert 1 <= found.index("on") <= 2, (step, found)
    plain = (
        verb("release", Named("semaphore", "some")),
        verb("set", Named("event", "set")),
        verb("put_nowait", Named("queue", "queue"), 1),
        verb("cancel", Named("job", "gone")),
        block("move_on", *steps("compute 1ms"), on=(5 * MS,)),
        block("shield"),
    )
    for step in plain:
        first = Job("first", (*steps("mark before"), step, *steps("mark on")))
        other = job("other", "mark 1", "yield", "mark 2")
        for seed in range(10):
            found = [label for _, _, label in told(first, other, job("gone"), seed=seed, **shared)]
            assert found.index("on") == found.index("before") + 1, (step, found)


# -- T3: scopes -------------------------------------------------------------------------------


def nurseries(program: Program, seed: int = 0) -> dict[str, list[list[Any]]]:
    return by_task(SimulatedNurseries(program, seed).run(checked=True).log)


def test_in_a_cancelled_scope_every_checkpoint_raises_again() -> None:
    again = ["try", [["checkpoint"], ["mark", "not here"]], {"cancelled!": [["mark", "again"]]}]
    program = {
        "resources": {"L0": {"type": "lock"}},
        "funcs": {},
        "main": [
            [
                *("move_on", 10),
                [
                    ["try", [["sleep", 20]], {"finally": [again]}],
                ],
            ],
            ["mark", "on"],
        ],
    }
    assert nurseries(program)["main"] == [
        [10, "finally"],
        [10, "caught:cancelled"],
        [10, "again"],
        [10, "scope cancelled:True"],
        [10, "on"],
    ]


def test_a_shield_keeps_cancellation_out_until_it_ends() -> None:
    program: Program = {
        "resources": {},
        "funcs": {},
        "main": [
            ["move_on", 10, [["shield", [["sleep", 25], ["mark", "done"]]], ["mark", "past it"]]],
        ],
    }
    assert nurseries(program)["main"] == [
        [25, "done"],
        [25, "past it"],  # leaving a scope is no checkpoint
        [25, "scope cancelled:False"],
    ]


def test_a_task_that_is_cancelled_before_it_begins_runs_to_its_first_checkpoint() -> None:
    """Unlike asyncio, which never runs its body (A9)."""
    program: Program = {
        "resources": {},
        "funcs": {"f": [["mark", "here"], ["checkpoint"], ["mark", "never"]]},
        "main": [["nursery", [["start", "child", "f"], ["cancel_nursery"]]], ["mark", "on"]],
    }
    for seed in range(8):
        found = nurseries(program, seed)
        assert [label for _, label in found["child"]] == ["start", "here", "end:cancelled"]
        assert found["main"] == [[0, "on"]]


# -- verbs and blocks, as scenarios say them --------------------------------------------------


def failing(*before: str) -> tuple[Step, ...]:
    return (*steps(*before), verb("raise", "broken"))


def ended(trace: Trace) -> dict[str, tuple[float, Reason]]:
    """When (ms) and how each task ended."""
    state = State.start(trace).forward(len(trace))
    return {
        each.name: (state.since[each.id] / MS, state.why[each.id])
        for each in trace.entities
        if each.id and each.thread not in {0, each.id}
    }


def test_a_nursery_waits_for_what_was_spawned_inside() -> None:
    parent = Job("parent", (block("group", *steps("spawn child", "mark in")), *steps("mark out")))
    child = job("child", "sleep 5ms", spawned=True)
    assert told(parent, child) == [(0, "parent", "in"), (5, "parent", "out")]


def test_a_failing_child_cancels_its_siblings_and_the_block() -> None:
    inside = block("group", *steps("spawn bad", "spawn good", "sleep 100ms", "mark never"))
    parent = Job("parent", (Try((inside,), (("error", steps("mark caught")),)),))
    bad = Job("bad", failing("sleep 5ms"), spawned=True)
    good = job("good", "sleep 50ms", "mark never", spawned=True)
    trace = plays(parent, bad, good)
    assert marks(trace) == [(5, "parent", "caught")]
    assert ended(trace) == {
        "parent": (5, Reason.EXIT),
        "bad": (5, Reason.FAILED),
        "good": (5, Reason.CANCELLED),
    }
    asked = [row for row in trace.rows() if row.kind is Kind.CANCEL]
    assert [(trace.entities[r.subject].name, trace.entities[r.other].name) for r in asked] == [
        ("good", "bad")
    ]


def test_what_is_spawned_outside_a_nursery_fails_alone() -> None:
    parent = job("parent", "spawn bad", "sleep 10ms", "join bad", "mark on")
    trace = plays(parent, Job("bad", failing("sleep 5ms"), spawned=True))
    assert marks(trace) == [(10, "parent", "on")]
    assert ended(trace)["bad"] == (5, Reason.FAILED)


def test_cancelling_a_group_cancels_each_of_its_tasks() -> None:
    sleeper = job("sleeper", "sleep 50ms", "mark never", count=2)
    other = Job(
        "other",
        (
            *steps("sleep 5ms"),
            verb("cancel", Named("job", "sleeper")),
            verb("await", Named("job", "sleeper")),
            *steps("mark on"),
        ),
    )
    trace = plays(sleeper, other)
    assert marks(trace) == [(5, "other", "on")]
    assert {how for name, how in ended(trace).items() if name != "other"} == {(5, Reason.CANCELLED)}


def test_a_timeout_fails_and_a_move_on_does_not() -> None:
    slow = steps("sleep 20ms", "mark never")
    both = Job(
        "both",
        (
            Try((block("timeout", *slow, on=(5 * MS,)),), (("timeout", steps("mark slow")),)),
            block("move_on", *slow, on=(5 * MS,)),
            *steps("mark on"),
            block("timeout", *slow, on=(5 * MS,)),
        ),
    )
    trace = plays(both)
    assert marks(trace) == [(5, "both", "slow"), (10, "both", "on")]
    assert ended(trace)["both"] == (15, Reason.FAILED)


@pytest.mark.parametrize("deep", [False, True])
def test_a_sleep_that_is_over_when_its_scope_is_does_not_get_to_the_next_step(deep: bool) -> None:
    """As with trio and its MockClock: the outer scope is cancelled, so no inner one goes on."""
    body = steps("sleep 5ms", "mark inside")
    inside = (block("move_on", *body, on=(5 * MS,)), *steps("mark between")) if deep else body
    both = Job("a", (block("move_on", *inside, on=(5 * MS,)), *steps("mark after")))
    assert told(both) == [(5, "a", "after")]


@pytest.mark.parametrize("alone", [True, False])
def test_what_fails_because_time_is_up_is_not_forgotten(alone: bool) -> None:
    """The scope takes ``Cancelled`` out, of a group of errors too; what is left is raised."""
    bad = Try(steps("sleep 1h"), (("cancelled", failing()),))
    inside = (bad,) if alone else (block("group", *steps("spawn bad", "sleep 1h")),)
    parent = Job(
        "parent",
        (Try((block("move_on", *inside, on=(2 * MS,)),), (("error", steps("mark failed")),)),),
    )
    child = Job("bad", (bad,), spawned=True)
    assert told(parent, child) == [(2, "parent", "failed")]


def test_who_receives_what_is_there_already_gives_way() -> None:
    """``recv`` is a checkpoint also when it need not wait (T2): the other is first."""
    reader = job("reader", "sleep 1ms", "spawn other", "recv p", "mark read")
    other = job("other", "mark beside", spawned=True)
    writer = job("writer", "send p 1")
    assert told(reader, other, writer, p=Shared("pipe")) == [
        (1, "other", "beside"),
        (1, "reader", "read"),
    ]


def test_gather_waits_for_all_groups() -> None:
    waiter = Job(
        "waiter",
        (verb("gather", (Named("job", "a"), Named("job", "b"))), *steps("mark on")),
    )
    found = told(waiter, job("a", "sleep 3ms", count=2), Job("b", failing("sleep 8ms")))
    assert found == [(8, "waiter", "on")]


def test_a_condition_wakes_as_many_as_it_is_told() -> None:
    condition = Named("condition", "full")
    waits = block("with", verb("wait", condition), *steps("mark woken"), on=(condition,))
    waiter = Job("waiter", (waits,), count=3)
    one = block("with", verb("notify", condition, 1), *steps("compute 2ms"), on=(condition,))
    rest = block("with", verb("notify", condition, 0), on=(condition,))
    notifier = Job("notifier", (*steps("sleep 5ms"), one, *steps("sleep 5ms"), rest))
    found = told(waiter, notifier, full=Shared("condition"))
    assert [time for time, _, _ in found] == [7, 12, 12]
    # Fair: all three waited since 0, in the order of their first batch or its reverse.
    assert [who for _, who, _ in found] in (
        ["waiter-1", "waiter-2", "waiter-3"],
        ["waiter-3", "waiter-2", "waiter-1"],
    )


def test_a_barrier_lets_go_of_all_when_the_last_comes() -> None:
    meet = verb("wait", Named("barrier", "gate"))
    jobs = (
        Job("early", (meet, *steps("mark on"), meet, *steps("mark again"))),
        Job("late", (*steps("sleep 5ms"), meet, *steps("sleep 5ms"), meet)),
    )
    assert told(*jobs, gate=Shared("barrier", 2)) == [(5, "early", "on"), (10, "early", "again")]


def test_who_is_cancelled_at_a_barrier_has_not_come() -> None:
    meet = verb("wait", Named("barrier", "gate"))
    jobs = (
        Job("gives up", (block("move_on", meet, on=(5 * MS,)), *steps("mark up"))),
        Job("second", (*steps("sleep 7ms"), meet, *steps("mark on"))),
        Job("third", (*steps("sleep 9ms"), meet)),
    )
    found = told(*jobs, gate=Shared("barrier", 2))
    assert found == [(5, "gives up", "up"), (9, "second", "on")]


def test_an_event_that_is_cleared_has_to_be_set_again() -> None:
    event = Named("event", "go")
    waiter = Job("waiter", (*steps("sleep 2ms"), verb("wait", event), *steps("mark on")))
    setter = Job(
        "setter",
        (verb("set", event), verb("clear", event), *steps("sleep 5ms"), verb("set", event)),
    )
    assert told(waiter, setter, go=Shared("event")) == [(5, "waiter", "on")]


def test_a_full_channel_makes_its_sender_wait_or_refuses() -> None:
    queue = Named("queue", "q")
    sender = Job(
        "sender",
        (
            verb("put", queue, 1),
            Try((verb("put_nowait", queue, 2),), (("error", steps("mark full")),)),
            verb("put", queue, 2),
            *steps("mark sent"),
        ),
    )
    receiver = Job("receiver", (*steps("sleep 5ms"), verb("get", queue), verb("get", queue)))
    found = told(sender, receiver, q=Shared("queue", 1))
    assert found == [(0, "sender", "full"), (5, "sender", "sent")]


def test_a_lock_whose_holder_ends_is_broken() -> None:
    tries = Try(steps("acquire lock"), (("error", steps("mark broken")),))
    jobs = (
        job("holder", "acquire lock", "sleep 5ms"),
        Job("waiter", (*steps("sleep 1ms"), tries)),
        Job("late", (*steps("sleep 9ms"), tries)),
    )
    assert told(*jobs) == [(5, "waiter", "broken"), (9, "late", "broken")]


def test_a_lock_cannot_be_taken_twice_nor_given_back_by_another() -> None:
    twice = Try(steps("acquire lock"), (("error", steps("mark twice")),))
    other = Try(steps("release lock"), (("error", steps("mark not mine")),))
    jobs = (
        Job("holder", (*steps("acquire lock"), twice, *steps("sleep 5ms", "release lock"))),
        Job("other", (*steps("sleep 1ms"), other)),
    )
    assert told(*jobs) == [(0, "holder", "twice"), (1, "other", "not mine")]


def test_a_periodic_task_meets_its_releases_and_yields_when_it_is_late() -> None:
    period = verb("period", 10 * MS)
    work = Job("work", (repeat(3, "mark job", "compute 15ms", period),))
    other = job("other", repeat(4, "mark other", "yield"))
    for seed in range(10):
        found = told(work, other, seed=seed)
        assert [time for time, who, _ in found if who == "work"] == [0, 15, 30]
        third = [n for n, (_, who, _) in enumerate(found) if who == "work"][2]
        # Two whole batches are over by then, and the other task was in each.
        assert [who for _, who, _ in found[:third]].count("other") >= 2


def test_a_token_is_lent_to_who_waits_longest() -> None:
    machine = LoopMachine(TRIO, 1)
    limiter = machine.resource("limiter", "tokens", 1)

    def body(me: Task) -> Body:
        for _ in range(2):
            yield from limiter.acquire(me)
            machine.say(me, "has it")
            yield from me.perform((VERB, Wish("sleep", (5,))))
            limiter.release(me)

    machine.start("a", body)
    machine.start("b", body)
    machine.run(checked=True)
    assert [time for time, _, _ in machine.log] == [0, 5, 10, 15]
    assert len({who for _, who, _ in machine.log[:2]}) == 2
    assert limiter.value == 1


def test_receiving_from_an_empty_channel_would_block() -> None:
    machine = LoopMachine(TRIO)
    channel = machine.resource("queue", "q", 0)

    def body(me: Task) -> Body:
        yield from ()
        with pytest.raises(WouldBlock):
            channel.receive_nowait(me)
        channel.send_nowait(me, "x")
        channel.send_nowait(me, "y")
        machine.say(me, channel.receive_nowait(me))

    machine.start("a", body)
    machine.run(checked=True)
    assert machine.log == [(0, "a", "x")]
    assert channel.value == 1


# -- one run, however it is cut and told ------------------------------------------------------


@given(programs(), st.integers(0, 1_000))
@settings(max_examples=50)
def test_engine_and_trace_agree_after_every_row_and_cuts_change_nothing(
    program: Program, seed: int
) -> None:
    cut = SimulatedNurseries(program, seed).run(checked=True)
    whole = SimulatedNurseries(program, seed).run()
    assert cut.machine.trace.digest() == whole.machine.trace.digest()
    assert cut.log == whole.log


@pytest.mark.parametrize("cut", [20, 35, 50])
def test_a_run_that_is_thrown_away_adds_nothing_to_its_trace(cut: int) -> None:
    inside = block("move_on", block("shield", *steps("sleep 9ms")), on=(20 * MS,))
    lock = block("with", inside, on=(Named("lock", "lock"),))
    jobs = [Job(name, (block("group", *steps("spawn x"), lock),)) for name in "abc"]
    jobs.append(job("x", repeat(20, "sleep 1ms"), spawned=True))
    simulation = Simulation(Scenario("test", model="trio", jobs=tuple(jobs)))
    simulation.run(rows=cut)
    trace = simulation.trace
    before = trace.digest()
    del simulation
    gc.collect()
    assert trace.digest() == before


LINES = st.sampled_from(
    [
        *("compute 1ms", "compute 3ms", "sleep 1ms", "sleep 2ms", "sleep 4ms", "io 3ms"),
        *("yield", "spawn x"),
    ]
)


@given(
    st.lists(st.tuples(st.lists(LINES, max_size=5), st.integers(0, 3)), min_size=1, max_size=4),
    st.integers(0, 1_000),
)
def test_flat_and_live_tasks_do_the_same_at_the_same_time(
    drawn: list[tuple[list[str], int]], seed: int
) -> None:
    jobs = [
        job(
            f"j{n}",
            *(each for line in lines for each in (line, f"mark m{n}")),
            arrival=f"{arrival}ms",
        )
        for n, (lines, arrival) in enumerate(drawn)
    ]
    jobs.append(job("x", "sleep 2ms", "mark x", spawned=True))
    scenario = Scenario("test", model="trio", jobs=tuple(jobs))
    flat = Simulation(scenario, seed)
    flat.run()
    made = LoopThread.__init__

    def make_live(self: LoopThread, *args: Any, live: bool) -> None:
        assert not live
        made(self, *args, live=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LoopThread, "__init__", make_live)
        live = Simulation(scenario, seed)
    live.run()
    assert marks(live.trace) == marks(flat.trace)


def test_flat_tasks_of_trio_agree_with_the_engine_after_every_row() -> None:
    jobs = [job(name, "compute 2ms", "sleep 1ms", "yield", "mark on", "io 2ms") for name in "abc"]
    scenario = threads(*jobs, model="trio")
    whole = play(scenario)
    cut = Simulation(scenario)
    while not cut.trace.complete:
        cut.run(rows=len(cut.trace) + 1)
    assert cut.trace.digest() == whole.digest()
