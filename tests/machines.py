"""Small machines for tests: how to say them in a line, and how to read what they did.

Everything read here comes from rows and state, as it would for a person; nothing asks the engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from schedsim.attributes import Attributes
from schedsim.durations import Time, parse_duration
from schedsim.engine.facts import facts
from schedsim.ops import VERBS
from schedsim.ops.grammar import parse_op
from schedsim.programs.steps import Repeat, Step
from schedsim.run import Run
from schedsim.scenario import (
    Job,
    MachineSpec,
    ProcessPlan,
    PythonSpec,
    Scenario,
    ThreadPlan,
)
from schedsim.simulation import Simulation
from schedsim.state import State, Status
from schedsim.trace import Kind, Role, Row, Trace
from schedsim.traps import PERIOD, Op

MS = 1_000_000

# -- to write ---------------------------------------------------------------------------------


def steps(*lines: str | Step) -> tuple[Step, ...]:
    """Steps as a scenario file says them."""
    return tuple(parse_op(line, VERBS) if isinstance(line, str) else line for line in lines)


def repeat(times: int | None, *lines: str | Step) -> Repeat:
    """``times`` times over; None: for ever."""
    return Repeat(steps(*lines), times)


def job(name: str, *lines: str | Step, arrival: str = "0ms", **options: Any) -> Job:
    """A job whose steps are written as in a scenario file."""
    return Job(name, steps(*lines), arrival=parse_duration(arrival), **options)


def machine(
    *,
    cores: int = 1,
    policy: str = "round_robin",
    quantum: str = "10ms",
    switch_cost: str = "0ms",
    gil: bool = True,
    interval: str = "5ms",
    linger: str = "0us",
    wake_latency: str = "0us",
    **python: Any,
) -> dict[str, Any]:
    """The keyword arguments of a scenario that say what it runs on.

    Whoever has asked for the GIL sleeps at once, unless a test says otherwise: then the oldest
    waiter always gets it, and a schedule can be worked out by hand.
    """
    parameters = {"quantum": parse_duration(quantum)} if policy == "round_robin" else {}
    return {
        "machine": MachineSpec(
            cores,
            policy,
            parameters,
            parse_duration(switch_cost),
            wake_latency=parse_duration(wake_latency),
        ),
        "python": PythonSpec(
            gil, parse_duration(interval), linger=parse_duration(linger), **python
        ),
    }


def threads(*jobs: Job, model: str = "threads", **options: Any) -> Scenario:
    """Jobs as threads of one process; ``options`` are those of :func:`machine`."""
    return Scenario("test", model=model, jobs=jobs, **machine(**options))


def processes(*jobs: Job, **options: Any) -> Scenario:
    """Each job a process of its own."""
    return threads(*jobs, model="processes", **options)


def tasks(*jobs: Job, **options: Any) -> Scenario:
    """Jobs as tasks of one event loop."""
    return threads(*jobs, model="asyncio", **options)


def loop(name: str, *jobs: Job, **options: Any) -> ThreadPlan:
    """A thread of a tree that runs an event loop."""
    return ThreadPlan(Job(name, **options), "asyncio", jobs)


def tree(*plans: tuple[str, tuple[Job | ThreadPlan, ...]], **options: Any) -> Scenario:
    """Processes by name, with their threads: a job is a plain thread."""
    return Scenario(
        "test",
        processes=tuple(
            ProcessPlan(
                name,
                tuple(t if isinstance(t, ThreadPlan) else ThreadPlan(t) for t in members),
            )
            for name, members in plans
        ),
        **machine(**options),
    )


def play(scenario: Scenario, until: str | None = None) -> Trace:
    """The whole run; at its end, engine and state agree."""
    simulation = Simulation(scenario)
    simulation.run(None if until is None else parse_duration(until), 20_000)
    trace = simulation.trace
    assert len(trace) < 20_000, "a test wants a small run"
    assert State.start(trace).forward(len(trace)).facts() == facts(simulation.engine)
    return trace


# -- to read ----------------------------------------------------------------------------------


class Slice(NamedTuple):
    """Somebody had something from ``start`` to ``end`` (milliseconds)."""

    who: str
    start: float
    end: float


def ms(time: int) -> float:
    """Nanoseconds as milliseconds."""
    return time / MS


def instants(trace: Trace) -> Iterator[tuple[State, int]]:
    """The state after each instant, and how long it lasts.  It is one state, moving forward."""
    state = State.start(trace)
    for n, time in enumerate(trace.times):
        until = trace.times[n + 1] if n + 1 < len(trace) else trace.end
        if until > time:
            yield state.forward(n + 1), until - time
    state.forward(len(trace))


def _merged(found: list[Slice]) -> list[Slice]:
    merged: list[Slice] = []
    for each in found:
        if merged and merged[-1].who == each.who and merged[-1].end == each.start:
            merged[-1] = merged[-1]._replace(end=each.end)
        else:
            merged.append(each)
    return merged


def on_core(trace: Trace, core: int = 0) -> list[Slice]:
    """Who ran on a core, and when; "..." while a context switch is paid."""
    found = []
    for state, length in instants(trace):
        thread = state.running[core]
        if thread:
            who = "..." if state.switching[core] else trace.entities[thread].name
            found.append(Slice(who, ms(state.time), ms(state.time + length)))
    return _merged(found)


def holds(trace: Trace) -> list[Slice]:
    """Who held the only GIL, and when, for longer than an instant."""
    found = []
    for state, length in instants(trace):
        for gil in state.gils.values():
            if gil.holder:
                name = trace.entities[gil.holder].name
                found.append(Slice(name, ms(state.time), ms(state.time + length)))
    return _merged(found)


def in_hand(trace: Trace) -> list[Slice]:
    """Which task the only event loop had in hand while its thread ran, and when."""
    found = []
    for state, length in instants(trace):
        for thread, each in state.loops.items():
            if each.current and state.status[thread] is Status.RUNNING:
                name = trace.entities[each.current].name
                found.append(Slice(name, ms(state.time), ms(state.time + length)))
    return _merged(found)


def marks(trace: Trace) -> list[tuple[float, str, str]]:
    """When (ms), who, what."""
    return [
        (ms(row.time), trace.entities[row.subject].name, trace.labels[row.arg])
        for row in trace.rows()
        if row.kind is Kind.MARK
    ]


def ends(trace: Trace) -> dict[str, float]:
    """When (ms) each thread and task ended; those that did not are left out."""
    last = State.start(trace).forward(len(trace))
    return {
        entity.name: ms(last.since[entity.id])
        for entity in trace.entities[1:]
        if entity.role is not Role.PROCESS
        and last.status[entity.id] in (Status.EXITED, Status.DONE)
    }


def rows(trace: Trace, *kinds: Kind) -> list[Row]:
    """The rows of some kinds."""
    return [row for row in trace.rows() if row.kind in kinds]


def told(trace: Trace, *kinds: Kind) -> list[tuple[float, str, str, str, str]]:
    """Rows of some kinds in words: when (ms), what, why, who, and the other one."""
    name = [entity.name for entity in trace.entities]
    return [
        (ms(row.time), row.kind.name, row.reason.name, name[row.subject], name[row.other])
        for row in rows(trace, *kinds)
    ]


def late_while_waiting(until: Time) -> Run:
    """EDF gives up who is late: a and b are due at 3 ms, a is before b, which comes every 5 ms."""
    body = Repeat((*steps("compute 2ms"), Op((PERIOD, None), "wait")), None)
    scenario = Scenario(
        "test",
        model="processes",
        machine=MachineSpec(policy="edf", parameters={"abort_on_miss": True}),
        python=PythonSpec(gil=False),
        jobs=(
            job("a", "compute 4ms", attributes=Attributes(deadline=3 * MS)),
            Job("b", (body,), attributes=Attributes(period=5 * MS, deadline=3 * MS)),
        ),
        until=until,
    )
    run = Run(scenario)
    run.finish()
    return run
