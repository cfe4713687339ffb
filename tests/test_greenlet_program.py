"""Plain functions as programs of the engine."""

from __future__ import annotations

import gc
import subprocess
import sys
from contextvars import ContextVar

import pytest
from greenlet import greenlet

from schedsim.engine import Engine
from schedsim.policies import POLICIES
from schedsim.programs.greenlets import (
    Abandoned,
    GreenletProgram,
    NotSimulated,
    ask,
    current,
    trap,
)
from schedsim.programs.resumable import Request
from schedsim.trace import Entity, Role, Trace
from schedsim.traps import BOUNDLESS, COMPUTE, EXITED, MARK, SLEEP
from tests.machines import Slice, on_core


def deep(levels: int) -> None:
    """Traps far from where the program begins."""
    if levels:
        deep(levels - 1)
    else:
        trap(COMPUTE, 7)


def test_a_call_deep_in_it_traps() -> None:
    program = GreenletProgram(lambda: deep(50))
    assert program.resume() == (COMPUTE, 7)
    assert program.suspended
    assert program.resume() == EXITED
    assert not program.suspended


def test_it_keeps_what_the_function_returns() -> None:
    program = GreenletProgram(lambda: 42)
    assert program.resume() == EXITED
    assert program.result == 42


def test_it_keeps_an_exception_and_ends() -> None:
    program = GreenletProgram(lambda: 1 / 0)
    assert program.resume() == EXITED
    assert isinstance(program.error, ZeroDivisionError)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_ends_a_process_goes_through(error: type[BaseException]) -> None:
    def stops() -> None:
        raise error

    with pytest.raises(error):
        GreenletProgram(stops).resume()


def test_a_greenlet_that_it_starts_traps_for_it() -> None:
    def inner() -> int:
        trap(SLEEP, 3)
        return 5

    program = GreenletProgram(lambda: greenlet(inner).switch())
    assert program.resume() == (SLEEP, 3)
    assert program.resume() == EXITED
    assert program.result == 5


def test_a_trap_needs_a_program() -> None:
    assert current() is None
    with pytest.raises(NotSimulated, match="inside a simulated thread"):
        trap(MARK, 1)
    with pytest.raises(NotSimulated, match="inside a simulated thread"):
        ask(Request(SLEEP, 1))


def test_context_variables_are_its_own() -> None:
    variable = ContextVar("variable", default=0)
    variable.set(1)
    seen = []

    def body() -> None:
        seen.append(variable.get())
        variable.set(2)
        trap(COMPUTE, 1)
        seen.append(variable.get())

    program = GreenletProgram(body)
    program.resume()
    assert variable.get() == 1
    variable.set(3)
    program.resume()
    assert seen == [1, 2]


class Kept:
    """What the interpreter has, and what the program has."""

    def __init__(self) -> None:
        self.mine, self.there = "program", "interpreter"

    def swap(self) -> None:
        self.mine, self.there = self.there, self.mine


def test_what_belongs_to_the_thread_is_exchanged_at_every_switch() -> None:
    kept, seen = Kept(), []

    def body() -> None:
        for _ in range(3):
            seen.append(kept.there)
            trap(COMPUTE, 1)

    program = GreenletProgram(body, ambient=kept)
    while program.resume() != EXITED:
        seen.append(kept.there)
    assert seen == ["program", "interpreter"] * 3
    assert kept.there == "interpreter"


def test_closing_goes_through_its_finally_and_refuses_more_traps() -> None:
    seen = []

    def body() -> None:
        try:
            trap(COMPUTE, 1)
        finally:
            try:
                trap(COMPUTE, 2)
            except Abandoned:
                seen.append("refused")

    kept = Kept()
    program = GreenletProgram(body, ambient=kept)
    program.resume()
    program.close()
    assert seen == ["refused"]
    assert kept.there == "interpreter"
    assert not program.suspended


def test_a_program_that_is_forgotten_is_closed() -> None:
    seen = []
    kept = Kept()

    def body() -> None:
        try:
            trap(COMPUTE, 1)
        finally:
            seen.append(kept.there)

    program = GreenletProgram(body, ambient=kept)
    program.resume()
    del program
    gc.collect()
    assert seen == ["program"]
    assert kept.there == "interpreter"


def test_one_that_does_not_mind_being_closed_ends_all_the_same() -> None:
    seen = []

    def body() -> None:
        try:
            trap(COMPUTE, 1)
        except BaseException as error:  # noqa: BLE001 - a body may do so
            seen.append(type(error))

    program = GreenletProgram(body)
    program.owner = program  # so the collector finds it, who clears weak references first
    program.resume()
    del program
    gc.collect()
    assert seen == [Abandoned]


def test_one_that_has_not_begun_can_be_closed() -> None:
    program = GreenletProgram(lambda: deep(1))
    program.close()
    assert not program.suspended


def test_nobody_knows_how_much_is_ahead_of_it() -> None:
    program = GreenletProgram(lambda: deep(1))
    program.abandon()
    assert program.demand(whole=True) == BOUNDLESS
    assert program.pc == 0


def test_the_engine_runs_it_like_any_program() -> None:
    trace = Trace(policy="round_robin")
    engine = Engine(trace, POLICIES["fifo"])
    trace.enter(Entity(1, Role.PROCESS, "p", 0, 0, "p"))
    for id, name in ((2, "a"), (3, "b")):
        trace.enter(Entity(id, Role.THREAD, name, 1, id, name))

        def body() -> None:
            trap(COMPUTE, 2_000_000)
            trap(SLEEP, 1_000_000)
            trap(COMPUTE, 1_000_000)

        engine.spawn(id, GreenletProgram(body), None)
    engine.run()
    assert on_core(trace) == [
        Slice("a", 0, 2),
        Slice("b", 2, 4),
        Slice("a", 4, 5),
        Slice("b", 5, 6),
    ]


def test_an_interpreter_that_ends_with_greenlets_underway_says_nothing() -> None:
    """Their frames go when no greenlet can be switched to any more."""
    script = """
from schedsim.run import Run
from schedsim.scenario_file import loads
text = '''
schema = 1
title = "three"
model = "greenlets"
job = [ { name = "a", count = 3, steps = ["sleep 1ms", "sleep 1ms"] } ]
'''
run = Run(loads(text, "three"))
run.extend(12)
print(run.finished)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("False\n", "")
