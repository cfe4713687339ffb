"""How much processor time a whole process takes, from its start to its end."""

from __future__ import annotations

import resource
import subprocess
import sys

from schedsim import library
from schedsim.bench import workload

_TIMES = 3


def nothing() -> workload.Measured:
    """An interpreter that does nothing."""
    return _processes("-c", "pass")


def run() -> workload.Measured:
    """``schedsim run`` of a small scenario."""
    return _processes("-m", "schedsim", "run", str(library.path("gil-threads")))


def _processes(*arguments: str) -> workload.Measured:
    before = _spent()
    for _ in range(_TIMES):
        subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, *arguments],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
    return _TIMES, _spent() - before


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
