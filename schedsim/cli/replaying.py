"""The command ``replay``: a recording is executed again, a trace store is read."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schedsim.cli.options import (
    AS_JSON,
    EXPECT,
    FILE,
    MADE_FROM,
)
from schedsim.cli.telling import (
    EXIT_CHECK_FAILED,
    all_hold,
    aside,
    measured_run,
    print_run,
    progress_told,
    watched,
)
from schedsim.plain import plain
from schedsim.refusals import bad_input, fail, tell

if TYPE_CHECKING:
    from schedsim.expectations import Expectation
    from schedsim.interruption import Watch
    from schedsim.run import Run


@click.command()
@FILE
@click.option(
    "--verify", is_flag=True, help="Compare with what was recorded; exit 1 if it differs."
)
@click.option("--until-step", type=click.IntRange(0), help="Show it after so many steps.")
@EXPECT
@MADE_FROM
@AS_JSON
def replay(
    file: str,
    verify: bool,  # noqa: FBT001 - click passes options by keyword
    until_step: int | None,
    expect: tuple[str, ...],
    scenario: Path | None,
    as_json: bool,  # noqa: FBT001 - click passes options by keyword
) -> None:
    """Execute a recording again, exactly; or read a trace store, and execute nothing."""
    from schedsim import arguments

    if verify and until_step is not None:
        raise click.UsageError("--verify compares whole runs: leave out --until-step.")
    from schedsim import recording

    shown = plain(file, 200)
    if arguments.is_store(Path(file)):
        with bad_input(), watched() as watch:
            _replay_store(file, verify, until_step, expect, scenario, as_json, watch)
        return
    with bad_input(), watched() as watch:
        recorded = recording.load(Path(file))
        edited = arguments.edited_lines(recorded)
        if edited and not verify:
            fail(f"{shown}: {edited} (--verify tells what that changes)")
        if edited:
            tell(f"{shown}: {edited}")
        if scenario is not None:
            recorded = arguments.named_again(recorded, scenario)
        with aside():
            expected = []
            if expect:
                scenario_of_it = recorded.source.load(f"{shown} (its scenario)")
                expected = arguments.expected(expect, scenario_of_it)
            played = recorded.play(watch.looking(progress_told()), steps=until_step, shown=shown)
    difference = recorded.first_difference(played.trace) if verify else None
    if verify and (edited or difference):
        if difference:
            tell(f"{shown}: {difference}")
        sys.exit(EXIT_CHECK_FAILED)
    same = ""
    if verify and not as_json:
        same = f"{shown}: {recorded.steps:,} steps, as recorded ({recorded.digest[:12]})"
    _tell_of(played, expected, same, as_json=as_json)


def _replay_store(
    file: str,
    verify: bool,  # noqa: FBT001 - as it comes
    until_step: int | None,
    expect: tuple[str, ...],
    scenario: Path | None,
    as_json: bool,  # noqa: FBT001 - as it comes
    watch: Watch,
) -> None:
    """What ``replay`` does with a trace store."""
    from schedsim import arguments, keeping
    from schedsim.trace_store import believing

    kept = keeping.read(file, watch.looking(progress_told()), steps=until_step, scenario=scenario)
    expected = arguments.expected(expect, kept.scenario)
    if verify:
        with aside():
            difference = keeping.difference(kept, watch.looking(progress_told()))
        if difference:
            tell(f"{plain(file, 200)}: {difference}")
            sys.exit(EXIT_CHECK_FAILED)
    same = ""
    if verify and not as_json:
        steps, digest = f"{len(kept.trace):,} steps", kept.recording().digest[:12]
        same = f"{plain(file, 200)}: {steps}, as executed ({digest})"
    with believing(kept):
        _tell_of(kept, expected, same, as_json=as_json)


def _tell_of(played: Run, expected: Sequence[Expectation], same: str, *, as_json: bool) -> None:
    """Report a run, or say only that it is the ``same``; exit 1 if it is not as expected."""
    if same:
        click.echo(same)
    measured = None if same else print_run(played, as_json=as_json)
    if expected and not all_hold(measured or measured_run(played), expected):
        sys.exit(EXIT_CHECK_FAILED)
