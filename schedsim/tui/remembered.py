"""What the app remembers between two starts.  A broken or missing file costs nothing but that."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from platformdirs import user_state_path

from schedsim.tui.theme import DARK

FOLDER = "SCHEDSIM_STATE_DIR"
"""The environment variable that names another folder."""


@dataclass(slots=True)
class Remembered:
    """The user's choices."""

    theme: str = DARK.name
    lesson: bool = True
    """The lesson stands beside the player where there is room."""


def place() -> Path:
    """The file."""
    folder = os.environ.get(FOLDER)
    return (Path(folder) if folder else user_state_path("schedsim", appauthor=False)) / "app.json"


def recall() -> Remembered:
    """What was remembered, or the defaults."""
    try:
        found = json.loads(place().read_text(encoding="utf-8"))
        return Remembered(theme=str(found["theme"]), lesson=bool(found["lesson"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Remembered()


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
