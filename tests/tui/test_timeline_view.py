"""What stretch of a run is in view, its axis, its map, and places as a person writes them."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, strategies as st

from schedsim import library
from schedsim.durations import Time
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.scenario_file import load
from schedsim.timeline import Situation, Timeline
from schedsim.tui.axis import axis
from schedsim.tui.glyphs import ALL, BRIEFLY, SIGNS, Sign
from schedsim.tui.minimap import MiniMap, utilisation
from schedsim.tui.moment import Moment
from schedsim.tui.places import Place, read
from schedsim.tui.session import Session
from schedsim.tui.viewport import Viewport
from schedsim.tui.widgets.gantt import Gantt
from schedsim.tui.widgets.legend import fitted
from tests.machines import MS, job, play, threads
from tests.tui.scenes import FREE, STARVE, TICKS, make_app, player


def view(start: Time = 0, cell: Time = 10, columns: int = 20) -> Viewport:
    found = Viewport()
    found.start, found.cell, found.columns = start, cell, columns
    return found


# -- moving the view --------------------------------------------------------------------------


def test_panning_stays_until_the_playhead_moves() -> None:
    seen = view()
    seen.follow(50, 1_000)
    seen.pan(30, 1_000)
    assert seen.start == 300
    seen.follow(50, 1_000)
    assert seen.start == 300
    seen.follow(60, 1_000)
    assert seen.shows(60)


def test_the_view_stays_while_the_playhead_moves_inside_it() -> None:
    seen = view(start=100)
    seen.follow(150, 1_000)
    seen.follow(270, 1_000)
    assert seen.start == 100
    seen.follow(290, 1_000)  # two columns are kept in view after it
    assert seen.start == 190


@pytest.mark.parametrize(("columns", "start"), [(-50, 0), (50, 400), (2, 120)])
def test_panning_ends_where_nothing_would_be_seen(columns: int, start: Time) -> None:
    """500 long, 200 in view: at the right half of a screen of it is left."""
    seen = view(start=100)
    seen.pan(columns, 500)
    assert seen.start == start


def test_zooming_keeps_its_moment_in_its_column() -> None:
    seen = view(start=100)
    seen.zoom(-1, 150, 1_000)
    assert (seen.cell, seen.start, seen.column(150)) == (5, 125, 5)
    seen.zoom(1, 150, 1_000)
    assert (seen.cell, seen.start) == (10, 100)


def test_zooming_further_than_the_shortest_time_makes_it_wider() -> None:
    seen = view(cell=2)
    widths = []
    for _ in range(6):
        seen.zoom(-1, 3, 30)
        widths.append((seen.cell, seen.wide))
    assert widths == [(1, 1), (1, 2), (1, 5), (1, 10), (1, 10), (1, 10)]
    assert seen.end == 2 + seen.start
    for _ in range(4):
        seen.zoom(1, 3, 30)
    assert (seen.cell, seen.wide) == (2, 1)


@pytest.mark.parametrize(("end", "wide"), [(30, 2), (21, 2), (12, 5), (6, 10), (1, 10), (32, 1)])
def test_a_run_of_a_few_ticks_fills_the_screen(end: Time, wide: int) -> None:
    """In 62 columns."""
    seen = view(columns=62)
    seen.fit(end)
    assert (seen.cell, seen.wide) == (1, wide)
    assert seen.end >= end


@given(
    start=st.integers(0, 1_000),
    cell=st.sampled_from([1, 2, 50]),
    wide=st.sampled_from([1, 2, 5, 10]),
    columns=st.integers(1, 200),
)
def test_columns_and_moments_belong_together(
    start: Time, cell: Time, wide: int, columns: int
) -> None:
    seen = view(cell=cell, columns=columns)
    seen.wide = wide
    seen.begin_at(start)
    for column in range(columns):
        at = seen.moment_at(column)
        assert seen.column(at) <= column < seen.column(at) + wide
        assert seen.shows(at)
    assert seen.column(seen.end - 1) < columns <= seen.column(seen.end)


@pytest.mark.app
async def test_ticks_are_as_wide_as_there_is_room_for() -> None:
    """A, B and C of the textbook: 24, 3 and 3 ticks, a quantum of 4."""
    app = make_app(load(library.path("textbook-round-robin")))
    async with app.run_test(size=(120, 40)) as pilot:
        gantt = pilot.app.screen.query_one(Gantt)
        assert (gantt.cell, gantt.view.wide) == (1, 2)
        lines = [line.text for line in gantt.render_lines(gantt.region.reset_offset)]
        core = next(line for line in lines if "core 0" in line)
        cells = core[gantt.labels :].rstrip()
        # The playhead stands before the first step: nobody has the core yet.
        assert cells == "─AAAAAAABBBBBBCCCCCC" + 40 * "A"
        await pilot.click(gantt, offset=(gantt.labels + 9, gantt.first))
        assert player(pilot).session.at == 4


def test_zooming_around_what_is_out_of_view_is_around_the_middle() -> None:
    seen = view(start=400)
    seen.zoom(-1, 0, 1_000)
    assert seen.column(500) == 10


# -- the axis ---------------------------------------------------------------------------------


def moment(scenario: Scenario, at: Time, **changes: object) -> Moment:
    session = Session(Run(scenario))
    session.to_time(at)
    return dataclasses.replace(session.moment, **changes)  # type: ignore[arg-type]


def text(shown: Moment, seen: Viewport) -> str:
    return "".join(part for part, _ in axis(shown, seen))


@pytest.mark.parametrize("at", range(60))
def test_the_playhead_covers_no_time_of_the_axis(at: int) -> None:
    """Each time that is written is written whole, at its mark; the marks are 20 ms apart."""
    shown = text(moment(STARVE, at * MS), view(0, MS, 60))
    assert shown[at] == "▼"
    left = shown.replace("▼", " ").replace("╷", " ").split()
    assert all(a.isdigit() and b == "ms" for a, b in zip(left[::2], left[1::2], strict=True))
    assert {int(a) for a in left[::2]} <= {0, 20, 40}
    assert len(left) >= 4


def test_bookmarks_and_the_ends_of_a_range_are_on_the_axis() -> None:
    shown = moment(STARVE, 5 * MS, bookmarks=(11 * MS, 70 * MS), span=(30 * MS, 38 * MS))
    line = text(shown, view(0, MS, 60))
    assert line[11] == "*"
    assert line[30:39] == "[═══════]"
    assert line.count("*") == 1


def test_a_range_that_is_only_begun_goes_to_the_playhead() -> None:
    line = text(moment(STARVE, 15 * MS, span=(10 * MS, 10 * MS)), view(0, MS, 60))
    assert line[10:16] == "[════▼"


# -- the map ----------------------------------------------------------------------------------


def test_the_map_tells_how_busy_the_cores_were() -> None:
    """Two cores for 8 ms; a runs 0-2, b 0-8: both, then one of two."""
    trace = play(threads(job("a", "compute 2ms"), job("b", "compute 8ms"), cores=2, gil=False))
    assert utilisation(Timeline(trace), 8 * MS, 4) == [1.0, 0.5, 0.5, 0.5]


def test_the_map_of_a_few_ticks_has_no_holes() -> None:
    """One core, busy for two ticks and then free for one, in more columns than there are ticks."""
    trace = play(threads(job("a", "compute 2ns", "sleep 1ns"), cores=1, gil=False))
    assert utilisation(Timeline(trace), 3, 9) == [1.0] * 6 + [0.0] * 3


def test_the_map_shows_the_view_and_the_playhead() -> None:
    session = Session(Run(FREE))  # 20 ms, both cores busy all the time
    session.to_time(10 * MS)
    small = MiniMap(session.timeline)
    seen = view(start=4 * MS, cell=MS // 2, columns=20)  # 4 ms to 14 ms of 20 ms
    line = "".join(part for part, _ in small.draw(session.moment, seen))
    assert line == "████[█████▼██]██████"
    assert small.moment_at(10, 20) == 10 * MS + MS // 2


def test_a_view_of_all_of_a_few_ticks_reaches_to_the_end_of_the_map() -> None:
    session = Session(Run(TICKS))  # 13 ticks
    session.run.finish()
    small = MiniMap(session.timeline)
    line = "".join(part for part, _ in small.draw(session.moment, view(0, 1, 40)))
    assert (line[-1], len(line)) == ("]", 40)


def test_the_map_tells_nothing_of_a_future_that_is_to_be_guessed() -> None:
    session = Session(Run(FREE))
    session.to_time(4 * MS)
    session.hides_future = True
    small = MiniMap(session.timeline)
    small.shares(session.moment, 20)
    assert small.whole == 4 * MS


def test_the_map_of_no_time_at_all_is_empty_however_busy_the_cores_will_be() -> None:
    session = Session(Run(FREE))  # both cores are busy from the first nanosecond on
    session.run.finish()
    session.hides_future = True
    assert session.moment.at == 0
    assert MiniMap(session.timeline).shares(session.moment, 20) == [0.0] * 20


# -- signs and the legend ---------------------------------------------------------------------


def test_no_two_situations_look_alike_without_colour() -> None:
    """Who is not there yet and who is gone are both not there: nothing is drawn."""
    absent = {Situation.NEW, Situation.GONE}
    assert {SIGNS[each].glyph for each in absent} == {" "}
    assert set(SIGNS) == set(Situation)
    glyphs = [sign.glyph for sign in ALL if sign.glyph != " "]
    assert len(set(glyphs)) == len(glyphs) == len(ALL) - len(absent)
    assert all(sign.meaning for sign in ALL if sign.glyph != " ")


@pytest.mark.parametrize("width", [58, 78, 118, 198])
def test_a_legend_leaves_nothing_out(width: int) -> None:
    met: set[Sign] = {sign for sign in ALL if sign.meaning}
    lines = fitted(met, width, 3)
    assert {sign for words in lines for sign, _ in words} == met
    for words in lines:
        assert 1 + sum(len(said) + 4 for _, said in words) - 2 <= width


def test_a_legend_is_one_line_where_short_words_make_it_one() -> None:
    met = {SIGNS[Situation.WAITS_FOR_GIL], SIGNS[Situation.WAITS_FOR_LOCK], BRIEFLY}
    assert [[said for _, said in line] for line in fitted(met, 60, 3)] == [
        ["waits for GIL", "waits for a lock", "ran briefly"]
    ]
    assert [[said for _, said in line] for line in fitted(met, 32, 3)] == [
        ["needs GIL", "lock", "briefly"]
    ]


# -- places -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("132ms", Place(at=132 * MS)),
        (" 1.5 s ", Place(at=1_500 * MS)),
        ("#41", Place(step=41)),
        ("step 41", Place(step=41)),
        ("Step 1,041", Place(step=1041)),
        ("50%", Place(at=10 * MS)),
        ("100 %", Place(at=20 * MS)),
    ],
)
def test_a_place_is_a_time_a_step_or_a_share(written: str, place: Place) -> None:
    trace = Run(FREE).finish()  # 20 ms
    assert read(written, trace, finished=False) == place


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "where to?"),
        ("132", 'write "132ms"'),
        ("132 parsecs", "unknown unit"),
        ("21ms", "the run ends at 20 ms"),
        ("#99999", "there is no step 99,999"),
        ("#", "a step is a whole number"),
        ("step two", "a step is a whole number"),
        ("-5ms", "negative"),
        ("101%", "100% is its end"),
        ("[/]\x1b[2J", "expected a duration"),
        ("9" * 400 + "%", "expected a duration"),
    ],
)
def test_what_is_no_place_is_refused_in_one_sentence(written: str, says: str) -> None:
    trace = Run(FREE).finish()
    with pytest.raises(ValueError, match=r"^[^\n]+$") as told:
        read(written, trace, finished=True)
    assert says in str(told.value)


def test_in_ticks_a_place_is_a_whole_number() -> None:
    trace = Run(TICKS).finish()
    assert read("5", trace, finished=True) == Place(at=5)
    with pytest.raises(ValueError, match="whole numbers"):
        read("5ms", trace, finished=True)
    with pytest.raises(ValueError, match="the run ends at"):
        read(str(trace.end + 1), trace, finished=True)
