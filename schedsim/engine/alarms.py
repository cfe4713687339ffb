"""What happens by the clock alone: a boost, aging, the balancing of queues.

An alarm goes off only while something else is still to come, or somebody is held until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from schedsim.durations import Time
from schedsim.policies.base import UNLIMITED, Policy

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine
    from schedsim.engine.records import Core, Thread


def next_alarm(engine: Engine, event: Time = UNLIMITED) -> Time:
    """When a policy or the balance wants to be asked next, if at ``event`` something happens."""
    alarm = engine.balance.alarm(engine, event)
    for queue in engine.queues:
        alarm = min(alarm, queue.alarm)
    return alarm


def held(engine: Engine) -> bool:
    """Somebody is runnable, but held until an alarm."""
    return any(queue.holds for queue in engine.queues)


def ring(engine: Engine) -> None:
    """Ask those who set an alarm for now."""
    if engine.balance.rings:
        engine.balance.ring(engine)
    for queue in engine.queues:
        if queue.alarm > engine.now:
            continue
        cores = engine.runners(queue)
        runners = [core.thread for core in cores if core.thread is not None]
        if queue.ring_redecides:
            for runner in reversed(runners):  # so that the first of them is at the head
                queue.preempt(runner)
            for core in cores:
                engine.take_off(core)
        queue.ring(runners)
        if queue.ring_redecides and not engine.pinned:
            _hand_out(queue, cores)
        engine.unsettled = True


def _hand_out(queue: Policy[Thread], cores: Sequence[Core]) -> None:
    """Give the next threads of ``queue`` to ``cores``; whoever can stays where it was."""
    picked = dict.fromkeys(queue.pick() for _ in cores)
    for core in cores:
        if core.was in picked:
            core.next = core.was
            del picked[core.next]
    for core in cores:
        if core.next is None:
            core.next = next(iter(picked))
            del picked[core.next]
