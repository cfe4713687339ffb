"""How long a key keeps the player busy: ``python -m tests.pauses`` prints it, in CPU time.

A synthetic machine of many tasks, in a terminal of 120 x 40, with all panels.  While one of these
things is done nothing else is on the screen's thread: what takes longer than a frame is seen.
This is a measurement for people, no test: it depends on the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Callable

from schedsim.ops import VERBS
from schedsim.ops.grammar import parse_op
from schedsim.programs.steps import Repeat
from schedsim.run import Run
from schedsim.scenario import Job, Scenario
from schedsim.tui.app import SchedsimApp
from schedsim.tui.remembered import Remembered
from schedsim.tui.screens.player import PlayerScreen

SIZE = (120, 40)
_TIMES = 10


def _run(tasks: int, rows: int) -> Run:
    """A loop whose tasks run in turn."""
    turn = tuple(parse_op(text, VERBS) for text in ("compute 100us", "sleep 1ms"))
    job = Job("worker", (Repeat(turn, None),), count=tasks, cpu_heavy=True)
    run = Run(Scenario("pauses", name="pauses", model="asyncio", jobs=(job,)), rows=10**8)
    run.extend(rows)
    return run


async def _took(do: Callable[[], object], times: int = 1) -> list[float]:
    """Milliseconds of CPU each, without what follows when the loop is free again."""
    found = []
    for _ in range(times):
        began = time.process_time()
        do()
        found.append((time.process_time() - began) * 1000)
        await asyncio.sleep(0)
    return found


async def _measure(tasks: int, rows: int) -> dict[str, list[float]]:
    run = _run(tasks, rows)
    remembered = Remembered(hidden=())
    began = time.process_time()
    app = SchedsimApp((run, None), animation=False, remembered=remembered, clock=lambda: 0.0)
    found: dict[str, list[float]] = {}
    async with app.run_test(size=SIZE):
        player = app.screen
        assert isinstance(player, PlayerScreen), "the app was given a run"
        found["open, until the first picture"] = [(time.process_time() - began) * 1000]
        session = player.session
        middle = session.trace.end // 2

        await player.workers.wait_for_complete()  # what came before the picture is read behind it

        def at(moment: int) -> None:
            session.to_time(moment)
            player.show()

        def shown(do: Callable[[], object]) -> None:
            _ = do()
            player.show()

        found["jump to the middle"] = await _took(lambda: at(middle))
        found["step, and show"] = await _took(lambda: shown(session.forward), _TIMES)
        found["step back, and show"] = await _took(lambda: shown(session.back), _TIMES)
        found["show again"] = await _took(player.show, _TIMES)
        moments = iter(range(middle, middle + _TIMES * 33_000_000, 33_000_000))
        found["play: a frame later, and show"] = await _took(lambda: at(next(moments)), _TIMES)
        found["to the end of what there is"] = await _took(lambda: at(session.trace.end))
        found["to the beginning"] = await _took(lambda: at(0))
        at(middle)
        found["act in the middle"] = await _took(lambda: session.add_cores(1))
        while session.under_way is not None:  # at most so long at a time
            found["act in the middle"] += await _took(session.go_on)
        found["show what comes of it"] = await _took(player.show)
        found["undo"] = await _took(lambda: shown(session.undo))
    return found


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.pauses", description=__doc__)
    parser.add_argument("--tasks", type=int, default=1_000)
    parser.add_argument("--rows", type=int, nargs="*", default=[100_000])
    chosen = parser.parse_args(arguments)
    for rows in chosen.rows:
        sys.stdout.write(f"{chosen.tasks:,} tasks, {rows:,} rows; ms of CPU\n")
        for name, times in asyncio.run(_measure(chosen.tasks, rows)).items():
            middle, worst = statistics.median(times), max(times)
            sys.stdout.write(f"  {name:32}{middle:8.1f}   at most {worst:.1f}\n")


if __name__ == "__main__":
    main()
