"""The machine of a loop that was given none: one core, one process with a GIL, one thread.

Two greenlets take turns.  In one the engine runs; in the other the loop's thread, whose traps go
to the engine.  Whoever calls the loop from outside enters the thread directly and comes back when
the loop stops; meanwhile the engine stays where it is, in the middle of resuming that thread, and
no time passes.  So a loop can be run again and again, as ``asyncio.Runner`` does.

When the engine finds that nothing can ever happen again, it wakes the thread to say so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import ref

from greenlet import getcurrent, greenlet

from schedsim.aio.thread import SimThread
from schedsim.engine import Engine, Gil, GilRules
from schedsim.policies import POLICIES
from schedsim.programs.greenlets import Abandoned, hand_over
from schedsim.trace import Entity, Role, Trace

if TYPE_CHECKING:
    from schedsim.aio.loop import SimLoop

_MOST_NAMES = 10


class Deadlock(RuntimeError):
    """Nothing can ever happen again, and the loop was not told to stop."""


class Standalone:
    """A machine for one loop; more threads come with its executor."""

    def __init__(self) -> None:
        trace = Trace(policy="round_robin")
        self.trace = trace
        self.engine = Engine(trace, POLICIES["round_robin"])
        process = trace.enter(Entity(1, Role.PROCESS, "python", 0, 0, "python", gil=True))
        thread = Entity(2, Role.THREAD, "main", process.id, 2, "main", loop="asyncio")
        trace.enter(thread)
        me = ref(self)
        self.thread = SimThread(self.engine, thread.id, lambda: _serve(me))
        self.engine.spawn(thread.id, self.thread, Gil(GilRules(trace.switch_interval)), loop=True)
        self._machine: greenlet | None = None
        self._caller: greenlet | None = None
        self._job: Callable[[], None] | None = None
        self._stuck = False
        self._broken = False

    def run(self, job: Callable[[], None]) -> None:
        """Run ``job`` in the loop's thread until it returns; raise what it raises."""
        if self._broken:
            raise RuntimeError("the simulated machine was interrupted, and cannot go on")
        self._caller = getcurrent()
        program = self.thread.program
        if self._machine is None:
            self._machine = greenlet(_drive(ref(self)), self._caller)
            _begin(self._machine)
            program.left()
        self._machine.parent = self._caller
        self._job = job
        try:
            program.go()
        except BaseException:
            # It came out of the machine, not of the job: say, an interrupt by the user.
            self._broken = True
            program.close()
            raise
        finally:
            self._job = self._caller = None
        outcome, program.result = program.result, None
        if outcome is not None:
            try:
                raise outcome
            finally:
                del outcome

    def raise_if_stuck(self, loop: SimLoop) -> None:
        """Called by the loop when it has waited.

        Raises:
            Deadlock: it was woken only to learn that nothing can happen any more.
        """
        if self._stuck:
            self._stuck = False
            if not loop._ready:
                raise Deadlock(_describe(loop))

    def close(self) -> None:
        """Throw the machine away, with all its threads."""
        self._broken = True
        for thread in list(self.engine.threads.values()):
            assert isinstance(thread.program, SimThread), "nobody else starts any"
            thread.program.close()
        machine, self._machine = self._machine, None
        if machine is not None and not machine.dead:
            machine.parent = getcurrent()
            machine.throw()  # GreenletExit: it does not come back here

    def _do_job(self) -> None:
        job, self._job = self._job, None
        assert job is not None, "it was called to do something"
        outcome: BaseException | None = None
        try:
            job()
        except Abandoned:
            raise
        except BaseException as error:  # noqa: BLE001 - it is the caller's
            outcome = error
        self.thread.program.result = outcome

    def _wake_the_stuck(self) -> None:
        record = self.thread.record
        if not record.selecting:
            raise RuntimeError(
                f"thread {self.thread.entity.name} can never go on, and it is not its loop that "
                f"waits: a call in it blocks for ever"
            )
        self._stuck = True
        self.engine.poke(record)


def _begin(machine: greenlet) -> None:
    """Run it until its thread has a core, and asks whoever called for its first job."""
    machine.switch()


def _alive(me: ref[Standalone]) -> Standalone:
    """Whose greenlet it is: it goes on only while somebody is in :meth:`Standalone.run`."""
    alone = me()
    assert alone is not None, "who called it holds it"
    return alone


def _serve(me: ref[Standalone]) -> None:
    """What the loop's thread does.  It holds nothing while it waits for its next job."""
    while True:
        caller = _alive(me)._caller
        assert caller is not None, "somebody called"
        hand_over(caller, None)
        del caller
        _alive(me)._do_job()


def _drive(me: ref[Standalone]) -> Callable[[], None]:
    """What the machine does: run, and tell the thread when there is nothing more to run."""

    def drive() -> None:
        while True:
            _alive(me).engine.run()
            _alive(me)._wake_the_stuck()

    return drive


def _describe(loop: SimLoop) -> str:
    """Which tasks wait, and for what."""
    waiting = sorted(
        (number, task)
        for task, number in loop.rows.numbers.items()
        if not task.done() and task in asyncio.all_tasks(loop)
    )
    told = [f"{loop.rows.name(number)} waits for {_what(task)}" for number, task in waiting]
    more = f", and {len(told) - _MOST_NAMES} more" if len(told) > _MOST_NAMES else ""
    rest = "; ".join(told[:_MOST_NAMES]) + more if told else "no task is left, and no timer is set"
    return f"nothing can ever happen again at {loop.time():g} s: {rest}"


def _what(task: Any) -> str:
    waited = task._fut_waiter
    if isinstance(waited, asyncio.Task):
        return f"task {waited.get_name()}"
    body = task.get_coro()
    # Down to the coroutine that really waits: Lock.acquire, Queue.get.
    while hasattr(inner := getattr(body, "cr_await", None), "cr_frame"):
        body = inner
    name = getattr(body, "__qualname__", type(body).__name__)
    return f"a future, in {name.rpartition('<locals>.')[2]}"
