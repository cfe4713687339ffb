"""A soak: random keys, text, mouse and resizes, on every scenario of the library.

``python -m tests.soak`` tells for each scenario how many events it took; a failure tells the seed
and the last events.  What is done is drawn in tests/shaking.py, what must hold stands in
tests/sound.py; besides there must be no exception, and no wait of more than half a minute.
Everything happens in a folder of its own: what is written elsewhere is refused, and no other
program is started.  The default test run has a sip of it (tests/tui/test_soak.py).
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
import traceback
from collections import deque
from collections.abc import Sequence
from multiprocessing import Pool
from typing import Any

from schedsim import library
from schedsim.app import shelf
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.tui.app import SchedsimApp
from schedsim.tui.remembered import Remembered
from schedsim.tui.shelf import Opened
from schedsim.tui.theme import DARK
from tests.fences import apart, watched
from tests.shaking import SIZES, bound_keys, shake
from tests.sound import check

BATCH = 25
"""Events between two looks at what is shown."""
EVENTS = 10_000
DEEP = 6
"""So many screens over each other are enough."""
PATIENCE = 30.0
"""Seconds in which a batch has to be over."""


class Soaked(Exception):
    """Something went wrong, and what led to it."""


# -- soaking --------------------------------------------------------------------------------


def opened(name: str) -> Opened:
    source = Source.of(library.path(name))
    return Run(source.load()), source


async def soak(name: str, seed: int, count: int) -> int:
    """Soak one scenario; the number of events that were sent.

    Raises:
        Soaked: something went wrong.
    """
    draw = random.Random(f"{name} {seed}")
    keys = bound_keys()
    last: deque[str] = deque(maxlen=60)
    clock = iter(range(10**9))
    app = SchedsimApp(
        opened(name),
        shelf=shelf(),
        word=name,
        clock=lambda: next(clock) / 200,
        remembered=Remembered(theme=DARK.name),
    )
    app.exit = lambda *_, **__: None  # type: ignore[method-assign] # nobody leaves
    sent = 0
    try:
        with apart():
            async with app.run_test(size=draw.choice(SIZES[:2])) as pilot:
                while sent < count and app.is_running:
                    with watched(PATIENCE):
                        sent += await _batch(app, pilot, draw, keys, last)
                for _ in range(3):  # what was sent last is on its way
                    await pilot.pause()
        assert not app.return_code, f"it ended with {app.return_code}"
        assert sent >= count, "it ended"
    except Exception as error:
        told = f"{name}, seed {seed}, after {sent} events, the last of them {' | '.join(last)}"
        raise Soaked(f"{told}: {type(error).__name__}: {error}") from error
    return sent


async def _batch(
    app: SchedsimApp, pilot: Any, draw: random.Random, keys: Sequence[str], last: deque[str]
) -> int:
    """Some events, and a look at what came of them."""
    sent = 0
    while sent < BATCH:
        told, more = await shake(pilot, draw, keys)
        last.append(told)
        sent += more
    await pilot.pause()
    if not app.is_running or app._exception is not None:
        return sent
    await check(pilot, draw)
    while len(app.screen_stack) > DEEP:
        await app.pop_screen()
    return sent


def _one(job: tuple[str, int, int]) -> tuple[str, int, float, str]:
    name, seed, count = job
    began = time.perf_counter()
    try:
        sent, problem = asyncio.run(soak(name, seed, count)), ""
    except Soaked as error:
        sent, problem = 0, "".join(traceback.format_exception(error, limit=-12))
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
