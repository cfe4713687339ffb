"""Tasks that a step of another one makes: ``asyncio.create_task(coroutine())``, and ``shield``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from schedsim.loops.asyncio.futures import Task
from schedsim.loops.asyncio.gathering import shield
from schedsim.loops.live import start
from schedsim.programs.structured import Delegate
from schedsim.trace import Reason
from schedsim.traps import Body

Made: TypeAlias = Callable[[Any], Body]
"""Makes a body when called with the task that is to run it: a coroutine function."""


def create_task(me: Task, name: str, make: Made) -> Body:
    """Start a task on behalf of ``me``; it belongs to no group.

    Args:
        me: who starts it.
        name: what the trace is to add to the name of ``me``.
        make: makes its body.

    Returns:
        The task.
    """
    entity = me.loop.host.trace.entities[me.id]
    task = start(
        me.loop,
        me.flavour,
        f"{entity.name} / {name}",
        make,
        by=me.id,
        listing=entity.listing,
    )
    assert isinstance(task, Task), "all tasks of a live loop are live"
    task.groups = me.groups  # what its steps spawn belongs where theirs would
    yield from me.eager_step(task)
    return task


class Shield(Delegate):
    """``asyncio.shield`` of a coroutine, as a block: its steps are those of a task of its own.

    Args:
        me: whose block it is.  If it is cancelled, it goes on, and the inner task too.
    """

    def __init__(self, me: Task) -> None:
        self.me = me

    def carry_out(self, make: Made) -> Body:
        """Wait for the task, shielded."""
        inner: Task = yield from create_task(self.me, "shield", make)
        return (yield from shield(inner).wait(self.me, Reason.JOIN))
