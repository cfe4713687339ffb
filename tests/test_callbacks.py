"""A chain of callbacks as a program: what is kept of it, and what goes through."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from schedsim.programs.callbacks import CallbackProgram
from schedsim.traps import EXITED, SLEEP


class Teller:
    """Something that is called, or whose method is."""

    def __call__(self) -> None: ...

    def tell(self) -> None: ...


def later(*_: object, **__: object) -> None: ...


def closure(word: str, number: int) -> Callable[[], Any]:
    return lambda: (word, number)


@pytest.mark.parametrize(
    ("then", "kept"),
    [
        (later, "later is kept"),
        (closure("x", 1), "<lambda> is kept, with what it closed over: number, word"),
        (
            partial(later, 5, "x" * 30, closure("x", 1), object(), word="y"),
            f"later is kept, with what it closed over: 5, {'x' * 30!r:.20}, <lambda>, object, word",
        ),
        (partial(partial(later, 1), 2), "later is kept, with what it closed over: 1, 2"),
        (Teller().tell, "tell is kept, with what it closed over: Teller"),
        (Teller(), "Teller is kept"),
    ],
)
def test_what_is_kept_is_the_callback_with_what_it_holds(then: Any, kept: str) -> None:
    program = CallbackProgram(lambda it: it.register((SLEEP, 1), then))
    assert program.resume() == (SLEEP, 1)
    assert program.kept() == f"only the callback {kept}"
    assert program.resume() == EXITED
    assert program.kept() == "nothing is kept: no callback is registered"


def test_who_runs_the_machine_can_stop_it() -> None:
    def stops(_: CallbackProgram) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        CallbackProgram(stops).resume()
