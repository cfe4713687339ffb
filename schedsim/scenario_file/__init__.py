"""Scenario files: TOML read into a :class:`~schedsim.scenario.Scenario`, strictly.

What is wrong with a file is told all at once, as a :class:`ScenarioError` that holds a
:class:`Problem` for each mistake.  TOML is data: nothing in a file is ever executed.

============  ==============================================================================
``source``    from a path to text, and from text to TOML tables
``settings``  ``--set machine.cores=2``: what the command line changes before validation
``shapes``    the tables of a scenario file: their keys, types and bounds
``fields``    one table, key by key, against its shape
``steps``     the steps of a job
``scopes``    what must fit between jobs: names, who spawns whom, how many in all
``shared``    locks, queues, events ...: what is declared, and how the steps use it
``vocabulary``  whether the execution model knows the verbs and blocks of the steps
``machine``   cores, caches and Python
``policy``    the scheduling policy and its parameters
``patterns``  what ``io_every`` and ``period`` make of the steps of a job
``work``      jobs, or a tree of processes; the whole scenario
``lines``     the line on which each key stands
``problems``  what is wrong, and where
============  ==============================================================================

Whoever only lists scenarios pays for ``source`` and ``problems``: the rest is loaded by the first
file that has to be understood.

A recording embeds the text of its scenario, so reading a file (:func:`read_source`) and
understanding it (:func:`loads`) are two things.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from schedsim.scenario_file.problems import Problem, Problems, ScenarioError
from schedsim.scenario_file.source import parse, read_source

if TYPE_CHECKING:
    from schedsim.scenario import Scenario

__all__ = ["Problem", "ScenarioError", "load", "loads", "read_source"]


def load(path: Path, *, settings: Sequence[str] = (), model: str = "") -> Scenario:
    """Read the scenario file ``path``; :func:`loads` says what the rest means.

    Raises:
        ScenarioError: the file cannot be read or understood.
    """
    return loads(read_source(path), str(path), name=path.stem, settings=settings, model=model)


def loads(
    text: str, source: str, *, name: str = "", settings: Sequence[str] = (), model: str = ""
) -> Scenario:
    """Understand the text of a scenario file.

    Args:
        text: TOML.
        source: what to call it in messages: the path as the user wrote it.
        name: the scenario's name in the library.
        settings: what to change first, as ``--set`` has it: ``machine.cores=2``.
        model: the execution model to use instead of the file's; none if empty.

    Raises:
        ScenarioError: with everything that is wrong.
    """
    from schedsim.scenario_file.fields import Reading
    from schedsim.scenario_file.settings import apply, origins
    from schedsim.scenario_file.work import read_scenario

    problems = Problems(source)
    tables = parse(text, problems)
    changes = apply(tables, settings, model, problems)
    problems.text, problems.origins = text, origins(changes)
    unit = "tick" if tables.get("unit") == "tick" else "ns"
    scenario = read_scenario(tables, Reading(problems, unit), name)
    problems.raise_any()
    return scenario
