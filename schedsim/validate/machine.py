"""Targets of the operating system and of the machine: D2, D17, D18, D19.  No Python in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from schedsim.metrics import measure
from schedsim.metrics.slices import on_cores
from schedsim.trace import Role, Trace
from schedsim.validate.checks import Check, exact, near
from schedsim.validate.files import played

MS = 1_000_000
_NICE = ((1, 1024 / 1844), (5, 1024 / 1359), (10, 1024 / 1134), (19, 1024 / 1039))
"""The share of nice 0 beside each other nice value, by the kernel's table of weights."""


def processes() -> Iterator[Check]:
    """D2: k processes of W on M cores take ceil(k / M) W."""
    for jobs, cores in ((2, 2), (4, 2), (6, 3), (8, 4)):
        end = _processes(jobs, cores).end
        yield exact(
            "D2",
            f"{jobs} CPU-bound processes of 60 ms on {cores} cores",
            -(-jobs // cores) * 60,
            end / MS,
            "ms",
        )


def nice() -> Iterator[Check]:
    """D17: shares are those of the weights."""
    for nice, share in _NICE:
        low, high = 100 * share - 0.5, 100 * share + 0.5
        yield near("D17", f"share of nice 0 beside nice {nice}", _share(nice), low, high, unit="%")


def slices_in_ticks() -> Iterator[Check]:
    """D18: a slice is rounded up to the tick."""
    yield exact("D18", "turn of equal hogs, base slice 1.4 ms, tick 4 ms", 4, _turn(), "ms")


def chess() -> Iterator[Check]:
    """D19: the exhibition, one game after another and walking from board to board."""
    for name, boards, end in (
        ("one after another", 24, 43_200),
        ("walking", 24, 3_655),
        ("walking", 12, 1_855),
        ("walking", 5, 1_820),
        ("walking", 30, 4_555),
    ):
        yield exact(
            "D19", f"chess, {boards} boards, {name}", end, _chess(boards, name) / MS / 1000, "s"
        )


def _processes(jobs: int, cores: int) -> Trace:
    return played(
        f"""
        model = "processes"
        [machine]
        cores = {cores}
        [[job]]
        name = "hog"
        count = {jobs}
        steps = ["compute 60ms"]
        """
    )


def _share(nice: int) -> float:
    """What nice 0 had of the first two seconds, in percent."""
    trace = played(
        f"""
        model = "processes"
        until = "2s"
        [machine]
        policy = "eevdf"
        [[job]]
        name = "a"
        steps = ["compute 100s"]
        [[job]]
        name = "b"
        nice = {nice}
        steps = ["compute 100s"]
        """
    )
    cpu = [times.cpu for times in measure(trace).of(Role.THREAD)]
    return 100 * cpu[0] / sum(cpu)


def _turn() -> float:
    """The length of a turn of three equal hogs, in ms."""
    trace = played(
        """
        model = "processes"
        until = "1s"
        [machine]
        policy = { name = "eevdf", base_slice = "1.4ms", tick = "4ms" }
        [[job]]
        name = "hog"
        count = 3
        steps = ["compute 100s"]
        """
    )
    turns = [part.end - part.start for part in on_cores(trace)][3:-1]
    return max(turns) / MS if min(turns) == max(turns) else sum(turns) / len(turns) / MS


def _chess(boards: int, how: str) -> int:
    waits = "sleep" if how == "walking" else "call time.sleep"
    return played(
        f"""
        model = "asyncio"
        [[job]]
        name = "board"
        count = {boards}
        steps = [{{ repeat = 30, do = ["compute 5s", "{waits} 55s"] }}]
        """
    ).end


TARGETS: Mapping[str, Callable[[], Iterator[Check]]] = {
    "D2": processes,
    "D17": nice,
    "D18": slices_in_ticks,
    "D19": chess,
}
