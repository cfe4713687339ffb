"""Signals and broken pipes, by real processes: what there is is saved, and it ends quietly."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from schedsim import recording
from schedsim.interruption import Interrupted, Watch
from schedsim.recording import Recording, Source
from schedsim.run import CHUNK, Run
from schedsim.scenario_file import loads

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")

ENDLESS = """
schema = 1
title = "endless"
[machine]
cores = 2
[[job]]
name = "a"
count = 4
steps = [{ repeat = "forever", do = ["compute 5ms", "sleep 1ms"] }]
"""
ALL = str(100_000_000)


def start(*arguments: str, cwd: Path, **options: object) -> subprocess.Popen[str]:
    """A process of ours that listens to signals: what a shell has put behind does not."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # which it would inherit
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "schedsim", *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def running(process: subprocess.Popen[str], file: Path) -> None:
    """Wait until the run is under way: it has listened to signals for a while."""
    deadline = time.monotonic() + 30
    since: float | None = None
    caught = 1 << (signal.SIGTERM - 1)
    while time.monotonic() < deadline and process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"SigCgt:\s*([0-9a-f]+)", status)
        if found and int(found[1], 16) & caught:
            since = computed(process) if since is None else since
            if computed(process) >= since + 0.4:  # by its own clock, not by ours: we may be many
                return
        time.sleep(0.02)
    assert process.poll() is None, process.communicate()


def computed(process: subprocess.Popen[str]) -> float:
    """How many seconds of processor time it has had."""
    told = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii")
    user, system = told.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    file = tmp_path / "endless.toml"
    file.write_text(ENDLESS)
    return file


linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks into /proc")


@linux
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["Ctrl-C", "SIGTERM", "closed terminal"],
)
def test_a_long_run_that_is_interrupted_is_saved_up_to_there(
    number: signal.Signals, code: int, endless: Path
) -> None:
    out = endless.with_name("out.rec")
    process = start("run", "endless.toml", "--max-events", ALL, "-o", "out.rec", cwd=endless.parent)
    running(process, endless)
    process.send_signal(number)
    shown, said = process.communicate(timeout=30)
    assert (process.returncode, shown) == (code, "")
    found = re.search(r"interrupted after ([\d,]+) steps.*\nschedsim: out.rec: has the run", said)
    assert found, said
    recorded = recording.load(out)
    assert recorded.steps == int(found[1].replace(",", "")) >= CHUNK
    assert recorded.first_difference(recorded.play().trace) is None
    assert sorted(path.name for path in endless.parent.iterdir()) == ["endless.toml", "out.rec"]


def test_a_signal_that_comes_twice_at_once_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """``timeout`` sends it to the program, and then to its whole group."""
    now = 5.0
    monkeypatch.setattr("schedsim.interruption.time.monotonic", lambda: now)
    run = Run(loads(ENDLESS, "endless.toml"), rows=100)
    run.finish()
    watch = Watch(10.0)
    watch.follow(run, Source("endless", ENDLESS))
    watch.asked(signal.SIGTERM, None)
    now += 0.01
    watch.asked(signal.SIGTERM, None)
    with pytest.raises(Interrupted):
        watch.looking()(run.trace)
    now += 1.0
    with pytest.raises(KeyboardInterrupt):  # somebody does not want to wait
        watch.asked(signal.SIGTERM, None)


@linux
def test_without_a_recording_it_says_how_far_it_came(endless: Path) -> None:
    process = start("run", "endless.toml", "--max-events", ALL, "--json", cwd=endless.parent)
    running(process, endless)
    process.send_signal(signal.SIGINT)
    shown, said = process.communicate(timeout=30)
    assert (process.returncode, shown) == (130, "")
    assert said.startswith("schedsim: interrupted after ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize(
    "seed", [pytest.param(n, marks=[pytest.mark.slow] * (n > 0)) for n in range(20)]
)
def test_at_any_moment_the_file_is_the_old_one_or_a_whole_new_one(
    seed: int, number: signal.Signals, endless: Path
) -> None:
    """Also while it is written down."""
    out = endless.with_name("out.rec")
    run = ("run", "endless.toml", "-o", "out.rec", "--max-events")
    short = Run(loads(ENDLESS, "endless.toml", name="endless"), rows=100)
    short.finish()
    Recording.of(short, Source("endless", ENDLESS)).save(out)
    old = out.read_bytes()
    process = start(*run, "150000", cwd=endless.parent)
    time.sleep(random.Random(f"{seed} {number}").uniform(0.0, 1.6))
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode in {0, 128 + number, -number}, said
    assert "Traceback" not in said
    if out.read_bytes() != old:
        recorded = recording.load(out)
        assert not recorded.edited
        assert recorded.first_difference(recorded.play().trace) is None
    assert sorted(path.name for path in endless.parent.iterdir()) == ["endless.toml", "out.rec"]


@pytest.mark.parametrize(
    "command",
    [
        "list",
        "run short.toml --json",
        "run short.toml",
        "run short.toml errors -o",
        "export short.toml --to csv",
        "export short.toml --to perfetto",
        "compare short.toml --policies fifo,sjf",
        "bench --help",
    ],
)
def test_a_reader_that_has_had_enough_ends_it_quietly(command: str, tmp_path: Path) -> None:
    (tmp_path / "short.toml").write_text(ENDLESS.replace('"forever"', "300"))
    words = command.split()
    if words[-1] == "-o":
        words = [words[0], words[1], "-o", "out.rec"]
    process = start(*words, cwd=tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=30) in {-signal.SIGPIPE, 0}
    assert not said
    if words[-1] == "out.rec":  # it is written before anything is printed
        assert recording.load(tmp_path / "out.rec").steps > 0


CLOSED: Mapping[str, str] = {"stdin": "<&-", "stdout": ">&-", "stderr": "2>&-", "both": ">&- 2>&-"}


@pytest.mark.parametrize("how", CLOSED.values(), ids=CLOSED)
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("run errors", 0),
        ("", 2),
        pytest.param("list", 0, marks=pytest.mark.slow),
        pytest.param("run nothing", 2, marks=pytest.mark.slow),
        pytest.param("check starving-loop.toml", 2, marks=pytest.mark.slow),
    ],
)
def test_streams_that_are_closed_are_no_error(
    how: str, command: str, code: int, tmp_path: Path
) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m schedsim {command} {how}'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "schedsim/cli" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs /dev/full")
def test_a_full_disk_is_told_and_costs_no_recording(endless: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "schedsim",
                "run",
                "endless.toml",
                "--until",
                "1s",
                "-o",
                "o.rec",
            ],
            cwd=endless.parent,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == "schedsim: standard output: no space left on device\n"
    assert recording.load(endless.with_name("o.rec")).steps > 0


def test_the_app_needs_a_terminal_on_all_three(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "schedsim"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("schedsim: the app needs a terminal")


@linux
def test_what_bench_has_started_ends_with_it(tmp_path: Path) -> None:
    process = start("bench", "--only", "switch", "--rounds", "9", cwd=tmp_path)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while not (started := children.read_text().split()):
        time.sleep(0.01)
    time.sleep(0.1)  # so that it knows of what it has started
    process.send_signal(signal.SIGTERM)
    shown, _ = process.communicate(timeout=30)
    assert (process.returncode, shown) == (143, "")
    assert not Path(f"/proc/{started[0]}").exists()
