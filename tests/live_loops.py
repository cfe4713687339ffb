"""A machine of one core whose only thread runs an event loop with live tasks, for tests.

Their bodies are generators written in the test, so that what a flavour is made of can be tried
without a scenario file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schedsim.durations import Time
from schedsim.engine import Engine
from schedsim.engine.facts import facts
from schedsim.loops.live import Flavour, start
from schedsim.loops.live_tasks import LiveTask
from schedsim.policies import POLICIES
from schedsim.state import State
from schedsim.trace import Entity, Kind, Role, Trace
from schedsim.traps import Body


class LoopMachine:
    """The machine; ``log`` is what its tasks told, with the time."""

    def __init__(self, flavour: Flavour, seed: int = 0) -> None:
        self.flavour = flavour
        self.trace = Trace()
        self.engine = Engine(self.trace, POLICIES["round_robin"], seed=seed)
        self.trace.enter(Entity(1, Role.PROCESS, "python", 0, 0, "python"))
        self.trace.enter(Entity(2, Role.THREAD, "main", 1, 2, "main", loop="live"))
        self.loop = flavour.loop(self.engine, 2)
        self.engine.spawn(2, self.loop, None, loop=True)
        self.log: list[tuple[Time, str, str]] = []

    def start(
        self, name: str, make: Callable[[Any], Body], *, by: LiveTask | None = None, at: Time = 0
    ) -> Any:
        """Start a task; ``make`` is called with it and gives its body."""
        by_id = by.id if by else 0
        return start(self.loop, self.flavour, name, make, by=by_id, arrival=at)

    def resource(self, kind: str, name: str, value: int = 0) -> Any:
        """Make something that its tasks share."""
        number = self.trace.resource(kind, name)
        return self.flavour.resources[kind](self.loop, number, value)

    def say(self, task: LiveTask, label: str) -> None:
        """Log ``label``."""
        self.log.append((self.engine.now, self.trace.entities[task.id].name, label))

    def run(self, *, most: int = 100_000, checked: bool = False) -> LoopMachine:
        """Run until nothing can happen any more; ``checked``: compare trace and engine on the way.

        A loop whose tasks wait for ever leaves its thread blocked, and the trace complete.
        """
        rows = 0
        while not self.trace.complete and len(self.trace) < most:
            rows = rows + 1 if checked else most
            self.engine.run(rows=rows)
            if checked:
                state = State.start(self.trace).forward(len(self.trace))
                assert state.facts() == facts(self.engine)
        return self

    def names(self, kind: Kind) -> list[str]:
        """Of whom there are rows of ``kind``, in order."""
        return [self.trace.entities[r.subject].name for r in self.trace.rows() if r.kind == kind]
