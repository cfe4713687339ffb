"""Recordings: what is written down plays again exactly, and a changed byte is found."""

from __future__ import annotations

import json
import os
import re
import stat
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

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


def test_a_run_that_ends_where_the_recording_goes_on_is_told() -> None:
    """Up to there all sums are the same."""
    run, source = played()
    sums = [run.trace.digest_of_rows(n, n + 8)[:16] for n in range(0, len(run.trace), 8)]
    recorded = replace(Recording.of(run, source), every=8, checkpoints=tuple(sums))
    short = run.trace.until(16, run.trace.times[15])
    assert recorded.first_difference(short) == (
        f"the recording has {len(run.trace)} steps, playing it again gives 16"
    )


def test_what_only_the_sums_know_is_told_apart() -> None:
    """The rows are the same each time, and what else was recorded is not."""
    run, source = played()
    recorded = Recording.of(run, source)
    steps, end = len(run.trace), run.trace.end
    assert recorded.first_difference(run.trace) is None

    def said(**changed: Any) -> str | None:
        return replace(recorded, **changed).first_difference(run.trace)

    same = f"the trace is the same, but it has {steps} steps and ends at {end}"
    assert said(steps=steps + 1) == said(end=end + 1) == same
    other = "the steps are the same; names, labels or the digest itself differ"
    assert said(digest="0" * 64) == other
    # A stretch is compared as far as the recording goes, so of the last no sum is there.
    sums = recorded.checkpoints[:-1]
    shorter = f"the recording has {steps - 1} steps, playing it again gives {steps}"
    assert said(digest="0" * 64, steps=steps - 1, checkpoints=sums) == shorter
    longer = f"the recording has {2 * steps} steps, playing it again gives {steps}"
    more = (*recorded.checkpoints, "f" * 16, "f" * 16)
    assert said(digest="0" * 64, steps=2 * steps, every=steps, checkpoints=more[-2:]) is not None
    assert said(digest="0" * 64, steps=2 * steps, checkpoints=sums) == longer


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{\n "schedsim": "recording \xff"\n}', "line 2: not text in UTF-8"),
        (b"[" * 100_000, "nested too deeply for a recording"),
        (b'{"schedsim": "recording", "lines": 3}', "schema None is not known"),
        (b" " * 21, r"larger than a recording can be \(20 bytes\)"),
    ],
)
def test_what_cannot_be_a_recording_is_told(
    content: bytes, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not content.strip():
        monkeypatch.setattr(recording, "MOST_BYTES", 20)
    path = tmp_path / "x.rec"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=says):
        recording.load(path)


def test_nothing_is_left_aside_if_it_cannot_take_its_place(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, recorded = saved.read_text(), recording.load(saved)

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(PermissionError):
        recorded.save(saved)
    assert saved.read_text() == before
    assert [p.name for p in saved.parent.iterdir() if p.is_file()] == [saved.name]


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


def test_saving_that_is_interrupted_leaves_the_old_file_and_nothing_else(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()
    recorded = recording.load(saved)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        recorded.save(saved)
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_what_is_replaced_keeps_its_permissions_and_what_is_new_has_the_usual_ones(
    saved: Path,
) -> None:
    recorded = recording.load(saved)
    saved.chmod(0o640)
    before = os.umask(0o077)
    try:
        recorded.save(saved)
        recorded.save(saved.with_name("private.rec"))
    finally:
        os.umask(before)
    assert stat.S_IMODE(saved.stat().st_mode) == 0o640
    assert stat.S_IMODE(saved.with_name("private.rec").stat().st_mode) == 0o600


def test_a_symbolic_link_to_a_recording_stays_one(saved: Path) -> None:
    recorded, link = recording.load(saved), saved.with_name("link.rec")
    link.symlink_to(saved)
    saved.write_text("old")
    recorded.save(link)
    assert link.is_symlink()
    assert recording.load(saved) == recorded


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_does_not_say_how_long_it_is_is_read_only_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As /dev/zero, which never ends."""
    monkeypatch.setattr(recording, "MOST_BYTES", 20)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b" " * 21,))
    writer.start()
    with pytest.raises(RecordingError) as told:
        recording.load(path)
    writer.join()
    assert str(told.value) == f"{path}: larger than a recording can be (20 bytes)"


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
