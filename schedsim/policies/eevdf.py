"""Earliest eligible virtual deadline first: Linux since 6.6, and the paper of 1995 it goes back to.

Everybody has a virtual time ``v``: how long it ran, divided by its weight.  ``V``, the average of
all ``v`` by weight, is how far everybody would be on an ideally fair machine; the *lag* of a
thread, ``weight * (V - v)``, is what it is owed.  Who is not ahead of ``V`` is eligible, and of
those the one runs whose request, a slice of so much time, has the earliest virtual deadline.

Stoica and Abdel-Wahab, "Earliest Eligible Virtual Deadline First" (TR-95-22); kernel/sched/fair.c,
whose function names the comments below cite.
"""

from __future__ import annotations

from collections.abc import Sequence, Sized
from heapq import heapify, heappop, heappush
from math import gcd
from typing import Any

from schedsim.durations import Time
from schedsim.policies.base import Attributes, C, Machine, Policy
from schedsim.policies.runs import Runs
from schedsim.policies.weights import growth, weight_of

_BASE_SLICE: Time = 700_000
_MOST_CORES = 8

# A virtual time is an integer, in units of 1/scale; every weight divides the scale.  V is a
# fraction of such units.  Who joins there is placed exactly, on a finer scale, as long as that is
# cheap: in examples of a size that somebody works out by hand, so that ties are ties.  Later the
# place is rounded down, by less than 2**-64 of a time unit.
_COARSEST = 1 << 64
_FINEST_BITS = 512
_FEW = 64

_OUT, _QUEUED, _RUNNING, _DELAYED = range(4)
_STALE = 64


class _Seat:
    """What the policy knows of one thread."""

    __slots__ = (
        "begin",
        "cpu",
        "due",
        "end",
        "entry",
        "home",
        "id",
        "key",
        "lag",
        "moved",
        "request",
        "state",
        "taken",
        "thread",
        "unit",
        "v",
        "weight",
    )

    def __init__(self, thread: Any, home: Eevdf[Any]) -> None:
        self.thread = thread
        self.id: int = thread.id
        self.home = home
        self.state = _OUT
        self.entry: _Entry | None = None
        """Its entry among the eligible, now or later; any other is void."""
        self.key: int | None = None
        """Its entry among those ahead; any other is void."""
        self.weight = 1
        self.unit = 1
        """By how much ``v`` grows in one unit of time: scale / weight."""
        self.v = 0
        self.cpu: Time = thread.cpu
        """The CPU time that is in ``v``."""
        self.taken: Time = -1
        """The CPU time at which it came on its core."""
        self.request: Time = 0
        # The present request in CPU time, which stands still while the thread does not run:
        self.begin: Time = 0
        """Where it began: virtual eligible time."""
        self.due: Time = 0
        """Where the virtual deadline is met."""
        self.end: Time = 0
        """Where its slice ends, which is later if only a tick can end it."""
        self.lag = (0, 1)
        """What it was owed when it left, a fraction of CPU time."""
        self.moved = False
        """It did not sleep but comes from another queue, in the middle of a request."""


_Entry = tuple[int, int, int, _Seat]
"""Of the eligible: virtual deadline, minus virtual eligible time, id, seat."""

# Of those ahead: the virtual time at which they are eligible, and the id, in one number.  Far down
# in a big heap what costs is memory that is not in the cache, and this needs the least.
_ID_BITS = 48
_ID_MASK = (1 << _ID_BITS) - 1


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

        self._scale = _COARSEST
        # Over all who are runnable, on cores too, and those whose dequeue is delayed:
        self._weight = 0
        self._sum = 0
        """Of weight times ``v``; so V is _sum / _weight."""
        self._queued: dict[int, _Seat] = {}
        self._running: dict[int, _Seat] = {}
        self._delayed: dict[int, _Seat] = {}
        self._eligible: Runs[_Entry] = Runs()
        self._ahead: Runs[int] = Runs()
        self._stale = 0
        self._requests: dict[Time, int] = {}
        self._longest: list[Time] = []

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
        seat: _Seat | None = thread.seat
        self._account()
        if seat is None:
            seat = thread.seat = _Seat(thread, self)
            self._place(seat)
            self._request(seat, first=True)
        else:
            if seat.state == _DELAYED:
                home = seat.home
                if home is self and seat.v * self._weight > self._sum:
                    # requeue_delayed_entity: still ahead, it goes on where it stands.
                    del self._delayed[seat.id]
                    seat.state = _QUEUED
                    self._queued[seat.id] = seat
                    return
                home._retire(seat)  # noqa: SLF001 - another queue of this policy
            seat.home = self
            self._place(seat)
            if not seat.moved:
                self._request(seat)
            seat.moved = False
        seat.state = _QUEUED
        self._queued[seat.id] = seat
        self._push(seat)

    def pick(self) -> C:
        """The eligible one with the earliest deadline (``pick_eevdf``)."""
        if self._running:
            self._account()
        seat = self._front()
        if self._eligible.firsts:
            self._eligible.pop()
        else:
            self._ahead.pop()
        seat.entry = seat.key = None
        del self._queued[seat.id]
        self._running[seat.id] = seat
        seat.state = _RUNNING
        seat.taken = seat.cpu
        thread: C = seat.thread
        return thread

    def restore(self, thread: C, /) -> None:
        """Back to where it was: nothing but its place has changed."""
        seat: _Seat = thread.seat
        self._requeue(seat)

    def remove(self, thread: C, /) -> None:
        """It takes its lag and the rest of its request along."""
        seat: _Seat = thread.seat
        self._account()
        self._remember(seat)
        self._forget(seat)
        del self._queued[seat.id]
        seat.state = _OUT
        seat.moved = True
        self._void(seat)
        self._maybe_over()

    def queue(self) -> Sequence[C]:
        """As successive picks would take them."""
        return tuple(self._order())

    def time_slice(self, thread: C, /) -> Time:
        """What is left of the request, or the quantum."""
        seat: _Seat = thread.seat
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
        seat: _Seat = thread.seat
        self._advance(seat)
        cpu = seat.cpu
        if cpu >= seat.due or cpu >= seat.end:
            self._request(seat)
        self._requeue(seat)

    preempt = expire

    def give_way(self, thread: C, /) -> None:
        """The rest of its request is forfeit, and the next has a deadline after that of this."""
        seat: _Seat = thread.seat
        self._advance(seat)
        left = max(seat.due - seat.cpu, 0)
        self._request(seat)
        if not self.quantum:
            seat.due += left  # yield_task_fair
        self._requeue(seat)

    def leave(self, thread: C, /) -> None:
        """Its lag waits for it; who is ahead stays in the average meanwhile (delayed dequeue)."""
        seat: _Seat = thread.seat
        self._account()
        del self._running[seat.id]
        if self.delayed_dequeue and seat.v * self._weight > self._sum:  # dequeue_entity
            if seat.cpu >= seat.due or seat.cpu >= seat.end:
                self._request(seat)
            seat.state = _DELAYED
            self._delayed[seat.id] = seat
            self._push(seat)
        else:
            self._remember(seat)
            self._forget(seat)
            seat.state = _OUT
        self._maybe_over()

    def best(self) -> C:
        """Who would be picked."""
        self._account()
        thread: C = self._front().thread
        return thread

    def beats(self, waiter: C, runner: C, /) -> bool:
        """Only for a shorter request, due earlier (``do_preempt_short``)."""
        if not self.wakeup_preemption:
            return False
        ours: _Seat = waiter.seat
        theirs: _Seat = runner.seat
        # wakeup_preempt_fair: SCHED_IDLE gives way to anybody whom a pick would prefer at all, and
        # takes the core from nobody.
        idle = waiter.attributes.scheduling_class == "idle"
        if idle != (runner.attributes.scheduling_class == "idle"):
            if idle:
                return False
        elif ours.request >= theirs.request:
            return False
        self._account()
        return ours.v * self._weight <= self._sum and _deadline(ours) < _deadline(theirs)

    def changed(self, thread: C, /) -> None:
        """Another weight leaves the lag as it was, and so what is left of the request.

        Another request counts from the next on.  (``reweight_entity``, ``__setparam_fair``)
        """
        seat: _Seat | None = thread.seat
        if seat is None or seat.state == _OUT:
            return
        if seat.weight == weight_of(thread.attributes) and seat.request == self._asked(seat):
            return
        self._account()
        seat.lag = self._lag(seat)
        self._forget(seat)
        self._place(seat)
        if seat.state != _RUNNING:
            self._void(seat)
            self._push(seat)

    def retime(self, length: Time | Sequence[Time], /) -> None:
        """Whoever asks for no request of its own has this one from its next on."""
        assert isinstance(length, int), "there are no levels"
        self.base_slice = length
        if self.quantum:
            self.quantum = length
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

    def _advance(self, seat: _Seat) -> None:
        """Put into the sums what ``seat`` ran (``update_curr``)."""
        cpu: Time = seat.thread.cpu
        ran = cpu - seat.cpu
        if not ran:
            return
        step = ran * seat.unit
        seat.v += step
        self._sum += step * seat.weight
        seat.cpu = cpu
        if cpu > seat.end:
            # While nobody waits a slice follows the other, without anybody being asked.
            length = self._length(seat.request)
            seat.begin = cpu - (cpu - seat.end) % length
            seat.due = seat.begin + seat.request
            seat.end = seat.begin + length

    def _request(self, seat: _Seat, *, first: bool = False) -> None:
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

    def _asked(self, seat: _Seat) -> Time:
        request: Time | None = seat.thread.attributes.request
        if request is None:
            return self.base_slice
        if request <= 0:
            raise ValueError("request must be longer than 0")
        return request

    def _place(self, seat: _Seat) -> None:
        """Into the average, with the lag it remembers (``place_entity``)."""
        weight = weight_of(seat.thread.attributes)
        seat.request = self._asked(seat)
        seat.weight = weight
        seat.cpu = seat.thread.cpu
        total = self._weight
        if not total:
            # Nobody there to owe anything; and nobody whose v would be on another scale.
            self._scale = _COARSEST
            self._sum = 0
        factor = growth(self._scale, weight)
        if factor > 1:
            self._refine(factor)
        v = 0
        if total:
            owed, parts = seat.lag
            if owed:
                # Joining moves V towards v, so the distance has to be longer for the lag to come
                # out right: V - lag * (W + w) / W.
                v = self._exactly(
                    self._sum * parts * weight - owed * self._scale * (total + weight),
                    total * parts * weight,
                )
            else:
                v = self._exactly(self._sum, total)
        seat.v = v
        seat.unit = self._scale // weight
        self._weight = total + weight
        self._sum += weight * v
        if seat.request in self._requests:
            self._requests[seat.request] += 1
        else:
            self._requests[seat.request] = 1
            heappush(self._longest, -seat.request)

    def _forget(self, seat: _Seat) -> None:
        """Out of the average."""
        self._weight -= seat.weight
        self._sum -= seat.weight * seat.v
        # A count of 0 stays until it comes to the top of the heap.
        self._requests[seat.request] -= 1

    def _lag(self, seat: _Seat) -> tuple[int, int]:
        owed = seat.weight * (self._sum - self._weight * seat.v)
        parts = self._weight * self._scale
        common = gcd(owed, parts)
        return owed // common, parts // common

    def _remember(self, seat: _Seat) -> None:
        """Keep the lag, within bounds (``update_entity_lag``): nobody hoards by sleeping."""
        longest, requests = self._longest, self._requests
        while not requests[-longest[0]]:
            del requests[-heappop(longest)]
        bound = max(-longest[0] + self.tick, self.quantum)
        owed, parts = self._lag(seat)
        if abs(owed) > bound * parts:
            owed, parts = bound if owed > 0 else -bound, 1
        seat.lag = owed, parts

    def _exactly(self, numerator: int, denominator: int) -> int:
        """The fraction on the present scale, which becomes finer if that is cheap."""
        whole, rest = divmod(numerator, denominator)
        if not rest:
            return whole
        finer = denominator // gcd(numerator, denominator)
        if (
            len(self._queued) + len(self._running) + len(self._delayed) > _FEW
            or (self._scale * finer).bit_length() > _FINEST_BITS
        ):
            return whole
        self._refine(finer)
        return numerator * finer // denominator

    def _refine(self, factor: int) -> None:
        """Everything on a scale that is finer by ``factor``; the order stays."""
        self._scale *= factor
        self._sum *= factor
        for group in (self._queued, self._running, self._delayed):
            for seat in group.values():
                seat.v *= factor
                seat.unit *= factor
        for group in (self._queued, self._delayed):
            for seat in group.values():
                if seat.entry is not None:
                    deadline, eligible, number, _ = seat.entry
                    seat.entry = (deadline * factor, eligible * factor, number, seat)
                if seat.key is not None:
                    seat.key = (seat.key >> _ID_BITS) * factor << _ID_BITS | seat.id
        self._sweep()

    # ----------------------------------------------------------------------------------- the queue

    def _requeue(self, seat: _Seat) -> None:
        """From its core into the queue."""
        del self._running[seat.id]
        self._queued[seat.id] = seat
        seat.state = _QUEUED
        self._push(seat)

    def _push(self, seat: _Seat) -> None:
        """Where it belongs, as far as is known now."""
        cpu = seat.cpu
        unit = seat.unit
        v = seat.v
        used = cpu - seat.begin
        start = v - used * unit
        seat.entry = entry = (v + (seat.due - cpu) * unit, -start, seat.id, seat)
        if v * self._weight <= self._sum or (
            self.begun_stays and (used > 0 or start * self._weight <= self._sum)
        ):
            self._eligible.push(entry)
        else:
            seat.key = key = v << _ID_BITS | seat.id
            self._ahead.push(key)

    def _put_ahead(self, seat: _Seat) -> None:
        """Until V has come to ``v``, which is where its request begins if only that counts."""
        seat.key = key = seat.v << _ID_BITS | seat.id
        self._ahead.push(key)

    def _front(self) -> _Seat:
        """Who is next; it is at the top of its heap then."""
        eligible, ahead = self._eligible, self._ahead
        ready, later = eligible.firsts, ahead.firsts
        begun_stays = self.begun_stays
        while True:
            weight, total = self._weight, self._sum
            while later and (later[0] >> _ID_BITS) * weight <= total:
                early = self._is_ahead(ahead.pop())
                if early is not None and early.entry is not None:
                    early.key = None
                    eligible.push(early.entry)
            if not ready:
                # Who is behind V runs on another core.  So the first who will not be ahead of it.
                seat = self._is_ahead(later[0])
                if seat is not None and seat.state == _QUEUED:
                    return seat
                ahead.pop()
                if seat is not None:
                    self._drop(seat)
                continue
            entry: _Entry = ready[0]
            seat = entry[3]
            if seat.entry is not entry:
                eligible.pop()
                self._stale -= 1
            elif seat.v * weight > total and not (begun_stays and seat.cpu > seat.begin):
                # V went back since, when somebody left who had run too much.
                eligible.pop()
                self._put_ahead(seat)
            elif seat.state == _QUEUED:
                return seat
            else:
                # pick_next_entity: the others have caught up with a sleeper.
                eligible.pop()
                self._drop(seat)

    def _is_ahead(self, key: int) -> _Seat | None:
        """Whose entry this is, unless it is void."""
        number = key & _ID_MASK
        seat = self._queued.get(number) or self._delayed.get(number)
        if seat is not None and seat.key == key:
            return seat
        self._stale -= 1
        return None

    def _drop(self, seat: _Seat) -> None:
        """A delayed dequeue comes to its end; there is no entry of it any more."""
        self._remember(seat)
        if seat.lag[0] > 0:
            seat.lag = (0, 1)  # DELAY_ZERO: it earns nothing by sleeping
        self._forget(seat)
        del self._delayed[seat.id]
        seat.state = _OUT
        seat.entry = seat.key = None

    def _retire(self, seat: _Seat) -> None:
        """A delayed dequeue is over because the thread wakes."""
        self._account()
        self._drop(seat)
        self._void(seat)

    def _maybe_over(self) -> None:
        """If nobody is runnable, those whose dequeue is delayed have nobody to wait for."""
        if self._queued or self._running:
            return
        for seat in self._delayed.values():
            seat.lag = (0, 1)
            seat.state = _OUT
            seat.entry = seat.key = None
        self._delayed.clear()
        self._eligible.renew(())
        self._ahead.renew(())
        self._requests.clear()
        self._longest.clear()
        self._stale = self._weight = self._sum = 0

    def _void(self, seat: _Seat) -> None:
        """Its entry counts no more.  Sweep when most do not."""
        seat.entry = seat.key = None
        self._stale += 1
        if self._stale > _STALE + len(self._queued) + len(self._delayed):
            self._sweep()

    def _sweep(self) -> None:
        """Both heaps anew, from the seats."""
        seats = (*self._queued.values(), *self._delayed.values())
        self._ahead.renew(seat.key for seat in seats if seat.key is not None)
        self._eligible.renew(
            seat.entry for seat in seats if seat.key is None and seat.entry is not None
        )
        self._stale = 0

    def _order(self) -> list[C]:
        """Plays the picks, on numbers of its own: who only looks must not change anything."""
        weight = self._weight
        total = self._sum
        for seat in self._running.values():
            total += (seat.thread.cpu - seat.cpu) * seat.unit * seat.weight
        ahead: list[tuple[int, int, _Seat]] = []
        eligible: list[tuple[int, int, int, _Seat]] = []
        for seat in (*self._queued.values(), *self._delayed.values()):
            used = seat.cpu - seat.begin
            start = seat.v - used * seat.unit
            if self.begun_stays and used:
                eligible.append((_deadline(seat), -start, seat.id, seat))
            else:
                ahead.append((seat.v, seat.id, seat))
        heapify(ahead)
        heapify(eligible)
        order: list[C] = []
        while ahead or eligible:
            while ahead and ahead[0][0] * weight <= total:
                seat = heappop(ahead)[2]
                start = seat.v - (seat.cpu - seat.begin) * seat.unit
                heappush(eligible, (_deadline(seat), -start, seat.id, seat))
            seat = heappop(eligible)[3] if eligible else heappop(ahead)[2]
            if seat.state == _QUEUED:
                order.append(seat.thread)
            else:
                weight -= seat.weight
                total -= seat.weight * seat.v
                if not weight:
                    break
        return order


def _deadline(seat: _Seat) -> int:
    return seat.v + (seat.due - seat.cpu) * seat.unit
