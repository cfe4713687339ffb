"""SimPy at the workloads of the study, in three styles for W3; and a bare loop, which has none."""

# A peer may be missing, so it is imported by its own cases.
# ruff: noqa: PLC0415

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import Any

from schedsim.bench import workload


def resource() -> workload.Measured:
    """W3 as the textbook writes it: each thread asks for a core, for one quantum at a time."""
    import simpy

    env = simpy.Environment()
    cpu = simpy.Resource(env, workload.CORES)
    trace: list[tuple[Any, ...]] = []

    def thread(number: int) -> Generator[Any, Any, None]:
        left = workload.SWITCHES // workload.THREADS * workload.QUANTUM
        while left:
            with cpu.request() as core:
                yield core
                length = min(workload.QUANTUM, left)
                trace.append((env.now, number, length, 0))
                yield env.timeout(length)
                left -= length

    for number in range(workload.THREADS):
        env.process(thread(number))
    return workload.timed(workload.SWITCHES, env.run)


def by_hand() -> workload.Measured:
    """W3 as fast as SimPy can: cores are processes, threads are entries of a deque."""
    import simpy

    env = simpy.Environment()
    queue = deque(
        [workload.SWITCHES // workload.THREADS * workload.QUANTUM, number]
        for number in range(workload.THREADS)
    )
    trace: list[tuple[Any, ...]] = []

    def core(index: int) -> Generator[Any, Any, None]:
        while queue:
            thread = queue.popleft()
            length = min(workload.QUANTUM, thread[0])
            trace.append((env.now, index, thread[1], 0))
            yield env.timeout(length)
            thread[0] -= length
            if thread[0]:
                queue.append(thread)

    for index in range(workload.CORES):
        env.process(core(index))
    return workload.timed(workload.SWITCHES, env.run)


def interrupts() -> workload.Measured:
    """W3 with preemption proper: a scheduler interrupts the computing thread."""
    import simpy

    env = simpy.Environment()
    queue: Any = simpy.Store(env)
    trace: list[tuple[Any, ...]] = []

    def thread(number: int) -> Generator[Any, Any, None]:
        left: float = workload.SWITCHES // workload.THREADS * workload.QUANTUM
        while left:
            turn, gone = env.event(), env.event()
            yield queue.put((env.active_process, turn, gone, number))
            yield turn
            began = env.now
            try:
                yield env.timeout(left)
                left = 0
            except simpy.Interrupt:
                left -= env.now - began
            gone.succeed()

    def core(index: int) -> Generator[Any, Any, None]:
        while True:
            process, turn, gone, number = yield queue.get()
            trace.append((env.now, index, number, 0))
            turn.succeed()
            yield env.timeout(workload.QUANTUM) | gone
            if not gone.triggered:
                process.interrupt()
                yield gone

    for number in range(workload.THREADS):
        env.process(thread(number))
    for index in range(workload.CORES):
        env.process(core(index))
    return workload.timed(workload.SWITCHES, env.run)


def sleeps(tasks: int) -> workload.Measured:
    """W4 with sleeps: processes that do nothing but wait for timeouts."""
    import simpy

    def measure() -> workload.Measured:
        env = simpy.Environment()

        def task() -> Generator[Any, Any, None]:
            for _ in range(workload.SLEEPS):
                yield env.timeout(workload.MILLISECOND)

        for _ in range(tasks):
            env.process(task())
        return workload.timed(tasks * workload.SLEEPS, env.run)

    return workload.again(tasks, measure)


def customers() -> workload.Measured:
    """W2: a process for each customer, which asks for one of the servers."""
    import simpy

    env = simpy.Environment()
    servers = simpy.Resource(env, workload.SERVERS)
    coming = workload.customers()
    trace: list[tuple[Any, ...]] = []

    def customer(number: int, length: int) -> Generator[Any, Any, None]:
        with servers.request() as server:
            yield server
            trace.append((env.now, number, length, 0))
            yield env.timeout(length)

    def source() -> Generator[Any, Any, None]:
        for number, (arrival, length) in enumerate(coming):
            yield env.timeout(arrival - env.now)
            env.process(customer(number, length))

    env.process(source())
    return workload.timed(len(coming), env.run)


def bare_loop() -> workload.Measured:
    """W3 with nothing but a heap, a deque and a list of rows: no programs, no policy."""
    from heapq import heappop, heappush

    queue = deque(
        [workload.SWITCHES // workload.THREADS * workload.QUANTUM, number]
        for number in range(workload.THREADS)
    )
    trace: list[tuple[int, ...]] = []

    def run() -> None:
        heap: list[tuple[int, int, int, list[int]]] = []
        sequence = 0
        for index in range(workload.CORES):
            heappush(heap, (workload.QUANTUM, sequence, index, queue.popleft()))
            sequence += 1
        while heap:
            now, _, index, thread = heappop(heap)
            thread[0] -= workload.QUANTUM
            if thread[0] > 0:
                queue.append(thread)
            if queue:
                thread = queue.popleft()
                trace.append((now, index, thread[1], 0))
                heappush(heap, (now + min(workload.QUANTUM, thread[0]), sequence, index, thread))
                sequence += 1

    return workload.timed(workload.SWITCHES, run)
