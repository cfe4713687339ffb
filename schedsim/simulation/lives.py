"""Who is meant by a name, and what may be killed: processes with all their threads, and tasks.

What becomes of them is up to the engine (:mod:`schedsim.engine.lives`) and to their event loops.
What the model cannot tell truly is refused: a process that is killed while it waits for something
that other processes use too, or at the end of a pipe, whose ends the model does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from schedsim.engine import Thread
from schedsim.engine.facts import LoopFacts
from schedsim.engine.lives import kill
from schedsim.loops.event_loop import EventLoop
from schedsim.plain import plain
from schedsim.threads.process_pools import ProcessPool
from schedsim.trace import Entity, Kind, Role

if TYPE_CHECKING:
    from schedsim.simulation.machine import Simulation

_LONGEST = 40
_MOST = 6
_HAS_ENDS = frozenset({"pipe", "socket"})
_STAYS = frozenset({"lock", "semaphore", "pool"})
"""What others can go on using when somebody who waited for it is gone: nothing was half done."""


@runtime_checkable
class RealLoop(Protocol):
    """A thread that runs an event loop of the standard library: to name it would load that."""

    def loop_facts(self) -> LoopFacts | None:
        """Where its tasks stand."""

    def cancel(self, number: int) -> None:
        """Cancel the task that is entity ``number``, from outside of the loop."""


def threads_of(simulation: Simulation, process: int) -> list[Thread]:
    """The threads of a process and of its interpreters, whether they have ended or not."""
    entities = simulation.trace.entities
    return [
        thread
        for thread in simulation.engine.threads.values()
        if home_of(simulation, entities[thread.id]) == process
    ]


def home_of(simulation: Simulation, entity: Entity) -> int:
    """The process in which an entity lives; its own number if it is one."""
    entities = simulation.trace.entities
    process = entity.process or entity.id
    return entities[process].process or process


def record_of(simulation: Simulation, thread: int) -> Thread:
    """The engine's record of a thread."""
    return simulation.engine.threads[thread]


def is_alive(simulation: Simulation, entity: Entity) -> bool:
    """Whether somebody is left to be acted upon: it has not ended."""
    if entity.role is Role.PROCESS:
        return any(not thread.ended for thread in threads_of(simulation, entity.id))
    thread = record_of(simulation, entity.thread)
    if thread.ended or entity.role is Role.THREAD:
        return not thread.ended
    program = thread.program
    if isinstance(program, EventLoop):
        return any(task.id == entity.id and not task.done for task in program.tasks)
    assert isinstance(program, RealLoop), "only loops have tasks"
    told = program.loop_facts()
    return told is not None and entity.id in told[2]


def named(simulation: Simulation, name: str, process: str = "", loop: str = "") -> list[Entity]:
    """Who is meant: all instances of a job, if its name is that of several.

    Args:
        simulation: the machine.
        name: of a task, a thread or a process, or the job of several.
        process: where it lives, if that has to be said.
        loop: the thread whose event loop runs it, if that has to be said.

    Raises:
        ValueError: there is nobody of that name, or several who have nothing to do with each other.
    """
    entities = simulation.trace.entities

    def fits(entity: Entity) -> bool:
        if loop and (entity.role is not Role.TASK or entities[entity.thread].name != loop):
            return False
        return not process or entities[home_of(simulation, entity)].name == process

    known = [entity for entity in entities[1:] if fits(entity)]
    found = [entity for entity in known if entity.name == name]
    if len(found) > 1:  # a process and its only thread often share a name
        found = [entity for entity in found if entity.role is not Role.PROCESS] or found
    alone = bool(found)
    found = found or [e for e in known if e.job == name and e.role is not Role.PROCESS]
    if not found:
        raise ValueError(f"name: {_nobody(name, known)}")
    living = [entity for entity in found if is_alive(simulation, entity)]
    if not living:
        raise ValueError(f"name: {plain(name, _LONGEST)!r} has ended")
    if alone and len(living) > 1:
        homes = sorted({entities[home_of(simulation, each)].name for each in living})
        where = ", ".join(plain(home, _LONGEST) for home in homes)
        what = "process" if len(homes) > 1 else "loop"
        raise ValueError(f"{what}: {len(living)} are named {plain(name, _LONGEST)!r}, in {where}")
    return living


def _nobody(name: str, known: Sequence[Entity]) -> str:
    names = list(dict.fromkeys(entity.name for entity in known))
    shown = ", ".join(plain(each, _LONGEST) for each in names[:_MOST]) or "nobody"
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"there is nobody named {plain(name, _LONGEST)!r} here, only {shown}{more}"


def check_task(simulation: Simulation, task: Entity) -> None:
    """Whether a task can be cancelled.

    Raises:
        ValueError: it has not arrived yet.
    """
    program = record_of(simulation, task.thread).program
    if isinstance(program, EventLoop):
        there = next(each for each in program.tasks if each.id == task.id)
        if not there.arrived:
            raise ValueError(f"name: {plain(task.name, _LONGEST)!r} has not arrived yet")


def cancel(simulation: Simulation, task: Entity) -> None:
    """Ask a task to end as its framework does it, and wake its loop to hear of it."""
    thread = record_of(simulation, task.thread)
    program = thread.program
    if isinstance(program, EventLoop):
        program.cancel(next(each for each in program.tasks if each.id == task.id))
    else:
        assert isinstance(program, RealLoop), "only loops have tasks"
        program.cancel(task.id)
    simulation.engine.poke(thread)


def check_process(simulation: Simulation, process: int) -> None:
    """Whether the model can tell what becomes of everything if ``process`` is killed.

    Raises:
        ValueError: it cannot.
    """
    name = plain(simulation.trace.entities[process].name, _LONGEST)
    own = {thread.id for thread in threads_of(simulation, process)}
    for pool in simulation.pools.known.values():
        if isinstance(pool, ProcessPool) and any(worker.id in own for worker in pool.members):
            raise ValueError(
                f"name: {name} is a worker of a process pool: what a pool does without one "
                "(BrokenProcessPool) is not part of the model"
            )
    for number, resource in enumerate(simulation.trace.resources):
        if resource.kind in _STAYS:
            continue
        users = set(_users(simulation, number))
        homes = {home_of(simulation, simulation.trace.entities[user]) for user in users}
        living = homes - {process}
        if process not in homes or not living:
            continue
        called = f"{resource.kind} {plain(resource.name, _LONGEST)!r}"
        if resource.kind in _HAS_ENDS:
            raise ValueError(
                f"name: {name} uses {called} with another process: who would read an end of file "
                "is not part of the model"
            )
        if any(
            home_of(simulation, simulation.trace.entities[w]) == process
            for w in _waiters(simulation, number)
        ):
            raise ValueError(
                f"name: {name} waits for {called}, which another process uses too: in which state "
                "it would be left is not part of the model"
            )


def _users(simulation: Simulation, number: int) -> Iterator[int]:
    """Who has used a resource, or waits for it; of processes that are still there."""
    trace = simulation.trace
    found = dict.fromkeys(_waiters(simulation, number))
    for row in trace.rows():
        if row.kind is Kind.RESOURCE and row.other == number and row.subject:
            found[row.subject] = None
    for user in found:
        thread = record_of(simulation, trace.entities[user].thread)
        if not thread.ended:
            yield user


def _waiters(simulation: Simulation, number: int) -> Iterator[int]:
    """Threads; what tasks wait for is their loop's own, but for what has ends."""
    engine = simulation.engine
    yield from (thread.id for thread, its in engine.queued.items() if its == number)


def kill_process(simulation: Simulation, process: int) -> None:
    """Kill a process, with all its threads: see :func:`check_process`."""
    simulation.killed.add(process)
    kill(simulation.engine, threads_of(simulation, process))
