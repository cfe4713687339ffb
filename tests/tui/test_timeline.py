"""The timeline in the player: every key of it, and the mouse."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence

import pytest
from rich.segment import Segment
from textual.events import MouseScrollDown
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input, OptionList, Static

from schedsim import library
from schedsim.scenario import Scenario
from schedsim.scenario_file import load
from schedsim.timeline import LaneId
from schedsim.tui.glyphs import SIGNS
from schedsim.tui.screens.find import FindScreen
from schedsim.tui.screens.jump import JumpScreen
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.session import AHEAD, Session
from schedsim.tui.widgets.gantt import Gantt
from schedsim.tui.widgets.kept import KeptLines
from tests.tui.scenes import ENDLESS, FREE, GIL, MS, STARVE, go, make_app, player, shown

pytestmark = pytest.mark.app


def session_of(pilot: Pilot[None]) -> Session:
    return player(pilot).session


def gantt_of(pilot: Pilot[None]) -> Gantt:
    return player(pilot).query_one(Gantt)


def names(pilot: Pilot[None]) -> list[str]:
    session = session_of(pilot)
    return [session.timeline.name(row.lane) for row in session.shown_rows()]


def lines_of(pilot: Pilot[None]) -> list[str]:
    """The timeline as text."""
    gantt = gantt_of(pilot)
    return [gantt.render_line(y).text for y in range(gantt.size.height)]


async def select(pilot: Pilot[None], name: str) -> None:
    session = session_of(pilot)
    session.selected = next(
        row.lane for row in session.shown_rows() if session.timeline.name(row.lane) == name
    )
    player(pilot).show()
    await pilot.pause()


async def write(pilot: Pilot[None], text: str) -> None:
    field = pilot.app.screen.query_one(Input)
    field.value = text
    await pilot.pause()


# -- panning and zooming ----------------------------------------------------------------------


@pytest.mark.parametrize(("left", "right"), [("H", "L"), ("ctrl+left", "ctrl+right")])
async def test_panning_moves_the_view_and_not_the_playhead(left: str, right: str) -> None:
    async with make_app().run_test() as pilot:
        await go(20)(pilot)
        gantt = gantt_of(pilot)
        start, at = gantt.start, session_of(pilot).at
        await pilot.press(right, right, right, right)
        away = gantt.start
        assert away > start
        assert not gantt.view.shows(at)
        player(pilot).show()  # whatever else makes it draw
        assert gantt.start == away
        await pilot.press(left)
        assert start < gantt.start < away
        assert session_of(pilot).at == at
        await pilot.press("right")  # one event: the playhead moves, so it is looked at again
        assert gantt.view.shows(session_of(pilot).at)


async def test_the_wheel_zooms_around_the_mouse_and_pans_with_shift() -> None:
    async with make_app().run_test() as pilot:
        await go(20)(pilot)
        gantt = gantt_of(pilot)
        label = gantt.size.width - gantt.columns
        at, cell = gantt.start + 30 * gantt.cell, gantt.cell
        gantt._wheel(_mouse(label + 30), -1)
        assert gantt.cell < cell
        assert gantt.view.column(at) == 30
        start = gantt.start
        gantt._wheel(_mouse(label + 30, shift=True), 1)
        assert gantt.start > start
        assert session_of(pilot).at == 20 * MS


def _mouse(x: int, *, shift: bool = False) -> MouseScrollDown:
    return MouseScrollDown(None, x, 3, 0, 0, 0, shift, False, False)


# -- places and bookmarks ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at"), [("132ms", 132 * MS), ("0.25 s", 250 * MS), ("50%", None), ("#41", None)]
)
async def test_the_playhead_jumps_to_what_is_written(text: str, at: int | None) -> None:
    async with make_app().run_test() as pilot:
        await pilot.press("colon")
        await write(pilot, text)
        await pilot.press("enter")
        session = session_of(pilot)
        assert isinstance(pilot.app.screen, PlayerScreen)
        if text == "#41":
            assert session.step == 41
        else:
            assert session.at == (session.trace.end // 2 if at is None else at)


async def test_what_is_no_place_is_told_beside_the_field_which_is_kept() -> None:
    async with make_app().run_test() as pilot:
        await go(20)(pilot)
        await pilot.press("colon")
        await write(pilot, "132")
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, JumpScreen)
        problem = pilot.app.screen.query_one("#place-problem", Static)
        assert problem.display
        assert 'write "132ms"' in str(problem.content)
        assert pilot.app.screen.query_one(Input).value == "132"
        await pilot.press("escape")
        assert session_of(pilot).at == 20 * MS


async def test_a_jump_beyond_what_has_been_executed_executes_as_far() -> None:
    async with make_app(ENDLESS).run_test() as pilot:
        await pilot.pause()
        far = 3 * AHEAD
        await pilot.press("colon")
        await write(pilot, f"#{far}")
        await pilot.press("enter")
        for _ in range(10_000):
            if session_of(pilot).step == far:
                break
            await pilot.pause()
        assert session_of(pilot).step == far


async def test_bookmarks_are_toggled_and_gone_through_in_a_circle() -> None:
    async with make_app().run_test() as pilot:
        for at in (50, 20, 132):
            await go(at)(pilot)
            await pilot.press("apostrophe")
        session = session_of(pilot)
        assert list(session.bookmarks) == [20 * MS, 50 * MS, 132 * MS]
        for at in (20, 50, 132, 20):
            await pilot.press("quotation_mark")
            assert session.at == at * MS
        await pilot.press("apostrophe")
        assert list(session.bookmarks) == [50 * MS, 132 * MS]


async def test_bookmarks_are_listed_where_one_jumps() -> None:
    async with make_app().run_test() as pilot:
        for at in (20, 132):
            await go(at)(pilot)
            await pilot.press("apostrophe")
        await pilot.press("colon")
        await pilot.pause()
        listed = pilot.app.screen.query_one(OptionList)
        assert [str(option.prompt) for option in listed.options] == [
            "bookmark 20 ms",
            "bookmark 132 ms",
        ]
        listed.focus()
        await pilot.press("home", "enter")
        assert session_of(pilot).at == 20 * MS


async def test_tab_leads_to_the_first_bookmark_and_enter_goes_there() -> None:
    async with make_app().run_test() as pilot:
        await go(20)(pilot)
        await pilot.press("apostrophe")
        await go(40)(pilot)
        await pilot.press("apostrophe", "home", "colon", "tab", "enter")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, JumpScreen)
        assert session_of(pilot).at == 20 * MS


async def test_without_a_bookmark_there_is_nowhere_to_go() -> None:
    async with make_app().run_test() as pilot:
        await go(20)(pilot)
        await pilot.press("quotation_mark")
        assert session_of(pilot).at == 20 * MS


# -- finding lanes ----------------------------------------------------------------------------


async def test_lanes_are_filtered_as_one_types_and_enter_keeps_that() -> None:
    async with make_app().run_test() as pilot:
        await select(pilot, "cruncher")
        await pilot.press("slash", "t", "i", "c")
        assert isinstance(pilot.app.screen, FindScreen)
        wanted = ["core 0", "GIL python", "main", "ticker-1", "ticker-2", "ticker-3"]
        assert names(pilot) == wanted
        assert session_of(pilot).selected in {r.lane for r in session_of(pilot).shown_rows()}
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, PlayerScreen)
        assert names(pilot) == wanted
        await pilot.pause()
        assert '"tic": 1 lane hidden' in shown(pilot)


async def test_escape_removes_the_filter() -> None:
    async with make_app().run_test() as pilot:
        before = names(pilot)
        await select(pilot, "ticker-2")
        await pilot.press("slash", "c", "r", "u", "escape")
        assert names(pilot) == before
        assert session_of(pilot).timeline.name(_chosen(pilot)) == "ticker-2"
        assert isinstance(pilot.app.screen, PlayerScreen)
        assert "hidden" not in shown(pilot)


async def test_what_nobody_is_called_filters_nothing_and_is_told() -> None:
    async with make_app().run_test() as pilot:
        await pilot.press("slash", "c", "r", "z", "enter")
        assert isinstance(pilot.app.screen, FindScreen)
        problem = pilot.app.screen.query_one("#part-problem", Static)
        assert str(problem.content) == 'no lane has "crz" in its name'
        assert names(pilot)[-1] == "cruncher"  # as by "cr"
        await pilot.press("backspace")
        assert not problem.display


async def test_selecting_goes_from_one_shown_lane_to_the_next() -> None:
    async with make_app().run_test() as pilot:
        await pilot.press("slash", *"cruncher", "enter")
        for _ in range(5):
            await pilot.press("down")
            assert session_of(pilot).selected in {r.lane for r in session_of(pilot).shown_rows()}
        assert session_of(pilot).timeline.name(_chosen(pilot)) == "cruncher"


def _chosen(pilot: Pilot[None]) -> LaneId:
    selected = session_of(pilot).selected
    assert selected is not None
    return selected


# -- folding ----------------------------------------------------------------------------------


async def test_x_folds_the_loop_of_the_selected_task_and_unfolds_it() -> None:
    async with make_app().run_test() as pilot:
        before = names(pilot)
        await select(pilot, "ticker-2")
        await pilot.press("x")
        assert names(pilot) == ["core 0", "GIL python", "main"]
        assert session_of(pilot).timeline.name(_chosen(pilot)) == "main"
        assert any("▸@ main (4)" in line for line in lines_of(pilot))
        await pilot.press("x")
        assert names(pilot) == before


async def test_a_click_on_the_sign_folds_and_one_on_the_name_selects() -> None:
    async with make_app().run_test() as pilot:
        await pilot.pause()
        gantt = gantt_of(pilot)
        y = gantt.first + names(pilot).index("main")
        await pilot.click(Gantt, offset=(1, y))
        assert len(names(pilot)) == 3
        await pilot.click(Gantt, offset=(4, y))
        assert len(names(pilot)) == 3
        assert session_of(pilot).timeline.name(_chosen(pilot)) == "main"
        await pilot.click(Gantt, offset=(1, y))
        assert len(names(pilot)) == 7


@pytest.mark.parametrize("key", ["x", "X"])
async def test_where_there_is_nothing_to_fold_that_is_said(key: str) -> None:
    async with make_app(FREE).run_test() as pilot:
        before = names(pilot)
        await pilot.press(key)
        await pilot.pause()
        assert names(pilot) == before
        assert any("fold" in toast.message for toast in pilot.app._notifications)


async def test_capital_x_folds_all() -> None:
    async with make_app().run_test() as pilot:
        await pilot.press("X")
        assert names(pilot) == ["core 0", "GIL python", "main"]
        await pilot.press("X")
        assert len(names(pilot)) == 7


# -- ranges -----------------------------------------------------------------------------------


async def test_a_range_begins_ends_and_is_forgotten_and_has_numbers_of_its_own() -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await go(132)(pilot)
        await select(pilot, "ticker-1")
        await pilot.press("v")
        await go(100)(pilot)  # backwards will do
        await pilot.press("v")
        assert [each.message for each in pilot.app._notifications] == [
            "The range is 32 ms long: its numbers are below. v forgets it."
        ]
        session = session_of(pilot)
        assert session.span == (100 * MS, 132 * MS)
        await pilot.pause()
        text = " ".join(shown(pilot).split())
        assert "D cruncher 32 ms 100%" in text
        assert "100 ms to 132 ms: 32 ms" in text
        assert "core 0 100%" in text
        assert "A ticker-1 running 0 ms · ready 32 ms · 0 switches" in text
        await select(pilot, "core 0")
        assert "core 0 in use 32 ms · 0 switches" in " ".join(shown(pilot).split())
        await pilot.press("v")
        assert session_of(pilot).moment.span is None
        await pilot.pause()
        assert "0 switches" not in shown(pilot)


@pytest.mark.parametrize(("button", "shift"), [(3, False), (1, True)])
async def test_a_range_is_drawn_with_the_mouse(button: int, *, shift: bool) -> None:
    async with make_app().run_test() as pilot:
        await pilot.pause()
        gantt = gantt_of(pilot)
        label = gantt.size.width - gantt.columns
        await pilot.mouse_down(Gantt, offset=(label + 10, 3), button=button, shift=shift)
        await pilot.hover(Gantt, offset=(label + 30, 3))
        await pilot.mouse_up(Gantt, offset=(label + 30, 3))
        await pilot.pause()
        session = session_of(pilot)
        assert session.span == (10 * gantt.cell, 30 * gantt.cell)
        assert session.at == 0


# -- the mouse --------------------------------------------------------------------------------


async def test_a_click_selects_the_lane_and_seeks() -> None:
    async with make_app(GIL).run_test() as pilot:
        await pilot.pause()
        gantt = gantt_of(pilot)
        label = gantt.size.width - gantt.columns
        await pilot.click(Gantt, offset=(label + 20, gantt.first + 4))
        assert _chosen(pilot).kind == "gil"
        assert session_of(pilot).at == 20 * gantt.cell


async def test_a_click_on_the_map_looks_there_and_leaves_the_playhead() -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        gantt = gantt_of(pilot)
        assert gantt.has_map
        for _ in range(4):
            await pilot.press("z")
        label = gantt.size.width - gantt.columns
        await pilot.click(Gantt, offset=(label + gantt.columns // 2, 1))
        assert gantt.view.shows(session_of(pilot).trace.end // 2)
        assert session_of(pilot).at == 0


# -- what is drawn ----------------------------------------------------------------------------


async def test_the_legend_explains_every_glyph_in_view() -> None:
    deadlock = load(library.path("deadlock"))  # all that is left of it is under the playhead
    for scenario, at in ((STARVE, 28), (GIL, 28), (deadlock, 2)):
        async with make_app(scenario).run_test(size=(60, 24)) as pilot:
            await go(at)(pilot)
            gantt = gantt_of(pilot)
            lines = lines_of(pilot)
            until = gantt.first + min(gantt.room, len(names(pilot)))
            label = gantt.size.width - gantt.columns
            drawn = set("".join(line[label:] for line in lines[gantt.first : until]))
            told = "".join(lines[until:])
            glyphs = {sign.glyph for sign in SIGNS.values()} - {" "}
            assert drawn & glyphs
            for glyph in drawn & glyphs:
                assert f" {glyph} " in told


async def test_nothing_is_drawn_of_a_future_that_is_to_be_guessed() -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await go(0.5)(pilot)
        session, gantt = session_of(pilot), gantt_of(pilot)
        assert "suspended" in "".join(lines_of(pilot))
        session.hides_future = True
        player(pilot).show()
        label = gantt.size.width - gantt.columns
        column = label + gantt.view.column(session.at)
        lines = lines_of(pilot)
        rows = lines[gantt.first : gantt.first + len(names(pilot))]
        assert rows
        assert all(not line[column + 1 :].strip() for line in rows)
        assert "suspended" not in "".join(lines)  # a ticker sleeps from 1 ms on, after the playhead


async def test_what_somebody_asked_about_is_underlined() -> None:
    async with make_app().run_test(size=(120, 40)) as pilot:
        await go(20)(pilot)
        session, gantt = session_of(pilot), gantt_of(pilot)
        lane = next(r.lane for r in session.shown_rows() if r.lane.kind == "task")
        session.marked = {lane: ((30 * MS, 40 * MS),)}
        player(pilot).show()
        y = gantt.first + [row.lane for row in session.shown_rows()].index(lane)
        label = gantt.size.width - gantt.columns
        first, last = gantt.view.column(30 * MS), gantt.view.column(40 * MS)
        assert underlined(gantt, y) == list(range(label + first, label + last))
        assert underlined(gantt, y + 1) == []
        assert "_ marked" in "".join(lines_of(pilot))


def underlined(gantt: Gantt, y: int) -> Sequence[int]:
    found: list[int] = []
    x = 0
    for text, style, _ in gantt.render_line(y):
        if style is not None and style.underline:
            found.extend(range(x, x + len(text)))
        x += len(text)
    return found


async def test_a_lane_that_is_drawn_again_is_the_same_object() -> None:
    """What is cached of a strip, down to the bytes, goes with it."""
    async with make_app().run_test() as pilot:
        await go(20)(pilot)
        gantt = gantt_of(pilot)
        region = gantt.size.region
        before = gantt.render_lines(region)
        player(pilot).show()
        assert all(a is b for a, b in zip(before, gantt.render_lines(region), strict=True))


def test_a_line_that_is_drawn_anew_leaves_nothing_to_the_garbage_collector() -> None:
    class Watched(Strip):
        """One that can be referred to weakly."""

    lines = KeptLines(Watched)
    strip = lines.line(0, (1,), lambda: [Segment("one")])
    assert strip.divide([3]) == [strip]  # which puts it into its own cache
    gone = weakref.ref(strip)
    del strip
    gc.disable()
    try:
        assert lines.line(0, (2,), lambda: [Segment("two")]).text == "two"
        assert gone() is None
    finally:
        gc.enable()


async def test_what_is_cached_of_a_theme_goes_with_it() -> None:
    async with make_app().run_test() as pilot:
        await go(20)(pilot)
        gantt = gantt_of(pilot)
        dark = [list(strip) for strip in gantt.render_lines(gantt.size.region)]
        pilot.app.theme = "schedsim-light"
        await pilot.pause()
        light = [list(strip) for strip in gantt.render_lines(gantt.size.region)]
        assert all(one != two for one, two in zip(dark, light, strict=True))


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (200, 60)])
@pytest.mark.parametrize("scenario", [STARVE, GIL, FREE], ids=lambda s: s.name)
async def test_every_line_is_as_wide_as_the_timeline(
    scenario: Scenario, size: tuple[int, int]
) -> None:
    async with make_app(scenario).run_test(size=size) as pilot:
        await go(12)(pilot)
        await pilot.press("v", "right", "right", "v", "apostrophe", "L", "z", "X")
        await pilot.pause()
        gantt = gantt_of(pilot)
        for y in range(gantt.size.height):
            assert gantt.render_line(y).cell_length == gantt.size.width
