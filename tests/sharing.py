"""Steps of structured programs for tests, in a line each: what files will say."""

from __future__ import annotations

from typing import Any

from schedsim.durations import parse_duration
from schedsim.engine.facts import facts
from schedsim.programs.steps import Block, Repeat, Step, Try
from schedsim.scenario import Job, Scenario
from schedsim.simulation import Simulation
from schedsim.state import State
from schedsim.trace import Trace
from schedsim.traps import VERB, Named, Op, Wish
from tests.machines import steps

_ARGUMENTS = {
    "set": ("event",),
    "clear": ("event",),
    "wait": ("event", "time"),
    "notify": ("condition", "number"),
    "put": ("queue", "word", "time"),
    "get": ("queue", "time"),
    "put_nowait": ("queue", "word"),
    "get_nowait": ("queue",),
    "take": ("lock", "time"),
    "raise": ("word",),
    "await": ("job",),
    "cancel": ("job",),
    "send": ("pipe", "number"),
    "recv": ("pipe",),
    "to_thread": ("job",),
    "run_in": ("pool", "job"),
}


def wish(line: str) -> Op:
    """A step such as ``put queue item`` or ``wait event 5ms``; ``take lock 5ms`` is an acquire."""
    verb, *words = line.split()
    arguments: list[Any] = []
    for kind, word in zip(_ARGUMENTS[verb], words, strict=False):
        if kind == "time":
            arguments.append(parse_duration(word))
        elif kind == "number":
            arguments.append(int(word))
        else:
            arguments.append(word if kind == "word" else Named(kind, word))
    return Op((VERB, Wish("acquire" if verb == "take" else verb, tuple(arguments))), line)


def lines(*said: str | Step) -> tuple[Step, ...]:
    """Steps; what every program may say, and wishes."""
    return tuple(
        wish(each) if isinstance(each, str) and each.split()[0] in _ARGUMENTS else steps(each)[0]
        for each in said
    )


def work(name: str, *said: str | Step, arrival: str = "0ms", **options: Any) -> Job:
    """A job of such steps."""
    return Job(name, lines(*said), arrival=parse_duration(arrival), **options)


def again(times: int | None, *said: str | Step) -> Repeat:
    """Such steps ``times`` times over."""
    return Repeat(lines(*said), times)


def within(kind: str, name: str, *said: str | Step) -> Block:
    """``with name:``."""
    return Block(Wish("with", (Named(kind, name),)), lines(*said), f"with {name}")


def group(*said: str | Step) -> Block:
    """What is started inside is joined at the end."""
    return Block(Wish("group"), lines(*said), "group")


def caught(*said: str | Step, then: str) -> Try:
    """``try`` with a handler for any error."""
    return Try(lines(*said), (("error", lines(then)),))


def played(scenario: Scenario, until: str | None = None) -> Trace:
    """The whole run; engine and state agree after every row."""
    simulation = Simulation(scenario)
    trace = simulation.trace
    state = State.start(trace)
    limit = None if until is None else parse_duration(until)
    rows = len(trace)
    while rows < 5_000:
        simulation.run(limit, len(trace) + 1)
        assert state.forward(len(trace)).facts() == facts(simulation.engine)
        if len(trace) == rows:
            return trace
        rows = len(trace)
    raise AssertionError("a test wants a small run")
