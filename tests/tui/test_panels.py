"""What each panel says at moments that are worked out by hand."""

from dataclasses import replace

import pytest

from schedsim import library
from schedsim.durations import Time
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.scenario import (
    Job,
    MachineSpec,
    ProcessPlan,
    PythonSpec,
    Scenario,
    Shared,
    ThreadPlan,
)
from schedsim.scenario_file import load, loads
from schedsim.timeline import LaneId
from schedsim.trace import Kind
from schedsim.tui import ranking
from schedsim.tui.panels import PANELS
from schedsim.tui.panels.base import TextPanel
from schedsim.tui.panels.loop import LoopPanel
from schedsim.tui.panels.now import NowPanel
from schedsim.tui.panels.program import ProgramPanel
from schedsim.tui.panels.why import WhyPanel
from schedsim.tui.session import Session
from tests.tui.scenes import (
    CALLS,
    DEADLINES,
    FREE,
    GIL,
    INVERSION,
    LEVELS,
    MS,
    PROCESSES,
    QUEUES,
    STARVE,
    ops,
)


def says(
    panel: type[TextPanel], scenario: Scenario, at: Time, width: int = 50, height: int = 9
) -> list[str]:
    session = Session(Run(scenario))
    session.to_time(at)
    lines = panel().draw(session.moment, width, height)
    assert len(lines) <= height
    assert all(line.cell_length <= width for line in lines)
    return [" ".join(line.plain.split()) for line in lines]


def test_the_catalogue_is_by_name() -> None:
    assert {name: panel.NAME for name, panel in PANELS.items()} == {name: name for name in PANELS}


def test_now_says_who_holds_the_core_and_since_when() -> None:
    assert says(NowPanel, STARVE, 132 * MS) == [
        "core 0 D cruncher for 129 ms",
        "GIL @ main for 132 ms",
        "run queue empty",
    ]


def test_now_says_how_queues_and_pools_stand_and_who_waits_for_them() -> None:
    """Two of eight files are read, six and the health check wait.  The queue is full again at 5 ms,
    when an item is taken and the producer puts the one it has; the next takes it 1 ms to make."""
    pool = load(library.path("pool-exhaustion"))
    assert "pool files 7 jobs waiting" in says(NowPanel, pool, 20 * MS)
    queue = load(library.path("backpressure"))
    assert "queue items 2 in it A waits 500 us" in says(NowPanel, queue, 6_500_000)


def test_now_says_what_a_thread_is_doing_where_there_is_room() -> None:
    assert says(NowPanel, FREE, 5 * MS, width=70) == [
        "core 0 A worker-1 compute 20ms for 5 ms",
        "core 1 B worker-2 compute 20ms for 5 ms",
        "run queue empty",
    ]


def test_now_says_who_waits_for_the_gil_and_for_how_long() -> None:
    # B, C and D reach for the GIL as soon as their context switch is paid, at 20 us.
    lines = says(NowPanel, GIL, 3 * MS, width=60)
    assert lines[-3:] == [
        "GIL A cpu-1 for 2.98 ms",
        "waiting B 2.98 ms C 2.98 ms D 2.98 ms",
        "run queue empty",
    ]


def test_now_shows_the_run_queue_in_order() -> None:
    # Two cores, quantum 10 ms: after 75 ms E and A run, B, C and D queue.
    assert says(NowPanel, PROCESSES, 75 * MS) == [
        "core 0 E worker-5 for 5 ms",
        "core 1 A worker-1 for 5 ms",
        "5 GILs one per process: nobody waits",
        "run queue B 15 ms C 5 ms D 5 ms",
    ]


def test_now_leaves_idle_things_out_first() -> None:
    many = Scenario(
        "many", machine=MachineSpec(cores=12), jobs=(Job("w", ops("compute 60ms"), count=2),)
    )
    wanted = ["core 0 A w-1 for 2 ms", "GIL A w-1 for 2 ms", "waiting B 2 ms"]
    assert says(NowPanel, many, 2 * MS, height=3) == wanted
    assert says(NowPanel, many, 2 * MS, height=4) == [wanted[0], "cores 11 are free", *wanted[1:]]
    assert says(NowPanel, many, 2 * MS, height=2) == ["and 2 more lines", "waiting B 2 ms"]


def test_now_counts_from_when_the_thread_came_back_to_its_core() -> None:
    # Quantum 10 ms: the loop runs until 10, the other process until 20; the turn began at 0.
    task = Job("task", ops("compute 60ms"))
    two = Scenario(
        "two",
        machine=MachineSpec(parameters={"quantum": 10 * MS}),
        processes=(
            ProcessPlan("p", (ThreadPlan(Job("main"), "asyncio", (task,)),)),
            ProcessPlan("q", (ThreadPlan(Job("other", ops("compute 60ms"))),)),
        ),
    )
    assert says(NowPanel, two, 24 * MS)[0] == "core 0 A task for 4 ms"
    assert says(LoopPanel, two, 24 * MS)[1] == "running A task turn: 24 ms"
    assert says(LoopPanel, two, 14 * MS)[:2] == [
        "thread waits for a core for 4 ms",
        "current A task for 14 ms",
    ]


def test_now_shows_the_run_queue_by_deadline_where_that_is_what_counts() -> None:
    # At 16 log is done and radar's job of 15 has the core; at 20 motor has been on it since 18.
    assert says(NowPanel, DEADLINES, 16, width=60) == [
        "core 0 A radar compute 2ns due 20 ticks for 0 ticks",
        "run queue B due 21 ticks",
    ]
    assert says(NowPanel, DEADLINES, 20, width=60)[1] == (
        "run queue →A due 25 ticks C due 40 ticks by deadline"
    )
    assert says(NowPanel, DEADLINES, 16, width=90)[1] == "run queue B due 21 ticks, waits 2 ticks"


def test_now_shows_levels_highest_first() -> None:
    # The hogs have had 10 ms at each of levels 2 and 1; C and D come at 55 ms.
    assert says(NowPanel, LEVELS, 56 * MS, width=50)[1:] == [
        "run queue D level 2 A level 0 +1 by level",
    ]


def test_now_shows_locks_with_their_holders_and_who_waits() -> None:
    assert says(NowPanel, INVERSION, 5, width=50) == [
        "core 0 B mid for 2 ticks",
        "lock m A holds it C waits 2 ticks",
        "run queue A prio 9",
    ]
    assert says(NowPanel, INVERSION, 0)[1] == "lock m free"


def test_now_shows_the_run_queue_of_each_core() -> None:
    # Seven on three cores: A, D and G on core 0; B and E, C and F in turn.
    assert says(NowPanel, QUEUES, 14 * MS) == [
        "core 0 D worker-4 for 4 ms",
        "queue G 14 ms A 4 ms",
        "core 1 E worker-5 for 4 ms",
        "queue B 4 ms",
        "core 2 F worker-6 for 4 ms",
        "queue C 4 ms",
    ]


def test_now_leaves_out_cores_that_are_gone() -> None:
    session = Session(Run(PROCESSES))
    session.to_time(24 * MS)
    session.add_cores(-1)
    panel = NowPanel()
    lines = [" ".join(line.plain.split()) for line in panel.draw(session.moment, 50, 9)]
    assert [line.split()[:2] for line in lines if line.startswith("core")] == [["core", "0"]]
    assert panel.heading(session.moment) == "now · round robin · 1 core"


@pytest.mark.parametrize("height", [3, 4])
def test_loop_leaves_empty_rows_out_first(height: int) -> None:
    lines = says(LoopPanel, STARVE, 132 * MS, height=height)
    assert lines[0] == "thread on core 0"
    assert "overdue A 121 ms B 120 ms C 119 ms" in lines


def test_loop_says_who_is_overdue() -> None:
    # The tickers slept from 1, 2 and 3 ms on for 10 ms; nobody has looked since 3 ms.
    assert says(LoopPanel, STARVE, 132 * MS, height=5) == [
        "thread on core 0",
        "running D cruncher for 129 ms",
        "ready nobody",
        "overdue A 121 ms B 120 ms C 119 ms",
        "suspended nobody without a timer",
    ]


def test_a_ready_task_waits_since_it_was_due_and_is_not_overdue_any_more() -> None:
    session = Session(Run(STARVE))
    session.to_time(503 * MS)  # the cruncher is done; the tickers' timers have been seen
    while len(session.moment.state.loops[2].ready) < 3:
        session.back()
    lines = [line.plain.split() for line in LoopPanel().draw(session.moment, 80, 5)]
    assert lines[2] == [
        *("ready", "A", "ticker-1", "492", "ms", "B", "ticker-2", "491", "ms"),
        *("C", "ticker-3", "490", "ms"),
    ]
    assert lines[3][0] == "timers"


def test_loop_says_whose_timers_run() -> None:
    lines = says(LoopPanel, STARVE, 5 * MS, width=70)
    assert lines[1] == "running D cruncher has not awaited for 2 ms"
    assert lines[3] == "timers A ticker-1 in 6 ms B ticker-2 in 7 ms C ticker-3 in 8 ms"


def test_loop_says_that_it_waits_for_a_timeout_though_nobody_sleeps() -> None:
    """``a`` waits for an event, 5 ms at most."""
    text = (
        'schema = 1\ntitle = "t"\nmodel = "asyncio"\n[[event]]\nname = "e"\n'
        '[[job]]\nname = "a"\nsteps = [{ move_on = "5ms", do = ["wait e"] }]'
    )
    lines = says(LoopPanel, loads(text, "t.toml"), 2 * MS, width=60)
    assert lines[0] == "thread nothing to do, next timer in 3 ms"
    assert lines[3] == "timers a timeout's or callback's in 3 ms"


def test_loop_says_which_call_blocks_it() -> None:
    lines = says(LoopPanel, CALLS, 23 * MS, width=60)
    assert lines[0] == "thread blocked by a call in nap-1 for 21 ms"
    assert lines[2] == "ready B nap-2 23 ms C nap-3 23 ms D ticker 23 ms"


def test_loop_wants_no_room_without_a_loop() -> None:
    assert LoopPanel().wants(Session(Run(FREE)).moment) == 0


def test_why_puts_the_letter_before_the_name() -> None:
    lines = says(WhyPanel, STARVE, 132 * MS, width=90)
    assert lines[0] == "D cruncher computes for 50 ms. It has not awaited anything for 129 ms."


def test_why_puts_letters_before_names_that_are_words_too_and_before_nothing_else() -> None:
    jobs = (Job("core", ops("compute 30ms")), Job("0", ops("compute 30ms")))
    machine = MachineSpec(parameters={"quantum": 10 * MS})
    words = Scenario("words", model="processes", machine=machine, jobs=jobs)
    session = Session(Run(words))
    session.to_time(10 * MS)
    while session.trace.row(session.step - 1).kind is not Kind.RUN:
        session.back()
    lines = WhyPanel().draw(session.moment, 120, 9)
    assert lines[0].plain == (
        "A core has run for 10 ms: its quantum is spent, and others are runnable. "
        "Core 0 runs B 0, which waited 10 ms."
    )


def test_program_shows_the_step_under_way() -> None:
    assert says(ProgramPanel, STARVE, 132 * MS) == [
        "D cruncher running",
        "repeat 10 times:",
        "› compute 50ms",
        "yield (skipped: yield is off)",
    ]


def test_program_of_a_free_core_is_that_of_who_had_it_last() -> None:
    lines = says(ProgramPanel, FREE, 20 * MS)
    assert lines[0] == "A worker-1 was last, ended"
    session = Session(Run(FREE))
    assert "A  worker-1" in ProgramPanel().draw(session.moment, 40, 9)[0].plain


def test_program_follows_the_selected_lane() -> None:
    session = Session(Run(STARVE))
    session.to_time(132 * MS)
    ticker = next(e.id for e in session.trace.entities if e.name == "ticker-2")
    session.selected = LaneId("task", ticker)
    lines = ProgramPanel().draw(session.moment, 40, 9)
    assert "suspended here" in lines[0].plain
    assert lines[3].plain.split() == ["║", "sleep", "10ms"]


@pytest.mark.parametrize("width", [1, 5, 12, 30, 200])
@pytest.mark.parametrize(
    "scenario",
    [STARVE, GIL, CALLS, PROCESSES, DEADLINES, INVERSION, QUEUES, LEVELS],
    ids=lambda s: s.name,
)
def test_nothing_breaks_in_a_narrow_place(scenario: Scenario, width: int) -> None:
    session = Session(Run(scenario))
    session.to_time(23 * MS)
    for panel in PANELS.values():
        if issubclass(panel, TextPanel):
            for height in (1, 2, 20):
                panel().draw(session.moment, width, height)


def stepped(panel: type[TextPanel], scenario: Scenario, at: Time, kind: Kind) -> list[str]:
    """What a panel says right after the first row of a kind from ``at`` on."""
    session = Session(Run(scenario))
    step = session.run.history.rows_at(at - 1) if at else 0
    while session.trace.row(step).kind is not kind:
        step += 1
    session.to_step(step + 1)
    lines = panel().draw(session.moment, 70, 9)
    return [" ".join(line.plain.split()) for line in lines]


def test_now_shows_who_has_just_moved_and_from_where() -> None:
    # Quantum 10 ms: at 10 ms A goes from core 0 to the end of the queue, and C comes.
    lines = stepped(NowPanel, PROCESSES, 10 * MS, Kind.RUN)
    assert lines[0] == "core 0 → C worker-3 from run queue"
    assert lines[-1] == "run queue D 10 ms E 10 ms →A from core 0"


def test_nobody_has_just_moved_while_time_passes() -> None:
    assert not any("→" in line for line in says(NowPanel, PROCESSES, 11 * MS))


def test_loop_shows_who_has_just_moved_and_from_where() -> None:
    # At 1 ms A goes to sleep for 10 ms and B has its turn; the timer of A is due at 11 ms.
    lines = stepped(LoopPanel, STARVE, 1 * MS, Kind.TASK_RUN)
    assert lines[1] == "running → B ticker-2 from ready"
    assert lines[3] == "timers →A ticker-1 had its turn"
    # The cruncher keeps the loop until 503 ms; then the timers are seen, A's first.
    lines = stepped(LoopPanel, STARVE, 100 * MS, Kind.TASK_READY)
    assert lines[2].startswith("ready →A ticker-1 from timers")


def test_now_shows_what_is_lent_to_the_holder_of_a_lock() -> None:
    """With inheritance low (9) has the priority of high (1) while that waits for m, from 4 on."""
    lending = replace(INVERSION, shared={"m": Shared("lock", inheritance=True)})
    assert says(NowPanel, lending, 4, width=60)[0] == (
        "core 0 A low compute 4ns prio 1 lent by C for 1 tick"
    )
    assert "lent" not in " ".join(says(NowPanel, INVERSION, 4, width=60))


def test_the_run_queue_is_in_the_order_of_what_is_lent() -> None:
    # Before high waits mid comes first; then the holder of its lock does.
    lending = replace(INVERSION, shared={"m": Shared("lock", inheritance=True)})
    session = Session(Run(lending))
    session.to_time(4)
    threads = {e.name: e.id for e in session.trace.entities if e.thread == e.id and e.id}
    low, mid = threads["low"], threads["mid"]
    assert ranking.ordered(session.moment, [mid, low]) == [low, mid]
    assert ranking.lent(session.moment, mid) == ""


def test_a_thread_that_has_just_come_does_not_show_the_step_it_waited_in() -> None:
    one = Scenario(
        "one",
        python=PythonSpec(gil=False),
        machine=MachineSpec(parameters={"quantum": 10 * MS}),
        jobs=(Job("a", ops("sleep 5ms", "compute 20ms")), Job("b", ops("compute 30ms"))),
    )
    # At 5 ms a is woken; at 10 it gets the core, and a row later it begins to compute.
    assert stepped(NowPanel, one, 10 * MS, Kind.RUN)[0] == "core 0 → A a from run queue"
    assert stepped(NowPanel, one, 10 * MS, Kind.COMPUTE)[0] == "core 0 A a compute 20ms for 0 ms"
    # At 20 ms b comes back to what it was doing.
    assert stepped(NowPanel, one, 20 * MS, Kind.RUN)[0] == (
        "core 0 → B b compute 30ms from run queue"
    )


def test_labels_are_as_wide_as_they_need_to_be() -> None:
    queue = load(library.path("backpressure"))
    session = Session(Run(queue))
    session.to_time(6_500_000)
    (line,) = (
        each.plain for each in NowPanel().draw(session.moment, 50, 9) if "queue items" in each.plain
    )
    assert line.startswith("queue items 2 in it")


def test_loop_groups_the_suspended_by_what_they_wait_for() -> None:
    two = Scenario(
        "two",
        model="asyncio",
        jobs=(
            Job("holder", ops("acquire m", "sleep 50ms", "release m")),
            Job("wants", ops("acquire m", "release m"), count=2),
            Job("waits", ops("wait e")),
        ),
        shared={"m": Shared("lock"), "e": Shared("event")},
    )
    # They were suspended as soon as they ran, at 0; the holder sleeps.
    lines = says(LoopPanel, two, 20 * MS, width=70, height=9)
    assert lines[-2:] == [
        "suspended lock m: B wants-1 20 ms C wants-2 20 ms",
        "event e: D waits 20 ms",
    ]


def test_before_a_core_came_the_first_loop_is_shown_for_it() -> None:
    session = Session(Run(STARVE))
    session.to_time(36 * MS)
    session.add_cores(1)
    session.selected = LaneId("core", 1)
    session.to_time(30 * MS)
    assert LoopPanel().heading(session.moment).startswith("event loop · pass ")
    session.to_time(40 * MS)
    assert LoopPanel().heading(session.moment).startswith("event loop · pass ")


def test_how_long_a_loop_waits_is_not_cut_where_there_is_little_room() -> None:
    beside = load(library.path("loop-beside-thread"))
    full = "thread waits for the GIL for 1 ms"
    assert says(LoopPanel, beside, 12 * MS, width=36)[0] == full
    assert says(LoopPanel, beside, 12 * MS, width=34)[0] == "thread waits for the GIL, 1 ms"


@pytest.mark.parametrize("width", [37, 35])
def test_what_is_shared_is_called_by_its_name_in_a_narrow_panel(width: int) -> None:
    """As wide as the panel is in a terminal of 80 columns, and in one of 120."""
    pools = load(library.path("process-pool"))
    lines = says(NowPanel, pools, 0, width=width)
    assert "pool threads 1 job waiting" in lines
    assert "pool processes none waits" in lines
    assert "core 0 E threads_1 for 0 ms" in lines


def test_a_long_name_has_the_room_that_nothing_else_wants() -> None:
    """A queue and a thread of asyncio's pool, which nobody uses yet: 23 and 17 columns of 36."""
    session = Session(Run(Source.of(library.path("plain-asyncio")).load()))
    lines = [line.plain for line in NowPanel().draw(session.moment, 36, 9)]
    assert [" ".join(line.split()) for line in lines if line.startswith(("queue", "thread"))] == [
        "queue work of asyncio empty",
        "thread asyncio_0 nobody waits",
    ]
