"""What is said of tasks and their loops: passes, turns, waits, and what a turn costs others."""

from __future__ import annotations

from schedsim.loops import LOOPS
from schedsim.state import Status
from schedsim.trace import NEVER, Kind, Reason, Role
from schedsim.why import c_calls, calls, lives
from schedsim.why.bodies import Body, awaits, body
from schedsim.why.left import task_left
from schedsim.why.moment import Explanation, Moment, count, plural, sentences
from schedsim.why.policies import because
from schedsim.why.wanted import left_at, wanted
from schedsim.why.workers import pickles

_HUBS = ("gevent", "eventlet")
"""Loops that resume a task at once, where others make it ready."""
_NO_WAITS = frozenset({Kind.LOCK, Kind.RESOURCE})
"""What a task may have awaited without having to wait."""
_LOOK_BACK = 64
"""Rows of a turn."""
_BETWEEN = 8
"""Rows that may lie between a dispatch and the computing that comes of it, for all we look."""


def compute(m: Moment) -> Explanation:
    """Somebody begins to compute, or a task to block its loop."""
    row = m.row
    entity, name = m.entity(row.subject), m.name(row.subject)
    length = m.took(row.arg)
    which = calls.called(m.trace, row.subject, row.other)
    if entity.role is Role.TASK and (which or row.reason is Reason.CALL):
        return calls.in_a_task(m)
    if row.reason in (Reason.HOLD, Reason.NATIVE):
        return c_calls.compute(m)
    if entity.role is Role.THREAD:
        gil = ("It holds the GIL while it runs Python code.",) if m.after.gils else ()
        return Explanation(f"{name} computes for {length}.", (*_why_here(m), *gil))
    held = m.now - m.after.since[row.subject]
    words = body(m.trace, entity)
    so_far = f" It has not {_has_not(m, words)} for {m.took(held)}." if held else ""
    return Explanation(
        f"{name} computes for {length}.{so_far}",
        (
            f"A {words.noun} gives the CPU back only {words.gives_back}.",
            *m.cost(entity.thread),
        ),
    )


def _has_not(m: Moment, words: Body) -> str:
    """What the task has not done in this turn: perhaps it has awaited what was there already."""
    own = m.history.rows_of(m.row.subject, m.row.n)
    n = m.history.preceding(own, m.row.n)
    for _ in range(_LOOK_BACK):
        row = m.trace.row(n) if n is not None else m.row
        if row.kind is Kind.TASK_RUN:
            break
        if row.kind in _NO_WAITS:
            return words.has_not_waited
        n = m.history.preceding(own, row.n)
    return words.has_not


def _why_here(m: Moment) -> tuple[str, ...]:
    """Why the thread that computes has its core, if it got that at this very instant."""
    for n in range(m.row.n - 1, max(0, m.row.n - _BETWEEN) - 1, -1):
        row = m.trace.row(n)
        if row.time != m.row.time:
            break
        if row.subject == m.row.subject and row.kind in (Kind.RUN, Kind.SWITCH):
            why = because(Moment(m.history, row, None))
            return (why,) if why else ()
    return ()


def task_run(m: Moment) -> Explanation:
    """The loop starts or resumes a task."""
    row = m.row
    thread = m.entity(row.subject).thread
    name = m.name(row.subject)
    why = m.before.why[row.subject]
    late = row.time - m.before.waits_since(row.subject)
    lateness = f", {m.took(late)} late" if late and why is Reason.TIMER else ""
    goes_on = {
        Reason.ARRIVED: f"The loop starts {name}",
        Reason.YIELD: f"The loop resumes {name}, which had only yielded",
        Reason.TIMER: f"The loop resumes {name}, whose wait is over{lateness}",
        Reason.JOINED: f"The loop resumes {name}: what it waited for is done",
        Reason.UNLOCKED: f"The loop resumes {name}: what it waited for is there",
        Reason.CANCELLED: f"The loop resumes {name}, which learns now that it was cancelled",
        Reason.TIMEOUT: f"The loop resumes {name}: its timeout is over",
        Reason.RELEASED: f"The loop resumes {name} for its next job{lateness}",
    }.get(why, f"The loop resumes {name}")
    return Explanation(
        sentences(task_left(m, thread), f"{goes_on}."),
        (*_resumed(m), *_queued(m, thread), *m.cost(thread)),
    )


def _queued(m: Moment, thread: int) -> tuple[str, ...]:
    """Who is behind the task that has its turn, which a hub may have switched to past all."""
    behind = len(m.after.loops[thread].ready)
    if not behind:
        return ()
    others = count(behind, "task")
    if next(iter(m.before.loops[thread].ready), 0) == m.row.subject:
        return (f"It was first in the ready queue; {others} behind it.",)
    return (f"It did not queue: {others} in the ready queue {plural(behind, 'wait')}.",)


def _resumed(m: Moment) -> tuple[str, ...]:
    """Where a task goes on, where its program is written in one of the styles."""
    task = m.row.subject
    entity, text = m.entity(task), m.step_text(task, m.before.pc[task])
    if entity.style == "steps" or not text:
        return ()
    if entity.style == "callback":
        return (f"The callback is called that was registered with {text}.",)
    return (f"It goes on where it stopped, at {text}.",)


_KILLS = {
    "gevent": "A callback of the hub throws GreenletExit into it; until then it goes on to wait.",
    "eventlet": "GreenletExit is thrown into it at once; who kills it goes on in the next pass.",
}


def cancelled(m: Moment) -> Explanation:
    """Somebody asks a task to end."""
    row = m.row
    if row.reason is Reason.CANCELLED:
        who = m.name(row.other) if row.other else "You"
        does = "kills" if row.other else "killed"
        return Explanation(
            f"{who} {does} {m.name(row.subject)}, which had not begun: it never does."
        )
    flavour = m.entity(m.entity(row.subject).thread).loop
    if row.other and flavour in _HUBS:
        return Explanation(f"{m.name(row.other)} kills {m.name(row.subject)}.", (_KILLS[flavour],))
    by = m.name(row.other) if row.other else "A timeout"
    if not row.other and lives.is_asked_by_user(m):
        by = "Your command"
    head = f"{by} cancels {m.name(row.subject)}."
    if row.other and m.after.status[row.other] is Status.DONE:  # its group does it
        head = f"{by} has failed, so {m.name(row.subject)} is cancelled."
    return Explanation(
        head,
        ("That runs nothing at once: it meets the exception where it is resumed next.",),
    )


def _made_ready(m: Moment) -> str:
    """A task is ready for another reason than time."""
    row, name = m.row, m.name(m.row.subject)
    number = m.before.waits_for.get(row.subject)
    what = f"what it {_awaited(m)}"
    if number is not None:
        wants = wanted(m.history, m.before, row.subject, left_at(m.history, m.before, row.subject))
        what = wants.says if wants.is_lock else m.resource(number)
    by = f" by {m.name(row.other)}" if row.other and row.other != row.subject else ""
    if row.reason is Reason.UNLOCKED and number is None:
        brought = f"{m.name(row.other)} has brought" if by else "There is now"
        return f"{brought} what {name} {_awaited(m)}: it is ready."
    return {
        Reason.CANCELLED: f"{name} was cancelled, so it is ready: to be told.",
        Reason.TIMEOUT: f"{name} has waited long enough for {what}: its timeout makes it ready.",
        Reason.UNLOCKED: f"{name} waited for {what}: it is woken{by}, and ready.",
    }.get(row.reason, f"{name} is ready: {what} is done.")


def _awaited(m: Moment) -> str:
    """What the task of the row did: only a coroutine has an ``await``."""
    return "awaited" if awaits(m.trace, m.entity(m.row.subject)) else "waited for"


def _joined(m: Moment, name: str) -> str:
    """Who has ended, or what it has done, that ``name`` awaited."""
    other = m.row.other
    if not other:
        return f"What it {_awaited(m)} is done, so {name}, which waited for that"
    by = m.name(other)
    alive = m.after.status[other] in (Status.SUSPENDED, Status.READY)
    if alive and m.entity(m.entity(m.row.subject).thread).loop in _HUBS:
        return f"{by} has met the exception, so {name}, which killed it"
    if pickles(m.trace, other):
        return f"{by} has brought the result, so {name}, which {_awaited(m)} that"
    if m.entity(other).role is Role.THREAD and m.after.status[other] is not Status.EXITED:
        return f"{by} has done its job, so {name}, which {_awaited(m)} that"
    return f"{by} is done, so {name}, which {_awaited(m)} it"


def task_ready(m: Moment) -> Explanation:
    """A task joins the ready queue."""
    row = m.row
    name = m.name(row.subject)
    flavour = m.entity(m.entity(row.subject).thread).loop
    if row.reason is Reason.JOINED:
        when = "resumed" if flavour in _HUBS else "ready for the next pass"
        return Explanation(f"{_joined(m, name)}, is {when}.")
    if row.reason is Reason.ARRIVED:
        when = "starts" if flavour in _HUBS else "is ready for the next pass"
        return Explanation(f"{name} arrives and {when}.")
    if row.reason is not Reason.TIMER:
        return Explanation(_made_ready(m))
    due = m.before.due[row.subject]
    late = row.time - due if due != NEVER else 0
    device = m.before.why[row.subject] is Reason.IO
    comes, ago = ("device has answered", "ago") if device else ("timer fires", "after it was due")
    if device and m.step_text(row.subject, m.before.pc[row.subject]).startswith("recv "):
        comes = "message has arrived"
    call = calls.called(m.trace, row.subject, m.before.pc[row.subject]) if device else ""
    if call:  # one that a patch has made cooperative
        comes = f"{call} can return"
    if flavour == "trio" and not device:
        comes = "deadline has come"
    lateness = f", {m.took(late)} {ago}" if late else ""
    then = "its future is set, and it is ready for the next pass"
    if flavour in _HUBS:
        then = "the hub switches to it at once"
    elif flavour == "trio" or (m.entity(row.subject).style != "steps" and LOOPS[flavour].style):
        then = "it is ready for the pass that begins"
    interrupts = "device" if device else "timer"
    rule = f"A {interrupts} cannot interrupt a task: the loop has to come round to it."
    return Explanation(f"{name}'s {comes}{lateness}: {then}.", (rule,) if late else ())


def reversed_batch(m: Moment) -> Explanation:
    """A loop of trio takes its batch from the other end."""
    return Explanation(
        f"{m.name(m.row.subject)}: the event loop takes what is ready in reverse order.",
        ("trio tosses a coin for every batch, so that nobody relies on the order of waking.",),
    )
