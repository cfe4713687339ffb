"""What a finding is.  Findings themselves have a module each."""

from __future__ import annotations

from dataclasses import dataclass

from schedsim.durations import Time


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
