"""The programs of B8 by name, and what one says when it runs.  What each is to say is not here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeAlias

from schedsim.aio import SimLoop

Program: TypeAlias = Callable[[Callable[..., None]], Coroutine[Any, Any, object]]

PROGRAMS: Final[dict[str, Program]] = {}
"""By name, as the modules beside this one define them."""
KEPT: Final[list[object]] = []
"""What a program leaves behind and must not be collected before it is over."""


def program(body: Program) -> Program:
    """Enter a program under its name."""
    PROGRAMS[body.__name__] = body
    return body


def tokens(body: Program, factory: Callable[[], asyncio.AbstractEventLoop] = SimLoop) -> list[str]:
    """What a program says."""
    said: list[str] = []
    try:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(body(lambda *words: said.append(" ".join(map(str, words)))))
    except Exception as error:  # noqa: BLE001 - it is compared
        said.append(f"EXC {type(error).__name__}")
    KEPT.clear()
    return said
