"""The pictures in ``screenshots/``: which scenario, at which moment, how large.

They are made from the library by ``schedsim screenshots``, never by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schedsim import library, scenario_file
from schedsim.durations import UNITS, Time
from schedsim.run import Run
from schedsim.tui.layout import USUALLY_HIDDEN
from schedsim.tui.start import screenshot
from schedsim.tui.theme import DARK, LIGHT


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture."""

    name: str
    """Of the file, without the ending."""
    scenario: str
    at: Time
    size: tuple[int, int] = (120, 36)
    theme: str = DARK.name
    hidden: tuple[str, ...] = USUALLY_HIDDEN
    """Panels that are not to be seen."""


_MS = UNITS["ms"]

_FOUND = ("program", "metrics")
_FIGURES = ("program", "findings")

PICTURES = (
    Picture("starving-loop", "starving-loop", 60 * _MS),
    Picture("gil-threads", "gil-threads", 22 * _MS, (110, 32)),
    Picture("loop-beside-thread", "loop-beside-thread", 16 * _MS, (120, 36), LIGHT.name),
    Picture("chess", "chess-asynchronous", 600 * UNITS["s"], (120, 44), hidden=_FIGURES),
    Picture("priority-inversion", "priority-inversion", 9, (120, 35), hidden=_FOUND),
    Picture("small-terminal", "blocking-sleep", 130 * _MS, (80, 24)),
)


def draw(folder: Path) -> Iterator[Path]:
    """Draw all pictures into ``folder``, and tell each file as it is done."""
    for picture in PICTURES:
        run = Run(scenario_file.load(library.path(picture.scenario)))
        out = folder / f"{picture.name}.svg"
        screenshot(
            run,
            out,
            size=picture.size,
            at=picture.at,
            theme=picture.theme,
            hidden=picture.hidden,
        )
        yield out
