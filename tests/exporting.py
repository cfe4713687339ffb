"""What several tests of exports write: a run that one can work out by hand, and hostile names."""

from __future__ import annotations

from schedsim.export import EXPORTS
from schedsim.metrics import measure
from schedsim.run import Run
from schedsim.scenario_file import loads

TICKS = """\
schema = 1
title = "Two in ticks"
model = "processes"
unit = "tick"
machine = { policy = { name = "round_robin", quantum = 2 } }
python = { gil = "off" }
job = [
    { name = "long", steps = ["compute 4"] },
    { name = "short", steps = ["compute 1"] },
]
"""
"""Round robin by hand: long 0-2, short 2-3, long 3-5."""
HOSTILE = r"""
schema = 1
title = "<script>alert(1)</script> ]]> & \"q\" \u001b[31m"
lesson = "<img src=x onerror=alert(1)> **<b>bold</b>** `<i>` ]]>"
model = "threads"
job = [
    { name = "=1+1", steps = ["compute 1ms", "mark <script>alert(2)</script>"] },
    { name = "</text></svg><script>alert(3)</script>\n]]>\u0000\u202e", steps = ["compute 1ms"] },
    { name = "@sum", steps = ["compute 1ms"] },
    { name = "-1", steps = ["compute 1ms"] },
    { name = "\" onload=\"alert(4)", steps = ["compute 1ms"] },
]
"""
"""To a page, a picture, a terminal and a spreadsheet."""


def played(text: str) -> Run:
    """A run of a scenario file, to its end."""
    run = Run(loads(text, "scenario", name="scenario"))
    run.finish()
    return run


def written(text: str, form: str) -> str:
    """What an export makes of it."""
    run = played(text)
    return EXPORTS[form].write(run, measure(run.trace))
