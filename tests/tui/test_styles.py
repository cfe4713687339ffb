"""What the app shows of programs in Python and in the four styles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from schedsim import library
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.timeline import LaneId
from schedsim.trace import Kind, Reason
from schedsim.tui.panels.program import ProgramPanel
from schedsim.tui.session import Session
from schedsim.tui.shelf import Opened, Shelf
from schedsim.why import explain
from tests.machines import job, threads
from tests.tui.scenes import MS, make_app, shown

pytestmark = pytest.mark.app


def scenario(name: str, model: str = "") -> Scenario:
    return Source.of(library.path(name), model).load()


def program(scenario: Scenario, who: str, at: int, height: int = 9, width: int = 78) -> list[str]:
    """The program panel of a task at a moment."""
    session = Session(Run(scenario))
    (entity,) = [each for each in session.trace.entities if each.name == who]
    session.selected = LaneId("task", entity.id)
    session.to_time(at)
    lines = ProgramPanel().draw(session.moment, width, height)
    assert len(lines) <= height
    return [line.plain.rstrip() for line in lines]


def test_the_line_where_a_coroutine_is_suspended_is_marked_and_what_is_kept_is_told() -> None:
    lines = program(scenario("four-styles"), "coroutine", 5 * MS)
    assert lines[0].split() == ["C", "coroutine", "suspended", "here"]
    (current,) = [line for line in lines if line.startswith("║ ")]
    assert current.strip("║0123456789 ").strip() == "await io(length)"
    says = " ".join(" ".join(lines).split())
    assert "a chain of 2 frames is kept: with_a_coroutine at line 47, ask_by_coroutine at" in says


def test_a_callback_shows_that_it_keeps_no_frame() -> None:
    lines = program(scenario("four-styles"), "callback", 5 * MS)
    (current,) = [line for line in lines if line.startswith("║ ")]
    assert current.strip("║0123456789 ").strip() == "machine.io(length, answered)"
    assert "only the callback answered is kept, with what it closed over: " in " ".join(lines)


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("callbacks", 'def step_2(): machine.io("10ms", again_1)'),
        ("generators", 'yield io("10ms")'),
        ("coroutines", 'await io("10ms")'),
        ("greenlets", 'io("10ms")'),
    ],
)
def test_steps_are_shown_as_the_style_writes_them(model: str, text: str) -> None:
    lines = program(scenario("four-ways", model), "client-1", 5 * MS)
    assert [line.strip("║0123456789 ").strip() for line in lines if line.startswith("║ ")] == [text]
    assert "kept" in " ".join(lines[-2:])


def test_a_long_sentence_is_broken_where_the_panel_is_narrow() -> None:
    lines = program(scenario("four-ways", "greenlets"), "client-1", 5 * MS, width=38)
    assert lines[-2:] == ["  a stack of its own is kept, 2 calls", "  deep: greenlet, greenlet"]
    assert [line for line in lines if line.startswith("║ ")]


def test_steps_of_asyncio_are_shown_as_before() -> None:
    trace = program(threads(job("a", "compute 1ms", "io 5ms"), model="asyncio"), "a", 2 * MS)
    assert trace[1:] == [
        "  compute 1ms",
        "║ io 5ms",
        "  A a waits for a device until 6 ms.",
    ]


def test_a_task_that_has_failed_shows_its_exception() -> None:
    lines = program(scenario("errors"), "parser", 5 * MS)
    assert lines[-1].strip() == "ValueError: invalid literal for int() with base 10: 'twelve'"


def headlines(name: str, kind: Kind, reason: Reason) -> list[tuple[str, tuple[str, ...]]]:
    run = Run(scenario(name))
    trace = run.finish()
    rows = [row.n for row in trace.rows() if (row.kind, row.reason) == (kind, reason)]
    found = [explain(run.history, n + 1) for n in rows]
    return [(each.headline, each.details) for each in found]


def test_why_tells_what_is_kept_and_where_it_goes_on() -> None:
    headline, details = headlines("suspend-and-resume", Kind.TASK_LEFT, Reason.IO)[0]
    assert headline == "reader is suspended after 2 ms: a device answers at 12 ms."
    assert details == ("Meanwhile its frame is kept: coroutine.",)
    resumed = headlines("suspend-and-resume", Kind.TASK_RUN, Reason.NONE)
    headline, details = next(each for each in resumed if "resumes reader" in each[0])
    assert headline == "The loop resumes reader, whose wait is over, 2 ms late."
    assert 'It goes on where it stopped, at await io("10ms").' in details


def test_why_tells_how_a_task_has_failed() -> None:
    (headline, _), _ = headlines("errors", Kind.TASK_LEFT, Reason.FAILED)
    assert headline == (
        "parser has failed: ValueError: invalid literal for int() with base 10: 'twelve'."
    )


def test_every_row_of_these_scenarios_has_an_explanation() -> None:
    for name in ("suspend-and-resume", "four-ways", "bare-loop", "four-styles", "errors"):
        run = Run(scenario(name))
        for step in range(len(run.finish()) + 1):
            assert explain(run.history, step).headline
    run = Run(scenario("callback-pyramid"))
    said = [explain(run.history, step + 1).headline for step in range(len(run.finish()))]
    assert "impatient cancels pyramid." in said
    assert "pyramid was cancelled, so it is ready: to be told." in said


class Unread:
    """An entry of the library that is written in Python."""

    name = "python"
    title = "A scenario in Python"
    group = "x"
    lesson = "What it teaches, told without executing it."
    scenario: Scenario | None = None


async def test_the_library_shows_the_lesson_of_a_python_file_without_loading_it() -> None:
    loaded: list[Any] = []

    def load(entry: Any) -> Opened:
        loaded.append(entry)
        return Run(scenario("four-styles")), None

    async with make_app(None, shelf=Shelf([Unread()], load)).run_test() as pilot:
        await pilot.pause()
        assert "told without executing it" in " ".join(shown(pilot).split())
        assert not loaded
        await pilot.press("enter")
        await pilot.pause()
        assert len(loaded) == 1


def test_a_run_of_python_can_be_saved_and_acted_upon(tmp_path: Path) -> None:
    """Acting in the past executes the file again."""
    from schedsim.commands import Inject
    from schedsim.recording import Recording, load

    source = Source.of(library.path("four-styles"))
    run = Run(source.load())
    run.finish()
    run.act(Inject("hog", 20 * MS, 20 * MS, process="python", loop="main"), 20, 4 * MS)
    run.finish()
    Recording.of(run, source).save(tmp_path / "x.rec")
    recorded = load(tmp_path / "x.rec")
    assert recorded.source.python
    assert recorded.digest == run.trace.digest()
