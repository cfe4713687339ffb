"""What threads share, by hand from CPython's ``Lib/threading.py`` and ``Lib/queue.py``."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import Any

import pytest

from schedsim.attributes import Attributes
from schedsim.scenario import Shared
from schedsim.scenario_file import ScenarioError, loads
from schedsim.threads import CATALOGUE
from schedsim.threads.base import Failure
from schedsim.threads.queues import Empty, Full
from schedsim.threads.signals import Broken
from schedsim.trace import Kind, Reason
from schedsim.traps import COMPUTE, SLEEP, Body
from tests.live_threads import ThreadMachine
from tests.machines import MS, ends, job, marks, processes, repeat, threads, told
from tests.sharing import again, caught, group, played, within, work

LOCKS = (Kind.LOCK, Kind.UNLOCK)
VERBS = CATALOGUE.verbs

# -- locks --------------------------------------------------------------------------------------


def test_a_woken_thread_takes_the_lock_before_it_gets_the_gil() -> None:
    """G6: with a core of its own b has the lock at 2 ms, and the GIL when a blocks on it at 3."""
    trace = played(
        threads(
            job("a", "acquire l", "io 2ms", "release l", "compute 1ms", "acquire l", "mark a"),
            job("b", "acquire l", "compute 1ms", "mark b", "release l", arrival="1ms"),
            cores=2,
        )
    )
    assert [(time, what, who) for time, what, _, who, _ in told(trace, *LOCKS)] == [
        (0, "LOCK", "a"),
        (2, "UNLOCK", "a"),
        (2, "LOCK", "b"),
        (4, "UNLOCK", "b"),
        (4, "LOCK", "a"),
    ]
    takes = [(time, who) for time, _, _, who, _ in told(trace, Kind.GIL_TAKE)]
    assert takes == [(0, "a"), (1, "b"), (2, "a"), (3, "b"), (4, "a")]
    assert marks(trace) == [(4, "b", "b"), (4, "a", "a")]


def test_on_one_core_the_lock_goes_to_whoever_runs() -> None:
    """The same, but b has no core before a blocks: a barges in."""
    trace = played(
        threads(
            job("a", "acquire l", "io 2ms", "release l", "compute 1ms", "acquire l", "release l"),
            job("b", "acquire l", "compute 1ms", "release l", arrival="1ms"),
        )
    )
    assert [(time, what, who) for time, what, _, who, _ in told(trace, *LOCKS)] == [
        (0, "LOCK", "a"),
        (2, "UNLOCK", "a"),
        (3, "LOCK", "a"),
        (3, "UNLOCK", "a"),
        (3, "LOCK", "b"),
        (4, "UNLOCK", "b"),
    ]


def test_a_lock_that_nobody_holds_is_taken_without_letting_go_of_the_gil() -> None:
    """G7; through every primitive, as all are made of locks."""
    trace = played(
        threads(
            work(
                "a",
                *(within(kind, kind) for kind in ("lock", "rlock", "condition", "semaphore")),
                "set e",
                "wait e",
                "put q 1",
                "get q",
            ),
            work("b", "compute 1ms"),
            cores=2,
        )
    )
    gil = [(what, why, who) for _, what, why, who, _ in told(trace, Kind.GIL_TAKE)]
    assert gil == [("GIL_TAKE", "NONE", "a"), ("GIL_TAKE", "NONE", "b")]


def test_an_rlock_is_taken_again_by_its_holder_and_told_once() -> None:
    machine = ThreadMachine()
    lock = machine.resource("rlock", "r")

    def a(me: Any) -> Body:
        yield from lock.acquire(me)
        yield from lock.acquire(me)
        yield (SLEEP, 3)
        yield from lock.release(me)
        yield (SLEEP, 2)
        yield from lock.release(me)

    def b(me: Any) -> Body:
        yield from lock.acquire(me)
        yield from lock.release(me)
        with pytest.raises(Failure):
            yield from lock.release(me)

    machine.start("a", a)
    machine.start("b", b)
    assert [row[:3] for row in machine.run().told(*LOCKS)] == [
        (0, "LOCK", "a"),
        (5, "UNLOCK", "a"),
        (5, "LOCK", "b"),
        (5, "UNLOCK", "b"),
    ]


@pytest.mark.parametrize("gil", [True, False])
def test_an_acquire_with_a_timeout_gives_up_then(gil: bool) -> None:
    machine = ThreadMachine(gil=gil)
    lock = machine.resource("lock", "l")

    def holder(me: Any) -> Body:
        yield from lock.acquire(me)
        yield (SLEEP, 10)
        yield from lock.release(me)

    def other(me: Any) -> Body:
        machine.say(me, (yield from lock.acquire(me, 0)))
        machine.say(me, (yield from lock.acquire(me, 4)))
        machine.say(me, (yield from lock.acquire(me, 7)))

    machine.start("holder", holder)
    machine.start("other", other)
    assert [(time, what) for time, _, what in machine.run().log] == [
        (0, False),
        (4, False),
        (10, True),
    ]
    wakes = [(row.time, row.reason) for row in machine.trace.rows() if row.kind is Kind.WAKE]
    assert wakes == [(4, Reason.TIMEOUT), (10, Reason.TIMER)]


@pytest.mark.parametrize(("kind", "value"), [("rlock", 0), ("semaphore", 1)])
def test_who_waits_too_long_gives_up_then(kind: str, value: int) -> None:
    machine = ThreadMachine()
    shared = machine.resource(kind, "s", value)

    def holder(me: Any) -> Body:
        machine.say(me, (yield from shared.acquire(me)))
        yield (SLEEP, 10)
        yield from shared.release(me)

    def other(me: Any) -> Body:
        machine.say(me, (yield from shared.acquire(me, 4)))
        machine.say(me, (yield from shared.acquire(me, 7)))

    machine.start("holder", holder)
    machine.start("other", other)
    assert [(time, what) for time, _, what in machine.run().log] == [
        (0, True),
        (4, False),
        (10, True),
    ]


def test_a_lock_that_nobody_holds_is_not_let_go_of() -> None:
    machine = ThreadMachine()

    def body(me: Any) -> Body:
        lock = machine.resource("lock", "l")
        try:
            yield from lock.release(me)
        except Failure as error:
            machine.say(me, str(error))

    machine.start("a", body)
    with pytest.raises(RuntimeError) as real:
        Lock().release()
    assert machine.run().log == [(0, "a", str(real.value))]


# -- conditions ---------------------------------------------------------------------------------


def test_notify_wakes_those_who_came_first_and_they_take_the_lock_again() -> None:
    trace = played(
        threads(
            *(
                work(name, within("condition", "c", "wait c", f"mark {name}"), arrival=at)
                for name, at in (("y", "1ms"), ("x", "2ms"), ("z", "3ms"))
            ),
            work(
                "notifier",
                "sleep 5ms",
                within("condition", "c", "notify c 2", "compute 2ms"),
                "sleep 2ms",
                within("condition", "c", "notify c 0"),
            ),
        ),
    )
    assert marks(trace) == [(7, "y", "y"), (7, "x", "x"), (9, "z", "z")]


def test_waiting_for_a_condition_without_its_lock_is_an_error() -> None:
    trace = played(threads(work("a", caught("wait c", then="mark refused"))), until="1ms")
    assert marks(trace) == []
    shared = {"c": Shared("condition")}
    scenario = threads(work("a", caught("wait c", then="mark refused"), "notify c 1"))
    trace = played(replace(scenario, shared=shared))
    assert marks(trace) == [(0, "a", "refused")]
    assert trace.row(len(trace) - 1).reason is Reason.FAILED


def test_a_wait_that_times_out_takes_the_lock_again_and_is_forgotten() -> None:
    machine = ThreadMachine()
    condition = machine.resource("condition", "c")

    def waiter(me: Any) -> Body:
        yield from condition.acquire(me)
        machine.say(me, (yield from condition.wait(me, 5)))
        machine.say(me, (yield from condition.wait(me)))

    def notifier(me: Any) -> Body:
        yield (SLEEP, 4)
        yield from condition.acquire(me)
        yield (SLEEP, 4)
        yield from condition.notify(me)
        yield from condition.release(me)
        yield (SLEEP, 1)
        yield from condition.acquire(me)
        yield from condition.notify(me)
        yield from condition.release(me)

    machine.start("waiter", waiter)
    machine.start("notifier", notifier)
    # At 8 the notifier finds its lock still in the list, as CPython does: that one is lost.
    assert [(time, what) for time, _, what in machine.run().log] == [(8, False), (9, True)]


# -- semaphores, events, barriers ---------------------------------------------------------------


def test_who_is_woken_too_late_by_a_semaphore_waits_again_at_the_end() -> None:
    """``Semaphore.acquire`` loops: a takes it again before b runs, and b queues behind c."""
    trace = played(
        replace(
            threads(
                work("a", "acquire s", "io 2ms", "release s", "acquire s", "io 2ms", "release s"),
                work("b", "acquire s", "mark b", "release s"),
                work("c", "acquire s", "mark c", "release s"),
            ),
            shared={"s": Shared("semaphore", 1)},
        )
    )
    assert marks(trace) == [(4, "c", "c"), (4, "b", "b")]
    values = [(row.time // MS, row.arg) for row in trace.rows() if row.kind is Kind.RESOURCE]
    taken = [(0, 1), (0, 0), (2, 1), (2, 0), (4, 1), (4, 0), (4, 1), (4, 0), (4, 1)]
    assert values == taken


def test_an_event_lets_all_go_on_in_the_order_in_which_they_came() -> None:
    trace = played(
        threads(
            work("b", "wait e", "mark b", arrival="1ms"),
            work("a", "wait e", "mark a", arrival="2ms"),
            work("setter", "sleep 3ms", "set e", "clear e"),
            work("late", "wait e", "mark late", arrival="4ms"),
        )
    )
    assert marks(trace) == [(3, "b", "b"), (3, "a", "a")]
    assert [row.arg for row in trace.rows() if row.kind is Kind.RESOURCE] == [1, 0]


def test_waiting_for_an_event_may_time_out() -> None:
    trace = played(threads(work("a", "wait e 3ms", "mark a")))
    assert marks(trace) == [(3, "a", "a")]
    assert ("WAKE", "TIMEOUT") in [row[1:3] for row in told(trace, Kind.WAKE)]


def test_a_barrier_numbers_who_comes_and_lets_the_next_round_wait() -> None:
    """``index = self._count`` on entry; c comes back at once and must wait until all have left."""
    machine = ThreadMachine()
    barrier = machine.resource("barrier", "b", 3)

    def party(at: int) -> Any:
        def body(me: Any) -> Body:
            for _ in range(2):
                yield (SLEEP, at)
                machine.say(me, (yield from barrier.wait(me)))

        return body

    for name, at in (("c", 3), ("a", 1), ("b", 2)):
        machine.start(name, party(at))
    assert machine.run().log == [
        (3, "c", 2),
        (3, "a", 0),
        (3, "b", 1),
        (6, "c", 2),
        (6, "a", 0),
        (6, "b", 1),
    ]


def test_a_party_that_waits_too_long_breaks_the_barrier_for_all() -> None:
    machine = ThreadMachine()
    barrier = machine.resource("barrier", "b", 3)

    def party(timeout: int | None) -> Any:
        def body(me: Any) -> Body:
            try:
                yield from barrier.wait(me, timeout)
            except Broken:
                machine.say(me, "broken")

        return body

    machine.start("a", party(None))
    machine.start("b", party(4))
    machine.start("c", party(None), at=9)
    assert machine.run().log == [(4, "b", "broken"), (4, "a", "broken"), (9, "c", "broken")]


# -- queues -------------------------------------------------------------------------------------


def test_two_producers_and_two_consumers_at_a_queue_of_one() -> None:
    """By hand from ``queue.Queue``: whoever waits is woken in turn, and must look again."""
    trace = played(
        replace(
            threads(
                work("p1", "put q 1", "put q 2"),
                work("p2", "put q 3", "put q 4"),
                work("c1", "get q", "get q"),
                work("c2", "get q", "get q"),
                policy="fifo",
            ),
            shared={"q": Shared("queue", 1)},
        )
    )
    name = [entity.name for entity in trace.entities]
    changes = [(name[r.subject], r.arg) for r in trace.rows() if r.kind is Kind.RESOURCE]
    assert changes == [
        ("p1", 1),
        ("c1", 0),
        ("p1", 1),
        ("c1", 0),
        ("p2", 1),
        ("c2", 0),
        ("p2", 1),
        ("c2", 0),
    ]
    waits = [name[row.other] for row in trace.rows() if row.kind is Kind.WAKE]
    assert waits == ["c1", "p1", "c1", "p2", "c2", "p2"]


def test_put_and_get_that_would_wait_fail_or_give_up() -> None:
    machine = ThreadMachine()
    queue = machine.resource("queue", "q", 1)

    def body(me: Any) -> Body:
        for verb, arguments in (
            ("get_nowait", ()),
            ("get", (3,)),
            ("put", ("x",)),
            ("put_nowait", ("y",)),
            ("put", ("y", 4)),
        ):
            try:
                yield from VERBS[verb](me, queue, *arguments)
            except (Empty, Full) as problem:
                machine.say(me, type(problem))
        machine.say(me, (yield from VERBS["get"](me, queue)))

    machine.start("a", body)
    log = [(time, what) for time, _, what in machine.run().log]
    assert log == [(0, Empty), (3, Empty), (3, Full), (7, Full), (7, "x")]


def test_a_thread_that_waits_shows_the_queue_and_not_a_lock_inside() -> None:
    trace = played(threads(work("a", "get q"), work("b", "sleep 1ms", "put q x")), until="0ms")
    left = [row for row in trace.rows() if row.reason is Reason.LOCK and row.core == 0]
    assert [trace.resources[row.arg] for row in left] == [("queue", "q")]


# -- starting, failing, joining -------------------------------------------------------------------


def test_a_group_joins_what_was_started_inside() -> None:
    trace = played(
        threads(
            work("a", "spawn b", group("spawn b", "spawn c"), "mark joined"),
            work("b", "sleep 2ms", "sleep 3ms", spawned=True),
            work("c", "sleep 4ms", spawned=True),
        )
    )
    assert marks(trace) == [(5, "a", "joined")]


def test_an_exception_ends_its_thread_and_meets_who_awaits_it() -> None:
    trace = played(
        threads(
            work("a", caught("await b", then="mark caught"), "join b", "mark joined"),
            work("b", "compute 2ms", "raise oops", "mark never"),
        )
    )
    assert marks(trace) == [(2, "a", "caught"), (2, "a", "joined")]
    assert [who for _, _, why, who, _ in told(trace, Kind.GIL_RELEASE) if why == "FAILED"] == ["b"]


def test_who_awaits_waits_for_all_but_itself() -> None:
    trace = played(
        threads(
            work("a", "await a", "await b", "mark b", "gather b c", "mark all"),
            work("b", "sleep 2ms"),
            work("c", "sleep 3ms"),
        )
    )
    assert marks(trace) == [(2, "a", "b"), (3, "a", "all")]


def test_who_gathers_waits_for_all_and_meets_the_first_error_in_their_order() -> None:
    """b fails last, and is named first."""
    trace = played(
        threads(
            work("a", caught("gather b c", then="mark caught")),
            work("b", "sleep 5ms", "raise first"),
            work("c", "sleep 2ms", "raise second"),
        )
    )
    assert marks(trace) == [(5, "a", "caught")]


def test_an_exception_lets_go_of_a_lock_on_its_way() -> None:
    trace = played(
        threads(
            work("a", caught(within("lock", "l", "raise oops"), then="mark a"), "sleep 2ms"),
            work("b", "acquire l", "mark b"),
        )
    )
    assert marks(trace) == [(0, "a", "a"), (0, "b", "b")]


@pytest.mark.parametrize("model", [threads, processes])
def test_a_structured_thread_does_what_a_flat_one_does(model: Any) -> None:
    """A ``group`` with nothing in it makes a body structured, and changes nothing."""
    jobs = (
        ("d", "call time.sleep 1ms", "mark d"),
        ("a", "compute 3ms", "acquire l", "io 2ms", "mark a", "release l", "yield", "join b"),
        (
            "b",
            "sleep 1ms",
            "acquire l",
            "compute 4ms",
            "release l",
            "mark b",
            "call time.sleep 1ms",
        ),
        ("c", "compute 7ms", "mark c", "sleep 0ms", "mark c2"),
    )
    flat = played(model(*(job(name, *said) for name, *said in jobs), cores=2))
    live = played(model(*(work(name, *said, group()) for name, *said in jobs), cores=2))
    assert marks(live) == marks(flat)
    assert live.end == flat.end
    assert len(live) == len(flat)


@pytest.mark.parametrize(("yielding", "order"), [(True, "a1 b1 a2 b2"), (False, "a1 a2 b1 b2")])
def test_a_structured_thread_whose_yield_is_off_goes_on(yielding: bool, order: str) -> None:
    jobs = (
        work(name, group(), f"mark {name}1", "yield", f"mark {name}2", yielding=yielding)
        for name in "ab"
    )
    assert " ".join(label for *_, label in marks(played(threads(*jobs, gil=False)))) == order


def test_nobody_knows_how_long_a_structured_thread_will_compute() -> None:
    """So the shortest job is another one, and this comes last, though it is shorter."""
    trace = played(
        threads(
            work("unknown", group(), "compute 1ms", "mark unknown"),
            work("known", "compute 5ms", "mark known"),
            work("first", "compute 1ms", "mark first"),
            policy="sjf",
            gil=False,
        )
    )
    assert [label for *_, label in marks(trace)] == ["first", "known", "unknown"]


def test_a_structured_thread_that_is_given_up_at_its_deadline_ends() -> None:
    """It has no period: there is no job after this one."""
    scenario = threads(
        work("late", group(), "compute 5ms", "mark never", attributes=Attributes(deadline=3 * MS)),
        work("other", "compute 4ms", "mark other", attributes=Attributes(deadline=9 * MS)),
        policy="edf",
        gil=False,
    )
    spec = replace(scenario.machine, parameters={"abort_on_miss": True})
    trace = played(replace(scenario, machine=spec))
    assert marks(trace) == [(7, "other", "other")]
    assert ends(trace)["late"] == 3


def test_a_repeat_counts_and_a_thread_is_seen_where_it_is() -> None:
    trace = played(threads(work("a", again(2, "compute 1ms", within("lock", "l", "io 1ms")))))
    listing = trace.entities[2].listing
    assert listing is not None
    places = [
        listing.lines[listing.line_of[row.other - 1]].strip()
        for row in trace.rows()
        if row.kind is Kind.COMPUTE
    ]
    assert places == ["compute 1ms"] * 2
    assert trace.end == 4_000_000


def test_flat_threads_are_flat_still() -> None:
    plain = work("a", "acquire l", repeat(3, "compute 1ms"), "release l")
    assert CATALOGUE.flat(plain.steps, lambda _: "lock")
    assert not CATALOGUE.flat(plain.steps, lambda _: "semaphore")


def test_what_threads_lack_is_told_with_a_reason() -> None:
    assert set(CATALOGUE.lacks) == {"cancel", "timeout", "move_on", "shield"}
    assert not set(CATALOGUE.lacks) & {*CATALOGUE.verbs, *CATALOGUE.blocks}


def test_a_file_that_asks_for_what_threads_lack_is_told_why() -> None:
    text = """
schema = 1
title = "t"
model = "threads"
[[job]]
name = "a"
steps = [{ timeout = "5ms", do = ["sleep 1ms"] }]
"""
    with pytest.raises(ScenarioError) as caught_:
        loads(text, "t")
    assert "threads has no block 'timeout': a thread cannot be stopped" in str(caught_.value)


def test_a_timed_wait_that_is_over_leaves_no_wake_behind() -> None:
    """Woken at 3, it computes past the moment at which it would have given up."""
    machine = ThreadMachine()
    event = machine.resource("event", "e")

    def waiter(me: Any) -> Body:
        machine.say(me, (yield from event.wait(me, 5)))
        yield (COMPUTE, 10)
        yield (SLEEP, 1)

    def setter(me: Any) -> Body:
        yield (SLEEP, 3)
        yield from event.set(me)

    machine.start("waiter", waiter)
    machine.start("setter", setter)
    assert machine.run().log == [(3, "waiter", True)]
    assert machine.trace.end == 14


# -- channels -----------------------------------------------------------------------------------


def test_messages_arrive_after_the_latency_and_one_after_the_other() -> None:
    """1000 bytes at a million a second take 1 ms each; then 3 ms on the way."""
    pipe = Shared("pipe", latency=3_000_000, bandwidth=1_000_000)
    trace = played(
        replace(
            threads(
                work("a", "send p 1000", "send p 1000", "mark sent"),
                work("b", again(2, "recv p", "mark got")),
                work("c", "recv p", "mark never"),
            ),
            shared={"p": pipe},
        )
    )
    assert marks(trace) == [(0, "a", "sent"), (4, "b", "got"), (5, "b", "got")]
