"""The user's keymap: what it moves, and how it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from schedsim import library
from schedsim.run import Run
from schedsim.scenario_file import ScenarioError, load
from schedsim.tui import keymap
from schedsim.tui.acts import ACTS
from schedsim.tui.screens.compare import CompareScreen
from schedsim.tui.screens.editor import EditorScreen
from schedsim.tui.screens.help import HelpScreen
from schedsim.tui.side_by_side import Entrant
from schedsim.tui.start import bound_while_typing, what_is_bound
from tests.tui.desk import BAD, desk, press, preview, written
from tests.tui.scenes import GIL, make_app, player, shown


def read(tmp_path: Path, text: str | bytes) -> keymap.Keymap:
    path = tmp_path / "keymap.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return keymap.read(path, what_is_bound(), bound_while_typing())


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        ('step = "f6"', ("f6",)),
        ('step = "right, f6"', ("right", "f6")),
        ('step = ["shift+f5", "ctrl+y"]', ("shift+f5", "ctrl+y")),
        ('step = "é"', ("é",)),
        ('slower = ","', ("comma",)),
        ('step = "alt+x, ctrl+shift+f5"', ("alt+x", "ctrl+shift+f5")),
        ('slower = "<"', ("less_than_sign",)),
        ('slower = "less_than_sign, semicolon"', ("less_than_sign", "semicolon")),
    ],
)
def test_keys_are_written_as_a_person_would(
    tmp_path: Path, line: str, keys: tuple[str, ...]
) -> None:
    assert read(tmp_path, line)[line.partition(" ")[0]] == keys


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('\nstpe = "f6"', ":2: stpe: there is no act 'stpe': did you mean 'step'?"),
        ('step = "rihgt"', ":1: step: there is no key 'rihgt': did you mean 'right'?"),
        ('step = "hyper+x"', "there is no key 'hyper+x'"),
        ("step = 3", 'step: expected keys such as "right, l", not 3'),
        ("step = []", "step: expected at least one key"),
        ('step = ""', "step: there is no key ''"),
        ('step = "space"', "step: space is the key of 'play' already"),
        ('step = "f6"\nback = "f6"', ":2: back: f6 is the key of 'step' already"),
        ('step = "ctrl+i"', "ctrl+i cannot be used: it is the same as tab to a terminal"),
        ('step = "ctrl+q"', "ctrl+q cannot be used: it leaves at once, on every screen"),
        ('step = "shift+a"', "there is no key 'shift+a': did you mean 'A'?"),
        ('step = "shift+6"', "there is no key 'shift+6': write what it types"),
        ('step = "ctrl+S"', "there is no key 'ctrl+S': did you mean 'ctrl+s'?"),
        ('play = "q"', "play: q is the key of 'quit' already"),
        ('yield-on = "f6"\nyield-off = "f7"\ninject = "f7"', "f7 is the key of"),
        ('edit-save = "x"', "edit-save: x cannot be used: it is typed there"),
        ('search-play = "space"', "search-play: space cannot be used: it is typed there"),
        ('edit-save = "f5"', "f5 is the key of 'edit-play' already"),
        ("step = ", "not a keymap: Invalid value (at end of document)"),
        (b"\xff", "not a keymap"),
        (b"x" * 200_000, "too large for a keymap"),
        (b"a=" + b"[" * 50_000, "keymap"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(ScenarioError) as told:
        read(tmp_path, text)
    assert says in str(told.value)
    assert str(told.value).count("keymap.toml") == len(told.value.problems)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as told:
        read(tmp_path, 'stpe = "f6"\nplay = "nope"\nback = 1')
    assert len(told.value.problems) == 3


def test_two_keys_can_be_swapped(tmp_path: Path) -> None:
    found = read(tmp_path, 'step = "left"\nback = "right"')
    assert (found["step"], found["back"]) == (("left",), ("right",))


def test_acts_that_share_a_key_move_together(tmp_path: Path) -> None:
    found = read(tmp_path, 'yield-on = "f6"')
    assert set(found) == {"yield-on", "yield-off", "yield-nobody"}
    assert set(found.values()) == {("f6",)}


async def test_a_moved_key_does_what_it_should_and_the_old_one_nothing(tmp_path: Path) -> None:
    keys = read(tmp_path, 'step = "f6"\nyield-on = "f7"')
    async with make_app(keys=keys).run_test() as pilot:
        session = player(pilot).session
        await pilot.press("right", "y")
        assert session.step == session.first
        assert not session.yielding()
        await pilot.press("f6", "f7")
        assert session.step > session.first
        assert session.yielding()


async def test_footer_and_help_name_the_moved_key(tmp_path: Path) -> None:
    keys = read(tmp_path, 'inject = "f6"\nhelp = "f9"')
    async with make_app(keys=keys).run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        assert "f6 Inject" in shown(pilot)
        assert "f9 Help" in shown(pilot)
        await pilot.press("f9")
        assert isinstance(pilot.app.screen, HelpScreen)
        told = {each.says: each.keys for each in pilot.app.screen.bound}
        assert told[ACTS["inject"].says] == ("f6",)


@pytest.mark.parametrize("width", range(60, 70))
async def test_keys_that_share_a_word_do_not_read_as_one(tmp_path: Path, width: int) -> None:
    keys = read(tmp_path, 'back = "b"\nstep = "f6"\nbranches = "f7"')
    async with make_app(keys=keys).run_test(size=(width, 24)) as pilot:
        await pilot.pause()
        footer = shown(pilot).splitlines()[-1]
        assert " b f6 Step " in footer
        assert footer.split()[-1] in ("off", "Lesson", "Help", "Library", "Quit"), "not cut"


@pytest.mark.app
@pytest.mark.parametrize(
    ("line", "keys", "says"),
    [
        ('panel-next = "f6"', ["enter"], "f6 gives it to one"),
        ('panel-next = "f6"', ["pageup"], "f6 gives it to one"),
        ('breakpoints = "f6"', ["R"], "f6 lists them"),
        ('panels-usual = "f6"', ["1", "2", "3", "4"], "f6 shows the usual ones."),
        ('range = "f6"', ["f6", "end", "f6"], "f6 forgets it."),
        ('finding = "f6"', ["7"], "f6 or a click goes there"),
        ('panel-leave = "f6"', ["tab", "enter"], "f6: all panels"),
        ('up = "f6"\ndown = "f7"', ["K"], "f6 and f7 select a thread or a task."),
        ('up = "f6"\ndown = "f7"', ["W"], "f6 and f7 select a thread or a task."),
        ('predict = "f6"', ["f6", "1", "1"], "f6 or enter: the next question"),
        ('finding = "f6"\npanel-findings = "f7"', ["f6"], "f7 tells more, f6 goes to the next."),
    ],
)
async def test_what_is_told_names_the_moved_key(
    tmp_path: Path, line: str, keys: list[str], says: str
) -> None:
    starving = load(library.path("starving-loop"))
    async with make_app(starving, keys=read(tmp_path, line)).run_test() as pilot:
        await pilot.press(*keys)
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        told = [each.message for each in pilot.app._notifications]
        assert says in " ".join([*told, *shown(pilot).split()])


async def test_keys_of_the_library_can_be_moved(tmp_path: Path) -> None:
    keys = read(tmp_path, 'entry-down = "f6"')
    async with make_app(None, keys=keys).run_test() as pilot:
        await pilot.pause()
        before = shown(pilot)
        await pilot.press("down")
        assert shown(pilot) == before
        await pilot.press("f6")
        await pilot.pause()
        assert shown(pilot) != before


@pytest.mark.app
async def test_what_the_library_tells_names_the_moved_keys(tmp_path: Path) -> None:
    moved = read(tmp_path, 'entry-lesson = "f6"\nedit-entry = "f7"\nsearch-end = "f8"')
    broken = written(tmp_path, "mine.toml", BAD)
    async with desk([broken], keys=moved).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert "f7 opens it in an editor" in " ".join(preview(pilot).split())
        await press(pilot, *["down"] * 4)
        assert "lesson · f6 shows all of it" in shown(pilot)
        await press(pilot, "slash", *"qqqq")
        assert "f8 shows everything again." in preview(pilot)


async def test_keys_of_runs_side_by_side_can_be_moved(tmp_path: Path) -> None:
    keys = read(tmp_path, 'side-end = "f6"')
    async with make_app(keys=keys).run_test() as pilot:
        screen = CompareScreen([Entrant("one", "", Run(GIL))] * 2, keymap=keys)
        await pilot.app.push_screen(screen)
        await pilot.app.workers.wait_for_complete()
        assert screen.seen is not None
        screen.action_home()
        await pilot.press("end")
        assert screen.seen.at == 0
        await pilot.press("f6")
        assert screen.seen.at == screen.seen.end


async def test_keys_of_the_editor_can_be_moved(tmp_path: Path) -> None:
    keys = read(tmp_path, 'edit-leave = "f6"')
    path = tmp_path / "mine.toml"
    path.write_text("")
    async with make_app(keys=keys).run_test() as pilot:
        here = pilot.app.screen
        await pilot.app.push_screen(EditorScreen(path, "", lambda _: NotImplemented, keymap=keys))
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, EditorScreen)
        await pilot.press("f6")
        assert pilot.app.screen is here


def test_what_has_the_same_key_on_another_screen_keeps_it(tmp_path: Path) -> None:
    assert read(tmp_path, 'step = "f6"\nrange = "f7"') == {"step": ("f6",), "range": ("f7",)}


def test_no_keys_of_ours_clash(tmp_path: Path) -> None:
    assert read(tmp_path, "") == {}
