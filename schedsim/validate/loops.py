"""Targets of event loops: D11, D13 to D16.  All are exact in virtual time but the last, a coin."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from statistics import median

from schedsim.trace import Kind, Trace
from schedsim.validate.checks import Check, exact, near, same
from schedsim.validate.files import played

MS = 1_000_000
_PERIOD = 10
_FOUR_SIGMA = 40
"""Of 400 tosses of a fair coin."""
_CHUNKS = (1, 2, 5, 10, 20, 50)
_WAYS: Mapping[str, Callable[[int], int]] = {
    "asyncio": lambda c: c * -(-_PERIOD // c) + 2 * c - _PERIOD,
    "uvloop": lambda c: c * -(-_PERIOD // c) + c - _PERIOD,
    "eventlet": lambda c: c * -(-_PERIOD // c) - _PERIOD,
    "gevent": lambda c: _drain(c) * -(-_PERIOD // _drain(c)) - _PERIOD,
}
"""How late a ticker of 10 ms is beside a spinner that yields every c ms, by flavour."""


def _drain(chunk: int) -> int:
    """How long gevent runs callbacks before it looks at its timers: 50 at least (V2)."""
    return 50 * chunk * -(-5 // (50 * chunk))


def ticker_beside_spinner() -> Iterator[Check]:
    """D11: lateness hangs on when a flavour looks at its timers."""
    for model, late in _WAYS.items():
        for chunk in _CHUNKS:
            says = f"{model}: a ticker of {_PERIOD} ms beside a spinner of {chunk} ms is late by"
            yield exact("D11", says, late(chunk), _lateness(model, chunk), "ms")
    for chunk in (2, 20):
        late_by = chunk * -(-_PERIOD // chunk) - _PERIOD
        found = sorted({_lateness("trio", chunk, seed) for seed in range(20)})
        says = f"trio: the same with {chunk} ms, 20 seeds"
        shown = " or ".join(f"{each:g}" for each in found)
        yield same("D11", says, f"{shown} ms", f"{late_by} or {late_by + chunk} ms")


def spinning_on_sleep_0() -> Iterator[Check]:
    """D15: how often a ticker of 1 ms gets its turn beside a spinner that costs next to nothing."""
    for model, period in (("gevent", 5.06), ("eventlet", 1.0), ("trio", 1.02)):
        says = f"{model}: a ticker of 1 ms beside a spinner on sleep(0) has a period of"
        yield near("D15", says, _period(model), period * 0.98, period * 1.02, unit="ms", digits=3)


def _tick_job(period: str, times: int) -> str:
    return f"""
        [[job]]
        name = "ticker"
        steps = [ {{ repeat = {times}, do = ["mark before", "sleep {period}", "mark after"] }} ]
    """


def _ticks(trace: Trace) -> list[int]:
    """How long each tick took."""
    times = [row.time for row in trace.rows() if row.kind == Kind.MARK]
    return [after - before for before, after in zip(times[::2], times[1::2], strict=False)]


def _lateness(model: str, chunk: int, seed: int = 0) -> float:
    """How late the ticker is, in ms; the first tick, which begins with the spinner, is left out."""
    spins = max(60 * _drain(chunk) // chunk, 400) if model == "gevent" else 400
    trace = played(
        f"""
        model = "{model}"
        [[job]]
        name = "spinner"
        cpu_heavy = true
        steps = [ {{ repeat = {spins}, do = ["compute {chunk}ms", "yield"] }} ]
        {_tick_job(f"{_PERIOD}ms", 4)}
        """,
        seed,
    )
    return _ticks(trace)[2] / MS - _PERIOD


def _sleepers(model: str, step: str, extra: str = "") -> float:
    """Ten jobs with one step of 50 ms each: how long it takes, in ms."""
    return (
        played(
            f"""
            model = "{model}"
            {extra}
            [[job]]
            name = "sleeper"
            count = 10
            steps = ["{step}"]
            """
        ).end
        / MS
    )


def blocking_in_coroutines() -> Iterator[Check]:
    """D13: ten waits of 50 ms, blocking and not."""
    yield exact(
        "D13",
        "ten time.sleep(50 ms) in coroutines",
        500,
        _sleepers("asyncio", "call time.sleep 50ms"),
        "ms",
    )
    yield exact("D13", "ten asyncio.sleep(50 ms)", 50, _sleepers("asyncio", "sleep 50ms"), "ms")
    for cores, end in ((2, 100), (5, 100), (6, 50)):
        says = f"ten time.sleep(50 ms) with to_thread, {cores} cores: a pool of {cores + 4}"
        yield exact("D13", says, end, _in_threads("to_thread", cores=cores), "ms")
    for workers, end in ((6, 100), (4, 150), (10, 50), (1, 500)):
        says = f"ten time.sleep(50 ms) in a pool of {workers}"
        yield exact("D13", says, end, _in_threads("run_in pool", workers), "ms")


def _in_threads(verb: str, workers: int = 0, cores: int = 2) -> float:
    """Ten coroutines that let threads sleep for them: the end, in ms."""
    pool = f'[[pool]]\nname = "pool"\nworkers = {workers}' if workers else ""
    trace = played(
        f"""
        model = "asyncio"
{textwrap.indent(pool, " " * 8)}
        [machine]
        cores = {cores}
        [[job]]
        name = "coroutine"
        count = 10
        steps = ["{verb} sleeper"]
        [[job]]
        name = "sleeper"
        spawned = true
        steps = ["call time.sleep 50ms"]
        """
    )
    return trace.end / MS


def monkey_patching() -> Iterator[Check]:
    """D14: the same under gevent and eventlet, patched and not."""
    for model in ("gevent", "eventlet"):
        for patch, end in (("", 500), (f'[python]\nmonkey_patch = "{model}"', 50)):
            how = "patched" if patch else "not patched"
            measured = _sleepers(model, "call time.sleep 50ms", patch)
            yield exact("D14", f"ten time.sleep(50 ms) under {model}, {how}", end, measured, "ms")


def order_of_batches() -> Iterator[Check]:
    """D16: trio runs each batch in order, or in reverse."""
    orders: Counter[str] = Counter()
    for seed in range(400):
        trace = played(
            """
            model = "trio"
            [[job]]
            name = "A"
            steps = ["mark A"]
            [[job]]
            name = "B"
            steps = ["mark B"]
            [[job]]
            name = "C"
            steps = ["mark C"]
            """,
            seed,
        )
        orders["".join(trace.labels[r.arg] for r in trace.rows() if r.kind == Kind.MARK)] += 1
    said = ", ".join(f"{order} {n}" for order, n in sorted(orders.items()))
    fair = set(orders) == {"ABC", "CBA"} and abs(orders["ABC"] - 200) <= _FOUR_SIGMA
    yield Check("D16", "order of three trio tasks, 400 seeds", "ABC or CBA, half each", said, fair)


def _period(model: str) -> float:
    """The median time between two turns of a ticker of 1 ms, in ms."""
    trace = played(
        f"""
        model = "{model}"
        until = "200ms"
        [python]
        task_switch_cost = "preset"
        [[job]]
        name = "spinner"
        steps = [ {{ repeat = "forever", do = ["yield"] }} ]
        {_tick_job("1ms", 40)}
        """
    )
    return median(_ticks(trace)) / MS


TARGETS: Mapping[str, Callable[[], Iterator[Check]]] = {
    "D11": ticker_beside_spinner,
    "D13": blocking_in_coroutines,
    "D14": monkey_patching,
    "D15": spinning_on_sleep_0,
    "D16": order_of_batches,
}
