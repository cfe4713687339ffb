"""Scenarios and apps for the tests of the app."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from schedsim.attributes import Attributes
from schedsim.branches import Branch
from schedsim.ops import VERBS
from schedsim.ops.grammar import parse_op
from schedsim.programs.steps import Repeat, Step
from schedsim.run import Run
from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario
from schedsim.scenario_file import Problem, ScenarioError
from schedsim.traps import PERIOD, Op
from schedsim.tui.app import SchedsimApp
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.shelf import Entry, Shelf

MS = 1_000_000

Drive = Callable[[Pilot[None]], Awaitable[None]]


def ops(*texts: str) -> tuple[Step, ...]:
    return tuple(parse_op(text, VERBS) for text in texts)


def again(times: int | None, *texts: str) -> Repeat:
    return Repeat(ops(*texts), times)


LESSON = """
A coroutine gives the CPU back only where it **awaits** something unfinished.

## What to watch

- `cruncher` computes 50 ms at a time and awaits nothing.
- The tickers are *overdue*, but nobody asks them.

## What to try

1. Press `y`: from then on it yields with `sleep(0)` after every chunk.
2. Inject another one with `i`, as a thread.
"""

STARVE = Scenario(
    "A CPU-heavy task starves the event loop",
    name="starve",
    lesson=LESSON,
    model="asyncio",
    jobs=(
        Job("ticker", (again(20, "compute 1ms", "sleep 10ms"),), count=3),
        Job("cruncher", (again(10, "compute 50ms", "yield"),), cpu_heavy=True, yielding=False),
    ),
)
GIL = Scenario(
    "CPU-bound threads under the GIL",
    name="gil",
    lesson="Three threads, four cores, **one** GIL.",
    machine=MachineSpec(cores=4, switch_cost=20_000),
    jobs=(
        Job("cpu", ops("compute 60ms"), count=3),
        Job("io", (again(5, "compute 500us", "io 10ms"),)),
    ),
)
CALLS = Scenario(
    "A blocking time.sleep in a coroutine",
    name="calls",
    model="asyncio",
    jobs=(
        Job("nap", ops("compute 2ms", "call time.sleep 50ms", "compute 1ms"), count=3),
        Job("ticker", (again(20, "compute 1ms", "sleep 10ms"),)),
    ),
)
PROCESSES = Scenario(
    "Five processes on two cores",
    name="processes",
    model="processes",
    machine=MachineSpec(cores=2, parameters={"quantum": 10 * MS}),
    jobs=(Job("worker", ops("compute 60ms"), count=5),),
)
FREE = Scenario(
    "Two threads without a GIL",
    name="free",
    machine=MachineSpec(cores=2),
    python=PythonSpec(gil=False),
    jobs=(Job("worker", ops("compute 20ms"), count=2),),
)
TICKS = Scenario(
    "A textbook exercise",
    name="ticks",
    unit="tick",
    machine=MachineSpec(policy="fifo"),
    python=PythonSpec(gil=False),
    jobs=(
        Job("p", (Repeat((parse_op("compute 1ns", VERBS),), 9),)),
        Job("q", (Repeat((parse_op("compute 1ns", VERBS),), 4),), arrival=2),
    ),
)
ENDLESS = Scenario(
    "For ever",
    name="endless",
    jobs=(Job("spin", (again(None, "compute 1ms", "yield"),), count=2),),
)
DEADLINES = Scenario(
    "More work than one core can do in time",
    name="deadlines",
    unit="tick",
    model="processes",
    machine=MachineSpec(policy="edf"),
    python=PythonSpec(gil=False),
    jobs=tuple(
        Job(
            name,
            (Repeat((*ops(f"compute {length}ns"), Op((PERIOD, None), "wait")), None),),
            attributes=Attributes(period=period),
        )
        for name, length, period in (("radar", 2, 5), ("motor", 4, 7), ("log", 2, 20))
    ),
    until=40,
)
INVERSION = Scenario(
    "A lock turns priorities upside down",
    name="inversion",
    unit="tick",
    model="processes",
    machine=MachineSpec(policy="priority", parameters={"preemptive": True}),
    python=PythonSpec(gil=False),
    jobs=(
        Job(
            "low",
            ops("compute 1ns", "acquire m", "compute 4ns", "release m"),
            attributes=Attributes(priority=9),
        ),
        Job("mid", ops("compute 6ns"), arrival=3, attributes=Attributes(priority=5)),
        Job(
            "high",
            ops("compute 1ns", "acquire m", "compute 2ns", "release m"),
            arrival=2,
            attributes=Attributes(priority=1),
        ),
    ),
)
QUEUES = Scenario(
    "A run queue for each core",
    name="queues",
    model="processes",
    machine=MachineSpec(cores=3, queue_per_core=True, parameters={"quantum": 10 * MS}),
    python=PythonSpec(gil=False),
    jobs=(Job("worker", ops("compute 60ms"), count=7),),
)
LEVELS = Scenario(
    "Levels",
    name="levels",
    model="processes",
    machine=MachineSpec(policy="mlfq", parameters={"quantum": 10 * MS}),
    python=PythonSpec(gil=False),
    jobs=(
        Job("hog", ops("compute 60ms"), count=2),
        Job("new", ops("compute 15ms"), arrival=55 * MS, count=2),
    ),
)
SCENES = {scene.name: scene for scene in (STARVE, CALLS, GIL, ENDLESS, PROCESSES, FREE, TICKS)}


@dataclass(frozen=True)
class Book:
    """An entry of the library."""

    name: str
    title: str
    group: str


BOOKS = (
    Book("starve", STARVE.title, "asyncio"),
    Book("calls", CALLS.title, "asyncio"),
    Book("gil", GIL.title, "threads and the GIL"),
    Book("free", FREE.title, "threads and the GIL"),
    Book("processes", PROCESSES.title, "processes"),
    Book("broken", "A file that is not right", "processes"),
)


def load(entry: Entry) -> tuple[Run, None]:
    if entry.name == "broken":
        says = "unknown verb [/] 'compote'\x1b[2J"
        raise ScenarioError([Problem("broken.toml", says, "job[1].steps", 7)])
    return Run(SCENES[entry.name]), None


def save(branch: Branch, path: Path) -> None:
    run = branch.run
    path.write_text(f"{run.scenario.name} {len(run.commands)}", encoding="utf-8")


class Clock:
    """A clock that stands still until it is told the time."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def make_app(scenario: Scenario | None = STARVE, **kwargs: Any) -> SchedsimApp:
    kwargs.setdefault("clock", Clock())
    kwargs.setdefault("shelf", Shelf(BOOKS, load, save))
    return SchedsimApp((Run(scenario), None) if scenario else None, **kwargs)


def player(pilot: Pilot[None]) -> PlayerScreen:
    """The player, also when a dialog is over it."""
    for screen in reversed(pilot.app.screen_stack):
        if isinstance(screen, PlayerScreen):
            return screen
    raise AssertionError("there is no player")


def shown(pilot: Pilot[None]) -> str:
    """Everything on the screen, as text."""
    pilot.app.screen.refresh()
    width, _ = pilot.app.size
    lines = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line)[:width] for line in lines)


def go(milliseconds: float) -> Drive:
    """Put the playhead there."""

    async def before(pilot: Pilot[None]) -> None:
        await pilot.pause()
        screen = player(pilot)
        screen.session.to_time(int(milliseconds * MS))
        screen.show()
        await pilot.pause()

    return before
