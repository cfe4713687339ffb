"""Every policy x model x GIL x number of cores, with commands at random moments.

Chance reaches a corner of four dimensions seldom; here each is asked for by name.  The default
run takes each policy under each model, with GIL and cores in turn, so that each two values of any
two dimensions meet; ``-m fuzz`` takes the whole product, several times.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import pytest
from hypothesis import settings

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
from schedsim.engine.facts import facts
from schedsim.ops import VERBS
from schedsim.ops.grammar import parse_op
from schedsim.policies import POLICIES
from schedsim.recording import Recording, Source, loads
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
from schedsim.state import State
from schedsim.trace import Kind, Reason
from tests.strategies import PARAMETERS
from tests.test_properties import (
    check_cores,
    check_gil_row,
    check_places,
    check_who_computes_holds_the_gil,
    check_work_is_conserved,
    is_end_of_instant,
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


def check_rows(run: Run) -> None:
    """What must hold after each row and at the end of each instant."""
    trace = run.trace
    assert list(trace.times) == sorted(trace.times), "time never goes back"
    state = State.start(trace)
    before = state.copy()
    for row in trace.rows():
        state.forward(row.n + 1)
        # A GIL that has just been switched on finds somebody who does not need it.
        holders = [gil.holder for gil in before.gils.values()]
        if row.kind in (Kind.COMPUTE, Kind.GIL_TAKE, Kind.GIL_RELEASE, Kind.GIL_REQUEST) and not (
            row.reason is Reason.NATIVE and row.subject not in holders
        ):
            check_gil_row(before, state, trace, row.n)
        check_cores(state)
        if is_end_of_instant(trace, state.rows):
            check_places(state, trace)
            check_work_is_conserved(state, run.scenario.machine)
            check_who_computes_holds_the_gil(state, trace)
        before = state.copy()
    assert state.facts() == facts(run._simulation.engine), "the state is the fold of the trace"


def check(cell: Combination, seed: str) -> None:
    """A run with three commands; it can be cut, replayed and undone."""
    draw = random.Random(f"{cell} {seed}")
    run = Run(cell.scenario(draw), draw.randrange(9), rows=ROWS)
    for _ in range(3):
        run.extend(len(run.trace) + draw.randint(0, 25))
        before, at = run.trace, run._simulation.engine.now
        digest, given = before.digest(), run.commands
        try:
            run.act(commands(draw, run.scenario), len(before), at + draw.choice((0, 0, 1, 3)))
        except ValueError:
            assert (run.trace, run.commands) == (before, given), "who refuses has changed nothing"
            continue
        assert run.trace.digest_of_rows(0, len(before)) == before.digest_of_rows(0, len(before))
        undone = run.without_last()
        undone.extend(len(before))
        assert (undone.commands, undone.trace.digest()) == (given, digest)
    cut = Run(run.scenario, run.seed, run.commands, rows=ROWS)
    while not cut.finished:
        cut.extend(len(cut.trace) + draw.randint(1, 30))
    run.finish()
    check_rows(run)
    assert cut.trace.digest() == run.trace.digest()
    written = loads(Recording.of(run, Source("cell", "")).dumps(), "cell")
    again = Run(run.scenario, written.seed, written.commands, rows=written.rows)
    assert again.finish().digest() == written.digest


def test_the_turns_meet_each_other() -> None:
    """Every two values of any two dimensions; and every command can be drawn."""
    cells = [(c.policy, c.model, c.gil, c.cores) for c in turns()]
    whole = [(c.policy, c.model, c.gil, c.cores) for c in combinations()]
    assert PARAMETERS.keys() == POLICIES.keys()
    assert len(whole) == 14 * 12 * 4 * 4
    for one, other in itertools.combinations(range(4), 2):
        if {one, other} == {0, 2} or {one, other} == {0, 3}:
            continue
        assert {(c[one], c[other]) for c in cells} == {(c[one], c[other]) for c in whole}


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_every_model_under_a_policy(policy: str) -> None:
    for cell in turns():
        if cell.policy == policy:
            check(cell, "")


@pytest.mark.fuzz
@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_every_cell_of_the_product(policy: str) -> None:
    """As often as the profile says: four times with ``fuzz``, twice without."""
    for seed in range(4 if settings().max_examples > 1_000 else 2):
        for cell in combinations():
            if cell.policy == policy:
                check(replace(cell), f"{seed}")
