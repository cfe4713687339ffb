"""Live tasks do what flat tasks do, and more."""

from __future__ import annotations

from typing import Any

import pytest

from schedsim.loops.asyncio import ASYNCIO
from schedsim.simulation import LoopThread, Simulation
from schedsim.trace import Kind
from schedsim.traps import MARK, SLEEP, Body
from tests.live_loops import LoopMachine
from tests.machines import job, tasks


def marks(simulation: Simulation) -> list[tuple[int, str, str]]:
    trace = simulation.trace
    return [
        (row.time, trace.entities[row.subject].name, trace.labels[row.arg])
        for row in trace.rows()
        if row.kind == Kind.MARK
    ]


def test_flat_and_live_tasks_do_the_same_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = (
        job("a", "mark a0", "sleep 3ms", "mark a1", "yield", "compute 5ms", "join b", "mark a2"),
        job("b", "sleep 1ms", "compute 1ms", "yield", "mark b"),
        job("c", "sleep 4ms", "mark c1", "sleep 4ms", "join a", "mark c2", arrival="1ms"),
    )
    flat = Simulation(tasks(*jobs))
    flat.run()
    made = LoopThread.__init__

    def make_live(self: LoopThread, *args: Any, live: bool) -> None:
        assert not live
        made(self, *args, live=True)

    monkeypatch.setattr(LoopThread, "__init__", make_live)
    live = Simulation(tasks(*jobs))
    live.run()
    assert marks(live) == marks(flat)
    assert marks(live)[-1] == (12_000_000, "c", "c2")


def test_a_cancelled_sleep_ends_its_task_in_the_next_pass() -> None:
    machine = LoopMachine(ASYNCIO)

    def sleeper(me: Any) -> Body:
        yield from me.perform((SLEEP, 10))
        machine.say(me, "never")

    def canceller(me: Any) -> Body:
        yield from me.perform((SLEEP, 3))
        assert asleep.cancel()
        machine.say(me, "cancelled it")

    asleep = machine.start("sleeper", sleeper)
    machine.start("canceller", canceller)
    machine.run(checked=True)
    assert machine.log == [(3, "canceller", "cancelled it")]
    assert asleep.cancelled
    assert machine.engine.now == 3


def test_marks_go_into_the_trace() -> None:
    machine = LoopMachine(ASYNCIO)
    label = machine.trace.label("here")

    def body(me: Any) -> Body:
        yield from me.perform((MARK, label))

    machine.start("a", body)
    assert machine.run(checked=True).names(Kind.MARK) == ["a"]
