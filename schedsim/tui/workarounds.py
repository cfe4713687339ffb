"""What Textual 8.2.8 gets wrong, and how we get around it.  Remove each when it is mended there.

Both were found by ``python -m tests.soak``.  The widgets are Textual's own (the command palette,
the list of a Select), so that overriding a method in a class of ours would not be enough.
"""

from __future__ import annotations

from typing import Any, Literal

from textual import work
from textual.command import CommandPalette
from textual.widgets import OptionList

_palette: Any = CommandPalette
_option_list: Any = OptionList


def apply() -> None:
    """Put all of them in place; more than once does no harm."""
    _option_list._move_page = _move_page  # noqa: SLF001 - that is what is wrong
    _palette._gather_commands = _gather_commands  # noqa: SLF001


_original_move_page = _option_list._move_page  # noqa: SLF001


def _move_page(self: OptionList, direction: Literal[-1, 1]) -> None:
    """Not before the list has its lines: a key that comes so soon ends the app (KeyError)."""
    if self.scrollable_content_region.height and self.option_count:
        _original_move_page(self, direction)


_gather_commands = work(
    exclusive=True,
    group=_palette._GATHER_COMMANDS_GROUP,  # noqa: SLF001
    exit_on_error=False,
)(_palette._gather_commands.__wrapped__)  # noqa: SLF001
"""Typing into a palette that has just been closed ends the app (its list is gone: NoMatches)."""
