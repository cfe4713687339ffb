"""What the interpreter keeps for each real thread, kept for each simulated one.

Simulated threads share one thread of the operating system.  asyncio and the interpreter keep there
which loop runs (``events._running_loop``), who is told of asynchronous generators, and how deep
the origin of coroutines is tracked.  All three are exchanged at every switch.

The current task needs no exchange: up to Python 3.13 it is kept for each *loop*
(``asyncio.tasks._current_tasks``), in C as in Python, and a loop stays in its thread.
"""

from __future__ import annotations

import sys
from asyncio import events
from typing import Any


class ThreadState:
    """One simulated thread's share, while the thread does not run."""

    __slots__ = ("_depth", "_hooks", "_loop")

    def __init__(self) -> None:
        self._loop: events.AbstractEventLoop | None = None
        self._hooks: tuple[Any, ...] = (None, None)
        self._depth = 0

    def swap(self) -> None:
        """Exchange it with what the interpreter has."""
        loop = events._get_running_loop()
        if loop is not self._loop:
            events._set_running_loop(self._loop)
            self._loop = loop
        hooks = sys.get_asyncgen_hooks()
        if hooks != self._hooks:
            sys.set_asyncgen_hooks(*self._hooks)
            self._hooks = tuple(hooks)
        depth = sys.get_coroutine_origin_tracking_depth()
        if depth != self._depth:
            sys.set_coroutine_origin_tracking_depth(self._depth)
            self._depth = depth
