"""The user's own editor: which one it is, and letting it have the terminal for a while."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from schedsim.plain import plain

VARIABLES = ("VISUAL", "EDITOR")
"""Of the environment; the first that says something counts."""


class NoEditor(Exception):
    """There is none, or it did not work; the message is for the user."""


def command() -> list[str]:
    """The user's editor with its arguments; empty if there is none."""
    wanted = next((text for each in VARIABLES if (text := os.environ.get(each, "").strip())), "")
    try:
        return shlex.split(wanted)
    except ValueError:  # a quotation mark without its like
        return [wanted]


def edit(app: App[Any], path: Path) -> None:
    """Let the user's editor edit a file, and wait for it.

    Raises:
        NoEditor: it could not be started, or it failed.
    """
    words = command()
    name = plain(words[0] if words else "", 60)
    try:
        with app.suspend():
            problem = _run(words, path)
    except SuspendNotSupported:
        raise NoEditor(f"{name} needs a terminal of its own, and this one cannot be lent") from None
    if problem:
        raise NoEditor(f"your editor {name} {problem}")


def _run(words: list[str], path: Path) -> str:
    """What went wrong, in words.

    Nothing may be raised while the terminal is lent: Textual would not take it back.
    """
    try:
        done = subprocess.run([*words, str(path)], check=False)  # noqa: S603 - it is theirs
    except (OSError, ValueError) as error:
        says = getattr(error, "strerror", None) or str(error)
        return f"cannot be started: {says.lower()}"
    except KeyboardInterrupt:
        return "was interrupted"
    return f"failed, with exit code {done.returncode}" if done.returncode else ""
