"""Structured programs carried out without a frame of their own, against Python's own generators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, strategies as st

from schedsim.loops.asyncio import ASYNCIO
from schedsim.loops.asyncio.sleeping import sleep
from schedsim.programs import moves
from schedsim.programs.scripts import write_script
from schedsim.programs.steps import Repeat, Step, Try
from schedsim.programs.structured import Play
from schedsim.traps import COMPUTE, MARK, PARK, VERB, Body, Op, Trap, Wish
from tests.live_loops import LoopMachine

AT_ONCE = Op((MARK, "m"), "mark m")
USES = Op((COMPUTE, 1), "compute 1")
WAITS = Op((VERB, Wish("wait")), "wait")


class Hand:
    """Who carries programs out: notes what they do, and at what place."""

    def __init__(self) -> None:
        self.pc = 0
        self.done: list[tuple[int, int]] = []

    def perform(self, trap: Trap) -> Body | tuple[Trap, ...]:
        self.done.append((self.pc, trap[0]))
        if trap[0] == COMPUTE:
            return (trap,)
        return self._wait() if trap[0] == VERB else ()

    def _wait(self) -> Body:
        yield (PARK, "once")
        yield (PARK, "twice")

    def manager(self, wish: Wish) -> Any:
        raise AssertionError("there are no blocks here")

    def catches(self, handler: str, error: BaseException) -> bool:
        return handler == "error" and isinstance(error, ValueError)


def by_hand(hand: Hand, steps: Sequence[Step], places: dict[int, int]) -> Body:
    """The same as a generator, as a person would write it."""
    for step in steps:
        if isinstance(step, Op):
            hand.pc = places[id(step)]
            yield from hand.perform(step.trap)
        elif isinstance(step, Repeat):
            for _ in range(step.times or 0):
                yield from by_hand(hand, step.do, places)
        else:
            assert isinstance(step, Try)
            try:
                yield from by_hand(hand, step.do, places)
            except ValueError:
                yield from by_hand(hand, step.handlers[0][1], places)
            finally:
                yield from by_hand(hand, step.last, places)


def _grown(steps: st.SearchStrategy[Step]) -> st.SearchStrategy[Step]:
    some = st.lists(steps, max_size=3).map(tuple)
    repeats = st.builds(Repeat, some, st.integers(0, 3))
    handlers = st.tuples(st.tuples(st.just("error"), some))
    return repeats | st.builds(Try, some, handlers, some)


programs = st.lists(
    st.recursive(st.sampled_from([AT_ONCE, USES, WAITS]), _grown, max_leaves=6), max_size=4
).map(tuple)


def outcome(body: Body, hand: Hand, throws: int) -> list[Any]:
    """What it traps for and does; its ``throws``-th trap raises."""
    found: list[Any] = []
    try:
        trap = next(body)
        while True:
            found.append((trap, hand.pc))
            assert len(found) < 1_000
            trap = body.throw(ValueError("thrown")) if len(found) == throws else next(body)
    except StopIteration:
        found.append("end")
    except ValueError:
        found.append("raised")
    return [*found, *hand.done]


@pytest.mark.parametrize("unroll", [0, 4, 256])
@given(programs, st.integers(1, 8))
def test_a_walk_does_what_a_generator_does(
    unroll: int, steps: tuple[Step, ...], throws: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(moves, "UNROLL", unroll)
        script = write_script(steps, lambda trap: trap)
    ours, theirs = Hand(), Hand()
    expected = outcome(by_hand(theirs, script.steps, script.places), theirs, throws)
    assert outcome(script.play(ours), ours, throws) == expected


def test_a_repeat_for_ever_counts_nothing() -> None:
    body = write_script((Repeat((USES,), None),), lambda trap: trap).play(Hand())
    assert isinstance(body, Play)
    assert [next(body) for _ in range(300)] == [(COMPUTE, 1)] * 300
    assert body.counts is None


def test_a_walk_that_is_closed_is_over_and_so_is_what_was_under_way() -> None:
    left = []

    class Waiting(Hand):
        def _wait(self) -> Body:
            try:
                yield (PARK, "once")
            finally:
                left.append("it")

    body = write_script((WAITS, USES), lambda trap: trap).play(Waiting())
    assert next(body) == (PARK, "once")
    body.close()
    assert left == ["it"]
    with pytest.raises(StopIteration):
        next(body)


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_a_walk_that_is_closed_between_two_steps_does_nothing_more(taken: int) -> None:
    hand = Hand()
    body = write_script((USES, Repeat((USES,), 5), AT_ONCE), lambda trap: trap).play(hand)
    for _ in range(taken):
        next(body)
    body.close()
    with pytest.raises(StopIteration):
        next(body)
    assert len(hand.done) == taken


def test_a_sleep_that_is_closed_leaves_no_timer_behind() -> None:
    """Nobody waits for it, so the loop ends with the other sleep."""
    machine = LoopMachine(ASYNCIO)

    def body(me: Any) -> Body:
        nap = iter(sleep(me, 10))
        assert next(nap)[0] == PARK
        nap.close()
        with pytest.raises(StopIteration):
            next(nap)
        yield from sleep(me, 3)

    machine.start("a", body)
    machine.run()
    assert machine.engine.now == 3


def test_a_sleep_that_has_not_begun_can_be_closed() -> None:
    machine = LoopMachine(ASYNCIO)

    def body(me: Any) -> Body:
        nap = iter(sleep(me, 10))
        nap.close()
        with pytest.raises(StopIteration):
            next(nap)
        with pytest.raises(ValueError, match="thrown"):
            iter(sleep(me, 10)).throw(ValueError("thrown"))
        yield from sleep(me, 3)

    machine.start("a", body)
    machine.run()
    assert machine.engine.now == 3
