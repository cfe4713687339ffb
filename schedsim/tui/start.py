"""Starting the app, in a terminal or without one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.binding import Binding

from schedsim import files
from schedsim.durations import Time
from schedsim.plain import plain
from schedsim.scenario_file import Problem, ScenarioError
from schedsim.scenario_file.problems import near, shown
from schedsim.tui import keymap
from schedsim.tui.app import SchedsimApp
from schedsim.tui.keymap import NO_CHANGE, Keymap
from schedsim.tui.layout import USUALLY_HIDDEN
from schedsim.tui.remembered import Remembered
from schedsim.tui.shelf import Opened, Shelf
from schedsim.tui.theme import DARK
from schedsim.tui.unending import Lookout, Unending, at_once

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from schedsim.run import Run


def keys_of(file: Path | None) -> Keymap:
    """Which keys the user has moved, in ``file`` or in the one that is looked for at every start.

    Raises:
        ScenarioError: the file cannot be used.
    """
    if file is None:
        file = keymap.place()
        if not file.exists():
            return NO_CHANGE
    return keymap.read(file, what_is_bound(), bound_while_typing())


def what_is_bound() -> Sequence[Sequence[Binding]]:
    """The bindings of each screen, for the user's keymap."""
    from schedsim.tui.acts import bindings, spare_bindings
    from schedsim.tui.keys import COMPARE, ENTRIES, EVERYWHERE, LIBRARY

    return ([*bindings(), *spare_bindings(), *EVERYWHERE], [*LIBRARY, *ENTRIES], COMPARE)


def bound_while_typing() -> Sequence[Sequence[Binding]]:
    """Those of the editor and of the search."""
    from schedsim.tui.keys import EDITOR, SEARCH

    return (EDITOR, SEARCH)


def run_app(
    first: Opened | None = None,
    *,
    shelf: Shelf | None = None,
    word: str = "",
    animation: bool = True,
    keys: Keymap = NO_CHANGE,
) -> int:
    """Open the app and stay until the user leaves.

    Args:
        first: what to show; the library if None.
        shelf: the scenarios that can be picked, and how to read and write files.
        word: by which what is shown is remembered; empty if it is in no file.
        animation: whether things may move by themselves.
        keys: which keys the user has moved.

    Returns:
        The exit code.
    """
    app = SchedsimApp(first, shelf=shelf, word=word, animation=animation, keys=keys)
    give_back = _terminal_as_it_is()
    try:
        if not app.is_headless:
            Lookout(at_once).begin()  # until the app itself hears it
        try:
            app.run()
        finally:
            app.give_terminal_back()
            give_back()
    except Unending as error:
        if error.says:
            sys.stderr.write(f"schedsim: {error.says}\n")
        return error.code
    return app.return_code or 0


def _terminal_as_it_is() -> Callable[[], None]:
    """What puts the terminal back into the state in which it is now.

    Textual does, but takes for that state what it has made itself if a SIGCONT comes meanwhile.
    """
    if sys.platform == "win32" or sys.__stdin__ is None or not sys.__stdin__.isatty():
        return lambda: None
    import termios

    number = sys.__stdin__.fileno()
    modes = termios.tcgetattr(number)

    def give_back() -> None:
        with suppress(termios.error):  # it may be gone
            termios.tcsetattr(number, termios.TCSANOW, modes)

    return give_back


def screenshot(
    run: Run,
    out: Path,
    *,
    size: tuple[int, int] = (120, 36),
    at: Time | None = None,
    theme: str | None = None,
    hidden: Sequence[str] = USUALLY_HIDDEN,
) -> None:
    """Write a picture of the player, as SVG; the same bytes for the same run.

    Args:
        run: what to show.
        out: the file.
        size: columns and lines.
        at: the time at which to show it; the beginning unless given.
        theme: the name of the theme.
        hidden: panels that are not to be seen.

    Raises:
        OSError: the file cannot be written.
        ScenarioError: there is no such theme.
    """
    from schedsim.tui.screens.player import PlayerScreen
    from schedsim.tui.session import AT_ONCE

    run.extend(max(AT_ONCE, len(run.trace)))  # before the app is there: a body may never end
    remembered = Remembered(theme=theme or DARK.name, hidden=tuple(hidden))
    app = SchedsimApp((run, None), clock=lambda: 0.0, animation=False, remembered=remembered)
    if app.theme != remembered.theme:
        says = f"there is no theme {shown(remembered.theme)}"
        raise ScenarioError(
            [Problem("screenshot", says + near(remembered.theme, sorted(app.available_themes)))]
        )
    picture, given_up = "", None

    async def take(pilot: Pilot[Any]) -> None:
        nonlocal picture, given_up
        screen = app.screen
        assert isinstance(screen, PlayerScreen), "the app was given a run"
        if at is not None:
            try:
                while screen.session.trace.end < at and not screen.session.run.finished:
                    screen.session.grow(1_000)
            except KeyboardInterrupt as error:  # a body never ends, or somebody has had enough
                given_up = error
                app.exit()
                return
            screen.session.to_time(at)
        screen.show()
        await app.workers.wait_for_complete()
        screen.show()
        await pilot.pause()
        picture = app.export_screenshot(title=plain(run.scenario.title, 100), simplify=True)
        app.exit()

    app.run(headless=True, size=size, auto_pilot=take)
    if given_up is not None:
        raise given_up
    files.put(out, picture.encode())
