"""What the blocks of a thread mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schedsim.threads.base import MakeManager, Worker
from schedsim.traps import JOIN, Body


class With:
    """``with lock:``.

    Args:
        me: who enters it.
        what: a lock, a semaphore, a condition.
    """

    def __init__(self, me: Worker, what: Any) -> None:
        self.me = me
        self.what = what

    def enter(self) -> Body:
        """Take it."""
        yield from self.what.acquire(self.me)

    def leave(self, error: BaseException | None) -> Body:  # noqa: ARG002 - whatever happened
        """Let go of it."""
        yield from self.what.release(self.me)


class Group:
    """Threads that are started inside, and joined at the end, whatever becomes of them.

    Args:
        me: who enters it.
    """

    def __init__(self, me: Worker) -> None:
        self.me = me
        self.members: list[Any] = []
        self.past = 0

    def enter(self) -> Body:
        """What is spawned from now on belongs to it."""
        yield from ()
        self.me.groups.append(self.members)

    def leave(self, error: BaseException | None) -> Body:  # noqa: ARG002 - whatever happened
        """Wait for them."""
        self.me.groups.pop()
        yield (JOIN, self)


BLOCKS: Mapping[str, MakeManager] = {"with": With, "group": Group}
