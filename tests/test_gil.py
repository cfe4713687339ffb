"""The GIL by hand: rules G1 to G6 of SEMANTICS.md A1, and what part D wants reproduced.

A machine here has enough cores, so that nothing but the GIL keeps anybody waiting, unless a
test is about cores.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from schedsim.scenario import Job
from schedsim.trace import Kind, Reason
from tests.machines import (
    Slice,
    ends,
    holds,
    job,
    loop,
    marks,
    ms,
    on_core,
    play,
    processes,
    repeat,
    rows,
    threads,
    told,
    tree,
)


def cpu_bound(count: int, work: str = "20ms") -> list[Job]:
    """Threads a, b, c ... that only compute."""
    return [job(name, f"compute {work}") for name in "abcdef"[:count]]


@pytest.mark.parametrize(("count", "total"), [(1, 20), (2, 40), (4, 80)])
def test_cpu_bound_threads_take_as_long_as_one_after_the_other(count: int, total: int) -> None:
    """D1: k threads of W on any number of cores take k W."""
    assert play(threads(*cpu_bound(count), cores=4)).end == total * 1_000_000


@pytest.mark.parametrize("count", [1, 2, 4])
def test_without_the_gil_each_core_takes_one(count: int) -> None:
    """G9: with the token disabled, W."""
    trace = play(threads(*cpu_bound(count), cores=4, gil=False))
    assert ms(trace.end) == 20
    assert not rows(trace, Kind.GIL_TAKE, Kind.GIL_RELEASE, Kind.GIL_REQUEST, Kind.GIL_TIMEOUT)


def test_processes_do_not_share_a_gil() -> None:
    """G9, D2: four processes on four cores take W."""
    assert ms(play(processes(*cpu_bound(4), cores=4)).end) == 20


@pytest.mark.parametrize("interval", [1, 5])
def test_two_threads_alternate_every_switch_interval(interval: int) -> None:
    """G2, G3, D3: strict alternation; a hold is the interval."""
    trace = play(threads(*cpu_bound(2), cores=2, interval=f"{interval}ms"))
    assert holds(trace) == [
        Slice("ab"[n % 2], n * interval, (n + 1) * interval) for n in range(40 // interval)
    ]


@pytest.mark.parametrize(("count", "order"), [(3, "acb"), (4, "acdb")])
def test_many_threads_take_strict_turns(count: int, order: str) -> None:
    """G4 (ii), D4b: the oldest waiter wins, and who asked goes to the tail.

    b asks first, at 5 ms, and so stands behind c (and d) when a lets go.
    """
    trace = play(threads(*cpu_bound(count), cores=4))
    turns = holds(trace)
    assert all(turn.end - turn.start == 5 for turn in turns)
    assert "".join(turn.who for turn in turns) == order * 4


def test_who_was_displaced_last_is_who_asks_next() -> None:
    """G2: its window is the only one with no switch in it."""
    trace = play(threads(*cpu_bound(3), cores=4))
    asked = [(when, who) for when, _, _, who, _ in told(trace, Kind.GIL_REQUEST)]
    turns = [(turn.end, turn.who) for turn in holds(trace)]
    displaced = [who for _, who in turns]
    assert asked[:8] == [(5, "b"), *((end, displaced[n]) for n, (end, _) in enumerate(turns[1:8]))]


def test_a_waiter_whose_window_contains_a_switch_does_not_ask() -> None:
    """G2: b's window began at 5 ms, before c took the GIL at that instant; a's after."""
    trace = play(threads(*cpu_bound(3), cores=4))
    at_10 = [row[1:4] for row in told(trace, Kind.GIL_TIMEOUT, Kind.GIL_REQUEST) if row[0] == 10]
    assert at_10 == [("GIL_TIMEOUT", "NONE", "b"), ("GIL_REQUEST", "DROP_REQUEST", "a")]


def test_whoever_timed_out_waits_on_at_the_tail() -> None:
    """G2: after b asked at 5 ms, c is the oldest waiter and gets it."""
    trace = play(threads(*cpu_bound(3), cores=4))
    at_5 = [row for row in told(trace, *GIL_KINDS) if row[0] == 5]
    assert at_5 == [
        (5, "GIL_REQUEST", "DROP_REQUEST", "b", "a"),
        (5, "GIL_RELEASE", "DROP_REQUEST", "a", "c"),
        (5, "GIL_TAKE", "NONE", "c", "a"),
    ]


GIL_KINDS = (Kind.GIL_TAKE, Kind.GIL_RELEASE, Kind.GIL_REQUEST, Kind.GIL_TIMEOUT)


def test_a_take_that_nobody_contests_is_immediate() -> None:
    """G1, G6: let go around each wait, and taken again at once."""
    trace = play(threads(job("a", "compute 1ms", "io 2ms", "compute 1ms")))
    assert told(trace, *GIL_KINDS) == [
        (0, "GIL_TAKE", "NONE", "a", ""),
        (1, "GIL_RELEASE", "IO", "a", ""),
        (3, "GIL_TAKE", "NONE", "a", ""),
        (4, "GIL_RELEASE", "EXIT", "a", ""),
    ]


def test_a_forced_switch_ends_when_another_has_taken_the_gil() -> None:
    """G3: who drops on request cannot take it back before somebody else had it."""
    trace = play(threads(*cpu_bound(2), cores=2))
    takes = [(row.time, row.subject) for row in rows(trace, Kind.GIL_TAKE)]
    assert len(takes) == 8
    assert all(one[1] != other[1] for one, other in pairwise(takes))
    forced = [row for row in trace.rows() if row.reason is Reason.FORCED_SWITCH]
    assert [ms(row.time) for row in forced] == [5, 10, 15, 20, 25, 30]  # at 35 ms a ends


@pytest.mark.parametrize("wait", ["io 10ms", "sleep 10ms", "call time.sleep 10ms"])
def test_whatever_blocks_lets_go_of_the_gil(wait: str) -> None:
    """G6: ten waits of 10 ms in ten threads take 10 ms."""
    assert ms(play(threads(job("a", wait, count=10), cores=2)).end) == 10


def test_who_joins_lets_go_of_the_gil() -> None:
    """G6: a lock that blocks, a join."""
    trace = play(threads(job("a", "join b", "mark joined"), job("b", "compute 3ms"), cores=2))
    assert marks(trace) == [(3, "a", "joined")]


def test_an_io_thread_beside_a_cpu_thread_pays_the_interval_each_time() -> None:
    """D6, G6: latency is the switch interval for each re-acquisition.

    The hog has it first; then 5 ms to get it, 1 ms of I/O, 5 ms to get it back, and so on.
    """
    trace = play(
        threads(job("hog", "compute 40ms"), job("io", repeat(3, "io 1ms", "mark back")), cores=2)
    )
    assert marks(trace) == [(11, "io", "back"), (17, "io", "back"), (23, "io", "back")]


def test_an_echo_beside_a_cpu_thread_takes_two_intervals_a_request() -> None:
    """D8: recv and send each lose the GIL, so a round trip is 2 x 5 ms."""
    trace = play(
        threads(
            job("hog", "compute 100ms"),
            job("echo", repeat(3, "call socket.recv 0ms", "call socket.send 0ms", "mark sent")),
            cores=2,
        )
    )
    assert [when for when, *_ in marks(trace)] == [15, 25, 35]


def test_beside_two_cpu_threads_io_wins_the_next_switch() -> None:
    """G4 (iii), D7b: it is older than the CPU threads, which queued again at their last timeout.

    Holds change every 5 ms.  From 5 ms on: I/O until 12 ms, the GIL at 15 ms; until 22, at 25;
    until 32, at 35.
    """
    trace = play(
        threads(
            job("a", "compute 30ms"),
            job("b", "compute 30ms"),
            job("io", repeat(3, "io 7ms", "mark back")),
            cores=3,
        )
    )
    assert [when for when, *_ in marks(trace)] == [15, 25, 35]


def test_a_yield_in_a_thread_loses_the_gil_to_whoever_waits() -> None:
    """``time.sleep(0)`` (SEMANTICS.md C): let go, and gone for a full interval."""
    trace = play(
        threads(job("a", repeat(3, "compute 1ms", "yield")), job("b", "compute 12ms"), cores=2)
    )
    assert holds(trace) == [
        Slice("a", 0, 1),
        Slice("b", 1, 6),
        Slice("a", 6, 7),
        Slice("b", 7, 12),
        Slice("a", 12, 13),
        Slice("b", 13, 15),
    ]


def test_a_yield_with_nobody_waiting_goes_straight_on() -> None:
    """G1: the same thread takes it again at once."""
    trace = play(threads(job("a", repeat(3, "compute 1ms", "yield"))))
    assert on_core(trace) == holds(trace) == [Slice("a", 0, 3)]


def test_a_yield_is_not_undone_by_an_end_that_was_cut_short() -> None:
    """A drop request at 2 ms cuts a's compute, but c ends at once and a computes on, until 3 ms.

    Its core was once told of that end twice, and was back before b could take the GIL.
    """
    yielding = job("a", "compute 3ms", "yield", "compute 1ms")
    trace = play(threads(yielding, job("b", "compute 1ms"), job("c"), cores=3, interval="2ms"))
    assert holds(trace) == [Slice("a", 0, 3), Slice("b", 3, 4), Slice("a", 4, 5)]


def test_a_drop_request_at_the_very_end_of_a_compute_is_not_lost() -> None:
    """The request is state.  Each of a's pieces ends when b's window does."""
    trace = play(threads(job("a", repeat(4, "compute 5ms")), job("b", "compute 20ms"), cores=2))
    assert holds(trace) == [Slice("ab"[n % 2], n * 5, n * 5 + 5) for n in range(8)]


def test_a_gil_is_kept_while_its_holder_has_no_core() -> None:
    """G12: on one core, a quantum of 3 ms does not pass the GIL on; the interval of 5 ms does.

    b runs at 3 ms only to find the GIL taken, and asks at 8 ms, in the middle of a's third slice.
    """
    trace = play(threads(*cpu_bound(2), quantum="3ms"))
    turns = holds(trace)
    assert turns[0] == Slice("a", 0, 8)
    assert [turn.who for turn in turns] == ["a", "b"] * (len(turns) // 2)
    assert ms(trace.end) == 40


def test_a_request_to_a_holder_without_a_core_waits_for_it() -> None:
    """G3: it is honoured when the holder next runs, and looks.

    One core, quantum 4 ms, no round robin between the two processes' threads but by quantum:
    a (p) 0-4, b (p) wants the GIL at 4 and blocks, x (q) 4-8, a 8-12: b's window ends at 9 ms.
    """
    trace = play(
        tree(
            ("p", (job("a", "compute 12ms"), job("b", "compute 4ms"))),
            ("q", (job("x", "compute 12ms"),)),
            quantum="4ms",
        )
    )
    assert told(trace, Kind.GIL_REQUEST)[0] == (9, "GIL_REQUEST", "DROP_REQUEST", "b", "a")
    assert on_core(trace)[:4] == [
        Slice("a", 0, 4),
        Slice("x", 4, 8),
        Slice("a", 8, 9),
        Slice("x", 9, 13),
    ]


def test_a_loop_thread_competes_for_the_gil_like_any_other() -> None:
    """A13: the loop's thread obeys A1; beside a hog its tick comes an interval late."""
    trace = play(
        tree(
            (
                "p",
                (
                    job("hog", "compute 30ms"),
                    loop("main", job("ticker", repeat(2, "sleep 10ms", "mark tick"))),
                ),
            ),
            cores=2,
        )
    )
    # Started at 5 ms; due at 15, on a core at once, the GIL at 20; due at 30, when hog ends.
    assert [when for when, *_ in marks(trace)] == [20, 30]
    assert ends(trace)["hog"] == 30
