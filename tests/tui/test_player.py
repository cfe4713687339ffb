"""Every key of the player, by what it does to the run and the playhead."""

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.screen import ModalScreen, Screen
from textual.worker import WorkerCancelled

from schedsim import library
from schedsim.commands import Inject, SetCores, SetPatch, SetSwitchInterval, SetYielding
from schedsim.run import Run
from schedsim.scenario import Job
from schedsim.scenario_file import load
from schedsim.tui import session as sessions
from schedsim.tui.axis import axis
from schedsim.tui.keys import bound
from schedsim.tui.screens.help import HelpScreen
from schedsim.tui.screens.inject import InjectScreen
from schedsim.tui.screens.lesson import LessonScreen
from schedsim.tui.screens.library import LibraryScreen
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.screens.save import SaveScreen
from schedsim.tui.widgets import lanes
from schedsim.tui.widgets.gantt import Gantt
from schedsim.tui.widgets.hints import KeyHints
from tests.tui.scenes import (
    ENDLESS,
    FREE,
    GIL,
    MS,
    STARVE,
    Clock,
    go,
    make_app,
    ops,
    player,
    shown,
)


@pytest.mark.parametrize("keys", [["right", "left"], ["l", "h"]])
async def test_arrows_step_forward_and_back(keys: list[str]) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        session = player(pilot).session
        state = session.moment.state.copy()
        await pilot.press(*[keys[0]] * 12)
        assert session.step == session.first + 12
        await pilot.press(*[keys[1]] * 12)
        assert session.step == session.first
        assert session.moment.state == state


@pytest.mark.app
@pytest.mark.parametrize(
    ("keys", "says"),
    [
        (["end", "n"], "There is no later step of core 0."),
        (["home", "p"], "There is no earlier step of core 0."),
    ],
)
async def test_where_the_selected_lane_has_no_more_steps_that_is_said(
    keys: list[str], says: str
) -> None:
    async with make_app(FREE).run_test() as pilot:
        await pilot.press(*keys)
        assert [each.message for each in pilot.app._notifications] == [says]


@pytest.mark.app
async def test_the_next_step_of_a_lane_is_executed_first_if_need_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sessions, "AT_ONCE", 100)
    monkeypatch.setattr(sessions, "AHEAD", 100)
    late = Job("late", ops("compute 1ms"), arrival=1_000 * MS)
    scenario = replace(ENDLESS, jobs=(*ENDLESS.jobs, late))
    async with make_app(scenario).run_test() as pilot:
        here = player(pilot).session
        here.selected = next(
            row.lane for row in here.shown_rows() if here.timeline.name(row.lane) == "late"
        )
        await pilot.press("n")
        await pilot.app.workers.wait_for_complete()
        assert here.at == 1_000 * MS
        assert not pilot.app._notifications


@pytest.mark.parametrize("keys", [["n", "p"], ["shift+right", "shift+left"]])
async def test_events_of_the_selected_lane(keys: list[str]) -> None:
    app = make_app(GIL)
    async with app.run_test() as pilot:
        session = player(pilot).session
        await pilot.press("down", "down", keys[0], keys[0])
        assert session.selected is not None
        assert session.selected.number == 2
        assert session.step - 1 == session.run.history.rows_on(2)[1]
        await pilot.press(keys[1])
        assert session.step - 1 == session.run.history.rows_on(2)[0]


@pytest.mark.parametrize("keys", [["down", "down", "up"], ["j", "j", "k"]])
async def test_lanes_are_selected(keys: list[str]) -> None:
    app = make_app(GIL)
    async with app.run_test() as pilot:
        await pilot.press(*keys)
        selected = player(pilot).session.selected
        assert selected is not None
        assert (selected.kind, selected.number) == ("core", 1)


async def test_end_and_home() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        session = player(pilot).session
        await pilot.press("end")
        assert (session.step, session.at) == (len(session.trace), session.trace.end)
        await pilot.press("home")
        assert (session.step, session.at) == (session.first, 0)


async def test_the_end_of_an_endless_run_is_as_far_as_is_reasonable() -> None:
    app = make_app(ENDLESS)
    async with app.run_test() as pilot:
        session = player(pilot).session
        await pilot.app.workers.wait_for_complete()
        session.goal = len(session.trace)
        await pilot.press("end")
        session.goal = len(session.trace) + 3_000
        with suppress(WorkerCancelled):  # another may have taken over from the one that is awaited
            await pilot.app.workers.wait_for_complete()
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert session.step >= 50_000
        assert not session.run.finished


async def test_playing_follows_the_clock_and_not_the_ticks() -> None:
    clock = Clock()
    app = make_app(clock=clock)
    async with app.run_test() as pilot:
        screen = player(pilot)
        await pilot.press("space")
        clock.now = 2.0
        screen.tick()
        screen.tick()
        assert screen.session.at == 2 * screen.playback.base
        assert screen.session.step == screen.session.run.history.rows_at(screen.session.at)
        await pilot.press("space")
        clock.now = 3.0
        screen.tick()
        assert screen.session.at == 2 * screen.playback.base


async def test_playing_stops_at_the_end_and_begins_again() -> None:
    clock = Clock()
    app = make_app(clock=clock)
    async with app.run_test() as pilot:
        screen = player(pilot)
        await pilot.press("space")
        clock.now = 1_000.0
        screen.tick()
        stopped = not screen.playback.playing
        assert stopped
        assert screen.session.at_end
        await pilot.press("space")
        assert screen.playback.playing
        assert screen.session.at == 0


async def test_playing_waits_for_a_run_that_is_not_there_yet() -> None:
    clock = Clock()
    app = make_app(ENDLESS, clock=clock)
    async with app.run_test() as pilot:
        screen = player(pilot)
        await pilot.press("space")
        clock.now = 1_000_000.0
        screen.tick()
        assert screen.playback.playing
        assert screen.session.at <= screen.session.trace.end


@pytest.mark.parametrize(("key", "factor"), [(">", 2), ("full_stop", 2), ("<", 0.5)])
async def test_speed_doubles_and_halves_without_a_jump(key: str, factor: float) -> None:
    clock = Clock()
    app = make_app(clock=clock)
    async with app.run_test() as pilot:
        screen = player(pilot)
        base = screen.playback.base
        await pilot.press("space")
        clock.now = 1.0
        await pilot.press(key)
        assert screen.playback.rate == base * factor
        assert screen.playback.position() == base
        clock.now = 2.0
        assert screen.playback.position() == base + base * factor


@pytest.mark.parametrize(("more", "fewer"), [("plus", "minus"), ("equals_sign", "underscore")])
async def test_cores_are_added_and_taken_away_from_here_on(more: str, fewer: str) -> None:
    app = make_app(FREE)
    async with app.run_test() as pilot:
        await go(5)(pilot)
        session = player(pilot).session
        await pilot.press(fewer)
        assert (session.cores(), session.at) == (1, 5 * MS)
        assert "From here on there is 1 core." in notices(pilot)
        await pilot.press(more, more)
        assert session.cores() == 3
        assert [placed.command for placed in session.run.commands] == [
            SetCores(1),
            SetCores(2),
            SetCores(3),
        ]
        await pilot.press("right", "right", "end")
        assert "core 2" in shown(pilot)


async def test_the_switch_interval_changes_from_here_on() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        session = player(pilot).session
        await pilot.press(")")
        assert session.interval() == 10 * MS
        assert "asks for it after 10 ms" in notices(pilot)
        await pilot.press("(", "(")
        assert [placed.command for placed in session.run.commands] == [
            SetSwitchInterval(10 * MS),
            SetSwitchInterval(5 * MS),
            SetSwitchInterval(2_500_000),
        ]


async def test_the_patch_is_switched_from_here_on() -> None:
    app = make_app(load(library.path("monkey-patch")))
    async with app.run_test() as pilot:
        session = player(pilot).session
        await pilot.press("M")
        assert session.run.commands[0].command == SetPatch(on=False)
        assert "nothing is patched" in notices(pilot)
        await pilot.press("M")
        assert session.patched()


async def test_where_nothing_can_be_patched_that_is_said() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("M")
        assert "there is no loop of gevent or eventlet" in notices(pilot)


async def test_the_last_core_stays() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("minus")
        assert player(pilot).session.cores() == 1
        assert player(pilot).session.run.commands == ()
        assert "a machine has at least 1 core" in notices(pilot)


def notices(pilot: Pilot[None]) -> str:
    """What the toasts say."""
    return " ".join(each.message for each in pilot.app._notifications)


async def test_a_step_pauses() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("space", "right")
        assert not player(pilot).playback.playing


async def test_zoom_keeps_the_playhead_in_place_and_fit_shows_all() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await go(132)(pilot)
        gantt = pilot.app.screen.query_one(Gantt)
        cell = gantt.cell
        await pilot.press("right_square_bracket")
        assert gantt.cell < cell
        column = (132 * MS - gantt.start) // gantt.cell
        assert 0 <= column < gantt.columns
        await pilot.press("left_square_bracket")
        assert gantt.cell == cell
        await pilot.press("f")
        assert gantt.start == 0
        assert gantt.cell * gantt.columns >= player(pilot).session.trace.end


async def test_toggling_yields_replays_exactly() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await go(120)(pilot)
        await pilot.press("y")
        run = player(pilot).session.run
        assert [placed.command for placed in run.commands] == [SetYielding(on=True)]
        assert "Yield: on" in shown(pilot)
        replayed = Run(STARVE, run.seed, run.commands).finish()
        assert replayed.digest() == run.finish().digest()


async def test_injecting_replays_exactly() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await go(120)(pilot)
        await pilot.press("i")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        run = player(pilot).session.run
        (placed,) = run.commands
        assert isinstance(placed.command, Inject)
        assert (placed.time, placed.command.loop) == (120 * MS, "main")
        replayed = Run(STARVE, run.seed, run.commands).finish()
        assert replayed.digest() == run.finish().digest()


async def test_acting_in_the_past_says_that_the_future_is_another_one() -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("end")
        await go(120)(pilot)
        await pilot.press("y")
        (toast,) = app._notifications
        assert toast.message.endswith("What would have been is kept as branch 1.")
        assert not toast.markup


def toasts(pilot: Pilot[None]) -> list[str]:
    return [toast.message for toast in pilot.app._notifications]


async def test_yields_cannot_be_toggled_where_nothing_is_heavy() -> None:
    app = make_app(FREE)
    async with app.run_test() as pilot:
        await pilot.press("y")
        assert player(pilot).session.run.commands == ()
        assert toasts(pilot) == ["Nothing here can yield: no job is cpu_heavy."]


async def test_yields_cannot_be_toggled_when_all_heavy_work_is_done() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("end", "y")
        assert player(pilot).session.run.commands == ()
        assert toasts(pilot) == ["No CPU-heavy work is left from here on."]


async def test_there_is_one_toast_at_most_and_none_over_a_dialog() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await go(20)(pilot)
        await pilot.press("y", "y", "y")
        assert toasts(pilot) == ["From here on CPU-heavy work yields."]
        await pilot.press("i")
        await pilot.pause()
        assert toasts(pilot) == []


@pytest.mark.app
@pytest.mark.parametrize(
    ("first", "screen"),
    [("i", InjectScreen), ("s", SaveScreen), ("question_mark", HelpScreen), ("t", LessonScreen)],
)
@pytest.mark.parametrize("second", ["i", "s", "y", "r", "question_mark"])
async def test_keys_after_the_one_that_opens_a_dialog_are_the_dialogs(
    first: str, screen: type[Screen[Any]], second: str
) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await go(20)(pilot)
        for key in (first, second):  # with no time for the dialog to open
            pilot.app.post_message(events.Key(key, None))
        await pilot.pause()
        await pilot.pause()
        over = [each for each in pilot.app.screen_stack if isinstance(each, ModalScreen)]
        helps = second == "question_mark"  # where nothing is typed, and help itself it closes
        expected = {"question_mark": [], "t": [screen, HelpScreen]}.get(first) if helps else None
        assert [type(each) for each in over] == ([screen] if expected is None else expected)
        assert player(pilot).session.run.commands == ()


async def test_the_end_shows_what_is_so_then(state_dir: Path) -> None:
    app = make_app(FREE)  # both workers end at 20 ms, and so do the cores' slices
    async with app.run_test() as pilot:
        gantt = pilot.app.screen.query_one(Gantt)
        await pilot.press("end")
        moment = player(pilot).session.moment
        heads = [lanes.head(moment, lane, gantt._style).text for lane in moment.lanes()]
        assert heads == ["─", "─", " ", " "]


async def test_the_marks_of_the_axis_differ_however_far_one_zooms_in() -> None:
    app = make_app()
    async with app.run_test(size=(120, 30)) as pilot:
        await go(132)(pilot)
        gantt = pilot.app.screen.query_one(Gantt)
        for _ in range(30):
            await pilot.press("z")
            moment = player(pilot).session.moment
            text = "".join(part for part, _ in axis(moment, gantt.view))
            marks = re.findall(r"╷([^╷▼]+?)(?= *╷)", text)
            assert len(set(marks)) == len(marks)
            assert all(mark.endswith("s") for mark in marks)
        assert gantt.cell == 1


async def test_there_is_room_between_title_and_time() -> None:
    app = make_app(replace(STARVE, title="x" * 30))
    async with app.run_test(size=(80, 24)) as pilot:
        await go(132)(pilot)
        for width in range(60, 100):
            await pilot.resize_terminal(width, 24)
            assert re.search(r"[x…]  +132 ms ·", shown(pilot)), width


async def test_restart_goes_back_to_before_any_command() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await go(120)(pilot)
        await pilot.press("y", "r")
        session = player(pilot).session
        assert session.run.commands == ()
        assert session.step == session.first


async def test_the_lesson_is_a_side_panel_where_there_is_room() -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        lesson = pilot.app.screen.query_one("#lesson")
        assert lesson.region.width > 0
        await pilot.press("t")
        await pilot.pause()
        assert lesson.region.width == 0
        assert "lesson" in app.remembered.hidden


async def test_the_lesson_is_a_dialog_where_there_is_none() -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("t")
        assert isinstance(pilot.app.screen, LessonScreen)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, PlayerScreen)


@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_help_is_made_from_the_keys_that_are_bound(key: str) -> None:
    app = make_app()
    async with app.run_test(size=(100, 60)) as pilot:
        await pilot.press(key)
        assert isinstance(pilot.app.screen, HelpScreen)
        bound = pilot.app.screen.bound
        assert len({each.action for each in bound}) == len(bound) >= 20
        assert all(each.says for each in bound)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, PlayerScreen)


async def test_help_tells_of_the_mouse_and_of_what_the_screen_is_drawn_with() -> None:
    app = make_app()
    async with app.run_test(size=(100, 200)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        text = shown(pilot)
        for word in ("click or drag", "wheel", "click on a name", "still to come", "tree", "pass"):
            assert word in text
        assert "@     a thread that runs an event loop" in text


async def test_o_goes_back_to_the_library_and_q_leaves() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("o")
        await pilot.pause()
        assert isinstance(pilot.app.screen, LibraryScreen)
        await pilot.press("q")
    assert app.return_code == 0


def test_every_binding_has_an_id_and_says_what_it_does() -> None:
    from schedsim.tui.acts import SECTIONS, bindings, spare_bindings
    from schedsim.tui.keys import ENTRIES, EVERYWHERE, LIBRARY

    player = [*bindings(), *spare_bindings(), *EVERYWHERE]
    assert len(player) == len(EVERYWHERE) + sum(map(len, SECTIONS.values()))
    for known in (player, LIBRARY + ENTRIES):
        ids = [binding.id for binding in known]
        assert None not in ids
        assert len(set(ids)) == len(ids)
        assert all(binding.tooltip for binding in known)
    once = [
        key
        for each in player
        if each.id not in {"yield-off", "yield-nobody", "gil-on"}
        for key in each.key.split(",")
    ]
    assert len(set(once)) == len(once)


async def test_a_click_seeks_and_a_drag_scrubs() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.pause()
        gantt = pilot.app.screen.query_one(Gantt)
        session = player(pilot).session
        label = gantt.size.width - gantt.columns
        await pilot.click(Gantt, offset=(label + 20, 2))
        assert session.at == 20 * gantt.cell
        await pilot.mouse_down(Gantt, offset=(label + 10, 2))
        await pilot.hover(Gantt, offset=(label + 30, 2))
        await pilot.mouse_up(Gantt, offset=(label + 30, 2))
        assert session.at == 30 * gantt.cell


async def test_a_click_on_a_name_selects_the_lane() -> None:
    app = make_app(GIL)
    async with app.run_test() as pilot:
        await pilot.click(Gantt, offset=(3, 3))
        selected = player(pilot).session.selected
        assert selected is not None
        assert (selected.kind, selected.number) == ("core", 2)


async def test_the_command_palette_says_nothing_twice() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        commands = app.get_system_commands(pilot.app.screen)
        hints = {command.title: command.help for command in commands}
        assert hints["One step forward"] == "key → or l"
        assert not [name for name, hint in hints.items() if hint.startswith(f"{name} (")]


@pytest.mark.app
@pytest.mark.parametrize("width", [80, 81, 88, 114, 120, 121])
async def test_no_key_in_the_footer_is_cut_or_touches_the_next(width: int) -> None:
    app = make_app()
    async with app.run_test(size=(width, 24)) as pilot:
        for _ in range(4):  # it is made again when what can be done has changed
            await pilot.pause()
        footer = pilot.app.screen.query_one(KeyHints)
        keys = [key for key in footer.query("FooterKey") if key.visible and key.display]
        palette = [key for key in keys if key.has_class("-command-palette")]
        ends = max(key.region.right for key in keys if key not in palette)
        assert ends <= width
        assert all(ends < key.region.x for key in palette)


@pytest.mark.parametrize(
    ("width", "last"),
    [(60, "? Help"), (72, "o Library"), (80, "q Quit"), (100, "c Compare"), (140, "E Edit")],
)
async def test_the_footer_has_as_many_keys_as_fit_and_cuts_none(width: int, last: str) -> None:
    async def end() -> str:
        for _ in range(4):  # it is made again when what can be done has changed
            await pilot.pause()
        return (
            shown(pilot).splitlines()[-1].removesuffix(" ").removesuffix("ctrl+p palette").strip()
        )

    async with make_app().run_test(size=(width, 24)) as pilot:
        assert (await end()).endswith(f" {last}")
        await pilot.resize_terminal(80, 24)
        assert (await end()).endswith(" q Quit")


async def test_keys_are_called_the_same_everywhere() -> None:
    async with make_app().run_test(size=(120, 60)) as pilot:
        keys = {key for each in bound(pilot.app.screen, pilot.app) for key in each.keys}
        assert {"enter", "esc", "space", "ctrl+←"} <= keys
        assert not any("^" in key or "⏎" in key for key in keys)


async def test_everything_is_in_the_command_palette() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        names = [command.title for command in app.get_system_commands(pilot.app.screen)]
        assert "One step forward" in names
        assert "Save this session as a recording" in names
        assert f"Open: {STARVE.title}" in names
        assert "Theme: schedsim-light" in names
        assert "Maximize" not in names  # nothing but ours


async def test_everything_can_be_reached_by_mouse_from_the_first_line() -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.click("#heading")
        await pilot.pause()
        assert isinstance(pilot.app.screen, CommandPalette)
