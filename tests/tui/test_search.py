"""The library with all its scenarios: groups, search, what was used recently, previews."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from schedsim.tui.remembered import MOST_RECENT, Remembered
from schedsim.tui.screens.lesson import LessonScreen
from schedsim.tui.screens.library import LibraryScreen
from schedsim.tui.screens.problem import ProblemScreen
from schedsim.tui.shelf import Entry, Opened
from tests.tui.desk import (
    BAD,
    GOOD,
    PYTHON,
    desk,
    headings,
    marked,
    press,
    preview,
    the_shelf,
    titles,
    written,
)
from tests.tui.scenes import player, shown

pytestmark = pytest.mark.app


def border_title(screen: object, selector: str) -> str:
    assert isinstance(screen, LibraryScreen)
    return str(screen.query_one(selector).border_title)


async def test_search_finds_by_title_as_one_types(work: Path) -> None:
    async with desk().run_test() as pilot:
        await press(pilot, "slash", *"philo")
        assert len(titles(pilot)) == 1
        everything = len(pilot.app.shelf.entries)  # type: ignore[attr-defined]
        assert border_title(pilot.app.screen, "#entries") == f"scenarios · 1 of {everything} match"
        await press(pilot, "enter")
        assert player(pilot).session.run.scenario.name == "philosophers"
        assert player(pilot).playback.playing


async def test_search_selects_the_first_that_has_the_words_in_its_title(work: Path) -> None:
    async with desk().run_test() as pilot:
        await press(pilot, "slash", *"gil")
        assert titles(pilot)[0] == "Plain asyncio: who computes starves the others"
        await press(pilot, "enter")
        assert player(pilot).session.run.scenario.title == "CPU-bound threads take turns at the GIL"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("starving-loop", "starving-loop"),  # a name
        ("socket.recv", "blocking-sockets"),  # a verb: no title and no lesson has it
        ("SILBERSCHATZ convoy", "textbook-fifo"),  # two words of a lesson
        ('int("twelve")', "errors"),  # what stands in Python
    ],
)
async def test_search_finds_by_name_verb_and_lesson(words: str, name: str, work: Path) -> None:
    async with desk().run_test() as pilot:
        await press(pilot, "slash")
        pilot.app.screen.query_one("#search", Input).value = words
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, LibraryScreen)
        entries = screen.query_one("#entries", OptionList)
        found = {screen.listed[int(each.id)].name for each in entries.options if each.id}
        assert name in found
        assert len(found) < 10


async def test_arrows_move_among_the_matches_while_one_searches(work: Path) -> None:
    async with desk().run_test() as pilot:
        await press(pilot, "slash", *"chess")
        first, second = titles(pilot)[:2]
        assert first in preview(pilot)
        await press(pilot, "down")
        assert second in preview(pilot)
        await press(pilot, "up")
        assert first in preview(pilot)


async def test_a_search_without_a_match_says_so_and_escape_ends_it(work: Path) -> None:
    async with desk().run_test() as pilot:
        everything = titles(pilot)
        await press(pilot, "slash", *"zz[/]z")
        assert titles(pilot) == []
        assert "Nothing matches “zz[/]z”. esc shows everything again." in preview(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, LibraryScreen)
        await press(pilot, "escape")
        assert titles(pilot) == everything
        assert border_title(pilot.app.screen, "#entries") == "scenarios"


async def test_escape_keeps_what_was_found_selected(work: Path) -> None:
    async with desk().run_test() as pilot:
        await press(pilot, "slash", *"philo", "escape")
        assert "philosophers" in preview(pilot).casefold()
        assert pilot.app.screen.query_one("#entries").has_focus


async def test_what_was_played_is_used_recently(work: Path) -> None:
    async with desk().run_test() as pilot:
        assert headings(pilot)[0] != "Recently used"
        await press(pilot, "slash", *"philo", "enter", "o")
        assert headings(pilot)[0] == "Recently used"
        assert len(titles(pilot)) == len(pilot.app.shelf.entries) + 1  # type: ignore[attr-defined]


async def test_files_are_shown_with_their_path_and_those_that_are_gone_are_not(work: Path) -> None:
    path = written(work, "mine.toml", GOOD)
    app = desk([work / "gone.toml", path, "no-such-scenario"])
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert titles(pilot)[:2] == ["Mine", pilot.app.shelf.entries[0].title]  # type: ignore[attr-defined]
        assert f"mine.toml  in {work}"[:40] in shown(pilot)
        assert "A lesson of my own." in preview(pilot)
        await press(pilot, "enter")
        assert player(pilot).session.run.scenario.title == "Mine"


async def test_the_last_ones_are_remembered_and_the_latest_comes_first() -> None:
    remembered = Remembered()
    for number in range(MOST_RECENT + 3):
        remembered.note(str(number))
    remembered.note("5")
    assert remembered.recent[:3] == ["5", "14", "13"]
    assert len(remembered.recent) == MOST_RECENT
    assert len(set(remembered.recent)) == MOST_RECENT


async def test_a_file_that_was_named_at_the_start_is_used_recently(work: Path) -> None:
    path = written(work, "mine.toml", GOOD)
    async with desk(opened=path).run_test() as pilot:
        await press(pilot, "o")
        assert titles(pilot)[0] == "Mine"


async def test_a_python_file_is_not_executed_for_its_preview(work: Path) -> None:
    path = written(work, "mine.py", PYTHON)
    async with desk([path]).run_test() as pilot:
        await pilot.pause()
        assert "written in Python · executed when you play it" in preview(pilot)
        assert not (work / "executed").exists()
        await press(pilot, "enter")
        assert player(pilot).session.run.scenario.title == "Mine in Python"
        assert (work / "executed").exists()


async def test_a_file_with_mistakes_shows_them_and_offers_to_mend_them(work: Path) -> None:
    path = written(work, "mine.toml", BAD)
    async with desk([path]).run_test() as pilot:
        await pilot.pause()
        assert "line 9: job[1].steps[1].do[1]: unknown verb 'compote'" in preview(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ProblemScreen)
        assert "e Edit" in shown(pilot)
        await press(pilot, "e")
        assert marked(pilot) == [9, 13]


async def test_t_shows_the_whole_lesson_and_the_title_says_so_where_it_is_needed(
    work: Path,
) -> None:
    async with desk(["starving-loop"]).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert border_title(pilot.app.screen, "#preview") == "lesson · t shows all of it"
        await press(pilot, "t")
        assert isinstance(pilot.app.screen, LessonScreen)
        await press(pilot, "escape", "tab")
        assert pilot.app.screen.query_one("#preview").has_focus
        await press(pilot, "down", "down")
        assert pilot.app.screen.query_one("#preview").scroll_offset.y == 2


async def test_a_lesson_that_fits_says_nothing_of_that(work: Path) -> None:
    path = written(work, "mine.toml", GOOD)
    async with desk([path]).run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert border_title(pilot.app.screen, "#preview") == "lesson"


async def test_titles_take_one_line_each(work: Path) -> None:
    async with desk().run_test(size=(60, 16)) as pilot:
        await pilot.pause()
        entries = pilot.app.screen.query_one("#entries", OptionList)
        assert entries.virtual_size.height == len(entries.options)


async def test_moving_through_the_list_reads_each_file_once(
    work: Path,
) -> None:
    read: list[str] = []
    path = written(work, "mine.toml", GOOD)
    known = the_shelf()

    def load(entry: Entry) -> Opened:
        read.append(entry.name)
        return known.load(entry)

    app = desk([path], shelf=replace(known, load=load))
    async with app.run_test() as pilot:
        await press(pilot, "down", "up", "down", "down", "up", "up")
    assert read[0] == str(path)
    assert len(set(read)) == len(read) > 1


async def test_a_click_plays(work: Path) -> None:
    path = written(work, "mine.toml", GOOD)
    async with desk([path]).run_test() as pilot:
        await pilot.pause()
        assert await pilot.click("#entries", offset=(6, 2))
        await pilot.pause()
        assert player(pilot).session.run.scenario.title == "Mine"


@pytest.mark.parametrize(
    ("job", "facts"),
    [
        ('steps = ["compute 5ms", "compute 5ms"]', "3 jobs · takes 30 ms"),
        (
            'steps = [{ repeat = "forever", do = ["compute 1ms", "yield"] }]',
            "3 jobs · takes more than",
        ),
    ],
)
async def test_the_facts_of_a_scenario(job: str, facts: str, work: Path) -> None:
    text = f'schema = 1\ntitle = "x"\nmodel = "asyncio"\n[[job]]\nname = "a"\ncount = 3\n{job}'
    path = written(work, "x.toml", text)
    async with desk([path]).run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
        assert f"asyncio · 1 core · GIL on · round_robin · {facts}" in preview(pilot)
