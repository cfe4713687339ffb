"""What Textual 8.2.8 gets wrong, and how we get around it.  Remove each when it is mended there.

Most were found by ``python -m tests.soak``.  The widgets are Textual's own (the command palette, a
list), or all of them, so that overriding a method in a class of ours would not be enough.
"""

from __future__ import annotations

import sys
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

from textual import events, work
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.css.query import NoMatches
from textual.css.stylesheet import Stylesheet
from textual.geometry import Offset
from textual.message import Message
from textual.screen import Screen
from textual.selection import Selection
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option

_app: Any = App
_palette: Any = CommandPalette
_option_list: Any = OptionList
_screen: Any = Screen
_selection: Any = Selection
_sheet: Any = Stylesheet
_widget: Any = Widget


def apply() -> None:
    """Put all of them in place; more than once does no harm."""
    _app._dispatch_action = _dispatch_action
    _app.action_command_palette = _action_command_palette
    _option_list._move_page = _move_page
    _palette._gather_commands = _gather_commands
    _palette._start_no_matches_countdown = _start_no_matches_countdown
    _screen.dismiss = _dismiss
    _screen._invoke_and_clear_callbacks = _invoke_and_clear_callbacks
    _screen.get_widget_and_offset_at = _get_widget_and_offset_at
    _sheet.set_variables = _set_variables
    _sheet.reparse = _reparse
    _selection.extract = _extract
    _mend_terminal()
    _widget._on_message = _on_message
    _widget._pre_process = _pre_process


def _mend_terminal() -> None:
    """What is wrong with the terminals of Unix.

    What comes from one and is not UTF-8 is no character; else it ends the app.  A terminal in
    another encoding sends it, or one that sets the eighth bit for Alt.

    A SIGCONT that no Ctrl-Z came before (somebody has sent SIGSTOP) begins nothing anew; else two
    threads read the same keys, one of them for ever, and the terminal stays as the app has made it.
    """
    if sys.platform == "win32":
        return
    from textual.drivers import linux_driver  # noqa: PLC0415 - Windows has not what it needs

    module: Any = linux_driver
    module.getincrementaldecoder = _forgiving
    driver = module.LinuxDriver
    if driver._sigcont_application is not _go_on:
        _of_textual["go on"] = driver._sigcont_application
        driver._sigcont_application = _go_on


def _forgiving(encoding: str) -> Callable[[], IncrementalDecoder]:
    return partial(getincrementaldecoder(encoding), errors="replace")


def _go_on(self: Any, *arguments: object) -> None:
    if self._must_signal_resume:
        _of_textual["go on"](self, *arguments)


_of_textual: dict[str, Callable[..., None]] = {}

_original_dispatch_action = _app._dispatch_action


async def _dispatch_action(self: Any, namespace: Any, action_name: str, params: Any) -> bool:
    """Nothing more in a screen that is being taken away: its parts may be gone (NoMatches).

    Nor in a palette that has not got its parts yet.
    """
    if getattr(namespace, "_pruning", False):
        return True
    try:
        done: bool = await _original_dispatch_action(self, namespace, action_name, params)
    except NoMatches:
        if not isinstance(namespace, CommandPalette):
            raise
        return True
    return done


_original_command_palette = _app.action_command_palette


def _action_command_palette(self: Any) -> None:
    """Not a second one (DuplicateIds), as when a screen is over it or it is on its way out."""
    if not any(isinstance(child, CommandPalette) for child in self._nodes):
        _original_command_palette(self)


_original_move_page = _option_list._move_page


def _move_page(self: OptionList, direction: Literal[-1, 1]) -> None:
    """Not before the list has its lines: a key that comes so soon ends the app (KeyError)."""
    if self.scrollable_content_region.height and (self.highlighted or 0) in self._index_to_line:
        _original_move_page(self, direction)


_gather_commands = work(
    exclusive=True,
    group=_palette._GATHER_COMMANDS_GROUP,
    exit_on_error=False,
)(_palette._gather_commands.__wrapped__)
"""Typing into a palette that has just been closed ends the app (its list is gone: NoMatches)."""

_original_countdown = _palette._start_no_matches_countdown


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


_original_widget_at = _screen.get_widget_and_offset_at


def _get_widget_and_offset_at(
    self: Screen[Any], x: int, y: int
) -> tuple[Widget | None, Offset | None]:
    """Nobody who is on the way out: to press the button there ends the app (AttributeError)."""
    found: tuple[Widget | None, Offset | None] = _original_widget_at(self, x, y)
    return found if found[0] is not None and found[0].parent is not None else (None, None)


_original_callbacks = _screen._invoke_and_clear_callbacks


async def _invoke_and_clear_callbacks(self: Any) -> None:
    """Not what a widget asked for (``call_after_refresh``) that is being taken away meanwhile.

    Its parts go one by one, and whatever it looks for may be gone already (NoMatches).
    """
    self._callbacks[:] = [
        asked for asked in self._callbacks if not getattr(asked[1], "_pruning", False)
    ]
    await _original_callbacks(self)


_original_extract = _selection.extract


def _extract(self: Selection, text: str) -> str:
    """Nothing of a text that has become shorter since it was selected (IndexError)."""
    try:
        found: str = _original_extract(self, text)
    except IndexError:
        return ""
    return found


_original_on_message = _widget._on_message


async def _on_message(self: Any, message: Message) -> None:
    """Nothing more of what came for a widget that is being taken away, once its parts are gone.

    Nor what is told of an option that its list has not any more.
    """
    if isinstance(message, OptionList.OptionMessage) and message.option not in _options(message):
        return
    try:
        await _original_on_message(self, message)
    except NoMatches:
        if not self._pruning:
            raise


def _options(message: OptionList.OptionMessage) -> Sequence[Option]:
    """What the list has now at that place."""
    index = message.option_index
    return message.option_list.options[index : index + 1]


async def _pre_process(self: Any) -> bool:
    """Compose and mount it, as Textual does.

    But whoever is taken away before that misses its parts, and looks for them in vain (NoMatches).
    """
    try:
        await self._dispatch_message(events.Compose())
        with self.prevent(*self._prevented_messages_on_mount or ()):
            await self._dispatch_message(events.Mount())
        self._post_mount()
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends the app
        if not (isinstance(error, NoMatches) and self._pruning):
            self.app._handle_exception(error)
            return False
    finally:
        self._mounted_event.set()  # somebody may wait for it
        self._is_mounted = True
    return True


_original_set_variables = _sheet.set_variables


def _set_variables(self: Any, variables: dict[str, str]) -> None:
    """Forget what was parsed only if it would be parsed otherwise now."""
    if variables != self._variables:
        self._outdated = bool(self._rules)
        _original_set_variables(self, variables)


_original_reparse = _sheet.reparse


def _reparse(self: Any) -> None:
    """Parse all again only for other colours: Textual does at every start, for the same ones."""
    if getattr(self, "_outdated", False):
        _original_reparse(self)
        self._outdated = False
    elif self._require_parse:
        self.parse()
