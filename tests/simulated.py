"""Simulated asyncio loops for tests: one that checks itself, and programs played on one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from schedsim.aio import AsyncioProgram, SimLoop
from schedsim.aio.program import Main
from schedsim.aio.thread import SimThread
from schedsim.durations import parse_duration
from schedsim.engine import Engine, Gil, GilRules
from schedsim.engine.facts import facts
from schedsim.policies import POLICIES
from schedsim.state import State
from schedsim.trace import Entity, Role, Trace


class CheckedLoop(SimLoop):
    """At each pass, state folded from the trace must equal what loop and engine know."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.start(self.thread.engine.trace)

    def wait(self, timeout: float | None) -> None:
        super().wait(timeout)
        engine = self.thread.engine
        assert self.state.forward(len(engine.trace)).facts() == facts(engine)


def machine(
    threads: Mapping[str, Mapping[str, Main] | Callable[[], Any]],
    *,
    cores: int = 1,
    gil: bool = True,
    quantum: str = "10ms",
) -> tuple[Engine, dict[str, AsyncioProgram | SimThread]]:
    """A process with threads: each runs a loop with some first tasks, or a plain function."""
    trace = Trace(cores=cores, policy="round_robin")
    policy: Any = POLICIES["round_robin"]
    engine = Engine(trace, partial(policy, quantum=parse_duration(quantum)))
    trace.enter(Entity(1, Role.PROCESS, "web", 0, 0, "web", gil=gil))
    lock = Gil(GilRules(trace.switch_interval)) if gil else None
    programs: dict[str, AsyncioProgram | SimThread] = {}
    for name, work in threads.items():
        id = len(trace.entities)
        flavour = "" if callable(work) else "asyncio"
        trace.enter(Entity(id, Role.THREAD, name, 1, id, name, loop=flavour))
        program: AsyncioProgram | SimThread = (
            SimThread(engine, id, work) if callable(work) else AsyncioProgram(engine, id, work)
        )
        programs[name] = program
        engine.spawn(id, program, lock, loop=bool(flavour))
    return engine, programs


def agreed(engine: Engine) -> Trace:
    """The trace, which tells what engine and loops know."""
    trace = engine.trace
    assert State.start(trace).forward(len(trace)).facts() == facts(engine)
    return trace


def go(engine: Engine, step: int = 0) -> Trace:
    """Run to the end, ``step`` rows at a time; state and facts agree wherever it pauses."""
    while step and not engine.trace.complete:
        engine.run(rows=len(engine.trace) + step)
        agreed(engine)
    engine.run()
    return agreed(engine)
