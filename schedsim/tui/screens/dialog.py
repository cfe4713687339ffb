"""A dialog: what opens above another screen, and lists its keys when it is asked to.

Which keys it has, and what it asks or tells, is the business of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, ScreenResultType
from textual.widget import Widget
from textual.widgets import Input, TextArea

from schedsim.tui.keymap import NO_CHANGE
from schedsim.tui.keys import KeyHelp
from schedsim.tui.layout import TALL

_SAYS = {
    "Focus Next": "To the next field or button",
    "Focus Previous": "To the field or button before",
    "Show menu": "Show what can be chosen",
    "Press button": "Press this button",
    "Up": "One up",
    "Select": "Choose it",
    "Down": "One down",
    "First": "To the first",
    "Last": "To the last",
    "Page up": "One page up",
    "Page Up": "One page up",
    "Page down": "One page down",
    "Page Down": "One page down",
    "Scroll Up": "Scroll up",
    "Scroll Down": "Scroll down",
    "Scroll Home": "To the beginning",
    "Scroll End": "To the end",
}
"""What Textual's own widgets call something, in our words."""
_SILENT = frozenset(
    {"Copy selected text", "Scroll Left", "Scroll Right", "Page Left", "Page Right"}
)
"""What belongs to no dialog more than to another, or moves nothing there."""
_FOCUS = frozenset({"Focus Next", "Focus Previous"})
_SETTLES = frozenset({"submit", "select", "choose"})
"""What enter is called by a line of text and by lists."""
_ROOMY = 80
"""Columns from which on a dialog is as wide as it would be."""
_SHORTEST = 3
"""Rows of a list, however little room there is."""
_HELP, _HELP_SAYS = "help", "This help"


class Dialog(ModalScreen[ScreenResultType]):
    """One that lists its keys when it is asked to, with the key that does so everywhere."""

    ENTER: ClassVar[str] = ""
    """What enter does in a line of text, or in the list that has the focus at first."""
    GROWS: ClassVar[str] = ""
    """Selects the list that is as long as there is room for, and no longer."""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_ROOMY, "-roomy")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (TALL, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", _HELP, _HELP_SAYS, key_display="?", show=False),
    ]

    def on_mount(self) -> None:
        """Take the user's key of help, unless the dialog has another use for it."""
        moved = getattr(self.app, "keys", NO_CHANGE).get(_HELP, ())
        bound = self._bindings.key_to_bindings
        free = [key for key in moved if key not in bound]
        if not free:
            return
        for key in [key for key, found in bound.items() if found[0].action == _HELP]:
            del bound[key]
        for key in free:
            bound[key] = [Binding(key, _HELP, _HELP_SAYS, show=False)]

    def on_resize(self) -> None:
        """Leave room for the buttons below a list."""
        self.call_after_refresh(self.leave_room)

    def leave_room(self) -> None:
        """Let the list be as long as what stands around it leaves it."""
        if not (self.GROWS and self.is_attached and self.query(self.GROWS)):
            return
        grows = self.query_one(self.GROWS)
        beside = [each for each in grows.siblings if each.display]
        around = sum(each.virtual_region_with_margin.height for each in beside)
        dialog = grows.parent
        assert isinstance(dialog, Widget), "a list stands in its dialog"
        _ = grows.styles.clear_rule("max_height")
        most = grows.styles.max_height  # of the sheet, which may be less than there is room for
        room = max(_SHORTEST, self.size.height - around - dialog.gutter.height)
        if most is None or room < most.value:
            grows.styles.max_height = room

    def action_help(self) -> None:
        """List what can be pressed."""
        from schedsim.tui.screens.help import HelpScreen

        _ = self.app.push_screen(HelpScreen(self._told(), timeline=False, dialog=True))

    def _told(self) -> Sequence[KeyHelp]:
        """What can be pressed now; what only edits a line of text is not told."""
        besides = self.keys_besides()
        taken = {key for each in besides for key in each.keys}
        found: dict[str, KeyHelp] = {}
        for binding, says in self._own():
            known = found.get(says)
            key = self.app.get_key_display(binding)
            if key in taken:
                continue
            keys = dict.fromkeys((*known.keys, key) if known else (key,))
            found[says] = KeyHelp(tuple(keys), says, binding.action)
        last = found.pop(_HELP_SAYS)
        return (*besides, *found.values(), last)

    def keys_besides(self) -> Sequence[KeyHelp]:
        """Keys that are no bindings, or do something else here than their widget says."""
        return ()

    def _own(self) -> Iterator[tuple[Binding, str]]:
        """Every key with what it does."""
        silent = _SILENT if len(self.focus_chain) > 1 else _SILENT | _FOCUS
        for active in self.active_bindings.values():
            node, binding = active.node, active.binding
            if not active.enabled or node is self.app or binding.description in silent:
                continue
            typed = isinstance(node, Input | TextArea)
            settles = binding.action in _SETTLES and (typed or f"#{node.id}" == self.AUTO_FOCUS)
            if settles and self.ENTER:
                yield binding, self.ENTER
            elif not typed:
                yield binding, _SAYS.get(binding.description, binding.description)
