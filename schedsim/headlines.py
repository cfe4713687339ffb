"""What a scenario in Python says of itself, read from its syntax tree: nothing is executed.

Lists of scenarios read it, so nothing is loaded here that only an execution needs; that is in
:mod:`schedsim.python_file`.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from schedsim.scenario_file.problems import Problem, ScenarioError

ENDING = ".py"


@dataclass(frozen=True, slots=True)
class Headlines:
    """What a file says of itself."""

    title: str
    lesson: str
    group: str
    order: int


def headlines(text: str, source: str) -> Headlines:
    """What the file says of itself, without executing it: its docstring, ``GROUP`` and ``ORDER``.

    Raises:
        ScenarioError: it is not Python.
    """
    tree = _parsed(text, source)
    title, _, lesson = (ast.get_docstring(tree) or "").partition("\n")
    said: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            said |= {
                each.id: node.value.value for each in node.targets if isinstance(each, ast.Name)
            }
    group, order = said.get("GROUP"), said.get("ORDER")
    return Headlines(
        title.rstrip("."),
        lesson.strip(),
        group if isinstance(group, str) else "",
        order if isinstance(order, int) else 0,
    )


def _parsed(text: str, source: str) -> ast.Module:
    try:
        with without_warnings():
            return ast.parse(text, source)
    except SyntaxError as error:
        says = f"not Python: {error.msg}"
        raise _problem(source, says, error.lineno or 0, error.offset or 0) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise _problem(source, f"not Python: {error}") from None


@contextmanager
def without_warnings() -> Iterator[None]:
    """What Python thinks of a file's style would be printed, over the app or among messages."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _problem(source: str, says: str, line: int = 0, column: int = 0) -> ScenarioError:
    return ScenarioError([Problem(source, says, line=line, column=column)])
