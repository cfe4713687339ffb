"""What ``scenario()`` returns: jobs with bodies, and what they run on."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from schedsim.authoring.machine import Machine
from schedsim.authoring.requests import Duration
from schedsim.programs.callbacks import Callback, CallbackProgram
from schedsim.programs.styles import STYLES


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work of a :class:`Scenario`: make one with :func:`job`."""

    name: str
    style: str
    """Empty where it has steps."""
    function: Callable[..., Any] | None
    arguments: tuple[Any, ...]
    keys: Mapping[str, Any]
    """Keys of ``[[job]]``."""


def job(
    name: str, body: Callable[..., Any] | None = None, *arguments: Any, style: str = "", **keys: Any
) -> Job:
    """A piece of work.

    Args:
        name: by which others spawn, join and cancel it.
        body: a generator function, a coroutine function, or a plain one.
        arguments: what it is called with; a callback gets a :class:`Machine` before them.
        style: of a plain function, ``"callback"`` or ``"greenlet"``; of others it shows.
        keys: as in a scenario file: ``count=3``, ``arrival="5ms"``, ``spawned=True`` ...
            A job without a body has ``steps=["compute 5ms", ...]``.

    Raises:
        ValueError: the style does not fit the body.
        TypeError: the arguments do not fit the body.
    """
    if body is None:
        if style or "steps" not in keys:
            raise ValueError(f"job {name!r}: it has neither a body nor steps")
        return Job(name, "", None, (), keys)
    if "steps" in keys:
        raise ValueError(f"job {name!r}: it has a body, and needs no steps")
    if inspect.isasyncgenfunction(body):
        raise ValueError(f"job {name!r}: a body awaits or yields, not both")
    shows = "generator" if inspect.isgeneratorfunction(body) else ""
    shows = "coroutine" if inspect.iscoroutinefunction(body) else shows
    if not shows and style not in ("callback", "greenlet"):
        says = 'it is a plain function: say style="callback" or style="greenlet"'
        raise ValueError(f"job {name!r}: {says}")
    if shows and style not in ("", shows):
        raise ValueError(f"job {name!r}: its body is a {shows}, not a {style}")
    style = shows or style
    assert style in STYLES, "these are all"
    try:
        inspect.signature(body).bind(*((None,) if style == "callback" else ()), *arguments)
    except TypeError as error:
        machine = "a machine and " if style == "callback" else ""
        says = f"its body cannot be called with {machine}{len(arguments)} arguments: {error}"
        raise TypeError(f"job {name!r}: {says}") from None
    function = partial(_begin_chain, body) if style == "callback" else body
    return Job(name, style, function, arguments, keys)


@dataclass(frozen=True, slots=True)
class LoopThread:
    """A thread that runs an event loop: make one with :func:`loop_thread`."""

    name: str
    jobs: Sequence[Job]
    keys: Mapping[str, Any]


def loop_thread(name: str, *jobs: Job, loop: str = "asyncio", **keys: Any) -> LoopThread:
    """A thread of a :func:`process` that runs an event loop, with ``jobs`` as its tasks."""
    return LoopThread(name, jobs, {"loop": loop, **keys})


@dataclass(frozen=True, slots=True)
class Process:
    """A process with its threads: make one with :func:`process`."""

    name: str
    threads: Sequence[Job | LoopThread]
    keys: Mapping[str, Any]


def process(name: str, *threads: Job | LoopThread, **keys: Any) -> Process:
    """A process: each job in it is a thread, beside those that run event loops."""
    return Process(name, threads, keys)


def _begin_chain(body: Callback, program: CallbackProgram, *arguments: Any) -> None:
    body(Machine(program), *arguments)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What ``scenario()`` returns: work, and what it runs on, in the words of a scenario file.

    ``Scenario([job("a", body)], model="generators", machine={"cores": 2}, python={"gil": "off"})``

    Either jobs and a model, or a tree of processes::

        Scenario(processes=[process("web", loop_thread("io", job("a", body)), job("b", other))])
    """

    jobs: Sequence[Job] = ()
    model: str = ""
    """The loop, or ``threads`` or ``processes``; how a body is written is its own affair.  Of jobs,
    ``generators`` unless given."""
    processes: Sequence[Process] = ()
    machine: Mapping[str, Any] = field(default_factory=dict)
    """``[machine]``."""
    python: Mapping[str, Any] = field(default_factory=dict)
    """``[python]``."""
    unit: str = "ns"
    until: Duration | None = None
    title: str = ""
    """The first line of the file's docstring, unless given."""
    lesson: str = ""
    """The rest of it, unless given."""
