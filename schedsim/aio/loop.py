"""SimLoop: the standard library's real asyncio on a simulated machine.

The clock, the ready queue, the timers and the wait for input are the machine's; Task, Future,
Lock, Queue, TaskGroup, timeout and all else are the standard library's own, in C where it has
them so.  ``BaseEventLoop._run_once`` runs unchanged, whichever version of Python this is; so the
order of callbacks is CPython's by construction (SEMANTICS.md A2).

Only what touches the machine is here.  The rows are in :mod:`schedsim.aio.rows`, the machine of a
loop that was given none in :mod:`schedsim.aio.standalone`, pools of threads in
:mod:`schedsim.aio.executor`, sockets in :mod:`schedsim.aio.wires`.
"""

from __future__ import annotations

import asyncio
import warnings
from asyncio import base_events, events, tasks
from collections.abc import Callable
from concurrent import futures
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, TypeVarTuple
from weakref import WeakSet, ref

from schedsim.aio import clock, outside
from schedsim.aio.executor import Executor
from schedsim.aio.ready import ReadyQueue
from schedsim.aio.rows import TaskRows
from schedsim.aio.standalone import Standalone
from schedsim.aio.thread import SimThread, here, start
from schedsim.aio.wires import READ, WRITE, End, Selector
from schedsim.engine.facts import LoopFacts
from schedsim.programs.greenlets import trap
from schedsim.trace import NEVER, Kind
from schedsim.traps import SELECT

R = TypeVar("R")
Ts = TypeVarTuple("Ts")


class SimLoop(base_events.BaseEventLoop):
    """An event loop of asyncio in a simulated thread.

    Made inside a simulated thread it is that thread's loop.  Made anywhere else without arguments
    it has a machine of its own, with one core; its clock starts at 0 and jumps.  When nothing can
    ever happen again, such a loop raises :exc:`schedsim.aio.Deadlock`.

    Args:
        thread: the simulated thread whose loop it is.
    """

    if TYPE_CHECKING:  # of the base class, whose stubs say nothing of it
        _default_executor: Executor | None
        _executor_shutdown_called: bool
        _scheduled: list[events.TimerHandle]
        _asyncgens: WeakSet[Any]
        _thread_id: int | None

        def _check_closed(self) -> None: ...
        def _check_running(self) -> None: ...
        def _check_default_executor(self) -> None: ...
        def _add_callback(self, handle: events.Handle) -> None: ...
        def _do_shutdown(self, future: asyncio.Future[None]) -> None: ...

    def __init__(self, thread: SimThread | None = None) -> None:
        super().__init__()
        self._alone: Standalone | None = None
        thread = here() if thread is None else thread
        if thread is None:
            self._alone = Standalone()
            thread = self._alone.thread
        if not thread.entity.loop:
            self._closed = True
            raise RuntimeError(
                f"thread {thread.entity.name} was not made to run an event loop: "
                f"its Entity says no loop"
            )
        self.thread = thread
        """The simulated thread that runs it."""
        thread.runs(self)
        me = ref(self)

        def current() -> tasks.Task[Any] | None:
            loop = me()
            return None if loop is None else tasks.current_task(loop)

        self.rows = TaskRows(thread.engine, thread.id, current)
        self._ready = ReadyQueue(self.rows)
        self._selector = Selector(me, thread)
        self._clock_resolution = clock.resolution(self.time())

    # -- time and waiting -------------------------------------------------------------------

    def time(self) -> float:
        """The machine's clock, in seconds."""
        return clock.seconds(self.thread.engine.now)

    def _run_once(self) -> None:
        super()._run_once()  # type: ignore[misc]
        if self._thread_id is None:  # not by run_forever(), which sees to it itself
            self.rows.leaves(Kind.TASK_LEFT, self.thread.id)

    def wait(self, timeout: float | None) -> None:
        """Begin a pass; before it, if nothing is ready, wait for a timer, a poke, or input."""
        rows, me = self.rows, self.thread.id
        alone = self._alone
        moment = self._next_moment(timeout)
        if moment is None or moment > self.thread.engine.now:
            rows.leaves(Kind.LOOP_WAIT, me)
            trap(SELECT, moment)
            self._clock_resolution = clock.resolution(self.time())
            if alone is not None:
                alone.raise_if_stuck(self)
        rows.leaves(Kind.LOOP_PASS, me)

    def _next_moment(self, timeout: float | None) -> int | None:
        """Until when nothing is to be done: now, a moment, or None."""
        now = self.thread.engine.now
        if self._selector.is_ready() or (timeout is not None and timeout <= 0):
            return now
        moments = []
        if timeout is not None:
            # The timer's own moment, not the timeout, which has been through a subtraction and
            # is cut to a day (MAXIMUM_SELECT_TIMEOUT).
            moments.append(clock.nanoseconds(self._scheduled[0].when()))
        arrival = self._selector.next_arrival()
        if arrival is not None:
            moments.append(arrival)
        known = [moment for moment in moments if moment != NEVER]
        return min(known) if known else None

    def _process_events(self, event_list: list[tuple[End, int]]) -> None:
        """As ``BaseSelectorEventLoop`` does: the reader of each, then its writer."""
        for end, mask in event_list:
            reader, writer = self._selector.handles(end)
            if mask & READ and reader is not None:
                self.rows.foreign[reader] = 0
                self._add_callback(reader)
            if mask & WRITE and writer is not None:
                self.rows.foreign[writer] = 0
                self._add_callback(writer)

    def _write_to_self(self) -> None:
        """Wake the loop: something was given to it by another thread."""
        self.thread.poke()

    # -- running ----------------------------------------------------------------------------

    def run_forever(self) -> None:
        """Run until :meth:`stop` is called.

        Raises:
            Deadlock: it has a machine of its own, where nothing can ever happen again.
        """
        if self._alone is not None and here() is None:
            self._check_closed()
            self._check_running()
            self._alone.run(self._run_here)
            return
        if here() is not self.thread:
            raise RuntimeError(f"{self!r} belongs to another thread")
        self._run_here()

    def _run_here(self) -> None:
        try:
            super().run_forever()
        finally:
            self.rows.leaves(Kind.TASK_LEFT, self.thread.id)

    def close(self) -> None:
        """Close the loop; a machine of its own is thrown away with it."""
        closed = self.is_closed()
        super().close()
        if not closed and self._alone is not None:
            self._alone.close()

    def hush(self) -> None:
        """Log nothing from now on: what is left undone is left so on purpose."""
        self.set_exception_handler(lambda *_: None)

    def discard(self) -> None:
        """Throw the loop away with all its tasks, wherever they are; nothing is logged of them."""
        for task in asyncio.all_tasks(self):
            coroutine: Any = task.get_coro()
            with suppress(BaseException):  # a coroutine may await in its ``finally``
                coroutine.close()
        self._asyncgens.clear()
        self._stopping = True
        self.close()

    def facts(self) -> LoopFacts:
        """What the loop itself knows of its tasks: see :mod:`schedsim.engine.facts`."""
        return self.rows.facts(self._ready, asyncio.all_tasks(self))

    # -- what passes through ----------------------------------------------------------------

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> events.TimerHandle:
        """Call ``callback`` at a moment of the simulated clock, which is a whole nanosecond.

        So timers that are meant to be due together are: 0.001 + 0.009 is not 0.010 in floats.
        """
        when = clock.nearest(when)
        handle = super().call_at(when, callback, *args, context=context)
        self.rows.slept(handle, when)
        return handle

    def create_task(self, coro: Any, **options: Any) -> Any:
        """Start a task.  It is entered in the trace under its name, or its coroutine's."""
        self.rows.look()  # who creates it may be eager itself, and not known yet
        task = super().create_task(coro, **options)
        if isinstance(task, asyncio.Task):
            self.rows.created(task, coro)
        return task

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> events.Handle:
        """Call ``callback`` from any simulated thread of this machine."""
        caller = here()
        if caller is not None and caller.program.closing:
            return events.Handle(callback, args, self, context)  # of no use to anybody
        handle = super().call_soon_threadsafe(callback, *args, context=context)
        if caller is not None and caller is not self.thread:
            self.rows.foreign[handle] = caller.id
        return handle

    # -- threads ----------------------------------------------------------------------------

    def run_in_executor(
        self, executor: futures.Executor | None, func: Callable[[*Ts], R], *args: *Ts
    ) -> asyncio.Future[R]:
        """Run ``func`` in a simulated thread.

        Raises:
            RuntimeError: ``executor`` is one of real threads or processes.
        """
        if executor is None:
            self._check_closed()
            self._check_default_executor()
            if self._default_executor is None:
                self._default_executor = Executor(thread_name_prefix="asyncio", beside=self.thread)
        elif not isinstance(executor, Executor):
            raise RuntimeError(outside.REAL_THREADS)
        return super().run_in_executor(executor, func, *args)

    def set_default_executor(self, executor: Any) -> None:
        """Use ``executor``, a :class:`schedsim.aio.Executor`, where none is given."""
        if not isinstance(executor, Executor):
            raise TypeError(f"executor must be a schedsim.aio.Executor: {outside.REAL_THREADS}")
        super().set_default_executor(executor)

    async def shutdown_default_executor(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 - as the standard library has it
    ) -> None:
        """Wait until the threads of the default executor have ended, as CPython does (3.13).

        A thread of its own does the waiting: ``_do_shutdown``.
        """
        self._executor_shutdown_called = True
        executor = self._default_executor
        if executor is None:
            return
        future = self.create_future()
        waits = self._do_shutdown
        start(self.thread, "shutdown", lambda: waits(future))
        try:
            async with asyncio.timeout(timeout):
                await future
        except TimeoutError:
            warnings.warn(
                f"The executor did not finishing joining its threads within {timeout} seconds.",
                RuntimeWarning,
                stacklevel=2,
            )
            executor.shutdown(wait=False)

    # -- input and output ---------------------------------------------------------------------

    def add_reader(self, fd: Any, callback: Callable[[*Ts], object], *args: *Ts) -> None:
        """Call ``callback`` whenever a simulated socket has something to read."""
        self._check_closed()
        self._selector.watch(outside.end_of(fd), 0, events.Handle(callback, args, self, None))

    def remove_reader(self, fd: Any) -> bool:
        """No longer; False if nobody watched it."""
        return self._selector.unwatch(outside.end_of(fd), 0)

    def add_writer(self, fd: Any, callback: Callable[[*Ts], object], *args: *Ts) -> None:
        """Call ``callback`` as long as something can be written: always, as sockets here are."""
        self._check_closed()
        self._selector.watch(outside.end_of(fd), 1, events.Handle(callback, args, self, None))

    def remove_writer(self, fd: Any) -> bool:
        """No longer; False if nobody watched it."""
        return self._selector.unwatch(outside.end_of(fd), 1)

    async def sock_recv(self, sock: Any, n: int) -> bytes:
        """Receive up to ``n`` bytes from a simulated socket; nothing at its end."""
        end = outside.end_of(sock)
        while not end.readable(self.thread):
            future = self.create_future()
            self.add_reader(end, _set, future)
            try:
                await future
            finally:
                self.remove_reader(end)
        return end.recv(n)

    async def sock_sendall(self, sock: Any, data: Any) -> None:
        """Send to a simulated socket: it takes any amount at once."""
        outside.end_of(sock).send(bytes(data))


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _refuse(name: str) -> Callable[..., NoReturn]:
    def method(self: SimLoop, *args: Any, **options: Any) -> NoReturn:
        raise NotImplementedError(f"{name}() {outside.NEEDS_OUTSIDE}")

    method.__name__ = method.__qualname__ = name
    return method


for _name in outside.REFUSED:
    setattr(SimLoop, _name, _refuse(_name))
