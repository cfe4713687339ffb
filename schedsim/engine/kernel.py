"""The kernel: gives cores and the GIL to threads, one decision at a time.  The hot module.

How time passes.  Nothing happens between two instants; what is to happen when stands in an
:class:`~schedsim.engine.agenda.Agenda`.  At an instant there are, in this order: the policy's own
alarm, jobs that are late (``deadlines``), threads whose timer is due (``wakes``), cores whose
stretch of computing ends (``ends``), and waits for the GIL that time out (``windows``).
:meth:`Engine.run` serves what is usual, timers only or ends only; :mod:`schedsim.engine.instants`
all the rest.  Where the policy says so (``leavers_first``), those whose stretch ends leave their
cores before anything else happens at that instant, and the cores choose again after everything
else.

How a decision is made.  Cores that must decide queue in ``pending``.  :meth:`Engine.run` takes
one and stays with it until it computes, switches or idles: it picks a thread, gets it the GIL,
lets its program go from trap to trap.  While nothing else can happen before the present stretch
of computing ends, the clock just jumps there (*run-ahead*): no heap, no queue.  And while nothing
happens but that equal turns end, with somebody waiting for each core, they are taken one after the
other without asking anything else (:mod:`schedsim.engine.turns`).

Who gets a core.  Whoever becomes runnable joins a run queue.  When all who do so at one instant
have joined, idle cores take from it (``unsettled``), each thread on its old core if it can; and
once no core has anything left to decide, those who wait may take the core of somebody worse
(``contested``), if the policy preempts.  So a run queue is non-empty only while no core that
could serve it is idle.

What is written.  One row a switch, which also tells how the previous thread left: ``fate``,
``pc`` and ``due`` are what is known of the one that has just left this core and is still to be
written.

Slices count only while somebody waits: a thread that runs alone computes to the end in one go, and
whoever comes to wait has its slices counted again (:mod:`schedsim.engine.slices`), unless the
policy keeps accounts that need every slice (``counts_alone``).

Where threads come from outside in great number, each is made when it comes
(:mod:`schedsim.engine.visitors`): its source stands among the timers, and ``wants`` visitors.  So
does a message that is on its way (:mod:`schedsim.engine.deliveries`).

The engine knows no event loop, no Python but the GIL (:mod:`schedsim.engine.gil`), and no clock.
What cores do for each other is in :mod:`schedsim.engine.balance`, their caches and speeds in
:mod:`schedsim.engine.pace`, C calls in :mod:`schedsim.engine.c_calls`, how threads block and end in
:mod:`schedsim.engine.leaving`.  It prints nothing.
"""

from __future__ import annotations

import random
from collections import deque
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from schedsim.durations import Time
from schedsim.engine import affinity, alarms, c_calls, hotplug, periodic, slices
from schedsim.engine.agenda import FOREVER, Agenda
from schedsim.engine.balance import ONE_QUEUE, Balance
from schedsim.engine.contest import contest
from schedsim.engine.deliveries import Delivery
from schedsim.engine.gil import Gil
from schedsim.engine.instants import have_left, let_leave, next_instant, note_end
from schedsim.engine.leaving import joins, leave, tell_joiners
from schedsim.engine.lock import Lock, retake
from schedsim.engine.pace import EVEN, Pace
from schedsim.engine.records import Core, Group, Shared, Sharing, Thread
from schedsim.engine.tolls import FREE, Tolls
from schedsim.engine.turns import take_turns
from schedsim.engine.visitors import VISITORS, Source, Visit
from schedsim.policies.base import Policy
from schedsim.trace import (
    MOST_CORES,
    NEVER,
    OTHER_SHIFT,
    REASON_SHIFT,
    Entity,
    Kind,
    Reason,
    Trace,
)
from schedsim.traps import (
    ACQUIRE,
    COMPUTE,
    EXIT,
    HOLD,
    JOIN,
    MARK,
    NATIVE,
    PAUSE,
    PERIOD,
    RELEASE,
    SPAWN,
    YIELD,
    Program,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# Enum members are looked up once: attribute access on an IntEnum costs more than a decision.
_RUN = int(Kind.RUN)
_SWITCH = int(Kind.SWITCH)
_STARTED = int(Kind.STARTED)
_IDLE = int(Kind.IDLE)
_COMPUTE = int(Kind.COMPUTE)
_WAKE = int(Kind.WAKE)
_WAKE_ARRIVED = _WAKE | Reason.ARRIVED << REASON_SHIFT
_WAKE_RELEASED = _WAKE | Reason.RELEASED << REASON_SHIFT
_WAKE_TIMER = _WAKE | Reason.TIMER << REASON_SHIFT
_SPAWN = Kind.SPAWN | Reason.ARRIVED << REASON_SHIFT
_QUANTUM = Reason.QUANTUM << REASON_SHIFT
_THROTTLED = Reason.THROTTLED << REASON_SHIFT
_YIELD = Reason.YIELD << REASON_SHIFT
_EXIT = Reason.EXIT << REASON_SHIFT
_PERIOD = Reason.PERIOD << REASON_SHIFT
_GIL = Reason.GIL << REASON_SHIFT
PREEMPTED = Reason.PREEMPTED << REASON_SHIFT


class Engine:
    """Runs threads on cores and writes a trace.

    Args:
        trace: where everything is written; its ``cores`` is the number of cores.
        policy: makes a policy, which decides who runs next and for how long and owns a run queue;
            called once, or for each core if they have queues of their own.
        tolls: what a core pays before a thread runs on it.
        balance: what cores do for each other.
        pace: how fast cores work.
        seed: of the one source of random numbers, for policies that draw lots.
    """

    __slots__ = (
        "actor",
        "agenda",
        "balance",
        "contested",
        "cores",
        "expired",
        "idle",
        "leaving",
        "levels",
        "make_policy",
        "midway",
        "now",
        "online",
        "pace",
        "pending",
        "pinned",
        "policy",
        "queues",
        "random",
        "sharing",
        "stop",
        "threads",
        "tolls",
        "trace",
        "unsettled",
        "wake_latency",
        "__weakref__",
    )

    def __init__(
        self,
        trace: Trace,
        policy: Callable[[], Policy[Thread]],
        *,
        tolls: Tolls = FREE,
        balance: Balance = ONE_QUEUE,
        pace: Pace = EVEN,
        seed: int = 0,
    ) -> None:
        if not 1 <= trace.cores <= MOST_CORES:
            raise ValueError(f"a machine has 1 to {MOST_CORES} cores, not {trace.cores}")
        self.trace = trace
        self.tolls = tolls
        self.wake_latency = tolls.wake
        self.balance = balance
        self.pace = pace
        self.random = random.Random(seed)
        self.now: Time = 0
        self.stop = FOREVER
        """The number of rows at which :meth:`run` is to pause; loops look at it too."""
        self.online = 0
        """How many cores there are now: the first so many of :attr:`cores`."""
        self.idle = 0
        """Bit per core that has nothing to run and nobody reserved."""
        self.make_policy = policy
        self.queues: list[Policy[Thread]] = []
        self.cores: list[Core] = []
        self.levels: dict[int, int] = {}
        """Where the policy has put each thread, if it has levels."""
        self.threads: dict[int, Thread] = {}
        """By entity; without visitors who have ended."""
        self.sharing = Sharing()  # one attribute: with more than 30 all of them become slower
        self.pinned = False
        """Some thread may not run on every core."""
        self.pending: deque[Core] = deque()
        """Cores that must decide at this instant; none is in it twice."""
        self.unsettled = False
        """Somebody became runnable, and idle cores have not looked yet."""
        self.contested = False
        """Somebody who waits may take the core of somebody who runs."""
        self.midway = False
        """The run has paused in the middle of the decision of the first core in ``pending``."""
        self.actor: Thread | None = None
        """Who makes others runnable just now."""
        self.leaving: list[Core] | None = None
        """While those who leave at this instant do so: the cores they have left."""
        self.agenda = Agenda()
        self.expired: deque[tuple[Thread, int]] = deque()
        """Windows that end now and are still to be looked at."""
        hotplug.set_cores(self, trace.cores)
        self.policy = self.queues[0]
        """The policy; where cores have queues of their own, that of the first."""
        if self.policy.full_quantum and self.pace.even:
            self.pace = Pace(trace)

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
        """Let the thread that the trace calls entity ``id`` exist, as it is described there."""
        entity = self.trace.entities[id]
        if gil is not None and not gil.on:
            gil = None
        thread = self.threads[id] = Thread(id, program, gil, entity.attributes, loop=loop)
        if loop:
            self.sharing.loops[id] = thread
        now, arrival = self.now, entity.arrival
        if arrival < now:  # noqa: PLR1730 - a call would cost as much as a row
            arrival = now
        self._place(thread, entity, arrival)
        trace = self.trace
        trace.times.append(now)
        trace.codes.append(_SPAWN | thread.as_subject | by << OTHER_SHIFT)
        trace.args.append(arrival)
        if arrival > now:
            self.wake_at(arrival, thread)
        else:
            self._arrive(thread)
            self.make_runnable(thread)
        return thread

    def receive(self, like: Entity, visits: Iterable[Visit]) -> None:
        """Let threads come from outside: see :class:`schedsim.engine.visitors.Source`.

        Each is traced as one that is entered and spawned at the moment at which it comes, needs no
        GIL, and is forgotten when it has ended: nobody may wait for that.
        """
        source = Source(self.trace, like, visits)
        self.sharing.sources.append(source)
        source.wait(self)

    def _admit(self, source: Source) -> None:
        """Let those be spawned whom ``source`` sends now."""
        trace = self.trace
        for more in (line := [source]):
            thread = more.send(self, line)
            self._place(thread, source.like, self.now)
            trace.append(self.now, Kind.SPAWN, Reason.ARRIVED, subject=thread.id, arg=self.now)
            self._arrive(thread)
            self.make_runnable(thread)

    def _place(self, thread: Thread, entity: Entity, arrival: Time) -> None:
        """Let it be known where ``thread`` may run, how fast, and when its first job begins."""
        if entity.affinity:
            thread.affinity = sum(1 << core for core in entity.affinity)
            if not self.pinned:
                self.pinned = True
                affinity.respect(self)
        if self.pace.grain != 1:
            thread.grain = self.pace.grain
        if thread.attributes.period:
            thread.offset = arrival

    def coin(self) -> bool:
        """Toss a coin, for loops that leave something to chance."""
        return self.random.random() < 0.5  # noqa: PLR2004 - heads or tails

    @property
    def shared(self) -> list[Shared]:
        """What threads share, as far as it has a number."""
        return self.sharing.resources

    @property
    def queued(self) -> dict[Thread, int]:
        """Those who wait for something that has a number, in the order in which they began."""
        return self.sharing.queued

    def lock(self, number: int, *, inheritance: bool = False, quiet: bool = False) -> Lock:
        """Make a lock: see :class:`schedsim.engine.lock.Lock`."""
        lock = Lock(number, inheritance=inheritance, quiet=quiet)
        if not quiet:
            self.shared.append(lock)
        return lock

    def poke(self, thread: Thread, by: int = 0) -> None:
        """Wake a thread whose loop waits in its selector (``call_soon_threadsafe``)."""
        if thread.selecting:
            self.wake(thread, Reason.POKED, by)

    def poke_loop(self, thread: int, by: int) -> None:
        """Wake the loop in thread ``thread`` likewise, on behalf of entity ``by``."""
        self.poke(self.sharing.loops[thread], by)

    def deliver(
        self, moment: Time, awaited: Callable[[], bool], arrive: Callable[[], object]
    ) -> None:
        """Let something arrive then: see :class:`~schedsim.engine.deliveries.Delivery`."""
        self.agenda.put(self.agenda.wakes, moment, Delivery(moment, awaited, arrive))

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
        pending, expired, agenda = self.pending, self.expired, self.agenda
        heap, ends = agenda.heap, agenda.ends
        policy = self.policy
        tolls = self.tolls or None
        uneven = not self.pace.even
        plain = not (uneven or policy.accounts)
        alone = policy.counts_alone
        line = policy.waiting  # true while anybody is in it
        attends, aligned = policy.attends, policy.aligned
        rings = policy.rings or self.balance.rings
        pulls = self.balance.pulls
        takes_over = policy.preemptive
        takes_off = takes_over or policy.rings
        local = policy.keeps_local  # a core is quicker than thieves to take what it left itself

        sliced, enqueue = policy.sliced, policy.enqueue
        direct = policy.direct and not sliced
        aborts = policy.abort_on_miss
        alone_in_line = len(self.queues) == 1  # it is the run queue of all cores
        leavers_first = policy.leavers_first
        jumps = not rings and not aligned
        wakes, windows, deadlines = agenda.wakes, agenda.windows, agenda.deadlines
        turns_only = plain and tolls is None and not (self.pinned or rings)
        quantum = policy.equal_turns if turns_only else 0
        # Whoever wakes joins the one run queue, and nobody looks on.
        simply = not (self.balance.per_core or self.wake_latency or policy.watches)
        simply = simply and not policy.resizes
        midway = self.midway
        if len(times) < rows:
            self.midway = False

        bounded = rows < FOREVER  # else nobody need count

        while not bounded or len(times) < rows:
            if self.unsettled and not midway:
                self.settle()
            midway = False
            if pending:
                core = pending.popleft()
            elif self.leaving is not None:
                have_left(self)
                continue
            elif self.contested:
                if alone_in_line and not line:
                    self.contested = False
                else:
                    contest(self)
                continue
            elif expired:
                self._window_over(*expired.popleft())
                continue
            elif (heap and heap[0] <= until) or (
                rings and (heap or alarms.held(self)) and alarms.next_alarm(self) <= until
            ):
                if quantum and not (self.idle or self.unsettled):
                    before = len(times)
                    take_turns(self, quantum, until, rows)
                    if pending or len(times) > before:
                        continue
                if not jumps:
                    next_instant(self, rings=rings)
                    continue
                instant = heap[0]
                ended, sleepers = ends.get(instant), wakes.get(instant)
                if (
                    (ended and sleepers)
                    or (windows and instant in windows)
                    or (deadlines and instant in deadlines)
                ):
                    next_instant(self, rings=False)
                    continue
                # The clock jumps to where only stretches end, or only timers are due.
                heappop(heap)
                if sleepers is not None:
                    del wakes[instant]
                    straight = direct and len(sleepers) == 1
                    for one in sleepers:
                        if one.due is not instant and one.due != instant:
                            continue  # it was cut short by a poke
                        self.now = instant
                        wants = one.wants
                        if wants is VISITORS and simply:
                            sleeper: Thread = one.send(self, sleepers)
                            write_time(instant)
                            write_code(_SPAWN | sleeper.as_subject)
                            write_arg(instant)
                        elif wants is not None or not simply:
                            self.wake_up(one)
                            continue
                        else:  # the same as that, without the calls
                            sleeper = one
                            if sleeper.releasing:
                                sleeper.releasing = False
                                if aborts:
                                    periodic.begin_job(self, sleeper, instant)
                                else:
                                    said = sleeper.attributes
                                    sleeper.arrived_at = instant
                                    sleeper.deadline = instant + (said.deadline or said.period or 0)
                                code = _WAKE_RELEASED
                            elif sleeper.arrived:
                                sleeper.selecting = False
                                code = _WAKE_TIMER
                            else:
                                self._arrive(sleeper)
                                code = _WAKE_ARRIVED
                            sleeper.due = NEVER
                            write_time(instant)
                            write_code(code | sleeper.as_subject)
                            write_arg(0)
                        sleeper.queue = policy
                        idle = self.idle
                        if idle:
                            if straight and not line:
                                idle &= sleeper.affinity
                                if idle:  # it need not queue: there is a core for it
                                    home = sleeper.core
                                    if home is None or not idle & home.mask:
                                        home = self.cores[(idle & -idle).bit_length() - 1]
                                    self.idle ^= home.mask
                                    home.next = sleeper
                                    pending.append(home)
                                    continue
                            self.unsettled = True
                        elif sliced and not line:
                            slices.count(self, policy)
                        enqueue(sleeper)
                        if takes_over:
                            self.contested = True
                    if self.unsettled:
                        self.settle()
                if ended is None:
                    continue
                del ends[instant]
                if not ended:
                    continue
                self.now = instant
                if len(ended) > 1:
                    if leavers_first:
                        let_leave(self, ended)
                    else:
                        pending.extend(ended)
                    continue
                core = ended[0]
            else:
                break
            now = self.now
            thread = core.thread
            fate = pc = due = 0
            was: Thread | None = None  # whose slice is over; it may well go on
            if thread is None:
                if core.fate:
                    fate, pc, was = core.fate, core.pc_bits, core.was
                    core.fate, core.was = 0, None
            elif core.switching:
                core.switching = False
                core.end = NEVER
                core.slice_start = now
                core.slice_end = now + core.time_slice(thread)
                self.contested = policy.preemptive
                write_time(now)
                write_code(_STARTED | core.bits | thread.as_subject)
                write_arg(0)
            elif core.end != NEVER:
                if plain:
                    thread.left -= now - core.start
                else:
                    self.pace.account(core, now)
                core.end = NEVER

            while True:
                if thread is None:  # ---------------------------------------------- dispatch
                    if leavers_first and self.leaving is not None:
                        core.thread = None
                        self.leaving.append(core)
                        write_time(now)
                        write_code(_IDLE | fate | core.bits | pc)
                        write_arg(due)
                        break
                    if self.unsettled and not (local and core.waiting):
                        if pulls and fate:  # written before another core can take it over
                            write_time(now)
                            write_code(_IDLE | fate | core.bits | pc)
                            write_arg(due)
                            fate = pc = due = 0
                            was = None
                        self.settle()
                    thread = core.next
                    if thread is not None:
                        core.next = None
                    elif core.waiting:
                        pick = core.pick
                        thread = pick()
                    if thread is None:
                        if pulls and self.balance.pull(self, core):
                            continue
                        core.thread = None
                        self.idle |= core.mask
                        write_time(now)
                        write_code(_IDLE | fate | core.bits | pc)
                        write_arg(due)
                        break
                    if takes_off:
                        home = thread.core
                        if home is not core and home is not None and home.was is thread:
                            self.write_off(home)  # it was taken off there just now
                    core.thread = thread
                    core.slice_start = now
                    if was is not None:
                        stays, was = thread is was, None
                        if stays:  # its slice is over, but it is still the one to run
                            fate = pc = 0
                            core.slice_end = now + core.time_slice(thread)
                            continue
                    write_time(now)
                    write_arg(due)
                    if tolls is not None and (core.last is not thread or thread.woken):
                        toll = tolls.due(self.random, core, thread, idle=not fate)
                        core.last = thread
                        if toll:
                            thread.core = core
                            write_code(_SWITCH | fate | core.bits | thread.as_subject | pc)
                            core.switching = True
                            core.end = now + toll
                            agenda.put(ends, core.end, core)
                            break
                    thread.core = core
                    write_code(_RUN | fate | core.bits | thread.as_subject | pc)
                    core.slice_end = now + core.time_slice(thread) if sliced else FOREVER

                gil = thread.gil
                if gil is not None:  # -------------------------------------------------- GIL
                    if gil.holder is not thread:
                        if thread.retry is not None and not retake(self, thread):
                            if attends:
                                core.queue.leave(thread)
                            fate, due = thread.retry.reason << REASON_SHIFT, thread.retry.number
                            pc = thread.pc_bits
                            thread = core.thread = None
                            continue
                        if gil.holder is None:
                            gil.take(self, thread)
                        else:
                            gil.wait(self, thread)
                            if attends:
                                core.queue.leave(thread)
                            fate, pc, due = _GIL, thread.pc_bits, NEVER
                            thread = core.thread = None
                            continue
                    elif gil.requested and gil.looks(self, thread):
                        if attends:
                            core.queue.leave(thread)
                        fate, pc, due = gil.drop(self, thread), thread.pc_bits, NEVER
                        thread = core.thread = None
                        continue

                left = thread.left
                if left > 0:  # ------------------------------------------------------ compute
                    end = self.pace.end(core, now) if uneven else now + left
                    if end > core.slice_end and (alone or core.waiting):
                        if core.slice_end <= now:
                            if not core.waiting and not aligned:
                                steady = not (uneven or pending or expired or self.unsettled)
                                slices.renew(self, core, until if steady else now)
                                continue
                            if self.unsettled:
                                self.settle()
                            core.expire(thread)
                            if self.idle:
                                self.unsettled = True  # somebody may take it over
                            fate, pc, due = _QUANTUM, thread.pc_bits, 0
                            filled = core.queue.filled_again(thread) if alone else None
                            if filled is not None:
                                fate, due = _THROTTLED, filled
                            was = thread
                            thread = core.thread = None
                            continue
                        end = core.slice_end
                    if (
                        not pending
                        and not aligned
                        and not expired
                        and (not heap or end < heap[0])
                        and end <= until
                        and len(times) < rows
                        and not self.unsettled
                        and not self.contested
                        and self.leaving is None
                        and (not rings or end < alarms.next_alarm(self, end))
                    ):
                        if plain:
                            thread.left = left - (end - now)
                        else:
                            core.start = now
                            self.pace.account(core, end)
                        self.now = now = end
                        continue
                    core.start = now
                    core.end = end
                    cores = ends.get(end)  # put, without the call
                    if cores is None:
                        ends[end] = [core]
                        heappush(heap, end)
                    else:
                        cores.append(core)
                    break

                if bounded and len(times) >= rows:  # ------------------- the next operation
                    pending.appendleft(core)
                    self.midway = True
                    break
                resume = thread.resume  # to call what a slot holds at once is slower
                trap, argument = resume()
                place = thread.pc_bits = thread.program.pc << OTHER_SHIFT
                if trap == COMPUTE:
                    thread.left = argument * self.pace.grain if uneven else argument
                    if not thread.loop:
                        write_time(now)
                        write_code(_COMPUTE | thread.as_subject | place)
                        write_arg(argument)
                    continue
                if trap == EXIT and gil is None:
                    if attends:
                        core.queue.leave(thread)
                    thread.ended = True
                    if not thread.stays:
                        del self.threads[thread.id]
                    elif thread.joiners:
                        self.actor = thread
                        tell_joiners(self, thread)
                        self.actor = None
                    fate = _EXIT if argument is None else argument << REASON_SHIFT
                    pc, due = place, 0
                    thread = core.thread = None
                    continue
                if trap == PERIOD and gil is None:
                    due = thread.arrived_at + (thread.attributes.period or 0)
                    if due > now:  # its next job: as in leave, without the calls
                        if attends:
                            core.queue.leave(thread)
                        thread.number += 1
                        thread.releasing = True
                        thread.due = due
                        sleepers = wakes.get(due)
                        if sleepers is None:
                            wakes[due] = [thread]
                            heappush(heap, due)
                        else:
                            sleepers.append(thread)
                        fate, pc = _PERIOD, place
                        thread = core.thread = None
                        continue
                if trap == PAUSE:
                    pending.appendleft(core)
                    self.midway = True
                    break
                if trap == MARK or trap == SPAWN or trap == RELEASE:
                    self._do(thread, trap, argument)
                    continue
                if trap == YIELD:
                    pc, due = thread.pc_bits, 0
                    fate = _YIELD
                    woken = gil is not None and gil.release(self, thread, Reason.YIELD)
                    if self.unsettled:
                        self.settle()
                    has_budget = alone and core.queue.filled_again(thread) is not None
                    if core.waiting or self.leaving is not None or has_budget:
                        core.queue.give_way(thread)
                        if self.idle:
                            self.unsettled = True
                    elif woken:  # on another core, and takes the GIL before this one is back
                        write_time(now)
                        write_code(_IDLE | fate | core.bits | pc)
                        write_arg(due)
                        core.thread, core.next = None, thread
                        pending.append(core)
                        break
                    else:
                        core.next = thread
                elif trap == PERIOD and periodic.next_job(self, thread):
                    if not policy.preemptive:
                        continue
                    core.queue.leave(thread)
                    core.queue.enqueue(thread)
                    fate, pc, due = PREEMPTED, thread.pc_bits, 0
                    filled = core.queue.filled_again(thread) if alone else None
                    if filled is not None and filled > now:
                        fate, due = _THROTTLED, filled
                    was = thread
                elif trap == HOLD or trap == NATIVE:
                    c_calls.begin(self, thread, trap, argument)
                    continue
                else:
                    if (trap == JOIN and not joins(thread, argument)) or (
                        trap == ACQUIRE and argument.take(self, thread)
                    ):
                        continue
                    if attends:
                        core.queue.leave(thread)
                    fate, due = leave(self, thread, trap, argument)
                    pc = thread.pc_bits
                thread = core.thread = None
        note_end(self, until)

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

    def wake_at(self, time: Time, thread: Thread) -> None:
        """Let what ``thread`` waits for be due at ``time``."""
        thread.due = time
        self.agenda.put(self.agenda.wakes, time, thread)

    # -- who gets a core ------------------------------------------------------------------

    def make_runnable(self, thread: Thread) -> None:
        """Put ``thread`` in a run queue, or in the way of an idle core.  The row is written."""
        queue = self.policy
        if self.balance.per_core:
            queue = self.balance.place(self, thread)
        thread.queue = queue
        if self.wake_latency:
            thread.woken, thread.prompt = not thread.prompt, False
        if self.idle:
            self.unsettled = True
        elif queue.sliced and not queue.waiting:
            slices.count(self, queue)
        if queue.watches:
            self.runners(queue)
        queue.enqueue(thread)
        if queue.preemptive:
            self.contested = True
        if queue.resizes:
            slices.resize(self, queue)

    def settle(self) -> None:
        """Let idle cores take from the run queues, each thread on its old core if it can."""
        if self.leaving is not None:
            return  # not before all who leave at this instant have done so
        self.unsettled = False
        queue = self.policy
        if self.balance.per_core or queue.aligned:
            self.balance.settle(self)
        else:
            passed = []
            line, pick = queue.waiting, queue.pick
            idle = self.idle
            while idle and line:
                thread = pick()
                allowed = idle & thread.affinity
                core = thread.core
                if not allowed:
                    passed.append(thread)
                    continue
                if core is None or not allowed & core.mask:
                    core = self.cores[(allowed & -allowed).bit_length() - 1]
                idle ^= core.mask  # reserve, without the call
                core.next = thread
                self.pending.append(core)
            self.idle = idle
            for thread in reversed(passed):
                queue.restore(thread)
        if queue.sliced:  # they are all of one kind
            for queue in self.queues:
                if queue.waiting:
                    slices.count(self, queue)

    def reserve(self, core: Core, thread: Thread) -> None:
        """Let ``thread``, which has been picked, start on idle ``core``."""
        self.idle &= ~core.mask
        core.next = thread
        self.pending.append(core)

    def runners(self, queue: Policy[Thread]) -> list[Core]:
        """The cores that compute for threads of ``queue``, with their accounts brought up to now.

        A core that pays for a context switch is not among them: nothing is decided meanwhile.
        """
        found = []
        for core in self.cores:
            if core.queue is queue and core.thread is not None and not core.switching:
                if core.end != NEVER:
                    self.pace.account(core, self.now)
                    core.start = self.now
                found.append(core)
        return found

    def take_off(self, core: Core, fate: int = PREEMPTED) -> None:
        """Let the thread on ``core`` leave it; its row is written when the core decides."""
        runner = core.thread
        assert runner is not None, "it runs somebody"
        cores = self.agenda.ends.get(core.end)
        if cores is not None and core in cores:
            cores.remove(core)
            self.pending.append(core)
        core.end = NEVER
        core.switching = False
        core.thread = None
        core.was, core.fate, core.pc_bits = runner, fate, runner.pc_bits

    def write_off(self, core: Core) -> None:
        """Write how the thread that was taken off ``core`` left, before anybody else has it."""
        self.trace.times.append(self.now)
        self.trace.codes.append(_IDLE | core.fate | core.bits | core.pc_bits)
        self.trace.args.append(0)
        core.fate, core.was = 0, None

    # -- threads --------------------------------------------------------------------------

    def wake_up(self, thread: Thread | Source | Delivery) -> None:
        """What ``thread`` waited for is due."""
        if not isinstance(thread, Thread):
            if isinstance(thread, Source):
                self._admit(thread)
            else:
                thread.arrive()
        elif not thread.arrived:
            self._arrive(thread)
            self.wake(thread, Reason.ARRIVED)
        elif thread.releasing:
            thread.releasing = False
            periodic.begin_job(self, thread, self.now)
            self.wake(thread, Reason.RELEASED)
        elif thread.wants is not None:
            thread.wants.give_up(self, thread)
            self.wake(thread, Reason.TIMEOUT)
        else:
            self.wake(thread, Reason.TIMER)

    def wake(self, thread: Thread, reason: Reason, by: int = 0) -> None:
        """Let ``thread`` be runnable, for ``reason``, on behalf of entity ``by``."""
        thread.due = NEVER
        thread.selecting = False
        trace = self.trace
        trace.times.append(self.now)
        trace.codes.append(_WAKE | reason << REASON_SHIFT | thread.as_subject | by << OTHER_SHIFT)
        trace.args.append(0)
        self.make_runnable(thread)

    def _arrive(self, thread: Thread) -> None:
        thread.arrived = True
        thread.arrived_at = self.now
        if thread.attributes.period:
            periodic.begin_job(self, thread, self.now)
        elif thread.deadline is not None and self.policy.abort_on_miss:
            self.give_up_at(max(thread.deadline, self.now), thread)

    def _do(self, thread: Thread, trap: int, argument: Any) -> None:
        """Serve a trap that costs nothing."""
        self.actor = thread
        if trap == MARK:
            self.trace.append(
                self.now, Kind.MARK, subject=thread.id, other=thread.program.pc, arg=argument
            )
        elif trap == RELEASE:
            argument.let_go(self, thread)
        else:
            group: Group = argument
            group.start(thread.id)
        self.actor = None

    def set_cores(self, total: int) -> None:
        """Let there be ``total`` cores from now on.  Who ran on one that is gone waits again."""
        hotplug.set_cores(self, total)

    # -- what a GIL, a lock and a policy ask of it ----------------------------------------

    def look_again(self, time: Time, thread: Thread) -> None:
        """Let the present window of ``thread`` end at ``time``."""
        self.agenda.put(self.agenda.windows, time, (thread, thread.window))

    def give_up_at(self, time: Time, thread: Thread) -> None:
        """Let the present job of ``thread`` be given up at ``time``, if it is not done by then."""
        self.agenda.put(self.agenda.deadlines, time, (thread, thread.number))

    def cut_short(self, core: Core) -> None:
        """Let a computing ``core`` decide now."""
        self.agenda.ends[core.end].remove(core)
        core.end = self.now
        self.pending.append(core)

    def _window_over(self, thread: Thread, window: int) -> None:
        if thread.gil is not None and thread.window == window:  # else its wait is over
            thread.gil.window_over(self, thread)

    # -- to look at -----------------------------------------------------------------------

    def run_queue(self) -> Sequence[Thread]:
        """All runnable threads: those about to start on a core, then the policies' queues."""
        starting = [
            core.next for core in (*self.pending, *(self.leaving or ())) if core.next is not None
        ]
        return [*starting, *(thread for queue in self.queues for thread in queue.queue())]
