"""Digests of runs, kept in ``golden_digests.json``: the same on every supported Python.

A few machines that differ in kind, every scenario of the library, and every policy under every
model, with commands.  They say that nothing has changed, not that it is right.  After a change of
the engine that is meant to change traces, look at the difference and write them anew::

    uv run python -m tests.golden --write
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from schedsim import library
from schedsim.commands import Inject, SetYielding
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.scenario import Scenario
from tests.combinations import acted, turns
from tests.machines import MS, job, loop, processes, repeat, tasks, threads, tree

PATH = Path(__file__).parent / "golden_digests.json"
ROWS = 2_000

_HEAVY = job("heavy", repeat(6, "compute 7ms", "yield"), cpu_heavy=True)
_TICKER = job("ticker", repeat(8, "compute 1ms", "sleep 5ms", "mark tick"), count=3)

SCENARIOS: dict[str, Scenario] = {
    "fifo on two cores": processes(
        *[job(name, f"compute {n}ms", arrival=f"{n}ms") for n, name in enumerate("abcde", 3)],
        cores=2,
        policy="fifo",
    ),
    "round robin with a context switch": threads(
        _TICKER, _HEAVY, gil=False, quantum="3ms", switch_cost="50us", cores=2
    ),
    "four threads under the GIL": threads(
        job("cpu", "compute 30ms", count=3),
        job("io", repeat(5, "io 2ms", "compute 1ms", "mark back")),
        cores=4,
    ),
    "the GIL on one core": threads(
        job("cpu", "compute 30ms", count=3), _TICKER, quantum="3ms", switch_cost="10us"
    ),
    "the race for the GIL": threads(
        job("cpu", "compute 90ms", count=4),
        job("io", repeat(5, "io 7ms", "mark back")),
        cores=4,
        linger="600ns",
        wake_latency="20us",
        check_every=60,
    ),
    "the GIL before 3.2": threads(job("cpu", "compute 500us", count=3), cores=2, kind="old"),
    "spawn and join": threads(
        job("main", repeat(4, "spawn child", "spawn child", "join child", "mark joined")),
        job("child", "compute 2ms", "call socket.recv 1ms", spawned=True),
        cores=2,
    ),
    "a loop with heavy work": tasks(_TICKER, _HEAVY),
    "timers that are due together": tasks(job("t", repeat(3, "sleep 4ms", "mark t"), count=9)),
    "blocking calls in a loop": tasks(
        job("a", repeat(3, "call time.sleep 2ms", "sleep 0ms"), count=3),
        job("b", "join a", "mark all"),
    ),
    "tasks that spawn": tasks(
        job("main", repeat(300, "spawn child", "join child", "compute 1us")),
        job("child", "sleep 1ms", spawned=True),
    ),
    "loops and threads in two processes": tree(
        (
            "web",
            (loop("main", _TICKER, _HEAVY), job("worker", repeat(None, "compute 3ms", "yield"))),
        ),
        (
            "batch",
            (job("a", "compute 40ms", "join b"), job("b", "compute 9ms"), loop("side", _TICKER)),
        ),
        cores=3,
        quantum="4ms",
        switch_cost="5us",
    ),
}


def runs() -> dict[str, Run]:
    """Every run of the table, finished; the last was acted upon."""
    found = {name: Run(scenario, rows=ROWS) for name, scenario in SCENARIOS.items()}
    acted = Run(SCENARIOS["a loop with heavy work"], rows=ROWS)
    step = acted.act(SetYielding(on=False), 40, 9 * MS)
    step = acted.act(Inject("hog", 9 * MS, 2 * MS, process="python", loop="main"), step, 20 * MS)
    acted.act(Inject("other", 5 * MS, 5 * MS), step, 21 * MS)
    found["a session with commands"] = acted
    for run in found.values():
        run.finish()
    return found


def digests() -> dict[str, str]:
    """By the name of the run; a scenario of the library is ``library/NAME``.

    ``POLICY everywhere`` is of a dozen runs with commands: that policy under each model.
    """
    found = runs()
    for name in library.names():
        run = found[f"library/{name}"] = Run(Source.of(library.path(name)).load())
        run.finish()
    kept = {name: run.trace.digest() for name, run in found.items()}
    everywhere: dict[str, list[str]] = {}
    for cell in turns():
        everywhere.setdefault(cell.policy, []).append(acted(cell).trace.digest())
    for policy, each in everywhere.items():
        kept[f"{policy} everywhere"] = hashlib.sha256("".join(each).encode()).hexdigest()
    return kept


if __name__ == "__main__":
    text = json.dumps(digests(), indent=1) + "\n"
    if "--write" in sys.argv:
        PATH.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
