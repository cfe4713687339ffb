"""Runs that came from files, for the tests of branches, of the compare screen and of settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from textual.pilot import Pilot

from schedsim import library
from schedsim.branches import Branch
from schedsim.durations import Time
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.tui.app import SchedsimApp
from schedsim.tui.screens.compare import CompareScreen
from tests.tui.scenes import Clock, make_app

LOOP = """\
schema = 1
title = "A CPU-heavy task starves the event loop"
model = "asyncio"
[[job]]
name = "ticker"
count = 2
steps = [{ repeat = 6, do = ["compute 1ms", "sleep 10ms"] }]
[[job]]
name = "cruncher"
cpu_heavy = true
steps = [{ repeat = 4, do = ["compute 20ms", "yield"] }]
"""
ENDLESS = """\
schema = 1
title = "For ever"
model = "threads"
[[job]]
name = "spin"
count = 2
steps = [{ repeat = "forever", do = ["compute 1ms", "yield"] }]
"""


def source_of(text: str = LOOP, name: str = "loop", **kwargs: Any) -> Source:
    return Source(name, text, named=True, **kwargs)


def from_library(name: str) -> Source:
    return Source.of(library.path(name))


def app_of(source: Source, **kwargs: Any) -> SchedsimApp:
    """The app on a run that came from a file."""
    kwargs.setdefault("clock", Clock())
    made = make_app(None, **kwargs)
    made._first = (Run(source.load()), source)
    return made


async def settled(pilot: Pilot[None]) -> None:
    """Wait until nothing is under way."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    await pilot.pause()


def side_by_side(pilot: Pilot[None]) -> CompareScreen:
    """The compare screen."""
    screen = pilot.app.screen
    assert isinstance(screen, CompareScreen)
    return screen


def parting(one: Branch, other: Branch) -> tuple[int, Time]:
    """After how many steps, and when, two branches of a session part."""
    first = dict(_ways(one))
    return next(min(place, first[b]) for b, place in _ways(other) if b in first)


def _ways(branch: Branch) -> Iterator[tuple[Branch, tuple[int, Time]]]:
    """The branch and all before it, each with how far ``branch`` is the same as it."""
    place = (len(branch.run.trace), branch.run.trace.end)
    here: Branch | None = branch
    while here is not None:
        yield here, place
        place = min(place, (here.step, here.time))
        here = here.parent
