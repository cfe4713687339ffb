"""A soak: random keys, mouse events and resizes, on every scenario of the library.

``python -m tests.soak`` tells for each scenario how many events it took; a failure tells the seed
and the last events.  What must hold: no exception, and the state that is shown equals the fold
of the trace.  The default test run has a sip of it (tests/tui/test_soak.py).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
import traceback
from collections import deque
from collections.abc import Sequence
from multiprocessing import Pool

from textual import events
from textual.pilot import Pilot

from schedsim import library
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.state import State
from schedsim.tui.app import BOUND, SchedsimApp
from schedsim.tui.remembered import Remembered
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.shelf import Opened, Shelf
from schedsim.tui.theme import DARK

LEAVES = {"q"}
"""Keys that end the app: they would end the soak."""
TYPED = [*"0123456789abcmnrsu. ", "enter", "escape", "tab", "shift+tab", "backspace", "delete"]
SIZES = [(80, 24), (120, 40), (60, 16), (40, 10), (200, 60), (100, 30), (132, 24), (80, 50)]
BATCH = 25
"""Events between two looks at what is shown."""
EVENTS = 10_000
DEEP = 6
"""So many screens over each other are enough."""
SMALL = 3_000
"""Rows of an execution that is checked against the engine as well."""


class Soaked(Exception):
    """Something went wrong, and what led to it."""


def opened(name: str) -> Opened:
    source = Source.of(library.path(name))
    return Run(source.load()), source


def shelf() -> Shelf:
    return Shelf(library.entries(), lambda entry: opened(entry.name), lambda branch, path: None)


def bound_keys() -> list[str]:
    keys = {key for bindings in BOUND for each in bindings for key in each.key.split(",")}
    return sorted((keys - LEAVES) | {"ctrl+p", "escape", "enter", "tab"})


async def shake(pilot: Pilot[None], draw: random.Random, keys: Sequence[str]) -> str:
    """One random event; says which."""
    app = pilot.app
    kind = draw.random()
    if kind < 0.55 or (kind < 0.9 and len(app.screen_stack) <= 2):
        key = draw.choice(keys)
    elif kind < 0.9:
        key = draw.choice(TYPED)
    elif kind < 0.985:
        return mouse(pilot, draw)
    else:
        size = draw.choice(SIZES)
        await pilot.resize_terminal(*size)
        return f"resize {size}"
    character = key if len(key) == 1 else None
    app.post_message(events.Key(key, character))
    return key


def mouse(pilot: Pilot[None], draw: random.Random) -> str:
    app = pilot.app
    x, y = draw.randrange(app.size.width), draw.randrange(app.size.height)
    kind = draw.choice(
        (
            events.MouseDown,
            events.MouseMove,
            events.MouseUp,
            events.MouseScrollDown,
            events.MouseScrollUp,
        )
    )
    shift = draw.random() < 0.2
    button = 0 if kind in {events.MouseScrollDown, events.MouseScrollUp} else 1
    event = kind(None, x, y, 0, 0, button, shift, False, False, x, y)
    app.screen._forward_event(event)
    return f"{kind.__name__} {x},{y}"


def check(app: SchedsimApp) -> None:
    """What is shown is what the trace says."""
    for screen in app.screen_stack:
        if isinstance(screen, PlayerScreen):
            session = screen.session
            moment = session.moment
            assert 0 <= session.step <= len(session.trace)
            assert 0 <= session.at <= max(session.trace.end, session.at if session.step else 0)
            if len(session.trace) <= SMALL:
                fresh = State.start(session.trace).forward(session.step)
                assert moment.state == fresh, "the state is the fold of the trace"


async def soak(name: str, seed: int, count: int) -> int:
    """Soak one scenario; the number of events that were sent.

    Raises:
        Soaked: something went wrong.
    """
    draw = random.Random(f"{name} {seed}")
    keys = bound_keys()
    last: deque[str] = deque(maxlen=60)
    sent = 0
    try:
        while sent < count:  # whoever leaves by the command palette begins again
            sent += await _life(name, draw, keys, last, count - sent)
    except Exception as error:
        told = f"{name}, seed {seed}, after {sent} events, the last of them {' '.join(last)}"
        raise Soaked(f"{told}: {type(error).__name__}: {error}") from error
    return sent


async def _life(
    name: str, draw: random.Random, keys: Sequence[str], last: deque[str], count: int
) -> int:
    """One app, until it has had so many events, or ends."""
    clock = iter(range(10**9))
    app = SchedsimApp(
        opened(name),
        shelf=shelf(),
        clock=lambda: next(clock) / 200,
        remembered=Remembered(theme=DARK.name),
    )
    sent = 0
    async with app.run_test(size=draw.choice(SIZES[:2])) as pilot:
        while sent < count and app.is_running:
            for _ in range(BATCH):
                last.append(await shake(pilot, draw, keys))
                sent += 1
            await pilot.pause()
            check(app)
            while len(app.screen_stack) > DEEP:
                await app.pop_screen()
    assert not app.return_code, f"it ended with {app.return_code}"
    return sent


def _one(job: tuple[str, int, int]) -> tuple[str, int, float, str]:
    name, seed, count = job
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["SCHEDSIM_STATE_DIR"] = os.environ["SCHEDSIM_CONFIG_DIR"] = folder
        os.environ.pop("VISUAL", None)
        os.environ.pop("EDITOR", None)
        try:
            sent, problem = asyncio.run(soak(name, seed, count)), ""
        except Soaked as error:
            sent, problem = 0, "".join(traceback.format_exception(error, limit=-12))
        os.chdir("/")
    return name, sent, time.perf_counter() - began, problem


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.soak")
    parser.add_argument("names", nargs="*", help="scenarios; all of the library unless given")
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    jobs = [(name, given.seed, given.events) for name in given.names or library.names()]
    failed = 0
    with Pool(given.jobs, maxtasksperchild=1) as pool:
        for name, sent, took, problem in pool.imap_unordered(_one, jobs):
            tell(f"{name:40} {sent:>7,} events {took:>7.1f} s")
            if problem:
                failed += 1
                tell(problem)
    tell(f"{len(jobs) - failed} of {len(jobs)} scenarios")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
