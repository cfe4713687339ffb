"""``schedsim export`` as a script sees it, and its tables and texts."""

from __future__ import annotations

import csv
import io
import json
from functools import partial
from pathlib import Path

import pytest

from schedsim import library
from schedsim.export import EXPORTS
from schedsim.export.words import WORDS
from schedsim.recording import Recording, Source
from schedsim.run import Run
from tests.command_line import Schedsim
from tests.exporting import HOSTILE, TICKS, played, written

SLICES = """\
lane,core,process,thread,task,situation,start_ticks,end_ticks
core,0,long,long,,running,0,2
core,0,short,short,,running,2,3
core,0,long,long,,running,3,5
thread,,long,long,,running,0,2
thread,,long,long,,ready,2,3
thread,,long,long,,running,3,5
thread,,short,short,,ready,0,2
thread,,short,short,,running,2,3
"""


@pytest.fixture
def export(schedsim: Schedsim) -> Schedsim:
    """Run ``schedsim export`` in this process."""
    return partial(schedsim, "export")


@pytest.fixture
def ticks(tmp_path: Path) -> Path:
    path = tmp_path / "ticks.toml"
    path.write_text(TICKS)
    return path


# -- csv ----------------------------------------------------------------------------------


def test_csv_has_a_line_for_every_slice(export: Schedsim, ticks: Path) -> None:
    assert export(ticks, "--to", "csv") == (0, SLICES, "")


def test_csv_tells_who_holds_the_gil_and_which_task_runs() -> None:
    text = written(
        """
schema = 1
title = "One task"
model = "asyncio"
job = [ { name = "a", steps = ["compute 1ms", "sleep 1ms", "compute 1ms"] } ]
""",
        "csv",
    )
    lines = text.splitlines()
    assert lines[0].endswith("start_ns,end_ns")
    assert lines[1] == "core,0,python,main,a,running,0,1000000"
    assert "gil,,python,main,,running,0,1000000" in lines
    assert "gil,,python,,,idle,1000000,2000000" in lines
    assert "task,,python,main,a,suspended,1000000,2000000" in lines


def test_csv_gives_no_spreadsheet_anything_to_execute() -> None:
    text = written(HOSTILE, "csv")
    assert text.replace("\n", "").isprintable()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == text.count("\n") - 1  # no cell has a line break
    threads = dict.fromkeys(row["thread"] for row in rows if row["lane"] == "thread")
    assert list(threads) == [
        "'=1+1",
        "</text></svg><script>alert(3)</script>\\x0a]]>\\x00\\u202e",
        "'@sum",
        "'-1",
        '" onload="alert(4)',
    ]


# -- text ---------------------------------------------------------------------------------


def test_text_is_the_report_and_a_picture(export: Schedsim, ticks: Path) -> None:
    code, out, _ = export(ticks, "--to", "text")
    assert code == 0
    lines = out.splitlines()
    assert lines[:3] == ["schedsim run of ticks", "", "Two in ticks"]
    assert any(line.split() == ["long", "0", "5", "4", "5", "1", "1.25"] for line in lines)
    picture = next(line for line in lines if line.startswith("ticks  "))
    assert picture.split()[1] == "AABAA"


def test_text_has_no_control_characters() -> None:
    assert written(HOSTILE, "text").replace("\n", "").isprintable()


# -- the command --------------------------------------------------------------------------


def test_every_format_is_written_into_a_file_and_over_its_own_kind(
    export: Schedsim, ticks: Path, tmp_path: Path
) -> None:
    for form in EXPORTS:
        path = tmp_path / f"out.{form}"
        for _ in range(2):
            assert export(ticks, "--to", form, "-o", path) == (0, "", "")
        text = path.read_text(encoding="utf-8")
        assert EXPORTS[form].mark in text[:64]
        assert export(ticks, "--to", form, "-o", "-").out == text
    assert not list(tmp_path.glob(".schedsim-*"))


def test_nothing_but_its_own_kind_is_overwritten(
    export: Schedsim, ticks: Path, tmp_path: Path
) -> None:
    for form in EXPORTS:
        code, out, err = export(ticks, "--to", form, "-o", ticks)
        assert (code, out) == (2, "")
        assert err.endswith(f"exists, and is not {EXPORTS[form].what}: not overwritten\n")
    assert ticks.read_text() == TICKS
    drawing = tmp_path / "drawing.svg"
    drawing.write_text("<svg>mine</svg>")
    assert export(ticks, "--to", "svg", "-o", drawing).code == 2
    assert drawing.read_text() == "<svg>mine</svg>"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--to", "svgg"), "--to: unknown format 'svgg': did you mean 'svg'?"),
        (("--to", "\x1b"), "choose one of perfetto, svg, csv, html, text"),
        ((), "Missing option '--to'"),
        (("--to", "csv", "-o", "missing/out.csv"), "there is no such folder"),
        (("--to", "csv", "-o", ""), "-o: a file needs a name"),
        (("--to", "csv", "-o", "a\0b"), "-o: a file's name cannot hold a NUL"),
        (("--to", "csv", "--until", "5ms"), "durations are whole numbers"),
        (("--to", "csv", "--set", "machine.coers=2"), "did you mean 'cores'?"),
        (("--to", "csv", "--model", "thread"), "threads"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(
    export: Schedsim, ticks: Path, arguments: tuple[str, ...], says: str
) -> None:
    code, out, err = export(ticks, *arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert "\x1b" not in err


def test_a_name_of_the_library_is_a_file_too(export: Schedsim) -> None:
    assert export("starving-loop", "--to", "csv").out.count("cruncher") == 2
    assert export("starving-lop", "--to", "csv").code == 2


def test_the_options_of_run_are_taken(export: Schedsim, ticks: Path) -> None:
    out = export(ticks, "--to", "csv", "--set", "machine.cores=2", "--until", "3").out
    assert "core,0,long,long,,running,0,3\n" in out
    assert "core,1,short,short,,running,0,1\n" in out
    code, _, err = export(ticks, "--to", "csv", "--max-events", 4)
    assert (code, "stopped after 4 steps" in err) == (0, True)


def test_why_a_run_was_stopped_is_told(export: Schedsim, tmp_path: Path) -> None:
    path = tmp_path / "spin.py"
    path.write_text(
        "from schedsim.authoring import Scenario, job, sleep\n\n\n"
        "def scenario():\n    def spin():\n        while True:\n            yield sleep(0)\n\n"
        "    return Scenario([job('spin', spin)])\n"
    )
    code, _, err = export(path, "--to", "csv", "--max-events", 20_000)
    assert code == 0
    assert err == (
        "schedsim: stopped after 20,000 steps with more to come: time stands still at 0 ms: "
        "spin goes on without taking any; let it compute or sleep\n"
    )


def test_a_recording_of_python_is_exported_with_the_file_that_it_was_made_from(
    export: Schedsim, schedsim: Schedsim, tmp_path: Path
) -> None:
    path, recorded = tmp_path / "it.py", tmp_path / "it.rec"
    path.write_text(library.path("four-styles").read_text())
    assert schedsim("run", path, "-o", recorded).code == 0
    there = export(path, "--to", "csv").out
    assert there.count("\n") > 10
    assert export(recorded, "--to", "csv", "--scenario", path) == (0, there, "")
    code, out, err = export(recorded, "--to", "csv")
    assert (code, out) == (2, "")
    assert "a recording is never executed: name the file too" in err


def test_only_a_recording_of_python_is_exported_with_another_file(
    export: Schedsim, ticks: Path, tmp_path: Path
) -> None:
    file = library.path("four-styles")
    assert export(ticks, "--to", "csv", "--scenario", file) == (
        *(2, ""),
        f"schedsim: {ticks}: not a recording: leave out --scenario\n",
    )
    run = played(TICKS)
    recorded = tmp_path / "ticks.rec"
    Recording.of(run, Source("ticks", TICKS)).save(recorded)
    code, _, err = export(recorded, "--to", "csv", "--scenario", file)
    assert (code, "the recording holds its scenario: leave out --scenario" in err) == (2, True)


def test_a_recording_is_exported_as_it_was_recorded(
    export: Schedsim, ticks: Path, tmp_path: Path
) -> None:
    source = Source("ticks", TICKS)
    run = Run(source.load(), seed=7)
    run.finish()
    path = tmp_path / "ticks.rec"
    Recording.of(run, source).save(path)
    assert export(path, "--to", "csv") == (0, SLICES, "")
    about = json.loads(export(path, "--to", "perfetto").out)["otherData"]
    assert (about["seed"], about["digest"]) == ("7", run.trace.digest())
    for option in (
        ("--seed", 1),
        ("--until", 3),
        ("--max-events", 3),
        ("--model", "threads"),
        ("--set", "machine.cores=2"),
    ):
        code, out, err = export(path, "--to", "csv", *option)
        assert (code, out) == (2, "")
        assert "a recording is played as it is" in err


def test_situations_are_called_as_in_the_app() -> None:
    from schedsim.tui.glyphs import SIGNS

    named = {each: sign.meaning for each, sign in SIGNS.items() if sign.meaning}
    assert named == dict(WORDS)
