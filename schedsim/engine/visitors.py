"""Threads that come from outside, one after the other, and are gone when they have been served.

Where they are many (customers, requests, packets) it would cost more to let each exist beforehand,
with an entity and a timer, than to schedule it.  So a source is asked for the next visitor when the
one before has come, the entity of a visitor is built when somebody looks
(:meth:`schedsim.trace.Trace.table`), and the engine forgets a visitor that has ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappush
from typing import TYPE_CHECKING, Final, TypeAlias

from schedsim.attributes import Attributes
from schedsim.durations import Time
from schedsim.engine.records import ANYWHERE, Thread
from schedsim.trace import NEVER, SUBJECT_SHIFT, Entity, Trace
from schedsim.traps import Program

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine

Visit: TypeAlias = tuple[str, Time, Program]
"""The name of who comes, when, and what is to be done."""


VISITORS: Final = "visitors"
SPECIAL: Final = "visitors who are bound to a core or a moment"
"""What a source waits for."""


class Visitor(Thread):
    """A thread that is forgotten once it has ended: nobody may wait for that."""

    __slots__ = ()

    # Of so many, what is as usual is kept once: in place of the slots that a thread has.
    stays = False
    own_gil = None
    loop = native = selecting = releasing = False
    prompt = True
    affinity = ANYWHERE
    cpu = window = offset = number = 0
    lenders = ()
    due = NEVER
    wants = seat = None

    def __init__(self, id: int, program: Program, attributes: Attributes, now: Time) -> None:
        self.id = id
        self.as_subject = id << SUBJECT_SHIFT
        self.program = program
        self.resume = program.resume
        self.gil = self.core = None
        self.attributes = attributes
        self.deadline = attributes.deadline
        self.left = self.pc_bits = 0
        self.arrived = True
        self.arrived_at = now
        self.ended = False


class Source:
    """Where visitors come from.  To the clock it is one who sleeps until the next one comes.

    Args:
        trace: where they are entered.
        like: what the entities of all of them are like; it need not be in the table itself.
        visits: in the order of their arrival; who should have come before now comes now.
    """

    __slots__ = (
        *("attributes", "came", "due", "first", "like", "stop"),
        *("table", "visit", "visits", "wants"),
    )

    def __init__(self, trace: Trace, like: Entity, visits: Iterable[Visit]) -> None:
        self.table = trace.table()
        self.like = like
        attributes = self.attributes = like.attributes
        self.visits: Iterator[Visit] = iter(visits)
        self.visit: Visit | None = None
        """Who comes next."""
        self.due: Time = NEVER
        """When, by the clock."""
        special = like.affinity or attributes.period or attributes.deadline
        self.wants = SPECIAL if special else VISITORS
        """So that the kernel does not take it for a thread whose timer is due."""
        self.came: list[range] = []
        """Who has come, by entity, but for the last: ..."""
        self.first = self.stop = 0
        """... from the one up to the other."""

    def wait(self, engine: Engine) -> None:
        """Wait for the first."""
        self.visit = next(self.visits, None)
        if self.visit is not None:
            self.due = max(self.visit[1], engine.now)
            engine.agenda.put(engine.agenda.wakes, self.due, self)

    def send(self, engine: Engine, line: list[Source]) -> Visitor:
        """The visitor who comes now; the next one is waited for, or stands in ``line``."""
        visit = self.visit
        assert visit is not None, "it waits for somebody"
        name, arrival, program = visit
        now = engine.now
        id = self.table.add(self.like, name, arrival)
        visitor = engine.threads[id] = Visitor(id, program, self.attributes, now)
        if id != self.stop:
            self.came.append(range(self.first, self.stop))
            self.first = id
        self.stop = id + 1
        visit = self.visit = next(self.visits, None)
        if visit is None:
            self.due = NEVER
        elif visit[1] <= now:
            line.append(self)
        else:
            due = self.due = visit[1]
            others = engine.agenda.wakes.get(due)  # put, without the call
            if others is None:
                engine.agenda.wakes[due] = [self]
                heappush(engine.agenda.heap, due)
            else:
                others.append(self)
        return visitor

    def gone(self, engine: Engine) -> Iterator[int]:
        """Of those who have come, who has ended."""
        for came in (*self.came, range(self.first, self.stop)):
            yield from (id for id in came if id not in engine.threads)
