"""The commands that open the app: in this terminal, or in a browser."""

from __future__ import annotations

from pathlib import Path

import click

from schedsim.cli.options import (
    ANIMATION,
    FILE,
    KEYMAP,
    MADE_FROM,
    MODEL,
    SEED,
    SETTINGS,
)
from schedsim.cli.telling import watched
from schedsim.plain import plain
from schedsim.refusals import bad_input, fail, tell


@click.command("open")
@FILE
@MODEL
@SETTINGS
@SEED
@MADE_FROM
@ANIMATION
@KEYMAP
def open_(
    file: str,
    model: str | None,
    settings: tuple[str, ...],
    seed: int,
    scenario: Path | None,
    animation: bool,  # noqa: FBT001 - that is how an option comes
    keymap: Path | None,
) -> None:
    """Open the app on a scenario, a recording or a trace store."""
    from schedsim import arguments
    from schedsim.app import open_app

    with bad_input():
        with watched():
            opened = arguments.opened(file, model, settings, seed, scenario)
        open_app(opened, Path(file), animation=animation, keymap=keymap)


@click.command()
@click.argument("file", metavar="[FILE]", required=False)
@MODEL
@SETTINGS
@SEED
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port; 0 for any that is free.",
)
def serve(
    file: str | None,
    model: str | None,
    settings: tuple[str, ...],
    seed: int,
    host: str,
    port: int,
) -> None:
    """Show the app in a browser, on this machine.

    Everybody who opens the page has an app of their own: with the library, or on FILE.
    """
    from schedsim import arguments

    given: list[str] = []
    if file is not None:
        with bad_input(), watched():
            arguments.opened(file, model, settings, seed)  # told now, rather than to each visitor
        overridden = [f"--set={setting}" for setting in settings]
        given = ["open", f"--seed={seed}", *overridden, *([f"--model={model}"] if model else [])]
        given += ["--", file]
    elif model is not None or settings or seed:
        raise click.UsageError("--model, --set and --seed are for a FILE.")
    from schedsim import browser

    try:
        listener = browser.listen(host, port)
    except (OSError, UnicodeError, TypeError) as error:  # TypeError: no encoding for its name
        reason = getattr(error, "strerror", None) or str(error)
        fail(f"cannot listen on {plain(host, 100)}:{port}: {reason.lower()}")
    browser.serve(given, listener, tell)
