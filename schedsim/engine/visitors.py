"""Threads that come from outside, one after the other, and are gone when they have been served.

Where they are many (customers, requests, packets) it would cost more to let each exist beforehand,
with an entity and a timer, than to schedule it.  So a source is asked for the next visitor when the
one before has come, the entity of a visitor is built when somebody looks
(:meth:`schedsim.trace.Trace.enter_like`), and the engine forgets a visitor that has ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappush
from typing import TYPE_CHECKING, Final, TypeAlias

from schedsim.durations import Time
from schedsim.engine import slices
from schedsim.engine.records import Thread
from schedsim.trace import NEVER, REASON_SHIFT, Entity, Kind, Reason
from schedsim.traps import Program

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine

Visit: TypeAlias = tuple[str, Time, Program]
"""The name of who comes, when, and what is to be done."""

_SPAWN: Final = Kind.SPAWN | Reason.ARRIVED << REASON_SHIFT


class Visitor(Thread):
    """A thread that is forgotten once it has ended: nobody may wait for that."""

    __slots__ = ()

    stays = False


class Source:
    """Where visitors come from.  To the clock it is one who sleeps until the next one comes.

    Args:
        like: what the entities of all of them are like; it need not be in the table itself.
        visits: in the order of their arrival; who should have come before now comes now.
    """

    __slots__ = ("due", "like", "special", "visit", "visits")

    wants = True
    """So that the kernel does not take it for a thread whose timer is due."""

    def __init__(self, like: Entity, visits: Iterable[Visit]) -> None:
        self.like = like
        self.visits: Iterator[Visit] = iter(visits)
        self.visit: Visit | None = None
        self.due: Time = NEVER
        self.special = bool(like.affinity or like.attributes.period or like.attributes.deadline)

    def wait(self, engine: Engine) -> None:
        """Wait for the first."""
        self.visit = next(self.visits, None)
        if self.visit is not None:
            self.due = max(self.visit[1], engine.now)
            engine.put(engine.wakes, self.due, self)

    def come(self, engine: Engine) -> None:
        """Let those exist who come now, and wait for the next."""
        now, trace, like = engine.now, engine.trace, self.like
        visit = self.visit
        while visit is not None:
            name, arrival, program = visit
            if arrival > now:
                self.visit = visit
                self.due = arrival
                others = engine.wakes.get(arrival)  # put, without the call
                if others is None:
                    engine.wakes[arrival] = [self]
                    heappush(engine.heap, arrival)
                else:
                    others.append(self)
                return
            id = trace.enter_like(like, name, arrival)
            thread = engine.threads[id] = Visitor(id, program, None, like.attributes)
            trace.times.append(now)
            trace.codes.append(_SPAWN | thread.as_subject)
            trace.args.append(now)
            if self.special or not engine.simple:
                engine.admit(thread, like)
            else:
                thread.arrived = True
                thread.arrived_at = now
                policy = engine.policy
                thread.queue = policy
                if engine.idle:
                    engine.unsettled = True
                elif policy.sliced and not policy.waiting:
                    slices.count(engine, policy)
                policy.enqueue(thread)
                if policy.preemptive:
                    engine.contested = True
            visit = next(self.visits, None)
        self.visit = None
        self.due = NEVER
