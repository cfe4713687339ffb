"""C calls under the GIL, by hand: those that keep it and those that let go of it (G5, G6, D9)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from schedsim.durations import parse_duration
from schedsim.engine import Engine, Gil, GilRules
from schedsim.engine.facts import facts
from schedsim.history import History
from schedsim.policies.fifo import Fifo
from schedsim.programs.steps import Steps, assemble
from schedsim.run import Run
from schedsim.simulation import Simulation
from schedsim.state import State
from schedsim.trace import Entity, Kind, Reason, Role, Trace
from schedsim.traps import COMPUTE, EXITED, HOLD, NATIVE, Op, Trap
from schedsim.why import explain
from tests.machines import MS, Slice, ends, holds, job, on_core, play, repeat, threads, told


def hold(length: str) -> Op:
    """``sorted(...)`` and the like."""
    return Op((HOLD, parse_duration(length)), f"hold {length}")


def native(length: str) -> Op:
    """``zlib.compress(...)`` and the like."""
    return Op((NATIVE, parse_duration(length)), f"native {length}")


def test_nobody_can_interrupt_a_c_call_that_keeps_the_gil() -> None:
    """b asks at 5 ms; a looks when its call returns, before it does anything else."""
    trace = play(threads(job("a", hold("12ms"), "compute 3ms"), job("b", "compute 2ms"), cores=2))
    assert holds(trace) == [Slice("a", 0, 12), Slice("b", 12, 14), Slice("a", 14, 17)]
    assert [row[0] for row in told(trace, Kind.GIL_REQUEST)] == [5]


def test_after_each_c_call_there_is_a_check() -> None:
    """Calls of 2 ms: asked at 5 ms, it drops at 6 ms, between the third and the fourth."""
    trace = play(threads(job("a", repeat(4, hold("2ms"))), job("b", "compute 2ms"), cores=2))
    assert holds(trace) == [Slice("a", 0, 6), Slice("b", 6, 8), Slice("a", 8, 10)]


def test_a_request_before_the_c_call_is_honoured_after_it() -> None:
    """The check would come at some moment after 5 ms; the call begins at 5 ms, too."""
    a = job("a", "compute 5ms", hold("4ms"), "compute 1ms")
    trace = play(threads(a, job("b", "compute 2ms"), cores=2))
    assert holds(trace) == [Slice("a", 0, 9), Slice("b", 9, 11), Slice("a", 11, 12)]


def test_the_operating_system_may_interrupt_a_c_call() -> None:
    """On one core, a quantum of 2 ms; the GIL is kept all the same."""
    trace = play(threads(job("a", hold("6ms")), job("b", "io 0ms"), quantum="2ms"))
    assert on_core(trace)[0] == Slice("a", 0, 6)
    trace = play(threads(job("a", hold("6ms")), job("b", hold("6ms")), gil=False, quantum="2ms"))
    assert [turn.who for turn in on_core(trace)] == ["a", "b"] * 3


def test_whoever_comes_back_from_native_code_and_waits_for_the_gil_is_in_python_again() -> None:
    """a has let go of the GIL at once, asks for it at 2 ms and gets it from b at 7."""
    made = threads(job("a", native("2ms"), "compute 1ms"), job("b", "compute 9ms"), cores=2)
    simulation = Simulation(made)
    trace, engine = simulation.trace, simulation.engine
    while not trace.complete:
        simulation.run(rows=len(trace) + 1)
        assert State.start(trace).forward(len(trace)).facts() == facts(engine)
    assert holds(trace) == [Slice("b", 0, 7), Slice("a", 7, 8), Slice("b", 8, 10)]


def test_native_code_computes_beside_python() -> None:
    """a lets go at once; both take 10 ms on two cores."""
    trace = play(threads(job("a", native("10ms")), job("b", "compute 10ms"), cores=2))
    assert ends(trace) == {"a": 10, "b": 10}
    assert holds(trace) == [Slice("b", 0, 10)]
    assert on_core(trace) == [Slice("a", 0, 10)]


def test_native_code_on_one_core_has_no_core_beside() -> None:
    trace = play(threads(job("a", native("10ms")), job("b", "compute 10ms"), quantum="1s"))
    assert ends(trace) == {"a": 10, "b": 20}


def test_whoever_comes_back_from_native_code_takes_the_gil_or_waits_for_it() -> None:
    """a is back at 2 ms, waits an interval, asks, and has it at 7 ms."""
    trace = play(threads(job("a", native("2ms"), "compute 1ms"), job("b", "compute 20ms"), cores=2))
    assert holds(trace)[:3] == [Slice("b", 0, 7), Slice("a", 7, 8), Slice("b", 8, 21)]
    alone = play(threads(job("a", native("2ms"), "compute 1ms")))
    assert told(alone, Kind.GIL_TAKE, Kind.GIL_RELEASE) == [
        (0, "GIL_TAKE", "NONE", "a", ""),
        (0, "GIL_RELEASE", "NATIVE", "a", ""),
        (2, "GIL_TAKE", "NONE", "a", ""),
        (3, "GIL_RELEASE", "EXIT", "a", ""),
    ]


def test_the_state_knows_who_is_in_native_code() -> None:
    trace = play(threads(job("a", "compute 1ms", native("2ms")), job("b", "compute 9ms"), cores=2))
    history = History(trace)
    assert [time for time in range(5) if history.state_at_time(time * MS).native == {2}] == [1, 2]


@pytest.mark.parametrize("call", [hold, native])
def test_without_a_gil_a_c_call_is_plain_computing(
    call: Callable[[str], Op],
) -> None:
    trace = play(threads(job("a", call("10ms")), job("b", "compute 10ms"), cores=2, gil=False))
    assert ends(trace) == {"a": 10, "b": 10}
    assert [row.reason for row in trace.rows() if row.kind is Kind.COMPUTE and row.arg] == [
        Reason.HOLD if call is hold else Reason.NATIVE,
        Reason.NONE,
    ]


def test_c_calls_are_demand() -> None:
    """To a policy that goes by length, and in all that the program says of itself."""
    body = Steps(assemble((repeat(2, hold("2ms"), native("1ms"), "io 1ms"),)))
    assert (body.demand(whole=False), body.demand(whole=True)) == (3 * MS, 6 * MS)
    trace = play(threads(job("long", native("9ms")), job("short", hold("1ms")), policy="sjf"))
    assert ends(trace)["short"] == 1


class LoopOfOneCall:
    """As an event loop does, it hands a C call of a task on to the engine."""

    pc = 0

    def __init__(self, *traps: Trap) -> None:
        self.traps = [*traps, EXITED]

    def resume(self) -> Trap:
        """The next."""
        return self.traps.pop(0)

    def demand(self, *, whole: bool) -> int:
        """Unknown."""
        return int(whole)

    def abandon(self) -> None:
        """It is not periodic."""


def test_a_loop_hands_c_calls_on_and_writes_its_own_rows() -> None:
    """The engine writes of the GIL, and not that anybody computes."""
    trace = Trace(cores=1)
    engine = Engine(trace, Fifo)
    trace.enter(Entity(1, Role.PROCESS, "p", 0, 0, "p", gil=True))
    trace.enter(Entity(2, Role.THREAD, "main", 1, 2, "main"))
    program = LoopOfOneCall((HOLD, 3), (NATIVE, 4), (COMPUTE, 5))
    engine.spawn(2, program, Gil(GilRules(5)), loop=True)
    engine.run()
    assert [(row.time, row.kind, row.reason) for row in trace.rows() if row.core < 0][2:] == [
        (3, Kind.GIL_RELEASE, Reason.NATIVE),
        (7, Kind.GIL_TAKE, Reason.NONE),
        (12, Kind.GIL_RELEASE, Reason.EXIT),
    ]


def sentence(run: Run, kind: Kind, reason: Reason = Reason.NONE) -> str:
    """What is said of the first row of a kind."""
    trace = run.finish()
    row = next(row for row in trace.rows() if (row.kind, row.reason) == (kind, reason))
    return explain(run.history, row.n + 1).text


def test_it_is_said_that_a_c_call_cannot_be_interrupted() -> None:
    run = Run(threads(job("a", hold("12ms"), "compute 3ms"), job("b", "compute 2ms"), cores=2))
    assert "in one C call, which keeps the GIL." in sentence(run, Kind.COMPUTE, Reason.HOLD)
    assert "a is in a C call, and notices only when that returns" in sentence(
        run, Kind.GIL_REQUEST, Reason.DROP_REQUEST
    )
    assert "It was asked 7 ms ago, but was in a C call, which nothing can interrupt." in sentence(
        run, Kind.GIL_RELEASE, Reason.DROP_REQUEST
    )


def test_it_is_said_that_native_code_runs_beside_others() -> None:
    run = Run(threads(job("a", native("10ms")), job("b", "compute 10ms"), cores=2))
    assert "in C code that does without the GIL." in sentence(run, Kind.COMPUTE, Reason.NATIVE)
    assert "its C code does without it, and stays on the core" in sentence(
        run, Kind.GIL_RELEASE, Reason.NATIVE
    )
