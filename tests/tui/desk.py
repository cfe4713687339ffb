"""What the tests of library and editor share: real files, and what people press."""

import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from schedsim.app import shelf
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.tui.app import SchedsimApp
from schedsim.tui.remembered import Remembered
from schedsim.tui.screens.editor import EditorScreen
from tests.tui.scenes import Clock

GOOD = """schema = 1
title = "Mine"
model = "asyncio"
lesson = "A lesson of my own."

[[job]]
name = "ticker"
count = 2
steps = [{ repeat = 10, do = ["compute 1ms", "sleep 10ms"] }]

[[job]]
name = "cruncher"
arrival = "15ms"
cpu_heavy = true
steps = [{ repeat = 4, do = ["compute 10ms", "yield"] }]
"""
BAD = GOOD.replace("compute 1ms", "compote 1ms").replace('"15ms"', '"15"')
"""Two mistakes, in lines 9 and 13."""
PYTHON = '''"""Mine in Python"""

from pathlib import Path

from schedsim.authoring import Scenario, compute, job

Path("executed").write_text("yes")


def scenario():
    async def worker():
        await compute("5ms")

    return Scenario([job("worker", worker)])
'''


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


the_shelf = cache(shelf)


def desk(
    recent: Iterable[Path | str] = (), opened: Path | None = None, **kwargs: Any
) -> SchedsimApp:
    """The app as it is started, on the library or on a file."""
    remembered = kwargs.pop("remembered", None) or Remembered()
    remembered.recent = [str(each) for each in recent]
    first = None
    if opened is not None:
        source = Source.of(opened)
        first = Run(source.load(str(opened))), source
    return SchedsimApp(
        first,
        shelf=kwargs.pop("shelf", the_shelf()),
        word=str(opened) if opened else "",
        clock=Clock(),
        remembered=remembered,
        **kwargs,
    )


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()
    await pilot.pause()


def editor(pilot: Pilot[None]) -> EditorScreen:
    for screen in reversed(pilot.app.screen_stack):
        if isinstance(screen, EditorScreen):
            return screen
    raise AssertionError("there is no editor")


def put(pilot: Pilot[None], text: str) -> None:
    """Type a text instead of the one that is there, and wait until it has been read."""
    editor(pilot).code.text = text
    editor(pilot).read()


def marked(pilot: Pilot[None]) -> list[int]:
    return sorted(editor(pilot).code.marked)


async def name_it(pilot: Pilot[None], name: str) -> None:
    """Write a file name into the dialog that asks for one."""
    pilot.app.screen.query_one("#file", Input).value = name
    await press(pilot, "enter")


def refused(pilot: Pilot[None]) -> str:
    line = pilot.app.screen.query_one("#file-problem", Static)
    return str(line.content) if line.display else ""


def toast(pilot: Pilot[None]) -> str:
    return "\n".join(note.message for note in pilot.app._notifications)


def titles(pilot: Pilot[None]) -> list[str]:
    """What can be picked from the list, in order; of two lines, the first."""
    entries = pilot.app.screen.query_one("#entries", OptionList)
    return [str(option.prompt).split("\n")[0].strip() for option in entries.options if option.id]


def headings(pilot: Pilot[None]) -> list[str]:
    entries = pilot.app.screen.query_one("#entries", OptionList)
    return [
        str(option.prompt) for option in entries.options if not option.id and str(option.prompt)
    ]


def own_editor(folder: Path, monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    """Let EDITOR be a program that does something to the file ``path``."""
    script = written(
        folder, "my editor.py", f"import sys, pathlib\npath = pathlib.Path(sys.argv[1])\n{does}\n"
    )
    monkeypatch.setenv("EDITOR", f"'{sys.executable}' '{script}'")


def preview(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one("#preview Static", Static).content)
