"""Benchmarks as ratios: this engine beside SimPy, asyncio and a bare loop, all in one run.

A figure in nanoseconds says more about a machine than about a program, so the goals are ratios.
Each case runs in a fresh process and counts the processor time of that process alone; the rounds
go through all cases in turn, and the medians are compared.  What is built beforehand is not
counted, for anybody.

The workloads are W3 (round robin on four cores) and W4 (cooperative tasks in a loop) of the
performance study, and one core that everybody waits for, under each policy whose decisions have
to stay cheap.  Nothing here is imported by the engine, and the peers only by their cases.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

import click

from schedsim.bench.cases import CASES, NEEDS
from schedsim.bench.ratios import RATIOS

__all__ = ["CASES", "RATIOS", "available", "bench", "in_fresh_process", "measure", "table"]


def available() -> list[str]:
    """The cases whose packages are here."""
    if importlib.util.find_spec("simpy") is None:
        raise click.ClickException(
            "the benchmarks compare with SimPy, which is not installed: pip install simpy==4.1.2"
        )
    return [
        name
        for name in CASES
        if name not in NEEDS or importlib.util.find_spec(NEEDS[name]) is not None
    ]


def in_fresh_process(case: str) -> float:
    """Nanoseconds per event of one case."""
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "schedsim.bench", case],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise click.ClickException(f"{case} failed:\n{done.stderr.strip()}")
    events, seconds = json.loads(done.stdout)
    return float(seconds) / int(events) * 1e9


def measure(cases: list[str], rounds: int) -> Iterator[tuple[str, float]]:
    """Every case in every round: its name and nanoseconds per event."""
    for _ in range(rounds):
        for case in cases:
            yield case, in_fresh_process(case)


@click.command()
@click.option(
    "--rounds", type=click.IntRange(1, 1_000), default=5, show_default=True, help="How often each."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench(rounds: int, as_json: bool) -> None:  # noqa: FBT001 - click passes options by keyword
    """Measure this engine against others, as ratios.  Exit code 1 when a goal is missed."""
    cases = available()
    for name in CASES.keys() - cases:
        click.echo(f"{NEEDS[name]} is not installed: left out", err=True)
    found: dict[str, list[float]] = {case: [] for case in cases}
    told = sys.stderr is not None and sys.stderr.isatty()
    for done, (case, cost) in enumerate(measure(cases, rounds), 1):
        found[case].append(cost)
        if told:
            click.echo(f"\r{done} of {rounds * len(cases)} ", nl=False, err=True)
    if told:
        click.echo("\r", nl=False, err=True)

    costs = {case: median(values) for case, values in found.items()}
    rows = []
    for ratio in RATIOS:
        if ratio.slower in costs:
            value = costs[ratio.slower] / costs[ratio.faster]
            rows.append(
                {
                    "name": ratio.name,
                    "goal": ratio.goal or None,
                    "value": round(value, 2),
                    "met": ratio.met(value),
                }
            )
    if as_json:
        version = sys.version.partition(" ")[0]
        click.echo(json.dumps({"python": version, "rounds": rounds, "rows": rows, "ns": costs}))
    else:
        click.echo(table(rows, costs))
    if any(row["met"] is False for row in rows):
        sys.exit(1)


def table(rows: list[dict[str, Any]], costs: Mapping[str, float]) -> str:
    """Ratios with their goals, then what they are made of."""
    lines = [f"{'':62}{'measured':>9}{'goal':>8}"]
    for row in rows:
        verdict = {True: "  met", False: "  MISSED", None: ""}[row["met"]]
        lines.append(f"{row['name']:62}{row['value']:9.2f}{row['goal'] or '':>8}{verdict}")
    lines += ["", "nanoseconds of processor time per event (median)"]
    lines += [f"  {name:60}{cost:9.0f}" for name, cost in costs.items()]
    return "\n".join(lines)
