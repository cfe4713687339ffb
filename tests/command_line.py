"""What a command line came to, as a script sees it; the fixture that runs one is in conftest.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


Schedsim = Callable[..., Outcome]
