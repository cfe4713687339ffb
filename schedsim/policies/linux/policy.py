"""The scheduling classes of Linux as one policy (kernel/sched/core.c, ``__pick_next_task``).

A thread of a higher class (``higher``: deadline, then fifo and rr) takes the core from any of a
lower one (``fair``).  Here is what is between the classes: whose turn it is, and who goes from one
to another because somebody lends it a better standing.
"""

from __future__ import annotations

from collections.abc import Sequence, Sized
from typing import Literal

from schedsim.durations import Time
from schedsim.policies.base import UNLIMITED, Attributes, C, Machine, Policy
from schedsim.policies.cfs import Cfs
from schedsim.policies.eevdf import Eevdf
from schedsim.policies.keyed import positive
from schedsim.policies.linux.fair import FairClass, OnCore
from schedsim.policies.linux.fair_server import FairServer
from schedsim.policies.linux.higher import HigherClasses
from schedsim.policies.linux.ranks import FAIR, Rank, rank_of
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
        self._higher: HigherClasses[C] = HigherClasses(positive("rr_quantum", rr_quantum))
        self._fair_policy: Policy[C]
        if fair == "cfs":
            self._fair_policy = Cfs(
                sched_latency=sched_latency,
                min_granularity=min_granularity,
                wakeup_granularity=wakeup_granularity,
                tick=tick,
            )
        else:
            self._fair_policy = Eevdf(base_slice=base_slice, tick=tick)
        self.resizes = self._fair_policy.resizes
        self.sliced_by = self._fair_policy.sliced_by
        self._line, self._held = self._higher.line, self._higher.held
        self._high_runs = self._higher.running
        self._server = FairServer(rt_runtime, rt_period)
        self._fair = FairClass(self._fair_policy, self._server)
        self._fair_runs = self._fair.runs
        self.holds = False
        """Some are held: the run is not over before the alarm."""
        self._waiting = _Waiting(self._line.live, self._fair_policy.waiting)

    def attach(self, machine: Machine) -> None:
        """Serve ``machine``."""
        super().attach(machine)
        self._fair_policy.attach(machine)
        self._fair.machine = self._higher.machine = machine

    @property
    def slices(self) -> Time | Sequence[Time]:
        """Those of fair threads."""
        return self._fair_policy.slices

    def retime(self, length: Time | Sequence[Time], /) -> None:
        """Those of fair threads."""
        self._fair_policy.retime(length)

    # -- standing -------------------------------------------------------------------------

    def best(self) -> C:
        """Who would be picked."""
        return self._line.first()[2] if self._is_high_next() else self._fair_policy.best()

    def beats(self, waiter: C, runner: C, /) -> bool:
        """A higher class, an earlier deadline, a higher priority; fair threads by their policy."""
        ours, theirs = waiter.seat, runner.seat
        high = isinstance(ours, Seat)
        if waiter.id in self._held.live:
            return False
        if not high and not isinstance(theirs, Seat):
            return self._fair_policy.beats(waiter, runner)
        standing = rank_of(waiter) if high else self._server.rank
        other = rank_of(runner) if isinstance(theirs, Seat) else self._server.rank
        return standing < other

    def _is_high_next(self) -> bool:
        """Whether the next is of a higher class, rather than fair."""
        if not self._line.live:
            return False
        if not self._fair_policy.waiting:
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
        before = [thread for thread in line if rank_of(thread) < self._server.rank]
        return (*before, *self._fair_policy.queue(), *line[len(before) :])

    def enqueue(self, thread: C, /) -> None:
        """It arrived or woke: to the tail, with a new budget if that is due to it."""
        if rank_of(thread) == FAIR:
            if isinstance(thread.seat, Seat):  # what it was lent is gone
                thread.seat = None
            self._fair.enqueue(thread)
        else:
            seat = thread.seat
            now = self.machine.now
            if not isinstance(seat, Seat):
                if seat is not None:  # somebody lends to it since it blocked
                    self._fair_policy.enqueue(thread)
                    self._fair_policy.remove(thread)
                seat = thread.seat = Seat(thread.cpu)
            if not seat.moved and seat.left_at != now:  # else a job follows the one before
                wake(thread, seat, now)
            seat.moved = False
            self._higher.to_the_tail(thread)
        self._set_alarm()

    def pick(self) -> C:
        """The best."""
        if self._is_high_next():  # as `_begin` does, without the call
            thread = self._line.take()
            thread.seat.began = thread.cpu
            self._high_runs.add(thread.id)
        else:
            thread = self._fair_policy.pick()
            self._fair_runs[thread.id] = OnCore(thread.cpu)
        self._set_alarm()
        return thread

    def take(self, thread: C, /) -> None:
        """From wherever it is."""
        if isinstance(thread.seat, Seat):
            self._line.drop(thread)
        else:
            self._fair_policy.take(thread)
        self._begin(thread)

    def restore(self, thread: C, /) -> None:
        """To its old place."""
        if isinstance(thread.seat, Seat):
            self._high_runs.remove(thread.id)
            self._higher.put(thread)
        else:
            del self._fair_runs[thread.id]
            self._fair_policy.restore(thread)
        self._set_alarm()

    def remove(self, thread: C, /) -> None:
        """From wherever it is, with its budget; what is held stays so."""
        seat = thread.seat
        if isinstance(seat, Seat):
            self._higher.drop(thread)
            seat.moved = True
        else:
            self._fair.ids.remove(thread.id)
            self._fair_policy.remove(thread)
        self._set_alarm()

    # -- on a core, and off it ------------------------------------------------------------

    def time_slice(self, thread: C, /) -> Time:
        """What is left of the quantum, of the budget, or of the fair slice.

        As it is asked again when others come to wait (``resizes``), with what it has had of it.
        """
        if not isinstance(thread.seat, Seat):
            return self._fair.slice_of(thread, self._waiting)
        return self._higher.slice_of(thread)

    def renew(self, thread: C, /) -> None:
        """Nobody waits: on it goes, unless its budget is spent."""
        seat = thread.seat
        if not isinstance(seat, Seat):
            self._fair_policy.renew(thread)
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

    def pass_over(self, thread: C, time: Time, /) -> bool:
        """All but budgets: they end."""
        seat = thread.seat
        if not isinstance(seat, Seat):
            self._fair_runs[thread.id].start += time
        elif server_of(thread) is None:
            seat.began += time
        else:
            return False
        return True

    def expire(self, thread: C, /) -> None:
        """The tail after a quantum; a budget that is spent is to be waited for."""
        self._end(thread)
        if isinstance(thread.seat, Seat):
            self._higher.to_the_tail(thread)
        else:
            self._fair_policy.expire(thread)
        self._set_alarm()

    def filled_again(self, thread: C, /) -> Time | None:
        """At its deadline, if it is held until then; of classes without budgets None."""
        if not isinstance(thread.seat, Seat) or server_of(thread) is None:
            return None
        return self._higher.held_until(thread)

    def give_way(self, thread: C, /) -> None:
        """To the tail; a deadline thread gives up the rest of its budget (``yield_task_dl``)."""
        self._end(thread)
        seat = thread.seat
        if isinstance(seat, Seat):
            if server_of(thread) is not None:
                seat.end = thread.cpu
            self._higher.to_the_tail(thread)
        else:
            self._fair_policy.give_way(thread)
        self._set_alarm()

    def preempt(self, thread: C, /) -> None:
        """To the head of its list, unless its quantum is over just now."""
        self._end(thread)
        seat = thread.seat
        if isinstance(seat, Seat):
            used = thread.cpu - seat.began
            over = used and not (thread.cpu - seat.base) % self._higher.rr_quantum
            if over and thread.attributes.scheduling_class == "rr":
                self._higher.to_the_tail(thread)
            else:
                self._higher.to_the_head(thread)
        else:
            self._fair_policy.preempt(thread)
        self._set_alarm()

    def leave(self, thread: C, /) -> None:
        """It blocks or ends."""
        self._end(thread)
        seat = thread.seat
        if isinstance(seat, Seat):
            seat.left_at = self.machine.now
        else:
            self._fair.ids.remove(thread.id)
            self._fair_policy.leave(thread)
        self._set_alarm()

    def changed(self, thread: C, /) -> None:
        """Somebody lends it a better standing, or does no longer (``rt_mutex_setprio``).

        A fair thread is in a higher class for as long; then it is new among the fair.
        """
        id = thread.id
        high = rank_of(thread) != FAIR
        waits = self._higher.waits(thread)
        if waits or id in self._high_runs:
            if not high:
                self._lower(thread)
            elif waits:
                self._higher.drop(thread)
                self._higher.wait(thread)
        elif id in self._fair.ids:
            if high:
                self._lift(thread)
            else:
                self._fair_policy.changed(thread)
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
            self._fair_policy.preempt(thread)
        self._fair.ids.remove(thread.id)
        self._fair_policy.remove(thread)
        thread.seat = Seat(thread.cpu)
        if runs:
            self._begin(thread)
        else:
            self._higher.to_the_tail(thread)

    def _lower(self, thread: C) -> None:
        """From a higher class to the fair one."""
        runs = thread.id in self._high_runs
        self._high_runs.discard(thread.id)
        self._line.drop(thread)
        thread.seat = None
        self._fair.enqueue(thread)
        if runs:
            self._fair_policy.take(thread)
            self._begin(thread)

    def _begin(self, thread: C) -> None:
        """It has been picked."""
        seat = thread.seat
        if isinstance(seat, Seat):
            seat.began = thread.cpu
            self._high_runs.add(thread.id)
        else:
            self._fair_runs[thread.id] = OnCore(thread.cpu)
        self._set_alarm()

    def _end(self, thread: C) -> None:
        """It leaves its core."""
        if isinstance(thread.seat, Seat):
            self._high_runs.remove(thread.id)
            self._waiting.spent = 0
        else:
            self._fair.pay(thread)
            del self._fair_runs[thread.id]

    # -- what time brings -----------------------------------------------------------------

    def ring(self, runners: Sequence[C], /) -> None:
        """Budgets that are due, and the share of the fair."""
        now, server = self.machine.now, self._server
        for thread in runners:
            if thread.id in self._fair_runs:
                self._fair.pay(thread)
        if self._is_starving() and server.due <= now:
            server.serve()
        self._higher.replenish_due()
        self._set_alarm()
        self.machine.reconsider()

    def _is_starving(self) -> bool:
        """Fair threads wait for others."""
        return bool(
            self._server.share
            and not self._server.serves
            and self._fair_policy.waiting
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


class _Waiting(Sized):
    """Two run queues that are one."""

    def __init__(self, high: Sized, fair: Sized) -> None:
        self.high = high
        self.fair = fair
        self.spent = 0
        """1 while somebody who is alone, but has spent its budget, is to leave its core."""

    def __len__(self) -> int:
        return len(self.high) + len(self.fair) + self.spent
