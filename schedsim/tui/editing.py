"""Editing a scenario: which file, in which editor, and what follows.

What came with schedsim is never changed: what is edited is a copy.  The user's own editor is used
if the environment names one; the one that is built in is for all other cases, and for mistakes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schedsim import files
from schedsim.plain import plain
from schedsim.run import Run
from schedsim.scenario_file import ScenarioError, read_source
from schedsim.source import Source
from schedsim.tui import own_editor
from schedsim.tui.own_editor import NoEditor
from schedsim.tui.proof import Fault, faults_of
from schedsim.tui.screens.editor import Edited, EditorScreen
from schedsim.tui.screens.new import NewScreen
from schedsim.tui.screens.problem import ProblemScreen
from schedsim.tui.screens.save import SaveScreen
from schedsim.tui.shelf import BAD_SCENARIO, Entry, File, Opened

if TYPE_CHECKING:
    from schedsim.tui.app import SchedsimApp

PYTHON, TOML = ".py", ".toml"

Load = Callable[[Path], Opened]
Done = Callable[[Edited], object]


@dataclass(frozen=True, slots=True)
class Text:
    """A scenario that stands in no file of the user's."""

    name: str
    text: str
    python: bool = False

    @property
    def ending(self) -> str:
        """What its file has to end in."""
        return PYTHON if self.python else TOML

    def write(self, path: Path) -> None:
        """Make a file of it.

        Raises:
            ValueError: it cannot be written, or would be taken for something else.
        """
        if self.python != (path.suffix == PYTHON):
            must = "has to end" if self.python else "must not end"
            raise ValueError(f"the name of this file {must} in {PYTHON}: only such are Python")
        files.write(path, self.text)


def open_file(path: Path) -> Opened:
    """A run of the user's file, from its beginning.

    Raises:
        ScenarioError: it is not valid.
    """
    source = Source.of(path)
    return Run(source.load(str(path))), source


def text_of(file: File | None, source: Source | None) -> Text | None:
    """What is to be copied; None if nobody knows.

    Raises:
        ScenarioError: the file cannot be read.
    """
    if file is not None and not file.recording:
        return Text(file.path.stem, read_source(file.path), file.python)
    if source is not None:
        return Text(source.name, source.text, source.python)
    return None


def edit(
    app: SchedsimApp, what: Path | Text, load: Load, done: Done, *, here: bool = False
) -> None:
    """Let the user edit a file, or a copy of a text.

    Args:
        app: whose screen it is on.
        what: a file of the user's, or a text of which a copy is made first.
        load: understands the file afterwards; raises one of BAD_SCENARIO.
        done: is told, once a file was written.
        here: in the editor that is built in, whatever the environment names.
    """
    if isinstance(what, Path):
        _open(app, what, load, done, here=here)
        return
    proposed = files.unused(Path(), plain(what.name, 60).replace("/", "-"), what.ending)

    def placed(path: Path | None) -> None:
        if path is not None:
            _open(app, path, load, done, here=here)

    title = f"edit a copy of {plain(what.name, 40)}; that one stays"
    dialog = SaveScreen(
        proposed.name.removesuffix(what.ending), what.write, what=title, ending=what.ending
    )
    _ = app.push_screen(dialog, placed)


def edit_entry(app: SchedsimApp, entry: Entry, done: Done, *, here: bool = False) -> None:
    """Let the user edit a scenario of the library, or one of their own."""
    file = app.shelf.file(entry)
    try:
        if file is not None and file.editable:
            edit(app, file.path, open_file, done, here=here)
            return
        source = app.shelf.load(entry)[1] if file is not None and file.recording else None
        text = text_of(file, source)
    except BAD_SCENARIO as error:
        _ = app.push_screen(ProblemScreen(f"cannot edit {plain(entry.name, 40)}", str(error)))
        return
    if text is None:
        app.notify("There is no file behind this scenario.", severity="warning", markup=False)
    else:
        edit(app, text, open_file, done, here=here)


def begin(app: SchedsimApp, done: Done) -> None:
    """Let the user begin a new scenario."""
    if not app.shelf.templates:
        app.notify("There are no templates here.", severity="warning", markup=False)
        return

    def ending(entry: Entry) -> str:
        file = app.shelf.file(entry)
        return PYTHON if file is not None and file.python else TOML

    def write(entry: Entry, path: Path) -> None:
        text = text_of(app.shelf.file(entry), None)
        assert text is not None, "a template is a file"
        text.write(path)

    def begun(path: Path | None) -> None:
        if path is not None:
            _open(app, path, open_file, done, here=False)

    _ = app.push_screen(NewScreen(app.shelf.templates, ending, write), begun)


def _open(app: SchedsimApp, path: Path, load: Load, done: Done, *, here: bool) -> None:
    notice, found = "", ()
    if own_editor.command() and not here:
        before = _read(path)
        try:
            own_editor.edit(app, path)
        except NoEditor as error:
            notice = f"{error}. This editor is built in."
        else:
            try:
                done(Edited(path, load(path) if _read(path) != before else None))
                return
            except BAD_SCENARIO as error:
                notice = "It cannot be played yet: what is wrong stands beside the lines."
                _show(app, path, load, done, faults_of(error), notice)
                return
    _show(app, path, load, done, found, notice)


def _read(path: Path) -> str:
    try:
        return read_source(path)
    except ScenarioError:
        return ""


def _show(
    app: SchedsimApp, path: Path, load: Load, done: Done, found: Sequence[Fault], notice: str
) -> None:
    """Open the editor that is built in."""
    try:
        text = read_source(path)
    except ScenarioError as error:
        _ = app.push_screen(ProblemScreen("cannot edit this file", str(error)))
        return

    def own(screen: EditorScreen) -> None:
        try:
            own_editor.edit(app, path)
        except NoEditor as error:
            screen.say(f"{error}.", warns=True)
        else:
            screen.take_up()

    def edited(result: Edited | None) -> None:
        if result is not None:
            done(result)

    screen = EditorScreen(
        path,
        text,
        load,
        found=found,
        notice=notice,
        own=own if own_editor.command() else None,
        keymap=app.keys,
    )
    _ = app.push_screen(screen, edited)
