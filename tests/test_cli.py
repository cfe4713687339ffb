"""The command line as a script sees it: standard output, standard error, exit code."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from schedsim import __main__ as entry, arguments, cli, leaving, library
from schedsim.cli import telling
from schedsim.commands import Inject
from schedsim.recording import Recording, Source
from schedsim.refusals import bad_input
from schedsim.run import Run
from schedsim.trace import Kind, Trace
from schedsim.tui.theme import DARK, LIGHT
from schedsim.validate import TARGETS
from schedsim.validate.checks import same
from tests.command_line import Schedsim

TICKERS = """\
schema = 1
title = "Tickers"
model = "asyncio"
[[job]]
name = "tick"
count = 2
steps = [ { repeat = 3, do = ["compute 1ms", "sleep 10ms"] } ]
"""

ENDLESS = TICKERS.replace("repeat = 3", 'repeat = "forever"')


@pytest.fixture
def tickers(tmp_path: Path) -> Path:
    path = tmp_path / "tickers.toml"
    path.write_text(TICKERS)
    return path


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    path = tmp_path / "endless.toml"
    path.write_text(ENDLESS)
    return path


# -- run ----------------------------------------------------------------------------------


def test_json_has_what_the_contract_says(schedsim: Schedsim, tickers: Path) -> None:
    code, out, err = schedsim("run", tickers, "--json", "--seed", 3)
    assert (code, err) == (0, "")
    data = json.loads(out)
    assert data.keys() >= {
        *("schema", "scenario", "seed", "end", "digest", "threads", "tasks", "slices", "gil"),
        *("marks", "metrics", "findings"),
    }
    assert (data["scenario"], data["seed"], data["end"]) == ("tickers", 3, 34_000_000)
    assert [task["name"] for task in data["tasks"]] == ["tick-1", "tick-2"]
    assert data["tasks"][1] == {
        "name": "tick-2",
        "process": "python",
        "thread": "main",
        "job": "tick",
        "arrival": 0,
        "first_run": 1_000_000,
        "finish": 34_000_000,
        "cpu": 3_000_000,
        "turnaround": 34_000_000,
        "response": 1_000_000,
        "waiting": 1_000_000,
    }
    assert data["slices"][:2] == [
        {
            "core": 0,
            "process": "python",
            "thread": "main",
            "task": "tick-1",
            "start": 0,
            "end": 1_000_000,
        },
        {
            "core": 0,
            "process": "python",
            "thread": "main",
            "task": "tick-2",
            "start": 1_000_000,
            "end": 2_000_000,
        },
    ]
    assert data["gil"][0] == {"process": "python", "thread": "main", "start": 0, "end": 2_000_000}


def test_marks_name_who_logged_them(schedsim: Schedsim, tmp_path: Path) -> None:
    path = tmp_path / "marks.toml"
    path.write_text(TICKERS.replace('"compute 1ms"', '"mark hello there", "compute 1ms"'))
    marks = json.loads(schedsim("run", path, "--json").out)["marks"]
    assert marks[0] == {"time": 0, "task": "tick-1", "label": "hello there"}
    marks = json.loads(schedsim("run", path, "--json", "--model", "threads").out)["marks"]
    assert marks[0] == {"time": 0, "thread": "tick-1", "label": "hello there"}


def test_several_files_give_one_object_a_line_in_order(
    schedsim: Schedsim, tickers: Path, endless: Path
) -> None:
    out = schedsim("run", endless, tickers, "--json", "--until", "50ms").out
    assert [json.loads(line)["scenario"] for line in out.splitlines()] == ["endless", "tickers"]


def test_the_same_jobs_run_under_every_model(schedsim: Schedsim, tickers: Path) -> None:
    ends = {
        model: json.loads(schedsim("run", tickers, "--json", "--model", model).out)["end"]
        for model in ("processes", "threads", "asyncio")
    }
    assert ends == {"processes": 34_000_000, "threads": 34_000_000, "asyncio": 34_000_000}
    threads = json.loads(schedsim("run", tickers, "--json", "--model", "processes").out)["threads"]
    assert [(t["process"], t["name"]) for t in threads] == [
        ("tick-1", "tick-1"),
        ("tick-2", "tick-2"),
    ]


def test_set_overrides_a_key(schedsim: Schedsim, tickers: Path) -> None:
    data = json.loads(schedsim("run", tickers, "--json", "--set", "job[1].count=5").out)
    assert len(data["tasks"]) == 5


def test_until_and_max_events_bound_an_endless_scenario_and_say_so(
    schedsim: Schedsim, endless: Path
) -> None:
    code, out, err = schedsim("run", endless, "--max-events", 500)
    assert code == 0
    assert "Stopped after 50" in out
    assert "with more to come" in err
    code, out, err = schedsim("run", endless, "--until", "100ms", "--json")
    assert (code, err, json.loads(out)["end"]) == (0, "", 100_000_000)


def test_a_name_of_the_library_is_a_file_too(schedsim: Schedsim) -> None:
    assert schedsim("run", "starving-loop").code == 0


def test_text_for_people_tells_who_finished_when(schedsim: Schedsim, tickers: Path) -> None:
    out = schedsim("run", tickers).out
    assert out.startswith("Tickers\nasyncio · 1 core · round_robin · GIL on · 34 ms · ")
    assert any(line.split()[:1] == ["tick-2"] and "34 ms" in line for line in out.splitlines())


# -- recordings ---------------------------------------------------------------------------


def test_a_recording_replays_and_verifies(
    schedsim: Schedsim, tickers: Path, tmp_path: Path
) -> None:
    rec = tmp_path / "a.json"
    before = schedsim("run", tickers, "--json", "--set", "machine.cores=2", "-o", rec)
    after = schedsim("replay", rec, "--json")
    assert json.loads(before.out) == json.loads(after.out)
    code, out, _ = schedsim("replay", rec, "--verify")
    assert code == 0
    assert "as recorded" in out


def test_replay_may_stop_after_a_step(schedsim: Schedsim, tickers: Path, tmp_path: Path) -> None:
    rec = tmp_path / "a.json"
    schedsim("run", tickers, "-o", rec)
    assert json.loads(schedsim("replay", rec, "--until-step", 12, "--json").out)["steps"] == 12


def test_an_edited_recording_is_refused_and_verify_says_where_it_leads(
    schedsim: Schedsim, tickers: Path, tmp_path: Path
) -> None:
    rec = tmp_path / "a.json"
    schedsim("run", tickers, "-o", rec)
    rec.write_text(rec.read_text().replace("sleep 10ms", "sleep 11ms"))
    line = 1 + rec.read_text().split("\n").index(
        next(each for each in rec.read_text().split("\n") if "sleep 11ms" in each)
    )
    refused = schedsim("replay", rec)
    assert (refused.code, refused.out) == (2, "")
    assert f"edited since it was written: line {line}" in refused.err
    verified = schedsim("replay", rec, "--verify")
    assert verified.code == 1
    assert f"line {line}" in verified.err
    assert "the runs differ within steps" in verified.err


def test_a_wrong_digest_is_a_failed_check(
    schedsim: Schedsim, tickers: Path, tmp_path: Path
) -> None:
    rec = tmp_path / "a.json"
    schedsim("run", tickers, "-o", rec)
    digest = json.loads(rec.read_text())["digest"]
    rec.write_text(rec.read_text().replace(digest, "0" * 64))
    assert schedsim("replay", rec, "--verify").code == 1


def test_output_never_overwrites_what_is_not_a_recording(schedsim: Schedsim, tickers: Path) -> None:
    before = tickers.read_text()
    code, out, err = schedsim("run", tickers, "-o", tickers)
    assert (code, out, tickers.read_text()) == (2, "", before)
    assert "not overwritten" in err


# -- bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rnu"], "Did you mean 'run'?"),
        (["starving-loop"], "Did you mean 'open starving-loop'?"),
        (["qqqq"], "No such command 'qqqq'."),
        (["--no-animation", "list"], "--keymap and --no-animation come after the command."),
        (["run", "starving-loop", "four-styles", "-o", "x"], "-o takes one FILE, not several."),
        (["replay", "x", "--verify", "--until-step", "1"], "leave out --until-step"),
        (["validate", "D0"], "unknown target 'D0': did you mean 'D"),
        (["run"], "Missing argument 'FILE...'"),
        (["run", "starvin-loop"], "did you mean 'starving-loop'?"),
        (["run", "no/such.toml"], "no/such.toml: there is no such file"),
        (["run", "."], "directory"),
        (["run", "starving-loop", "--model", "thread"], "did you mean 'threads'?"),
        (["run", "starving-loop", "--set", "machine.core=2"], "did you mean 'cores'?"),
        (["run", "starving-loop", "--set", "machine.cores=0"], "machine.cores"),
        (["run", "starving-loop", "--set", "machine.cores"], "--set"),
        (["run", "starving-loop", "--until", "5"], "has no unit"),
        (["run", "starving-loop", "--until", "-5s"], "cannot be negative"),
        (["run", "starving-loop", "--max-events", "0"], "--max-events"),
        (["run", "starving-loop", "--jsn"], "--json"),
        (["run", "starving-loop", "-o", "no/such/folder/x"], "there is no such folder"),
        (["replay", "starving-loop"], "starving-loop: no such file or directory"),
        (["replay", "."], "directory"),
        (["open", "no/such.toml"], "there is no such file"),
        (["screenshot", "starving-loop", "--size", "big", "-o", "x.svg"], "COLSxROWS"),
        (["screenshot", "starving-loop", "--size", "5x5", "-o", "x.svg"], "--size"),
        (["list", "\x1b[31mx"], "unexpected extra argument (\\x1b[31mx)"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(
    schedsim: Schedsim, arguments: list[str], message: str
) -> None:
    code, out, err = schedsim(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) <= 4


def test_a_folder_that_takes_no_files_is_told_before_anything_runs(
    schedsim: Schedsim, tickers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    code, out, err = schedsim("run", tickers, "-o", tmp_path / "x.rec")
    assert (code, out, err) == (2, "", f"schedsim: {tmp_path / 'x.rec'}: no permission to write\n")


def test_check_tells_every_error_of_every_file_at_once(
    schedsim: Schedsim, tickers: Path, tmp_path: Path
) -> None:
    one = tmp_path / "one.toml"
    one.write_text(TICKERS.replace("count = 2", "cuont = 2\narrival = -1"))
    two = tmp_path / "two.json"
    two.write_text('{"schedsim": "recording"')
    code, out, err = schedsim("check", one, tickers, two)
    assert (code, out) == (2, "")
    assert "did you mean 'count'?" in err
    assert "arrival" in err
    assert "cut short" in err
    assert schedsim("check", tickers) == (0, f"{tickers}: fine\n", "")


def test_a_file_without_permission_is_told(
    schedsim: Schedsim, tickers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(tickers))

    monkeypatch.setattr(Path, "open", refused)
    monkeypatch.setattr(Path, "read_bytes", refused)
    monkeypatch.setattr(Path, "read_text", refused)
    for command in ("run", "check", "open", "replay"):
        code, out, err = schedsim(command, tickers)
        assert (code, out) == (2, "")
        assert "permission" in err.lower()


def test_names_never_reach_the_terminal_raw(schedsim: Schedsim, tmp_path: Path) -> None:
    path = tmp_path / "evil.toml"
    evil = "\\u001b[2J[/]\\u202e" + "x" * 9_900
    path.write_text(TICKERS.replace('"tick"', f'"{evil}"').replace("Tickers", evil))
    code, out, err = schedsim("run", path)
    assert (code, err) == (0, "")
    assert not {"\x1b", "\u202e"} & set(out)
    assert max(map(len, out.splitlines())) < 200
    path.write_text(path.read_text().replace("compute", "compte"))
    code, out, err = schedsim("run", path)
    assert code == 2
    assert not {"\x1b", "\u202e"} & set(err)


# -- the rest -----------------------------------------------------------------------------


def test_what_is_exported_is_utf_8_whatever_the_encoding_of_the_output(
    schedsim: Schedsim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = tmp_path / "names.toml", tmp_path / "out"
    path.write_text(TICKERS.replace('"tick"', '"t\u00efck\u6f22"'), encoding="utf-8")
    with out.open("w", encoding="latin-1") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert schedsim("export", "--to", "html", path).code == 0
    assert "t\u00efck\u6f22" in out.read_text(encoding="utf-8")


def test_what_the_encoding_of_the_output_has_not_is_escaped(
    schedsim: Schedsim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = tmp_path / "names.toml", tmp_path / "out"
    path.write_text(TICKERS.replace('"tick"', '"t\u00efck\u6f22"'), encoding="utf-8")
    with out.open("w", encoding="latin-1") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        code, _, err = schedsim("run", path)
    assert (code, err) == (0, "")
    assert "t\u00efck\\u6f22" in out.read_text(encoding="latin-1")


def test_more_than_memory_holds_is_a_line(
    schedsim: Schedsim, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> None:
        raise MemoryError

    monkeypatch.setattr(library, "titles", full)
    code, out, err = schedsim("list")
    assert (code, out) == (2, "")
    assert err.startswith("schedsim: there is not enough memory for that")


def test_a_mistake_of_ours_is_not_called_a_closed_output(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong() -> None:
        raise ValueError("ours")

    monkeypatch.setattr(library, "titles", wrong)
    monkeypatch.setattr(sys, "argv", ["schedsim", "list"])
    with pytest.raises(ValueError, match="ours"):
        cli.main()


def test_a_recording_is_no_scenario(schedsim: Schedsim, tickers: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.rec"
    assert schedsim("run", tickers, "-o", path).code == 0
    code, out, err = schedsim("run", path)
    assert (code, out) == (2, "")
    assert err.startswith(f"{path}: a recording, not a scenario: schedsim replay, ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("command", ["run", "check", "export --to csv"])
def test_a_scenario_is_read_from_a_pipe_whole(
    command: str, schedsim: Schedsim, tmp_path: Path
) -> None:
    """As of a shell's ``<(...)``: what was looked at is not there any more."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(TICKERS,))
    writer.start()
    assert schedsim(*command.split(), path).code == 0
    writer.join()


def test_nothing_waits_for_a_pipe_that_is_in_the_way(
    schedsim: Schedsim, tickers: Path, tmp_path: Path
) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    code, out, err = schedsim("run", tickers, "-o", path)
    assert (code, out) == (2, "")
    assert err == f"schedsim: {path}: exists, and is not a recording: not overwritten\n"


def test_bench_leaves_signals_to_whoever_has_taken_them(schedsim: Schedsim) -> None:
    def mine(*_: object) -> None:
        raise AssertionError("nobody sends one")

    before = signal.signal(signal.SIGTERM, mine)
    try:
        assert schedsim("bench", "--help").code == 0
        assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, before)


def test_list_has_a_line_for_every_scenario(schedsim: Schedsim) -> None:
    lines = schedsim("list").out.splitlines()
    assert sorted(line.split()[0] for line in lines) == library.names()


def test_the_app_needs_a_terminal(schedsim: Schedsim) -> None:
    code, out, err = schedsim()
    assert (code, out) == (2, "")
    assert "needs a terminal" in err


def test_an_expectation_that_does_not_hold_is_a_failed_check(
    schedsim: Schedsim, tickers: Path
) -> None:
    """Each of two computes three times 1 ms."""
    code, _, err = schedsim("run", tickers, "--expect", "max_cpu(tick-1) < 3ms")
    assert (code, err) == (1, "schedsim: expected max_cpu(tick-1) < 3ms: it is 3 ms\n")


def test_validate_tells_what_was_compared(schedsim: Schedsim) -> None:
    code, out, err = schedsim("validate", "D1")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert {line[:8] for line in lines[:-1]} == {"ok   D1 "}
    passed = len(lines) - 1
    assert lines[-1] == f"{passed} of {passed} as measured on real programs."
    told = json.loads(schedsim("validate", "D1", "--json").out)
    assert told["passed"]
    assert len(told["rows"]) == passed


def test_a_target_that_is_missed_is_a_failed_check(
    schedsim: Schedsim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        cast("dict[str, object]", TARGETS), "D1", lambda: [same("D1", "it", "this", "that")]
    )
    code, out, _ = schedsim("validate", "D1")
    assert code == 1
    assert out.startswith("FAIL D1")


def test_bench_has_its_own_options(schedsim: Schedsim) -> None:
    code, out, err = schedsim("bench", "--rounds", "0")
    assert (code, out) == (2, "")
    assert "'--rounds'" in err


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (KeyboardInterrupt(), 130, "schedsim: interrupted\n"),
        (OverflowError("too long"), 2, "schedsim: too long\n"),
    ],
)
def test_what_ends_a_command_early_is_a_line_and_a_code(
    error: BaseException, code: int, says: str, schedsim: Schedsim, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cli.cli, "main", ends)
    assert schedsim("list") == (code, "", says)


def test_what_is_not_about_the_input_is_not_told_as_bad_input() -> None:
    """Standard output has no name; and a mistake of ours keeps its traceback."""
    with pytest.raises(OSError, match="No space"), bad_input():
        raise OSError(28, "No space left on device")
    with pytest.raises(ValueError, match=r"^ours$"), bad_input():
        raise ValueError("ours")


def test_an_interruption_while_modules_are_loaded_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("schedsim.__main__._run", interrupted)
    monkeypatch.setattr("schedsim.leaving.leave", sys.exit)
    with pytest.raises(SystemExit) as left:
        entry.main()
    assert left.value.code == 130


def test_leaving_where_nobody_reads_any_more_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []
    closed = io.TextIOWrapper(io.BytesIO())
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr("atexit._run_exitfuncs", lambda: left.append(-1))
    monkeypatch.setattr(os, "_exit", left.append)
    leave: Callable[[int], object] = leaving.leave  # here it comes back
    leave(0)
    leave(3)
    assert left == [-1, 1, -1, 3]


def test_whoever_looks_is_told_how_a_long_run_is_going(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr(telling, "rewritten_line", lambda: lines.append)
    tell = telling.progress_told()
    assert tell is not None
    trace = Trace()
    for _ in range(telling._PROGRESS_FROM - 1):
        trace.append(0, Kind.IDLE)
    tell(trace)
    assert lines == []
    trace.append(5_000_000, Kind.IDLE)
    trace.end = 5_000_000
    tell(trace)
    assert lines == [f"{len(trace):,} steps, 5 ms ..."]


@pytest.mark.parametrize("words", [["screenshot"], ["compare", "four-ways"]])
def test_a_recording_that_was_edited_is_not_opened(
    words: list[str], schedsim: Schedsim, tickers: Path, tmp_path: Path
) -> None:
    rec = tmp_path / "a.json"
    schedsim("run", tickers, "-o", rec)
    rec.write_text(rec.read_text().replace("sleep 10ms", "sleep 11ms"))
    output = ["-o", tmp_path / "a.svg"] if words == ["screenshot"] else []
    code, out, err = schedsim(*words, rec, *output)
    assert (code, out) == (2, "")
    assert "edited since it was written: line " in err


@pytest.mark.parametrize("other", [["--model", "trio"], ["--set", "unit=tick"], ["--seed", "7"]])
def test_a_recording_is_looked_at_as_it_is(
    other: list[str], schedsim: Schedsim, tickers: Path, tmp_path: Path
) -> None:
    rec = tmp_path / "a.json"
    schedsim("run", tickers, "-o", rec)
    picture = tmp_path / "a.svg"
    code, _, err = schedsim("screenshot", rec, "-o", picture, *other)
    assert code == 2
    assert "a recording is played as it is: no --model, --set, --seed" in err
    assert not picture.exists()


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs /proc")
@pytest.mark.parametrize("at_end", [False, True])
def test_what_cannot_be_read_is_not_overwritten(
    at_end: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The memory of a process begins with nothing that can be read."""
    other = tmp_path / "other"
    other.write_text("x" * 5_000)
    for path in (Path("/proc/self/mem"), other):
        with pytest.raises(SystemExit):
            arguments.may_write(path, "rows", "PAR1", at_end=at_end)
        assert "exists, and is not rows: not overwritten" in capsys.readouterr().err
    other.write_text("x" * 5_000 + "PAR1")
    arguments.may_write(other, "rows", "PAR1", at_end=True)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_an_export_that_cannot_be_made_is_told(schedsim: Schedsim, tickers: Path) -> None:
    code, _, err = schedsim("export", tickers, "--to", "csv", "-o", "/proc/schedsim.csv")
    assert code == 2
    assert "schedsim.csv: " in err


def test_a_reader_that_has_had_enough_is_no_error(tickers: Path) -> None:
    command = f"{sys.executable} -m schedsim run {tickers} --json | head -c 10"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert done.stdout == '{"schema": '[:10]
    assert done.stderr == ""


def test_help_names_every_command(schedsim: Schedsim) -> None:
    out = schedsim("--help").out
    for command in ("open", "run", "replay", "check", "list", "export", "screenshot", "bench"):
        assert command in out


def test_replay_may_stop_right_where_a_command_was_given(
    schedsim: Schedsim, tickers: Path, tmp_path: Path
) -> None:
    source = Source("tickers", TICKERS)
    run = Run(source.load())
    run.finish()
    run.act(Inject("more", 5_000_000, 1_000_000, True, "python", "main"), 9, run.trace.times[8])
    run.finish()
    rec = tmp_path / "a.json"
    Recording.of(run, source).save(rec)
    step = run.commands[0].step
    for stop in (step - 1, step, step + 1, step + 2):
        code, out, err = schedsim("replay", rec, "--until-step", stop, "--json")
        assert (code, err, json.loads(out)["steps"]) == (0, "", stop)


@pytest.mark.parametrize("content", ['{"important": 1}', "<html>", "title = 1"])
def test_nothing_but_its_own_kind_is_overwritten(
    schedsim: Schedsim, tickers: Path, tmp_path: Path, content: str
) -> None:
    other = tmp_path / "other"
    other.write_text(content)
    for command in (("run", tickers), ("screenshot", tickers)):
        code, out, err = schedsim(*command, "-o", other)
        assert (code, out, other.read_text()) == (2, "", content)
        assert "not overwritten" in err


def test_a_moment_that_does_not_fit_every_file_is_told_before_anything_runs(
    schedsim: Schedsim, tickers: Path
) -> None:
    code, out, err = schedsim("run", tickers, "textbook-fifo", "--until", "5ms")
    assert (code, out) == (2, "")
    assert "whole numbers" in err


def test_a_recording_with_other_white_space_is_edited_too(
    schedsim: Schedsim, tickers: Path, tmp_path: Path
) -> None:
    rec = tmp_path / "a.json"
    schedsim("run", tickers, "-o", rec)
    rec.write_text(rec.read_text().replace(' "seed": 0', ' "seed":  0'))
    line = 1 + rec.read_text().split("\n").index(' "seed":  0,')
    assert f"line {line}" in schedsim("check", rec).err
    rec.write_text(rec.read_text().replace(' "seed":  0', ' "seed": 0').rstrip("\n"))
    assert schedsim("replay", rec, "--verify").code == 1


# -- pictures -----------------------------------------------------------------------------------


@pytest.mark.app
def test_a_picture_shows_the_app_at_a_moment(schedsim: Schedsim, tmp_path: Path) -> None:
    """At 60 ms the cruncher has the loop, and the tickers wait for it."""
    words = ["screenshot", "starving-loop", "--size", "90x30", "-o"]
    for name in ("a.svg", "b.svg"):
        assert schedsim(*words, tmp_path / name, "--at", "60ms") == (0, "", "")
    assert schedsim(*words, tmp_path / "c.svg", "--theme", "schedsim-light") == (0, "", "")
    early, again, light = (
        (tmp_path / f"{n}.svg").read_text().replace("&#160;", " ") for n in "abc"
    )
    assert early == again
    for picture, moment in ((early, "60 ms"), (light, "0 ms")):
        title = rf"A CPU-heavy task starves the event loop\s*{moment}\s+· step "
        assert re.search(title, re.sub("<[^>]*>", "", picture))
    # Dark is what all the screen stands on, and light in the other theme.
    assert f'fill="{DARK.background}"'.lower() in early
    assert f'fill="{DARK.background}"'.lower() not in light
    assert f'fill="{LIGHT.background}"'.lower() in light


@pytest.mark.app
def test_the_pictures_of_the_readme_are_drawn_from_the_library(
    schedsim: Schedsim, tmp_path: Path
) -> None:
    code, out, err = schedsim("screenshots", tmp_path / "new" / "folder")
    assert (code, err) == (0, "")
    kept = {path.name for path in (Path(__file__).parents[1] / "screenshots").glob("*.svg")}
    drawn = list((tmp_path / "new" / "folder").iterdir())
    assert {path.name for path in drawn} == kept
    assert sorted(out.splitlines()) == sorted(map(str, drawn))
    assert all(path.read_text().startswith("<svg") for path in drawn)


# -- output that cannot be written ----------------------------------------------------------------


def test_a_disk_that_is_full_is_told_in_a_line(
    schedsim: Schedsim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As far as the kernel goes: a file that must not grow any more."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with (tmp_path / "out.txt").open("w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
        try:
            code, _, err = schedsim("list")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (code, err) == (2, "schedsim: standard output: file too large\n")
    assert (tmp_path / "out.txt").stat().st_size == 100


def test_a_file_of_schedsim_that_cannot_be_read_is_told_without_an_output_too(
    schedsim: Schedsim, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable() -> None:
        raise PermissionError(13, "Permission denied", "/opt/schedsim/scenarios")

    monkeypatch.setattr(library, "titles", unreadable)
    monkeypatch.setattr(sys, "stdout", None)
    code, _, err = schedsim("list")
    assert (code, err) == (2, "schedsim: /opt/schedsim/scenarios: permission denied\n")
