"""How much processor time a whole process takes, from its start to its end.

With compiled modules, as in any installed package: also where Python is told to keep none.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from functools import partial
from tempfile import TemporaryDirectory

from schedsim import library
from schedsim.bench import workload

_TIMES = 3
_COMPILES_EACH_TIME = "PYTHONDONTWRITEBYTECODE"


def nothing() -> workload.Measured:
    """An interpreter that does nothing."""
    return _processes("-c", "pass")


def run() -> workload.Measured:
    """``schedsim run`` of a small scenario."""
    return _processes("-m", "schedsim", "run", str(library.path("gil-threads")))


def _processes(*arguments: str) -> workload.Measured:
    with TemporaryDirectory() as compiled:
        kept = {name: value for name, value in os.environ.items() if name != _COMPILES_EACH_TIME}
        start = partial(
            subprocess.run,
            [sys.executable, *arguments],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**kept, "PYTHONPYCACHEPREFIX": compiled},
        )
        start()  # compiles what it loads
        before = _spent()
        for _ in range(_TIMES):
            start()
        return _TIMES, _spent() - before


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
