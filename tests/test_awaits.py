"""Who waits for whom at a moment, worked out by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given

from schedsim import causes, library
from schedsim.history import History
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.state import Status
from schedsim.trace import Role
from tests.machines import MS, job, tasks, threads
from tests.simulated import go, machine
from tests.strategies import scenarios


def told(run: Run, who: str, at: float, *, foresee: bool = True) -> list[str]:
    """The sentences about a thread or task, that many milliseconds after the beginning."""
    run.finish()
    (entity,) = [
        e.id for e in run.trace.entities if e.name == who and e.role is not Role.PROCESS and e.id
    ]
    now = int(at * MS)
    state = run.history.state_at_time(now)
    said = causes.told(run.history, causes.awaits(run.history, state, entity, now, foresee=foresee))
    return [said.headline, *said.details]


def test_a_lock_leads_to_its_holder_and_that_to_what_it_waits_for() -> None:
    run = Run(
        threads(
            job("a", "acquire m", "sleep 30ms", "release m"),
            job("b", "compute 1ms", "acquire m"),
            cores=2,
            gil=False,
        )
    )
    assert told(run, "b", 5) == ["b waits for lock m, which a holds.", "a sleeps until 30 ms."]


def test_a_join_leads_to_those_who_have_not_ended() -> None:
    run = Run(
        tasks(
            job("boss", "spawn quick", "spawn slow", "join quick", "join slow"),
            job("quick", "io 2ms", spawned=True),
            job("slow", "io 9ms", spawned=True),
        )
    )
    assert told(run, "boss", 1) == ["boss awaits quick.", "quick waits for a device until 2 ms."]
    assert told(run, "boss", 5) == ["boss awaits slow.", "slow waits for a device until 9 ms."]


def test_what_nobody_has_is_told_by_what_is_wanted_of_it() -> None:
    run = Run(tasks(job("a", "wait e"), job("b", "get q")))
    assert told(run, "a", 1) == ["a waits for event e to be set."]
    assert told(run, "b", 1) == ["b waits for queue q: it is empty."]


def test_a_circle_is_a_deadlock_and_told_first() -> None:
    run = Run(
        threads(
            job("a", "acquire m", "compute 2ms", "acquire n"),
            job("b", "acquire n", "compute 3ms", "acquire m"),
            cores=2,
            gil=False,
        )
    )
    assert told(run, "a", 2.5) == ["a waits for lock n, which b holds.", "b is running."]
    assert told(run, "a", 3) == [
        "a and b wait for each other: a deadlock, unless something else ends one of the waits.",
        "a waits for lock n, which b holds.",
        "b waits for lock m, which a holds.",
    ]


def test_who_waits_for_the_gil_waits_for_its_holder() -> None:
    run = Run(threads(job("a", "compute 10ms"), job("b", "compute 10ms"), cores=2))
    assert told(run, "b", 2) == ["b waits for the GIL, which a holds.", "a is running."]


def test_a_timer_that_is_overdue_names_who_has_the_loop() -> None:
    run = Run(tasks(job("tick", "sleep 10ms"), job("crunch", "compute 50ms")))
    assert told(run, "tick", 5) == ["tick sleeps until 10 ms."]
    assert told(run, "tick", 30) == [
        "tick waited until 10 ms, and could go on, but its loop has crunch in hand.",
        "crunch is running.",
    ]


def test_who_will_bring_a_future_is_told_only_to_who_may_know() -> None:
    run = Run(Source.of(library.path("to-thread")).load())
    assert told(run, "server", 20) == [
        "server awaits something unfinished, which asyncio_0 will bring.",
        "asyncio_0 is in a blocking call until 40 ms.",
    ]
    assert told(run, "server", 20, foresee=False) == ["server awaits something unfinished."]


def test_what_nobody_will_bring_is_told_of_nobody() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    trace = go(machine({"loop": {"main": main}})[0])
    history = History(trace)
    links = causes.awaits(history, history.state_at(len(trace)), 3, foresee=True)
    assert causes.told(history, links).headline == "main awaits something unfinished."


@pytest.mark.parametrize("model", [tasks, threads])
def test_who_takes_its_own_lock_again_waits_for_itself(model: Callable[..., Scenario]) -> None:
    run = Run(model(job("a", "acquire m", "compute 1ms", "acquire m")))
    assert told(run, "a", 5) == [
        "a waits for itself: a deadlock, unless something else ends one of the waits.",
        "a waits for lock m, which it holds itself.",
    ]


@given(scenarios())
def test_whoever_is_named_as_holder_holds(scenario: Scenario) -> None:
    run = Run(scenario, rows=150)
    trace = run.finish()
    for step in range(0, len(trace) + 1, 7):
        state = run.history.state_at(step)
        for entity in trace.entities[1 : len(state.status)]:
            if entity.role is Role.PROCESS:
                continue
            links = causes.awaits(run.history, state, entity.id)
            assert links[0].who == entity.id
            said = causes.told(run.history, links)
            assert len(said.details) + 1 >= len(links)
            for link in links:
                if link.resource >= 0 and link.whom:
                    assert link.whom == (state.resources[link.resource].holder,)
                if link.status in (Status.BLOCKED, Status.SUSPENDED) and not link.overdue:
                    assert all(
                        state.status[whom] not in (Status.EXITED, Status.DONE) or link.resource >= 0
                        for whom in link.whom
                    )
            members = causes.circle(links)
            assert all(state.status[e] in (Status.BLOCKED, Status.SUSPENDED) for e in members)
