"""Random structured programs: blocks, ``try``, and every verb that event loops have.

A job waits only for those after it, so that no two wait for each other; it may cancel anybody.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from schedsim.programs.steps import Block, Repeat, Step, Try
from schedsim.scenario import Job, Shared
from schedsim.traps import COMPUTE, IO, JOIN, SLEEP, SPAWN, VERB, YIELD, Named, Op, Trap, Wish

durations = st.sampled_from([1, 2, 3, 1, 2, 5, 0])
NAMES = ("a", "b", "c", "d", "e")
SHARED = ("lock", "semaphore", "event", "condition", "queue", "barrier")


def op(trap: Trap) -> Op:
    return Op(trap, "step")


def verb(name: str, *arguments: Any) -> Op:
    return op((VERB, Wish(name, arguments)))


def named(name: str) -> Named:
    """A job; or what is shared, which is called as its kind."""
    return Named(name if name in SHARED else "job", name)


WAITS = [
    op((YIELD, None)),
    op((YIELD, None)),
    verb("acquire", named("lock")),
    verb("acquire", named("semaphore")),
    verb("acquire", named("condition")),
    verb("wait", named("event")),
    verb("wait", named("condition")),
    verb("wait", named("barrier")),
    verb("put", named("queue"), 1),
    verb("get", named("queue")),
]
ACTS = [
    verb("release", named("lock")),
    verb("release", named("semaphore")),
    verb("release", named("condition")),
    verb("set", named("event")),
    verb("set", named("event")),
    verb("clear", named("event")),
    verb("notify", named("condition"), 1),
    verb("notify", named("condition"), 0),
    verb("put_nowait", named("queue"), 1),
    verb("get_nowait", named("queue")),
    verb("raise", "Oops"),
]


@st.composite
def ops(draw: st.DrawFn, later: tuple[str, ...], everybody: tuple[str, ...]) -> Op:
    """One step that is no block."""
    which = draw(st.integers(0, 11 if later else 7))
    if which <= 3:
        trap = draw(st.sampled_from([SLEEP, SLEEP, IO, COMPUTE]))
        duration = draw(durations)  # a sleep of 0 is read as a yield
        step = op((trap, duration) if duration or trap != SLEEP else (YIELD, None))
    elif which == 4:
        step = verb("cancel", named(draw(st.sampled_from(everybody))))
    elif which <= 6:
        step = draw(st.sampled_from(WAITS))
    elif which == 7:
        step = draw(st.sampled_from(ACTS))
    else:
        other = draw(st.sampled_from(later))
        step = draw(st.sampled_from(with_others(other, later[0], draw(durations))))
    return step


def with_others(other: str, first: str, duration: int) -> list[Op]:
    """What a task does with others."""
    return [
        op((SPAWN, other)),
        op((SPAWN, other)),
        op((SPAWN, other)),
        op((JOIN, other)),
        verb("await", named(other)),
        verb("gather", (named(other), named(first))),
        verb("gather", (named(other),)),
        verb("wait_for", duration, named(other)),
    ]


@st.composite
def bodies(
    draw: st.DrawFn, later: tuple[str, ...], everybody: tuple[str, ...], depth: int = 3
) -> tuple[Step, ...]:
    """Several steps."""
    steps: list[Step] = []
    for _ in range(draw(st.integers(1, 4))):
        which = draw(st.integers(0, 9)) if depth else 0
        if which <= 5:
            steps.append(draw(ops(later, everybody)))
            continue
        inner = draw(bodies(later, everybody, depth - 1))
        if which == 6:
            steps.append(Repeat(inner, draw(st.integers(1, 3))))
        elif which == 7:
            steps.append(draw(tries(inner, later, everybody)))
        else:
            steps.append(Block(draw(wishes()), inner, "block"))
    return tuple(steps)


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    name = draw(
        st.sampled_from(["timeout", "move_on", "group", "with", "shield", "wait_for", "group"])
    )
    if name == "with":
        return Wish(name, (named(draw(st.sampled_from(["lock", "semaphore", "condition"]))),))
    return Wish(name, () if name in ("group", "shield") else (draw(durations),))


@st.composite
def tries(
    draw: st.DrawFn, inner: tuple[Step, ...], later: tuple[str, ...], everybody: tuple[str, ...]
) -> Try:
    few = bodies(later, everybody, 0)
    handlers = tuple(
        (name, draw(few)) for name in ("cancelled", "timeout", "error") if draw(st.booleans())
    )
    return Try(inner, handlers, draw(few) if draw(st.booleans()) else ())


@st.composite
def structured_jobs(draw: st.DrawFn) -> tuple[Job, ...]:
    """Jobs that know one another."""
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    return tuple(
        Job(
            name,
            draw(bodies(names[index + 1 :], names)),
            count=draw(st.sampled_from([1, 1, 2])),
            spawned=index > 0 and draw(st.booleans()),
        )
        for index, name in enumerate(names)
    )


@st.composite
def shared(draw: st.DrawFn) -> dict[str, Shared]:
    """One thing of each kind, called as its kind."""
    values = {"semaphore": st.integers(0, 2), "queue": st.integers(0, 2), "barrier": st.just(2)}
    return {kind: Shared(kind, draw(values.get(kind, st.just(0)))) for kind in SHARED}
