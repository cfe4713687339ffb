"""The sentences: each says what happened, by which rule, and what it costs whom."""

from __future__ import annotations

from hypothesis import given

from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.trace import Kind, Reason, Trace
from schedsim.why import Mention, explain
from tests.machines import job, repeat, tasks, threads
from tests.strategies import scenarios


def said(run: Run, kind: Kind, reason: Reason | None = None, nth: int = 0) -> str:
    """What is said of the nth row of a kind."""
    run.finish()
    found = [
        row.n
        for row in run.trace.rows()
        if row.kind is kind and (reason is None or row.reason is reason)
    ]
    return explain(run.history, found[nth] + 1).text


def crunch() -> Run:
    return Run(
        tasks(
            job("tick", repeat(2, "compute 1ms", "sleep 10ms")),
            job("crunch", "compute 50ms", "yield", "compute 50ms", cpu_heavy=True),
        )
    )


def test_before_the_first_row_nothing_has_happened() -> None:
    assert explain(crunch().history, 0).headline == "Nothing has happened yet."


def test_computing_in_a_coroutine_says_that_only_an_await_gives_the_cpu_back() -> None:
    text = said(crunch(), Kind.COMPUTE, nth=1)
    assert "crunch computes for 50 ms." in text
    assert "only where it awaits something unfinished" in text


def test_the_cost_is_counted_up_to_the_moment_at_which_one_asks() -> None:
    """tick was due at 11 ms; at 31 ms it has been kept waiting for 20 ms."""
    run = crunch()
    run.finish()
    row = [r for r in run.trace.rows() if r.kind is Kind.COMPUTE][1]
    text = explain(run.history, row.n + 1, now=31_000_000).text
    assert "has not awaited anything for 30 ms" in text
    assert "tick 20 ms" in text


def test_a_yield_names_the_task_and_its_place_in_the_queue() -> None:
    assert "crunch yields (sleep(0)) after 50 ms: to the end of the ready queue" in said(
        crunch(), Kind.LOOP_PASS, Reason.YIELD
    )


def test_a_late_timer_says_how_late() -> None:
    """Due at 11 ms, called back at 101 ms: one pass behind the cruncher's second chunk."""
    text = said(crunch(), Kind.TASK_READY, Reason.TIMER)
    assert "tick's timer fires, 90 ms after it was due" in text
    assert "cannot interrupt a task" in text


def test_a_blocking_call_names_the_call_the_victims_and_the_replacement() -> None:
    run = Run(tasks(job("bad", "compute 2ms", "call time.sleep 20ms"), job("good", "compute 1ms")))
    text = said(run, Kind.COMPUTE, Reason.CALL)
    assert "bad calls time.sleep (20 ms) inside a coroutine: a blocking call." in text
    assert "Instead: await asyncio.sleep(...)" in text
    assert "good 2 ms" in text


def test_a_drop_request_is_told_from_both_sides() -> None:
    run = Run(threads(job("a", "compute 20ms"), job("b", "compute 20ms"), cores=2))
    asked = said(run, Kind.GIL_REQUEST)
    assert "b has waited a switch interval (5 ms)" in asked
    assert "asks a to drop it" in asked
    assert "a honours the drop request and releases the GIL after 5 ms." in said(
        run, Kind.GIL_RELEASE, Reason.DROP_REQUEST
    )
    assert "the forced switch is over: a may queue again" in said(run, Kind.GIL_TAKE, nth=1)


def test_a_spent_quantum_is_the_reason_for_a_switch() -> None:
    run = Run(threads(job("a", "compute 15ms"), job("b", "compute 15ms"), gil=False))
    text = said(run, Kind.RUN, Reason.QUANTUM)
    assert text.startswith("a's quantum is spent after 10 ms, and others are runnable.")
    assert "Core 0 runs b, after waiting 10 ms." in text


def test_control_characters_and_markup_in_names_are_shown_not_sent() -> None:
    run = Run(threads(job("\x1b[31m[/]", "compute 1ms")))
    text = said(run, Kind.COMPUTE)
    assert "\x1b" not in text
    assert "\\x1b[31m[/]" in text


def test_mentions_say_who_is_named_where_even_when_names_are_words() -> None:
    run = Run(tasks(job("computes", "compute 5ms"), job("after", "compute 5ms")))
    run.finish()
    row = next(row for row in run.trace.rows() if row.kind is Kind.COMPUTE)
    told = explain(run.history, row.n + 1, now=3_000_000)
    assert told.headline.startswith("computes computes for 5 ms.")
    assert told.mentions[0] == (Mention(0, 8, row.subject),)
    cost, mentions = told.details[-1], told.mentions[-1]
    assert [cost[m.start : m.end] for m in mentions] == ["after"]


@given(scenarios())
def test_every_row_of_every_run_has_a_sentence(scenario: Scenario) -> None:
    run = Run(scenario, rows=300)
    trace: Trace = run.finish()
    for step in range(len(trace) + 1):
        explanation = explain(run.history, step)
        assert explanation.headline.endswith((".", "x", "y", "z"))  # marks end in their label
        assert "  " not in explanation.text
        assert "None" not in explanation.text
        assert explanation.text.isprintable()
        for text, mentions in zip(
            (explanation.headline, *explanation.details), explanation.mentions, strict=False
        ):
            for each in mentions:
                assert text[each.start : each.end] == trace.entities[each.entity].name
