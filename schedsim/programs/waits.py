"""A wait that whoever carries out a body begins and ends, so that it needs no frame of its own.

What most tasks do most of the time is to sleep.  As a generator a sleep is kept with its frame, and
ends with an exception, for which Python makes objects of the frames around it, which stay.

What waits are made for is not known here: ``loops/`` make them.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeAlias

from schedsim.traps import Body, Trap


class Wait:
    """A body that traps once."""

    __slots__ = ()

    @abstractmethod
    def begin(self) -> Trap:
        """Arrange for its end: how its task is suspended."""

    @abstractmethod
    def end(self) -> None:
        """Its task goes on; raises what it is to meet, if anything."""

    @abstractmethod
    def leave(self) -> None:
        """Its task goes on with an error that was thrown into it."""

    def __iter__(self) -> Body:
        """It as a generator, for ``yield from``."""
        trap = self.begin()
        try:
            yield trap
        except BaseException:
            self.leave()
            raise
        self.end()


Performed: TypeAlias = Body | Wait | tuple[Trap, ...]
"""What carries out a step: a tuple is of one trap, which nothing follows, or of none."""
