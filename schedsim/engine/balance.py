"""Which core a thread waits for, where cores have run queues of their own, and who helps whom.

A thread that wakes goes to the core it ran on last, if that is idle; else to an idle one; else it
waits for its old one (``select_task_rq_fair``, SEMANTICS.md A4).  A new one goes where the least
is to do.  A core that runs dry may take work from another; every so often the queues are evened
out, or every core without a queue looks at one other (OSTEP's multi.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from schedsim.durations import Time
from schedsim.engine.records import ANYWHERE
from schedsim.policies.base import UNLIMITED, Policy
from schedsim.trace import Kind, Reason

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine
    from schedsim.engine.records import Core, Thread


class Balance:
    """What cores do for each other.

    Args:
        per_core: cores have run queues of their own.
        pulls: a core that runs dry takes from the longest queue.
        interval: how often queues that differ by two or more are evened out; 0: never.
        peek_interval: how often a core with an empty queue looks at one other core, drawn by
            lot, and takes the first of its queue; 0: never.
        peek_choices: the numbers drawn, as far as they are given.
        core_orders: by tick, the order in which idle cores take from the run queue.
    """

    def __init__(
        self,
        *,
        per_core: bool = False,
        pulls: bool = False,
        interval: Time = 0,
        peek_interval: Time = 0,
        peek_choices: Sequence[int] = (),
        core_orders: Sequence[Sequence[int]] = (),
    ) -> None:
        self.per_core = per_core
        self.pulls = per_core and pulls
        self.interval = interval if per_core else 0
        self.peek_interval = peek_interval if per_core else 0
        self.rings = bool(self.interval or self.peek_interval)
        self._choices = list(reversed(peek_choices))
        self._orders = core_orders
        self._even_out_at = self.interval or UNLIMITED
        self._peek_at = self.peek_interval or UNLIMITED

    def alarm(self, engine: Engine, event: Time) -> Time:
        """When :meth:`ring` is to be called: not before somebody may wait somewhere.

        Else a sleep of a day would be a hundred million alarms.

        Args:
            engine: that of the machine.
            event: something happens then, which its agenda does not know.
        """
        if not self.rings:
            return UNLIMITED
        soonest = engine.now
        if not any(core.waiting for core in engine.cores):
            heap = engine.agenda.heap
            soonest = min(event, *(queue.alarm for queue in engine.queues))
            soonest = min(soonest, heap[0]) if heap else soonest
        return min(
            _first(self._even_out_at, self.interval, soonest),
            _first(self._peek_at, self.peek_interval, soonest),
        )

    # -- who waits where ------------------------------------------------------------------

    def place(self, engine: Engine, thread: Thread) -> Policy[Thread]:
        """The run queue for ``thread``, which becomes runnable."""
        allowed = [core for core in engine.cores[: engine.online] if thread.affinity & core.mask]
        allowed = allowed or engine.cores[: engine.online]
        home = thread.core
        by = None if engine.actor is None else engine.actor.core
        if by is not None and by in allowed and by.queue.keeps_local:
            core = by
        elif home is None:
            core = min(allowed, key=_load)
        elif home in allowed and home.mask & engine.idle:
            core = home
        else:
            idle = [each for each in allowed if each.mask & engine.idle and not _load(each)]
            core = idle[0] if idle else home if home in allowed else min(allowed, key=_load)
        if core is not home:
            _move(engine, thread, core, Reason.NONE)
        return core.queue

    def settle(self, engine: Engine) -> None:
        """Let idle cores, in the order of their numbers, take from their run queues."""
        for index in self._order(engine):
            core = engine.cores[index]
            if not engine.idle & core.mask:
                continue
            thread = core.pick() if core.waiting else None
            if thread is None and self.pulls and self.pull(engine, core):
                thread = core.pick()
            if thread is not None:
                engine.reserve(core, thread)

    def _order(self, engine: Engine) -> Sequence[int]:
        everybody = range(engine.online)
        if engine.now >= len(self._orders):
            return everybody
        order = [core for core in self._orders[engine.now] if core in everybody]
        return order + [core for core in everybody if core not in order]

    # -- who helps whom -------------------------------------------------------------------

    def pull(self, engine: Engine, core: Core) -> bool:
        """Let ``core``, which has run dry, take work from another; False if there is none."""
        assert core.index < engine.online, "a core that is gone decides nothing"
        others = [other for other in engine.cores if other.waiting and other is not core]
        if core.queue.steals_half:  # a random victim first, then the next ones
            start = engine.random.randrange(len(engine.cores)) if others else 0
            others.sort(key=lambda other: (other.index - start) % len(engine.cores))
        else:
            others.sort(key=lambda other: -len(other.waiting))
        for other in others:
            movable = [t for t in other.queue.movable() if t.affinity & core.mask]
            count = -(-len(movable) // 2) if core.queue.steals_half else 1
            for thread in movable[:count]:
                _transfer(engine, thread, core, Reason.STOLEN)
            if movable:
                return True
        return False

    def ring(self, engine: Engine) -> None:
        """Do what is due now."""
        now = engine.now
        self._even_out_at = _first(self._even_out_at, self.interval, now)
        if self._even_out_at == now:
            self._even_out_at += self.interval
            self._even_out(engine)
        self._peek_at = _first(self._peek_at, self.peek_interval, now)
        if self._peek_at == now:
            self._peek_at += self.peek_interval
            self._peek(engine)

    def empty(self, engine: Engine, core: Core) -> None:
        """Let those who wait for ``core``, which is gone, wait elsewhere."""
        for thread in core.queue.queue():
            core.queue.remove(thread)
            thread.queue = self.place(engine, thread)
            home = thread.core
            if home is not None and home is not core and home.queue is thread.queue:
                _move(engine, thread, home, Reason.NONE)  # it is its old core, but it was not there
            thread.queue.enqueue(thread)

    def _even_out(self, engine: Engine) -> None:
        cores = engine.cores[: engine.online]
        while (move := _evening(cores)) is not None:
            _transfer(engine, *move, Reason.BALANCED)

    def _peek(self, engine: Engine) -> None:
        cores = engine.cores[: engine.online]
        for core in cores:
            if core.waiting or len(cores) == 1:
                continue
            if self._choices:
                other = engine.cores[self._choices.pop()]
            else:
                drawn = engine.random.randrange(len(cores) - 1)
                other = cores[drawn + (drawn >= core.index)]
            first = next(iter(other.queue.movable()), None)
            # A thread that is tied to cores at all stays where it is, as in multi.py.
            if first is not None and first.affinity == ANYWHERE:
                _transfer(engine, first, core, Reason.STOLEN)


def _first(at: Time, interval: Time, soonest: Time) -> Time:
    """The first alarm from ``at`` on, every ``interval``, that is not before ``soonest``."""
    if at >= soonest or at == UNLIMITED:
        return at
    if soonest == UNLIMITED:
        return UNLIMITED
    return at - (at - soonest) // interval * interval


def _load(core: Core) -> int:
    """How many threads a core has to serve."""
    busy = core.thread is not None or core.next is not None
    return len(core.waiting) + busy


def _evening(cores: Sequence[Core]) -> tuple[Thread, Core] | None:
    """Who is to move, and where to; None if no move makes the queues more even."""
    ordered = sorted(cores, key=_load)
    idlest = ordered[0]
    for busiest in reversed(ordered[1:]):
        if _load(busiest) - _load(idlest) < 2:  # noqa: PLR2004 - one more changes nothing
            return None
        movable = [t for t in busiest.queue.movable() if t.affinity & idlest.mask]
        if movable:
            return movable[-1], idlest
    return None


def _transfer(engine: Engine, thread: Thread, core: Core, reason: Reason) -> None:
    assert thread.queue is not None, "it waits in one"
    if core.queue.watches:
        engine.runners(thread.queue)
        engine.runners(core.queue)
    if thread.core is not None and thread.core.was is thread:
        engine.write_off(thread.core)  # how it left comes before where it goes
    thread.queue.remove(thread)
    _move(engine, thread, core, reason)
    thread.queue = core.queue
    core.queue.enqueue(thread)
    if engine.idle & core.mask:
        engine.unsettled = True


def _move(engine: Engine, thread: Thread, core: Core, reason: Reason) -> None:
    engine.trace.append(engine.now, Kind.MOVE, reason, core=core.index, subject=thread.id)


ONE_QUEUE = Balance()
