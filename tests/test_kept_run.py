"""A run that is read from a trace store: looked at like any other, executed only where one acts."""

from __future__ import annotations

from pathlib import Path

import pytest

from schedsim.commands import SetCores
from schedsim.recording import Recording, Source
from schedsim.run import Run
from schedsim.trace import Kind, Trace
from schedsim.trace_store import KeptRun, Writer, kept_run, writing
from schedsim.tui.session import Session
from tests.test_trace_store import SOURCE, played, same, stored


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "ROWS", 100)


@pytest.fixture
def run() -> Run:
    return played()


@pytest.fixture
def store(run: Run, tmp_path: Path) -> Path:
    return stored(run, tmp_path / "turns.trace")


def test_it_is_read_as_far_as_one_wants(run: Run, store: Path) -> None:
    kept = KeptRun(store)
    assert (len(kept.trace), kept.known, kept.finished) == (0, len(run.trace), False)
    kept.extend(130)
    assert (len(kept.trace), kept.trace.end) == (130, run.trace.times[129])
    assert kept.history.state_at(130) == run.history.state_at(130)
    kept.extend(1 << 40)
    assert same(kept.trace, run.trace)
    assert (kept.known, kept.finished, kept.cut_short, kept.says()) == (0, True, False, "")
    assert Recording.of(kept, kept.source) == Recording.of(run, SOURCE)


def test_a_session_reads_the_rest_behind(run: Run, store: Path) -> None:
    session = Session(KeptRun(store))
    while session.wants_more():
        session.grow(250)
    assert same(session.trace, run.trace)
    session.end()
    assert session.at_end


def test_acting_executes_again_and_the_store_stays(run: Run, store: Path) -> None:
    kept = KeptRun(store)
    kept.extend(500)
    time = kept.trace.times[399]
    branch, after = kept.branch(SetCores(4), 400, time)
    expected, where = run.branch(SetCores(4), 400, time)
    branch.finish()
    expected.finish()
    assert (after, type(branch)) == (where, Run)
    assert same(branch.trace, expected.trace)
    assert len(kept.trace) == 500
    with pytest.raises(ValueError, match="stays as it is"):
        kept.act(SetCores(4), 400, time)


def test_acting_far_into_a_long_run_is_refused(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_run, "MOST_ROWS", 300)
    kept = KeptRun(store)
    kept.extend(500)
    with pytest.raises(ValueError, match="400 steps would have to be executed again: go back"):
        kept.branch(SetCores(4), 400, kept.trace.times[399])


def test_what_was_forgotten_is_read_again(run: Run, store: Path) -> None:
    kept = KeptRun(store)
    kept.extend(500)
    kept.forget()
    assert len(kept.trace) == 0
    assert same(kept.finish(), run.trace)


def test_commands_that_were_given_are_there_and_can_be_undone(run: Run, tmp_path: Path) -> None:
    run.act(SetCores(4), 400, run.trace.times[399])
    run.finish()
    kept = KeptRun(stored(run, tmp_path / "more.trace"))
    kept.finish()
    assert kept.commands == run.commands
    assert same(kept.without_last().finish(), played().trace)


def test_a_part_says_so_at_its_end(run: Run, tmp_path: Path) -> None:
    with Writer(tmp_path / "it.trace", run.trace, Recording.of(run, SOURCE)) as writer:
        writer.write()
    kept = KeptRun(writer.partial)
    rows = len(run.trace) // 100 * 100
    assert kept.known == rows
    assert kept.says() == ""
    kept.extend(1 << 40)
    assert (len(kept.trace), kept.cut_short) == (rows, True)
    assert kept.says().endswith(f"its first {rows:,} steps can be read")


def test_rows_that_contradict_one_another_are_not_shown(run: Run, tmp_path: Path) -> None:
    kinds = [row.kind for row in run.trace.rows()]
    twice = kinds.index(Kind.RUN, 450)  # a thread that runs is given a core once more
    run.trace.codes[twice + 1] = run.trace.codes[twice]
    kept = KeptRun(stored(run, tmp_path / "false.trace", keyframes=False))
    session = Session(kept)
    while session.wants_more():
        session.grow(250)
    assert kept.finished
    assert len(kept.trace) <= twice + 1
    assert "its rows contradict one another" in kept.says()
    session.end()
    assert kept.history.state_at(len(kept.trace)).rows == len(kept.trace)


def test_a_scenario_in_python_is_looked_at_but_not_executed(tmp_path: Path) -> None:
    run = played()
    recorded = Recording.of(run, Source("it", "raise SystemExit", python=True))
    with Writer(tmp_path / "it.trace", run.trace, recorded) as writer:
        writer.end(recorded)
    kept = KeptRun(tmp_path / "it.trace")
    session = Session(kept)
    assert isinstance(session.trace, Trace)
    with pytest.raises(ValueError, match="never executed"):
        kept.branch(SetCores(4), 40, 0)
    with pytest.raises(ValueError, match="never executed"):
        Run(kept.scenario)
