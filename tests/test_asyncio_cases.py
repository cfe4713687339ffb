"""What real asyncio did with random programs, said again by our own loop: order and times (D12)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.async_cases_light import Case

VERSIONS = {"3.11": (3, 11), "3.12": (3, 12), "3.13": (3, 13)}


def cases(name: str) -> list[Any]:
    text = (Path(__file__).parent / "cases" / name).read_text(encoding="utf-8")
    found: list[Any] = json.loads(text)["cases"]
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "case",
    cases("asyncio_order.json") + cases("asyncio_moments.json"),
    ids=lambda case: str(case["id"]),
)
def test_a_program_runs_as_on_real_asyncio(case: dict[str, Any], version: str) -> None:
    expected = case["expect"] if "expect" in case else case["expect_by_version"][version]
    found = Case(case["program"], VERSIONS[version]).play()
    assert found["log"] == expected["log"]
    assert {key: found.get(key) for key in expected} == expected


@pytest.mark.parametrize("version", ["3.12", "3.13"])
@pytest.mark.parametrize("case", cases("asyncio_eager.json"), ids=lambda case: str(case["id"]))
def test_a_program_of_eager_tasks_runs_as_on_real_asyncio(
    case: dict[str, Any], version: str
) -> None:
    found = Case(case["program"], VERSIONS[version]).play()
    assert found["log"] == case["expect"]["log"]
    assert {key: found.get(key) for key in case["expect"]} == case["expect"]
