"""Killing and renicing by key: whoever is selected, and what the toast says of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from schedsim import library
from schedsim.commands import Kill, SetNice, SetPolicy, SetPriority, SetTickets
from schedsim.scenario import Job, MachineSpec, Scenario
from schedsim.scenario_file import load
from schedsim.timeline import LaneId, Situation
from schedsim.tui.acts.lives import whoever
from schedsim.tui.screens.player import PlayerScreen
from tests.tui.scenes import FREE, GIL, INVERSION, MS, PROCESSES, STARVE, go, make_app, ops, player

pytestmark = pytest.mark.app


def notices(pilot: Pilot[None]) -> str:
    """What the toasts say."""
    return " ".join(each.message for each in pilot.app._notifications)


def select(screen: PlayerScreen, name: str, kind: str = "") -> LaneId:
    """Select the lane of that name."""
    session = screen.session
    lane = next(
        lane
        for lane in session.moment.lanes()
        if session.timeline.name(lane) == name and kind in ("", lane.kind)
    )
    session.selected = lane
    screen.show()
    return lane


async def test_a_thread_is_killed_with_its_process_and_undo_brings_it_back() -> None:
    app = make_app(GIL)
    async with app.run_test() as pilot:
        await go(20)(pilot)
        lane = select(player(pilot), "cpu-2")
        await pilot.press("K")
        session = player(pilot).session
        assert [placed.command for placed in session.run.commands] == [Kill("cpu-2", "python")]
        assert session.timeline.at(lane, 21 * MS).situation is Situation.GONE
        said = notices(pilot)
        assert "You killed process python with SIGKILL, and with it 3 more threads: a" in said
        assert "a thread cannot be killed in Python. u undoes it" in said
        assert "u undoes it" in said
        await pilot.press("u")
        assert "Undone: You killed process python with SIGKILL" in notices(pilot)
        assert player(pilot).session.run.commands == ()
        assert session.timeline.at(lane, 21 * MS).situation is not Situation.GONE


async def test_a_task_is_cancelled_in_its_loop() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await go(120)(pilot)
        select(player(pilot), "ticker-1")
        await pilot.press("K")
        commands = [placed.command for placed in player(pilot).session.run.commands]
        assert commands == [Kill("ticker-1", "python", "main")]
        assert "You cancelled ticker-1." in notices(pilot)


async def test_on_a_core_or_a_gil_whoever_has_it_is_meant() -> None:
    app = make_app(GIL)
    async with app.run_test() as pilot:
        await go(20)(pilot)
        session = player(pilot).session
        state = session.moment.state
        core = select(player(pilot), "core 0")
        assert whoever(session.moment, core) == state.running[0]
        gil = select(player(pilot), "GIL python")
        assert whoever(session.moment, gil) == state.gils[gil.number].holder != 0
        await pilot.press("K")
        assert len(session.run.commands) == 1


async def test_where_nobody_is_that_is_said() -> None:
    app = make_app(FREE)
    async with app.run_test() as pilot:
        await pilot.press("K")
        assert "Nobody is there who could be killed" in notices(pilot)
        await pilot.press("d")
        assert "Nobody is there who could be reniced" in notices(pilot)
        assert player(pilot).session.run.commands == ()


async def test_who_has_ended_is_left_in_peace() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        await pilot.press("end")
        select(player(pilot), "worker-1", "thread")
        await pilot.press("K")
        assert "worker-1 has ended already" in notices(pilot)
        assert player(pilot).session.run.commands == ()


def served_by(policy: str) -> Scenario:
    """Two processes on a core."""
    return Scenario(
        policy,
        name=policy,
        model="processes",
        machine=MachineSpec(policy=policy),
        jobs=(Job("a", ops("compute 60ms")), Job("b", ops("compute 60ms"))),
    )


@pytest.mark.parametrize(
    ("policy", "keys", "expected", "says"),
    [
        ("cfs", "d", [SetNice("b", 5, "b")], "b has nice value 5"),
        ("eevdf", "dd", [SetNice("b", 5, "b"), SetNice("b", 10, "b")], "b has nice value 10"),
        ("linux", "D", [SetNice("b", -5, "b")], "b has nice value -5"),
        ("lottery", "D", [SetTickets("b", 200, "b")], "b has 200 tickets"),
        ("stride", "d", [SetTickets("b", 50, "b")], "b has 50 tickets"),
        ("priority", "D", [SetPriority("b", -1, "b")], "b has priority -1"),
    ],
)
async def test_nicer_and_less_nice_in_the_words_of_the_policy(
    policy: str, keys: str, expected: list[object], says: str
) -> None:
    app = make_app(served_by(policy))
    async with app.run_test() as pilot:
        await go(20)(pilot)
        for key in keys:
            select(player(pilot), "b", "thread")
            await pilot.press(key)
        found = [placed.command for placed in player(pilot).session.run.commands]
        assert found == expected
        assert says in notices(pilot)


async def test_a_nice_value_stops_at_its_end() -> None:
    app = make_app(served_by("cfs"))
    async with app.run_test() as pilot:
        await go(20)(pilot)
        for _ in range(5):
            select(player(pilot), "b", "thread")
            await pilot.press("d")
        commands = [placed.command for placed in player(pilot).session.run.commands]
        assert commands[-1] == SetNice("b", 19, "b")
        assert len(commands) == 4
        assert "has nice value 19 already" in notices(pilot)


async def test_the_policy_in_force_has_the_word() -> None:
    app = make_app(served_by("cfs"))
    async with app.run_test() as pilot:
        await go(20)(pilot)
        player(pilot).session.act(SetPolicy("stride"))
        select(player(pilot), "b", "thread")
        await pilot.press("d")
        commands = [placed.command for placed in player(pilot).session.run.commands]
        assert commands[1:] == [SetTickets("b", 50, "b")]


async def test_larger_may_be_higher() -> None:
    machine = replace(INVERSION.machine, parameters={"preemptive": True, "larger_is_higher": True})
    app = make_app(replace(INVERSION, machine=machine))
    async with app.run_test() as pilot:
        player(pilot).session.to_time(2)
        select(player(pilot), "high", "thread")
        await pilot.press("D")
        commands = [placed.command for placed in player(pilot).session.run.commands]
        assert commands == [SetPriority("high", 2, "high")]


async def test_a_policy_that_looks_at_nothing_of_it_is_named() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        await go(20)(pilot)
        select(player(pilot), "worker-1", "thread")
        await pilot.press("d")
        assert "The policy round_robin looks at nobody's nice value" in notices(pilot)
        assert player(pilot).session.run.commands == ()


async def test_the_branch_tells_what_was_done() -> None:
    app = make_app(GIL)
    async with app.run_test() as pilot:
        await go(20)(pilot)
        select(player(pilot), "cpu-2")
        await pilot.press("K")
        assert "You killed process python" in player(pilot).session.branches.current.says


@pytest.mark.parametrize("key", ["K", "d", "D"])
async def test_nothing_happens_to_a_thread_that_is_still_to_come(key: str) -> None:
    app = make_app(load(library.path("mlfq")))
    async with app.run_test() as pilot:
        session = player(pilot).session
        late = session.shown_rows()[-1].lane
        assert late.number >= len(session.moment.state.status)
        session.selected = late
        await pilot.press(key)
        assert "is not there yet" in notices(pilot)
        assert session.run.commands == ()
