"""The fair class: who is in it, and what its threads have had of their share.

Who of them is next is up to their policy, EEVDF or CFS.  Threads of the class ``idle`` (SCHED_IDLE)
are in it, with a weight of 3: they do get a little of a busy core, as in Linux.

Not here: the share itself (``fair_server``).
"""

from __future__ import annotations

from collections.abc import Sized
from typing import Generic

from schedsim.durations import Time
from schedsim.policies.base import UNLIMITED, C, Machine, Policy
from schedsim.policies.linux.fair_server import FairServer


class OnCore:
    """What is known of a fair thread on a core, by its CPU time."""

    __slots__ = ("paid", "since", "start")

    def __init__(self, cpu: Time) -> None:
        self.since = self.start = self.paid = cpu
        """When it took the core, when its slice began, what the server knows of."""


class FairClass(Generic[C]):
    """The fair threads that wait or run.

    Args:
        policy: that serves them.
        server: that sees to their share.
    """

    machine: Machine

    def __init__(self, policy: Policy[C], server: FairServer) -> None:
        self.policy = policy
        self.server = server
        self.ids: set[int] = set()
        """Who waits or runs."""
        self.runs: dict[int, OnCore] = {}
        """Those that run."""

    def enqueue(self, thread: C) -> None:
        """It arrived or woke, or comes from a higher class."""
        if not self.ids:
            self.server.begin(self.machine.now)
        self.ids.add(thread.id)
        self.policy.enqueue(thread)

    def slice_of(self, thread: C, waiting: Sized) -> Time:
        """What its policy gives it, where ``waiting`` are all that wait."""
        run = self.runs.get(thread.id)
        if run is None:
            return UNLIMITED  # it is just leaving
        length = self.policy.time_slice(thread)
        if self.policy.resizes and waiting:
            # CFS counts from when it took the core, however often its slice was renewed since.
            return max(length - (run.start - run.since), 0)
        return length

    def pay(self, thread: C) -> None:
        """Count what it has run against the share."""
        run = self.runs[thread.id]
        if self.server.share:
            self.server.pay(thread.cpu - run.paid, self.machine.now)
        run.paid = thread.cpu
