"""The commands that look at files and at schedsim itself: list, check, validate, bench."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import NoReturn

import click

from schedsim.cli.options import (
    AS_JSON,
)
from schedsim.cli.telling import (
    EXIT_CHECK_FAILED,
    watched,
)
from schedsim.plain import nearest, plain
from schedsim.refusals import bad_input, fail


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def check(files: tuple[str, ...]) -> None:
    """Validate scenarios and recordings; every error is told at once."""
    from schedsim import arguments

    with bad_input(), watched():
        for source in arguments.all_valid(files, arguments.check_file):
            click.echo(f"{source}: fine")


@click.command("list")
@click.option("--calls", is_flag=True, help="What `call` may name instead: blocking calls.")
def list_(calls: bool) -> None:  # noqa: FBT001 - click passes options by keyword
    """List the scenario library, a line each."""
    from schedsim import library

    if calls:
        _list_calls()
        return
    entries = library.titles()
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        click.echo(f"{entry.name:<{width}}  {plain(entry.title, 100)}")


def _list_calls() -> None:
    """Each with what it does to its thread, and what there is instead for asyncio."""
    from schedsim.ops.blocking_calls import BLOCKING_CALLS
    from schedsim.ops.calls import DOES

    names, does = (max(map(len, each)) for each in (BLOCKING_CALLS, DOES.values()))
    for name, call in BLOCKING_CALLS.items():
        click.echo(f"{name:<{names}}  {DOES[call.does]:<{does}}  {call.instead.asyncio}")


@click.command()
@click.argument("targets", metavar="[TARGET...]", nargs=-1)
@AS_JSON
def validate(targets: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001 - as above
    """Compare the simulator with what was measured of real programs: all targets, or some."""
    from schedsim.validate import TARGETS
    from schedsim.validate.table import rows_of, to_text

    for target in targets:
        if target not in TARGETS:
            fail(f"unknown target {plain(target, 40)!r}{nearest(target, TARGETS)}")
    import json

    checks = [check for target in targets or TARGETS for check in TARGETS[target]()]
    click.echo(json.dumps(rows_of(checks)) if as_json else to_text(checks))
    if not all(check.passed for check in checks):
        sys.exit(EXIT_CHECK_FAILED)


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def bench(arguments: tuple[str, ...]) -> None:
    """Measure the engine against its peers, as ratios."""
    from schedsim.bench import bench as measure

    for name in ("SIGTERM", "SIGHUP"):  # as Ctrl-C: what it has started ends with it
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)
    measure.main(list(arguments), prog_name="schedsim bench", standalone_mode=False)


def _end(number: int, _: FrameType | None) -> NoReturn:
    sys.exit(128 + number)
