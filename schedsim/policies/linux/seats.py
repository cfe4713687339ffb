"""What the policy knows of a thread of the classes deadline, fifo and rr; budgets of the first.

A thread of SCHED_DEADLINE has a constant bandwidth server: a budget of so much computing (the
runtime Q) until a deadline, and no more than that (Abeni and Buttazzo, 1998;
Documentation/scheduler/sched-deadline.rst, 2.1; kernel/sched/deadline.c, whose function names the
comments below cite).  The rules are those of the document: whoever has a deadline shorter than its
period, and sleeps past the deadline, has a new budget as soon as it wakes (so its share can come
to Q / D); since Linux 4.12 it waits for its next period (``dl_check_constrained_dl``).
"""

from __future__ import annotations

from typing import NamedTuple

from schedsim.durations import Time
from schedsim.policies.base import UNLIMITED, Candidate


class Server(NamedTuple):
    """What ``sched_setattr`` is told."""

    runtime: Time
    deadline: Time
    period: Time


class Seat:
    """What the policy knows of one thread while it is in no fair class."""

    __slots__ = ("base", "began", "deadline", "end", "left_at", "moved", "place")

    def __init__(self, cpu: Time) -> None:
        self.place = 0
        """Among its equals; smaller is earlier."""
        self.base = cpu
        """The CPU time at which its round-robin quanta began to be counted."""
        self.began = cpu
        """The CPU time at which its present slice began."""
        self.deadline: Time = 0
        """Of its server: the scheduling deadline."""
        self.end = cpu
        """The CPU time at which its budget is spent."""
        self.left_at: Time = -1
        """When it last blocked."""
        self.moved = False
        """It did not sleep, but comes from the queue of another core."""


def server_of(thread: Candidate) -> Server | None:
    """The server of a thread; None if nothing limits it.

    Only a periodic thread has one.  The deadline of any other is a moment, after which there is
    no next period to wait for, so it is served by that deadline alone.
    """
    attributes = thread.attributes
    if attributes.scheduling_class != "deadline" or not (attributes.wcet and attributes.period):
        return None
    period = attributes.period
    return Server(attributes.wcet, attributes.deadline or period, period)


def wake(thread: Candidate, seat: Seat, now: Time) -> None:
    """A new budget if the old would come to more than its share (``update_dl_entity``)."""
    server = server_of(thread)
    if server is None:
        seat.deadline = UNLIMITED if thread.deadline is None else thread.deadline
        return
    ahead = seat.deadline - now
    left = seat.end - thread.cpu
    if ahead <= 0 or left * server.period > ahead * server.runtime:
        seat.deadline = now + server.deadline
        seat.end = thread.cpu + server.runtime


def is_spent(thread: Candidate, seat: Seat) -> bool:
    """Whether ``thread`` has a budget, and nothing is left of it."""
    return thread.cpu >= seat.end and server_of(thread) is not None


def replenish(thread: Candidate, seat: Seat, now: Time) -> None:
    """The next budget, for a deadline a period later (``replenish_dl_entity``)."""
    server = server_of(thread)
    assert server is not None, "it had a budget to spend"
    while seat.end <= thread.cpu:
        seat.deadline += server.period
        seat.end += server.runtime
    if seat.deadline <= now:
        seat.deadline = now + server.deadline
        seat.end = thread.cpu + server.runtime
