"""Asyncio programs whose exact order and moments were measured on real CPython."""

from typing import Any

import pytest

from schedsim.aio import SimLoop
from tests.async_programs import CASES, OPS, Factory, Run, difference, load, main
from tests.real_asyncio import VirtualLoop
from tests.simulated import CheckedLoop

FILES = ("asyncio_order", "asyncio_eager", "asyncio_moments")
PROGRAMS = [case for name in FILES for case in load(CASES / f"{name}.json")]


@pytest.mark.parametrize("case", PROGRAMS, ids=lambda case: str(case["id"]))
def test_the_simulated_loop_does_what_was_measured(case: dict[str, Any]) -> None:
    assert not difference(case, Run(case["program"], SimLoop).play())


@pytest.mark.parametrize("case", PROGRAMS, ids=lambda case: str(case["id"]))
def test_so_does_the_real_loop_in_the_same_hands(case: dict[str, Any]) -> None:
    assert not difference(case, Run(case["program"], VirtualLoop).play())


@pytest.mark.parametrize("case", PROGRAMS, ids=lambda case: str(case["id"]))
def test_the_trace_tells_at_every_pass_what_the_loop_knows(case: dict[str, Any]) -> None:
    Run(case["program"], CheckedLoop).play()


@pytest.mark.parametrize("factory", [SimLoop, VirtualLoop])
def test_a_difference_is_noticed(factory: Factory) -> None:
    case = PROGRAMS[0]
    wrong = {**case["expect"], "log": case["expect"]["log"][:-1]}
    assert difference({**case, "expect": wrong}, Run(case["program"], factory).play())


def test_the_cases_use_nearly_all_operations() -> None:
    used = {word for case in PROGRAMS for word in _words(case["program"])}
    assert OPS - used <= {"done", "cancelling", "qjoin"}


def test_as_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(CASES / "asyncio_order.json")
    assert main([path, "--loop", "schedsim.aio:SimLoop", "--check"]) == 0
    assert "71 of 71 cases agree" in capsys.readouterr().out


def _words(part: Any) -> list[str]:
    if isinstance(part, str):
        return [part]
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return [word for each in inner for word in _words(each)]
