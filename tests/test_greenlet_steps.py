"""What steps mean under gevent and eventlet: the same programs, told by their marks.

What is expected was worked out by hand, and is what the real ones do; where they differ, both
orders are given.
"""

from __future__ import annotations

from typing import Any

import pytest

from schedsim.scenario_file import loads
from schedsim.simulation import Simulation
from tests.machines import marks
from tests.simulated import agreed

MODELS = ["gevent", "eventlet"]


def said(model: str, text: str) -> str:
    """Who marked what, in order."""
    head = f'schema = 1\ntitle = "t"\nmodel = "{model}"\n'
    simulation = Simulation(loads(head + text, "a test"))
    simulation.run()
    return " | ".join(f"{who} {label}" for _, who, label in marks(agreed(simulation.engine)))


def jobs(**steps: str) -> str:
    """Jobs by name; one whose name ends in ``_`` is spawned by another."""
    return "".join(
        f"[[job]]\nname = '{name.rstrip('_')}'\nsteps = [{each}]\n"
        + ("spawned = true\n" if name.endswith("_") else "")
        for name, each in steps.items()
    )


PROGRAMS: dict[str, tuple[str, Any]] = {
    "an event that is set twice and cleared lets those go on that waited": (
        jobs(
            a="'wait e', 'mark went'",
            b="'set e', 'set e', 'clear e', 'clear e', 'mark cleared'",
            c="'wait e', 'mark went too'",
        ),
        {"gevent": "b cleared | a went | c went too", "eventlet": "b cleared | a went"},
    ),
    "who is killed before it is told of the event goes nowhere": (
        jobs(
            a="{try = ['wait e', 'mark went'], cancelled = ['mark killed']}",
            b="'set e', 'cancel a', 'mark end'",
        ),
        {"gevent": "a went | b end", "eventlet": "a killed | b end"},
    ),
    "who comes while others are told waits its turn and may be killed meanwhile": (
        jobs(
            a="'wait e', 'mark went'",
            k="'yield', 'cancel c', 'mark end'",
            b="'yield', 'set e'",
            c="'yield', {try = ['wait e', 'mark went'], cancelled = ['mark killed']}",
        ),
        {"gevent": "c killed | k end | a went", "eventlet": "k end | a went"},
    ),
    "who puts waits for room": (
        jobs(
            a="'put q', 'mark first', 'put q', 'mark second'",
            b="'sleep 1ms', 'get q', 'mark got'",
        ),
        "a first | b got | a second",
    ),
    "who takes what is there lets the putter go on": (
        jobs(
            a="'put q', 'put q', 'put q', 'mark all'",
            b="'sleep 1ms', 'get q', 'get q', 'mark got two'",
        ),
        "b got two | a all",
    ),
    "who is killed while it waits to be notified does not keep the others from that": (
        jobs(
            w="{try = [{with = 'c', do = ['wait c']}], cancelled = ['mark killed']}",
            x="{with = 'c', do = ['wait c', 'mark notified']}",
            k="'sleep 1ms', 'cancel w', {with = 'c', do = ['notify c']}, 'mark end'",
        ),
        "w killed | k end | x notified",
    ),
    "who was notified and is killed has left the line": (
        jobs(
            w="{try = [{with = 'c', do = ['wait c', 'mark notified']}], "
            "cancelled = ['mark killed']}",
            k="'sleep 1ms', 'acquire c', 'notify c', 'release c', 'cancel w', 'mark end'",
        ),
        {"gevent": "w notified | k end", "eventlet": "w killed | k end"},
    ),
    "a barrier of which one is killed is broken for all, and for who comes later": (
        jobs(
            a="{try = ['wait b'], cancelled = ['mark killed']}",
            c="{try = ['wait b'], error = ['mark broken']}",
            k="'sleep 1ms', 'cancel a'",
            d="'sleep 2ms', {try = ['wait b'], error = ['mark broken']}",
        ),
        "a killed | c broken | d broken",
    ),
    "who comes to a barrier while others leave it is among the next": (
        jobs(
            a="'wait p', 'mark a'",
            c="'wait p', 'mark c'",
            d="'wait p', 'mark d'",
            e="'sleep 1ms', 'mark late', 'wait p', 'mark e'",
        ),
        "c c | a a | e late | e e | d d",
    ),
    "an error that ends a group kills who is in it": (
        jobs(
            g="{try = [{group = ['spawn m', 'spawn s', 'sleep 1ms', 'spawn n', 'raise oops']}], "
            "error = ['mark failed']}",
            m_="{try = ['sleep 1h'], cancelled = ['mark killed']}",
            s_="{try = ['sleep 1h'], cancelled = ['sleep 1ms', 'mark survived']}",
            n_="'mark begun'",
        ),
        {
            "gevent": "m killed | s survived | g failed",
            # Who kills gives way each time: so long the last one is not asked to end.
            "eventlet": "m killed | n begun | s survived | g failed",
        },
    ),
    "a group of which nobody has begun is left at once": (
        jobs(
            g="{try = [{group = ['spawn n', 'raise oops']}], error = ['mark failed']}",
            n_="'mark never'",
        ),
        "g failed",
    ),
    "who ends by itself before it would be killed": (
        jobs(
            g="{try = [{group = ['spawn y', 'yield', 'raise oops']}], error = ['mark failed']}",
            y_="{try = ['yield', 'mark ended'], cancelled = ['mark killed']}",
        ),
        {"gevent": "y ended | g failed", "eventlet": "y killed | g failed"},
    ),
    "who awaits gets the result or the error, and does not wait for itself": (
        jobs(
            a="'await a', 'await b', {try = ['await c'], error = ['mark its error']}",
            b="'sleep 1ms', 'mark end'",
            c="'sleep 2ms', 'raise oops'",
        ),
        "b end | a its error",
    ),
    "who has ended is not killed, and who kills itself is": (
        jobs(
            a="'sleep 1ms', 'cancel b', 'mark nothing', "
            "{try = ['cancel a', 'sleep 1h'], cancelled = ['mark killed']}",
            b="'mark end'",
        ),
        "b end | a nothing | a killed",
    ),
}
SHARED = {
    "wait e": '[[event]]\nname = "e"\n',
    "put q": '[[queue]]\nname = "q"\nsize = 1\n',
    "wait c": '[[condition]]\nname = "c"\n',
    "wait b": '[[barrier]]\nname = "b"\nparties = 3\n',
    "wait p": '[[barrier]]\nname = "p"\nparties = 2\n',
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_steps(name: str, model: str) -> None:
    text, expected = PROGRAMS[name]
    declared = "".join(each for step, each in SHARED.items() if f"'{step}'" in text)
    assert said(model, declared + text) == (
        expected[model] if isinstance(expected, dict) else expected
    )
