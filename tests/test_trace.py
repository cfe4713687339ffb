"""The trace: packed rows, its tables and its digest; and the state as their fold."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, strategies as st

from schedsim.state import State, Status
from schedsim.trace import (
    CORE_SHIFT,
    MOST_CORES,
    MOST_ENTITIES,
    OTHER_SHIFT,
    REASON_SHIFT,
    SUBJECT_SHIFT,
    Entity,
    Kind,
    Listing,
    Reason,
    Role,
    Row,
    Trace,
)
from tests.machines import job, play, tasks, threads

entities = st.integers(0, MOST_ENTITIES)
times = st.integers(0, 2**62)


@given(
    times,
    st.sampled_from(Kind),
    st.sampled_from(Reason),
    entities,
    entities,
    st.integers(-1, 2**62),
)
def test_a_row_is_read_as_it_was_written(
    time: int, kind: Kind, reason: Reason, subject: int, other: int, arg: int
) -> None:
    trace = Trace()
    trace.append(0, Kind.COMMAND)
    trace.append(time, kind, reason, subject=subject, other=other, arg=arg)
    assert trace.row(1) == Row(1, time, kind, reason, -1, subject, other, arg)


@given(st.integers(0, MOST_CORES - 1), entities, entities, st.sampled_from(Reason))
def test_a_row_about_a_core_fits_into_its_code(
    core: int, subject: int, other: int, reason: Reason
) -> None:
    """As the hot paths pack it: 63 bits, for the last core and the last entity too."""
    trace = Trace()
    trace.times.append(1)
    trace.codes.append(
        Kind.RUN
        | reason << REASON_SHIFT
        | (core + 1) << CORE_SHIFT
        | subject << SUBJECT_SHIFT
        | other << OTHER_SHIFT
    )
    trace.args.append(0)
    assert trace.row(0) == Row(0, 1, Kind.RUN, reason, core, subject, other, 0)


def test_kinds_and_reasons_fit_into_their_bits() -> None:
    assert max(Kind) < 64
    assert max(Reason) < 64


def test_rows_can_be_asked_for_by_number() -> None:
    trace = play(threads(job("a", "compute 1ms")))
    assert [row.n for row in trace.rows(2, 4)] == [2, 3]
    assert [row.n for row in trace.rows(len(trace) - 1, 99)] == [len(trace) - 1]
    assert list(trace.rows(5, 5)) == []


def test_entities_are_entered_in_order() -> None:
    trace = Trace()
    one = trace.enter(Entity(1, Role.PROCESS, "p", 0, 0, "p"))
    assert trace.entities[1] is one
    with pytest.raises(ValueError, match="entity 5 is not next: 2 is"):
        trace.enter(Entity(5, Role.THREAD, "t", 1, 5, "t"))


def test_there_is_a_limit_to_entities() -> None:
    trace = Trace()
    trace.entities = [trace.entities[0]] * (MOST_ENTITIES + 1)
    with pytest.raises(OverflowError, match="at most 2,097,151"):
        trace.enter(Entity(MOST_ENTITIES + 1, Role.THREAD, "t", 1, 5, "t"))


def test_a_label_has_one_number() -> None:
    trace = Trace()
    assert [trace.label(text) for text in ("a", "b", "a")] == [0, 1, 0]
    assert trace.labels == ["a", "b"]


def test_a_trace_that_is_cut_forgets_the_rest() -> None:
    trace = play(threads(job("a", "compute 1ms")))
    whole = trace.digest_of_rows(0, 3)
    trace.cut(3)
    assert (len(trace), trace.end, trace.complete) == (3, 0, False)
    assert trace.digest_of_rows(0, len(trace)) == whole
    trace.cut(0)
    assert (len(trace), trace.end) == (0, 0)


def test_the_digest_is_over_little_endian_columns_one_after_the_other() -> None:
    """So that any program can check a recording."""
    trace = Trace()
    trace.append(5, Kind.MARK, subject=1, arg=7)
    trace.append(6, Kind.MARK, subject=1, arg=8)
    code = Kind.MARK | 1 << SUBJECT_SHIFT
    columns = [5, 6, code, code, 7, 8]
    expected = hashlib.sha256(b"".join(n.to_bytes(8, "little") for n in columns)).hexdigest()
    assert trace.digest_of_rows(0, 2) == expected


@pytest.mark.parametrize("what", ["time", "code", "arg", "name", "label", "cores", "unit"])
def test_the_digest_sees_every_change(what: str) -> None:
    trace = play(threads(job("a", "compute 1ms", "mark x")))
    before = trace.digest()
    assert trace.digest() == before
    if what == "time":
        trace.times[-1] += 1
    elif what == "code":
        trace.codes[3] ^= 1 << SUBJECT_SHIFT
    elif what == "arg":
        trace.args[0] += 1
    elif what == "name":
        trace.entities[2] = Entity(2, Role.THREAD, "b", 1, 2, "a")
    elif what == "label":
        trace.labels[0] = "y"
    elif what == "cores":
        trace.cores = 2
    else:
        trace.unit = "tick"
    assert trace.digest() != before


def test_a_listing_knows_the_line_of_a_place() -> None:
    listing = Listing(("one", "two"), (0, 1, 1))
    assert [listing.line(pc) for pc in (0, 1, 2, 3, 4)] == [None, 0, 1, 1, None]


# -- the state --------------------------------------------------------------------------------


def test_before_the_first_row_there_is_nobody() -> None:
    state = State.start(play(threads(job("a"), cores=2)))
    assert (state.rows, state.time, state.running, state.run_queue) == (0, 0, [0, 0], {})


def test_a_state_goes_forward_to_where_it_is_asked_and_no_further_than_the_end() -> None:
    trace = play(threads(job("a", "compute 1ms")))
    state = State.start(trace)
    assert state.forward(2) is state
    assert state.rows == 2
    assert state.forward(1).rows == 2
    assert state.forward(10_000).rows == len(trace)


def test_a_copy_is_independent() -> None:
    trace = play(tasks(job("a", "sleep 1ms", count=2)))
    state = State.start(trace).forward(8)
    copy = state.copy()
    assert copy == state
    copy.forward(len(trace))
    assert copy != state
    assert state == State.start(trace).forward(8)


def test_a_state_knows_since_when_and_until_when() -> None:
    trace = play(tasks(job("a", "compute 1ms", "sleep 4ms")), until="2ms")
    state = State.start(trace).forward(len(trace))
    task = next(e.id for e in trace.entities if e.role is Role.TASK)
    assert state.status[task] is Status.SUSPENDED
    assert (state.since[task], state.due[task]) == (1_000_000, 5_000_000)
    assert state.why[task] is Reason.SLEEP


def test_the_place_in_the_program_is_the_operation_under_way() -> None:
    trace = play(threads(job("a", "compute 1ms", "sleep 4ms", "compute 1ms")), until="2ms")
    state = State.start(trace).forward(len(trace))
    listing = trace.entities[2].listing
    assert listing is not None
    assert listing.line(state.pc[2]) == 1


def test_labels_that_a_trace_was_made_with_keep_their_numbers() -> None:
    trace = Trace(labels=["a", "b"])
    assert [trace.label(text) for text in ("b", "c", "a", "c")] == [1, 2, 0, 2]
    assert trace.labels == ["a", "b", "c"]
