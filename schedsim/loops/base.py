"""What a loop, its tasks and the machine know of each other.

There are two kinds of tasks.  A flat one (:mod:`~schedsim.loops.flat_tasks`) is a place in steps,
cheap enough for a million of them, and serves those whose steps all flavours treat alike.  A live
one (:mod:`~schedsim.loops.live_tasks`) runs any program that can be resumed and thrown into;
whatever a flavour has of its own (futures, cancel scopes, greenlets) is written as generators that
such programs go through.  A loop runs either kind.

A loop is a program in a thread and a scheduler of tasks.  It serves the traps of its tasks
itself and passes on to the engine only what it cannot do alone: computing, a blocking call, and
waiting while nothing is ready.  It writes the rows about its tasks.

Not here: anything that does something.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from schedsim.durations import Time
from schedsim.trace import Reason, Trace

if TYPE_CHECKING:
    from schedsim.loops.entries import Callback
    from schedsim.loops.flat_tasks import Task
    from schedsim.loops.live_tasks import LiveTask
    from schedsim.loops.resources import Resource
    from schedsim.loops.timers import Timer, Timers


class Host(Protocol):
    """The machine, as far as a loop may know it."""

    now: Time
    stop: int
    """The number of rows at which the trace is to pause."""
    trace: Trace

    def poke_loop(self, thread: int, by: int) -> None:
        """Wake the loop in ``thread``, if it waits in its selector, on behalf of ``by``."""

    def coin(self) -> bool:
        """Toss a coin: from the one source of chance."""


class Loss(NamedTuple):
    """The tasks of a loop whose process was killed."""

    hand: int = 0
    """The one that the loop had in hand, or 0."""
    place: int = 0
    """Where that was in its program."""
    others: Sequence[int] = ()
    """The others that were not done."""


class Loop(Protocol):
    """An event loop, as far as live tasks and what they wait for know it."""

    host: Host
    thread: int
    timers: Timers
    resources: list[Resource]
    version: tuple[int, int]
    eager: bool

    def add(self, task: Task | LiveTask, *, by: int = 0) -> None:
        """``create_task``."""

    def run_first(self, task: LiveTask, starter: LiveTask) -> None:
        """Let the first step of ``task``, just added, be run as soon as ``starter`` parks."""

    def call_soon(self, run: Callable[[], None]) -> Callback:
        """Let ``run`` be called in the next pass, behind what is ready."""

    def call_at(self, when: Time, run: Callable[[], None]) -> Timer:
        """Let ``run`` be called in the pass that finds ``when`` reached."""

    def make_ready(self, task: LiveTask, reason: Reason, *, by: int = 0) -> None:
        """Put a live task at the end of the ready queue."""

    def cancel_noted(self, task: Task | LiveTask, by: int) -> None:
        """Write down that ``by`` asks ``task`` to end."""


class TaskGroup(Protocol):
    """All tasks that were started under one name: the argument of ``SPAWN`` and ``JOIN``."""

    members: list[Task] | list[LiveTask]
    past: int
    """So many of the first members are known to be done."""

    def start(self, by: int) -> None:
        """Start another one, on behalf of entity ``by``."""
