"""Whatever a scenario file may say runs under its model, or is refused in words when it is read."""

from __future__ import annotations

import gc
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from schedsim import recording, report
from schedsim.commands import SetCores
from schedsim.engine.facts import facts
from schedsim.recording import Recording, Source
from schedsim.run import Run
from schedsim.scenario_file import ScenarioError, loads
from schedsim.simulation import Simulation
from schedsim.state import State
from schedsim.why import explain
from tests.strategies_files import scenario_tables
from tests.test_scenario_file_properties import toml

MOST_ROWS = 300


def text_of(tables: dict[str, Any]) -> str:
    """``tables`` as a file."""
    return "\n".join(f"{key} = {toml(value)}" for key, value in tables.items())


def refusal(text: str) -> str:
    """How reading ``text`` ends."""
    with pytest.raises(ScenarioError) as caught:
        loads(text, "file.toml")
    return str(caught.value)


def file(model: str, *jobs: str, more: str = "") -> str:
    """A file of jobs that are written as inline tables."""
    head = f'schema = 1\ntitle = "test"\nmodel = "{model}"\n'
    return f"{head}job = [{', '.join(jobs)}]\n{more}"


def marks(text: str) -> list[str]:
    """What its jobs log, in order."""
    run = Run(loads(text, "file.toml"))
    run.finish()
    assert run.trace.complete
    assert run.history.state_at(len(run.trace)).facts() == facts(run._simulation.engine)
    return [mark["label"] for mark in report.to_json(run)["marks"]]


def play(text: str) -> None:
    """Play it in pieces and as a whole, explain all of it, save it and play it again."""
    said = ""
    try:
        scenario = loads(text, "file.toml")
    except ScenarioError as error:
        said = str(error)
    if said:
        assert all(line.startswith("file.toml:") for line in said.split("\n"))
        return
    simulation = Simulation(scenario)
    trace = simulation.trace
    state = State.start(trace)
    for stride in itertools.cycle([1, 2, 1, 3, 1, 5]):
        before = len(trace)
        simulation.run(rows=before + stride)
        assert state.forward(len(trace)).facts() == facts(simulation.engine)
        if len(trace) == before or before > MOST_ROWS:
            break
    run = Run(scenario, rows=MOST_ROWS)
    run.finish()
    several = min(len(run.trace), len(trace))
    assert run.trace.codes[:several] == trace.codes[:several]
    assert run.trace.times[:several] == trace.times[:several]
    for rows in range(len(run.trace) + 1):
        assert explain(run.history, rows).headline
    assert json.dumps(report.to_json(run))
    assert report.to_text(run)
    middle = len(run.trace) // 2
    run.act(SetCores(2), middle, run.trace.times[middle - 1] if middle else 0)
    run.finish()
    recorded = Recording.of(run, Source("file", text, named=True))
    assert recorded.first_difference(recorded.play().trace) is None


@given(scenario_tables())
@settings(max_examples=60)
def test_what_a_file_may_say_runs_under_its_model(tables: dict[str, Any]) -> None:
    """Every verb, block and table, for every model and in trees."""
    play(text_of(tables))


@pytest.mark.fuzz
@given(scenario_tables())
def test_what_many_files_may_say_runs_under_their_models(tables: dict[str, Any]) -> None:
    """The same in great number."""
    play(text_of(tables))


def test_a_kind_that_the_model_has_not_is_told_when_the_file_is_read() -> None:
    """asyncio has no reentrant lock; a bare loop has no semaphore, and no ``try``."""
    said = refusal(
        file("asyncio", '{name="a", steps=["acquire r"]}', more='lock=[{name="r",reentrant=true}]')
    )
    assert said == (
        "file.toml:4: job[1].steps[1]: asyncio has no reentrant lock: "
        "of the models only threads can do that"
    )
    said = refusal(
        file("greenlets", '{name="a", steps=["acquire s"]}', more='semaphore=[{name="s"}]')
    )
    assert "greenlets has no semaphore: of the models only threads, asyncio" in said
    said = refusal(file("callbacks", '{name="a", steps=[{try=["yield"]}]}'))
    assert "job[1].steps[1].try: callbacks has no block 'try': of the models only" in said


POOLED = '{name="a", steps=["to_thread w"]}'


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ('"spawn a"', "it starts no tasks of a loop and waits for none"),
        ('"join a"', "it starts no tasks of a loop and waits for none"),
        ('{timeout="1ms", do=["yield"]}', "threads has no block 'timeout': a thread cannot be"),
    ],
)
def test_a_job_that_tasks_give_to_a_pool_speaks_as_threads_do(steps: str, says: str) -> None:
    """Its workers are threads, whatever the loop is."""
    work = f'{{name="w", spawned=true, steps=[{steps}]}}'
    said = refusal(file("gevent", POOLED, work))
    assert f"'w' is given to a pool, whose workers are threads: {says}" in said


def test_a_job_that_is_only_given_to_a_pool_need_not_be_fit_for_the_loop() -> None:
    """A worker may take a lock twice where a task could not."""
    work = '{name="w", spawned=true, steps=["acquire r", "acquire r", "mark twice"]}'
    locks = 'lock=[{name="r",reentrant=true}]'
    assert "twice" in marks(file("asyncio", POOLED, work, more=locks))


def test_a_job_that_is_given_to_a_pool_may_give_another_to_one() -> None:
    text = file(
        "asyncio",
        '{name="a", steps=["to_thread w"]}, {name="w", spawned=true, steps=["to_thread v"]}, '
        '{name="v", spawned=true, steps=["sleep 2ms", "mark done"]}',
    )
    assert marks(text)[-1] == "done"


def test_a_periodic_job_is_not_given_to_a_pool() -> None:
    """A worker has other things to do than to wait for its next release."""
    said = refusal(file("threads", POOLED, '{name="w", period="5ms", steps=["compute 1ms"]}'))
    assert "job[2].period: it is given to a pool, whose workers know no periods" in said


def test_loops_with_jobs_of_one_name_give_each_its_own_to_pools() -> None:
    """Names are those of a loop, not of the machine."""
    loop = (
        '{name="%s", loop="asyncio", task=[{name="a", steps=["to_thread w"]},'
        ' {name="w", spawned=true, steps=["mark %s"]}]}'
    )
    threads = ", ".join(loop % (name, mark) for name, mark in (("one", "x"), ("two", "y")))
    head = 'schema = 1\ntitle = "test"\n'
    found = marks(f'{head}process = [{{name="p", thread=[{threads}]}}]')
    assert {"x", "y"} <= set(found)


def test_each_process_of_a_pool_knows_where_it_is_in_what_it_does() -> None:
    """The listing of its jobs is as long in the last pool as in the first."""
    text = file(
        "processes",
        '{name="a", steps=["compute 1ms", "run_in v w"]}',
        '{name="b", steps=["compute 1ms", "run_in v w"]}',
        '{name="w", spawned=true, steps=["compute 1ms", "mark done"]}',
        more='pool=[{name="v", kind="process", workers=1}]',
    )
    run = Run(loads(text, "file.toml"))
    run.finish()
    listings = {e.listing for e in run.trace.entities if e.listing and "w:" in e.listing.lines}
    assert [listing.lines for listing in listings] == [("w:", "  compute 1ms", "  mark done")]


FLAVOURS = [
    *["asyncio", "uvloop", "trio", "gevent", "eventlet"],
    *["callbacks", "generators", "coroutines", "greenlets"],
]
PIPE = 'pipe=[{name="p"}]'


@pytest.mark.parametrize("model", [*FLAVOURS, "threads"])
def test_every_model_sends_and_receives(model: str) -> None:
    """The reader waits for what the writer sends."""
    text = file(
        model,
        '{name="a", steps=["recv p", "mark got"]}',
        '{name="b", steps=["sleep 5ms", "mark sends", "send p 10"]}',
        more=PIPE,
    )
    assert marks(text) == ["sends", "got"]


@pytest.mark.parametrize("model", FLAVOURS)
def test_who_is_cancelled_while_it_waits_for_a_message_leaves_it_to_the_next(model: str) -> None:
    """Of two that wait, the first is cancelled; the second has the message."""
    text = file(
        model,
        '{name="a", steps=["recv p", "mark a has it"]}',
        '{name="b", steps=["yield", "recv p", "mark b has it"]}',
        '{name="c", steps=["sleep 5ms", "cancel a", "send p 10"]}',
        more=PIPE,
    )
    assert marks(text) == ["b has it"]


@pytest.mark.parametrize("model", FLAVOURS)
def test_a_message_whose_reader_is_cancelled_on_the_way_goes_to_the_next(model: str) -> None:
    """The first was told of the message, and is cancelled before it is there."""
    text = file(
        model,
        '{name="a", steps=["recv p", "mark a has it"]}',
        '{name="b", steps=["yield", "recv p", "mark b has it"]}',
        '{name="c", steps=["sleep 5ms", "send p 10", "sleep 1ms", "cancel a"]}',
        more='pipe=[{name="p", latency="3ms"}]',
    )
    assert marks(text) == ["b has it"]


@pytest.mark.parametrize("model", ["asyncio", "uvloop", "trio", "gevent", "eventlet"])
def test_a_timeout_ends_a_wait_for_a_message(model: str) -> None:
    """Nobody ever sends one."""
    text = file(model, '{name="a", steps=[{move_on="5ms", do=["recv p"]}, "mark on"]}', more=PIPE)
    assert marks(text) == ["on"]


@pytest.mark.parametrize(("version", "order"), [("3.11", "xzy"), ("3.12", "xyz")])
def test_asyncio_follows_the_version_of_python(version: str, order: str) -> None:
    """``gather`` of what is over does not give way from 3.12 on (gh-97696)."""
    text = file(
        "asyncio",
        '{name="a", steps=["sleep 1ms", "mark x", "gather b", "mark y"]}',
        '{name="b", steps=["yield"]}',
        '{name="c", steps=["sleep 1ms", "mark z"]}',
        more=f'python = {{version = "{version}"}}',
    )
    assert "".join(marks(text)) == order


EAGER = (
    '{name="main", steps=["mark before", "spawn child", "mark after", "join child"]}',
    '{name="child", spawned=true, steps=["mark child", "yield", "mark later"]}',
)


def test_eager_tasks_begin_with_a_step_at_once() -> None:
    """``eager_task_factory``: the child comes before its parent goes on."""
    eager = marks(file("asyncio", *EAGER, more="python = {eager_tasks = true}"))
    assert eager == ["before", "child", "after", "later"]
    assert marks(file("asyncio", *EAGER)) == ["before", "after", "child", "later"]


def test_an_eager_task_that_arrives_later_begins_then() -> None:
    """There is no first step yet."""
    late = '{name="child", spawned=true, arrival="5ms", steps=["mark child"]}'
    found = marks(file("asyncio", EAGER[0], late, more="python = {eager_tasks = true}"))
    assert found == ["before", "after", "child"]


def test_eager_tasks_are_refused_where_there_are_none() -> None:
    """Before 3.12, and where no loop is asyncio."""
    said = refusal(file("asyncio", *EAGER, more='python = {eager_tasks=true, version="3.11"}'))
    assert "python.eager_tasks: asyncio has eager_task_factory from 3.12 on" in said
    said = refusal(file("trio", *EAGER, more="python = {eager_tasks = true}"))
    assert "python.eager_tasks: only tasks of asyncio begin at once" in said


def test_a_pause_where_only_what_was_cut_short_is_left_changes_nothing() -> None:
    """A loop is poked while its timer waits: an entry is left for an instant that means nothing."""
    text = (Path(__file__).parent / "cases" / "pause_at_void_instant.toml").read_text()
    whole = Simulation(loads(text, "file.toml"))
    whole.run(rows=200)
    for rows in range(1, len(whole.trace)):
        cut = Simulation(loads(text, "file.toml"))
        cut.run(rows=rows)
        cut.run(rows=200)
        assert cut.trace.codes == whole.trace.codes


@pytest.mark.parametrize("model", ["asyncio", "trio", "gevent", "eventlet", "threads"])
def test_a_run_that_is_thrown_away_says_nothing(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bodies that wait for ever are closed, and do not go on where they wait."""
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    waits = [*["wait c", "get q", "wait e", "wait b", "recv p"], "acquire s", "join a"]
    jobs = [
        f'{{name="{name}", steps=[{{try=[{{with="c", do=["wait c"]}}, "{wait}"],'
        f' error=["sleep 1ms"], finally=["sleep 1ms"]}}]}}'
        for name, wait in zip("abcdefg", waits, strict=True)
    ]
    kinds = ["condition", "event", "barrier", "semaphore", "queue"]
    parties = {"barrier": ", parties=3"}  # two come, and wait for ever
    more = [f'{kind}=[{{name="{kind[0]}"{parties.get(kind, "")}}}]' for kind in kinds]
    jobs += [f'{{name="{name}", steps=["wait b"]}}' for name in ("x", "y")]
    run = Run(loads(file(model, *jobs, more="\n".join([*more, PIPE])), "file.toml"))
    run.finish()
    assert run.trace.complete
    del run
    gc.collect()
    assert told == []


def test_a_killed_greenlet_that_a_pool_has_answered_goes_on_once(tmp_path: Path) -> None:
    """The answer and the kill come in the same pass."""
    for model in ("gevent", "eventlet"):
        text = file(
            model,
            '{name="a", steps=[{try=["to_thread w"], cancelled=["mark killed"]}, "sleep 5ms"]}',
            '{name="b", steps=["sleep 1ms", "compute 10ms", "cancel a"]}',
            '{name="w", spawned=true, steps=["sleep 3ms"]}',
        )
        assert marks(text)[-1:] in ([], ["killed"], ["w"])
        path = tmp_path / f"{model}.schedsim"
        run = Run(loads(text, "file.toml"))
        run.finish()
        Recording.of(run, Source("file", text, named=True)).save(path)
        again = recording.load(path).play().trace
        assert list(again.codes) == list(run.trace.codes)
