"""What the engine asks of a scheduling policy.  No policy lives here.

A policy owns its run queue, so that each can keep it in the shape that makes its own decision
cheap (O(log n) or better), and shows it in order to whoever draws it.  It sees threads, never
cores, the GIL or what threads do.
"""

from __future__ import annotations

from collections.abc import Sequence, Sized
from typing import Protocol, TypeVar

from schedsim.durations import Time

UNLIMITED: Time = 1 << 62
"""The time slice of a thread that nobody takes off its core."""


class Candidate(Protocol):
    """What a policy may know of a thread."""

    id: int


C = TypeVar("C", bound=Candidate)


class Policy(Protocol[C]):
    """Decides who runs next and for how long."""

    @property
    def waiting(self) -> Sized:
        """True in a boolean context while anybody is in the run queue; always the same object."""

    def enqueue(self, thread: C, /) -> None:
        """``thread`` is runnable: it arrived, woke, or was taken off its core."""

    def pick(self) -> C:
        """Take the next thread out of the run queue, which is not empty."""

    def time_slice(self, thread: C, /) -> Time:
        """How long ``thread``, just picked, may run while others wait."""

    def queue(self) -> Sequence[C]:
        """The run queue in the order in which it will be picked, to look at."""
