"""Steps carried out in each of the four styles, by a real function of that style.

A file in TOML says *what* is done.  Under the models ``callbacks``, ``generators``, ``coroutines``
and ``greenlets`` one of the functions here goes over its steps, so that what is kept while the task
is suspended is what Python keeps: closures, a frame for each repeat, a chain of frames, a stack.
Nothing of the file is executed; :func:`rendered` writes it down as a person would write it in that
style, for the program panel.

Only flat steps can be said in all four: a block or a ``try`` has no like among callbacks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import Any

from schedsim.programs.callbacks import CallbackProgram
from schedsim.programs.resumable import Place, Request, Resumable
from schedsim.programs.scripts import Script
from schedsim.programs.steps import Repeat, Step
from schedsim.programs.styles import STYLES
from schedsim.trace import Listing
from schedsim.traps import MARK, RELEASE, SPAWN, VERB, YIELD, Op

Goes = Callable[[], None]


class Way:
    """Where a walk over steps is."""

    __slots__ = ("pc", "places")

    def __init__(self, places: Mapping[int, int]) -> None:
        self.places = places
        self.pc = 0

    def line(self) -> int:
        """The number of the operation that it is at."""
        return self.pc

    def at(self, step: Op) -> Request:
        """The walk comes to ``step``: what it asks for."""
        self.pc = self.places[id(step)]
        return Request(*step.trap)


def _rounds(step: Repeat) -> Iterator[None]:
    return repeat(None) if step.times is None else repeat(None, step.times)


def _flat(step: Step) -> Op | Repeat:
    assert isinstance(step, Op | Repeat), "blocks and try are refused when the file is read"
    return step


def says_little(steps: Sequence[Step]) -> bool:
    """Whether ``steps`` can be carried out here, and ask for nothing but what styles have."""
    for step in steps:
        if isinstance(step, Repeat):
            if not says_little(step.do):
                return False
        elif not isinstance(step, Op) or (
            step.trap[0] == VERB and step.trap[1].name not in ("cancel", "await")
        ):
            return False
    return True


def callback(program: CallbackProgram, steps: Sequence[Step], way: Way) -> None:
    """Each step registers the next; a repeat is a callback that registers the first again."""

    def go_on(steps: Sequence[Step], index: int, then: Goes) -> None:
        if index == len(steps):
            then()
            return
        step = _flat(steps[index])

        def following() -> None:
            go_on(steps, index + 1, then)

        if isinstance(step, Op):
            program.register(way.at(step), following)
        else:
            again(step, 0, following)

    def again(step: Repeat, done: int, then: Goes) -> None:
        if done == step.times:
            then()
        else:
            go_on(step.do, 0, partial(again, step, done + 1, then))

    go_on(steps, 0, lambda: None)


def generator(steps: Sequence[Step], way: Way) -> Generator[Request, Any, None]:
    """Each step is yielded; a repeat delegates to a generator of its own."""
    for each in steps:
        step = _flat(each)
        if isinstance(step, Op):
            yield way.at(step)
        else:
            for _ in _rounds(step):
                yield from generator(step.do, way)


async def coroutine(steps: Sequence[Step], way: Way) -> None:
    """Each step is awaited; a repeat awaits a coroutine of its own."""
    for each in steps:
        step = _flat(each)
        if isinstance(step, Op):
            await way.at(step)
        else:
            for _ in _rounds(step):
                await coroutine(step.do, way)


def greenlet(steps: Sequence[Step], way: Way) -> None:
    """Each step is a call that returns when it is done; a repeat is a call of its own."""
    from schedsim.programs.greenlets import ask  # noqa: PLC0415 - loaded by those who want it

    for each in steps:
        step = _flat(each)
        if isinstance(step, Op):
            ask(way.at(step))
        else:
            for _ in _rounds(step):
                greenlet(step.do, way)


_WALKS: Mapping[str, Callable[..., Any]] = {
    "callback": callback,
    "generator": generator,
    "coroutine": coroutine,
    "greenlet": greenlet,
}


@dataclass(frozen=True, slots=True)
class Walk:
    """Steps as a body in one of the styles."""

    style: str
    script: Script
    listing: Listing

    def begin(self) -> Resumable:
        """One more of it."""
        way = Way(self.script.places)
        place = Place(known=way.line)
        return STYLES[self.style](_WALKS[self.style], (self.script.steps, way), place)

    def told(self, error: BaseException) -> str:
        """What went wrong; steps have no traceback."""
        return f"{type(error).__name__}: {error}"


def walk(style: str, script: Script) -> Walk:
    """``script`` as a body of ``style``."""
    return Walk(style, script, rendered(script.steps, style))


# -- as a person reads it ----------------------------------------------------------------------


def rendered(steps: Sequence[Step], style: str) -> Listing:
    """How ``steps`` look in ``style``; operations are numbered as in a script."""
    lines: list[str] = []
    line_of: list[int] = []
    if style == "callback":
        _Chain(lines, line_of).lay(steps, "done")
        return Listing(tuple(lines), tuple(line_of))
    lines.append("async def body():" if style == "coroutine" else "def body():")
    _lay(steps, 1, style, lines, line_of)
    return Listing(tuple(lines), tuple(line_of))


def _lay(
    steps: Sequence[Step], depth: int, style: str, lines: list[str], line_of: list[int]
) -> None:
    """A block of code; in the styles that look like ordinary code."""
    word = {"generator": "yield ", "coroutine": "await "}.get(style, "")
    for each in steps:
        step = _flat(each)
        if isinstance(step, Repeat):
            head = "while True:" if step.times is None else f"for _ in range({step.times}):"
            lines.append("  " * depth + head)
            _lay(step.do, depth + 1, style, lines, line_of)
            continue
        says = "yield" if (style, step.trap[0]) == ("generator", YIELD) else word + called(step)
        line_of.append(len(lines))
        lines.append("  " * depth + says)


@dataclass(slots=True)
class _Chain:
    """A chain of callbacks: a function for each step, which names the next."""

    lines: list[str]
    line_of: list[int]
    loops: int = 0

    def lay(self, steps: Sequence[Step], last: str) -> None:
        """Functions for ``steps``; behind them comes the one called ``last``."""
        for index, each in enumerate(steps):
            step = _flat(each)
            then = self._name_after(steps, index, last)
            if isinstance(step, Op):
                self._op(step, then)
            else:
                self._repeat(step, then)

    def _name_after(self, steps: Sequence[Step], index: int, last: str) -> str:
        """What the callback behind step ``index`` is called."""
        if index + 1 == len(steps):
            return last
        here = len(self.line_of) + _count(steps[index]) + 1
        return f"step_{here}"

    def _op(self, step: Op, then: str) -> None:
        number = len(self.line_of) + 1
        self.line_of.append(len(self.lines))
        self.lines.append(f"def step_{number}(): machine.{called(step, then)}")

    def _repeat(self, step: Repeat, then: str) -> None:
        self.loops += 1
        name = f"again_{self.loops}"
        first = f"step_{len(self.line_of) + 1}"
        self.lay(step.do, name)
        if step.times is None:
            self.lines.append(f"def {name}(): {first}()")
        else:
            self.lines.append(f"def {name}(): {first}() if rounds < {step.times} else {then}()")


def _count(step: Step) -> int:
    """How many operations it has."""
    flat = _flat(step)
    return 1 if isinstance(flat, Op) else sum(map(_count, flat.do))


def called(step: Op, then: str = "") -> str:
    """The step as a call; with the callback that comes next, if any."""
    verb, *words = step.text.split(None, 1)
    if step.trap[0] == YIELD:
        return f"call_soon({then})" if then else "sleep(0)"
    rest = words[0].split(None, 1) if verb == "call" else words
    arguments = [word if word.isdecimal() else json.dumps(word) for word in rest]
    if then and step.trap[0] in (MARK, SPAWN, RELEASE):
        return f"{verb}({', '.join(arguments)}); {then}()"
    return f"{verb}({', '.join([*arguments, *([then] if then else [])])})"
