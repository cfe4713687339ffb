"""How long a frame of the timeline takes: ``python -m tests.frames`` prints it, a table a size.

A frame is what the app does between a change and the bytes for the terminal: showing the moment,
compositing, and the encoding that a headless app leaves out; in CPU time.  This is a measurement
for people, no test: it depends on the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

from rich.console import Console
from textual._compositor import CompositorUpdate
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from schedsim.ops import VERBS
from schedsim.ops.grammar import parse_op
from schedsim.programs.steps import Repeat
from schedsim.run import Run
from schedsim.scenario import Job, Scenario
from schedsim.tui.playback import drop_garbage, keep_garbage
from schedsim.tui.session import Session
from schedsim.tui.theme import DARK, VARIABLES
from schedsim.tui.widgets.gantt import Gantt

ROWS, COLUMNS = 64, 200
_TASKS = 61
"""With a core, a GIL and a thread: as many lanes as there are rows."""
_GROWTH = 50_000
_CHUNK = 250

Frame = Callable[[int], object]


def _session(slices: int) -> Session:
    """A loop whose tasks run in turn: each turn is a slice of its task."""
    turn = tuple(parse_op(text, VERBS) for text in ("compute 100us", "sleep 1ms"))
    job = Job("worker", (Repeat(turn, None),), count=_TASKS)
    run = Run(Scenario("frames", name="frames", model="asyncio", jobs=(job,)), rows=10**8)
    run.extend(slices)
    return Session(run)


class _Bench(App[None]):
    """Nothing but a timeline."""

    CSS = "Gantt { height: 1fr; }"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.register_theme(DARK)
        self.theme = DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return VARIABLES

    def compose(self) -> ComposeResult:
        yield Gantt()


class _Collector:
    """How long the garbage collector paused."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self._since = 0.0

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._since = time.process_time()
        else:
            self.pauses.append((time.process_time() - self._since) * 1000)


def _cases(gantt: Gantt, session: Session) -> Iterator[tuple[str, Frame]]:
    """What changes from frame to frame, after the state that it starts from."""
    trace = session.trace
    middle = trace.end // 2

    def start(cell: int) -> None:
        session.to_time(middle)
        gantt.view.cell = cell
        gantt.view.centre(middle, trace.end)
        gantt.show(session.moment)

    def back_and_forth(n: int) -> int:
        return 1 if n // 100 % 2 == 0 else -1

    def move(n: int) -> None:
        session.to_time(gantt.start + n % (COLUMNS - 40) * gantt.cell)
        gantt.show(session.moment)

    def four(n: int) -> None:
        del n
        for y in range(10, 14):
            gantt._lines.forget(y)
            _ = gantt._painted.pop(y, None)
            gantt.refresh(Region(0, y, gantt.size.width, 1))

    near, far = 100_000, 100_000_000
    for name, cell in (("", near), (", zoomed out", far)):
        start(cell)
        yield f"same view{name}", lambda n: gantt.refresh()
        start(cell)
        yield f"pan one cell{name}", lambda n: gantt.pan(back_and_forth(n))
        start(cell)
        yield f"playhead moves{name}", move
    start(near)
    yield "4 rows change", four
    start(near)
    yield "zoom in and out", lambda n: gantt.zoom(3 if n % 2 else -3)


def _encode(app: App[Any], console: Console) -> int:
    """The bytes that the terminal would get for what is dirty."""
    compositor = app.screen._compositor
    compositor.update_widgets({app.query_one(Gantt)})
    found = compositor.render_update(full=False, screen_stack=app._background_screens)
    update = cast("CompositorUpdate | None", found)
    return 0 if update is None else len(update.render_segments(console))


def _percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


def _row(times: list[float], pauses: list[float], size: int) -> dict[str, float]:
    return {
        "median": statistics.median(times),
        "p95": _percentile(times, 95),
        "p99": _percentile(times, 99),
        "gc_p99": _percentile(pauses, 99),
        "bytes": size,
    }


async def _measure(slices: int, frames: int) -> dict[str, dict[str, float]]:
    started = time.perf_counter()
    session = _session(slices)
    built = (time.perf_counter() - started) * 1000
    found: dict[str, dict[str, float]] = {}
    app = _Bench(session)
    collector = _Collector()
    async with app.run_test(size=(COLUMNS, ROWS + 3)) as pilot:
        gantt = app.query_one(Gantt)
        gantt.show(session.moment)
        await pilot.pause()
        console = app.console
        keep_garbage()
        gc.callbacks.append(collector)
        try:
            for name, frame in _cases(gantt, session):
                found[name] = await _frames(pilot, console, collector, frame, frames)
            found["live, 50,000 rows come in"] = await _growth(pilot, console, collector, session)
        finally:
            gc.callbacks.remove(collector)
            drop_garbage()
    found["(opening: executing, and the timeline of it)"] = _row([built], [], 0)
    return found


async def _frames(
    pilot: Pilot[None], console: Console, collector: _Collector, frame: Frame, frames: int
) -> dict[str, float]:
    times: list[float] = []
    collector.pauses.clear()
    size = 0
    for n in range(frames + 10):
        before = time.process_time()
        frame(n)
        size = _encode(pilot.app, console)
        if n >= 10:  # the first ones fill caches
            times.append((time.process_time() - before) * 1000)
        if n % 20 == 0:
            await asyncio.sleep(0)
    return _row(times, collector.pauses, size)


async def _growth(
    pilot: Pilot[None], console: Console, collector: _Collector, session: Session
) -> dict[str, float]:
    """Rows come in as the app executes them: chunks for 4 ms, then a frame."""
    gantt = pilot.app.query_one(Gantt)
    goal = len(session.trace) + _GROWTH
    times: list[float] = []
    collector.pauses.clear()
    size = 0
    while len(session.trace) < goal:
        before = time.process_time()
        while time.process_time() < before + 0.004 and len(session.trace) < goal:
            session.grow(_CHUNK)
        session.to_time(session.trace.end)
        gantt.show(session.moment)
        size = _encode(pilot.app, console)
        times.append((time.process_time() - before) * 1000)
    return _row(times, collector.pauses, size)


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.frames", description=__doc__)
    parser.add_argument("--slices", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    found = {str(n): asyncio.run(_measure(n, chosen.frames)) for n in chosen.slices}
    if chosen.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
        return
    for slices, cases in found.items():
        sys.stdout.write(f"{int(slices):,} rows; {ROWS} lanes x {COLUMNS} columns; ms a frame\n")
        sys.stdout.write(f"{'':46}{'median':>8}{'p95':>8}{'p99':>8}{'GC p99':>8}{'bytes':>9}\n")
        for name, row in cases.items():
            times = "".join(f"{row[key]:8.1f}" for key in ("median", "p95", "p99", "gc_p99"))
            sys.stdout.write(f"{name:46}{times}{row['bytes']:9.0f}\n")


if __name__ == "__main__":
    main()
