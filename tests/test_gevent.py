"""Our gevent: the orders that the real one has (SEMANTICS.md A3, B8, D11, D15), and its state."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from schedsim.durations import parse_duration
from schedsim.history import History
from schedsim.loops.gevent import GEVENT, greenlets
from schedsim.loops.gevent.timeouts import Timeout
from schedsim.loops.greenlets import GreenletExit
from schedsim.programs.steps import Block, Try
from schedsim.scenario import Job, Scenario
from schedsim.scenario_file import loads
from schedsim.simulation import LoopThread, Simulation
from schedsim.state import State, Status
from schedsim.trace import Kind, Reason
from schedsim.traps import COMPUTE, JOIN, SLEEP, SPAWN, VERB, Body, Named, Op, Wish
from schedsim.why import explain
from tests.greenlet_programs import Program
from tests.live_loops import LoopMachine
from tests.machines import MS, job, marks, play, repeat, threads
from tests.strategies import job_lists
from tests.strategies_greenlets import programs

CASES = json.loads(
    (Path(__file__).parent / "cases" / "gevent_order.json").read_text(encoding="utf-8")
)["cases"]


def greenlet_jobs(*jobs: Job, **options: Any) -> Scenario:
    """Jobs as greenlets of one hub."""
    return threads(*jobs, model="gevent", gil=False, **options)


def labels(scenario: Scenario) -> str:
    return " ".join(label for _, _, label in marks(play(scenario)))


# -- what the real one did --------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_program_logs_what_it_does_under_gevent(case: dict[str, Any]) -> None:
    program = Program(case["program"]).run(checked=True)
    expect = case["expect"]
    assert (program.outcome, program.end) == (expect["outcome"], expect["time"])
    assert program.log == expect["log"]


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(programs())
def test_random_programs_do_what_they_do_under_the_gevent_that_is_installed(
    program: dict[str, Any],
) -> None:
    pytest.importorskip("gevent")
    from tests.real_gevent import RealProgram

    unit = 4 * MS
    ours = Program(program, unit)
    dues: list[int] = []
    timers = ours.loop.timers
    start = timers.start

    def note(timer: Any, when: int) -> int:
        dues.append(when)
        return start(timer, when)

    timers.start = note  # type: ignore[method-assign]
    ours.run()
    assume(ours.end <= 40)
    within = [due for due in dues if due <= ours.end * unit]
    assume(len(set(within)) == len(within))  # with a real clock there are no ties
    for _ in range(3):
        real = RealProgram(program, unit / 1e9).run()
        if real.log == ours.log:
            break
    # A timer that was late on this machine makes another order, of which we know nothing.
    assume(real.exact and [time for time, *_ in real.log] == [time for time, *_ in ours.log])
    assert (ours.outcome, ours.log) == (real.outcome, real.log)


def test_a_reentrant_lock_is_let_go_when_its_owner_has_left_as_often_as_entered() -> None:
    """``gevent/lock.py``; the gevent that is installed says the same."""
    program = {
        "resources": {"L": {"type": "rlock"}},
        "funcs": {"other": [["with", "L", [["mark", "mine now"]]]]},
        "main": [
            ["spawn", "o", "other"],
            ["with", "L", [["with", "L", [["sleep", 0]]], ["sleep", 0], ["mark", "still mine"]]],
            ["join", "o"],
            ["try", [["release", "L"]], {"error": [["mark", "not mine"]]}],
        ],
    }
    found = Program(program).run(checked=True)
    assert [f"{who} {label}" for _, who, label in found.log] == [
        "o start",
        "main still mine",
        "o mine now",
        "o end",
        "main caught:RuntimeError",
        "main not mine",
    ]
    pytest.importorskip("gevent")
    from tests.real_gevent import RealProgram

    assert [line[1:] for line in RealProgram(program, 0.001).run().log] == [
        line[1:] for line in found.log
    ]


# -- SEMANTICS.md B8 --------------------------------------------------------------------------


def run(*bodies: Any) -> str:
    """What greenlets with these bodies logged; a body is called with its task and ``say``."""
    machine = LoopMachine(GEVENT)

    def bound(body: Any) -> Any:
        return lambda me: body(me, partial(machine.say, me), machine)

    for n, body in enumerate(bodies):
        machine.start(f"t{n}", bound(body))
    machine.run(checked=True)
    return " | ".join(label for _, _, label in machine.log)


def test_g1_a_spawned_greenlet_starts_when_its_spawner_waits() -> None:
    def main(me: Any, say: Any, machine: Any) -> Body:
        def worker(name: str, times: int) -> Any:
            def body(it: Any) -> Body:
                for n in range(times):
                    say(f"{name}{n}")
                    yield from it.give_way()
                say(f"{name}end")

            return body

        say("main0")
        started = [machine.start(n, worker(n, k), by=me) for n, k in (("A", 3), ("B", 2), ("C", 1))]
        say("main1 (not started)")
        yield from greenlets.joinall(me, started)
        say("main")

    assert run(main) == (
        "main0 | main1 (not started) | A0 | B0 | C0 | A1 | B1 | Cend | A2 | Bend | Aend | main"
    )


def test_g3_callbacks_come_before_timers_and_timers_before_devices() -> None:
    """The program of B8: what is ready is served late, because the main greenlet blocks 20 ms.

    c became ready before a; libev takes what is pending from its end.
    """
    scenario = greenlet_jobs(
        job("a", "io 600us", "mark io_a"),
        job("c", "io 500us", "mark io_c"),
        job("t2", "sleep 4ms", "mark timer_t2"),
        job("t1", "sleep 2ms", "mark timer_t1"),
        job("main", "sleep 400us", "call time.sleep 20ms", "spawn soon1", "spawn soon2"),
        job("soon1", "mark cb_soon1", spawned=True),
        job("soon2", "mark cb_soon2", spawned=True),
    )
    expected = "cb_soon1 cb_soon2 timer_t1 timer_t2 io_a io_c"
    assert labels(scenario) == expected
    scenario = replace(scenario, jobs=(*scenario.jobs, live_job("other")))
    assert labels(scenario) == expected


def test_g4_a_callback_that_a_callback_adds_runs_in_the_same_drain() -> None:
    machine = LoopMachine(GEVENT)
    hub: Any = machine.loop
    said: list[str] = []

    def callback(name: str, times: int) -> Any:
        def run() -> Any:
            said.append(f"cb {name}")
            if times:
                hub.call_in_hub(callback(f"{name}'", times - 1))
            return ()

        return run

    def main(me: Any) -> Body:
        machine.start("timer", timer, by=me, at=hub.later(1))
        hub.call_in_hub(callback("x", 3))
        hub.call_in_hub(callback("y", 0))
        yield from me.pause(5)

    def timer(me: Any) -> Body:
        said.append("timer0")
        yield from ()

    machine.start("main", main)
    machine.run(checked=True)
    assert said == ["cb x", "cb y", "cb x'", "cb x''", "cb x'''", "timer0"]


def live_job(name: str, *lines: str, **options: Any) -> Job:
    """A job that does nothing special, but through a block: so all tasks are live."""
    return replace(job(name, **options), steps=(Try(job(name, *lines).steps),))


def resource(kind: str, name: str) -> Named:
    return Named(kind, name)


def wish(name: str, *arguments: Any) -> Op:
    return Op((VERB, Wish(name, arguments)), name)


def test_g5_whoever_lets_go_of_a_semaphore_may_take_it_again_at_once() -> None:
    lines = [
        part
        for n in range(2)
        for part in (
            wish("acquire", resource("semaphore", "s")),
            *job("x", f"mark got{n}", "sleep 0ms").steps,
            wish("release", resource("semaphore", "s")),
        )
    ]
    trace = play(greenlet_jobs(*(Job(name, tuple(lines)) for name in "ABC")))
    assert " | ".join(f"{who} {label}" for _, who, label in marks(trace)) == (
        "A got0 | A got1 | B got0 | B got1 | C got0 | C got1"
    )


def test_g6_an_event_wakes_those_that_wait_in_their_order_when_its_setter_waits() -> None:
    event = resource("event", "e")
    waiters = [Job(n, (wish("wait", event), *job(n, f"mark {n}").steps)) for n in "ABC"]
    setter = (*job("s", "sleep 0ms").steps, wish("set", event), *job("s", "mark set").steps)
    assert labels(greenlet_jobs(*waiters, Job("s", setter))) == "set A B C"


def test_g7_a_queue_of_one_goes_back_and_forth() -> None:
    def queue(machine: Any) -> Any:
        return machine.resource("queue", "q", 1)

    machine = LoopMachine(GEVENT)
    q = queue(machine)

    def producer(me: Any) -> Body:
        for n in range(3):
            machine.say(me, f"put? {n}")
            yield from q.put(me, n)
            machine.say(me, f"put! {n}")

    def consumer(me: Any) -> Body:
        for _ in range(3):
            item = yield from q.get(me)
            machine.say(me, f"got {item}")

    machine.start("p", producer)
    machine.start("c", consumer)
    machine.run(checked=True)
    assert " | ".join(label for _, _, label in machine.log) == (
        "put? 0 | put! 0 | put? 1 | got 0 | put! 1 | put? 2 | got 1 | put! 2 | got 2"
    )


def test_g8_a_kill_is_a_callback_and_one_that_has_not_begun_never_does() -> None:
    def sleeper(say: Any) -> Any:
        def body(me: Any) -> Body:
            try:
                say("sleep")
                yield from me.pause(10)
            except GreenletExit:
                say("killed")
                raise
            finally:
                say("finally")

        return body

    def main(me: Any, say: Any, machine: Any) -> Body:
        first = machine.start("first", sleeper(say), by=me)
        yield from me.give_way()
        yield from greenlets.kill(me, first, block=False)
        say(f"after kill(block=False) {first.over}")
        yield from me.give_way()
        say(f"now {first.over}")
        second = machine.start("second", sleeper(say), by=me)
        yield from greenlets.kill(me, second)
        say(f"kill before start -> never runs {second.over}")

    assert run(main) == (
        "sleep | after kill(block=False) False | killed | finally | now True | "
        "kill before start -> never runs True"
    )


def test_g9_timers_that_are_due_at_once_fire_in_the_order_of_their_start() -> None:
    """More of them than a heap leaves in order by itself."""
    names = "ABCDEFGHI"
    flat = greenlet_jobs(*(job(name, "sleep 5ms", f"mark {name}") for name in names))
    assert labels(flat) == " ".join(names)
    live = greenlet_jobs(*(live_job(name, "sleep 5ms", f"mark {name}") for name in names))
    assert labels(live) == " ".join(names)


# -- drains, SEMANTICS.md V2, D11, D15 --------------------------------------------------------


def lateness(scenario: Scenario, period: float, until: str) -> list[float]:
    """By how much each round of the only job that marks was longer than ``period`` (ms)."""
    times = [time for time, _, _ in marks(play_long(scenario, until))]
    return [round(b - a - period, 6) for a, b in pairwise(times)]


def play_long(scenario: Scenario, until: str) -> Any:
    simulation = Simulation(scenario)
    simulation.run(parse_duration(until), 200_000)
    return simulation.trace


# A drain D takes 50 chunks, times ceil(5 / that); late by D times ceil(10 / D), less 10.
@pytest.mark.parametrize(
    ("chunk", "late"), [(1, 40), (2, 90), (5, 240), (10, 490), (20, 990), (50, 2490)]
)
def test_d11_a_spinner_delays_a_ticker_by_whole_drains(chunk: int, late: int) -> None:
    scenario = greenlet_jobs(
        job("ticker", repeat(None, "sleep 10ms", "mark tick")),
        job("spinner", repeat(None, f"compute {chunk}ms", "yield")),
    )
    found = lateness(scenario, 10, "11s")
    assert len(found) >= 3
    assert set(found) == {late}


@pytest.mark.parametrize("chunk", ["20us", "100us"])
def test_d11_chunks_of_which_50_fit_in_an_interval_delay_by_an_interval(chunk: str) -> None:
    scenario = greenlet_jobs(
        job("ticker", repeat(None, "sleep 7ms", "mark tick")),
        job("spinner", repeat(None, f"compute {chunk}", "yield")),
    )
    assert set(lateness(scenario, 7, "200ms")) == {3}  # 5 * ceil(7 / 5) - 7


def test_d15_a_ticker_of_1_ms_beside_a_spinner_that_costs_only_its_switches() -> None:
    scenario = greenlet_jobs(
        job("ticker", repeat(None, "sleep 1ms", "mark tick")),
        job("spinner", repeat(None, "yield")),
    )
    scenario = replace(scenario, python=replace(scenario.python, task_switch_cost=1_300))
    found = sorted(lateness(scenario, 1, "100ms"))
    assert found[len(found) // 2] + 1 == pytest.approx(5.06, rel=0.02)


def test_where_the_clock_stands_still_timers_that_are_due_fire_all_the_same() -> None:
    """5 ms at 1.3 us a callback are 3,847 callbacks, and 3,850 is the next multiple of 50.

    The ticker's timer is due when the spinner has computed, and the clock never moves again.
    """
    scenario = greenlet_jobs(
        job("spinner", "compute 1ms", repeat(None, "yield")),
        job("ticker", "mark asleep", "sleep 1us", "mark awake"),
        job("computes", "compute 1ms"),
    )
    simulation = Simulation(scenario)
    simulation.run(rows=30_000)
    rows = list(simulation.trace.rows())
    trace = simulation.trace
    assert [label for *_, label in marks(trace)] == ["asleep", "awake"]
    name = [entity.name for entity in trace.entities]
    awake = next(r.n for r in rows if r.kind == Kind.MARK and trace.labels[r.arg] == "awake")
    turns = [r for r in rows[:awake] if r.kind == Kind.TASK_RUN and name[r.subject] == "spinner"]
    # The first 50 callbacks are three starts and 47 turns; the clock moved among them.
    assert len(turns) == 1 + 47 + 3_850
    assert {r.time for r in rows[30:]} == {2 * MS}


# -- flat and live tasks, pauses --------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(job_lists())
def test_flat_and_live_greenlets_do_the_same(jobs: list[Job]) -> None:
    scenario = greenlet_jobs(*jobs)
    flat = Simulation(scenario)
    flat.run(rows=4_000)
    made = LoopThread.__init__

    def make_live(self: LoopThread, *args: Any, live: bool) -> None:
        made(self, *args, live=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LoopThread, "__init__", make_live)
        live = Simulation(scenario)
        live.run(rows=4_000)
    known = min(len(marks(flat.trace)), len(marks(live.trace)))
    if flat.trace.complete and live.trace.complete:
        assert len(marks(flat.trace)) == len(marks(live.trace))
    assert marks(flat.trace)[:known] == marks(live.trace)[:known]


@pytest.mark.parametrize("case", CASES[::3], ids=[case["id"] for case in CASES[::3]])
def test_a_run_that_pauses_everywhere_is_the_same_run(case: dict[str, Any]) -> None:
    whole = Program(case["program"]).run()
    parts = Program(case["program"]).run(checked=True)
    assert parts.machine.trace.digest() == whole.machine.trace.digest()


def test_an_endless_spinner_can_be_paused_anywhere() -> None:
    scenario = greenlet_jobs(job("a", repeat(None, "yield")), job("b", repeat(None, "yield")))
    whole = Simulation(scenario)
    whole.run(rows=500)
    parts = Simulation(scenario)
    for rows in range(1, 501):
        parts.run(rows=rows)
        assert len(parts.trace) <= rows + 2
    assert parts.trace.digest_of_rows(0, 500) == whole.trace.digest_of_rows(0, 500)


# -- what a scenario's steps mean -------------------------------------------------------------


def group_of(name: str) -> Named:
    return Named("job", name)


def test_a_greenlet_that_is_killed_before_it_begins_ends_without_a_turn() -> None:
    scenario = greenlet_jobs(
        Job("killer", (wish("cancel", group_of("later")), *job("k", "mark killed").steps)),
        job("later", "mark never"),
        job("latest", "mark never", arrival="5ms"),
        Job("other", (wish("cancel", group_of("latest")), *job("k", "sleep 1ms").steps)),
    )
    trace = play(scenario)
    assert [label for *_, label in marks(trace)] == ["killed"]
    last = State.start(trace).forward(len(trace))
    doomed = [e.id for e in trace.entities if e.name in ("later", "latest")]
    assert [last.status[id] for id in doomed] == [Status.DONE] * 2
    assert [last.why[id] for id in doomed] == [Reason.CANCELLED] * 2
    assert not [r for r in trace.rows() if r.kind == Kind.TASK_RUN and r.subject in doomed]
    assert trace.end == MS


def test_a_timeout_is_raised_and_a_silent_one_is_not() -> None:
    def limited(kind: str) -> Job:
        inside = Block(Wish(kind, (2 * MS,)), job("x", "sleep 5ms", "mark slept").steps, kind)
        handlers = (("timeout", job("x", f"mark {kind}_raised").steps),)
        return Job(kind, (Try((inside, *job("x", f"mark {kind}_went_on").steps), handlers),))

    trace = play(greenlet_jobs(limited("timeout"), limited("move_on")))
    assert marks(trace) == [
        (2, "timeout", "timeout_raised"),
        (2, "move_on", "move_on_went_on"),
    ]


def test_a_timeout_comes_after_a_timer_of_the_same_moment() -> None:
    """``Timeout`` has priority -1: the sleep that is over at its moment is over in time."""
    inside = Block(Wish("timeout", (2 * MS,)), job("x", "sleep 2ms", "mark in_time").steps, "t")
    assert labels(greenlet_jobs(Job("a", (inside,)))) == "in_time"


def test_a_group_waits_for_what_was_spawned_inside() -> None:
    spawn = (Op((SPAWN, "child"), "spawn child"),) * 2
    block = Block(Wish("group"), (*spawn, *job("x", "mark inside").steps), "group")
    trace = play(
        greenlet_jobs(
            Job("parent", (block, *job("x", "mark after").steps)),
            job("child", "sleep 3ms", "mark child", spawned=True),
        )
    )
    assert marks(trace) == [
        (0, "parent", "inside"),
        (3, "child", "child"),
        (3, "child-2", "child"),
        (3, "parent", "after"),
    ]


def test_gather_raises_the_first_error_at_once() -> None:
    scenario = greenlet_jobs(
        Job(
            "all",
            (
                Try(
                    (wish("gather", (group_of("slow"), group_of("bad"))),),
                    (("error", job("x", "mark failed").steps),),
                ),
            ),
        ),
        job("slow", "sleep 9ms"),
        Job("bad", (*job("x", "sleep 2ms").steps, wish("raise", "Oops"))),
    )
    assert marks(play(scenario)) == [(2, "all", "failed")]


def test_a_condition_and_a_barrier_are_those_of_the_patched_standard_library() -> None:
    ready, gate = resource("condition", "ready"), resource("barrier", "gate")
    waits = Block(Wish("with", (ready,)), (wish("wait", ready),), "with ready")
    tells = Block(Wish("with", (ready,)), (wish("notify", ready, 1),), "with ready")
    scenario = greenlet_jobs(
        Job(
            "a", (waits, *job("x", "mark a").steps, wish("wait", gate), *job("x", "mark a2").steps)
        ),
        Job("b", (waits, *job("x", "mark b").steps)),
        Job(
            "c",
            (
                *job("x", "sleep 1ms").steps,
                tells,
                *job("x", "sleep 1ms", "mark c").steps,
                wish("wait", gate),
                *job("x", "mark c2").steps,
            ),
        ),
    )
    trace = play(scenario)
    assert marks(trace) == [(1, "a", "a"), (2, "c", "c"), (2, "c", "c2"), (2, "a", "a2")]
    assert trace.complete  # b waits for ever


def test_a_blocking_call_blocks_the_hub() -> None:
    """D14: unpatched, ten waits of 50 ms take 500 ms; ``gevent.sleep`` takes 50."""
    blocking = [job(f"j{n}", "call time.sleep 50ms") for n in range(10)]
    assert play(greenlet_jobs(*blocking)).end == 500 * MS
    patched = [job(f"j{n}", "sleep 50ms") for n in range(10)]
    assert play(greenlet_jobs(*patched)).end == 50 * MS


def test_a_pass_is_an_iteration_of_the_loop() -> None:
    """Both start and the spinner yields in one drain; then the timer, which is no other pass."""
    trace = play(greenlet_jobs(job("a", "yield", "yield"), job("b", "sleep 1ms", "yield")))
    state = State.start(trace).forward(len(trace))
    (loop,) = state.loops.values()
    # One with the callbacks and the timer of b; one with b's yield.
    assert loop.passes == 2


def test_timeouts_of_the_same_greenlet_unwind_from_within() -> None:
    def body(me: Any, say: Any, machine: Any) -> Body:
        outer, inner = Timeout(me, 5), Timeout(me, 3, silent=True)
        outer.start()
        inner.start()
        try:
            yield from me.perform((SLEEP, 10))
        except Timeout as error:
            say(f"inner {error is inner}")
        try:
            yield from me.perform((COMPUTE, 4))
            say("computed")
            yield from me.perform((SLEEP, 10))
        except Timeout as error:
            say(f"outer {error is outer} {machine.engine.now}")

    assert run(body) == "inner True | computed | outer True 7"


def test_join_is_of_each_in_turn() -> None:
    join = Op((JOIN, "all"), "join all")
    scenario = greenlet_jobs(
        Job("j", (join, *job("x", "mark joined").steps)), job("all", "sleep 2ms", count=3)
    )
    assert marks(play(scenario)) == [(2, "j", "joined")]


def test_what_is_said_of_a_hub_is_what_a_hub_does() -> None:
    scenario = greenlet_jobs(
        job("a", "sleep 2ms"),
        job("b", "join a"),
        Job("k", (wish("cancel", group_of("late")),)),
        job("late", "mark never"),
    )
    simulation = Simulation(scenario)
    simulation.run()
    history = History(simulation.trace)
    said = [explain(history, step).headline for step in range(1, len(simulation.trace) + 1)]
    assert "k kills late, which had not begun: it never does." in said
    assert "a's timer fires: the hub switches to it at once." in said
    assert "a is done, so b, which waited for it, is resumed." in said


def test_a_scenario_file_says_what_resuming_a_task_costs() -> None:
    text = """
schema = 1
title = "two turns"
model = "{}"
python = {{ gil = "off", version = "3.12", task_switch_cost = "3us" }}
job = [{{ name = "a", steps = ["compute 1ms", "yield", "compute 1ms"] }}]
"""
    for model in ("gevent", "eventlet", "asyncio"):
        simulation = Simulation(loads(text.format(model), "file.toml"))
        simulation.run()
        assert simulation.trace.end == 2 * MS + 2 * 3_000
