"""Loops that are a few lines, and what their tasks ask of them: by hand."""

from __future__ import annotations

import pytest

from schedsim.programs.steps import Step
from schedsim.trace import Trace
from schedsim.traps import PERIOD, Op
from tests.machines import MS, ends, job, marks, play, threads

MODELS = pytest.mark.parametrize("model", ["callbacks", "generators", "coroutines", "greenlets"])


def played(model: str, *lines: tuple[str | Step, ...]) -> Trace:
    """Jobs a, b ... with these steps."""
    named = (job(name, *steps) for name, steps in zip("abc", lines, strict=False))
    return play(threads(*named, model=model, task_switch_cost=0))


@MODELS
def test_the_end_of_a_cancelled_sleep_is_waited_for_no_longer(model: str) -> None:
    trace = played(model, ("sleep 1h",), ("sleep 1ms", "cancel a", "mark end"))
    assert (marks(trace), ends(trace)) == ([(1, "b", "end")], {"a": 1, "b": 1, "main": 1})


@MODELS
def test_who_has_ended_is_not_cancelled(model: str) -> None:
    trace = played(model, ("mark a",), ("sleep 1ms", "cancel a", "mark b"))
    assert marks(trace) == [(0, "a", "a"), (1, "b", "b")]


@MODELS
def test_who_awaits_itself_does_not_wait(model: str) -> None:
    assert marks(played(model, ("await a", "mark on"))) == [(0, "a", "on")]


@MODELS
def test_a_periodic_task_waits_for_its_next_release(model: str) -> None:
    """Releases are at 0, 5 and 10 ms; it comes to the second in time, to the third too late."""
    period = Op((PERIOD, 5 * MS), "period 5ms")
    lines = ("compute 1ms", period, "mark second", "compute 9ms", period, "mark third")
    assert marks(played(model, lines)) == [(5, "a", "second"), (14, "a", "third")]


@MODELS
def test_a_lock_that_was_handed_to_one_who_is_cancelled_goes_on_to_the_next(model: str) -> None:
    """b has it from a's release on, and ends before it runs: c has waited next longest."""
    trace = played(
        model,
        ("acquire m", "yield", "release m", "cancel b", "yield", "mark a"),
        ("acquire m", "mark b", "release m"),
        ("acquire m", "mark c", "release m"),
    )
    assert marks(trace) == [(0, "a", "a"), (0, "c", "c")]
    assert trace.complete


@MODELS
def test_who_is_cancelled_while_it_waits_for_a_lock_leaves_the_line(model: str) -> None:
    trace = played(
        model,
        ("acquire m", "yield", "cancel b", "yield", "mark a", "release m"),
        ("acquire m", "mark b", "release m"),
        ("acquire m", "mark c", "release m"),
    )
    assert marks(trace) == [(0, "a", "a"), (0, "c", "c")]
    assert trace.complete
