"""How long it takes from the start of the process until something is on the screen.

``python -m tests.first_paint``: medians of several starts in a real terminal of 80 x 24, by the
clock and in processor time, which other programs of the machine disturb less.  An empty app of
Textual says how much of it is not ours.  Modules are compiled each time where the machine does not
keep compiled ones.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

from tests.tui.test_terminal import terminal

ROUNDS = 9


def bare() -> None:
    subprocess.run([sys.executable, "-c", "pass"], check=True)


def start(*arguments: str, shown: bytes, module: str = "schedsim") -> None:
    with terminal(*arguments, module=module) as here:
        here.read(shown)


STARTS: dict[str, Callable[[], None]] = {
    "python -c pass": bare,
    "an empty app": partial(start, module="tests.empty_app", shown=b"empty"),
    "the library": partial(start, shown=b"scenarios"),
    "a scenario": partial(start, "open", "starving-loop", shown=b"cruncher"),
}


def took(what: Callable[[], None]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    what()
    passed, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return passed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    rounds = [{name: took(what) for name, what in STARTS.items()} for _ in range(ROUNDS)]
    for name in STARTS:
        clock, processor = (sorted(1000 * each[name][n] for each in rounds) for n in (0, 1))
        middles = f"{statistics.median(clock):6.0f} ms, at most {clock[-1]:.0f} ms"
        sys.stdout.write(f"{name:16} {middles}; processor {statistics.median(processor):.0f} ms\n")


if __name__ == "__main__":
    main()
