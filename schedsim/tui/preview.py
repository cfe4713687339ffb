"""What can be told of a scenario before it is played; one in Python is not executed for that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from textual.content import Content

from schedsim.durations import format_duration
from schedsim.plain import plain
from schedsim.run import Run
from schedsim.scenario_file import read_source
from schedsim.tui.facts import facts, line, verbs
from schedsim.tui.panels.lesson import NO_LESSON
from schedsim.tui.proof import faults_of
from schedsim.tui.prose import prose
from schedsim.tui.shelf import BAD_SCENARIO, Entry, Shelf, Told

MOST_ROWS = 20_000
"""How far a scenario is executed to see how long it runs."""


@dataclass(frozen=True, slots=True)
class Preview:
    """One scenario."""

    title: str
    lesson: str = ""
    facts: tuple[str, ...] = ()
    where: str = ""
    """The file, if it is the user's."""
    problem: str = ""
    """Why it cannot be played."""
    run: Run | None = None
    """To see how long it is."""

    def content(self, edits: str) -> Content:
        """As it stands beside the list; the key ``edits`` opens an editor."""
        parts = [Content.styled(plain(self.title, 200), "bold")]
        if self.facts:
            parts.append(Content.styled(line((*self.facts, *self._length())), "$quiet"))
        if self.where:
            parts.append(Content.styled(plain(self.where, 300), "$quiet"))
        if self.problem:
            parts += [Content(""), Content.styled(self.problem, "$error"), Content("")]
            mends = f"{edits} opens it in an editor, with these mistakes beside the lines."
            parts.append(Content(mends))
        else:
            parts += [Content(""), prose(self.lesson or NO_LESSON)]
        return Content("\n").join(parts)

    def _length(self) -> tuple[str, ...]:
        if self.run is None:
            return ()
        took = format_duration(self.run.trace.end, self.run.trace.unit)
        if self.run.finished:
            return (f"takes {took}",)
        return (f"takes more than {took}",) if self.measured else ("takes …",)

    @property
    def measured(self) -> bool:
        """How long it takes is known, as far as it is worth knowing."""
        return self.run is None or self.run.finished or len(self.run.trace) >= MOST_ROWS


def preview(shelf: Shelf, entry: Entry) -> Preview:
    """Of one of the scenarios of a shelf."""
    file = shelf.file(entry)
    lesson = entry.lesson if isinstance(entry, Told) else ""
    where = "" if file is None or file.ours else short(file.path)
    unread = isinstance(entry, Told) and entry.scenario is None
    if file.python if file is not None else unread:  # nobody knows: it may be Python
        kind = ("written in Python", "executed when you play it")
        return Preview(entry.title, lesson, kind, where)
    if file is not None and file.recording:
        return Preview(entry.title, lesson, ("a session that was saved",), where)
    scenario = entry.scenario if isinstance(entry, Told) else None
    try:
        run = Run(scenario) if scenario is not None else shelf.load(entry)[0]
    except BAD_SCENARIO as error:
        problem = "\n".join(map(str, faults_of(error)))
        return Preview(entry.title, lesson, where=where, problem=problem)
    scenario = run.scenario
    return Preview(scenario.title, scenario.lesson, facts(scenario), where, run=run)


def findable(shelf: Shelf, entry: Entry) -> str:
    """All that one may search a scenario by: title, name, lesson, verbs."""
    texts = [entry.title, entry.name, entry.group]
    if isinstance(entry, Told):
        texts.append(entry.lesson)
        if entry.scenario is not None:
            texts += sorted(verbs(entry.scenario))
            return "\n".join(texts)
    file = shelf.file(entry)
    if file is not None:
        try:
            if file.ours and not file.python:
                texts += sorted(verbs(shelf.load(entry)[0].scenario))
            else:
                texts.append(read_source(file.path))
        except BAD_SCENARIO:
            pass
    return "\n".join(texts)


def short(path: Path) -> str:
    """A path as its owner writes it."""
    try:
        rest = str(path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)
    return "~" if rest == "." else f"~/{rest}"
