"""The table of the talk: processes, threads and tasks, asked five questions, as they ran."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from schedsim import cli, library
from schedsim.compare import answers
from schedsim.compare.outcomes import Outcome
from schedsim.run import Run
from schedsim.scenario_file import load

MODELS = ("processes", "threads", "asyncio")
MS = 1_000_000


def asked(model: str, *settings: str, name: str = "three-ways") -> dict[str, answers.Answer]:
    run = Run(load(library.path(name), settings=settings, model=model))
    run.finish()
    return answers.of(Outcome.of(model, run))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("waits_used", (True, True, True)),
        ("cores_used", (True, False, False)),
        ("harmed_by_calls", (False, False, True)),
        ("waits_for_gil", (False, True, False)),
    ],
)
def test_the_comparison_of_the_talk_comes_out_of_the_runs(
    question: str, expected: tuple[bool, ...]
) -> None:
    """Miguel Grinberg's table, for one file under three models."""
    assert tuple(asked(model)[question].yes for model in MODELS) == expected


def test_without_a_gil_threads_use_all_cores() -> None:
    found = asked("threads", "python.gil=off")
    assert (found["cores_used"].figure, found["waits_for_gil"].yes) == (4, False)


def test_how_far_each_scales_is_a_matter_of_memory() -> None:
    """Of 100 at once: 1,036 KB, 16.4 KB and 1.51 KB each (SEMANTICS B6)."""
    told = [asked(model, "job.request.count=100")["at_once"] for model in MODELS]
    assert [answer.figure for answer in told] == [100] * 3
    assert [answer.text for answer in told] == ["100: 104 MB", "100: 1.64 MB", "100: 151 KB"]


def test_one_process_is_a_process() -> None:
    assert asked("processes", "job.request.count=1")["at_once"].text == "1: 1.04 MB"


def test_waits_are_used_as_far_as_somebody_works_or_waits_too() -> None:
    """Ten sleeps of 50 ms: one after another nothing is gained; at once nine of ten are free."""
    assert asked("asyncio", name="blocking-sleep")["waits_used"].figure == 0
    assert asked("asyncio", name="async-sleep")["waits_used"].figure == 0.9
    assert asked("threads", name="blocking-sleep")["waits_used"].figure == 0.9


def test_a_blocking_call_harms_whoever_could_go_on() -> None:
    """Of ten calls of 50 ms nine keep somebody waiting.  In threads nobody is harmed."""
    found = asked("asyncio", name="blocking-sleep")["harmed_by_calls"]
    assert (found.yes, found.figure, found.text) == (True, 450 * MS, "yes, 450 ms")
    assert asked("threads", name="blocking-sleep")["harmed_by_calls"].yes is False
    assert asked("asyncio", name="async-sleep")["harmed_by_calls"].yes is None


def test_the_gil_is_waited_for_by_all_but_one() -> None:
    """Four threads of 30 ms take turns of 5, and end at 105, 110, 115 and 120 ms."""
    found = asked("threads", "python.linger=0us", name="gil-threads")
    assert found["waits_for_gil"].figure == (105 + 110 + 115 + 120 - 4 * 30) * MS
    assert found["waits_used"].yes is None


def test_one_core_leaves_nothing_to_use() -> None:
    assert asked("processes", "machine.cores=1")["cores_used"].yes is None


# -- on the command line ------------------------------------------------------------------


def compared(capsys: pytest.CaptureFixture[str], monkeypatch: Any, *words: str) -> str:
    monkeypatch.setattr(sys, "argv", ["schedsim", "compare", *words])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 0
    return capsys.readouterr().out


def test_models_side_by_side_are_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("three-ways", "--models", ",".join(MODELS))
    lines = compared(capsys, monkeypatch, *words).splitlines()
    start = lines.index("Asked of each run         processes    threads      asyncio")
    assert lines[start + 1 : start + 6] == [
        "uses waits                yes, 89%     yes, 94%     yes, 88%",
        "uses several cores        yes, 4 of 4  no, 1 of 4   no, 1 of 4",
        "at once, memory           8: 8.29 MB   8: 131 KB    8: 12.1 KB",
        "harmed by blocking calls  no           no           yes, 60 ms",
        "waits for the GIL         no           yes, 390 ms  no",
    ]
    data = json.loads(compared(capsys, monkeypatch, *words, "--json"))
    found = {each["name"]: each["answers"] for each in data["variants"]}
    assert found["asyncio"]["harmed_by_calls"] == {"yes": True, "figure": 60 * MS}
    assert found["processes"]["cores_used"] == {"yes": True, "figure": 4}


def test_in_a_narrow_terminal_each_question_is_a_paragraph(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schedsim.arguments.width", lambda: 50)
    out = compared(capsys, monkeypatch, "three-ways", "--models", "threads,asyncio,processes")
    assert "uses waits: threads yes, 94%; asyncio yes, 88%;\n  processes yes, 89%" in out


def test_policies_side_by_side_are_not_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = compared(capsys, monkeypatch, "textbook-fifo", "--policies", "fifo,sjf")
    assert "Asked of each run" not in out
