"""What the app reads and writes: scenarios that can be picked, and recordings.

Whoever starts the app hands it a :class:`Shelf`; nothing else in the app knows where scenarios are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from schedsim.scenario_file import ScenarioError

if TYPE_CHECKING:
    from schedsim.branches import Branch
    from schedsim.run import Run
    from schedsim.scenario import Scenario
    from schedsim.source import Source


class Entry(Protocol):
    """A scenario that can be picked."""

    @property
    def name(self) -> str:
        """By which it is known."""

    @property
    def title(self) -> str:
        """Its idea in a sentence."""

    @property
    def group(self) -> str:
        """What it belongs to."""


@runtime_checkable
class Told(Protocol):
    """A scenario that says what it teaches; it may not be read before somebody picks it."""

    @property
    def lesson(self) -> str:
        """What it teaches."""

    @property
    def scenario(self) -> Scenario | None:
        """None, if it is not read yet."""


@dataclass(frozen=True, slots=True)
class File:
    """Where a scenario stands."""

    path: Path
    ours: bool = False
    """It came with schedsim, and is never changed."""
    python: bool = False
    """It is executed when somebody plays it, and never before."""
    recording: bool = False
    """It is played as it is; what can be edited is a copy of the scenario in it."""

    @property
    def editable(self) -> bool:
        """It is a scenario of the user's, which is edited where it stands."""
        return not (self.ours or self.recording)


Opened: TypeAlias = "tuple[Run, Source | None]"
"""A run to look at, and where its scenario came from, if it came from a file."""

BAD_SCENARIO = (ScenarioError, ValueError, OSError)
"""What says that a scenario cannot be read: its author's mistake, or the machine's."""


def _no_file(entry: Entry) -> None:
    del entry


def _not_found(word: str) -> None:
    del word


def _cannot_load(entry: Entry) -> Opened:
    raise ValueError(f"there is no way to load {entry.name}")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The scenarios, and how one gets at them."""

    entries: Sequence[Entry] = ()
    """Group by group."""
    load: Callable[[Entry], Opened] = _cannot_load
    """Reads one of them; raises one of BAD_SCENARIO."""
    save: Callable[[Branch, Path], None] | None = None
    """Writes a recording; raises OSError or ValueError."""
    file: Callable[[Entry], File | None] = _no_file
    """Where one of them stands."""
    find: Callable[[str], Entry | None] = _not_found
    """A scenario, or a file of the user's, as it is remembered: by name, or by path."""
    templates: Sequence[Entry] = ()
    """What a new scenario can begin as."""
