"""Who is who on the screen: a letter, a colour and a short name for every thread and task.

The letters alone tell entities apart, so that nothing depends on colour.  Everything here is fit
for a terminal; the names in the trace are not.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass

from schedsim.plain import plain
from schedsim.trace import Role, Trace

COLOURS = 8
"""How many task colours every theme has."""
LOOP_LETTER = "@"
"""Of a thread that runs an event loop: its tasks have letters of their own."""

_LETTERS = string.ascii_uppercase + string.ascii_lowercase
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Face:
    """How one process, thread or task is shown."""

    letter: str
    """One, or several where there are more entities than letters: no two have the same."""
    colour: int
    """Which task colour, or -1 for none."""
    name: str


def letters(number: int) -> str:
    """The letters of the entity ``number``, from 0: A ... Z, a ... z, AA, AB ... Az, BA ..."""
    text = ""
    number += 1
    while number:
        number, place = divmod(number - 1, len(_LETTERS))
        text = _LETTERS[place] + text
    return text


class Cast:
    """The faces of all entities of a trace that may still be growing.

    A face depends on nothing but the entities before it, so it never changes.

    Args:
        trace: theirs.
        numbers: of which letter an entity has, where several traces share their letters.
    """

    def __init__(self, trace: Trace, numbers: Mapping[int, int] | None = None) -> None:
        self.trace = trace
        self._numbers = numbers or {}
        self._faces = [Face("-", -1, "nobody")]
        self._lettered = 0

    def __len__(self) -> int:
        self._catch_up()
        return len(self._faces)

    def __getitem__(self, entity: int) -> Face:
        if entity >= len(self._faces):
            self._catch_up()
        return self._faces[entity]

    def _catch_up(self) -> None:
        for entity in self.trace.entities[len(self._faces) :]:
            name = plain(entity.name, _LONGEST_NAME)
            if entity.role is Role.PROCESS:
                face = Face("", -1, name)
            elif entity.loop:
                face = Face(LOOP_LETTER, -1, name)
            else:
                number = self._numbers.get(entity.id, self._lettered)
                self._lettered += 1
                face = Face(letters(number), number % COLOURS, name)
            self._faces.append(face)
