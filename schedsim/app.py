"""Opening the app: what it needs of the floors below it, and nothing that can wait.

Every import here delays the first picture, so whatever is needed later is imported later.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from schedsim.recording import Source
    from schedsim.run import Run

_EXIT_BAD_INPUT = 2


class _Named(Protocol):
    """An entry of the library, as the app knows it."""

    @property
    def name(self) -> str:
        """By which it is found."""


def open_app(what: tuple[Run, Source] | None = None) -> NoReturn:
    """Start the app on a run, or on the library; leave with its exit code."""
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        print(
            "schedsim: the app needs a terminal; see schedsim --help for what works without one",
            file=sys.stderr,
        )
        sys.exit(_EXIT_BAD_INPUT)
    gc.disable()  # while modules are loaded: everything they make stays
    from schedsim import library
    from schedsim.tui.start import run_app

    entries = library.entries()
    gc.freeze()
    gc.enable()
    sources: WeakKeyDictionary[Run, Source] = WeakKeyDictionary()
    run = None
    if what is not None:
        run, sources[run] = what

    def load(entry: _Named) -> Run:
        from schedsim.recording import Source
        from schedsim.run import Run

        path = library.path(entry.name)
        source = Source.of(path)
        opened = Run(source.load(shown=str(path)))
        sources[opened] = source
        return opened

    def save(played: Run, path: Path) -> None:
        from schedsim.recording import Recording

        Recording.of(played, sources[played]).save(path)

    sys.exit(run_app(run, library=entries, load=load, save=save))
