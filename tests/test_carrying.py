"""What is carried over to the run of a changed scenario: commands by time, lanes by name."""

import pytest

from schedsim.carrying import carry, reach, same_lane
from schedsim.commands import Inject, SetCores, SetYielding
from schedsim.run import Placed, Run
from schedsim.scenario import Scenario
from schedsim.scenario_file import loads
from schedsim.timeline import LaneId
from schedsim.trace import Role, Trace

MS = 1_000_000


def two_tasks(first: str, second: str, names: tuple[str, str] = ("a", "b")) -> Scenario:
    return loads(
        f"""
        schema = 1
        title = "two"
        model = "asyncio"
        [[job]]
        name = "{names[0]}"
        cpu_heavy = true
        steps = ["compute {first}", "yield", "compute {first}"]
        [[job]]
        name = "{names[1]}"
        steps = ["compute {second}"]
        """,
        "two",
    )


def entity(trace: Trace, name: str) -> int:
    return next(e.id for e in trace.entities if e.name == name and e.role is Role.TASK)


def test_a_command_is_given_again_at_its_time() -> None:
    old = Run(two_tasks("10ms", "5ms"))
    old.extend(1_000)
    old, _ = old.branch(SetCores(2), old.history.rows_at(4 * MS), 4 * MS)
    run, refused = carry(old.commands, Run(two_tasks("20ms", "5ms")))
    assert refused == ()
    assert [(placed.time, placed.command) for placed in run.commands] == [(4 * MS, SetCores(2))]


def test_several_commands_keep_their_order() -> None:
    given = (
        Placed(0, 2 * MS, SetYielding(on=False)),
        Placed(0, 2 * MS, SetCores(3)),
        Placed(0, 7 * MS, SetCores(2)),
    )
    run, refused = carry(given, Run(two_tasks("10ms", "5ms")))
    assert refused == ()
    assert [placed.command for placed in run.commands] == [placed.command for placed in given]
    assert [placed.time for placed in run.commands] == [2 * MS, 2 * MS, 7 * MS]


def test_what_does_not_fit_any_more_is_told_and_the_rest_is_done() -> None:
    given = (
        Placed(0, 1 * MS, Inject("hog", MS, MS, process="gone", loop="main")),
        Placed(0, 3 * MS, SetCores(2)),
    )
    run, (refused,) = carry(given, Run(two_tasks("10ms", "5ms")))
    assert refused.time == 1 * MS
    assert "there is no process 'gone'" in refused.says
    assert [placed.command for placed in run.commands] == [SetCores(2)]


def test_a_command_after_the_end_is_given_after_the_end() -> None:
    run, refused = carry((Placed(0, 500 * MS, SetCores(2)),), Run(two_tasks("10ms", "5ms")))
    assert refused == ()
    assert run.commands[0].time == 500 * MS


@pytest.mark.parametrize("most", [10, 2_000])
def test_a_run_is_executed_no_further_than_is_wanted(most: int) -> None:
    endless = loads(
        'schema = 1\ntitle = "x"\n[[job]]\nname = "a"\n'
        'steps = [{ repeat = "forever", do = ["compute 1ms", "sleep 1ms"] }]',
        "x",
    )
    run = Run(endless)
    reach(run, 10**15, most)
    assert most <= len(run.trace) < most + 10


def test_a_lane_is_found_by_its_name() -> None:
    before, after = (
        Run(two_tasks("1ms", "1ms", names)).finish() for names in (("a", "b"), ("b", "a"))
    )
    lane = LaneId("task", entity(before, "b"))
    assert entity(before, "b") != entity(after, "b")
    assert same_lane(lane, before, after) == LaneId("task", entity(after, "b"))


def test_a_lane_that_is_gone_is_none() -> None:
    before, after = (
        Run(two_tasks("1ms", "1ms", names)).finish() for names in (("a", "b"), ("a", "c"))
    )
    assert same_lane(LaneId("task", entity(before, "b")), before, after) is None
    assert same_lane(LaneId("core", 0), before, after) == LaneId("core", 0)
