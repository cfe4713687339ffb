"""What the app remembers between two starts.  A broken or missing file costs nothing but that.

A choice is a field that knows how to read itself; one that is broken costs only itself.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from platformdirs import user_state_path

from schedsim.tui.layout import USUALLY_HIDDEN
from schedsim.tui.theme import DARK

FOLDER = "SCHEDSIM_STATE_DIR"
"""The environment variable that names another folder."""


def _text(found: object) -> str:
    if not isinstance(found, str):
        raise TypeError
    return found


def _names(found: object) -> tuple[str, ...]:
    if not isinstance(found, list):
        raise TypeError
    return tuple(map(_text, found))


@dataclass(slots=True)
class Remembered:
    """The user's choices."""

    theme: str = field(default=DARK.name, metadata={"read": _text})
    hidden: tuple[str, ...] = field(default=USUALLY_HIDDEN, metadata={"read": _names})
    """The panels that take no part."""


def place() -> Path:
    """The file."""
    folder = os.environ.get(FOLDER)
    return (Path(folder) if folder else user_state_path("schedsim", appauthor=False)) / "app.json"


def recall() -> Remembered:
    """What was remembered; the default for all that was not, or cannot be read."""
    remembered = Remembered()
    try:
        found = json.loads(place().read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return remembered
    if isinstance(found, dict):
        for each in fields(remembered):
            with suppress(KeyError, TypeError):
                setattr(remembered, each.name, each.metadata["read"](found[each.name]))
    return remembered


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
