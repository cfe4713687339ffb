"""What the panels of findings and metrics say, at moments that are worked out by hand."""

import pytest

from schedsim import library
from schedsim.run import Run
from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario
from schedsim.scenario_file import load
from schedsim.tui import surveyor
from schedsim.tui.panels.base import TextPanel
from schedsim.tui.panels.findings import FindingsPanel
from schedsim.tui.panels.metrics import MetricsPanel
from schedsim.tui.session import Session
from schedsim.tui.survey import snapshot, survey
from tests.tui.scenes import ENDLESS, FREE, MS, go, make_app, ops, player


def looked_at(scenario: Scenario, at: int) -> Session:
    session = Session(Run(scenario))
    session.survey = survey(snapshot(session.trace), finished=session.run.finished)
    session.to_time(at)
    session.look_back()
    return session


def says(panel: TextPanel, session: Session, width: int = 78, height: int = 40) -> list[str]:
    lines = panel.draw(session.moment, width, height)
    assert len(lines) <= height
    assert all(line.cell_length <= width for line in lines)
    return [" ".join(line.plain.split()) for line in lines]


UNEQUAL = Scenario(
    "unequal",
    machine=MachineSpec(cores=2),
    python=PythonSpec(gil=False),
    jobs=(Job("long", ops("compute 20ms")), Job("short", ops("compute 10ms"))),
)
QUEUE = Scenario(
    "queue",
    model="processes",
    machine=MachineSpec(policy="fifo"),
    jobs=(Job("w", ops("compute 10ms"), count=2),),
)
STARVING = load(library.path("starving-loop"))


def test_what_came_at_the_very_end_is_told_with_one_time() -> None:
    """A deadlock ends the run at once: it is not from 2 ms to 2 ms."""
    lines = says(FindingsPanel(), looked_at(load(library.path("deadlock")), 2 * MS))
    assert lines[1].startswith("2 ms give, take: give waits for lock blue")


def test_findings_are_listed_and_the_chosen_one_is_told_in_full() -> None:
    session = looked_at(STARVING, 60 * MS)
    panel = FindingsPanel()
    assert says(panel, session)[:3] == [
        "› blocked loop 35 ms D cruncher now",
        "missing yield 35 ms D cruncher now",
        "35 ms to 185 ms cruncher computed for 150 ms without a yield: ticker-1 and 2",
    ]
    assert any(line.startswith("Try: Yield now and then") for line in says(panel, session))
    assert panel.heading(session.moment) == "findings · 2"
    assert not any("now" in line for line in says(panel, looked_at(STARVING, 200 * MS))[:2])


def test_whoever_is_to_guess_is_told_nothing_of_what_is_to_come() -> None:
    before, after = looked_at(STARVING, 60 * MS), looked_at(STARVING, 186 * MS)
    before.hides_future = after.hides_future = True
    panel = FindingsPanel()
    assert says(panel, before) == ["Nothing worth telling has happened up to here."]
    assert panel.following(before.moment) is None
    assert len([line for line in says(panel, after) if "35 ms D cruncher" in line]) == 2
    numbers = says(MetricsPanel(), before)
    assert "284 ms" not in " ".join(numbers), "nor of how long the run takes"
    assert "cores useful 60.0%" in numbers
    plots = [line.plain for line in MetricsPanel().draw(before.moment, 78, 5)[1:]]
    here = 60 * 56 // 284  # of 78 columns 13 are the label's and 9 the value's
    assert all(line[13 + here : 13 + 56].strip() == "" for line in plots)
    assert any(line[13 : 13 + here].strip() for line in plots)


def test_no_findings_is_good_news() -> None:
    (line,) = says(FindingsPanel(), looked_at(FREE, 5 * MS), width=120)
    assert line.startswith("All is well")
    session = looked_at(ENDLESS, 5 * MS)
    assert "findings · none so far" in FindingsPanel().heading(session.moment) or session.survey
    assert "so far" in FindingsPanel().heading(session.moment)
    assert MetricsPanel().heading(session.moment) == "metrics · so far"


def test_before_the_run_is_looked_at_that_is_said() -> None:
    session = Session(Run(FREE))
    assert says(FindingsPanel(), session) == ["The run is being looked through ..."]
    assert says(MetricsPanel(), session) == ["The run is being measured ..."]


def test_a_long_list_shows_the_part_around_the_chosen_one() -> None:
    scenario = load(library.path("gil-threads"))
    session = looked_at(scenario, 0)
    assert session.survey is not None
    count = len(session.survey.findings)
    assert count >= 3
    panel = FindingsPanel()
    panel.chosen = count - 1
    lines = says(panel, session, height=4)
    assert sum(line.startswith("› ") for line in lines) == 1


def test_numbers_at_the_playhead_and_of_the_whole_run() -> None:
    # The longer one has core 0 for 20 ms, the other core 1 for 10 ms.
    lines = says(MetricsPanel(), looked_at(UNEQUAL, 15 * MS))
    assert "at 15 ms whole run" in lines
    assert "cores useful 83.3% 75.0%" in lines, "25 ms of 30 ms, 30 ms of 40 ms"
    assert "core 1 in use 66.7% 50.0%" in lines
    assert "throughput 100/s 100/s" in lines, "one in 10 ms, two in 20 ms"
    assert lines[1].startswith("cores in use ████")
    assert lines[1].endswith("50%")


def test_the_highest_bar_is_the_greatest_number() -> None:
    # One of two on one core waits from 0 to 10 ms; then nobody does.
    session = looked_at(QUEUE, 15 * MS)
    lines = [line.plain for line in MetricsPanel().draw(session.moment, 42, 40)]
    (plot,) = (line for line in lines if "run queue" in line)
    assert plot[13:33] == "█" * 10 + " " * 10
    assert plot.split()[-1] == "0.0"


@pytest.mark.parametrize("width", [1, 5, 12, 20, 26, 30, 200])
@pytest.mark.parametrize("panel", [FindingsPanel, MetricsPanel])
def test_nothing_breaks_in_a_narrow_place(panel: type[TextPanel], width: int) -> None:
    session = looked_at(STARVING, 60 * MS)
    for height in (1, 2, 20):
        assert len(panel().draw(session.moment, width, height)) <= height


async def test_figures_of_a_long_past_are_worked_out_beside_the_app(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(surveyor, "_AT_ONCE", 0)
    app = make_app(QUEUE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("8")
        await go(15)(pilot)
        await app.workers.wait_for_complete()
        await pilot.pause()
        session = player(pilot).session
        past = session.moment.past
        session.past = None
        session.look_back()
        assert past == session.moment.past
        assert past is not None


def test_how_far_a_long_look_has_come_is_told() -> None:
    session = Session(Run(STARVING))
    for panel in (FindingsPanel(), MetricsPanel()):
        assert "%" not in says(panel, session)[0]
    session.looked = 34
    assert says(FindingsPanel(), session) == ["The run is being looked through: 34 % ..."]
    assert says(MetricsPanel(), session) == ["The run is being measured: 34 % ..."]
