"""Simulated asyncio loops for tests: one that checks itself, and programs played on one."""

from __future__ import annotations

from schedsim.aio import SimLoop
from schedsim.engine.facts import facts
from schedsim.state import State


class CheckedLoop(SimLoop):
    """At each pass, state folded from the trace must equal what loop and engine know."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.start(self.thread.engine.trace)

    def wait(self, timeout: float | None) -> None:
        super().wait(timeout)
        engine = self.thread.engine
        assert self.state.forward(len(engine.trace)).facts() == facts(engine)
