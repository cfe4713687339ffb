"""Random programs of the greenlet program format."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

RESOURCES: dict[str, dict[str, Any]] = {
    "E0": {"type": "event"},
    "S0": {"type": "semaphore", "value": 1},
    "S1": {"type": "semaphore", "value": 2},
    "L0": {"type": "rlock", "value": 1},
    "Q0": {"type": "queue", "maxsize": 1},
    "Q1": {"type": "queue", "maxsize": 2},
    "R0": {"type": "result"},
    "P0": {"type": "pool", "size": 1},
    "P1": {"type": "pool", "size": 2},
}
FUNCTIONS = ("f0", "f1", "f2", "f3")
GREENLETS = ("g0", "g1", "g2", "g3")

_QUEUE, _LOCK, _NUMBER, _OTHER, _TIME, _TRUTH, _ERROR = range(7)
"""What an operation needs."""
_DRAWN: tuple[st.SearchStrategy[Any], ...] = (
    st.sampled_from(("Q0", "Q1")),
    st.sampled_from(("S0", "S1", "L0")),
    st.integers(1, 9),
    st.sampled_from(GREENLETS),
    st.integers(1, 12),
    st.booleans(),
    st.sampled_from(("ValueError", "KeyError")),
)
_OPERATIONS: tuple[tuple[Any, ...], ...] = (
    ("sleep", None),
    ("sleep", None),
    ("sleep", _TIME),
    ("put", _QUEUE, _NUMBER),
    ("put_nowait", _QUEUE, _NUMBER),
    ("get", _QUEUE),
    ("get_nowait", _QUEUE),
    ("get_timeout", _QUEUE, _TIME),
    ("set", "E0"),
    ("clear", "E0"),
    ("wait", "E0"),
    ("wait_timeout", "E0", _TIME),
    ("set", "R0", _NUMBER),
    ("result", "R0"),
    ("kill", _OTHER, _TRUTH),
    ("join", _OTHER),
    ("join_timeout", _OTHER, _TIME),
    ("value", _OTHER),
    ("raise", _ERROR),
    ("return", _NUMBER),
)
_AROUND = ("with", "timeout", "try")
_KINDS = st.integers(0, len(_OPERATIONS) + 2 * len(_AROUND) - 1)


def _block(draw: st.DrawFn, most: int, depth: int) -> list[Any]:
    return [_operation(draw, depth) for _ in range(draw(st.integers(1, most)))]


def _operation(draw: st.DrawFn, depth: int) -> list[Any]:
    kind = draw(_KINDS)
    if kind >= len(_OPERATIONS) and depth < 2:
        around = _AROUND[kind % len(_AROUND)]
        body = _block(draw, 3, depth + 1)
        if around == "with":
            return ["with", draw(_DRAWN[_LOCK]), body]
        if around == "timeout":
            return ["timeout", draw(_DRAWN[_TIME]), body]
        names = draw(st.sampled_from((("killed",), ("error", "finally"), ("finally",))))
        return ["try", body, {name: _block(draw, 2, depth + 1) for name in names}]
    what, *needs = _OPERATIONS[kind % len(_OPERATIONS)]
    return [
        what,
        *(draw(_DRAWN[need]) if isinstance(need, int) else need or 0 for need in needs),
    ]


def _start(draw: st.DrawFn, name: str) -> list[Any]:
    kind = draw(st.integers(0, 3))
    function = draw(st.sampled_from(FUNCTIONS))
    if kind == 0:
        return ["spawn_later", name, function, draw(_DRAWN[_TIME])]
    if kind == 1:
        return ["pool_spawn", name, function, draw(st.sampled_from(("P0", "P1")))]
    return ["spawn", name, function]


@st.composite
def programs(draw: st.DrawFn) -> dict[str, Any]:
    """Programs; every operation is followed by a mark of its own."""
    funcs = {name: _block(draw, 6, 0) for name in FUNCTIONS}
    starts = [_start(draw, name) for name in GREENLETS]
    main = [*starts, *_block(draw, 6, 0), ["joinall", list(GREENLETS)]]
    numbers = iter(range(1, 1000))
    return {
        "resources": RESOURCES,
        "funcs": {name: _marked(ops, numbers) for name, ops in funcs.items()},
        "main": _marked(main, numbers),
    }


def _marked(ops: list[Any], numbers: Any) -> list[Any]:
    found: list[Any] = []
    for what, *args in ops:
        done = [
            _marked(arg, numbers)
            if isinstance(arg, list) and what != "joinall"
            else {key: _marked(part, numbers) for key, part in arg.items()}
            if isinstance(arg, dict)
            else arg
            for arg in args
        ]
        found += [[what, *done], ["mark", f"m{next(numbers)}"]]
    return found
