"""Who is next: the eligible by their deadlines, and those ahead until V has come to them.

Two priority queues stand for the augmented tree of kernel/sched/fair.c.  An entry in them that is
not its seat's any more is void: it is passed over when it comes to the top.

Not here: what makes somebody queue, and what V is (``average``).
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Any

from schedsim.policies.eevdf.average import Average
from schedsim.policies.eevdf.seats import ID_BITS, ID_MASK, QUEUED, Entry, Seat, deadline_of
from schedsim.policies.runs import Runs

_STALE = 64


class Line:
    """The order of all who are queued, and of sleepers whose dequeue is delayed.

    Args:
        average: that decides who is eligible.
        begun_stays: a request that was begun needs no look at ``v`` any more.
    """

    __slots__ = ("_ahead", "_average", "_begun_stays", "_eligible", "_stale")

    def __init__(self, average: Average, *, begun_stays: bool) -> None:
        self._average = average
        self._begun_stays = begun_stays
        self._eligible: Runs[Entry] = Runs()
        self._ahead: Runs[int] = Runs()
        self._stale = 0
        """How many entries are void."""
        average.when_refined.append(self.sweep)

    def __len__(self) -> int:
        """How many entries there are, the void ones included."""
        return len(self._eligible) + len(self._ahead)

    def push(self, seat: Seat) -> None:
        """Where it belongs, as far as is known now."""
        cpu = seat.cpu
        unit = seat.unit
        v = seat.v
        used = cpu - seat.begin
        start = v - used * unit
        seat.entry = entry = (v + (seat.due - cpu) * unit, -start, seat.id, seat)
        average = self._average
        if v * average.weight <= average.sum or (
            self._begun_stays and (used > 0 or start * average.weight <= average.sum)
        ):
            self._eligible.push(entry)
        else:  # as below, without the call
            seat.key = key = v << ID_BITS | seat.id
            self._ahead.push(key)

    def _put_ahead(self, seat: Seat) -> None:
        """Until V has come to ``v``, which is where its request begins if only that counts."""
        seat.key = key = seat.v << ID_BITS | seat.id
        self._ahead.push(key)

    def front(self, *, take: bool) -> Seat:
        """Who is next.

        Args:
            take: it leaves the line.
        """
        average, eligible, ahead = self._average, self._eligible, self._ahead
        ready, later = eligible.firsts, ahead.firsts
        begun_stays = self._begun_stays
        while True:
            weight, total = average.weight, average.sum
            while later and (later[0] >> ID_BITS) * weight <= total:
                early = self._is_ahead(ahead.pop())
                if early is not None and early.entry is not None:
                    early.key = None
                    eligible.push(early.entry)
            if not ready:
                # Who is behind V runs on another core.  So the first who will not be ahead of it.
                seat = self._is_ahead(later[0])
                if seat is not None and seat.state == QUEUED:
                    if take:
                        ahead.pop()
                        seat.entry = seat.key = None
                    return seat
                ahead.pop()
                if seat is not None:
                    average.drop(seat)
                continue
            entry: Entry = ready[0]
            seat = entry[3]
            if seat.entry is not entry:
                eligible.pop()
                self._stale -= 1
            elif seat.v * weight > total and not (begun_stays and seat.cpu > seat.begin):
                # V went back since, when somebody left who had run too much.
                eligible.pop()
                self._put_ahead(seat)
            elif seat.state == QUEUED:
                if take:
                    eligible.pop()
                    seat.entry = seat.key = None
                return seat
            else:
                # pick_next_entity: the others have caught up with a sleeper.
                eligible.pop()
                average.drop(seat)

    def _is_ahead(self, key: int) -> Seat | None:
        """Whose entry this is, unless it is void."""
        number = key & ID_MASK
        average = self._average
        seat = average.queued.get(number) or average.delayed.get(number)
        if seat is not None and seat.key == key:
            return seat
        self._stale -= 1
        return None

    def void(self, seat: Seat) -> None:
        """Its entry counts no more.  Sweep when most do not."""
        seat.entry = seat.key = None
        self._stale += 1
        if self._stale > _STALE + len(self._average.queued) + len(self._average.delayed):
            self.sweep()

    def sweep(self) -> None:
        """Both heaps anew, from the seats."""
        seats = (*self._average.queued.values(), *self._average.delayed.values())
        self._ahead.renew(seat.key for seat in seats if seat.key is not None)
        self._eligible.renew(
            seat.entry for seat in seats if seat.key is None and seat.entry is not None
        )
        self._stale = 0

    def order(self) -> list[Any]:
        """Plays the picks, on numbers of its own: who only looks must not change anything."""
        average = self._average
        weight, total = average.weight, average.sum
        for seat in average.running.values():
            total += (seat.thread.cpu - seat.cpu) * seat.unit * seat.weight
        ahead: list[tuple[int, int, Seat]] = []
        eligible: list[tuple[int, int, int, Seat]] = []
        for seat in (*average.queued.values(), *average.delayed.values()):
            used = seat.cpu - seat.begin
            start = seat.v - used * seat.unit
            if self._begun_stays and used:
                eligible.append((deadline_of(seat), -start, seat.id, seat))
            else:
                ahead.append((seat.v, seat.id, seat))
        heapify(ahead)
        heapify(eligible)
        order: list[Any] = []
        while ahead or eligible:
            while ahead and ahead[0][0] * weight <= total:
                seat = heappop(ahead)[2]
                start = seat.v - (seat.cpu - seat.begin) * seat.unit
                heappush(eligible, (deadline_of(seat), -start, seat.id, seat))
            seat = heappop(eligible)[3] if eligible else heappop(ahead)[2]
            if seat.state == QUEUED:
                order.append(seat.thread)
            else:
                weight -= seat.weight
                total -= seat.weight * seat.v
        return order

    def clear(self) -> None:
        """Nobody is in it any more."""
        self._eligible.renew(())
        self._ahead.renew(())
        self._stale = 0
