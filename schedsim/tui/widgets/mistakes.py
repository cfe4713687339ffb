"""The mistakes of a text, one an entry: a click goes to the line.

Finding them is the business of :mod:`schedsim.tui.proof`.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from schedsim.tui.proof import Fault
from schedsim.tui.widgets.code import MARK


class Mistakes(OptionList, can_focus=False):
    """Below the text; it is not there if there are none."""

    def __init__(self, *, id: str, classes: str) -> None:
        super().__init__(id=id, classes=classes, markup=False)
        self.border_title = Content("mistakes")
        self._places: list[int] = []

    def show(self, faults: Sequence[Fault]) -> None:
        """Show these."""
        self._places = [fault.line for fault in faults]
        self.display = bool(faults)
        self.clear_options()
        for fault in faults:
            where = f"{MARK} line {fault.line}: " if fault.line else f"{MARK} "
            self.add_option(Option(Content.assemble((where, "bold $error"), fault.says)))

    def point(self, line: int) -> None:
        """Let what is wrong with that line stand out."""
        self.highlighted = self._places.index(line) if line in self._places else None
