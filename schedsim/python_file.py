"""A scenario written in Python: a file that is executed, because its user has named it.

Only a path that ends in ``.py`` and that a user has named, or picked from the library, gets here;
nothing that a scenario file or a recording says can lead here.  The file's ``scenario()`` returns a
:class:`schedsim.authoring.Scenario`; what it says besides its bodies is read as a scenario file is,
with the same checks and the same settings of the command line.

What can be known without executing it is read in :mod:`schedsim.headlines`.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from functools import partial
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

from schedsim.author_lines import MODULE
from schedsim.headlines import Headlines, headlines, without_warnings
from schedsim.plain import plain
from schedsim.scenario_file.problems import Key, Problem, Problems, ScenarioError, shown

if TYPE_CHECKING:
    from schedsim import authoring
    from schedsim.scenario import Job, Scenario, ThreadPlan
    from schedsim.trace import Listing

_PLACEHOLDER = ["yield"]
"""The steps of a job with a body, while its other keys are read."""
_VALUES = (str, int, float, dict, list, tuple, type(None))
"""What is in tables."""
_DEEPEST = 60
_PARTS: Sequence[tuple[str, type | tuple[type, ...], str]] = (
    ("jobs", Sequence, "a list of job(...)"),
    ("processes", Sequence, "a list of process(...)"),
    ("model", str, "a text"),
    ("machine", Mapping, "a table such as {'cores': 2}"),
    ("python", Mapping, "a table such as {'gil': 'off'}"),
    ("unit", str, "a text"),
    ("until", (str, int, type(None)), "a time such as '5s'"),
    ("title", str, "a text"),
    ("lesson", str, "a text"),
)
_OF_STEPS = ("period", "wcet", "io_every", "io_time")


def loads(
    text: str, source: str, *, name: str = "", settings: Sequence[str] = (), model: str = ""
) -> Scenario:
    """Execute the text of a Python file, and read the scenario that it makes.

    Args:
        text: the file.
        source: what to call it in messages: the path as the user wrote it.
        name: the scenario's name.
        settings: what to change, as ``--set`` has it: ``machine.cores=2``.
        model: the execution model to use instead of the file's; none if empty.

    Raises:
        ScenarioError: it fails, or what it makes is no scenario.
    """
    says = headlines(text, source)
    try:
        with without_warnings():
            code = compile(text, source, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise _problem(source, f"not Python: {error}") from None
    build = partial(_build, code, text, says, source, name, tuple(settings), model)
    return replace(build(), again=build)


def _problem(source: str, says: str, line: int = 0) -> ScenarioError:
    return ScenarioError([Problem(source, says, line=line)])


def _build(
    code: CodeType,
    text: str,
    says: Headlines,
    source: str,
    name: str,
    settings: tuple[str, ...],
    model: str,
) -> Scenario:
    """Execute the file once, and read what it makes."""
    from schedsim import authoring
    from schedsim.scenario_file.fields import Reading
    from schedsim.scenario_file.settings import apply, origins
    from schedsim.scenario_file.work import read_scenario
    from schedsim.trace import Listing

    draft = _execute(code, source)
    problems = Problems(source)
    _check_values(draft, problems)
    jobs = list(draft.jobs)
    if not (jobs or draft.processes) or not all(isinstance(each, authoring.Job) for each in jobs):
        raise problems.fail("scenario(): 'jobs' is a list of job(...), with one at least")
    if not all(isinstance(each, authoring.Process) for each in draft.processes):
        raise problems.fail("scenario(): 'processes' is a list of process(...)")
    kinds = (authoring.Job, authoring.LoopThread)
    for process in draft.processes:
        if not all(isinstance(each, kinds) for each in process.threads):
            says_so = "its threads are job(...) and loop_thread(...)"
            raise problems.fail(f"scenario(): process {shown(process.name)}: {says_so}")
    for key, each in _written(draft):
        if not isinstance(each, authoring.Job):
            problems.add(key, f"expected job(...), got {_named(each)}")
            problems.raise_any()
        for word in _OF_STEPS:
            if each.function and word in each.keys:
                problems.add((*key, word), "it goes with steps, not with a body")
    tables = _tables(draft, says)
    for key, value in _foreign((), tables):
        problems.add(key, f"expected a text, a number, a list or a table, got {_named(value)}")
    problems.raise_any()
    changes = apply(tables, settings, model, problems)
    problems.origins = origins(changes)
    unit = "tick" if tables.get("unit") == "tick" else "ns"
    scenario = read_scenario(tables, Reading(problems, unit), name)
    problems.raise_any()
    lines = tuple(text.split("\n"))
    listing = Listing(lines, tuple(range(len(lines))))
    dress = partial(_with_body, source=source, listing=listing)
    made = replace(
        scenario,
        jobs=tuple(map(dress, scenario.jobs, draft.jobs)),
        processes=tuple(
            replace(plan, threads=tuple(map(partial(_thread, dress), plan.threads, each.threads)))
            for plan, each in zip(scenario.processes, draft.processes, strict=True)
        ),
    )
    _check_real(made, problems)
    problems.raise_any()
    return made


def _check_values(draft: authoring.Scenario, problems: Problems) -> None:
    """What it consists of can be looked at: values may be anything that Python has."""
    for key, kind, what in _PARTS:
        if not issubclass(type(value := getattr(draft, key)), kind):
            problems.add((), f"scenario(): {key!r} is to be {what}, not {_named(value)}")
    problems.raise_any()


def _foreign(key: Key, value: Any) -> Iterator[tuple[Key, Any]]:
    """What is in it that no scenario file could have."""
    kind = type(value)
    if len(key) > _DEEPEST or not issubclass(kind, _VALUES):
        yield key, value
    elif issubclass(kind, dict):
        for word, each in value.items():
            yield from _foreign((*key, word if type(word) is str else _named(word)), each)
    elif issubclass(kind, (list, tuple)):
        for number, each in enumerate(value):
            yield from _foreign((*key, number), each)


def _named(value: object) -> str:
    """A value by its type: it need not let itself be shown."""
    return f"a value of type {plain(type(value).__name__, 60)!r}"


def _written(draft: authoring.Scenario) -> Iterator[tuple[Key, Any]]:
    """Each job of it, or what stands in its place, and where it would stand in a scenario file."""
    for number, each in enumerate(draft.jobs):
        yield ("job", number), each
    for number, process in enumerate(draft.processes):
        for place, thread in enumerate(process.threads):
            key: Key = ("process", number, "thread", place)
            if hasattr(thread, "jobs"):
                for task, each in enumerate(thread.jobs):
                    yield (*key, "task", task), each
            else:
                yield key, thread


def _thread(
    dress: Callable[[Job, authoring.Job], Job],
    plan: ThreadPlan,
    written: authoring.Job | authoring.LoopThread,
) -> ThreadPlan:
    """A thread of a tree with the bodies that belong there."""
    if hasattr(written, "jobs"):
        return replace(plan, tasks=tuple(map(dress, plan.tasks, written.jobs)))
    return replace(plan, job=dress(plan.job, written))


def _check_real(scenario: Scenario, problems: Problems) -> None:
    """Steps beside plain asyncio do only what all styles can."""
    from schedsim.programs.walks import says_little
    from schedsim.simulation import runs_real_asyncio

    for process in scenario.plan():
        for thread in filter(runs_real_asyncio, process.threads):
            for job in thread.tasks:
                if job.body is None and not says_little(job.steps):
                    says = f"{job.name}: its steps are tasks beside plain asyncio, and can only "
                    says += "compute, wait, call, mark, spawn, join, cancel and lock"
                    problems.add((), says)


def _tables(draft: authoring.Scenario, says: Headlines) -> dict[str, Any]:
    """What is not code in it, as the tables of a scenario file."""
    tables: dict[str, Any] = {
        "schema": 1,
        "title": draft.title or says.title or "A scenario in Python",
        "lesson": draft.lesson or says.lesson,
        "group": says.group,
        "order": says.order,
        "unit": draft.unit,
        "machine": dict(draft.machine),
        "python": dict(draft.python),
    }
    if draft.jobs or not draft.processes:
        tables["job"] = [_job_table(each) for each in draft.jobs]
        tables["model"] = draft.model or "generators"
    if draft.processes:
        tables["process"] = [
            {
                **each.keys,
                "name": each.name,
                "thread": [_thread_table(thread) for thread in each.threads],
            }
            for each in draft.processes
        ]
    if draft.model:
        tables["model"] = draft.model
    if draft.until is not None:
        tables["until"] = draft.until
    return tables


def _thread_table(each: authoring.Job | authoring.LoopThread) -> dict[str, Any]:
    if hasattr(each, "jobs"):
        return {**each.keys, "name": each.name, "task": list(map(_job_table, each.jobs))}
    return _job_table(each)


def _job_table(each: authoring.Job) -> dict[str, Any]:
    table = {"name": each.name, **each.keys}
    if each.function is not None:
        table["steps"] = list(_PLACEHOLDER)
        table.pop("spawned", None)  # who spawns it, only its code knows
    return table


def _with_body(job: Job, written: authoring.Job, source: str, listing: Listing) -> Job:
    if written.function is None:
        return job
    from schedsim.programs.styles import Function

    body = Function(written.style, written.function, written.arguments, source, listing)
    return replace(job, steps=(), body=body, spawned=bool(written.keys.get("spawned")))


def _execute(code: CodeType, source: str) -> authoring.Scenario:
    """Run the file in a module of its own, and its ``scenario()``."""
    from schedsim import authoring

    module = ModuleType(MODULE)
    module.__file__ = source
    try:
        with redirect_stdout(sys.stderr):  # what it prints does not come among results
            exec(code, vars(module))  # noqa: S102 - a file that its user has named
            make = vars(module).get("scenario")
            if make is None:
                raise _problem(source, "it defines no function scenario()")
            draft = make()
        if inspect.iscoroutine(draft):
            draft.close()
            raise _problem(source, "scenario() is to return a Scenario: it is no coroutine")
    except (KeyboardInterrupt, ScenarioError):
        raise
    except BaseException as error:
        line = _line_in(source, error)
        says = plain(f"{type(error).__name__}: {_text(error)}", 300)
        raise _problem(source, f"it cannot be loaded: {says}", line) from error
    if not isinstance(draft, authoring.Scenario):
        raise _problem(source, f"scenario() returned {shown(draft)}, not a Scenario")
    return draft


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:  # noqa: BLE001 - its author has written how it is shown
        return "it cannot be shown"


def _line_in(source: str, error: BaseException) -> int:
    """The innermost line of the file that ``error`` passed; 0 if none."""
    if isinstance(error, SyntaxError) and error.filename == source:
        return error.lineno or 0
    trail = traceback.extract_tb(error.__traceback__)
    return next((each.lineno or 0 for each in reversed(trail) if each.filename == source), 0)
