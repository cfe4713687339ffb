"""Does the simulator do what was measured?  Targets, each with what it says and what comes out.

A target builds a small scenario, runs it, and compares figures of the trace with what real
programs did (SEMANTICS.md, part D).  Nothing is tuned here: what is fitted is said where it is
defined.  A new target is a function in one of the modules, and a line in its table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from schedsim.validate import costs, gil, loops, machine, order
from schedsim.validate.checks import Check

__all__ = ["TARGETS", "Check"]

_ALL = {
    **gil.TARGETS,
    **loops.TARGETS,
    **order.TARGETS,
    **costs.TARGETS,
    **machine.TARGETS,
}


def _place(id: str) -> tuple[str, int, str]:
    digits = "".join(filter(str.isdigit, id))
    return (id[0], int(digits), id)


TARGETS: Mapping[str, Callable[[], Iterator[Check]]] = {
    id: _ALL[id] for id in sorted(_ALL, key=_place)
}
"""By their names in the specification, in its order."""
