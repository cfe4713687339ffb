"""Pools of threads and processes, from threads and from asyncio (SEMANTICS.md A13, B4, D13)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schedsim.history import History
from schedsim.pooling import Pools
from schedsim.programs.steps import Block, Try
from schedsim.scenario import Job, PoolSpec, Scenario, Shared
from schedsim.threads.base import Worker
from schedsim.threads.pools import Assignment, Custom, Pool, default_size
from schedsim.trace import Entity, Kind, Reason, Role, Trace
from schedsim.traps import SLEEP, Body, Wish
from schedsim.why import explain
from tests.live_threads import ThreadMachine
from tests.machines import MS, ends, holds, marks, ms, on_core, tasks, threads, told
from tests.sharing import again, caught, played, work

SLEEPER = work("sleeper", "call time.sleep 50ms", spawned=True)
CRUNCH = work("crunch", "compute 50ms", spawned=True)


def pooled(scenario: Scenario, **pools: PoolSpec) -> Trace:
    """The run of a scenario with such pools."""
    return played(replace(scenario, pools=pools))


def names(trace: Trace, job: str) -> list[str]:
    """Of the threads of one job or pool."""
    return [e.name for e in trace.entities if e.role is Role.THREAD and e.job == job]


def when(trace: Trace, label: str) -> list[float]:
    return [time for time, _, what in marks(trace) if what == label]


# -- B4, D13: ten sleeps of 50 ms -------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "size", "total"),
    [
        ("call time.sleep 50ms", None, 500),
        ("sleep 50ms", None, 50),
        ("to_thread sleeper", None, 100),
        ("run_in pool sleeper", 10, 50),
        ("run_in pool sleeper", 4, 150),
    ],
)
def test_ten_sleeps_in_tasks_take_what_they_take_in_python(
    step: str, size: int | None, total: int
) -> None:
    """Ten tasks on two cores: the default pool has min(32, 2 + 4) = 6 threads."""
    scenario = tasks(work("task", step, count=10), SLEEPER, cores=2)
    assert ms(pooled(scenario, pool=PoolSpec(size)).end) == total


@pytest.mark.parametrize(
    ("model", "jobs", "total", "size"),
    [
        ("trio", 41, 100, 40),
        ("gevent", 10, 50, 10),
        ("gevent", 11, 100, 10),
        ("eventlet", 10, 50, 20),
    ],
)
def test_each_framework_has_a_pool_of_its_own_size(
    model: str, jobs: int, total: int, size: int
) -> None:
    """B5: a limiter of 40, a pool of 10, a pool of 20 whose threads all start for the first job."""
    scenario = tasks(work("task", "to_thread sleeper", "mark done", count=jobs), SLEEPER, cores=2)
    trace = pooled(replace(scenario, model=model))
    assert ms(trace.end) == total
    assert len(when(trace, "done")) == jobs
    assert len(names(trace, "default")) == size


def test_a_greenlet_that_is_killed_waits_no_longer_but_its_work_goes_on() -> None:
    killer = work("killer", "sleep 10ms", "cancel t", "mark killed")
    scenario = tasks(work("t", "to_thread sleeper", "mark never"), SLEEPER, killer)
    trace = pooled(replace(scenario, model="gevent"))
    assert [what for _, _, what in marks(trace)] == ["sleeper", "killed"]
    assert ends(trace)["t"] == 10
    assert ms(trace.end) == 50


@pytest.mark.parametrize(("size", "total"), [(None, 100), (4, 150), (10, 50)])
def test_so_do_threads_that_wait_for_a_pool(size: int | None, total: int) -> None:
    scenario = threads(work("task", "run_in pool sleeper", count=10), SLEEPER, cores=2)
    assert ms(pooled(scenario, pool=PoolSpec(size)).end) == total


@pytest.mark.parametrize(("cores", "size"), [(1, 5), (2, 6), (28, 32), (64, 32)])
def test_the_default_size_is_that_of_the_standard_library(cores: int, size: int) -> None:
    assert default_size(cores) == size


# -- A13: workers -------------------------------------------------------------------------------


def test_a_worker_that_is_idle_is_used_again() -> None:
    scenario = tasks(work("task", again(3, "to_thread sleeper")), SLEEPER)
    trace = pooled(scenario)
    assert names(trace, "default") == ["asyncio_0"]
    assert [who for _, who, _ in marks(trace)] == ["asyncio_0"] * 3


def test_there_is_a_worker_for_each_job_up_to_the_limit() -> None:
    scenario = threads(work("t", "run_in p sleeper", arrival="1ms", count=5), SLEEPER, cores=2)
    trace = pooled(scenario, p=PoolSpec(3))
    assert names(trace, "p") == [f"p_{n}" for n in range(3)]


def test_jobs_are_done_in_the_order_in_which_they_were_given() -> None:
    scenario = tasks(work("t", "run_in p sleeper", count=4), SLEEPER)
    trace = pooled(scenario, p=PoolSpec(2))
    assert [(time, what) for time, _, what in marks(trace)] == [
        (0, "sleeper"),
        (0, "sleeper-2"),
        (50, "sleeper-3"),
        (50, "sleeper-4"),
    ]


def test_the_pool_shows_how_many_jobs_wait_and_who_is_idle() -> None:
    trace = pooled(tasks(work("t", "run_in p sleeper", count=4), SLEEPER), p=PoolSpec(2))
    number = next(n for n, each in enumerate(trace.resources) if each == ("pool", "p"))
    waiting = [
        (row.time // MS, row.arg)
        for row in trace.rows()
        if row.kind is Kind.RESOURCE and row.other == number
    ]
    assert waiting == [(0, 1), (0, 2), (0, 3), (0, 4), (0, 3), (0, 2), (50, 1), (50, 0)]


def test_the_task_goes_on_in_the_pass_after_the_one_that_copies_the_result() -> None:
    """A13: a poke, a pass with the callback, and a pass with the task."""
    trace = pooled(tasks(work("t", "to_thread sleeper", "mark back"), SLEEPER))
    at_50 = [row for row in trace.rows() if row.time == 50 * MS]
    kinds = (Kind.WAKE, Kind.LOOP_PASS, Kind.TASK_READY, Kind.TASK_RUN, Kind.MARK)
    said = [(row.kind.name, row.reason.name) for row in at_50 if row.kind in kinds]
    assert said[:7] == [
        ("WAKE", "TIMER"),
        ("WAKE", "POKED"),
        ("LOOP_PASS", "NONE"),
        ("TASK_READY", "JOINED"),
        ("LOOP_PASS", "NONE"),
        ("TASK_RUN", "NONE"),
        ("MARK", "NONE"),
    ]
    poked = next(row for row in at_50 if row.reason is Reason.POKED)
    assert trace.entities[poked.other].name == "asyncio_0"


def test_the_loop_goes_on_while_a_worker_computes_but_shares_the_gil_with_it() -> None:
    """D6: a ticker that becomes due waits a switch interval for the GIL."""
    scenario = tasks(
        work("t", "to_thread crunch"), CRUNCH, work("tick", "sleep 20ms", "mark tick"), cores=2
    )
    assert when(pooled(scenario), "tick") == [25]


def test_an_exception_of_the_job_meets_who_waits_for_it() -> None:
    bad = work("bad", "compute 1ms", "raise oops", spawned=True)
    for make in (tasks, threads):
        trace = pooled(make(work("t", caught("to_thread bad", then="mark caught")), bad))
        assert when(trace, "caught") == [1]


def test_workers_share_locks_with_threads() -> None:
    inside = work("inside", "acquire l", "compute 2ms", "release l", spawned=True)
    scenario = threads(
        work("t", "sleep 1ms", "to_thread inside", "mark t"),
        work("u", "acquire l", "io 5ms", "release l"),
        inside,
        cores=2,
    )
    assert when(pooled(scenario), "t") == [7]


def test_a_job_that_waits_for_a_job_in_a_full_pool_waits_for_ever() -> None:
    scenario = threads(
        work("t", "run_in p outer"),
        work("outer", "run_in p inner", spawned=True),
        work("inner", "compute 1ms", spawned=True),
    )
    assert "t" not in ends(pooled(scenario, p=PoolSpec(1)))
    assert ends(pooled(scenario, p=PoolSpec(2)))["t"] == 1


def test_a_pool_ends_with_its_last_user_and_begins_again_for_another() -> None:
    late = work("late", "to_thread sleeper", spawned=True)
    scenario = threads(
        work("t", "to_thread sleeper"), work("u", "sleep 80ms", "spawn late"), late, SLEEPER
    )
    trace = pooled(scenario)
    assert ends(trace)["ThreadPoolExecutor-0_0"] == 50
    assert ends(trace)["ThreadPoolExecutor-0_1"] == ends(trace)["late"] == 130


def test_the_loop_waits_for_the_workers_of_its_pool_in_the_end() -> None:
    """A15: a task that was cancelled has left a job behind."""
    scenario = tasks(work("t", "to_thread sleeper"), work("k", "sleep 10ms", "cancel t"), SLEEPER)
    trace = pooled(scenario)
    assert (ends(trace)["t"], ends(trace)["main"]) == (10, 50)
    left = [row for row in trace.rows() if row.core == 0 and row.reason is Reason.JOIN]
    assert [row.time for row in left] == [10 * MS]


def test_the_program_of_a_worker_lists_all_it_may_do() -> None:
    scenario = tasks(work("t", "to_thread crunch", "to_thread sleeper"), CRUNCH, SLEEPER)
    trace = pooled(scenario)
    (worker,) = (e for e in trace.entities if e.name == "asyncio_0")
    assert worker.listing is not None
    assert worker.listing.lines == (
        "crunch:",
        "  compute 50ms",
        "sleeper:",
        "  call time.sleep 50ms",
    )
    compute = next(row for row in trace.rows() if row.kind is Kind.COMPUTE)
    assert worker.listing.line(compute.other) == 1


# -- D1, D2: what computes ----------------------------------------------------------------------


@pytest.mark.parametrize("make", [tasks, threads])
def test_threads_of_a_pool_do_not_compute_in_parallel(make: Any) -> None:
    """D1: four times 50 ms under one GIL are 200 ms, on however many cores."""
    trace = pooled(make(work("t", "run_in p crunch", count=4), CRUNCH, cores=4), p=PoolSpec(4))
    assert ms(trace.end) == 200


@pytest.mark.parametrize("make", [tasks, threads])
@pytest.mark.parametrize(("cores", "total"), [(1, 200), (2, 100), (4, 50)])
def test_processes_of_a_pool_do(make: Any, cores: int, total: int) -> None:
    """D2: ceil(4 / cores) times 50 ms, if nothing else costs anything."""
    free = PoolSpec(kind="process", start_cost=0, pickle_cost=0, result_cost=0)
    scenario = make(work("t", "run_in p crunch", count=4), CRUNCH, cores=cores)
    assert ms(pooled(scenario, p=free).end) == total


def test_a_worker_process_costs_a_start_and_pickling_at_both_ends() -> None:
    """4 ms of start, then 1 ms in the parent, which sends, 1 ms in the worker, 50 ms of work, and
    2 ms at each end for the result.  The start and the parent's pickling overlap on two cores."""
    costs = PoolSpec(1, "process", "spawn", start_cost=4 * MS, pickle_cost=MS, result_cost=2 * MS)
    scenario = threads(work("t", "run_in p crunch"), CRUNCH, cores=2)
    trace = pooled(scenario, p=costs)
    assert ends(trace)["t"] == 4 + 1 + 50 + 2 + 2
    assert names(trace, "p") == ["p-1", "pickler"]


def test_forked_workers_all_start_for_the_first_job_and_spawned_ones_as_needed() -> None:
    scenario = threads(work("t", again(2, "run_in p crunch")), CRUNCH, cores=3)
    for method, started in (("fork", 3), ("spawn", 1)):
        trace = pooled(scenario, p=PoolSpec(kind="process", start_method=method))
        workers = [name for name in names(trace, "p") if name.startswith("p-")]
        assert workers == [f"p-{n + 1}" for n in range(started)]


def test_each_worker_process_has_a_gil_of_its_own() -> None:
    free = PoolSpec(2, "process", start_cost=0, pickle_cost=0, result_cost=0)
    trace = pooled(threads(work("t", "run_in p crunch", count=2), CRUNCH, cores=2), p=free)
    gils = [e.name for e in trace.entities if e.role is Role.PROCESS and e.gil]
    assert gils == ["python", "p-1", "p-2"]
    assert {(e.who, e.end) for e in holds(trace)} == {("p-1", 50), ("p-2", 50)}
    assert {on_core(trace, core)[0].who for core in (0, 1)} == {"p-1", "p-2"}


def test_a_pool_that_is_never_used_has_neither_workers_nor_a_clerk() -> None:
    scenario = threads(work("t", caught("raise oops", "run_in p crunch", then="mark it")), CRUNCH)
    trace = pooled(scenario, p=PoolSpec(kind="process"))
    assert (marks(trace), names(trace, "p"), trace.end) == ([(0, "t", "it")], [], 0)


def test_who_fails_leaves_its_pools_which_end_when_nobody_is_left() -> None:
    fails = work("fails", "sleep 60ms", "raise oops", "run_in p sleeper")
    trace = pooled(threads(work("t", "run_in p sleeper"), fails, SLEEPER), p=PoolSpec(1))
    assert (ends(trace)["t"], ends(trace)["p_0"]) == (50, 60)


def test_a_pool_ends_what_is_under_way_when_nobody_waits_for_it_any_more() -> None:
    free = PoolSpec(1, "process", start_cost=0, pickle_cost=0, result_cost=0)
    limited = Block(Wish("timeout", (10 * MS,)), work("", "run_in p crunch").steps, "timeout")
    task = Job("t", (Try((limited,), (("timeout", work("", "mark late").steps),)),))
    trace = pooled(tasks(task, CRUNCH, cores=2), p=free)
    assert marks(trace) == [(0, "p-1", "crunch"), (10, "t", "late")]
    assert ends(trace)["p-1"] == 50


# -- pools of other frameworks --------------------------------------------------------------------


def custom(custom: Custom, most: int, jobs: int) -> ThreadMachine:
    """A pool whose jobs sleep for 5, given one by one by a thread that does not wait."""
    machine = ThreadMachine(cores=8)

    class Sleeps:
        def begin(self, worker: Worker) -> tuple[str, Body]:
            def body() -> Body:
                yield (SLEEP, 5)

            return "job", body()

        def usual_pool(self, entity: int) -> Pool:
            raise NotImplementedError

    number = machine.trace.resource("pool", "p")
    pool = Pool(machine.engine, number, machine, most, custom)

    def giver(me: Worker) -> Body:
        pool.join_users()
        for _ in range(jobs):
            given = Assignment(Sleeps())
            yield from pool.submit(me.id, given)
        yield from given.wait(me)
        yield (SLEEP, 5)
        last = Assignment(Sleeps())
        yield from pool.submit(me.id, last)
        yield from last.wait(me)
        yield from pool.leave_users(wait=True)

    machine.start("giver", giver)
    return machine.run()


def workers(machine: ThreadMachine) -> list[str]:
    """Who did the jobs, in order."""
    return [who for _, _, who, _ in machine.told(Kind.MARK)]


def test_an_eager_pool_starts_all_for_the_first_job() -> None:
    """``eventlet.tpool.setup``."""
    machine = custom(Custom("t", eager=True), 3, 1)
    assert [e.name for e in machine.trace.entities[3:]] == ["t0", "t1", "t2"]


def test_a_cache_of_threads_uses_the_one_that_became_idle_last() -> None:
    """trio: ``_idle_workers.popitem()``; an executor uses the one that has been idle longest."""
    assert workers(custom(Custom("t", newest_first=True), 2, 2)) == ["t0", "t1", "t1"]
    assert workers(custom(Custom("t"), 2, 2)) == ["t0", "t1", "t0"]


@pytest.mark.parametrize(
    ("loop", "most", "prefix"),
    [
        ("asyncio", 6, "asyncio_"),
        ("trio", 40, "Trio thread "),
        ("gevent", 10, "ThreadPool-"),
        ("eventlet", 20, "tpool_thread_"),
        ("", 6, "ThreadPoolExecutor-0_"),
    ],
)
def test_the_usual_pool_is_that_of_the_framework(loop: str, most: int, prefix: str) -> None:
    """SEMANTICS.md A13, T3, B5, E2."""
    machine = ThreadMachine(cores=2)
    machine.trace.enter(Entity(2, Role.THREAD, "main", 1, 2, "main", loop=loop))
    pools = Pools(machine.engine, Scenario("t"), lambda _: None, lambda: None)
    assert machine.gil is not None
    pools.gils[1] = machine.gil
    pool = pools.of(2)
    assert (pool.most, pool.custom.prefix) == (most, prefix)


# -- channels between tasks and threads -----------------------------------------------------------


def test_a_task_that_reads_a_pipe_lets_others_go_on_and_a_thread_does_not_need_the_gil() -> None:
    scenario = tasks(
        work("writer", "sleep 2ms", "send p 1", "mark sent"),
        work("reader", "recv p", "mark got"),
        work("other", again(3, "sleep 1ms", "mark tick")),
    )
    trace = played(replace(scenario, shared={"p": Shared("pipe", latency=3 * MS)}))
    assert when(trace, "sent") == [2]
    assert when(trace, "got") == [5]
    assert when(trace, "tick") == [1, 2, 3]
    said = told(trace, Kind.TASK_LEFT)
    assert ("LOCK", "main") in [row[2:4] for row in said]


# -- what is said of it ---------------------------------------------------------------------------


def test_every_row_of_a_pool_is_explained() -> None:
    scenario = threads(work("t", "run_in p sleeper", count=2), SLEEPER, work("u", "wait e 3ms"))
    history = History(pooled(scenario, p=PoolSpec(1)))
    said = [explain(history, step + 1).headline for step in range(len(history.trace))]
    assert "t-1 gives a job to pool p (now 1 waits)." in said
    assert "p_0 takes a job from pool p (now 0 wait)." in said
    assert any("t-1 waits for a job that it gave to a pool." in each for each in said)
    assert "p_0 has done the job for which t-2 waited: it is runnable." in said
    assert "u has waited for event e as long as it was willing to: it is runnable." in said
