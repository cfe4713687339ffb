"""Files of the user's: where they may be written, and writing them whole or not at all.

What is in them does not belong here.
"""

from __future__ import annotations

import os
from pathlib import Path

from schedsim.plain import plain

_SHOWN = 200
_NEW_FILE = 0o666


def named(text: str) -> Path:
    """The path that a person wrote, with ``~`` for their home.

    Raises:
        ValueError: it names nothing.
    """
    if not text.strip():
        raise ValueError("a file needs a name")
    try:
        return Path(text.strip()).expanduser()
    except RuntimeError:
        home = plain(text.strip().split("/", maxsplit=1)[0], 60)
        raise ValueError(f"nobody knows whose home {home} is") from None


def refusal(path: Path) -> str:
    """What speaks against writing a file there, in words; empty if nothing does."""
    try:
        if path.is_dir():
            return "that is a directory: name a file in it"
        folder = path.parent
        if not folder.is_dir():
            return f"there is no folder {plain(str(folder), _SHOWN)}"
        if not os.access(path if path.exists() else folder, os.W_OK):
            return f"no permission to write {plain(str(path), _SHOWN)}"
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        return getattr(error, "strerror", None) or str(error)
    return ""


def write(path: Path, text: str | bytes) -> None:
    """Write the file, whole or not at all: it is written aside, and then takes the name.

    Raises:
        ValueError: it cannot be written; why is said in words, and what was there still is.
    """
    if says := refusal(path):
        raise ValueError(says)
    try:
        put(path, text.encode() if isinstance(text, str) else text)
    except (OSError, ValueError) as error:
        says = getattr(error, "strerror", None) or str(error)
        raise ValueError(f"{plain(str(path), _SHOWN)}: {says.lower()}") from None


def put(path: Path, content: bytes) -> None:
    """The same without asking whether one may.

    Raises:
        OSError: it cannot be written; what was there still is, and nothing is left aside.
    """
    import tempfile  # noqa: PLC0415 - who writes nothing does not wait for it

    target = behind_link(path)
    handle, aside = tempfile.mkstemp(dir=target.parent, prefix=".schedsim-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(aside).chmod(mode(target))
        Path(aside).replace(target)
    except BaseException as error:
        Path(aside).unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)  # a full disk says no name
        raise


def behind_link(path: Path) -> Path:
    """What a symbolic link points to is what is written: the link stays."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def unused(folder: Path, stem: str, ending: str) -> Path:
    """``stem`` with ``ending`` in ``folder``, or with the first number that nobody has."""
    path, number = folder / f"{stem}{ending}", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}{ending}"
    return path


def mode(path: Path) -> int:
    """The permissions of what is replaced, or those of any new file."""
    if path.exists():
        return path.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return _NEW_FILE & ~mask
