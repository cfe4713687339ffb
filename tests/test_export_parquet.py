"""Rows as Parquet; what needs pyarrow is skipped without it."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from schedsim.cli import cli

TEXT = """
schema = 1
title = "One after the other"
unit = "tick"
model = "processes"
machine = { policy = "fifo" }
job = [
    { name = "a", steps = ["compute 3"] },
    { name = "b", steps = ["compute 2"] },
]
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "it.toml"
    path.write_text(TEXT)
    return path


def export(*words: object) -> Result:
    return CliRunner().invoke(cli, ["export", *map(str, words), "--to", "parquet"])


def test_without_pyarrow_one_is_told_how_to_get_it(
    scenario: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    told = export(scenario)
    assert (told.exit_code, told.stderr) == (
        2,
        "schedsim: --to parquet needs pyarrow: pip install 'schedsim[parquet]'\n",
    )


def test_rows_are_a_table(scenario: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "it.parquet"
    assert export(scenario, "-o", path).exit_code == 0
    rows = parquet.read_table(path).to_pylist()
    ran = [(row["time"], row["name"], row["core"]) for row in rows if row["kind"] == "run"]
    assert ran == [(0, "a", 0), (3, "b", 0)]
    assert [row["reason"] for row in rows if row["kind"] in {"run", "idle"}] == [
        "none",
        "exit",
        "exit",
    ]
    assert export(scenario, "-o", path).exit_code == 0  # ours is written over


def test_other_tables_are_not_written_over(scenario: Path, tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "mine.parquet"
    parquet.write_table(arrow.table({"a": [1]}), path)
    before = path.read_bytes()
    told = export(scenario, "-o", path)
    assert told.exit_code == 2
    assert "is not rows of a trace in Parquet: not overwritten" in told.stderr
    assert path.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_nor_is_a_pipe_waited_for(scenario: Path, tmp_path: Path) -> None:
    """That it is one of ours a table tells at its end."""
    pytest.importorskip("pyarrow")
    path = tmp_path / "pipe"
    os.mkfifo(path)
    told = export(scenario, "-o", path)
    assert told.exit_code == 2
    assert "not overwritten" in told.stderr
