"""The kernel: gives cores and the GIL to threads, one decision at a time.  The hot module.

How time passes.  Nothing happens between two instants.  At an instant there are, in this order:
threads whose timer is due (``wakes``), cores whose stretch of computing ends (``ends``), and
waits for the GIL that time out (``windows``); each is a dict from the instant to a list, and
``heap`` holds the distinct instants.  So ties are first come first served without a sequence
number, and coinciding events cost one heap operation together (PERF.md section 2).

How a decision is made.  Cores that must decide queue in ``pending``.  :meth:`Engine.run` takes
one and stays with it until it computes, switches or idles: it picks a thread, gets it the GIL,
lets its program go from trap to trap.  While nothing else can happen before the present stretch
of computing ends, the clock just jumps there (*run-ahead*): no heap, no queue.

What is written.  One row a switch, which also tells how the previous thread left: ``fate``,
``pc`` and ``due`` are what is known of the one that has just left this core and is still to be
written.

Slices count only while somebody waits: a thread that runs alone computes to the end in one go, and
whoever comes to wait has its slices counted again (:meth:`Engine._slices_count`).

Two rules keep the run queue honest: it is non-empty only while no core is idle, and a woken
thread that finds an idle core is reserved there (``core.next``), on its old core if it can be
(as ``select_task_rq_fair`` prefers the previous CPU).

The engine knows no event loop, no Python but the GIL (:mod:`schedsim.engine.gil`), and no clock.
It prints nothing.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final, TypeVar

from schedsim.durations import Time
from schedsim.engine.gil import Gil
from schedsim.engine.records import Core, Group, Thread
from schedsim.policies.base import Policy
from schedsim.trace import MOST_CORES, NEVER, OTHER_SHIFT, REASON_SHIFT, Kind, Reason, Trace
from schedsim.traps import (
    CALL,
    COMPUTE,
    EXIT,
    IO,
    JOIN,
    MARK,
    PAUSE,
    SELECT,
    SLEEP,
    SPAWN,
    YIELD,
    Program,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

FOREVER: Final[Time] = 1 << 62

T = TypeVar("T")

# Enum members are looked up once: attribute access on an IntEnum costs more than a decision.
_RUN = int(Kind.RUN)
_SWITCH = int(Kind.SWITCH)
_STARTED = int(Kind.STARTED)
_IDLE = int(Kind.IDLE)
_COMPUTE = int(Kind.COMPUTE)
_QUANTUM = Reason.QUANTUM << REASON_SHIFT
_YIELD = Reason.YIELD << REASON_SHIFT
_GIL = Reason.GIL << REASON_SHIFT
_FORCED_SWITCH = Reason.FORCED_SWITCH << REASON_SHIFT
_WAITS = {
    SLEEP: Reason.SLEEP,
    IO: Reason.IO,
    CALL: Reason.CALL,
    SELECT: Reason.SELECT,
}


class Engine:
    """Runs threads on cores and writes a trace.

    Args:
        trace: where everything is written; its ``cores`` is the number of cores.
        policy: decides who runs next and for how long; owns the run queue.
        switch_cost: what a core pays to run another thread than the last.
    """

    def __init__(self, trace: Trace, policy: Policy[Thread], *, switch_cost: Time = 0) -> None:
        if not 1 <= trace.cores <= MOST_CORES:
            raise ValueError(f"a machine has 1 to {MOST_CORES} cores, not {trace.cores}")
        self.trace = trace
        self.policy = policy
        self.switch_cost = switch_cost
        self.now: Time = 0
        self.stop = FOREVER
        """The number of rows at which :meth:`run` is to pause; loops look at it too."""
        self.cores = [Core(index) for index in range(trace.cores)]
        self.idle = (1 << trace.cores) - 1
        """Bit per core that has nothing to run and nobody reserved."""
        self.threads: list[Thread] = []
        self.pending: deque[Core] = deque()
        """Cores that must decide at this instant; none is in it twice."""
        self.heap: list[Time] = []
        self.wakes: dict[Time, list[Thread]] = {}
        self.ends: dict[Time, list[Core]] = {}
        self.windows: dict[Time, list[tuple[Thread, int]]] = {}
        self.expired: deque[tuple[Thread, int]] = deque()
        """Windows that end now and are still to be looked at."""

    # -- what others ask of it ------------------------------------------------------------

    def spawn(
        self,
        id: int,
        program: Program,
        gil: Gil | None,
        *,
        by: int = 0,
        loop: bool = False,
    ) -> Thread:
        """Let the thread that the trace calls entity ``id`` exist; it arrives as it says there."""
        thread = Thread(id, program, gil, loop=loop)
        self.threads.append(thread)
        arrival = max(self.trace.entities[id].arrival, self.now)
        self.trace.append(self.now, Kind.SPAWN, Reason.ARRIVED, subject=id, other=by, arg=arrival)
        if arrival > self.now:
            self._wake_at(arrival, thread)
        else:
            thread.arrived = True
            self.make_runnable(thread)
        return thread

    def poke(self, thread: Thread) -> None:
        """Wake a thread whose loop waits in its selector (``call_soon_threadsafe``)."""
        if thread.selecting:
            self._wake(thread, Reason.POKED)

    def run(self, until: Time = FOREVER, rows: int = FOREVER) -> None:
        """Let everything happen up to and including the instant ``until``.

        Pauses early once the trace has ``rows`` rows, at the end of the decision that reaches
        them; where it pauses depends on nothing but ``rows``, and going on later changes
        nothing in the trace.
        """
        trace = self.trace
        self.stop = rows
        times = trace.times
        write_time, write_code, write_arg = times.append, trace.codes.append, trace.args.append
        pending, expired, heap = self.pending, self.expired, self.heap
        ends, cost = self.ends, self.switch_cost
        waiting, pick, enqueue = self.policy.waiting, self.policy.pick, self.policy.enqueue
        time_slice = self.policy.time_slice

        while len(times) < rows:
            if pending:
                core = pending.popleft()
            elif expired:
                self._window_over(*expired.popleft())
                continue
            elif heap and heap[0] <= until:
                self._next_instant()
                continue
            else:
                break
            now = self.now
            thread = core.thread
            fate = pc = due = 0
            if core.switching:
                core.switching = False
                core.end = NEVER
                assert thread is not None, "a core switches to somebody"
                core.slice_end = now + time_slice(thread)
                write_time(now)
                write_code(_STARTED | core.bits | thread.as_subject)
                write_arg(0)
            elif core.end != NEVER:
                assert thread is not None, "a core computes for somebody"
                thread.left -= now - core.start
                core.end = NEVER

            while True:
                if thread is None:  # ---------------------------------------------- dispatch
                    thread = core.next
                    if thread is not None:
                        core.next = None
                    elif waiting:
                        thread = pick()
                    else:
                        core.thread = None
                        self.idle |= core.mask
                        write_time(now)
                        write_code(_IDLE | fate | core.bits | pc)
                        write_arg(due)
                        break
                    core.thread = thread
                    thread.core = core
                    write_time(now)
                    write_arg(due)
                    if cost and core.last is not thread:
                        write_code(_SWITCH | fate | core.bits | thread.as_subject | pc)
                        core.last = thread
                        core.switching = True
                        core.end = now + cost
                        self._put(self.ends, core.end, core)
                        break
                    write_code(_RUN | fate | core.bits | thread.as_subject | pc)
                    core.slice_end = now + time_slice(thread)

                gil = thread.gil
                if gil is not None:  # -------------------------------------------------- GIL
                    if gil.holder is not thread:
                        if gil.holder is None:
                            gil.take(self, thread)
                        else:
                            gil.wait(self, thread)
                            fate, pc, due = _GIL, thread.pc_bits, NEVER
                            thread = core.thread = None
                            continue
                    elif gil.requested and thread.left:
                        gil.drop(self, thread)
                        fate, pc, due = _FORCED_SWITCH, thread.pc_bits, NEVER
                        thread = core.thread = None
                        continue

                left = thread.left
                if left > 0:  # ------------------------------------------------------ compute
                    end = now + left
                    if waiting and end > core.slice_end:
                        if core.slice_end <= now:
                            enqueue(thread)
                            fate, pc, due = _QUANTUM, thread.pc_bits, 0
                            thread = core.thread = None
                            continue
                        end = core.slice_end
                    if (
                        not pending
                        and not expired
                        and (not heap or end < heap[0])
                        and end <= until
                        and len(times) < rows
                    ):
                        thread.left = left - (end - now)
                        self.now = now = end
                        continue
                    core.start = now
                    core.end = end
                    cores = ends.get(end)  # _put, without the call
                    if cores is None:
                        ends[end] = [core]
                        heappush(heap, end)
                    else:
                        cores.append(core)
                    break

                if len(times) >= rows:  # ------------------------------- the next operation
                    pending.appendleft(core)
                    break
                trap, argument = thread.resume()
                thread.pc_bits = thread.program.pc << OTHER_SHIFT
                if trap == COMPUTE:
                    thread.left = argument
                    if not thread.loop:
                        write_time(now)
                        write_code(_COMPUTE | thread.as_subject | thread.pc_bits)
                        write_arg(thread.left)
                    continue
                if trap == PAUSE:
                    pending.appendleft(core)
                    break
                if trap == MARK or trap == SPAWN:
                    self._do(thread, trap, argument)
                    continue
                if trap == YIELD:
                    pc, due = thread.pc_bits, 0
                    fate = _YIELD
                    woken = gil is not None and gil.release(self, thread, Reason.YIELD)
                    if waiting:
                        enqueue(thread)
                    elif woken:  # on another core, and takes the GIL before this one is back
                        write_time(now)
                        write_code(_IDLE | fate | core.bits | pc)
                        write_arg(due)
                        core.thread, core.next = None, thread
                        pending.append(core)
                        break
                    else:
                        core.next = thread
                else:
                    if trap == JOIN and not self._joins(thread, argument):
                        continue
                    fate, due = self._leave(thread, trap, argument)
                    pc = thread.pc_bits
                thread = core.thread = None
        self._note_end(until)

    # -- the passage of time --------------------------------------------------------------

    def advance(self, time: Time, rows: int = FOREVER) -> None:
        """Let the clock reach ``time``, doing all that is due before it but nothing at it.

        It stops short of that once the trace has ``rows`` rows.
        """
        if time > self.now:
            self.run(time - 1, rows)
            if len(self.trace) < rows:
                self.now = time
                self.trace.end = max(self.trace.end, time)

    def _note_end(self, until: Time) -> None:
        """Tell the trace how far the run has come: the last row, or ``until`` if there is more."""
        trace = self.trace
        while self.heap and self._is_void(self.heap[0]):
            self._next_instant()  # which nothing comes of: what is left in the heap now is real
        trace.complete = not (self.heap or self.pending or self.expired)
        halted = bool(self.pending or self.expired or (self.heap and self.heap[0] <= until))
        trace.end = max(trace.end, self.now if trace.complete or halted else until)

    def _next_instant(self) -> None:
        """Let the clock jump to the next instant at which something does happen."""
        now = heappop(self.heap)
        # A timer that was cut short by a poke, and a wait for the GIL that is over, left an entry.
        if now in self.wakes:
            for thread in self.wakes.pop(now):
                if thread.due == now:
                    self.now = now
                    self._wake(thread, Reason.TIMER if thread.arrived else Reason.ARRIVED)
        if now in self.ends:
            ended = self.ends.pop(now)
            if ended:
                self.now = now
                self.pending.extend(ended)
        if now in self.windows:
            for wait in self.windows.pop(now):
                if wait[0].window == wait[1]:
                    self.now = now
                    self.expired.append(wait)

    def _is_void(self, instant: Time) -> bool:
        """All that was to happen then has been cut short."""
        return not (
            self.ends.get(instant)
            or any(thread.due == instant for thread in self.wakes.get(instant, ()))
            or any(wait[0].window == wait[1] for wait in self.windows.get(instant, ()))
        )

    def _wake_at(self, time: Time, thread: Thread) -> None:
        thread.due = time
        self._put(self.wakes, time, thread)

    def _put(self, instants: dict[Time, list[T]], time: Time, entry: T) -> None:
        """Let ``entry`` be looked at when the clock reaches ``time``."""
        entries = instants.get(time)
        if entries is None:
            instants[time] = [entry]
            heappush(self.heap, time)
        else:
            entries.append(entry)

    # -- threads --------------------------------------------------------------------------

    def _wake(self, thread: Thread, reason: Reason, by: int = 0) -> None:
        thread.due = NEVER
        thread.arrived = True
        thread.selecting = False
        self.trace.append(self.now, Kind.WAKE, reason, subject=thread.id, other=by)
        self.make_runnable(thread)

    def make_runnable(self, thread: Thread) -> None:
        """Find ``thread`` an idle core, or put it in the run queue.  The row is written."""
        idle = self.idle
        if idle:
            core = thread.core
            if core is None or not idle & core.mask:
                core = self.cores[(idle & -idle).bit_length() - 1]
            self.idle = idle ^ core.mask
            core.next = thread
            self.pending.append(core)
        else:
            if not self.policy.waiting:
                self._slices_count()
            self.policy.enqueue(thread)

    def _slices_count(self) -> None:
        """From now on somebody waits, so the slices of those who run matter again.

        While nobody waits a slice that is spent is followed by another, and a core computes to the
        end in one go; this finds the slices the running threads are in, and ends them in time.
        """
        for core in self.cores:
            thread = core.thread
            if thread is None or core.switching:
                continue
            behind = self.now - core.slice_end
            if behind > 0:
                length = self.policy.time_slice(thread)
                core.slice_end += -(-behind // length) * length
            if core.end > core.slice_end:
                self.ends[core.end].remove(core)
                core.end = core.slice_end
                self._put(self.ends, core.end, core)

    def _leave(self, thread: Thread, trap: int, argument: Any) -> tuple[int, Time]:
        """Block or end ``thread``; say why (shifted) and until when."""
        gil = thread.gil
        if trap == EXIT:
            reason, due = Reason.EXIT, 0
        elif trap == JOIN:
            reason, due = Reason.JOIN, NEVER
        else:
            reason = _WAITS[trap]
            thread.selecting = trap == SELECT
            if trap == SELECT:
                due = NEVER if argument is None else argument
            else:
                due = self.now + argument
            if due != NEVER:
                self._wake_at(due, thread)
        if gil is not None:
            gil.release(self, thread, reason)
        if trap == EXIT:
            thread.ended = True
            for waiter in thread.joiners:
                waiter.joining -= 1
                if not waiter.joining:
                    self._wake(waiter, Reason.JOINED, by=thread.id)
            thread.joiners.clear()
        return reason << REASON_SHIFT, due

    def _joins(self, thread: Thread, group: Any) -> bool:
        """Let ``thread`` wait for the living members of ``group``; False if there are none."""
        members = group.members
        while group.past < len(members) and members[group.past].ended:
            group.past += 1
        living = [m for m in members[group.past :] if not m.ended and m is not thread]
        for member in living:
            member.joiners.append(thread)
        thread.joining = len(living)
        return bool(living)

    def _do(self, thread: Thread, trap: int, argument: Any) -> None:
        """Serve a trap that costs nothing."""
        if trap == MARK:
            self.trace.append(
                self.now, Kind.MARK, subject=thread.id, other=thread.program.pc, arg=argument
            )
        else:
            group: Group = argument
            group.start(thread.id)

    # -- what a GIL asks of it ------------------------------------------------------------

    def look_again(self, time: Time, thread: Thread) -> None:
        """Let the present window of ``thread`` end at ``time``."""
        self._put(self.windows, time, (thread, thread.window))

    def cut_short(self, core: Core) -> None:
        """Let a computing ``core`` decide now."""
        self.ends[core.end].remove(core)
        core.end = self.now
        self.pending.append(core)

    def _window_over(self, thread: Thread, window: int) -> None:
        if thread.gil is not None and thread.window == window:  # else its wait is over
            thread.gil.window_over(self, thread)

    # -- to look at -----------------------------------------------------------------------

    def run_queue(self) -> Sequence[Thread]:
        """All runnable threads: those about to start on a core, then the policy's queue."""
        starting = [core.next for core in self.pending if core.next is not None]
        return [*starting, *self.policy.queue()]
