"""Scenarios written in Python: what is executed, what is not, and what becomes of mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Generator
from pathlib import Path

import pytest

from schedsim import arguments, authoring, library, python_file, recording
from schedsim.programs.generators import GeneratorProgram
from schedsim.programs.resumable import Request
from schedsim.recording import Recording, Source
from schedsim.run import Run
from schedsim.scenario_file import ScenarioError
from schedsim.trace import Kind, Reason, Trace
from schedsim.traps import SLEEP
from tests.machines import MS, ends, marks, play

HEAD = "from schedsim.authoring import *\n"


def body(text: str) -> str:
    """A scenario whose ``scenario()`` has these lines."""
    return (
        HEAD + "def scenario():\n" + textwrap.indent(textwrap.dedent(text).strip(), "    ") + "\n"
    )


def played(text: str, model: str = "generators") -> Trace:
    return play(python_file.loads(body(text), "x.py", model=model))


def wrong(text: str) -> str:
    with pytest.raises(ScenarioError) as raised:
        python_file.loads(text, "x.py")
    return str(raised.value)


def schedsim(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "schedsim", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


# -- what goes wrong while a file is loaded -----------------------------------------------------


WILD = """\
def a():
    yield
class Wild:
    def refuse(self, *_):
        raise BaseException
    __eq__ = __bool__ = __hash__ = __repr__ = refuse"""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def scenario(:\n", "x.py:1:14: not Python: invalid syntax"),
        ("return 3\n", "x.py: not Python: 'return' outside function"),
        ("raise SyntaxError('no', ('x.py', 7, 1, ''))\n", "x.py:7: it cannot be loaded: Syntax"),
        (body("return Scenario(processes=[3])"), "x.py: scenario(): 'processes' is a list of"),
        (
            body("return Scenario(processes=[process('p', 3)])"),
            "x.py: scenario(): process 'p': its threads are job(...) and loop_thread(...)",
        ),
        (
            body("return Scenario([job('a')])"),
            "x.py:3: it cannot be loaded: ValueError: job 'a': it has neither a body nor steps",
        ),
        (
            body("return Scenario([job('a', print, steps=['compute 1ms'])])"),
            "x.py:3: it cannot be loaded: ValueError: job 'a': it has a body, and needs no steps",
        ),
        (
            body(
                """
                async def both():
                    yield compute(1)
                return Scenario([job('a', both)])
                """
            ),
            "x.py:5: it cannot be loaded: ValueError: job 'a': a body awaits or yields, not both",
        ),
        ("x = 1\n", "x.py: it defines no function scenario()"),
        ("x = 1\n1 / 0\n", "x.py:2: it cannot be loaded: ZeroDivisionError: division by zero"),
        ("import nowhere_to_be_found\n", "x.py:1: it cannot be loaded: ModuleNotFoundError: "),
        (
            "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E\n",
            "x.py:3: it cannot be loaded: E: it cannot be shown",
        ),
        ("raise SystemExit(3)\n", "x.py:1: it cannot be loaded: SystemExit: 3"),
        ("def scenario():\n    return 3\n", "x.py: scenario() returned 3, not a Scenario"),
        ("async def scenario():\n    pass\n", "x.py: scenario() is to return a Scenario"),
        (body("return Scenario([])"), "x.py: scenario(): 'jobs' is a list of job(...)"),
        (
            body("return Scenario([job('a', print)])"),
            "x.py:3: it cannot be loaded: ValueError: job 'a': it is a plain function: say style=",
        ),
        (
            body("def a(x):\n    yield\nreturn Scenario([job('a', a)])"),
            "x.py:5: it cannot be loaded: TypeError: job 'a': its body cannot be called with 0",
        ),
        (
            body("def a():\n    yield\nreturn Scenario([job('a', a, style='greenlet')])"),
            "x.py:5: it cannot be loaded: ValueError: job 'a': its body is a generator, not a",
        ),
        (
            body("def a():\n    yield\nreturn Scenario([job('a', a, cuont=3)])"),
            "x.py: job[1].cuont: unknown key 'cuont': did you mean 'count'?",
        ),
        (
            body("def a():\n    yield\nreturn Scenario([job('a', a)], machine={'cores': 0})"),
            "x.py: machine.cores: expected a whole number from 1 to",
        ),
        (
            body("def a():\n    yield\nreturn Scenario([job('a', a, period='5ms')])"),
            "x.py: job[1].period: it goes with steps, not with a body",
        ),
        (
            body("def a():\n    yield\nreturn Scenario([job('a', a)], model='asincio')"),
            "x.py: model: unknown model 'asincio': did you mean 'asyncio'?",
        ),
        (
            body("return Scenario(3)"),
            "x.py: scenario(): 'jobs' is to be a list of job(...), not a value of type 'int'",
        ),
        (
            body("def a():\n    yield\nreturn Scenario([job('a', a)], machine=4)"),
            "x.py: scenario(): 'machine' is to be a table such as {'cores': 2}, not a value of",
        ),
        (
            body(f"{WILD}\nreturn Scenario([job('a', a)], machine={{'cores': Wild()}})"),
            "x.py: machine.cores: expected a text, a number, a list or a table, got a value of",
        ),
        (
            body(f"{WILD}\nreturn Scenario([job('a', a, count=Wild())])"),
            "x.py: job[1].count: expected a text, a number, a list or a table, got a value of",
        ),
        (
            body("return Scenario(processes=[process('p', loop_thread('l', 3))])"),
            "x.py: process[1].thread[1].task[1]: expected job(...), got a value of type 'int'",
        ),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(text: str, says: str) -> None:
    assert wrong(text).startswith(says)


def test_the_command_line_tells_it_and_leaves_with_2(tmp_path: Path) -> None:
    file = tmp_path / "bad.py"
    file.write_text("1 / 0\n", encoding="utf-8")
    done = schedsim("run", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{file}:1: it cannot be loaded: ZeroDivisionError: division by zero\n"


def test_settings_and_models_of_the_command_line_hold_for_it() -> None:
    text = body("def a():\n    yield compute('6ms')\nreturn Scenario([job('a', a, count=2)])")
    scenario = python_file.loads(
        text, "x.py", settings=["machine.cores=2", "job.a.count=3"], model="processes"
    )
    assert ends(play(scenario)) == {"a-1": 6.0, "a-2": 6.0, "a-3": 12.0}


# -- what goes wrong while it runs --------------------------------------------------------------


@pytest.mark.parametrize("model", ["generators", "asyncio", "threads", "processes"])
def test_an_exception_ends_its_body_and_the_machine_goes_on(model: str) -> None:
    trace = played(
        """
        def bad():
            yield compute("1ms")
            raise ValueError("no")

        def good():
            yield compute("5ms")
            yield mark("well")

        return Scenario([job("bad", bad), job("good", good)])
        """,
        model,
    )
    assert [label for _, _, label in marks(trace)] == ["well"]
    (told,) = trace.failures.values()
    assert told.splitlines() == [
        "Traceback (most recent call last):",
        '  File "x.py", line 5, in bad',
        "ValueError: no",
    ]
    failed = [row for row in trace.rows() if row.reason is Reason.FAILED]
    assert [row.time for row in failed if row.kind is not Kind.GIL_RELEASE] == [1_000_000]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("yield spawn('nobody')", "there is no job named 'nobody' here: a"),
        ("yield cancel('nobody')", "there is nothing here named 'nobody'"),
        ("yield 5", "it yielded 5, which is no request such as compute('5ms')"),
        ("yield compute('5')", "'5' has no unit: write \"5ms\""),
        ("yield compute(-1)", "a duration is from 0 to"),
        ("import sys; yield sys.exit('gone')", "SystemExit: gone"),
    ],
)
def test_what_cannot_be_asked_for_is_raised_where_it_was_asked(line: str, says: str) -> None:
    trace = played(f"def a():\n    {line}\nreturn Scenario([job('a', a)])")
    (told,) = trace.failures.values()
    assert says in told
    assert 'File "x.py", line 4, in a' in told


def test_a_chain_waits_for_one_callback_at_a_time() -> None:
    trace = played(
        """
        def a(machine):
            machine.sleep("1ms", lambda: machine.mark("never"))
            machine.sleep("2ms", lambda: machine.mark("never"))
        return Scenario([job("a", a, style="callback")])
        """
    )
    (told,) = trace.failures.values()
    assert told.splitlines()[-1] == (
        "RuntimeError: it has registered a callback already, and waits for one at a time"
    )
    assert 'File "x.py", line 5, in a' in told
    assert marks(trace) == []


def test_steps_that_meet_an_error_have_no_traceback_of_their_own() -> None:
    trace = played(
        """
        def b():
            yield sleep("1ms")
            raise ValueError("no")
        return Scenario([job("a", steps=["await b"]), job("b", b)])
        """
    )
    a, b = trace.entities[3:5]
    assert (a.name, trace.failures[a.id]) == ("a", "ValueError: no")
    assert trace.failures[b.id].startswith("Traceback")


def test_what_holds_a_nul_is_no_python() -> None:
    assert "not Python: source code" in wrong("x = '\0'\n")


def test_a_run_may_end_before_its_bodies_do() -> None:
    text = """
        def a():
            while True:
                yield compute("2ms")
        return Scenario([job("a", a)], until="5ms")
        """
    trace = Run(python_file.loads(body(text), "x.py")).finish()
    assert (trace.end, trace.complete) == (5 * MS, False)


def test_what_a_body_says_to_its_end_is_not_heard() -> None:
    """It is thrown away while it is suspended; what it raises to that is nobody's concern."""
    program = GeneratorProgram(_rude)
    assert program.resume() == (SLEEP, 1)
    program.close()


def _rude() -> Generator[Request, None, None]:
    try:
        yield Request(SLEEP, 1)
    finally:
        raise ValueError("I am not done")


@pytest.mark.parametrize("duration", ["1.5", "True", "None"])
def test_a_duration_is_a_text_or_a_whole_number(duration: str) -> None:
    trace = played(
        f"""
        def a():
            yield compute({duration})
        return Scenario([job("a", a)])
        """
    )
    (told,) = trace.failures.values()
    says = f'TypeError: a duration is a text such as "5ms", or a whole number, not {duration}'
    assert told.endswith(says)


def test_callbacks_ask_for_all_that_others_can() -> None:
    """By hand: first has the lock from 0 to 2; second, started by it, waits for it and logs at 2.

    Third is cancelled by first at 2; who awaits second has its result.
    """
    trace = played(
        """
        def first(machine):
            def locked():
                machine.spawn("second")
                machine.compute("2ms", worked)
            def worked():
                machine.release("m")
                machine.cancel("third")
                machine.result_of("second", told)
            def told(value):
                machine.mark(f"told {value}")
                machine.join("third", joined)
            def joined():
                machine.call_soon(lambda: machine.mark("soon"))
            machine.acquire("m", locked)

        def second():
            yield acquire("m")
            yield mark("second")
            yield release("m")
            return 7

        def third():
            yield sleep("50ms")

        return Scenario([
            job("first", first, style="callback"),
            job("second", second, spawned=True),
            job("third", third),
        ])
        """,
        "asyncio",
    )
    assert [trace.labels[row.arg] for row in trace.rows() if row.kind is Kind.MARK] == [
        "second",
        "told 7",
        "soon",
    ]
    assert trace.end == 2 * MS


def test_the_body_may_catch_that_and_go_on() -> None:
    trace = played(
        """
        async def a():
            try:
                await join("nobody")
            except RuntimeError:
                await mark("caught")

        return Scenario([job("a", a)])
        """
    )
    assert marks(trace) == [(0.0, "a", "caught")]


@pytest.mark.parametrize("model", ["generators", "threads"])
def test_a_body_that_never_lets_time_pass_is_stopped(model: str) -> None:
    trace = Run(
        python_file.loads(
            body(
                "def a():\n    while True:\n        yield mark('x')\nreturn Scenario([job('a', a)])"
            ),
            "x.py",
            model=model,
        )
    ).finish()
    (told,) = trace.failures.values()
    assert "10,000 requests in a row that take no time" in told


def test_a_thread_cannot_cancel() -> None:
    trace = played("def a():\n    yield cancel('a')\nreturn Scenario([job('a', a)])", "threads")
    assert "cancel: tasks can ask for it, a thread cannot" in next(iter(trace.failures.values()))


def test_report_and_standard_error_have_the_traceback(tmp_path: Path) -> None:
    file = tmp_path / "bad.py"
    text = body("def a():\n    yield compute('1ms')\n    1 / 0\nreturn Scenario([job('a', a)])")
    file.write_text(text, encoding="utf-8")
    done = schedsim("run", str(file))
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("a "))
    assert lines[place + 1] == "    Traceback (most recent call last):"
    assert "ZeroDivisionError: division by zero" in done.stdout
    assert done.stderr.startswith("schedsim: a has failed:\nTraceback (most recent call last):\n")
    (task,) = json.loads(schedsim("run", str(file), "--json").stdout)["tasks"]
    assert task["error"].endswith("ZeroDivisionError: division by zero")


# -- cancelling ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("style", "lines"),
    [
        ("", ["try:", "    yield sleep('9ms')", "finally:", "    yield mark('told')"]),
        ("greenlet", ["try:", "    sleep('9ms')", "finally:", "    mark('told')"]),
    ],
)
def test_a_cancelled_body_meets_it_where_it_is_suspended(style: str, lines: list[str]) -> None:
    """And may still do something about it, before it ends at that instant."""
    inner = "\n".join("    " + line for line in lines)
    trace = played(
        f"""
def victim():
{inner}
def killer():
    yield sleep("2ms")
    yield cancel("victim")
return Scenario([job("victim", victim, style={style!r}), job("killer", killer)])
"""
    )
    assert marks(trace) == [(2.0, "victim", "told")]
    assert ends(trace)["victim"] == 2.0
    assert Reason.CANCELLED in [row.reason for row in trace.rows()]
    assert not trace.failures


def test_a_lock_that_is_handed_to_a_cancelled_task_is_handed_on() -> None:
    """B waits for it, is cancelled and offered it at the same instant: C has it."""
    trace = played(
        """
        def a():
            yield acquire("l")
            yield sleep("2ms")
            yield cancel("b")
            yield release("l")

        def b():
            yield acquire("l")

        def c():
            yield acquire("l")
            yield mark("mine")

        return Scenario([job("a", a), job("b", b), job("c", c)])
        """
    )
    assert marks(trace) == [(2.0, "c", "mine")]


# -- what is executed, and what is not ----------------------------------------------------------

TELLTALE = """
from pathlib import Path
Path({path!r}).write_text("x")
from schedsim.authoring import *

def scenario():
    def a():
        yield compute("1ms")
    return Scenario([job("a", a)])
"""


@pytest.fixture
def telltale(tmp_path: Path) -> tuple[Path, Path]:
    """A file that leaves a mark whenever it is executed, and where."""
    file, left = tmp_path / "telltale.py", tmp_path / "executed"
    file.write_text(TELLTALE.format(path=str(left)), encoding="utf-8")
    return file, left


def test_a_recording_is_not_executed(telltale: tuple[Path, Path]) -> None:
    """Not to check it, not to replay it, not to open, compare or verify it."""
    file, left = telltale
    recorded = file.with_suffix(".rec")
    assert schedsim("run", str(file), "-o", str(recorded)).returncode == 0
    left.unlink()
    for words in (
        ["replay", str(recorded)],
        ["replay", str(recorded), "--verify"],
        ["compare", str(recorded), "four-ways"],
        ["screenshot", str(recorded), "-o", str(file.with_suffix(".svg"))],
    ):
        done = schedsim(*words)
        assert done.returncode == 2, words
        assert "a recording is never executed: name the file too" in done.stderr
    assert schedsim("check", str(recorded)).returncode == 0
    assert not left.exists()
    disguised = recorded.rename(file.with_suffix(".toml"))
    assert schedsim("run", str(disguised)).returncode == 2
    assert not left.exists()


def test_a_recording_replays_with_the_file_named_again(telltale: tuple[Path, Path]) -> None:
    file, left = telltale
    recorded = file.with_suffix(".rec")
    schedsim("run", str(file), "-o", str(recorded))
    left.unlink()
    done = schedsim("replay", str(recorded), "--verify", "--scenario", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert "as recorded" in done.stdout
    assert left.exists()
    changed = file.read_text(encoding="utf-8").replace("1ms", "2ms")
    file.write_text(changed, encoding="utf-8")
    done = schedsim("replay", str(recorded), "--verify", "--scenario", str(file))
    assert done.returncode == 1
    assert "it has changed since the recording was made" in done.stderr
    other = str(library.path("four-ways"))
    done = schedsim("replay", str(recorded), "--scenario", other)
    assert done.returncode == 2
    assert "the recording was made from a file that ends in .py" in done.stderr


@pytest.mark.parametrize("ending", ["", ".trace"])
def test_the_app_opens_a_recording_with_the_file_named_again(
    telltale: tuple[Path, Path], ending: str
) -> None:
    file, left = telltale
    recorded = file.with_suffix(".rec")
    schedsim("run", str(file), "-o", str(recorded), "--with-trace")
    left.unlink()
    run, source = arguments.opened(f"{recorded}{ending}", None, (), 0, file)
    assert left.exists(), "it may be executed now"
    assert (source.named, source.name) == (True, file.stem)
    assert run.finish().digest() == recording.load(recorded).digest
    assert run.elsewhere(source.load()).scenario.title == run.scenario.title


def test_a_scenario_is_opened_without_naming_it_twice(telltale: tuple[Path, Path]) -> None:
    file, left = telltale
    with pytest.raises(SystemExit) as told:
        arguments.opened(str(file), None, (), 0, file)
    assert told.value.code == 2
    assert not left.exists()


def test_a_recording_of_toml_needs_no_file(tmp_path: Path) -> None:
    recorded = tmp_path / "x.rec"
    schedsim("run", "four-ways", "-o", str(recorded))
    done = schedsim("replay", str(recorded), "--scenario", str(library.path("four-styles")))
    assert done.returncode == 2
    assert "the recording holds its scenario: leave out --scenario" in done.stderr


def test_a_source_that_nobody_has_named_is_not_executed(telltale: tuple[Path, Path]) -> None:
    file, left = telltale
    source = Source("x", file.read_text(encoding="utf-8"), python=True)
    with pytest.raises(ScenarioError):
        source.load()
    assert not left.exists()
    assert Source.of(file).load().jobs


def test_the_recording_is_text_and_says_so(telltale: tuple[Path, Path]) -> None:
    source = Source.of(telltale[0])
    text = Recording.of(Run(source.load()), source).dumps()
    assert json.loads(text)["scenario"]["language"] == "python"


def test_toml_in_a_file_that_ends_in_py_is_not_read_as_toml(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text('schema = 1\ntitle = "x"\n[[job]]\n', encoding="utf-8")
    done = schedsim("run", str(file))
    assert done.returncode == 2
    assert f"{file}" in done.stderr


def test_python_in_a_file_that_does_not_end_in_py_is_not_executed(
    telltale: tuple[Path, Path],
) -> None:
    file, left = telltale
    other = file.rename(file.with_suffix(".txt"))
    assert schedsim("run", str(other)).returncode == 2
    assert not left.exists()


def test_the_library_lists_without_executing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    left = tmp_path / "executed"
    text = f'"""A title.\n\nA lesson.\n"""\nGROUP = "G"\nORDER = 7\nopen({str(left)!r}, "w")\n'
    (folder / "x.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(library, "_PACKAGE", tmp_path / "schedsim")
    (entry,) = library.entries()
    assert (entry.title, entry.lesson, entry.group, entry.order) == ("A title", "A lesson.", "G", 7)
    assert entry.scenario is None
    assert not left.exists()


# -- what is written about it -------------------------------------------------------------------


def test_the_example_of_the_documentation_runs() -> None:
    assert authoring.__doc__ is not None
    example = authoring.__doc__.partition("::\n")[2].partition("\n\nThe same requests")[0]
    scenario = python_file.loads(textwrap.dedent(example), "example.py")
    assert scenario.title == "Two ways to wait"
    assert marks(play(scenario)) == [(11.0, "server", "served")]


def test_the_example_of_the_readme_runs() -> None:
    """Callbacks on a loop: 10 ms of waiting, then 1 ms each; the coroutine came at 5 ms."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    example = readme.partition("```python\n")[2].partition("```")[0]
    trace = play(python_file.loads(example, "example.py"))
    assert marks(trace) == [(11.0, "callback", "served")]
    assert ends(trace)["coroutine"] == 16.0


def test_the_plain_asyncio_of_the_readme_runs() -> None:
    """The second beat is due at 10 ms and has its turn at 25; the third at 35 is due while the
    thread computes (25 to 50 and 5 ms for the GIL), which asks for it back no sooner than at 40."""
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    example = readme.split("```python\n")[2].partition("```")[0]
    trace = play(python_file.loads(example, "example.py"))
    assert marks(trace) == [
        (0, "heartbeat", "beat"),
        (25, "heartbeat", "beat"),
        (40, "heartbeat", "beat"),
    ]
    assert ends(trace)["cruncher"] == 50


# -- again and again ----------------------------------------------------------------------------


def test_every_run_begins_with_a_mind_of_its_own() -> None:
    """What bodies share, and what the file keeps, is made anew for each."""
    scenario = python_file.loads(
        HEAD
        + textwrap.dedent(
            """
            whole_file = []

            def scenario():
                inside = []

                def a():
                    whole_file.append(1)
                    inside.append(1)
                    yield mark(f"{len(whole_file)} {len(inside)}")

                return Scenario([job("a", a)])
            """
        ),
        "x.py",
    )
    for _ in range(3):
        assert marks(play(scenario)) == [(0.0, "a", "1 1")]


def test_a_cut_run_is_thrown_away_quietly() -> None:
    """Bodies that are still suspended are closed: no warning of coroutines never awaited."""
    text = """
        async def a():
            try:
                await sleep("9ms")
            finally:
                await mark("never")

        def g():
            sleep("9ms")

        def c(machine):
            machine.sleep("9ms", lambda: None)

        return Scenario(
            [job("a", a), job("g", g, style="greenlet"), job("c", c, style="callback")]
        )
        """
    run = Run(python_file.loads(body(text), "x.py"))
    run.extend(12)
    run.extend(14)
    del run
    assert Run(python_file.loads(body(text), "x.py")).finish().complete


def test_the_line_of_a_library_below_is_not_the_author_s() -> None:
    """While a function of another file asks, the line shown is the author's that called it."""
    trace = played(
        """
        from functools import reduce

        def a():
            reduce(lambda _, n: compute(n), [1_000_000, 2_000_000], None)

        return Scenario([job("a", a, style="greenlet")])
        """
    )
    (_, entity) = trace.entities[-2:]
    assert set(trace.kept[entity.id]) == {6}


def test_a_place_is_a_line_of_the_file() -> None:
    trace = played(
        "def a():\n    yield compute('1ms')\n    yield io('1ms')\nreturn Scenario([job('a', a)])"
    )
    entity = trace.entities[-1]
    assert entity.style == "generator"
    assert entity.listing is not None
    assert sorted(trace.kept[entity.id]) == [4, 5]
    line = entity.listing.line(5)
    assert line is not None
    assert entity.listing.lines[line] == "        yield io('1ms')"


def test_what_bodies_print_does_not_come_among_results(tmp_path: Path) -> None:
    """Standard output is for the program that reads ``--json``."""
    file = tmp_path / "prints.py"
    text = 'print("loads")\ndef a():\n    print("runs")\n    yield compute("1ms")\n'
    file.write_text(
        f'{HEAD}{text}def scenario():\n    print("makes")\n    return Scenario([job("a", a)])\n'
    )
    done = schedsim("run", str(file), "--json")
    assert json.loads(done.stdout)["title"]
    assert {"loads", "makes", "runs"} <= set(done.stderr.split("\n"))


@pytest.mark.parametrize(
    ("stream", "code", "out", "err"),
    [
        ("stdout", 0, "Closing", ""),  # that is standard error while bodies are executed
        ("__stdout__", 2, "", "schedsim: standard output: what was executed has closed it\n"),
        ("stderr", 0, "Closing", ""),
    ],
)
def test_streams_that_a_body_closes(
    stream: str, code: int, out: str, err: str, tmp_path: Path
) -> None:
    file = tmp_path / "closing.py"
    text = body(f"import sys\ndef a():\n    yield compute(1)\n    sys.{stream}.close()")
    file.write_text(f'"""Closing"""\n{text}    return Scenario([job("a", a)])\n', encoding="utf-8")
    done = schedsim("run", str(file))
    assert (done.returncode, done.stdout[:7], done.stderr) == (code, out, err)


def test_an_error_that_does_not_let_itself_be_shown_ends_its_body_only() -> None:
    lines = """
    class E(Exception):
        def __str__(self):
            raise SystemExit(3)
    async def a():
        await compute(1)
        raise E
    return Scenario([job("a", a)], model="coroutines")
    """
    (told,) = played(lines, "coroutines").failures.values()
    assert "E: <exception str() failed>" in told


def test_who_does_not_let_a_loop_go_on_is_named_and_what_was_before_is_saved(
    tmp_path: Path,
) -> None:
    """asyncio closes what else there is as the interrupt goes through it: that is not counted."""
    file, out = tmp_path / "stuck.py", tmp_path / "stuck.rec"
    lines = """
    async def a():
        while True: pass
    async def b():
        compute(1)
    return Scenario([job("a", a), job("b", b)], model="asyncio")
    """
    file.write_text(body(lines), encoding="utf-8")
    done = schedsim("run", str(file), "--patience", "0.5", "-o", str(out))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"schedsim: {file}:4 (a): nothing has happened for 0.5 s at 0 ms")
    assert done.stderr.endswith(f"{out}: has the run up to there, 7 steps\n")
    assert len(recording.load(out).checkpoints) == 1


@pytest.mark.parametrize("before", [0, 4_000])
def test_a_picture_of_what_never_ends_is_given_up(before: int, tmp_path: Path) -> None:
    file = tmp_path / "stuck.py"
    lines = f"""
    async def a():
        for _ in range({before}): compute(1_000_000); await asyncio.sleep(0)
        while True: pass
    return Scenario([job("a", a)], model="asyncio")
    """
    file.write_text("import asyncio\n" + body(lines), encoding="utf-8")
    impatient = (
        "from schedsim.__main__ import main; from schedsim.cli import picturing;"
        "from schedsim.interruption import told; picturing.watched = lambda: told(0.5); main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", impatient, "screenshot", str(file), "--at", "9s", "-o", "out.svg"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"schedsim: {file}:6: nothing has happened for 0.5 s: ")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out.svg").exists()


def test_an_interrupt_names_the_line_that_never_ends(tmp_path: Path) -> None:
    """A body that asks for nothing and goes round: nobody can stop it but its user."""
    file = tmp_path / "endless.py"
    text = (
        "def a():\n    import signal\n"
        "    signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "    while True: signal.raise_signal(signal.SIGINT)\n"
    )
    file.write_text(f'{HEAD}{text}    yield\ndef scenario():\n    return Scenario([job("a", a)])\n')
    done = schedsim("run", str(file))
    assert done.returncode == 130
    assert f"schedsim: interrupted in {file}:5" in done.stderr
