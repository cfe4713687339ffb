"""Opening the app, and what it reads and writes: without the app."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schedsim import library, recording
from schedsim.app import open_app, shelf
from schedsim.branches import Branch
from schedsim.recording import Recording
from schedsim.run import Run
from schedsim.source import Source
from schedsim.trace_store import Writer
from schedsim.tui import start


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """By which words apps were opened; what opening one does to the collector is undone."""
    found: list[str] = []

    def opened(*_: Any, word: str, **__: Any) -> int:
        found.append(word)
        return 3

    monkeypatch.setattr(start, "run_app", opened)
    yield found
    gc.enable()


def leaves(monkeypatch: pytest.MonkeyPatch, **options: Any) -> object:
    """The exit code of the app in a terminal."""
    monkeypatch.delenv("TEXTUAL_DRIVER", raising=False)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    with pytest.raises(SystemExit) as left:
        open_app(**options)
    return left.value.code


def test_a_file_is_remembered_by_its_path_and_the_library_by_its_names(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text("")
    # What was read from a pipe cannot be opened again: it is remembered by nothing.
    for file in (None, Path("mine.toml"), Path("starving-loop"), Path("/dev/null")):
        assert leaves(monkeypatch, file=file) == 3  # as the app says
    assert words == ["", str(tmp_path / "mine.toml"), "starving-loop", ""]


def test_keys_that_cannot_be_used_are_told_before_the_app_opens(
    words: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text("step_forwards = 'x'\n")
    assert leaves(monkeypatch, keymap=keys) == 2
    out, err = capsys.readouterr()
    assert (words, out) == ([], "")
    assert str(keys) in err
    assert "step_forwards" in err


def recorded(folder: Path) -> Path:
    source = Source.of(library.path("textbook-fifo"))
    run = Run(source.load())
    run.finish()
    path = folder / "a.rec"
    Recording.of(run, source).save(path)
    return path


def test_a_scenario_on_the_shelf_begins_when_it_is_picked(tmp_path: Path) -> None:
    entry = library.find("textbook-fifo")
    assert entry is not None
    run, source = shelf().load(entry)
    assert source is not None
    assert source.load() == run.scenario
    # 24, 3 and 3 ticks, one after the other (OSTEP, Operating System Concepts 5.3.1).
    assert run.finish().end == 30
    broken = tmp_path / "broken.toml"
    broken.write_text("schema = 1\n")
    mine = library.find(str(broken))
    assert mine is not None
    with pytest.raises(ValueError, match=r"broken\.toml"):
        shelf().load(mine)


def test_a_recording_on_the_shelf_is_played(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    entry = library.find(str(path))
    assert entry is not None
    run, source = shelf().load(entry)
    assert source == recording.load(path).source
    assert run.finish().digest() == recording.load(path).digest
    file = shelf().file(entry)
    assert file is not None
    assert (file.path, file.recording, file.ours, file.python) == (path, True, False, False)


def test_a_trace_store_on_the_shelf_is_read_as_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "a.trace"
    source = Source.of(library.path("textbook-fifo"))
    run = Run(source.load())
    run.finish()
    with Writer(path, run.trace, Recording.of(run, source)) as writer:
        writer.end(Recording.of(run, source))
    entry = library.find(str(path))
    assert entry is not None
    kept, its_source = shelf().load(entry)
    assert kept.finish().digest() == run.trace.digest()
    assert its_source is not None
    assert its_source.text == source.text
    file = shelf().file(entry)
    assert file is not None
    assert (file.recording, file.editable) == (True, False), "what is edited is a copy"
    path.write_bytes(b"SQLite format 3\0" + bytes(200))
    with pytest.raises(ValueError, match=r"a\.trace"):
        shelf().load(entry)


def test_one_that_was_edited_is_not_and_the_lines_are_named(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    lines = path.read_text().splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines, start=1) if '"seed"' in line)
    lines[number - 1] = lines[number - 1].replace('"seed": 0', '"seed":  0')
    path.write_text("".join(lines))
    entry = library.find(str(path))
    assert entry is not None
    with pytest.raises(ValueError, match=rf"a\.rec: .*line {number}"):
        shelf().load(entry)


def test_a_file_that_is_gone_is_no_recording(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    entry = library.find(str(path))
    assert entry is not None
    path.unlink()
    file = shelf().file(entry)
    assert file is not None
    assert not file.recording
    with pytest.raises(ValueError, match=r"a\.rec"):
        shelf().load(entry)


def test_a_branch_is_saved_as_a_recording_if_it_is_known_where_it_came_from(
    tmp_path: Path,
) -> None:
    source = Source.of(library.path("textbook-fifo"))
    run = Run(source.load())
    digest = run.finish().digest()
    save = shelf().save
    assert save is not None
    save(Branch(1, run, source), tmp_path / "b.rec")
    assert recording.load(tmp_path / "b.rec").digest == digest
    with pytest.raises(ValueError, match="nobody knows where this scenario came from"):
        save(Branch(1, run, None), tmp_path / "c.rec")
    assert not (tmp_path / "c.rec").exists()
