"""Scenarios of plain asyncio from a few lines of Python, for tests."""

from __future__ import annotations

import textwrap

from schedsim import python_file
from schedsim.scenario import Scenario
from schedsim.trace import Trace
from tests.machines import play

HEAD = "import asyncio\nfrom schedsim.authoring import *\n"


def scenario(text: str, jobs: str, **options: str) -> Scenario:
    """The functions of ``text``, and jobs, under ``asyncio``."""
    lines = textwrap.indent(textwrap.dedent(text).strip(), "    ")
    rest = "".join(f", {key}={value}" for key, value in options.items())
    end = f"\n    return Scenario([{jobs}], model='asyncio'{rest})\n"
    return python_file.loads(HEAD + "def scenario():\n" + lines + end, "x.py")


def played(text: str, jobs: str, **options: str) -> Trace:
    return play(scenario(text, jobs, **options))
