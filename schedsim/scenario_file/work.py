"""The work of a scenario file: jobs, or a tree of processes, threads and tasks."""

from __future__ import annotations

from typing import Any

from schedsim.attributes import Attributes
from schedsim.durations import Time
from schedsim.loops import EAGER, LOOPS
from schedsim.programs.steps import Repeat, Step
from schedsim.scenario import MODELS, Job, ProcessPlan, Scenario, ThreadPlan
from schedsim.scenario_file import patterns
from schedsim.scenario_file.fields import Reading
from schedsim.scenario_file.machine import positive, read_machine, read_patch, read_python
from schedsim.scenario_file.problems import Key, Problems, check_names, shown
from schedsim.scenario_file.scopes import (
    Known,
    check_cores,
    check_patch,
    check_patches,
    check_released,
    check_scope,
    check_total,
)
from schedsim.scenario_file.shapes import (
    FOR_THREADS,
    FileTable,
    JobTable,
    ProcessTable,
    ThreadTable,
)
from schedsim.scenario_file.shared import read_shared
from schedsim.scenario_file.steps import StepsReader
from schedsim.scenario_file.values import Duration
from schedsim.scenario_file.vocabulary import check_vocabulary, vocabulary


def read_scenario(tables: dict[str, Any], reading: Reading, name: str) -> Scenario:
    """The scenario that ``tables`` describe.  Only without problems it means anything."""
    file = reading.table(FileTable, tables, ())
    problems = reading.problems
    if file.job and file.process:
        problems.add(("process",), "write either [[job]] or [[process]], not both")
    elif not (file.job or file.process or {"job", "process"} & tables.keys()):
        problems.add((), "there is nothing to do: write a [[job]] or a [[process]]")
    if file.process and "model" in tables:
        problems.add(("model",), "a tree of processes has no model: its structure is given")
    elif file.model not in MODELS:
        problems.choose(("model",), file.model, MODELS, "model")
    machine = read_machine(file.machine, reading)
    known: list[Known] = []
    jobs = _read_jobs(file.job, reading, known)
    vocabularies: list[tuple[list[Known], str]] = []
    processes = _read_processes(file.process, reading, known, vocabularies)
    check_cores(known, machine.cores, problems)
    shared, pools = read_shared(file, (use for each in known for use in each.steps.uses), reading)
    check_released(known, shared, problems)
    python = read_python(file.python, reading)
    if processes:
        check_patches(processes, python.monkey_patch, problems)
    if not file.process:
        loop = MODELS[file.model].loop if file.model in MODELS else ""
        vocabularies.append((known, loop))
        check_patch(python.monkey_patch, [loop], ("python",), problems)
    if python.eager_tasks and not any(loop == EAGER for _, loop in vocabularies):
        says = f"only tasks of {EAGER} begin at once, and no loop here is one of {EAGER}"
        problems.add(("python", "eager_tasks"), says)
    for jobs_there, loop in vocabularies:
        check_vocabulary(jobs_there, vocabulary(loop), shared, problems)
    return Scenario(
        title=file.title,
        name=name,
        lesson=file.lesson.strip(),
        group=file.group,
        order=file.order,
        unit=reading.unit,
        model=file.model,
        machine=machine,
        python=python,
        jobs=jobs,
        processes=processes,
        shared=shared,
        pools=pools,
        until=positive(file.until, ("until",), reading),
    )


def _read_jobs(items: list[object], reading: Reading, known: list[Known]) -> tuple[Job, ...]:
    jobs = [_read_job(table, key, reading) for key, table in reading.tables(items, ("job",))]
    check_scope(jobs, reading.problems)
    check_total(sum(each.job.count for each in jobs), ("job",), reading.problems)
    known += jobs
    return tuple(each.job for each in jobs)


def _read_processes(
    items: list[object],
    reading: Reading,
    known: list[Known],
    vocabularies: list[tuple[list[Known], str]],
) -> tuple[ProcessPlan, ...]:
    """Processes with all that is in them.

    Args:
        items: their tables.
        reading: where to tell what is wrong.
        known: all jobs, to be added to.
        vocabularies: jobs that know one another and the loop that runs them, to be added to.
    """
    plans = []
    names = []
    total = 0
    for key, table in reading.tables(items, ("process",)):
        process = reading.table(ProcessTable, table, key)
        names.append((process.name, (*key, "name")))
        threads = _read_threads(process.thread, (*key, "thread"), reading, known, vocabularies)
        patch, early = read_patch(process, key, reading)
        total += sum(plan.job.count * (1 + _count(plan.tasks)) for plan in threads)
        plans.append(ProcessPlan(process.name, threads, patch, early))
    check_names(names, reading.problems, "process")
    check_total(total, ("process",), reading.problems)
    return tuple(plans)


def _read_threads(
    items: list[object],
    key: Key,
    reading: Reading,
    known_all: list[Known],
    vocabularies: list[tuple[list[Known], str]],
) -> tuple[ThreadPlan, ...]:
    jobs: list[Known] = []
    plans: list[ThreadPlan] = []
    for place, table in reading.tables(items, key):
        thread = reading.table(ThreadTable, table, place)
        if "loop" in table or "task" in table:
            known, plan, tasks = _read_loop(thread, table, place, reading)
            known_all += tasks
            vocabularies.append((tasks, plan.loop))
        else:
            if "steps" not in table and "wcet" not in table:
                reading.problems.add(place, "'steps' is missing, or [[process.thread.task]]")
            known = _known(thread, table, place, reading)
            plan = ThreadPlan(known.job, interpreter=thread.interpreter)
        jobs.append(known)
        plans.append(plan)
    check_scope(jobs, reading.problems, "thread")
    vocabularies.append((jobs, ""))
    known_all += jobs
    return tuple(plans)


def _read_loop(
    thread: ThreadTable,
    table: dict[str, object],
    key: Key,
    reading: Reading,
) -> tuple[Known, ThreadPlan, list[Known]]:
    """A thread that runs an event loop, and its tasks."""
    problems = reading.problems
    loop = thread.loop if "loop" in table else "asyncio"
    if loop not in LOOPS:
        problems.choose((*key, "loop"), loop, LOOPS, "event loop")
    if "task" not in table:
        problems.add(key, "'task' is missing: an event loop runs [[process.thread.task]]")
    for word in ("steps", "cpu_heavy", "yielding"):
        if word in table:
            problems.add((*key, word), "a thread that runs an event loop has it in its tasks")
    tasks = []
    for at, each in reading.tables(thread.task, (*key, "task")):
        for word in FOR_THREADS:
            if word in each:
                problems.add((*at, word), "the operating system schedules threads, not tasks")
        tasks.append(_read_job(each, at, reading))
    check_scope(tasks, problems, "task")
    known = _known(thread, {**table, "steps": None}, key, reading)
    plan = ThreadPlan(known.job, loop, tuple(task.job for task in tasks), thread.interpreter)
    return known, plan, tasks


def _read_job(table: dict[str, object], key: Key, reading: Reading) -> Known:
    if "steps" not in table and "wcet" not in table:
        reading.problems.add(key, "'steps' is missing")
    return _known(reading.table(JobTable, table, key), table, key, reading)


def _known(job: JobTable, table: dict[str, object], key: Key, reading: Reading) -> Known:
    """The job, checked as far as it goes alone."""
    problems = reading.problems
    steps = StepsReader(reading, job.cpu_heavy)
    done = steps.read(job.steps, (*key, "steps")) if isinstance(table.get("steps"), list) else ()
    if "steps" not in table and job.wcet:
        done = patterns.compute(job.wcet, reading.unit)
    done = _with_patterns(job, done, key, reading)
    _check_deadline(job, key, problems)
    if "yielding" in table and table.get("cpu_heavy", False) is False:
        problems.add((*key, "yielding"), "it is for jobs that say cpu_heavy = true")
    if job.spawned and job.count > 1:
        says = f"a spawned job starts once for each spawn, got {shown(job.count)}"
        problems.add((*key, "count"), says)
    return Known(
        Job(
            job.name,
            done,
            job.count,
            int(job.arrival),
            cpu_heavy=job.cpu_heavy,
            yielding=job.yielding,
            spawned=job.spawned,
            attributes=_attributes(job, done),
            affinity=tuple(sorted(set(job.affinity))),
            check_every=_time(job.check_every),
        ),
        key,
        steps,
    )


def _attributes(job: JobTable, steps: tuple[Step, ...]) -> Attributes:
    """What the job says of itself to the scheduler."""
    wcet = job.wcet
    if wcet is None and job.period:
        repeat = steps[0] if steps else None
        body = repeat.do[:-1] if isinstance(repeat, Repeat) else ()
        computed = patterns.computing(body)
        wcet = None if computed is None else Duration(computed)
    return Attributes(
        nice=job.nice,
        priority=job.priority,
        tickets=job.tickets,
        weight=job.weight,
        request=_time(job.request),
        wcet=_time(wcet),
        period=_time(job.period),
        deadline=_time(job.deadline if job.deadline is not None else job.period),
        working_set=job.working_set,
        scheduling_class=job.class_,
    )


def _time(value: Time | None) -> Time | None:
    return None if value is None else int(value)


def _with_patterns(
    job: JobTable, steps: tuple[Step, ...], key: Key, reading: Reading
) -> tuple[Step, ...]:
    """The steps as the keys ``io_every`` and ``period`` make them."""
    problems, unit = reading.problems, reading.unit
    for word, value in (("wcet", job.wcet), ("request", job.request), ("period", job.period)):
        if value == 0:
            problems.add((*key, word), "must be longer than 0")
    if job.io_time is not None and job.io_every is None:
        problems.add((*key, "io_time"), "it goes with io_every: how much computing is between")
    if job.io_every is not None and job.io_time is None:
        problems.add((*key, "io_every"), "it goes with io_time: how long the I/O takes")
    if job.io_every and job.io_time is not None and steps:
        total = patterns.computing(steps)
        if total is None:
            problems.add((*key, "io_every"), "it goes with steps that only compute, and end")
        elif total:
            steps = patterns.with_io(total, job.io_every, job.io_time, unit)
    if job.period and steps:
        if patterns.endless(steps):
            problems.add((*key, "period"), "its steps never end: what would come every period?")
        steps = patterns.periodic(steps, job.period, unit)
    return steps


def _check_deadline(job: JobTable, key: Key, problems: Problems) -> None:
    """A deadline is a moment, but of a periodic job it counts from each release."""
    if job.deadline is None:
        return
    if job.deadline == 0:
        problems.add((*key, "deadline"), "must be longer than 0")
    elif not job.period and job.deadline <= job.arrival:
        says = f"must be after the arrival, at {job.arrival}: without a period it is a moment"
        problems.add((*key, "deadline"), f"{says}, got {shown(int(job.deadline))}")


def _count(tasks: tuple[Job, ...]) -> int:
    return sum(task.count for task in tasks)
