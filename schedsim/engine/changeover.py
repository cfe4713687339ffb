"""Another scheduling policy, or other slices, while the machine runs.

Who waits joins the run queue of the new policy in the order in which the old one shows it, each at
the core it waited for; who runs goes on, with a slice that begins now.  The accounts of the old
policy (levels, virtual times, passes, budgets) and its alarms are forgotten: under the new one
everybody is new.  What a thread says of itself stays, with the policy's defaults for the rest.

Which policies fit a machine is the business of :mod:`schedsim.commands`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from schedsim.durations import Time
from schedsim.engine import affinity
from schedsim.engine.pace import Pace
from schedsim.engine.view import View
from schedsim.policies.base import Policy
from schedsim.trace import NEVER

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine
    from schedsim.engine.records import Core, Thread


def set_policy(engine: Engine, make: Callable[[], Policy[Thread]]) -> None:
    """Let what ``make`` makes serve the machine from now on, one for each run queue there is."""
    account(engine)
    lines = [tuple(queue.queue()) for queue in engine.queues]
    aborted = engine.policy.abort_on_miss
    _install(engine, make)
    for thread in engine.threads.values():
        thread.seat = thread.queue = None
    for core in engine.cores:
        for one in (core.thread, core.next):
            if one is not None:
                one.queue = core.queue
                core.queue.enqueue(one)
                core.queue.take(one)
    for queue, line in zip(engine.queues, lines, strict=True):
        for thread in line:
            thread.queue = queue
            queue.enqueue(thread)
    for core in engine.cores:
        if core.thread is not None and not core.switching:
            core.slice_start = engine.now
            core.slice_end = engine.now + core.time_slice(core.thread)
            decide_anew(engine, core)
    _set_deadlines(engine, aborted=aborted)
    engine.unsettled = True
    engine.contested = engine.policy.preemptive


def _install(engine: Engine, make: Callable[[], Policy[Thread]]) -> None:
    """Make the new run queues, and let the cores take from them."""
    cores = 1 if engine.balance.per_core else engine.online
    old = {queue: make() for queue in engine.queues}
    for queue in old.values():
        queue.attach(View(engine, cores))
    for core in engine.cores:
        core.serve(old[core.queue])
    engine.make_policy = make
    engine.queues[:] = old.values()
    engine.policy = engine.queues[0]
    engine.levels = {}
    if engine.pinned:
        affinity.respect(engine)
    if engine.policy.full_quantum and engine.pace.even:
        engine.pace = Pace(engine.trace)


def _set_deadlines(engine: Engine, *, aborted: bool) -> None:
    """Let jobs under way be given up at their deadlines, or no longer."""
    if not engine.policy.abort_on_miss:
        engine.agenda.deadlines.clear()  # the instants stay, with nothing to do
    elif not aborted:
        for thread in engine.threads.values():
            due = thread.deadline
            under_way = thread.arrived and not (thread.ended or thread.releasing)
            if under_way and due is not None and due > engine.now:
                engine.give_up_at(due, thread)


def set_slices(engine: Engine, length: Time | Sequence[Time]) -> None:
    """Let slices that begin from now on be so long; those under way end when they were to."""
    account(engine)
    for queue in engine.queues:
        queue.retime(length)


def account(engine: Engine) -> None:
    """Bring the accounts of all who compute up to now."""
    for core in engine.cores:
        if core.thread is not None and not core.switching and core.end != NEVER:
            engine.pace.account(core, engine.now)
            core.start = engine.now


def decide_anew(engine: Engine, core: Core) -> None:
    """Let a core that computes decide now, unless it does so anyway at this instant."""
    if not core.switching and core.end > engine.now:
        engine.cut_short(core)
