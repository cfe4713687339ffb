"""The commands, with trace stores."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from schedsim import arguments, keeping, recording
from schedsim.cli import cli
from schedsim.recording import Recording
from schedsim.run import Run
from schedsim.trace import Kind, Trace
from schedsim.trace_store import KeptRun, Reader, StoreError, Writer, believing, writing
from tests.test_trace_store import SOURCE, TEXT, played, read, same, stored
from tests.test_trace_store_damage import room


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def turns(tmp_path: Path) -> Path:
    """A scenario that is there."""
    path = tmp_path / "turns.toml"
    path.write_text(TEXT)
    return path


@pytest.fixture
def half(tmp_path: Path) -> Path:
    """A store that somebody began to write."""
    run = played()
    with Writer(tmp_path / "half.trace", run.trace, Recording.of(run, SOURCE)) as writer:
        writer.write(all_rows=True)
    return writer.partial


def test_a_run_leaves_a_recording_and_its_rows_beside_it(turns: Path, tmp_path: Path) -> None:
    done = call("run", turns, "-o", tmp_path / "it.json", "--with-trace", "--json")
    assert done.exit_code == 0
    said = json.loads(done.stdout)
    store = tmp_path / "it.json.trace"
    read = call("replay", store, "--json")
    assert (read.exit_code, json.loads(read.stdout)) == (0, said)
    assert call("replay", tmp_path / "it.json", "--verify").exit_code == 0
    verified = call("replay", store, "--verify")
    assert (verified.exit_code, verified.stdout) == (
        0,
        f"{store}: {played().trace.__len__():,} steps, as executed ({said['digest'][:12]})\n",
    )
    assert call("check", store).stdout == f"{store}: fine\n"
    csv = call("export", store, "--to", "csv")
    assert csv.stdout == call("export", turns, "--to", "csv").stdout


def test_a_run_in_python_is_read_without_executing_it(tmp_path: Path) -> None:
    did = tmp_path / "did"
    script = tmp_path / "it.py"
    script.write_text(
        f'''"""One."""
from pathlib import Path
from schedsim.authoring import Scenario, compute, job
def work():
    yield compute("1ms")
def scenario():
    Path({str(did)!r}).touch()
    return Scenario([job("a", work)])
'''
    )
    ran = call("run", script, "-o", tmp_path / "it.json", "--with-trace")
    assert ran.exit_code == 0, ran.stderr
    did.unlink()
    store = tmp_path / "it.json.trace"
    read = call("replay", store)
    assert read.exit_code == 0
    assert "a " in read.stdout
    assert not did.exists()
    refused = call("replay", store, "--verify")
    assert (refused.exit_code, "never executed" in refused.stderr) == (2, True)
    assert not did.exists()
    assert call("replay", store, "--verify", "--scenario", script).exit_code == 0
    assert did.exists()


def test_a_store_is_opened_to_be_looked_at(tmp_path: Path) -> None:
    run = played()
    kept, source = arguments.opened(str(stored(run, tmp_path / "it.trace")), None, (), 0)
    assert source == SOURCE
    assert same(kept.finish(), run.trace)


def test_a_run_that_is_interrupted_says_where_its_rows_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schedsim.run.CHUNK", 64)
    monkeypatch.setattr(writing, "ROWS", 64)

    def interrupts(trace: Trace) -> None:
        if len(trace) >= 192:
            raise KeyboardInterrupt

    path = tmp_path / "it.json"
    with pytest.raises(KeyboardInterrupt):
        keeping.finish(Run(SOURCE.load()), SOURCE, path, interrupts)
    partial = tmp_path / "it.json.trace.part"
    assert capsys.readouterr().err == (f"schedsim: what was run so far can be read in {partial}\n")
    assert len(read(partial)) >= 192
    assert not path.exists()


def test_a_store_that_cannot_be_written_costs_no_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schedsim.run.CHUNK", 64)
    monkeypatch.setattr(writing, "ROWS", 16)
    run, path = Run(SOURCE.load()), tmp_path / "it.json"
    with room(50_000), pytest.raises(StoreError, match=r"it.json.trace: .*; what was written is"):
        keeping.finish(run, SOURCE, path, None)
    assert run.finished
    assert recording.load(path).digest == run.trace.digest()


def test_a_disk_too_full_for_both_leaves_the_rows_that_were_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("schedsim.run.CHUNK", 64)
    monkeypatch.setattr(writing, "ROWS", 16)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Recording, "save", full)
    path = tmp_path / "it.json"
    with room(50_000), pytest.raises(StoreError, match="what was written is in"):
        keeping.finish(Run(SOURCE.load()), SOURCE, path, None)
    assert capsys.readouterr().err == f"schedsim: {path}: not written: no space left on device\n"


def test_a_run_whose_progress_nobody_wants_is_kept_too(tmp_path: Path) -> None:
    path = tmp_path / "it.json"
    keeping.finish(Run(SOURCE.load()), SOURCE, path, None)
    assert same(read(keeping.store_beside(path)), played().trace)


def test_mistakes_of_ours_are_not_called_damage(tmp_path: Path) -> None:
    with pytest.raises(KeyError), believing(played()):
        raise KeyError(7)
    kept = KeptRun(stored(played(), tmp_path / "it.trace"))
    with pytest.raises(StoreError, match=r"^told already$"), believing(kept):
        raise StoreError("told already")


def test_the_rows_are_shown_up_to_a_step(turns: Path, tmp_path: Path) -> None:
    store = stored(played(), tmp_path / "it.trace")
    call("run", turns, "-o", tmp_path / "it.json")
    read = call("replay", store, "--until-step", "40", "--json")
    again = call("replay", tmp_path / "it.json", "--until-step", "40", "--json")
    assert json.loads(read.stdout)["slices"] == json.loads(again.stdout)["slices"]


def test_a_run_that_was_killed_can_be_read_and_says_so(half: Path) -> None:
    rows = len(played().trace)
    says = f"schedsim: {half}: not written to the end: its first {rows:,} steps can be read\n"
    read = call("replay", half, "--json")
    assert (read.exit_code, read.stderr) == (0, says)
    assert json.loads(read.stdout)["end"] == played().trace.times[-1]
    assert call("replay", half, "--verify").exit_code == 0
    checked = call("check", half)
    assert (checked.exit_code, "not written to the end" in checked.stderr) == (2, True)


def test_rows_that_are_not_those_of_the_scenario_are_told(tmp_path: Path) -> None:
    run = played()
    run.trace.args[-1] += 1
    store = stored(run, tmp_path / "false.trace")
    told = call("replay", store, "--verify")
    assert told.exit_code == 1
    assert "the runs differ within steps" in told.stderr


def test_rows_that_contradict_one_another_are_refused(tmp_path: Path) -> None:
    run = played()
    kinds = [row.kind for row in run.trace.rows()]
    twice = kinds.index(Kind.RUN, 20)  # a thread that runs is given a core once more
    run.trace.codes[twice + 1] = run.trace.codes[twice]
    store = stored(run, tmp_path / "false.trace")
    told = call("check", store)
    assert (told.exit_code, told.stderr) == (
        2,
        f"{store}: damaged: its rows contradict one another\n",
    )


def test_nothing_else_is_written_over(turns: Path, tmp_path: Path) -> None:
    other = tmp_path / "it.json.trace"
    with sqlite3.connect(other) as file:
        file.execute("CREATE TABLE mine (a)")
    file.close()
    before = other.read_bytes()
    done = call("run", turns, "-o", tmp_path / "it.json", "--with-trace")
    assert done.exit_code == 2
    assert "is not a trace store: not overwritten" in done.stderr
    assert other.read_bytes() == before
    refused = call("replay", other)
    assert (refused.exit_code, refused.stderr) == (2, f"{other}: not a trace store of schedsim\n")


def test_options_that_make_no_sense_with_a_store_are_refused(half: Path, turns: Path) -> None:
    assert "name that with -o" in call("run", turns, "--with-trace").stderr
    for words in (
        ("export", half, "--to", "csv", "--seed", "3"),
        ("open", half, "--model", "processes"),
        ("compare", half, turns),
    ):
        refused = call(*words)
        assert refused.exit_code == 2
        assert "a trace store" in refused.stderr


def test_a_store_that_was_never_read_stays_as_it_is(half: Path) -> None:
    before = half.read_bytes()
    call("replay", half)
    assert half.read_bytes() == before
    assert list(half.parent.iterdir()) == [half]
    with Reader(half) as reader:
        assert reader.read()
