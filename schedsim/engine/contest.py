"""Who takes a core from whom, where the policy preempts.

It is settled once an instant, when everything has happened and every core has decided, so that
neither the order of coinciding events nor that of cores plays a part.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from schedsim.policies.base import Policy
from schedsim.trace import NEVER

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine
    from schedsim.engine.records import Core, Thread


def contest(engine: Engine) -> None:
    """Let those who wait take the cores of those whom the policy puts behind them."""
    engine.contested = False
    for queue in engine.queues:
        line = queue.waiting
        if not (queue.preemptive and line):
            continue
        cores = _busy(engine, queue)
        best = queue.best
        while line and cores:
            taken = None
            if engine.pinned:
                for waiter in queue.queue():
                    taken = _weakest(queue, waiter, cores)
                    if taken is not None:
                        break
            else:
                waiter = best()
                taken = _weakest(queue, waiter, cores)
            if taken is None:
                break
            queue.take(waiter)
            taken.next = waiter
            runner = taken.thread
            assert runner is not None, "it runs somebody"
            if taken.end != NEVER:
                engine.pace.account(taken, engine.now)
                taken.start = engine.now
            engine.take_off(taken)
            queue.preempt(runner)
            if engine.idle:
                engine.unsettled = True  # an idle core may take it over
            cores.remove(taken)


def _busy(engine: Engine, queue: Policy[Thread]) -> list[Core]:
    """The cores that compute for threads of ``queue``.

    Their accounts are brought up to now, unless it says nothing who has how much left: then only
    whoever has to leave is.
    """
    if queue.weighs_work or queue.accounts or not engine.pace.even:
        return engine.runners(queue)
    return [
        core
        for core in engine.cores
        if core.thread is not None and core.queue is queue and not core.switching
    ]


def _weakest(queue: Policy[Thread], waiter: Thread, cores: Iterable[Core]) -> Core | None:
    """The core of the last in order of all who are to make way for ``waiter``, if any.

    Among equals it is the core on which ``waiter`` ran last (as SimSo has it).
    """
    found: Core | None = None
    last: Thread | None = None
    beats, allowed = queue.beats, waiter.affinity
    for core in cores:
        runner = core.thread
        assert runner is not None, "it runs somebody"
        if not allowed & core.mask or not beats(waiter, runner):
            continue
        if last is None or beats(last, runner) or (core is waiter.core and not beats(runner, last)):
            found, last = core, runner
    return found
