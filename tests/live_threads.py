"""A machine whose threads run generators written in the test, with what threads share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schedsim.durations import Time
from schedsim.engine import Engine, Gil, Thread
from schedsim.engine.facts import facts
from schedsim.engine.gil import GilRules
from schedsim.policies import POLICIES
from schedsim.state import State
from schedsim.threads import CATALOGUE
from schedsim.threads.base import Worker
from schedsim.threads.locks import PlainLock
from schedsim.trace import Entity, Kind, Role, Row, Trace
from schedsim.traps import Body


class ThreadMachine:
    """The machine, with one process; ``log`` is what its threads told, with the time."""

    def __init__(
        self, *, cores: int = 1, gil: bool = True, interval: Time = 5, policy: str = "fifo"
    ) -> None:
        self.trace = Trace(cores=cores)
        self.engine = Engine(self.trace, POLICIES[policy])
        self.trace.enter(Entity(1, Role.PROCESS, "python", 0, 0, "python", gil=gil))
        self.gil = Gil(GilRules(interval)) if gil else None
        self.log: list[tuple[Time, str, object]] = []

    def start(self, name: str, make: Callable[[Any], Body], *, at: Time = 0, by: int = 0) -> Thread:
        """Start a thread; ``make`` is called with its worker and gives its body."""
        id = len(self.trace.entities)
        self.trace.enter(Entity(id, Role.THREAD, name, 1, id, name, arrival=at))
        worker = Worker(self.engine, id, CATALOGUE)
        worker.body = make(worker)
        return self.engine.spawn(id, worker, self.gil, by=by)

    def hire(self, name: str, by: int, body: Callable[[Worker], Body]) -> Thread:
        """Start a worker of a pool."""
        return self.start(name, body, by=by)

    def resource(self, kind: str, name: str, value: int = 0) -> Any:
        """Make something that its threads share."""
        number = self.trace.resource(kind, name)
        if kind == "lock":
            return PlainLock(self.engine.lock(number))
        return CATALOGUE.resources[kind](self.engine, number, value)

    def say(self, worker: Worker, what: object) -> None:
        """Log ``what``."""
        self.log.append((self.engine.now, self.trace.entities[worker.id].name, what))

    def run(self, most: int = 2_000) -> ThreadMachine:
        """Run until nothing can happen any more; engine and state agree after every row."""
        state = State.start(self.trace)
        rows = -1
        while not self.trace.complete and len(self.trace) < most and rows != len(self.trace):
            rows = len(self.trace)
            self.engine.run(rows=rows + 1)
            assert state.forward(len(self.trace)).facts() == facts(self.engine)
        return self

    def told(self, *kinds: Kind) -> list[tuple[Time, str, str, int]]:
        """Rows of some kinds: when, what, who, and the argument."""
        return [
            (row.time, row.kind.name, self.name(row), row.arg)
            for row in self.trace.rows()
            if row.kind in kinds
        ]

    def name(self, row: Row) -> str:
        """Of the row's subject."""
        return self.trace.entities[row.subject].name
