"""Programs that mean harm, or were written by somebody in a hurry: bounded, named and told.

Each ends by itself within a small limit of steps, or is given up with one message that says which
task, which line, how long, and what to change.
"""

from __future__ import annotations

import gc
import re
import signal
import subprocess
import sys
import warnings
from contextlib import suppress
from pathlib import Path

import pytest

from schedsim import python_file, recording, report
from schedsim.cli.telling import aside
from schedsim.cutting import why_cut
from schedsim.interruption import watching
from schedsim.run import Run
from schedsim.scenario_file import ScenarioError, loads
from schedsim.trace import Trace

ROWS = 25_000
HEAD = '"""Adversary"""\nimport asyncio\nfrom schedsim.authoring import *\n\n\n'


def played(body: str, *, model: str = "generators", style: str = "", rows: int = ROWS) -> Run:
    """A run of one job ``a`` with that body, and of one that ends at once, ``other``."""
    text = f"""{HEAD}def scenario():
    def other():
        yield compute(0)

{body}
    return Scenario([job("a", a{style}), job("other", other)], model={model!r})
"""
    with aside():
        run = Run(python_file.loads(text, "adversary.py"), rows=rows)
        run.finish()
    return run


def looping(lines: str, *, style: str = "generator") -> Run:
    """The same, of a body that does ``lines`` for ever after it has slept."""
    inside = "".join(f"            {line}\n" for line in lines.split("\n"))
    if style == "greenlet":
        first, model, how = '        sleep("1ms")\n', "generators", ', style="greenlet"'
    elif style == "asyncio":
        first, model, how = "        await asyncio.sleep(0.001)\n", "asyncio", ""
    else:
        first, model, how = '        yield sleep("1ms")\n', "generators", ""
    idle = "    async def idle():\n        pass\n"
    kind = "async def" if style == "asyncio" else "def"
    body = f"{idle}    {kind} a():\n{first}        while True:\n{inside}"
    return played(body, model=model, style=how)


def failure(run: Run, name: str = "a") -> str:
    """What ended it."""
    entities = run.trace.entities
    return "".join(text for n, text in run.trace.failures.items() if entities[n].name == name)


SERVED_AT_ONCE = {
    "marks": "yield mark('x')",
    "a job that has ended": "yield join('other')",
    "a result that is there": "yield result_of('other')",
    "cancelling nobody": "yield cancel('other')",
    "a name that is none": "try: yield join('nobody')\nexcept BaseException: pass",
    "a lock that is not held": "try: yield release('l')\nexcept BaseException: pass",
    "nonsense": "try: yield 42\nexcept BaseException: pass",
}
"""What takes no time, and writes nothing that would come to the limit of steps."""


@pytest.mark.parametrize("lines", SERVED_AT_ONCE.values(), ids=SERVED_AT_ONCE)
def test_requests_that_take_no_time_end_the_body_that_makes_them(lines: str) -> None:
    run = looping(lines)
    assert run.trace.complete
    assert "10,000" in failure(run)
    assert "line 13" in failure(run) or "in a row" in failure(run)


GREENLETS = {
    "a result that is there": "result_of('other')",
    "cancelling nobody": "cancel('other')",
    "marks": "mark('x')",
}


@pytest.mark.parametrize("lines", GREENLETS.values(), ids=GREENLETS)
def test_greenlets_that_ask_for_ever_end_too(lines: str) -> None:
    run = looping(lines, style="greenlet")
    assert run.trace.complete
    assert "10,000 requests in a row that take no time" in failure(run)


BOUNDED = {
    "giving way": "yield sleep(0)",
    "a bare yield": "yield",
    "computing nothing": "yield compute(0)",
    "waiting for no time": "yield io(0)",
    "a call of no time": "yield call('time.sleep', 0)",
    "a lock": "yield acquire('l')\nyield release('l')",
    "cancelling itself": "try: yield cancel('a')\nexcept BaseException: pass",
    "a spawn bomb": "yield spawn('other')",
    "itself again and again": "yield spawn('a')\nyield sleep(0)",
}


@pytest.mark.parametrize("lines", BOUNDED.values(), ids=BOUNDED)
def test_what_writes_rows_stops_at_the_limit_of_steps(lines: str) -> None:
    run = looping(lines)
    assert run.cut_short or "10,000" in failure(run)
    assert len(run.trace) < 2 * ROWS


ASYNCIO = {
    "sleep(0)": "await asyncio.sleep(0)",
    "computing nothing": "compute(0)",
    "new tasks, awaited by nobody": "asyncio.ensure_future(idle())",
    "new tasks": "asyncio.ensure_future(idle())\nawait asyncio.sleep(0)",
    "cancelling itself": "asyncio.current_task().cancel()\n"
    "try: await asyncio.sleep(0)\nexcept asyncio.CancelledError: pass",
    "callbacks": "f = lambda: asyncio.get_running_loop().call_soon(f)\nf()\nawait asyncio.sleep(1)",
    "threads": "await asyncio.to_thread(len, 'x')",
}


@pytest.mark.parametrize("lines", ASYNCIO.values(), ids=ASYNCIO)
def test_plain_asyncio_stops_at_the_limit_of_steps(lines: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # asyncio's, of what was not awaited
        run = looping(lines, style="asyncio")
        assert run.cut_short
        assert len(run.trace) < 2 * ROWS
        del run
        gc.collect()


NONSENSE = {
    "42": "it yielded 42, which is no request",
    "(1, 2)": "it yielded (1, 2), which is no request",
    "a": "which is no request",
    "Evil()": "it yielded a Evil, which is no request",
    "Request(2, -5)": "whose duration is none",
    "Request(2, float('nan'))": "whose duration is none",
    "Request(1, 10**30)": "whose duration is none",
    "Request(10**9, None)": "1000000000",
    "sleep(float('nan'))": "not nan",
    "sleep(-1)": "not -1",
    "sleep(10**30)": "a duration is from 0 to",
    "sleep('9' * 5000 + 'ms')": "longer than ten years",
    "compute(True)": "not True",
    "mark(None)": "",
}


@pytest.mark.parametrize(("what", "says"), NONSENSE.items(), ids=NONSENSE)
def test_nonsense_is_told_at_its_line_and_ends_its_task_only(what: str, says: str) -> None:
    body = f"""    from schedsim.programs.resumable import Request
    class Evil:
        def __repr__(self):
            raise RuntimeError("no")
    def a():
        yield compute("1ms")
        yield {what}
"""
    run = played(body)
    assert run.trace.complete
    if what != "mark(None)":
        assert says in failure(run)
    assert not failure(run, "other")


RAISED = ("Exception", "SystemExit(7)", "GeneratorExit", "StopIteration(3)", "MemoryError")


@pytest.mark.parametrize("error", RAISED)
@pytest.mark.parametrize("at", ["begin", "request", "close"])
def test_any_exception_at_any_place_ends_its_task_only(error: str, at: str) -> None:
    lines = ["yield compute('1ms')", "yield sleep('1ms')"]
    raised = f"raise {error}"
    body = {
        "begin": ["if True:", f"    {raised}", *lines],
        "request": [lines[0], raised, lines[1]],
        "close": ["try:", "    yield sleep('1h')", "finally:", f"    {raised}"],
    }[at]
    run = played("    def a():\n" + "".join(f"        {line}\n" for line in body), rows=300)
    assert run.trace.complete
    assert report.to_text(run)
    assert not failure(run, "other")


def test_recursion_without_an_end_is_told_as_python_tells_it() -> None:
    run = played("    def a(n=0):\n        yield compute(1)\n        yield from a(n + 1)\n")
    assert "RecursionError" in failure(run)


def test_a_thread_that_waits_for_itself_is_a_deadlock() -> None:
    run = played('    def a():\n        yield acquire("l")\n        yield acquire("l")\n')
    assert "deadlock" in report.to_text(run)
    assert "a waits for lock l, which a holds" in report.to_text(run)


def test_a_run_in_which_time_stands_still_is_told_who_does_it() -> None:
    assert why_cut(looping("yield sleep(0)").trace) == (
        ": time stands still at 1 ms: a goes on without taking any; let it compute or sleep"
    )


def test_a_spawn_bomb_is_told_by_what_is_started() -> None:
    says = why_cut(looping("yield spawn('a')\nyield sleep(0)").trace)
    assert re.fullmatch(r": a is started again and again, [\d,]{5,} threads and tasks by now", says)


def test_of_a_run_that_is_merely_long_nothing_more_is_said() -> None:
    run = looping("yield compute('1ms')\nyield sleep('1ms')")
    assert run.cut_short
    assert why_cut(run.trace) == ""


# -- in TOML --------------------------------------------------------------------------------

TOML = 'schema = 1\ntitle = "x"\nmodel = "{model}"\n[[job]]\nname = "a"\n{job}\n'
OTHER = '[[job]]\nname = "c"\nspawned = true\nsteps = ["compute 1ms"]\n'


@pytest.mark.parametrize("step", ["mark x", "compute 0ms"])
@pytest.mark.parametrize("times", ["'forever'", "1_000_000_000"])
def test_a_round_that_takes_no_time_is_refused(step: str, times: str) -> None:
    job = f"steps = [{{ repeat = {times}, do = [{{ repeat = {times}, do = ['{step}'] }}] }}]"
    with pytest.raises(ScenarioError, match=r"x.toml:6: job\[1\].* goes round without taking time"):
        loads(TOML.format(model="threads", job=job) + OTHER, "x.toml")


@pytest.mark.parametrize("model", ["asyncio", "trio", "gevent", "threads", "processes"])
@pytest.mark.parametrize(
    "job",
    [
        "steps = [{ repeat = 'forever', do = ['yield'] }]",
        "steps = [{ repeat = 'forever', do = ['spawn a', 'yield'] }]",
        "steps = ['spawn a', 'spawn a', 'yield']",
        "count = 5000\nsteps = ['sleep 87600h']",
        "count = 1000\nsteps = ['acquire l', 'acquire l']",
        "steps = [{ repeat = 'forever', do = ['sleep 0ms'] }]",
        "steps = ['join a']",
    ],
)
def test_bombs_and_storms_stop_at_the_limit_of_steps(model: str, job: str) -> None:
    run = Run(loads(TOML.format(model=model, job=job), "x.toml"), rows=4_000)
    run.finish()
    assert run.finished
    assert len(run.trace) < 12_000
    assert report.to_text(run)


def test_a_storm_of_cancellations_stops_at_the_limit_of_steps() -> None:
    job = (
        "count = 50\nsteps = [{ repeat = 'forever', do = [{ try = ['sleep 1h'],"
        " cancelled = ['cancel a'] }, 'yield'] }]\n"
        "[[job]]\nname = 'k'\nsteps = [{ repeat = 'forever', do = ['cancel a', 'yield'] }]"
    )
    run = Run(loads(TOML.format(model="asyncio", job=job), "x.toml"), rows=ROWS)
    run.finish()
    assert run.cut_short


@pytest.mark.parametrize("name", ["\\u001b[2J", "x" * 10_000, "a\\nb", "\\u202e", "%s{}[/]"])
def test_names_and_labels_do_nothing_to_a_terminal(name: str) -> None:
    job = f'steps = ["mark {name}", "compute 1ms"]'
    text = TOML.format(model="threads", job=job).replace('name = "a"', f'name = "{name}"')
    shown = report.to_text(Run(loads(text, "x.toml"), rows=100))
    assert all(line.isprintable() for line in shown.split("\n"))


# -- what never asks for anything ---------------------------------------------------------------

NEVER_ASKS = {
    "a generator": 'def a():\n        yield sleep("1ms")\n        while True:\n            pass',
    "a greenlet": 'def a():\n        sleep("1ms")\n        while True:\n            pass',
    "one that catches everything": """def a():
        yield sleep("1ms")
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass""",
    "asyncio": """async def a():
        await asyncio.sleep(0.001)
        while True:
            pass""",
    "while it is loaded": "while True:\n        pass",
}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer")
@pytest.mark.parametrize("kind", NEVER_ASKS)
def test_a_body_that_never_asks_is_given_up_and_what_there_is_is_saved(
    kind: str, tmp_path: Path
) -> None:
    style = ', style="greenlet"' if kind == "a greenlet" else ""
    model = "asyncio" if kind == "asyncio" else "generators"
    file, out = tmp_path / "never.py", tmp_path / "out.rec"
    file.write_text(
        f"{HEAD}def scenario():\n    {NEVER_ASKS[kind]}\n"
        f'    return Scenario([job("spinner", a{style})], model={model!r})\n'
    )
    command = [sys.executable, "-m", "schedsim", "run", "never.py", "--patience", "0.5", "-o"]
    done = subprocess.run(
        [*command, "out.rec"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    first, *rest = done.stderr.splitlines()
    assert first.startswith("schedsim: never.py:")
    if kind == "one that catches everything":
        assert "lets nothing happen" in done.stderr
        return
    assert ": nothing has happened for 0.5 s" in first
    assert "--patience" in first
    if kind == "while it is loaded":
        assert rest == []
        return
    assert "(spinner)" in first
    assert rest[0].startswith("schedsim: out.rec: has the run up to there")
    assert recording.load(out).steps > 0


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer")
def test_a_run_that_catches_all_interruptions_is_left_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    codes: list[int] = []
    monkeypatch.setattr("schedsim.interruption.leave", codes.append)
    seconds = iter(range(100))
    monkeypatch.setattr("schedsim.interruption.time.monotonic", lambda: next(seconds))
    with watching(0) as watch:
        watch.trace = Trace()
        while not codes:
            with suppress(KeyboardInterrupt):
                watch.tick(0, None)
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0), "no other look comes in between"
    assert codes == [2]
    says = "the run: it lets nothing happen, and does not let itself be interrupted either"
    assert capsys.readouterr().err == f"schedsim: {says}\n"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer")
def test_slices_beyond_number_are_given_up_too(tmp_path: Path) -> None:
    """Of two threads: those of one that has the machine alone are passed over."""
    (tmp_path / "x.toml").write_text(
        'schema = 1\ntitle = "x"\n[python]\ngil = "off"\n'
        "[machine]\ncores = 2\n"
        'policy = { name = "mlfq", levels = 3, quantum = "1ns", stay = true }\n'
        '[[job]]\nname = "a"\ncount = 2\nsteps = ["compute 87600h"]\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "schedsim", "run", "x.toml", "--patience", "0.5", "-o", "x.rec"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("schedsim: a-")
    assert "nothing has happened for 0.5 s" in done.stderr
    assert "quantum is far too short" in done.stderr
