"""What a user may do to a running machine, as values that can be saved and replayed.

A new command is a class in one of the modules (or a module) and a line here.
"""

from __future__ import annotations

from collections.abc import Mapping

from schedsim.commands.base import Command
from schedsim.commands.lives import (
    MOST_PRIORITY,
    MOST_TICKETS,
    NICE,
    REAL_TIME,
    Kill,
    SetNice,
    SetPriority,
    SetTickets,
)
from schedsim.commands.machine import SetCores, SetPatch, SetSwitchInterval
from schedsim.commands.rules import NO_QUANTUM, SetGil, SetPolicy, SetQuantum
from schedsim.commands.work import Inject, SetYielding

__all__ = [
    "COMMANDS",
    "MOST_PRIORITY",
    "MOST_TICKETS",
    "NICE",
    "NO_QUANTUM",
    "REAL_TIME",
    "Command",
    "Inject",
    "Kill",
    "SetCores",
    "SetGil",
    "SetNice",
    "SetPatch",
    "SetPolicy",
    "SetPriority",
    "SetQuantum",
    "SetSwitchInterval",
    "SetTickets",
    "SetYielding",
]

COMMANDS: Mapping[
    str,
    type[
        SetYielding
        | Inject
        | SetCores
        | SetSwitchInterval
        | SetPatch
        | SetGil
        | SetPolicy
        | SetQuantum
        | Kill
        | SetNice
        | SetPriority
        | SetTickets
    ],
] = {
    "yielding": SetYielding,
    "inject": Inject,
    "cores": SetCores,
    "switch_interval": SetSwitchInterval,
    "patch": SetPatch,
    "gil": SetGil,
    "policy": SetPolicy,
    "quantum": SetQuantum,
    "kill": Kill,
    "nice": SetNice,
    "priority": SetPriority,
    "tickets": SetTickets,
}
"""By the name under which a recording keeps them."""
