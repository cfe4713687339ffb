"""A simulated thread as asyncio's side sees it: its engine, its record there, its program.

:func:`here` finds the one that makes a call; :func:`start` starts another.  Waiting for another
thread goes through a :class:`Gate`.  What a thread runs is in :mod:`schedsim.aio.loop` and
:mod:`schedsim.aio.executor`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import ref

from schedsim.aio.ambient import ThreadState
from schedsim.durations import Time
from schedsim.engine import Engine, Thread
from schedsim.engine.facts import LoopFacts, ResourceFacts
from schedsim.engine.lock import Machine, Obtainable
from schedsim.loops.base import Loss
from schedsim.programs.greenlets import GreenletProgram, NotSimulated, current, trap
from schedsim.programs.resumable import Request
from schedsim.trace import Entity, Kind, Reason, Role
from schedsim.traps import ACQUIRE, Trap

if TYPE_CHECKING:
    from schedsim.aio.loop import SimLoop


class SimThread:
    """A simulated thread that runs a plain function, and the program that the engine is given.

    Args:
        engine: the machine.
        id: the thread's entity number.
        function: what it runs.
    """

    pc = 0

    def __init__(self, engine: Engine, id: int, function: Callable[[], Any]) -> None:
        self.engine = engine
        self.id = id
        self.program = GreenletProgram(function, ambient=ThreadState())
        self.program.owner = self
        self._loop: ref[SimLoop] | None = None
        self.program.serve = None
        self._serve: Callable[[Request], Any] | None = None
        self.gates: list[Gate] = []
        """What it has made for threads to wait at."""
        self.is_killed = False
        self._record: Thread | None = None

    @property
    def record(self) -> Thread:
        """The engine's record of it: there is one once it has been spawned."""
        if self._record is None:
            self._record = self.engine.threads[self.id]
        return self._record

    @property
    def loop(self) -> SimLoop | None:
        """The loop that it runs, or ran last.  It is not kept alive here."""
        return None if self._loop is None else self._loop()

    def serves(self, serve: Callable[[Request], Any] | None) -> None:
        """Let ``serve`` say what comes of requests that are made in it."""
        self._serve = self.program.serve = serve

    def runs(self, loop: SimLoop) -> None:
        """Note which loop it runs."""
        self._loop = ref(loop)

    @property
    def error(self) -> BaseException | None:
        """What ended it, if that was an exception."""
        return self.program.error

    @property
    def entity(self) -> Entity:
        """What the trace says it is."""
        return self.engine.trace.entities[self.id]

    def resume(self) -> Trap:
        """Run to the next trap."""
        return self.program.resume()

    def demand(self, *, whole: bool) -> Time:
        """Unknown: as if it never ended."""
        return self.program.demand(whole=whole)

    def abandon(self) -> None:
        """It is never a periodic program: nothing to give up."""

    def close(self) -> None:
        """Throw it away."""
        self.program.close()

    def loop_facts(self) -> LoopFacts | None:
        """What its loop knows of its tasks: see :mod:`schedsim.engine.facts`."""
        if not self.entity.loop:
            return None
        if self.is_killed:
            return (0, [], {}, {})
        return (0, [], {}, {}) if self.loop is None else self.loop.facts()

    def killed(self) -> Loss:
        """Its process was killed.  It stays suspended where it is: nothing of it runs any more."""
        loss = Loss()
        if self.loop is not None:
            hand, _, status, _ = self.loop.facts()
            others = [task for task in sorted(status) if task != hand]
            rows = self.loop.rows
            loss = Loss(hand, rows.place(rows.hand[-1]) if hand else 0, others)
        self.is_killed = True
        for gate in self.gates:
            gate.waiters.clear()
        return loss

    def resource_facts(self) -> ResourceFacts:
        """What threads wait for at its gates."""
        return {
            gate.number: (0, gate.value, [waiter.id for waiter in gate.waiters])
            for gate in self.gates
            if gate.value or gate.waiters
        }

    def poke(self) -> None:
        """Wake it, if its loop waits in its selector (``_write_to_self``)."""
        if not self.record.selecting:
            return
        engine = self.engine
        caller = here()
        if caller is None or caller.engine is not engine:
            return  # from outside, while nothing happens inside: looked at before it is a deadlock
        engine.actor, actor = caller.record, engine.actor
        engine.poke(self.record, caller.id)
        engine.actor = actor


class Gate:
    """Where threads wait until others let them through: one for each :meth:`open`.

    Args:
        thread: any thread of the machine.
        kind: what it is called in the trace.
        name: and by which name.
    """

    def __init__(self, thread: SimThread, kind: str, name: str) -> None:
        self.engine = thread.engine
        self.maker = thread.id
        self.number = self.engine.trace.resource(kind, name)
        self.reason = Reason.LOCK
        """Why whoever waits is blocked, in the trace."""
        self.value = 0
        self.waiters: deque[Thread] = deque()
        thread.gates.append(self)

    def wait(self) -> None:
        """Block the calling thread until it is let through."""
        what: Obtainable = self
        trap(ACQUIRE, what)

    def take(self, machine: Machine, thread: Thread) -> bool:  # noqa: ARG002 - as a lock is taken
        """Let ``thread`` wait: what ``ACQUIRE`` asks of whatever is acquired."""
        self.waiters.append(thread)
        return False

    def open(self) -> None:
        """Let the thread that waited longest go on, if one waits."""
        if not self.waiters:
            return
        engine = self.engine
        waiter = self.waiters.popleft()
        caller = here()
        by = 0 if caller is None else caller.id
        engine.trace.append(engine.now, Kind.WAKE, Reason.UNLOCKED, subject=waiter.id, other=by)
        engine.actor, actor = (caller.record if caller is not None else None), engine.actor
        engine.make_runnable(waiter)
        engine.actor = actor

    def holds(self, value: int) -> None:
        """Note in the trace how much there is of what they wait for."""
        self.value = value
        engine, caller = self.engine, here()
        engine.trace.append(
            engine.now,
            Kind.RESOURCE,
            subject=self.maker if caller is None else caller.id,
            other=self.number,
            arg=value,
        )


def here() -> SimThread | None:
    """The simulated thread that makes this call; None outside of all."""
    program = current()
    return program.owner if program is not None and isinstance(program.owner, SimThread) else None


def required(what: str) -> SimThread:
    """The simulated thread that makes this call.

    Raises:
        NotSimulated: there is none.
    """
    thread = here()
    if thread is None:
        raise NotSimulated(
            f"{what} works only inside a simulated thread: in a coroutine that a SimLoop runs, "
            f"or in a function that it runs in its executor"
        )
    return thread


def start(beside: SimThread, name: str, function: Callable[[], Any]) -> SimThread:
    """Start a thread in the process of another."""
    engine, trace = beside.engine, beside.engine.trace
    id = len(trace.entities)
    process = beside.entity.process
    trace.enter(Entity(id, Role.THREAD, name, process, id, name, arrival=engine.now))
    thread = SimThread(engine, id, function)
    thread.serves(beside._serve)
    caller = here()
    engine.spawn(id, thread, beside.record.gil, by=beside.id if caller is None else caller.id)
    return thread
