"""Blocking calls: what is known of each, what a monkey patch makes of it, and what is said."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from schedsim.cli import cli
from schedsim.commands import Command, SetPatch
from schedsim.engine.facts import facts
from schedsim.loops import LOOPS
from schedsim.loops.asyncio import ASYNCIO
from schedsim.ops.blocking_calls import BLOCKING_CALLS
from schedsim.ops.calls import PATCHES, Patched
from schedsim.recording import Recording, Source, loads as load_recording
from schedsim.run import Run
from schedsim.scenario import Job, ProcessPlan, PythonSpec, Scenario, ThreadPlan
from schedsim.scenario_file import ScenarioError, loads
from schedsim.simulation import LoopThread, Simulation
from schedsim.state import State
from schedsim.trace import Kind, Reason
from schedsim.traps import CALL, HOLD, NATIVE
from schedsim.why import explain
from tests.machines import MS, ends, job, on_core, play, tasks, threads, told

FACTS: dict[str, Any] = json.loads(
    (Path(__file__).parent / "cases" / "patched_lists.json").read_text(encoding="utf-8")
)
GEVENT: dict[str, list[str]] = FACTS["gevent_patch_all"]["patched"]
EVENTLET: dict[str, dict[str, list[str]]] = FACTS["eventlet_monkey_patch"]["patched"]

# -- the table ----------------------------------------------------------------------------


def replaces(patch: str, name: str) -> bool:
    """Whether a patch puts its own in place of ``name``, as dumped from the packages."""
    module, _, attribute = name.rpartition(".")
    if patch == "gevent":
        return attribute in GEVENT.get(module, ())
    return attribute in EVENTLET.get(module, {"patched": []})["patched"]


def all_patched() -> Iterator[tuple[str, str, Patched]]:
    for name, call in BLOCKING_CALLS.items():
        for patch in PATCHES:
            yield name, patch, call.patched(patch)


@pytest.mark.parametrize(("name", "patch", "patched"), list(all_patched()))
def test_what_a_patch_replaces_is_what_the_packages_replace(
    name: str, patch: str, patched: Patched
) -> None:
    """gevent 26.9.0, eventlet 0.41.3."""
    if patched.replaces == "psycopg2":
        assert patch == "eventlet"  # a wait callback, and only where psycopg2 is installed
    elif patched.through == "gone" and patch == "eventlet":
        module, _, attribute = patched.replaces.rpartition(".")
        assert attribute in EVENTLET[module]["deleted"]
    elif patched.replaces:
        assert replaces(patch, patched.replaces)
    else:
        assert not replaces(patch, name)


@pytest.mark.parametrize(("name", "patch", "patched"), list(all_patched()))
def test_a_call_is_cooperative_or_the_table_says_why_not(
    name: str, patch: str, patched: Patched
) -> None:
    assert patched.cooperative != bool(patched.why)
    assert patched.through in {"", "gone", "native", "threadpool", "polling"}


@pytest.mark.parametrize(
    ("name", "gevent", "eventlet"),
    [
        ("time.sleep", "native", "native"),
        ("socket.recv", "native", "native"),
        ("socket.getaddrinfo", "threadpool", "native"),
        ("select.select", "native", "native"),
        ("select.poll", "native", "gone"),
        ("subprocess.run", "native", "polling"),
        ("subprocess.check_output", "native", "native"),
        ("os.waitpid", "native", "polling"),
        ("os.wait", "", "polling"),
        ("os.system", "", ""),
        ("os.read", "", "native"),
        ("file.read", "", ""),
        ("input", "", ""),
        ("threading.Lock.acquire", "native", "native"),
        ("queue.SimpleQueue.get", "native", "native"),
        ("multiprocessing.Process.join", "", ""),
        ("requests.get", "native", "native"),
        ("psycopg2.execute", "", "native"),
        ("mysqlclient.execute", "", ""),
        ("sqlite3.execute", "", ""),
        ("json.loads", "", ""),
        ("zlib.compress", "", ""),
    ],
)
def test_the_columns_of_the_patches_are_those_of_the_measurements(
    name: str, gevent: str, eventlet: str
) -> None:
    """SEMANTICS.md part C."""
    call = BLOCKING_CALLS[name]
    assert (call.gevent.through, call.eventlet.through) == (gevent, eventlet)


def test_eventlet_makes_simple_queues_cooperative() -> None:
    """It puts Python's own in the place of that in C: who gets from it waits in the hub."""
    pytest.importorskip("eventlet")
    program = (
        "import eventlet; eventlet.monkey_patch(); import queue; q = queue.SimpleQueue();"
        "gets = eventlet.spawn(q.get); eventlet.spawn_after(0.001, q.put, 'came');"
        "print(gets.wait())"
    )
    ran = subprocess.run(  # a queue in C would wait for ever
        [sys.executable, "-W", "ignore", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout == "came\n"


def test_c_code_computes_with_the_gil_or_without_and_all_else_waits_without() -> None:
    """The last two rows of part C."""
    does: dict[int, set[str]] = {CALL: set(), HOLD: set(), NATIVE: set()}
    for name, call in BLOCKING_CALLS.items():
        does[call.does].add(name)
    assert does[HOLD] == {
        *("re.match", "json.loads", "json.dumps", "pickle.dumps", "sorted", "sum")
    }
    assert does[NATIVE] == {"hashlib.sha256", "zlib.compress", "numpy.dot", "PIL.Image.resize"}


@pytest.mark.parametrize(
    ("flavour", "expected"),
    [
        ("asyncio", "await asyncio.sleep(...)"),
        ("uvloop", "await asyncio.sleep(...)"),
        ("trio", "await trio.sleep(...)"),
        ("gevent", "gevent.sleep(...)"),
        ("eventlet", "eventlet.sleep(...)"),
    ],
)
def test_a_replacement_is_in_the_terms_of_the_loop(flavour: str, expected: str) -> None:
    assert BLOCKING_CALLS["time.sleep"].instead.of(flavour) == expected


def test_the_calls_are_listed() -> None:
    done = CliRunner().invoke(cli, ["list", "--calls"])
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(BLOCKING_CALLS)
    (line,) = [line for line in lines if line.startswith("os.system ")]
    assert line.split("  ", 1)[1].split() == [
        *("waits", "without", "the", "GIL"),
        *("await", "asyncio.create_subprocess_exec(...)"),
    ]


# -- the patch ----------------------------------------------------------------------------


def greenlets(
    *jobs: Job, patch: str = "", early: tuple[str, ...] = (), loop: str = "gevent"
) -> Scenario:
    """A process with a loop of gevent or eventlet, patched or not."""
    thread = ThreadPlan(Job("main"), loop, jobs)
    return Scenario(
        "test",
        processes=(ProcessPlan("p", (thread,)),),
        python=PythonSpec(monkey_patch=patch, imported_early=early),
    )


@pytest.fixture(params=["flat", "live"])
def stand_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """asyncio's loop where gevent's would be: which loop it is makes no difference here."""
    for name in PATCHES:
        monkeypatch.setitem(LOOPS, name, replace(ASYNCIO))
    if request.param == "live":
        made = LoopThread.__init__

        def make_live(self: LoopThread, *args: Any, live: bool) -> None:
            made(self, *args, live=True)

        monkeypatch.setattr(LoopThread, "__init__", make_live)


def ten(step: str) -> Job:
    """The ten waits of 50 ms of the measurements."""
    return job("a", step, count=10)


CASES = [
    ("call time.sleep 50ms", "", (), 500),
    ("call time.sleep 50ms", "gevent", (), 50),
    ("call time.sleep 50ms", "eventlet", (), 50),
    ("call time.sleep 50ms", "gevent", ("time.sleep",), 500),
    ("call time.sleep 50ms", "eventlet", ("time.sleep",), 500),
    ("call time.sleep 50ms", "gevent", ("socket.recv",), 50),
    ("call socket.recv 50ms", "gevent", (), 50),
    ("call socket.recv 50ms", "", (), 500),
    ("call subprocess.run 50ms", "gevent", (), 50),
    ("call subprocess.run 50ms", "", (), 500),
    ("call file.read 50ms", "gevent", (), 500),
    ("call mysqlclient.execute 50ms", "eventlet", (), 500),
    ("call multiprocessing.Process.join 50ms", "gevent", (), 500),
    ("compute 50ms", "gevent", (), 500),
]
"""Step, patch, what was imported early, and when ten of them are done (SEMANTICS B5, D14)."""


@pytest.mark.parametrize(("step", "patch", "early", "expected"), CASES)
def test_ten_waits_of_50_ms_under_a_patch(
    step: str, patch: str, early: tuple[str, ...], expected: int, stand_in: None
) -> None:
    trace = play(greenlets(ten(step), patch=patch, early=early, loop=patch or "gevent"))
    assert max(ends(trace).values()) == expected


@pytest.mark.parametrize(("step", "patch", "early", "expected"), CASES)
def test_the_same_in_loops_of_gevent_and_eventlet(
    step: str, patch: str, early: tuple[str, ...], expected: int
) -> None:
    trace = play(greenlets(ten(step), patch=patch, early=early, loop=patch or "gevent"))
    assert max(ends(trace).values()) == expected


def test_a_patch_is_nothing_to_coroutines() -> None:
    """asyncio's loop is not gevent's hub: ``gevent.sleep`` in it blocks the thread as before."""
    scenario = tasks(ten("call time.sleep 50ms"))
    patched = replace(scenario, python=PythonSpec(monkey_patch="gevent"))
    assert max(ends(play(patched)).values()) == 500


def test_a_patch_is_for_one_process(stand_in: None) -> None:
    sleeper = job("a", "call time.sleep 5ms", count=2)
    plans = [
        ProcessPlan(name, (ThreadPlan(Job(f"{name}-main"), "gevent", (sleeper,)),), patch)
        for name, patch in (("p", "gevent"), ("q", ""))
    ]
    trace = play(Scenario("test", processes=tuple(plans)))
    found = ends(trace)
    assert (found["p-main"], found["q-main"]) == (5, 10)


def test_sleeping_for_no_time_in_a_patched_process_is_a_yield(stand_in: None) -> None:
    """``gevent.sleep(0)``; what comes at once from a socket is no reason to wait."""
    trace = play(
        greenlets(
            job("a", "call time.sleep 0ms", "call socket.recv 0ms", "mark a"),
            job("b", "mark b"),
            patch="gevent",
        )
    )
    marks = [trace.labels[row.arg] for row in trace.rows() if row.kind is Kind.MARK]
    assert marks == ["b", "a"]


# -- the toggle ---------------------------------------------------------------------------


def acted(scenario: Scenario, at: int, command: Command) -> Run:
    run = Run(scenario)
    run.finish()
    step = run.history.rows_at(at * MS)
    run.act(command, step, at * MS)
    run.finish()
    simulation = Simulation(scenario)
    simulation.run(None, step)
    simulation.engine.advance(at * MS)
    command.obey(simulation)
    while not simulation.trace.complete:  # row by row: engine and state agree all the way
        simulation.run(None, len(simulation.trace) + 1)
        state = State.start(simulation.trace).forward(len(simulation.trace))
        assert state.facts() == facts(simulation.engine)
    assert simulation.trace.digest() == run.trace.digest()
    return run


def three() -> Job:
    return job("a", "call time.sleep 50ms", "call time.sleep 50ms", count=3)


def test_a_patch_can_be_switched_on_while_the_machine_runs(stand_in: None) -> None:
    """At 120 ms a-1 is done and a-2 blocks until 150 ms; then it sleeps, and a-3 twice."""
    run = acted(greenlets(three()), 120, SetPatch(on=True))
    assert ends(run.trace) == {"a-1": 100, "a-2": 200, "a-3": 250, "main": 250}
    assert ("COMMAND", "PATCHING") in {line[1:3] for line in told(run.trace, Kind.COMMAND)}
    assert run.history.state_at(len(run.trace)).is_patched(1)


def test_a_patch_can_be_taken_away(stand_in: None) -> None:
    """At 20 ms all three sleep until 50 ms; then each blocks: 50 + 3 x 50."""
    run = acted(greenlets(three(), patch="gevent"), 20, SetPatch(on=False))
    assert max(ends(run.trace).values()) == 200
    assert not run.history.state_at(len(run.trace)).is_patched(1)


def test_what_was_imported_early_stays_as_it_was(stand_in: None) -> None:
    run = acted(greenlets(three(), early=("time.sleep",)), 0, SetPatch(on=True))
    assert max(ends(run.trace).values()) == 300


def test_without_a_loop_to_patch_for_the_command_is_refused() -> None:
    run = Run(tasks(three()))
    run.finish()
    with pytest.raises(ValueError, match="there is no loop of gevent or eventlet"):
        run.act(SetPatch(on=True), 5, 0)


TREE = """
schema = 1
title = "Patched"
[python]
monkey_patch = "gevent"
[[process]]
name = "p"
[[process.thread]]
name = "main"
loop = "gevent"
[[process.thread.task]]
name = "a"
count = 3
steps = ["call time.sleep 50ms", "call time.sleep 50ms"]
"""


def test_the_toggle_is_recorded_and_played_again(stand_in: None, tmp_path: Path) -> None:
    source = Source("patched", TREE)
    run = acted(source.load(), 20, SetPatch(on=False))
    path = tmp_path / "patched.json"
    Recording.of(run, source).save(path)
    text = path.read_text(encoding="utf-8")
    (command,) = json.loads(text)["commands"]
    assert (command["do"], command["on"], command["at"]) == ("patch", False, 20 * MS)
    again = load_recording(text, "patched.json").play()
    assert again.trace.digest() == run.trace.digest()


# -- in a file ----------------------------------------------------------------------------


def problems(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as raised:
        loads(text, "x.toml")
    return [problem.says for problem in raised.value.problems]


def test_a_file_says_who_patches_and_what_was_imported_early(stand_in: None) -> None:
    text = TREE.replace('"gevent"\n[[', '"gevent"\nimported_early = ["time.sleep"]\n[[', 1)
    python = loads(text, "x.toml").python
    assert (python.monkey_patch, python.imported_early) == ("gevent", ("time.sleep",))
    own = TREE.replace('name = "p"', 'name = "p"\nmonkey_patch = "gevent"')
    assert loads(own, "x.toml").processes[0].monkey_patch == "gevent"
    early = own.replace('name = "p"', 'name = "p"\nimported_early = ["time.sleep"]')
    process = Simulation(loads(early, "x.toml")).trace.entities[1]
    assert (process.monkey_patch, process.imported_early) == ("gevent", ("time.sleep",))
    none = TREE.replace('name = "p"', 'name = "p"\nmonkey_patch = "none"')
    assert loads(none, "x.toml").processes[0].monkey_patch == ""
    assert max(ends(play(loads(none, "x.toml"))).values()) == 300


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'patch = "gevent"',
            'patch = "gevnet"',
            "expected 'gevent' or 'eventlet' or 'none', got 'gevnet'",
        ),
        ('monkey_patch = "gevent"', 'imported_early = ["time.sleep"]', "it goes with monkey_patch"),
        (
            '"gevent"\n[[',
            '"gevent"\nimported_early = ["time.slep"]\n[[',
            "unknown blocking call 'time.slep': did you mean 'time.sleep'?",
        ),
        ('patch = "gevent"', 'patch = "eventlet"', "the loop is of gevent: a patch by 'eventlet'"),
        ('name = "p"', 'name = "p"\nmonkey_patch = "eventlet"', "the loop is of gevent"),
        (
            'loop = "gevent"',
            (
                'loop = "asyncio"\n[[process]]\nname = "q"\nmonkey_patch = "gevent"\n'
                '[[process.thread]]\nname = "x"\nsteps = ["compute 1ms"]\n'
                '[[process]]\nname = "r"\n[[process.thread]]\nname = "y"'
            ),
            "no thread of this process runs a loop of 'gevent'",
        ),
    ],
)
def test_mistakes_about_patches_are_told(old: str, new: str, says: str, stand_in: None) -> None:
    assert any(says in each for each in problems(TREE.replace(old, new, 1)))


# -- the sentences ------------------------------------------------------------------------


def said(scenario: Scenario, kind: Kind, reason: Reason, nth: int = 0) -> str:
    run = Run(scenario)
    run.finish()
    found = [row.n for row in run.trace.rows() if row.kind is kind and row.reason is reason]
    return explain(run.history, found[nth] + 1).text


def test_an_unpatched_call_names_its_replacement_and_the_patch(stand_in: None) -> None:
    text = said(greenlets(ten("call time.sleep 50ms")), Kind.COMPUTE, Reason.CALL, 1)
    assert text == (
        "a-2 calls time.sleep (50 ms) inside a greenlet: a blocking call. It does not give control "
        "back: no other task of this loop runs until it returns. Instead: gevent.sleep(...). Or "
        "call monkey.patch_all() before all imports: it makes time.sleep cooperative. Kept waiting "
        "so far: a-3 50 ms, a-4 50 ms, a-5 50 ms, a-6 50 ms and 4 more."
    )


def test_a_call_that_was_imported_early_says_so(stand_in: None) -> None:
    scenario = greenlets(ten("call time.sleep 50ms"), patch="gevent", early=("time.sleep",))
    text = said(scenario, Kind.COMPUTE, Reason.CALL)
    assert (
        "gevent has patched the standard library, but time.sleep was imported before that: the "
        "name still means the original. Instead: gevent.sleep(...). Or import time after the patch."
    ) in text


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("file.read", "for the kernel a regular file is always ready"),
        ("mysqlclient.execute", "its C code waits by itself"),
        ("multiprocessing.Pool.map", "it waits for C semaphores and pipes of other processes"),
        ("os.system", "it waits in C, inside system(3)"),
    ],
)
def test_a_call_that_no_patch_reaches_says_why(call: str, why: str, stand_in: None) -> None:
    scenario = greenlets(ten(f"call {call} 50ms"), patch="eventlet", loop="eventlet")
    text = said(scenario, Kind.COMPUTE, Reason.CALL)
    assert f"a-1 calls {call} (50 ms) inside a green thread: a blocking call." in text
    assert f"eventlet has patched the standard library, but {call} stays blocking: {why}" in text
    assert "Instead: eventlet.tpool.execute(...)" in text or call == "os.system"


@pytest.mark.parametrize(
    ("call", "patch", "says"),
    [
        ("time.sleep", "gevent", "only this greenlet waits (the hub waits for it), until 50 ms."),
        ("socket.getaddrinfo", "gevent", "(a thread of its pool waits for it), until 50 ms."),
        ("os.waitpid", "eventlet", "only this green thread waits (it asks every 10 ms)"),
    ],
)
def test_a_patched_call_says_who_waits_and_how(
    call: str, patch: str, says: str, stand_in: None
) -> None:
    run = Run(greenlets(job("a", f"call {call} 50ms"), patch=patch, loop=patch))
    trace = run.finish()
    texts = [explain(run.history, n + 1).text for n in range(len(trace))]
    (text,) = [each for each in texts if f"{call} is patched by {patch}" in each]
    assert says in text


@pytest.mark.parametrize(
    ("patch", "call", "took"),
    [
        ("eventlet", "subprocess.run", 20),
        ("eventlet", "os.waitpid", 20),
        ("eventlet", "subprocess.check_output", 12),
        ("gevent", "subprocess.run", 12),
    ],
)
def test_who_asks_every_10_ms_sees_the_end_of_a_child_when_it_asks(
    patch: str, call: str, took: int
) -> None:
    """A child of 12 ms; measured with eventlet 0.41.3: 20.7 ms, and 13.6 for its output, which is
    what starting it adds."""
    run = Run(greenlets(job("a", f"call {call} 12ms"), patch=patch, loop=patch))
    assert run.finish().end == took * MS


def test_the_toggle_is_told(stand_in: None) -> None:
    run = acted(greenlets(three(), early=("os.wait",)), 20, SetPatch(on=True))
    (row,) = [row for row in run.trace.rows() if row.kind is Kind.COMMAND]
    assert explain(run.history, row.n + 1).text == (
        "You monkey patched the standard library. From now on blocking calls that the patch "
        "replaces suspend their own task only. Imported before it, so still blocking: os.wait."
    )
    run = acted(greenlets(three(), patch="gevent"), 20, SetPatch(on=False))
    (row,) = [row for row in run.trace.rows() if row.kind is Kind.COMMAND]
    assert "You took the monkey patch away." in explain(run.history, row.n + 1).text


def test_a_thread_that_is_blocked_says_in_what() -> None:
    scenario = threads(job("a", "call socket.recv 5ms"))
    assert said(scenario, Kind.IDLE, Reason.CALL).startswith(
        "a is blocked in socket.recv until 5 ms."
    )


def test_a_loop_s_thread_is_blocked_in_the_call_of_its_task() -> None:
    text = said(tasks(job("a", "compute 1ms", "call os.stat 5ms")), Kind.IDLE, Reason.CALL)
    assert text.startswith("main is blocked in os.stat until 6 ms.")
    assert "a called it in a coroutine: its whole loop is blocked." in text


def test_c_code_in_a_coroutine_says_whether_a_thread_would_help() -> None:
    """``json.loads`` keeps the GIL, ``zlib.compress`` does not."""
    text = said(tasks(job("a", "call json.loads 5ms"), job("b")), Kind.COMPUTE, Reason.HOLD)
    assert "a calls json.loads (5 ms) inside a coroutine: C code that keeps the GIL." in text
    assert "a thread would not help" in text
    text = said(tasks(job("a", "call zlib.compress 5ms"), job("b")), Kind.COMPUTE, Reason.NATIVE)
    assert (
        "a calls zlib.compress (5 ms) inside a coroutine: C code that lets go of the GIL." in text
    )
    assert "Instead: await asyncio.to_thread(...)." in text


def test_c_code_without_the_gil_runs_beside_python() -> None:
    """Two threads of 20 ms each on two cores: 20 ms if one has let go of the GIL, else 40."""
    for call, expected in (("zlib.compress", 20), ("json.loads", 40)):
        trace = play(threads(job("a", f"call {call} 20ms"), job("b", "compute 20ms"), cores=2))
        assert max(ends(trace).values()) == expected
        assert on_core(trace)
