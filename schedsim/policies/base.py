"""What the engine asks of a scheduling policy, and what a policy may ask back.  No policy is here.

A policy owns its run queue, so that each can keep it in the shape that makes its own decision
cheap (O(log n) or better), and shows it in order to whoever draws it.  It sees threads, their
attributes and how long they ran; never the GIL, nor what threads do.

The life of a thread as a policy sees it: :meth:`Policy.enqueue` when it arrives or wakes,
:meth:`Policy.pick` when a core takes it, then one of :meth:`Policy.expire` (its time slice is
over), :meth:`Policy.give_way` (it yields), :meth:`Policy.preempt` (it loses its core to somebody
better) or :meth:`Policy.leave` (it blocks or ends).  How long it ran is the difference of
``thread.cpu`` between two of these: the engine keeps it exact whenever it asks anything.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence, Sized
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from schedsim.attributes import Attributes
from schedsim.durations import Time

__all__ = ["Attributes", "C", "Candidate", "Machine", "Policy", "UNLIMITED"]

UNLIMITED: Time = 1 << 62
"""The time slice of a thread that nobody takes off its core; an alarm that is not set."""


class Candidate(Protocol):
    """What a policy may know of a thread."""

    id: int
    """Ascending in the order in which threads came to exist, which is that of the file."""
    attributes: Attributes
    cpu: Time
    """How long it has been on a core, up to now."""
    seat: Any
    """The policy's own record of it; None until the policy has seen it."""
    arrived_at: Time
    """When it first became runnable; of a periodic thread, when its present job was released."""
    deadline: Time | None
    """The moment by which its present job is to be done."""

    @property
    def lenders(self) -> Sequence[Candidate]:
        """Those who wait for a lock that it holds, if the lock lends their standing."""

    def demand(self, *, whole: bool) -> Time:
        """How much computing is ahead of it: until it next waits, or in all (``whole``)."""


C = TypeVar("C", bound=Candidate)


class Machine(Protocol):
    """What a policy may ask of the machine."""

    cores: int
    """How many cores are served from this run queue."""

    @property
    def now(self) -> Time:
        """The present moment."""

    def draw(self, below: int) -> int:
        """A number from 0 up to ``below``, from the seeded source of the run."""

    def set_level(self, thread: Any, level: int, *, aged: bool = False) -> None:
        """Tell the trace that ``thread`` now is at ``level`` of the policy."""

    def boosted(self, level: int) -> None:
        """Tell the trace that everybody now is at ``level``."""

    def reconsider(self) -> None:
        """Let somebody who waits take a core from somebody who runs, if that is due now."""


class Policy(ABC, Generic[C]):
    """Decides who runs next and for how long."""

    preemptive: bool = False
    """Somebody who waits may take the core from somebody who runs: see :meth:`beats`."""
    counts_alone: bool = False
    """A slice that is over matters even while nobody waits: see :meth:`renew`."""
    resizes: bool = False
    """The slice of a running thread changes when others come to wait."""
    equal_turns: Time = 0
    """All serve in turn and have slices as long as this: nothing more is asked about a slice."""
    accounts: bool = True
    """It reads ``thread.cpu``."""
    watches: ClassVar[bool] = False
    """It looks at the accounts of those who run whenever somebody joins, moves or changes."""
    attends: bool = True
    """It wants to know when a thread blocks or ends: see :meth:`leave`."""
    rings: bool = False
    """It sets an :attr:`alarm` at times."""
    ring_redecides: ClassVar[bool] = False
    """:meth:`ring` may let others run: those on cores go back to the run queue before it."""
    queue_per_core: ClassVar[bool] = False
    """Cores have run queues of their own, unless the scenario says otherwise."""
    keeps_local: ClassVar[bool] = False
    """Whoever is made runnable by a thread waits for the core of that thread."""
    steals_half: ClassVar[bool] = False
    """A core that runs dry takes half of another's queue, not just one thread."""
    full_quantum: bool = False
    """A slice is charged, and keeps its core, in full even if there is less to do."""
    leavers_first: bool = False
    """At one instant those whose stretch ends leave their core before anybody arrives or wakes."""
    aligned: bool = False
    """All slices end together; then cores choose in the order of their numbers."""
    abort_on_miss: bool = False
    """A job that is not done at its deadline is given up."""
    sliced_by: str = ""
    """The parameter that says how long a slice is, if one does: see :meth:`retime`."""
    holds: bool = False
    """Somebody is runnable, but not to be picked before the alarm: the run is not over yet."""
    alarm: Time = UNLIMITED
    """When :meth:`ring` is to be called, unless the run is over by then."""

    weighs_work: ClassVar[bool] = True
    """Whether one thread beats another may depend on how much computing is ahead of them."""
    direct: ClassVar[bool] = False
    """Whoever comes to an empty run queue and is picked at once need not have been in it."""

    machine: Machine
    sliced: bool = True
    """A thread may run for so long only while others wait: see :meth:`time_slice`."""

    def attach(self, machine: Machine) -> None:
        """Serve ``machine``; called once, before anything else."""
        self.machine = machine
        own = type(self).time_slice is not Policy.time_slice or "time_slice" in vars(self)
        self.sliced = own or self.accounts

    @property
    @abstractmethod
    def waiting(self) -> Sized:
        """True in a boolean context while anybody is in the run queue; always the same object."""

    @abstractmethod
    def enqueue(self, thread: C, /) -> None:
        """``thread`` is runnable: it arrived or woke."""

    @abstractmethod
    def pick(self) -> C:
        """Take the next thread out of the run queue, which is not empty."""

    @abstractmethod
    def restore(self, thread: C, /) -> None:
        """Take back, as if it had not been picked, a thread that may not run where it should."""

    @abstractmethod
    def remove(self, thread: C, /) -> None:
        """Take ``thread`` out of the run queue, to go elsewhere; may cost O(n)."""

    @abstractmethod
    def queue(self) -> Sequence[C]:
        """The run queue in the order in which it will be picked, to look at."""

    def movable(self) -> Sequence[C]:
        """Of the run queue those who may be moved to another core, the first of them first."""
        return self.queue()

    def time_slice(self, thread: C, /) -> Time:  # noqa: ARG002 - of FIFO and the like
        """How long ``thread``, which takes or keeps a core now, may run while others wait."""
        return UNLIMITED

    @property
    def slices(self) -> Time | Sequence[Time]:
        """How long a slice that begins now is, or one of each level (only if sliced at all)."""
        length: Time | Sequence[Time] = getattr(self, self.sliced_by)
        return length

    def retime(self, length: Time | Sequence[Time], /) -> None:
        """Let slices that begin from now on be so long (only if :attr:`sliced_by`)."""
        setattr(self, self.sliced_by, length)

    def expire(self, thread: C, /) -> None:
        """The slice of ``thread`` is over and others wait: put it in the run queue."""
        self.enqueue(thread)

    def filled_again(self, thread: C, /) -> Time | None:  # noqa: ARG002 - of those with budgets
        """When the budget of ``thread`` is filled again, or now; None if it has none.

        Asked, if :attr:`counts_alone`, of who runs, or has just lost its core and is in the run
        queue: only of the latter may it be later than now.
        """
        return None

    def renew(self, thread: C, /) -> None:
        """The slice of ``thread`` is over but it goes on (only if :attr:`counts_alone`)."""

    def pass_over(self, thread: C, time: Time, /) -> bool:  # noqa: ARG002 - of those that can
        """Let ``thread``, just renewed, use the core for ``time`` in slices that are all alike.

        Returns:
            Whether it does: nothing else happens meanwhile, and it is asked for the last of them
            only.  False: each is to be renewed.
        """
        return False

    def give_way(self, thread: C, /) -> None:
        """``thread`` yields: put it in the run queue."""
        self.enqueue(thread)

    def preempt(self, thread: C, /) -> None:
        """``thread`` loses its core to somebody better: put it in the run queue."""
        self.enqueue(thread)

    def leave(self, thread: C, /) -> None:
        """``thread``, which ran, blocks or ends."""

    def best(self) -> C:
        """Who would be picked, of a run queue that is not empty (only if :attr:`preemptive`)."""
        return self.queue()[0]

    def beats(self, waiter: C, runner: C, /) -> bool:
        """Whether ``waiter`` is to take the core of ``runner`` now (only if :attr:`preemptive`)."""
        raise NotImplementedError

    def changed(self, thread: C, /) -> None:
        """The attributes or lenders of ``thread`` changed; it may be in the run queue or not."""

    def heeds(self, said: Attributes, name: str, /) -> bool:  # noqa: ARG002 - of most policies
        """Whether it looks at the attribute ``name`` of a thread that says ``said`` of itself.

        Such a one may change while the thread lives: see :meth:`changed`.
        """
        return False

    def ring(self, runners: Sequence[C], /) -> None:
        """The clock has reached :attr:`alarm`; set the next.

        Args:
            runners: the threads on cores; if the policy decides anew (:attr:`ring_redecides`)
                they have been put in the run queue (:meth:`preempt`).
        """

    def take(self, thread: C, /) -> None:
        """Pick ``thread``, whoever is before it; may cost O(n)."""
        passed = []
        while (picked := self.pick()) is not thread:
            passed.append(picked)
        for other in reversed(passed):
            self.restore(other)
