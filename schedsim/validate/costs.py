"""Targets of cost: D20 and D21.  The figures are presets; that runs charge and report them is not.

Bounds are those of part D, which rounds and has two figures where several ways were measured; half
a unit of its last digit is added on both sides.  Not here: threads' and processes' hand-off costs.
No run charges those unless its scenario says how much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from schedsim.metrics import measure
from schedsim.trace import Kind
from schedsim.validate.checks import Check, near
from schedsim.validate.files import played

_SWITCHES = (
    ("callbacks", 66.5, 67.5),
    ("generators", 31.5, 32.5),
    ("coroutines", 100.5, 101.5),
    ("greenlets", 185, 195),
    ("asyncio", 965, 1_950),
    ("uvloop", 455, 935),
    ("gevent", 1_250, 1_350),
    ("trio", 1_650, 3_250),
    ("eventlet", 2_450, 2_550),
)
"""Nanoseconds for a task that is resumed, by model (D20)."""
_KEPT = (
    ("callbacks", 0.225, 0.235),
    ("generators", 0.215, 0.225),
    ("coroutines", 0.475, 0.485),
    ("asyncio", 1.15, 1.55),
    ("trio", 1.75, 1.85),
    ("greenlets", 5.95, 6.05),
    ("gevent", 8.05, 8.15),
    ("threads", 16.35, 16.45),
    ("processes", 950, 1_100),
)
"""Kilobytes for each that is suspended, by model (D21)."""
_MANY = 100
_TURNS = 50


def switches() -> Iterator[Check]:
    """D20: what it costs to resume a task, as the clock of a run has it."""
    for model, low, high in _SWITCHES:
        says = f"{model}: {_MANY} tasks that yield, for each resumption"
        yield near("D20", says, _switch(model), low, high, unit="ns", digits=1)


def memory() -> Iterator[Check]:
    """D21: what is kept of each that is suspended, as a run's metric has it."""
    for model, low, high in _KEPT:
        says = f"{model}: {_MANY} that sleep, for each"
        yield near("D21", says, _kept(model), low, high, unit="KB", digits=3)


def _switch(model: str) -> float:
    trace = played(
        f"""
        model = "{model}"
        [python]
        task_switch_cost = "preset"
        [[job]]
        name = "yielder"
        count = {_MANY}
        steps = [ {{ repeat = {_TURNS}, do = ["yield"] }} ]
        """
    )
    return trace.end / sum(row.kind is Kind.TASK_RUN for row in trace.rows())


def _kept(model: str) -> float:
    trace = played(
        f"""
        model = "{model}"
        [[job]]
        name = "sleeper"
        count = {_MANY}
        steps = ["sleep 1s"]
        """
    )
    return (measure(trace).suspended.most_kept or 0) / _MANY / 1000


TARGETS: Mapping[str, Callable[[], Iterator[Check]]] = {"D20": switches, "D21": memory}
