"""Why it happened: what one row of the trace means, in sentences.

:func:`explain` gives a headline (what just happened, and why) and details (the rule behind it,
and what it costs whom).  Everything is read from the trace and the states before and after the
row.  Names come out fit for a terminal.  Numbers over whole runs are in
:mod:`schedsim.metrics`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from schedsim.durations import Time, format_duration
from schedsim.history import History
from schedsim.ops.blocking_calls import BLOCKING_CALLS
from schedsim.plain import plain
from schedsim.state import State, Status
from schedsim.trace import NEVER, Entity, Kind, Reason, Role, Row

_LONGEST_NAME = 32
_MOST_NAMES = 4


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a step means."""

    headline: str
    details: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All of it as one paragraph."""
        return " ".join((self.headline, *self.details))


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
    moment = _Moment(history, row, now)
    return _EXPLAIN[row.kind](moment)


class _Moment:
    """A row with the states on both sides of it, and words for what it names."""

    def __init__(self, history: History, row: Row, now: Time | None) -> None:
        self.history = history
        self.trace = history.trace
        self.row = row
        self.before = history.state_at(row.n)
        self.after: State = history.state_at(row.n + 1)
        self.now = row.time if now is None else max(now, row.time)

    # -- words ----------------------------------------------------------------------------

    def entity(self, number: int) -> Entity:
        return self.trace.entities[number]

    def name(self, number: int) -> str:
        return plain(self.entity(number).name, _LONGEST_NAME)

    def names(self, numbers: list[int]) -> str:
        shown = [self.name(number) for number in numbers[:_MOST_NAMES]]
        more = len(numbers) - len(shown)
        if more:
            return f"{', '.join(shown)} and {more} more"
        return " and ".join([", ".join(shown[:-1]), shown[-1]] if shown[1:] else shown)

    def took(self, time: Time) -> str:
        return format_duration(time, self.trace.unit)

    def moment(self, time: Time) -> str:
        return f"at {format_duration(time, self.trace.unit)}"

    def home(self, number: int) -> str:
        """The process and thread that ``number`` lives in."""
        entity = self.entity(number)
        thread = f"/{self.name(entity.thread)}" if entity.role is Role.TASK else ""
        return f"{self.name(entity.process)}{thread}"

    def step_text(self, number: int, pc: int) -> str:
        """The line of its program that ``number`` is at."""
        listing = self.entity(number).listing
        line = listing.line(pc) if listing else None
        return plain(listing.lines[line].strip(), 60) if listing and line is not None else ""

    # -- who waits ------------------------------------------------------------------------

    def waiting_tasks(self, thread: int) -> list[tuple[Time, int]]:
        """Tasks of the loop in ``thread`` that could go on, with how long they have waited."""
        state = self.after
        found = []
        for entity in self.trace.entities[1 : len(state.status)]:
            if entity.role is not Role.TASK or entity.thread != thread:
                continue
            status, due = state.status[entity.id], state.due[entity.id]
            if status is Status.READY:
                found.append((self.now - state.waits_since(entity.id), entity.id))
            elif status is Status.SUSPENDED and NEVER != due <= self.now:
                found.append((self.now - due, entity.id))
        return sorted(found, key=lambda wait: (-wait[0], wait[1]))

    def cost(self, thread: int) -> tuple[str, ...]:
        """What the task in hand costs the others of its loop."""
        waits = [(time, task) for time, task in self.waiting_tasks(thread) if time > 0]
        if not waits:
            return ()
        told = [f"{self.name(task)} {self.took(time)}" for time, task in waits[:_MOST_NAMES]]
        more = f" and {len(waits) - len(told)} more" if len(waits) > len(told) else ""
        return (f"Ready and kept waiting so far: {', '.join(told)}{more}.",)

    # -- how somebody left ----------------------------------------------------------------

    def thread_left(self) -> str:
        """How the thread that was on this row's core left it."""
        row = self.row
        thread = self.before.running[row.core]
        if not thread or row.reason is Reason.NONE:
            return ""
        name = self.name(thread)
        until = f"until {self.took(row.arg)}" if row.arg > 0 else "until it is woken"
        ran = self.took(row.time - self.before.core_since[row.core])
        holder = 0
        gil = self.after.gils.get(self.entity(thread).process)
        if gil is not None:
            holder = gil.holder
        return {
            Reason.QUANTUM: f"{name}'s quantum is spent after {ran}, and others are runnable.",
            Reason.YIELD: f"{name} gives up its turn and goes to the end of the run queue.",
            Reason.SLEEP: f"{name} sleeps {until}: a sleeping thread needs no core.",
            Reason.IO: f"{name} waits for a device {until}: it needs no core meanwhile.",
            Reason.CALL: f"{name} is blocked in a blocking call {until}.",
            Reason.JOIN: f"{name} waits for others to end.",
            Reason.GIL: f"{name} needs the GIL, which {self.name(holder)} holds: it waits, "
            "without a core.",
            Reason.FORCED_SWITCH: f"{name} has dropped the GIL and now waits until somebody else "
            "has taken it.",
            Reason.SELECT: f"The event loop in {name} has nothing ready: it waits {until}.",
            Reason.EXIT: f"{name} has ended.",
        }.get(row.reason, "")

    def task_left(self, thread: int) -> str:
        """How the task that the loop in ``thread`` had in hand left it."""
        row = self.row
        task = self.before.loops[thread].current
        if not task or row.reason is Reason.NONE:
            return ""
        name = self.name(task)
        ran = row.time - self.before.since[task]
        after = f" after {self.took(ran)}" if ran else ""
        return {
            Reason.YIELD: f"{name} yields (sleep(0)){after}: to the end of the ready queue.",
            Reason.SLEEP: f"{name} is suspended{after}: it sleeps until {self.took(row.arg)}.",
            Reason.IO: f"{name} is suspended{after}: a device answers at {self.took(row.arg)}.",
            Reason.JOIN: f"{name} is suspended{after}: it awaits another task.",
            Reason.EXIT: f"{name} is done{after}.",
        }.get(row.reason, "")


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _spawn(m: _Moment) -> Explanation:
    row = m.row
    entity = m.entity(row.subject)
    what = "task" if entity.role is Role.TASK else "thread"
    by = f"{m.name(row.other)} starts the" if row.other else "There is a"
    kind = f"{by} {what} {m.name(row.subject)}"
    if row.arg > row.time:
        return Explanation(f"{kind} in {m.home(row.subject)}; it arrives {m.moment(row.arg)}.")
    queue = "the ready queue of its loop" if entity.role is Role.TASK else "the run queue"
    return Explanation(f"{kind} in {m.home(row.subject)}: it joins {queue}.")


def _wake(m: _Moment) -> Explanation:
    row = m.row
    name = m.name(row.subject)
    was = m.before.why[row.subject]
    over = {
        Reason.SLEEP: f"{name}'s sleep is over",
        Reason.IO: f"The device {name} waited for is done",
        Reason.CALL: f"The blocking call of {name} returns",
        Reason.SELECT: f"The next timer of the loop in {name} is due",
    }
    why = {
        Reason.ARRIVED: f"{name} arrives",
        Reason.TIMER: over.get(was, f"What {name} waited for is there"),
        Reason.JOINED: f"{m.name(row.other)} has ended, and {name} waited for that"
        if row.other
        else "",
        Reason.POKED: f"The loop in {name} is given work from outside",
    }.get(row.reason, name)
    details = []
    if 0 in m.before.running:
        details.append("A core is idle, so it can run at once.")
    else:
        ahead = len(m.before.run_queue)
        details.append(f"Every core is busy: {_count(ahead, 'thread')} before it in the run queue.")
    gil = m.after.gils.get(m.entity(row.subject).process)
    if gil is not None and gil.holder:
        details.append(
            f"To run Python it will also need the GIL, which {m.name(gil.holder)} holds."
        )
    return Explanation(f"{why}: it is runnable.", tuple(details))


def _core(m: _Moment) -> Explanation:
    row = m.row
    left = m.thread_left()
    core = f"core {row.core}"
    was_there = m.before.running[row.core]
    if row.kind is Kind.IDLE:
        rest = f"{core.capitalize()} is idle: nobody is runnable."
        if m.after.run_queue:
            rest = f"{core.capitalize()} is idle: who is runnable starts on another core."
        details: tuple[str, ...] = ()
        if row.reason is Reason.GIL:
            interval = m.took(m.trace.switch_interval)
            details = (f"It waits one switch interval ({interval}) before it asks for the GIL.",)
        elif row.reason is Reason.CALL:
            details = _blocked_loop(m, was_there)
        return Explanation(_sentences(left, rest), details)
    name = m.name(row.subject)
    if row.subject == was_there:
        return Explanation(_sentences(left, f"Nobody else is runnable: {name} goes on."))
    waited = row.time - m.before.since[row.subject]
    first = "" if was_there or not waited else f"{core.capitalize()} was idle."
    how = f"after waiting {m.took(waited)}" if waited else "without waiting"
    behind = len(m.after.run_queue)
    queue = (
        f"It was first in the run queue; {_count(behind, 'thread')} still in it." if behind else ""
    )
    verb = "begins the context switch to" if row.kind is Kind.SWITCH else "runs"
    extra = _blocked_loop(m, was_there) if row.reason is Reason.CALL else ()
    return Explanation(
        _sentences(left, first, f"{core.capitalize()} {verb} {name}, {how}."),
        (*((queue,) if queue else ()), *extra),
    )


def _blocked_loop(m: _Moment, thread: int) -> tuple[str, ...]:
    loop = m.before.loops.get(thread)
    if loop is None or not loop.current:
        return ("Other threads can have the GIL meanwhile.",) if m.before.gils else ()
    who = m.name(loop.current)
    return (f"{who} called it in a coroutine: its whole loop is blocked; other threads can run.",)


def _started(m: _Moment) -> Explanation:
    paid = m.took(m.row.time - m.before.core_since[m.row.core])
    return Explanation(
        f"The context switch on core {m.row.core} is paid ({paid}): {m.name(m.row.subject)} runs."
    )


def _compute(m: _Moment) -> Explanation:
    row = m.row
    entity, name = m.entity(row.subject), m.name(row.subject)
    length = m.took(row.arg)
    if row.reason is Reason.CALL:
        text = m.step_text(row.subject, row.other)
        called = text.split()[1] if len(text.split()) > 1 else "a function"
        instead = BLOCKING_CALLS[called].asyncio if called in BLOCKING_CALLS else "its async form"
        return Explanation(
            f"{name} calls {called} ({length}) inside a coroutine: a blocking call.",
            (
                "It does not give control back: no other task of this loop runs until it returns.",
                f"Instead: {instead}.",
                *m.cost(entity.thread),
            ),
        )
    if entity.role is Role.THREAD:
        details = ("It holds the GIL while it runs Python code.",) if m.after.gils else ()
        return Explanation(f"{name} computes for {length}.", details)
    held = m.now - m.after.since[row.subject]
    so_far = f" It has not awaited anything for {m.took(held)}." if held else ""
    return Explanation(
        f"{name} computes for {length}.{so_far}",
        (
            "A coroutine gives the CPU back only where it awaits something unfinished.",
            *m.cost(entity.thread),
        ),
    )


def _mark(m: _Moment) -> Explanation:
    label = plain(m.trace.labels[m.row.arg], 60)
    return Explanation(f"{m.name(m.row.subject)} logs: {label}")


def _gil_take(m: _Moment) -> Explanation:
    row = m.row
    gil = m.before.gils[m.entity(row.subject).process]
    details = ["Only its holder runs Python code in this process."]
    if row.other:
        details.insert(0, f"So the forced switch is over: {m.name(row.other)} may queue again.")
    if gil.waiters:
        details.append(f"Still waiting for it: {m.names(list(gil.waiters))}.")
    return Explanation(f"{m.name(row.subject)} takes the GIL, which was free.", tuple(details))


def _gil_release(m: _Moment) -> Explanation:
    row = m.row
    held = m.took(row.time - m.before.gils[m.entity(row.subject).process].since)
    name = m.name(row.subject)
    if row.reason is Reason.DROP_REQUEST:
        head = f"{name} honours the drop request and releases the GIL after {held}."
    else:
        because = {
            Reason.SLEEP: "it is about to sleep",
            Reason.IO: "it is about to wait for a device",
            Reason.CALL: "its blocking call releases it while it waits",
            Reason.JOIN: "it is about to wait for others",
            Reason.SELECT: "its event loop is about to wait in its selector",
            Reason.YIELD: "it gives up its turn",
            Reason.EXIT: "it has ended",
        }.get(row.reason, "it blocks")
        head = f"{name} releases the GIL: {because}."
    if not row.other:
        return Explanation(head, ("Nobody waits for it.",))
    waited = m.took(row.time - m.before.gils[m.entity(row.subject).process].waiters[row.other])
    return Explanation(
        head,
        (f"{m.name(row.other)} has queued longest (its present wait: {waited}) and is woken.",),
    )


def _gil_request(m: _Moment) -> Explanation:
    row = m.row
    interval = m.took(m.trace.switch_interval)
    return Explanation(
        f"{m.name(row.subject)} has waited a switch interval ({interval}) in which the GIL did "
        f"not change hands: it asks {m.name(row.other)} to drop it.",
        ("The holder notices at its next check; the one who asked queues again at the tail.",),
    )


def _gil_timeout(m: _Moment) -> Explanation:
    name = m.name(m.row.subject)
    return Explanation(
        f"{name} has waited a switch interval for the GIL, but it changed hands meanwhile, "
        "or somebody has asked already.",
        (f"So {name} does not ask: it queues again at the tail, for another interval.",),
    )


def _task_run(m: _Moment) -> Explanation:
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
        Reason.JOINED: f"The loop resumes {name}: what it awaited is done",
    }.get(why, f"The loop resumes {name}")
    behind = len(m.after.loops[thread].ready)
    queue = (
        f"It was first in the ready queue; {_count(behind, 'task')} behind it." if behind else ""
    )
    return Explanation(
        _sentences(m.task_left(thread), f"{goes_on}."),
        (*((queue,) if queue else ()), *m.cost(thread)),
    )


def _loop(m: _Moment) -> Explanation:
    row = m.row
    thread = row.subject
    left = m.task_left(thread)
    loop = m.after.loops[thread]
    if row.kind is Kind.TASK_LEFT:
        return Explanation(left)
    if row.kind is Kind.LOOP_WAIT:
        dues = [
            (m.after.due[e.id], e.id)
            for e in m.trace.entities[1 : len(m.after.status)]
            if e.role is Role.TASK and e.thread == thread and m.after.due[e.id] != NEVER
        ]
        if not dues:
            alive = [
                e.id
                for e in m.trace.entities[1 : len(m.after.status)]
                if e.role is Role.TASK
                and e.thread == thread
                and m.after.status[e.id] is not Status.DONE
            ]
            rest = "no task is left, so the loop ends" if not alive else "no timer is set either"
            return Explanation(_sentences(left, f"Nothing is ready, and {rest}."))
        due, task = min(dues)
        return Explanation(
            _sentences(left, "Nothing is ready: the loop goes to wait in its selector."),
            (f"The next timer is {m.name(task)}'s, {m.moment(due)}.",),
        )
    ready = len(loop.ready)
    timers = sum(
        NEVER != m.after.due[e.id] <= row.time
        for e in m.trace.entities[1 : len(m.after.status)]
        if e.role is Role.TASK and e.thread == thread and e.id not in loop.ready
    )
    due_now = f" and {_count(timers, 'due timer')}" if timers else ""
    return Explanation(
        _sentences(
            left, f"The loop begins pass {loop.passes}: {_count(ready, 'task')} ready{due_now}."
        ),
        ("What becomes ready during a pass waits for the next one.", *m.cost(thread)),
    )


def _task_ready(m: _Moment) -> Explanation:
    row = m.row
    name = m.name(row.subject)
    if row.reason is Reason.JOINED:
        return Explanation(
            f"{m.name(row.other)} is done, so {name}, which awaited it, is ready for the next pass."
        )
    if row.reason is Reason.ARRIVED:
        return Explanation(f"{name} arrives and is ready for the next pass.")
    due = m.before.due[row.subject]
    late = row.time - due if due != NEVER else 0
    lateness = f", {m.took(late)} after it was due" if late else ""
    return Explanation(
        f"{name}'s timer fires{lateness}: its future is set, and it is ready for the next pass.",
        (("A timer cannot interrupt a task: the loop has to come round to it.",) if late else ()),
    )


def _command(m: _Moment) -> Explanation:
    row = m.row
    if row.reason is Reason.YIELDING:
        if row.arg:
            return Explanation("You switched sleep(0) yielding of CPU-heavy work on.")
        return Explanation(
            "You switched sleep(0) yielding of CPU-heavy work off.",
            ("From now on it runs past its yields.",),
        )
    return Explanation(f"You injected CPU-heavy work of {m.took(row.arg)}.")


def _count(number: int, noun: str) -> str:
    if not number:
        return f"no {noun}"
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_EXPLAIN: Mapping[Kind, Callable[[_Moment], Explanation]] = {
    Kind.SPAWN: _spawn,
    Kind.WAKE: _wake,
    Kind.RUN: _core,
    Kind.SWITCH: _core,
    Kind.IDLE: _core,
    Kind.STARTED: _started,
    Kind.COMPUTE: _compute,
    Kind.MARK: _mark,
    Kind.GIL_TAKE: _gil_take,
    Kind.GIL_RELEASE: _gil_release,
    Kind.GIL_REQUEST: _gil_request,
    Kind.GIL_TIMEOUT: _gil_timeout,
    Kind.TASK_RUN: _task_run,
    Kind.LOOP_PASS: _loop,
    Kind.LOOP_WAIT: _loop,
    Kind.TASK_LEFT: _loop,
    Kind.TASK_READY: _task_ready,
    Kind.COMMAND: _command,
}
