"""Leaving the process although a body that was written in Python does not let itself be closed.

Python closes whatever is suspended before it ends, and a body may answer to that with a loop that
never ends.  When to leave, and with which code, is said elsewhere.
"""

from __future__ import annotations

import atexit
import os
import sys
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """Leave now, with what was printed and what was to be done at exit, and nothing else."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is None or (stream is sys.stderr and stream.closed):  # there need be none
                continue
            stream.flush()
        except (OSError, ValueError):  # nobody reads any more
            code = code or 1
    atexit._run_exitfuncs()  # noqa: SLF001 - public ways out close everything
    os._exit(code)
