"""The machine as a policy sees it: a clock, a number of cores, chance, and somewhere to report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.durations import Time
from schedsim.trace import Kind, Reason

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine
    from schedsim.engine.records import Thread


class View:
    """What a policy is attached to: see :class:`schedsim.policies.base.Machine`."""

    def __init__(self, engine: Engine, cores: int) -> None:
        self._engine = engine
        self.cores = cores

    @property
    def now(self) -> Time:
        """The present moment."""
        return self._engine.now

    def draw(self, below: int) -> int:
        """A number from 0 up to ``below``."""
        return self._engine.random.randrange(below)

    def set_level(self, thread: Thread, level: int, *, aged: bool = False) -> None:
        """Write down that ``thread`` now is at ``level``."""
        engine = self._engine
        reason = Reason.AGED if aged else Reason.ALLOTMENT
        if thread.id not in engine.levels and not aged:
            reason = Reason.ARRIVED
        engine.levels[thread.id] = level
        engine.trace.append(engine.now, Kind.LEVEL, reason, subject=thread.id, arg=level)

    def boosted(self, level: int) -> None:
        """Write down that everybody now is at ``level``."""
        engine = self._engine
        engine.levels = dict.fromkeys(engine.levels, level)
        engine.trace.append(engine.now, Kind.LEVEL, Reason.BOOST, arg=level)

    def reconsider(self) -> None:
        """Let those who wait take cores, if that is due."""
        self._engine.contested = True
