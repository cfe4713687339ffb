"""What the commands of the user change: the meaning of ``COMMAND`` rows.

What a command does to the machine is the engine's; here is what is true afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from schedsim.attributes import changed
from schedsim.state.parts import Gil
from schedsim.state.transitions import forget_gil
from schedsim.trace import Reason, Role

if TYPE_CHECKING:
    from schedsim.state.state import State

CHANGES: Mapping[Reason, str] = {
    Reason.NICE: "nice",
    Reason.PRIORITY: "priority",
    Reason.TICKETS: "tickets",
}
"""Which attribute of a thread a command changes, by the reason of its row."""


def carry_out(state: State, reason: Reason, subject: int, arg: int) -> None:
    """What is true after the command that ``reason`` names."""
    if reason is Reason.YIELDING:
        state.unyielding = (
            set()
            if arg
            else {e.id for e in state.trace.entities[: len(state.status)] if e.cpu_heavy}
        )
    elif reason is Reason.PATCHING:
        state.patching = bool(arg)
    elif reason is Reason.CORES:
        more = arg - len(state.running)
        if more > 0:
            state.running += [0] * more
            state.switching += [False] * more
            state.core_since += [state.time] * more
            state.warm += [{} for _ in range(more)]
        state.online = arg
    elif reason is Reason.INTERVAL:
        state.switch_interval = arg
    elif reason is Reason.GIL_SWITCHED:
        _switch_gil(state, on=bool(arg))
    elif reason in (Reason.POLICY, Reason.SLICES):
        state.policy_number = arg
        if reason is Reason.POLICY:
            state.level.clear()
    elif reason in CHANGES:
        state.said[subject] = changed(state.attributes(subject), CHANGES[reason], arg)


def _switch_gil(state: State, *, on: bool) -> None:
    """From now on every process has one that nobody holds, or none has.

    One that is off is there as long as somebody waits for it, who is about to wake.
    """
    state.gil = on
    state.native.clear()
    for process, gil in list(state.gils.items()):
        gil.holder = gil.requested_by = 0
        forget_gil(state, process)
    if on:
        for entity in state.trace.entities[1 : len(state.status)]:
            if entity.role is Role.THREAD and entity.process not in state.gils:
                state.gils[entity.process] = Gil(since=state.time)
