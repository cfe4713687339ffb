"""What policies owe the engine in moments that seldom come, each policy called by itself.

What each of them decides is in ``test_textbook_policies.py``, ``test_fair_policies.py`` and
``test_linux_policy.py``.  The comments say where the expected values come from.
"""

from __future__ import annotations

import random
from typing import Any, Literal

import pytest

from schedsim.attributes import Attributes
from schedsim.policies import POLICIES
from schedsim.policies.base import Policy
from schedsim.policies.cfs import Cfs
from schedsim.policies.defaults import slices
from schedsim.policies.edf import Edf
from schedsim.policies.eevdf import Eevdf
from schedsim.policies.linux import Linux
from schedsim.policies.priority import Priority
from schedsim.policies.stride import Stride
from schedsim.policies.weights import growth
from tests.test_fair_policies import MS, Machine, Thread


class Quiet(Machine):
    """A machine to which a policy may tell what it likes."""

    def draw(self, below: int) -> int:
        return below - 1

    def set_level(self, thread: Any, level: int, *, aged: bool = False) -> None: ...

    def boosted(self, level: int) -> None: ...

    def reconsider(self) -> None: ...


class Asked(Thread):
    """Of whom it is known how much computing is ahead of it."""

    def demand(self, *, whole: bool) -> int:
        return 10 - self.id


def served(policy: Policy[Any]) -> tuple[Policy[Any], Machine]:
    """``policy`` on a machine with one core."""
    machine = Quiet()
    policy.attach(machine)
    return policy, machine


def arrive(policy: Policy[Any], *threads: Thread) -> None:
    for thread in threads:
        policy.enqueue(thread)


def ids(threads: Any) -> list[int]:
    return [thread.id for thread in threads]


def ran(policy: Policy[Any], thread: Thread, time: int) -> None:
    """``thread``, which is the next, has the core for so long and goes back into the queue."""
    assert policy.pick() is thread
    thread.cpu += time
    policy.expire(thread)


# -- what all have in common ------------------------------------------------------------------


@pytest.mark.parametrize("wanted", range(4))
@pytest.mark.parametrize("name", sorted(POLICIES))
def test_whoever_is_taken_leaves_the_others_in_their_order(name: str, wanted: int) -> None:
    policy, _ = served(POLICIES[name]())
    threads = [Asked(number, deadline=100 - number) for number in range(4)]
    arrive(policy, *threads)
    before = ids(policy.queue())
    policy.take(threads[wanted])
    assert ids(policy.queue()) == [number for number in before if number != wanted]
    policy.restore(threads[wanted])
    assert set(ids(policy.queue())) == {0, 1, 2, 3}


def test_who_has_no_deadline_comes_after_all_who_have_one() -> None:
    policy, _ = served(Edf())
    arrive(policy, Thread(0), Thread(1, deadline=7), Thread(2), Thread(3, deadline=5))
    assert ids(policy.queue()) == [3, 1, 0, 2]


@pytest.mark.parametrize("ties", ["id", "release"])
def test_a_run_queue_of_many_hundreds_serves_by_deadline(ties: Literal["id", "release"]) -> None:
    """Longer than what is kept as a heap."""
    policy, _ = served(Edf(ties=ties))
    lots = random.Random(1).sample(range(10_000), 700)
    arrive(policy, *(Thread(number, deadline=lot) for number, lot in enumerate(lots)))
    assert [policy.pick().deadline for _ in lots] == sorted(lots)


# -- priorities -------------------------------------------------------------------------------


@pytest.mark.parametrize(("ran_for", "order"), [(9, [0, 1]), (10, [1, 0]), (15, [0, 1])])
def test_who_loses_the_core_as_its_quantum_ends_goes_behind_its_equals(
    ran_for: int, order: list[int]
) -> None:
    """POSIX, sched_setscheduler: preempted, to the head; at the end of its quantum, to the tail."""
    policy, _ = served(Priority(preemptive=True, quantum=10))
    first, second = Thread(0), Thread(1)
    arrive(policy, first, second)
    assert policy.pick() is first
    first.cpu += ran_for
    policy.preempt(first)
    assert ids(policy.queue()) == order


@pytest.mark.parametrize(("ran_for", "order"), [(99, [0, 1]), (100, [1, 0]), (150, [0, 1])])
def test_of_class_rr_too(ran_for: int, order: list[int]) -> None:
    """SEMANTICS.md A4, R2: ``sched_rr_timeslice_ms`` is 100 ms."""
    policy, _ = served(Linux())
    rr = Attributes(scheduling_class="rr", priority=3)
    first, second = Thread(0, rr), Thread(1, rr)
    arrive(policy, first, second)
    assert policy.pick() is first
    first.cpu += ran_for * MS
    policy.preempt(first)
    assert ids(policy.queue()) == order


# -- CFS --------------------------------------------------------------------------------------


def test_with_start_debit_a_newcomer_waits_for_one_slice() -> None:
    """``sched_vslice``: of two a slice is half of the latency, 3 ms; the first has no debit."""
    policy, _ = served(Cfs(sched_latency=6 * MS, min_granularity=MS, start_debit=True))
    old, new = Thread(0), Thread(1)
    arrive(policy, old, new)
    ran(policy, old, 2 * MS)
    assert ids(policy.queue()) == [0, 1]
    ran(policy, old, 2 * MS)
    assert ids(policy.queue()) == [1, 0]


@pytest.mark.parametrize(("behind", "order"), [(MS, [1, 0]), (MS + 1, [0, 1])])
def test_who_yields_is_passed_over_unless_the_next_is_far_behind(
    behind: int, order: list[int]
) -> None:
    """``pick_next_entity``: not if ``wakeup_preempt_entity(second, left)`` is 1, so beyond 1 ms."""
    policy, _ = served(Cfs(wakeup_granularity=MS))
    first, second = Thread(0), Thread(1)
    arrive(policy, first, second)
    policy.take(second)
    second.cpu += behind
    policy.expire(second)
    assert policy.pick() is first
    policy.give_way(first)
    assert ids(policy.queue()) == order
    assert policy.best().id == order[0]
    assert policy.pick().id == order[0]


def test_who_yielded_and_was_moved_to_another_core_is_not_passed_over_there() -> None:
    """``dequeue_entity`` clears the buddies."""
    policy, _ = served(Cfs())
    first, second = Thread(0), Thread(1)
    arrive(policy, first, second)
    assert policy.pick() is first
    policy.give_way(first)
    assert ids(policy.queue()) == [1, 0]
    policy.remove(first)
    policy.remove(second)
    arrive(policy, first, second)
    assert ids(policy.queue()) == [0, 1]


def test_a_hundred_who_are_moved_away_leave_the_rest_in_order() -> None:
    """More than are kept as void entries."""
    policy, _ = served(Cfs())
    threads = [Thread(number) for number in range(120)]
    arrive(policy, *threads)
    for thread in threads:
        policy.take(thread)
        thread.cpu += 1_000 - thread.id
        policy.expire(thread)
    gone = {number for number in range(120) if number % 6}
    for number in gone:
        policy.remove(threads[number])
    left = [number for number in reversed(range(120)) if number not in gone]
    assert ids(policy.queue()) == left
    assert [policy.pick().id for _ in left] == left


# -- EEVDF ------------------------------------------------------------------------------------


def test_another_quantum_counts_from_the_next_decision_on() -> None:
    policy, _ = served(Eevdf(quantum=4))
    one, two = Thread(0), Thread(1)
    arrive(policy, one, two)
    assert policy.pick() is one
    assert policy.time_slice(one) == 4
    policy.retime(2)
    assert policy.slices == 2
    one.cpu += 4
    policy.expire(one)
    assert policy.pick() is two
    assert policy.time_slice(two) == 2


# -- Linux: who is lent a standing by whom it keeps waiting (``rt_mutex_setprio``) --------------


def lent() -> tuple[Policy[Any], Thread, Thread]:
    """On a core is a fair thread to which one of priority 5 lends; another fair one waits."""
    policy, _ = served(Linux())
    holder, other = Thread(0), Thread(1)
    arrive(policy, holder, other)
    assert policy.pick() is holder
    holder.lenders = [Thread(2, Attributes(scheduling_class="fifo", priority=5))]
    policy.changed(holder)
    return policy, holder, other


def test_what_was_lent_to_a_sleeper_is_gone_when_the_lender_is() -> None:
    policy, holder, other = lent()
    policy.leave(holder)
    holder.lenders = []
    policy.changed(holder)
    arrive(policy, Thread(3, Attributes(scheduling_class="fifo", priority=1)), holder)
    assert ids(policy.queue()) == [3, 0, 1]  # two who are new: by id
    assert policy.pick().id == 3
    assert not policy.beats(holder, other)


def test_what_is_lent_to_a_sleeper_it_has_when_it_wakes() -> None:
    policy, holder, _ = lent()
    lenders, holder.lenders = holder.lenders, []
    policy.changed(holder)
    policy.leave(holder)
    holder.lenders = lenders
    policy.changed(holder)
    arrive(policy, Thread(3, Attributes(scheduling_class="fifo", priority=4)), holder)
    assert ids(policy.queue()) == [0, 3, 1]


def test_what_is_lent_to_one_who_waits_is_gone_at_once_when_the_lender_is() -> None:
    policy, holder, _ = lent()
    urgent = Thread(3, Attributes(scheduling_class="fifo", priority=9))
    arrive(policy, urgent)
    policy.preempt(holder)
    assert policy.pick() is urgent
    low = Thread(4, Attributes(scheduling_class="fifo", priority=1))
    arrive(policy, low)
    assert ids(policy.queue()) == [0, 4, 1]
    holder.lenders = []
    policy.changed(holder)
    assert ids(policy.queue()) == [4, 0, 1]


# -- stride -----------------------------------------------------------------------------------


def test_who_goes_to_another_core_is_as_far_ahead_there_whatever_tickets_there_are() -> None:
    """Paper, section 4.2; it takes 4/5 along, and a stride is 1/7 there: 0.714 is less, 0.857 not.

    It has run for 6 with 3 tickets: pass 2.  All there have 5, so the global pass, which is that of
    who has run least, is 6/5 when the other has run for 6 with 5 tickets.
    """
    here, _ = served(Stride(quantum=1))
    mover, other = Thread(0, Attributes(tickets=3)), Thread(1, Attributes(tickets=5))
    arrive(here, mover, other)
    for thread in (mover, other):
        here.take(thread)
        thread.cpu += 6
        here.expire(thread)
    here.remove(mover)

    there, _ = served(Stride(quantum=1))
    native = Thread(2, Attributes(tickets=7))
    arrive(there, native, mover)
    order = []
    for _ in range(7):
        thread = there.pick()
        order.append(thread.id)
        thread.cpu += 1
        there.expire(thread)
    assert order == [2, 2, 2, 2, 2, 2, 0]


def test_other_tickets_of_who_sleeps_count_when_it_is_back() -> None:
    policy, _ = served(Stride(quantum=1))
    sleeper, other = Thread(0, Attributes(tickets=1)), Thread(1, Attributes(tickets=1))
    arrive(policy, sleeper, other)
    assert policy.pick() is sleeper
    policy.leave(sleeper)
    sleeper.attributes = Attributes(tickets=2)
    policy.changed(sleeper)
    assert ids(policy.queue()) == [1]
    policy.enqueue(sleeper)
    counts = [0, 0]
    for _ in range(30):
        thread = policy.pick()
        counts[thread.id] += 1
        thread.cpu += 1
        policy.expire(thread)
    assert counts == [20, 10]


# -- numbers ----------------------------------------------------------------------------------


def test_a_scale_grows_until_it_is_wide_enough() -> None:
    assert growth(1024, 15) == 15
    assert growth(1024, 48) == 3
    assert growth(1 << 1022, 3) == 3  # 1,024 bits
    assert growth(1 << 1023, 3) == 1
    assert growth(3 << 1100, 3) == 1


def test_slices_of_linux_are_those_of_its_fair_class() -> None:
    """``get_update_sysctl_factor``: 0.7 ms times 1 + log2 of the cores; CFS has no fixed one."""
    assert slices("linux", {}, 1) == ("base_slice", 700_000)
    assert slices("linux", {}, 4) == ("base_slice", 2_100_000)
    assert slices("linux", {"fair": "cfs"}, 4) == ("", 0)
    policy, _ = served(Linux())
    policy.retime(2 * MS)
    assert policy.slices == 2 * MS
