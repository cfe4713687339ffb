"""Parts of a state that have several columns of their own: GILs, loops, resources.

Not here: what changes them (``rows``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from schedsim.durations import Time


@dataclass(slots=True)
class Gil:
    """The global interpreter lock of a process, or of one of its interpreters."""

    holder: int = 0
    since: Time = 0
    """When it last changed hands."""
    waiters: dict[int, Time] = field(default_factory=dict)
    """Blocked threads, oldest (re-)enqueue first, with the start of their present wait."""
    requested_by: int = 0
    dropper: int = 0
    """The thread that let go on request and waits for the forced switch."""

    def copy(self) -> Gil:
        """An independent copy."""
        return Gil(self.holder, self.since, dict(self.waiters), self.requested_by, self.dropper)


@dataclass(slots=True)
class Loop:
    """One event loop."""

    current: int = 0
    ready: dict[int, None] = field(default_factory=dict)
    passes: int = 0

    def copy(self) -> Loop:
        """An independent copy."""
        return Loop(self.current, dict(self.ready), self.passes)


@dataclass(slots=True)
class Resource:
    """A lock, a semaphore, an event, a queue ..."""

    holder: int = 0
    """Who has the lock."""
    value: int = 0
    """How many a semaphore has left or a queue holds; whether an event is set."""
    waiters: dict[int, Time] = field(default_factory=dict)
    """Blocked threads or suspended tasks, oldest first, with the start of their wait."""

    def copy(self) -> Resource:
        """An independent copy."""
        return Resource(self.holder, self.value, dict(self.waiters))
