"""Showing, hiding, focusing and enlarging panels, by key and by mouse; going to findings."""

import pytest
from textual.pilot import Pilot
from textual.widgets._toast import Toast

from schedsim import library
from schedsim.scenario import Scenario
from schedsim.scenario_file import load
from schedsim.tui.layout import USUALLY_HIDDEN
from schedsim.tui.panels import PANELS
from schedsim.tui.panels.findings import FindingsPanel
from schedsim.tui.panels.metrics import MetricsPanel
from schedsim.tui.panels.why import WhyPanel
from schedsim.tui.remembered import Remembered
from schedsim.tui.stage import Stage
from tests.tui.desk import toast
from tests.tui.scenes import ENDLESS, FREE, MS, TICKS, go, make_app, player, shown

pytestmark = pytest.mark.app

WIDE, NARROW = (120, 40), (80, 24)
NUMBERS = {name: str(number) for number, name in enumerate(PANELS, 1)}
STARVING = load(library.path("starving-loop"))


def stage_of(pilot: Pilot[None]) -> Stage:
    return player(pilot).stage


async def settled(pilot: Pilot[None]) -> None:
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


@pytest.mark.parametrize("name", PANELS)
async def test_a_number_hides_a_panel_and_shows_it_again(name: str) -> None:
    remembered = Remembered(hidden=())
    async with make_app(remembered=remembered).run_test(size=WIDE) as pilot:
        await settled(pilot)
        assert f" {NUMBERS[name]} " in shown(pilot)
        await pilot.press(NUMBERS[name])
        assert set(stage_of(pilot).heights) == set(PANELS) - {name}
        assert remembered.hidden == (name,)
        await pilot.press(NUMBERS[name])
        assert set(stage_of(pilot).heights) == set(PANELS)


async def test_0_shows_the_usual_panels() -> None:
    remembered = Remembered(hidden=tuple(PANELS))
    async with make_app(remembered=remembered).run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert "0 shows the usual ones" in shown(pilot)
        await pilot.press("0")
        assert set(stage_of(pilot).heights) == set(PANELS) - set(USUALLY_HIDDEN)
        assert remembered == Remembered()


@pytest.mark.parametrize("name", ["lesson", "program", "findings", "metrics"])
async def test_in_a_narrow_terminal_it_takes_the_place_of_the_timeline(name: str) -> None:
    remembered = Remembered()
    async with make_app(remembered=remembered).run_test(size=NARROW) as pilot:
        await pilot.press(NUMBERS[name])
        assert set(stage_of(pilot).heights) == {"now", "loop", "why", name}
        await pilot.press(NUMBERS[name])
        usual = {"now", "loop", "why", "timeline"}
        assert set(stage_of(pilot).heights) == usual
        await pilot.press(NUMBERS[name], NUMBERS["timeline"])
        assert set(stage_of(pilot).heights) == usual
        assert remembered == Remembered(), "a wide terminal is as it was"


@pytest.mark.parametrize(("name", "scenario"), [("loop", FREE), ("lesson", TICKS)])
async def test_a_panel_with_nothing_to_show_says_so(name: str, scenario: Scenario) -> None:
    async with make_app(scenario).run_test(size=NARROW) as pilot:
        before = stage_of(pilot).heights
        await pilot.press(NUMBERS[name])
        (notice,) = pilot.app._notifications
        assert notice.message == f"The panel {name!r} has nothing to show in this scenario."
        assert stage_of(pilot).heights == before


async def test_tab_gives_the_focus_to_one_panel_after_the_other() -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        seen = []
        for _ in range(5):
            await pilot.press("tab")
            seen.append(stage_of(pilot).focused)
        assert seen == ["now", "loop", "why", "timeline", "now"]
        assert "› 1 now" in shown(pilot)
        await pilot.press("shift+tab")
        assert stage_of(pilot).focused == "timeline"
        assert "› 1 now" not in shown(pilot)
        await pilot.press("escape")
        assert not stage_of(pilot).focused
        await pilot.press("shift+tab", "4")
        assert not stage_of(pilot).focused, "what is hidden has no focus"


async def test_a_large_panel_says_how_to_make_it_small() -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        assert "esc: all panels" not in shown(pilot)
        await pilot.press("tab", "enter")
        await settled(pilot)
        assert "esc: all panels" in shown(pilot).splitlines()[1]
        await pilot.press("escape")
        await settled(pilot)
        assert "esc: all panels" not in shown(pilot)


async def test_enter_asks_nothing_when_no_question_is_open() -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert not player(pilot).session.quiz.asking
        await pilot.press("question_mark", "escape", "tab", "enter")  # a dialog gives focus back
        await settled(pilot)
        assert not player(pilot).session.quiz.asking
        assert stage_of(pilot).alone == "now"


async def test_enter_makes_the_focused_panel_large_and_escape_small() -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        usual = dict(stage_of(pilot).heights)
        await pilot.press("enter")
        assert stage_of(pilot).heights == usual
        await pilot.press("tab", "tab", "enter")
        assert stage_of(pilot).heights == {"loop": 22}
        await pilot.press("tab")
        assert stage_of(pilot).heights == {"why": 22}, "the focus is large"
        await pilot.press("escape")
        assert stage_of(pilot).heights == usual
        assert stage_of(pilot).focused == "why"
        await pilot.press("enter", "enter")
        assert stage_of(pilot).heights == usual


async def test_showing_another_panel_ends_being_alone() -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        usual = dict(stage_of(pilot).heights)
        await pilot.press("tab", "enter", "4")
        assert stage_of(pilot).heights == usual


async def test_a_click_on_a_title_focuses_and_two_make_it_large() -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await pilot.pause()
        for name in ("timeline", "why"):
            await pilot.click(f"#{name}", offset=(3, 0))
            assert stage_of(pilot).focused == name
        await pilot.click("#why", offset=(3, 2))
        assert stage_of(pilot).focused == "why"
        assert not stage_of(pilot).alone
        await pilot.click("#now", offset=(3, 0), times=2)
        await pilot.pause()
        assert stage_of(pilot).heights == {"now": 22}
        await pilot.click("#now", offset=(3, 0), times=2)
        await pilot.pause()
        assert len(stage_of(pilot).heights) == 4


async def test_pages_scroll_the_lesson_or_whatever_has_the_focus() -> None:
    async with make_app(STARVING).run_test(size=(120, 24)) as pilot:
        await settled(pilot)
        lesson = stage_of(pilot).query_one("#lesson")
        await pilot.press("pagedown")
        await pilot.pause()
        assert lesson.scroll_y > 0
        await pilot.press("pageup")
        await pilot.pause()
        assert lesson.scroll_y == 0
        await pilot.press("8")
        await settled(pilot)
        stage_of(pilot).focus_on("metrics")
        assert "over time" in shown(pilot)
        await pilot.press(*["pagedown"] * 20)
        assert "over time" not in shown(pilot)
        assert "loop lag max" not in shown(pilot), "it has been told before"
        assert "suspended at once" in shown(pilot)
        assert lesson.scroll_y == 0
        await pilot.press(*["pageup"] * 20)
        assert "over time" in shown(pilot)


async def test_a_long_why_can_be_scrolled_until_the_next_step() -> None:
    async with make_app().run_test(size=(60, 16)) as pilot:
        await go(132)(pilot)
        assert "…" in shown(pilot)
        assert "Kept waiting so far" not in shown(pilot)
        stage_of(pilot).focus_on("why")
        await pilot.press("pagedown")
        assert "Kept waiting so far" in shown(pilot)
        await pilot.press("right", "left")
        assert "Kept waiting so far" not in shown(pilot)


async def test_findings_are_looked_for_only_when_somebody_asks() -> None:
    async with make_app(STARVING).run_test(size=NARROW) as pilot:
        await pilot.press("end")
        await settled(pilot)
        assert player(pilot).session.moment.survey is None
        await pilot.press("7")
        await settled(pilot)
        survey = player(pilot).session.moment.survey
        assert survey is not None
        assert survey.finished


async def test_f_goes_to_the_next_finding_from_any_place() -> None:
    async with make_app(STARVING).run_test(size=NARROW) as pilot:
        session = player(pilot).session
        await pilot.press("F")
        await settled(pilot)
        assert session.at == 35 * MS, "the loop is blocked by the cruncher from 35 ms on"
        assert session.selected is not None
        assert session.trace.entities[session.selected.number].name == "cruncher"
        (notice,) = pilot.app._notifications
        assert notice.message == "Blocked loop. 7 tells more, F goes to the next."
        await pilot.press("F")
        assert stage_of(pilot).findings.chosen == 1
        await pilot.press("F")
        assert stage_of(pilot).findings.chosen == 0, "after the last comes the first"


async def test_f_says_when_there_is_nothing() -> None:
    async with make_app(FREE).run_test(size=NARROW) as pilot:
        await pilot.press("F")
        await settled(pilot)
        (notice,) = pilot.app._notifications
        assert notice.message == "Nothing worth telling was found."


async def test_the_gil_is_written_as_everywhere_where_a_finding_is_told() -> None:
    beside = load(library.path("loop-beside-thread"))
    async with make_app(beside).run_test(size=NARROW) as pilot:
        await pilot.press("F")
        await settled(pilot)
        (notice,) = pilot.app._notifications
        assert notice.message.startswith("GIL convoy. ")


async def test_among_findings_arrows_choose_and_enter_goes_there() -> None:
    async with make_app(STARVING).run_test(size=NARROW) as pilot:
        session, stage = player(pilot).session, stage_of(pilot)
        await pilot.press("7")
        await settled(pilot)
        lane = session.selected
        await pilot.press("down")
        assert session.selected != lane, "without the focus they choose lanes"
        stage.focus_on("findings")
        await pilot.press("down", "down")
        assert stage.findings.chosen == 1
        assert "› missing yield" in shown(pilot)
        await pilot.press("k")
        assert stage.findings.chosen == 0
        assert session.at == 0
        await pilot.press("enter")
        assert session.at == 35 * MS
        await pilot.press("enter")
        assert stage.heights == {"findings": 22}, "it is there already"


async def test_a_click_on_a_finding_goes_there() -> None:
    async with make_app(STARVING).run_test(size=NARROW) as pilot:
        await pilot.press("7")
        await settled(pilot)
        await pilot.click("#findings", offset=(5, 2))
        assert player(pilot).session.at == 35 * MS
        assert stage_of(pilot).findings.chosen == 1


async def test_another_branch_is_looked_at_anew() -> None:
    async with make_app(STARVING).run_test(size=NARROW) as pilot:
        await pilot.press("7")
        await go(20)(pilot)
        await settled(pilot)
        assert "7 findings · 2" in shown(pilot)
        await pilot.press("y")  # from 20 ms on the cruncher yields after each 10 ms
        await settled(pilot)
        assert "7 findings · none" in shown(pilot)
        assert "All is well" in shown(pilot)


async def test_a_click_on_a_plot_seeks_and_a_drag_scrubs() -> None:
    async with make_app(STARVING).run_test(size=NARROW) as pilot:
        session = player(pilot).session
        await pilot.press("8")
        await settled(pilot)
        panel = stage_of(pilot).query_one("#metrics")
        left = 1 + 13  # the padding and the labels
        columns = panel.content_size.width - 13 - 9
        end = session.trace.end
        await pilot.click("#metrics", offset=(left + 10, 3))
        assert session.at == -(-10 * end // columns)
        await pilot.mouse_down("#metrics", offset=(left + 20, 3))
        await pilot.hover("#metrics", offset=(left + 30, 3))
        await pilot.mouse_up("#metrics", offset=(left + 30, 3))
        assert session.at == -(-30 * end // columns)
        await pilot.click("#metrics", offset=(left + 10, 8))
        assert session.at == -(-30 * end // columns), "numbers cannot be clicked"


@pytest.mark.parametrize("size", [(60, 16), NARROW, WIDE], ids=lambda size: f"{size[0]}")
async def test_a_notice_is_just_above_the_footer_and_covers_no_why(size: tuple[int, int]) -> None:
    app = make_app(FREE)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.press("y")
        await pilot.pause()
        await pilot.pause()
        (toast,) = app.screen.query(Toast)
        assert toast.region.bottom == size[1] - 1
        assert toast.region.height == 1
        assert toast.region.width == size[0]
        assert not toast.region.overlaps(stage_of(pilot).query_one("#why").region)
        assert "Nothing here can yield: no job is cpu_heavy." in shown(pilot)


async def test_hidden_panels_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    for panel in (WhyPanel, FindingsPanel, MetricsPanel):
        monkeypatch.setattr(panel, "show", lambda self, moment: drawn.append(self.NAME))
    async with make_app(STARVING).run_test(size=NARROW) as pilot:
        await pilot.press("right", "right")
        session = player(pilot).session
        assert set(drawn) == {"why"}
        assert session.past is None, "nobody has measured anything"
        await pilot.press("3")
        drawn.clear()
        await pilot.press("right")
        assert not drawn


async def test_a_run_that_grows_while_it_plays_is_looked_at_again_only_if_it_grew_by_much() -> None:
    async with make_app(ENDLESS).run_test(size=NARROW) as pilot:
        await pilot.press("7")
        await settled(pilot)
        session, surveyor = player(pilot).session, player(pilot).surveyor
        known = session.survey
        assert known is not None
        assert not known.finished
        assert not surveyor.wants(playing=False)
        session.grow(100)
        assert surveyor.wants(playing=False)
        assert not surveyor.wants(playing=True)
        session.grow(known.rows // 2)
        assert surveyor.wants(playing=True)
        await pilot.press("7")
        assert not surveyor.wants(playing=False), "nobody looks"


async def test_a_finding_about_somebody_who_is_folded_away_selects_the_group() -> None:
    async with make_app(STARVING).run_test(size=WIDE) as pilot:
        await settled(pilot)
        await pilot.press("X", "F")
        await settled(pilot)
        session = player(pilot).session
        assert session.selected in {row.lane for row in session.shown_rows()}
        assert session.selected is not None
        assert session.selected.kind == "thread"


@pytest.mark.parametrize("key", ["pageup", "pagedown"])
async def test_where_there_is_nothing_to_scroll_that_is_said(key: str) -> None:
    async with make_app().run_test(size=NARROW) as pilot:
        await pilot.press(key)
        (notice,) = pilot.app._notifications
        assert notice.message.startswith("No panel has the focus")
        await pilot.press("tab", key)
        assert len(pilot.app._notifications) == 1


@pytest.mark.parametrize(
    "act", ["zoom-in", "zoom-out", "fit", "pan-left", "pan-right", "find", "fold", "range"]
)
@pytest.mark.parametrize("hides", ["4", "5", "alone"])
async def test_what_is_done_to_a_timeline_that_is_not_there_is_not_done_unseen(
    act: str, hides: str
) -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        screen = player(pilot)
        await pilot.press(*(["tab", "enter"] if hides == "alone" else [hides]))
        screen.action_act(act)
        await pilot.pause()
        assert pilot.app.screen is screen
        assert toast(pilot) == "The timeline is not on the screen: 4 shows it."
        assert screen.session.span is None
        await pilot.press("4")
        await pilot.pause()
        assert "timeline" in screen.stage.heights
        pilot.app.clear_notifications()
        screen.action_act(act)
        await pilot.pause()
        assert "not on the screen" not in toast(pilot)
