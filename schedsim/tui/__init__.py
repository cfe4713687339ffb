"""The app in the terminal; the only part of schedsim that imports Textual.

Nothing is imported before it is asked for: a headless command may name this package for free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schedsim.tui.start import run_app, screenshot

__all__ = ["run_app", "screenshot"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from schedsim.tui import start  # noqa: PLC0415 - the point of this module

        return getattr(start, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
