"""What a finding is.  Findings themselves have a module each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schedsim.durations import Time
from schedsim.plain import plain
from schedsim.trace import Trace


@dataclass(frozen=True, slots=True)
class Finding:
    """Something worth telling about a run."""

    kind: str
    """Its name in the catalogue."""
    start: Time
    end: Time
    who: int
    """The entity it is about: the culprit where there is one."""
    victims: tuple[int, ...]
    why: str
    advice: str
    """What to try."""


def names(trace: Trace, entities: Sequence[int], most: int = 3) -> str:
    """``a``, ``a and b``, ``a, b, c and 5 more``."""
    shown = [plain(trace.entities[entity].name, 32) for entity in entities[:most]]
    rest = len(entities) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
