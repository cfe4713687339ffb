"""Starting the app, in a terminal or without one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from schedsim.durations import Time
from schedsim.run import Run
from schedsim.tui.app import SchedsimApp
from schedsim.tui.screens.library import Entry, Load
from schedsim.tui.screens.player import PlayerScreen, Save
from schedsim.tui.theme import DARK


def run_app(
    run: Run | None = None,
    *,
    library: Sequence[Entry] = (),
    load: Load | None = None,
    save: Save | None = None,
    animation: bool = True,
) -> int:
    """Open the app and stay until the user leaves.

    Args:
        run: what to show; the library if None.
        library: the scenarios that can be picked, group by group.
        load: reads one of them; raises ValueError or OSError.
        save: writes a recording of a run; raises ValueError or OSError.
        animation: whether anything but the playhead may move by itself.

    Returns:
        The exit code.
    """
    app = SchedsimApp(run, library=library, load=load, save=save, animation=animation)
    app.run()
    return app.return_code or 0


def screenshot(
    run: Run,
    out: Path,
    *,
    size: tuple[int, int] = (120, 36),
    at: Time | None = None,
    theme: str = DARK.name,
) -> None:
    """Write a picture of the player, as SVG; the same bytes for the same run.

    Args:
        run: what to show.
        out: the file.
        size: columns and lines.
        at: the time at which to show it; its end unless given.
        theme: the name of the theme.
    """
    app = SchedsimApp(run, clock=lambda: 0.0, animation=False, theme=theme)

    async def take(pilot: Pilot[Any]) -> None:
        screen = app.screen
        assert isinstance(screen, PlayerScreen), "the app was given a run"
        if at is None:
            screen.action_end()
        else:
            while screen.session.trace.end < at and not screen.session.run.finished:
                screen.session.grow(1_000)
            screen.session.to_time(at)
        screen.show()
        await app.workers.wait_for_complete()
        screen.show()
        await pilot.pause()
        picture = app.export_screenshot(title=run.scenario.title, simplify=True)
        out.write_text(_without_chance(picture), encoding="utf-8")
        app.exit()

    app.run(headless=True, size=size, auto_pilot=take)


def _without_chance(svg: str) -> str:
    """The picture with ids that depend on nothing but the picture."""
    return svg
