"""Time slices of those who run, when somebody comes to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.durations import Time
from schedsim.engine import alarms
from schedsim.policies.base import Policy

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine
    from schedsim.engine.records import Core, Thread


def count(engine: Engine, queue: Policy[Thread]) -> None:
    """From now on somebody waits, so the slices of those who run matter again.

    While nobody waits a slice that is spent is followed by another, and a core computes to the
    end in one go; this finds the slices the running threads are in, and ends them in time.
    """
    if queue.counts_alone:
        return
    if queue.accounts:
        engine.runners(queue)
    for core in engine.cores:
        thread = core.thread
        if thread is None or core.switching or core.queue is not queue:
            continue
        behind = engine.now - core.slice_end
        if behind > 0:
            length = core.time_slice(thread)
            core.slice_end += -(-behind // length) * length
        _end_in_time(engine, core)


def resize(engine: Engine, queue: Policy[Thread]) -> None:
    """Let the slices of those who run be as long as they are with one more waiting."""
    for core in engine.runners(queue):
        assert core.thread is not None, "it runs somebody"
        core.slice_end = core.slice_start + core.time_slice(core.thread)
        _end_in_time(engine, core)


def renew(engine: Engine, core: Core, until: Time) -> None:
    """The slice on ``core`` is over and nobody waits: who runs goes on, in the next one.

    Where nothing can happen before ``until``, slices that are all alike are passed over, or a day
    of computing would be a hundred million of them.  Only while all other cores are idle: what
    happens on two cores at one instant happens in the order in which it was foreseen.
    """
    thread, queue = core.thread, core.queue
    assert thread is not None, "it runs somebody"
    queue.renew(thread)
    core.slice_start = engine.now
    length = core.time_slice(thread)
    until = min(until, engine.now + thread.left)
    if until > engine.now + length > engine.now and _is_alone(engine, core):
        heap = engine.agenda.heap
        until = min(until, alarms.next_alarm(engine), heap[0] if heap else until)
        passed = (until - engine.now - 1) // length * length
        if passed > 0 and queue.pass_over(thread, passed):
            core.slice_start += passed
    core.slice_end = core.slice_start + length


def _is_alone(engine: Engine, core: Core) -> bool:
    """Nobody else has a core."""
    return all(
        (other.thread is None and other.next is None) or other is core for other in engine.cores
    )


def _end_in_time(engine: Engine, core: Core) -> None:
    """Let a computing ``core`` decide when its slice is over, or now if that is past."""
    end = max(core.slice_end, engine.now)
    if core.end > end:
        engine.agenda.ends[core.end].remove(core)
        core.end = end
        engine.agenda.put(engine.agenda.ends, end, core)
