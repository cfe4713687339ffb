"""The trace: the append-only record of everything that happened in a run.

A row is one thing that happened at one instant, with its reason.  Rows live in three ``int64``
columns (24 bytes a row): the time, a packed code and an argument.  The code packs, from the
lowest bit::

    kind 6 | reason 6 | core 9 | subject 21 | other 21

*core* is the core's number plus one (0: no core is concerned).  *subject* and *other* are entity
numbers; 0 is nobody.  In the rows that take somebody off a core or out of a loop's hand
(:data:`TAKES_OFF_CORE`, :data:`TAKES_FROM_LOOP`) one row tells both sides: the subject comes in,
and *reason*, *other* (the place in its program) and *arg* (the moment until which it waits) tell
how its predecessor left.  Who that was, the state knows.

What a row does to the state is in :mod:`schedsim.state`; what it means to a person is above.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from schedsim.attributes import ORDINARY, Attributes
from schedsim.durations import Time
from schedsim.entities import Table

REASON_SHIFT: Final = 6
CORE_SHIFT: Final = 12
SUBJECT_SHIFT: Final = 21
OTHER_SHIFT: Final = 42
MOST_CORES: Final = (1 << (SUBJECT_SHIFT - CORE_SHIFT)) - 2
MOST_ENTITIES: Final = (1 << (OTHER_SHIFT - SUBJECT_SHIFT)) - 1
KIND_MASK: Final = 63
"""Of a kind, or of a reason once it is shifted down."""
CORE_MASK: Final = (1 << (SUBJECT_SHIFT - CORE_SHIFT)) - 1
ENTITY_MASK: Final = MOST_ENTITIES

NEVER: Final = -1
"""In the argument of a row: no moment is known."""


class Kind(IntEnum):
    """What happened."""

    SPAWN = 1
    """*subject* exists from now on; *other* started it; it arrives at *arg*."""
    WAKE = 2
    """Thread *subject* becomes runnable; *other* is whoever caused it."""
    RUN = 3
    """*core* is given to thread *subject*."""
    SWITCH = 4
    """*core* begins the context switch to thread *subject*."""
    STARTED = 5
    """The context switch on *core* is paid: *subject* runs."""
    IDLE = 6
    """*core* has nobody to run."""
    COMPUTE = 7
    """*subject* begins to compute for *arg*; *other* is the place in its program.

    With reason ``CALL`` a task begins a blocking call that takes *arg*: it keeps its loop.
    With ``HOLD`` or ``NATIVE`` it computes in a C call, which keeps the GIL or lets go of it.
    """
    MARK = 8
    """*subject* logs label number *arg*; *other* is the place in its program."""
    GIL_TAKE = 9
    """Thread *subject* takes its GIL; *other* is the dropper that may now go on."""
    GIL_RELEASE = 10
    """Thread *subject* lets go of its GIL; *other* is the waiter this wakes."""
    GIL_REQUEST = 11
    """Waiter *subject* asks holder *other* to drop the GIL, and waits on at the tail."""
    GIL_TIMEOUT = 12
    """Waiter *subject* waited an interval in which the GIL changed hands; waits on at the tail."""
    TASK_RUN = 13
    """The loop of *subject* starts or resumes it."""
    LOOP_PASS = 14
    """The loop in thread *subject* begins its next pass over what is ready."""
    LOOP_WAIT = 15
    """The loop in thread *subject* finds nothing ready."""
    TASK_READY = 16
    """Task *subject* joins its loop's ready queue; *other* is whoever caused it."""
    COMMAND = 17
    """The user did something; *reason* says what, to *subject*, with *arg*."""
    TASK_LEFT = 18
    """The task that the loop in thread *subject* had in hand has left."""
    LEVEL = 19
    """The policy puts thread *subject* at level *arg*; without a subject, everybody."""
    NEXT_JOB = 20
    """Periodic thread *subject* is done with a job and goes on at once with the next, number
    *other*, which has been released meanwhile, at *arg*."""
    ABORT = 21
    """Job number *other* of *subject* is given up at its deadline.

    A thread that was in a run queue then waits for the next release, at *arg*; of any other
    *arg* is ``NEVER``, and it does so as soon as it runs again."""
    MOVE = 22
    """Runnable thread *subject* moves to the run queue of *core*."""
    LOCK = 23
    """*subject* takes lock number *other*."""
    UNLOCK = 24
    """*subject* lets go of lock number *arg*; *other* is the waiter this wakes."""
    WARM = 25
    """What thread *subject* works on is in the cache of *core* from now on."""
    EVICT = 26
    """It is no longer."""
    RESOURCE = 27
    """*subject* changes resource number *other*, whose value is *arg* from now on: how many a
    semaphore has left or a queue holds, 1 for an event that is set, 0 for one that is not."""
    CANCEL = 28
    """*other* asks task *subject* to end; it learns of it when it runs next.

    With reason ``CANCELLED`` it had not begun to run, and never does: that was its end."""
    REVERSED = 29
    """The loop in thread *subject* takes what is ready in reverse order."""
    KILL = 30
    """Thread or task *subject* ends where it is, because its process was killed.

    Of a thread that is on a core, or a task in its loop's hand, the row that takes it from there
    says so, with reason ``KILLED``."""


TAKES_OFF_CORE: Final = frozenset({Kind.RUN, Kind.SWITCH, Kind.IDLE})
"""Rows that say how the thread that was on *core* left it."""
TAKES_FROM_LOOP: Final = frozenset({Kind.TASK_RUN, Kind.TASK_LEFT, Kind.LOOP_PASS, Kind.LOOP_WAIT})
"""Rows that say how the task that a loop had in hand left it."""


class Reason(IntEnum):
    """Why it happened, or, in a row with two sides, why the one before left."""

    NONE = 0
    """Nobody left: the core or the loop had nobody in hand."""
    QUANTUM = 1
    """Its quantum was spent and somebody else was runnable."""
    YIELD = 2
    """It gave up its turn: ``sleep(0)`` in a task, ``sched_yield`` in a thread."""
    SLEEP = 3
    """It sleeps until *arg*."""
    IO = 4
    """It waits for a device until *arg*."""
    CALL = 5
    """It is in a blocking call until *arg*."""
    JOIN = 6
    """It waits for others to end."""
    GIL = 7
    """It wants the GIL, which somebody else holds."""
    FORCED_SWITCH = 8
    """It honoured a drop request, and waits until somebody else has taken the GIL."""
    SELECT = 9
    """Its event loop waits for the next timer, at *arg*."""
    EXIT = 10
    """It ended."""
    ARRIVED = 11
    """Its time had come, or the scenario began with it."""
    TIMER = 12
    """What it waited for was due: the sleep was over, the device done, the call returned."""
    JOINED = 13
    """The last one it waited for has ended."""
    GIL_FREE = 14
    """The GIL was let go, and it had waited longest."""
    GIL_TAKEN = 15
    """Somebody else has taken the GIL, so the forced switch is over."""
    DROP_REQUEST = 16
    """A waiter had asked for it, a switch interval after the last change of hands."""
    POKED = 17
    """Its loop was given something from outside (``call_soon_threadsafe``)."""
    YIELDING = 18
    """Command: CPU-heavy work yields from now on (*arg* 1) or no longer (*arg* 0)."""
    INJECT = 19
    """Command: work was injected."""
    PREEMPTED = 20
    """Somebody whom the policy prefers took its core."""
    LOCK = 21
    """It waits for resource number *arg*: a lock, a queue, an event ..."""
    UNLOCKED = 22
    """What it waited for is there: the lock was let go, the event set, the queue filled ..."""
    PERIOD = 23
    """Its job is done: it waits for the next release, at *arg*."""
    RELEASED = 24
    """The next job of a periodic thread was released."""
    ALLOTMENT = 25
    """It had used up its allotment at the level above."""
    BOOST = 26
    """Everybody goes to the top, as every so often."""
    AGED = 27
    """It had waited long enough for a better level."""
    CORES = 28
    """Command: the machine has *arg* cores from now on."""
    OFFLINE = 29
    """Its core was taken away."""
    STOLEN = 30
    """A core that had nothing to run took it over."""
    BALANCED = 31
    """The run queues had become too unequal."""
    THROTTLED = 32
    """It had used up its budget, which is filled again at *arg*."""
    AWAIT = 33
    """It waits for something unfinished that has no name: a future, a group of tasks."""
    CANCELLED = 34
    """It was cancelled."""
    FAILED = 35
    """It ended with an exception."""
    TIMEOUT = 36
    """It had waited as long as it was willing to."""
    NATIVE = 37
    """It computes in C code that has let go of the GIL."""
    HOLD = 38
    """It computes in a C call that keeps the GIL: there is no check before it returns."""
    TICKS = 39
    """The GIL before 3.2: so many bytecodes were over."""
    INTERVAL = 40
    """Command: the switch interval is *arg* from now on."""
    PATCHING = 41
    """Command: the standard library is monkey patched from now on (*arg* 1) or no longer (0)."""
    GIL_SWITCHED = 42
    """Command: threads need the GIL from now on (*arg* 1) or no longer (0); a thread that waited
    for it then is runnable."""
    POLICY = 43
    """Command: policy number *arg* (see :attr:`Trace.policies`) schedules from now on."""
    SLICES = 44
    """Command: the same policy does, with slices as policy number *arg* has them."""
    KILLED = 45
    """Its process was killed.  Command: *subject*, a task or a process, is killed."""
    NICE = 46
    """Command: the nice value of thread *subject* is *arg* from now on."""
    PRIORITY = 47
    """Command: the priority of thread *subject* is *arg* from now on."""
    TICKETS = 48
    """Command: thread *subject* has *arg* tickets from now on."""


ENDS: Final = frozenset({Reason.EXIT, Reason.CANCELLED, Reason.FAILED, Reason.KILLED})
"""How a thread leaves its core, or a task its loop, for good."""

# By number: a lookup costs a third of ``Kind(number)``.  There is no kind 0.
KINDS: Final = (Kind.SPAWN, *Kind)
REASONS: Final = tuple(Reason)


class Role(IntEnum):
    """What an entity is."""

    PROCESS = 0
    """A process, or one of its interpreters if each has a GIL."""
    THREAD = 1
    TASK = 2


@dataclass(frozen=True, slots=True)
class Listing:
    """A program as a person reads it: indented lines, and which of them each operation is on."""

    lines: tuple[str, ...]
    line_of: tuple[int, ...]
    """``line_of[pc - 1]`` is the line of the operation that is under way at ``pc``."""

    def line(self, pc: int) -> int | None:
        """The line under way at ``pc``; None before the first operation."""
        return self.line_of[pc - 1] if 0 < pc <= len(self.line_of) else None


@dataclass(frozen=True, slots=True)
class Entity:
    """Who takes part in a run: what never changes about a process, thread or task."""

    id: int
    role: Role
    name: str
    process: int
    """Where it lives; of an interpreter with a GIL of its own, the process; of a process, 0."""
    thread: int
    """The thread itself, or the thread whose loop runs this task; 0 for a process."""
    job: str
    arrival: Time = 0
    listing: Listing | None = None
    cpu_heavy: bool = False
    yielding: bool = True
    gil: bool = False
    """For a process: its threads share one GIL."""
    interpreter: bool = False
    """For a process: it is one of the interpreters of another, which have a GIL each."""
    monkey_patch: str = ""
    """For a process: who has patched its standard library, if anybody has."""
    imported_early: tuple[str, ...] = ()
    """For a process: the calls that no patch reaches, as their names were imported before it."""
    loop: str = ""
    """For a thread: the flavour of the event loop that it runs, if any."""
    attributes: Attributes = ORDINARY
    """What it says of itself to the scheduler."""
    affinity: tuple[int, ...] = ()
    """For a thread: the cores it may run on; all if empty."""
    cpu: Time | None = None
    """How much it will compute in all, where the program tells."""
    style: str = "steps"
    """How its program is written: ``callback``, ``generator``, ``coroutine`` or ``greenlet``."""


class Resource(NamedTuple):
    """Something that threads or tasks share and wait for."""

    kind: str
    """``lock``, ``semaphore``, ``event``, ``condition``, ``queue`` ..."""
    name: str


class Row(NamedTuple):
    """One row of a trace, unpacked."""

    n: int
    time: Time
    kind: Kind
    reason: Reason
    core: int
    """The core's number, or -1."""
    subject: int
    other: int
    arg: int


class InForce(NamedTuple):
    """A scheduling policy that holds from some moment on."""

    name: str
    parameters: Mapping[str, Any] = MappingProxyType({})
    """As far as they are given."""
    cores: int = 1
    """How many cores one run queue serves, as it began."""


_TOO_MANY: Final = f"a run holds at most {MOST_ENTITIES:,} processes, threads and tasks"


def _another(like: Entity, id: int, name: str, arrival: Time) -> Entity:
    """A thread as ``like`` but for these."""
    return replace(like, id=id, name=name, thread=id, arrival=arrival)


_NOBODY = Entity(0, Role.PROCESS, "", 0, 0, "")


@dataclass(eq=False)
class Trace:
    """The rows, and the entities and labels they name."""

    cores: int = 1
    unit: str = "ns"
    switch_interval: Time = 5_000_000
    """At first: the state knows what it is now."""
    old_gil: bool = False
    """The GIL is that of before Python 3.2: nobody asks for it."""
    waking_takes_time: bool = False
    """An idle core takes some time to begin with a thread that was woken."""
    policy: str = ""
    """The name of the scheduling policy at first."""
    policies: list[InForce] = field(default_factory=list)
    """All that are ever in force: first that, then what the user has set.  The state knows which
    one is."""
    queue_per_core: bool = False
    """Cores have run queues of their own."""
    resources: list[Resource] = field(default_factory=list)
    """What threads and tasks wait for, by number."""
    times: array[int] = field(default_factory=lambda: array("q"))
    codes: array[int] = field(default_factory=lambda: array("q"))
    args: array[int] = field(default_factory=lambda: array("q"))
    entities: list[Entity] = field(default_factory=lambda: [_NOBODY])
    labels: list[str] = field(default_factory=list)
    kept: dict[int, dict[int, str]] = field(default_factory=dict)
    """By task or thread, and by place in its program: what is kept of it while it is suspended
    there, once it has been; of those whose program is a function."""
    failures: dict[int, str] = field(default_factory=dict)
    """By thread or task that ended with an exception of its author's: the traceback."""
    end: Time = 0
    """How far the run has come; the last row may be earlier."""
    complete: bool = False
    """Nothing can happen any more: the run is over, not merely cut off."""

    def __post_init__(self) -> None:
        """There is always a first policy, if without a name."""
        if not self.policies:
            self.policies.append(InForce(self.policy, cores=self.cores))

    def __len__(self) -> int:
        return len(self.times)

    def append(
        self,
        time: Time,
        kind: Kind,
        reason: Reason = Reason.NONE,
        *,
        core: int = -1,
        subject: int = 0,
        other: int = 0,
        arg: int = 0,
    ) -> None:
        """Add a row; -1 is no core.  The hot paths pack their rows themselves."""
        self.times.append(time)
        self.codes.append(
            kind
            | reason << REASON_SHIFT
            | (core + 1) << CORE_SHIFT
            | subject << SUBJECT_SHIFT
            | other << OTHER_SHIFT
        )
        self.args.append(arg)

    def row(self, n: int) -> Row:
        """Row ``n``, counted from 0."""
        code = self.codes[n]
        return Row(
            n,
            self.times[n],
            KINDS[code & KIND_MASK],
            REASONS[code >> REASON_SHIFT & KIND_MASK],
            (code >> CORE_SHIFT & CORE_MASK) - 1,
            code >> SUBJECT_SHIFT & ENTITY_MASK,
            code >> OTHER_SHIFT,
            self.args[n],
        )

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """Rows ``start`` up to ``stop``, unpacked one by one."""
        for n in range(start, len(self) if stop is None else min(stop, len(self))):
            yield self.row(n)

    def enter(self, entity: Entity) -> Entity:
        """Give a new entity its place in the table."""
        if entity.id != len(self.entities):
            raise ValueError(f"entity {entity.id} is not next: {len(self.entities)} is")
        if entity.id > MOST_ENTITIES:
            raise OverflowError(_TOO_MANY)
        self.entities.append(entity)
        return entity

    def enter_like(self, like: Entity, name: str, arrival: Time) -> int:
        """Give a thread that is as ``like`` but for these its place in the table; its number.

        It costs a tenth of entering an entity, which is built when somebody looks at the table.
        ``like`` itself need not be in the table.
        """
        return self.table().add(like, name, arrival)

    def table(self) -> Table[Entity]:
        """The entities, ready for those that are built when somebody looks: to enter many."""
        table = self.entities
        if not isinstance(table, Table):
            table = self.entities = Table(table, _another, MOST_ENTITIES, _TOO_MANY)
        return table

    def cut(self, rows: int) -> None:
        """Forget all but the first ``rows`` rows; what is left is not complete."""
        for column in (self.times, self.codes, self.args):
            del column[rows:]
        self.end = self.times[-1] if self.times else 0
        self.complete = False

    def until(self, rows: int, end: Time) -> Trace:
        """The first ``rows`` rows as a trace of their own, that has come as far as ``end``."""
        columns = (self.times[:rows], self.codes[:rows], self.args[:rows])
        times, codes, args = columns
        return replace(self, times=times, codes=codes, args=args, end=end, complete=False)

    def label(self, text: str) -> int:
        """The number of a label, new or known."""
        try:
            return self.labels.index(text)
        except ValueError:
            self.labels.append(text)
            return len(self.labels) - 1

    def resource(self, kind: str, name: str) -> int:
        """The number of a new resource."""
        self.resources.append(Resource(kind, name))
        return len(self.resources) - 1

    def digest(self) -> str:
        """SHA-256 of the whole trace, with its names and labels.

        The same on every platform and supported Python for the same run.
        """
        import hashlib  # noqa: PLC0415 - only a recording needs it, and every start would wait

        names = [f"{e.role.value}\t{e.process}\t{e.thread}\t{e.name}" for e in self.entities]
        table = "\n".join([f"{self.cores}\t{self.unit}", *names, "", *self.labels])
        rows = self.digest_of_rows(0, len(self))
        return hashlib.sha256(f"{rows}\n{table}".encode("utf-8", "surrogatepass")).hexdigest()

    def digest_of_rows(self, start: int, stop: int) -> str:
        """SHA-256 of rows ``start`` up to ``stop`` alone."""
        import hashlib  # noqa: PLC0415 - as above

        seen = hashlib.sha256()
        for column in (self.times, self.codes, self.args):
            part = column[start:stop]
            if sys.byteorder == "big":
                part.byteswap()
            seen.update(part.tobytes())
        return seen.hexdigest()
