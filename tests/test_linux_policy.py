"""Linux's scheduling classes as one policy: schedules worked out by hand from the kernel's rules.

All times are milliseconds; without a GIL.  R1, R2, ... are the rules of SEMANTICS.md A4.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from schedsim.attributes import Attributes
from schedsim.durations import parse_duration
from schedsim.policies.linux import Linux
from schedsim.programs.steps import Step
from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario, Shared
from schedsim.scenario_file.patterns import periodic
from schedsim.trace import Kind, Reason, Trace
from tests.machines import MS, Slice, ends, job, on_core, play, steps, told
from tests.sharing import lines

LONG = "compute 100s"


def run(
    *jobs: Job,
    until: str | None = None,
    cores: int = 1,
    per_core: bool = False,
    policy: str = "linux",
    inheritance: frozenset[str] = frozenset(),
    gil: bool = False,
    **parameters: Any,
) -> Trace:
    """Play ``jobs``; durations among the parameters as in a file; no fair server unless asked."""
    read = {
        name: parse_duration(value) if isinstance(value, str) and value[0].isdigit() else value
        for name, value in parameters.items()
    }
    if policy == "linux":
        read.setdefault("rt_runtime", 0)
    scenario = Scenario(
        "t",
        machine=MachineSpec(cores, policy, read, queue_per_core=per_core),
        python=PythonSpec(gil=gil),
        jobs=jobs,
        shared={name: Shared("lock", inheritance=True) for name in inheritance},
    )
    return play(scenario, until)


def thread(name: str, *lines: str | Step, **options: Any) -> Job:
    """A job with attributes; ``cls`` is its class."""
    known = {"arrival", "affinity", "spawned", "count"}
    about = {key: options.pop(key) for key in known & options.keys()}
    options["scheduling_class"] = options.pop("cls", "fair")
    return job(name, *lines, attributes=Attributes(**options), **about)


def rt(name: str, *lines: str, priority: int = 1, cls: str = "fifo", **options: Any) -> Job:
    return thread(name, *lines, priority=priority, cls=cls, **options)


def dl(
    name: str, *lines: str, runtime: int, period: int, deadline: int | None = None, **options: Any
) -> Job:
    """A periodic thread of class deadline; its steps are those of one job."""
    program = periodic(steps(*lines), period * MS, "ns")
    return thread(
        name,
        *program,
        cls="deadline",
        wcet=runtime * MS,
        period=period * MS,
        deadline=None if deadline is None else deadline * MS,
        **options,
    )


def chart(trace: Trace, core: int = 0) -> str:
    """``A 0-2, B 2-5``."""
    return ", ".join(f"{each.who} {each.start:g}-{each.end:g}" for each in on_core(trace, core))


# -- the classes ------------------------------------------------------------------------------


def test_a_higher_class_takes_the_core_from_a_lower_one() -> None:
    trace = run(
        thread("F", "compute 5ms"),
        rt("R5", "compute 3ms", priority=5, arrival="2ms"),
        dl("D", "compute 1ms", runtime=1, period=100, arrival="3ms"),
        rt("R9", "compute 1ms", priority=9, cls="rr", arrival="3ms"),
        until="20ms",
    )
    assert chart(trace) == "F 0-2, R5 2-3, D 3-4, R9 4-5, R5 5-7, F 7-10"


def test_whoever_says_no_priority_has_the_lowest() -> None:
    silent = job("A", "compute 2ms", attributes=Attributes(scheduling_class="fifo"))
    trace = run(silent, rt("B", "compute 2ms", priority=2), rt("C", "compute 2ms", priority=1))
    assert chart(trace) == "B 0-2, A 2-4, C 4-6"


# -- fifo and rr ------------------------------------------------------------------------------


def test_r1_a_preempted_thread_goes_before_its_equals() -> None:
    trace = run(
        rt("A", "compute 5ms"),
        rt("B", "compute 2ms", arrival="1ms"),
        rt("C", "compute 1ms", priority=2, arrival="2ms"),
    )
    assert chart(trace) == "A 0-2, C 2-3, A 3-6, B 6-8"


def test_r1_who_yields_or_blocks_goes_behind_its_equals() -> None:
    trace = run(
        rt("A", "compute 1ms", "yield", "compute 1ms", "sleep 1ms", "compute 1ms"),
        rt("B", "compute 1ms", "yield", "compute 3ms"),
        rt("C", "compute 1ms"),
        thread("F", "compute 1ms"),
    )
    assert chart(trace) == "A 0-1, B 1-2, C 2-3, A 3-4, B 4-7, A 7-8, F 8-9"


def test_r2_a_quantum_of_round_robin_ends_at_the_tail_of_its_list() -> None:
    trace = run(
        rt("A", "compute 7ms", cls="rr"),
        rt("B", "compute 4ms", cls="rr"),
        thread("F", "compute 1ms"),
        rr_quantum="3ms",
    )
    assert chart(trace) == "A 0-3, B 3-6, A 6-9, B 9-10, A 10-11, F 11-12"


def test_r2_a_quantum_is_100_ms() -> None:
    trace = run(rt("A", "compute 150ms", cls="rr"), rt("B", "compute 150ms", cls="rr"))
    assert chart(trace) == "A 0-100, B 100-200, A 200-250, B 250-300"


def test_fifo_among_round_robin_has_no_quantum() -> None:
    trace = run(rt("A", "compute 4ms", cls="rr"), rt("B", "compute 5ms"), rr_quantum="3ms")
    assert chart(trace) == "A 0-3, B 3-8, A 8-9"


def test_a_preempted_round_robin_thread_keeps_the_rest_of_its_quantum() -> None:
    trace = run(
        rt("A", "compute 6ms", cls="rr"),
        rt("B", "compute 3ms", cls="rr"),
        rt("C", "compute 2ms", priority=2, arrival="1ms"),
        rr_quantum="3ms",
    )
    assert chart(trace) == "A 0-1, C 1-3, A 3-5, B 5-8, A 8-11"


@pytest.mark.parametrize("fair", ["eevdf", "cfs"])
def test_quanta_follow_each_other_while_nobody_waits(fair: str) -> None:
    """The third quantum of A is under way when B comes: it ends at 9."""
    trace = run(
        rt("A", "compute 12ms", cls="rr"),
        rt("B", "compute 1ms", cls="rr", arrival="7ms"),
        rr_quantum="3ms",
        fair=fair,
    )
    assert chart(trace) == "A 0-9, B 9-10, A 10-13"


def test_who_loses_its_core_as_its_quantum_ends_goes_to_the_tail() -> None:
    trace = run(
        rt("A", "compute 6ms", cls="rr"),
        rt("B", "compute 3ms", cls="rr"),
        rt("C", "compute 2ms", priority=2, arrival="3ms"),
        rr_quantum="3ms",
    )
    assert chart(trace) == "A 0-3, C 3-5, B 5-8, A 8-11"


# -- deadline ---------------------------------------------------------------------------------


def test_a_budget_is_all_that_a_deadline_thread_gets() -> None:
    """CBS with Q = 2 and D = P = 5: each 5 ms 2 ms, though each job wants 4."""
    trace = run(dl("D", "compute 4ms", runtime=2, period=5), thread("H", LONG), until="17ms")
    assert chart(trace) == "D 0-2, H 2-5, D 5-7, H 7-10, D 10-12, H 12-15, D 15-17"


def test_who_is_throttled_leaves_with_that_as_the_reason() -> None:
    """At 2 and 12 in the middle of a job; at 7 job 1 is done, and nothing is left for job 2."""
    trace = run(dl("D", "compute 4ms", runtime=2, period=5), thread("H", LONG), until="14ms")
    left = [row for row in trace.rows() if row.reason is Reason.THROTTLED]
    assert [(row.time // MS, row.arg // MS) for row in left] == [(2, 5), (7, 10), (12, 15)]


def test_who_has_spent_its_budget_as_it_is_filled_again_is_not_held() -> None:
    """D of 3 in 4 comes after E of 1 in 4: its budget ends at 4, with its period, and E is due."""
    trace = run(
        dl("E", "compute 1ms", runtime=1, period=4),
        dl("D", "compute 9ms", runtime=3, period=4),
        until="9ms",
    )
    assert chart(trace).startswith("E 0-1, D 1-4, E 4-5, D 5-8")
    left = [row for row in trace.rows() if row.reason is Reason.THROTTLED]
    assert [(row.time // MS, row.arg // MS) for row in left] == [(4, 4), (8, 8)]


def test_a_budget_that_is_just_enough_holds_nobody() -> None:
    trace = run(dl("D", "compute 2ms", runtime=2, period=5), thread("H", LONG), until="12ms")
    assert chart(trace) == "D 0-2, H 2-5, D 5-7, H 7-10, D 10-12"


def test_the_earliest_deadline_goes_first() -> None:
    """A is due at 10 and 20, B at 6, 12 and 18."""
    trace = run(
        dl("A", "compute 4ms", runtime=4, period=10),
        dl("B", "compute 2ms", runtime=2, period=6),
        until="16ms",
    )
    assert chart(trace) == "B 0-2, A 2-6, B 6-8, A 10-12, B 12-14, A 14-16"


def test_a_deadline_may_be_before_the_end_of_the_period() -> None:
    """At 0 A is due at 9 and B at 5; at 10 A is due at 19 and B, released at 8, at 13."""
    trace = run(
        dl("A", "compute 4ms", runtime=4, period=10, deadline=9),
        dl("B", "compute 3ms", runtime=3, period=8, deadline=5),
        until="15ms",
    )
    assert chart(trace) == "B 0-3, A 3-7, B 8-11, A 11-15"


def test_a_late_wake_up_earns_a_new_budget() -> None:
    """At 6, 3 of 4 ms are left for 4 of 10 ms: too much, so 4 ms until 16."""
    trace = run(
        dl("D", "compute 1ms", "sleep 5ms", "compute 4ms", runtime=4, period=10),
        thread("H", LONG),
        until="17ms",
    )
    assert chart(trace) == "D 0-1, H 1-6, D 6-10, H 10-16, D 16-17"


def test_an_early_wake_up_goes_on_with_the_old_budget() -> None:
    """At 2, 3 of 4 ms are left for 8 of 10 ms, which is not too much: 3 ms until 10."""
    trace = run(
        dl("D", "compute 1ms", "sleep 1ms", "compute 4ms", runtime=4, period=10),
        thread("H", LONG),
        until="14ms",
    )
    assert chart(trace) == "D 0-1, H 1-2, D 2-5, H 5-10, D 10-12, H 12-13, D 13-14"


def test_a_job_that_is_late_goes_on_with_the_budget_of_the_thread() -> None:
    """R has no part in it: the budget of D is not new at 5, because D has not slept."""
    trace = run(
        dl("D", "compute 3ms", runtime=3, period=5),
        dl("E", "compute 3ms", runtime=3, period=4, deadline=4),
        until="12ms",
    )
    # At 0 E is due at 4, D at 5; E's second at 8; D, late, is done at 6 and begins its next job
    # with nothing left until 5, which is past: so 3 ms until 10.
    assert chart(trace) == "E 0-3, D 3-6, E 6-9, D 9-12"


def test_who_yields_gives_up_its_budget() -> None:
    trace = run(
        dl("D", "compute 1ms", "yield", "compute 1ms", runtime=4, period=10),
        thread("H", LONG),
        until="12ms",
    )
    assert chart(trace) == "D 0-1, H 1-10, D 10-12"


def test_who_yields_gives_up_its_budget_though_nobody_waits() -> None:
    """``yield_task_dl``.  Of the 7 that the job wants it has 1, then 4, then 2 in the third 14."""
    trace = run(dl("D", "compute 1ms", "yield", "compute 6ms", runtime=4, period=14), until="30ms")
    assert chart(trace) == "D 0-1, D 14-18, D 28-30"


def test_who_has_spent_its_budget_leaves_a_core_that_nobody_else_wants() -> None:
    """H has a core of its own."""
    trace = run(
        thread("H", LONG, affinity=(1,)),
        dl("D", "compute 8ms", runtime=2, period=5, affinity=(0,)),
        until="12ms",
        cores=2,
    )
    assert chart(trace, 0) == "D 0-2, D 5-7, D 10-12"
    assert chart(trace, 1) == "H 0-12"


def test_the_run_goes_on_for_somebody_who_is_held() -> None:
    trace = run(dl("D", "compute 8ms", runtime=2, period=5), until="12ms")
    assert chart(trace) == "D 0-2, D 5-7, D 10-12"


def test_a_deadline_thread_without_a_period_has_no_budget() -> None:
    trace = run(
        thread("A", "compute 5ms", cls="deadline", wcet=MS, deadline=20 * MS),
        thread("B", "compute 5ms", cls="deadline", deadline=10 * MS, arrival="1ms"),
        thread("C", "compute 1ms", cls="deadline"),
        rt("R", "compute 1ms", priority=99),
    )
    assert chart(trace) == "A 0-1, B 1-6, A 6-10, C 10-11, R 11-12"


# -- fair -------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(
    plan=st.lists(
        st.tuples(
            st.integers(-3, 3), st.integers(1, 9), st.integers(1, 4), st.sampled_from([None, 1, 2])
        ),
        min_size=1,
        max_size=4,
    ),
    cores=st.integers(1, 2),
    per_core=st.booleans(),
    fair=st.sampled_from(["eevdf", "cfs"]),
)
def test_without_other_classes_it_is_the_fair_policy(
    plan: list[tuple[int, int, int, int | None]], cores: int, per_core: bool, fair: str
) -> None:
    """Slice by slice.  There are enough who never sleep, so somebody always waits."""
    jobs = [thread(f"h{n}", LONG) for n in range(2 * cores)]
    for n, (nice, length, sleep, request) in enumerate(plan):
        lines = (f"compute {length}ms", f"sleep {sleep}ms", f"compute {length}ms")
        asked = None if request is None else request * MS
        jobs.append(thread(f"t{n}", *lines, nice=nice, request=asked))
    alone = run(*jobs, cores=cores, per_core=per_core, policy=fair, until="60ms")
    part = run(*jobs, cores=cores, per_core=per_core, fair=fair, until="60ms")
    for core in range(cores):
        assert on_core(part, core) == on_core(alone, core)


@pytest.mark.parametrize("fair", ["eevdf", "cfs"])
def test_the_first_slice_with_company_is_that_of_the_fair_policy(fair: str) -> None:
    """EEVDF: those of A end at 0.35 and then each 0.7 ms.  CFS: A has had more than its slice."""
    jobs = (thread("A", "compute 9ms"), thread("B", "compute 2ms", arrival="4ms"))
    trace = run(*jobs, fair=fair)
    assert on_core(trace)[0] == Slice("A", 0, {"eevdf": 4.55, "cfs": 4}[fair])


def test_the_idle_class_is_a_fair_one_with_a_weight_of_3() -> None:
    """3 of 1027, give or take a slice of 0.7 ms."""
    trace = run(thread("A", LONG), thread("I", LONG, cls="idle"), until="5135ms")
    idle = sum(each.end - each.start for each in on_core(trace) if each.who == "I")
    assert abs(idle - 15) <= 0.7


def test_a_fair_thread_takes_the_core_from_one_of_the_idle_class() -> None:
    trace = run(thread("I", "compute 5ms", cls="idle"), thread("A", "compute 2ms", arrival="1ms"))
    assert on_core(trace)[0] == Slice("I", 0, 1)
    assert sum(each.end - each.start for each in on_core(trace)[:4] if each.who == "A") > 1.3


# -- the fair server --------------------------------------------------------------------------


def test_r3_fair_threads_get_their_share_of_a_core_that_real_time_threads_want() -> None:
    trace = run(
        rt("R", LONG, priority=50),
        thread("F", LONG),
        until="2s",
        rt_runtime="950ms",
        rt_period="1s",
    )
    assert chart(trace) == "R 0-950, F 950-1000, R 1000-1950, F 1950-2000"


def test_r3_is_how_long_a_fair_thread_waits() -> None:
    hog = rt("R", LONG)
    trace = run(hog, thread("F", "compute 1ms", arrival="300ms"), until="2s", rt_runtime="950ms")
    assert chart(trace) == "R 0-1250, F 1250-1251, R 1251-2000"
    assert "F" not in ends(run(hog, thread("F", "compute 1ms"), until="3s"))


def test_r3_matters_to_nobody_who_leaves_the_fair_their_share() -> None:
    """R takes 8 of 10 ms, so F gets its 5 of 100 ms without any help."""
    trace = run(
        rt("R", *("compute 8ms", "sleep 2ms") * 60),
        thread("F", LONG),
        until="600ms",
        rt_runtime="95ms",
        rt_period="100ms",
    )
    begins = [each.start for each in on_core(trace) if each.who == "R"]
    assert begins == [10 * n for n in range(60)]


def test_r3_the_fair_stand_like_a_deadline_thread_meanwhile() -> None:
    """Fair threads are due at 100: after D, which is due at 97, but before E, due at 200."""
    trace = run(
        rt("R", LONG),
        thread("F", LONG),
        dl("D", "compute 3ms", runtime=3, period=87, deadline=10, arrival="87ms"),
        dl("E", "compute 1ms", runtime=1, period=200, arrival="93ms"),
        until="102ms",
        rt_runtime="90ms",
        rt_period="100ms",
    )
    assert chart(trace) == "R 0-87, D 87-90, F 90-100, E 100-101, R 101-102"


# -- several cores ----------------------------------------------------------------------------


def test_the_lowest_makes_way_on_several_cores() -> None:
    trace = run(
        rt("R", "compute 9ms", priority=3),
        thread("F", "compute 9ms"),
        rt("S", "compute 2ms", priority=1, arrival="1ms"),
        rt("T", "compute 2ms", priority=9, arrival="2ms"),
        cores=2,
    )
    assert chart(trace, 0) == "R 0-9"
    assert chart(trace, 1) == "F 0-1, S 1-2, T 2-4, S 4-5, F 5-13"


def test_pinned_threads_wait_for_their_core() -> None:
    trace = run(
        rt("A", "compute 3ms", affinity=(0,)),
        rt("B", "compute 3ms", priority=2, affinity=(0,)),
        thread("F", "compute 2ms"),
        dl("D", "compute 4ms", runtime=2, period=5, affinity=(0,)),
        cores=2,
        until="20ms",
    )
    assert chart(trace, 0).startswith("D 0-2, B 2-5, D 5-7, A 7-10, D 10-12")
    assert chart(trace, 1) == "F 0-2"


def test_queues_of_their_own() -> None:
    """F waits for core 0 and is pulled when core 1 has nothing to do any more."""
    trace = run(
        rt("A", "compute 6ms"),
        rt("B", "compute 3ms"),
        thread("F", "compute 2ms", arrival="1ms"),
        cores=2,
        per_core=True,
    )
    assert chart(trace, 0) == "A 0-6"
    assert chart(trace, 1) == "B 0-3, F 3-5"


def test_a_thread_that_is_held_is_of_no_use_to_another_core() -> None:
    """Core 1 runs dry at 3, and finds nobody to take until D may run again."""
    trace = run(
        dl("D", "compute 4ms", runtime=2, period=8),
        thread("A", "compute 3ms"),
        thread("B", "compute 9ms", affinity=(0,)),
        thread("C", "compute 9ms", affinity=(0,)),
        cores=2,
        per_core=True,
        until="11ms",
    )
    assert chart(trace, 1) == "A 0-3, D 8-10"
    assert (8, "MOVE", "STOLEN", "D", "") in told(trace, Kind.MOVE)


# -- locks that lend --------------------------------------------------------------------------


@pytest.mark.parametrize("holder", ["fair", "idle"])
def test_a_fair_thread_is_in_a_higher_class_as_long_as_it_holds_what_that_needs(
    holder: str,
) -> None:
    """At 2 R waits for L, which goes before M then, and is fair again once it lets go at 6."""
    trace = run(
        thread("L", "acquire x", "compute 5ms", "release x", "compute 1ms", cls=holder),
        rt("R", "acquire x", "compute 1ms", "release x", priority=9, arrival="1ms"),
        rt("M", "compute 3ms", priority=5, arrival="2ms"),
        inheritance=frozenset({"x"}),
    )
    assert chart(trace) == "L 0-5, R 5-6, M 6-9, L 9-10"


def test_without_inheritance_the_one_in_between_goes_first() -> None:
    trace = run(
        thread("L", "acquire x", "compute 5ms", "release x", "compute 1ms"),
        rt("R", "acquire x", "compute 1ms", "release x", priority=9, arrival="1ms"),
        rt("M", "compute 3ms", priority=5, arrival="2ms"),
    )
    assert chart(trace) == "L 0-2, M 2-5, L 5-8, R 8-9, L 9-10"


def test_a_thread_that_waits_is_lifted_too() -> None:
    """At 2 M has the core, and L waits; at 3 R comes to wait for L."""
    trace = run(
        thread("L", "acquire x", "compute 4ms", "release x", "compute 1ms"),
        rt("M", "compute 3ms", priority=5, arrival="2ms"),
        rt("R", "acquire x", "compute 1ms", "release x", priority=9, arrival="3ms"),
        thread("F", "compute 9ms", arrival="4ms"),
        inheritance=frozenset({"x"}),
    )
    assert chart(trace).startswith("L 0-2, M 2-3, L 3-5, R 5-6, M 6-8")


def test_nobody_is_held_who_holds_what_others_need() -> None:
    """At 2 the budget of D is spent, but R waits for it: so D goes on, due at 10 now."""
    trace = run(
        dl("D", "acquire x", "compute 4ms", "release x", runtime=2, period=5),
        rt("R", "acquire x", "compute 1ms", "release x", arrival="1ms"),
        dl("E", "acquire x", "compute 1ms", "release x", runtime=1, period=4, arrival="1ms"),
        inheritance=frozenset({"x"}),
        until="5ms",
    )
    assert chart(trace).startswith("D 0-4")


def test_a_waiter_that_gives_up_twice_leaves_the_holder_fair() -> None:
    """F never runs while R lends it 5, for H has 8; then it is new among the fair, where G has run.

    At 21 G has 0.4 of its first half slice left, with a deadline of 0.7; F begins at 0.3 like all,
    and is due at 1.0.
    """
    trace = run(
        thread("F", "acquire x", "compute 5ms", "release x", "compute 5ms", affinity=(0,)),
        thread("G", "compute 5ms", affinity=(0,)),
        rt("H", "compute 20ms", priority=8, affinity=(0,), arrival="1ms"),
        thread(
            "R",
            *lines("take x 2ms", "take x 2ms", "compute 1ms"),
            cls="fifo",
            priority=5,
            arrival="2ms",
            affinity=(1,),
        ),
        cores=2,
        inheritance=frozenset({"x"}),
    )
    assert chart(trace, core=1) == "R 6-7"
    assert chart(trace).startswith("F 0-0.7, G 0.7-1, H 1-21, G 21-21.4, F 21.4-22.1, G 22.1-23.5")
    assert ends(trace) == {"R": 7, "H": 21, "G": 30.6, "F": 35}


# -- anything at all --------------------------------------------------------------------------

_LINES = st.lists(
    st.sampled_from(
        [
            *("compute 1ms", "compute 3ms", "compute 7ms", "sleep 1ms", "sleep 4ms", "yield"),
            "io 2ms",
        ]
    ),
    min_size=1,
    max_size=5,
)


@st.composite
def _job(draw: st.DrawFn, n: int, cores: int) -> Job:
    lines = ["compute 1ms", *draw(_LINES)]
    if draw(st.booleans()):
        lines = [*lines[:1], "acquire x", *lines[1:], "release x"]
    name, at = f"t{n}", f"{draw(st.integers(0, 6))}ms"
    tied = draw(st.sampled_from([(), (), (0,), (cores - 1,)]))
    cls = draw(st.sampled_from(["deadline", "fifo", "rr", "fair", "fair", "idle"]))
    if cls == "deadline":
        period = draw(st.integers(4, 12))
        runtime = draw(st.integers(1, period))
        until = draw(st.integers(runtime, period))
        return dl(
            name, *lines, runtime=runtime, period=period, deadline=until, arrival=at, affinity=tied
        )
    priority = draw(st.integers(1, 3)) if cls in ("fifo", "rr") else None
    return thread(name, *lines, cls=cls, priority=priority, arrival=at, affinity=tied)


@st.composite
def _anything(draw: st.DrawFn) -> tuple[tuple[Job, ...], dict[str, Any]]:
    cores = draw(st.integers(1, 3))
    jobs = tuple(draw(_job(n, cores)) for n in range(draw(st.integers(1, 6))))
    options: dict[str, Any] = {
        "cores": cores,
        "per_core": draw(st.booleans()),
        "fair": draw(st.sampled_from(["eevdf", "cfs"])),
        "gil": draw(st.booleans()),
        "inheritance": draw(st.sampled_from([frozenset({"x"}), frozenset()])),
        "rr_quantum": "2ms",
        "rt_runtime": draw(st.sampled_from(["0ms", "8ms"])),
        "rt_period": "10ms",
    }
    return jobs, options


@settings(deadline=None, max_examples=max(50, settings().max_examples))
@given(_anything())
def test_whatever_there_is_is_run(what: tuple[tuple[Job, ...], dict[str, Any]]) -> None:
    """Engine and state agree (``play``), and nobody runs who is not to run on that core."""
    jobs, options = what
    trace = run(*jobs, **options, until="80ms")
    tied = {job.name: job.affinity for job in jobs if job.affinity}
    for core in range(options["cores"]):
        assert all(core in tied.get(each.who, (core,)) for each in on_core(trace, core))


@settings(deadline=None, max_examples=50)
@given(_anything())
def test_a_budget_is_never_overdrawn(what: tuple[tuple[Job, ...], dict[str, Any]]) -> None:
    """In 80 ms a thread whose deadlines are its periods has its share, and Q, at the most."""
    jobs, options = what
    trace = run(*jobs, **{**options, "inheritance": frozenset()}, until="80ms")
    for each in jobs:
        about = each.attributes
        if about.scheduling_class != "deadline" or about.deadline != about.period:
            continue
        assert about.wcet is not None
        assert about.period is not None
        got = sum(
            piece.end - piece.start
            for core in range(options["cores"])
            for piece in on_core(trace, core)
            if piece.who == each.name
        )
        assert got * MS * about.period <= (80 * MS + about.period) * about.wcet


# -- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "value"), [("rr_quantum", 0), ("rt_period", 0), ("rt_runtime", -1), ("tick", -1)]
)
def test_what_is_wrong_is_refused_by_name(parameter: str, value: int) -> None:
    parameters: dict[str, Any] = {parameter: value}
    with pytest.raises(ValueError, match=parameter):
        Linux(**parameters)


def test_more_than_the_period_is_no_runtime() -> None:
    with pytest.raises(ValueError, match="rt_runtime"):
        Linux(rt_runtime=2, rt_period=1)


def test_a_run_that_pauses_while_all_wait_for_their_budget_is_not_over() -> None:
    """D has used its 2 ms of each 10: nothing happens before 10, and then it goes on."""
    trace = run(dl("D", "compute 5ms", runtime=2, period=10), until="5ms")
    assert (trace.complete, trace.end) == (False, 5 * MS)
    assert chart(trace) == "D 0-2"
