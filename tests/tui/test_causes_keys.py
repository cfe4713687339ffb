"""W and C, and the program panel at any size."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from schedsim import library
from schedsim.causes import critical_path
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.scenario_file import load
from schedsim.timeline import LaneId
from schedsim.trace import Role
from schedsim.tui.panels.program import ProgramPanel
from schedsim.tui.screens.chain import ChainScreen
from schedsim.tui.screens.critical_path import PathScreen
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.session import Session
from tests.tui.scenes import GIL, INVERSION, MS, STARVE, make_app, player, shown

pytestmark = pytest.mark.app


def select(pilot: Pilot[None], who: str, at: int) -> Session:
    screen = player(pilot)
    session = screen.session
    (found,) = [e for e in session.trace.entities if e.name == who and e.role is not Role.PROCESS]
    session.selected = LaneId(found.role.name.lower(), found.id)
    session.to_time(at)
    screen.show()
    return session


def toasts(pilot: Pilot[None]) -> str:
    return " ".join(str(each.message) for each in pilot.app._notifications)


async def test_w_goes_to_the_wake_and_selects_who_caused_it() -> None:
    """high waits for the lock from 3 to 12; low lets go of it."""
    async with make_app(INVERSION).run_test(size=(80, 24)) as pilot:
        session = select(pilot, "high", 13)
        await pilot.press("W")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ChainScreen)
        assert session.at == 12
        assert session.selected is not None
        assert session.trace.entities[session.selected.number].name == "low"
        assert "high could run: A low let go of lock m" in " ".join(shown(pilot).split())
        await pilot.press("W")
        assert session.at == 0
        await pilot.press("W")
        await pilot.pause()
        assert "The chain begins here" in shown(pilot)


async def test_escape_returns_to_where_one_began() -> None:
    async with make_app(INVERSION).run_test(size=(80, 24)) as pilot:
        session = select(pilot, "high", 13)
        before = (session.step, session.at, session.selected)
        await pilot.press("W", "W", "escape")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlayerScreen)
        assert (session.step, session.at, session.selected) == before
        assert session.marked == {}


async def test_enter_stays_and_up_goes_forward_along_the_chain() -> None:
    async with make_app(INVERSION).run_test(size=(80, 24)) as pilot:
        session = select(pilot, "high", 13)
        await pilot.press("W", "W", "up", "enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlayerScreen)
        assert session.at == 12


async def test_the_first_line_of_the_chain_is_where_one_began() -> None:
    async with make_app(INVERSION).run_test(size=(80, 24)) as pilot:
        session = select(pilot, "high", 13)
        await pilot.press("W")
        await pilot.pause()
        await pilot.click("#hops", offset=(12, 0))
        await pilot.pause()
        assert session.at == 13
        assert isinstance(pilot.app.screen, ChainScreen)


async def test_the_chain_can_be_followed_by_mouse_alone() -> None:
    async with make_app(INVERSION).run_test(size=(80, 24)) as pilot:
        session = select(pilot, "high", 13)
        await pilot.press("W")
        await pilot.pause()
        await pilot.click("#further")
        await pilot.pause()
        assert session.at == 0
        await pilot.click("#return")
        await pilot.pause()
        assert session.at == 13
        await pilot.press("W")
        await pilot.pause()
        await pilot.click("#stay")
        await pilot.pause()
        assert (session.at, len(pilot.app.screen_stack)) == (12, 2)


async def test_a_core_asks_for_who_is_on_it() -> None:
    async with make_app(STARVE).run_test(size=(80, 24)) as pilot:
        screen = player(pilot)
        screen.session.to_time(132 * MS)
        await pilot.press("W")
        await pilot.pause()
        assert "who woke cruncher?" in shown(pilot)


async def test_a_core_on_which_nobody_is_has_nobody_to_ask_for() -> None:
    async with make_app(INVERSION).run_test(size=(80, 24)) as pilot:
        await pilot.press("end", "W")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlayerScreen)
        assert "Nobody is there now" in toasts(pilot)


async def test_who_has_not_arrived_has_not_been_woken() -> None:
    async with make_app(INVERSION).run_test(size=(80, 24)) as pilot:
        select(pilot, "mid", 1)
        await pilot.press("W")
        await pilot.pause()
        assert "mid has not arrived yet: nobody has woken it." in toasts(pilot)


async def test_c_shows_the_path_and_enter_goes_to_a_stretch() -> None:
    async with make_app(GIL).run_test(size=(80, 24)) as pilot:
        session = select(pilot, "cpu-1", 40 * MS)
        assert session.selected is not None
        found = critical_path(session.run.history, session.selected.number).stretches
        await pilot.press("C")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PathScreen)
        assert "critical path of cpu-1" in shown(pilot)
        assert session.marked[session.selected][0] == (found[0].start, found[0].end)
        await pilot.press("home", "down", "down", "enter")
        await pilot.pause()
        assert player(pilot).is_current
        assert session.at == found[2].start
        assert session.marked


async def test_marks_are_taken_away() -> None:
    async with make_app(GIL).run_test(size=(80, 24)) as pilot:
        await pilot.press("C", "C")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlayerScreen)
        assert player(pilot).session.marked == {}
        await pilot.press("C")
        await pilot.pause()
        await pilot.click("#close")
        await pilot.pause()
        assert player(pilot).session.marked
        await pilot.press("C")
        await pilot.pause()
        await pilot.click("#clear")
        await pilot.pause()
        assert player(pilot).session.marked == {}


async def test_a_click_goes_to_a_stretch_and_tab_shows_the_whole_run() -> None:
    async with make_app(GIL).run_test(size=(80, 24)) as pilot:
        session = select(pilot, "cpu-1", 40 * MS)
        await pilot.press("C", "tab")
        await pilot.pause()
        assert "critical path of the run" in shown(pilot)
        whole = critical_path(session.run.history).stretches
        listed = pilot.app.screen.query_one("#stretches", OptionList)
        assert listed.option_count == len(whole)
        await pilot.click("#other")
        await pilot.press("home")
        await pilot.pause()
        await pilot.click("#stretches", offset=(3, 1))
        await pilot.pause()
        assert session.at == 20_000


async def test_who_never_ends_is_not_said_to_end() -> None:
    """Two threads, each with one lock, both want the other's after 2 ms."""
    async with make_app(load(library.path("deadlock"))).run_test(size=(80, 24)) as pilot:
        await pilot.press("C")
        await pilot.pause()
        told = " ".join(shown(pilot).replace("│", " ").split())
        assert "take has not ended when the run stops at 2 ms." in told
        assert "end at" not in told


async def test_the_path_is_not_told_to_who_is_to_guess() -> None:
    async with make_app(GIL).run_test(size=(80, 24)) as pilot:
        player(pilot).session.hides_future = True
        await pilot.press("C")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlayerScreen)
        assert "tells the future" in toasts(pilot)


# -- the program panel ---------------------------------------------------------------------------


def panel(name: str, who: str, at: float, width: int, height: int) -> list[str]:
    session = Session(Run(Source.of(library.path(name)).load()))
    (found,) = [e for e in session.trace.entities if e.name == who and e.role is not Role.PROCESS]
    session.selected = LaneId(found.role.name.lower(), found.id)
    session.to_time(int(at * MS))
    lines = ProgramPanel().draw(session.moment, width, height)
    assert len(lines) <= height
    return [line.plain.rstrip() for line in lines]


@pytest.mark.parametrize("size", [(30, 4), (42, 9), (60, 12), (120, 40)])
@pytest.mark.parametrize(
    ("name", "who", "at"),
    [
        ("four-styles", "coroutine", 5),
        ("plain-asyncio", "elsewhere", 160),
        ("philosophers", "P1", 1),
        ("to-thread", "main", 20),
        ("starving-loop", "main", 30),
    ],
)
def test_the_panel_shows_who_and_where_at_any_size(
    name: str, who: str, at: float, size: tuple[int, int]
) -> None:
    lines = panel(name, who, at, *size)
    assert who in lines[0]
    assert max(map(len, lines)) <= size[0] + 2  # a mark of more to come
    if who != "main":
        assert any(line.startswith(("║ ", "› ")) for line in lines)


def test_each_frame_has_a_line_where_there_is_room() -> None:
    lines = panel("four-styles", "coroutine", 5, 100, 40)
    (outer,) = [line for line in lines if line.startswith("│ ")]
    assert outer.endswith("await ask_by_coroutine(length)")
    (inner,) = [line for line in lines if line.startswith("║ ")]
    assert inner.endswith("await io(length)")
    start = next(n for n, line in enumerate(lines) if "outermost first" in line)
    assert [line.split()[0] for line in lines[start + 1 :]] == [
        "with_a_coroutine",
        "ask_by_coroutine",
    ]
    assert any("coroutine waits for a device until 13 ms." in line for line in lines)


def test_frames_are_not_cut_more_than_they_must_be_beside_the_timeline() -> None:
    """As wide as the panel is in a terminal of 120 columns."""
    lines = panel("plain-asyncio", "heartbeat", 5, 38, 30)
    assert lines[-2] == "  its frame is kept:"
    assert lines[-1].startswith("    heartbeat   29  await asyncio.sl")
    lines = panel("four-styles", "coroutine", 5, 38, 30)
    start = next(n for n, line in enumerate(lines) if "frames is kept" in line)
    assert " ".join(lines[start : start + 2]).split()[-3:] == ["the", "outermost", "first:"]


def test_what_is_awaited_is_followed_to_its_end() -> None:
    lines = panel("to-thread", "server", 20, 100, 20)
    text = " ".join(lines)
    assert "A server awaits something unfinished, which C asyncio_0 will bring." in text
    assert "C asyncio_0 is in a blocking call until 40 ms." in text


def test_a_thread_with_a_loop_shows_the_task_in_hand() -> None:
    lines = panel("plain-asyncio", "main", 30, 60, 9)
    assert "its loop has" in lines[1]
    assert any(line.startswith("› ") for line in lines)


def test_a_thread_whose_loop_has_nobody_in_hand_says_how_it_stands() -> None:
    lines = panel("to-thread", "main", 5, 80, 9)
    assert lines[1:3] == [
        "its loop (asyncio) has nobody in hand",
        "next timer: 10 ms, of pulse",
    ]


async def test_python_gets_its_colours_after_the_first_picture() -> None:
    app = make_app(Source.of(library.path("plain-asyncio")).load())
    async with app.run_test(size=(120, 40)) as pilot:
        select(pilot, "stubborn", 30 * MS)
        await pilot.pause()
        lines = pilot.app.screen._compositor.render_strips()
        (row,) = [line for line in lines if "async def stubborn" in "".join(s.text for s in line)]
        colours = {s.style.color for s in row if s.text.strip() and s.style and s.style.color}
        assert len(colours) > 2


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
@pytest.mark.parametrize(("key", "last"), [("W", "esc returns"), ("C", "esc closes")])
async def test_dialogs_fit_any_terminal(key: str, last: str, size: tuple[int, int]) -> None:
    async with make_app(STARVE).run_test(size=size) as pilot:
        select(pilot, "ticker-1", 600 * MS)
        await pilot.press(key, "down", "down", "down", "down", "down", "down")
        await pilot.pause()
        assert last in shown(pilot)
