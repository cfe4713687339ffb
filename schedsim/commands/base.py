"""What a command is."""

from __future__ import annotations

from typing import Protocol

from schedsim.simulation import Simulation


class Command(Protocol):
    """Something done to a running machine."""

    def obey(self, simulation: Simulation) -> None:
        """Do it, now.

        Raises:
            ValueError: it does not fit this machine.
        """
