"""EEVDF and CFS by themselves: published orders, shares, bounds, and a slow exact reference."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from schedsim.attributes import ORDINARY, Attributes
from schedsim.policies.base import Policy
from schedsim.policies.cfs import Cfs
from schedsim.policies.eevdf import Eevdf
from schedsim.policies.weights import NICE_WEIGHTS, weight_of

MS = 1_000_000
ORDERS = json.loads((Path(__file__).parent / "cases" / "eevdf_orders.json").read_text())["cases"]


# ------------------------------------------------------------------------------------- the harness


@dataclass(eq=False, slots=True)
class Thread:
    """What a policy sees, and what the harness does with it."""

    id: int
    attributes: Attributes = ORDINARY
    arrived_at: int = 0
    bursts: list[tuple[int, int]] = field(default_factory=lambda: [(1 << 50, 0)])
    """Computes so long, then sleeps so long; ends after the last."""
    cpu: int = 0
    seat: Any = None
    deadline: int | None = None
    lenders: Sequence[Any] = ()
    left: int = 0

    def demand(self, *, whole: bool) -> int:
        raise NotImplementedError


class Machine:
    """Nothing but a clock and a number of cores."""

    def __init__(self, cores: int = 1) -> None:
        self.now = 0
        self.cores = cores

    def draw(self, below: int) -> int:
        raise NotImplementedError

    def set_level(self, thread: Any, level: int, *, aged: bool = False) -> None:
        raise NotImplementedError

    def boosted(self, level: int) -> None:
        raise NotImplementedError

    def reconsider(self) -> None:
        raise NotImplementedError


class Core:
    def __init__(self) -> None:
        self.thread: Thread | None = None
        self.since = 0
        self.slice_start = 0
        self.slice_end = 0


Segment = tuple[int, int, int, int]
"""Core, thread, from, to."""


class Drive:
    """Drives a policy as the engine does, one instant after the other."""

    def __init__(self, policy: Policy[Any], threads: Iterable[Thread], cores: int = 1) -> None:
        self.policy = policy
        self.machine = Machine(cores)
        policy.attach(self.machine)
        self.cores = [Core() for _ in range(cores)]
        self.segments: list[Segment] = []
        self.coming = sorted(threads, key=lambda thread: (thread.arrived_at, thread.id))
        self.wakes = [(thread.arrived_at, thread) for thread in self.coming]
        self.switches = 0
        self.watch: Callable[[], None] = lambda: None

    def off(self, core: Core) -> Thread:
        thread = core.thread
        assert thread is not None
        now = self.machine.now
        if now > core.since:
            self.segments.append((self.cores.index(core), thread.id, core.since, now))
        core.thread = None
        return thread

    def run(self, until: int) -> list[Segment]:
        while self.instant(until):
            pass
        for core in self.cores:
            if core.thread is not None:
                self.off(core)
        return merged(self.segments)

    def instant(self, until: int) -> bool:  # noqa: C901, PLR0912 - one instant, from above to below
        policy, machine = self.policy, self.machine
        ends = [until]
        if self.wakes:
            ends.append(self.wakes[0][0])
        for core in self.cores:
            if core.thread is not None:
                ends.append(machine.now + core.thread.left)
                if policy.waiting:
                    ends.append(core.slice_end)
        end = min(ends)
        for core in self.cores:
            if core.thread is not None:
                core.thread.cpu += end - machine.now
                core.thread.left -= end - machine.now
        machine.now = end
        if end >= until:
            return False
        for core in self.cores:
            if core.thread is not None and not core.thread.left:
                thread = self.off(core)
                policy.leave(thread)
                _, sleep = thread.bursts.pop(0)
                if thread.bursts:
                    self.wakes.append((end + sleep, thread))
                    self.wakes.sort(key=lambda wake: (wake[0], wake[1].id))
        while self.wakes and self.wakes[0][0] == end:
            self.wake(self.wakes.pop(0)[1])
        for core in self.cores:
            if core.thread is not None and policy.waiting and core.slice_end <= end:
                policy.expire(self.off(core))
        for core in self.cores:
            if core.thread is None and policy.waiting:
                if self.switches % 7 == 0:  # now and then a pick is undone
                    policy.restore(policy.pick())
                foreseen = policy.queue()
                assert policy.best() is foreseen[0]
                thread = policy.pick()
                assert thread is foreseen[0]
                self.switches += 1
                core.thread = thread
                core.since = core.slice_start = end
                core.slice_end = end + policy.time_slice(thread)
        if policy.resizes:
            for core in self.cores:
                if core.thread is not None:
                    core.slice_end = core.slice_start + policy.time_slice(core.thread)
        self.watch()
        return True

    def wake(self, thread: Thread) -> None:
        policy, now = self.policy, self.machine.now
        if not policy.waiting:
            for core in self.cores:
                if core.thread is not None and core.slice_end < now:
                    length = policy.time_slice(core.thread)
                    core.slice_end += -(-(now - core.slice_end) // length) * length
                    core.slice_start = core.slice_end - length
        thread.left = thread.bursts[0][0]
        policy.enqueue(thread)
        idle = any(core.thread is None for core in self.cores)
        if idle or not policy.preemptive or policy.best() is not thread:
            return
        for core in self.cores:
            if core.thread is not None and policy.beats(thread, core.thread):
                policy.preempt(self.off(core))
                return


def merged(segments: Iterable[Segment]) -> list[Segment]:
    """Stretches of one thread on one core that touch are one."""
    result: list[Segment] = []
    last: dict[int, int] = {}
    for core, number, start, end in segments:
        at = last.get(core)
        if at is not None and result[at][1] == number and result[at][3] == start:
            result[at] = (core, number, result[at][2], end)
        else:
            last[core] = len(result)
            result.append((core, number, start, end))
    return result


def hogs(*nices: int) -> list[Thread]:
    return [Thread(number, Attributes(nice=nice)) for number, nice in enumerate(nices)]


def clients(rows: Iterable[Sequence[int]]) -> list[Thread]:
    return [
        Thread(number, Attributes(weight=weight, request=request), arrived_at=arrival)
        for number, (weight, request, arrival) in enumerate(rows)
    ]


def order(segments: Iterable[Segment]) -> str:
    """Who is served in each unit of time, of up to ten."""
    return "".join(str(number) * (end - start) for _, number, start, end in segments)


def shares(policy: Policy[Any], threads: list[Thread], until: int, cores: int = 1) -> list[float]:
    Drive(policy, threads, cores).run(until)
    total = sum(thread.cpu for thread in threads)
    return [thread.cpu / total for thread in threads]


# ------------------------------------------------------------------------------------ the reference


@dataclass
class Record:
    """Of the reference: everything a fraction, in real virtual time."""

    weight: int
    request: int
    v: Fraction
    used: int = 0
    """Of the request."""
    length: int = 0
    """Of the present request; the first is half as long."""
    lag: Fraction = Fraction(0)
    where: str = "out"
    cpu: int = 0

    @property
    def start(self) -> Fraction:
        return self.v - Fraction(self.used, self.weight)

    @property
    def deadline(self) -> Fraction:
        return self.start + Fraction(self.length, self.weight)


class Reference:
    """Rules E1' to E4' word by word, without any data structure.  Knows only whole slices."""

    def __init__(self, base: int, *, quantum: int = 0, begun: bool = False) -> None:
        self.base, self.quantum = base, quantum
        self.linux, self.begun = not quantum, begun
        self.of: dict[Thread, Record] = {}

    def inside(self) -> list[Record]:
        return [record for record in self.of.values() if record.where != "out"]

    def average(self) -> Fraction:
        inside = self.inside()
        weight = sum(record.weight for record in inside)
        return sum((record.weight * record.v for record in inside), Fraction(0)) / weight

    def sync(self) -> None:
        for thread, record in self.of.items():
            record.v += Fraction(thread.cpu - record.cpu, record.weight)
            record.used += thread.cpu - record.cpu
            record.cpu = thread.cpu

    def place(self, record: Record, thread: Thread) -> None:
        record.where = "out"
        inside = self.inside()
        record.weight = weight_of(thread.attributes)
        record.request = thread.attributes.request or self.base
        if not inside:
            record.v = Fraction(0)
            return
        there = sum(other.weight for other in inside)
        vlag = record.lag / record.weight
        record.v = self.average() - vlag * (there + record.weight) / there

    def fresh(self, record: Record) -> None:
        record.used, record.length = 0, record.request

    def enqueue(self, thread: Thread, *, moved: Record | None = None) -> None:
        self.sync()
        record = self.of.get(thread)
        if moved is not None:
            used, length = moved.used, moved.length
            record = self.of[thread] = moved
            self.place(record, thread)
            record.used, record.length = used, length
        elif record is None:
            record = Record(1, 0, Fraction(0), cpu=thread.cpu)
            self.place(record, thread)
            self.of[thread] = record
            self.fresh(record)
            if self.linux:
                record.length = max(record.length // 2, 1)
        elif record.where == "delayed":
            if record.v <= self.average():
                record.lag = Fraction(0)
                self.place(record, thread)
                self.fresh(record)
        else:
            self.place(record, thread)
            self.fresh(record)
        record.where = "queued"

    def eligible(self, record: Record) -> bool:
        if self.begun:
            return record.used > 0 or record.start <= self.average()
        return record.v <= self.average()

    def pick(self) -> Thread:
        self.sync()
        while True:
            line = [(t, r) for t, r in self.of.items() if r.where in {"queued", "delayed"}]
            able = [(r.deadline, -r.start, t.id, t) for t, r in line if self.eligible(r)]
            thread = min(able or [(r.v, Fraction(0), t.id, t) for t, r in line])[3]
            record = self.of[thread]
            if record.where == "queued":
                record.where = "running"
                return thread
            record.lag = min(self.clamped(record), Fraction(0))
            record.where = "out"

    def clamped(self, record: Record) -> Fraction:
        bound = max(self.quantum, *(other.request for other in self.inside()))
        lag = record.weight * (self.average() - record.v)
        return max(-Fraction(bound), min(Fraction(bound), lag))

    def expire(self, thread: Thread) -> None:
        self.sync()
        record = self.of[thread]
        if record.used >= record.length:
            self.fresh(record)
        record.where = "queued"

    def give_way(self, thread: Thread) -> None:
        self.sync()
        record = self.of[thread]
        late = max(record.length - record.used, 0)
        self.fresh(record)
        if self.linux:
            record.length += late
        record.where = "queued"

    def leave(self, thread: Thread) -> None:
        self.sync()
        record = self.of[thread]
        if self.linux and record.v > self.average():
            if record.used >= record.length:
                self.fresh(record)
            record.where = "delayed"
        else:
            record.lag = self.clamped(record)
            record.where = "out"
        self.flush()

    def flush(self) -> None:
        if all(record.where == "delayed" for record in self.inside()):
            for record in self.inside():
                record.lag, record.where = Fraction(0), "out"

    def remove(self, thread: Thread) -> Record:
        self.sync()
        record = self.of[thread]
        record.lag = self.clamped(record)
        del self.of[thread]
        self.flush()
        return record

    def changed(self, thread: Thread) -> None:
        self.sync()
        record = self.of[thread]
        if record.where == "out":
            return
        where = record.where
        record.lag = record.weight * (self.average() - record.v)
        self.place(record, thread)
        record.where = where


FORMS: list[dict[str, Any]] = [
    {"base_slice": 6},
    {"base_slice": 6, "begun_stays_eligible": False, "quantum": 2},
    {"quantum": 2},
]


@settings(max_examples=max(100, settings().max_examples))
@given(st.data(), st.sampled_from(FORMS), st.integers(1, 3))
def test_every_pick_is_that_of_the_exact_reference(  # noqa: C901, PLR0912, PLR0915 - the verbs
    data: st.DataObject, form: dict[str, Any], cores: int
) -> None:
    quantum = form.get("quantum", 0)
    base = quantum or 6
    begun = bool(quantum) and form.get("begun_stays_eligible", True)
    ours = [Eevdf[Thread](**form) for _ in range(2)]
    for policy in ours:
        policy.attach(Machine(cores))
    theirs = [Reference(base, quantum=quantum, begun=begun) for _ in range(2)]
    waiting: list[list[Thread]] = [[], []]
    running: list[list[Thread]] = [[], []]
    asleep: list[tuple[int, Thread]] = []
    count = 0
    weights = st.sampled_from([1, 2, 3, 5, 7])
    requests = st.sampled_from([None, 2, 4, 6])

    for _ in range(data.draw(st.integers(5, 40))):
        queue = data.draw(st.integers(0, 1)) if count > 3 else 0
        us, them = ours[queue], theirs[queue]
        verb = data.draw(
            st.sampled_from(["new", "run", "run", "run", "sleep", "wake", "yield", "move", "nice"])
        )
        thread: Thread
        if verb == "new" and count < 8:
            attributes = Attributes(weight=data.draw(weights), request=data.draw(requests))
            thread = Thread(count, attributes)
            count += 1
            us.enqueue(thread)
            them.enqueue(thread)
            waiting[queue].append(thread)
        elif verb == "wake" and asleep:
            home, thread = asleep.pop(data.draw(st.integers(0, len(asleep) - 1)))
            ours[home].enqueue(thread)
            theirs[home].enqueue(thread)
            waiting[home].append(thread)
        elif verb == "move" and waiting[queue]:
            thread = data.draw(st.sampled_from(waiting[queue]))
            us.remove(thread)
            ours[1 - queue].enqueue(thread)
            theirs[1 - queue].enqueue(thread, moved=them.remove(thread))
            waiting[queue].remove(thread)
            waiting[1 - queue].append(thread)
        elif verb == "nice" and waiting[queue] + running[queue]:
            thread = data.draw(st.sampled_from(waiting[queue] + running[queue]))
            thread.attributes = replace(thread.attributes, weight=data.draw(weights))
            us.changed(thread)
            them.changed(thread)
        elif verb in {"sleep", "yield", "run"} and running[queue]:
            thread = data.draw(st.sampled_from(running[queue]))
            for runner in running[queue]:
                # All of them run, but nobody longer than its slice.
                left = runner.seat.end - runner.cpu
                ran = left if runner is thread and verb == "run" else data.draw(st.integers(0, 6))
                runner.cpu += min(ran, left, quantum or left)
            running[queue].remove(thread)
            if verb == "sleep":
                us.leave(thread)
                them.leave(thread)
                asleep.append((queue, thread))
            elif verb == "yield":
                us.give_way(thread)
                them.give_way(thread)
                waiting[queue].append(thread)
            else:
                us.expire(thread)
                them.expire(thread)
                waiting[queue].append(thread)
        for place in range(2):
            assert len(ours[place].waiting) == len(waiting[place])
            while waiting[place] and len(running[place]) < cores:
                foreseen = ours[place].queue()
                assert sorted(t.id for t in foreseen) == sorted(t.id for t in waiting[place])
                thread = ours[place].pick()
                assert thread is foreseen[0]
                assert thread is theirs[place].pick()
                waiting[place].remove(thread)
                running[place].append(thread)
    for policy in ours:
        foreseen = policy.queue()
        assert [policy.pick() for _ in foreseen] == list(foreseen)


# -------------------------------------------------------------------------------- published orders


@pytest.mark.parametrize("case", ORDERS, ids=lambda case: case["id"])
def test_the_papers_form_serves_in_the_exact_order(case: dict[str, Any]) -> None:
    drive = Drive(Eevdf(quantum=1), clients(case["clients"]))
    assert order(drive.run(len(case["order"]))) == case["order"]


@pytest.mark.parametrize("case", ORDERS, ids=lambda case: case["id"])
def test_no_lag_is_longer_than_in_the_exact_order(case: dict[str, Any]) -> None:
    policy = Eevdf[Thread](quantum=1)
    drive = Drive(policy, clients(case["clients"]))
    seen = [Fraction(0)]
    drive.watch = lambda: seen.extend(abs(lag) for lag in lags(policy))
    drive.run(len(case["order"]))
    # The case looks at the instant of the end too, before the pick.
    assert all(lag <= Fraction(case["max_abs_lag"]) for lag in seen)


@pytest.mark.parametrize(
    ("case", "parameters"),
    [
        pytest.param(case, parameters, id=f"{case['id']}-{form}")
        for case in ORDERS
        for form, parameters in (
            ("pick_each_tick", {"quantum": 1, "begun_stays_eligible": False}),
            ("run_out_slice", {"base_slice": 1, "initial_half_slice": False}),
        )
        if form in case["linux"]
    ],
)
def test_the_form_of_linux_agrees_where_it_must(
    case: dict[str, Any], parameters: dict[str, Any]
) -> None:
    drive = Drive(Eevdf(**parameters, wakeup_preemption=False), clients(case["clients"]))
    assert order(drive.run(len(case["order"]))) == case["order"]


def test_the_papers_first_figure() -> None:
    # The paper breaks ties for client 2, whose requests begin later.
    drive = Drive(Eevdf(quantum=1), clients([(2, 2, 0), (2, 1, 1)]))
    assert order(drive.run(9)) == "010101010"


# -------------------------------------------------------------------------------------- lag, EEVDF


def lags(policy: Eevdf[Thread]) -> list[Fraction]:
    policy._account()
    seats = [*policy._queued.values(), *policy._running.values()]
    return [Fraction(*policy._average.lag(seat)) for seat in seats]


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.integers(1, 7), st.integers(0, 20)), min_size=1, max_size=7
    ),
    st.integers(1, 4),
    st.integers(1, 3),
)
def test_no_lag_exceeds_the_longest_request_or_quantum(
    rows: list[tuple[int, int, int]], quantum: int, unit: int
) -> None:
    threads = clients((weight, request * unit, arrival) for weight, request, arrival in rows)
    policy = Eevdf[Thread](quantum=quantum)
    drive = Drive(policy, threads)
    bound = max(quantum, *(request * unit for _, request, _ in rows))

    def check() -> None:
        found = lags(policy)
        assert all(abs(lag) <= bound for lag in found)
        assert sum(found) == 0

    drive.watch = check
    drive.run(200)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(NICE_WEIGHTS),
            st.integers(1, 8),
            st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=30),
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(1, 2),
    st.sampled_from([{}, {"tick": 4}, {"quantum": 2}]),
)
def test_the_lag_of_who_sleeps_and_wakes_stays_in_bounds(
    rows: list[tuple[int, int, list[tuple[int, int]]]], cores: int, form: dict[str, Any]
) -> None:
    threads = [
        Thread(number, Attributes(weight=weight, request=request), bursts=list(bursts))
        for number, (weight, request, bursts) in enumerate(rows)
    ]
    policy = Eevdf[Thread](**form)
    drive = Drive(policy, threads, cores)
    bound = max(request for _, request, _ in rows) + 4

    def check() -> None:
        for thread in threads:
            if thread.seat is not None and thread.seat.state == 0:
                assert abs(Fraction(*thread.seat.lag)) <= bound

    drive.watch = check
    drive.run(400)


@pytest.mark.parametrize("cores", [1, 2, 3])
def test_who_slept_long_has_no_more_credit_than_a_slice(cores: int) -> None:
    # Without the bound it would own its core for a second after a second asleep.
    sleeper = Thread(9, bursts=[(10 * MS, 1_000 * MS), (1 << 50, 0)])
    threads = [*hogs(*[0] * cores), sleeper]
    policy = Eevdf[Thread](base_slice=3 * MS)
    drive = Drive(policy, threads, cores)
    segments = drive.run(1_100 * MS)
    late = [end - start for _, number, start, end in segments if number == 9 and start > 1_000 * MS]
    assert max(late) <= 3 * 2 * MS


def test_a_newcomer_does_not_monopolise_the_core() -> None:
    # The classic mistake: it starts at virtual time 0 and runs until it has caught up.
    threads = [Thread(0, bursts=[(300, 0)]), Thread(1, arrived_at=100, bursts=[(120, 0)])]
    for policy in (
        Eevdf[Thread](quantum=4),
        Eevdf[Thread](base_slice=4),
        Cfs[Thread](sched_latency=8, min_granularity=4),
    ):
        for thread in threads:
            thread.cpu, thread.seat, thread.bursts = 0, None, [((300, 120)[thread.id], 0)]
        segments = Drive(policy, threads).run(1_000)
        both = [segment for segment in segments if segment[2] >= 100 and segment[3] <= 320]
        assert max(end - start for _, _, start, end in both) <= 4
        assert sum(end - start for _, number, start, end in both if number) >= 106
        assert segments[-1][3] == 420


def test_a_wakeup_preempts_only_with_a_shorter_request() -> None:
    def waits(request: int | None) -> int:
        threads = hogs(0, 0)
        attributes = Attributes(request=request)
        threads.append(Thread(2, attributes, arrived_at=1 * MS, bursts=[(MS // 2, 0)]))
        segments = Drive(Eevdf(base_slice=3 * MS, initial_half_slice=False), threads).run(60 * MS)
        return next(start for _, number, start, _ in segments if number == 2) - 1 * MS

    assert waits(None) == 5 * MS  # both hogs are due before it
    assert waits(1 * MS) == 0


def test_a_tick_rounds_the_slice_up() -> None:
    threads = hogs(0, 0)
    policy = Eevdf[Thread](base_slice=1_400_000, tick=4 * MS, initial_half_slice=False)
    segments = Drive(policy, threads).run(40 * MS)
    assert [end - start for _, _, start, end in segments] == [4 * MS] * 10


def test_the_first_request_is_half_as_long() -> None:
    segments = Drive(Eevdf(base_slice=4), hogs(0, 0)).run(16)
    assert order(segments) == "0011000011110000"


@pytest.mark.parametrize(
    ("cores", "slice_"), [(1, 700_000), (2, 1_400_000), (4, 2_100_000), (64, 2_800_000)]
)
def test_the_slice_of_linux_grows_with_the_cores(cores: int, slice_: int) -> None:
    policy = Eevdf[Thread]()
    policy.attach(Machine(cores))
    assert policy.base_slice == slice_


def test_a_slice_follows_the_other_while_nobody_waits() -> None:
    threads = [Thread(0), Thread(1, arrived_at=10)]
    drive = Drive(Eevdf(base_slice=4, initial_half_slice=False), threads)
    # 0 is in its third slice, which ends at 12.
    assert drive.run(20) == [(0, 0, 0, 12), (0, 1, 12, 16), (0, 0, 16, 20)]


def test_who_sleeps_ahead_of_its_share_waits_until_the_others_caught_up() -> None:
    def lag(delayed: bool, sleep: int) -> Fraction:
        threads = [Thread(0, bursts=[(4, sleep), (1 << 50, 0)]), Thread(1)]
        policy = Eevdf[Thread](base_slice=4, delayed_dequeue=delayed, initial_half_slice=False)
        drive = Drive(policy, threads)
        found: list[Fraction] = []
        enqueue = policy.enqueue

        def watched(thread: Thread, /) -> None:
            enqueue(thread)
            if thread.id == 0:
                found.append(Fraction(*policy._average.lag(thread.seat)))

        vars(policy)["enqueue"] = watched
        drive.run(60)
        return found[-1]

    assert lag(False, 2) == lag(False, 40) == -2
    assert lag(True, 2) == -1
    assert lag(True, 40) == 0


# ------------------------------------------------------------------------------------------ shares


@pytest.mark.parametrize(
    "nices", [(0, 0), (-5, 0), (5, 10), (-1, 0), (-20, 19), (0, 0, 5, -3), (19, 19, 18)]
)
@pytest.mark.parametrize(
    "policy",
    [
        lambda: Eevdf(base_slice=1_400_000, tick=4 * MS),
        Eevdf,
        lambda: Eevdf(quantum=1 * MS),
        Cfs,
        lambda: Cfs(tick=4 * MS),
    ],
    ids=["eevdf-tick", "eevdf", "paper", "cfs", "cfs-tick"],
)
def test_shares_are_the_weights(
    policy: Callable[[], Policy[Thread]], nices: tuple[int, ...]
) -> None:
    threads = hogs(*nices)
    weights = [weight_of(thread.attributes) for thread in threads]
    expected = [weight / sum(weights) for weight in weights]
    assert shares(policy(), threads, 6_000 * MS) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("make", [Eevdf, Cfs, lambda: Eevdf(quantum=MS)])
def test_shares_of_one_queue_for_two_cores(make: Callable[[], Policy[Thread]]) -> None:
    assert shares(make(), hogs(0, 0, 0), 2_000 * MS, cores=2) == pytest.approx(
        [1 / 3] * 3, abs=0.005
    )
    # Nobody has more than one core, whatever its weight.
    assert shares(make(), hogs(-19, 0, 0), 2_000 * MS, cores=2) == pytest.approx(
        [0.5, 0.25, 0.25], abs=0.005
    )


@pytest.mark.parametrize("make", [Eevdf, Cfs])
def test_what_was_moved_away_leaves_nothing_behind(make: Callable[[], Any]) -> None:
    policy = make()
    policy.attach(Machine())
    threads = hogs(*[0] * 10)
    for thread in threads:
        policy.enqueue(thread)
    runner = policy.pick()
    for _ in range(1_000):
        runner.cpu += MS
        for thread in threads:
            if thread is not runner:
                policy.remove(thread)
                policy.enqueue(thread)
    entries = policy._line
    assert len(entries) < 200
    assert len(policy.queue()) == len(policy.waiting) == 9


@given(st.lists(st.tuples(st.sampled_from(range(-20, 20)), st.integers(0, 30)), min_size=1))
def test_cfs_picks_as_foreseen(rows: list[tuple[int, int]]) -> None:
    policy = Cfs[Thread]()
    policy.attach(Machine())
    running: list[Thread] = []
    for number, (nice, ran) in enumerate(rows):
        policy.enqueue(Thread(number, Attributes(nice=nice)))
        running.append(policy.pick())
        for thread in running:
            thread.cpu += ran * MS
        if ran % 3:
            policy.expire(running.pop(0))
    foreseen = policy.queue()
    picked = [policy.pick() for _ in foreseen]
    assert picked == list(foreseen)
    for thread in reversed(picked):
        policy.restore(thread)
    assert policy.queue() == foreseen


def test_measured_shares_of_linux() -> None:
    # CPU time of busy processes on one CPU of Linux 6.18, over 6 s.
    policy = Eevdf[Thread](base_slice=1_400_000, tick=4 * MS)
    assert shares(policy, hogs(-5, 0), 6_000 * MS) == pytest.approx([0.752, 0.248], abs=0.005)


def test_another_nice_value_counts_from_then_on() -> None:
    for policy in (Eevdf[Thread](), Cfs[Thread]()):
        threads = hogs(0, 0, 0)
        drive = Drive(policy, threads)
        while drive.machine.now < 600 * MS:
            drive.instant(2_000 * MS)
        before = [thread.cpu for thread in threads]
        for thread in threads:
            thread.attributes = Attributes(nice=(-5, 0, 0)[thread.id])
            policy.changed(thread)
        drive.run(6_600 * MS)
        gained = [thread.cpu - cpu for thread, cpu in zip(threads, before, strict=True)]
        expected = [3121 / 5169, 1024 / 5169, 1024 / 5169]
        assert [cpu / sum(gained) for cpu in gained] == pytest.approx(expected, abs=0.005)


def test_an_idle_thread_gives_way_at_once_and_gets_its_three_thousandths() -> None:
    for policy in (Eevdf[Thread](), Cfs[Thread](start_debit=False)):
        threads = [
            Thread(0, Attributes(scheduling_class="idle")),
            Thread(1, arrived_at=MS),
        ]
        segments = Drive(policy, threads).run(20_000 * MS)
        assert segments[0] == (0, 0, 0, MS)
        assert threads[0].cpu / 20_000 / MS == pytest.approx(3 / 1027, abs=0.001)


# --------------------------------------------------------------------------------------------- CFS


def slices(nices: Sequence[int], **parameters: Any) -> list[int]:
    policy = Cfs[Thread](**parameters)
    policy.attach(Machine())
    threads = hogs(*nices)
    for thread in threads:
        policy.enqueue(thread)
    found = {}
    for _ in threads:
        thread = policy.pick()
        found[thread.id] = policy.time_slice(thread)
    return [found[thread.id] for thread in threads]


def test_slices_of_the_textbook() -> None:
    # OSTEP 9.7, where the book rounds to 36 and 12 ms.
    parameters = {"sched_latency": 48 * MS, "min_granularity": 6 * MS}
    assert slices([0] * 10, **parameters) == [6 * MS] * 10
    assert slices([0], **parameters) == [48 * MS]
    assert slices([0] * 4, **parameters) == [12 * MS] * 4
    assert slices([-5, 0], **parameters) == [36_141_857, 11_858_142]


def test_slices_of_linux_by_default() -> None:
    assert slices([0, 0]) == [3 * MS] * 2
    assert slices([0] * 12) == [750_000] * 12
    assert slices([0, 0], tick=4 * MS) == [4 * MS] * 2


def test_a_slice_shrinks_when_more_wait() -> None:
    policy = Cfs[Thread](sched_latency=48, min_granularity=6)
    policy.attach(Machine())
    threads = hogs(0, 0, 0)
    policy.enqueue(threads[0])
    assert policy.time_slice(policy.pick()) == 48
    policy.enqueue(threads[1])
    assert policy.time_slice(threads[0]) == 24
    policy.enqueue(threads[2])
    assert policy.time_slice(threads[0]) == 16


def test_a_sleeper_is_placed_half_a_latency_back_and_takes_the_core() -> None:
    def stretch(gentle: bool) -> int:
        sleeper = Thread(1, bursts=[(MS, 500 * MS), (1 << 50, 0)])
        policy = Cfs[Thread](gentle_fair_sleepers=gentle)
        segments = Drive(policy, [Thread(0), sleeper]).run(700 * MS)
        woke = next(segment for segment in segments if segment[1] == 1 and segment[2] > 400 * MS)
        assert (woke[2] - MS) % (500 * MS) < 7 * MS  # at once
        after = [segment for segment in segments if segment[2] >= woke[2]][:1]
        return sum(end - start for _, _, start, end in after)

    assert stretch(gentle=True) == 3 * MS
    assert stretch(gentle=False) == 6 * MS


def test_who_yields_is_passed_over_once() -> None:
    policy = Cfs[Thread](start_debit=False)
    policy.attach(Machine())
    threads = hogs(0, 0)
    for thread in threads:
        policy.enqueue(thread)
    first = policy.pick()
    first.cpu += 10
    other = policy.pick()
    other.cpu += 20
    policy.expire(other)
    policy.give_way(first)
    assert [thread.id for thread in policy.queue()] == [1, 0]
    assert policy.best() is other
    assert policy.pick() is other
    assert policy.pick() is first


def test_a_move_between_queues_keeps_the_distance() -> None:
    here, there = Cfs[Thread](start_debit=False), Cfs[Thread](start_debit=False)
    for policy in (here, there):
        policy.attach(Machine())
    a, b, c = hogs(0, 0, 5)
    here.enqueue(a)
    here.enqueue(b)
    there.enqueue(c)
    there.pick().cpu += 50 * MS
    here.pick().cpu += 2 * MS
    here.expire(a)
    assert here.pick() is b
    here.remove(a)
    there.enqueue(a)
    ahead = Fraction(a.seat.v - there._least, there._scale)
    assert ahead == Fraction(2 * MS, 1024)


# ------------------------------------------------------------------------------ parameters and cost


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Eevdf(base_slice=-1), "base_slice must be longer than 0"),
        (lambda: Eevdf(tick=-1), "tick must be longer than 0"),
        (lambda: Eevdf(quantum=-1), "quantum must be longer than 0"),
        (lambda: Eevdf(quantum=1, tick=1), "tick must be 0"),
        (lambda: Cfs(sched_latency=-1), "sched_latency must be longer than 0"),
        (lambda: Cfs(min_granularity=-1), "min_granularity must be longer than 0"),
        (lambda: Cfs(sched_latency=2, min_granularity=3), "min_granularity must be no longer"),
        (lambda: Cfs(wakeup_granularity=-1), "wakeup_granularity must be 0 or longer"),
        (lambda: Cfs(tick=-1), "tick must be longer than 0"),
        (lambda: weight_of(Attributes(nice=20)), "nice must be between -20 and 19"),
        (lambda: weight_of(Attributes(weight=0)), "weight must be 1 or more"),
    ],
)
def test_a_wrong_parameter_is_named(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_wrong_request_is_named() -> None:
    policy = Eevdf[Thread]()
    policy.attach(Machine())
    with pytest.raises(ValueError, match="request must be longer than 0"):
        policy.enqueue(Thread(0, Attributes(request=0)))


def test_weights_are_those_of_the_kernel() -> None:
    assert weight_of(Attributes(nice=-20)) == 88761
    assert weight_of(ORDINARY) == 1024
    assert weight_of(Attributes(nice=19)) == 15
    assert weight_of(Attributes(nice=-5, scheduling_class="idle")) == 3
    assert weight_of(Attributes(nice=-5, weight=7)) == 7


def cost(policy: Policy[Any], threads: int, switches: int, *, mixed: bool = True) -> float:
    """Nanoseconds for one switch among so many who never sleep."""
    policy.attach(Machine())
    for number in range(threads):
        nice = number % 11 - 5 if mixed else 0
        policy.enqueue(Thread(number, Attributes(nice=nice)))
    started = 0
    for count in range(2 * switches):
        if count == switches:
            started = perf_counter_ns()
        thread = policy.pick()
        thread.cpu += policy.time_slice(thread)
        policy.expire(thread)
    return (perf_counter_ns() - started) / switches


@pytest.mark.slow
@pytest.mark.parametrize("make", [Eevdf, Cfs, lambda: Eevdf(quantum=MS)])
@pytest.mark.parametrize("mixed", [False, True])
def test_a_switch_costs_little_more_among_a_hundred_thousand(
    make: Callable[[], Policy[Any]], mixed: bool
) -> None:
    few = min(cost(make(), 10, 20_000, mixed=mixed) for _ in range(3))
    many = min(cost(make(), 100_000, 20_000, mixed=mixed) for _ in range(3))
    # With many weights every thread comes from memory that no cache holds any more, which is most
    # of what it costs then; a search through the queue would cost a thousand times more.
    assert many < (4 if mixed else 2) * few
