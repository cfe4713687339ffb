"""Changing the rules while a machine runs: its GIL, its policy, its quantum."""

from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Select, Static

from schedsim.commands import Command, SetGil, SetPolicy, SetQuantum
from schedsim.policies import POLICIES
from schedsim.policies.defaults import defaults
from schedsim.scenario import PythonSpec, Scenario
from schedsim.tui.parameters import explained, fields, summary
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.screens.policy import SAYS, PolicyScreen
from tests.tui.scenes import (
    FREE,
    GIL,
    LEVELS,
    MS,
    PROCESSES,
    STARVE,
    TICKS,
    go,
    make_app,
    player,
    shown,
)

pytestmark = pytest.mark.app


def done(pilot: Pilot[None]) -> list[Command]:
    """What has been done to the machine."""
    return [placed.command for placed in player(pilot).session.run.commands]


def toast(pilot: Pilot[None]) -> str:
    """What the toast says."""
    return " ".join(each.message for each in pilot.app._notifications)


async def choose(pilot: Pilot[None], policy: str) -> PolicyScreen:
    """Open the dialog and highlight a policy."""
    await pilot.press("P")
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, PolicyScreen)
    screen.query_one(OptionList).highlighted = list(POLICIES).index(policy)
    await pilot.pause()
    return screen


# -- the GIL ----------------------------------------------------------------------------------


async def test_g_switches_the_gil_off_and_on() -> None:
    app = make_app(GIL)
    async with app.run_test(size=(120, 40)) as pilot:
        await go(28)(pilot)
        assert "no GIL" not in shown(pilot)
        await pilot.press("g")
        assert done(pilot) == [SetGil(on=False)]
        assert toast(pilot).startswith("From here on nobody needs the GIL")
        assert "no GIL" in shown(pilot)
        assert "You switched the GIL off" in shown(pilot)
        session = player(pilot).session
        assert session.at == 28 * MS
        session.to_time(40 * MS)
        await pilot.press("g")
        assert done(pilot) == [SetGil(on=False), SetGil(on=True)]
        assert "only the holder of the GIL" in toast(pilot)
        assert "no GIL" not in shown(pilot)


async def test_g_works_on_a_python_without_one() -> None:
    """Two threads of 20 ms side by side; with a GIL from 4 ms on they end at 36."""
    app = make_app(FREE)
    async with app.run_test() as pilot:
        await go(4)(pilot)
        await pilot.press("g")
        assert done(pilot) == [SetGil(on=True)]
        assert player(pilot).session.run.finish().end == 36 * MS


async def test_the_old_gil_stays_and_says_why() -> None:
    app = make_app(replace(GIL, python=PythonSpec(kind="old")))
    async with app.run_test() as pilot:
        await pilot.press("g")
        assert done(pilot) == []
        assert "before Python 3.2 cannot be switched" in toast(pilot)


# -- the quantum ------------------------------------------------------------------------------


async def test_braces_double_and_halve_the_quantum() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        await pilot.press("right_curly_bracket")
        assert done(pilot) == [SetQuantum(20 * MS)]
        assert toast(pilot).startswith("From here on the quantum is 20 ms; slices under way")
        await pilot.press("left_curly_bracket", "left_curly_bracket")
        assert done(pilot)[-1] == SetQuantum(5 * MS)


async def test_a_policy_without_a_quantum_says_so() -> None:
    app = make_app(TICKS)
    async with app.run_test() as pilot:
        await pilot.press("right_curly_bracket")
        assert done(pilot) == []
        assert toast(pilot) == "That cannot be: fifo has no quantum."


@pytest.mark.parametrize(
    ("scenario", "key", "says"),
    [
        (STARVE, "minus", "That cannot be: a machine has at least 1 core, and at most "),
        (STARVE, "M", "That cannot be: there is no loop of gevent or eventlet to patch for."),
        (FREE, "left_parenthesis", "That cannot be: this Python has no GIL, so there is nothing"),
    ],
)
async def test_what_cannot_be_is_told_without_the_words_of_a_recording(
    scenario: Scenario, key: str, says: str
) -> None:
    async with make_app(scenario).run_test() as pilot:
        await pilot.press(key)
        assert toast(pilot).startswith(says)


# -- the policy -------------------------------------------------------------------------------


async def test_p_opens_the_list_at_the_policy_in_force() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        await pilot.press("P")
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, PolicyScreen)
        assert screen.policy == "round_robin"
        assert screen.query_one("#quantum", Input).value == "10ms"
        assert "round robin (now)" in shown(pilot)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, PlayerScreen)
        assert done(pilot) == []


async def test_enter_applies_the_highlighted_policy_from_here_on() -> None:
    app = make_app(PROCESSES)
    async with app.run_test(size=(120, 40)) as pilot:
        await go(25)(pilot)
        await choose(pilot, "fifo")
        await pilot.press("enter")
        await pilot.pause()
        assert done(pilot) == [SetPolicy("fifo")]
        assert player(pilot).session.at == 25 * MS
        assert toast(pilot).startswith("From here on fifo schedules")
        assert "now · fifo" in shown(pilot)
        assert "processes · fifo" in shown(pilot)
        await go(24)(pilot)
        assert "now · round robin" in shown(pilot)


async def test_parameters_are_written_beside_their_names() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        screen = await choose(pilot, "mlfq")
        screen.query_one("#levels", Input).value = "2"
        screen.query_one("#quantum", Input).value = "4ms, 8ms"
        screen.query_one("#boost", Input).value = "100ms"
        screen.query_one("#stay", Select).value = 1
        screen.query_one("#levels", Input).focus()
        await pilot.press("enter")
        await pilot.pause()
        (command,) = done(pilot)
        assert command == SetPolicy(
            "mlfq",
            {
                "levels": 2,
                "quantum": [4 * MS, 8 * MS],
                "allotment": 1,
                "boost": 100 * MS,
                "stay": True,
                "iobump": False,
            },
        )
        await choose(pilot, "mlfq")
        assert pilot.app.screen.query_one("#quantum", Input).value == "4ms, 8ms"
        assert pilot.app.screen.query_one("#stay", Select).value == 1


@pytest.mark.parametrize(
    ("policy", "word", "text", "says"),
    [
        ("round_robin", "quantum", "soon", 'expected a duration such as "5ms"'),
        ("round_robin", "quantum", "0", "must be longer than 0"),
        ("mlfq", "levels", "many", "expected a whole number such as 3, got 'many'"),
        ("mlfq", "quantum", "1ms, 2ms", ""),
        ("mlfq", "allotment", "1, 2, 3, 4", ""),
        ("cfs", "min_granularity", "20s", ""),
    ],
)
async def test_what_does_not_fit_is_told_beside_the_field(
    policy: str, word: str, text: str, says: str
) -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        screen = await choose(pilot, policy)
        screen.query_one(f"#{word}", Input).value = text
        if policy == "mlfq" and not says:
            screen.query_one("#levels", Input).value = "3"
            says = "must have one entry for each of the 3 levels"
        if policy == "cfs":
            screen.query_one("#sched_latency", Input).value = "1s"
            says = "must be no longer than sched_latency"
        screen.query_one(f"#{word}", Input).focus()
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert says in str(screen.query_one(f"#{word}-problem", Static).content)
        assert pilot.app.focused is screen.query_one(f"#{word}")
        assert done(pilot) == []


async def test_a_policy_that_does_not_fit_the_machine_says_why() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        screen = await choose(pilot, "work_stealing")
        await pilot.press("enter")
        await pilot.pause()
        problem = screen.query_one("#name-problem", Static)
        assert problem.display
        assert "wants a run queue for each core" in str(problem.content)
        screen.query_one(OptionList).highlighted = 0
        await pilot.pause()
        assert not problem.display


async def test_in_ticks_durations_are_numbers() -> None:
    app = make_app(TICKS)
    async with app.run_test() as pilot:
        screen = await choose(pilot, "round_robin")
        assert screen.query_one("#quantum", Input).value == "1"
        screen.query_one("#quantum", Input).value = "3"
        await pilot.press("enter")
        await pilot.pause()
        (command,) = done(pilot)
        assert isinstance(command, SetPolicy)
        assert command.parameters["quantum"] == 3


async def test_the_mouse_chooses_and_applies() -> None:
    app = make_app(LEVELS)
    async with app.run_test() as pilot:
        screen = await choose(pilot, "edf")
        await pilot.click("#ok")
        await pilot.pause()
        assert [type(command) for command in done(pilot)] == [SetPolicy]
        assert pilot.app.screen is not screen


async def test_a_focused_parameter_is_explained() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        screen = await choose(pilot, "round_robin")
        screen.query_one("#quantum", Input).focus()
        await pilot.pause()
        assert str(screen.query_one("#hint", Static).content) == "How long one turn is."


def test_policies_are_told_in_a_line() -> None:
    """Only those that there are; one of somebody's own says it in its documentation."""
    assert set(SAYS) <= set(POLICIES)
    assert summary("fifo").startswith("Serves threads in order of arrival")


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_has_a_line_and_every_parameter_a_sentence(policy: str) -> None:
    assert SAYS.get(policy) or summary(policy)
    for field in fields(policy, defaults(policy, "ns"), "ns"):
        assert explained(policy)[field.word]
