"""Scenario files: what is read, and what is said about what cannot be read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from schedsim.durations import Time
from schedsim.policies import POLICIES
from schedsim.policies.defaults import complete
from schedsim.policies.fifo import Fifo
from schedsim.programs.steps import Repeat
from schedsim.run import Run
from schedsim.scenario import (
    MODELS,
    Job,
    MachineSpec,
    ProcessPlan,
    PythonSpec,
    Scenario,
    ThreadPlan,
)
from schedsim.scenario_file import Problem, ScenarioError, load, loads, read_source
from schedsim.trace import Kind
from schedsim.traps import COMPUTE, IO, SLEEP, YIELD, Op

MS = 1_000_000

HEAD = 'schema = 1\ntitle = "test"\n'
JOB = '[[job]]\nname = "a"\nsteps = ["compute 1ms"]\n'


def problems(text: str, **options: Any) -> list[Problem]:
    """What is wrong with ``text``."""
    with pytest.raises(ScenarioError) as raised:
        loads(text, "file.toml", **options)
    return list(raised.value.problems)


def messages(text: str, **options: Any) -> list[str]:
    """The lines that an author reads."""
    return [str(problem) for problem in problems(text, **options)]


def message(text: str, **options: Any) -> str:
    """The only line that an author reads."""
    (line,) = messages(text, **options)
    return line


def read(text: str, **options: Any) -> Scenario:
    """A scenario without mistakes."""
    return loads(HEAD + text, "file.toml", **options)


# -- what is read ------------------------------------------------------------------------------


def test_a_job_file_is_read() -> None:
    """Every key of the job form arrives in the scenario."""
    text = """
schema = 1
title = "The title"
lesson = "Watch."
group = "Group"
order = 7
model = "asyncio"
until = "2s"
[machine]
cores = 3
policy = "round_robin"
quantum = "4ms"
switch_cost = "2us"
[python]
gil = "off"
switch_interval = "1ms"
[[job]]
name = "heavy one"
count = 2
arrival = "5ms"
cpu_heavy = true
yielding = false
steps = [
    "compute 1.5ms",
    { repeat = 3, do = ["io 1ms", "yield"] },
    { repeat = "forever", do = ["sleep 2ms"] },
]
"""
    assert loads(text, "file.toml", name="file") == Scenario(
        title="The title",
        name="file",
        lesson="Watch.",
        group="Group",
        order=7,
        model="asyncio",
        machine=MachineSpec(3, "round_robin", {"quantum": 4 * MS}, 2_000),
        python=PythonSpec(gil=False, switch_interval=MS),
        jobs=(
            Job(
                "heavy one",
                (
                    Op((COMPUTE, 1_500_000), "compute 1.5ms"),
                    Repeat((Op((IO, MS), "io 1ms"), Op((YIELD, None), "yield")), 3),
                    Repeat((Op((SLEEP, 2 * MS), "sleep 2ms"),), None),
                ),
                count=2,
                arrival=5 * MS,
                cpu_heavy=True,
                yielding=False,
            ),
        ),
        until=2_000 * MS,
    )


def test_a_tree_is_read() -> None:
    """Processes, threads and tasks keep their structure; tasks make their thread a loop."""
    text = """
[[process]]
name = "web"
[[process.thread]]
name = "main"
[[process.thread.task]]
name = "ticker"
count = 2
steps = ["sleep 1ms"]
[[process.thread]]
name = "worker"
steps = ["compute 1ms"]
[[process]]
name = "batch"
[[process.thread]]
name = "worker"
loop = "asyncio"
[[process.thread.task]]
name = "ticker"
steps = ["sleep 1ms"]
"""
    sleep = (Op((SLEEP, MS), "sleep 1ms"),)
    assert read(text).processes == (
        ProcessPlan(
            "web",
            (
                ThreadPlan(Job("main"), "asyncio", (Job("ticker", sleep, count=2),)),
                ThreadPlan(Job("worker", (Op((COMPUTE, MS), "compute 1ms"),))),
            ),
        ),
        ProcessPlan("batch", (ThreadPlan(Job("worker"), "asyncio", (Job("ticker", sleep),)),)),
    )


def test_what_is_not_said_has_a_default() -> None:
    """One core, round robin with 10 ms, a GIL with 5 ms, threads."""
    scenario = read(JOB)
    assert scenario.machine == MachineSpec(1, "round_robin", {}, 0)
    assert POLICIES["round_robin"]().time_slice(None) == 10 * MS
    assert scenario.python == PythonSpec(gil=True, switch_interval=5 * MS)
    assert (scenario.model, scenario.until, scenario.unit) == ("threads", None, "ns")


def test_a_file_in_ticks_has_bare_integers_and_no_gil() -> None:
    """As textbook exercises: a quantum of one tick (OSTEP), no GIL unless it is asked for."""
    job = '[[job]]\nname = "a"\narrival = 3\nsteps = ["compute 9", "io 5"]\n'
    scenario = read('unit = "tick"\nuntil = 50\n' + job)
    assert scenario.machine.parameters == {"quantum": 1}
    assert not scenario.python.gil
    assert (scenario.until, scenario.jobs[0].arrival) == (50, 3)
    assert [op.trap for op in scenario.jobs[0].steps if isinstance(op, Op)] == [
        (COMPUTE, 9),
        (IO, 5),
    ]


def test_a_gil_in_ticks_has_an_interval_of_five() -> None:
    """5 ms, with a millisecond for a tick."""
    job = '[[job]]\nname = "a"\nsteps = ["compute 9"]\n'
    scenario = read('unit = "tick"\n[python]\ngil = "on"\n' + job)
    assert scenario.python == PythonSpec(gil=True, switch_interval=5, linger=0, tick=1)


def test_a_policy_may_be_a_table() -> None:
    """Its other keys are the parameters of the policy."""
    scenario = read('[machine]\npolicy = { name = "round_robin", quantum = "3ms" }\n' + JOB)
    assert (scenario.machine.policy, scenario.machine.parameters) == (
        "round_robin",
        {"quantum": 3 * MS},
    )


def test_a_file_from_windows_is_read() -> None:
    """A byte order mark and carriage returns change nothing."""
    assert loads("\ufeff" + (HEAD + JOB).replace("\n", "\r\n"), "file.toml") == read(JOB)


def test_load_names_the_scenario_after_its_file(tmp_path: Path) -> None:
    """The name is the file's name without the ending."""
    path = tmp_path / "my-file.toml"
    path.write_text(HEAD + JOB, encoding="utf-8")
    assert load(path).name == "my-file"


def test_a_name_may_have_any_characters_and_be_long() -> None:
    """Ten thousand characters, control characters and spaces; steps can still name it."""
    for name in ["x" * 10_000, "two words", "[/]\x1b[31m\u202e", "é"]:
        quoted = json.dumps(name)
        text = f'[[job]]\nname = {quoted}\nsteps = [{json.dumps("join " + name)}, "yield"]\n'
        assert read(text).jobs[0].name == name


# -- what the command line changes -------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("machine.cores=2", MachineSpec(2)),
        ("machine.policy=fifo", MachineSpec(policy="fifo")),
        ("machine.quantum=2ms", MachineSpec(parameters={"quantum": 2 * MS})),
        ("machine.switch_cost = '1us'", MachineSpec(switch_cost=1_000)),
        ('machine.policy={name="fifo"}', MachineSpec(policy="fifo")),
    ],
)
def test_a_setting_reaches_the_machine(setting: str, expected: MachineSpec) -> None:
    """Tables are made where the file has none; a value is TOML if it can be, else text."""
    assert read(JOB, settings=[setting]).machine == expected


def test_settings_go_into_jobs_by_name_or_number() -> None:
    """Numbers count from 1, as the names of instances do."""
    text = JOB + '[[job]]\nname = "b.c"\nsteps = ["yield"]\n'
    settings = ["job.a.count=2", "job[2].count=3", 'job."b.c".arrival=1ms', "job.a.steps[1]=yield"]
    first, second = read(text, settings=settings).jobs
    assert (first.count, first.steps) == (2, (Op((YIELD, None), "yield"),))
    assert (second.count, second.arrival) == (3, MS)


def test_settings_and_model_are_applied_in_order() -> None:
    """The last one counts, and ``--model`` comes last."""
    options = ["python.gil=off", "python.gil=on", "model=asyncio"]
    scenario = read(JOB, settings=options, model="processes")
    assert (scenario.python.gil, scenario.model) == (True, "processes")


def test_another_policy_forgets_a_quantum_of_the_file() -> None:
    """So one file can be run under each policy; a quantum from the command line is kept."""
    text = '[machine]\npolicy = "round_robin"\nquantum = "3ms"\n' + JOB
    assert read(text, settings=["machine.policy=fifo"]).machine == MachineSpec(policy="fifo")
    assert read(text, settings=["machine.policy.name=fifo"]).machine == MachineSpec(policy="fifo")
    line = message(HEAD + text, settings=["machine.policy=fifo", "machine.quantum=1ms"])
    assert line.endswith("machine.quantum: the policy 'fifo' has no quantum")


def test_a_setting_in_the_policy_makes_it_a_table() -> None:
    """``policy = "round_robin"`` has room for parameters, too."""
    text = '[machine]\npolicy = "round_robin"\n' + JOB
    machine = read(text, settings=["machine.policy.quantum=3ms"]).machine
    assert machine.parameters == {"quantum": 3 * MS}


def test_a_version_may_look_like_a_number() -> None:
    """3.13 and 3.14 on the command line are versions, not what one can calculate with."""
    options = {"settings": ["python.version=3.13", "python.gil=per_interpreter"]}
    assert read(JOB, **options).python.kind == "per_interpreter"


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("machine.coress=2", "machine.coress: unknown key 'coress': did you mean 'cores'?"),
        ("machine.cores=0", "machine.cores: expected a whole number from 1 to 510, got 0"),
        ("machine.cores=two", "machine.cores: expected a whole number from 1 to 510, got 'two'"),
        ("machin.cores=2", "machin: unknown key 'machin': did you mean 'machine'?"),
        (
            "python.gil=of",
            "python.gil: expected 'on' or 'off' or 'per_interpreter' or 'old', got 'of'",
        ),
        ("machine", "write KEY=VALUE, such as machine.cores=2 or job.ticker.count=5"),
        ("=2", "write KEY=VALUE, such as machine.cores=2 or job.ticker.count=5"),
        ("job.aa.count=2", "no job is named 'aa': did you mean 'a'?"),
        ("job[2].count=2", "job has 1 elements, counted from 1"),
        ("job[0].count=2", "job has 1 elements, counted from 1"),
        ("title.x=2", "title is not a table, it is 'test'"),
        ("title[1]=2", "title is not a list, it is 'test'"),
        ("title=\udc80", "the value is not Unicode text"),
        ("job.a.steps[1]=computer 3ms", "unknown verb 'computer': did you mean 'compute'?"),
    ],
)
def test_a_setting_with_a_mistake_is_named(setting: str, says: str) -> None:
    """The message names file, option and key, not a line of the file."""
    (problem,) = problems(HEAD + JOB, settings=[setting])
    assert problem.option == f"--set {setting}"
    assert problem.line == 0
    assert says in str(problem)
    assert str(problem).isprintable()


def test_an_unknown_model_from_the_command_line_is_named() -> None:
    """Like a setting."""
    assert message(HEAD + JOB, model="asyncoi") == (
        "file.toml: --model asyncoi: model: unknown model 'asyncoi': did you mean 'asyncio'?"
    )


# -- what is wrong with one key ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("titel = 1\n" + JOB, "3: titel: unknown key 'titel': did you mean 'title'?"),
        ("lesson = 3\n" + JOB, "3: lesson: expected text in quotes, got 3"),
        (
            'unit = "ticks"\n' + JOB,
            "3: unit: expected 'ns' or 'tick', got 'ticks': did you mean 'tick'?",
        ),
        (
            'model = "rust"\n' + JOB,
            "3: model: unknown model 'rust': choose one of " + ", ".join(MODELS),
        ),
        ('until = "0s"\n' + JOB, "3: until: must be longer than 0"),
        (
            "order = -1\n" + JOB,
            "3: order: expected a whole number from 0 to 1,000,000, got -1",
        ),
        ("machine = 3\n" + JOB, "3: machine: expected a table, got 3"),
        (
            "[machine]\ncores = 0\n" + JOB,
            "4: machine.cores: expected a whole number from 1 to 510, got 0",
        ),
        (
            "[machine]\ncores = 511\n" + JOB,
            "4: machine.cores: expected a whole number from 1 to 510, got 511",
        ),
        (
            "[machine]\ncores = true\n" + JOB,
            "4: machine.cores: expected a whole number from 1 to 510, got true",
        ),
        (
            "[machine]\ncores = 2.0\n" + JOB,
            "4: machine.cores: expected a whole number from 1 to 510, got 2.0",
        ),
        (
            "[machine]\ngil = 'on'\n" + JOB,
            "4: machine.gil: unknown key here: 'gil' belongs in [python]",
        ),
        (
            "[machine]\nlesson = 'x'\n" + JOB,
            (
                "4: machine.lesson: unknown key here: "
                "'lesson' belongs at the top, before the first [table]"
            ),
        ),
        (
            "[machine]\npolicy = 'round_robbin'\n" + JOB,
            "4: machine.policy: unknown policy 'round_robbin': did you mean 'round_robin'?",
        ),
        (
            "[machine]\npolicy = 3\n" + JOB,
            "4: machine.policy: expected the name of a policy or a table, got 3",
        ),
        (
            "[machine]\npolicy = { quantum = '1ms' }\n" + JOB,
            "4: machine.policy: 'name' is missing",
        ),
        (
            "[machine]\npolicy = { name = 'round_robin', quantun = '1ms' }\n" + JOB,
            (
                "4: machine.policy.quantun: "
                "unknown parameter of round_robin 'quantun': did you mean 'quantum'?"
            ),
        ),
        (
            "[machine]\npolicy = 'fifo'\nquantum = '1ms'\n" + JOB,
            "5: machine.quantum: the policy 'fifo' has no quantum",
        ),
        (
            "[machine]\npolicy = { name = 'round_robin', quantum = '1ms' }\nquantum = '1ms'\n"
            + JOB,
            "5: machine.quantum: the quantum is given twice: here and in policy",
        ),
        (
            "[machine]\nquantum = '0ms'\n" + JOB,
            "4: machine.quantum: quantum must be longer than 0, got '0ms'",
        ),
        (
            "[machine]\nquantum = 10\n" + JOB,
            '4: machine.quantum: expected a duration in quotes such as "5ms", got 10',
        ),
        (
            "[machine]\nswitch_cost = '-1us'\n" + JOB,
            "4: machine.switch_cost: a duration cannot be negative, got '-1us'",
        ),
        (
            "[machine]\nswitch_cost = '11000h'\nquantum = '100000h'\n" + JOB,
            "5: machine.quantum: '100000h' is longer than ten years",
        ),
        (
            "[python]\ngil = true\n" + JOB,
            "4: python.gil: expected 'on' or 'off' or 'per_interpreter' or 'old', got true",
        ),
        (
            "[python]\nswitch_interval = '0ms'\n" + JOB,
            "4: python.switch_interval: must be longer than 0",
        ),
        (
            "[job]\nname = 'a'\n",
            "3: job: expected one or more tables, each opened by [[job]], got { … }",
        ),
        (
            "job = []\n",
            "3: job: expected one or more tables, each opened by [[job]], got []",
        ),
        ("job = [3]\n", "3: job[1]: expected a table, got 3"),
        ("", " there is nothing to do: write a [[job]] or a [[process]]"),
    ],
)
def test_a_mistake_at_the_top_or_in_the_machine_is_told(text: str, expected: str) -> None:
    """Each message has file, line, key, value and what was expected."""
    assert message(HEAD + text) == f"file.toml:{expected}"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("count = 0", "job[1].count: expected a whole number from 1 to 1,000,000, got 0"),
        (
            "count = 1_000_001",
            "job[1].count: expected a whole number from 1 to 1,000,000, got 1000001",
        ),
        ("count = true", "job[1].count: expected a whole number from 1 to 1,000,000, got true"),
        ("arrival = 3", 'job[1].arrival: expected a duration in quotes such as "5ms", got 3'),
        ("arrival = '-3ms'", "job[1].arrival: a duration cannot be negative, got '-3ms'"),
        (
            "arrival = '3 parsecs'",
            (
                "job[1].arrival: '3 parsecs' has an unknown unit 'parsecs': "
                "use one of ns, us, ms, s, m, min, h"
            ),
        ),
        ("cpu_heavy = 1", "job[1].cpu_heavy: expected true or false, got 1"),
        (
            "cpu_heavey = true",
            "job[1].cpu_heavey: unknown key 'cpu_heavey': did you mean 'cpu_heavy'?",
        ),
        ("yielding = false", "job[1].yielding: it is for jobs that say cpu_heavy = true"),
        ("cores = 3", "job[1].cores: unknown key here: 'cores' belongs in [machine]"),
        ("length = '3ms'", "job[1].length: unknown key 'length': did you mean 'wcet'?"),
        ("io_time = '3ms'", "job[1].io_time: it goes with io_every: how much computing is between"),
        ("io_every = '3ms'", "job[1].io_every: it goes with io_time: how long the I/O takes"),
        (
            "spawned = true",
            'job[1].spawned: nobody spawns it: add the step "spawn a" to a job that starts',
        ),
    ],
)
def test_a_mistake_in_a_job_is_told(line: str, expected: str) -> None:
    """The key counts jobs from 1; the line is that of the key."""
    assert message(HEAD + JOB + line + "\n") == f"file.toml:6: {expected}"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("[]", "steps: there are no steps in it"),
        ("'compute 1ms'", "steps: expected a list in [ ], got 'compute 1ms'"),
        ("['compute']", "steps[1]: 'compute' does not fit: write 'compute DURATION'"),
        ("['yield', 'computer 3ms']", "steps[2]: unknown verb 'computer': did you mean 'compute'?"),
        (
            "['compute 3']",
            (
                "steps[1]: duration of 'compute': '3' has no unit: write \"3ms\", "
                "or another of ns, us, ms, s, m, min, h"
            ),
        ),
        (
            "['compute -3ms']",
            "steps[1]: duration of 'compute': a duration cannot be negative, got '-3ms'",
        ),
        (
            "['call time.slep 3ms']",
            (
                "steps[1]: name of 'call': unknown blocking call 'time.slep': "
                "did you mean 'time.sleep'?"
            ),
        ),
        ("['join b']", "steps[1]: unknown job 'b': choose one of a"),
        (
            "[3]",
            'steps[1]: expected a step such as "compute 5ms" or { repeat = 3, do = [...] }, got 3',
        ),
        ("[{ repeat = 3 }]", "steps[1]: 'do' is missing"),
        (
            "[{ repeat = 'for ever', do = ['yield'] }]",
            (
                "steps[1].repeat: expected a whole number from 1 to 1,000,000,000, or 'forever', "
                "got 'for ever': did you mean 'forever'?"
            ),
        ),
        (
            "[{ repeat = 0, do = ['yield'] }]",
            "steps[1].repeat: expected a whole number from 1 to 1,000,000,000, or 'forever', got 0",
        ),
        ("[{ repeat = 3, do = [] }]", "steps[1].do: there are no steps in it"),
        (
            "[{ repeat = 3, do = ['yield', { repeat = 2, do = ['slep 3ms'] }] }]",
            "steps[1].do[2].do[1]: unknown verb 'slep': did you mean 'sleep'?",
        ),
        (
            "[{ reepeat = 3, do = ['yield'], repeat = 3 }]",
            "steps[1].reepeat: unknown key 'reepeat': did you mean 'repeat'?",
        ),
    ],
)
def test_a_mistake_in_the_steps_is_told(steps: str, expected: str) -> None:
    """The key leads to the very step, also inside repeats."""
    text = f'{HEAD}[[job]]\nname = "a"\nsteps = {steps}\n'
    assert message(text) == f"file.toml:5: job[1].{expected}"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("[{ reepeat = 3, do = ['yield'] }]", "reepeat: unknown block 'reepeat': did you mean"),
        ("[{ do = ['yield'] }]", " unknown block ''"),
    ],
)
def test_a_block_that_is_none_is_told(steps: str, expected: str) -> None:
    text = f'{HEAD}[[job]]\nname = "a"\nsteps = {steps}\n'
    assert f"job[1].steps[1]{'' if expected[0] == ' ' else '.'}" in message(text)
    assert expected in message(text)


@pytest.mark.parametrize(
    ("steps", "more", "expected"),
    [
        (
            "'put x'",
            "[[event]]\nname = 'x'\n",
            "steps[1]: 'x' is declared as an event: this step is for one of queue",
        ),
        (
            "'notify x'",
            "",
            "steps[1]: there is no condition 'x': declare it with [[condition]] and its name",
        ),
        (
            "'set x', 'put x'",
            "",
            "steps[2]: 'x' is an event elsewhere: this step is for one of queue",
        ),
    ],
)
def test_a_step_that_is_not_for_what_is_shared_is_told(
    steps: str, more: str, expected: str
) -> None:
    text = f"{HEAD}{more}[[job]]\nname = 'a'\nsteps = [{steps}]\n"
    assert f"job[1].{expected}" in message(text)


def test_a_reentrant_lock_does_not_lend() -> None:
    lock = "[[lock]]\nname = 'l'\nreentrant = true\ninheritance = true\n"
    text = f"{HEAD}{lock}[[job]]\nname = 'a'\nsteps = ['acquire l', 'release l']\n"
    assert message(text).endswith(
        "lock[1].inheritance: a lock lends the standing of its waiters, or may be taken again: "
        "not both"
    )


def test_where_nothing_is_computed_no_io_goes_between() -> None:
    text = JOB.replace("compute 1ms", "compute 0ms") + "io_every = '2ms'\nio_time = '1ms'\n"
    assert Run(read(text)).finish().end == 0


@pytest.mark.parametrize(
    "steps", ['"compute 1ms", "sleep 1ms"', '{ repeat = 2, do = ["sleep 1ms"] }', "{ LOOP }"]
)
def test_io_goes_between_steps_that_only_compute_and_end(steps: str) -> None:
    endless = steps.replace("LOOP", 'repeat = "forever", do = ["compute 1ms"]')
    text = JOB.replace('"compute 1ms"', endless) + "io_every = '2ms'\nio_time = '1ms'\n"
    expected = "job[1].io_every: it goes with steps that only compute, and end"
    assert expected in message(HEAD + text)


def test_io_goes_between_rounds_of_computing() -> None:
    """Three times 2 ms, and 1 ms of I/O after every 4 ms if anything is left: 4 + 1 + 2."""
    steps = '{ repeat = 3, do = ["compute 2ms"] }'
    text = JOB.replace('"compute 1ms"', steps) + "io_every = '4ms'\nio_time = '1ms'\n"
    trace = Run(read(text)).finish()
    assert trace.end == 7 * MS
    assert [row.time for row in trace.rows() if row.kind is Kind.WAKE] == [5 * MS]


def test_a_step_is_not_a_book() -> None:
    """A name of ten thousand characters fits."""
    text = f"{HEAD}[[job]]\nname = 'a'\nsteps = ['mark {'x' * 20_000}']"
    assert message(text).endswith("job[1].steps[1]: a step has at most 11,000 characters")


def going_round(heavy: bool, repeat: str, do: str) -> str:
    """A job with one repeat."""
    job = f"[[job]]\nname = 'a'\ncpu_heavy = {str(heavy).lower()}\n"
    return f"{job}steps = [{{ repeat = {repeat}, do = {do} }}]"


@pytest.mark.parametrize(
    ("heavy", "repeat", "do"),
    [
        (False, "'forever'", "['mark x']"),
        (False, "'forever'", "['compute 0ms']"),
        (False, "'forever'", "['io 0ms', 'call time.sleep 0ms']"),
        (False, "'forever'", "['join a']"),
        (False, "1_000_000_000", "['mark x']"),
        (False, "100", "[{ repeat = 100, do = ['mark x'] }]"),
        (True, "'forever'", "['yield']"),
        (True, "1_000_000_000", "['sleep 0ms']"),
    ],
)
def test_a_repeat_that_takes_no_time_is_refused(heavy: bool, repeat: str, do: str) -> None:
    """A yield of cpu_heavy can be switched off, and a join does not wait for who has ended."""
    text = going_round(heavy, repeat, do)
    assert "it goes round without taking time" in message(HEAD + text)


@pytest.mark.parametrize(
    ("heavy", "repeat", "do"),
    [
        (False, "'forever'", "['yield']"),
        (False, "'forever'", "['sleep 0ms']"),
        (False, "'forever'", "['mark x', { repeat = 2, do = ['io 1ns'] }]"),
        (True, "'forever'", "['yield', 'compute 1ms']"),
        (True, "1000", "['yield']"),
        (False, "3", "['mark x']"),
    ],
)
def test_a_repeat_that_takes_time_or_gives_way_is_fine(heavy: bool, repeat: str, do: str) -> None:
    """And so is a short one."""
    text = going_round(heavy, repeat, do)
    assert len(read(text).jobs[0].steps) == 1


def test_repeats_may_not_be_nested_without_end() -> None:
    """Fifty deep is enough."""
    steps = '"yield"'
    for _ in range(60):
        steps = f"{{ repeat = 2, do = [{steps}] }}"
    line = message(f"{HEAD}[[job]]\nname = 'a'\nsteps = [{steps}]")
    assert line.endswith("blocks are nested deeper than 50")


# -- what does not fit together ----------------------------------------------------------------


def several(*lines: str) -> str:
    """A job for each, named a, b, c: its other lines."""
    return HEAD + "".join(
        f'[[job]]\nname = "{name}"\n{line}\n' for name, line in zip("abc", lines, strict=False)
    )


def test_two_jobs_of_one_name_are_refused() -> None:
    """The second is reported, on its line."""
    assert message(HEAD + JOB + JOB) == "file.toml:7: job[2].name: there is already a job named 'a'"


def test_a_job_may_not_be_called_as_an_instance_of_another() -> None:
    """The second of three tickers is called ticker-2."""
    text = JOB + "count = 3\n" + JOB.replace('"a"', '"a-2"')
    assert message(HEAD + text).endswith("job[2].name: 'a-2' is also the name of number 2 of 'a'")
    assert len(read(text.replace("a-2", "a-4")).jobs) == 2


def test_an_instance_of_a_spawned_job_may_collide_at_any_number() -> None:
    """Nobody knows how often it is spawned."""
    text = several("steps = ['spawn b']", "spawned = true\nsteps = ['yield']", "steps = ['yield']")
    assert "is also the name of number 9 of 'b'" in message(text.replace('"c"', '"b-9"'))


def test_unknown_names_in_steps_are_told_with_the_nearest() -> None:
    """``spawn`` and ``join`` name jobs of the same file."""
    text = HEAD + JOB.replace('"a"', '"ticker"') + JOB.replace("compute 1ms", "join tikcer")
    assert (
        message(text)
        == "file.toml:8: job[2].steps[1]: unknown job 'tikcer': did you mean 'ticker'?"
    )


def test_a_job_that_only_spawns_itself_never_starts() -> None:
    """Two that spawn each other do not, either."""
    text = several(
        "steps = ['yield']",
        "spawned = true\nsteps = ['spawn c']",
        "spawned = true\nsteps = ['spawn b']",
    )
    assert [problem.key for problem in problems(text)] == ["job[2].spawned", "job[3].spawned"]


def test_a_chain_of_spawns_starts_everybody() -> None:
    """a spawns b, b spawns c."""
    text = several(
        "steps = ['spawn b']",
        "spawned = true\nsteps = [{ repeat = 2, do = ['spawn c'] }]",
        "spawned = true\nsteps = ['yield']",
    )
    assert len(loads(text, "file.toml").jobs) == 3


def test_a_spawned_job_has_no_count() -> None:
    """It starts once for each spawn."""
    text = several("steps = ['spawn b']", "spawned = true\ncount = 2\nsteps = ['yield']")
    assert message(text).endswith("job[2].count: a spawned job starts once for each spawn, got 2")


def test_too_many_in_all_are_refused() -> None:
    """A million threads and tasks; more is no scenario."""
    text = several("count = 1_000_000\nsteps = ['yield']", "steps = ['yield']")
    assert message(text).endswith("job: 1,000,001 threads and tasks in all: at most 1,000,000")


TREE = """
[[process]]
name = "p"
[[process.thread]]
name = "t"
"""
TASK = "[[process.thread.task]]\nname = 'k'\nsteps = ['yield']\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TREE, "6: process[1].thread[1]: 'steps' is missing, or [[process.thread.task]]"),
        (
            TREE + "loop = 'asyncio'\n",
            (
                "6: process[1].thread[1]: "
                "'task' is missing: an event loop runs [[process.thread.task]]"
            ),
        ),
        (
            TREE + "loop = 'asyncoi'\n" + TASK,
            ("8: process[1].thread[1].loop: unknown event loop 'asyncoi': did you mean 'asyncio'?"),
        ),
        (
            TREE + "steps = ['yield']\n" + TASK,
            ("8: process[1].thread[1].steps: a thread that runs an event loop has it in its tasks"),
        ),
        (
            TREE + "steps = ['yield']\n[[process]]\nname = 'p'\n"
            "[[process.thread]]\nname = 't'\nsteps = ['yield']\n",
            "10: process[2].name: there is already a process named 'p'",
        ),
        (
            TREE + "steps = ['yield']\n[[process.thread]]\nname = 't'\nsteps = ['yield']\n",
            "10: process[1].thread[2].name: there is already a thread named 't'",
        ),
        (
            TREE + "steps = ['join u']\n[[process]]\nname = 'q'\n"
            "[[process.thread]]\nname = 'u'\nsteps = ['yield']\n",
            "8: process[1].thread[1].steps[1]: unknown thread 'u': choose one of t",
        ),
        (
            TREE + "[[process.thread.task]]\nname = 'k'\nsteps = ['spawn t']\n",
            "10: process[1].thread[1].task[1].steps[1]: unknown task 't': choose one of k",
        ),
        ("[[process]]\nname = 'p'\n", "3: process[1]: 'thread' is missing"),
        (
            "[[process]]\nname = 'p'\nthread = []\n",
            (
                "5: process[1].thread: "
                "expected one or more tables, each opened by [[process.thread]], got []"
            ),
        ),
        (
            "model = 'threads'\n" + TREE + "steps = ['yield']\n",
            "3: model: a tree of processes has no model: its structure is given",
        ),
        (
            JOB + TREE + "steps = ['yield']\n",
            "7: process: write either [[job]] or [[process]], not both",
        ),
        (
            TREE + "count = 1000\n" + TASK + "count = 1000\n",
            "4: process: 1,001,000 threads and tasks in all: at most 1,000,000",
        ),
    ],
)
def test_a_mistake_in_a_tree_is_told(text: str, expected: str) -> None:
    """Names mean something within their process or loop; a tree has no model."""
    assert message(HEAD + text) == f"file.toml:{expected}"


def test_a_model_does_not_fit_a_tree() -> None:
    """Nor does one from the command line."""
    (problem,) = problems(HEAD + TREE + "steps = ['yield']\n", model="asyncio")
    assert problem.option == "--model asyncio"


# -- all at once -------------------------------------------------------------------------------


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    """With those of the command line at the end."""
    text = """
title = ""
[machine]
cores = 0
[[job]]
name = "a"
count = -1
steps = [
    "compute 1ms",
    "cmpute 1ms",   # line 10
    { repeat = 2, do = [
        "yield",
        "yeld",
    ] },
]
[[job]]
arrival = 3
steps = ["compute 1"]
"""
    found = problems(text, settings=["python.gil=0"])
    assert [(problem.line, problem.key) for problem in found] == [
        (0, ""),
        (2, "title"),
        (4, "machine.cores"),
        (7, "job[1].count"),
        (10, "job[1].steps[2]"),
        (13, "job[1].steps[3].do[2]"),
        (16, "job[2]"),
        (17, "job[2].arrival"),
        (18, "job[2].steps[1]"),
        (0, "python.gil"),
    ]
    assert found[0].says == "'schema' is missing"
    assert found[6].says == "'name' is missing"


def test_of_very_many_mistakes_a_hundred_are_told() -> None:
    """The last line says that there may be more."""
    steps = ", ".join(['"no"'] * 500)
    found = messages(f'{HEAD}[[job]]\nname = "a"\nsteps = [{steps}]')
    assert len(found) == 101
    assert found[-1] == "file.toml: these are the first 100; there may be more"


def test_another_schema_is_refused() -> None:
    """Also a missing one, and 1.0, which is not 1."""
    assert message(JOB.replace("[[job]]", 'schema = 2\ntitle = "x"\n[[job]]')) == (
        "file.toml:1: schema: expected 1, got 2"
    )
    assert "schema: expected 1, got 1.0" in message('schema = 1.0\ntitle = "x"\n' + JOB)
    assert "'schema' is missing" in message('title = "x"\n' + JOB)


def test_messages_are_fit_for_a_terminal() -> None:
    """Control characters and direction marks of a file are written out, and lengths are bounded."""
    name = "\u202ered\u001b[31m" + "x" * 9_000
    quoted = json.dumps(name)
    job = f'[[job]]\nname = {quoted}\nsteps = [{json.dumps("join " + name)}, {quoted}, "join y"]\n'
    found = messages(f"{HEAD}{quoted} = 1\n{job}{job}")
    assert len(found) == 6
    for line in found:
        assert line.isprintable()
        assert len(line) < 1_000


# -- what is no scenario at all ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = [", "file.toml:1: not TOML: invalid value"),
        ("a = 1\nb = = 2\n", "file.toml:2:5: not TOML: invalid value"),
        (
            "a = 1\n\nthis is prose\n",
            "file.toml:3:6: not TOML: expected '=' after a key in a key/value pair",
        ),
        ("x = " + "[" * 5_000, "file.toml: not a scenario: its brackets are nested too deep"),
        ("x = " + "9" * 5_000, "file.toml: a number in it has thousands of digits"),
        ("x = '\ud800'", "file.toml:1: not Unicode text: it has half a surrogate pair"),
        ("#" * 2_000_000, "file.toml: longer than 1,048,576 bytes: this is no scenario file"),
    ],
)
def test_what_is_not_toml_is_told_with_its_place(text: str, expected: str) -> None:
    """Line and column where they are known."""
    assert message(text) == expected


def test_a_number_of_very_many_digits_is_not_shown() -> None:
    """Hexadecimal numbers get past the reader's own limit."""
    assert message(f"{HEAD}order = 0x{'f' * 9_000}\n{JOB}").endswith(
        "got a number of more than 60 digits"
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "this is a binary file, not a scenario in TOML"),
        (b"\x7fELF" + bytes(2_000_000), "this is a binary file, not a scenario in TOML"),
        (b"title = 'x'\nlesson = 'caf\xe9'\n", "not UTF-8: byte 0xe9; save the file as UTF-8"),
        (b"# " + b"x" * (1 << 20), "longer than 1,048,576 bytes: this is no scenario file"),
    ],
    ids=["picture", "program", "Latin-1", "too long"],  # megabytes make no names
)
def test_what_is_not_text_is_told(content: bytes, expected: str, tmp_path: Path) -> None:
    """One clear message, with the name of the file."""
    path = tmp_path / "file.toml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError) as raised:
        load(path)
    (problem,) = raised.value.problems
    assert (problem.source, problem.says) == (str(path), expected)


def test_the_line_of_what_is_not_utf_8_is_told(tmp_path: Path) -> None:
    """Counted from 1."""
    path = tmp_path / "file.toml"
    path.write_bytes(b"a = 1\nb = '\xff'\n")
    with pytest.raises(ScenarioError) as raised:
        read_source(path)
    assert raised.value.problems[0].line == 2


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """And so are a directory, a path that cannot be, and a file without permission."""
    locked = tmp_path / "locked.toml"
    locked.write_text("")
    locked.chmod(0)
    cases = {
        tmp_path / "no.toml": "there is no such file",
        tmp_path: "this is a directory: name a file in it",
        tmp_path / "a\0b": "it cannot be read",
    }
    if os.name == "posix" and os.geteuid() != 0:
        cases[locked] = "no permission to read"
    for path, says in cases.items():
        with pytest.raises(ScenarioError, match=says):
            load(path)


def test_no_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may be allowed everything, so the refusal is played."""

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ScenarioError, match="no permission to read"):
        read_source(tmp_path / "file.toml")


# -- policies with other parameters ------------------------------------------------------------


class Picky(Fifo[Any]):
    """A policy of a later day, as far as its parameters go."""

    def __init__(self, *, period: Time, levels: int = 3, boost: Time = 0) -> None:
        super().__init__()
        if levels > 9:
            raise ValueError("levels are 9 at most")


class Later(Fifo[Any]):
    """A policy whose time nobody has said in ticks."""

    def __init__(self, *, boost: Time = 5 * MS) -> None:
        super().__init__()


def test_a_time_that_has_no_default_in_ticks_must_be_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(POLICIES, "later", Later)
    text = HEAD + "unit = 'tick'\n[machine]\npolicy = 'later'\n" + JOB.replace("1ms", "1")
    assert message(text).endswith("machine.policy: 'boost' is missing: it has no default in ticks")
    with pytest.raises(ValueError, match="boost: is missing, and has no default in ticks"):
        complete("later", {}, "tick")
    assert complete("later", {}, "ns") == {"boost": 5 * MS}


@pytest.mark.parametrize(
    ("unit", "policy", "expected"),
    [
        (
            "ns",
            "period = '1ms', levels = 10",
            "machine.policy.levels: levels are 9 at most, got 10",
        ),
        (
            "ns",
            "period = '1ms', levels = true",
            "machine.policy.levels: expected a whole number, got true",
        ),
        ("ns", "levels = 2", "machine.policy: 'period' of the policy 'picky' is missing"),
        (
            "tick",
            "period = '1ms'",
            "machine.policy.period: durations are whole numbers in a file with",
        ),
    ],
)
def test_a_policy_says_itself_what_it_wants(
    unit: str, policy: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its signature is the grammar; what its constructor refuses is told under its key."""
    monkeypatch.setitem(POLICIES, "picky", Picky)
    machine = f"unit = '{unit}'\n[machine]\npolicy = {{ name = 'picky', {policy} }}\n"
    steps = "compute 1" if unit == "tick" else "compute 1ms"
    assert expected in message(HEAD + machine + JOB.replace("compute 1ms", steps))


@pytest.mark.parametrize(
    ("machine", "job", "expected"),
    [
        ('policy = "fifoo"', "", "machine.policy: unknown policy 'fifoo': did you mean 'fifo'?"),
        ('policy = "RR"', "", "machine.policy: unknown policy 'RR': did you mean 'round_robin'?"),
        ('policy = "fcfs"', "", "machine.policy: unknown policy 'fcfs': did you mean 'fifo'?"),
        ('policy = "xyz"', "", "unknown policy 'xyz': choose one of fifo, round_robin, sjf, stcf"),
        ("", 'arrival = "5"', "job[1].arrival: durations are whole numbers in a file with unit"),
        (
            'policy = { name = "mlfq", quantum = 0 }',
            "",
            "machine.policy.quantum: quantum must be longer than 0",
        ),
        ('policy = "lottery"', "tickets = 0", "job[1].tickets: expected a whole number from 1 to"),
        (
            'policy = { name = "mlfq", levels = 3, quantum = [1, 2] }',
            "",
            "quantum must have one entry for each of the 3 levels, got 2",
        ),
        ('policy = { name = "mlfq", levels = 0 }', "", "levels must be from 1 to 100, got 0"),
        (
            'policy = "edf"',
            "arrival = 5\ndeadline = 3",
            "job[1].deadline: must be after the arrival, at 5",
        ),
        ('policy = "edf"', "period = 5\ndeadline = 0", "job[1].deadline: must be longer than 0"),
        ('policy = "edf"', "period = 0", "job[1].period: must be longer than 0"),
        (
            'policy = "priority"\naging = 3',
            "",
            'machine.aging: it is a parameter of the policy: policy = { name = "priority", aging',
        ),
        ("", "affinity = [1]", "job[1].affinity: there is no core 1: the machine has 1"),
        ("", "nice = 20", "job[1].nice: expected a whole number from -20 to 19, got 20"),
        ("", "io_every = 2", "job[1].io_every: it goes with io_time"),
        ("speeds = [1, 2]", "", "machine.speeds: there is no core 1: the machine has 1"),
        ("warmup = 3", "", "machine.warmup: it goes with cache_size"),
        ("core_orders = [[0, 0]]", "", "each order names each of the 1 cores once"),
        (
            'policy = { name = "round_robin", requeue = "last" }',
            "",
            "machine.policy.requeue: expected 'arrivals_first' or 'preempted_first' or",
        ),
    ],
)
def test_mistakes_about_schedulers_name_the_key_and_the_range(
    machine: str, job: str, expected: str
) -> None:
    """Issue 3: unknown name, quantum 0, tickets 0, level without quantum, deadline too early."""
    text = f"unit = 'tick'\n[machine]\n{machine}\n[[job]]\nname = 'a'\n{job}\n"
    assert expected in message(HEAD + text + 'steps = ["compute 1"]\n')


def test_a_lock_is_taken_before_it_is_let_go() -> None:
    steps = '["acquire left", "release lefd"]'
    told = message(HEAD + f"[[job]]\nname = 'a'\nsteps = {steps}\n")
    assert "job[1].steps[2]: no step before it acquires 'lefd': did you mean 'left'?" in told


def test_a_lock_table_names_a_lock_of_some_step() -> None:
    told = message(HEAD + "[[lock]]\nname = 'a'\n" + JOB)
    assert "lock[1].name: unknown lock (no step acquires it) 'a'" in told


def test_tasks_of_a_tree_are_not_what_the_operating_system_schedules() -> None:
    tree = (
        "[[process]]\nname = 'p'\n[[process.thread]]\nname = 'main'\n"
        "[[process.thread.task]]\nname = 't'\nnice = 3\nsteps = ['compute 1ms']\n"
    )
    told = message(HEAD + tree)
    assert "task[1].nice: the operating system schedules threads, not tasks" in told


@pytest.mark.parametrize(("python", "end"), [('version = "3.13"', 71), ('gil = "off"', 71)])
def test_a_version_alone_makes_no_file_in_ticks_free_threaded(python: str, end: int) -> None:
    """71 ticks; a free-threaded 3.13 runs at 0.71 of the speed."""
    text = f"""
        schema = 1
        title = "ticks"
        model = "threads"
        unit = "tick"
        python = {{ {python} }}
        job = [{{ name = "a", steps = ["compute 71"] }}]
    """
    assert Run(loads(text, "ticks")).finish().end == end
    free = text.replace("python = {", 'python = { version = "3.13", gil = "off" } # {')
    assert Run(loads(free, "ticks")).finish().end == 100
