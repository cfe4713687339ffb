"""Runs side by side: what is compared, the table, the timelines, the first difference."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from schedsim import arguments as words_of
from schedsim.commands import Kill
from schedsim.compare import outcomes, sheet, ways
from schedsim.compare.cells import shorten, width, wrap
from schedsim.recording import Recording, Source
from schedsim.run import Run
from schedsim.scenario_file import ScenarioError, loads
from tests.command_line import Outcome, Schedsim

TICKS = """\
schema = 1
title = "Two in ticks"
model = "processes"
unit = "tick"
[machine]
policy = { name = "round_robin", quantum = 2 }
[[job]]
name = "long"
steps = ["compute 4"]
[[job]]
name = "short"
steps = ["compute 1"]
"""


@pytest.fixture
def compare(schedsim: Schedsim) -> Schedsim:
    """Run ``schedsim compare`` in this process."""
    return partial(schedsim, "compare")


@pytest.fixture
def ticks(tmp_path: Path) -> Path:
    path = tmp_path / "two.toml"
    path.write_text(TICKS)
    return path


def figures(out: str, name: str) -> list[str]:
    """The row of the table for ``name``."""
    return next(line.split()[1:] for line in out.splitlines() if line.split()[:1] == [name])


def object_of(outcome: Outcome) -> Any:
    assert (outcome.code, outcome.err) == (0, "")
    return json.loads(outcome.out)


# -- what people see ----------------------------------------------------------------------


def test_the_textbook_convoy_against_round_robin(compare: Schedsim) -> None:
    """24, 3 and 3 ticks, quantum 4: waiting 0, 24, 27 and 6, 4, 7; they part at tick 4."""
    code, out, err = compare("textbook-fifo", "textbook-round-robin")
    assert (code, err) == (0, "")
    assert figures(out, "textbook-fifo")[:4] == ["27.00", "17.00", "17.00", "2*"]
    assert figures(out, "textbook-round-robin")[:4] == ["15.67*", "3.67*", "5.67*", "3"]
    assert "* the best in its column: the least" in out
    assert "The same for all: all finished 30 ticks, core use 100.0%" in out
    lines = out.splitlines()
    one, other, mark, says, legend = lines[lines.index("A P1   B P2   C P3") - 4 :]
    start = len("textbook-round-robin  ")
    assert one[start:] == 24 * "A" + "BBBCCC"
    assert other[start:] == "AAAABBBCCC" + 20 * "A"
    assert mark.index("^") == start + 4
    assert says == "first differs at 4 ticks: textbook-fifo runs A, textbook-round-robin runs B"
    assert legend == "A P1   B P2   C P3"


def test_a_parameter_goes_to_the_policies_that_have_it(compare: Schedsim) -> None:
    out = compare(
        *("textbook-fifo", "--policies", "fifo,round_robin", "--set", "machine.quantum=4")
    ).out
    assert figures(out, "fifo")[:3] == ["27.00", "17.00", "17.00"]
    assert figures(out, "round_robin")[:3] == ["15.67*", "3.67*", "5.67*"]
    assert "^ first differs at 4 ticks: fifo runs A, round_robin runs B" in out


def test_models_of_one_file(compare: Schedsim) -> None:
    """Four times 30 ms on four cores without a GIL; one thread needs 120 ms for them."""
    out = compare("no-gil", "--models", "processes,threads,asyncio").out
    assert figures(out, "threads")[0] == "30*"
    assert figures(out, "asyncio")[:4] == ["75", "45", "45", "120"]
    assert "of core use and fairness the most" in out
    assert "100.0%*" in out
    assert "the same as processes" in out
    assert "first differs at 0 ms: processes runs A+B+C+D, asyncio runs A" in out


def test_where_nobody_runs_until_different_ends_that_is_told(compare: Schedsim) -> None:
    """Ten times 100 ms of time.sleep: patched all at once; under asyncio one after the other."""
    out = " ".join(compare("monkey-patch", "--models", "gevent,asyncio").out.split())
    assert "the same as gevent on the cores, but that ends at 100 ms, and this at 1 s" in out


def test_every_pair_of_models_and_policies(compare: Schedsim) -> None:
    data = object_of(
        compare(
            *("starving-loop", "--models", "threads,asyncio"),
            *("--policies", "fifo,round_robin", "--json"),
        )
    )
    assert [each["name"] for each in data["variants"]] == [
        *("threads fifo", "threads round_robin", "asyncio fifo", "asyncio round_robin")
    ]


def test_a_context_switch_and_an_idle_core_have_signs(compare: Schedsim, ticks: Path) -> None:
    """3 ticks a switch: long runs 3-5, short 8-9, long 12-14; fifo: long 3-7, short 10-11."""
    ticks.write_text(
        TICKS.replace("[machine]", "[machine]\nswitch_cost = 3").replace(
            '"compute 1"', '"compute 1", "sleep 9", "compute 1"'
        )
    )
    out = compare(ticks, "--policies", "fifo,round_robin").out
    assert "~ context switch" in out
    assert ". nobody" in out
    lanes = [
        line.split()[1]
        for line in out.splitlines()
        if line.startswith(("fifo  ", "round")) and "A" in line
    ]
    assert lanes[0].startswith("~~~AAAA~~~B.")
    assert lanes[1].startswith("~~~AA~~~B~~~AA")


def test_findings_are_told_by_variant(compare: Schedsim) -> None:
    out = compare("starving-loop", "--models", "threads,asyncio").out
    told = [line for line in out.splitlines() if "blocked loop" in line]
    assert [line.split()[0] for line in told] == ["asyncio:"]


def test_a_stopped_run_is_no_winner_for_what_it_left_undone(compare: Schedsim, ticks: Path) -> None:
    """Until 3: fifo has ended nothing; round robin has ended short at 3."""
    out = compare(ticks, "--policies", "fifo,round_robin", "--until", "3").out
    assert "fifo was stopped at 3 ticks with more to come." in out
    assert figures(out, "fifo")[0] == "2"
    assert figures(out, "round_robin")[0] == "1*"
    assert "all finished" not in out


PYTHON = """\
from schedsim.authoring import Scenario, compute, job, sleep


def scenario():
    def work():
        yield compute("1ms")
        {body}

    return Scenario([job("a", work), job("b", work)])
"""
FAILS = "yield compute(int('one'))"


def test_a_run_whose_jobs_failed_is_no_winner_for_what_they_left_undone(
    compare: Schedsim, tmp_path: Path
) -> None:
    """On one loop a computes from 0 to 1, then b from 1 to 2; where they go on, another ms each."""
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(PYTHON.format(body="yield compute('1ms')"))
    bad.write_text(PYTHON.format(body=FAILS))
    code, out, _ = compare(good, bad)
    assert code == 0
    assert figures(out, "good")[:4] == ["0*", "3.00*", "1.00*", "1.00*"]
    assert figures(out, "bad")[:4] == ["2", "1.50", "0.50", "0.50"]
    assert "*" not in "".join(figures(out, "bad"))
    assert "runs that did less of their work are left out" in " ".join(out.split())
    assert "bad: a and b have failed." in out
    assert "good: " not in out[out.index("bad: a and b") :]


def test_where_the_same_jobs_failed_runs_can_be_compared_and_it_is_told(
    compare: Schedsim, tmp_path: Path
) -> None:
    fast, slow = tmp_path / "fast.py", tmp_path / "slow.py"
    fast.write_text(PYTHON.format(body=FAILS))
    slow.write_text(PYTHON.format(body="yield compute('1ms'); " + FAILS))
    out = compare(fast, slow).out
    assert "left out" not in out
    assert [figures(out, name)[0] for name in ("fast", "slow")] == ["1.50*", "3.00"]
    assert "fast: a and b have failed." in out
    assert "slow: a and b have failed." in out


def test_no_run_is_the_best_where_each_was_stopped_at_a_moment_of_its_own(
    compare: Schedsim,
) -> None:
    out = compare("starving-loop", "--models", "threads,asyncio", "--max-events", "50").out
    assert "None is the best in a column: they were stopped at different moments." in out
    assert "*" not in out


def test_why_a_run_was_stopped_is_told(compare: Schedsim, tmp_path: Path) -> None:
    """The same words as ``run`` has; the other one comes to its end."""
    spin, good = tmp_path / "spin.py", tmp_path / "good.py"
    spin.write_text(PYTHON.format(body="while True: yield sleep(0)"))
    good.write_text(PYTHON.format(body="yield compute('1ms')"))
    err = compare(spin, good, "--max-events", 20_000).err
    assert re.fullmatch(
        r"schedsim: spin: stopped after 20,\d{3} steps with more to come: "
        r"time stands still at 2 ms: [ab] goes on without taking any; let it compute or sleep\n",
        err,
    )


def test_where_one_run_was_stopped_earlier_is_no_difference(compare: Schedsim) -> None:
    """A thread's turn takes fewer steps than a task's; up to the earlier end they do the same."""
    words = ("starving-loop", "--models", "threads,asyncio", "--max-events", "50")
    data = json.loads(compare(*words, "--json").out)
    ends = [each["run"]["end"] for each in data["variants"]]
    assert ends[0] > ends[1]
    assert data["differences"][0]["time"] is None
    assert "the same as threads" in compare(*words).out


def test_the_only_value_of_a_column_is_not_the_best(
    compare: Schedsim, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads have no loop that could lag; of the two models only asyncio has one: 142 ms."""
    monkeypatch.setattr(words_of, "width", lambda: 200)
    out = compare("starving-loop", "--models", "threads,asyncio").out
    assert "-" in figures(out, "threads")
    assert "142" in figures(out, "asyncio")


def test_where_each_difference_has_one_value_only_none_is_the_best(
    compare: Schedsim, tmp_path: Path
) -> None:
    """The same work of 3 ms, which has a deadline at 1 ms in one file and none in the other."""
    text = """
schema = 1
title = "Work"
model = "threads"
[[job]]
name = "a"
steps = ["compute 3ms"]
"""
    (tmp_path / "due.toml").write_text(text + 'deadline = "1ms"\n')
    (tmp_path / "free.toml").write_text(text)
    out = compare(tmp_path / "due.toml", tmp_path / "free.toml").out
    assert (figures(out, "due"), figures(out, "free")) == (["1"], ["-"])
    assert "None is the best in a column." in out
    assert "The same for all: mean turnaround 3 ms" in out


def test_what_does_not_fit_is_told_beside_the_field_it_is_about() -> None:
    """As in the dialog that looks at a scenario in another way."""

    def fields(text: str = TICKS, **given: Any) -> list[str]:
        with pytest.raises(ScenarioError) as caught:
            Source("x.toml", text, **given).load()
        return [field for field, _ in ways.problems_by_field(caught.value)]

    assert fields(model="threds") == ["model"]
    assert fields(TICKS.replace('model = "processes"', 'model = "threds"')) == ["model"]
    assert fields(settings=("machine.cores = 0",)) == ["cores"]
    assert fields(settings=("python.gil=maybe",)) == ["gil"]
    assert fields(settings=("machine.quantum=0",)) == ["settings"]


def test_more_cores_than_can_be_drawn_are_counted(compare: Schedsim) -> None:
    out = compare("gil-threads", "--models", "processes,threads", "--set", "machine.cores=6").out
    assert out.count("(2 more cores are not drawn)") == 2


def test_who_runs_where_nobody_does_is_told(
    compare: Schedsim, ticks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 60 ticks the 59th: in the other file long sleeps then.  Left of the mark is room."""
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    alone = TICKS.partition('[[job]]\nname = "short"')[0]
    one.write_text(alone.replace('"compute 4"', '"compute 60"'))
    other.write_text(alone.replace('"compute 4"', '"compute 58", "sleep 1", "compute 1"'))
    monkeypatch.setattr("schedsim.arguments.width", lambda: 80)
    out = compare(one, other).out
    (line,) = [line for line in out.splitlines() if "first differs at" in line]
    assert line.strip() == "first differs at 58 ticks: one runs A, other runs nobody ^"


def test_the_same_twice_differs_in_nothing(compare: Schedsim, ticks: Path) -> None:
    out = compare(ticks, ticks).out
    assert "No measure differs." in out.splitlines()


def test_of_many_findings_three_are_told(compare: Schedsim, tmp_path: Path) -> None:
    """Six tasks, each of a name of its own, hold up their loop for a second."""
    jobs = "".join(f'[[job]]\nname = "{name}"\nsteps = ["compute 1s"]\n' for name in "abcdef")
    ticker = '[[job]]\nname = "t"\nsteps = [{ repeat = 50, do = ["sleep 10ms"] }]\n'
    path = tmp_path / "many.toml"
    path.write_text(f'schema = 1\ntitle = "Many"\nmodel = "asyncio"\n{ticker}{jobs}')
    out = compare(path, "--models", "asyncio,threads").out
    told = [line for line in out.splitlines() if line.startswith("asyncio:")]
    assert len(told) == 4
    assert re.fullmatch(r"asyncio: \.\.\. and \d more findings", told[3])


def test_a_file_that_is_no_toml_is_told_with_policies_too(compare: Schedsim, ticks: Path) -> None:
    ticks.write_text("schema = = 1")
    code, out, err = compare(ticks, "--policies", "fifo,edf")
    assert (code, out) == (2, "")
    assert "not TOML" in err


# -- for scripts --------------------------------------------------------------------------


def test_json_has_the_runs_and_where_they_part(compare: Schedsim) -> None:
    data = object_of(compare("textbook-fifo", "textbook-round-robin", "--json", "--seed", 7))
    assert data["schema"] == 1
    names = ["textbook-fifo", "textbook-round-robin"]
    assert [each["name"] for each in data["variants"]] == names
    runs = [each["run"] for each in data["variants"]]
    assert [(run["schema"], run["seed"], run["end"]) for run in runs] == [(1, 7, 30), (1, 7, 30)]
    assert [thread["finish"] for thread in runs[1]["threads"]] == [30, 7, 10]
    assert data["differences"] == [{"variants": names, "time": 4, "running": [["P1"], ["P2"]]}]


def test_the_files_own_policy_keeps_its_parameters_and_leaks_none(
    compare: Schedsim, ticks: Path
) -> None:
    """Quantum 2: short ends at 3.  Under fifo it ends at 5; fifo would refuse a quantum."""
    data = object_of(compare(ticks, "--policies", "round_robin,fifo", "--json"))
    ends = [[thread["finish"] for thread in each["run"]["threads"]] for each in data["variants"]]
    assert ends == [[5, 3], [4, 5]]


def test_another_policy_has_its_own_defaults(compare: Schedsim, ticks: Path) -> None:
    """The default quantum in ticks is 1: short ends at 2."""
    ticks.write_text(TICKS.replace('{ name = "round_robin", quantum = 2 }', '"fifo"'))
    data = object_of(compare(ticks, "--policies", "fifo,round_robin", "--json"))
    ends = [[thread["finish"] for thread in each["run"]["threads"]] for each in data["variants"]]
    assert ends == [[4, 5], [5, 2]]


def test_files_of_the_same_name_are_told_apart(compare: Schedsim, tmp_path: Path) -> None:
    paths = [tmp_path / folder / "same.toml" for folder in ("a", "b")]
    for path in paths:
        path.parent.mkdir()
        path.write_text(TICKS)
    data = object_of(compare(*paths, paths[0], "--json"))
    names = [each["name"] for each in data["variants"]]
    assert names == [str(paths[0]), str(paths[1]), f"{paths[0]} (2)"]


def test_recordings_are_compared_as_they_were_recorded(
    compare: Schedsim, ticks: Path, tmp_path: Path
) -> None:
    source = Source("two", TICKS, settings=("machine.policy=fifo",))
    run = Run(source.load())
    run.finish()
    Recording.of(run, source).save(tmp_path / "rec.json")
    data = object_of(compare(ticks, tmp_path / "rec.json", "--json"))
    assert data["differences"] == [
        {"variants": ["two", "rec"], "time": 2, "running": [["short"], ["long"]]}
    ]
    for option in (("--set", "machine.cores=2"), ("--until", "3"), ("--seed", "1")):
        code, out, err = compare(ticks, tmp_path / "rec.json", *option)
        assert (code, out) == (2, "")
        assert "a recording is played as it is" in err
    assert "no --models" in compare(tmp_path / "rec.json", "--models", "threads,asyncio").err


# -- bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        (["textbook-fifo"], ["Write two FILEs"]),
        (["textbook-fifo", "--policies", "fifo"], ["two names or more"]),
        (["textbook-fifo", "--policies", "fifo,,sjf"], ["--policies takes names with commas"]),
        (
            ["textbook-fifo", "--policies", "fiffo,roundrobin"],
            ["--policies fiffo,roundrobin", "did you mean 'fifo'?", "did you mean 'round_robin'?"],
        ),
        (
            ["textbook-fifo", "--models", "thread,asyncoi"],
            ["--models thread,asyncoi", "did you mean 'threads'?", "did you mean 'asyncio'?"],
        ),
        (
            ["textbook-fifo", "--models", "threads,procceses", "--policies", "fifo,roundrobin"],
            ["did you mean 'processes'?", "did you mean 'round_robin'?"],
        ),
        (["loop-beside-thread", "--models", "threads,asyncio"], ["a tree of processes has no"]),
        (["no-gil", "gil-threads", "--models", "threads"], ["take one FILE"]),
        (["textbook-fifo", "no-gil"], ["textbook-fifo counts ticks and no-gil does not"]),
        (["textbook-foo", "no/such.toml"], ["did you mean 'textbook-fifo'?", "no such file"]),
        (
            ["no-gil", "--policies", "fifo,round_robin", "--set", "machine.policy=fifo"],
            ["--set gives the machine another policy"],
        ),
        (
            ["no-gil", "--policies", "fifo,round_robin", "--set", "machine.policy.quantm=1"],
            ["machine.policy.quantm", "did you mean 'quantum'?"],
        ),
        (["no-gil", "gil-threads", "--until", "5"], ["has no unit"]),
        (["no-gil"] * 21, ["21 runs to compare: at most 20"]),
    ],
)
def test_bad_input_is_told_at_once_and_each_mistake_once(
    compare: Schedsim, arguments: list[str], messages: list[str]
) -> None:
    code, out, err = compare(*arguments)
    assert (code, out) == (2, "")
    for message in messages:
        assert err.count(message) >= 1
    lines = err.splitlines()
    assert len(lines) == len(set(lines)) <= 4


def test_a_mistake_of_the_file_is_told_once_for_all_variants(
    compare: Schedsim, ticks: Path
) -> None:
    ticks.write_text(TICKS.replace("compute 4", "compte 4"))
    err = compare(ticks, "--policies", "fifo,round_robin", "--models", "threads,processes").err
    assert err.count("compte") == len(err.splitlines()) == 1


# -- terminals ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["x" * 5_000, "重い計算が短い要求を待たせる場合" * 20, "w o r d " * 90],
    ids=["long", "wide", "blanks"],
)
@pytest.mark.parametrize("columns", [40, 80, 133])
def test_no_line_is_wider_than_the_terminal(
    compare: Schedsim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, columns: int
) -> None:
    path = tmp_path / f"{name[:60]}.toml"
    path.write_text(TICKS.replace("short", name).replace("Two in", name))
    if columns != 80:
        monkeypatch.setattr("schedsim.arguments.width", lambda: columns)
    code, out, err = compare(path, "textbook-fifo")
    assert (code, err) == (0, "")
    assert max(map(cell_len, out.splitlines())) <= columns
    out = compare(path, "--policies", "round_robin,fifo", "--set", "job[2].count=80").out
    assert max(map(cell_len, out.splitlines())) <= columns
    assert "after z comes A again" in out


def test_control_characters_are_shown_and_not_sent(compare: Schedsim, tmp_path: Path) -> None:
    evil = "\\u001b[2J\\u202e\\u0007"
    path = tmp_path / "a\x1b[31m.toml"
    path.write_text(TICKS.replace("short", evil).replace("Two in", evil))
    for arguments in ((path, "textbook-fifo"), (path, "--policies", "fifo,round_robin")):
        out = compare(*arguments).out
        assert all(line.isprintable() for line in out.splitlines())
        assert "\\x1b[2J" in out
    code, out, err = compare(path, "--policies", "\x1b[2J,fifo")
    assert (code, out) == (2, "")
    assert all(line.isprintable() for line in err.splitlines())


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    command = f"{sys.executable} -m schedsim compare no-gil gil-threads --json | head -c 10"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ('{"schema":', "")


def test_comparing_loads_neither_textual_nor_rich() -> None:
    probe = (
        "import sys; from schedsim import cli\n"
        "sys.argv[1:] = ['compare', 'no-gil', 'gil-threads']\n"
        "try: cli.main()\n"
        "except SystemExit: print({'rich', 'textual'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_text_is_measured_in_cells() -> None:
    assert [width(text) for text in ("abc", "重い", "e\u0301", "…")] == [3, 4, 1, 1]
    assert shorten("textbook-round-robin", 12) == "textbook…bin"
    assert shorten("重い計算重い計算", 7) == "重い…算"
    assert list(wrap("one two three", 7)) == ["one two", "  three"]
    assert list(wrap("", 7)) == []
    assert list(wrap("abcdefghij", 4)) == ["abcd", "  ef", "  gh", "  ij"]


def test_who_was_killed_is_told_and_wins_nothing() -> None:
    """long at 1 of its 4 ticks."""
    whole = Run(loads(TICKS, "two"))
    whole.finish()
    cut = Run(loads(TICKS, "two"))
    cut.act(Kill("long"), cut.history.rows_at(1), 1)
    cut.finish()
    both = [outcomes.Outcome.of("whole", whole), outcomes.Outcome.of("cut", cut)]
    told = sheet.to_text(both, 100)
    assert "cut: long was killed." in told
