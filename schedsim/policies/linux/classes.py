"""The scheduling classes of Linux as one policy (kernel/sched/core.c, ``__pick_next_task``).

A thread of a higher class takes the core from any of a lower one:

1. ``deadline``: the earliest deadline first, each with a budget (:mod:`.seats`).
2. ``fifo`` and ``rr``, by priority (rt.c): whoever loses its core goes back to the head of the
   list of its priority; whose quantum is over (``rr``), or who yields, goes to the tail.
3. ``fair``: EEVDF, or CFS.  Threads of the class ``idle`` (SCHED_IDLE) are in it, with a weight
   of 3: they do get a little of a busy core, as in Linux.

A thread of a higher class that has spent its budget is runnable, but *held* until its deadline.
"""

from __future__ import annotations

from collections.abc import Sequence, Sized
from typing import Literal

from schedsim.durations import Time
from schedsim.policies.base import UNLIMITED, Attributes, C, Candidate, Machine, Policy
from schedsim.policies.cfs import Cfs
from schedsim.policies.eevdf import Eevdf
from schedsim.policies.keyed import SmallestFirst, positive, with_lenders
from schedsim.policies.linux.fair_server import FAIR, FairServer, Rank
from schedsim.policies.linux.seats import Seat, is_spent, replenish, server_of, wake


class Linux(Policy[C]):
    """Deadline threads before fifo and rr threads before fair ones.

    Args:
        base_slice: of EEVDF: the request of a thread that asks for none; 0 is that of Linux.
        tick: a fair slice ends at a tick only, so it lasts a whole number of these; 0 is exact.
        rr_quantum: threads of class rr and of one priority take turns of this length
            (``sched_rr_timeslice_ms``).
        rt_runtime: how much of each ``rt_period`` others may take while fair threads wait
            (``sched_rt_runtime_us``); 0: everything.
        rt_period: that period (``sched_rt_period_us``).
        fair: what serves fair threads: ``eevdf`` (since 6.6) or ``cfs`` (before).
        sched_latency: of CFS; 0 is that of Linux.
        min_granularity: of CFS; 0 is that of Linux.
        wakeup_granularity: of CFS; None is that of Linux.
    """

    preemptive = True
    watches = True
    rings = True
    counts_alone = True  # a budget ends even if nobody waits

    def __init__(  # noqa: PLR0913 - all that a file can say of it
        self,
        *,
        base_slice: Time = 0,
        tick: Time = 0,
        rr_quantum: Time = 100_000_000,
        rt_runtime: Time = 950_000_000,
        rt_period: Time = 1_000_000_000,
        fair: Literal["eevdf", "cfs"] = "eevdf",
        sched_latency: Time = 0,
        min_granularity: Time = 0,
        wakeup_granularity: Time | None = None,
    ) -> None:
        super().__init__()
        self.rr_quantum = positive("rr_quantum", rr_quantum)
        self._fair: Policy[C]
        if fair == "cfs":
            self._fair = Cfs(
                sched_latency=sched_latency,
                min_granularity=min_granularity,
                wakeup_granularity=wakeup_granularity,
                tick=tick,
            )
        else:
            self._fair = Eevdf(base_slice=base_slice, tick=tick)
        self.resizes = self._fair.resizes
        self.sliced_by = self._fair.sliced_by
        self._fair_ids: set[int] = set()
        """Fair threads that wait or run."""
        self._fair_runs: dict[int, _Run] = {}
        """Those that run."""
        self._server = FairServer(rt_runtime, rt_period)
        self._line: SmallestFirst[C] = SmallestFirst()
        """Threads of the higher classes that wait."""
        self._held: SmallestFirst[C] = SmallestFirst()
        """Those of them that have spent their budget, by when they get another."""
        self.holds = False
        """There are such: the run is not over before the alarm."""
        self._high_runs: set[int] = set()
        """Threads of the higher classes that run."""
        self._head = self._tail = 0
        self._waiting = _Waiting(self._line.live, self._fair.waiting)

    def attach(self, machine: Machine) -> None:
        """Serve ``machine``."""
        super().attach(machine)
        self._fair.attach(machine)

    @property
    def slices(self) -> Time | Sequence[Time]:
        """Those of fair threads."""
        return self._fair.slices

    def retime(self, length: Time | Sequence[Time], /) -> None:
        """Those of fair threads."""
        self._fair.retime(length)

    # -- standing -------------------------------------------------------------------------

    def rank(self, thread: Candidate) -> Rank:
        """How ``thread`` stands with what is lent to it; smaller is better."""
        if not thread.lenders:
            return self._own_rank(thread)
        return min(map(self._own_rank, with_lenders(thread)))

    def _own_rank(self, thread: Candidate) -> Rank:
        attributes = thread.attributes
        match attributes.scheduling_class:
            case "deadline":
                seat = thread.seat
                return (0, seat.deadline if isinstance(seat, Seat) else UNLIMITED)
            case "fifo" | "rr":
                return (1, -(attributes.priority or 1))
        return FAIR

    def best(self) -> C:
        """Who would be picked."""
        return self._line.first()[2] if self._is_high_next() else self._fair.best()

    def beats(self, waiter: C, runner: C, /) -> bool:
        """A higher class, an earlier deadline, a higher priority; fair threads by their policy."""
        ours, theirs = waiter.seat, runner.seat
        high = isinstance(ours, Seat)
        if waiter.id in self._held.live:
            return False
        if not high and not isinstance(theirs, Seat):
            return self._fair.beats(waiter, runner)
        standing = self.rank(waiter) if high else self._server.rank
        other = self.rank(runner) if isinstance(theirs, Seat) else self._server.rank
        return standing < other

    def _is_high_next(self) -> bool:
        """Whether the next is of a higher class, rather than fair."""
        if not self._line.live:
            return False
        if not self._fair.waiting:
            return True
        rank: Rank = self._line.first()[0][0]
        return rank < self._server.rank

    # -- the run queue --------------------------------------------------------------------

    @property
    def waiting(self) -> Sized:
        """All but those who are held."""
        return self._waiting

    def queue(self) -> Sequence[C]:
        """As successive picks would take them; then those who are held."""
        return (*self.movable(), *self._held.in_order())

    def movable(self) -> Sequence[C]:
        """All but those who are held, whom it helps nothing to wait elsewhere."""
        line = self._line.in_order()
        before = [thread for thread in line if self.rank(thread) < self._server.rank]
        return (*before, *self._fair.queue(), *line[len(before) :])

    def enqueue(self, thread: C, /) -> None:
        """It arrived or woke: to the tail, with a new budget if that is due to it."""
        if self.rank(thread) == FAIR:
            if isinstance(thread.seat, Seat):  # what it was lent is gone
                thread.seat = None
            self._enqueue_fair(thread)
        else:
            seat = thread.seat
            now = self.machine.now
            if not isinstance(seat, Seat):
                if seat is not None:  # somebody lends to it since it blocked
                    self._fair.enqueue(thread)
                    self._fair.remove(thread)
                seat = thread.seat = Seat(thread.cpu)
            if not seat.moved and seat.left_at != now:  # else a job follows the one before
                wake(thread, seat, now)
            seat.moved = False
            self._to_the_tail(thread)
        self._set_alarm()

    def pick(self) -> C:
        """The best."""
        thread = self._line.take() if self._is_high_next() else self._fair.pick()
        self._begin(thread)
        return thread

    def take(self, thread: C, /) -> None:
        """From wherever it is."""
        if isinstance(thread.seat, Seat):
            self._line.drop(thread)
        else:
            self._fair.take(thread)
        self._begin(thread)

    def restore(self, thread: C, /) -> None:
        """To its old place."""
        if isinstance(thread.seat, Seat):
            self._high_runs.remove(thread.id)
            self._put(thread)
        else:
            del self._fair_runs[thread.id]
            self._fair.restore(thread)
        self._set_alarm()

    def remove(self, thread: C, /) -> None:
        """From wherever it is, with its budget; what is held stays so."""
        seat = thread.seat
        if isinstance(seat, Seat):
            self._line.drop(thread)
            self._held.drop(thread)
            seat.moved = True
        else:
            self._fair_ids.remove(thread.id)
            self._fair.remove(thread)
        self._set_alarm()

    # -- on a core, and off it ------------------------------------------------------------

    def time_slice(self, thread: C, /) -> Time:
        """What is left of the quantum, of the budget, or of the fair slice.

        As it is asked again when others come to wait (``resizes``), with what it has had of it.
        """
        seat = thread.seat
        if not isinstance(seat, Seat):
            return self._fair_slice(thread)
        had = thread.cpu - seat.began
        if server_of(thread) is not None:
            return had + max(seat.end - thread.cpu, 0)
        if thread.attributes.scheduling_class == "rr":
            used = (thread.cpu - seat.base) % self.rr_quantum
            return had if had and not used else had + self.rr_quantum - used
        return UNLIMITED

    def renew(self, thread: C, /) -> None:
        """Nobody waits: on it goes, unless its budget is spent."""
        seat = thread.seat
        if not isinstance(seat, Seat):
            self._fair.renew(thread)
            self._fair_runs[thread.id].start = thread.cpu
            return
        seat.began = thread.cpu
        if is_spent(thread, seat):
            if thread.lenders:
                replenish(thread, seat, self.machine.now)
            else:
                # The engine, which asks for the new slice now and finds it empty, lets it expire
                # as soon as somebody waits.
                self._waiting.spent = 1

    def expire(self, thread: C, /) -> None:
        """The tail after a quantum; a budget that is spent is to be waited for."""
        self._end(thread)
        if isinstance(thread.seat, Seat):
            self._to_the_tail(thread)
        else:
            self._fair.expire(thread)
        self._set_alarm()

    def give_way(self, thread: C, /) -> None:
        """To the tail; a deadline thread gives up the rest of its budget (``yield_task_dl``)."""
        self._end(thread)
        seat = thread.seat
        if isinstance(seat, Seat):
            if server_of(thread) is not None:
                seat.end = thread.cpu
            self._to_the_tail(thread)
        else:
            self._fair.give_way(thread)
        self._set_alarm()

    def preempt(self, thread: C, /) -> None:
        """To the head of its list, unless its quantum is over just now."""
        self._end(thread)
        seat = thread.seat
        if isinstance(seat, Seat):
            used = thread.cpu - seat.began
            over = used and not (thread.cpu - seat.base) % self.rr_quantum
            if over and thread.attributes.scheduling_class == "rr":
                self._to_the_tail(thread)
            else:
                self._head -= 1
                seat.place = self._head
                self._wait(thread)
        else:
            self._fair.preempt(thread)
        self._set_alarm()

    def leave(self, thread: C, /) -> None:
        """It blocks or ends."""
        self._end(thread)
        seat = thread.seat
        if isinstance(seat, Seat):
            seat.left_at = self.machine.now
        else:
            self._fair_ids.remove(thread.id)
            self._fair.leave(thread)
        self._set_alarm()

    def changed(self, thread: C, /) -> None:
        """Somebody lends it a better standing, or does no longer (``rt_mutex_setprio``).

        A fair thread is in a higher class for as long; then it is new among the fair.
        """
        id = thread.id
        high = self.rank(thread) != FAIR
        waits = id in self._line.live or id in self._held.live
        if waits or id in self._high_runs:
            if not high:
                self._lower(thread)
            elif waits:
                self._line.drop(thread)
                self._held.drop(thread)
                self._wait(thread)
        elif id in self._fair_ids:
            if high:
                self._lift(thread)
            else:
                self._fair.changed(thread)
        self._set_alarm()

    def heeds(self, said: Attributes, name: str, /) -> bool:
        """Nice values of fair threads, priorities of those of class fifo and rr."""
        if said.scheduling_class == "fair":
            return name == "nice"
        return name == "priority" and said.scheduling_class in ("fifo", "rr")

    def _lift(self, thread: C) -> None:
        """From the fair class to a higher one."""
        runs = thread.id in self._fair_runs
        if runs:
            self._end(thread)
            self._fair.preempt(thread)
        self._fair_ids.remove(thread.id)
        self._fair.remove(thread)
        thread.seat = Seat(thread.cpu)
        if runs:
            self._begin(thread)
        else:
            self._to_the_tail(thread)

    def _lower(self, thread: C) -> None:
        """From a higher class to the fair one."""
        runs = thread.id in self._high_runs
        self._high_runs.discard(thread.id)
        self._line.drop(thread)
        thread.seat = None
        self._enqueue_fair(thread)
        if runs:
            self._fair.take(thread)
            self._begin(thread)

    def _begin(self, thread: C) -> None:
        """It has been picked."""
        seat = thread.seat
        if isinstance(seat, Seat):
            seat.began = thread.cpu
            self._high_runs.add(thread.id)
        else:
            self._fair_runs[thread.id] = _Run(thread.cpu)
        self._set_alarm()

    def _end(self, thread: C) -> None:
        """It leaves its core."""
        if isinstance(thread.seat, Seat):
            self._high_runs.remove(thread.id)
            self._waiting.spent = 0
        else:
            self._pay(thread)
            del self._fair_runs[thread.id]

    def _enqueue_fair(self, thread: C) -> None:
        if not self._fair_ids:
            self._server.begin(self.machine.now)
        self._fair_ids.add(thread.id)
        self._fair.enqueue(thread)

    def _to_the_tail(self, thread: C) -> None:
        self._tail += 1
        thread.seat.place = self._tail
        self._wait(thread)

    def _wait(self, thread: C) -> None:
        """In the line; or, if its budget is spent, held until its deadline (throttled).

        Whoever holds what others wait for is not held (``is_dl_boosted``).
        """
        seat: Seat = thread.seat
        if is_spent(thread, seat):
            now = self.machine.now
            if seat.deadline > now and not thread.lenders:
                self._held.put(thread, (seat.deadline, seat.place))
                return
            replenish(thread, seat, now)
        self._put(thread)

    def _put(self, thread: C) -> None:
        self._line.put(thread, (self.rank(thread), thread.seat.place))

    def _fair_slice(self, thread: C) -> Time:
        run = self._fair_runs.get(thread.id)
        if run is None:
            return UNLIMITED  # it is just leaving
        length = self._fair.time_slice(thread)
        if self._fair.resizes and self._waiting:
            # CFS counts from when it took the core, however often its slice was renewed since.
            return max(length - (run.start - run.since), 0)
        return length

    # -- what time brings -----------------------------------------------------------------

    def ring(self, runners: Sequence[C], /) -> None:
        """Budgets that are due, and the share of the fair."""
        now, server, held = self.machine.now, self._server, self._held
        served = server.rank
        for thread in runners:
            if thread.id in self._fair_runs:
                self._pay(thread)
        if self._is_starving() and server.due <= now:
            server.serve()
        again = server.rank != served
        while held.live and held.first()[0][0] <= now:
            thread = held.take()
            replenish(thread, thread.seat, now)
            self._put(thread)
            again = True
        self._set_alarm()
        if again:
            self.machine.reconsider()

    def _pay(self, thread: C) -> None:
        """Count what a fair thread has run against their share."""
        run = self._fair_runs[thread.id]
        if self._server.share:
            self._server.pay(thread.cpu - run.paid, self.machine.now)
        run.paid = thread.cpu

    def _is_starving(self) -> bool:
        """Fair threads wait for others."""
        return bool(
            self._server.share
            and not self._server.serves
            and self._fair.waiting
            and (self._high_runs or self._line.live)
        )

    def _set_alarm(self) -> None:
        """For the next budget, and for when the share of the fair begins or ends."""
        self.holds = bool(self._held.live)
        alarm = self._held.first()[0][0] if self.holds else UNLIMITED
        server = self._server
        if server.serves:
            if self._fair_runs:
                alarm = min(alarm, self.machine.now + -(-server.left // len(self._fair_runs)))
        elif self._is_starving():
            alarm = min(alarm, max(server.due, self.machine.now))
        self.alarm = alarm


class _Run:
    """Of a fair thread on a core, by its CPU time."""

    __slots__ = ("paid", "since", "start")

    def __init__(self, cpu: Time) -> None:
        self.since = self.start = self.paid = cpu
        """When it took the core, when its slice began, what the server knows of."""


class _Waiting(Sized):
    """Two run queues that are one."""

    def __init__(self, high: Sized, fair: Sized) -> None:
        self.high = high
        self.fair = fair
        self.spent = 0
        """1 while somebody who is alone, but has spent its budget, is to leave its core."""

    def __len__(self) -> int:
        return len(self.high) + len(self.fair) + self.spent
