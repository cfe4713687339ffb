"""Our asyncio loop: by hand (SEMANTICS.md A2, rules A1 to A5), and against the real one."""

from __future__ import annotations

import heapq
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from schedsim.programs.steps import Repeat, Step
from schedsim.scenario import Job, Scenario
from schedsim.simulation import Simulation
from schedsim.trace import Kind, Reason
from tests.machines import (
    MS,
    Slice,
    ends,
    in_hand,
    job,
    marks,
    ms,
    play,
    repeat,
    rows,
    steps,
    tasks,
    told,
)
from tests.real_asyncio import Log, RealRun
from tests.strategies import job_lists

CASES = json.loads(
    (Path(__file__).parent / "cases" / "asyncio_flat.json").read_text(encoding="utf-8")
)["cases"]


def labels(*jobs: Job) -> str:
    """What was marked, in order, in one loop; the real one agrees."""
    ours = " ".join(label for _, _, label in marks(play(tasks(*jobs))))
    assert " ".join(label for _, _, label in RealRun(jobs).play().log) == ours
    return ours


# -- passes -----------------------------------------------------------------------------------


def test_tasks_start_in_the_order_of_their_creation() -> None:
    """A1, A5: ``create_task`` is a ``call_soon``: first in, first out."""
    assert labels(job("a", "mark a"), job("b", "mark b"), job("c", "mark c")) == "a b c"


def test_sleep_0_lets_every_ready_task_have_one_step() -> None:
    """A4, SEMANTICS.md B8 p02: A0 B0 C0 A1 B1 A2."""
    assert (
        labels(
            job("a", "mark A0", "sleep 0ms", "mark A1", "sleep 0ms", "mark A2"),
            job("b", "mark B0", "sleep 0ms", "mark B1"),
            job("c", "mark C0"),
        )
        == "A0 B0 C0 A1 B1 A2"
    )


def test_a_spawned_task_starts_in_the_next_pass() -> None:
    """A5, B8 p01: it is spawned in the first pass, behind b, which yields into the second."""
    spawner = job("a", "mark A0", "spawn c", "mark A1", "sleep 0ms", "mark A2")
    assert (
        labels(
            spawner, job("b", "mark B0", "sleep 0ms", "mark B1"), job("c", "mark C", spawned=True)
        )
        == "A0 A1 B0 C A2 B1"
    )


def test_awaiting_what_is_done_does_not_yield() -> None:
    """A5, B8 p20: b has ended when a joins it, so the spy does not come between."""
    assert (
        labels(
            job("b", "mark b"),
            job("a", "sleep 0ms", "mark a0", "join b", "mark a1"),
            job("spy", "sleep 0ms", "mark spy"),
        )
        == "b a0 a1 spy"
    )


def test_the_end_of_a_task_resumes_its_parent_one_pass_later_per_level() -> None:
    """A5, B8 p22: it 0, leaf, it 1, mid, it 2, top, it 3 for awaits of tasks three deep."""
    assert (
        labels(
            job("it", *[line for n in range(4) for line in (f"mark it{n}", "sleep 0ms")]),
            job("top", "join mid", "mark top"),
            job("mid", "join leaf", "mark mid"),
            job("leaf", "mark leaf"),
        )
        == "it0 leaf it1 mid it2 top it3"
    )


def test_those_who_await_one_task_resume_in_the_order_in_which_they_began_to() -> None:
    """A5: the callbacks of a future run in the order of registration (B8 p31)."""
    waiters = [job(name, "join slow", f"mark {name}") for name in "xyz"]
    assert labels(job("slow", "sleep 1ms"), *waiters) == "x y z"


def test_join_awaits_one_after_the_other() -> None:
    """``for task in group: await task``: done when the last is, of whatever order they end in."""
    trace = play(
        tasks(
            job("a", "sleep 2ms"),
            job("all", "join a", "join b", "mark all"),
            job("b", "sleep 1ms"),
        )
    )
    assert marks(trace) == [(2, "all", "all")]
    awaited = [row[3:] for row in told(trace, Kind.TASK_READY) if row[2] == "JOINED"]
    assert awaited == [("all", "a")]


def test_two_tasks_that_await_each_other_never_end() -> None:
    """A deadlock is an end like another: nothing can happen any more."""
    trace = play(tasks(job("a", "join b"), job("b", "join a"), job("c", "sleep 1ms")))
    assert trace.complete
    assert ends(trace) == {"c": 1}


def test_a_task_does_not_wait_for_itself() -> None:
    assert labels(job("a", "join a", "mark a", count=1)) == "a"


# -- timers -----------------------------------------------------------------------------------


def test_a_sleep_resumes_two_passes_after_it_is_due() -> None:
    """A4: the timer's callback sets the future in one pass, the task runs in the next.

    The spinner computes 2 ms a pass.  Due at 5, seen at the pass that begins at 6: the callback
    there, the task in the pass that begins at 8, behind the spinner: 10.
    """
    trace = play(
        tasks(
            job("spinner", repeat(8, "compute 2ms", "yield")), job("a", "sleep 3ms", "mark woken")
        )
    )
    # It falls asleep at 2, behind the spinner's first chunk.
    assert marks(trace) == [(10, "a", "woken")]


@pytest.mark.parametrize(
    ("period", "chunk"),
    [(10, 1), (10, 2), (10, 5), (10, 10), (10, 20), (10, 50), (10, 3), (7, 4), (1, 1), (13, 30)],
)
def test_a_ticker_beside_a_spinner_is_late_by_the_formula(period: int, chunk: int) -> None:
    """D11: c * ceil(P / c) + 2 c - P.

    SEMANTICS.md B3: the timer is noticed at the next pass, its callback runs after one more chunk,
    the wake-up after another.
    """
    trace = play(
        tasks(
            job("ticker", repeat(3, f"sleep {period}ms", "mark tick")),
            job("spinner", repeat(8 * (period // chunk + 3), f"compute {chunk}ms", "yield")),
        )
    )
    late = chunk * -(-period // chunk) + 2 * chunk - period
    times = [when for when, *_ in marks(trace)]
    assert times == [n * (period + late) for n in (1, 2, 3)]


def test_a_spinner_that_does_not_yield_delays_everybody_until_it_ends() -> None:
    """A14, D11: no yield: W."""
    trace = play(
        tasks(
            job("ticker", "sleep 1ms", "mark tick"),
            job("hog", repeat(10, "compute 5ms", "yield"), cpu_heavy=True, yielding=False),
        )
    )
    assert marks(trace) == [(50, "ticker", "tick")]


def test_ten_blocking_sleeps_in_coroutines_take_ten_times_as_long() -> None:
    """D13: ``time.sleep`` blocks the thread, and with it the loop."""
    blocking = play(tasks(job("a", "call time.sleep 50ms", count=10)))
    cooperative = play(tasks(job("a", "sleep 50ms", count=10)))
    assert (ms(blocking.end), ms(cooperative.end)) == (500, 50)


def test_a_blocking_call_keeps_the_loop_and_lets_go_of_the_core() -> None:
    """A14, G6: the task stays in the loop's hand while its thread is blocked."""
    trace = play(tasks(job("a", "call time.sleep 5ms"), job("b", "mark b")))
    assert marks(trace) == [(5, "b", "b")]
    assert in_hand(trace) == []  # nobody computes
    (begun,) = rows(trace, Kind.COMPUTE)
    assert begun.reason is Reason.CALL


def test_timers_are_looked_at_once_a_pass() -> None:
    """``_run_once`` step 5: due timers join the ready queue behind what is already in it.

    a is due at 1 and b at 2; both are seen when the spinner's 3 ms are over, in the order of when.
    """
    trace = play(
        tasks(
            job("b", "sleep 2ms", "mark b"),
            job("a", "sleep 1ms", "mark a"),
            job("spinner", "compute 3ms"),
        )
    )
    assert marks(trace) == [(3, "a", "a"), (3, "b", "b")]


def test_io_of_no_length_goes_through_the_timers() -> None:
    """A3: ``call_later(0)``: two passes, where ``sleep(0)`` takes one; and behind who is ready."""
    assert (
        labels(
            job("io", "io 0ms", "mark io"),
            job("spy", "sleep 0ms", "mark spy1", "sleep 0ms", "mark spy2"),
        )
        == "spy1 spy2 io"
    )


TIES = {2: "AB", 3: "ABC", 4: "ACBD", 5: "ACEBD", 6: "ACFEBD", 8: "ACGFHEBD"}


class When:
    """What ``heapq`` compares in asyncio: a ``TimerHandle``, whose ``<`` looks at ``_when``."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __lt__(self, other: When) -> bool:
        return False


@pytest.mark.parametrize(("count", "order"), TIES.items())
def test_timers_that_are_due_together_leave_the_heap_in_its_order(count: int, order: str) -> None:
    """A2: not first come, first served; as measured, as ``heapq`` does, as asyncio does."""
    jobs = [job(name, "sleep 5ms", f"mark {name}") for name in "ABCDEFGH"[:count]]
    assert "".join(label for _, _, label in marks(play(tasks(*jobs)))) == order

    heap: list[When] = []
    for name in "ABCDEFGH"[:count]:
        heapq.heappush(heap, When(name))
    assert "".join(heapq.heappop(heap).name for _ in range(count)) == order

    assert "".join(label for _, _, label in RealRun(jobs).play().log) == order


# -- the loop as a program in its thread ------------------------------------------------------


def test_the_thread_waits_in_its_selector_until_the_next_timer() -> None:
    trace = play(tasks(job("a", "sleep 5ms"), job("b", "sleep 3ms")))
    selecting = [
        row for row in trace.rows() if row.kind is Kind.IDLE and row.reason is Reason.SELECT
    ]
    assert [(ms(row.time), ms(row.arg)) for row in selecting] == [(0, 3), (3, 5)]


def test_the_thread_ends_with_its_last_task() -> None:
    """``asyncio.run`` of all tasks: the loop's thread ends when nobody is left."""
    assert ends(play(tasks(job("a", "sleep 5ms"), job("b")))) == {"a": 5, "b": 0, "main": 5}


def test_an_empty_loop_ends_at_once() -> None:
    trace = play(tasks(job("a", spawned=True)))
    assert (ends(trace), trace.complete) == ({"main": 0}, True)


def test_a_task_that_arrives_late_starts_the_pass_after_its_timer() -> None:
    """As ``call_at(arrival, create_task)`` would."""
    trace = play(tasks(job("a", "mark a", arrival="2ms"), job("b", "compute 1ms")))
    assert marks(trace) == [(2, "a", "a")]
    ready = [row for row in told(trace, Kind.TASK_READY) if row[3] == "a"]
    assert ready == [(2, "TASK_READY", "ARRIVED", "a", "")]


def test_computing_keeps_the_loop() -> None:
    """A14: a coroutine gives the loop back only where it awaits something unfinished."""
    trace = play(tasks(job("a", "compute 3ms", "compute 2ms", "yield"), job("b", "compute 1ms")))
    assert in_hand(trace) == [Slice("a", 0, 5), Slice("b", 5, 6)]


# -- against the real asyncio -----------------------------------------------------------------


def read(lines: Sequence[Any]) -> list[Step]:
    """Steps of a case: verbs, and tables with ``repeat`` and ``do``."""
    return [
        repeat(line["repeat"], *read(line["do"])) if isinstance(line, dict) else steps(line)[0]
        for line in lines
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_recorded_programs_give_the_recorded_order(case: dict[str, Any]) -> None:
    """D12: what real asyncio did with these programs, on 3.11, 3.12 and 3.13 alike."""
    jobs = [job(name, *read(lines), spawned=name != "main") for name, lines in case["jobs"].items()]
    ours = [[when, who, label] for when, who, label in marks(play(tasks(*jobs)))]
    assert ours == case["log"]
    real = [[when / MS, who, label] for when, who, label in RealRun(jobs).play().log]
    assert real == case["log"]


def marked(body: Sequence[Step], path: str = "") -> tuple[Step, ...]:
    """The same steps with a mark after each, so that nothing they do goes unseen."""
    found: list[Step] = []
    for index, step in enumerate(body):
        here = f"{path}.{index}"
        if isinstance(step, Repeat):
            found.append(Repeat(marked(step.do, here), step.times))
        else:
            found.append(step)
        found += steps(f"mark {here}")
    return tuple(found)


MOST_MARKS = 400


@settings(max_examples=max(150, settings().max_examples))
@given(job_lists())
def test_random_programs_run_as_on_the_real_asyncio(jobs: tuple[Job, ...]) -> None:
    """The same steps on the interpreter's own asyncio, on a clock that jumps: moment for moment."""
    jobs = tuple(replace(each, steps=(*steps("mark start"), *marked(each.steps))) for each in jobs)
    simulation = Simulation(Scenario("random", model="asyncio", jobs=jobs))
    simulation.run(rows=4 * MOST_MARKS)
    trace = simulation.trace
    ours: Log = [
        (row.time, trace.entities[row.subject].name, trace.labels[row.arg])
        for row in trace.rows()
        if row.kind is Kind.MARK
    ]
    if trace.complete:
        real = RealRun(jobs).play()
        assert real.log == ours
        assert real.loop.time() == trace.end
    else:
        assert RealRun(jobs, most=len(ours)).play().log == ours


@pytest.mark.fuzz
def test_many_random_programs_run_as_on_the_real_asyncio() -> None:
    """The same with new examples: ``-m fuzz --hypothesis-profile=fuzz``."""
    test_random_programs_run_as_on_the_real_asyncio()
