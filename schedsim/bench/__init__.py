"""Benchmarks as ratios: this engine beside SimPy, asyncio and others, all in one run.

A figure in nanoseconds says more about a machine than about a program, so the goals are ratios.
Each case runs in a fresh process and counts the processor time of that process alone; the rounds
go through all cases in turn, and the medians are compared.  What is built beforehand is not
counted, for anybody; but where work is spawned as it comes (M/M/4), spawning it is.

The workloads are W2 to W5 of the performance study, and one core that everybody waits for, under
each policy whose decisions have to stay cheap.  Nothing here is imported by the engine, and the
peers only by their cases.  A new measurement is a case (:mod:`schedsim.bench.cases`) and a row
(:mod:`schedsim.bench.rows`).
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from statistics import median
from typing import Any, Final

import click

from schedsim.bench import simso
from schedsim.bench.cases import CASES
from schedsim.bench.rows import ROWS, Row

__all__ = ["CASES", "ROWS", "bench", "in_fresh_process", "is_here", "measure", "table", "wanted"]

_SCALES: Final = {"ns": 1e9, "ms": 1e3, "B": 1.0}
_REASONS: Final = {
    "simso": "it needs an environment of its own: say --with-simso",
    "simpy": "it is not installed: pip install simpy==4.1.2",
    "looptime": "it is in a group of its own: uv run --group looptime schedsim bench",
}


def is_here(package: str) -> bool:
    """Whether what a case needs is here."""
    if package == "simso":
        return simso.is_here()
    return not package or importlib.util.find_spec(package) is not None


def wanted(*, full: bool, only: str = "") -> tuple[list[Row], list[tuple[str, list[str]]]]:
    """The rows that are to be measured, and the packages that others would need, with their rows.

    Args:
        full: those that take long too.
        only: those alone whose name has this in it.
    """
    rows: list[Row] = []
    missing: dict[str, list[str]] = {}
    for row in ROWS:
        if only.lower() not in row.name.lower() or (
            not full and any(CASES[case].full for case in row.cases)
        ):
            continue
        lacking = [CASES[case].needs for case in row.cases if not is_here(CASES[case].needs)]
        if lacking:
            missing.setdefault(lacking[0], []).append(row.name)
        else:
            rows.append(row)
    return rows, list(missing.items())


def in_fresh_process(case: str) -> float:
    """What an event of one case takes, in the unit of the case."""
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "schedsim.bench", case],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise click.ClickException(f"{case} failed:\n{done.stderr.strip()}")
    events, took = json.loads(done.stdout)
    return float(took) / int(events) * _SCALES[CASES[case].unit]


def measure(cases: Sequence[str], rounds: int, *, told: bool) -> Iterator[tuple[str, float]]:
    """Every case in every round: its name and what an event takes.  ``told``: say how far it is."""
    for number in range(1, rounds + 1):
        due = [case for case in cases if number <= (CASES[case].most_rounds or rounds)]
        for done, case in enumerate(due):
            if told:
                line = f"round {number} of {rounds}: {done} of {len(due)}, {case}"
                click.echo(f"\r\x1b[K{line}", nl=False, err=True)
            yield case, in_fresh_process(case)
    if told:
        click.echo("\r\x1b[K", nl=False, err=True)


@click.command()
@click.option(
    "--rounds", type=click.IntRange(1, 1_000), default=5, show_default=True, help="How often each."
)
@click.option("--full", is_flag=True, help="A million tasks and 100,000 threads too.")
@click.option("--only", default="", metavar="TEXT", help="Only rows with TEXT in their name.")
@click.option("--with-simso", is_flag=True, help="Make an environment for SimSo, with uv.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench(  # the options of the command
    rounds: int,
    full: bool,  # noqa: FBT001 - click passes options by keyword
    only: str,
    with_simso: bool,  # noqa: FBT001 - as above
    as_json: bool,  # noqa: FBT001 - as above
) -> None:
    """Measure this engine against others, as ratios.  Exit code 1 when a goal is missed."""
    with simso.environment() if with_simso else nullcontext():
        asked, missing = wanted(full=full, only=only)
        for package, names in missing:
            reason = _REASONS.get(package, f"it is not installed: pip install {package}")
            click.echo(f"left out without {package} ({reason}): {'; '.join(names)}", err=True)
        if not asked:
            raise click.ClickException(f"no row has {only!r} in its name")
        cases = list(dict.fromkeys(case for row in asked for case in row.cases))
        found: dict[str, list[float]] = {case: [] for case in cases}
        told = sys.stderr is not None and sys.stderr.isatty()
        for case, cost in measure(cases, rounds, told=told):
            found[case].append(cost)
    costs = {case: median(values) for case, values in found.items()}
    rows = [_told(row, costs) for row in asked]
    if as_json:
        version = sys.version.partition(" ")[0]
        units = {case: CASES[case].unit for case in cases}
        told = {"python": version, "rounds": rounds, "rows": rows, "costs": costs, "units": units}
        click.echo(json.dumps(told))
    else:
        click.echo(table(rows, found))
    if any(row["met"] is False for row in rows):
        sys.exit(1)


def _told(row: Row, costs: Mapping[str, float]) -> dict[str, Any]:
    value = row.value(costs)
    return {
        "name": row.name,
        "goal": row.goal or None,
        "value": round(value, 2),
        "met": row.met(value),
    }


def table(rows: Sequence[Mapping[str, Any]], found: Mapping[str, Sequence[float]]) -> str:
    """Rows with their goals, then what they are made of."""
    lines = [f"{'':58}{'measured':>9}{'goal':>8}"]
    for row in rows:
        verdict = {True: "  met", False: "  MISSED", None: ""}[row["met"]]
        lines.append(f"{row['name']:58}{row['value']:9.2f}{row['goal'] or '':>8}{verdict}")
    lines += ["", "what an event takes: processor time or bytes, the median of so many rounds"]
    lines += [
        f"  {case:56}{median(costs):9,.1f} {CASES[case].unit}{len(costs):4}"
        for case, costs in found.items()
    ]
    return "\n".join(lines)
