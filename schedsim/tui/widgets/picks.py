"""A list of which a row is chosen as soon as the keyboard is there, so that enter does it."""

from __future__ import annotations

from textual.widgets import OptionList


class Picks(OptionList):
    """Options, the first of which is highlighted when it gets the focus, unless another one is."""

    def on_focus(self) -> None:
        if self.highlighted is None:
            self.action_first()
