"""``ThreadPoolExecutor`` and its relatives: threads that do jobs one after another.

After ``concurrent/futures/thread.py`` of 3.12 and later (SEMANTICS.md A13): jobs queue first in,
first out; whoever gives a job starts a worker only if none is idle and there are not yet as many
as there may be.  A job is the body of a scenario's job, and runs in the worker: the worker logs
its name when it begins.  The queue is a resource of the trace; its value is how many jobs wait.

Whoever waits for a job is told through its :class:`Assignment`: a thread by a lock, a loop by a
callback.  Workers that are processes are in :mod:`schedsim.threads.process_pools`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from schedsim.threads.base import Host, Lock, Worker
from schedsim.threads.queues import SimpleQueue
from schedsim.trace import NEVER, Kind
from schedsim.traps import ACQUIRE, JOIN, RELEASE, SPAWN, Body, Stop


class Work(Protocol):
    """A job of a scenario, as far as a pool knows it."""

    def begin(self, worker: Worker) -> tuple[str, Body]:
        """Another instance of it, to be done by ``worker``: its name and its body."""

    def usual_pool(self, entity: int) -> Pool:
        """Where ``to_thread`` has it done, if thread or task ``entity`` says so."""


class PoolChoice(Protocol):
    """A pool by its name: each process has one of its own."""

    def of(self, entity: int) -> Pool:
        """That of the process of ``entity``."""


class Hiring(Protocol):
    """How a pool comes by its workers."""

    def hire(self, name: str, by: int, body: Callable[[Worker], Body]) -> Any:
        """Start a thread of that name; it has a ``program``."""


class Assignment:
    """A job that was given to a pool, and what came of it: ``concurrent.futures.Future``.

    Args:
        work: what is to be done.
    """

    def __init__(self, work: Work) -> None:
        self.work = work
        self.by = 0
        """Who gave it to the pool."""
        self.over = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.locks: list[Lock] = []
        """Of threads that wait for it."""
        self.callbacks: list[Callable[[int], None]] = []
        """Called by the thread that finds it done, with its entity."""

    def outcome(self) -> Any:
        """Its result; raises its exception."""
        if self.error is not None:
            raise self.error
        return self.result

    def wait(self, me: Worker) -> Body:
        """``future.result()`` in a thread."""
        assert not self.over, "it was submitted at this very moment, by the same thread"
        lock = me.host.lock(NEVER, quiet=True)
        yield (ACQUIRE, lock)
        self.locks.append(lock)
        yield (ACQUIRE, lock)
        return self.outcome()

    def carry_out(self, me: Worker) -> Body:
        """Do it, in a worker."""
        name, body = self.work.begin(me)
        host = me.host
        label = host.trace.label(name)
        host.trace.append(host.now, Kind.MARK, subject=me.id, other=me.pc, arg=label)
        try:
            self.result = yield from body
        except (Exception, Stop) as error:  # noqa: BLE001 - it is told to whoever waits for it
            self.error = error

    def tell(self, id: int) -> Body:
        """It is done, finds entity ``id``: let those who wait for it go on."""
        self.over = True
        for lock in self.locks:
            yield (RELEASE, lock)
        for callback in self.callbacks:
            callback(id)


@dataclass(frozen=True, slots=True)
class Custom:
    """What a kind of pool does in its own way."""

    prefix: str
    """What the names of workers begin with; a number follows."""
    eager: bool = False
    """All workers are started for the first job."""
    newest_first: bool = False
    """A job goes to the worker that became idle last."""


TRIO: Final = Custom("Trio thread ", newest_first=True)
"""``trio.to_thread``: a cache of threads (``_core/_thread_cache.py``), and a limiter of so many."""
GEVENT: Final = Custom("ThreadPool-")
"""``gevent.threadpool``."""
EVENTLET: Final = Custom("tpool_thread_", eager=True)
"""``eventlet.tpool``."""


def default_size(cores: int) -> int:
    """``max_workers`` of a ``ThreadPoolExecutor``."""
    return min(32, cores + 4)


class Pool:
    """A pool of threads.

    Args:
        host: the machine.
        number: of its queue in the trace.
        hiring: how it comes by its threads.
        most: how many workers there are at most.
        custom: what it does in its own way.
    """

    def __init__(self, host: Host, number: int, hiring: Hiring, most: int, custom: Custom) -> None:
        self.host = host
        self.number = number
        self.hiring = hiring
        self.most = most
        self.custom = custom
        self.queue = SimpleQueue(host, number, newest_first=custom.newest_first)
        self.members: list[Any] = []
        """Its workers: threads."""
        self.past = 0
        self.idle = 0
        """``_idle_semaphore``."""
        self.users = 0
        """Who may still give it jobs; it ends when they have."""
        self.ending = False
        self.started = 0
        """How many workers it ever had."""

    def submit(self, by: int, assignment: Assignment) -> Body:
        """Give it a job, on behalf of entity ``by``; never waits."""
        assignment.by = by
        yield from self.queue.put(by, assignment)
        yield from self.grow()

    def grow(self) -> Body:
        """``_adjust_thread_count``: another worker, if none is idle."""
        if self.custom.eager:
            while len(self.members) < self.most:
                yield (SPAWN, self)
        elif self.idle:
            self.idle -= 1
        elif len(self.members) < self.most:
            yield (SPAWN, self)

    def start(self, by: int) -> None:
        """Start a worker, on behalf of entity ``by``: what ``SPAWN`` calls."""
        name = f"{self.custom.prefix}{self.started}"
        self.started += 1
        self.members.append(self.hiring.hire(name, by, self.work))

    def work(self, me: Worker) -> Body:
        """``_worker``: do jobs until the pool ends."""
        while True:
            if self.queue.items:
                assignment = self.queue.get_nowait(me)
            elif self.ending:
                return
            else:
                self.idle += 1
                assignment = yield from self.queue.get(me)
            if assignment is not None:
                yield from assignment.carry_out(me)
                yield from assignment.tell(me.id)

    def join_users(self) -> None:
        """Somebody more may give it jobs."""
        self.users += 1
        if self.ending:
            self.ending = False
            self.idle = 0
            self.members = []
            self.past = 0

    def leave_users(self, *, wait: bool = False) -> Body:
        """One of them has ended; the last lets the pool end, and may wait until it has (A15)."""
        self.users -= 1
        if not self.users:
            yield from self.shut_down()
            if wait:
                yield (JOIN, self)

    def shut_down(self) -> Body:
        """Let idle workers end now, and the others when there is no job left."""
        self.ending = True
        while self.queue.getters:
            yield (RELEASE, self.queue.getters.popleft().lock)


def run_in(me: Worker, pool: Pool, work: Work) -> Body:
    """``pool.submit(work).result()`` in a thread."""
    assignment = Assignment(work)
    yield from pool.submit(me.id, assignment)
    return (yield from assignment.wait(me))
