"""The state of the machine at a moment: a function of the trace, and of nothing else.

:func:`apply` is the whole meaning of a row.  The engine keeps records of its own for speed; that
both agree is a property test.  Everything a person sees is read from here.
"""

from schedsim.state.commands import CHANGES
from schedsim.state.parts import Gil, Loop, Resource
from schedsim.state.rows import apply
from schedsim.state.state import State
from schedsim.state.statuses import STAYS_RUNNABLE, Status

__all__ = ["CHANGES", "STAYS_RUNNABLE", "Gil", "Loop", "Resource", "State", "Status", "apply"]
