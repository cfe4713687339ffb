"""The lanes of a trace: what each core, GIL, thread and task is doing since when.

A lane is parallel arrays: where a slice starts, in which :class:`Situation` it is, and how much of
the lane was RUNNING before it.  How lanes are read is in :mod:`schedsim.timeline`.
"""

from schedsim.lanes.lane import Lane
from schedsim.lanes.lanes import Lanes
from schedsim.lanes.present import present
from schedsim.lanes.situations import DEPENDS, Situation, together

__all__ = ["DEPENDS", "Lane", "Lanes", "Situation", "present", "together"]
