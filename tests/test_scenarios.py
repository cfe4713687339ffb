"""What the lessons of the library say is true: figures worked out by hand, against the runs."""

from __future__ import annotations

import re
import shlex
import sys
from bisect import bisect_right
from collections import defaultdict
from math import ceil

import pytest

from schedsim import cli, library
from schedsim.commands import Inject, SetYielding
from schedsim.findings import find
from schedsim.metrics import METRICS, JobTimes, measure
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.scenario_file import load, loads
from schedsim.state import State, Status
from schedsim.trace import Kind, Reason, Role, Trace
from tests.machines import MS, Slice, ends, holds, in_hand, instants, marks, on_core, play

SECOND = 1_000
"""In milliseconds, as all figures here."""


def run(name: str, *settings: str, model: str = "") -> Trace:
    """A scenario of the library, to its end."""
    scenario = Source.of(library.path(name), model, settings).load()
    return Run(scenario).finish() if scenario.until else play(scenario)


def lateness(trace: Trace) -> dict[str, list[float]]:
    """For each task, how long after its wait was over it went on, in milliseconds."""
    found: dict[str, list[float]] = defaultdict(list)
    due: dict[int, int] = {}
    tasks = [entity for entity in trace.entities[1:] if entity.role is Role.TASK]
    state = State.start(trace)
    for rows in range(1, len(trace) + 1):
        state.forward(rows)
        for task in tasks:
            if task.id >= len(state.status):
                continue
            if state.status[task.id] is Status.SUSPENDED and state.due[task.id] >= 0:
                due[task.id] = state.due[task.id]
            elif state.status[task.id] is Status.RUNNING and task.id in due:
                found[task.name].append((state.time - due.pop(task.id)) / MS)
    return found


def starts(slices: list[Slice], who: str) -> list[float]:
    """When somebody got what the slices are of."""
    return [each.start for each in slices if each.who == who]


# -- waiting -----------------------------------------------------------------------------------


def test_three_tasks_fill_each_other_s_waits() -> None:
    """A 0-10, B 10-20, C 20-30, A again at 30, when its device is done; 360 ms take 140 ms."""
    trace = run("waiting-frees-the-cpu")
    expected = [Slice("ABC"[n % 3], 10.0 * n, 10.0 * n + 10) for n in range(12)]
    assert in_hand(trace) == expected
    assert on_core(trace) == [Slice("main", 0.0, 120.0)]
    assert ends(trace) == {"A": 120.0, "B": 130.0, "C": 140.0, "main": 140.0}


def test_a_task_that_does_not_yield_lets_nobody_fill_the_waits() -> None:
    """Injected at 30 ms with 50 ms of work, it runs from 40 to 90 ms, and nobody else does."""
    run = Run(load(library.path("waiting-frees-the-cpu")))
    run.finish()
    run.act(
        Inject("hog", 50 * MS, 50 * MS, process="python", loop="main"),
        run.history.rows_at(30 * MS),
        30 * MS,
    )
    assert Slice("hog", 40.0, 90.0) in in_hand(run.finish())


@pytest.mark.parametrize("board", [1, 2, 24])
def test_chess_one_after_another_takes_twelve_hours(board: int) -> None:
    """A game is 30 x (5 + 55) s = 1,800 s; board n is done after n of them, all after 43,200 s."""
    trace = run("chess-one-after-another")
    assert ends(trace)[f"board-{board}"] == 1_800 * board * SECOND
    assert ends(trace)["main"] == 43_200 * SECOND


def test_chess_asynchronously_takes_an_hour() -> None:
    """30 rounds of 24 x 5 s = 3,600 s of play without a pause; the last answer 55 s later."""
    trace = run("chess-asynchronous")
    assert on_core(trace) == [Slice("main", 0.0, 3_600.0 * SECOND)]
    assert ends(trace)["main"] == 3_655 * SECOND


def test_the_first_opponent_waits_for_a_minute_in_each_round() -> None:
    """The answer comes after 55 s, the master after 120 s: a move at 0, 120, 240 s ..."""
    moves = starts(in_hand(run("chess-asynchronous")), "board-1")
    assert moves == [120.0 * SECOND * n for n in range(30)]


@pytest.mark.parametrize("boards", [1, 2, 11, 12, 13, 14, 24])
def test_chess_has_the_figures_of_the_formula(boards: int) -> None:
    """Up to 12 boards 1,800 + 5(n - 1) s, from 12 on 150 n + 55 s (SEMANTICS B9)."""
    trace = run("chess-asynchronous", f"job.board.count={boards}")
    expected = 1_800 + 5 * (boards - 1) if boards <= 12 else 150 * boards + 55
    assert ends(trace)["main"] == expected * SECOND


# -- suspend and resume ------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["coroutines", "callbacks", "generators", "greenlets"])
def test_a_suspended_reader_is_resumed_at_its_line(model: str) -> None:
    """Suspended 2-12 ms, due at 12; the worker gives way at 14: 2 ms late, and done at 16."""
    trace = run("suspend-and-resume", model=model)
    assert in_hand(trace) == [
        Slice("reader", 0.0, 2.0),
        Slice("worker", 2.0, 14.0),
        Slice("reader", 14.0, 16.0),
    ]
    assert lateness(trace) == {"reader": [2.0]}
    assert ends(trace)["main"] == 16.0
    (reader,) = [entity for entity in trace.entities if entity.name == "reader"]
    before = State.start(trace).forward(bisect_right(trace.times, 13 * MS))
    assert before.status[reader.id] is Status.SUSPENDED
    assert reader.listing is not None
    line = reader.listing.line(before.pc[reader.id])
    assert line is not None
    assert "io(" in reader.listing.lines[line]


@pytest.mark.parametrize(
    ("model", "kept", "switching"),
    [
        ("callbacks", 3 * 227, 9 * 67),
        ("generators", 3 * 221, 9 * 32),
        ("coroutines", 3 * 478, 9 * 101),
        ("greenlets", 3 * 6_037, 9 * 192),
    ],
)
def test_four_ways_have_one_schedule_and_four_prices(model: str, kept: int, switching: int) -> None:
    """Three clients suspended at once, 9 times started or resumed; figures of SEMANTICS B6."""
    trace = run("four-ways", model=model)
    assert ends(trace) == {"client-1": 22.0, "client-2": 23.0, "client-3": 24.0, "main": 24.0}
    assert METRICS["peak_memory"](measure(trace)) == kept
    paid = run("four-ways", "python.task_switch_cost=preset", model=model)
    (main,) = measure(paid).of(Role.THREAD)
    assert main.cpu == 6 * MS + switching
    lesson = lesson_of("four-ways")
    assert f"{kept:,} B" in lesson
    assert f"{switching:,} ns" in lesson


@pytest.mark.parametrize(
    ("model", "kept", "says"),
    [("threads", 3 * 16_425, "49,275 B"), ("processes", 3 * 1_032 * 1_024, "3.2 MB")],
)
def test_threads_and_processes_keep_more(model: str, kept: int, says: str) -> None:
    """16,425 bytes a thread; 1,032 KiB a forked process, 3,170,304 bytes for three."""
    assert METRICS["peak_memory"](measure(run("four-ways", model=model))) == kept
    assert says in lesson_of("four-ways")


def test_a_bare_loop_has_a_queue_and_timers() -> None:
    """A 0-2, C 2-3, A 3-5 (B is due at 5, behind A, which only logs), B 5-6, C 8-9."""
    trace = run("bare-loop")
    assert in_hand(trace) == [
        Slice("A", 0.0, 2.0),
        Slice("C", 2.0, 3.0),
        Slice("A", 3.0, 5.0),
        Slice("B", 5.0, 6.0),
        Slice("C", 8.0, 9.0),
    ]
    assert on_core(trace) == [Slice("main", 0.0, 6.0), Slice("main", 8.0, 9.0)]
    kinds = [row.kind for row in trace.rows()]
    assert kinds.count(Kind.LOOP_PASS) == 4
    assert [row.time / MS for row in trace.rows() if row.kind is Kind.LOOP_WAIT] == [6.0, 9.0]
    at_five = [
        trace.entities[row.subject].name
        for row in trace.rows()
        if row.time == 5 * MS and row.kind is Kind.TASK_RUN
    ]
    assert at_five == ["A", "B"]


def test_one_body_in_four_styles_of_python() -> None:
    """Each computes 1 ms, waits 10 ms and computes 1 ms: done at 12, 13, 14 and 15 ms."""
    trace = run("four-styles")
    order = ["callback", "generator", "coroutine", "greenlet"]
    assert marks(trace) == [(12.0 + n, who, "served after 10ms") for n, who in enumerate(order)]
    state = State.start(trace).forward(bisect_right(trace.times, 4 * MS))
    kept = {e.name: trace.kept[e.id][state.pc[e.id]] for e in trace.entities if e.style != "steps"}
    assert kept["callback"].startswith(
        "only the callback answered is kept, with what it closed over: "
    )
    assert kept["generator"].startswith("its 2 frames are kept: with_a_generator at line ")
    assert kept["coroutine"].startswith("a chain of 2 frames is kept: with_a_coroutine at line ")
    assert kept["greenlet"].startswith("a stack of its own is kept, 2 calls deep: with_a_greenlet")
    for entity in trace.entities:
        if entity.style != "steps":
            assert entity.listing is not None
            line = entity.listing.line(state.pc[entity.id])
            assert line is not None
            assert "io(length" in entity.listing.lines[line]


def test_a_cancelled_pyramid_is_told_by_its_errback_alone() -> None:
    """Both wait for the page at 8 ms; both log `closed` then, and nothing is stored."""
    trace = run("callback-pyramid")
    assert marks(trace) == [(8.0, "pyramid", "closed"), (8.0, "straight", "closed")]


def test_an_exception_ends_its_task_alone() -> None:
    """The parser fails at 3 ms, and the careless one with it; the pulse goes on to 10 ms."""
    trace = run("errors")
    names = {trace.entities[who].name: told for who, told in trace.failures.items()}
    assert sorted(names) == ["careless", "parser"]
    assert all("invalid literal for int() with base 10: 'twelve'" in t for t in names.values())
    failed = [row for row in trace.rows() if row.reason is Reason.FAILED]
    assert [row.time / MS for row in failed] == [3.0, 3.0]
    beats = [time for time, _, label in marks(trace) if label == "beat"]
    assert beats == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert (3.0, "careful", "no number, so 0") in marks(trace)
    assert ends(trace)["pulse"] == 10.0


@pytest.mark.parametrize(
    ("settings", "beside_the_thread"),
    [
        ((), [150, 165, 180, 190]),
        (("machine.cores=2",), [150, 165, 180, 190]),
        (("machine.cores=2", "python.gil=off"), [150, 160, 170, 180, 190]),
    ],
)
def test_a_computing_coroutine_starves_a_heartbeat(
    settings: tuple[str, ...], beside_the_thread: list[int]
) -> None:
    """No beat from 20 to 60 ms.  That of 90 is to come again at 100, when it is found to be due,
    behind 10 ms of the polite one; its future is set at 110, and its task has its turn behind 10
    more.  Beside a thread it is 5 ms late, a switch interval, as long as there is a GIL: at 165 and
    180, while the thread computes until 190."""
    trace = run("plain-asyncio", *settings)
    beats = [at for at, _, label in marks(trace) if label == "beat"]
    assert beats[:4] == [0, 10, 60, 70]
    assert [at for at in beats if 80 <= at <= 120] == [90, 120]
    assert [at for at in beats if 150 <= at <= 190] == beside_the_thread
    assert not trace.failures


# -- processes and threads ---------------------------------------------------------------------


@pytest.mark.parametrize("cores", [1, 2, 4, 8])
def test_processes_take_their_share_of_the_cores(cores: int) -> None:
    """Four of 60 ms on M cores: ceil(4 / M) x 60 ms (SEMANTICS D2)."""
    trace = run("processes", f"machine.cores={cores}")
    assert max(ends(trace).values()) == ceil(4 / cores) * 60


def test_two_processes_run_at_once_and_take_turns() -> None:
    """1 and 3 share core 0, 10 ms each; 2 and 4 share core 1."""
    trace = run("processes")
    for core, pair in enumerate([("cruncher-1", "cruncher-3"), ("cruncher-2", "cruncher-4")]):
        expected = [Slice(pair[n % 2], 10.0 * n, 10.0 * n + 10) for n in range(12)]
        assert on_core(trace, core) == expected


@pytest.mark.parametrize("cores", [1, 2, 4])
def test_threads_under_the_gil_take_the_sum(cores: int) -> None:
    """Four of 30 ms: 120 ms on however many cores (SEMANTICS D1)."""
    assert max(ends(run("gil-threads", f"machine.cores={cores}")).values()) == 120


def test_the_gil_changes_hands_every_switch_interval() -> None:
    """The asker is still on its core: two play ping-pong, then the others (G2, G4 i)."""
    pairs = [("cruncher-1", "cruncher-2"), ("cruncher-3", "cruncher-4")]
    order = [pair[n % 2] for pair in pairs for n in range(12)]
    expected = [Slice(who, 5.0 * n, 5.0 * n + 5) for n, who in enumerate(order)]
    assert holds(run("gil-threads")) == expected


def test_whoever_asked_and_sleeps_lets_the_oldest_have_the_gil() -> None:
    """The drop comes up to 63 us later; all are in the queue again by then (G4 ii)."""
    order = [turn.who[-1] for turn in holds(run("gil-threads", "python.check_every=63us"))]
    assert "".join(order) == "1234" * 6


def test_with_a_gil_one_core_is_busy_at_a_time() -> None:
    """Three of four are idle, all the time."""
    assert all(sum(map(bool, state.running)) == 1 for state, _ in instants(run("gil-threads")))


@pytest.mark.parametrize(
    ("settings", "model", "expected"),
    [
        ((), "", 30),
        (("machine.cores=2",), "", 60),
        (("machine.cores=1",), "", 120),
        ((), "asyncio", 120),
    ],
)
def test_without_a_gil_the_cores_are_the_limit(
    settings: tuple[str, ...], model: str, expected: int
) -> None:
    """30 ms on four cores; an event loop is one thread all the same."""
    assert max(ends(run("no-gil", *settings, model=model)).values()) == expected


@pytest.mark.parametrize(("version", "expected"), [("3.13", 42.3), ("3.14", 32.3)])
def test_without_a_gil_a_thread_is_slower(version: str, expected: float) -> None:
    """30 ms at 0.71 and 0.93 of the speed (SEMANTICS G9)."""
    trace = run("no-gil", f"python.version={version}")
    assert round(max(ends(trace).values()), 1) == expected


def test_threads_that_wait_queue_for_the_gil_only_once() -> None:
    """All wake at 20 ms and compute 2 ms one after another; then they are 2 ms apart for good.

    The first ends after 5 x 22 = 110 ms, the others 2, 4 and 6 ms later.
    """
    trace = run("io-threads")
    assert sorted(ends(trace).values()) == [110, 112, 114, 116]
    assert [each.start for each in holds(trace)[:5]] == [20, 22, 24, 26, 42]


def test_without_a_gil_threads_that_wait_come_two_at_a_time() -> None:
    """Two cores: two end after 110 ms, two 2 ms later."""
    assert sorted(ends(run("io-threads", "python.gil=off")).values()) == [110, 110, 112, 112]


def test_an_injected_busy_thread_makes_the_readers_wait() -> None:
    """Their reads are over at 20 ms; the first of them has the GIL a switch interval later."""
    run = Run(load(library.path("io-threads")))
    run.act(Inject("hog", 50 * MS, 50 * MS, process="python"), 0, 0)
    first, second, *_ = holds(run.finish())
    assert first == Slice("hog", 0.0, 25.0)
    assert second.who.startswith("reader")


@pytest.mark.parametrize(
    ("settings", "model", "expected"),
    [
        ((), "", 6 * (10 + 5 + 1)),
        (("python.switch_interval=1ms",), "", 6 * (10 + 1 + 1)),
        (("python.gil=off",), "", 6 * (10 + 1)),
        ((), "processes", 6 * (10 + 1)),
    ],
)
def test_a_read_beside_a_busy_thread_costs_a_switch_interval(
    settings: tuple[str, ...], model: str, expected: int
) -> None:
    """10 ms of reading, 5 ms of waiting for the GIL, 1 ms of computing, six times (D6)."""
    assert ends(run("io-beside-cpu", *settings, model=model))["reader"] == expected


def test_the_reader_gets_the_gil_5_ms_after_it_woke_up() -> None:
    """It wakes at 10, 26, 42 ms ... and has the GIL at 15, 31, 47 ms ..."""
    trace = run("io-beside-cpu")
    reader = next(entity.id for entity in trace.entities if entity.name == "reader")
    timers = [
        row.time / MS
        for row in trace.rows()
        if row.kind is Kind.WAKE and row.subject == reader and row.time
    ]
    assert timers == [10.0 + 16 * n for n in range(6)]
    assert starts(holds(trace), "reader") == [15.0 + 16 * n for n in range(6)]


# -- the event loop ----------------------------------------------------------------------------


def test_the_loop_serves_one_task_after_another() -> None:
    """Worked out by hand, pass by pass.

    0 server | 1 pulse | 2 fetch, 4 fetch-2, 6 fetch-3 | 8 pulse (due 7) ... The fetched pages come
    at 24, 26 and 28 ms, the server goes on when the last of the three is done at 34 ms.
    """
    trace = run("event-loop")
    assert in_hand(trace) == [
        Slice("server", 0.0, 1.0),
        Slice("pulse", 1.0, 2.0),
        Slice("fetch", 2.0, 4.0),
        Slice("fetch-2", 4.0, 6.0),
        Slice("fetch-3", 6.0, 8.0),
        Slice("pulse", 8.0, 9.0),
        Slice("pulse", 14.0, 15.0),
        Slice("pulse", 20.0, 21.0),
        Slice("fetch", 24.0, 27.0),
        Slice("fetch-2", 27.0, 30.0),
        Slice("pulse", 30.0, 31.0),
        Slice("fetch-3", 31.0, 34.0),
        Slice("server", 34.0, 36.0),
        Slice("pulse", 36.0, 37.0),
    ]
    assert (36.0, "server", "all three are here") in marks(trace)


def test_no_beat_is_more_than_4_ms_late() -> None:
    """The fourth sleep is over at 26 ms; two fetches are in hand until 30 ms."""
    assert max(lateness(run("event-loop"))["pulse"]) == 4


def test_an_event_loop_uses_one_core() -> None:
    """The other is never used."""
    assert on_core(run("event-loop"), 1) == []


def test_a_task_that_never_awaits_starves_the_others() -> None:
    """From 35 to 185 ms the cruncher has the loop: 150 ms late for a timer of 35 ms (A14)."""
    trace = run("starving-loop")
    assert Slice("cruncher", 35.0, 185.0) in in_hand(trace)
    late = lateness(trace)
    assert late["ticker-3"][2] == 150  # due at 35 ms
    assert late["ticker-1"][3] == 142  # due at 44 ms, and after ticker-3
    assert late["ticker-2"][3] == 142  # due at 45 ms, and after both
    assert max(late["ticker-1"][4:] + late["ticker-2"][4:] + late["ticker-3"][3:]) == 0


def test_y_lets_the_others_in_from_the_next_piece_on() -> None:
    """Switched on at 60 ms: the piece under way ends at 65 ms, and then a ticker has its turn."""
    run = Run(load(library.path("starving-loop")))
    run.finish()
    run.act(SetYielding(on=True), run.history.rows_at(60 * MS), 60 * MS)
    hands = in_hand(run.finish())
    cruncher = next(each for each in hands if each.who == "cruncher")
    assert cruncher == Slice("cruncher", 35.0, 65.0)
    assert hands[hands.index(cruncher) + 1].who == "ticker-3"


def test_yielding_every_10_ms_makes_ticks_22_ms_late() -> None:
    """c = P = 10 ms: 10 + 20 - 10 = 20 ms, and 2 ms for the two other tickers."""
    trace = run("starving-loop", "job.cruncher.yielding=true")
    assert max(max(late) for late in lateness(trace).values()) == 22


def test_yielding_every_5_ms_makes_ticks_12_ms_late() -> None:
    """c = 5, P = 10 ms: 10 + 10 - 10 = 10 ms, and 2 ms for the two other tickers."""
    trace = run("sleep-zero")
    assert max(max(late) for late in lateness(trace).values()) == 12
    assert in_hand(trace)[11:13] == [Slice("cruncher", 35.0, 40.0), Slice("ticker-3", 40.0, 41.0)]


def test_yielding_every_millisecond_makes_ticks_3_ms_late() -> None:
    """As the lesson has it, word for word."""
    lesson = library.path("sleep-zero").read_text(encoding="utf-8")
    (setting,) = [line.split("'")[1] for line in lesson.splitlines() if "--set '" in line]
    trace = run("sleep-zero", setting)
    assert max(max(late) for late in lateness(trace).values()) == 3


def test_without_its_yield_sleep_zero_is_the_starving_loop() -> None:
    """The same 150 ms in one piece."""
    trace = run("sleep-zero", "job.cruncher.yielding=false")
    assert in_hand(trace) == in_hand(run("starving-loop"))


@pytest.mark.parametrize("chunk", [1, 2, 3, 4, 5, 7, 10, 20, 50, 100])
@pytest.mark.parametrize("period", [1, 5, 10])
def test_a_ticker_beside_a_spinner_is_late_by_the_formula(chunk: int, period: int) -> None:
    """c * ceil(P / c) + 2 c - P (SEMANTICS B3, D11): the pass that sees the timer, and two more."""
    scenario = loads(
        f"""
schema = 1
title = "ticker and spinner"
model = "asyncio"
until = "2s"
[[job]]
name = "ticker"
steps = [{{ repeat = 3, do = ["sleep {period}ms"] }}]
[[job]]
name = "spinner"
steps = [{{ repeat = "forever", do = ["compute {chunk}ms", "yield"] }}]
""",
        "formula.toml",
    )
    late = lateness(Run(scenario).finish())["ticker"]
    assert late == [chunk * ceil(period / chunk) + 2 * chunk - period] * 3


@pytest.mark.parametrize(
    ("name", "model", "expected"),
    [
        ("blocking-sleep", "", 500),
        ("blocking-sleep", "threads", 50),
        ("blocking-sleep", "processes", 50),
        ("async-sleep", "", 50),
        ("async-sleep", "threads", 50),
    ],
)
def test_ten_sleeps_of_50_ms(name: str, model: str, expected: int) -> None:
    """One after another if each blocks the loop, else all at once (D13)."""
    assert max(ends(run(name, model=model)).values()) == expected


def test_while_one_coroutine_blocks_the_nine_others_are_ready() -> None:
    """And the core is idle."""
    state, _ = next(instants(run("blocking-sleep")))
    (loop,) = state.loops.values()
    assert len(loop.ready) == 9
    assert state.running == [0]


@pytest.mark.parametrize("order", ["AB", "ABC", "ACBD", "ACEBD", "ACFEBD", "ACGFHEBD"])
def test_equal_timers_come_back_in_the_order_of_the_heap(order: str) -> None:
    """As measured on real asyncio, whose timers compare by moment alone (A2)."""
    trace = run("async-sleep", f"job.sleeper.count={len(order)}")
    came_back = [
        int(trace.entities[row.subject].name.removeprefix("sleeper-"))
        for row in trace.rows()
        if row.kind is Kind.TASK_RUN and row.time == 50 * MS
    ]
    assert came_back == ["ABCDEFGH".index(letter) + 1 for letter in order]


def test_three_awaits_in_a_row_take_the_sum_and_three_at_once_the_longest() -> None:
    """40 + 60 + 80 = 180 ms; the longest is 80 ms, from 180 ms on."""
    for model in ("", "threads"):
        found = ends(run("in-a-row", model=model))
        assert (found["in-a-row"], found["at-once"]) == (180, 180 + 80)


def test_ten_steps_of_12_ms_make_a_beat_110_ms_late() -> None:
    """Due at 40 ms; the pass that began at 30 ms ends at 150 ms."""
    assert [time for time, _, _ in marks(run("crowded-pass"))][:4] == [0, 20, 150, 170]
    trace = run("crowded-pass", *settings_in("crowded-pass", "count"))
    assert max(lateness(trace)["pulse"]) == 54 - 40


# -- blocking calls ----------------------------------------------------------------------------


def ended(trace: Trace, process: str) -> dict[str, float]:
    """When the threads and tasks of a process ended, in milliseconds."""
    last = State.start(trace).forward(len(trace))
    names = [entity.name for entity in trace.entities]
    return {
        entity.name: last.since[entity.id] / MS
        for entity in trace.entities[1:]
        if entity.role is not Role.PROCESS and names[entity.process] == process
    }


def late(trace: Trace, process: str) -> float:
    """How late its ticker's timer fired at worst, in milliseconds."""
    found, due = [], 0
    (ticker,) = [
        entity.id
        for entity in trace.entities
        if entity.name == "ticker" and trace.entities[entity.process].name == process
    ]
    state = State.start(trace)
    for row in trace.rows():
        if row.kind is Kind.TASK_READY and row.subject == ticker and row.reason is Reason.TIMER:
            found.append((row.time - due) / MS)
        state.forward(row.n + 1)
        if len(state.due) > ticker and state.due[ticker] >= 0:
            due = state.due[ticker]
    return max(found)


def test_sockets_are_read_one_after_another_or_all_at_once() -> None:
    """1 + 3 x (30 + 2) = 97; 1 + 30 + 3 x 2 = 37.  The tick that was due at 11 comes at 97."""
    trace = run("blocking-sockets")
    assert max(time for who, time in ended(trace, "old").items() if "reader" in who) == 97
    assert max(time for who, time in ended(trace, "new").items() if "reader" in who) == 37
    assert late(trace, "old") == 97 - 11
    assert late(trace, "new") <= 4
    both = run("blocking-sockets", *settings_in("blocking-sockets", "reader"))
    assert ended(both, "old")["old-loop"] == ended(both, "new")["new-loop"]


def test_while_a_socket_blocks_the_core_is_idle() -> None:
    """At 10 ms both cores are: *new* waits for its clients, and for nothing else."""
    trace = run("blocking-sockets")
    state = State.start(trace).forward(sum(time <= 10 * MS for time in trace.times))
    assert state.running == [0, 0]
    why = {trace.entities[thread].name: state.why[thread] for thread in state.loops}
    assert why == {"old-loop": Reason.CALL, "new-loop": Reason.SELECT}


def test_two_programs_are_built_one_after_another_or_at_once() -> None:
    """1 + 2 x (40 + 1) = 83; 1 + 40 + 2 = 43."""
    trace = run("blocking-subprocess")
    assert max(time for who, time in ended(trace, "old").items() if "build" in who) == 83
    assert max(time for who, time in ended(trace, "new").items() if "build" in who) == 43


def test_a_lock_of_threads_stops_the_loop_that_would_free_it() -> None:
    """The disk answers at 21 ms; the call of the reader gives up at 1 + 50 ms."""
    found = {label: time for time, _, label in reversed(marks(run("blocking-lock")))}
    assert found == {"I have waited": 51, "the lock is free": 52, "tick": 62}


def test_a_lock_of_tasks_is_handed_on_as_soon_as_it_is_free() -> None:
    """The writer has it for 1 + 20 ms, and the ticker ticks meanwhile."""
    for model in ("", "threads"):
        told = marks(run("tasks-lock", model=model))
        assert [time for time, _, label in told if label == "I have waited"] == [21]
    assert (11, "ticker", "tick") in marks(run("tasks-lock"))


def test_a_file_is_read_by_a_thread() -> None:
    """2 x 40 ms from 1 ms on; the tick that was due at 11 ms comes at 81 ms."""
    trace = run("blocking-files")
    assert ended(trace, "old")["reader"] == 81
    assert late(trace, "old") == 70
    assert late(trace, "new") == 0
    assert late(run("blocking-files", "python.gil=off"), "old") == 70


def test_one_blocking_call_before_asynchronous_ones_is_enough() -> None:
    """4 x 50 + 10 = 210; 50 + 10 = 60."""
    trace = run("blocking-names")
    assert (ended(trace, "old")["old-loop"], ended(trace, "new")["new-loop"]) == (210, 60)


def test_a_database_is_asked_once_at_a_time_or_all_at_once() -> None:
    """5 x 22 = 110, or 20 + 5 x 2 = 30; 20 x 22 = 440."""
    trace = run("blocking-driver")
    assert (ended(trace, "old")["old-loop"], ended(trace, "new")["new-loop"]) == (110, 30)
    trace = run("blocking-driver", *settings_in("blocking-driver", "count"))
    assert ended(trace, "old")["old-loop"] == 440


def test_c_code_keeps_the_gil_or_lets_go_of_it() -> None:
    """2 x 30 ms one after the other, or at the same time; a pulse every 10 ms, or from 60 ms on.

    The first call returns at 30 ms, honours the request, and needs the GIL once more to end.
    """
    trace = run("c-code")
    assert [ended(trace, "keeps")[f"keeps-call-{n}"] for n in (1, 2)] == [60, 60]
    assert [ended(trace, "frees")[f"frees-call-{n}"] for n in (1, 2)] == [30, 30]
    beats = {"keeps-pulse": [60, 70, 80, 90], "frees-pulse": [0, 10, 20, 30]}
    for who, expected in beats.items():
        assert [time for time, name, _ in marks(trace) if name == who] == expected
    free = run("c-code", "python.gil=off")
    assert max(ended(free, "keeps")[f"keeps-call-{n}"] for n in (1, 2)) == 30


def test_a_c_call_does_not_hear_that_somebody_asks_for_the_gil() -> None:
    """It is asked for at 5 ms; nobody but the first call has it until 30 ms."""
    trace = run("c-code")
    asked = [row.time / MS for row in trace.rows() if row.kind is Kind.GIL_REQUEST]
    assert asked[0] == 5
    first, *_ = [each for each in holds(trace) if each.who.startswith("keeps")]
    assert (first.start, first.end) == (0, 30)


# -- all layers at once ------------------------------------------------------------------------


def test_a_loop_that_spins_takes_every_other_interval_of_the_gil() -> None:
    """30 ms in turns of 5: 0-5, 10-15 ... 50-55."""
    trace = run("sleep-zero-hog")
    assert ended(trace, "busy")["worker"] == 55
    assert ended(trace, "calm")["calm-worker"] == 30
    assert ended(run("sleep-zero-hog", "python.gil=off"), "busy")["worker"] == 30


def test_the_same_requests_as_processes_threads_and_tasks() -> None:
    """Request 2 calls at 130 ms, after request 1; request 3, whose answer came, waits."""
    trace = run("three-ways")
    calls = [
        (row.time / MS, trace.entities[row.subject].name)
        for row in trace.rows()
        if row.kind is Kind.COMPUTE and row.reason is Reason.CALL
    ]
    assert calls[:2] == [(110, "request-1"), (130, "request-2")]
    state = State.start(trace).forward(sum(time <= 135 * MS for time in trace.times))
    names = {entity.name: entity.id for entity in trace.entities}
    assert state.due[names["request-3"]] == 130 * MS
    assert state.running == [0] * 4


def test_a_loop_waits_5_ms_for_the_gil_of_a_busy_thread() -> None:
    """A tick every 10 + 5 + 1 ms until *resize* is done at 64 ms, then every 11 ms."""
    trace = run("loop-beside-thread")
    ticks = [0, 16, 32, 48, 64, 75, 86, 97]
    assert starts(in_hand(trace), "ticker") == ticks
    assert ends(trace)["resize"] == 60 + 4
    assert ends(trace)["crunch"] == 60


def test_a_loop_without_a_gil_ticks_every_11_ms() -> None:
    """Whatever the threads beside it do."""
    trace = run("loop-beside-thread", "python.gil=off")
    assert starts(in_hand(trace), "ticker") == [11.0 * n for n in range(8)]


def test_the_loop_s_thread_waits_while_its_task_is_due() -> None:
    """At 12 ms: the sleep was over at 11 ms, the thread is blocked, a core is free."""
    trace = run("loop-beside-thread")
    state = State.start(trace)
    while trace.times[state.rows] <= 12 * MS:
        state.forward(state.rows + 1)
    names = {entity.name: entity.id for entity in trace.entities}
    assert state.due[names["ticker"]] == 11 * MS
    assert state.status[names["loop"]] is Status.BLOCKED
    assert 0 in state.running


def test_sleep_zero_switches_tasks_but_not_threads() -> None:
    """Tasks every millisecond, 19 times; threads when the quantum of 10 ms is spent, 3 times."""
    trace = run("yield-the-task")
    tasks = in_hand(trace)
    assert len(tasks) - 1 == 19
    assert [each.who for each in tasks] == ["ping", "pong"] * 10
    assert on_core(trace) == [
        Slice("loop", 0.0, 10.0),
        Slice("batch", 10.0, 20.0),
        Slice("loop", 20.0, 30.0),
        Slice("batch", 30.0, 40.0),
    ]


def test_with_a_second_core_nobody_waits_for_the_quantum() -> None:
    """Both have 20 ms of work."""
    assert max(ends(run("yield-the-task", "machine.cores=2")).values()) == 20


# -- textbook ----------------------------------------------------------------------------------


def ticks(trace: Trace) -> list[tuple[str, int, int]]:
    """Who was on the only core, in ticks."""
    return [
        (who, round(start * MS), round(end * MS))
        for who, start, end in on_core(trace)
        if who != "..."
    ]


def finishes(trace: Trace) -> dict[str, int]:
    """When each job ended, in ticks."""
    return {name: round(end * MS) for name, end in ends(trace).items()}


def average_waiting(trace: Trace) -> float:
    """Of jobs that arrive at 0 and only compute: finish less work."""
    work = {"P1": 24, "P2": 3, "P3": 3}
    return sum(end - work[name] for name, end in finishes(trace).items()) / len(work)


def test_first_come_first_served_makes_a_convoy() -> None:
    """Silberschatz 5.3.1: waiting 0, 24 and 27, 17 on average."""
    trace = run("textbook-fifo")
    assert ticks(trace) == [("P1", 0, 24), ("P2", 24, 27), ("P3", 27, 30)]
    assert average_waiting(trace) == 17


def test_round_robin_with_a_quantum_of_4() -> None:
    """Silberschatz 5.3.3: waiting 6, 4 and 7, 17/3 on average."""
    trace = run("textbook-round-robin")
    assert ticks(trace) == [("P1", 0, 4), ("P2", 4, 7), ("P3", 7, 10), ("P1", 10, 30)]
    assert average_waiting(trace) == 17 / 3


def test_round_robin_with_a_quantum_of_1_switches_more_and_waits_no_less() -> None:
    """P1 and the others in turn until tick 9: waiting 6, 5 and 6."""
    trace = run("textbook-round-robin", "machine.quantum=1")
    assert len(ticks(trace)) - 1 == 9
    assert average_waiting(trace) == 17 / 3


def test_each_textbook_scenario_becomes_the_other_by_its_policy() -> None:
    """As the lessons say."""
    settings = ("machine.policy=round_robin", "machine.quantum=4")
    assert ticks(run("textbook-fifo", *settings)) == ticks(run("textbook-round-robin"))
    assert ticks(run("textbook-round-robin", "machine.policy=fifo")) == ticks(run("textbook-fifo"))


def chart(trace: Trace, core: int = 0) -> str:
    """Who was on a core, in milliseconds or ticks: ``A 0-4, B 4-7``."""
    unit = MS if trace.unit == "tick" else 1
    return ", ".join(
        f"{who} {start * unit:g}-{end * unit:g}"
        for who, start, end in on_core(trace, core)
        if who != "..."
    )


def turns(*who_for_how_long: tuple[str, float], start: float = 0) -> str:
    """The same of turns that follow each other, those of one thread made one."""
    found: list[list[object]] = []
    for who, length in who_for_how_long:
        if found and found[-1][0] == who:
            found[-1][2] = start + length
        else:
            found.append([who, start, start + length])
        start += length
    return ", ".join(f"{who} {begin:g}-{end:g}" for who, begin, end in found)


def figure(trace: Trace, name: str) -> float | int | None:
    """A metric of a run; times in milliseconds or ticks."""
    value = METRICS[name](measure(trace))
    is_time = METRICS[name].form.value == "time" and trace.unit == "ns"
    return value / MS if is_time and value is not None else value


def waits(trace: Trace) -> dict[str, float]:
    """How long each thread waited for a core."""
    unit = 1 if trace.unit == "tick" else MS
    times = measure(trace).times.values()
    return {
        trace.entities[t.entity].name: t.waiting / unit
        for t in times
        if trace.entities[t.entity].role is Role.THREAD
    }


def told_of(trace: Trace) -> list[str]:
    """What the findings say."""
    return [finding.why for finding in find(measure(trace))]


def missed(trace: Trace) -> list[tuple[str, int]]:
    """Whose deadlines were missed, and when, in order of release."""
    jobs = [job for job in measure(trace).jobs if job.missed]
    return [(trace.entities[job.entity].name, job.deadline or 0) for job in jobs]


def job_of(trace: Trace, name: str, number: int = 0) -> JobTimes:
    """A job of a periodic thread."""
    jobs = measure(trace).jobs
    return next(j for j in jobs if (trace.entities[j.entity].name, j.number) == (name, number))


def test_shortest_job_first_waits_for_7_ticks_on_average() -> None:
    """Silberschatz 5.3.2: 3, 16, 9 and 0; first come, first served 0, 6, 14 and 21."""
    trace = run("textbook-sjf")
    assert chart(trace) == "P4 0-3, P1 3-9, P3 9-16, P2 16-24"
    assert waits(trace) == {"P1": 3, "P2": 16, "P3": 9, "P4": 0}
    assert figure(trace, "mean_waiting") == 7
    assert figure(run("textbook-sjf", "machine.policy=fifo"), "mean_waiting") == 10.25


def test_shortest_remaining_time_first_waits_for_6_5_ticks_on_average() -> None:
    """Silberschatz 5.3.2: 9, 0, 15 and 2."""
    trace = run("textbook-stcf")
    assert chart(trace) == "P1 0-1, P2 1-5, P4 5-10, P1 10-17, P3 17-26"
    assert waits(trace) == {"P1": 9, "P2": 0, "P3": 15, "P4": 2}
    assert figure(trace, "mean_waiting") == 6.5


def test_without_preemption_the_second_process_waits_for_7_ticks() -> None:
    """And 7.75 on average: 0, 7, 15 and 9."""
    trace = run("textbook-stcf", "machine.policy=sjf")
    assert chart(trace) == "P1 0-8, P2 8-12, P4 12-17, P3 17-26"
    assert waits(trace) == {"P1": 0, "P2": 7, "P3": 15, "P4": 9}
    assert figure(trace, "mean_waiting") == 7.75


def test_stallings_five_processes_end_as_in_the_book() -> None:
    """Table 9.5, round robin with a quantum of 1: B comes at 2 and goes before A."""
    trace = run("textbook-requeue")
    assert finishes(trace) == {"A": 4, "B": 18, "C": 17, "D": 20, "E": 15}
    assert chart(trace).startswith("A 0-2, B 2-3, A 3-4, B 4-5")


def test_who_queues_first_changes_the_figures() -> None:
    """By hand: A goes before B at 2, B before C at 4, C before D at 6."""
    trace = run("textbook-requeue", "machine.policy.requeue=preempted_first")
    assert chart(trace) == turns(*[(who, 1) for who in "AAABBCBCDBCEDBCEDBDD"])
    assert finishes(trace) == {"A": 3, "B": 18, "C": 15, "D": 20, "E": 16}


@pytest.mark.parametrize("requeue", ["arrivals_first", "preempted_first"])
def test_with_a_quantum_of_4_nobody_arrives_when_one_ends(requeue: str) -> None:
    """Stallings, table 9.5: quanta end at 7, 11, 15 and 17."""
    trace = run("textbook-requeue", "machine.policy.quantum=4", f"machine.policy.requeue={requeue}")
    assert chart(trace) == "A 0-3, B 3-7, C 7-11, D 11-15, B 15-17, E 17-19, D 19-20"


@pytest.mark.parametrize(
    ("quantum", "end", "first_of_c"), [(2, 36 + 18, 7), (6, 36 + 6, 15), (12, 36 + 3, 27)]
)
def test_a_short_quantum_costs_a_switch_each_time(quantum: int, end: int, first_of_c: int) -> None:
    """36 ticks of work and 36 / quantum switches; C comes third: 2 x (1 + quantum) + 1."""
    trace = run("short-quantum", f"machine.quantum={quantum}")
    assert trace.end == end
    assert next(part.start for part in on_core(trace) if part.who == "C") * MS == first_of_c


def test_readers_queue_behind_a_hog() -> None:
    """A round takes 40 + 3 x 2 ms, whoever wants what."""
    trace = run("convoy")
    readers = [("reader-1", 2), ("reader-2", 2), ("reader-3", 2)]
    assert chart(trace) == turns(*[("hog", 40), *readers] * 3)
    # The hog's last wait is over at 137 ms, but reader-3 has the core until 138.
    assert ends(trace) == {"hog": 138, "reader-1": 144, "reader-2": 146, "reader-3": 148}


def test_with_a_quantum_readers_do_not_wait_for_the_hog() -> None:
    """By hand: at 18 ms reader-2 wakes as the hog's quantum ends, and goes before it."""
    trace = run("convoy", "machine.policy=round_robin", "machine.quantum=4ms")
    first, second, third = (("reader-1", 2), ("reader-2", 2), ("reader-3", 2))
    begin = [("hog", 4), first, second, third, ("hog", 8), first, second, ("hog", 4), third]
    then = [("hog", 4), first, second, ("hog", 4), third, ("hog", 16)]
    assert chart(trace) == f"{turns(*begin, *then)}, hog 63-103, hog 108-148"
    assert ends(trace) == {"hog": 153, "reader-1": 46, "reader-2": 46, "reader-3": 54}


def test_sjf_has_a_convoy_too_and_stcf_has_none() -> None:
    """Readers go first, but the hog keeps what it has, unless it is taken away."""
    kinds = {
        policy: [f.kind for f in find(measure(run("convoy", f"machine.policy={policy}")))]
        for policy in ("sjf", "stcf")
    }
    assert kinds == {"sjf": ["convoy"], "stcf": []}


# -- priorities --------------------------------------------------------------------------------


def test_low_waits_until_the_others_are_done() -> None:
    """They take turns of 2 ticks, twelve each."""
    trace = run("starvation")
    assert chart(trace) == turns(*[("A", 2), ("B", 2)] * 12, ("low", 4))


def test_aging_lets_low_run_at_16() -> None:
    """From 5 to 1 in 4 x 4 ticks; A, as good, comes at 16.  Its 4 ticks make the others later."""
    trace = run("starvation", "machine.policy.aging=4")
    pair = [("A", 2), ("B", 2)]
    assert chart(trace) == turns(*pair * 4, ("low", 4), *pair * 8)
    assert finishes(trace) == {"A": 48 + 4, "B": 50 + 4, "low": 20}


def levels(trace: Trace, name: str) -> list[tuple[int, int]]:
    """When a thread came to which level of the policy."""
    thread = next(e.id for e in trace.entities if (e.name, e.role) == (name, Role.THREAD))
    rows = [row for row in trace.rows() if row.kind is Kind.LEVEL and row.subject == thread]
    return [(row.time, row.arg) for row in rows]


def test_an_mlfq_moves_down_whoever_has_used_its_ticks() -> None:
    """hog: 4 ticks by 4, 4 more by 9, as a key was pressed at 5.

    Keys are pressed at 5, 11, 17 ..., so typist has used 4 ticks at 24 and 8 at 48.  It is told
    when it is back.
    """
    trace = run("mlfq")
    assert levels(trace, "hog") == [(0, 2), (4, 1), (9, 0)]
    assert levels(trace, "typist") == [(0, 2), (29, 1), (53, 0)]


def test_a_typist_at_the_bottom_waits_for_a_quantum_to_end() -> None:
    """No key waits up to 48.  At 53 and 62 hog has 3 ticks to go; at 71 it is done."""
    trace = run("mlfq")
    keys = [round(part.start * MS) for part in on_core(trace) if part.who == "typist"]
    assert keys == [5, 11, 17, 23, 29, 35, 41, 47, 56, 65, 71, 77]
    assert waits(trace)["typist"] == 3 + 3


def test_a_boost_lets_a_typist_never_wait() -> None:
    """At 24, 48 and 72 it has used up its ticks, and is lifted at once."""
    assert waits(run("mlfq", "machine.policy.boost=24"))["typist"] == 0


def test_a_gamer_has_seven_ticks_of_eight() -> None:
    """49 of the 55 from 8 to 63."""
    trace = run("mlfq-gaming")
    rounds = [("gamer", 7), ("honest", 1)] * 6
    assert chart(trace) == turns(("honest", 8), *rounds, ("gamer", 7), ("honest", 4))
    assert levels(trace, "gamer") == [(0, 2)]
    assert levels(trace, "honest")[1] == (8, 1)
    assert finishes(trace) == {"honest": 67, "gamer": 64}


def test_without_stay_what_a_gamer_uses_adds_up() -> None:
    """7 ticks by 15 and one more by 17; 6 at the next level by 30 and 2 more by 33."""
    trace = run("mlfq-gaming", "machine.policy.stay=false")
    assert levels(trace, "gamer") == [(0, 2), (17, 1), (33, 0)]
    assert chart(trace).startswith(
        "honest 0-8, gamer 8-15, honest 15-16, gamer 16-17, honest 17-24, gamer 24-30, "
        "honest 30-31, gamer 31-33, honest 33-34, gamer 34-39, gamer 40-47"
    )
    assert finishes(trace) == {"honest": 34, "gamer": 72}


# -- fair shares -------------------------------------------------------------------------------

WINNERS = "ABAABAAAAAABABAAAAAA"
"""OSTEP ch. 9: the tickets from 0 to 74 are A's."""


def test_b_wins_4_of_the_first_20_draws() -> None:
    """As in the book, whatever the seed."""
    trace = run("lottery")
    beginning = turns(*[(who, 1) for who in WINNERS]).rpartition(",")[0]
    assert chart(trace).startswith(beginning)
    assert [tick for tick, who in enumerate(WINNERS) if who == "B"] == [1, 4, 11, 13]
    assert "A 5-11" in beginning


def test_stride_gives_b_every_fourth_tick() -> None:
    """Strides of 1/75 and 1/25: after the first A and B, three of A to one of B."""
    trace = run("lottery", 'machine.policy={ name = "stride", quantum = 1 }')
    assert chart(trace) == turns(("A", 1), *[("B", 1), ("A", 3)] * 7, ("B", 1), ("A", 2))


def test_stride_repeats_itself_every_8_ticks() -> None:
    """OSTEP, figure 9.3: A B C C C A C C, and all passes are equal again."""
    trace = run("stride")
    assert chart(trace) == turns(*[(who, 1) for who in "ABCCCACC" * 5])


def test_cfs_makes_slices_shorter_for_more() -> None:
    """OSTEP, figure 9.4: a latency of 48 for four is 12 each, for two 24."""
    trace = run("cfs-slices")
    four = [(who, 12) for who in "ABCD"] * 2
    assert chart(trace) == turns(*four, *[("A", 24), ("B", 24)] * 2)
    trace = run("cfs-slices", "machine.policy.sched_latency=24")
    assert chart(trace).startswith(turns(*[(who, 6) for who in "ABCD"] * 4))
    assert chart(trace).endswith("A 168-180, B 180-192")


def test_no_slice_of_cfs_is_shorter_than_the_granularity() -> None:
    """48 / 13 would be 3.7 ticks."""
    trace = run("cfs-slices", "job.A.count=10")
    assert chart(trace).startswith("A-1 0-6, A-2 6-12, A-3 12-18, A-4 18-24")


def test_five_steps_of_nice_are_worth_three_slices_to_one() -> None:
    """Weights 1024 and 335.  The first slices are halves; then B is ahead of the average until A
    has had two slices, then three, and so on: its lead grows by 0.17 ms a round, too little for a
    fourth slice before A is done.
    """
    trace = run("nice")
    rounds = [("A", 9), ("B", 3)] * 15
    begin = [("A", 1.5), ("B", 1.5), ("A", 6), ("B", 3)]
    assert chart(trace) == turns(*begin, *rounds, ("A", 7.5), ("B", 50.5))
    assert ends(trace)["A"] == 199.5
    assert round(1024 / (1024 + 335), 3) == 0.753
    assert round(150 / 199.5, 3) == 0.752


def test_only_the_difference_of_nice_counts() -> None:
    """3121 to 1024 is about 1024 to 335."""
    assert chart(run("nice", "job.A.nice=-5", "job.B.nice=0")) == chart(run("nice"))


def test_nice_19_waits_for_102_ms_but_not_for_ever() -> None:
    """1.5 ms of B count as 1.5 x 1024 / 15 = 102.4: A passes that with 1.5 + 34 x 3."""
    trace = run("nice", "job.B.nice=19")
    assert chart(trace).startswith("A 0-1.5, B 1.5-3, A 3-105, B 105-108")
    assert round(1024 / (1024 + 15), 3) == 0.986


def test_a_newcomer_takes_turns_with_who_was_there() -> None:
    """From 30 on half the core each: 24 ticks take 48."""
    trace = run("newcomer")
    pair = [("new", 4), ("old", 4)]
    later = [("new", 2), ("old", 4), *pair * 5, ("new", 2), ("old", 6)]
    assert chart(trace) == f"old 0-30, {turns(*later, start=30)}"
    assert finishes(trace)["new"] == 78


def test_a_newcomer_with_three_times_the_weight_has_three_quarters() -> None:
    """24 ticks take 32."""
    assert finishes(run("newcomer", "job.new.weight=3072"))["new"] == 62


def test_who_asks_for_less_is_served_sooner() -> None:
    """Ready at 1 and served at 7, when two halves of its first piece are V apart; then 18 to 20 and
    56 to 58, where a batch job has the earlier deadline; else at once."""
    trace = run("short-request")
    starts_of_audio = [round(s.start * MS) for s in on_core(trace) if s.who == "audio"]
    assert starts_of_audio == [0, 7, 20, 32, 44, 58, 70, 82, 94]
    assert waits(trace)["audio"] == 6 + 2 + 2
    assert finishes(trace)["audio"] == 106


def test_who_asks_for_as_much_as_others_waits_as_long() -> None:
    """At first behind three halves of 12.  It wakes at 30, 44, 70, 84 and 110, within a slice."""
    trace = run("short-request", "job.audio.request=12")
    starts_of_audio = [round(s.start * MS) for s in on_core(trace) if s.who == "audio"]
    assert starts_of_audio == [18, 32, 58, 72, 98, 112, 124, 136]
    assert waits(trace)["audio"] == 18 + 2 + 14 + 2 + 14 + 2
    assert finishes(trace)["audio"] == 148


# -- locks -------------------------------------------------------------------------------------


def test_a_middling_thread_keeps_the_important_one_waiting() -> None:
    """It wants the lock at 3; its holder has 2 ticks to go, after the 12 of radio."""
    trace = run("priority-inversion")
    assert chart(trace) == (
        "weather 0-2, bus-manager 2-3, radio 3-15, weather 15-17, bus-manager 17-19, weather 19-21"
    )


def test_inheritance_lets_the_holder_finish_first() -> None:
    """The 2 ticks at once."""
    trace = run("priority-inversion", "lock.bus.inheritance=true")
    assert chart(trace) == (
        "weather 0-2, bus-manager 2-3, weather 3-5, bus-manager 5-7, radio 7-19, weather 19-21"
    )


def test_two_locks_in_opposite_order_are_a_deadlock() -> None:
    """From 2 ms on."""
    trace = run("deadlock")
    assert (trace.end, trace.complete) == (2 * MS, True)
    (told,) = told_of(trace)
    assert "give waits for lock blue, which take holds" in told
    assert "take waits for lock red, which give holds" in told


def test_whether_there_is_a_deadlock_depends_on_the_timing() -> None:
    """On one core only if a quantum ends between the locks."""
    assert ends(run("deadlock", "machine.cores=1")) == {"give": 3, "take": 6}
    assert ends(run("deadlock", "machine.cores=1", "machine.quantum=1ms")) == {}


def test_one_order_for_all_is_no_deadlock() -> None:
    """As the lesson has it, word for word: take waits for red for 3 ms."""
    assert ends(run("deadlock", *settings_in("deadlock", "'job.take"))) == {"give": 3, "take": 6}


def test_five_philosophers_starve() -> None:
    """Each has a fork after a tick, and they wait in a circle."""
    trace = run("philosophers")
    assert (trace.end, ends(trace)) == (1, {})
    assert told_of(trace)[0].startswith("P1, P2, P3, P4, P5: P1 waits for lock f2, which P2 holds")


def test_a_philosopher_who_takes_the_other_fork_first_saves_all() -> None:
    """P4 eats from 1 to 4, then P3, P2, P1 for 3 ticks each, and P5, which waited for f1, at 13."""
    trace = run("philosophers", *settings_in("philosophers", "'job.P5"))
    assert finishes(trace) == {"P4": 4, "P3": 7, "P2": 10, "P1": 13, "P5": 16}


# -- real time ---------------------------------------------------------------------------------


def test_rate_monotonic_misses_the_deadline_at_80() -> None:
    """Silberschatz 5.6.4: P1 takes the core at 50; P2 needs 10 more and is done at 85."""
    trace = run("rate-monotonic")
    assert chart(trace).startswith("P1 0-25, P2 25-50, P1 50-75, P2 75-100")
    assert job_of(trace, "P2").finish == 85
    assert missed(trace) == [("P2", 80)]


def test_edf_meets_all_deadlines() -> None:
    """Silberschatz 5.6.5."""
    trace = run("rate-monotonic", "machine.policy=edf")
    assert chart(trace).startswith("P1 0-25, P2 25-60, P1 60-85, P2 85-100, P1 100-125, P2 125-145")
    assert missed(trace) == []


def test_with_30_ticks_rate_monotonic_is_just_in_time() -> None:
    """25 + 25 + 30 = 80."""
    trace = run("rate-monotonic", "job.P2.wcet=30")
    assert job_of(trace, "P2").finish == 80
    assert missed(trace) == []


def test_one_late_job_makes_others_late() -> None:
    """By hand; at 24 C, released at 16, goes before B, released at 18."""
    trace = run("edf-overload")
    by_hand = "A2 B2 C3 A2 B2 A2 C3 B2 A2 C3 B2 A2 B2 A2 C3 A2 B2 C3 A2 B2 A2 C2"
    assert chart(trace) == turns(*[(part[0], int(part[1])) for part in by_hand.split()])
    late = "B24 A25 C32 A30 A35 B36 C40 A40 B42 A45 C48 B48"
    assert sorted(missed(trace)) == sorted((part[0], int(part[1:])) for part in late.split())
    assert "12 of 23 jobs missed theirs" in told_of(trace)[0]


def test_giving_up_what_is_late_saves_the_others() -> None:
    """B is given up at 24 and 48 with a tick to go each, A at 25 and 40."""
    trace = run("edf-overload", "machine.policy.abort_on_miss=true")
    assert missed(trace) == [("B", 24), ("A", 25), ("A", 40), ("B", 48)]


def test_rate_monotonic_lets_only_the_longest_period_be_late() -> None:
    """C, each time."""
    trace = run("edf-overload", "machine.policy=rate_monotonic")
    assert {name for name, _ in missed(trace)} == {"C"}


def test_a_heavy_thread_is_late_though_a_core_is_idle() -> None:
    """It begins at 2, needs 10, and is due at 11."""
    trace = run("dhall")
    assert chart(trace) == "light-1 0-2, heavy 2-32"
    assert chart(trace, 1).startswith("light-2 0-2, light-1 10-12")
    assert job_of(trace, "heavy").finish == 12
    assert missed(trace) == [("heavy", 11)]


def test_a_core_of_its_own_lets_the_heavy_thread_be_in_time() -> None:
    """0.91 on one core, 0.4 on the other."""
    trace = run("dhall", *settings_in("dhall", "first_fit"))
    assert chart(trace) == "heavy 0-10, heavy 11-21, heavy 22-32"
    assert chart(trace, 1).startswith("light-1 0-2, light-2 2-4, light-1 10-12")
    assert missed(trace) == []


# -- many cores --------------------------------------------------------------------------------


def test_a_core_is_idle_while_two_take_turns_on_the_other() -> None:
    """A and C for 48 ticks."""
    trace = run("core-queues")
    assert chart(trace) == turns(*[("A", 4), ("C", 4)] * 6)
    assert chart(trace, 1) == "B 0-4, D 4-8"


@pytest.mark.parametrize(
    ("setting", "begin", "end"),
    [("idle_pull=true", 8, 28), ("balance=10", 10, 30), ("queues=global", 8, 28)],
)
def test_a_core_that_helps_saves_20_ticks(setting: str, begin: int, end: int) -> None:
    """C had 4 of its 24 ticks, and has 20 to go where it is pulled, or put."""
    trace = run("core-queues", f"machine.{setting}")
    assert chart(trace, 1) == f"B 0-4, D 4-8, C {begin}-{end}"
    assert finishes(trace)["A"] == 28


def test_thieves_take_half_and_the_last_forked_is_first() -> None:
    """Five wait behind the sixth: core 1 takes three, core 2 one of these; at 5 one more."""
    trace = run("work-stealing")
    assert chart(trace) == "root 0-2, worker-6 2-6, worker-5 6-10, root 10-11"
    assert chart(trace, 1) == "worker-3 1-5, worker-2 5-9"
    assert chart(trace, 2) == "worker 1-5, worker-4 5-9"
    stolen = [
        (row.time, row.core, trace.entities[row.subject].name)
        for row in trace.rows()
        if row.reason is Reason.STOLEN
    ]
    assert stolen == [
        (1, 1, "worker"),
        (1, 1, "worker-2"),
        (1, 1, "worker-3"),
        (1, 2, "worker"),
        (5, 2, "worker-4"),
    ]


def test_who_wanders_never_gets_warm() -> None:
    """OSTEP, chapter 10: 300 ticks of work on two cores, all of it cold."""
    trace = run("cache-affinity")
    assert trace.end == 150
    assert chart(trace) == turns(*[(who, 10) for who in "acb" * 5])
    assert chart(trace, 1) == turns(*[(who, 10) for who in "bac" * 5])


def test_who_stays_is_warm_after_10_ticks() -> None:
    """10 + 90 / 2 = 55; two of them in turn 110."""
    trace = run("cache-affinity", *settings_in("cache-affinity", "affinity"))
    assert finishes(trace) == {"a": 55, "b": 105, "c": 110}


def test_a_shared_queue_makes_threads_wander() -> None:
    """By hand: of 18 turns 15 begin on another core than the last; each costs a tick."""
    trace = run("migration")
    starting = "A 0-4, C 4-8, B 9-13, A 14-18, C 19-23"
    assert chart(trace).startswith(starting)
    assert chart(trace, 1).startswith("B 0-4, A 5-9, C 10-14, B 15-19, A 20-24")
    assert figure(trace, "migrations") == 15
    assert finishes(trace) == {"A": 39, "B": 43, "C": 44}
    assert run("migration", "machine.migration_cost=0").end == 36


def test_queues_of_their_own_keep_threads_where_they_are() -> None:
    """At 24 B is done, and core 1 takes A, which has 12 to go and pays one tick."""
    trace = run("migration", "machine.queues=per_core")
    assert chart(trace) == turns(*[("A", 4), ("C", 4)] * 2, ("A", 4), ("C", 16))
    assert chart(trace, 1) == "B 0-24, A 25-37"
    assert figure(trace, "migrations") == 1


def test_a_long_quantum_moves_threads_less_often() -> None:
    """A at 12, B at 24 and C at 25."""
    trace = run("migration", "machine.quantum=12")
    assert chart(trace) == "A 0-12, C 12-24, B 25-37"
    assert chart(trace, 1) == "B 0-12, A 13-25, C 26-38"
    assert figure(trace, "migrations") == 3


def test_the_long_job_is_on_the_slow_core() -> None:
    """24 at half the speed."""
    assert finishes(run("fast-and-slow")) == {"A": 12, "B": 48}
    assert finishes(run("fast-and-slow", "machine.speeds=[0.5, 1]")) == {"A": 24, "B": 24}


# -- Linux -------------------------------------------------------------------------------------


def test_classes_of_linux_go_before_each_other() -> None:
    """Every 10 ms: motor 2, audio 3, and 5 for shell; audio sleeps for 5 and has to wait for 2."""
    trace = run("linux-classes")
    assert chart(trace) == turns(*[("motor", 2), ("audio", 3), ("shell", 5)] * 4)
    assert waits(trace)["audio"] == 4 * 2
    assert missed(trace) == []


def test_without_classes_nice_is_all_that_counts() -> None:
    """88761 to 1024 and 1024 is 98 %."""
    trace = run("linux-classes", "machine.policy=eevdf")
    assert missed(trace) == [("motor", 10 * n * MS) for n in (1, 2, 3)]
    assert sum(s.end - s.start for s in on_core(trace) if s.who == "audio") < 1
    assert round(88761 / (88761 + 2 * 1024), 2) == 0.98


def test_ordinary_threads_have_50_ms_of_a_second() -> None:
    """950 ms for the fifo thread in each second that somebody else waits."""
    trace = run("rt-throttling")
    assert chart(trace) == (
        "spinner 0-950, shell 950-1000, spinner 1000-1950, shell 1950-1980, spinner 1980-2080"
    )
    assert chart(run("rt-throttling", "machine.policy.rt_runtime=0ms")) == (
        "spinner 0-2000, shell 2000-2080"
    )


# -- what lessons tell one to type -------------------------------------------------------------


def spans(name: str) -> list[str]:
    """What stands between backticks in a lesson."""
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", lesson_of(name))]


def lesson_of(name: str) -> str:
    """The lesson of a scenario."""
    return Source.of(library.path(name)).load().lesson


def settings_in(name: str, word: str) -> list[str]:
    """The settings of what a lesson tells one to type, of that in which ``word`` occurs."""
    (span,) = [span for span in spans(name) if span.startswith("--set") and word in span]
    return [part for part in shlex.split(span) if part != "--set"]


TYPED = [
    (name, span)
    for name in library.names()
    for span in spans(name)
    if span.startswith(("--set", "--model", "--seed", "schedsim "))
]


@pytest.mark.parametrize(("name", "span"), TYPED)
def test_what_a_lesson_tells_one_to_type_can_be_typed(
    name: str, span: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it stands there, behind ``schedsim run NAME``."""
    words = shlex.split(span)
    command = words if words[0] == "schedsim" else ["schedsim", "run", name, *words]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 0, capsys.readouterr().err
