"""Questions about a run: "who is next, and why?", from its trace alone.

A decision is worth asking about where two or more want the same core, GIL or turn, and where
trace and state bear out by what it is made.  Keeping what one has is an answer too: nobody takes
the core from whoever has it, a task runs past its yield, a C call keeps the GIL.  Where chance
decides, that is the answer.

A policy that is not in :data:`schedsim.questions.policies.RULES` is asked nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from schedsim.history import History
from schedsim.questions import cores, gils, loops
from schedsim.questions.base import CHANCE, Place, Question
from schedsim.state import State
from schedsim.trace import Kind, Row
from schedsim.why.moment import Moment

__all__ = ["CHANCE", "Place", "Question", "next_question"]


class _Decisions(Protocol):
    """What a module about one kind of decision offers."""

    def worth(self, state: State, row: Row) -> bool: ...

    def question(self, m: Moment) -> Question | None: ...


_OF: Mapping[Kind, _Decisions] = {
    Kind.RUN: cores,
    Kind.SWITCH: cores,
    Kind.WAKE: cores,
    Kind.GIL_RELEASE: gils,
    Kind.GIL_REQUEST: gils,
    Kind.TASK_RUN: loops,
    Kind.COMPUTE: loops,
}
"""Which rows may be decisions, and of what."""


def next_question(history: History, step: int, stop: int | None = None) -> Question | None:
    """The first question to be asked after ``step`` rows or later; None if there is none.

    Only what has been executed is looked at.  To be asked the next one, go on from where the one
    before ``reveals`` its answer.

    Args:
        history: of the trace.
        step: how many rows have happened at least.
        stop: look no further than so many rows.
    """
    state = history.state_at(step).copy()
    for row in history.trace.rows(step, stop):
        kind = _OF.get(row.kind)
        if kind is not None and kind.worth(state, row):
            found = kind.question(Moment(history, row, None))
            if found is not None and found.step >= step:
                return found
        state.forward(row.n + 1)
    return None
