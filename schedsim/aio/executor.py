"""The standard library's thread pool, with simulated threads.

``ThreadPoolExecutor`` and its ``_worker`` run unchanged (so each Python's own rule of when a
worker counts as idle holds); the three things in it that know real threads are replaced: the
queue in which workers wait, the semaphore that counts the idle ones, and the making of a thread.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, thread as pool
from typing import Any
from weakref import ref

from schedsim.aio.thread import Gate, SimThread, here, required, start
from schedsim.programs.greenlets import Abandoned


class Executor(ThreadPoolExecutor):
    """A pool of simulated threads.

    Args:
        max_workers: at most so many; as CPython, 4 more than there are cores, but at most 32.
        thread_name_prefix: of the threads' names.
        initializer: called first in each thread, with ``initargs``.
        initargs: its arguments.
        beside: the threads live in this one's process; the calling one, if not given.
    """

    def __init__(
        self,
        max_workers: int | None = None,
        thread_name_prefix: str = "",
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        *,
        beside: SimThread | None = None,
    ) -> None:
        self._beside = required("Executor()") if beside is None else beside
        workers = min(32, self._beside.engine.online + 4) if max_workers is None else max_workers
        super().__init__(workers, thread_name_prefix or "pool", initializer, initargs)
        self._work_queue = _Work(self)  # type: ignore[assignment]
        self._idle_semaphore = _Idle()  # type: ignore[assignment]

    def _adjust_thread_count(self) -> None:
        if self._idle_semaphore.acquire(timeout=0):
            return
        work: Any = self._work_queue

        def collected(_: object) -> None:
            work.put(None)

        count = len(self._threads)
        if count >= self._max_workers:
            return
        name = f"{self._thread_name_prefix}_{count}"
        arguments = (ref(self, collected), work, self._initializer, self._initargs)
        threads: Any = self._threads  # a set, which the stubs do not say
        threads.add(_Worker(self._beside, name, arguments))


class _Worker:
    """What the pool takes for a ``threading.Thread``."""

    def __init__(self, beside: SimThread, name: str, arguments: tuple[Any, ...]) -> None:
        self._ended = False
        self._joined: Gate | None = None
        self._thread = start(beside, name, lambda: self._run(arguments))

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended."""
        assert timeout is None, "the pool waits for as long as it takes"
        if not self._ended:
            if self._joined is None:
                self._joined = Gate(self._thread, "thread", self._thread.entity.name)
            self._joined.wait()

    def _run(self, arguments: tuple[Any, ...]) -> None:
        try:
            pool._worker(*arguments)
        finally:
            self._ended = True
            while self._joined is not None and self._joined.waiters:
                self._joined.open()


class _Work:
    """What the pool takes for its ``queue.SimpleQueue``."""

    def __init__(self, executor: Executor) -> None:
        self._executor = ref(executor)
        self._items: deque[Any] = deque()
        self._gate = Gate(executor._beside, "queue", f"work of {executor._thread_name_prefix}")

    def put(self, item: Any) -> None:
        self._items.append(item)
        self._gate.holds(len(self._items))
        self._gate.open()

    def get_nowait(self) -> Any:
        if not self._items or self._is_over():
            raise queue.Empty
        item = self._items.popleft()
        self._gate.holds(len(self._items))
        return item

    def get(self, *, block: bool = True) -> Any:
        assert block, "workers wait"
        try:
            while not self._items and not self._is_over():
                self._gate.wait()
        except Abandoned:
            pass  # ``_worker`` would log it as an exception; so it ends
        if self._is_over():
            executor = self._executor()
            if executor is not None:
                executor._shutdown = True
            return None
        return self.get_nowait()

    def _is_over(self) -> bool:
        """The worker that asks is thrown away."""
        thread = here()
        return thread is not None and thread.program.closing


class _Idle:
    """What the pool takes for its ``threading.Semaphore``: nobody ever waits for it."""

    def __init__(self) -> None:
        self._value = 0

    def acquire(self, *, timeout: float) -> bool:
        assert timeout == 0, "a submit does not wait"
        if self._value == 0:
            return False
        self._value -= 1
        return True

    def release(self) -> None:
        self._value += 1
