"""Every policy x model x GIL x number of cores, with commands at random moments.

Chance reaches a corner of four dimensions seldom; here each is asked for by name.  The default
run takes each policy under each model, with GIL and cores in turn, so that each two values of any
two dimensions meet; ``-m fuzz`` takes the whole product, several times.
"""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import settings

from schedsim.engine.facts import facts
from schedsim.policies import POLICIES
from schedsim.recording import Recording, Source, loads
from schedsim.run import Run
from schedsim.state import State
from tests.combinations import ROWS, Combination, combinations, commands, turns
from tests.invariants import check_gil_row_if_it_needs_one, check_moment
from tests.strategies import PARAMETERS


def check_rows(run: Run) -> None:
    """What must hold after each row and at the end of each instant."""
    trace = run.trace
    assert list(trace.times) == sorted(trace.times), "time never goes back"
    state = State.start(trace)
    before = state.copy()
    for row in trace.rows():
        state.forward(row.n + 1)
        check_gil_row_if_it_needs_one(before, state, row.n)
        check_moment(state, run.scenario.machine)
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
                check(cell, f"{seed}")
