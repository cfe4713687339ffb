"""Templates: what a new scenario begins as is valid, and says what it is."""

from pathlib import Path

import pytest

from schedsim import library, python_file, scenario_file
from schedsim.library import Entry
from schedsim.run import Run
from schedsim.scenario_file import ScenarioError

TEMPLATES = library.templates()
each = pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.path.name)


def test_there_is_one_of_each_kind() -> None:
    assert [template.path.name for template in TEMPLATES] == [
        "tasks.toml",
        "threads.toml",
        "processes.toml",
        "tree.toml",
        "exercise.toml",
        "python.py.txt",
    ]


@each
def test_a_template_is_valid_and_comes_to_an_end(template: Entry) -> None:
    text = template.path.read_text(encoding="utf-8")
    read = python_file.loads if library.is_python(template.path) else scenario_file.loads
    run = Run(read(text, template.path.name))
    run.finish()
    assert run.trace.complete
    assert len(run.trace) < 1_000


@each
def test_a_template_says_what_it_is_and_explains_itself(template: Entry) -> None:
    text = template.path.read_text(encoding="utf-8")
    assert template.title
    assert template.lesson.strip()
    assert len(text.splitlines()) <= 45
    assert "#" in text or library.is_python(template.path)


def test_a_glimpse_of_python_executes_nothing(tmp_path: Path) -> None:
    file = library.templates()[-1].path
    assert library.glimpse(file).scenario is None


def test_a_broken_file_is_called_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("this is = = no TOML")
    assert library.glimpse(path).title == "x.toml"
    path.write_text('title = "Still known"\nnonsense = 1')
    assert library.glimpse(path).title == "Still known"
    with pytest.raises(ScenarioError):
        scenario_file.load(path)


def test_what_is_remembered_is_found_or_gone(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('title = "Mine"')
    found = library.find(str(path))
    assert found is not None
    assert (found.title, found.name) == ("Mine", str(path))
    known = library.find("starving-loop")
    assert known is not None
    assert known.name == "starving-loop"
    path.unlink()
    for word in (str(path), "mine.toml", "no-such-scenario", "nul\0byte", ""):
        assert library.find(word) is None
