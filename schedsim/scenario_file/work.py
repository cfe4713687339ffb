"""The work of a scenario file: jobs, or a tree of processes, threads and tasks."""

from __future__ import annotations

from typing import Any

from schedsim.loops import LOOPS
from schedsim.scenario import MODELS, Job, ProcessPlan, Scenario, ThreadPlan
from schedsim.scenario_file.fields import Reading
from schedsim.scenario_file.machine import positive, read_machine, read_python
from schedsim.scenario_file.problems import Key, shown
from schedsim.scenario_file.scopes import Known, check_names, check_scope, check_total
from schedsim.scenario_file.shapes import FileTable, JobTable, ProcessTable, ThreadTable
from schedsim.scenario_file.steps import StepsReader


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
    return Scenario(
        title=file.title,
        name=name,
        lesson=file.lesson.strip(),
        group=file.group,
        order=file.order,
        unit=reading.unit,
        model=file.model,
        machine=read_machine(file.machine, reading),
        python=read_python(file.python, reading),
        jobs=_read_jobs(file.job, reading),
        processes=_read_processes(file.process, reading),
        until=positive(file.until, ("until",), reading),
    )


def _read_jobs(items: list[object], reading: Reading) -> tuple[Job, ...]:
    jobs = [_read_job(table, key, reading) for key, table in reading.tables(items, ("job",))]
    check_scope(jobs, reading.problems)
    check_total(sum(known.job.count for known in jobs), ("job",), reading.problems)
    return tuple(known.job for known in jobs)


def _read_processes(items: list[object], reading: Reading) -> tuple[ProcessPlan, ...]:
    plans = []
    names = []
    total = 0
    for key, table in reading.tables(items, ("process",)):
        process = reading.table(ProcessTable, table, key)
        names.append((process.name, (*key, "name")))
        threads = _read_threads(process.thread, (*key, "thread"), reading)
        total += sum(plan.job.count * (1 + _count(plan.tasks)) for plan in threads)
        plans.append(ProcessPlan(process.name, threads))
    check_names(names, reading.problems, "process")
    check_total(total, ("process",), reading.problems)
    return tuple(plans)


def _read_threads(items: list[object], key: Key, reading: Reading) -> tuple[ThreadPlan, ...]:
    jobs: list[Known] = []
    plans: list[ThreadPlan] = []
    for place, table in reading.tables(items, key):
        thread = reading.table(ThreadTable, table, place)
        if "loop" in table or "task" in table:
            known, plan = _read_loop(thread, table, place, reading)
        else:
            if "steps" not in table:
                reading.problems.add(place, "'steps' is missing, or [[process.thread.task]]")
            known = _known(thread, table, place, reading)
            plan = ThreadPlan(known.job)
        jobs.append(known)
        plans.append(plan)
    check_scope(jobs, reading.problems, "thread")
    return tuple(plans)


def _read_loop(
    thread: ThreadTable, table: dict[str, object], key: Key, reading: Reading
) -> tuple[Known, ThreadPlan]:
    """A thread that runs an event loop."""
    problems = reading.problems
    loop = thread.loop if "loop" in table else "asyncio"
    if loop not in LOOPS:
        problems.choose((*key, "loop"), loop, LOOPS, "event loop")
    if "task" not in table:
        problems.add(key, "'task' is missing: an event loop runs [[process.thread.task]]")
    for word in ("steps", "cpu_heavy", "yielding"):
        if word in table:
            problems.add((*key, word), "a thread that runs an event loop has it in its tasks")
    tasks = [
        _read_job(each, at, reading) for at, each in reading.tables(thread.task, (*key, "task"))
    ]
    check_scope(tasks, problems, "task")
    known = _known(thread, {**table, "steps": None}, key, reading)
    return known, ThreadPlan(known.job, loop, tuple(task.job for task in tasks))


def _read_job(table: dict[str, object], key: Key, reading: Reading) -> Known:
    return _known(reading.table(JobTable, table, key), table, key, reading)


def _known(job: JobTable, table: dict[str, object], key: Key, reading: Reading) -> Known:
    """The job, checked as far as it goes alone."""
    problems = reading.problems
    steps = StepsReader(reading, job.cpu_heavy)
    done = steps.read(job.steps, (*key, "steps")) if isinstance(table.get("steps"), list) else ()
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
        ),
        key,
        steps.mentions,
    )


def _count(tasks: tuple[Job, ...]) -> int:
    return sum(task.count for task in tasks)
