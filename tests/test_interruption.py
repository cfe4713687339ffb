"""Who looks at a run from outside, called by itself; with real signals in ``test_signals.py``."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from schedsim import interruption
from schedsim.interruption import Interrupted, Stuck, Watch, told
from schedsim.recording import Source, load
from schedsim.run import Run
from schedsim.scenario_file import loads
from schedsim.trace import Trace

TEXT = """
schema = 1
title = "one"
[[job]]
name = "a"
steps = [{ repeat = "forever", do = ["compute 5ms", "sleep 1ms"] }]
"""
SOURCE = Source("one", TEXT)


def run(rows: int = 50) -> Run:
    played = Run(loads(TEXT, "one"), rows=rows)
    played.finish()
    return played


def stopped(played: Run, error: KeyboardInterrupt, output: Path) -> None:
    """It is followed, and ends by ``error``; SIGTERM has come."""
    with told(patience=2.0, output=output) as watch:
        watch.follow(played, SOURCE)
        watch.asked(signal.SIGTERM, None)
        raise error


def test_who_waits_hears_how_far_it_has_come_before_it_is_stopped() -> None:
    heard: list[Trace] = []
    watch = Watch(10.0)
    played = run()
    watch.follow(played, SOURCE)
    looking = watch.looking(heard.append)
    looking(played.trace)
    assert heard == [played.trace]
    watch.asked(signal.SIGINT, None)
    with pytest.raises(Interrupted) as stopped:
        looking(played.trace)
    assert stopped.value.code == 130
    assert len(heard) == 2


def test_a_signal_that_is_not_obeyed_for_two_seconds_interrupts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 5.0
    monkeypatch.setattr("schedsim.interruption.time.monotonic", lambda: now)
    watch = Watch(10.0)
    watch.follow(run(), SOURCE)
    watch.tick(0, None)
    watch.asked(signal.SIGTERM, None)
    now += 1.9
    watch.tick(0, None)
    now += 0.2
    with pytest.raises(KeyboardInterrupt) as stopped:
        watch.tick(0, None)
    assert not isinstance(stopped.value, (Interrupted, Stuck))
    assert watch.code == 143


def test_what_cannot_be_written_is_told_and_the_code_is_that_of_the_signal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "nowhere" / "o.rec"
    played = run()
    with pytest.raises(SystemExit) as ended:
        stopped(played, Interrupted(signal.SIGTERM), output)
    assert ended.value.code == 143
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"schedsim: interrupted after {len(played.trace)} steps, at ")
    assert second.startswith(f"schedsim: {output}: not written: ")


def test_a_run_in_which_nobody_has_run_yet_is_told_without_a_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left: list[int] = []
    monkeypatch.setattr(interruption, "leave", left.append)
    began = run(rows=1)
    assert [row.kind.name for row in began.trace.rows()] == ["SPAWN"]
    stopped(began, Stuck(), tmp_path / "o.rec")
    assert left == [2]
    assert capsys.readouterr().err.startswith(
        "schedsim: the run: nothing has happened for 2 s at 0 ms: its quantum is far too short"
    )
    assert load(tmp_path / "o.rec").steps == 1


@pytest.mark.usefixtures("control_c")
def test_in_another_thread_than_the_main_one_signals_are_left_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[Any] = []

    def other() -> None:
        with told() as watch:
            seen.append(signal.getsignal(signal.SIGINT))
            watch.follow(run(), SOURCE)

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert seen == [before]
    with told():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
