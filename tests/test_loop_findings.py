"""Findings about event loops: who keeps them, where a yield is missing, what waits in vain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from schedsim import python_file
from schedsim.findings import find
from schedsim.findings.base import Finding
from schedsim.loops import LOOPS
from schedsim.loops.asyncio import ASYNCIO
from schedsim.metrics import measure
from schedsim.run import Run
from schedsim.scenario import Job, MachineSpec, ProcessPlan, PythonSpec, Scenario, ThreadPlan
from schedsim.scenario_file import loads
from schedsim.trace import Entity, Kind, Reason, Role, Trace
from tests.machines import MS, job, play, repeat, tasks, threads


def found(trace: Trace) -> list[Finding]:
    return find(measure(trace))


def kinds(trace: Trace) -> list[str]:
    return [finding.kind for finding in found(trace)]


def the(trace: Trace, kind: str) -> Finding:
    (finding,) = [finding for finding in found(trace) if finding.kind == kind]
    return finding


def victims(trace: Trace, finding: Finding) -> list[str]:
    return [trace.entities[victim].name for victim in finding.victims]


def of_flavour(flavour: str, *jobs: Job, patch: str = "") -> Scenario:
    """A process whose loop is called so."""
    plan = ProcessPlan("p", (ThreadPlan(Job("main"), flavour, jobs),))
    return Scenario("test", processes=(plan,), python=PythonSpec(monkey_patch=patch))


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """asyncio's loop in the place of those to come: what is said of it depends on its name only."""
    for name in ("trio", "gevent", "eventlet", "uvloop"):
        monkeypatch.setitem(LOOPS, name, replace(ASYNCIO))


# -- a blocked loop -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flavour", "advice"),
    [
        ("asyncio", "Instead: await asyncio.sleep(...)."),
        ("uvloop", "Instead: await asyncio.sleep(...)."),
        ("trio", "Instead: await trio.sleep(...)."),
        (
            "gevent",
            (
                "Instead: gevent.sleep(...). Or call monkey.patch_all() before all imports: "
                "it makes time.sleep cooperative."
            ),
        ),
        (
            "eventlet",
            (
                "Instead: eventlet.sleep(...). Or call eventlet.monkey_patch() before all imports: "
                "it makes time.sleep cooperative."
            ),
        ),
    ],
)
def test_a_blocking_call_is_named_with_its_replacement_in_the_terms_of_the_loop(
    flavour: str, advice: str, stand_in: None
) -> None:
    trace = play(
        of_flavour(flavour, job("bad", "call time.sleep 20ms"), job("good", "compute 1ms"))
    )
    finding = the(trace, "blocked_loop")
    assert finding.why == "bad blocked its loop in time.sleep for 20 ms: good waited."
    assert finding.advice == advice


def test_of_several_calls_the_longest_is_named() -> None:
    trace = play(tasks(job("bad", "call os.stat 1ms", "call requests.get 9ms"), job("good")))
    finding = the(trace, "blocked_loop")
    assert finding.why == "bad blocked its loop in requests.get for 10 ms: good waited."
    assert finding.advice == "Instead: httpx or aiohttp, or await asyncio.to_thread(...)."


def test_a_call_that_the_patch_does_not_reach_says_why(stand_in: None) -> None:
    scenario = of_flavour("gevent", job("bad", "call os.system 9ms"), job("good"), patch="gevent")
    assert the(play(scenario), "blocked_loop").why == (
        "bad blocked its loop in os.system for 9 ms: good waited. Gevent has patched the standard "
        "library, but os.system stays blocking: it waits in C, inside system(3): no patch replaces "
        "os.system."
    )


def test_a_patched_call_blocks_nobody(stand_in: None) -> None:
    jobs = (job("a", "call time.sleep 20ms"), job("b", "compute 1ms"))
    assert kinds(play(of_flavour("gevent", *jobs, patch="gevent"))) == []
    assert kinds(play(of_flavour("gevent", *jobs))) == ["blocked_loop"]


@pytest.mark.parametrize(
    ("flavour", "advice"),
    [
        ("asyncio", "await asyncio.sleep(0)"),
        ("trio", "await trio.lowlevel.checkpoint()"),
        ("gevent", "gevent.idle() or gevent.sleep(0.001)"),
        ("eventlet", "eventlet.sleep(0)"),
    ],
)
def test_a_yield_is_advised_in_the_terms_of_the_loop(
    flavour: str, advice: str, stand_in: None
) -> None:
    trace = play(of_flavour(flavour, job("tick", "sleep 10ms"), job("crunch", "compute 150ms")))
    assert the(trace, "blocked_loop").advice == (
        f"Yield now and then ({advice}), or move the work to a process."
    )


def test_c_code_is_named_and_a_thread_is_advised_only_where_it_helps() -> None:
    for call, advice in (
        ("json.loads", "a ProcessPoolExecutor (loop.run_in_executor)"),
        ("zlib.compress", "await asyncio.to_thread(...)"),
    ):
        trace = play(tasks(job("bad", f"call {call} 200ms"), job("good")))
        finding = the(trace, "blocked_loop")
        assert finding.why == (
            f"bad computed for 200 ms without a yield, most of it in {call}: good waited."
        )
        assert finding.advice.startswith(f"Instead: {advice}")


# -- a missing yield ----------------------------------------------------------------------


def test_of_turns_without_a_yield_the_longest_is_told() -> None:
    steps = ("compute 40ms", "compute 40ms", "sleep 1ms", "compute 30ms", "compute 30ms")
    trace = play(tasks(job("crunch", *steps), job("tick", repeat(30, "sleep 5ms"))))
    finding = the(trace, "missing_yield")
    assert (finding.start, finding.end) == (0, 80 * MS)


def test_pieces_without_a_yield_between_them_are_told_with_the_place() -> None:
    """Six pieces of 10 ms: others wait for 60 ms, and need not for more than 10."""
    trace = play(
        tasks(job("crunch", repeat(6, "compute 10ms"), "mark done"), job("tick", "sleep 5ms"))
    )
    finding = the(trace, "missing_yield")
    assert (finding.start, finding.end) == (0, 60 * MS)
    assert victims(trace, finding) == ["tick"]
    assert finding.why == (
        "crunch computed 6 pieces in one turn of 60 ms, with no yield between them: tick waited."
    )
    assert finding.advice == (
        "Yield after each piece, as after line 2, compute 10ms (await asyncio.sleep(0)): then "
        "others wait for 10 ms at a time."
    )


@pytest.mark.parametrize(
    "jobs",
    [
        (job("crunch", repeat(6, "compute 10ms", "yield")), job("tick", "sleep 5ms")),
        (job("crunch", repeat(6, "compute 10ms")),),
        (job("crunch", repeat(4, "compute 10ms")), job("tick", "sleep 5ms")),
        (job("crunch", "compute 60ms"), job("tick", "sleep 5ms")),
        (job("crunch", repeat(6, "compute 10ms")), job("late", "compute 1ms", arrival="70ms")),
    ],
    ids=["it yields", "nobody waits", "short", "one piece", "too late to wait"],
)
def test_it_is_fine_to_go_on_where_nobody_waits_or_not_for_long(jobs: tuple[Job, ...]) -> None:
    assert kinds(play(tasks(*jobs))) == []


def test_threads_need_no_yields() -> None:
    jobs = (job("crunch", repeat(6, "compute 10ms")), job("tick", "sleep 5ms"))
    assert kinds(play(threads(*jobs))) == []


# -- waits in a row -----------------------------------------------------------------------


def test_three_devices_one_after_another_could_be_waited_for_at_once() -> None:
    """30 + 40 + 50 ms; all at once take 50."""
    finding = the(play(tasks(job("page", "io 30ms", "io 40ms", "io 50ms"))), "sequential_awaits")
    assert (finding.start, finding.end) == (0, 120 * MS)
    assert finding.why == (
        "page waited 3 times in a row, for 120 ms in all, with nothing to do between the waits and "
        "nobody else at work."
    )
    assert finding.advice == (
        "If they do not need each other's answers, wait for all at once (asyncio.gather, or a "
        "TaskGroup): 50 ms instead of 120 ms."
    )


@pytest.mark.parametrize(
    "jobs",
    [
        (job("page", "io 30ms", "compute 1ms", "io 40ms", "compute 1ms", "io 50ms"),),
        (job("page", "io 30ms", "mark one", "io 40ms", "mark two", "io 50ms"),),
        (job("page", "io 90ms", "io 90ms"),),
        (job("page", "io 10ms", "io 10ms", "io 10ms"),),
        (job("stream", repeat(9, "io 30ms")),),
        (job("pace", "sleep 30ms", "sleep 40ms", "sleep 50ms"),),
        (
            job("page", "io 30ms", "io 40ms", "io 50ms"),
            job("busy", repeat(12, "compute 9ms", "yield")),
        ),
        (
            job(
                "page",
                "spawn one",
                "spawn two",
                "spawn three",
                "join one",
                "join two",
                "join three",
            ),
            job("one", "io 30ms", spawned=True),
            job("two", "io 40ms", spawned=True),
            job("three", "io 50ms", spawned=True),
        ),
    ],
    ids=[
        "it computes",
        "it does something",
        "two",
        "little to gain",
        "a stream",
        "sleeps",
        "others are at work",
        "all at once",
    ],
)
def test_other_waits_are_as_they_should_be(jobs: tuple[Job, ...]) -> None:
    assert kinds(play(tasks(*jobs))) == []


def test_what_lies_between_three_waits_and_others_is_told_apart() -> None:
    """Two waits, something done, three waits: of these only the three are told."""
    steps = ("io 90ms", "io 80ms", "compute 1ms", "io 30ms", "io 40ms", "io 50ms")
    finding = the(play(tasks(job("page", *steps))), "sequential_awaits")
    assert (finding.start, finding.end) == (171 * MS, 291 * MS)


def test_of_waits_in_a_row_the_longest_are_told() -> None:
    steps = ("io 90ms", "io 80ms", "io 70ms", "compute 1ms", "io 30ms", "io 40ms", "io 50ms")
    finding = the(play(tasks(job("page", *steps))), "sequential_awaits")
    assert (finding.start, finding.end) == (0, 240 * MS)


# -- a crowded pass -----------------------------------------------------------------------


def test_ten_short_steps_can_be_one_long_pass() -> None:
    """python/cpython#101946: ten of 10 ms hurt as much as one of 100 ms."""
    trace = play(tasks(job("tick", "sleep 30ms"), job("a", "compute 10ms", count=10)))
    finding = the(trace, "crowded_pass")
    assert (finding.start, finding.end) == (0, 100 * MS)
    assert trace.entities[finding.who].name == "main"
    assert victims(trace, finding)[0] == "tick"
    assert finding.why == (
        "A pass of the loop in main took 100 ms with 10 steps, none longer than 10 ms: tick, a-6, "
        "a-7 and 3 more waited."
    )


@pytest.mark.parametrize(
    "jobs",
    [
        (job("tick", "sleep 30ms"), job("a", "compute 10ms", count=9)),
        (job("tick", "sleep 30ms"), job("a", repeat(4, "compute 9ms", "yield"), count=5)),
        (job("a", repeat(10, "compute 10ms", "sleep 1ms")), job("tick", "sleep 30ms")),
        (job("call", "call time.sleep 70ms"), job("a", "compute 10ms", count=4)),
    ],
    ids=["nine", "five at a time", "one at a time", "four behind a blocking call"],
)
def test_passes_that_end_soon_are_fine(jobs: tuple[Job, ...]) -> None:
    assert "crowded_pass" not in kinds(play(tasks(*jobs)))


def test_a_pass_in_which_nobody_waits_for_long_is_no_crowd() -> None:
    """139 ms in all, but c waits for 45 of them, and a and b are done before c begins."""
    jobs = (job("a", "compute 20ms"), job("b", "compute 25ms"), job("c", "compute 94ms"))
    assert "crowded_pass" not in kinds(play(tasks(*jobs)))


def test_of_calls_in_one_line_of_python_none_is_named() -> None:
    text = """from schedsim.authoring import Scenario, call, job, sleep

def scenario():
    def both():
        yield call("time.sleep", "60ms"); yield call("os.system", "60ms")

    def ticker():
        yield sleep("1ms")

    return Scenario([job("both", both), job("ticker", ticker)], model="asyncio")
"""
    finding = the(Run(python_file.loads(text, "x.py")).finish(), "blocked_loop")
    assert "blocked its loop in a call for 120 ms" in finding.why
    assert finding.advice == "Await its asynchronous replacement, or let a thread call it."


def test_of_crowded_passes_the_first_of_the_longest_is_told() -> None:
    rounds = repeat(2, "compute 10ms", "yield")
    finding = the(
        play(tasks(job("tick", "sleep 30ms"), job("a", rounds, count=10))), "crowded_pass"
    )
    assert (finding.start, finding.end) == (0, 100 * MS)


@pytest.mark.parametrize(
    "jobs",
    [
        (job("a", "compute 6ms", count=10), job("tick", "sleep 1ms")),
        (job("a", "compute 20ms", "compute 20ms"), job("tick", "sleep 1ms")),
    ],
    ids=["ten short steps", "two pieces"],
)
def test_waiting_for_the_gil_is_not_held_against_a_pass(jobs: tuple[Job, ...]) -> None:
    """Beside a thread that wants the GIL too, 60 or 40 ms of computing take twice as long."""
    threads = (ThreadPlan(Job("main"), "asyncio", jobs), ThreadPlan(job("spin", "compute 300ms")))
    plan = (ProcessPlan("p", threads),)
    machine = MachineSpec(cores=2)
    told = kinds(play(Scenario("test", processes=plan, machine=machine)))
    assert not {"crowded_pass", "missing_yield"} & set(told)


def test_a_pass_with_one_long_step_is_a_blocked_loop_instead() -> None:
    jobs = [job("long", "compute 120ms"), job("a", "compute 10ms", count=3)]
    assert kinds(play(tasks(*jobs))) == ["blocked_loop"]


def test_a_pass_of_blocking_calls_is_a_blocked_loop_instead() -> None:
    assert kinds(play(tasks(job("a", "call time.sleep 20ms", count=10)))) == ["blocked_loop"]


# -- spinning -----------------------------------------------------------------------------


def spinner(turns: int, chunk: int, *, snapshot: bool = False) -> Trace:
    """One task yields after every ``chunk`` ms; another's timer is due at 1 ms.

    As gevent has it, all in one pass; with a snapshot, as the others have it, a pass for each.
    """
    trace = Trace()
    trace.enter(Entity(1, Role.PROCESS, "p", 0, 0, "p"))
    trace.enter(Entity(2, Role.THREAD, "main", 1, 2, "main", loop="gevent"))
    trace.enter(Entity(3, Role.TASK, "tick", 1, 2, "tick"))
    trace.enter(Entity(4, Role.TASK, "spin", 1, 2, "spin"))
    trace.append(0, Kind.SPAWN, Reason.ARRIVED, subject=2)
    trace.append(0, Kind.RUN, core=0, subject=2)
    for task in (3, 4):
        trace.append(0, Kind.SPAWN, Reason.ARRIVED, subject=task)
    trace.append(0, Kind.LOOP_PASS, subject=2)
    trace.append(0, Kind.TASK_RUN, subject=3)
    trace.append(0, Kind.TASK_LEFT, Reason.SLEEP, subject=2, arg=MS)
    for turn in range(turns):
        time = turn * chunk * MS
        if turn and snapshot:
            trace.append(time, Kind.LOOP_PASS, subject=2)
            if turn == 1:
                trace.append(time, Kind.TASK_READY, Reason.TIMER, subject=3)
                trace.append(time, Kind.TASK_RUN, subject=3)
                trace.append(time, Kind.TASK_LEFT, Reason.EXIT, subject=2)
        trace.append(time, Kind.TASK_RUN, subject=4)
        trace.append(time, Kind.COMPUTE, subject=4, arg=chunk * MS)
        trace.append(time + chunk * MS, Kind.TASK_LEFT, Reason.YIELD, subject=2)
    trace.end = turns * chunk * MS
    trace.append(trace.end, Kind.LOOP_PASS, subject=2)
    return trace


def test_a_task_that_yields_in_one_and_the_same_pass_keeps_timers_waiting() -> None:
    trace = spinner(10, 1)
    finding = the(trace, "spinning")
    assert (finding.start, finding.end) == (0, 10 * MS)
    assert trace.entities[finding.who].name == "spin"
    assert victims(trace, finding) == ["tick"]
    assert finding.why == (
        "spin yielded 10 times in one pass of 10 ms: tick waited, because timers are looked at "
        "only after it."
    )
    assert "gevent.idle()" in finding.advice


def lateness(text: str) -> float:
    """How late the pulse of *crowded-pass* is at most, with other requests."""
    shared, _, requests = text.partition("---")
    source = (
        f'schema = 1\ntitle = "t"\nmodel = "asyncio"\n{shared}[[job]]\nname = "pulse"\n'
        f'steps = [{{ repeat = 8, do = ["sleep 20ms"] }}]\n{requests}'
    )
    return max(measure(play(loads(source, "t.toml"))).loop_lags) / MS


REQUESTS = '[[job]]\nname = "request"\ncount = 10\narrival = "30ms"\n'


def test_a_crowd_that_yields_after_each_piece_lets_the_others_in() -> None:
    """Real asyncio 3.11, on a machine with more to do: 123 ms late as it is, 131 with a semaphore
    alone, 114 with a queue alone, 37 with a queue and ``sleep(0)``."""
    compute = '"compute 12ms"'
    alone = lateness(f"---{REQUESTS}steps = [{compute}]")
    semaphore = lateness(
        f'[[semaphore]]\nname = "s"\nvalue = 2\n---{REQUESTS}'
        f'steps = [{{ with = "s", do = [{compute}] }}]'
    )
    queue = '[[queue]]\nname = "q"\n---' + REQUESTS + 'steps = ["put q"]\n'
    worker = queue + '[[job]]\nname = "worker"\nsteps = [{ repeat = 10, do = ["get q", %s] }]'
    assert alone == semaphore == lateness(worker % compute) == 110
    assert lateness(worker % f'{compute}, "yield"') == 16


def test_turns_of_one_greenlet_in_one_pass_are_no_crowd() -> None:
    assert kinds(spinner(10, 20)) == ["spinning"]


def test_gevent_is_not_advised_what_lets_no_timers_in() -> None:
    """gevent looks at the clock after 50 callbacks, and here are ten pieces: sleep(0) between them
    changes nothing.  With ``gevent.idle()`` real beats are 50 ms apart."""
    crunch = job("crunch", repeat(10, "compute 50ms"))
    trace = play(of_flavour("gevent", job("tick", "sleep 10ms"), crunch))
    assert "gevent.idle() or gevent.sleep(0.001)" in the(trace, "missing_yield").advice


@pytest.mark.parametrize(
    ("flavour", "advice"),
    [
        ("callbacks", "call_soon the rest of the work"),
        ("generators", "yield"),
        ("coroutines", "await sleep(0)"),
        ("greenlets", "sleep(0)"),
    ],
)
def test_a_bare_loop_is_not_advised_what_asyncio_has(flavour: str, advice: str) -> None:
    trace = play(Scenario("t", model=flavour, jobs=(job("a", "compute 150ms"), job("b"))))
    assert the(trace, "blocked_loop").advice == (
        f"Yield now and then ({advice}), or move the work to a process."
    )


def test_spinning_where_nobody_waits_is_no_matter() -> None:
    trace = spinner(10, 10)
    for n, row in enumerate(trace.rows()):
        if row.kind is Kind.TASK_LEFT and row.reason is Reason.SLEEP:
            trace.append(row.time, Kind.TASK_LEFT, Reason.EXIT, subject=2)
            trace.codes[n] = trace.codes.pop()
            trace.times.pop()
            trace.args.pop()
            trace.args[n] = 0
            break
    assert kinds(trace) == []


def test_a_short_pass_or_a_pass_for_each_turn_is_no_spinning() -> None:
    assert kinds(spinner(4, 1)) == []
    assert kinds(spinner(2, 10)) == []
    assert kinds(spinner(10, 1, snapshot=True)) == []


def test_gevent_spins_and_asyncio_does_not() -> None:
    """Chunks of 1 ms: timers wait for 50 of them (SEMANTICS V2, D15)."""
    jobs = (job("tick", repeat(3, "sleep 1ms")), job("spin", repeat(100, "compute 1ms", "yield")))
    gevent = play(of_flavour("gevent", *jobs))
    assert "spinning" in kinds(gevent)
    assert kinds(play(tasks(*jobs))) == []


def test_the_findings_are_in_the_readme() -> None:
    """Under the word for it."""
    text = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith("| finding |")]
    for words in ("blocked loop", "missing yield", "waits in a row", "crowded pass", "spinning"):
        assert words in line
