"""What is said of threads and cores: who starts, wakes, runs and leaves."""

from __future__ import annotations

from schedsim.trace import Kind, Reason, Role
from schedsim.why import eager, jobs, passes
from schedsim.why.bodies import body
from schedsim.why.left import thread_left
from schedsim.why.moment import Explanation, Moment, count, plural, sentences
from schedsim.why.policies import because


def spawn(m: Moment) -> Explanation:
    """Somebody exists from now on."""
    row = m.row
    entity = m.entity(row.subject)
    what = "task" if entity.role is Role.TASK else "thread"
    by = f"{m.name(row.other)} starts the" if row.other else "There is a"
    kind = f"{by} {what} {m.name(row.subject)}"
    if row.arg > row.time:
        return Explanation(f"{kind} in {m.home(row.subject)}; it arrives {m.moment(row.arg)}.")
    if eager.starts(m):
        return Explanation(f"{kind} in {m.home(row.subject)}, which is eager: it begins at once.")
    queue = "the ready queue of its loop" if entity.role is Role.TASK else "the run queue"
    return Explanation(f"{kind} in {m.home(row.subject)}: it joins {queue}.")


def wake(m: Moment) -> Explanation:
    """A thread becomes runnable."""
    row = m.row
    name = m.name(row.subject)
    was = m.before.why[row.subject]
    over = {
        Reason.SLEEP: f"{name}'s sleep is over",
        Reason.IO: f"The I/O of {name} is done",
        Reason.CALL: f"The blocking call of {name} returns",
        Reason.SELECT: passes.comes(m, row.subject) if was is Reason.SELECT else "",
    }
    why = {
        Reason.ARRIVED: f"{name} arrives",
        Reason.TIMER: over.get(was, f"What {name} waited for is there"),
        Reason.JOINED: f"{m.name(row.other)} has ended, and {name} waited for that"
        if row.other
        else "",
        Reason.POKED: f"The loop in {name} is given work from outside",
        Reason.GIL_FREE: f"{name} has waited a switch interval for the GIL, and finds it free",
        Reason.GIL_SWITCHED: f"{name} waited for the GIL, which nobody needs any more",
        Reason.UNLOCKED: _unlocked(m),
        Reason.TIMEOUT: f"{name} has waited{_for(m)} as long as it was willing to",
        Reason.RELEASED: jobs.released(m) if row.reason is Reason.RELEASED else "",
    }.get(row.reason, name)
    details = [_room(m)]
    gil = m.after.gils.get(m.entity(row.subject).process)
    if gil is not None and gil.holder:
        details.append(
            f"To run Python it will also need the GIL, which {m.name(gil.holder)} holds."
        )
    return Explanation(f"{why}: it is runnable.", tuple(details))


def _unlocked(m: Moment) -> str:
    """Somebody has let the thread go on; of a pool, by doing its job."""
    by, name = m.name(m.row.other), m.name(m.row.subject)
    if not m.row.other:
        return f"What {name} waited for is there"
    if m.before.why[m.row.subject] is Reason.AWAIT:
        return f"{by} has done the job for which {name} waited"
    return f"{by} lets {name} go on, which waited{_for(m)}"


def _for(m: Moment) -> str:
    """For what the thread of the row waited, where that has a name."""
    number = m.before.waits_for.get(m.row.subject)
    return "" if number is None else f" for {m.resource(number)}"


def _room(m: Moment) -> str:
    """Whether there is a core for the thread that becomes runnable."""
    state, thread = m.before, m.row.subject
    allowed = [core for core in range(state.online) if m.may_run(thread, core)]
    idle = [core for core in allowed if not state.running[core]]
    cores = idle or allowed
    want = [other for other in state.run_queue if any(_wants(m, other, core) for core in cores)]
    ahead = len(want)
    if idle and _may_be_held(m, [thread, *want]):
        return "A core is idle."
    if len(idle) > ahead:
        return f"A core is idle{', and nobody else waits for it' if not ahead else ' for it'}."
    if idle:
        return (
            f"A core is idle, but {count(ahead, 'other thread')} {plural(ahead, 'want')} one too."
        )
    if not allowed:
        return "None of the cores that it may run on is there."
    all_of = "Every core" if len(allowed) == state.online else "Every core that it may run on"
    if not ahead:
        return f"{all_of} is busy, and nobody else waits for one."
    return f"{all_of} is busy, and {count(ahead, 'thread')} {plural(ahead, 'wait')} already."


def _wants(m: Moment, other: int, core: int) -> bool:
    """Whether somebody in a run queue waits for ``core``, perhaps among others."""
    mine = not m.trace.queue_per_core or m.before.queue_of.get(other) == core
    return mine and m.may_run(other, core)


def _may_be_held(m: Moment, threads: list[int]) -> bool:
    """Whether one of them may have to wait for a budget, or a tick, beside an idle core."""
    if m.policy != "linux":
        return bool(m.before.policy.parameters.get("aligned"))
    return any(m.before.attributes(each).scheduling_class != "fair" for each in threads)


def core(m: Moment) -> Explanation:
    """A core goes on with another thread, or with none."""
    row = m.row
    was_there = m.before.running[row.core]
    if row.kind is Kind.IDLE:
        return _idle(m, was_there)
    left = thread_left(m)
    core = f"core {row.core}"
    name = m.name(row.subject)
    why = because(m)
    if row.subject == was_there:
        alone = "" if why else "Nobody else is runnable: "
        if not alone and row.reason is Reason.YIELD:
            left = f"{name} gives up its turn, but is chosen again."
        goes_on = f"{alone}{name} goes on." if alone else ""
        return Explanation(sentences(left, goes_on), (why,) if why else ())
    waited = row.time - m.before.since[row.subject]
    idle = not was_there and row.time > m.before.core_since[row.core] and not _is_new(m)
    first = "" if not (idle and waited) else f"{core.capitalize()} was idle."
    how = f"which waited {m.took(waited)}" if waited else "which did not wait for a core"
    verb = "begins the context switch to" if row.kind is Kind.SWITCH else "runs"
    extra = _blocked_loop(m, was_there) if row.reason is Reason.CALL else ()
    return Explanation(
        sentences(left, first, f"{core.capitalize()} {verb} {name}, {how}."),
        (*((why,) if why else ()), *extra),
    )


def _is_new(m: Moment) -> bool:
    """Whether the core was not there until this very moment."""
    for n in range(m.row.n - 1, -1, -1):
        row = m.trace.row(n)
        if row.time != m.row.time:
            break
        if row.kind is Kind.COMMAND and row.reason is Reason.CORES:
            return m.history.state_at(n).online <= m.row.core
    return False


def _idle(m: Moment, was_there: int) -> Explanation:
    """A core has nobody to run, or is gone."""
    row = m.row
    core = f"Core {row.core}"
    if row.core >= m.after.online:
        rest = f"{core} is gone."
    elif row.reason is Reason.THROTTLED and len(m.after.run_queue) == 1:
        rest = f"{core} is idle: nobody else is runnable."
    elif m.contenders(m.after, row.core) and row.reason is Reason.KILLED:
        rest = f"{core} is free."  # whoever may have it has a row of its own
    elif _all_are_held(m):
        rest = f"{core} is idle: who waits has used up its budget."
    elif m.contenders(m.after, row.core):
        rest = f"{core} is free: who is next is decided at this very moment."
    elif m.in_queue(m.after, row.core):
        rest = f"{core} is idle: nobody who waits may run on it."
    elif m.after.run_queue:
        rest = f"{core} is idle: nobody is in {m.queue_name(row.core)}."
    else:
        rest = f"{core} is idle: nobody is runnable."
    details: tuple[str, ...] = ()
    if row.reason is Reason.GIL:
        interval = m.took(m.after.switch_interval)
        details = (f"It waits one switch interval ({interval}) before it asks for the GIL.",)
        if m.trace.old_gil:
            details = ("It cannot ask for the GIL: it waits until it is signalled.",)
    elif row.reason is Reason.CALL:
        details = _blocked_loop(m, was_there)
    return Explanation(sentences(thread_left(m), rest), details)


def _all_are_held(m: Moment) -> bool:
    """Whether nobody who waits for the core may have it, as what they may use is used up."""
    found = m.contenders(m.after, m.row.core)
    if m.policy != "linux" or not found:
        return False
    return not any(m.after.attributes(t).scheduling_class in ("fair", "idle") for t in found)


def _blocked_loop(m: Moment, thread: int) -> tuple[str, ...]:
    loop = m.before.loops.get(thread)
    if loop is None or not loop.current:
        return ("Other threads can have the GIL meanwhile.",) if m.before.gils else ()
    noun = body(m.trace, m.entity(loop.current)).noun
    return (f"{m.name(loop.current)} called it in a {noun}: its whole loop is blocked.",)


def started(m: Moment) -> Explanation:
    """A context switch is paid."""
    paid = m.took(m.row.time - m.before.core_since[m.row.core])
    what = "The context switch" if not m.trace.waking_takes_time else "The switch, and waking up,"
    return Explanation(
        f"{what} on core {m.row.core} is paid ({paid}): {m.name(m.row.subject)} runs."
    )
