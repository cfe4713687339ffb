"""What the trace calls the tasks of one loop: as asyncio does, if it does.

A task without a name of its own is called as its coroutine; of two that are called alike the later
gets a number.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final
from weakref import WeakKeyDictionary

from schedsim.aio.ready import AnyTask
from schedsim.trace import Trace

_UNNAMED: Final = re.compile(r"Task-\d+|None")  # 3.13 names an eager task None at first


class TaskNames:
    """Follows the names of tasks, which may change.

    Args:
        trace: the trace that has them as entities.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._counts: dict[str, int] = {}
        """How many were ever called so."""
        self._seen: WeakKeyDictionary[AnyTask, str] = WeakKeyDictionary()
        """What each task was called when it was last looked at, but for the number."""

    def follow(self, task: AnyTask, number: int) -> None:
        """Let the trace call ``task``, entity ``number``, as it is called now."""
        given, entities = task.get_name(), self.trace.entities
        name = entities[number].job if _UNNAMED.fullmatch(given) else given
        if self._seen.get(task) == name:
            return
        before = self._counts.get(name, 0)
        self._counts[name] = before + 1
        self._seen[task] = name
        name = f"{name}-{before + 1}" if before else name
        entities[number] = replace(entities[number], name=name)
