"""What the lessons of the library say is true: figures worked out by hand, against the runs."""

from __future__ import annotations

from collections import defaultdict
from math import ceil

import pytest

from schedsim import library
from schedsim.commands import Inject, SetYielding
from schedsim.run import Run
from schedsim.scenario_file import load, loads
from schedsim.state import State, Status
from schedsim.trace import Kind, Role, Trace
from tests.machines import MS, Slice, ends, holds, in_hand, instants, marks, on_core, play

SECOND = 1_000
"""In milliseconds, as all figures here."""


def run(name: str, *settings: str, model: str = "") -> Trace:
    """A scenario of the library, to its end."""
    return play(load(library.path(name), settings=settings, model=model))


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
    """The asker queues again, so the next in the queue gets it: 1, 3, 4, 2, 1 ... (G2, G4)."""
    order = ["cruncher-1", "cruncher-3", "cruncher-4", "cruncher-2"]
    expected = [Slice(order[n % 4], 5.0 * n, 5.0 * n + 5) for n in range(24)]
    assert holds(run("gil-threads")) == expected


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


# -- all layers at once ------------------------------------------------------------------------


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
