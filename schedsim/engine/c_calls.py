"""C calls that compute: those that keep the GIL to themselves, and those that do without it.

``HOLD``: a call such as ``sorted`` or a regular expression; there is no check for a drop request
before it returns (SEMANTICS.md G5).  ``NATIVE``: a call such as zlib or a matrix product, which
lets go of the GIL, keeps its core, and takes the GIL back when it returns (G6).  For who needs no
GIL both are plain computing; but it may need one by the time the call returns
(:mod:`schedsim.engine.gil_switch`).  Calls that block are waits, and not here.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from schedsim.durations import Time
from schedsim.trace import OTHER_SHIFT, Kind, Reason
from schedsim.traps import HOLD, NATIVE, Trap

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine
    from schedsim.engine.records import Thread


def begin(engine: Engine, thread: Thread, trap: int, length: Time | None) -> None:
    """Let ``thread`` compute for ``length`` in a C call; None: one has returned."""
    if length is None:
        return
    thread.left = length * thread.grain
    reason = Reason.HOLD if trap == HOLD else Reason.NATIVE
    if not thread.loop:
        engine.trace.append(
            engine.now,
            Kind.COMPUTE,
            reason,
            subject=thread.id,
            other=thread.pc_bits >> OTHER_SHIFT,
            arg=length,
        )
    gil = thread.gil
    if trap == HOLD:
        thread.in_call = True
        thread.resume = partial(_go_on, thread)
        return
    thread.outside = True
    thread.resume = partial(_take_back, thread)
    if gil is not None:
        thread.native = True
        gil.release(engine, thread, Reason.NATIVE)
        thread.gil = None


def abandon(thread: Thread) -> None:
    """Give up the call that ``thread`` is in, if it is in one."""
    if thread.in_call or thread.outside:
        _return(thread)


def _return(thread: Thread) -> None:
    thread.resume = thread.program.resume
    thread.in_call = thread.outside = False
    thread.gil = thread.own_gil


def _go_on(thread: Thread) -> Trap:
    _return(thread)
    return thread.resume()


def _take_back(thread: Thread) -> Trap:
    """The kernel takes the GIL back, or waits for it, before it asks what comes next."""
    _return(thread)
    return (NATIVE, None)
