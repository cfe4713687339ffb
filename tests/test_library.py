"""The library: every scenario can be found, read and played, and has something to say."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

from schedsim import library
from schedsim.headlines import headlines
from schedsim.library import Entry
from schedsim.recording import Recording, Source
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.scenario_file import ScenarioError

ENTRIES = library.entries()
every_scenario = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)

CHESS = {"chess-one-after-another", "chess-asynchronous"}
FULL = {"plain-asyncio"}
"""With all that the standard library does behind the scenes."""
"""720 moves each: more than can be read step by step."""


def read(entry: Entry) -> Scenario:
    """The scenario: if it is written in Python, it is executed."""
    return entry.scenario or Source.of(entry.path).load()


def test_the_library_covers_the_talk() -> None:
    """A scenario for each idea; the names are what people type."""
    assert library.names() == [
        "async-sleep",
        "backpressure",
        "bare-loop",
        "barging",
        "blocking-driver",
        "blocking-files",
        "blocking-lock",
        "blocking-names",
        "blocking-sleep",
        "blocking-sockets",
        "blocking-subprocess",
        "c-code",
        "cache-affinity",
        "callback-pyramid",
        "cfs-slices",
        "chess-asynchronous",
        "chess-one-after-another",
        "convoy",
        "core-queues",
        "crowded-pass",
        "deadlock",
        "dhall",
        "edf-overload",
        "errors",
        "event-loop",
        "fast-and-slow",
        "four-styles",
        "four-ways",
        "gil-threads",
        "in-a-row",
        "io-beside-cpu",
        "io-threads",
        "linux-classes",
        "loop-beside-thread",
        "lottery",
        "migration",
        "mlfq",
        "mlfq-gaming",
        "monkey-patch",
        "newcomer",
        "nice",
        "no-gil",
        "patch-limits",
        "philosophers",
        "plain-asyncio",
        "pool-exhaustion",
        "priority-inversion",
        "process-pool",
        "processes",
        "rate-monotonic",
        "rt-throttling",
        "short-quantum",
        "short-request",
        "sleep-zero",
        "sleep-zero-hog",
        "spinning-greenlet",
        "starvation",
        "starving-loop",
        "stride",
        "suspend-and-resume",
        "tasks-lock",
        "textbook-fifo",
        "textbook-requeue",
        "textbook-round-robin",
        "textbook-sjf",
        "textbook-stcf",
        "three-ways",
        "timeout",
        "to-thread",
        "waiting-frees-the-cpu",
        "work-stealing",
        "yield-the-task",
    ]


@every_scenario
def test_a_scenario_says_what_to_watch_and_what_to_try(entry: Entry) -> None:
    """In a lesson of a few short lines."""
    lines = entry.lesson.splitlines()
    assert 5 <= len(lines) <= 12
    assert max(map(len, lines)) <= 105
    assert "**Watch**" in entry.lesson
    assert "**Try**" in entry.lesson or "**Compare**" in entry.lesson


@every_scenario
def test_a_scenario_ends_and_is_short_enough_to_be_read(entry: Entry) -> None:
    """Most of them in less than 300 steps."""
    run = Run(read(entry))
    trace = run.finish()
    assert trace.complete or run.until is not None
    assert len(trace) < (6_000 if entry.name in CHESS else 400 if entry.name in FULL else 300)


@every_scenario
def test_names_fit_into_the_margin_of_a_timeline(entry: Entry) -> None:
    """Twelve characters for a thread or task."""
    trace = Run(read(entry)).finish()
    names = {entity.name for entity in trace.entities} - {"shutdown_default_executor"}
    assert max(map(len, names)) <= 12


@every_scenario
def test_a_lesson_names_other_scenarios_by_their_titles(entry: Entry) -> None:
    """What follows "Compare with" is a title of the library, or the beginning of one."""
    titles = [other.title for other in ENTRIES]
    for line in " ".join(entry.lesson.split()).split("- "):
        if line.startswith("**Compare**"):
            named = line.split("*")[5::2]
            assert named
            assert all(name in titles for name in named), named


def test_the_order_is_that_of_teaching() -> None:
    """No two have the same place, titles differ, and a group is in one piece."""
    orders = [entry.order for entry in ENTRIES]
    assert orders == sorted(set(orders))
    assert len({entry.title for entry in ENTRIES}) == len(ENTRIES)
    assert [group for group, _ in groupby(ENTRIES, key=lambda entry: entry.group)] == [
        "Waiting",
        "Suspend and resume",
        "Processes and threads",
        "The event loop",
        "Blocking calls",
        "All layers at once",
        "Textbook",
        "Priorities",
        "Fair shares",
        "Locks",
        "Real time",
        "Many cores",
        "Linux",
    ]


def test_a_scenario_is_found_by_its_name() -> None:
    """The file is named as the scenario is."""
    found = library.path("starving-loop")
    assert found.is_file()
    assert found.name == "starving-loop.toml"


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    """As other mistakes are."""
    with pytest.raises(ScenarioError) as raised:
        library.path("starving_loop")
    assert str(raised.value) == (
        "library: there is no scenario 'starving_loop': did you mean 'starving-loop'?"
    )


def test_an_installed_package_has_its_scenarios_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And prefers them to a folder that happens to be beside it."""
    package = tmp_path / "schedsim"
    (package / "scenarios").mkdir(parents=True)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "beside.toml").touch()
    (package / "scenarios" / "inside.toml").touch()
    monkeypatch.setattr(library, "_PACKAGE", package)
    assert library.names() == ["inside"]


def test_a_checkout_has_its_scenarios_beside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only there: an editable install has no second copy."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "beside.toml").touch()
    monkeypatch.setattr(library, "_PACKAGE", tmp_path / "schedsim")
    assert library.path("beside") == tmp_path / "scenarios" / "beside.toml"


def test_what_was_remembered_is_found_again_or_gone(tmp_path: Path) -> None:
    """By its name in the library, or by its whole path; of a file that is not right the name."""
    ours = library.names()[0]
    found = library.find(ours)
    assert found is not None
    assert found.name == ours
    file = tmp_path / "mine.toml"
    assert library.find(str(file)) is None
    file.write_text('title = "Mine"\norder = "first"\n')
    found = library.find(str(file))
    assert found is not None
    assert (found.name, found.title, found.order) == (str(file), "Mine", 0)
    file.write_text("title = = 1")
    found = library.find(str(file))
    assert found is not None
    assert found.title == "mine.toml"
    assert library.find("mine.toml") is None
    assert library.find("/\0") is None


def test_what_nobody_can_have_opened_is_gone() -> None:
    assert library.find("/" + "x" * 100_000) is None


def test_what_looks_like_a_table_in_a_lesson_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "is_ours", lambda _: True)
    file = tmp_path / "mine.toml"
    file.write_text('lesson = """\nOf what says\n[machine]\n"""\ntitle = "Mine"\norder = 3\n')
    found = library.glimpse(file)
    assert (found.title, found.lesson, found.order) == ("Mine", "Of what says\n[machine]\n", 3)


@pytest.mark.parametrize("text", ["\0", "-" * 200_000 + "1"], ids=["NUL", "too deep"])
def test_what_python_cannot_read_is_called_by_its_name(text: str, tmp_path: Path) -> None:
    file = tmp_path / "odd.py"
    file.write_text(text)
    assert library.glimpse(file).title == "odd.py"
    with pytest.raises(ScenarioError, match="not Python"):
        headlines(text, "odd.py")


def test_a_recording_is_called_so(tmp_path: Path) -> None:
    source = Source.of(library.path("starving-loop"))
    run = Run(source.load())
    run.finish()
    file = tmp_path / "evening.json"
    Recording.of(run, source).save(file)
    assert library.glimpse(file).title == "Recording: evening"
