"""Opening the app: what it needs of the floors below it, and nothing that can wait.

Every import here delays the first picture, so whatever is needed later is imported later.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from schedsim.branches import Branch
    from schedsim.run import Run
    from schedsim.source import Source
    from schedsim.tui.shelf import Entry, File, Shelf

_EXIT_BAD_INPUT = 2
_BROWSER = "textual.drivers.web_driver:WebDriver"
_NO_TERMINAL = "schedsim: the app needs a terminal; see schedsim --help for what works without one"
_LOOKS_AT = 64
"""Bytes of a file that tell a recording from a scenario."""
_STORE = "SQLite format 3\0"
"""How a trace store begins; so do other files, which are refused when they are read."""


def open_app(
    what: tuple[Run, Source] | None = None,
    file: Path | None = None,
    *,
    animation: bool = True,
    keymap: Path | None = None,
) -> NoReturn:
    """Start the app on a run, or on the library; leave with its exit code.

    Args:
        what: the run, and where its scenario came from; the library if None.
        file: the file that was named, if one was.
        animation: things may move by themselves.
        keymap: a file with the user's keys; the one in the folder of settings unless given.
    """
    browser = os.environ.get("TEXTUAL_DRIVER") == _BROWSER  # a server stands in for the terminal
    streams = (sys.stdin, sys.stdout, sys.stderr)  # None where it is closed
    if not browser and not all(stream is not None and stream.isatty() for stream in streams):
        if sys.stderr is not None:  # else it would be printed among results
            print(_NO_TERMINAL, file=sys.stderr)
        sys.exit(_EXIT_BAD_INPUT)
    gc.disable()  # until the first picture: everything that is made for it stays
    from schedsim.tui.start import keys_of, run_app

    known = shelf()
    try:
        keys = keys_of(keymap)
    except ValueError as error:
        print(error, file=sys.stderr)
        sys.exit(_EXIT_BAD_INPUT)
    code = run_app(what, shelf=known, word=_word(file), animation=animation, keys=keys)
    gc.freeze()  # whoever leaves does not wait until all there was has been looked at for cycles
    sys.exit(code)


def shelf() -> Shelf:
    """The library, the user's files and the templates, and how one gets at them."""
    from schedsim import library
    from schedsim.tui.shelf import Shelf

    return Shelf(
        library.titles(), _load, _save, _file_of, library.find, templates=library.templates()
    )


def _word(file: Path | None) -> str:
    """By which a file is remembered: a name of the library, or a path."""
    from schedsim import library

    if file is None:
        return ""
    try:
        return str(file.absolute()) if file.is_file() else str(library.path(str(file)).stem)
    except ValueError:
        return ""


def _load(entry: Entry) -> tuple[Run, Source]:
    from schedsim import library
    from schedsim.run import Run
    from schedsim.source import Source, looks_like_recording

    path = _path(entry)
    if _head(path).startswith(_STORE):
        from schedsim.trace_store import KeptRun

        kept = KeptRun(path)
        return kept, kept.source
    if not library.is_python(path) and looks_like_recording(_head(path)):
        from schedsim import recording

        recorded = recording.load(path)
        if recorded.edited:
            lines = ", ".join(map(str, recorded.edited[:8]))
            raise ValueError(f"{path}: edited since it was written: line {lines}")
        return recorded.play(), recorded.source
    source = Source.of(path)
    return Run(source.load(shown=str(path))), source


def _save(branch: Branch, path: Path) -> None:
    from schedsim.recording import Recording

    if branch.source is None:
        raise ValueError("nobody knows where this scenario came from")
    Recording.of(branch.run, branch.source).save(path)


def _file_of(entry: Entry) -> File:
    from schedsim import library
    from schedsim.source import looks_like_recording
    from schedsim.tui.shelf import File

    path = _path(entry)
    python = library.is_python(path)
    head = _head(path)
    recorded = head.startswith(_STORE) or (not python and looks_like_recording(head))
    return File(path, library.is_ours(path), python, recorded)


def _path(entry: Entry) -> Path:
    from schedsim import library

    assert isinstance(entry, library.Entry), "the shelf has what the library has found"
    return entry.path


def _head(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LOOKS_AT).decode("utf-8", "replace")
    except OSError:
        return ""
