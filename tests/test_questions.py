"""Who runs next, and why: decisions worked out by hand, and what holds for every scenario."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

from schedsim import library
from schedsim.commands import SetPolicy, SetTickets
from schedsim.history import History
from schedsim.questions import CHANCE, Question, next_question
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.scenario_file import loads
from schedsim.state import State, Status
from schedsim.timeline import LaneId, Situation, Timeline, deadline_of
from schedsim.trace import Kind, Reason, Role

ROWS = 1_500
"""Of each scenario of the library that are asked about."""


def run_of(text: str) -> Run:
    run = Run(loads(text, "test"))
    run.extend(ROWS)
    return run


def asked(history: History, step: int = 0) -> Iterator[Question]:
    """All questions, one after the other."""
    while (found := next_question(history, step)) is not None:
        yield found
        assert found.step >= step
        assert found.reveals > step
        step = found.reveals


def told(run: Run) -> list[tuple[int, str, str, str]]:
    """When is asked, where, who is next, and why."""
    names = [entity.name for entity in run.trace.entities]
    names[CHANCE] = "chance"
    return [(q.time, q.place.kind, names[q.answer], q.reasons[q.right]) for q in asked(run.history)]


def ticks(policy: str, *jobs: str) -> Run:
    made = ", ".join(jobs)
    return run_of(
        f'schema = 1\ntitle = "t"\nunit = "tick"\nmodel = "processes"\n'
        f"machine = {{ policy = {policy} }}\njob = [{made}]"
    )


def job(name: str, length: int, arrival: int = 0, more: str = "") -> str:
    return f'{{ name = "{name}", arrival = {arrival}, steps = ["compute {length}"]{more} }}'


FIRST = "It is first in the run queue."
KEEPS = "Whoever has the core keeps it until it waits or ends."


def test_fifo_serves_in_order_of_arrival_and_takes_nothing_away() -> None:
    run = ticks('"fifo"', job("a", 4), job("b", 2), job("c", 1, 3))
    assert told(run) == [
        (0, "core", "a", FIRST),
        (3, "core", "a", KEEPS),
        (4, "core", "b", FIRST),
    ]


def test_who_comes_during_a_context_switch_takes_nothing_from_anybody() -> None:
    """The switch to a takes until 2, and that to b from 5 to 7: at 6, when c comes, nobody has the
    core to keep it.  At 8, when d comes, b has."""
    run = run_of(
        'schema = 1\ntitle = "t"\nunit = "tick"\nmodel = "processes"\n'
        'machine = { policy = "fifo", switch_cost = 2 }\n'
        f"job = [{job('a', 3)}, {job('b', 4)}, {job('c', 1, 6)}, {job('d', 1, 8)}]"
    )
    assert [each for each in told(run) if each[3] == KEEPS] == [(8, "core", "b", KEEPS)]


def test_the_policy_in_force_answers() -> None:
    """From 1 on the shortest job has the core: at 4 that is c, and b is first in line."""
    run = ticks('"fifo"', job("a", 4), job("b", 3), job("c", 1))
    run.act(SetPolicy("sjf"), run.history.rows_at(1), 1)
    run.finish()
    assert [(at, who) for at, _, who, _ in told(run)] == [(0, "a"), (4, "c")]
    assert told(run)[1][3] != FIRST


def test_tickets_in_force_are_compared() -> None:
    """a and b have 100 each, until b is given 300."""
    run = ticks('{ name = "lottery", quantum = 1 }', job("a", 4), job("b", 4))
    run.act(SetTickets("b", 300), run.history.rows_at(0), 0)
    run.finish()
    assert "b with 75 %, a with 25 %" in told(run)[1][3]


def test_a_queue_of_its_own_that_the_core_does_not_serve_yet_is_no_choice() -> None:
    """b comes at 1, and is put into the queue of core 0 by the row after."""
    run = ticks('"fifo", queues = "per_core", idle_pull = false', job("a", 4), job("b", 2, 1))
    assert told(run) == []


def test_round_robin_goes_round() -> None:
    run = ticks('{ name = "round_robin", quantum = 2 }', job("a", 4), job("b", 4))
    assert told(run) == [
        (0, "core", "a", FIRST),
        (2, "core", "b", FIRST),
        (4, "core", "a", FIRST),  # at 6 it is done, and b alone is left
    ]


def test_shortest_job_first() -> None:
    run = ticks('"sjf"', job("a", 7), job("b", 4, 2), job("c", 1, 4), job("d", 4, 5))
    less = "It has less left to compute than the others."
    assert told(run) == [
        (2, "core", "a", "Nobody takes the core away here, however short a job is."),
        (4, "core", "a", "Nobody takes the core away here, however short a job is."),
        (5, "core", "a", "Nobody takes the core away here, however short a job is."),
        (7, "core", "c", less),
        (8, "core", "b", "Nobody has less left to compute; of equals, it was first."),
    ]


def test_without_preemption_no_priority_is_why_somebody_keeps_the_core() -> None:
    """a is better than b, which comes at 1, and worse than c, which comes at 2."""
    jobs = (
        job("a", 4, 0, ", priority = 2"),
        job("b", 1, 1, ", priority = 3"),
        job("c", 1, 2, ", priority = 1"),
    )
    assert told(ticks('"priority"', *jobs))[:2] == [
        (1, "core", "a", KEEPS),
        (2, "core", "a", KEEPS),
    ]
    found = told(ticks('{ name = "priority", quantum = 3 }', *jobs))
    left = "Its quantum is not over, and nobody else can take the core."
    assert found[:2] == [(1, "core", "a", left), (2, "core", "a", left)]


def test_where_an_idle_core_is_left_for_the_other_nothing_is_asked() -> None:
    """At 2 a yields on core 0, where alone b may run, and goes on on core 1."""
    yields = '{ name = "a", steps = ["compute 2", "yield", "compute 2"] }'
    run = ticks('"cfs", cores = 2', yields, job("b", 9, 1, ", affinity = [0]"))
    assert [row.time for row in run.trace.rows() if row.reason is Reason.YIELD] == [2]
    assert [each for each in told(run) if each[0] == 2] == []


def test_who_yields_and_is_chosen_again_has_not_kept_its_core() -> None:
    """a is better than b, which waits: at 2 a gives the core up, and is the best of those two."""
    yields = '{ name = "a", priority = 1, steps = ["compute 2", "yield", "compute 2"] }'
    run = ticks('{ name = "priority", quantum = 9 }', yields, job("b", 1, 0, ", priority = 2"))
    assert told(run)[1] == (2, "core", "a", "Its priority is better than that of the others.")


def test_who_yields_in_a_lottery_and_is_drawn_again_was_drawn() -> None:
    """a yields eight times: whoever is drawn then, it was by chance."""
    yields = ", ".join(['"compute 1"', '"yield"'] * 8)
    run = ticks(
        '{ name = "lottery", quantum = 9 }',
        f'{{ name = "a", steps = [{yields}] }}',
        job("b", 20),
    )
    again = [r for r in run.trace.rows() if r.reason is Reason.YIELD and r.core == 0]
    assert any(run.history.state_at(r.n).running[0] == r.subject for r in again)
    assert {who for _, _, who, _ in told(run)} == {"chance"}


def test_what_comes_after_a_wait_is_not_what_shortest_job_first_compares() -> None:
    """a and b have 4 ahead of them in all, and a 3 of these before it waits: it is first."""
    waits = '{ name = "a", steps = ["compute 3", "io 1", "compute 1"] }'
    run = ticks('"sjf"', job("b", 4), waits)
    assert run.trace.entities[next(r.subject for r in run.trace.rows() if r.core == 0)].name == "a"
    assert "core" not in [kind for _, kind, _, reason in told(run) if "left to compute" in reason]


def test_a_new_member_of_a_stride_queue_is_not_said_to_have_run_least() -> None:
    """At 22 c waits, and a goes on with 12 on 100 tickets before b with 4 on 50: b joined later."""
    run = ticks(
        '{ name = "stride", quantum = 4 }',
        job("a", 20, 0, ", tickets = 100"),
        job("b", 12, 5, ", tickets = 50"),
        '{ name="c", arrival=10, tickets=200, steps = ["compute 6", "io 7", "compute 4"] }',
    )
    passes = "Nobody's pass is smaller: what it ran by its tickets, counted from when it joined."
    assert (22, "core", "a", passes) in told(run)


def test_earliest_deadline_first_may_go_on() -> None:
    run = ticks(
        '"edf"',
        job("a", 4, 0, ", deadline = 20"),
        job("b", 1, 1, ", deadline = 5"),
        job("c", 1, 3, ", deadline = 30"),
    )
    earlier = "Its deadline is earlier than that of the others."
    assert told(run) == [(1, "core", "b", earlier), (3, "core", "a", earlier)]


def test_eevdf_serves_the_request_that_is_due_first() -> None:
    # Both are owed the same; b asks for 2 ticks, so it is due at virtual time 2, and a at 4.
    run = ticks(
        '{ name = "eevdf", base_slice = 4 }',
        job("a", 4),
        job("b", 4, 0, ", request = 2"),
    )
    due = "Of those not ahead of their share, no request is due before its own."
    assert told(run)[0] == (0, "core", "b", due)


def test_a_lottery_is_chance_by_tickets() -> None:
    run = ticks(
        '{ name = "lottery", quantum = 1 }',
        job("a", 3, 0, ", tickets = 75"),
        job("b", 1, 0, ", tickets = 25"),
    )
    first = told(run)[0]
    assert first == (0, "core", "chance", "A ticket is drawn: a with 75 %, b with 25 %.")


@pytest.mark.parametrize(
    ("policy", "own"),
    [
        ("edf", "deadline = {}"),
        ("rate_monotonic", "period = {}"),
        ("{ name = 'priority', preemptive = true }", "priority = {}"),
        ("linux", "nice = 0, tickets = {}"),
    ],
)
def test_nobody_is_asked_while_a_holder_may_stand_better_than_by_itself(
    policy: str, own: str
) -> None:
    """b waits for a's lock from 1 on, until a lets go of it at 4; d comes at 2."""
    lines = (("a", 0, "acquire l", 40), ("b", 1, "acquire l", 20), ("d", 2, "compute 1", 60))
    jobs = (
        f'{{ name = "{name}", arrival = {at}, steps = ["{first}", "compute 4"], {own.format(k)} }}'
        for name, at, first, k in lines
    )
    run = ticks(policy if "{" in policy else f'"{policy}"', *jobs)
    assert [at for at, *_ in told(run) if 1 < at < 4] == []


def test_equal_priorities_go_in_order() -> None:
    """Of 1 and 2 the policy says which is better: the smaller, unless it is told otherwise."""
    one, other = ", priority = 1", ", priority = 2"
    alike = ticks('"priority"', job("a", 2, 0, one), job("b", 2, 0, one))
    first = "No priority is better than its own; of equals, it was first."
    assert told(alike) == [(0, "core", "a", first)]
    mixed = ticks('"priority"', job("a", 2, 0, one), job("b", 2, 0, one), job("c", 2, 0, other))
    better = "Its priority is better than that of the others."
    assert told(mixed) == [(0, "core", "a", first), (2, "core", "b", better)]
    largest = ticks(
        '{ name = "priority", larger_is_higher = true }', job("a", 2, 0, one), job("c", 2, 0, other)
    )
    assert told(largest) == [(0, "core", "c", better)]


def test_fair_threads_of_linux_go_by_their_shares() -> None:
    run = ticks('"linux"', job("a", 2), job("b", 2))
    first = "Of the fair threads not ahead of their share, no request is due before its own."
    assert told(run)[0] == (0, "core", "a", first)


def test_with_cfs_inside_the_fair_threads_of_linux_have_no_requests() -> None:
    run = ticks('{ name = "linux", fair = "cfs" }', job("a", 2), job("b", 2))
    lowest = "Of the fair threads, nobody's virtual runtime is lower."
    assert told(run)[0] == (0, "core", "a", lowest)


def test_the_newest_task_is_taken_first_where_work_is_stolen() -> None:
    """At 1 b and c come: a has been on its core for a tick, and goes behind them."""
    run = ticks('"work_stealing"', job("a", 3), job("b", 2, 1), job("c", 2, 1))
    newest = "It was made runnable last: what it works on may still be in the cache."
    assert told(run)[0] == (1, "core", "c", newest)
    keeps = ticks('{ name = "work_stealing", quantum = 5 }', job("a", 3), job("b", 2, 1))
    assert told(keeps) == []  # that a keeps the core at 1 says nothing of the queue


def test_who_answers_for_the_gil_is_not_known_yet() -> None:
    """The run is cut behind the row in which one waiter asks for it."""
    whole = run_of(GIL)
    rows = next(row.n for row in whole.trace.rows() if row.kind is Kind.GIL_REQUEST) + 1
    cut = Run(loads(GIL, "test"))
    cut.extend(rows)
    assert cut.trace.row(len(cut.trace) - 1).kind is Kind.GIL_REQUEST
    assert [each for each in told(cut) if each[1] == "gil"] == []


def test_who_takes_the_gil_is_not_asked_while_somebody_else_has_the_core() -> None:
    """a sleeps at 10 ms, b and c queue for the GIL, and q, of another process, has the core."""
    text = """
schema = 1
title = "t"
machine = { policy = { name = "round_robin", quantum = "4ms" } }
python = { switch_interval = "1s" }
process = [
    { name = "p", thread = [
        { name = "a", steps = ["compute 6ms", "sleep 1s"] },
        { name = "b", steps = ["compute 3ms"] },
        { name = "c", steps = ["compute 3ms"] },
    ] },
    { name = "q", thread = [{ name = "q", steps = ["compute 30ms"] }] },
]
"""
    cut = Run(replace(loads(text, "test"), until=12_000_000))
    cut.finish()
    assert [each for each in told(cut) if each[1] == "gil"] == []
    assert ("gil", "b") in [each[1:3] for each in told(run_of(text))]


GIL = """
schema = 1
title = "t"
machine = { cores = 3 }
python = { gil = "on", switch_interval = "5ms" }
job = [
    { name = "a", steps = ["compute 30ms"] },
    { name = "b", arrival = "1ms", steps = ["compute 30ms"] },
    { name = "c", arrival = "2ms", steps = ["compute 30ms"] },
]
"""


def test_the_gil_goes_to_whoever_has_queued_longest() -> None:
    # b asks at 6 ms and queues again, behind c, which has queued since 2 ms; but b has only just
    # asked and is still on its core (SEMANTICS.md G4): it takes the GIL.
    first = told(run_of(GIL))[0]
    assert first[:3] == (6_000_000, "gil", "b")


def test_a_holder_that_sleeps_lets_the_longest_waiter_have_it() -> None:
    text = GIL.replace('"a", steps = ["compute 30ms"]', '"a", steps = ["compute 4ms", "sleep 1s"]')
    longest = "It has queued longest for the GIL."
    assert told(run_of(text))[0] == (4_000_000, "gil", "b", longest)


def processes(cores: int, quantum: str, gil: str, **threads: list[str]) -> Run:
    """Processes of threads, each a name and its steps; ``@3ms`` first: it arrives then."""
    found = []
    for process, lines in threads.items():
        told = []
        for line in lines:
            name, *steps = line.split(", ")
            arrival = steps.pop(0)[1:] if steps[0].startswith("@") else "0ms"
            told.append(f'{{ name = "{name}", arrival = "{arrival}", steps = {steps} }}')
        found.append(f'{{ name = "{process}", thread = [{", ".join(told)}] }}')
    policy = f'{{ name = "round_robin", quantum = "{quantum}" }}'
    return run_of(
        f'schema = 1\ntitle = "t"\nmachine = {{ cores = {cores}, policy = {policy} }}\n'
        f"python = {{ {gil} }}\nprocess = [{', '.join(found)}]"
    )


LONGEST = "It has queued longest for the GIL."
IN_C = "It is in a C call that keeps the GIL: there is no check before it returns."
NEW_GIL = 'gil = "on", switch_interval = "5ms"'


def told_of_gil(run: Run) -> list[tuple[float, str, str]]:
    return [(at / 1e6, who, why) for at, kind, who, why in told(run) if kind == "gil"]


def test_the_old_gil_stays_with_who_has_a_core() -> None:
    """Each 100 ticks, here 4 us, it is let go; whom that signals has to be woken (SEMANTICS.md
    G10).  Whoever has used its core for the time that waking takes, loses it."""
    run = processes(2, "10ms", 'gil = "old"', p=["a, compute 8ms", "b, compute 8ms"])
    stays = "It is still on its core; whom it has signalled must be woken first."
    assert told_of_gil(run)[:4] == [
        (0.004, "a", stays),
        (0.008, "a", stays),
        (0.012, "b", LONGEST),
        (0.016, "b", stays),
    ]


def test_nobody_is_asked_where_the_gil_comes_back_before_others_have_a_core() -> None:
    """At 11 a goes into C code for 1 ms, with the only core: y and x, who have queued since 10,
    cannot take the GIL.  At 12 it is over; then only x is left in the queue."""
    run = processes(
        *(1, "10ms", NEW_GIL),
        p=[
            "x, @1ms, compute 1ms",
            "a, compute 2ms, call zlib.compress 3ms, compute 6ms, call zlib.compress 1ms",
            "y, compute 1ms",
        ],
    )
    takes = [row.time / 1e6 for row in run.trace.rows() if row.kind is Kind.GIL_TAKE]
    assert takes == [0, 5, 12, 12, 13]
    assert told_of_gil(run) == []


def test_nobody_is_asked_where_somebody_takes_the_gil_who_had_not_queued() -> None:
    """c has it at 9, and goes into C code at once.  reads and late have queued, but long, whose
    forced switch is over, is the first to have a core."""
    run = processes(
        *(2, "2ms", NEW_GIL),
        p=[
            "late, @3ms, compute 1ms",
            "long, @2ms, call json.dumps 7ms",
            "c, @2ms, call zlib.compress 1ms",
            "reads, sleep 1ms, call file.read 1ms",
        ],
    )
    assert told_of_gil(run) == [(7, "long", IN_C), (9, "c", LONGEST)]


def test_nobody_is_asked_where_a_holder_only_lacks_a_core_to_let_go() -> None:
    """At 11 the C call of c is over and so is its quantum, as d asks: it lets go when it is next
    on the core."""
    run = processes(
        *(1, "2ms", NEW_GIL),
        p=["a, call re.match 5ms", "b, compute 1ms"],
        q=["c, call re.match 6ms, compute 1ms", "d, @3ms, compute 1ms"],
    )
    requests = [row.time for row in run.trace.rows() if row.kind is Kind.GIL_REQUEST]
    assert requests == [7_000_000, 11_000_000]
    assert told_of_gil(run) == [(7, "a", IN_C)]


ASYNCIO = """
schema = 1
title = "t"
model = "MODEL"
job = [
    { name = "a", steps = ["compute 1ms", "yield", "compute 1ms"] },
    { name = "b", steps = ["compute 1ms"] },
    { name = "c", steps = ["compute 1ms"] },
]
"""
READY = "It is first in the ready queue."


@pytest.mark.parametrize("model", ["asyncio", "gevent"])
def test_a_loop_takes_the_first_of_its_ready_queue(model: str) -> None:
    # a, then b, then c, as they came; a has yielded to the end of the queue.
    assert told(run_of(ASYNCIO.replace("MODEL", model))) == [
        (0, "loop", "a", READY),
        (1_000_000, "loop", "b", READY),
        (2_000_000, "loop", "c", READY),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_nobody_knows_where_a_batch_of_trio_begins(seed: int) -> None:
    run = Run(loads(ASYNCIO.replace("MODEL", "trio"), "test"), seed)
    run.extend(ROWS)
    found = told(run)
    coin = "trio tosses a coin for every batch: from the front, or from the back."
    assert found[0] == (0, "loop", "chance", coin)
    assert [each[2] for each in found[1:]].count("chance") == 0
    assert all(each[3] == READY for each in found[1:])


def test_a_task_runs_past_a_yield_that_is_off() -> None:
    found = told(library_run("starving-loop"))
    past = [each for each in found if each[2] == "cruncher" and "yield" in each[3]]
    assert past[0][3] == "Its yield is off, and nobody can take the loop from it."


def test_who_is_alone_runs_past_its_yield_unasked_and_so_does_who_has_just_marked() -> None:
    head = ASYNCIO.replace("MODEL", "asyncio").split("job")[0]
    heavy = '{ name = "a", cpu_heavy = true, yielding = false, steps = [STEPS] }'
    alone = heavy.replace("STEPS", '"compute 1ms", "yield", "compute 1ms"')
    assert told(run_of(f"{head}job = [{alone}]")) == []
    marks = heavy.replace("STEPS", '"compute 1ms", "mark m", "yield", "compute 1ms"')
    beside = '{ name = "b", steps = ["compute 1ms"] }'
    assert told(run_of(f"{head}job = [{marks}, {beside}]")) == [(0, "loop", "a", READY)]


def test_a_c_call_keeps_the_gil() -> None:
    found = [each for each in told(library_run("c-code")) if "C call" in each[3]]
    assert [(time, who) for time, _, who, _ in found] == [
        (5_000_000, "keeps-call-1"),  # asked after one switch interval of 5 ms
        (35_000_000, "keeps-call-2"),
    ]


# -- what holds for all ---------------------------------------------------------------------


@cache
def library_run(name: str) -> Run:
    run = Run(Source.of(library.path(name)).load())
    run.extend(ROWS)
    return run


def holder(state: State, question: Question) -> int:
    """Who has what the question is about."""
    kind, number = question.place
    if kind == "core":
        return state.running[number]
    return state.gils[number].holder if kind == "gil" else state.loops[number].current


@pytest.mark.parametrize("name", library.names())
def test_every_answer_is_what_the_next_rows_do(name: str) -> None:
    run = library_run(name)
    for question in asked(run.history):
        after = run.history.state_at(question.reveals)
        happened = holder(after, question)
        assert happened in question.candidates
        if question.answer == CHANCE:
            flavour = run.trace.entities[question.place.number].loop
            assert run.trace.policy == "lottery" or flavour == "trio"
        else:
            assert happened == question.answer
        assert question.answer in question.candidates
        assert len(question.candidates) > 2
        assert question.candidates[-1] == CHANCE
        assert len(set(question.candidates)) == len(question.candidates)
        assert run.trace.times[question.reveals - 1] >= question.time


@pytest.mark.parametrize("name", library.names())
def test_every_candidate_wants_it(name: str) -> None:
    run = library_run(name)
    for question in asked(run.history):
        state = run.history.state_at(question.step)
        for each in question.candidates[:-1]:
            entity, status = run.trace.entities[each], state.status[each]
            if question.place.kind == "core":
                runs = state.running[question.place.number] == each
                assert status is Status.RUNNABLE or runs
            elif question.place.kind == "gil":
                gil = state.gils[question.place.number]
                assert each in gil.waiters or each == gil.holder
            else:
                assert entity.thread == question.place.number
                overdue = status is Status.SUSPENDED and 0 <= state.due[each] <= question.time
                assert overdue or status in (Status.READY, Status.RUNNING)


NEVER_TRUE = {
    "It has the best priority of those that are ready.",  # loops know none
    "The quantum of the task before is spent.",  # nor quanta
    "The loop tosses a coin.",
    "It has the best priority, which the GIL goes by.",
    "The GIL has quanta, and it is next in the run queue.",
    "Any of those who wait is woken, by chance.",
    "The holder keeps the GIL until it ends.",
    "Nobody has asked for the GIL.",  # asked about right after somebody has
    "Its quantum is not over: before that it need not let go.",
    "Its quantum is not over.",  # of a task that goes on
    "Whoever is first in the run queue goes first.",  # of a draw
    "Whoever has the most tickets goes first.",
    "Whoever has had the least CPU time goes first.",
    "Whoever became ready first goes first.",  # of a toss
    "Whoever became ready last goes first.",
    "Whoever has the best priority goes first.",
    "Its ticket was drawn.",  # the policy is none
    "It keeps the core until it waits or ends.",  # it has none
    "What it works on is still in the cache of this core.",  # it has never been there
}


class Facts:
    """What is so at a question, counted again."""

    def __init__(self, run: Run, question: Question) -> None:
        self.run, self.question = run, question
        self.state = run.history.state_at(question.step)
        self.named = [each for each in question.candidates if each != CHANCE]
        self.chosen = question.answer
        place = question.place
        self.had = self.state.running[place.number] if place.kind == "core" else 0

    def smallest(self, read: Callable[[int], int]) -> bool:
        mine = read(self.chosen)
        return all(mine < read(each) for each in self.named if each != self.chosen)

    def waited_from(self, thread: int) -> int:
        return self.question.time if thread == self.had else self.state.since[thread]

    def cpu(self, thread: int, since: int = 0) -> int:
        lane = LaneId("thread", thread)
        pieces = timeline_of(self.run).slices(lane, since, self.question.time)
        return sum(p.end - p.start for p in pieces if p.situation is Situation.RUNNING)

    def left(self, thread: int) -> int:
        trace = self.run.trace
        begun = [
            row.time
            for row in trace.rows(0, self.question.step)
            if row.subject == thread
            and (row.kind is Kind.NEXT_JOB or row.reason is Reason.RELEASED)
        ]
        return (trace.entities[thread].cpu or 0) - self.cpu(thread, max(begun, default=0))

    def deadline(self, thread: int) -> int:
        entity = self.run.trace.entities[thread]
        first = self.run.trace.row(self.run.history.rows_of(thread)[0])
        number = self.state.job_number.get(thread, 0)
        due = deadline_of(entity, max(first.arg, first.time), number)
        return 1 << 62 if due is None else due

    def ready(self) -> list[int]:
        return list(self.state.loops[self.question.place.number].ready)

    def queue(self) -> list[int]:
        trace, core = self.run.trace, self.question.place.number
        return [
            each
            for each in self.state.run_queue
            if (not trace.entities[each].affinity or core in trace.entities[each].affinity)
            and (not trace.queue_per_core or self.state.queue_of.get(each) == core)
        ]

    def decided_by(self, kind: Kind, reason: Reason) -> bool:
        row = self.run.trace.row(self.question.step)
        return row.kind is kind and row.reason is reason and row.time == self.question.time


@cache
def timeline_of(run: Run) -> Timeline:
    return Timeline(run.trace)


CHECKS: Mapping[str, Callable[[Facts], bool]] = {
    FIRST: lambda f: f.queue()[0] == f.chosen,
    "It came to the run queue last.": lambda f: f.queue()[-1] == f.chosen,
    "The quantum of the one before is spent.": lambda f: (
        f.decided_by(Kind.RUN, Reason.QUANTUM) or f.decided_by(Kind.SWITCH, Reason.QUANTUM)
    ),
    "It became runnable at this very moment.": lambda f: (
        f.chosen != f.had and f.state.since[f.chosen] == f.question.time
    ),
    "It has waited longer than the others.": lambda f: f.smallest(f.waited_from),
    "It has had less CPU time than the others.": lambda f: f.smallest(f.cpu),
    "It has less left to compute than the others.": lambda f: f.smallest(f.left),
    "Its deadline is earlier than that of the others.": lambda f: f.smallest(f.deadline),
    "Its period is shorter than that of the others.": lambda f: f.smallest(
        lambda t: f.run.trace.entities[t].attributes.period or 1 << 62
    ),
    "It has more tickets than the others.": lambda f: f.smallest(
        lambda t: -f.run.trace.entities[t].attributes.tickets
    ),
    "Its priority is better than that of the others.": lambda f: all(
        f.run.trace.entities[t].attributes.priority
        != f.run.trace.entities[f.chosen].attributes.priority
        for t in f.named
        if t != f.chosen
    ),
    "It is at a higher level than the others.": lambda f: f.smallest(
        lambda t: -f.state.level.get(t, 0)
    ),
    READY: lambda f: f.ready()[:1] == [f.chosen],
    "It became ready last.": lambda f: f.named[-1:] == [f.chosen] == f.ready()[-1:],
    "Its timer has fired, and timers go first.": lambda f: f.state.why[f.chosen] is Reason.TIMER,
    "It has not given the loop back, so it goes on.": lambda f: (
        f.chosen == f.state.loops[f.question.place.number].current
    ),
    "It has queued longest for the GIL.": lambda f: (
        next(iter(f.state.gils[f.question.place.number].waiters)) == f.chosen
    ),
    "It has queued for the GIL for the shortest time.": lambda f: (
        list(f.state.gils[f.question.place.number].waiters)[-1] == f.chosen
    ),
    "It has asked for the GIL.": lambda f: (
        f.state.gils[f.question.place.number].requested_by == f.chosen
    ),
}
"""Reasons that are true of some and false of others."""


@pytest.mark.parametrize("name", library.names())
def test_no_reason_but_the_right_one_is_true(name: str) -> None:
    run = library_run(name)
    for question in asked(run.history):
        assert 3 <= len(question.reasons) <= 4
        assert len(set(question.reasons)) == len(question.reasons)
        known = Facts(run, question)
        for number, says in enumerate(question.reasons):
            if number == question.right:
                check = CHECKS.get(says)
                assert check is None or question.place.kind == "gil" or check(known), says
            elif says not in NEVER_TRUE:
                assert not CHECKS[says](known), (question, says)


def test_a_question_tells_nothing_of_the_order_of_its_candidates() -> None:
    for name in library.names():
        for question in asked(library_run(name).history):
            assert list(question.candidates[:-1]) == sorted(question.candidates[:-1])


def test_the_right_reason_is_not_always_at_the_same_place() -> None:
    places = {question.right for question in asked(library_run("processes").history)}
    assert len(places) > 2


def test_most_of_the_library_has_something_to_ask() -> None:
    silent = {name for name in library.names() if not list(asked(library_run(name).history))}
    assert silent <= {"plain-asyncio", "errors", "callback-pyramid"}


def test_a_crowd_is_cut_short_and_the_answer_stays() -> None:
    jobs = [job(f"j{n}", 20 - n) for n in range(20)]
    (first, *_) = asked(ticks('"sjf"', *jobs).history)
    assert len(first.candidates) == 9
    assert first.crowd == 12
    assert first.answer in first.candidates


def test_nobody_in_a_crowd_stands_out() -> None:
    """Who is named is taken from the whole line, wherever the answer stands in it."""
    answers_last = ticks('"sjf"', *(job(f"j{n}", 20 - n) for n in range(20)))
    answers_first = ticks('"fifo"', *(job(f"j{n}", 20 - n) for n in range(20)))
    for run in (answers_last, answers_first):
        first = next(asked(run.history))
        queue = list(run.history.state_at(first.step).run_queue)
        places = sorted(queue.index(each) for each in first.candidates[:-1])
        assert max(b - a for a, b in pairwise(places)) <= 4


def test_roles_of_candidates_fit_the_place() -> None:
    for question in asked(library_run("loop-beside-thread").history):
        roles = {
            library_run("loop-beside-thread").trace.entities[e].role
            for e in question.candidates
            if e != CHANCE
        }
        assert roles == {Role.TASK if question.place.kind == "loop" else Role.THREAD}
