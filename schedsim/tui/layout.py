"""How the player shares its lines out among its panels.

In a wide terminal panels about the moment stand in a column at the left, with those to be read in
one at the right.  In a narrow one there is one column, and a panel to be read takes the place of
the timeline.  Low terminals give a panel a rule above, high ones a frame around it: see app.tcss.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

TALL, WIDE, HUGE = 32, 110, 160
"""From so many lines panels have frames; from so many columns there is a side, and a wider one."""
SMALLEST = (60, 16)
"""Columns and lines below which nothing fits."""
TOO_SMALL = f"The terminal is too small: schedsim needs {SMALLEST[0]} x {SMALLEST[1]}."
USUALLY_HIDDEN = ("findings", "metrics")
"""Panels that are there when somebody asks for them."""

_LEAST_TOP = 3
_LEAST_LANES = 5
_SPARE_FOR_WHY = 2
_LEAST_READABLE = 2
_AROUND = 2
"""Lines of the heading and the footer."""


class Choice(NamedTuple):
    """What the user wants to see."""

    hidden: frozenset[str] = frozenset(USUALLY_HIDDEN)
    over: str = ""
    """In a narrow terminal: what stands in the place of the timeline, if anything."""
    alone: str = ""
    """The panel that has the whole room to itself, if any."""


def arrange(
    size: tuple[int, int],
    wanted: Mapping[str, int],
    places: Mapping[str, str],
    choice: Choice,
    asked: int = 0,
) -> Mapping[str, int]:
    """How many lines each panel has, its frame among them; whoever has none is not there.

    Args:
        size: columns and lines of the terminal.
        wanted: how many lines each panel would like; 0 if it has nothing to show.
        places: where each belongs: ``top``, ``middle``, ``bottom`` or ``side``.
        choice: what the user wants to see.
        asked: how many lines a question takes, with its frame.
    """
    columns, lines = size
    lines -= _AROUND + asked
    frame = 2 if size[1] >= TALL else 1
    if wanted.get(choice.alone):
        return {choice.alone: lines}
    shown = {name for name, want in wanted.items() if want and name not in choice.hidden}
    side = [name for name in wanted if name in shown and places[name] == "side"]
    if columns < WIDE:
        side = [choice.over] if wanted.get(choice.over) else []
        if side:
            shown = {name for name in shown if places[name] != "bottom"}
    found: dict[str, int] = {}
    rest = [name for name in shown if places[name] != "side"]
    below = side[0] if side and columns < WIDE else ""
    if rest or below:
        found.update(_column(lines, frame, {name: wanted[name] for name in rest}, places, below))
        if below:  # as many as are left
            used = {places[name]: found[name] for name in rest}
            found[below] = lines - sum(used.values())
    if side and not below:
        heights = stack(lines, [wanted[name] + frame for name in side], frame + _LEAST_READABLE)
        found.update(zip(side, heights, strict=True))
    return found


def _column(
    lines: int, frame: int, wanted: Mapping[str, int], places: Mapping[str, str], below: str
) -> Mapping[str, int]:
    """The lines of the main column: as many to the top as it wants, if the rest can spare them."""
    of_place: dict[str, int] = {}
    for name, want in wanted.items():
        of_place[places[name]] = max(want, of_place.get(places[name], 0))
    bottom = "bottom" in of_place or bool(below)
    room = lines - frame * (len(of_place) + bool(below))
    why = min(of_place.get("middle", 0), room)
    top = of_place.get("top", 0)
    if bottom:
        lanes = of_place.get("bottom", room)
        least = min(lanes, max(_LEAST_LANES, room * 5 // 9))
        top = max(_LEAST_TOP, min(top, room - why - least)) if top else 0
        if why and "bottom" in of_place:
            why += max(0, min(_SPARE_FOR_WHY, room - why - top - lanes))
    elif top:
        why += max(0, min(_SPARE_FOR_WHY, room - why - top)) if why else 0
        top = room - why
    else:
        why = room
    heights = {"top": top + frame, "middle": why + frame, "bottom": room - top - why + frame}
    return {name: heights[places[name]] for name in wanted}


def stack(lines: int, wanted: Sequence[int], least: int) -> list[int]:
    """Lines for panels below each other: what each wants, or fewer; what is left is the first's.

    Nobody gets fewer than ``least``, as long as there are so many.
    """
    given = [min(least, lines // len(wanted))] * len(wanted)
    for _ in range(lines - sum(given)):
        hungry = [n for n in range(len(wanted)) if given[n] < wanted[n]]
        next_ = min(hungry, key=lambda n: given[n] / wanted[n]) if hungry else 0
        given[next_] += 1
    return given
