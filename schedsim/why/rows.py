"""What each kind of row means: the table of them all, and :func:`explain`.

The words of each kind are in the other modules of this package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from schedsim.durations import Time
from schedsim.history import History
from schedsim.plain import plain
from schedsim.trace import Kind, Reason
from schedsim.why import (
    calls,
    cores,
    eager,
    gil,
    jobs,
    levels,
    lives,
    passes,
    policy_changes,
    resources,
    tasks,
    threads,
)
from schedsim.why.moment import Explanation, Moment
from schedsim.why.workers import begins_a_job


def explain(history: History, step: int, now: Time | None = None) -> Explanation:
    """Say why the last of the first ``step`` rows happened.

    Args:
        history: of the trace.
        step: how many rows have happened.
        now: the moment at which one asks, if it is later than the row: costs are counted to it.
    """
    if step <= 0:
        return Explanation("Nothing has happened yet.")
    row = history.trace.row(step - 1)
    moment = Moment(history, row, now)
    told = eager.told(moment) or _EXPLAIN[row.kind](moment)
    return told.finished()


def _mark(m: Moment) -> Explanation:
    label = plain(m.trace.labels[m.row.arg], 60)
    if begins_a_job(m):
        return Explanation(f"{m.name(m.row.subject)} begins with the job {label}.")
    return Explanation(f"{m.name(m.row.subject)} logs: {label}")


def _yielding(m: Moment) -> Explanation:
    if m.row.arg:
        return Explanation("You switched sleep(0) yielding of CPU-heavy work on.")
    return Explanation(
        "You switched sleep(0) yielding of CPU-heavy work off.",
        ("From now on it runs past its yields.",),
    )


def _injected(m: Moment) -> Explanation:
    return Explanation(f"You injected CPU-heavy work of {m.took(m.row.arg)}.")


_COMMANDS: Mapping[Reason, Callable[[Moment], Explanation]] = {
    Reason.YIELDING: _yielding,
    Reason.PATCHING: calls.patching,
    Reason.CORES: cores.command,
    Reason.INTERVAL: gil.command,
    Reason.INJECT: _injected,
    Reason.KILLED: lives.kill,
    Reason.NICE: lives.changed,
    Reason.PRIORITY: lives.changed,
    Reason.TICKETS: lives.changed,
    Reason.GIL_SWITCHED: gil.switched,
    Reason.POLICY: policy_changes.changed,
    Reason.SLICES: policy_changes.retimed,
}


def _command(m: Moment) -> Explanation:
    return _COMMANDS[m.row.reason](m)


_EXPLAIN: Mapping[Kind, Callable[[Moment], Explanation]] = {
    Kind.SPAWN: threads.spawn,
    Kind.WAKE: threads.wake,
    Kind.RUN: threads.core,
    Kind.SWITCH: threads.core,
    Kind.IDLE: threads.core,
    Kind.STARTED: threads.started,
    Kind.COMPUTE: tasks.compute,
    Kind.MARK: _mark,
    Kind.GIL_TAKE: gil.take,
    Kind.GIL_RELEASE: gil.release,
    Kind.GIL_REQUEST: gil.request,
    Kind.GIL_TIMEOUT: gil.timeout,
    Kind.TASK_RUN: tasks.task_run,
    Kind.LOOP_PASS: passes.begins,
    Kind.LOOP_WAIT: passes.waits,
    Kind.TASK_LEFT: passes.has_left,
    Kind.TASK_READY: tasks.task_ready,
    Kind.COMMAND: _command,
    Kind.LEVEL: levels.level,
    Kind.NEXT_JOB: jobs.next_job,
    Kind.ABORT: jobs.abort,
    Kind.MOVE: cores.move,
    Kind.LOCK: resources.lock,
    Kind.UNLOCK: resources.unlock,
    Kind.RESOURCE: resources.changed,
    Kind.CANCEL: tasks.cancelled,
    Kind.KILL: lives.ended,
    Kind.WARM: cores.warm,
    Kind.EVICT: cores.evict,
    Kind.REVERSED: tasks.reversed_batch,
}
