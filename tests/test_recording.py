"""Recordings: what is written down plays again exactly, and a changed byte is found."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

import pytest

from schedsim import recording
from schedsim.commands import Inject, SetYielding
from schedsim.recording import Recording, RecordingError, Source
from schedsim.run import Run
from tests.machines import MS

SCENARIO = """\
schema = 1
title = "Two tickers and a cruncher"
model = "asyncio"
[[job]]
name = "tick"
count = 2
steps = [ { repeat = 20, do = ["compute 1ms", "sleep 10ms"] } ]
[[job]]
name = "crunch"
cpu_heavy = true
steps = [ { repeat = 5, do = ["compute 20ms", "yield"] } ]
"""


def played() -> tuple[Run, Source]:
    """A run in which the user has toggled yielding off and injected a task."""
    source = Source("tickers", SCENARIO)
    run = Run(source.load(), seed=7)
    run.finish()
    step = run.act(SetYielding(on=False), 20, run.trace.times[19])
    run.finish()
    run.act(
        Inject("more", 30 * MS, 10 * MS, True, "python", "main"),
        step + 8,
        run.trace.times[step + 7],
    )
    run.finish()
    return run, source


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    run, source = played()
    path = tmp_path / "session.json"
    Recording.of(run, source).save(path)
    return path


def test_a_recording_plays_to_the_same_trace(saved: Path) -> None:
    recorded = recording.load(saved)
    again = recorded.play()
    assert again.trace.digest() == recorded.digest == played()[0].trace.digest()
    assert recorded.edited == ()
    assert recorded.first_difference(again.trace) is None


def test_a_recording_is_small_text_with_a_line_an_item(saved: Path) -> None:
    text = saved.read_text()
    assert text.isascii()
    assert len(text) < 6_000
    assert json.loads(text)["scenario"]["text"] == SCENARIO.split("\n")


def test_an_unfinished_run_is_recorded_as_far_as_it_has_come() -> None:
    source = Source("endless", SCENARIO.replace("repeat = 20", 'repeat = "forever"'))
    run = Run(source.load())
    run.extend(123)
    recorded = recording.loads(Recording.of(run, source).dumps(), "here")
    assert len(run.trace) >= 123
    assert recorded.play().trace.digest() == run.trace.digest()


def located(text: str) -> tuple[int, ...]:
    """The lines that reading the text of a recording complains about."""
    try:
        return recording.loads(text, "here").edited
    except RecordingError as error:
        return tuple(int(word) for word in re.findall(r"line (\d+)", str(error)))


def test_every_line_that_is_edited_is_named(saved: Path) -> None:
    lines = saved.read_text().split("\n")
    for number, line in enumerate(lines[:30]):
        changed = [*lines]
        changed[number] = line.replace("1", "2").replace("e", "a").replace("{", "{ ")
        if changed[number] == line:
            continue
        assert number + 1 in located("\n".join(changed))


def test_an_added_line_is_found_where_it_is(saved: Path) -> None:
    lines = saved.read_text().split("\n")
    lines.insert(5, "")
    assert recording.loads("\n".join(lines), "here").edited == (6,)


def test_a_different_run_is_told_where_it_differs() -> None:
    run, source = played()
    recorded = Recording.of(run, source)
    other = Run(source.load(), commands=run.commands[:1])
    other.finish()
    said = recorded.first_difference(other.trace)
    assert said is not None
    first = next(n for n in range(len(run.trace)) if run.trace.row(n) != other.trace.row(n))
    start, stop = map(int, re.findall(r"steps (\d+) to (\d+)", said)[0])
    assert start <= first + 1 <= stop


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_recording_cut_short_is_one_clear_error(saved: Path, share: float) -> None:
    text = saved.read_text()
    with pytest.raises(RecordingError, match=r"^here: .*(cut short|not a recording)"):
        recording.loads(text[: int(len(text) * share)], "here")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "schema 2 is not known"),
        ({"schedsim": "song"}, "not a recording"),
        ({"seed": "x"}, r"Expected `int`, got `str` - at `\$.seed`"),
        ({"extra": 1}, "extra"),
        ({"rows": 0}, r"\$.rows"),
        ({"commands": [{"step": 1, "at": 0, "do": "explode"}]}, r"commands\[0\]: unknown command"),
        ({"commands": [{"step": 1, "at": 0, "do": "yielding"}]}, r"commands\[0\].*on"),
        ({"commands": [{"step": -1, "at": 0, "do": "yielding", "on": True}]}, r"commands\[0\]"),
        (
            {"commands": [{"step": 1, "at": 0, "do": "yielding", "on": True, "by": "me"}]},
            "unknown key 'by'",
        ),
    ],
)
def test_what_does_not_fit_is_named(saved: Path, change: dict[str, object], message: str) -> None:
    data = json.loads(saved.read_text()) | change
    with pytest.raises(RecordingError, match=message):
        recording.loads(json.dumps(data), "here")


def test_a_command_that_does_not_fit_the_machine_is_an_error(saved: Path) -> None:
    data = json.loads(saved.read_text())
    data["commands"][1]["process"] = "nowhere"
    recorded = recording.loads(json.dumps(data), "here")
    with pytest.raises(RecordingError, match="no process 'nowhere'"):
        recorded.play()


def test_a_folder_and_a_missing_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="directory"):
        recording.load(tmp_path)
    with pytest.raises(RecordingError, match="no such file"):
        recording.load(tmp_path / "none")


def test_saving_is_whole_or_not_at_all(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_text()
    recorded = recording.load(saved)

    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkstemp", full)
    with pytest.raises(OSError, match="No space left"):
        recorded.save(saved)
    assert saved.read_text() == before
    assert [p.name for p in saved.parent.iterdir()] == [saved.name]
