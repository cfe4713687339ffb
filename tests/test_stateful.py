"""A machine in the hands of somebody who plays, acts, undoes, branches and keeps, in any order.

Hypothesis chooses the machine (policy, model, GIL and cores each as often as any other) and what
is done next; after each step all must hold that must hold of any machine.  What comes of the
whole product of machines, one by one, is in tests/test_every_combination.py.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, islice

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from schedsim.commands import Command
from schedsim.recording import Recording, Source, loads
from schedsim.run import Run
from schedsim.scenario import MODELS, Scenario
from tests.combinations import CORES, GILS, TREE
from tests.strategies import MOST_ROWS, PARAMETERS, deeds, job_scenarios, tree_scenarios
from tests.strokes import blows
from tests.test_every_combination import check_rows

ROWS = MOST_ROWS // 2
_KINDS = {"per interpreter": "per_interpreter", "old": "old"}


@st.composite
def machines(draw: st.DrawFn) -> Scenario:
    """Random work on a machine of which each part is as likely as any other of its kind."""
    model = draw(st.sampled_from([*MODELS, TREE]))
    scenario = draw(tree_scenarios() if model == TREE else job_scenarios())
    policy = draw(st.sampled_from(sorted(PARAMETERS)))
    gil, cores = draw(st.sampled_from(GILS)), draw(st.sampled_from(CORES))
    machine = replace(
        scenario.machine,
        policy=policy,
        parameters={word: draw(values) for word, values in PARAMETERS[policy].items()},
        cores=cores,
        speeds=tuple(islice(cycle(scenario.machine.speeds), cores)),
    )
    python = replace(scenario.python, gil=gil != "off", kind=_KINDS.get(gil, "shared"))
    if model != TREE:
        scenario = replace(scenario, model=model)
    return replace(scenario, machine=machine, python=python)


class Session(RuleBasedStateMachine):
    """What a user does with a run; the engine is asked through it only."""

    run: Run

    @initialize(scenario=machines(), seed=st.integers(0, 3))
    def begin(self, scenario: Scenario, seed: int) -> None:
        self.run = Run(scenario, seed, rows=ROWS)
        self.others: list[tuple[Run, int, str]] = []

    @rule(rows=st.integers(1, 60))
    def go_on(self, rows: int) -> None:
        rows += len(self.run.trace)
        before = len(self.run.trace), self.run.trace.digest_of_rows(0, len(self.run.trace))
        self.run.extend(rows)
        assert self.run.trace.digest_of_rows(0, before[0]) == before[1], "what was written stays"

    @rule(data=st.data(), wait=st.integers(0, 3))
    def act_now(self, data: st.DataObject, wait: int) -> None:
        self._act(data, len(self.run.trace), wait)

    @rule(data=st.data(), place=st.integers(0, 99), wait=st.integers(0, 2))
    def act_in_the_past(self, data: st.DataObject, place: int, wait: int) -> None:
        self._act(data, len(self.run.trace) * place // 100, wait)

    @rule(data=st.data(), place=st.integers(0, 100))
    def branch(self, data: st.DataObject, place: int) -> None:
        """The other future is another run; this one stays, and is looked at again at the end."""
        run, step = self.run, len(self.run.trace) * place // 100
        try:
            self.run, _ = run.branch(self._command(data), step, self._time(step))
        except ValueError:
            return
        rows = len(run.trace)
        self.others.append((run, rows, run.trace.digest_of_rows(0, rows)))

    @precondition(lambda self: self.run.commands)
    @rule()
    def undo(self) -> None:
        place = self.run.commands[-1]
        before = self.run.trace.digest_of_rows(0, place.step)
        self.run = self.run.without_last()
        self.run.extend(place.step)
        assert self.run.trace.digest_of_rows(0, place.step) == before

    @rule(stride=st.integers(1, 9))
    def cut(self, stride: int) -> None:
        """The same run in pieces."""
        whole, rows = self.run, len(self.run.trace)
        self.run = Run(whole.scenario, whole.seed, whole.commands, rows=ROWS)
        while len(self.run.trace) < rows and not self.run.finished:
            self.run.extend(min(rows, len(self.run.trace) + stride))
        assert self.run.trace.digest_of_rows(0, rows) == whole.trace.digest_of_rows(0, rows)
        assert self.run.commands == whole.commands

    @rule()
    def keep(self) -> None:
        """What is read back is what was written, and leads to the same digest."""
        recording = Recording.of(self.run, Source("random", ""))
        read = loads(recording.dumps(), "random")
        assert read == recording
        again = Run(self.run.scenario, read.seed, read.commands, until=read.until, rows=read.rows)
        assert again.finish().digest() == read.digest
        assert read.first_difference(again.trace) is None

    @invariant()
    def nothing_is_impossible(self) -> None:
        check_rows(self.run)

    def teardown(self) -> None:
        """The futures that were left go on as if nothing had been."""
        for run, rows, digest in getattr(self, "others", ()):
            assert run.trace.digest_of_rows(0, rows) == digest
            run.finish()
            check_rows(run)

    def _time(self, step: int) -> int:
        times = self.run.trace.times
        return times[step - 1] if step else 0

    def _act(self, data: st.DataObject, step: int, wait: int) -> None:
        before, given = self.run.trace, self.run.commands
        kept = before.digest_of_rows(0, step)
        time = self._time(step) + wait
        if step < len(before):
            time = min(time, before.times[step])
        try:
            self.run.act(self._command(data), step, time)
        except ValueError:
            assert (self.run.trace, self.run.commands) == (before, given)
            return
        assert self.run.trace.digest_of_rows(0, step) == kept

    def _command(self, data: st.DataObject) -> Command:
        if len(self.run.trace.entities) > 1 and data.draw(st.booleans()):
            return data.draw(blows).command(self.run.trace)
        return data.draw(deeds(self.run.scenario, most=1))[0].command


_FEW = settings(
    max_examples=settings().max_examples // 2,
    stateful_step_count=8 if settings().max_examples < 1_000 else 30,
    suppress_health_check=list(HealthCheck),
)


def test_whatever_is_done_in_whatever_order() -> None:
    run_state_machine_as_test(Session, settings=_FEW)


@pytest.mark.fuzz
def test_whatever_is_done_again_and_again() -> None:
    run_state_machine_as_test(Session, settings=_FEW)
