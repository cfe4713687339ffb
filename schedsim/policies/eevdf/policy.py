"""Earliest eligible virtual deadline first: Linux since 6.6, and the paper of 1995 it goes back to.

Everybody has a virtual time ``v``: how long it ran, divided by its weight.  ``V``, the average of
all ``v`` by weight, is how far everybody would be on an ideally fair machine; the *lag* of a
thread, ``weight * (V - v)``, is what it is owed.  Who is not ahead of ``V`` is eligible, and of
those the one runs whose request, a slice of so much time, has the earliest virtual deadline.

Stoica and Abdel-Wahab, "Earliest Eligible Virtual Deadline First" (TR-95-22); kernel/sched/fair.c,
whose function names the comments below cite.

Not here: the sums behind ``V`` (``average``), and the order of those who wait (``line``).
"""

from __future__ import annotations

from collections.abc import Sequence, Sized

from schedsim.durations import Time
from schedsim.policies.base import Attributes, C, Machine, Policy
from schedsim.policies.eevdf.average import Average
from schedsim.policies.eevdf.line import Line
from schedsim.policies.eevdf.seats import DELAYED, OUT, QUEUED, RUNNING, Seat, deadline_of
from schedsim.policies.weights import weight_of

_BASE_SLICE: Time = 700_000
_MOST_CORES = 8


class Eevdf(Policy[C]):
    """Of those who are not ahead of their share, the one with the earliest virtual deadline.

    With a ``quantum`` it is the algorithm of the paper: a decision every quantum; a request follows
    the other (its virtual eligible time is the deadline of the one before) and, once begun, stays
    eligible until it is fulfilled.  Without, it is Linux: eligible is whose ``v`` is at most ``V``,
    and who is picked runs to the end of its slice (RUN_TO_PARITY).

    Equal deadlines: the later virtual eligible time first, then the lower id.

    Args:
        base_slice: the request of a thread that asks for none; 0 is that of Linux 6.15, 0.7 ms
            times 1 + log2 of the cores (8 at most).
        tick: a slice ends at a tick only, so it lasts a whole number of these; 0 is exact.
        quantum: the paper's form, with this quantum; also the request of who asks for none.
        begun_stays_eligible: a request that was begun needs no look at ``v`` any more; the
            default with a quantum.
        wakeup_preemption: who wakes with a shorter request and an earlier deadline takes the core
            at once (PREEMPT_SHORT); never with a quantum.
        initial_half_slice: the first request of a thread is half as long, to let it in early
            (PLACE_DEADLINE_INITIAL); never with a quantum.
        delayed_dequeue: who goes to sleep ahead of its share stays in the average until the
            others have caught up (DELAY_DEQUEUE, Linux 6.12); never with a quantum.
    """

    watches = True
    preemptive = True

    def __init__(
        self,
        *,
        base_slice: Time = 0,
        tick: Time = 0,
        quantum: Time = 0,
        begun_stays_eligible: bool | None = None,
        wakeup_preemption: bool = True,
        initial_half_slice: bool = True,
        delayed_dequeue: bool = True,
    ) -> None:
        super().__init__()
        if base_slice < 0:
            raise ValueError("base_slice must be longer than 0 (or 0, for that of Linux)")
        if tick < 0:
            raise ValueError("tick must be longer than 0 (or 0, for none)")
        if quantum < 0:
            raise ValueError("quantum must be longer than 0 (or 0, for the form of Linux)")
        if tick and quantum:
            raise ValueError("tick must be 0 if there is a quantum")
        self.tick = tick
        self.quantum = quantum
        self.sliced_by = "quantum" if quantum else "base_slice"
        self.base_slice = quantum or base_slice
        linux = not quantum
        self.begun_stays = bool(quantum) if begun_stays_eligible is None else begun_stays_eligible
        self.wakeup_preemption = wakeup_preemption and linux
        self.initial_half_slice = initial_half_slice and linux
        self.delayed_dequeue = delayed_dequeue and linux

        # Of all who are runnable, on cores too, and those whose dequeue is delayed:
        self._average = average = Average(tick, quantum)
        self._queued, self._running = average.queued, average.running
        self._delayed = average.delayed
        self._line = Line(average, begun_stays=self.begun_stays)

    def attach(self, machine: Machine) -> None:
        """Take the default slice from the number of cores (``get_update_sysctl_factor``)."""
        super().attach(machine)
        if not self.base_slice:
            self.base_slice = _BASE_SLICE * min(machine.cores, _MOST_CORES).bit_length()

    # ------------------------------------------------------------------------ what the engine asks

    @property
    def waiting(self) -> Sized:
        """Those in the run queue, but not who sleeps and is only in the average."""
        return self._queued

    def enqueue(self, thread: C, /) -> None:
        """Place ``thread`` so that its lag is what it was when it left; a newcomer has none."""
        seat: Seat | None = thread.seat
        self._account()
        if seat is None:
            seat = thread.seat = Seat(thread, self)
            seat.request = self._asked(seat)
            self._average.join(seat)
            self._request(seat, first=True)
        else:
            if seat.state == DELAYED:
                home = seat.home
                if home is self and seat.v * self._average.weight > self._average.sum:
                    # requeue_delayed_entity: still ahead, it goes on where it stands.
                    del self._delayed[seat.id]
                    seat.state = QUEUED
                    self._queued[seat.id] = seat
                    return
                home._retire(seat)  # noqa: SLF001 - another queue of this policy
            seat.home = self
            seat.request = self._asked(seat)
            self._average.join(seat)
            if not seat.moved:
                self._request(seat)
            seat.moved = False
        seat.state = QUEUED
        self._queued[seat.id] = seat
        self._line.push(seat)

    def pick(self) -> C:
        """The eligible one with the earliest deadline (``pick_eevdf``)."""
        if self._running:
            self._account()
        seat = self._line.front(take=True)
        del self._queued[seat.id]
        self._running[seat.id] = seat
        seat.state = RUNNING
        seat.taken = seat.cpu
        thread: C = seat.thread
        return thread

    def restore(self, thread: C, /) -> None:
        """Back to where it was: nothing but its place has changed."""
        seat: Seat = thread.seat
        self._requeue(seat)

    def remove(self, thread: C, /) -> None:
        """It takes its lag and the rest of its request along."""
        seat: Seat = thread.seat
        self._account()
        self._average.remember(seat)
        self._average.leave(seat)
        del self._queued[seat.id]
        seat.state = OUT
        seat.moved = True
        self._line.void(seat)
        self._maybe_over()

    def queue(self) -> Sequence[C]:
        """As successive picks would take them."""
        return tuple(self._line.order())

    def time_slice(self, thread: C, /) -> Time:
        """What is left of the request, or the quantum."""
        seat: Seat = thread.seat
        self._advance(seat)
        cpu = seat.cpu
        if cpu == seat.end:
            self._request(seat)
        left = seat.end - cpu
        if cpu not in {seat.taken, seat.begin}:
            # It has been alone, and one slice followed the other: that is how long they were.
            left = self._length(seat.request)
        return min(left, self.quantum) if self.quantum else left

    def expire(self, thread: C, /) -> None:
        """Its request is fulfilled, and followed by another; or its quantum is over."""
        seat: Seat = thread.seat
        self._advance(seat)
        cpu = seat.cpu
        if cpu >= seat.due or cpu >= seat.end:
            self._request(seat)
        self._requeue(seat)

    preempt = expire

    def give_way(self, thread: C, /) -> None:
        """The rest of its request is forfeit, and the next has a deadline after that of this."""
        seat: Seat = thread.seat
        self._advance(seat)
        left = max(seat.due - seat.cpu, 0)
        self._request(seat)
        if not self.quantum:
            seat.due += left  # yield_task_fair
        self._requeue(seat)

    def leave(self, thread: C, /) -> None:
        """Its lag waits for it; who is ahead stays in the average meanwhile (delayed dequeue)."""
        seat: Seat = thread.seat
        self._account()
        del self._running[seat.id]
        average = self._average
        if self.delayed_dequeue and seat.v * average.weight > average.sum:  # dequeue_entity
            if seat.cpu >= seat.due or seat.cpu >= seat.end:
                self._request(seat)
            seat.state = DELAYED
            self._delayed[seat.id] = seat
            self._line.push(seat)
        else:
            average.remember(seat)
            average.leave(seat)
            seat.state = OUT
        self._maybe_over()

    def best(self) -> C:
        """Who would be picked."""
        self._account()
        thread: C = self._line.front(take=False).thread
        return thread

    def beats(self, waiter: C, runner: C, /) -> bool:
        """Only for a shorter request, due earlier (``do_preempt_short``)."""
        if not self.wakeup_preemption:
            return False
        ours: Seat = waiter.seat
        theirs: Seat = runner.seat
        # wakeup_preempt_fair: SCHED_IDLE gives way to anybody whom a pick would prefer at all, and
        # takes the core from nobody.
        idle = waiter.attributes.scheduling_class == "idle"
        if idle != (runner.attributes.scheduling_class == "idle"):
            if idle:
                return False
        elif ours.request >= theirs.request:
            return False
        self._account()
        average = self._average
        return ours.v * average.weight <= average.sum and deadline_of(ours) < deadline_of(theirs)

    def changed(self, thread: C, /) -> None:
        """Another weight leaves the lag as it was, and so what is left of the request.

        Another request counts from the next on.  (``reweight_entity``, ``__setparam_fair``)
        """
        seat: Seat | None = thread.seat
        if seat is None or seat.state == OUT:
            return
        if seat.weight == weight_of(thread.attributes) and seat.request == self._asked(seat):
            return
        self._account()
        seat.lag = self._average.lag(seat)
        self._average.leave(seat)
        seat.request = self._asked(seat)
        self._average.join(seat)
        if seat.state != RUNNING:
            self._line.void(seat)
            self._line.push(seat)

    def retime(self, length: Time | Sequence[Time], /) -> None:
        """Whoever asks for no request of its own has this one from its next on."""
        assert isinstance(length, int), "there are no levels"
        self.base_slice = length
        if self.quantum:
            self.quantum = self._average.quantum = length
        for seat in (*self._queued.values(), *self._running.values()):
            self.changed(seat.thread)

    def heeds(self, said: Attributes, name: str, /) -> bool:
        """Nice values, but of SCHED_IDLE."""
        return name == "nice" and said.scheduling_class != "idle"

    # -------------------------------------------------------------------------------- virtual time

    def _account(self) -> None:
        """Bring those who run up to date."""
        for seat in self._running.values():
            self._advance(seat)

    def _advance(self, seat: Seat) -> None:
        """Put into the sums what ``seat`` ran (``update_curr``)."""
        cpu: Time = seat.thread.cpu
        ran = cpu - seat.cpu
        if not ran:
            return
        step = ran * seat.unit
        seat.v += step
        self._average.sum += step * seat.weight
        seat.cpu = cpu
        if cpu > seat.end:
            # While nobody waits a slice follows the other, without anybody being asked.
            length = self._length(seat.request)
            seat.begin = cpu - (cpu - seat.end) % length
            seat.due = seat.begin + seat.request
            seat.end = seat.begin + length

    def _request(self, seat: Seat, *, first: bool = False) -> None:
        """A new request, from now on (``update_deadline``)."""
        length = seat.request
        if first and self.initial_half_slice:
            length = length // 2 or 1
        seat.begin = cpu = seat.cpu
        seat.due = seat.end = cpu + length
        if self.tick or self.quantum:
            seat.end = cpu + self._length(length)

    def _length(self, request: Time) -> Time:
        """How long a slice for ``request`` is."""
        if self.tick:
            return -(-request // self.tick) * self.tick
        return max(request, self.quantum)

    def _asked(self, seat: Seat) -> Time:
        request: Time | None = seat.thread.attributes.request
        if request is None:
            return self.base_slice
        if request <= 0:
            raise ValueError("request must be longer than 0")
        return request

    # ----------------------------------------------------------------------------------- the queue

    def _requeue(self, seat: Seat) -> None:
        """From its core into the queue."""
        del self._running[seat.id]
        self._queued[seat.id] = seat
        seat.state = QUEUED
        self._line.push(seat)

    def _retire(self, seat: Seat) -> None:
        """A delayed dequeue is over because the thread wakes."""
        self._account()
        self._average.drop(seat)
        self._line.void(seat)

    def _maybe_over(self) -> None:
        """If nobody is runnable, those whose dequeue is delayed have nobody to wait for."""
        if self._queued or self._running:
            return
        for seat in self._delayed.values():
            seat.lag = (0, 1)
            seat.state = OUT
            seat.entry = seat.key = None
        self._line.clear()
        self._average.clear()
