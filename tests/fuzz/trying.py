"""Trying one input of a target, and telling what went wrong with it."""

from __future__ import annotations

import hashlib
import os
import traceback
from pathlib import Path
from typing import Final

from tests.fences import Hung, watched
from tests.fuzz.targets import Target

PATIENCE: Final = 8.0
"""Seconds that an input may take."""
MOST_MEMORY: Final = 1_500_000_000
"""Bytes that may be used beyond what was used before the first input."""


class Strayed(AssertionError):
    """Something was left where nothing is to be written."""


def tried(target: Target, given: bytes) -> str:
    """Try it; what went wrong, in words, or nothing."""
    before = _inside()
    try:
        with watched(PATIENCE):
            target.attempt(given)
        if target.leaves_nothing and (new := _inside() - before):
            raise Strayed(f"it wrote {', '.join(sorted(new))}")
    except (Exception, SystemExit) as error:  # noqa: BLE001 - that is what is looked for
        return "".join(traceback.format_exception(error, limit=-25))
    except KeyboardInterrupt:
        raise
    return ""


def kind_of(problem: str) -> str:
    """By which two findings are the same: where they came from, and what they are."""
    lines = problem.rstrip().split("\n")
    places = [line.strip() for line in lines if line.lstrip().startswith("File ")]
    ours = [place for place in places if "/schedsim/" in place] or places
    last = lines[-1].split(":")[0]
    if Hung.__name__ in last:  # it is interrupted anywhere
        ours = [place.rpartition(", in ")[2] for place in ours[:3]]
    return f"{last} {ours[-1:]}"


def name_of(given: bytes) -> str:
    """What an input is called as a file."""
    return hashlib.sha256(given).hexdigest()[:12]


def bound_memory() -> None:
    """From now on, whoever wants too much meets a MemoryError."""
    import resource

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + MOST_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _inside() -> set[str]:
    return {path.name for path in Path().iterdir()}
