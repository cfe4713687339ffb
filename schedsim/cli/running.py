"""The commands that run scenarios headless: ``run`` and ``compare``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from schedsim.cli.options import (
    AS_JSON,
    EVENTS,
    EXPECT,
    MODEL,
    PATIENT,
    SEED,
    SETTINGS,
    UNTIL,
)
from schedsim.cli.telling import (
    EXIT_CHECK_FAILED,
    all_hold,
    aside,
    print_run,
    progress_told,
    tell_if_cut,
    watched,
)
from schedsim.limits import MOST_ROWS
from schedsim.refusals import bad_input, fail


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@MODEL
@SETTINGS
@SEED
@UNTIL
@EVENTS
@EXPECT
@PATIENT
@AS_JSON
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write a recording.")
@click.option(
    "--with-trace",
    is_flag=True,
    help="With -o REC: also write REC.trace, with every step, to be looked at without running.",
)
def run(
    files: tuple[str, ...],
    model: str | None,
    settings: tuple[str, ...],
    seed: int,
    until: str | None,
    max_events: int,
    expect: tuple[str, ...],
    patience: float,
    as_json: bool,  # noqa: FBT001 - click passes options by keyword
    output: Path | None,
    with_trace: bool,  # noqa: FBT001 - likewise
) -> None:
    """Run scenarios without the app.  FILE is a path or a name of the library."""
    from schedsim import arguments

    if output is not None and len(files) > 1:
        raise click.UsageError("-o takes one FILE, not several.")
    if output is None and with_trace:
        raise click.UsageError("--with-trace writes beside the recording: name that with -o.")
    with bad_input(), watched(patience, output) as watch:
        from schedsim.run import Run

        known = arguments.all_valid(
            files, lambda file: arguments.scenario_of(file, model, settings)
        )
        if output is not None and not with_trace:
            arguments.may_write_recording(output)
        elif output is not None:
            from schedsim import keeping

            keeping.may_write_both(output)
        limits = [arguments.moment(until, scenario.unit) for _, scenario in known]
        expected = [arguments.expected(expect, scenario) for _, scenario in known]
        kept = True
        for number, ((source, scenario), limit) in enumerate(zip(known, limits, strict=True)):
            with aside():
                played = Run(scenario, seed, until=limit, rows=max_events)
                watch.follow(played, source)
                progress = watch.looking(progress_told())
                if output is not None and with_trace:
                    keeping.finish(played, source, output, progress)
                else:
                    played.finish(progress)
            watch.over()
            if output is not None and not with_trace:  # before anything is printed: who reads?
                from schedsim.recording import Recording

                Recording.of(played, source).save(output)
            measured = print_run(played, as_json=as_json, first=not number)
            name = scenario.name if len(known) > 1 else ""
            kept = all_hold(measured, expected[number], name) and kept
            tell_if_cut(played)
    if not kept:
        sys.exit(EXIT_CHECK_FAILED)


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--models", metavar="A,B,...", help="Run a job file under each of these models.")
@click.option("--policies", metavar="A,B,...", help="Run it under each of these policies.")
@SETTINGS
@SEED
@UNTIL
@EVENTS
@PATIENT
@AS_JSON
def compare(
    files: tuple[str, ...],
    models: str | None,
    policies: str | None,
    settings: tuple[str, ...],
    seed: int,
    until: str | None,
    max_events: int,
    patience: float,
    as_json: bool,  # noqa: FBT001 - click passes options by keyword
) -> None:
    """Run scenarios side by side, or one scenario under several models or policies."""
    from schedsim import arguments

    with bad_input(), watched(patience) as watch:
        variants = arguments.compared(files, models, policies, settings)
        limit = arguments.moment(until, variants[0].scenario.unit)
        limited = seed or limit is not None or max_events != MOST_ROWS
        if limited and any(variant.recorded for variant in variants):
            fail("a recording is played as it is: no --seed, no --until, no --max-events")
        from schedsim.compare import sheet
        from schedsim.compare.outcomes import Outcome

        outcomes = []
        for variant in variants:
            with aside():
                played = variant.run(seed, limit, max_events, watch.looking(progress_told()))
            outcomes.append(Outcome.of(variant.name, played))
            tell_if_cut(played, variant.name)
    if as_json:
        import json

        click.echo(json.dumps(sheet.to_json(outcomes)))
    else:
        click.echo(sheet.to_text(outcomes, arguments.width()))
