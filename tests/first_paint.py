"""How long it takes from the start of the process until something is on the screen.

``python -m tests.first_paint``: medians of several starts in a real terminal of 80 x 24, without
compiled modules where the machine does not keep any.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from tests.tui.test_terminal import terminal

ROUNDS = 9
SHOWN = {"the library": ((), b"scenarios"), "a scenario": (("open", "starving-loop"), b"cruncher")}


def start(arguments: tuple[str, ...], shown: bytes) -> float:
    began = time.perf_counter()
    with terminal(*arguments) as here:
        here.read(shown)
        return time.perf_counter() - began


def bare() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - began


def main() -> None:
    took: dict[str, list[float]] = {name: [] for name in ("python -c pass", *SHOWN)}
    for _ in range(ROUNDS):
        took["python -c pass"].append(bare())
        for name, (arguments, shown) in SHOWN.items():
            took[name].append(start(arguments, shown))
    for name, times in took.items():
        middle, worst = statistics.median(times), max(times)
        sys.stdout.write(f"{name:16} {1000 * middle:6.0f} ms, at most {1000 * worst:.0f} ms\n")


if __name__ == "__main__":
    main()
