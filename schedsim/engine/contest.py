"""Who takes a core from whom, where the policy preempts.

It is settled once an instant, when everything has happened and every core has decided, so that
neither the order of coinciding events nor that of cores plays a part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.policies.base import Policy

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine
    from schedsim.engine.records import Core, Thread


def contest(engine: Engine) -> None:
    """Let those who wait take the cores of those whom the policy puts behind them."""
    engine.contested = False
    for queue in engine.queues:
        line = queue.waiting
        if not (line and queue.preemptive):
            continue
        exact = queue.weighs_work or queue.accounts or not engine.pace.even
        if exact:
            engine.runners(queue)  # else only whoever has to leave is to be accounted for
        best = queue.best
        while line:  # pragma: no branch - whoever makes way comes into it
            if engine.pinned:
                taken = None
                for waiter in queue.queue():
                    taken = _weakest(engine, queue, waiter)
                    if taken is not None:
                        queue.take(waiter)
                        break
            else:
                waiter = best()
                taken = _weakest(engine, queue, waiter)
                if taken is not None:
                    queue.pick()
            if taken is None:
                break
            taken.next = waiter
            runner = taken.thread
            assert runner is not None, "it runs somebody"
            if not exact:
                runner.left -= engine.now - taken.start
            engine.take_off(taken)
            queue.preempt(runner)
            if engine.idle:
                engine.unsettled = True  # an idle core may take it over


def _weakest(engine: Engine, queue: Policy[Thread], waiter: Thread) -> Core | None:
    """The core of the last in order of all who are to make way for ``waiter``, if any.

    Among equals it is the core on which ``waiter`` ran last (as SimSo has it).  A core that pays
    for a context switch is not asked: nothing is decided meanwhile.
    """
    found: Core | None = None
    last: Thread | None = None
    beats, allowed = queue.beats, waiter.affinity
    for core in engine.cores:
        runner = core.thread
        if (
            runner is None
            or core.queue is not queue
            or core.switching
            or not (allowed & core.mask and beats(waiter, runner))
        ):
            continue
        if last is None or beats(last, runner) or (core is waiter.core and not beats(runner, last)):
            found, last = core, runner
    return found
