"""The trace store: what a row costs on the way in, on the disk and on the way out; and seeking.

The run is one of threads that compute and sleep for different times under round robin, so that its
rows are no pattern that a compressor could guess.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from schedsim.bench import workload
from schedsim.history import History
from schedsim.recording import Recording, Source
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.scenario_file import loads
from schedsim.state import State
from schedsim.trace_store import Moments, Reader, Writer

ROWS = 1_000_000
SEEKS = 1_000
_PERCENTILE: Final = 99
_TEXT: Final = """
schema = 1
title = "Threads that compute and sleep"
model = "threads"
machine = {{ cores = 4, quantum = "1ms" }}
python = {{ gil = "off" }}
[[job]]
name = "reader"
count = {threads}
steps = [{{ repeat = "forever", do = ["compute 300us", "io 5ms", "compute 70us", "sleep 3ms"] }}]
[[job]]
name = "cruncher"
count = {threads}
steps = [{{ repeat = "forever", do = ["compute 2500us", "sleep 1ms"] }}]
"""


def written(rows: int | None = None, *, states: bool = True) -> workload.Measured:
    """The time it takes to write rows, with the states that make any moment easy to find or not."""
    with _stored(_run(rows or ROWS), states=states) as (_, measured):
        return measured


def bytes_of_rows() -> workload.Measured:
    """What a row takes on the disk, with everything that is in the file besides."""
    with _stored(_run(ROWS)) as (path, (rows, _)):
        return rows, path.stat().st_size


def read() -> workload.Measured:
    """The time it takes to read all rows, and to check them."""
    with _stored(_run(ROWS)) as (path, (rows, _)), Reader(path) as reader:
        return workload.timed(rows, reader.read)


def executed() -> workload.Measured:
    """The time it takes to execute the same."""
    run = Run(_scenario(100), rows=ROWS)
    return workload.timed(ROWS, run.finish)


def seek_in_file(rows: int | None = None) -> workload.Measured:
    """How long it takes to be at a moment anywhere in a file; the 99th of 100."""
    with _stored(_run(rows or ROWS)) as (path, _), Moments(path) as moments:
        return _sought(moments.state_at, moments.rows)


def seek_in_memory(rows: int | None = None) -> workload.Measured:
    """How long it takes in a trace in memory with 10,000 threads, looked through before."""
    run = _run(rows or ROWS, 10_000)
    history = History(run.trace)
    history.state_at(len(run.trace))
    return _sought(history.state_at, len(run.trace))


def _sought(state_at: Callable[[int], State], rows: int) -> workload.Measured:
    numbers = workload.scattered()
    took = []
    for _ in range(SEEKS):
        row = next(numbers) % rows
        began = time.process_time()
        state_at(row)
        took.append(time.process_time() - began)
    took.sort()
    return 1, took[SEEKS * _PERCENTILE // 100]


def _scenario(threads: int) -> Scenario:
    return loads(_TEXT.format(threads=threads // 2), "store")


def _run(rows: int, threads: int = 100) -> Run:
    run = Run(_scenario(threads), rows=rows)
    run.finish()
    return run


@contextmanager
def _stored(run: Run, *, states: bool = True) -> Iterator[tuple[Path, workload.Measured]]:
    recorded = Recording.of(run, Source("store", _TEXT))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "it.trace"
        with Writer(path, run.trace, recorded, keyframes=states) as writer:
            measured = workload.timed(len(run.trace), lambda: writer.end(recorded))
        yield path, measured
