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
    from schedsim.recording import Source
    from schedsim.run import Run

_EXIT_BAD_INPUT = 2
_BROWSER = "textual.drivers.web_driver:WebDriver"


def open_app(
    what: tuple[Run, Source] | None = None,
    *,
    animation: bool = True,
    keymap: Path | None = None,
) -> NoReturn:
    """Start the app; leave with its exit code.

    Args:
        what: what to show; the library if None.
        animation: things may move by themselves.
        keymap: a file with the user's keys; the one in the folder of settings unless given.
    """
    browser = os.environ.get("TEXTUAL_DRIVER") == _BROWSER  # a server stands in for the terminal
    if not browser and not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        print(
            "schedsim: the app needs a terminal; see schedsim --help for what works without one",
            file=sys.stderr,
        )
        sys.exit(_EXIT_BAD_INPUT)
    gc.disable()  # while modules are loaded: everything they make stays
    from schedsim import library
    from schedsim.tui.shelf import Entry, Shelf
    from schedsim.tui.start import keys_of, run_app

    entries = library.entries()
    gc.freeze()
    gc.enable()

    def load(entry: Entry) -> tuple[Run, Source]:
        from schedsim.recording import Source
        from schedsim.run import Run

        path = library.path(entry.name)
        source = Source.of(path)
        return Run(source.load(shown=str(path))), source

    def save(branch: Branch, path: Path) -> None:
        from schedsim.recording import Recording

        if branch.source is None:
            raise ValueError("nobody knows where this scenario came from")
        Recording.of(branch.run, branch.source).save(path)

    try:
        keys = keys_of(keymap)
    except ValueError as error:
        print(error, file=sys.stderr)
        sys.exit(_EXIT_BAD_INPUT)
    shelf = Shelf(entries, load, save)
    sys.exit(run_app(what, shelf=shelf, animation=animation, keys=keys))
