"""Priorities: whoever is most important, with or without preemption, slices and aging."""

from __future__ import annotations

from collections.abc import Sequence

from schedsim.durations import Time
from schedsim.policies.base import UNLIMITED, Attributes, C, Candidate
from schedsim.policies.keyed import Keyed, SmallestFirst


class _Seat:
    """What this policy knows of a thread."""

    __slots__ = ("place", "since", "gain", "aged", "sliced", "length", "told")

    def __init__(self) -> None:
        self.place = 0
        """Among its equals; smaller is earlier."""
        self.since: Time = 0
        """When it began to wait."""
        self.gain = 0
        """By how much it is better than its own priority, for having waited."""
        self.aged = False
        """The trace has it as better than its own priority."""
        self.told: int | None = None
        """The priority that the trace has for it, if it ever aged."""
        self.sliced: Time = 0
        """Its ``cpu`` when its slices began to be counted."""
        self.length: Time = 0
        """How long they are."""


class Priority(Keyed[C]):
    """Serves the best priority; equals in the order in which they became runnable.

    As POSIX has it for ``SCHED_FIFO`` and ``SCHED_RR``, a thread that loses its core to a better
    one goes before its equals, and one whose slice is over, or which yields, behind them.
    A thread whose priority nobody has said has priority 0.

    Args:
        preemptive: a better thread takes the core at once, not only when it is free.
        larger_is_higher: 7 is better than 3 (Windows, POSIX), not worse (Silberschatz, Unix nice).
        quantum: equals take turns of this length; 0: they do not.
        aging: a thread's priority gets better by one each time it has waited this long, without
            bound, until it has had a core; 0: it does not.
    """

    def __init__(
        self,
        *,
        preemptive: bool = False,
        larger_is_higher: bool = False,
        quantum: Time = 0,
        aging: Time = 0,
    ) -> None:
        super().__init__()
        if quantum < 0:
            raise ValueError("quantum must be 0 (none) or longer")
        if aging < 0:
            raise ValueError("aging must be 0 (none) or longer")
        self.preemptive = preemptive
        self.larger_is_higher = larger_is_higher
        self.quantum = quantum
        self.sliced_by = "quantum" if quantum else ""
        self.aging = aging
        self.accounts = self.counts_alone = quantum > 0
        self.attends = self.rings = aging > 0
        self._head = self._tail = 0
        self._timers: SmallestFirst[C] = SmallestFirst()

    def level(self, thread: Candidate) -> int:
        """Its present priority, as the file would write it."""
        own = thread.attributes.priority or 0
        gain: int = thread.seat.gain if thread.seat else 0
        return own + gain if self.larger_is_higher else own - gain

    def standing(self, thread: Candidate) -> int:
        """Its present priority, the smaller the better."""
        level = self.level(thread)
        return -level if self.larger_is_higher else level

    def turn(self, thread: C) -> int:
        """By its place among its equals."""
        place: int = thread.seat.place
        return place

    # -- into the run queue and out of it -------------------------------------------------

    def enqueue(self, thread: C, /) -> None:
        """Behind its equals, with a new slice."""
        if thread.seat is None:
            thread.seat = _Seat()
        self._lose_gain(thread)
        thread.seat.sliced, thread.seat.length = thread.cpu, self.quantum
        self._to_the_tail(thread)

    def preempt(self, thread: C, /) -> None:
        """Before its equals, with the rest of its slice; behind them if there is no rest."""
        used = thread.cpu - thread.seat.sliced
        if self.quantum and used and used % thread.seat.length == 0:
            self.enqueue(thread)
            return
        self._lose_gain(thread)
        self._head -= 1
        self._wait(thread, self._head)

    def leave(self, thread: C, /) -> None:
        """What it gained by waiting is lost; the trace hears of it when, and if, it is back."""
        thread.seat.gain = 0

    def pick(self) -> C:
        """The best; what it gained by waiting it keeps while it runs."""
        thread = self._line.take()
        self._stop_timer(thread)
        return thread

    def take(self, thread: C, /) -> None:
        """From wherever it is; it keeps what it gained as if it had been picked."""
        super().take(thread)
        self._stop_timer(thread)

    def restore(self, thread: C, /) -> None:
        """To its old place, with what it had gained."""
        super().restore(thread)
        self._start_timer(thread)

    def remove(self, thread: C, /) -> None:
        """From wherever it is."""
        super().remove(thread)
        self._stop_timer(thread)
        self._lose_gain(thread)

    def time_slice(self, thread: C, /) -> Time:
        """What is left of its turn among equals."""
        if not self.quantum:
            return UNLIMITED
        seat: _Seat = thread.seat
        used: Time = (thread.cpu - seat.sliced) % seat.length
        if not used and seat.length != self.quantum:
            seat.sliced, seat.length = thread.cpu, self.quantum
        return seat.length - used

    def _to_the_tail(self, thread: C) -> None:
        self._tail += 1
        self._wait(thread, self._tail)

    def _wait(self, thread: C, place: int) -> None:
        thread.seat.place = place
        thread.seat.since = self.machine.now
        self._line.put(thread, self.key(thread))
        self._start_timer(thread)

    def heeds(self, said: Attributes, name: str, /) -> bool:  # noqa: ARG002 - the same for all
        """Priorities."""
        return name == "priority"

    def changed(self, thread: C, /) -> None:
        """To where its key says; where it has aged the trace hears what it comes to now."""
        super().changed(thread)
        seat: _Seat | None = thread.seat
        if seat is not None and seat.told is not None and seat.told != self.level(thread):
            self._tell(thread, aged=seat.gain > 0)

    # -- aging ----------------------------------------------------------------------------

    def ring(self, runners: Sequence[C], /) -> None:  # noqa: ARG002 - they do not wait
        """Whoever has waited long enough is better by one."""
        timers, now = self._timers, self.machine.now
        while timers.live and timers.first()[0][0] <= now:
            thread = timers.take()
            thread.seat.gain += 1
            thread.seat.aged = True
            self._tell(thread, aged=True)
            self._line.put(thread, self.key(thread))
            self._start_timer(thread)
        self._set_alarm()
        if self.preemptive:
            self.machine.reconsider()

    def _start_timer(self, thread: C) -> None:
        if self.aging:
            seat: _Seat = thread.seat
            due = seat.since + (seat.gain + 1) * self.aging
            self._timers.put(thread, (due, thread.id))
            self._set_alarm()

    def _stop_timer(self, thread: C) -> None:
        if self.aging:
            self._timers.drop(thread)
            self._set_alarm()

    def _set_alarm(self) -> None:
        self.alarm = self._timers.first()[0][0] if self._timers.live else UNLIMITED

    def _lose_gain(self, thread: C) -> None:
        seat: _Seat = thread.seat
        seat.gain = 0
        if seat.aged:
            seat.aged = False
            self._tell(thread, aged=False)

    def _tell(self, thread: C, *, aged: bool) -> None:
        """Write down its present priority."""
        thread.seat.told = self.level(thread)
        self.machine.set_level(thread, thread.seat.told, aged=aged)
