"""The command line: arguments in, exit code out.

Standard output carries results only; everything else goes to standard error.  Exit codes: 0
fine, 1 a check failed, 2 bad input, 130 interrupted, 143 ended by SIGTERM.  No headless command
may import Textual, and each pays for what it does alone: what only some need is imported where
they need it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

import click

from schedsim.export import BINARY, EXPORTS
from schedsim.limits import MOST_EVENTS, MOST_ROWS, PATIENCE
from schedsim.plain import nearest, plain
from schedsim.refusals import EXIT_BAD_INPUT, bad_input, fail, tell

if TYPE_CHECKING:
    from schedsim.expectations import Expectation
    from schedsim.export import BinaryExport, Export
    from schedsim.interruption import Watch
    from schedsim.metrics import Measured
    from schedsim.run import Run
    from schedsim.trace import Trace

EXIT_CHECK_FAILED = 1
EXIT_INTERRUPTED = 130
_FORMATS = dict.fromkeys([*EXPORTS, *BINARY])
_PROGRESS_FROM = 100_000
"""Rows after which a run is long enough to tell how it is going."""
_LINE = 60
"""Characters that such a line takes, so that it covers the one before."""


class _Suggesting(click.Group):
    """A group that answers a wrong command name with the nearest right one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if not args:
                raise
            import difflib

            from schedsim import library

            close = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1, cutoff=0.5)
            known = args[0] in library.names() or os.path.isfile(args[0])  # noqa: PTH113 - never an error
            if not close and not known:
                raise
            better = f"open {args[0]}" if known else close[0]
            hint = f"No such command {args[0]!r}. Did you mean {better!r}?"
            raise click.UsageError(hint, ctx) from error


_ANIMATION = click.option(
    "--no-animation",
    "animation",
    flag_value=False,
    default=True,
    help="Nothing in the app moves before a key is pressed.",
)
_KEYMAP = click.option(
    "--keymap",
    type=click.Path(path_type=Path),
    metavar="KEYS",
    help="A file that moves keys of the app, instead of your keymap.toml.",
)


@click.group(cls=_Suggesting, invoke_without_command=True)
@click.version_option(package_name="schedsim")
@_ANIMATION
@_KEYMAP
@click.pass_context
def cli(context: click.Context, animation: bool, keymap: Path | None) -> None:  # noqa: FBT001
    """Who holds the CPU, and why is my task waiting?

    Without a command: the app, with the scenario library.
    """
    if context.invoked_subcommand is None:
        from schedsim.app import open_app

        open_app(animation=animation, keymap=keymap)
    elif keymap is not None or not animation:
        raise click.UsageError("--keymap and --no-animation come after the command.", context)


_FILE = click.argument("file", metavar="FILE")
_MODEL = click.option("--model", help="Run a job file under this execution model.")
_SETTINGS = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a key of the scenario, such as machine.cores=2.",
)
_SEED = click.option("--seed", type=int, default=0, help="For policies that draw lots.")
_UNTIL = click.option("--until", metavar="TIME", help='Stop after this simulated time ("5s").')
_EVENTS = click.option(
    "--max-events",
    type=click.IntRange(1, MOST_EVENTS),
    default=MOST_ROWS,
    show_default=True,
    help="Stop as soon as there are so many steps.",
)
_EXPECT = click.option(
    "--expect",
    multiple=True,
    metavar="TEXT",
    help='Exit 1 unless it holds: "max_wait(ticker) <= 20ms", "no deadlock".',
)
_PATIENCE = click.option(
    "--patience",
    type=click.FloatRange(0, 1_000_000, min_open=True),
    default=PATIENCE,
    show_default=True,
    metavar="SECONDS",
    help="Give up a run in which nothing happens for so long.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@cli.command("open")
@_FILE
@_MODEL
@_SETTINGS
@_SEED
@_ANIMATION
@_KEYMAP
def open_(
    file: str,
    model: str | None,
    settings: tuple[str, ...],
    seed: int,
    animation: bool,  # noqa: FBT001 - that is how an option comes
    keymap: Path | None,
) -> None:
    """Open the app on a scenario, a recording or a trace store."""
    from schedsim import arguments
    from schedsim.app import open_app

    with bad_input():
        opened = arguments.opened(file, model, settings, seed)
        open_app(opened, Path(file), animation=animation, keymap=keymap)


@cli.command()
@click.argument("file", metavar="[FILE]", required=False)
@_MODEL
@_SETTINGS
@_SEED
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
        with bad_input():
            arguments.opened(file, model, settings, seed)  # told now, rather than to each visitor
        overridden = [f"--set={setting}" for setting in settings]
        given = ["open", f"--seed={seed}", *overridden, *([f"--model={model}"] if model else [])]
        given += ["--", file]
    elif model is not None or settings or seed:
        raise click.UsageError("--model, --set and --seed are for a FILE.")
    from schedsim import browser

    try:
        listener = browser.listen(host, port)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        fail(f"cannot listen on {plain(host, 100)}:{port}: {reason.lower()}")
    browser.serve(given, listener, tell)


@cli.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@_MODEL
@_SETTINGS
@_SEED
@_UNTIL
@_EVENTS
@_EXPECT
@_PATIENCE
@_JSON
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
                progress = watch.looking(_progress())
                if output is not None and with_trace:
                    keeping.finish(played, source, output, progress)
                else:
                    played.finish(progress)
            watch.over()
            if output is not None and not with_trace:  # before anything is printed: who reads?
                from schedsim.recording import Recording

                Recording.of(played, source).save(output)
            measured = _print_run(played, as_json=as_json, first=not number)
            name = scenario.name if len(known) > 1 else ""
            kept = _holds(measured, expected[number], name) and kept
            if played.cut_short:
                from schedsim.cutting import why_cut

                why = why_cut(played.trace)
                tell(f"stopped after {len(played.trace):,} steps with more to come{why}")
    if not kept:
        sys.exit(EXIT_CHECK_FAILED)


@cli.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--models", metavar="A,B,...", help="Run a job file under each of these models.")
@click.option("--policies", metavar="A,B,...", help="Run it under each of these policies.")
@_SETTINGS
@_SEED
@_UNTIL
@_EVENTS
@_PATIENCE
@_JSON
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
                played = variant.run(seed, limit, max_events, watch.looking(_progress()))
            outcomes.append(Outcome.of(variant.name, played))
            if played.cut_short:
                steps = f"{len(played.trace):,} steps"
                tell(f"{plain(variant.name, 60)}: stopped after {steps} with more to come")
    if as_json:
        import json

        click.echo(json.dumps(sheet.to_json(outcomes)))
    else:
        click.echo(sheet.to_text(outcomes, arguments.width()))


@cli.command()
@_FILE
@click.option(
    "--verify", is_flag=True, help="Compare with what was recorded; exit 1 if it differs."
)
@click.option("--until-step", type=click.IntRange(0), help="Show it after so many steps.")
@_EXPECT
@click.option(
    "--scenario",
    type=click.Path(path_type=Path),
    metavar="FILE.py",
    help="The file that it was made from, if that is Python: a recording executes nothing.",
)
@_JSON
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
            played = recorded.play(watch.looking(_progress()), steps=until_step, shown=shown)
    difference = recorded.first_difference(played.trace) if verify else None
    if verify and (edited or difference):
        if difference:
            tell(f"{shown}: {difference}")
        sys.exit(EXIT_CHECK_FAILED)
    if verify and not as_json:
        click.echo(f"{shown}: {recorded.steps:,} steps, as recorded ({recorded.digest[:12]})")
        measured = None
    else:
        measured = _print_run(played, as_json=as_json)
    if expected and not _holds(measured or _measure(played), expected):
        sys.exit(EXIT_CHECK_FAILED)


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

    kept = keeping.read(file, watch.looking(_progress()), steps=until_step, scenario=scenario)
    expected = arguments.expected(expect, kept.scenario)
    if verify:
        with aside():
            difference = keeping.difference(kept, watch.looking(_progress()))
        if difference:
            tell(f"{plain(file, 200)}: {difference}")
            sys.exit(EXIT_CHECK_FAILED)
    with believing(kept):
        if verify and not as_json:
            steps, digest = f"{len(kept.trace):,} steps", kept.recording().digest[:12]
            click.echo(f"{plain(file, 200)}: {steps}, as executed ({digest})")
            measured = _measure(kept)
        else:
            measured = _print_run(kept, as_json=as_json)
        held = _holds(measured, expected)
    if not held:
        sys.exit(EXIT_CHECK_FAILED)


@cli.command()
@_FILE
@click.option("--to", "format_", required=True, metavar="FORMAT", help=f"{', '.join(_FORMATS)}.")
@_MODEL
@_SETTINGS
@_SEED
@_UNTIL
@_EVENTS
@click.option("-o", "--output", metavar="OUT", help="The file; standard output unless given.")
def export(
    file: str,
    format_: str,
    model: str | None,
    settings: tuple[str, ...],
    seed: int,
    until: str | None,
    max_events: int,
    output: str | None,
) -> None:
    """Write a run for another program or for readers: a trace, a picture, a table, a page."""
    from schedsim import arguments

    if format_ not in _FORMATS:
        fail(f"--to: unknown format {plain(format_, 40)!r}{nearest(format_, _FORMATS)}")
    stored = arguments.is_store(Path(file))
    limited = seed or until is not None or max_events != MOST_ROWS
    if stored and (limited or model is not None or settings):
        fail(f"{plain(file, 200)}: a trace store is read as it is: no options but --to and -o")
    with bad_input(), watched() as watch:
        if stored:
            _export_store(file, format_, output, watch)
            return
        variant = arguments.variant_of(file, settings, model)
        limit = arguments.moment(until, variant.scenario.unit)
        if variant.recorded and (seed or limit is not None or max_events != MOST_ROWS):
            fail(f"{plain(file, 200)}: {arguments.AS_IT_IS}: no --seed, --until or --max-events")
        form = _format(format_)
        path = arguments.output(output, format_, form)
        with aside():
            played = variant.run(seed, limit, max_events, watch.looking(_progress()))
        if played.cut_short:
            tell(f"stopped after {len(played.trace):,} steps with more to come")
        text = form.write(played, _measure(played))
    _deliver(text, path)


def _format(name: str) -> Export | BinaryExport:
    return EXPORTS[name] if name in EXPORTS else BINARY[name]


def _export_store(file: str, format_: str, output: str | None, watch: Watch) -> None:
    """What ``export`` does with a trace store."""
    from schedsim import arguments, keeping
    from schedsim.trace_store import believing

    form = _format(format_)
    path = arguments.output(output, format_, form)
    kept = keeping.read(file, watch.looking(_progress()))
    with believing(kept):
        text = form.write(kept, _measure(kept))
    _deliver(text, path)


def _deliver(text: str | bytes, path: Path | None) -> None:
    """Write what was asked for, into a file or to standard output."""
    if path is None:
        click.echo(text, nl=False)
        return
    from schedsim import files

    try:
        files.write(path, text)
    except ValueError as error:
        fail(str(error))


@cli.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def check(files: tuple[str, ...]) -> None:
    """Validate scenarios and recordings; every error is told at once."""
    from schedsim import arguments

    with bad_input(), watched():
        for source in arguments.all_valid(files, arguments.check_file):
            click.echo(f"{source}: fine")


@cli.command("list")
def list_() -> None:
    """List the scenario library."""
    from schedsim import library

    entries = library.titles()
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        click.echo(f"{entry.name:<{width}}  {plain(entry.title, 100)}")


@cli.command()
@_FILE
@_MODEL
@_SETTINGS
@_SEED
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

    with bad_input():
        played, _ = arguments.opened(file, model, settings, seed)
        shown_at = arguments.moment(at, played.scenario.unit)
        cells = arguments.screen_size(size)
        arguments.may_write(output, "an SVG picture", "<svg")
        from schedsim import tui

        look = {} if theme is None else {"theme": theme}
        tui.screenshot(played, output, size=cells, at=shown_at, **look)


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("screenshots"))
def screenshots(folder: Path) -> None:
    """Draw the pictures of the README from the library's scenarios, into FOLDER."""
    with bad_input():
        from schedsim.tui import gallery

        folder.mkdir(parents=True, exist_ok=True)
        for picture in gallery.draw(folder):
            click.echo(plain(str(picture), 200))


@cli.command()
@click.argument("targets", metavar="[TARGET...]", nargs=-1)
@_JSON
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


@cli.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def bench(arguments: tuple[str, ...]) -> None:
    """Measure the engine against its peers, as ratios."""
    from schedsim.bench import bench as measure

    measure.main(list(arguments), prog_name="schedsim bench", standalone_mode=False)


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        sys.exit(EXIT_BAD_INPUT)
    except (click.Abort, KeyboardInterrupt) as error:
        from schedsim.author_lines import where

        place = where(error.__cause__ or error)
        tell(f"interrupted in {place}" if place else "interrupted")
        sys.exit(EXIT_INTERRUPTED)
    except OverflowError as error:
        fail(str(error))
    except OSError as error:  # standard output cannot be written
        if sys.stdout is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nor flushed at the end
        if not isinstance(error, BrokenPipeError):
            name = "standard output" if error.filename is None else plain(str(error.filename), 200)
            fail(f"{name}: {(error.strerror or str(error)).lower()}")
    sys.exit(0)


# -- saying what happened -----------------------------------------------------------------


def watched(
    patience: float = PATIENCE, output: Path | None = None
) -> AbstractContextManager[Watch]:
    """Watch what is executed inside: see :func:`schedsim.interruption.told`."""
    from schedsim.interruption import told

    return told(patience, output)


def aside() -> redirect_stdout[TextIO]:
    """Let what a scenario in Python prints, itself or in its bodies, not come among results."""
    return redirect_stdout(sys.stderr)


def _holds(measured: Measured, expected: Sequence[Expectation], name: str = "") -> bool:
    """Whether all that is ``expected`` holds; what does not is told."""
    kept = True
    for expectation in expected:
        broken = expectation.broken(measured)
        if broken:
            kept = False
            tell(f"{plain(name, 60)}{': ' if name else ''}expected {expectation.text}: {broken}")
    return kept


def _measure(played: Run) -> Measured:
    from schedsim.metrics import measure

    rows = len(played.trace)
    line = _line() if rows >= _PROGRESS_FROM else None
    if line is None:
        return measure(played.trace)
    return measure(played.trace, lambda done: line(f"measured {done * 100 // rows} % ..."))


def _print_run(played: Run, *, as_json: bool, first: bool = True) -> Measured:
    """Report a run; return what was measured for that."""
    from schedsim import report

    measured = _measure(played)
    line = _line() if len(played.trace) >= _PROGRESS_FROM else None
    told = line and (lambda kind: line(f"looking for {kind.replace('_', ' ')} ..."))
    if as_json:
        import json

        text = json.dumps(report.to_json(played, measured, told))
    else:
        text = ("" if first else "\n") + report.to_text(played, measured, told)
    if line is not None:
        line("")
    click.echo(text)
    for entity, text in played.trace.failures.items():
        name = plain(played.trace.entities[entity].name, 60)
        tell(f"{name} has failed:\n" + "\n".join(plain(line, 200) for line in text.split("\n")))
    return measured


def _progress() -> Callable[[Trace], None] | None:
    """How a long run is going, on standard error when somebody looks."""
    line = _line()
    if line is None:
        return None

    def tell(trace: Trace) -> None:
        if len(trace) >= _PROGRESS_FROM:
            from schedsim.durations import format_duration

            line(f"{len(trace):,} steps, {format_duration(trace.end, trace.unit)} ...")

    return tell


def _line() -> Callable[[str], None] | None:
    """A line on standard error that is written over and over, if somebody looks."""
    if sys.stderr is None or not sys.stderr.isatty():  # closed: None
        return None
    return lambda text: click.echo(f"{text:<{_LINE}}\r", nl=False, err=True)
