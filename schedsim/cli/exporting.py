"""The command ``export``: a run for another program, or for readers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from schedsim.cli.options import (
    EVENTS,
    FILE,
    MADE_FROM,
    MODEL,
    SEED,
    SETTINGS,
    UNTIL,
)
from schedsim.cli.telling import (
    aside,
    measured_run,
    progress_told,
    tell_if_cut,
    watched,
)
from schedsim.export import BINARY, EXPORTS
from schedsim.limits import MOST_ROWS
from schedsim.plain import nearest, plain
from schedsim.refusals import bad_input, fail

if TYPE_CHECKING:
    from schedsim.export import BinaryExport, Export
    from schedsim.interruption import Watch

_FORMATS = dict.fromkeys([*EXPORTS, *BINARY])


@click.command()
@FILE
@click.option("--to", "format_", required=True, metavar="FORMAT", help=f"{', '.join(_FORMATS)}.")
@MODEL
@SETTINGS
@SEED
@UNTIL
@EVENTS
@MADE_FROM
@click.option("-o", "--output", metavar="OUT", help="The file; standard output unless given.")
def export(
    file: str,
    format_: str,
    model: str | None,
    settings: tuple[str, ...],
    seed: int,
    until: str | None,
    max_events: int,
    scenario: Path | None,
    output: str | None,
) -> None:
    """Write a run for another program or for readers: a trace, a picture, a table, a page."""
    from schedsim import arguments

    if format_ not in _FORMATS:
        fail(f"--to: unknown format {plain(format_, 40)!r}{nearest(format_, _FORMATS)}")
    stored = arguments.is_store(Path(file))
    limited = seed or until is not None or max_events != MOST_ROWS
    if stored and (limited or model is not None or settings):
        options = "no options but --to, --scenario and -o"
        fail(f"{plain(file, 200)}: a trace store is read as it is: {options}")
    with bad_input(), watched() as watch:
        if stored:
            _export_store(file, format_, scenario, output, watch)
            return
        variant = arguments.variant_of(file, settings, model, scenario)
        limit = arguments.moment(until, variant.scenario.unit)
        if variant.recorded and limited:
            fail(f"{plain(file, 200)}: {arguments.AS_IT_IS}: no --seed, --until or --max-events")
        form = _format(format_)
        path = arguments.output(output, format_, form)
        with aside():
            played = variant.run(seed, limit, max_events, watch.looking(progress_told()))
        tell_if_cut(played)
        text = form.write(played, measured_run(played))
    _deliver(text, path)


def _format(name: str) -> Export | BinaryExport:
    return EXPORTS[name] if name in EXPORTS else BINARY[name]


def _export_store(
    file: str, format_: str, scenario: Path | None, output: str | None, watch: Watch
) -> None:
    """What ``export`` does with a trace store."""
    from schedsim import arguments, keeping
    from schedsim.trace_store import believing

    form = _format(format_)
    path = arguments.output(output, format_, form)
    kept = keeping.read(file, watch.looking(progress_told()), scenario=scenario)
    with believing(kept):
        text = form.write(kept, measured_run(kept))
    _deliver(text, path)


def _deliver(text: str | bytes, path: Path | None) -> None:
    """Write what was asked for, into a file or to standard output."""
    if path is None:  # for another program: as it would be in the file
        utf_8 = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
        click.echo(utf_8, nl=False)
        return
    from schedsim import files

    try:
        files.write(path, text)
    except ValueError as error:
        fail(str(error))
