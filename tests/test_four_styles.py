"""The same body in four styles has the same schedule: written as Python, and as steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings, strategies as st

from schedsim import python_file
from schedsim.engine.facts import facts
from schedsim.ops import VERBS
from schedsim.ops.grammar import parse_op
from schedsim.programs.steps import Repeat, Step
from schedsim.programs.styles import STYLES
from schedsim.scenario import Job
from schedsim.simulation import Simulation
from schedsim.state import State
from schedsim.trace import Kind, Reason, Trace
from schedsim.traps import VERB, Named, Op, Wish
from tests.machines import ends, job, marks, play, repeat, threads

MODELS = {
    "callback": "callbacks",
    "generator": "generators",
    "coroutine": "coroutines",
    "greenlet": "greenlets",
}
NAMES = ("a", "b", "c")


class Loop(NamedTuple):
    """Parts done again and again."""

    times: int
    parts: tuple[Any, ...]


Part = Loop | tuple[str, str]
"""What a body does: a verb and its argument."""

lengths = st.integers(0, 4).map(lambda n: f"{n}ms")
parts: st.SearchStrategy[Part] = st.one_of(
    st.tuples(st.just("compute"), lengths),
    st.tuples(st.sampled_from(["sleep", "io"]), lengths),
    st.tuples(st.just("yield"), st.just("")),
    st.tuples(st.just("mark"), st.sampled_from(["x", "y"])),
    st.tuples(st.just("join"), st.sampled_from(NAMES)),
    st.tuples(st.sampled_from(["acquire", "release"]), st.sampled_from(["l", "m"])),
    st.tuples(st.just("spawn"), st.just("child")),
    st.tuples(st.just("cancel"), st.sampled_from([*NAMES, "child"])),
)
bodies = st.lists(
    st.one_of(
        parts,
        st.builds(Loop, st.integers(1, 3), st.lists(parts, min_size=1, max_size=3).map(tuple)),
    ),
    min_size=1,
    max_size=6,
)
programs = st.lists(bodies, min_size=3, max_size=3)

CHILD: list[Part] = [("compute", "1ms"), ("sleep", "2ms"), ("mark", "child")]


# -- as Python --------------------------------------------------------------------------------


def asked(part: tuple[str, str]) -> str:
    """The call that asks for ``part``."""
    verb, argument = part
    return "sleep(0)" if verb == "yield" else f"{verb}({argument!r})"


def straight(body: Sequence[Part], before: str, depth: int) -> list[str]:
    """Lines of a generator, a coroutine or a greenlet."""
    lines: list[str] = []
    for part in body:
        if isinstance(part, Loop):
            lines.append("    " * depth + f"for _ in range({part.times}):")
            lines += straight(part.parts, before, depth + 1)
        else:
            lines.append("    " * depth + before + asked(part))
    return lines


def unrolled(body: Sequence[Part]) -> list[tuple[str, str]]:
    """Without loops."""
    flat: list[tuple[str, str]] = []
    for part in body:
        if isinstance(part, Loop):
            flat += unrolled(part.parts) * part.times
        else:
            flat.append(part)
    return flat


def chain(name: str, body: Sequence[Part]) -> list[str]:
    """Lines of callbacks, each of which names the next."""
    flat = unrolled(body)
    lines = []
    for number, (verb, argument) in enumerate(flat):
        then = f"lambda: {name}_{number + 1}(machine)"
        lines.append(f"    def {name}_{number}(machine):")
        if verb in ("mark", "release", "spawn", "cancel"):
            lines.append(f"        machine.{verb}({argument!r})")
            lines.append(f"        {name}_{number + 1}(machine)")
        elif verb == "yield":
            lines.append(f"        machine.call_soon({then})")
        else:
            lines.append(f"        machine.{verb}({argument!r}, {then})")
    return [*lines, f"    def {name}_{len(flat)}(machine):", "        pass"]


def written(program: Sequence[Sequence[Part]], style: str) -> str:
    """A scenario file in Python whose bodies are all of ``style``."""
    lines = ["from schedsim.authoring import *", "def scenario():"]
    jobs = []
    for name, body in zip((*NAMES, "child"), (*program, CHILD), strict=True):
        function = name
        if style == "callback":
            lines += chain(name, body)
            function = f"{name}_0"
        else:
            word = {"generator": "yield ", "coroutine": "await "}.get(style, "")
            lines.append(f"    {'async ' if style == 'coroutine' else ''}def {name}():")
            lines += straight(body, word, 2)
        plain = f", style={style!r}" if style in ("callback", "greenlet") else ""
        spawned = ", spawned=True" if name == "child" else ""
        jobs.append(f"job({name!r}, {function}{plain}{spawned})")
    return "\n".join([*lines, f"    return Scenario([{', '.join(jobs)}])"])


def without_places(trace: Trace) -> list[tuple[Any, ...]]:
    """The rows, but for the place in the program, which is a line of the source.

    What is shared is told by its name: it has its number when it is first named.
    """
    has_place = {Kind.COMPUTE, Kind.MARK, Kind.TASK_RUN, Kind.TASK_LEFT}
    has_place |= {Kind.LOOP_PASS, Kind.LOOP_WAIT}
    found: list[tuple[Any, ...]] = []
    for row in trace.rows():
        other = 0 if row.kind in has_place else row.other
        said: object = row.arg
        if row.kind is Kind.MARK:
            said = trace.labels[row.arg]
        elif row.kind is Kind.UNLOCK or row.reason is Reason.LOCK:
            said = trace.resources[row.arg]
        elif row.kind is Kind.LOCK:
            other, said = 0, trace.resources[row.other]
        found.append((*row._replace(other=other)[1:-1], said))
    return found


@settings(max_examples=60, deadline=None)
@given(programs)
def test_four_styles_of_python_have_one_schedule(program: list[list[Part]]) -> None:
    """Every row is the same: times, marks, order of tasks, who wakes whom."""
    traces = [play(python_file.loads(written(program, style), "x.py")) for style in STYLES]
    first = without_places(traces[0])
    for trace in traces[1:]:
        assert without_places(trace) == first


# -- as steps ---------------------------------------------------------------------------------


def as_steps(body: Sequence[Part]) -> tuple[Step, ...]:
    """The same as steps."""
    found: list[Step] = []
    for part in body:
        if isinstance(part, Loop):
            found.append(Repeat(as_steps(part.parts), part.times))
        elif part[0] == "cancel":
            wish = Wish("cancel", (Named("job", part[1]),))
            found.append(Op((VERB, wish), f"cancel {part[1]}"))
        else:
            found.append(parse_op(" ".join(part).strip(), VERBS))
    return tuple(found)


@settings(max_examples=60, deadline=None)
@given(programs)
def test_steps_under_four_models_have_one_trace(program: list[list[Part]]) -> None:
    """It is that of the Python bodies, too: steps become real callbacks, generators ..."""
    jobs = [Job(name, as_steps(body)) for name, body in zip(NAMES, program, strict=True)]
    jobs.append(Job("child", as_steps(CHILD), spawned=True))
    traces = [play(threads(*jobs, model=model)) for model in MODELS.values()]
    assert len({trace.digest() for trace in traces}) == 1
    python = play(python_file.loads(written(program, "generator"), "x.py"))
    assert without_places(traces[0]) == without_places(python)


@settings(max_examples=25, deadline=None)
@given(programs, st.sampled_from(list(STYLES)))
def test_a_run_may_pause_at_any_row(program: list[list[Part]], style: str) -> None:
    """The trace is the same, and on the way the state is that of the engine."""
    scenario = python_file.loads(written(program, style), "x.py")
    simulation = Simulation(scenario)
    while not simulation.trace.complete:
        simulation.run(rows=len(simulation.trace) + 1)
        state = State.start(simulation.trace).forward(len(simulation.trace))
        assert state.facts() == facts(simulation.engine)
    assert simulation.trace.digest() == play(scenario).digest()


def without_cancel(body: Sequence[Part]) -> list[Part]:
    """What threads can do too."""
    found: list[Part] = []
    for part in body:
        if isinstance(part, Loop):
            found.append(Loop(part.times, tuple(without_cancel(part.parts))))
        else:
            found.append(("mark", "x") if part[0] == "cancel" else part)
    return found


def held(body: Sequence[Part]) -> list[Part]:
    """Without locks: a file lets nobody release what it has not acquired."""
    found: list[Part] = []
    for part in body:
        if isinstance(part, Loop):
            found.append(Loop(part.times, tuple(held(part.parts))))
        elif part[0] not in ("acquire", "release"):
            found.append(part)
    return found or [("mark", "y")]


@settings(max_examples=40, deadline=None)
@given(programs, st.sampled_from(["threads", "processes", "asyncio"]))
def test_threads_and_tasks_of_asyncio_do_the_same_in_every_style_as_steps_do(
    program: list[list[Part]], model: str
) -> None:
    program = [held(without_cancel(body)) for body in program]
    jobs = [Job(name, as_steps(body)) for name, body in zip(NAMES, program, strict=True)]
    jobs.append(Job("child", as_steps(CHILD), spawned=True))
    steps = play(threads(*jobs, model=model))
    for style in STYLES:
        trace = play(python_file.loads(written(program, style), "x.py", model=model))
        assert marks(trace) == marks(steps)
        assert ends(trace) == ends(steps)


def test_a_bare_loop_resumes_one_pass_after_a_timer_and_asyncio_two() -> None:
    """A is due at 5 ms, and found so at 8 ms, behind B, which computes to 12 ms.  Then it goes on;
    but asyncio's timer only sets a future, and B has another turn, to 16 ms."""
    jobs = (
        job("a", "sleep 5ms", "mark a"),
        job("b", repeat(4, "compute 4ms", "yield")),
    )
    assert marks(play(threads(*jobs, model="generators"))) == [(12.0, "a", "a")]
    assert marks(play(threads(*jobs, model="asyncio"))) == [(16.0, "a", "a")]


# -- what is kept -----------------------------------------------------------------------------


def kept(model: str) -> dict[int, str]:
    """What is kept of a task at each of its places."""
    trace = play(threads(job("a", repeat(2, "compute 1ms", "sleep 1ms"), "io 1ms"), model=model))
    return trace.kept[trace.entities[-1].id]


def test_a_generator_keeps_a_frame_for_each_repeat() -> None:
    """Python's own: the walk over a repeat is delegated to."""
    assert kept("generators")[2] == "its 2 frames are kept: generator, generator"
    assert kept("generators")[3] == "its frame is kept: generator"


def test_a_coroutine_keeps_a_chain_of_frames() -> None:
    assert kept("coroutines")[2] == "a chain of 2 frames is kept: coroutine, coroutine"


def test_a_greenlet_keeps_a_stack() -> None:
    says = "a stack of its own is kept, 2 calls deep: greenlet, greenlet"
    assert kept("greenlets")[2] == says


def test_a_callback_keeps_no_frame_but_what_it_closed_over() -> None:
    says = kept("callbacks")[2]
    assert says.startswith("only the callback following is kept, with what it closed over: ")
    assert "frame" not in says


@pytest.mark.parametrize(
    ("model", "lines"),
    [
        (
            "generators",
            ["def body():", "  for _ in range(2):", '    yield compute("1ms")', "    yield"],
        ),
        (
            "coroutines",
            [
                "async def body():",
                "  for _ in range(2):",
                '    await compute("1ms")',
                "    await sleep(0)",
            ],
        ),
        (
            "greenlets",
            ["def body():", "  for _ in range(2):", '    compute("1ms")', "    sleep(0)"],
        ),
        (
            "callbacks",
            [
                'def step_1(): machine.compute("1ms", step_2)',
                "def step_2(): machine.call_soon(again_1)",
                "def again_1(): step_1() if rounds < 2 else done()",
            ],
        ),
    ],
)
def test_the_program_is_shown_as_its_style_would_write_it(model: str, lines: list[str]) -> None:
    trace = play(threads(job("a", repeat(2, "compute 1ms", "yield")), model=model))
    listing = trace.entities[-1].listing
    assert listing is not None
    assert list(listing.lines) == lines
    yields = listing.line(2)
    assert yields is not None
    assert "yield" in lines[yields] or "sleep(0)" in lines[yields] or "call_soon" in lines[yields]
