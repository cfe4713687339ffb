"""Breakpoints in the app: the dialog, running on, and playing that stops exactly there."""

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from schedsim import library
from schedsim.breakpoints import known_of
from schedsim.findings import find
from schedsim.metrics import measure
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.tui.screens.breakpoints import BreakpointsScreen
from schedsim.tui.screens.player import PlayerScreen
from tests.tui.scenes import (
    ENDLESS,
    GIL,
    MS,
    PROCESSES,
    STARVE,
    TICKS,
    Clock,
    go,
    make_app,
    player,
    shown,
)

pytestmark = pytest.mark.app


def notices(pilot: Pilot[None]) -> str:
    return " ".join(each.message for each in pilot.app._notifications)


def stop_at(pilot: Pilot[None], *conditions: str) -> None:
    """Set breakpoints."""
    session = player(pilot).session
    known = known_of(session.trace, session.run.scenario)
    for text in conditions:
        session.stops.add(text, known)


async def write(pilot: Pilot[None], text: str) -> None:
    """Write into the field of the dialog, and enter."""
    pilot.app.screen.query_one("#condition", Input).value = text
    await pilot.press("enter")
    await pilot.pause()


def texts(pilot: Pilot[None]) -> list[tuple[str, bool]]:
    return [(each.text, each.on) for each in player(pilot).session.stops.breakpoints]


async def test_b_opens_the_dialog_and_enter_adds() -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("B")
        await pilot.pause()
        assert isinstance(pilot.app.screen, BreakpointsScreen)
        assert "There is none yet." in shown(pilot)
        await write(pilot, "starts   cruncher")
        await write(pilot, "switch")
        assert texts(pilot) == [("starts cruncher", True), ("switch", True)]
        assert "[x] starts cruncher" in shown(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlayerScreen)


async def test_an_error_stands_beside_the_field_and_nothing_is_lost() -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("B")
        await pilot.pause()
        await write(pilot, "starts crunhcer")
        assert "did you mean 'cruncher'?" in shown(pilot)
        assert pilot.app.screen.query_one("#condition", Input).value == "starts crunhcer"
        assert texts(pilot) == []
        await write(pilot, "starts cruncher")
        assert "did you mean" not in shown(pilot)
        await write(pilot, "starts  cruncher")
        assert "there is one like it already" in shown(pilot)


async def test_space_switches_one_off_and_delete_removes_it() -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("B")
        await pilot.pause()
        await write(pilot, "switch")
        await write(pilot, "starts cruncher")
        await pilot.press("tab", "up", "space")
        await pilot.pause()
        assert texts(pilot) == [("switch", False), ("starts cruncher", True)]
        assert "(off)" in shown(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert texts(pilot)[0] == ("switch", True)
        await pilot.press("delete")
        await pilot.pause()
        assert texts(pilot) == [("starts cruncher", True)]
        await pilot.press("backspace")
        await pilot.pause()
        assert texts(pilot) == []


async def test_a_list_that_tab_leads_to_has_a_row_under_its_cursor() -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        stop_at(pilot, "starts cruncher", "switch")
        await pilot.press("B", "tab", "space")
        assert texts(pilot) == [("starts cruncher", False), ("switch", True)]
        await pilot.press("tab", "enter")
        await pilot.pause()
        assert pilot.app.screen.query_one("#condition", Input).value == "starts ticker"


async def test_the_same_by_mouse() -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("B")
        await pilot.pause()
        await write(pilot, "switch")
        await write(pilot, "starts cruncher")
        await pilot.click("#there", offset=(3, 0))
        await pilot.pause()
        assert texts(pilot) == [("switch", False), ("starts cruncher", True)]
        await pilot.click("#toggle")
        await pilot.pause()
        assert texts(pilot)[0] == ("switch", True)
        await pilot.click("#remove")
        await pilot.pause()
        assert texts(pilot) == [("starts cruncher", True)]
        await pilot.click("#kinds", offset=(3, 0))
        await pilot.pause()
        assert pilot.app.screen.query_one("#condition", Input).value.startswith("starts ")
        await pilot.click("#close")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlayerScreen)


async def test_what_cannot_be_had_here_has_no_example() -> None:
    app = make_app(STARVE)  # no step says mark
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("B")
        await pilot.pause()
        kinds = pilot.app.screen.query_one("#kinds", OptionList)
        off = [n for n in range(kinds.option_count) if kinds.get_option_at_index(n).disabled]
        assert len(off) == 1
        await write(pilot, "mark here")
        assert "nothing is logged in this scenario" in shown(pilot)


async def test_run_on_from_the_dialog() -> None:
    app = make_app(PROCESSES)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("B")
        await pilot.pause()
        await write(pilot, "starts worker-5")
        await pilot.press("ctrl+r")
        await pilot.pause()
        # two cores, 10 ms each: workers 1 and 2, 3 and 4, and then 5 and 1
        assert player(pilot).session.at == 20 * MS
        assert "Stopped: worker-5 runs for the first time." in notices(pilot)


async def test_r_goes_from_stop_to_stop() -> None:
    app = make_app(TICKS)  # first come, first served: p for 9 ticks, then q for 4
    async with app.run_test() as pilot:
        stop_at(pilot, "time 5", "waits q > 3", "ends p", "ends q")
        found = []
        for _ in range(4):
            await pilot.press("R")
            await pilot.pause()
            found.append((player(pilot).session.at, notices(pilot)))
        assert found == [
            (5, "Stopped: it is 5 ticks; q has waited for 3 ticks."),
            (9, "Stopped: p has ended."),
            (13, "Stopped: q has ended."),
            (13, "No breakpoint holds from here to the end."),
        ]


async def test_r_without_a_breakpoint_says_how_to_make_one() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("R")
        assert "No breakpoint is on: B lists them" in notices(pilot)
        stop_at(pilot, "switch")
        player(pilot).session.stops.toggle(0)
        await pilot.press("R")
        assert "No breakpoint is on" in notices(pilot)
        assert player(pilot).session.step == player(pilot).session.first


@pytest.mark.parametrize("notches", [0, 12])
async def test_playing_at_any_speed_stops_exactly(notches: int) -> None:
    clock = Clock()
    app = make_app(PROCESSES, clock=clock)
    async with app.run_test() as pilot:
        screen = player(pilot)
        stop_at(pilot, "starts worker-5", "runs worker-2")
        screen.playback.change_speed(notches)
        found = []
        for _ in range(3):
            await pilot.press("space")
            for _ in range(50):
                clock.now += 1.0
                screen.tick()
            await pilot.pause()
            assert not screen.playback.playing
            found.append((screen.session.at, screen.session.step, notices(pilot)))
        times = [at for at, _, _ in found]
        assert times == [0, 20 * MS, 30 * MS]
        assert found[1][2] == "Stopped: worker-5 runs for the first time."
        for _, step, _ in found:
            row = screen.session.trace.row(step - 1)
            assert screen.session.trace.entities[row.subject].name in ("worker-2", "worker-5")


async def test_breakpoints_stay_when_one_acts() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await go(20)(pilot)
        stop_at(pilot, "time 100ms")
        await pilot.press("y", "R")
        await pilot.pause()
        assert len(player(pilot).session.branches) == 2
        assert player(pilot).session.at == 100 * MS


async def test_r_executes_on_where_the_run_has_not_come_yet() -> None:
    app = make_app(ENDLESS)
    async with app.run_test() as pilot:
        await pilot.app.workers.wait_for_complete()
        session = player(pilot).session
        later = session.trace.end + 500 * MS
        stop_at(pilot, f"time {later}ns")
        await pilot.press("R")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert session.at == later
        assert "Stopped: it is" in notices(pilot)


async def test_r_gives_up_within_reason_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schedsim.tui.screens.player.FURTHER", 2_000)
    app = make_app(ENDLESS)
    async with app.run_test() as pilot:
        await pilot.app.workers.wait_for_complete()
        session = player(pilot).session
        before = session.step
        stop_at(pilot, "ends spin")
        await pilot.press("R")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert "R looks further" in notices(pilot)
        assert session.step == before


async def test_a_finding_is_looked_for_and_stopped_at() -> None:
    scenario = Source.of(library.path("starving-loop")).load()
    app = make_app(scenario)
    async with app.run_test() as pilot:
        stop_at(pilot, "finding blocked_loop")
        await pilot.press("R")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert "Stopped: finding: blocked loop." in notices(pilot)
        assert player(pilot).session.at > 0


async def test_playing_waits_until_findings_are_known() -> None:
    clock = Clock()
    scenario = Source.of(library.path("starving-loop")).load()
    found = find(measure(Run(scenario).finish()))
    first = min(each.start for each in found if each.kind == "blocked_loop")
    app = make_app(scenario, clock=clock)
    async with app.run_test() as pilot:
        screen = player(pilot)
        stop_at(pilot, "finding blocked_loop")
        await pilot.press("space")
        clock.now += 1_000  # long past it
        screen.tick()
        assert screen.session.at in (0, first)
        await pilot.app.workers.wait_for_complete()
        clock.now += 1_000
        screen.tick()
        assert screen.session.at == first > 0
        assert not screen.playback.playing


async def test_r_shows_nothing_hidden() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        stop_at(pilot, "time 90ms")
        await go(15)(pilot)
        await pilot.press("w")
        await pilot.pause()
        at = player(pilot).session.at
        await pilot.press("R")
        await pilot.pause()
        assert player(pilot).session.at == at
        assert "hidden while you guess" in notices(pilot)


async def test_text_of_a_name_is_shown_as_it_is() -> None:
    app = make_app(GIL)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("B")
        await pilot.pause()
        await write(pilot, "starts [/bold]\x1b[2J")
        assert "nobody is called" in shown(pilot)
