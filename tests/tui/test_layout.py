"""Who gets how many lines: as a calculation, and on the screen."""

from itertools import combinations

import pytest
from textual.content import Content
from textual.pilot import Pilot
from textual.widget import Widget

from schedsim.scenario import Scenario
from schedsim.tui.layout import Choice, arrange, stack
from schedsim.tui.panels import PANELS
from schedsim.tui.panels.base import TextPanel
from schedsim.tui.remembered import Remembered
from tests.tui.scenes import GIL, PROCESSES, STARVE, TICKS, go, make_app, player

pytestmark = pytest.mark.app

SIZES = [(60, 16), (80, 24), (100, 30), (120, 36), (160, 50), (200, 60)]
PLACES = {name: panel.PLACE for name, panel in PANELS.items()}
WANTED = {
    "now": 3,
    "loop": 5,
    "why": 3,
    "timeline": 9,
    "lesson": 20,
    "program": 9,
    "findings": 8,
    "metrics": 15,
}


def test_the_usual_panels_of_a_small_terminal() -> None:
    # 22 lines and three rules above: 5 for the loop, 3 for why and 2 to spare, 9 for the lanes.
    found = arrange((80, 24), WANTED, PLACES, Choice())
    assert found == {"now": 6, "loop": 6, "why": 6, "timeline": 10}


def test_a_panel_to_be_read_takes_the_place_of_the_timeline() -> None:
    found = arrange((80, 24), WANTED, PLACES, Choice(over="findings"))
    assert "timeline" not in found
    assert found["now"] + found["why"] + found["findings"] == 22


def test_a_wide_terminal_has_two_columns() -> None:
    found = arrange((120, 36), WANTED, PLACES, Choice())
    assert found["now"] + found["why"] + found["timeline"] == 34
    assert found["lesson"] + found["program"] == 34
    assert found["program"] == 11


def test_what_is_hidden_gives_its_lines_to_the_others() -> None:
    def at(*hidden: str) -> dict[str, int]:
        return dict(arrange((80, 24), WANTED, PLACES, Choice(frozenset(hidden))))

    assert at("now", "loop")["timeline"] + at("now", "loop")["why"] == 22
    assert at("timeline")["now"] + at("timeline")["why"] == 22
    assert at("now", "loop", "timeline") == {"why": 22}
    assert at("now", "loop", "why") == {"timeline": 22}
    assert at("now", "loop", "why", "timeline") == {}


def test_one_alone_has_everything() -> None:
    assert arrange((120, 36), WANTED, PLACES, Choice(alone="why")) == {"why": 34}
    no_loop = {**WANTED, "loop": 0}
    assert "loop" not in arrange((120, 36), no_loop, PLACES, Choice(alone="loop"))


def test_a_stack_is_fair() -> None:
    assert stack(20, [8, 8], 3) == [12, 8], "what is left is the first's"
    assert stack(10, [20, 10], 3) == [7, 3], "about in proportion"
    assert stack(14, [22, 10, 9, 16], 3) == [5, 3, 3, 3]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_nobody_vanishes_and_nothing_is_left_over_whatever_is_hidden(size: tuple[int, int]) -> None:
    for count in range(len(PANELS) + 1):
        for hidden in combinations(PANELS, count):
            found = arrange(size, WANTED, PLACES, Choice(frozenset(hidden)))
            asked = {n for n in PANELS if n not in hidden}
            if size[0] < 110:
                asked = {n for n in asked if PLACES[n] != "side"}
            assert set(found) == asked
            assert all(lines > (2 if size[1] >= 32 else 1) for lines in found.values())
            rows = {PLACES[n]: found[n] for n in asked if PLACES[n] != "side"}
            assert sum(rows.values()) in {0, size[1] - 2}
            side = [found[n] for n in asked if PLACES[n] == "side"]
            assert sum(side) in {0, size[1] - 2}


def check(pilot: Pilot[None]) -> None:
    """All panels that are there stand apart, within the screen, and no line is too long."""
    stage = player(pilot).stage
    width, height = pilot.app.size
    regions = []
    for name in stage.heights:
        panel = stage.query_one(f"#{name}", Widget)
        region = panel.region
        assert region.width >= 25, name
        assert region.height == stage.heights[name], name
        assert region.y >= 1, name
        assert region.bottom <= height - 1, name
        assert region.right <= width, name
        regions.append(region)
        if isinstance(panel, TextPanel):
            columns, lines = panel.content_size
            assert isinstance(panel.content, Content), name
            shown = panel.content.split("\n")
            assert len(shown) <= lines, name
            assert all(line.cell_length <= columns for line in shown), name
    for one, other in combinations(regions, 2):
        assert not one.overlaps(other)


@pytest.mark.parametrize(
    ("scenario", "size"),
    [
        *((STARVE, size) for size in SIZES),
        *((each, size) for each in (GIL, PROCESSES, TICKS) for size in ((80, 24), (120, 36))),
    ],
    ids=lambda value: value.name if isinstance(value, Scenario) else f"{value[0]}x{value[1]}",
)
async def test_panels_stand_apart(scenario: Scenario, size: tuple[int, int]) -> None:
    app = make_app(scenario, remembered=Remembered())
    async with app.run_test(size=size) as pilot:
        await go(23)(pilot)
        check(pilot)
        for keys in ("7", "8", "5", "6", "4", "1", "2", "0", "78", "3"):
            await pilot.press(*keys)
            await pilot.app.workers.wait_for_complete()
            await pilot.pause()
            check(pilot)


async def test_panels_follow_the_size_of_the_terminal() -> None:
    app = make_app(remembered=Remembered(hidden=()))
    async with app.run_test(size=(80, 24)) as pilot:
        for size in [*SIZES, *reversed(SIZES)]:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            check(pilot)
            wide = size[0] >= 110
            assert ("lesson" in player(pilot).stage.heights) == wide


async def test_what_has_nothing_to_show_takes_no_room() -> None:
    app = make_app(TICKS, remembered=Remembered())
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        assert not {"loop", "lesson"} & set(player(pilot).stage.heights)
