"""What the app remembers between two starts.

A broken or missing file costs nothing but that, and so does a broken entry of it: every field is
read for itself, and what nobody knows here is passed over.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
from platformdirs import user_state_path

from schedsim.tui.layout import USUALLY_HIDDEN
from schedsim.tui.theme import DARK

FOLDER = "SCHEDSIM_STATE_DIR"
"""The environment variable that names another folder."""
MOST_RECENT = 12
"""Scenarios that are remembered as used recently: more than are shown, as some may be gone."""


@dataclass(slots=True)
class Remembered:
    """The user's choices."""

    theme: str = DARK.name
    hidden: tuple[str, ...] = USUALLY_HIDDEN
    """The panels that take no part."""
    recent: list[str] = field(default_factory=list)
    """What was opened last comes first: names of the library, and absolute paths."""

    def note(self, word: str) -> None:
        """A scenario has been opened."""
        if word:
            others = [each for each in self.recent if each != word]
            self.recent = [word, *others][:MOST_RECENT]


def place() -> Path:
    """The file."""
    folder = os.environ.get(FOLDER)
    return (Path(folder) if folder else user_state_path("schedsim", appauthor=False)) / "app.json"


def recall() -> Remembered:
    """What was remembered; the default of each field that was not, or makes no sense."""
    try:
        found = json.loads(place().read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        found = None
    remembered = Remembered()
    if isinstance(found, dict):
        types = get_type_hints(Remembered)
        for each in fields(Remembered):
            if each.name in found:
                _read(remembered, each.name, found[each.name], types[each.name])
    return remembered


def _read(remembered: Remembered, name: str, value: Any, kind: Any) -> None:
    with suppress(msgspec.MsgspecError, RecursionError):
        setattr(remembered, name, msgspec.convert(value, kind))


def remember(remembered: Remembered) -> None:
    """Write it down, if that is possible."""
    path = place()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.write_text(json.dumps(asdict(remembered)), encoding="utf-8")
        fresh.replace(path)
    except (OSError, ValueError):
        pass
