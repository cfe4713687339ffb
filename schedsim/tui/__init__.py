"""The app in the terminal; the only part of schedsim that imports Textual.

Nothing is imported before it is asked for: a headless command may name this package for free.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schedsim.tui.start import run_app, screenshot

__all__ = ["run_app", "screenshot"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        # What an import makes stays: looking for garbage in it is a tenth of the time it takes.
        collecting = gc.isenabled()
        gc.disable()
        try:
            from schedsim.tui import start  # noqa: PLC0415 - the point of this module
        finally:
            if collecting:
                gc.enable()
        return getattr(start, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
