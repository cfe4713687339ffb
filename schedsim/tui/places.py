"""Places in a run as a person writes them: a time, a step, or a share of the run.

What going there means is the session's business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from schedsim.durations import Time, format_duration, parse_duration, parse_ticks
from schedsim.trace import Trace

_STEP = re.compile(r"(?:#|steps?\b)\s*(?P<step>\d{1,15}(?:[,_]\d{3})*)", re.ASCII | re.IGNORECASE)
_SHARE = re.compile(r"(?P<share>\d{1,3}(?:\.\d{1,6})?)\s*%", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A moment, or a step."""

    at: Time | None = None
    step: int | None = None


def read(text: str, trace: Trace, *, finished: bool) -> Place:
    """Read ``132ms``, ``1.5 s``, ``#41``, ``step 41`` or ``50%``.

    Args:
        text: what somebody wrote.
        trace: that of the run.
        finished: there will not be more of it.

    Raises:
        ValueError: it says no place, or one after the end.
    """
    text = text.strip()
    if not text:
        raise ValueError("where to?")
    if step := _STEP.fullmatch(text):
        number = int(re.sub("[,_]", "", step["step"]))
        if finished and number > len(trace):
            raise ValueError(f"there is no step {number:,}: the run has {len(trace):,}")
        return Place(step=number)
    if share := _SHARE.fullmatch(text):
        percent = Decimal(share["share"])
        if percent > 100:
            raise ValueError(f"{text} is more than the whole run: 100% is its end")
        return Place(at=int(percent * trace.end / 100))
    if text[0] == "#" or text.casefold().startswith("step"):
        raise ValueError(f'a step is a whole number, such as "#41", got {text!r}')
    at = parse_ticks(text) if trace.unit == "tick" else parse_duration(text)
    if finished and at > trace.end:
        raise ValueError(f"the run ends at {format_duration(trace.end, trace.unit)}")
    return Place(at=at)
