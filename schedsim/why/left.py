"""What is said of how somebody left: a thread its core, a task the hand of its loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from schedsim.plain import plain
from schedsim.policies.defaults import slices
from schedsim.trace import Kind, Reason, Role
from schedsim.why import calls, jobs, lives
from schedsim.why.bodies import awaits
from schedsim.why.moment import Moment
from schedsim.why.wanted import wanted
from schedsim.why.workers import pickles

_Says: TypeAlias = Callable[[Moment, int], str]
"""A sentence about the thread or task that left by the row."""


def thread_left(m: Moment) -> str:
    """How the thread that was on the row's core left it."""
    thread = m.before.running[m.row.core]
    if not thread or m.row.reason is Reason.NONE:
        return ""
    says = _THREAD.get(m.row.reason)
    return says(m, thread) if says else f"{m.name(thread)} leaves its core."


def task_left(m: Moment, thread: int) -> str:
    """How the task that the loop in ``thread`` had in hand left it."""
    task = m.before.loops[thread].current
    if not task or m.row.reason is Reason.NONE:
        return ""
    says = _TASK.get(m.row.reason)
    return says(m, task) if says else f"{m.name(task)} leaves the loop."


def _until(m: Moment) -> str:
    return f"until {m.took(m.row.arg)}" if m.row.arg > 0 else "until it is woken"


def _ran(m: Moment) -> str:
    """How long the thread had its core."""
    return m.took(m.row.time - m.before.core_since[m.row.core])


def _error(m: Moment, who: int) -> str:
    """With which exception it has failed: the last line of its traceback."""
    told = m.trace.failures.get(who)
    return f": {plain(told.splitlines()[-1], 120).rstrip('.')}" if told else ""


def _killed(m: Moment, who: int) -> str:
    where = "in the hand of its loop" if m.entity(who).role is Role.TASK else "on its core"
    return f"{m.name(who)} ended {where}: its process {m.name(lives.home(m, who))} was killed."


def _spent(m: Moment, thread: int) -> str:
    """Its time slice is over; called its quantum only where that is how long it has run.

    Who had nobody to give way to has run for several in a row; who lost its core in one, or waited,
    may have had only the rest of it.
    """
    ran = m.row.time - m.before.core_since[m.row.core]
    policy = m.before.policy
    word, length = slices(policy.name, policy.parameters, policy.cores)
    whole = length if isinstance(length, Sequence) else [length]
    what = "quantum is spent" if word == "quantum" and ran in whole else "time slice is over"
    return f"{m.name(thread)} has run for {_ran(m)}: its {what}, and others are runnable."


def _preempted(m: Moment, thread: int) -> str:
    name = m.name(thread)
    begun = m.row.time > m.before.core_since[m.row.core] and not m.before.switching[m.row.core]
    after = f" after {_ran(m)}" if begun else " before it has run"
    if m.row.subject and m.row.subject != thread:
        return f"{m.name(m.row.subject)} takes the core from {name}{after}."
    return f"{name} loses its core{after}."


def _wants_gil(m: Moment, thread: int) -> str:
    gil = m.after.gils[m.entity(thread).process]
    held = f", which {m.name(gil.holder)} holds" if gil.holder else ""
    return f"{m.name(thread)} needs the GIL{held}: it waits, without a core."


def _wants_resource(m: Moment, who: int) -> str:
    kind = m.trace.resources[m.row.arg].kind
    if kind == "pool":
        return f"{m.name(who)} is idle: {m.resource(m.row.arg)} has no job for it."
    wants = wanted(m.history, m.after, who, m.row.n)
    if not wants.is_lock:
        return f"{m.name(who)} waits for {wants.says}."
    holder, lock = m.after.resources[m.row.arg].holder, wants.says
    if holder == who:
        return f"{m.name(who)} waits for {lock}, which it holds itself: for ever."
    held = f", which {m.name(holder)} holds" if holder else ""
    if not holder and m.entity(who).role is Role.TASK:  # as asyncio's: who was woken has it next
        held = ", which is free: but others came before"
    return f"{m.name(who)} waits for {lock}{held}."


_THREAD: Mapping[Reason, _Says] = {
    Reason.QUANTUM: _spent,
    Reason.YIELD: lambda m, t: (
        f"{m.name(t)} gives up its turn and goes to the end of the run queue."
        if m.policy in ("fifo", "round_robin")
        else f"{m.name(t)} gives up its turn and goes back to the run queue."
    ),
    Reason.SLEEP: lambda m, t: f"{m.name(t)} sleeps {_until(m)}: a sleeping thread needs no core.",
    Reason.IO: lambda m, t: (
        f"{m.name(t)} waits for a device {_until(m)}: it needs no core meanwhile."
    ),
    Reason.CALL: lambda m, t: (
        f"{m.name(t)} is blocked in {calls.of_thread(m, t) or 'a blocking call'} {_until(m)}."
    ),
    Reason.JOIN: lambda m, t: f"{m.name(t)} waits for others to end.",
    Reason.GIL: _wants_gil,
    Reason.FORCED_SWITCH: lambda m, t: (
        f"{m.name(t)} has dropped the GIL and now waits until somebody else has taken it."
    ),
    Reason.SELECT: lambda m, t: (
        f"The event loop in {m.name(t)} has nothing ready: it waits {_until(m)}."
    ),
    Reason.EXIT: lambda m, t: f"{m.name(t)} has ended.{jobs.how_late(m, t)}",
    Reason.FAILED: lambda m, t: f"{m.name(t)} has failed{_error(m, t)}.",
    Reason.KILLED: _killed,
    Reason.PREEMPTED: _preempted,
    Reason.LOCK: _wants_resource,
    Reason.AWAIT: lambda m, t: (
        f"{m.name(t)} is idle: there is nothing to pickle, and nothing has come back."
        if pickles(m.trace, t)
        else f"{m.name(t)} waits for a job that it gave to a pool."
    ),
    Reason.PERIOD: jobs.done,
    Reason.OFFLINE: lambda m, t: (
        f"{m.name(t)} loses core {m.row.core}, which is taken away, and is back in the run queue."
    ),
    Reason.THROTTLED: lambda m, t: (
        f"{m.name(t)} has used up its budget, which is filled again {m.moment(m.row.arg)}."
    ),
}


def _after(m: Moment, task: int) -> str:
    """After how long a turn."""
    thread = m.entity(task).thread
    ran = m.row.time - m.before.since[task]
    after = f" after {m.took(ran)}" if ran else ""
    if m.before.since[thread] > m.before.since[task]:
        after += ", not all of it on the core"
    return after


def _patched(m: Moment, task: int) -> str:
    """That it waits in a call which a patch has made cooperative, if it does."""
    says = calls.patched_wait(m, task)
    return f"{says}, until {m.took(m.row.arg)}" if says else ""


def _comes(m: Moment, task: int) -> str:
    """For what a task waits that comes from outside."""
    reads = m.step_text(task, m.row.other).startswith("recv ")
    return "a message arrives" if reads else "a device answers"


def _how(m: Moment, task: int) -> str:
    """By what it yields: in trio whatever could have waited is a checkpoint."""
    flavour = m.entity(m.entity(task).thread).loop
    if flavour == "eventlet" and m.trace.row(m.row.n - 1).kind is Kind.CANCEL:
        return "to whom it kills"
    asked = m.step_text(task, m.row.other).startswith(("yield", "sleep"))
    return "a checkpoint" if flavour == "trio" and not asked else "sleep(0)"


def _awaits(m: Moment, task: int) -> str:
    """What a task does that waits: only a coroutine has an ``await``."""
    return "awaits" if awaits(m.trace, m.entity(task)) else "waits for"


def _lock_of_task(m: Moment, task: int) -> str:
    return f"{_wants_resource(m, task)} It is suspended{_after(m, task)}."


_TASK: Mapping[Reason, _Says] = {
    Reason.YIELD: lambda m, t: (
        f"{m.name(t)} yields ({_how(m, t)}){_after(m, t)}: to the end of the ready queue."
    ),
    Reason.SLEEP: lambda m, t: (
        f"{m.name(t)} is suspended{_after(m, t)}: "
        f"{_patched(m, t) or f'it sleeps until {m.took(m.row.arg)}'}."
    ),
    Reason.IO: lambda m, t: (
        f"{m.name(t)} is suspended{_after(m, t)}: "
        f"{_patched(m, t) or f'{_comes(m, t)} at {m.took(m.row.arg)}'}."
    ),
    Reason.JOIN: lambda m, t: (
        f"{m.name(t)} is suspended{_after(m, t)}: it {_awaits(m, t)} another task."
    ),
    Reason.LOCK: _lock_of_task,
    Reason.PERIOD: lambda m, t: (
        f"{m.name(t)} is suspended{_after(m, t)}: its next job begins at {m.took(m.row.arg)}."
    ),
    Reason.AWAIT: lambda m, t: (
        f"{m.name(t)} is suspended{_after(m, t)}: what it {_awaits(m, t)} is not done."
    ),
    Reason.EXIT: lambda m, t: f"{m.name(t)} is done{_after(m, t)}.",
    Reason.FAILED: lambda m, t: f"{m.name(t)} has failed{_after(m, t)}{_error(m, t)}.",
    Reason.KILLED: _killed,
    Reason.CANCELLED: lambda m, t: f"{m.name(t)} ends{_after(m, t)}: it was cancelled.",
}
