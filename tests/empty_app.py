"""An app of Textual with one word in it: what a first picture costs whoever draws it.

Run by ``python -m tests.first_paint`` in a terminal of its own.
"""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class EmptyApp(App[None]):
    """Nothing but the word."""

    def compose(self) -> ComposeResult:
        yield Static("empty")


if __name__ == "__main__":
    EmptyApp().run()
