"""Programs written as steps: laid out flat, shared, and read as lines."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, strategies as st

from schedsim.programs import steps as programs
from schedsim.programs.steps import PASSED_OVER, Step, Steps, assemble
from schedsim.scenario import Scenario
from schedsim.simulation import Simulation
from schedsim.trace import Kind, Trace
from schedsim.traps import EXIT, MARK, YIELD, Trap
from tests.machines import job, play, repeat, steps, tasks, threads
from tests.strategies import MOST_ROWS, bodies, scenarios


def traps(body: Sequence[Step], *, most: int = 50, yielding: bool = True) -> list[Trap]:
    """What a body asks for, one after the other, without the end."""
    program = Steps(assemble(body), yielding=yielding)
    found = itertools.islice(iter(program.resume, (EXIT, None)), most)
    return list(found)


def marks(*lines: str | Step, most: int = 50) -> str:
    """The labels that a body marks."""
    return "".join(argument for what, argument in traps(steps(*lines), most=most) if what == MARK)


def test_steps_are_done_in_order_and_then_it_ends() -> None:
    program = Steps(assemble(steps("mark a", "mark b")))
    assert [program.resume() for _ in range(3)] == [(MARK, "a"), (MARK, "b"), (EXIT, None)]
    assert program.pc == 3


def test_nothing_to_do_is_a_program_too() -> None:
    assert traps(()) == []


def test_repeats_inside_repeats() -> None:
    inner = repeat(2, "mark b")
    assert marks("mark a", repeat(2, inner, "mark c"), "mark d") == "abbcbbcd"


@pytest.mark.parametrize("unroll", [0, 3, 256])
def test_a_repeat_is_the_same_written_out_or_not(
    monkeypatch: pytest.MonkeyPatch, unroll: int
) -> None:
    """Its counter is set back when it is done, for the next time round."""
    monkeypatch.setattr(programs, "UNROLL", unroll)
    inner = repeat(3, "mark b", repeat(2, "mark c"))
    assert marks(repeat(2, inner, "mark d"), repeat(1, "mark e")) == "bccbccbccd" * 2 + "e"


def test_a_repeat_for_ever_goes_on_and_on() -> None:
    assert marks(repeat(None, "mark a", "mark b"), "mark never", most=7) == "abababa"


def test_a_long_repeat_is_not_written_out() -> None:
    code = assemble(steps(repeat(1_000_000, "mark a", "mark b")))
    assert len(code.ops) == 4
    assert code.slots == 1
    assert len(assemble(steps(repeat(128, "mark a", "mark b"))).ops) == 257


def test_a_yield_that_is_switched_off_is_passed_over() -> None:
    body = steps("mark a", "yield", "sleep 0ms", "mark b")
    assert [what for what, _ in traps(body)] == [MARK, YIELD, YIELD, MARK]
    assert [what for what, _ in traps(body, yielding=False)] == [MARK, MARK]


def test_names_are_resolved_once() -> None:
    code = assemble(steps("mark a"), lambda trap: (trap[0], 7))
    assert code.ops[0] == (MARK, 7)


def test_programs_share_their_code_but_not_their_place() -> None:
    code = assemble(steps(repeat(300, "mark a", "mark b")))
    one, other = Steps(code), Steps(code)
    assert [one.resume()[1] for _ in range(2)] == ["a", "b"]
    assert [other.resume()[1] for _ in range(3)] == ["a", "b", "a"]
    assert one.ops is other.ops
    assert one.counts is not other.counts


def test_toggling_is_done_once_for_all_who_share_the_code() -> None:
    code = assemble(steps("yield", "mark a"))
    heedless = code.toggled()
    assert [what for what, _ in heedless.ops] == [YIELD, MARK, EXIT]
    assert heedless.ops[0] is PASSED_OVER
    assert heedless.toggled() is code
    assert code.toggled() is heedless
    assert heedless.listing is code.listing


def test_the_listing_is_the_program_as_it_was_written() -> None:
    code = assemble(
        steps("mark a", repeat(2, "mark b", repeat(None, "yield")), repeat(1, "mark c"))
    )
    assert code.listing.lines == (
        "mark a",
        "repeat 2 times:",
        "  mark b",
        "  repeat for ever:",
        "    yield",
        "repeat 1 times:",
        "  mark c",
    )


def test_every_operation_knows_its_line() -> None:
    """``line_of[pc - 1]``; also where it has been written out several times."""
    code = assemble(steps("mark a", repeat(2, "mark b", "mark c"), "mark d"))
    assert [code.listing.line(pc) for pc in range(8)] == [None, 0, 2, 3, 2, 3, 4, None]


def lines_seen(trace: Trace) -> Iterator[tuple[int, Kind, int, str]]:
    """When, what, who and at which line of its program, of all rows that tell a place."""
    for row in trace.rows():
        listing = trace.entities[row.subject].listing
        if row.kind in (Kind.COMPUTE, Kind.MARK) and listing is not None:
            line = listing.line(row.other)
            assert line is not None
            yield row.time, row.kind, row.subject, listing.lines[line]


@given(scenarios())
def test_writing_repeats_out_changes_nothing_but_the_numbering(scenario: Scenario) -> None:
    written_out = Simulation(scenario)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(programs, "UNROLL", 0)
        not_written_out = Simulation(scenario)
        for simulation in (written_out, not_written_out):
            simulation.run(rows=MOST_ROWS)
    one, other = written_out.trace, not_written_out.trace
    assert one.times == other.times
    assert one.args == other.args
    assert list(lines_seen(one)) == list(lines_seen(other))


@given(bodies(("a", "b"), ()), st.booleans())
def test_lines_and_operations_match(body: tuple[Step, ...], yielding: bool) -> None:
    """The line of an operation says what it asks for."""
    code = assemble(body)
    assert len(code.listing.line_of) == len(code.ops) - 1
    texts = {line.strip() for line in code.listing.lines}
    program = Steps(code, yielding=yielding)
    for _ in range(100):
        what, _argument = program.resume()
        if what == EXIT:
            break
        line = code.listing.line(program.pc)
        assert line is not None
        assert code.listing.lines[line].strip() in texts
        assert not code.listing.lines[line].strip().startswith("repeat")


@pytest.mark.parametrize(
    "step", ["mark x", "compute 0ms", "io 0ms", "sleep 0ms", "call time.sleep 0ms", "spawn b"]
)
@pytest.mark.parametrize("model", ["threads", "asyncio"])
def test_an_endless_loop_that_takes_no_time_is_bounded_by_its_rows(step: str, model: str) -> None:
    """The clock never moves, but the trace grows, and the run stops."""
    scenario = threads(job("a", repeat(None, step)), job("b", spawned=True), model=model)
    simulation = Simulation(scenario)
    simulation.run(rows=200)
    assert 200 <= len(simulation.trace) < 220
    assert simulation.trace.end == 0
    assert not simulation.trace.complete


def test_a_listing_is_what_panels_show() -> None:
    trace = play(tasks(job("a", repeat(2, "compute 1ms"))))
    assert trace.entities[3].listing is not None
    assert trace.entities[3].listing.lines == ("repeat 2 times:", "  compute 1ms")
