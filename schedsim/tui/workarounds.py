"""What Textual 8.2.8 gets wrong, and how we get around it.  Remove each when it is mended there.

All were found by ``python -m tests.soak``.  The widgets are Textual's own (the command palette, a
Select and its list), so that overriding a method in a class of ours would not be enough.
"""

from __future__ import annotations

from typing import Any, Literal

from textual import events, work
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.screen import Screen
from textual.widgets import OptionList, Select
from textual.widgets._select import SelectOverlay

_palette: Any = CommandPalette
_option_list: Any = OptionList
_screen: Any = Screen
_select: Any = Select


def apply() -> None:
    """Put all of them in place; more than once does no harm."""
    _option_list._move_page = _move_page  # noqa: SLF001 - that is what is wrong
    _palette._gather_commands = _gather_commands  # noqa: SLF001
    _palette._start_no_matches_countdown = _start_no_matches_countdown  # noqa: SLF001
    _screen.dismiss = _dismiss
    _select._on_mount = _on_mount_of_select  # noqa: SLF001


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

_original_countdown = _palette._start_no_matches_countdown  # noqa: SLF001


def _start_no_matches_countdown(self: CommandPalette, search_value: str) -> None:
    """Not in a palette that is closed: when the time is over its list is gone (NoMatches)."""
    if self.app.screen is self:
        _original_countdown(self, search_value)


_original_dismiss = _screen.dismiss


def _dismiss(self: Screen[Any], result: object = None) -> AwaitComplete:
    """Once: a second key or click that was on its way takes away the screen below as well."""
    if self.app.screen is not self:
        return AwaitComplete()
    done: AwaitComplete = _original_dismiss(self, result)
    return done


_original_on_mount_of_select = _select._on_mount  # noqa: SLF001


def _on_mount_of_select(self: Select[Any], event: events.Mount) -> None:
    """Not if its dialog is gone already: without its parts that ends the app (NoMatches)."""
    if self.query(SelectOverlay):
        _original_on_mount_of_select(self, event)
