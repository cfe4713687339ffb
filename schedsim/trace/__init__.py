"""The trace: the append-only record of everything that happened in a run.

A row is one thing that happened at one instant, with its reason.  What a row does to the state is
in :mod:`schedsim.state`; what it means to a person is above.
"""

from schedsim.trace.codes import (
    CORE_MASK,
    CORE_SHIFT,
    ENTITY_MASK,
    KIND_MASK,
    MOST_CORES,
    MOST_ENTITIES,
    NEVER,
    OTHER_SHIFT,
    REASON_SHIFT,
    SUBJECT_SHIFT,
)
from schedsim.trace.entity import Entity, Listing, Role
from schedsim.trace.kinds import KINDS, TAKES_FROM_LOOP, TAKES_OFF_CORE, Kind
from schedsim.trace.reasons import ENDS, REASONS, Reason
from schedsim.trace.trace import InForce, Resource, Row, Trace

__all__ = [
    "CORE_MASK",
    "CORE_SHIFT",
    "ENDS",
    "ENTITY_MASK",
    "Entity",
    "InForce",
    "KINDS",
    "KIND_MASK",
    "Kind",
    "Listing",
    "MOST_CORES",
    "MOST_ENTITIES",
    "NEVER",
    "OTHER_SHIFT",
    "REASONS",
    "REASON_SHIFT",
    "Reason",
    "Resource",
    "Role",
    "Row",
    "SUBJECT_SHIFT",
    "TAKES_FROM_LOOP",
    "TAKES_OFF_CORE",
    "Trace",
]
