"""Every policy x model x GIL x number of cores as a machine, and random commands to give it.

Work and commands come from Python's own generator, so that no test library is needed to make them
(tests/golden.py keeps digests of some).  What must hold of them stands in
tests/test_every_combination.py.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from schedsim.commands import (
    COMMANDS,
    Command,
    Inject,
    Kill,
    SetCores,
    SetGil,
    SetNice,
    SetPatch,
    SetPolicy,
    SetPriority,
    SetQuantum,
    SetSwitchInterval,
    SetTickets,
    SetYielding,
)
from schedsim.ops import VERBS
from schedsim.ops.grammar import parse_op
from schedsim.policies import POLICIES
from schedsim.run import Run
from schedsim.scenario import (
    LOOP_THREAD,
    MODELS,
    PROCESS,
    Job,
    MachineSpec,
    ProcessPlan,
    PythonSpec,
    Scenario,
    ThreadPlan,
)

ROWS = 150
TREE = "a tree"
GILS = ("on", "per interpreter", "old", "off")
CORES = (1, 2, 3, 4)
_PARAMETERS: dict[str, dict[str, object]] = {
    "mlfq": {"levels": 3, "quantum": [1, 2, 4], "boost": 9},
    "cfs": {"sched_latency": 12, "min_granularity": 2, "tick": 3},
    "eevdf": {"base_slice": 3, "tick": 1},
    "priority": {"quantum": 3, "aging": 8},
    "linux": {"base_slice": 3, "rr_quantum": 2, "rt_runtime": 5, "rt_period": 9},
    **{name: {"quantum": 3} for name in ("round_robin", "lottery", "stride", "work_stealing")},
}
_LINES = (
    *(f"compute {n}" for n in (1, 2, 3, 5, 8)),
    *("compute 3", "sleep 0", "sleep 2", "sleep 5", "io 1", "io 4"),
    *("call time.sleep 3", "yield", "yield", "mark x", "acquire l", "release l", "join b"),
)


@dataclass(frozen=True, slots=True)
class Combination:
    """One cell of the product."""

    policy: str
    model: str
    gil: str
    cores: int

    def scenario(self, draw: random.Random) -> Scenario:
        """Random work for that machine."""
        machine = MachineSpec(
            self.cores,
            self.policy,
            _PARAMETERS.get(self.policy, {}),
            draw.choice((0, 0, 1)),
            queue_per_core=draw.random() < 0.3,
        )
        kind = {"per interpreter": "per_interpreter", "old": "old"}.get(self.gil, "shared")
        python = PythonSpec(
            self.gil != "off", draw.choice((1, 2, 5)), kind=kind, check_interval=2, tick=1
        )
        known = partial(Scenario, "one cell", unit="tick", machine=machine, python=python)
        jobs = tuple(self._job(draw, name) for name in "abc")
        if self.model != TREE:
            return known(model=self.model, jobs=jobs)
        loop = draw.choice([name for name in MODELS if MODELS[name].loop])
        main = ThreadPlan(Job("loop"), MODELS[loop].loop, jobs)
        sub = None if self.gil == "per interpreter" else ""
        plain = tuple(ThreadPlan(self._job(draw, name), interpreter=sub) for name in "ab")
        return known(processes=(ProcessPlan("p", (main, *plain)), ProcessPlan("q", plain)))

    def _job(self, draw: random.Random, name: str) -> Job:
        joins = name == "a" and self.model != "trio"
        lines = [line for line in _LINES if joins or not line.startswith("join")]
        body = tuple(parse_op(line, VERBS, "tick") for line in draw.choices(lines, k=4))
        return Job(name, body * draw.randint(1, 3), count=draw.choice((1, 1, 2)))


def combinations() -> Iterator[Combination]:
    """The whole product."""
    for cell in itertools.product(sorted(POLICIES), [*MODELS, TREE], GILS, CORES):
        yield Combination(*cell)


def turns() -> Iterator[Combination]:
    """Each policy under each model; GIL and cores are such that all pairs of values meet."""
    for p, policy in enumerate(sorted(POLICIES)):
        for m, model in enumerate([*MODELS, TREE]):
            turn = m + 5 * p
            yield Combination(policy, model, GILS[turn % 4], CORES[(turn // 4 + m) % 4])


def commands(draw: random.Random, scenario: Scenario) -> Command:
    """Any of the commands, each kind as often."""
    names = ["a", "b", "c", "a-1", "nobody"]
    policy = draw.choice(sorted(POLICIES))
    in_loop = not scenario.is_tree and MODELS[scenario.model].loop
    home = (PROCESS, LOOP_THREAD) if in_loop else ("", "")
    made: dict[type[Command], Command] = {
        SetYielding: SetYielding(draw.random() < 0.5),
        Inject: Inject("hog", 7, 3, process=home[0], loop=home[1]),
        SetCores: SetCores(draw.randint(1, 4)),
        SetSwitchInterval: SetSwitchInterval(draw.randint(1, 5)),
        SetPatch: SetPatch(draw.random() < 0.5),
        SetGil: SetGil(draw.random() < 0.5),
        SetPolicy: SetPolicy(policy, _PARAMETERS.get(policy, {})),
        SetQuantum: SetQuantum(draw.randint(1, 7)),
        Kill: Kill(draw.choice(names)),
        SetNice: SetNice(draw.choice(names), draw.randint(-20, 19)),
        SetPriority: SetPriority(draw.choice(names), draw.randint(0, 9)),
        SetTickets: SetTickets(draw.choice(names), draw.randint(1, 9)),
    }
    assert made.keys() == set(COMMANDS.values()), "a command is missing here"
    return draw.choice(list(made.values()))


def acted(cell: Combination, seed: str = "") -> Run:
    """A run of it with up to three commands at random moments, finished."""
    draw = random.Random(f"{cell} {seed}")
    run = Run(cell.scenario(draw), draw.randrange(9), rows=ROWS)
    for _ in range(3):
        run.extend(len(run.trace) + draw.randint(0, 25))
        time = run._simulation.engine.now + draw.choice((0, 0, 1, 3))
        with suppress(ValueError):  # it does not fit: nobody has that name
            run.act(commands(draw, run.scenario), len(run.trace), time)
    run.finish()
    return run
