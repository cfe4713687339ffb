"""The commands that draw the app without opening it."""

from __future__ import annotations

from pathlib import Path

import click

from schedsim.cli.options import (
    FILE,
    MODEL,
    SEED,
    SETTINGS,
)
from schedsim.cli.telling import watched
from schedsim.plain import plain
from schedsim.refusals import bad_input


@click.command()
@FILE
@MODEL
@SETTINGS
@SEED
@click.option("--at", metavar="TIME", help="The moment to show; the start unless given.")
@click.option("--size", default="120x36", show_default=True, metavar="COLSxROWS")
@click.option("--theme", help="The colour theme.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="OUT.svg")
def screenshot(
    file: str,
    model: str | None,
    settings: tuple[str, ...],
    seed: int,
    at: str | None,
    size: str,
    theme: str | None,
    output: Path,
) -> None:
    """Write a picture of the app on a scenario, without a terminal."""
    from schedsim import arguments

    with bad_input(), watched():
        played, _ = arguments.opened(file, model, settings, seed)
        shown_at = arguments.moment(at, played.scenario.unit)
        cells = arguments.screen_size(size)
        arguments.may_write(output, "an SVG picture", "<svg")
        from schedsim import tui

        look = {} if theme is None else {"theme": theme}
        tui.screenshot(played, output, size=cells, at=shown_at, **look)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("screenshots"))
def screenshots(folder: Path) -> None:
    """Draw the pictures of the README from the library's scenarios, into FOLDER."""
    with bad_input():
        from schedsim.tui import gallery

        folder.mkdir(parents=True, exist_ok=True)
        for picture in gallery.draw(folder):
            click.echo(plain(str(picture), 200))
