"""Targets of order: D12, the traces of SEMANTICS.md B8.  They are exact.

The 33 programs of asyncio run on SimLoop, as they were measured.  Those that can be said with the
verbs of a scenario file run on the light loops too; of gevent and eventlet there are only these.
The programs of asyncio are loaded when somebody asks: they need the real one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from schedsim.trace import Kind
from schedsim.validate.checks import Check, same
from schedsim.validate.files import played

_LONGEST: Final = 44


class _Said(NamedTuple):
    """A program in the words of scenario files."""

    name: str
    """That of B8."""
    models: tuple[str, ...]
    expected: str
    main: tuple[str, ...]
    workers: Mapping[str, tuple[str, ...]]
    kinds: str = ""
    """What is shared, as the file declares it."""


def _turns(name: str, times: int) -> tuple[str, ...]:
    each = [step for n in range(times) for step in (f"mark {name}{n}", "yield")]
    return (*each, f"mark {name}end")


def _holders(*steps: str, times: int = 2) -> dict[str, tuple[str, ...]]:
    """A, B and C, who each do the same a number of times."""
    return {
        name: tuple(step.format(name=name, n=n) for n in range(times) for step in steps)
        for name in "ABC"
    }


_SEMAPHORE: Final = '[[semaphore]]\nname = "s"\nvalue = 1\n'
_EVENT: Final = '[[event]]\nname = "e"\n'
_ABC: Final = ("spawn A", "spawn B", "spawn C")
_TURNS: Final = {"A": _turns("A", 3), "B": _turns("B", 2), "C": _turns("C", 1)}
_BRIEF: Final = _holders("acquire s", "mark {name} got {n}", "yield", "release s")

_PROGRAMS: Final = (
    _Said(
        "p02",
        ("asyncio", "uvloop"),
        "A0 | B0 | C0 | A1 | B1 | Cend | A2 | Bend | Aend | main",
        (*_ABC, "gather A B C", "mark main"),
        _TURNS,
    ),
    _Said(
        "p05",
        ("asyncio", "uvloop"),
        "A want 0 | A got 0 | B want 0 | C want 0 | A rel 0 | A want 1 | B got 0 | B rel 0 | "
        "B want 1 | C got 0 | C rel 0 | C want 1 | A got 1 | A rel 1 | B got 1 | B rel 1 | "
        "C got 1 | C rel 1 | end",
        (*_ABC, "gather A B C", "mark end"),
        _holders(
            "mark {name} want {n}",
            "acquire l",
            "mark {name} got {n}",
            "yield",
            "release l",
            "mark {name} rel {n}",
        ),
    ),
    _Said(
        "p09",
        ("asyncio", "uvloop"),
        "A wait | B wait | C wait | set | cleared | A woken | B woken | C woken | end",
        (
            *_ABC,
            "yield",
            "set e",
            "mark set",
            "clear e",
            "mark cleared",
            "gather A B C",
            "mark end",
        ),
        _holders("mark {name} wait", "wait e", "mark {name} woken", times=1),
        _EVENT,
    ),
    _Said(
        "g1, e1",
        ("gevent", "eventlet"),
        "main0 | main1 (not started) | A0 | B0 | C0 | A1 | B1 | Cend | A2 | Bend | Aend | main",
        ("mark main0", *_ABC, "mark main1 (not started)", "gather A B C", "mark main"),
        _TURNS,
    ),
    _Said(
        "g5",
        ("gevent",),
        "A got 0 | A got 1 | B got 0 | B got 1 | C got 0 | C got 1",
        (*_ABC, "gather A B C"),
        _BRIEF,
        _SEMAPHORE,
    ),
    _Said(
        "e5",
        ("eventlet",),
        "A got 0 | B got 0 | C got 0 | A got 1 | B got 1 | C got 1",
        (*_ABC, "gather A B C"),
        _BRIEF,
        _SEMAPHORE,
    ),
    _Said(
        "g6",
        ("gevent",),
        "set | A woken | B woken | C woken",
        (*_ABC, "yield", "set e", "mark set", "gather A B C"),
        _holders("wait e", "mark {name} woken", times=1),
        _EVENT,
    ),
    _Said(
        "g9, e9",
        ("gevent", "eventlet"),
        "A | B | C",
        (*_ABC, "gather A B C"),
        _holders("sleep 5ms", "mark {name}", times=1),
    ),
)
"""Without ``p`` in the name: g of gevent, e of eventlet."""


def orders_of_programs() -> Iterator[Check]:
    """D12: who says what, when; token for token."""
    from schedsim.validate.orders import EXPECTED, PROGRAMS, UNORDERED, tokens  # noqa: PLC0415

    for name, body in PROGRAMS.items():
        loose = UNORDERED.get(name, frozenset())
        found = _in_any_order(tokens(body), loose)
        yield compared(f"SimLoop, {name}", found, _in_any_order(EXPECTED[name], loose))
    for said in _PROGRAMS:
        for model in said.models:
            yield compared(f"{model} in a file, {said.name}", _marks(said, model), said.expected)


def _in_any_order(tokens: tuple[str, ...] | list[str], loose: frozenset[str]) -> str:
    """Tokens whose order is that of a set are sorted among themselves."""
    sorts = iter(sorted(each for each in tokens if each in loose))
    return " | ".join(next(sorts) if each in loose else each for each in tokens)


def compared(says: str, found: str, expected: str) -> Check:
    """Long orders are told by their beginning if they agree, and from where they differ if not."""
    start = 0
    if found != expected:
        pairs = enumerate(zip(found, expected, strict=False))
        start = max(0, next((n for n, (a, b) in pairs if a != b), 0) - 10)
    shown = [
        text if len(text) - start <= _LONGEST else f"{text[start : start + _LONGEST]}…"
        for text in (found, expected)
    ]
    check = same("D12", says, *shown)
    return Check(check.id, says, check.target, check.measured, found == expected)


def _marks(said: _Said, model: str) -> str:
    jobs = {"main": said.main, **said.workers}
    text = [f'model = "{model}"', said.kinds]
    for name, steps in jobs.items():
        spawned = "" if name == "main" else "spawned = true"
        listed = ", ".join(f'"{step}"' for step in steps)
        text.append(f'[[job]]\nname = "{name}"\n{spawned}\nsteps = [{listed}]')
    trace = played("\n".join(text))
    return " | ".join(trace.labels[row.arg] for row in trace.rows() if row.kind == Kind.MARK)


TARGETS: Mapping[str, Callable[[], Iterator[Check]]] = {"D12": orders_of_programs}
