"""The engine's records of what it schedules: slotted, bare, and only as rich as the kernel needs.

What a person may see of them is in :mod:`schedsim.state`; names and origins are in the trace's
entities.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from schedsim.attributes import ORDINARY, Attributes
from schedsim.durations import Time
from schedsim.policies.base import Policy
from schedsim.trace import CORE_SHIFT, NEVER, SUBJECT_SHIFT
from schedsim.traps import Program, Trap

if TYPE_CHECKING:
    from schedsim.engine.gil import Gil
    from schedsim.engine.lock import Attempt, Lock
    from schedsim.engine.visitors import Source

ANYWHERE = -1
"""An affinity mask: every core."""


class Usual:
    """What is so of nearly every thread: kept once for all of them, until it is otherwise of one.

    So a thread that is born, as most are where work is spawned, has a third less to set.
    """

    __slots__ = ()

    stays: ClassVar[bool] = True
    """Who it was may be asked once it has ended."""
    check_every: Time | None = None
    """How far its checks for a drop request are apart, if not as usual."""
    in_call: bool = False
    """It is in a C call that keeps the GIL."""
    outside: bool = False
    """It is in a C call that does without the GIL, if there is one."""
    woken: bool = False
    """It was woken, and has not been on a core since; kept only if waking takes time."""
    grain: int = 1
    """How many grains of work are one unit of time of its program."""
    joining: int = 0
    """Of so many it still waits for the end."""
    joiners: list[Thread] | tuple[()] = ()
    """Who waits for its end; a list only if anybody does."""
    retry: Lock | Attempt | None = None
    """What it has to take when it is woken, before it asks for its GIL."""


class Thread(Usual):
    """What the engine schedules."""

    __slots__ = (
        "__dict__",  # of what is not as usual
        "affinity",
        "arrived",
        "arrived_at",
        "as_subject",
        "attributes",
        "core",
        "cpu",
        "deadline",
        "due",
        "ended",
        "gil",
        "id",
        "left",
        "lenders",
        "loop",
        "native",
        "number",
        "offset",
        "own_gil",
        "pc_bits",
        "program",
        "prompt",
        "queue",
        "releasing",
        "resume",
        "seat",
        "selecting",
        "wants",
        "window",
    )

    def __init__(
        self,
        id: int,
        program: Program,
        gil: Gil | None = None,
        attributes: Attributes = ORDINARY,
        *,
        loop: bool = False,
    ) -> None:
        self.id = id
        self.as_subject = id << SUBJECT_SHIFT
        self.program = program
        self.resume: Callable[[], Trap] = program.resume
        self.gil = gil
        """The GIL that it needs to go on; none while it is in native code."""
        self.own_gil = gil
        self.native = False
        """It has let go of its GIL for native code, and not asked for it again."""
        self.prompt = True
        """It needs no waking when it becomes runnable next: it arrives, or the time that its
        blocking call takes is up to its return, or it has not been asleep at all."""
        self.loop = loop
        """It runs an event loop, which writes its own rows about computing."""
        self.attributes = attributes
        self.affinity = ANYWHERE
        """A bit for each core it may run on."""
        self.left: Time = 0
        """How much of the present compute is left, in the engine's grains of work."""
        self.cpu: Time = 0
        """How long it has been on a core; kept up only for policies that read it."""
        self.due: Time = NEVER
        """When it wakes, if a timer is to wake it."""
        self.core: Core | None = None
        """Where it runs or ran last."""
        self.pc_bits = 0
        self.window = 0
        """Number of its present wait for the GIL, or for a check: an older one is void."""
        self.arrived = self.ended = self.selecting = False
        # Of a periodic thread:
        self.offset: Time = 0
        """When its first job was released."""
        self.number = 0
        """Which of its jobs is under way, or is released next; from 0."""
        self.releasing = False
        """It waits for the next release."""
        self.wants: Lock | None = None
        """The lock that it waits for."""
        # For the policy:
        self.queue: Policy[Thread] | None = None
        """The run queue that it is in, or was in last."""
        self.seat: Any = None
        self.arrived_at: Time = 0
        self.deadline: Time | None = attributes.deadline
        self.lenders: Sequence[Thread] = ()

    def demand(self, *, whole: bool) -> Time:
        """How much computing is ahead of it: until it next waits, or in all (``whole``).

        In the engine's grains of work, which are units of time unless cores differ in speed.
        """
        return self.left + self.program.demand(whole=whole) * self.grain


class Core:
    """A virtual CPU."""

    __slots__ = (
        "bits",
        "end",
        "expire",
        "fate",
        "index",
        "last",
        "mask",
        "next",
        "pace",
        "pc_bits",
        "pick",
        "queue",
        "slice_end",
        "slice_start",
        "speed",
        "start",
        "switching",
        "thread",
        "time_slice",
        "waiting",
        "was",
    )

    def __init__(self, index: int, queue: Policy[Thread], *, speed: int = 1) -> None:
        self.index = index
        self.bits = (index + 1) << CORE_SHIFT
        self.mask = 1 << index
        self.thread: Thread | None = None
        self.next: Thread | None = None
        """A woken thread that found this core idle and is to start here."""
        self.last: Thread | None = None
        """Whose registers it holds: coming back costs no context switch."""
        self.start: Time = 0
        self.end: Time = NEVER
        """When the present stretch of computing (or context switch) ends."""
        self.slice_start: Time = 0
        self.slice_end: Time = 0
        self.switching = False
        self.speed = speed
        """Grains of work it does in a unit of time."""
        self.pace = speed
        """The same in the present stretch, with what its cache adds."""
        self.fate = 0
        """How the thread that was taken off it left, while that is still to be written."""
        self.pc_bits = 0
        self.was: Thread | None = None
        """Who that is: if it comes back at once, there is nothing to write."""
        self.serve(queue)

    def serve(self, queue: Policy[Thread]) -> None:
        """Take from ``queue`` from now on; its methods at hand, because this is the hot path."""
        self.queue = queue
        """The run queue that serves it."""
        self.waiting = queue.waiting
        self.pick: Callable[[], Thread | None] = queue.pick
        self.expire = queue.expire
        self.time_slice = queue.time_slice


class Group(Protocol):
    """All threads that were started under one name: the argument of ``SPAWN`` and ``JOIN``."""

    members: list[Thread]
    past: int
    """So many of the first members are known to have ended."""

    def start(self, by: int) -> None:
        """Start another one, on behalf of entity ``by``."""


class Shared(Protocol):
    """What threads share, as far as the trace tells of it: a lock, a semaphore, a queue ..."""

    number: int
    value: int

    @property
    def holder(self) -> Any:
        """The thread that has the lock, or None."""


class Sharing:
    """What threads have to do with each other beyond cores and GILs."""

    __slots__ = ("loops", "queued", "resources", "sources")

    def __init__(self) -> None:
        self.sources: list[Source] = []
        """Where visitors come from."""
        self.loops: dict[int, Thread] = {}
        """The threads that run event loops, by entity."""
        self.queued: dict[Thread, int] = {}
        """Those who wait for something that has a number, in the order in which they began."""
        self.resources: list[Shared] = []
        """What has a number."""
