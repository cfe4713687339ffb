"""Threads that come from outside by the hundred thousand, and the table that does not build them.

A visitor is to be to the trace, to the state and to whoever looks what a thread is that was entered
and spawned; it only costs less.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from schedsim.attributes import Attributes
from schedsim.engine import Engine, Pace
from schedsim.engine.facts import facts
from schedsim.engine.visitors import Visit
from schedsim.entities import Table, Unbuilt
from schedsim.policies.cfs import Cfs
from schedsim.policies.edf import Edf
from schedsim.policies.fifo import Fifo
from schedsim.policies.round_robin import RoundRobin
from schedsim.policies.sjf import Sjf
from schedsim.programs.steps import Steps, assemble
from schedsim.state import State
from schedsim.trace import MOST_ENTITIES, Entity, Kind, Listing, Role, Trace
from schedsim.traps import COMPUTE, PERIOD, SLEEP, Op

LIKE = Entity(0, Role.THREAD, "guest", 1, 0, "guest", listing=Listing(("compute",), (0,)))


def burst(length: int) -> Steps:
    """Compute, and nothing else."""
    return Steps(assemble((Op((COMPUTE, length), "compute"),)))


def program(length: int) -> Steps:
    """Compute, sleep for a moment, compute again."""
    work = Op((COMPUTE, length), "compute")
    return Steps(assemble((work, Op((SLEEP, 3), "sleep"), work)))


def machine(policy: Callable[[], Any], cores: int) -> Engine:
    trace = Trace(cores=cores)
    trace.enter(Entity(1, Role.PROCESS, "house", 0, 0, "house"))
    return Engine(trace, policy)


def spawned(engine: Engine, like: Entity, visits: list[tuple[int, int]]) -> None:
    """Each entered and spawned at the moment at which it comes, as all other threads are."""
    trace = engine.trace
    for number, (arrival, length) in enumerate(visits):
        engine.advance(arrival)
        id = len(trace.entities)
        trace.enter(
            replace(like, id=id, thread=id, name=f"guest-{number}", arrival=arrival, gil=False)
        )
        engine.spawn(id, burst(length), None)
    engine.run()


def received(
    engine: Engine,
    like: Entity,
    visits: list[tuple[int, int]],
    work: Callable[[int], Steps] = program,
) -> None:
    engine.receive(like, guests(visits, work))


def guests(visits: Iterable[tuple[int, int]], work: Callable[[int], Steps]) -> Iterator[Visit]:
    for number, (arrival, length) in enumerate(visits):
        yield f"guest-{number}", arrival, work(length)


lengths = st.tuples(st.integers(0, 9), st.integers(1, 9))
"""How long after the one before, and how much to do."""


def timetable(steps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    now, found = 0, []
    for later, length in steps:
        now += later
        found.append((now, length))
    return found


URGENT = replace(LIKE, job="urgent", attributes=Attributes(deadline=9))
BOUND = replace(LIKE, job="bound", affinity=(1,))
PRIOR = replace(LIKE, job="prior", attributes=Attributes(nice=-5))


@pytest.mark.parametrize("policy", [Fifo, lambda: RoundRobin(quantum=4), Cfs])
@settings(max_examples=30)
@given(steps=st.lists(lengths, min_size=1, max_size=12), like=st.sampled_from([LIKE, BOUND, PRIOR]))
def test_a_visitor_is_traced_as_a_thread_that_is_spawned_when_it_comes(
    policy: Callable[[], Any], like: Entity, steps: list[tuple[int, int]]
) -> None:
    visits = timetable(steps)
    first, second = machine(policy, 2), machine(policy, 2)
    spawned(first, like, visits)
    received(second, like, visits, burst)
    second.run()
    assert list(first.trace.rows()) == list(second.trace.rows())
    assert first.trace.entities == second.trace.entities
    assert second.trace.complete


@pytest.mark.parametrize("policy", [Fifo, Edf, lambda: RoundRobin(quantum=4)])
@settings(max_examples=20)
@given(steps=st.lists(lengths, min_size=1, max_size=6), like=st.sampled_from([LIKE, BOUND, URGENT]))
def test_wherever_it_pauses_state_and_engine_agree_about_visitors(
    policy: Callable[[], Any], like: Entity, steps: list[tuple[int, int]]
) -> None:
    """And pausing changes nothing."""
    engine, other = machine(policy, 2), machine(policy, 2)
    for each in (engine, other):
        received(each, like, timetable(steps))
    trace = engine.trace
    state = State.start(trace)
    while not trace.complete:
        engine.run(rows=len(trace) + 1)
        assert state.forward(len(trace)).facts() == facts(engine)
    other.run()
    assert trace.digest() == other.trace.digest()


def test_two_who_come_at_once_are_both_there_before_a_core_chooses() -> None:
    """The second is the shorter, and is served first."""
    engine = machine(Sjf, 1)
    received(engine, LIKE, [(5, 7), (5, 2)])
    engine.run()
    begun = [row.subject for row in engine.trace.rows() if row.kind is Kind.RUN]
    assert begun[0] == 3


def test_a_deadline_of_a_visitor_is_kept_where_the_policy_gives_up() -> None:
    """It has 5 to do before 9 when it comes at 6: at 9 it is given up."""
    engine = machine(lambda: Edf(abort_on_miss=True), 1)
    received(engine, URGENT, [(6, 5)])
    engine.run()
    aborted = [row.time for row in engine.trace.rows() if row.kind is Kind.ABORT]
    assert aborted == [9]


@pytest.mark.parametrize(
    ("length", "begun"),
    [(1, [(Kind.RUN, 3), (Kind.RUN, 13)]), (12, [(Kind.RUN, 3), (Kind.NEXT_JOB, 15)])],
)
def test_jobs_of_a_periodic_visitor_are_released_from_when_it_came(
    length: int, begun: list[tuple[Kind, int]]
) -> None:
    """It comes at 3 with a period of 10; where it takes 12 the next job has waited since 13."""
    work = Op((COMPUTE, length), "compute")
    body = Steps(assemble((work, Op((PERIOD, None), "wait"), work)))
    engine = machine(Edf, 1)
    engine.receive(replace(LIKE, attributes=Attributes(period=10)), [("guest", 3, body)])
    engine.run()
    found = [row for row in engine.trace.rows() if row.kind in (Kind.RUN, Kind.NEXT_JOB)]
    assert [(row.kind, row.time) for row in found] == begun
    released = [row.arg for row in found if row.kind is Kind.NEXT_JOB]
    assert released == ([13] if length == 12 else [])


def test_who_should_have_come_before_comes_now() -> None:
    engine = machine(Fifo, 1)
    engine.run(until=10)
    engine.advance(20)
    received(engine, LIKE, [(5, 2), (3, 2), (25, 2)])
    engine.run()
    spawns = [row.time for row in engine.trace.rows() if row.kind is Kind.SPAWN]
    assert spawns == [20, 20, 25]


def test_visitors_of_two_sources_come_in_turn() -> None:
    engine = machine(Fifo, 1)
    received(engine, LIKE, [(1, 2), (9, 2)])
    received(engine, replace(LIKE, job="other"), [(5, 2), (9, 2)])
    engine.run(until=8)
    assert State.start(engine.trace).forward(len(engine.trace)).facts() == facts(engine)
    engine.run()
    assert [entity.job for entity in engine.trace.entities[2:]] == ["guest", "other"] * 2
    assert State.start(engine.trace).forward(len(engine.trace)).facts() == facts(engine)


def test_nobody_is_asked_for_before_the_one_before_has_come() -> None:
    asked = []

    def visits() -> Iterator[Visit]:
        for number in range(3):
            asked.append(number)
            yield f"guest-{number}", 10 * number, program(1)

    engine = machine(Fifo, 1)
    engine.receive(LIKE, visits())
    assert asked == [0]
    engine.run(until=9)
    assert asked == [0, 1]


def test_a_source_without_visitors_is_nothing() -> None:
    engine = machine(Fifo, 1)
    engine.receive(LIKE, ())
    engine.run()
    assert engine.trace.complete
    assert len(engine.trace) == 0


def test_visitors_who_have_ended_are_forgotten() -> None:
    engine = machine(Fifo, 1)
    received(engine, LIKE, [(0, 5), (50, 5)])
    engine.run(until=51)
    assert [engine.trace.entities[id].name for id in engine.threads] == ["guest-1"]
    engine.run()
    assert not engine.threads


def test_visitors_on_a_slow_core_take_as_long_as_threads() -> None:
    """At half the speed 5 take 10, then comes a sleep of 3, then 10 again."""
    trace = Trace()
    engine = Engine(trace, Fifo, pace=Pace(trace, (Fraction(1, 2),)))
    received(engine, LIKE, [(0, 5)])
    engine.run()
    assert trace.end == 23


# -- the table --------------------------------------------------------------------------------


def told(names: str = "ab") -> Trace:
    """A trace with a process, and guests who arrive at 10, 11, ... and are still to be built."""
    trace = Trace()
    trace.enter(Entity(1, Role.PROCESS, "house", 0, 0, "house"))
    for number, name in enumerate(names):
        assert trace.table().add(LIKE, name, 10 + number) == 2 + number
    return trace


def guest(id: int, name: str, arrival: int) -> Entity:
    listing = Listing(("compute",), (0,))
    return Entity(id, Role.THREAD, name, 1, id, "guest", arrival=arrival, listing=listing)


def test_entities_are_built_when_somebody_looks_and_not_before() -> None:
    trace = told()
    assert isinstance(trace.entities, Unbuilt)
    assert len(trace.entities) == 4
    assert isinstance(trace.entities, Unbuilt)
    assert trace.entities[3] == guest(3, "b", 11)
    assert type(trace.entities) is Table
    assert trace.entities[2:] == [guest(2, "a", 10), guest(3, "b", 11)]


def test_a_table_goes_on_growing_in_both_ways() -> None:
    trace = told()
    trace.enter(guest(4, "c", 12))
    other = guest(0, "x", 0)
    assert trace.table().add(other, "d", 13) == 5
    assert trace.table().add(LIKE, "e", 14) == 6
    assert trace.table().add(LIKE, "f", 15) == 7
    names = [entity.name for entity in trace.entities]
    assert names == ["", "house", "a", "b", "c", "d", "e", "f"]
    assert [entity.id for entity in trace.entities] == list(range(8))
    assert trace.table().add(LIKE, "g", 16) == 8
    assert trace.entities[8] == guest(8, "g", 16)


def test_who_holds_the_table_sees_those_who_are_added_later() -> None:
    trace = told()
    table = trace.entities
    trace.table().add(LIKE, "c", 12)
    assert table[4].name == "c"
    assert trace.entities is table


def test_a_trace_with_a_table_is_digested_like_any_other() -> None:
    trace, plain = told(), Trace()
    for entity in told().entities[1:]:
        plain.enter(entity)
    assert type(plain.entities) is list
    assert trace.digest() == plain.digest()


def after(table: list[Any], change: str, *arguments: Any, **others: Any) -> list[Any]:
    """What is left of ``table`` after a change."""
    getattr(table, change)(*arguments, **others)
    return list(table)


LOOKS: dict[str, Callable[[list[Any]], Any]] = {
    "item": lambda table: table[-1].name,
    "slice": lambda table: table[1:3],
    "for": lambda table: [entity.name for entity in table],
    "list": list,
    "tuple": tuple,
    "unpacked": lambda table: [*table],
    "in": lambda table: guest(3, "b", 11) in table,
    "reversed": lambda table: list(reversed(table)),
    "sum": lambda table: table + [1],  # noqa: RUF005 - that is what is tested
    "sum, from the left": lambda table: [1] + table,  # noqa: RUF005 - as above
    "twice": lambda table: table * 2,
    "equal": lambda table: table == told().entities,
    "unequal": lambda table: table != told("xyz").entities,
    "index": lambda table: table.index(guest(3, "b", 11)),
    "count": lambda table: table.count(guest(3, "b", 11)),
    "copy": lambda table: table.copy(),
    "shallow copy": lambda table: list(copy.copy(table)),
    "shown": repr,
    "pop": lambda table: table.pop(),
    "set": lambda table: after(table, "__setitem__", 3, 5),
    "delete": lambda table: after(table, "__delitem__", 1),
    "extend": lambda table: after(table, "extend", [1, 2]),
    "insert": lambda table: after(table, "insert", 1, 5),
    "remove": lambda table: after(table, "remove", guest(2, "a", 10)),
    "reverse": lambda table: after(table, "reverse"),
    "sort": lambda table: after(table, "sort", key=lambda entity: -entity.id),
    "clear": lambda table: after(table, "clear"),
    "zip": lambda table: list(zip(table, table, strict=True)),
    "pairs": lambda table: list(pairwise(table)),
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_table_is_looked_at_like_a_list(look: str) -> None:
    assert LOOKS[look](told().entities) == LOOKS[look](list(told().entities))


def test_every_way_to_look_at_a_list_completes_a_table() -> None:
    """Of Python to come too: what a list can do and ``object`` cannot is a look, but for these."""
    no_looks = {"__len__", "__class_getitem__", "__init__", "__getattribute__", "__hash__"}
    ways = {name for name in vars(list) if callable(getattr(list, name))} - no_looks
    ways -= {"__new__", "__sizeof__"}
    assert {name for name in ways if name not in vars(Unbuilt)} == set()


def test_a_run_holds_so_many_and_no_more() -> None:
    trace = told()
    table: Any = trace.entities
    table.built = MOST_ENTITIES - 2  # beside the two that are to be built
    trace.table().add(LIKE, "last", 0)
    with pytest.raises(OverflowError, match=f"{MOST_ENTITIES:,}"):
        trace.table().add(LIKE, "too many", 0)
