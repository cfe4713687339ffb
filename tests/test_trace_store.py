"""The trace store: what goes in comes out, whole, in part, or not at all."""

from __future__ import annotations

import json
from array import array
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from schedsim.history import History
from schedsim.recording import Recording, Source
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.scenario_file import loads
from schedsim.trace import Kind, Trace
from schedsim.trace_store import Reader, StoreError, Writer, schema, tables, writing
from schedsim.trace_store.columns import Packer, Unpacker
from schedsim.trace_store.tables import Listener, Teller
from tests.strategies import MOST_ROWS, deeds, scenarios

TEXT = """
schema = 1
title = "Two that take turns"
model = "threads"
[machine]
cores = 2
quantum = "1ms"
[[job]]
name = "a"
count = 3
steps = [{ repeat = 40, do = ["compute 2ms", "sleep 1ms", "mark done"] }]
"""
NEAR = st.integers(-1, 200)
SOURCE = Source("turns", TEXT)


def played(text: str = TEXT) -> Run:
    run = Run(loads(text, "turns"))
    run.finish()
    return run


def stored(run: Run, path: Path, *, keyframes: bool = True) -> Path:
    recorded = Recording.of(run, SOURCE)
    with Writer(path, run.trace, recorded, keyframes=keyframes) as writer:
        writer.end(recorded)
    return path


def read(path: Path) -> Trace:
    with Reader(path) as reader:
        return reader.read()


def test_what_is_read_is_what_was_run(tmp_path: Path) -> None:
    run = played()
    path = stored(run, tmp_path / "turns.trace")
    with Reader(path) as reader:
        trace = reader.read()
        assert reader.whole
        assert reader.recorded == Recording.of(run, SOURCE)
    assert same(trace, run.trace)
    assert trace.complete
    assert list(tmp_path.iterdir()) == [path]


def same(one: Trace, other: Trace) -> bool:
    """All that a trace says, but for how it came about."""
    names = [name for name in Trace.__dataclass_fields__ if name != "kept"]
    kept = [{key: texts for key, texts in each.kept.items() if texts} for each in (one, other)]
    return kept[0] == kept[1] and all(getattr(one, name) == getattr(other, name) for name in names)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_random_machine_goes_through_a_store_unchanged(
    data: st.DataObject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = data.draw(scenarios())
    run = acted(data, scenario)
    monkeypatch.setattr(writing, "ROWS", data.draw(st.sampled_from([1, 7, 50, 8192])))
    monkeypatch.setattr(tables, "MOST_NEW", data.draw(st.sampled_from([1, 3, 8192])))
    monkeypatch.setattr(tables, "MOST_TEXT", data.draw(st.sampled_from([1, 30, 1_000_000])))
    path = tmp_path / "random.trace"
    recorded = Recording.of(run, SOURCE)
    with Writer(path, run.trace, recorded) as writer:
        writer.end(recorded)
    with Reader(path) as reader:
        assert same(reader.read(), run.trace)
        step = data.draw(st.integers(0, len(run.trace)))
        assert History(reader.trace).state_at(step) == History(run.trace).state_at(step)


def acted(data: st.DataObject, scenario: Scenario) -> Run:
    """A random run, with things done to it."""
    run = Run(scenario, rows=MOST_ROWS)
    run.finish()
    for deed in data.draw(deeds(scenario)):
        try:
            step = int(deed.place * len(run.trace))
            time = (run.trace.times[step - 1] if step else 0) + deed.wait
            run.act(deed.command, step, time)
        except ValueError:
            continue
        run.finish()
    return run


def test_what_is_there_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    run = played()
    path = stored(run, tmp_path / "turns.trace")
    before = path.read_bytes()
    recorded = Recording.of(run, SOURCE)
    with Writer(path, run.trace, recorded) as writer:
        writer.write(all_rows=True)
    assert path.read_bytes() == before
    partial = tmp_path / "turns.trace.part"
    with Reader(partial) as reader:
        assert same(reader.read(), run.trace.until(len(run.trace), run.trace.end))
        assert not reader.whole
        assert reader.says() == (
            f"{partial}: not written to the end: its first {len(run.trace):,} steps can be read"
        )
    with Writer(path, run.trace, recorded) as writer:  # nor is what was left written over
        assert writer.partial == tmp_path / "turns.trace.2.part"
        writer.end(recorded)
    assert partial.exists()


def test_a_store_grows_with_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "ROWS", 16)
    run = Run(loads(TEXT, "turns"))
    path = tmp_path / "turns.trace"
    with Writer(path, run.trace, Recording.of(run, SOURCE)) as writer:
        while not run.finished:
            run.extend(len(run.trace) + 10)
            writer.write()
            with Reader(writer.partial) as reader:
                rows = len(reader.read())
            assert rows == len(run.trace) // 16 * 16
            assert reader.trace.times == run.trace.times[:rows]
        writer.end(Recording.of(run, SOURCE))
    assert same(read(path), run.trace)


@pytest.mark.parametrize(("number", "says"), [(2, "a newer schedsim"), (0, "no schedsim has it")])
def test_another_schema_is_refused(tmp_path: Path, number: int, says: str) -> None:
    path = stored(played(), tmp_path / "turns.trace")
    content = bytearray(path.read_bytes())
    content[60:64] = number.to_bytes(4, "big")
    path.write_bytes(content)
    with pytest.raises(StoreError, match=f"schema {number} is not known, only 1 is.*{says}"):
        Reader(path)


def test_a_chunk_is_small(tmp_path: Path) -> None:
    assert schema.ROWS * 24 < 1_000_000
    path = stored(played(), tmp_path / "turns.trace")
    assert path.stat().st_size < 200_000


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(-(1 << 63), (1 << 63) - 1) | NEAR)))
def test_columns_come_back(rows: list[tuple[int, int]]) -> None:
    times = array("q", sorted(time for time, _ in rows))
    args = array("q", (arg for _, arg in rows))
    packer, unpacker = Packer(), Unpacker()
    assert unpacker.rising(packer.rising(times, 0), len(times), 0, 99) == times
    assert unpacker.column(packer.column(args), len(args)) == args
    assert (
        unpacker.relative(packer.relative(args, times), len(args)).part(slice(None), times) == args
    )


def test_what_is_kept_of_tasks_is_told_once_and_not_with_every_chunk() -> None:
    """It is looked for as soon as there are four rows for each task that something is kept of."""
    trace = Trace(unit="tick")
    teller, listener = Teller(trace), Listener(Trace(unit="tick"))
    told = listener.trace.kept

    def rows(count: int) -> None:
        for _ in range(count):
            trace.append(0, Kind.MARK)

    trace.kept = {1: {3: "x = 1"}, 2: {4: "y = 2"}}
    rows(7)
    listener.take(teller.news())
    assert told == {}
    rows(1)
    listener.take(teller.news())
    assert told == {1: {3: "x = 1"}, 2: {4: "y = 2"}}
    trace.kept[2][9] = "y = 3"
    rows(7)
    assert teller.news() == b""
    news = teller.news(last=True)
    assert json.loads(news) == {"kept": [[2, 9, "y = 3"]]}
    listener.take(news)
    assert told == trace.kept
