"""Names of strangers neither crash the app nor reach the terminal raw."""

import unicodedata

import pytest

from schedsim.run import Run
from schedsim.scenario import Job, Scenario
from schedsim.tui.shelf import Entry, Opened, Shelf
from tests.tui.scenes import Book, again, go, make_app, shown

pytestmark = pytest.mark.app

HOSTILE = {
    "markup": "[/]",
    "open markup": "[bold red]x[/",
    "escape sequence": "\x1b[2J\x1b]0;owned\x07x",
    "newlines": "a\nb\r\nc\td",
    "right to left": "\u202eabc\u05d0\u05d1\u05d2",
    "combining": "e\u0301" * 20,
    "wide": "日本語のタスク",
    "emoji": "👩‍👩‍👧‍👦 family",
    "nul": "a\0b",
    "long": "x" * 10_000,
    "blank": "   ",
    "surrogate": "a\udc80b",
}

FEW = ("markup", "escape sequence", "newlines", "right to left", "long", "blank", "surrogate")
"""One of each kind; all of them are there in one scenario, and one by one in the slow run."""
ONE_BY_ONE = [
    pytest.param(name, id=kind, marks=() if kind in FEW else pytest.mark.slow)
    for kind, name in HOSTILE.items()
]


def scene(*names: str, model: str = "asyncio") -> Scenario:
    jobs = [
        Job(
            name,
            (again(3, "compute 5ms", "yield", f"mark {name.strip() or 'x'}", "sleep 1ms"),),
            count=2,
            cpu_heavy=True,
        )
        for name in names
    ]
    title = " ".join(names)
    lesson = f"# {title}\n\n- **{title}** and `{title}`\n\n{title}"
    return Scenario(title, name=title, lesson=lesson, model=model, jobs=tuple(jobs))


def harmless(text: str) -> bool:
    return all(
        c == "\n" or (c.isprintable() and unicodedata.bidirectional(c) not in {"R", "AL", "AN"})
        for c in text
    )


@pytest.mark.parametrize("name", ONE_BY_ONE)
async def test_a_name_in_every_place(name: str) -> None:
    scenario = scene(name)

    def load(entry: Entry) -> Opened:
        return Run(scenario), None

    app = make_app(None, shelf=Shelf([Book("x", name, name)], load))
    async with app.run_test(size=(120, 40)) as pilot:
        seen = [shown(pilot)]
        await pilot.press("enter")
        await pilot.pause()
        seen.append(shown(pilot))
        await go(7)(pilot)
        await pilot.press("down", "down", "down", "7", "8")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        seen.append(shown(pilot))
        await pilot.press("i", *"[/]", "enter")
        await pilot.pause()
        seen.append(shown(pilot))
        await pilot.press("s")
        await pilot.pause()
        seen.append(shown(pilot))
        app.export_screenshot(simplify=True)
    assert all(map(harmless, seen))


@pytest.mark.parametrize("model", ["processes", "threads", "asyncio"])
async def test_all_of_them_together(model: str) -> None:
    app = make_app(scene(*HOSTILE.values(), model=model))
    async with app.run_test(size=(80, 24)) as pilot:
        for at in (3, 21, 60):
            await go(at)(pilot)
            assert harmless(shown(pilot))
        await pilot.press("t")
        await pilot.pause()
        assert harmless(shown(pilot))
