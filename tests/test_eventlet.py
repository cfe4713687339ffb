"""Our eventlet: the orders that the real one has (SEMANTICS.md A3, B8, D11), and its state."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings

from schedsim.durations import parse_duration
from schedsim.loops.eventlet import EVENTLET
from schedsim.loops.eventlet.greenthreads import kill
from schedsim.loops.eventlet.pools import GreenPool
from schedsim.loops.greenlets import GreenletExit
from schedsim.programs.steps import Block, Try
from schedsim.scenario import Job, Scenario
from schedsim.simulation import LoopThread, Simulation
from schedsim.state import State, Status
from schedsim.trace import Kind
from schedsim.traps import SPAWN, VERB, Body, Named, Op, Wish
from tests.live_loops import LoopMachine
from tests.machines import MS, job, marks, play, repeat, threads
from tests.strategies import job_lists


def green_jobs(*jobs: Job, **options: Any) -> Scenario:
    """Jobs as green threads of one hub."""
    return threads(*jobs, model="eventlet", gil=False, **options)


def labels(scenario: Scenario) -> str:
    return " ".join(label for _, _, label in marks(play(scenario)))


def wish(name: str, *arguments: Any) -> Op:
    return Op((VERB, Wish(name, arguments)), name)


def run(body: Any) -> str:
    """What a program logged; its body is called with the task, ``say`` and the machine."""
    machine = LoopMachine(EVENTLET)
    machine.start("main", lambda me: body(me, partial(machine.say, me), machine))
    machine.run(checked=True)
    return " | ".join(label for _, _, label in machine.log)


# -- SEMANTICS.md B8 --------------------------------------------------------------------------


def test_e1_a_spawned_green_thread_starts_when_its_spawner_waits() -> None:
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
        for each in started:
            yield from each.wait(me)
        say("main")

    assert run(main) == (
        "main0 | main1 (not started) | A0 | B0 | C0 | A1 | B1 | Cend | A2 | Bend | Aend | main"
    )


def test_e4_a_timer_that_is_made_while_others_fire_waits_for_the_next_iteration() -> None:
    def main(me: Any, say: Any, machine: Any) -> Body:
        hub = machine.loop

        def callback(name: str, times: int) -> Any:
            def code() -> Any:
                say(f"cb {name}")
                if times:
                    hub.call_in_hub(callback(f"{name}'", times - 1))
                return ()

            return code

        hub.call_in_hub(callback("x", 3))
        hub.call_in_hub(callback("y", 2))
        yield from me.pause(5)

    assert run(main) == "cb x | cb y | cb x' | cb y' | cb x'' | cb y'' | cb x'''"


def test_e5_a_semaphore_is_handed_round() -> None:
    semaphore = Named("semaphore", "s")
    lines = [
        part
        for n in range(2)
        for part in (
            wish("acquire", semaphore),
            *job("x", f"mark got{n}", "sleep 0ms").steps,
            wish("release", semaphore),
        )
    ]
    trace = play(green_jobs(*(Job(name, tuple(lines)) for name in "ABC")))
    assert " | ".join(f"{who} {label}" for _, who, label in marks(trace)) == (
        "A got0 | B got0 | C got0 | A got1 | B got1 | C got1"
    )


def test_e9_timers_fire_by_moment_and_then_in_the_order_of_their_start() -> None:
    names = "ABCDEFGHI"
    scenario = green_jobs(
        *(job(name, "sleep 5ms", f"mark {name}") for name in names),
        job("early", "sleep 2ms", "mark early"),
        job("late", "call time.sleep 10ms"),  # all are due when the hub comes round
    )
    assert labels(scenario) == f"early {' '.join(names)}"


def test_devices_are_polled_after_the_timers_of_an_iteration() -> None:
    """E1: who is ready goes on in ``wait``, after ``fire_timers``; here first come first served.

    The blocking call is part of the first ``fire_timers``.  In the poll after it both devices are
    ready; the timers that came due meanwhile fire in the next iteration, the older one first.
    """
    scenario = green_jobs(
        job("a", "io 2ms", "mark io_a"),
        job("b", "io 1ms", "mark io_b"),
        job("t", "sleep 3ms", "mark timer"),
        job("late", "call time.sleep 10ms", "sleep 0ms", "mark again"),
    )
    assert labels(scenario) == "io_b io_a timer again"


# -- SEMANTICS.md D11, D15 --------------------------------------------------------------------


def lateness(scenario: Scenario, period: float, until: str) -> list[float]:
    """By how much each round of the only job that marks was longer than ``period`` (ms)."""
    simulation = Simulation(scenario)
    simulation.run(parse_duration(until), 200_000)
    times = [time for time, _, _ in marks(simulation.trace)]
    return [round(b - a - period, 6) for a, b in pairwise(times)]


# Late by the chunk times ceil(10 / chunk), less 10.
@pytest.mark.parametrize(("chunk", "late"), [(1, 0), (2, 0), (5, 0), (10, 0), (20, 10), (50, 40)])
def test_d11_a_spinner_delays_a_ticker_by_what_is_left_of_its_step(chunk: int, late: int) -> None:
    scenario = green_jobs(
        job("ticker", repeat(None, "sleep 10ms", "mark tick")),
        job("spinner", repeat(None, f"compute {chunk}ms", "yield")),
    )
    found = lateness(scenario, 10, "1s")
    assert len(found) >= 10
    assert set(found) == {late}


def test_d15_a_spinner_that_costs_only_its_switches_hardly_delays_a_ticker() -> None:
    scenario = green_jobs(
        job("ticker", repeat(None, "sleep 1ms", "mark tick")),
        job("spinner", repeat(None, "yield")),
    )
    scenario = replace(scenario, python=replace(scenario.python, task_switch_cost=2_500))
    found = sorted(lateness(scenario, 1, "50ms"))
    assert found[len(found) // 2] + 1 == pytest.approx(1.0, rel=0.02)


# -- killing, waiting -------------------------------------------------------------------------


def test_a_kill_runs_the_victim_at_once_and_the_killer_by_a_timer() -> None:
    """``greenthread.kill`` throws into the victim, and has scheduled itself before."""

    def main(me: Any, say: Any, machine: Any) -> Body:
        def victim(it: Any) -> Body:
            try:
                say("sleeps")
                yield from it.pause(10)
            finally:
                say("finally")

        def other(it: Any) -> Body:
            say("other")
            yield from ()

        first = machine.start("victim", victim, by=me)
        yield from me.give_way()
        machine.start("other", other, by=me)
        yield from kill(me, first)
        say(f"killed {first.done}")
        second = machine.start("second", victim, by=me)
        yield from kill(me, second)
        say(f"never began {second.done}")
        try:
            yield from second.wait(me)
        except GreenletExit:
            say("waiting for it raises")

    assert run(main) == (
        "sleeps | finally | other | killed True | never began True | waiting for it raises"
    )


def test_a_pool_lets_so_many_run_at_a_time() -> None:
    def main(me: Any, say: Any, machine: Any) -> Body:
        pool = GreenPool(machine.loop, 2)

        def worker(n: int) -> Any:
            def body(it: Any) -> Body:
                yield from it.pause(10)
                say(f"{n} at {machine.engine.now}")

            return body

        for n in range(3):
            yield from pool.spawn(me, partial(machine.start, f"w{n}", worker(n), by=me))
        say(f"all started at {machine.engine.now}")
        yield from pool.waitall(me)
        yield from pool.waitall(me)  # nobody is in it
        say(f"over at {machine.engine.now}")

    assert run(main) == "0 at 10 | 1 at 10 | all started at 10 | 2 at 20 | over at 20"


def test_a_queue_serves_in_the_order_in_which_they_came() -> None:
    """As the real one does: the getter that waits is given the item of the putter that waits."""

    def main(me: Any, say: Any, machine: Any) -> Body:
        queue = machine.resource("queue", "q", 1)

        def putter(it: Any) -> Body:
            for n in range(3):
                yield from queue.put(it, n)
                say(f"put {n}")

        machine.start("putter", putter, by=me)
        for _ in range(3):
            item = yield from queue.get(me)
            say(f"got {item}")
            queue.task_done(me)
        yield from queue.join(me)

    assert run(main) == "put 0 | got 0 | got 1 | put 1 | put 2 | got 2"


def test_a_timeout_is_raised_and_a_silent_one_is_not() -> None:
    def limited(kind: str) -> Job:
        inside = Block(Wish(kind, (2 * MS,)), job("x", "sleep 5ms", "mark slept").steps, kind)
        handlers = (("timeout", job("x", f"mark {kind}_raised").steps),)
        return Job(kind, (Try((inside, *job("x", f"mark {kind}_went_on").steps), handlers),))

    trace = play(green_jobs(limited("timeout"), limited("move_on")))
    assert marks(trace) == [(2, "timeout", "timeout_raised"), (2, "move_on", "move_on_went_on")]


def test_an_event_and_a_group_and_a_join_of_one_that_failed() -> None:
    event, bad = Named("event", "e"), Named("job", "bad")
    spawn = Op((SPAWN, "child"), "spawn child")
    group = Block(Wish("group"), (spawn, wish("wait", event)), "group")
    trace = play(
        green_jobs(
            Job("parent", (group, *job("x", "mark after").steps)),
            job("child", "sleep 3ms", "mark child", spawned=True),
            Job("bad", (*job("x", "sleep 1ms").steps, wish("set", event), wish("raise", "Oops"))),
            Job("j", (wish("join", bad), *job("x", "mark joined").steps)),
            Job("k", (Try((wish("await", bad),), (("error", job("x", "mark met").steps),)),)),
        )
    )
    assert marks(trace) == [
        (1, "j", "joined"),
        (1, "k", "met"),
        (3, "child", "child"),
        (3, "parent", "after"),
    ]


def test_one_that_is_cancelled_before_it_begins_ends_without_a_turn() -> None:
    trace = play(
        green_jobs(
            Job("killer", (wish("cancel", Named("job", "later")), *job("k", "mark killed").steps)),
            job("later", "mark never"),
        )
    )
    assert [label for *_, label in marks(trace)] == ["killed"]
    (later,) = [e.id for e in trace.entities if e.name == "later"]
    assert State.start(trace).forward(len(trace)).status[later] is Status.DONE
    assert not [r for r in trace.rows() if r.kind == Kind.TASK_RUN and r.subject == later]


# -- flat and live tasks, pauses --------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(job_lists())
def test_flat_and_live_green_threads_do_the_same(jobs: list[Job]) -> None:
    scenario = green_jobs(*jobs)
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


def test_a_run_that_pauses_everywhere_is_the_same_run() -> None:
    scenario = green_jobs(
        job("a", repeat(None, "yield")),
        job("b", repeat(20, "io 2ms", "compute 1ms", "yield")),
        job("c", repeat(20, "sleep 3ms", "compute 1ms")),
    )
    whole = Simulation(scenario)
    whole.run(rows=400)
    parts = Simulation(scenario)
    for rows in range(1, 401):
        parts.run(rows=rows)
    assert parts.trace.digest_of_rows(0, 400) == whole.trace.digest_of_rows(0, 400)


def test_eventlet_orders_are_those_of_the_eventlet_that_is_installed() -> None:
    """Spawned, yielding, sleeping and killing green threads; everything is due at another time."""
    pytest.importorskip("greenlet")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        eventlet = pytest.importorskip("eventlet")
    programs: dict[str, list[Any]] = {
        "A": [0, 0, 1, "kill", 0],
        "B": [0, 2.5, 0],
        "V": [0, 4, 0],
        "C": [1.5, 0, 0, 0],
    }

    def main(me: Any, say: Any, machine: Any) -> Body:
        def make(name: str, lines: list[Any]) -> Any:
            def body(it: Any) -> Body:
                try:
                    for n, line in enumerate(lines):
                        say(f"{name}{n}")
                        if line == "kill":
                            yield from kill(it, threads_["V"])
                        elif line:
                            yield from it.pause(int(line * 20 * MS))
                        else:
                            yield from it.give_way()
                finally:
                    say(f"{name} over")

            return body

        threads_: dict[str, Any] = {}
        for name, lines in programs.items():
            threads_[name] = machine.start(name, make(name, lines), by=me)
        for name in "ABC":
            yield from threads_[name].wait(me)

    ours = run(main)
    for _ in range(5):  # a machine that is busy may let a timer be later than the next
        real = _really(eventlet, programs)
        if real == ours:
            break
    assert real == ours


def _really(eventlet: Any, programs: dict[str, list[Any]]) -> str:
    """What the programs log under the real eventlet."""
    said: list[str] = []

    def body(name: str, lines: list[Any]) -> None:
        try:
            for n, line in enumerate(lines):
                said.append(f"{name}{n}")
                if line == "kill":
                    started["V"].kill()
                else:
                    eventlet.sleep(line * 0.02)
        finally:
            said.append(f"{name} over")

    started = {name: eventlet.spawn(body, name, lines) for name, lines in programs.items()}
    for name in "ABC":
        started[name].wait()
    return " | ".join(said)
