"""The multi-level feedback queue of OSTEP, chapter 8, to the tick of its homework's mlfq.py.

Rule 1: a higher level goes first.  2: equals take turns.  3: who is new starts at the top.
4: whoever has used up its allotment at a level moves one down, however often it gave up the core
meanwhile.  5: from time to time everybody is lifted back to the top.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence, Sized

from schedsim.durations import Time
from schedsim.policies.base import UNLIMITED, C, Machine, Policy
from schedsim.policies.keyed import positive

MOST_LEVELS = 100


class _Seat:
    """What this policy knows of a thread; out of date if ``boost`` is (see ``Mlfq._seat``)."""

    __slots__ = (
        *("away", "boost", "bumped", "length", "level", "picked", "sliced", "told", "turns"),
    )

    def __init__(self) -> None:
        self.level = 0
        self.turns = 0
        """How many quanta are left of its allotment."""
        self.sliced: Time = 0
        """Its ``cpu`` when its present slice began."""
        self.length: Time = 0
        """How long that is."""
        self.boost = -1
        """The number of the last boost that it has felt."""
        self.told = -1
        """The level that the trace has for it."""
        self.away = False
        """It left by itself, so its return is that of one who waited."""
        self.bumped = 0
        """When it came to the head of its level by ``iobump``, as a count; 0: it did not."""
        self.picked = 0
        """When it got its core, by the same count."""


class Mlfq(Policy[C]):
    """Several round robins, one above the other.

    A thread that loses its core stays at the head of its level with the rest of its slice, and a
    wait does not refill a slice.  Levels are numbered as OSTEP does: the lowest is 0.

    Args:
        levels: how many; if nobody says, 3, or as many as a list of the others has.
        quantum: of all levels, or of each, the highest first.
        allotment: how many quanta a thread has at a level; of all, or of each, the highest first.
        boost: how often everybody is lifted to the top; 0: never.
        stay: a thread that waits by itself gets its slice and allotment anew (OSTEP's ``--stay``,
            the older rule 4b, which a thread can abuse to stay on top).
        iobump: a thread that comes back from a wait goes to the head of its level and takes the
            core from an equal (OSTEP's ``--iobump``), not to the tail.
    """

    preemptive = True
    counts_alone = True  # who is alone moves down as well
    leavers_first = True  # "a job whose slice ends at t is queued before jobs that arrive at t"
    ring_redecides = True
    sliced_by = "quantum"

    def __init__(
        self,
        *,
        levels: int | None = None,
        quantum: Time | list[Time] = 10_000_000,
        allotment: int | list[int] = 1,
        boost: Time = 0,
        stay: bool = False,
        iobump: bool = False,
    ) -> None:
        if levels is None:
            levels = next((len(o) for o in (quantum, allotment) if isinstance(o, list)), 3)
        if not 1 <= levels <= MOST_LEVELS:
            raise ValueError(f"levels must be from 1 to {MOST_LEVELS}, got {levels}")
        self.quanta = [positive("quantum", one) for one in _each("quantum", quantum, levels)]
        self.allotments = _each("allotment", allotment, levels)
        if min(self.allotments) < 1:
            raise ValueError(f"allotment must be at least 1, got {min(self.allotments)}")
        if boost < 0:
            raise ValueError("boost must be 0 (never) or longer")
        self.boost = boost
        self.alarm = boost or UNLIMITED
        self.rings = boost > 0
        self.stay = stay
        self.iobump = iobump
        self.top = levels - 1
        self._lines: list[deque[C]] = [deque() for _ in range(levels)]
        self._queued: dict[int, C] = {}
        self._used = 0
        """Bit per level that somebody waits at."""
        self._boosts = 0
        self._count = 0
        """Of those who came to the head of a level by ``iobump``."""

    def attach(self, machine: Machine) -> None:
        """Boosts come at multiples of their interval, also on a core that comes later."""
        super().attach(machine)
        if self.boost:
            self.alarm = (machine.now // self.boost + 1) * self.boost

    @property
    def waiting(self) -> Sized:
        """The run queue."""
        return self._queued

    # -- into the run queue and out of it -------------------------------------------------

    def enqueue(self, thread: C, /) -> None:
        """To the tail of its level, or to the head if it comes back and ``iobump`` says so."""
        seat = self._seat(thread)
        self._tell(thread, seat)
        if self.iobump and seat.away:
            self._count += 1
            seat.bumped = self._count
            self._lines[seat.level].appendleft(thread)
        else:
            self._lines[seat.level].append(thread)
        seat.away = False
        self._note(thread, seat.level)

    def pick(self) -> C:
        """The head of the highest level that anybody waits at."""
        level = self._used.bit_length() - 1
        thread = self._lines[level].popleft()
        self._forget(thread, level)
        self._seat(thread).picked = self._count
        return thread

    def restore(self, thread: C, /) -> None:
        """To the head of its level."""
        level = thread.seat.level
        self._lines[level].appendleft(thread)
        self._note(thread, level)

    def take(self, thread: C, /) -> None:
        """From wherever it is."""
        seat = self._seat(thread)
        self._lines[seat.level].remove(thread)
        self._forget(thread, seat.level)
        seat.picked = self._count

    def remove(self, thread: C, /) -> None:
        """From wherever it is."""
        self.take(thread)
        thread.seat.bumped = 0

    def queue(self) -> Sequence[C]:
        """Level by level, the highest first."""
        return [thread for line in reversed(self._lines) for thread in line]

    def best(self) -> C:
        """The head of the highest level that anybody waits at."""
        return self._lines[self._used.bit_length() - 1][0]

    def beats(self, waiter: C, runner: C, /) -> bool:
        """Whether ``waiter`` is of a higher level, or came to the head of the same meanwhile."""
        better, worse = self._seat(waiter), self._seat(runner)
        if better.level != worse.level:
            return better.level > worse.level
        return waiter.id in self._queued and better.bumped > worse.picked

    # -- slices ---------------------------------------------------------------------------

    def time_slice(self, thread: C, /) -> Time:
        """What is left of its slice."""
        seat = self._seat(thread)
        if seat.sliced == thread.cpu:  # it begins, perhaps with another quantum than it was to
            self._new_slice(seat, thread.cpu)
        left: Time = seat.length - (thread.cpu - seat.sliced)
        return left

    @property
    def slices(self) -> Time | Sequence[Time]:
        """Of all levels, or of each, the highest first."""
        return self.quanta[0] if len(set(self.quanta)) == 1 else self.quanta

    def retime(self, length: Time | Sequence[Time], /) -> None:
        """Slices under way keep their length."""
        one_or_all = length if isinstance(length, int) else list(length)
        self.quanta = _each("quantum", one_or_all, len(self.quanta))

    def expire(self, thread: C, /) -> None:
        """To the tail of its level, or of the next one down."""
        self.renew(thread)
        level = thread.seat.level
        self._lines[level].append(thread)
        self._note(thread, level)

    def renew(self, thread: C, /) -> None:
        """One quantum of its allotment is spent."""
        seat = self._seat(thread)
        self._charge(seat, thread.cpu)
        self._tell(thread, seat)

    def pass_over(self, thread: C, time: Time, /) -> bool:
        """At the lowest level an allotment that is spent changes nothing."""
        seat = self._seat(thread)
        if seat.level:
            return False
        seat.sliced += time
        return True

    def give_way(self, thread: C, /) -> None:
        """To the tail of its level with the rest of its slice: to yield is not to wait."""
        if self.time_slice(thread) <= 0:
            self.expire(thread)
            return
        level = thread.seat.level
        self._lines[level].append(thread)
        self._note(thread, level)

    def preempt(self, thread: C, /) -> None:
        """To the head of its level, behind those who were bumped there while it ran."""
        seat = self._seat(thread)
        line = self._lines[seat.level]
        bumped: list[C] = []
        while line and self._seat(line[0]).bumped > seat.picked:
            bumped.append(line.popleft())
        seat.bumped = 0
        line.appendleft(thread)
        line.extendleft(reversed(bumped))
        self._note(thread, seat.level)

    def leave(self, thread: C, /) -> None:
        """It waits by itself: no way to save one's allotment, except with ``stay``.

        The tick in which it leaves counts.  If it is the last of the slice, that quantum is spent
        even with ``stay``, out of the allotment just refilled: so mlfq.py.  The trace hears of a
        move down when the thread is back, for it may also have ended.
        """
        over = self.time_slice(thread) <= 0
        seat = self._seat(thread)
        seat.away = True
        seat.bumped = 0
        if self.stay:
            self._new_slice(seat, thread.cpu)
            seat.turns = self.allotments[self.top - seat.level]
        if over:
            self._charge(seat, thread.cpu)

    def _charge(self, seat: _Seat, cpu: Time) -> None:
        seat.bumped = 0
        seat.turns -= 1
        if not seat.turns:
            seat.level = max(seat.level - 1, 0)
            seat.turns = self.allotments[self.top - seat.level]
        self._new_slice(seat, cpu)

    def _new_slice(self, seat: _Seat, cpu: Time) -> None:
        seat.sliced = cpu
        seat.length = self.quanta[self.top - seat.level]

    def _tell(self, thread: C, seat: _Seat) -> None:
        if seat.told != seat.level:
            seat.told = seat.level
            self.machine.set_level(thread, seat.level)

    # -- the boost ------------------------------------------------------------------------

    def ring(self, runners: Sequence[C], /) -> None:  # noqa: ARG002 - they wait at their levels
        """Lift everybody to the top: the lowest level first, behind those who are there."""
        top = self._lines[self.top]
        for line in self._lines[: self.top]:
            top.extend(line)
            line.clear()
        self._used = 1 << self.top if top else 0
        self._boosts += 1
        self.alarm += self.boost
        self.machine.boosted(self.top)

    def _seat(self, thread: C) -> _Seat:
        """The seat of ``thread``, which feels a boost only when somebody looks at it."""
        seat: _Seat | None = thread.seat
        if seat is None:
            seat = thread.seat = _Seat()
        elif seat.boost == self._boosts:
            return seat
        else:
            seat.told = self.top  # by machine.boosted
        seat.boost = self._boosts
        seat.level = self.top
        seat.turns = self.allotments[0]
        seat.bumped = 0
        self._new_slice(seat, thread.cpu)
        return seat

    def _note(self, thread: C, level: int) -> None:
        self._queued[thread.id] = thread
        self._used |= 1 << level

    def _forget(self, thread: C, level: int) -> None:
        del self._queued[thread.id]
        if not self._lines[level]:
            self._used ^= 1 << level


def _each(name: str, one_or_all: int | list[int], levels: int) -> list[int]:
    if not isinstance(one_or_all, list):
        return [one_or_all] * levels
    if len(one_or_all) != levels:
        raise ValueError(
            f"{name} must have one entry for each of the {levels} levels, got {len(one_or_all)}"
        )
    return one_or_all
