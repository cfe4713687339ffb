"""Our trio loop against programs whose outcome the real trio 0.35 has told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.nursery_programs import SimulatedNurseries, by_task

CASES = json.loads((Path(__file__).parent / "cases/trio_order.json").read_text())["cases"]
SEEDS = 12


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_each_task_does_what_it_does_in_trio(case: dict[str, Any]) -> None:
    expect = case["expect"]
    for seed in range(SEEDS):
        run = SimulatedNurseries(case["program"], seed).run(checked=seed == 0)
        assert (run.outcome, run.end) == (expect["outcome"], expect["time"])
        assert by_task(run.log) == expect["by_task"]
