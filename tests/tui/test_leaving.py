"""Whoever leaves does not wait for what is being done beside the app."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest
from textual.pilot import Pilot

from schedsim.run import Run
from schedsim.tui import surveyor
from schedsim.tui.aside import aside
from schedsim.tui.screens import branches, compare
from schedsim.tui.screens.compare import CompareScreen
from schedsim.tui.side_by_side import Entrant
from tests.tui.scenes import GIL, STARVE, Drive, make_app

FOR_EVER = 30.0
"""Seconds: longer than anybody waits."""


class Long:
    """Work that takes for ever, unless it is ended."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.over = threading.Event()

    def __call__(self, *args: object, **kwargs: object) -> None:
        del args, kwargs
        self.begun.set()
        _ = self.over.wait(FOR_EVER)


@pytest.fixture
def long() -> Iterator[Long]:
    work = Long()
    yield work
    work.over.set()


async def _survey(pilot: Pilot[None]) -> None:
    await pilot.press("7")


async def _branches(pilot: Pilot[None]) -> None:
    await pilot.press("b")


async def _compare(pilot: Pilot[None]) -> None:
    runs = [Entrant("one", "", Run(GIL)), Entrant("two", "", Run(GIL, 1))]
    await pilot.app.push_screen(CompareScreen(runs))


@pytest.mark.parametrize(
    ("module", "name", "begin", "leave"),
    [
        (surveyor, "survey", _survey, "q"),
        (branches, "measure", _branches, "ctrl+q"),
        (compare, "look", _compare, "q"),
    ],
)
def test_nobody_waits_for_it(
    module: object,
    name: str,
    begin: Drive,
    leave: str,
    long: Long,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, name, long)
    app = make_app(STARVE)

    async def use() -> None:
        async with app.run_test(size=(120, 40)) as pilot:
            await begin(pilot)
            while not long.begun.is_set():
                await pilot.pause()
            await pilot.press(leave)

    began = time.monotonic()
    asyncio.run(use())
    assert time.monotonic() - began < FOR_EVER / 2
    assert not app.is_running
    assert not long.over.is_set()


async def test_what_is_done_aside_is_told_whatever_comes_of_it() -> None:
    assert await aside(lambda: 6 * 7) == 42
    with pytest.raises(ZeroDivisionError):
        await aside(lambda: 1 // 0)


async def test_what_nobody_waits_for_any_more_is_forgotten(long: Long) -> None:
    task = asyncio.create_task(aside(long))
    await asyncio.sleep(0)  # it begins
    _ = task.cancel()
    long.over.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await aside(lambda: "and on") == "and on"
