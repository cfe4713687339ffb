"""Random scenarios and commands: small, legal, and full of moments that coincide.

Durations are a few small whole numbers, so that quanta, arrivals, sleeps and switch intervals
keep ending at the same instant.  A run is bounded by its rows, so programs may loop for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

from hypothesis import strategies as st

from schedsim.attributes import Attributes
from schedsim.commands import (
    Command,
    Inject,
    Kill,
    SetCores,
    SetGil,
    SetNice,
    SetPolicy,
    SetPriority,
    SetQuantum,
    SetSwitchInterval,
    SetTickets,
    SetYielding,
)
from schedsim.durations import Time
from schedsim.engine.pace import CacheSpec
from schedsim.ops import VERBS
from schedsim.ops.grammar import parse_op
from schedsim.programs.steps import Repeat, Step
from schedsim.run import Run
from schedsim.scenario import (
    LOOP_THREAD,
    PROCESS,
    Job,
    MachineSpec,
    ProcessPlan,
    PythonSpec,
    Scenario,
    ThreadPlan,
)
from schedsim.scenario_file.patterns import endless, periodic
from schedsim.traps import HOLD, NATIVE, Op

MOST_ROWS = 600
"""How far a test plays a random scenario."""

DURATIONS = (0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 10, 15)
NAMES = ("a", "b", "c", "d")
_COMPUTE = parse_op("compute 1", VERBS, "tick")

arrivals = st.sampled_from([0, 0, 0, 1, 2, 3, 5, 10])


@cache
def operations(
    others: tuple[str, ...], later: tuple[str, ...], *, in_c: bool
) -> st.SearchStrategy[Op]:
    """One operation.

    Args:
        in_c: C calls that compute are among them.
        others: what may be joined, oneself included: a deadlock is a legal end.
        later: what may be spawned; only later jobs, so that nothing spawns itself for ever.
    """
    lines = [f"compute {d}" for d in DURATIONS] * 2
    lines += [f"sleep {d}" for d in DURATIONS]
    lines += [f"io {d}" for d in DURATIONS]
    lines += [f"call time.sleep {d}" for d in DURATIONS[::2]]
    lines += ["yield"] * 8
    lines += [f"mark {label}" for label in "xyz"] * 2
    lines += [f"join {name}" for name in others] * 2
    lines += [f"spawn {name}" for name in later] * 2
    lines += [f"{verb} {name}" for verb in ("acquire", "release") for name in "lm"]
    ops = [parse_op(line, VERBS, "tick") for line in lines]
    if in_c:
        ops += [Op((trap, d), f"in C {d}") for trap in (HOLD, NATIVE) for d in DURATIONS[::2]]
    return st.sampled_from(ops)


@st.composite
def bodies(
    draw: st.DrawFn,
    others: tuple[str, ...],
    later: tuple[str, ...],
    depth: int = 0,
    *,
    in_c: bool = False,
) -> tuple[Step, ...]:
    """Steps with repeats, one inside the other at most."""
    one = operations(others, later, in_c=in_c)
    shape = draw(st.sampled_from(_SHAPES if depth < 2 else _FLAT))
    body: list[Step] = []
    for times in shape:
        if times == 1:
            body.append(draw(one))
            continue
        inner = draw(bodies(others, later, depth + 1, in_c=in_c))
        if times is None or times > 9:
            # What is not written out has to leave a trace (see programs.steps).
            inner = (*inner, _COMPUTE)
        body.append(Repeat(inner, times))
    return tuple(body)


_FLAT: tuple[tuple[int | None, ...], ...] = ((1, 1), (1,), (1, 1, 1), (1, 1, 1, 1))
_SHAPES = (*(*_FLAT, (2,), (3, 1), (1, 2, 1), (1, 3, 1, 1), (1, 200)) * 3, (1, None))
"""Bodies in outline: how often each step is done; 1 is a plain operation, None is for ever."""


@st.composite
def job_lists(
    draw: st.DrawFn, most: int = 4, others: tuple[str, ...] = (), *, in_c: bool = False
) -> tuple[Job, ...]:
    """Jobs that know one another; ``others`` are names of the same scope besides them.

    C calls that compute are among their steps if ``in_c``.
    """
    names = NAMES[: draw(st.sampled_from([2, 1, 3, 4][:most]))]
    jobs = []
    for index, name in enumerate(names):
        cpu_heavy = draw(st.booleans())
        arrival = draw(arrivals)
        job = Job(
            name,
            draw(bodies((*names, *others), (*names[index + 1 :], *others), in_c=in_c)),
            count=draw(st.sampled_from([1, 1, 2, 3])),
            arrival=arrival,
            cpu_heavy=cpu_heavy,
            yielding=draw(st.booleans()) if cpu_heavy else True,
            spawned=index > 0 and draw(st.sampled_from([False, False, True])),
            attributes=draw(attributes(arrival)),
            affinity=draw(st.sampled_from([(), (), (), (), (0,)])),
            check_every=draw(st.sampled_from([None, None, None, 0, 4])),
        )
        if draw(st.sampled_from([False] * 5 + [True])) and not endless(job.steps):
            job = draw(_periodic(job))
        jobs.append(job)
    return tuple(jobs)


@st.composite
def _periodic(draw: st.DrawFn, job: Job) -> Job:
    """The same work once a period."""
    period = draw(st.sampled_from([3, 5, 8, 13]))
    deadline = draw(st.sampled_from([period, period, 2, 20]))
    steps = (*job.steps, _COMPUTE)  # so that it cannot go round for ever at one instant
    of_it = replace(job.attributes, period=period, deadline=deadline, wcet=None)
    return replace(job, steps=periodic(steps, period, "tick"), attributes=of_it)


quanta = st.sampled_from([1, 2, 3, 4, 5, 7])
spans = st.sampled_from([0, 0, 1, 3, 8])
yes_or_no = st.booleans()

PARAMETERS: Mapping[str, Mapping[str, st.SearchStrategy[Any]]] = {
    "fifo": {},
    "round_robin": {
        "quantum": quanta,
        "requeue": st.sampled_from(["arrivals_first"] * 3 + ["preempted_first", "slice_end"]),
        "keep_slice": yes_or_no,
        "aligned": st.sampled_from([False, False, True]),
    },
    "sjf": {"by": st.sampled_from(["burst", "job"])},
    "stcf": {
        "by": st.sampled_from(["burst", "job"]),
        "ties": st.sampled_from(["arrival", "running"]),
    },
    "priority": {
        "preemptive": yes_or_no,
        "larger_is_higher": yes_or_no,
        "quantum": spans,
        "aging": spans,
    },
    "mlfq": {
        "levels": st.just(3),
        "quantum": st.sampled_from([1, 2, [1, 2, 4]]),
        "allotment": st.sampled_from([1, 2]),
        "boost": st.sampled_from([0, 5, 9]),
        "stay": yes_or_no,
        "iobump": yes_or_no,
    },
    "lottery": {"quantum": quanta, "full_quantum": yes_or_no},
    "stride": {"quantum": quanta},
    "cfs": {"sched_latency": st.just(12), "min_granularity": st.just(2), "tick": spans},
    "eevdf": {"base_slice": st.sampled_from([1, 3]), "tick": spans},
    "edf": {"abort_on_miss": yes_or_no},
    "rate_monotonic": {"abort_on_miss": yes_or_no},
    "linux": {
        "base_slice": st.sampled_from([1, 3]),
        "rr_quantum": quanta,
        "rt_runtime": st.sampled_from([0, 0, 5]),
        "rt_period": st.just(9),
        "fair": st.sampled_from(["eevdf", "cfs"]),
        "sched_latency": st.just(12),
        "min_granularity": st.just(2),
    },
    "work_stealing": {"quantum": quanta, "lifo_limit": st.sampled_from([0, 1, 3])},
}
"""Policies and values of their parameters, in ticks."""


@st.composite
def policies(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Any policy; the two that most scenarios use as often as all the others together."""
    usual = ["fifo", "round_robin"]
    name = draw(st.sampled_from(usual * (len(PARAMETERS) // 2) + list(PARAMETERS)))
    return name, {word: draw(values) for word, values in PARAMETERS[name].items()}


@st.composite
def machines(draw: st.DrawFn) -> MachineSpec:
    """One to four cores; odd quanta; now and then queues, speeds or caches of their own."""
    policy, parameters = draw(policies())
    cores = draw(st.sampled_from([1, 1, 2, 3, 4]))
    spec = MachineSpec(
        cores=cores,
        policy=policy,
        parameters=parameters,
        switch_cost=draw(st.sampled_from([0, 0, 1, 2])),
        migration_cost=draw(st.sampled_from([0, 0, 0, 2])),
        wake_latency=draw(st.sampled_from([0, 0, 0, 2])),
    )
    if draw(st.sampled_from([False, False, True])):
        spec = replace(
            spec,
            queue_per_core=True,
            idle_pull=draw(yes_or_no),
            balance=draw(spans),
            peek_interval=draw(spans),
        )
    if draw(st.sampled_from([False, False, False, True])):
        speeds = st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(2), Fraction(3, 2)])
        spec = replace(spec, speeds=tuple(draw(speeds) for _ in range(cores)))
    if draw(st.sampled_from([False, False, False, True])):
        rate = st.sampled_from([1, 2, 3])
        cache = CacheSpec(draw(st.sampled_from([1, 4])), draw(spans), draw(rate), draw(rate))
        spec = replace(spec, cache=cache)
    return spec


@st.composite
def attributes(draw: st.DrawFn, arrival: Time) -> Attributes:
    """What a job says of itself; mostly nothing."""
    if draw(st.sampled_from([True, True, False])):
        return Attributes()
    return Attributes(
        nice=draw(st.sampled_from([-5, 0, 3])),
        priority=draw(st.sampled_from([None, 1, 2])),
        tickets=draw(st.sampled_from([1, 2, 5])),
        weight=draw(st.sampled_from([None, None, 2, 3])),
        request=draw(st.sampled_from([None, 1, 4])),
        deadline=draw(st.sampled_from([None, arrival + 4, arrival + 9])),
        working_set=draw(st.sampled_from([0, 1, 3, 5])),
        scheduling_class=draw(st.sampled_from(["fair", "fifo", "rr", "deadline", "idle"])),
    )


pythons = st.builds(
    PythonSpec,
    gil=st.sampled_from([True, True, True, False]),
    switch_interval=st.sampled_from([1, 2, 3, 5]),
    kind=st.sampled_from(["shared", "shared", "shared", "per_interpreter", "old"]),
    linger=st.sampled_from([0, 0, 1, 3]),
    check_every=st.sampled_from([0, 0, 1, 3]),
    check_interval=st.sampled_from([2, 5]),
    tick=st.sampled_from([1, 2]),
    free_threaded_speed=st.sampled_from([None, None, Fraction(2, 3), Fraction(1, 2)]),
)


@st.composite
def job_scenarios(draw: st.DrawFn) -> Scenario:
    """Jobs under any model."""
    model = draw(st.sampled_from(["processes", "threads", "asyncio"]))
    return Scenario(
        "random jobs",
        unit="tick",
        model=model,
        machine=draw(machines()),
        python=draw(pythons),
        jobs=draw(job_lists(in_c=True)),
    )


@st.composite
def tree_scenarios(draw: st.DrawFn) -> Scenario:
    """Plain threads and threads with event loops, in one to three processes."""
    plans = []
    for process in ("p", "q", "r")[: draw(st.integers(1, 3))]:
        loops = ("main", "side")[: draw(st.integers(0, 2))]
        interpreters = st.sampled_from(["", "", "sub", None])
        jobs = draw(job_lists(most=2, others=loops, in_c=True))
        threads = [ThreadPlan(job, interpreter=draw(interpreters)) for job in jobs]
        for name in loops:
            own = Job(
                name,
                count=draw(st.sampled_from([1, 1, 2])),
                arrival=draw(arrivals),
                spawned=draw(st.sampled_from([False, False, False, True])),
            )
            threads.append(
                ThreadPlan(own, "asyncio", draw(job_lists(most=3, in_c=True)), draw(interpreters))
            )
        plans.append(ProcessPlan(process, tuple(threads)))
    return Scenario(
        "random tree",
        unit="tick",
        machine=draw(machines()),
        python=draw(pythons),
        processes=tuple(plans),
    )


def scenarios() -> st.SearchStrategy[Scenario]:
    """Any scenario."""
    return st.one_of(job_scenarios(), tree_scenarios())


@dataclass(frozen=True)
class Deed:
    """A command, how far along the run it is given, and how long after the last row."""

    place: float
    """0 the beginning, 1 the end of the trace as it is then."""
    wait: Time
    command: Command


@st.composite
def _injections(draw: st.DrawFn, scenario: Scenario) -> Inject:
    homes = [("", "")]
    for plan in scenario.plan():
        if plan.name:
            homes.append((plan.name, ""))
            homes += [(plan.name, thread.job.name) for thread in plan.threads if thread.loop]
    if scenario.model == "asyncio" and not scenario.is_tree:
        homes.append((PROCESS, LOOP_THREAD))
    process, loop = draw(st.sampled_from(homes))
    duration = draw(st.sampled_from([1, 3, 7, 10]))
    return Inject(
        "hog",
        duration,
        draw(st.integers(1, duration)),
        yielding=draw(st.booleans()),
        process=process,
        loop=loop,
    )


def _of_lives(scenario: Scenario) -> st.SearchStrategy[Command]:
    """Kills and changes of what threads say of themselves: of a job, a loop or a process."""
    names = [plan.name for plan in scenario.plan() if plan.name]
    names += [thread.job.name for plan in scenario.plan() for thread in plan.threads]
    names += [job.name for p in scenario.plan() for t in p.threads for job in t.tasks]
    name = st.sampled_from(list(dict.fromkeys(names)))
    return st.one_of(
        st.builds(Kill, name),
        st.builds(SetNice, name, st.integers(-20, 19)),
        st.builds(SetPriority, name, st.integers(-3, 9)),
        st.builds(SetTickets, name, st.integers(1, 9)),
    )


@st.composite
def _policy_changes(draw: st.DrawFn) -> SetPolicy:
    name, parameters = draw(policies())
    return SetPolicy(name, parameters)


_slices = st.one_of(quanta, st.sampled_from([(1, 2, 3), (5, 3, 1), (2, 4)]))


@st.composite
def deeds(draw: st.DrawFn, scenario: Scenario, most: int = 3) -> list[Deed]:
    """What a user does to a run of ``scenario``, in any order of place."""
    command: st.SearchStrategy[Command] = st.one_of(
        st.builds(SetYielding, st.booleans()),
        st.builds(SetCores, st.integers(1, 5)),
        st.builds(SetSwitchInterval, st.integers(1, 5)),
        st.builds(SetGil, st.booleans()),
        _policy_changes(),
        st.builds(SetQuantum, _slices),
        _injections(scenario),
        _of_lives(scenario),
    )
    one = st.builds(
        Deed,
        st.floats(0, 1, allow_nan=False).map(lambda place: round(place, 3)),
        st.sampled_from([0, 0, 0, 1, 2]),
        command,
    )
    return draw(st.lists(one, min_size=1, max_size=most))


def act(run: Run, deed: Deed) -> int | None:
    """Do it; None if the machine cannot do that there (its loop has ended)."""
    run.finish()
    step = round(deed.place * len(run.trace))
    time = (run.trace.times[step - 1] if step else 0) + deed.wait
    if step < len(run.trace):
        time = min(time, run.trace.times[step])
    try:
        return run.act(deed.command, step, time)
    except ValueError:
        return None
