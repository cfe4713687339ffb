"""The GIL of every interpreter, switched off or on while the machine runs.

CPython's free-threaded build does so in life, with the world stopped: it imports an extension
module that needs the GIL and enables it (``_PyEval_EnableGILTransient``), and disables it again if
the module turns out to do without (``_PyEval_DisableGIL``; both in ``Python/ceval_gil.c``).

Off: whoever held it goes on without, and all who waited for it are runnable at once.  On: who runs
Python code on a core decides anew, the lowest core first, so that one keeps its core and the others
leave theirs and queue; who is in C code that does without, or waits for something, asks for it when
it is back.  In life the world stops only where each thread is at a check, so after the C calls that
hold the GIL have returned; here they are cut in two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from schedsim.engine.changeover import account, decide_anew
from schedsim.engine.lock import without_gil
from schedsim.trace import NEVER, Kind, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schedsim.engine.gil import Gil
    from schedsim.engine.kernel import Engine
    from schedsim.engine.records import Thread


def switch_off(engine: Engine, gils: Iterable[Gil]) -> None:
    """Nobody needs any of ``gils``, which are all there are, from now on."""
    waiting = [thread for gil in gils for thread in _forget(gil)]
    for thread in engine.threads.values():
        thread.gil = thread.own_gil = None
        thread.native = False
        thread.window += 1  # what was to be looked at is void
        if thread.retry is not None:
            without_gil(thread, thread.retry)
            thread.retry = None
    for thread in waiting:
        engine.trace.append(engine.now, Kind.WAKE, Reason.GIL_SWITCHED, subject=thread.id)
        engine.make_runnable(thread)


def _forget(gil: Gil) -> list[Thread]:
    """Let nothing be known of who holds it and wants it; tell who is to go on."""
    waiting = [*gil.waiters, *([gil.dropper] if gil.dropper else [])]
    gil.on = False
    gil.waiters.clear()
    gil.holder = gil.last = gil.dropper = gil.lingerer = None
    gil.requested = False
    gil.check = NEVER
    return waiting


def switch_on(engine: Engine, gils: Mapping[int, Gil]) -> None:
    """Threads need the GIL of the process they are in, ``gils`` by its entity, from now on."""
    for gil in gils.values():
        gil.on = True
    account(engine)
    for thread in engine.threads.values():
        thread.own_gil = gils[engine.trace.entities[thread.id].process]
        thread.gil = None if thread.outside else thread.own_gil
        if thread.outside:
            thread.native = True
            engine.trace.append(engine.now, Kind.GIL_RELEASE, Reason.NATIVE, subject=thread.id)
    for core in engine.cores:
        if core.thread is not None and not core.thread.outside:
            decide_anew(engine, core)
