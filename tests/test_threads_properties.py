"""What must hold of everything that threads share, whatever they do with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given, settings, strategies as st

from schedsim.attributes import Attributes
from schedsim.engine.facts import facts
from schedsim.programs.steps import Step
from schedsim.scenario import Job, MachineSpec, PoolSpec, Scenario
from schedsim.scenario_file.patterns import periodic
from schedsim.simulation import Simulation
from schedsim.state import State, Status
from schedsim.threads.base import Failure
from schedsim.trace import Kind, Reason, Role
from schedsim.traps import COMPUTE, GIVE_WAY, IO, SLEEP, Body, Op
from tests.live_threads import ThreadMachine
from tests.machines import threads as machine_of
from tests.sharing import group, lines, within, work

MOST_ROWS = 600

DEEDS = (
    *("compute", "sleep", "io", "yield"),
    *("lock", "rlock", "with condition", "semaphore", "wait condition", "notify"),
    *("set", "clear", "wait event", "put", "get", "put", "get", "barrier"),
)
deeds = st.tuples(st.sampled_from(DEEDS), st.sampled_from([0, 1, 1, 2, 3]), st.booleans())
bodies = st.lists(deeds, min_size=1, max_size=6)
machines = st.fixed_dictionaries(
    {
        "cores": st.sampled_from([1, 2, 3]),
        "gil": st.booleans(),
        "interval": st.sampled_from([1, 2]),
        "policy": st.sampled_from(["fifo", "round_robin"]),
    }
)
often = settings(max_examples=max(100, settings().max_examples))


class Played:
    """A machine of random threads, and what they saw."""

    def __init__(self, options: dict[str, Any], threads: list[list[tuple[str, int, bool]]]) -> None:
        self.machine = machine = ThreadMachine(**options)
        kinds = {"lock": 0, "rlock": 0, "condition": 0, "semaphore": 2, "event": 0}
        self.shared = {
            kind: machine.resource(kind, kind, value)
            for kind, value in {**kinds, "queue": 2, "barrier": 2}.items()
        }
        self.put: list[object] = []
        self.got: list[object] = []
        self.inside = 0
        for number, body in enumerate(threads):
            machine.start(f"t{number}", self.body(number, body), at=number % 3)

    def body(self, number: int, said: list[tuple[str, int, bool]]) -> Callable[[Any], Body]:
        def make(me: Any) -> Body:
            for place, (what, length, timed) in enumerate(said):
                try:
                    yield from self.do(me, what, length, (number, place), timed=timed)
                except Failure:
                    machine.say(me, f"{what} failed")

        machine = self.machine
        return make

    def do(self, me: Any, what: str, length: int, item: object, *, timed: bool) -> Body:
        shared, timeout = self.shared, length if timed else None
        if what in ("compute", "sleep", "io"):
            yield ({"compute": COMPUTE, "sleep": SLEEP, "io": IO}[what], length)
        elif what == "yield":
            yield GIVE_WAY
        elif what in ("lock", "rlock", "semaphore", "with condition"):
            lock = shared[what.removeprefix("with ")]
            if (yield from lock.acquire(me, timeout)):
                yield from self.stay(what, length)
                yield from lock.release(me)
        elif what in ("wait condition", "notify"):
            condition = shared["condition"]
            yield from condition.acquire(me)
            yield from (
                condition.wait(me, timeout) if what != "notify" else condition.notify(me, length)
            )
            yield from condition.release(me)
        elif what in ("set", "clear"):
            yield from getattr(shared["event"], what)(me)
        elif what == "put":
            yield from shared["queue"].put(me, item, timeout)
            self.put.append(item)
        elif what == "get":
            self.got.append((yield from shared["queue"].get(me, timeout)))
        else:
            yield from shared["barrier" if what == "barrier" else "event"].wait(me, timeout)

    def stay(self, what: str, length: int) -> Body:
        """Compute inside, where a lock lets in one at a time."""
        if what == "lock":
            self.inside += 1
            assert self.inside == 1
        yield (COMPUTE, length)
        self.inside -= what == "lock"


@often
@given(machines, st.lists(bodies, min_size=1, max_size=5))
def test_state_and_engine_agree_and_nothing_is_lost(
    options: dict[str, Any], threads: list[list[tuple[str, int, bool]]]
) -> None:
    played = Played(options, threads)
    machine = played.machine.run(MOST_ROWS)
    trace, shared = machine.trace, played.shared
    assert all(row.arg >= 0 for row in trace.rows() if row.kind is Kind.RESOURCE)
    assert played.got == played.put[: len(played.got)]
    assert len(played.put) - len(played.got) == len(shared["queue"].items)
    if not trace.complete:
        return
    # Whoever waits for ever has reason to.
    state = State.start(trace).forward(len(trace))
    waiting = {trace.resources[number].kind for number in state.waits_for.values()}
    queue = shared["queue"]
    assert "semaphore" not in waiting or not shared["semaphore"].value
    assert "event" not in waiting or not shared["event"].value
    assert "queue" not in waiting or len(queue.items) in (0, 2)
    assert "queue" not in waiting or not (queue.not_empty.locks and queue.items)
    assert "queue" not in waiting or not (queue.not_full.locks and len(queue.items) < 2)
    assert "lock" not in waiting
    assert "rlock" not in waiting


@given(
    machines,
    st.lists(bodies, min_size=2, max_size=4),
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
)
def test_a_run_that_is_cut_anywhere_is_the_same_run(
    options: dict[str, Any], threads: list[list[tuple[str, int, bool]]], strides: list[int]
) -> None:
    whole = Played(options, threads).machine
    whole.engine.run(rows=MOST_ROWS)
    cut = Played(options, threads).machine
    while len(cut.trace) < min(len(whole.trace), MOST_ROWS):
        stride = strides[len(cut.trace) % len(strides)]
        before = len(cut.trace)
        cut.engine.run(rows=before + stride)
        assert len(cut.trace) > before
    rows = len(whole.trace)
    assert cut.trace.digest_of_rows(0, rows) == whole.trace.digest_of_rows(0, rows)
    assert State.start(cut.trace).forward(len(cut.trace)).facts() == facts(cut.engine)


@given(machines, st.integers(1, 3), st.lists(st.integers(0, 4), min_size=1, max_size=6))
def test_every_item_comes_out_once_and_everybody_ends(
    options: dict[str, Any], most: int, times: list[int]
) -> None:
    """As many consumers as producers, one item each: nobody is left behind."""
    machine = ThreadMachine(**options)
    queue = machine.resource("queue", "q", most)
    got: list[int] = []

    def producer(number: int, time: int) -> Callable[[Any], Body]:
        def make(me: Any) -> Body:
            yield (SLEEP, time) if time else GIVE_WAY
            yield from queue.put(me, number)

        return make

    def consumer(time: int) -> Callable[[Any], Body]:
        def make(me: Any) -> Body:
            yield (COMPUTE, time)
            got.append((yield from queue.get(me)))

        return make

    for number, time in enumerate(times):
        machine.start(f"p{number}", producer(number, time))
        machine.start(f"c{number}", consumer(4 - time))
    machine.run(5_000)
    assert machine.trace.complete
    assert sorted(got) == list(range(len(times)))
    state = State.start(machine.trace).forward(len(machine.trace))
    assert set(state.status[2:]) == {Status.EXITED}
    assert not any(row.reason is Reason.FAILED for row in machine.trace.rows())


# -- pools ----------------------------------------------------------------------------------------

ERRANDS: tuple[str | Step, ...] = (
    *("compute 1ms", "compute 3ms", "sleep 2ms", "yield"),
    within("lock", "l", "compute 1ms", "io 1ms"),
)
errand_bodies = st.lists(st.sampled_from(ERRANDS), min_size=1, max_size=3)
PLACES = ("to_thread a", "to_thread b", "run_in p a", "run_in p b", "run_in q a")


@st.composite
def pooled(draw: st.DrawFn) -> Scenario:
    """Threads or tasks that give work to pools of threads and processes."""
    given_to_pools = [
        work(name, "compute 1ms", *draw(errand_bodies), spawned=True) for name in "ab"
    ]
    users = [
        work(
            f"u{number}",
            *draw(st.lists(st.sampled_from([*PLACES, "sleep 1ms"]), min_size=1, max_size=4)),
            arrival=draw(st.sampled_from(["0ms", "1ms", "4ms"])),
            count=draw(st.sampled_from([1, 1, 2])),
        )
        for number in range(draw(st.integers(1, 3)))
    ]
    scenario = machine_of(
        *users,
        *given_to_pools,
        model=draw(st.sampled_from(["threads", "processes", "asyncio", "trio"])),
        cores=draw(st.integers(1, 3)),
        gil=draw(st.booleans()),
    )
    method = draw(st.sampled_from(["fork", "spawn"]))
    pools = {
        "p": PoolSpec(draw(st.integers(1, 3))),
        "q": PoolSpec(draw(st.integers(1, 2)), "process", method, 1_000_000, 500_000, 0),
    }
    return replace(scenario, pools=pools)


@given(pooled())
def test_pools_do_all_that_they_are_given_once(scenario: Scenario) -> None:
    """And everybody ends, workers included."""
    simulation = Simulation(scenario)
    trace, state = simulation.trace, State.start(simulation.trace)
    while not trace.complete and len(trace) < 3 * MOST_ROWS:
        simulation.run(rows=len(trace) + 1)
        assert state.forward(len(trace)).facts() == facts(simulation.engine)
    if not trace.complete:
        return
    status = {state.status[e.id] for e in trace.entities if e.id and e.role is not Role.PROCESS}
    assert status <= {Status.EXITED, Status.DONE}
    given_ = sum(
        job.count * sum(step.text in PLACES for step in job.steps if isinstance(step, Op))
        for job in scenario.jobs
    )
    assert sum(row.kind is Kind.MARK for row in trace.rows()) == given_


@given(pooled(), st.lists(st.integers(1, 7), min_size=1, max_size=4))
def test_a_run_with_pools_may_be_cut_anywhere(scenario: Scenario, strides: list[int]) -> None:
    whole, cut = Simulation(scenario), Simulation(scenario)
    whole.run(rows=MOST_ROWS)
    while len(cut.trace) < len(whole.trace):
        cut.run(rows=len(cut.trace) + strides[len(cut.trace) % len(strides)])
    rows = len(whole.trace)
    assert cut.trace.digest_of_rows(0, rows) == whole.trace.digest_of_rows(0, rows)


# -- periodic threads -----------------------------------------------------------------------------


@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.sampled_from([4, 6]),
    st.booleans(),
)
def test_a_structured_periodic_thread_is_given_up_as_a_flat_one_is(
    first: int, second: int, period: int, abort: bool
) -> None:
    """A group with nothing in it makes steps structured; the second thread is in the way."""
    traces = []
    for more in ((), (group(),)):
        jobs = []
        for name, length in (("a", first), ("b", second)):
            steps = lines("io 0ms", f"compute {length}ns", *more)
            attributes = Attributes(period=period, deadline=period)
            jobs.append(Job(name, periodic(steps, period, "ns"), attributes=attributes))
        spec = MachineSpec(policy="edf", parameters={"abort_on_miss": abort})
        scenario = Scenario("t", model="processes", machine=spec, jobs=tuple(jobs))
        simulation = Simulation(scenario)
        simulation.run(until=60)
        assert facts(simulation.engine) == State.start(simulation.trace).forward(1 << 30).facts()
        traces.append([(row.time, row.kind, row.subject) for row in simulation.trace.rows()])
    assert traces[0] == traces[1]
