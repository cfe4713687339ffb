"""Runs side by side: one playhead, the numbers of the command line, where they part."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.command import CommandPalette
from textual.events import MouseScrollUp
from textual.pilot import Pilot
from textual.widgets import Static

from schedsim import arguments, cli, library
from schedsim.commands import Kill
from schedsim.compare import sheet, ways
from schedsim.compare.differences import differences
from schedsim.compare.outcomes import Outcome
from schedsim.compare.ways import Way
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.tui import session as session_module, side_by_side as side_by_side_module
from schedsim.tui.screens.compare import CompareScreen
from schedsim.tui.screens.help import MOUSE_SIDE_BY_SIDE, HelpScreen
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.screens.with_what import WithWhatScreen
from schedsim.tui.session import Session
from schedsim.tui.side_by_side import Entrant, SideBySide, look
from schedsim.tui.widgets import lanes
from schedsim.tui.widgets.gantt import Gantt
from schedsim.tui.widgets.marks import MarkList
from tests.tui.branching import (
    ENDLESS,
    app_of,
    from_library,
    settled,
    side_by_side,
    source_of,
)
from tests.tui.scenes import MS, STARVE, Clock, go, make_app, player, shown

pytestmark = pytest.mark.app

TWO = """\
schema = 1
title = "Two"
unit = "tick"
model = "processes"
machine = { policy = "fifo" }
python = { gil = "off" }
job = [
    { name = "P1", steps = ["compute 24"] },
    { name = "P2", steps = ["compute 3"] },
    { name = "P3", steps = ["compute 3"] },
]
"""
"""Silberschatz, Galvin and Gagne, 5.3.1: the convoy, against round robin with a quantum of 4."""


def seen(first: Source, *others: Source) -> SideBySide:
    """These, executed and looked at."""
    entrants = []
    for number, source in enumerate([first, *others]):
        run = Run(source.load())
        run.finish()
        entrants.append(Entrant(f"n{number}", "", run, source))
    return look(entrants)


@pytest.fixture
def convoy() -> SideBySide:
    robin = "machine.policy={ name = 'round_robin', quantum = 4 }"
    return seen(source_of(TWO), source_of(TWO, settings=(robin,)))


# -- the moment, and where they part ------------------------------------------------------


def test_it_begins_where_they_part_and_says_so(convoy: SideBySide) -> None:
    assert convoy.at == 4
    assert convoy.partings() == ["They part at 4 ticks: in 1 A P1 goes on, in 2 B P2 runs."]


def test_every_difference_of_the_convoy(convoy: SideBySide) -> None:
    """By hand: 1 runs P1 to 24, P2 to 27, P3 to 30; 2 runs P1 4, P2 to 7, P3 to 10, P1 to 30."""
    outcomes = [side.outcome for side in convoy.sides]
    found = [(each.time, each.one[0].name, each.other[0].name) for each in differences(*outcomes)]
    assert found == [(4, "P1", "P2"), (7, "P1", "P3"), (24, "P2", "P1"), (27, "P3", "P1")]


def test_differences_are_gone_through_one_by_one(convoy: SideBySide) -> None:
    convoy.to_time(0)
    times = []
    while convoy.next_difference():
        times.append(convoy.at)
    assert times == [4, 7, 24, 27]
    convoy.to_time(30)
    back = []
    while convoy.previous_difference():
        back.append(convoy.at)
    assert back == [27, 24, 7, 4]
    assert not convoy.previous_difference()
    assert convoy.at == 4


def test_steps_go_to_the_next_event_of_either(convoy: SideBySide) -> None:
    convoy.to_time(0)
    times = [0]
    for _ in range(20):
        convoy.forward()
        times.append(convoy.at)
    happens = {t for side in convoy.sides for t in side.outcome.trace.times}
    assert set(times) == {0, 30} | happens
    assert happens >= {4, 7, 10, 24, 27}
    assert convoy.at == convoy.end == 30
    down = [convoy.at]
    while convoy.at:
        convoy.back()
        down.append(convoy.at)
    assert down == sorted(set(times), reverse=True)


def test_all_are_looked_at_in_one_moment(convoy: SideBySide) -> None:
    convoy.to_time(26)
    one, two = convoy.moments()
    assert (one.at, two.at) == (26, 26)
    assert one.face(one.in_hand(one.state.running[0])).name == "P2"
    assert two.face(two.in_hand(two.state.running[0])).name == "P1"
    assert one.bookmarks == two.bookmarks == (4,)


def test_a_run_that_is_over_is_looked_at_after_its_end() -> None:
    both = seen(source_of(TWO), source_of(TWO, settings=("job.P1.steps=['compute 4']",)))
    both.to_time(both.end)
    assert [moment.at for moment in both.moments()] == [30, 30]
    assert both.sides[1].outcome.trace.end == 10


def test_runs_that_do_the_same_say_so() -> None:
    both = seen(source_of(TWO), source_of(TWO, settings=("machine.policy=sjf",)), source_of(TWO))
    assert both.partings() == [
        "1 and 2 part at 0 ticks: in 1 A P1 runs, in 2 B P2 runs.",
        "1 and 3 run the same all the way.",
    ]
    alone = seen(source_of(TWO), source_of(TWO))
    assert alone.partings() == ["They run the same all the way."]
    assert not alone.next_difference()


def test_runs_in_which_nobody_runs_until_different_ends_are_not_said_to_be_the_same() -> None:
    """Ten calls of time.sleep(0.1) in one thread: one after the other, or patched, all at once."""
    patched = from_library("monkey-patch")
    both = seen(patched, replace(patched, settings=("python.monkey_patch=none",)))
    (says,) = both.partings()
    assert says == "They run the same on the cores, but 1 ends at 100 ms, and 2 at 1 s."
    assert both.at == 100 * MS


def test_more_cores_run_somebody_besides() -> None:
    both = seen(source_of(TWO), source_of(TWO, settings=("machine.cores=3",)))
    assert both.partings() == [
        "They part at 0 ticks: in 1 nobody else runs, in 2 B P2 and C P3 run."
    ]


def test_a_job_has_the_same_letter_in_every_run() -> None:
    models = [source_of(model=model) for model in ("processes", "threads", "asyncio")]
    both = seen(*models)
    for side in both.sides:
        letters = {who.name: side.cast[n].letter for n, who in side.outcome.who.items()}
        assert letters.pop("main", "@") == "@"
        assert letters == {"ticker-1": "A", "ticker-2": "B", "cruncher": "C"}


def test_a_lane_is_selected_in_all_of_them() -> None:
    both = seen(source_of(model="threads"), source_of(model="processes"))
    for _ in range(20):
        both.select(1)
    names = [
        moment.face(moment.selected.number).name for moment in both.moments() if moment.selected
    ]
    assert names == ["cruncher", "cruncher"]


def test_a_process_with_many_threads_is_selected_like_any_lane() -> None:
    """More than eight threads: their process has a line of its own."""
    many = source_of(model="threads", settings=("job.ticker.count=9",))
    both = seen(many, many)
    lanes = [row.lane for row in both.sides[0].lanes]
    process = next(lane for lane in lanes if lane.kind == "process")
    both.pick(0, process)
    assert [moment.selected for moment in both.moments()] == [process, process]


# -- the numbers --------------------------------------------------------------------------

SAME_AS = {
    "all finished at": "makespan",
    "mean turnaround": "mean_turnaround",
    "mean response": "mean_response",
    "mean waiting": "mean_waiting",
    "longest wait": "starvation",
    "core use": "utilisation",
    "context switches": "context_switches",
    "throughput": "throughput",
}


@pytest.mark.parametrize("name", ["three-ways", "four-ways", "no-gil"])
def test_the_numbers_are_those_of_the_command_line(name: str) -> None:
    models = ["asyncio", "threads", "processes"]
    variants = arguments.compared((name,), ",".join(models), None, ())
    outcomes = [Outcome.of(v.name, v.run(0, None, 2_000_000)) for v in variants]
    told = sheet.to_json(outcomes)
    source = Source.of(library.path(name))
    here = seen(*(Source(name, source.text, model=model) for model in models))
    rows = {row.name: row for row in here.rows}
    for word, metric in SAME_AS.items():
        if word not in rows:
            assert all(each["run"]["metrics"][metric] is None for each in told["variants"])
            continue
        there = [each["run"]["metrics"][metric] for each in told["variants"]]
        assert list(rows[word].values) == there, word
    assert list(rows["findings"].values) == [len(e["run"]["findings"]) for e in told["variants"]]
    parted = [each["time"] for each in told["differences"]]
    firsts = [side.differences[0].time if side.differences else None for side in here.sides[1:]]
    assert firsts == parted
    for side, each in zip(here.sides, told["variants"], strict=True):
        answers = {k: {"yes": a.yes, "figure": a.figure} for k, a in side.answers.items()}
        assert answers == each["answers"]


def test_a_run_in_which_somebody_was_killed_is_no_winner_for_what_that_left_undone() -> None:
    """Killed at 1 of its 24 ticks, P1 is gone, but not done."""
    session = Session(Run(source_of(TWO).load()))
    session.to_time(1)
    session.act(Kill("P1"))
    here = look([Entrant.of_branch(branch) for branch in session.branches])
    rows = {row.name: row for row in here.rows}
    assert rows["left undone"].values == (0, 1)
    assert rows["all finished at"].values == (30, None)
    assert rows["mean turnaround"].best == (True, False)


def test_figures_with_how_far_they_are_from_the_first(convoy: SideBySide) -> None:
    """Turnaround 24, 27, 30 (27) and 30, 7, 10 (15.67); waiting 0, 24, 27 (17) and 6, 4, 7."""
    rows = {row.name: row for row in convoy.rows}
    turnaround, waiting, done = (
        rows[name] for name in ("mean turnaround", "mean waiting", "all finished at")
    )
    assert (turnaround.texts, turnaround.unit) == (("27.00", "15.67"), "ticks")
    assert turnaround.changes == ("", "-11.33")
    assert turnaround.best == (False, True)
    assert (waiting.texts, waiting.changes) == (("17.00", "5.67"), ("", "-11.33"))
    assert (done.texts, done.changes, done.best) == (("30", "30"), ("", ""), (False, False))
    assert rows["longest wait"].values == (27, 7)  # P3 in both: to 27, and to 7
    assert "left undone" not in rows


# -- other ways ---------------------------------------------------------------------------


def test_only_models_that_can_run_it_are_offered() -> None:
    source = from_library("three-ways")
    names = [way.name for way in ways.models(source, source.load())]
    assert "asyncio" not in names
    assert {"processes", "threads", "trio"} <= set(names)
    text = 'schema = 1\ntitle = "t"\nmodel = "asyncio"\n[[job]]\nname = "a"\n'
    only = source_of(text + 'steps = [{ timeout = "5ms", do = ["sleep 1ms"] }]\n')
    offered = {way.name for way in ways.models(only, only.load())}
    assert "callbacks" not in offered
    for way in ways.models(only, only.load()):
        way.source.load()


def test_a_tree_has_no_other_model() -> None:
    trees = [e for e in library.entries() if e.scenario is not None and e.scenario.is_tree]
    source = Source.of(trees[0].path)
    assert ways.models(source, source.load()) == []


def test_plain_asyncio_has_no_other_model() -> None:
    """Its coroutines await asyncio's own futures: only asyncio resumes those."""
    source = from_library("plain-asyncio")
    assert ways.models(source, source.load()) == []
    assert ways.policies(source, source.load())


def test_a_policy_of_its_own_keeps_its_parameters_and_others_have_theirs() -> None:
    robin = "machine.policy={ name = 'round_robin', quantum = 4 }"
    source = source_of(TWO, settings=(robin,))
    by_name = {way.name: way.source for way in ways.policies(source, source.load())}
    assert "round robin" not in by_name
    assert by_name["fifo"].settings == ()  # the file's own
    assert by_name["sjf"].load().machine.policy == "sjf"


def test_what_was_set_stays_unless_it_is_set_anew() -> None:
    source = source_of(settings=("machine.cores=2", "job.ticker.count=5"))
    changed = ways.with_settings(source, ["machine . cores = 4", "python.gil=off"])
    assert changed.settings == ("job.ticker.count=5", "machine . cores = 4", "python.gil=off")
    scenario = changed.load()
    assert (scenario.machine.cores, scenario.jobs[0].count, scenario.python.gil) == (4, 5, False)


@pytest.mark.parametrize(
    ("line", "settings"),
    [
        ("", []),
        ("   ", []),
        ("machine.cores=2 job.ticker.count=5", ["machine.cores=2", "job.ticker.count=5"]),
        ("a.b = 3  c.d=x y e[1].f=2", ["a.b = 3", "c.d=x y", "e[1].f=2"]),
        (
            'job.a.steps=["compute 5ms", "sleep 1ms"] python.gil=off',
            ['job.a.steps=["compute 5ms", "sleep 1ms"]', "python.gil=off"],
        ),
        (
            'machine.policy={ name = "mlfq", levels = 3 } seed.x=1',
            ['machine.policy={ name = "mlfq", levels = 3 }', "seed.x=1"],
        ),
        ("nonsense", ["nonsense"]),
    ],
)
def test_a_line_of_settings(line: str, settings: list[str]) -> None:
    assert ways.split(line) == settings


# -- the command that repeats it ----------------------------------------------------------


def entrants_of(sources: list[Source]) -> list[tuple[Source, Any]]:
    return [(source, source.load()) for source in sources]


def run_again(command: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> str:
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 0
    out: str = capsys.readouterr().out
    return out


def test_models_are_compared_again_by_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    path = tmp_path / "loop.toml"
    path.write_text(source_of().text)
    settings = ("machine.cores=2", "job.ticker.steps=['compute 2ms']")
    sources = [source_of(model=m, settings=settings) for m in ("asyncio", "threads")]
    command = ways.repeated(entrants_of(sources), str(path), 3)
    assert command.endswith("--seed 3")
    outcomes = []
    for source in sources:
        run = Run(source.load(), seed=3)
        run.finish()
        outcomes.append(Outcome.of(source.model, run))
    out = run_again(command, monkeypatch, capsys)
    assert out == sheet.to_text(outcomes, 80) + "\n"


def test_policies_are_compared_again_by_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    path = tmp_path / "two.toml"
    path.write_text(TWO)
    source = source_of(TWO)
    others = {way.name: way.source for way in ways.policies(source, source.load())}
    sources = [source, others["round robin"], others["sjf"]]
    command = ways.repeated(entrants_of(sources), str(path), 0)
    assert command == f"schedsim compare {path} --policies fifo,round_robin,sjf"
    outcomes = []
    for name, each in zip(("fifo", "round_robin", "sjf"), sources, strict=True):
        run = Run(each.load())
        run.finish()
        outcomes.append(Outcome.of(name, run))
    assert run_again(command, monkeypatch, capsys) == sheet.to_text(outcomes, 80) + "\n"


def test_what_a_command_cannot_say_has_none() -> None:
    one, two = source_of(), source_of(settings=("machine.cores=2",))
    assert ways.repeated(entrants_of([one, two]), "loop.toml", 0) == ""
    assert ways.repeated(entrants_of([one, source_of(TWO)]), "loop.toml", 0) == ""
    assert ways.repeated(entrants_of([one, one]), "loop.toml", 0) == ""


# -- the screen ---------------------------------------------------------------------------


async def compare(pilot: Pilot[None], *keys: str) -> CompareScreen:
    """Ask with ``c``, press these keys in the dialog, and wait for the screen."""
    await settled(pilot)
    await pilot.press("c")
    await settled(pilot)
    assert isinstance(pilot.app.screen, WithWhatScreen)
    await pilot.press(*keys)
    await settled(pilot)
    return side_by_side(pilot)


async def test_c_asks_with_what_and_shows_them_side_by_side() -> None:
    app = app_of(from_library("three-ways"))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await compare(pilot, "space", "down", "space", "enter")
        assert [entrant.name for entrant in screen.entrants] == [
            "branch 1",
            "processes",
            "threads",
        ]
        text = shown(pilot)
        assert "1 and 2 part at 0 ms" in text
        assert "1 · asyncio · branch 1" in text
        assert "2 · processes" in text


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_all_timelines_are_in_view(size: tuple[int, int]) -> None:
    app = app_of(source_of())
    async with app.run_test(size=size) as pilot:
        await compare(pilot, "down", "enter")
        lines = shown(pilot).splitlines()
        assert shown(pilot).count("›core 0") == 2
        assert any("core 0" in line and set("█─D") & set(line) for line in lines)
        assert any("all finished at" in line for line in lines)
        assert "* they part" in shown(pilot)
        assert "bookmark" not in shown(pilot)


async def test_enter_alone_compares_with_what_is_under_the_cursor() -> None:
    app = app_of(source_of())
    async with app.run_test() as pilot:
        screen = await compare(pilot, "enter")
        assert [entrant.name for entrant in screen.entrants] == ["branch 1", "processes"]


async def test_there_is_room_for_four_and_no_more() -> None:
    app = app_of(source_of())
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("c", *["space", "down"] * 4)
        await settled(pilot)
        assert "There is room for 4 runs" in shown(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert len(side_by_side(pilot).entrants) == 4


async def test_a_mark_is_taken_back_and_escape_compares_nothing() -> None:
    app = app_of(source_of())
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("c", "space", "space")
        await settled(pilot)
        assert "[x]" not in shown(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(app.screen, PlayerScreen)


async def test_choosing_by_mouse() -> None:
    app = app_of(source_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("c")
        await settled(pilot)
        await pilot.click(MarkList, offset=(10, 2))
        await settled(pilot)
        assert "[x] threads" in shown(pilot)
        await pilot.click("#ok")
        await settled(pilot)
        assert [entrant.name for entrant in side_by_side(pilot).entrants][1] == "threads"


async def test_keys_move_all_of_them() -> None:
    app = app_of(source_of(TWO))
    async with app.run_test() as pilot:
        screen = await compare(pilot, "end", *["up"] * 20, "down", "enter")
        both = screen.seen
        assert both is not None
        visited = {}
        for key in ("home", "right", "l", "left", "h", "end", "p", "n", "shift+left"):
            await pilot.press(key)
            visited[key] = both.at
        assert visited["home"] == 0
        assert visited["right"] > 0
        assert visited["l"] >= visited["right"]
        assert visited["h"] == 0
        assert visited["end"] == both.end


async def test_the_mouse_does_here_what_help_says_of_it() -> None:
    app = app_of(from_library("starving-loop"))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await compare(pilot, "down", "down", "down", "enter")
        assert screen.seen is not None
        assert {how for how, _ in MOUSE_SIDE_BY_SIDE}.isdisjoint({"right drag", "click on a title"})
        row = next(row for row in screen.seen.sides[0].lanes if row.members)
        gantt = screen.query(Gantt).first()
        y = gantt.first + screen.seen.sides[0].lanes.index(row)
        await pilot.click(gantt, offset=(lanes.fold_column(row), y))
        assert screen.seen.moments()[0].selected == row.lane, "nothing is folded here"
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)
        assert pilot.app.screen.mouse == MOUSE_SIDE_BY_SIDE
        await pilot.press("escape")
        await pilot.click("#heading")
        await pilot.pause()
        assert isinstance(pilot.app.screen, CommandPalette)


async def test_where_many_part_can_be_read_in_full_beside_the_numbers() -> None:
    app = app_of(from_library("three-ways"))
    async with app.run_test(size=(80, 24)) as pilot:
        await compare(pilot, "space", "down", "space", "enter")
        await pilot.press("v")
        await settled(pilot)
        told = " ".join(shown(pilot).split())
        assert "in 2 B request-2, C request-3 and D request-4 run." in told


async def test_the_wheel_zooms_all_of_them() -> None:
    app = app_of(from_library("starving-loop"))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await compare(pilot, "enter")
        one, other = screen.query(Gantt)
        before = one.cell
        await pilot._post_mouse_events([MouseScrollUp], one, offset=(30, 4))
        await settled(pilot)
        assert one.cell < before
        assert (other.start, other.cell) == (one.start, one.cell)


async def test_n_and_p_go_from_difference_to_difference_and_say_when_there_is_none() -> None:
    robin = "machine.policy={ name = 'round_robin', quantum = 4 }"
    app = app_of(source_of(TWO))
    async with app.run_test() as pilot:
        await settled(pilot)
        session = player(pilot).session
        session.vary(source_of(TWO, settings=(robin,)), "round robin")
        await pilot.press("b", "space", "up", "space", "c")
        await settled(pilot)
        both = side_by_side(pilot).seen
        assert both is not None
        assert both.at == 4
        times = []
        for key in ("n", "shift+right", "n", "n", "p", "shift+left"):
            await pilot.press(key)
            times.append(both.at)
            if len(times) == 4:
                (toast,) = app._notifications
                assert toast.message == "They do not part again from here on."
        assert times == [7, 24, 27, 27, 24, 7]


async def test_space_plays_all_by_the_clock_and_stops_at_the_end() -> None:
    clock = Clock()
    app = app_of(source_of(), clock=clock)
    async with app.run_test() as pilot:
        screen = await compare(pilot, "enter")
        assert screen.seen is not None
        await pilot.press("home", "space")
        assert "playing" in shown(pilot)
        rate = screen.playback.rate
        clock.now = 2.0
        screen.tick()
        assert screen.seen.at == 2 * rate
        await pilot.press("greater_than_sign")
        assert screen.playback.rate == 2 * rate
        await pilot.press("less_than_sign")
        clock.now = 1_000.0
        screen.tick()
        assert screen.seen.at == screen.seen.end
        assert not screen.playback.playing
        await pilot.press("space")
        assert (screen.playback.playing, screen.seen.at) == (True, 0)
        await pilot.press("space")
        assert not screen.playback.playing


async def test_timelines_have_one_scale_whatever_the_lengths_of_the_runs() -> None:
    app = app_of(from_library("three-ways"))
    async with app.run_test(size=(140, 40)) as pilot:
        screen = await compare(pilot, "space", "down", "space", "enter")
        for key in ("f", "z", "right_square_bracket", "Z", "left_square_bracket", "f"):
            await pilot.press(key)
            await settled(pilot)
            assert len({panel.gantt.cell for panel in screen._panels}) == 1, key
        assert {panel.gantt.moment.at for panel in screen._panels if panel.gantt.moment} == {
            screen.seen.at if screen.seen else -1
        }


async def test_timelines_one_below_the_other_begin_in_the_same_column() -> None:
    app = app_of(source_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await compare(pilot, "down", "enter")
        axes = [line for line in shown(pilot).splitlines() if line.startswith(" 1-")]
        assert len(axes) == 2
        assert len({line.index("0 ms") for line in axes}) == 1


async def test_up_and_down_and_a_click_select_a_lane_in_all() -> None:
    app = app_of(source_of())
    async with app.run_test(size=(140, 40)) as pilot:
        screen = await compare(pilot, "down", "enter")
        assert screen.seen is not None
        first = screen.seen.selected
        await pilot.press("down")
        second = screen.seen.selected
        await pilot.press("j", "k", "up")
        assert screen.seen.selected == first != second
        await pilot.click(screen._panels[1].gantt, offset=(3, 2))
        await settled(pilot)
        assert screen.seen.selected == second
        await pilot.click(screen._panels[0].gantt, offset=(23, 2))
        await settled(pilot)
        gantt = screen._panels[0].gantt
        assert screen.seen.at == gantt.start + (23 - gantt._labels) * gantt.cell


async def test_v_and_tab_show_all_numbers_and_the_command() -> None:
    app = app_of(from_library("three-ways"))
    async with app.run_test(size=(80, 40)) as pilot:
        await compare(pilot, "space", "down", "space", "enter")
        await pilot.press("v")
        await settled(pilot)
        assert "uses several cores" in shown(pilot)
        text = str(side_by_side(pilot).query_one("#figures-text", Static).content)
        assert "schedsim compare three-ways --models asyncio,processes,threads" in text
        await pilot.press("tab")
        await settled(pilot)
        assert "core 0" in shown(pilot)
        await pilot.press("pagedown", "pageup")


async def test_help_names_its_keys_and_escape_leaves() -> None:
    app = app_of(source_of())
    async with app.run_test(size=(120, 60)) as pilot:
        await compare(pilot, "enter")
        await pilot.press("question_mark")
        await settled(pilot)
        assert "To where they differ in another way" in shown(pilot)
        await pilot.press("escape", "escape")
        await settled(pilot)
        assert isinstance(app.screen, PlayerScreen)
        assert len(player(pilot).session.branches) == 1


@pytest.mark.parametrize(("key", "model"), [("1", "asyncio"), ("2", "processes"), ("4", "asyncio")])
async def test_a_number_goes_on_with_that_run_in_the_player(key: str, model: str) -> None:
    app = app_of(source_of())
    async with app.run_test() as pilot:
        screen = await compare(pilot, "enter")
        assert screen.seen is not None
        screen.seen.to_time(40 * MS)
        await pilot.press(key)
        await settled(pilot)
        session = player(pilot).session
        assert session.run.scenario.model == model
        there = key != "4"  # there is no fourth
        assert isinstance(app.screen, PlayerScreen if there else CompareScreen)
        assert session.at == (40 * MS if there else 0)


async def test_endless_runs_are_cut_where_the_player_would_cut_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(side_by_side_module, "FURTHER", 12_000)
    monkeypatch.setattr(session_module, "AHEAD", 6_000)
    app = app_of(source_of(ENDLESS))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        session = player(pilot).session
        before = session.trace
        screen = await compare(pilot, "enter")
        assert all(e.run.cut_short for e in screen.entrants)
        assert {len(e.run.trace) for e in screen.entrants} <= set(range(12_000, 12_100))
        assert all(e.run.trace is not before for e in screen.entrants)
        await pilot.press("v")
        await settled(pilot)
        text = str(screen.query_one("#figures-text", Static).content)
        assert "1 was stopped at" in text
        assert "again without the app" not in text
        await pilot.press("end")
        assert "with more to come" in shown(pilot)


async def test_a_scenario_without_a_file_has_no_other_ways() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await pilot.press("c")
        await settled(pilot)
        (toast,) = app._notifications
        assert "There is only one branch yet" in toast.message
        assert "came from no file" in toast.message
        await go(100)(pilot)
        await pilot.press("y", "c")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, WithWhatScreen)
        assert [choice.name for choice in screen.choices.values()] == ["branch 1"]
        await pilot.press("enter")
        await settled(pilot)
        assert [entrant.name for entrant in side_by_side(pilot).entrants] == [
            "branch 2",
            "branch 1",
        ]


async def test_a_way_that_cannot_be_had_is_told_in_the_dialog() -> None:
    app = app_of(source_of())
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("c")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, WithWhatScreen)
        wrong = Way("[/] wrong", "", source_of(settings=("machine.cores=0",)))
        name, choice = next(iter(screen.choices.items()))
        choice.make = lambda: Entrant.of_way(wrong, player(pilot).session.run)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, WithWhatScreen)
        assert f"{choice.name} cannot be" in shown(pilot)
        assert "machine.cores" in shown(pilot)
        assert name in screen.choices


async def test_a_branch_that_was_compared_counts_as_seen() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await go(100)(pilot)
        await pilot.press("y")
        await pilot.press("c", "enter")
        await settled(pilot)
        await pilot.press("escape")
        await settled(pilot)
        session = player(pilot).session
        second = session.branches.current
        await pilot.press("plus")
        assert session.branches.current.parent is second
        assert len(session.branches) == 3
