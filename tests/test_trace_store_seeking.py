"""Any moment of a run, from its trace store."""

from __future__ import annotations

from pathlib import Path

import pytest

from schedsim import keyframes
from schedsim.history import History
from schedsim.state import State
from schedsim.trace_store import Moments, StoreError, writing
from schedsim.trace_store.columns import Packer
from schedsim.trace_store.states import joined
from tests.test_trace_store import played, stored
from tests.test_trace_store_damage import altered


def test_any_moment_is_as_it_was_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "ROWS", 16)
    monkeypatch.setattr(writing, "STATE_ROWS", 5)
    monkeypatch.setattr(writing, "_STATE_EVERY", 1)
    run = played()
    history = History(run.trace)
    with Moments(stored(run, tmp_path / "turns.trace")) as moments:
        assert moments.rows == len(run.trace)
        for rows in (*range(0, moments.rows, 7), 15, 16, 17, 32, moments.rows):
            assert moments.state_at(rows) == history.state_at(rows)
        with pytest.raises(IndexError):
            moments.state_at(moments.rows + 1)


@pytest.mark.parametrize(
    "state",
    [
        b"\x90",  # msgpack for an empty list
        keyframes.to_bytes(State.start(played().trace)),
        b"",
    ],
)
def test_a_state_in_the_file_that_is_of_another_moment_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: bytes
) -> None:
    monkeypatch.setattr(writing, "ROWS", 16)
    false = joined([(0, Packer().pack(state))])
    monkeypatch.setattr(writing.Writer, "_states", lambda writer, first, stop: false)
    with (
        Moments(stored(played(), tmp_path / "turns.trace")) as moments,
        pytest.raises(StoreError, match="damaged"),
    ):
        moments.state_at(40)


@pytest.mark.parametrize("state", [b"\0" * 3, joined([(0, b"12345")])[:-1]], ids=["head", "body"])
def test_states_that_end_too_early_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: bytes
) -> None:
    monkeypatch.setattr(writing, "ROWS", 16)
    monkeypatch.setattr(writing.Writer, "_states", lambda writer, first, stop: state)
    with (
        Moments(stored(played(), tmp_path / "turns.trace")) as moments,
        pytest.raises(StoreError, match="damaged: the states in it end too early"),
    ):
        moments.state_at(40)


def test_without_states_any_moment_is_found_from_the_beginning(tmp_path: Path) -> None:
    run = played()
    path = stored(run, tmp_path / "turns.trace", keyframes=False)
    with Moments(path) as moments:
        assert moments.state_at(250) == History(run.trace).state_at(250)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE chunks SET rows = 1e9 WHERE number = 3", "chunk 3: it cannot be so long"),
        ("UPDATE chunks SET times = codes WHERE number = 3", "chunk 3: it was changed after"),
    ],
)
def test_a_damaged_chunk_is_told_when_one_looks_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str, says: str
) -> None:
    monkeypatch.setattr(writing, "ROWS", 16)
    path = altered(stored(played(), tmp_path / "turns.trace"), statement)
    with pytest.raises(StoreError, match=says), Moments(path) as moments:
        moments.state_at(60)
