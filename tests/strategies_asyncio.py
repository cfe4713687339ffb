"""Random asyncio programs, in the format of :mod:`tests.async_programs`.

Names of tasks are drawn from a few, and may not exist yet: that is a ``KeyError`` in the program,
the same on every loop.  Left out is what hangs on the order of a set: several tasks in
``as_completed``, and groups of several tasks of which one can fail or be cancelled.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Drawn = st.SearchStrategy[list[Any]]

RESOURCES: dict[str, dict[str, Any]] = {
    "L": {"type": "lock"},
    "S": {"type": "semaphore", "value": 2},
    "U": {"type": "bounded_semaphore", "value": 1},
    "E": {"type": "event"},
    "C": {"type": "condition"},
    "B": {"type": "barrier", "parties": 2},
    "Q": {"type": "queue", "maxsize": 1},
    "I": {"type": "lifo_queue"},
    "P": {"type": "priority_queue"},
}
_FUNCTIONS = ("f1", "f2", "f3")
_SAFE_FUNCTIONS = ("g1", "g2")
_TASKS = ("t0", "t1", "t2", "t3")
_lengths = st.sampled_from((0, 0, 1, 1, 2, 3, 5))
_functions = st.sampled_from(_FUNCTIONS)
_safe_functions = st.sampled_from(_SAFE_FUNCTIONS)
_tasks = st.sampled_from(_TASKS)
_queues = st.sampled_from(("Q", "I", "P"))
_locks = st.sampled_from(("L", "S", "U", "C"))
_labels = st.sampled_from(("a", "b", "c"))
_futures = st.sampled_from(("u0", "u1"))


def _op(verb: str, *arguments: st.SearchStrategy[Any]) -> Drawn:
    return st.tuples(st.just(verb), *arguments).map(list)


_CALM = (
    _op("mark", _labels),
    _op("sleep", _lengths),
    _op("sleep", _lengths),
    _op("acquire", _locks),
    _op("release", _locks),
    _op("put", _queues, st.integers(0, 3)),
    _op("get", _queues),
    _op("put_nowait", _queues, st.integers(0, 3)),
    _op("get_nowait", _queues),
    _op("task_done", _queues),
    _op("qjoin", _queues),
    _op("set", st.just("E")),
    _op("clear", st.just("E")),
    _op("wait", st.just("E")),
    _op("set_later", _lengths, st.just("E")),
    _op("cwait", st.just("C")),
    _op("notify", st.just("C"), st.integers(1, 2)),
    _op("notify_all", st.just("C")),
    _op("barrier", st.just("B")),
    _op("call_soon", _labels),
    _op("call_later", _lengths, _labels, st.just("h")),
    _op("call_at", _lengths, _labels, st.just("h")),
    _op("future", _futures),
    _op("set_result", _futures, st.integers(0, 3)),
    _op("on_done", st.one_of(_futures, _tasks), _labels),
    _op("await", st.one_of(_futures, _tasks)),
    _op("done", _tasks),
    _op("gather", st.lists(_tasks, max_size=3), st.booleans()),
    _op("wait_tasks", st.lists(_tasks, min_size=1, max_size=3), _lengths, st.just("ALL_COMPLETED")),
    _op("as_completed", _tasks.map(lambda name: [name]), st.none()),
    _op("ctx_set", st.integers(0, 3)),
    _op("ctx_get"),
    _op("return", st.integers(0, 3)),
)
_SAFE = (
    _op("mark", _labels),
    _op("sleep", _lengths),
    _op("call_soon", _labels),
    _op("set", st.just("E")),
    _op("wait", st.just("E")),
    _op("with", st.just("L"), st.just([["sleep", 1]])),
    _op("put_nowait", st.just("Q"), st.integers(0, 3)),
)
"""What cannot fail."""
_WILD = (
    _op("cancel", _tasks),
    _op("cancelling", _tasks),
    _op("shield", _tasks),
    _op("hcancel", st.just("h")),
    _op("set_exception", _futures),
    _op("raise", st.sampled_from(("KeyError", "ValueError"))),
    _op("wait_for", _lengths, _tasks.map(lambda name: {"task": name})),
    _op(
        "wait_tasks",
        st.lists(_tasks, min_size=1, max_size=3),
        _lengths,
        st.sampled_from(("FIRST_COMPLETED", "FIRST_EXCEPTION")),
    ),
)


def _nested(inner: Drawn, *, wild: bool) -> Drawn:
    steps = st.lists(inner, min_size=1, max_size=4)
    found = [
        _op("with", _locks, steps),
        _op("repeat", st.integers(1, 3), steps),
        _op("try", steps, st.fixed_dictionaries({"error": steps})),
    ]
    if wild:
        keys = ("cancelled", "cancelled!", "timeout", "error", "finally")
        handlers = st.dictionaries(st.sampled_from(keys), steps, min_size=1, max_size=2)
        found += [_op("timeout", _lengths, steps), _op("try", steps, handlers)]
    return st.one_of(inner, *found)


@st.composite
def programs(draw: st.DrawFn, *, eager: bool = False) -> dict[str, Any]:
    """A program whose order is the same on every loop that is asyncio."""
    wild = draw(st.booleans())
    simple = st.one_of(*_CALM, *(_WILD if wild else ()))
    step = _nested(_nested(simple, wild=wild), wild=wild)
    bodies = {name: draw(st.lists(step, max_size=6)) for name in _FUNCTIONS}
    safe = st.lists(st.one_of(*_SAFE), max_size=4)
    bodies |= {name: draw(safe) for name in _SAFE_FUNCTIONS}
    main: list[Any] = []
    for number, name in enumerate(_TASKS):
        main += draw(st.lists(step, max_size=2))
        main.append(["spawn", name, draw(_functions)])
        if draw(st.booleans()):
            # An eager task that fails in a group leaves its parent cancelled in 3.12.1.
            several = not (wild or eager) and draw(st.booleans())
            members = draw(st.lists(_safe_functions, min_size=2)) if several else [draw(_functions)]
            group = [["gspawn", f"g{number}{n}", name] for n, name in enumerate(members)]
            main.append(["try", [["group", group]], {"error": [["mark", "group"]]}])
        if draw(st.booleans()):
            main.append(["gather_new", draw(st.lists(_functions, max_size=2)), True])
        if wild and draw(st.booleans()):
            limited = ["wait_for", draw(_lengths), {"func": draw(_functions)}]
            main.append(["try", [limited], {"timeout": [], "error": []}])
    main += draw(st.lists(step, max_size=4))
    program = {"resources": RESOURCES, "funcs": bodies, "main": main}
    return {**program, "eager": True} if eager else program
