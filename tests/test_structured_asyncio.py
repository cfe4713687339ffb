"""Random structured programs: our asyncio loop against the real one, mark for mark."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from schedsim.engine.facts import facts
from schedsim.loops.event_loop import EventLoop
from schedsim.programs.steps import Block, Repeat, Step, Try
from schedsim.scenario import Job, Scenario, Shared
from schedsim.scenario_file import loads
from schedsim.simulation import Simulation
from schedsim.state import State
from schedsim.trace import ENDS, Kind, Role, Trace
from schedsim.traps import MARK, Op
from tests.real_structured import StructuredRun
from tests.strategies_structured import named, shared, structured_jobs, verb


def marked(body: Sequence[Step], path: str = "") -> tuple[Step, ...]:
    """The same steps with a mark after each and at the start of each handler."""
    found: list[Step] = []
    for index, step in enumerate(body):
        here = f"{path}.{index}"
        if isinstance(step, Repeat | Block):
            found.append(replace(step, do=marked(step.do, here)))
        elif isinstance(step, Try):
            handlers = tuple(
                (name, (mark(f"{here} {name}"), *marked(steps, f"{here} {name}")))
                for name, steps in step.handlers
            )
            last = (mark(f"{here} last"), *marked(step.last, f"{here} last")) if step.last else ()
            found.append(Try(marked(step.do, here), handlers, last))
        else:
            found.append(step)
        found.append(mark(here))
    return tuple(found)


def mark(label: str) -> Op:
    return Op((MARK, label), f"mark {label}")


def started(
    jobs: tuple[Job, ...], shared: dict[str, Shared], *, eager: bool, model: str = "asyncio"
) -> Simulation:
    """The jobs on our loop, by the rules of the interpreter that runs this."""
    simulation = Simulation(Scenario("random", model=model, jobs=jobs, shared=shared))
    home = simulation.processes["python"].loops["main"]
    assert isinstance(home.loop, EventLoop)
    home.loop.version = sys.version_info[:2]
    home.loop.eager = eager and home.live and sys.version_info >= (3, 12)
    return simulation


def marks(trace: Trace) -> list[tuple[int, str, str]]:
    return [
        (row.time, trace.entities[row.subject].name, trace.labels[row.arg])
        for row in trace.rows()
        if row.kind is Kind.MARK
    ]


def ends(trace: Trace) -> dict[str, str]:
    """How each task ended; nothing for those that still wait."""
    found = {
        each.name: ""
        for each in trace.entities
        if each.role is Role.TASK and " / " not in each.name
    }
    in_hand = 0
    for row in trace.rows():
        if row.kind is Kind.TASK_RUN:
            in_hand = row.subject
        elif row.kind is Kind.TASK_LEFT and row.reason in ENDS:
            name = trace.entities[in_hand].name
            if name in found:
                found[name] = row.reason.name
    return found


@settings(max_examples=max(150, settings().max_examples))
@given(structured_jobs(), shared(), st.booleans())
def test_random_structured_programs_run_as_on_the_real_asyncio(
    jobs: tuple[Job, ...], shared: dict[str, Shared], eager: bool
) -> None:
    """Every mark, its time, and how every task ended."""
    jobs = tuple(replace(job, steps=(mark("start"), *marked(job.steps))) for job in jobs)
    simulation = started(jobs, shared, eager=eager)
    simulation.run(rows=100_000)
    trace = simulation.trace
    assert trace.complete
    home = simulation.processes["python"].loops["main"]
    assert isinstance(home.loop, EventLoop)
    real = StructuredRun(jobs, shared, eager=home.loop.eager).play()
    assert marks(trace) == real.log
    assert trace.end == real.time
    if home.live:  # flat tasks say it in other rows
        assert ends(trace) == real.states


@settings(max_examples=max(30, settings().max_examples // 2))
@given(structured_jobs(), shared(), st.booleans(), st.sampled_from(["asyncio", "uvloop"]))
def test_trace_and_engine_agree_wherever_a_run_is_paused(
    jobs: tuple[Job, ...], shared: dict[str, Shared], eager: bool, model: str
) -> None:
    """At every row; and pausing changes nothing."""
    straight = started(jobs, shared, eager=eager, model=model)
    straight.run()
    paused = started(jobs, shared, eager=eager, model=model)
    trace = paused.trace
    state = State.start(trace)
    while not trace.complete:
        paused.run(rows=len(trace) + 1)
        assert state.forward(len(trace)).facts() == facts(paused.engine)
    assert trace.digest() == straight.trace.digest()


@pytest.mark.fuzz
def test_many_random_structured_programs_run_as_on_the_real_asyncio() -> None:
    """The same with new examples: ``-m fuzz --hypothesis-profile=fuzz``."""
    test_random_structured_programs_run_as_on_the_real_asyncio()


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([verb("await", named("a")), verb("gather", (named("a"),))], "a end, b end"),
        (
            [Try((verb("get_nowait", named("queue")),), (("error", (mark("empty"),)),))],
            "a empty, a end, b end",
        ),
    ],
    ids=["nobody waits for itself", "nothing to take"],
)
def test_a_short_program_runs_as_on_the_real_asyncio(steps: list[Step], said: str) -> None:
    jobs = (Job("a", (*steps, mark("end"))), Job("b", (mark("end"),)))
    things = {"queue": Shared("queue")}
    simulation = started(jobs, things, eager=False)
    simulation.run(rows=1_000)
    trace = simulation.trace
    assert ", ".join(f"{who} {label}" for _, who, label in marks(trace)) == said
    assert StructuredRun(jobs, things).play().log == marks(trace)


@pytest.mark.parametrize(("version", "order"), [("3.11", "acdb"), ("3.12", "acbd")])
def test_a_file_says_whose_rules_the_loop_follows(version: str, order: str) -> None:
    """``gather`` is told of what has ended in a callback; since 3.12 at once (A8)."""
    scenario = loads(
        f"""
        schema = 1
        title = "b gathers c, which has ended"
        model = "asyncio"
        unit = "tick"
        python = {{ version = "{version}" }}
        job = [
            {{ name = "a", steps = ["sleep 1", "mark it"] }},
            {{ name = "b", steps = ["sleep 1", "gather c", "mark it"] }},
            {{ name = "c", steps = ["sleep 1", "mark it"] }},
            {{ name = "d", steps = ["sleep 1", "mark it"] }},
        ]
        """,
        "gather",
    )
    simulation = Simulation(scenario)
    simulation.run()
    said = marks(simulation.trace)
    assert "".join(name for _, name, _ in said) == order  # a, c, b, d: the order of the heap
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        assert StructuredRun(scenario.jobs, {}).play().log == said
