"""What commands tell: reports, what is expected, and how a long run is going."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from schedsim.limits import PATIENCE
from schedsim.plain import plain
from schedsim.refusals import tell

if TYPE_CHECKING:
    from schedsim.expectations import Expectation
    from schedsim.interruption import Watch
    from schedsim.metrics import Measured
    from schedsim.run import Run
    from schedsim.trace import Trace

EXIT_CHECK_FAILED = 1
_PROGRESS_FROM = 100_000
"""Rows after which a run is long enough to tell how it is going."""
_LINE = 60
"""Characters that such a line takes, so that it covers the one before."""


def watched(
    patience: float = PATIENCE, output: Path | None = None
) -> AbstractContextManager[Watch]:
    """Watch what is executed inside: see :func:`schedsim.interruption.told`."""
    from schedsim.interruption import told

    return told(patience, output)


def aside() -> redirect_stdout[TextIO]:
    """Let what a scenario in Python prints, itself or in its bodies, not come among results."""
    return redirect_stdout(sys.stderr)


def all_hold(measured: Measured, expected: Sequence[Expectation], name: str = "") -> bool:
    """Whether all that is ``expected`` holds; what does not is told."""
    kept = True
    for expectation in expected:
        broken = expectation.broken(measured)
        if broken:
            kept = False
            tell(f"{plain(name, 60)}{': ' if name else ''}expected {expectation.text}: {broken}")
    return kept


def measured_run(played: Run) -> Measured:
    """Measure a run; of a long one it is told how far that has come."""
    from schedsim.metrics import measure

    rows = len(played.trace)
    line = rewritten_line() if rows >= _PROGRESS_FROM else None
    if line is None:
        return measure(played.trace)
    return measure(played.trace, lambda done: line(f"measured {done * 100 // rows} % ..."))


def print_run(played: Run, *, as_json: bool, first: bool = True) -> Measured:
    """Report a run; return what was measured for that."""
    from schedsim import report

    measured = measured_run(played)
    line = rewritten_line() if len(played.trace) >= _PROGRESS_FROM else None
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


def tell_if_cut(played: Run, name: str = "") -> None:
    """Say on standard error that a run came to its limit of steps, and why if that is plain."""
    if not played.cut_short:
        return
    from schedsim.cutting import why_cut

    steps = f"{len(played.trace):,} steps with more to come{why_cut(played.trace)}"
    tell(f"{plain(name, 60)}{': ' if name else ''}stopped after {steps}")


def progress_told() -> Callable[[Trace], None] | None:
    """How a long run is going, on standard error when somebody looks."""
    line = rewritten_line()
    if line is None:
        return None

    def tell(trace: Trace) -> None:
        if len(trace) >= _PROGRESS_FROM:
            from schedsim.durations import format_duration

            line(f"{len(trace):,} steps, {format_duration(trace.end, trace.unit)} ...")

    return tell


def rewritten_line() -> Callable[[str], None] | None:
    """A line on standard error that is written over and over, if somebody looks."""
    if sys.stderr is None or not sys.stderr.isatty():  # closed: None
        return None
    return lambda text: click.echo(f"{text:<{_LINE}}\r", nl=False, err=True)
