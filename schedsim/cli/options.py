"""Options and arguments that several commands have."""

from __future__ import annotations

from pathlib import Path

import click

from schedsim.limits import MOST_EVENTS, MOST_ROWS, PATIENCE

ANIMATION = click.option(
    "--no-animation",
    "animation",
    flag_value=False,
    default=True,
    help="Nothing in the app moves before a key is pressed.",
)
KEYMAP = click.option(
    "--keymap",
    type=click.Path(path_type=Path),
    metavar="KEYS",
    help="A file that moves keys of the app, instead of your keymap.toml.",
)
FILE = click.argument("file", metavar="FILE")
MODEL = click.option("--model", help="Run a job file under this execution model.")
SETTINGS = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a key of the scenario, such as machine.cores=2.",
)
SEED = click.option("--seed", type=int, default=0, help="For policies that draw lots.")
UNTIL = click.option("--until", metavar="TIME", help='Stop after this simulated time ("5s").')
EVENTS = click.option(
    "--max-events",
    type=click.IntRange(1, MOST_EVENTS),
    default=MOST_ROWS,
    show_default=True,
    help="Stop as soon as there are so many steps.",
)
EXPECT = click.option(
    "--expect",
    multiple=True,
    metavar="TEXT",
    help='Exit 1 unless it holds: "max_wait(ticker) <= 20ms", "no deadlock".',
)
PATIENT = click.option(
    "--patience",
    type=click.FloatRange(0, 1_000_000, min_open=True),
    default=PATIENCE,
    show_default=True,
    metavar="SECONDS",
    help="Give up a run in which nothing happens for so long.",
)
MADE_FROM = click.option(
    "--scenario",
    type=click.Path(path_type=Path),
    metavar="FILE.py",
    help="The file that it was made from, if that is Python: a recording executes nothing.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
