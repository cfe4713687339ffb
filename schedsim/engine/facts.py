"""The engine's own account of where everything stands, in the words of the state.

Made from the engine's records alone, never from its trace, so that comparing it with
:meth:`schedsim.state.State.facts` checks both.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias, runtime_checkable

from schedsim.engine.kernel import Engine
from schedsim.engine.records import Core
from schedsim.loops.cancelling import FirstRuns
from schedsim.loops.entries import TIMER
from schedsim.loops.event_loop import EventLoop
from schedsim.loops.flat_tasks import Task as FlatTask
from schedsim.loops.live_tasks import LiveTask
from schedsim.loops.resources import LoopLock
from schedsim.state import Status
from schedsim.threads.channels import Channel
from schedsim.trace import NEVER
from schedsim.traps import ACQUIRE

LoopFacts: TypeAlias = tuple[int, list[int], dict[int, Status], dict[int, int]]
"""The task in hand, the ready ones in order, the status of each that is not done, and until when
each that is suspended waits."""
ResourceFacts: TypeAlias = dict[int, tuple[int, int, list[int]]]
"""By number: who holds a resource, its value, and who waits for it."""


@runtime_checkable
class Telling(Protocol):
    """A program that is more than the engine knows of: it keeps tasks and resources of its own."""

    def loop_facts(self) -> LoopFacts | None:
        """Where its tasks stand, if it runs a loop."""

    def resource_facts(self) -> ResourceFacts:
        """Where the resources stand that it made."""


def facts(engine: Engine) -> dict[str, Any]:
    """What is true on ``engine`` now, comparable with ``State.facts()``."""
    running = [_thread_on(core) for core in engine.cores]
    on_core = {id for id in running if id}
    runnable = [thread.id for thread in engine.run_queue() if thread.id not in on_core]
    status: dict[int, Status] = {}
    due: dict[int, int] = {}
    gils: dict[int, tuple[int, list[int], bool, int]] = {}
    loops: dict[int, tuple[int, list[int]]] = {}
    resources = _resources(engine)
    for source in engine.sharing.sources:
        status.update(dict.fromkeys(source.gone(engine), Status.EXITED))
    for thread in engine.threads.values():
        if thread.ended:
            status[thread.id] = Status.EXITED
        elif thread.id in on_core:
            status[thread.id] = Status.RUNNING
        elif thread.id in runnable:
            status[thread.id] = Status.RUNNABLE
        else:
            status[thread.id] = Status.BLOCKED if thread.arrived else Status.NEW
            due[thread.id] = thread.due if thread.wants is None else NEVER
        gil = thread.own_gil
        if gil is not None:
            gils[engine.trace.entities[thread.id].process] = (
                gil.holder.id if gil.holder else 0,
                [waiter.id for waiter in gil.waiters],
                gil.requested and gil.asks,
                gil.dropper.id if gil.dropper else 0,
            )
        if isinstance(thread.program, EventLoop):
            loops[thread.id] = _loop(thread.program, status, due)
        elif isinstance(thread.program, Telling):
            resources.update(thread.program.resource_facts())
            told = thread.program.loop_facts()
            if told is not None:
                loops[thread.id] = told[:2]
                status.update(told[2])
                due.update(told[3])
    return {
        "running": running,
        "switching": [core.switching for core in engine.cores],
        "online": engine.online,
        "run_queue": sorted(runnable),
        "queue_of": {id: core for id, core in _queues(engine).items() if id not in on_core},
        "level": engine.levels,
        "job_number": {t.id: t.number for t in engine.threads.values() if t.attributes.period},
        "resources": {n: resources[n] for n in sorted(resources) if any(resources[n])},
        "warm": [_warm(engine, core.index) for core in engine.cores],
        "status": status,
        "due": due,
        "gils": gils,
        "native": sorted(thread.id for thread in engine.threads.values() if thread.native),
        "said": {
            thread.id: thread.attributes
            for thread in engine.threads.values()
            if thread.attributes != engine.trace.entities[thread.id].attributes
        },
        "loops": loops,
    }


def _thread_on(core: Core) -> int:
    """The thread on ``core``, or the one that is taken off and still to be written about."""
    thread = core.was if core.fate else core.thread
    return thread.id if thread else 0


def _queues(engine: Engine) -> dict[int, int]:
    if not engine.balance.per_core:
        return {}
    found = {t.id: core.index for core in engine.cores for t in core.queue.queue()}
    for core in engine.cores:
        if core.next is not None:
            found[core.next.id] = core.index
    return found


def _resources(engine: Engine) -> dict[int, tuple[int, int, list[int]]]:
    """Of each resource that somebody ever asked for: its holder, its value and those who wait."""
    found: dict[int, tuple[int, int, list[int]]] = {}
    waiters: dict[int, list[int]] = {}
    for thread, number in engine.queued.items():
        waiters.setdefault(number, []).append(thread.id)
    for thread in engine.threads.values():
        if isinstance(thread.program, EventLoop):  # its tasks may wait for channels
            for reader, number in thread.program.queued.items():
                waiters.setdefault(number, []).append(reader.id)
    for each in engine.shared:
        holder = each.holder.id if each.holder else 0
        waiting = waiters.get(each.number, [])
        if isinstance(each, Channel):  # it knows who came first, of threads and tasks
            waiting.sort(key=each.begun.__getitem__)
        found[each.number] = (holder, each.value, waiting)
    for thread in engine.threads.values():
        loop = thread.program
        if not isinstance(loop, EventLoop):
            continue
        locks: dict[int, LoopLock] = {}
        for task in loop.tasks:
            ops = () if isinstance(task, LiveTask) else task.code.ops
            locks.update((lock.number, lock) for trap, lock in ops if trap == ACQUIRE)
        for number, lock in locks.items():
            found[number] = (lock.holder.id if lock.holder else 0, 0, [w.id for w in lock.waiters])
        found.update(_live_resources(loop))
    return found


def _live_resources(loop: EventLoop) -> dict[int, tuple[int, int, list[int]]]:
    """What live tasks share; the loop knows in which order they began to wait."""
    waiters: dict[int, list[int]] = {}
    for task, number in loop.queued.items():
        waiters.setdefault(number, []).append(task.id)
    return {
        each.number: (
            each.holder.id if each.holder else 0,
            each.value,
            waiters.get(each.number, []),
        )
        for each in loop.resources
    }


def _warm(engine: Engine, core: int) -> list[int]:
    """Those who are warm on ``core``, in the order in which they became so."""
    cache = engine.pace.caches.get(core)
    return [] if cache is None else [thread.id for thread in reversed(cache.warm)]


def _loop(loop: EventLoop, status: dict[int, Status], due: dict[int, int]) -> tuple[int, list[int]]:
    """One loop's hand and ready queue; fills in ``status`` and ``due`` of tasks not yet done."""
    ready = [
        entry.stands_for.id if isinstance(entry, FirstRuns) else entry.id
        for entry in loop.ready
        if isinstance(entry, FirstRuns)
        or (isinstance(entry, LiveTask | FlatTask) and entry.entry != TIMER)
    ]
    current = loop.current.id if loop.current else 0
    for task in loop.tasks:
        if task.done:
            continue
        if isinstance(task, LiveTask):
            status[task.id] = Status.SUSPENDED if task.arrived else Status.NEW
            due[task.id] = task.due
        elif task.entry:  # also while its timer's callback is in the ready queue
            status[task.id] = Status.SUSPENDED if task.pc else Status.NEW
            due[task.id] = task[0]
        else:
            status[task.id] = Status.SUSPENDED
            due[task.id] = NEVER
    for id in ready:
        status[id] = Status.READY
        del due[id]
    if current:
        status[current] = Status.RUNNING
        del due[current]
    return (current, ready)
