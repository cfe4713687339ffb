"""Targets that are said best as scenario files."""

from __future__ import annotations

import textwrap

from schedsim.run import Run
from schedsim.scenario_file import loads
from schedsim.trace import Trace


def played(text: str, seed: int = 0) -> Trace:
    """The trace of a scenario file, which is given without its first two lines."""
    whole = 'schema = 1\ntitle = "a target"\n' + textwrap.dedent(text)
    return Run(loads(whole, "a target"), seed).finish()
