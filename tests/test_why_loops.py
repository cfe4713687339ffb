"""The sentences about loops and what tasks share: true to the style, and to who waits for what."""

from __future__ import annotations

import pytest

from schedsim import python_file
from schedsim.findings import find
from schedsim.history import History
from schedsim.metrics import measure
from schedsim.run import Run
from schedsim.scenario_file import loads
from schedsim.trace import Entity, Kind, Reason, Role
from schedsim.why import explain
from tests.written import Written

HEAD = 'schema = 1\ntitle = "t"\n'
BLOCKS = '[[job]]\nname = "a"\nsteps = ["sleep 1ms", "compute 5ms", "call time.sleep 3ms"]\n'
BARRIER = (
    '[[barrier]]\nname = "b"\nparties = 2\n[[job]]\nname = "a"\nsteps = ["wait b"]\n'
    '[[job]]\nname = "z"\nsteps = ["sleep 1ms", "wait b"]\n'
)
CONDITION = (
    '[[condition]]\nname = "c"\n'
    '[[job]]\nname = "a"\nsteps = [{ with = "c", do = ["sleep 5ms"] }, "sleep 1ms",'
    ' { with = "c", do = ["notify c", "sleep 2ms"] }]\n'
    '[[job]]\nname = "z"\nsteps = [{ with = "c", do = ["compute 1ms"] },'
    ' { with = "c", do = ["wait c"] }]\n'
)
SEMAPHORE = (
    '[[semaphore]]\nname = "s"\nvalue = 1\n[[job]]\nname = "a"\ncount = 2\n'
    'steps = ["acquire s", "sleep 1ms", "release s"]\n'
)
QUEUE = (
    '[[queue]]\nname = "q"\nsize = 1\n[[job]]\nname = "a"\nsteps = ["get q", "sleep 2ms"]\n'
    '[[job]]\nname = "z"\nsteps = ["put q", "put q", "put q"]\n'
)
TIMEOUT = (
    '[[event]]\nname = "e"\n[[job]]\nname = "a"\n'
    'steps = [{ try = [{ timeout = "3ms", do = ["wait e"] }], timeout = [] }]\n'
)


def said(text: str, model: str, *kinds: Kind) -> list[str]:
    """What is said of all rows, or of those of some kinds."""
    run = Run(loads(HEAD + f'model = "{model}"\n' + text, "t.toml"))
    run.finish()
    return [
        explain(run.history, row.n + 1).text
        for row in run.trace.rows()
        if not kinds or row.kind in kinds
    ]


@pytest.mark.parametrize(
    ("model", "noun", "where"),
    [
        ("asyncio", "A coroutine", "where it awaits something unfinished"),
        ("trio", "A coroutine", "at a checkpoint"),
        ("gevent", "A greenlet", "where it switches to the hub"),
        ("eventlet", "A green thread", "where it switches to the hub"),
        ("callbacks", "A callback", "where it returns"),
        ("generators", "A generator", "where it yields"),
        ("coroutines", "A coroutine", "where it awaits something unfinished"),
        ("greenlets", "A greenlet", "where it switches to the loop"),
    ],
)
def test_each_style_gives_the_cpu_back_in_its_own_way(model: str, noun: str, where: str) -> None:
    text = " ".join(said(BLOCKS, model))
    assert f"{noun} gives the CPU back only {where}." in text
    assert f"called it in {noun.lower()}: its whole loop is blocked." in text


@pytest.mark.parametrize("model", ["gevent", "eventlet", "greenlets", "callbacks", "generators"])
def test_only_coroutines_are_said_to_await(model: str) -> None:
    jobs = (
        '[[job]]\nname = "a"\nsteps = ["spawn z", "compute 1ms", "join z"]\n'
        '[[job]]\nname = "z"\nspawned = true\nsteps = ["sleep 1ms"]\n'
    )
    assert "await" not in " ".join(said(jobs, model))


def test_a_task_that_waits_for_the_lock_of_a_condition_does_not_wait_to_be_notified() -> None:
    """z waits for the lock while a holds it: to enter, and again when it has been notified."""
    everything = " ".join(said(CONDITION, "asyncio"))
    assert everything.count("z waits for the lock of condition c, which a holds.") == 2
    assert everything.count("z waits for condition c to be notified.") == 1


def test_whoever_is_woken_for_the_lock_of_a_condition_waited_for_that() -> None:
    woken = [each for each in said(CONDITION, "asyncio", Kind.TASK_READY) if "condition" in each]
    assert woken == [
        "z waited for the lock of condition c: it is woken by a, and ready.",
        "z waited for condition c: it is woken by a, and ready.",
        "z waited for the lock of condition c: it is woken by a, and ready.",
    ]


@pytest.mark.parametrize("model", ["trio", "gevent", "eventlet", "threads"])
def test_so_it_is_in_every_loop_and_between_threads(model: str) -> None:
    everything = " ".join(said(CONDITION, model))
    assert "z waits for the lock of condition c, which a holds." in everything
    assert everything.count("z waits for condition c to be notified.") == 1


@pytest.mark.parametrize("model", ["asyncio", "threads"])
def test_whoever_comes_to_a_barrier_gives_nothing_back(model: str) -> None:
    assert [each.partition(". ")[0] for each in said(BARRIER, model, Kind.RESOURCE)] == [
        "a has come to barrier b (now 1 there).",
        "z has come to barrier b (now 2 there)",
        "z leaves barrier b (now 1 there).",
        "a leaves barrier b (now 0 there).",
    ]


def test_the_last_at_a_barrier_of_trio_lets_all_go_on() -> None:
    assert said(BARRIER, "trio", Kind.RESOURCE) == [
        "a has come to barrier b (now 1 there).",
        "z is the last to come to barrier b: all go on. Waiting for it: a.",
    ]


def test_a_semaphore_of_asyncio_is_counted_down_for_whom_it_wakes() -> None:
    """``Semaphore.release`` wakes the first waiter and takes one for it; the other takes none."""
    assert said(SEMAPHORE, "asyncio", Kind.RESOURCE)[2:] == [
        "a-1 gives back to semaphore s (1 left). Waiting for it: a-2.",
        (
            "Semaphore s keeps that one for a-2 (0 left). Nobody can take it before that runs. "
            "Waiting for it: a-2."
        ),
        "a-2 gives back to semaphore s (1 left).",
    ]


def test_what_becomes_of_one_that_was_just_taken_need_not_be_known_yet() -> None:
    """The run is stopped behind that row: whether it was kept for somebody stands in the next."""
    jobs = '[[semaphore]]\nname = "s"\nvalue = 2\n[[job]]\nname = "a"\nsteps = ["acquire s"]\n'
    stopped = Run(loads(HEAD + 'model = "threads"\n' + jobs, "t.toml"), rows=5)
    stopped.finish()
    assert len(stopped.trace) == 5
    assert explain(stopped.history, 5).text == "a takes one of semaphore s (1 left)."


def test_whoever_waits_for_a_queue_is_told_whether_it_is_empty_or_full() -> None:
    everything = " ".join(said(QUEUE, "asyncio"))
    assert "a waits for queue q: it is empty." in everything
    assert "z waits for queue q: it is full." in everything


@pytest.mark.parametrize("model", ["asyncio", "uvloop", "trio", "gevent", "eventlet"])
def test_a_timeout_is_a_timer_for_which_a_loop_waits(model: str) -> None:
    first, _ = said(TIMEOUT, model, Kind.LOOP_WAIT)
    assert first == (
        "Nothing is ready: the loop goes to wait in its selector. "
        "The next timer is a timeout's or a callback's, at 3 ms."
    )


def said_of_the_last_row_known(text: str) -> str:
    """What is said of the first wait of a loop of asyncio, while no row after it is known."""
    run = Run(loads(f'{HEAD}model = "asyncio"\n{text}', "t.toml"))
    run.finish()
    wait = next(row for row in run.trace.rows() if row.kind is Kind.LOOP_WAIT)
    known = run.trace.until(wait.n + 1, wait.time)
    return explain(History(known), len(known)).text


def test_where_the_rows_end_with_a_wait_the_timer_of_a_task_is_told() -> None:
    """As of a file that has been read so far: until when the loop waits stands in a later row."""
    assert said_of_the_last_row_known(BLOCKS) == (
        "a is suspended: it sleeps until 1 ms. "
        "Nothing is ready: the loop goes to wait in its selector. The next timer is a's, at 1 ms."
    )


def test_where_they_end_with_one_for_a_timeout_nothing_is_said_of_timers() -> None:
    """No row tells of that timer before the thread leaves its core until then."""
    assert said_of_the_last_row_known(TIMEOUT).endswith(
        "Nothing is ready: the loop goes to wait in its selector."
    )


def test_so_it_is_of_a_loop_that_loses_its_core_before_it_waits() -> None:
    """A trace that may come from elsewhere: in ours whoever begins to wait leaves its core so.

    That its budget is filled again at 4 is no timer of the loop.
    """
    written = Written()
    written.trace.enter(Entity(2, Role.THREAD, "main", 1, 2, "main", loop="asyncio"))
    written.trace.enter(Entity(3, Role.TASK, "a", 1, 2, "a"))
    written.ids.update(main=2, a=3)
    for each in ("main", "a"):
        written.row(0, Kind.SPAWN, Reason.ARRIVED, each)
    written.thread("other").run(0, "main").row(0, Kind.TASK_RUN, who="a")
    written.row(2, Kind.LOOP_WAIT, Reason.SLEEP, "main", arg=5)
    step = len(written.trace)
    trace = written.run(2, "other", Reason.THROTTLED, arg=4).end(3)
    assert explain(History(trace), step).text == (
        "a is suspended after 2 ticks: it sleeps until 5 ticks. "
        "Nothing is ready: the loop goes to wait in its selector. "
        "The next timer is a's, at 5 ticks."
    )


def test_a_pass_for_which_no_task_is_ready_has_callbacks() -> None:
    """The timer of the timeout cancels the task, which the pass after it resumes."""
    passes = said(TIMEOUT, "asyncio", Kind.LOOP_PASS)
    assert [each.partition(". ")[0] for each in passes] == [
        "The loop begins pass 1: 1 task ready",
        "The loop begins pass 2: no task ready, only callbacks",
        "The loop begins pass 3: 1 task ready",
    ]


def test_a_checkpoint_of_trio_is_called_so_though_a_sleep_follows() -> None:
    """``Lock.acquire`` checkpoints when it has the lock; the sleep comes after that."""
    lock = '[[lock]]\nname = "m"\n[[job]]\nname = "a"\nsteps = ["acquire m", "sleep 1ms"]\n'
    assert "a yields (a checkpoint): to the end of the ready queue." in " ".join(said(lock, "trio"))
    assert "sleep(0)" not in " ".join(said(lock, "trio"))


KILL = (
    '[[job]]\nname = "p"\nsteps = ["spawn k", "sleep 1ms", "cancel k", "sleep 1ms"]\n'
    '[[job]]\nname = "k"\nspawned = true\n'
    'steps = [{ try = ["sleep 50ms"], cancelled = ["sleep 1ms"] }]\n'
)


def test_kill_of_eventlet_throws_at_once_and_the_killer_gives_way() -> None:
    """``greenthread.kill``: a timer for the caller, then ``g.throw()``."""
    everything = " ".join(said(KILL, "eventlet"))
    assert "p kills k. GreenletExit is thrown into it at once" in everything
    assert "p yields (to whom it kills): to the end of the ready queue." in everything
    assert "It did not queue: 1 task in the ready queue waits." in everything


def test_kill_of_gevent_waits_until_it_is_thrown() -> None:
    """``Greenlet.kill`` of gevent blocks until the callback that throws has switched back."""
    everything = " ".join(said(KILL, "gevent"))
    assert "p kills k. A callback of the hub throws GreenletExit into it" in everything
    assert "k has met the exception, so p, which killed it, is resumed." in everything


def test_a_greenlet_whose_timer_fires_goes_past_those_that_are_ready() -> None:
    """The 50 callbacks are over: b's timer comes before a's next turn, which is queued."""
    jobs = (
        '[[job]]\nname = "a"\nsteps = [{ repeat = 60, do = ["compute 1ms", "yield"] }]\n'
        '[[job]]\nname = "b"\nsteps = ["sleep 10ms", "mark b"]\n'
    )
    resumed = [each for each in said(jobs, "gevent", Kind.TASK_RUN) if "resumes b" in each]
    assert len(resumed) == 1
    assert "It did not queue: 1 task in the ready queue waits." in resumed[0]
    assert "first in the ready queue" not in resumed[0]


PLAIN = '''"""Plain asyncio"""
import asyncio
from schedsim.authoring import Scenario, call, compute, job, sleep


def scenario():
    lock = asyncio.Lock()

    async def first():
        async with lock:
            await asyncio.sleep(0.001)

    async def second():
        async with lock:
            call("time.sleep", "4ms")

    def steps():
        yield compute("1ms")
        yield sleep("2ms")

    jobs = [job("first", first), job("second", second), job("steps", steps)]
    return Scenario(jobs, model="asyncio")
'''


def test_bodies_in_python_are_told_by_what_they_are_and_what_they_call() -> None:
    run = Run(python_file.loads(PLAIN, "plain.py"))
    run.finish()
    text = [explain(run.history, row.n + 1).text for row in run.trace.rows()]
    everything = " ".join(text)
    assert "first has brought what second awaited: it is ready." in text
    assert "second calls time.sleep (4 ms) inside a coroutine: a blocking call." in everything
    assert "Instead: await asyncio.sleep(...)." in everything
    assert "A generator gives the CPU back only where it yields." in everything
    (finding,) = find(measure(run.trace))
    assert finding.why == "second blocked its loop in time.sleep for 4 ms: steps waited."


def test_a_call_whose_name_only_running_it_would_tell_is_a_function() -> None:
    """The line has ``call(name, ...)``: what the name stands for is not in the trace."""
    text = PLAIN.replace(
        'call("time.sleep", "4ms")', 'name = "time.sleep"\n            call(name, "4ms")'
    )
    run = Run(python_file.loads(text, "plain.py"))
    run.finish()
    (call,) = (r for r in run.trace.rows() if r.kind is Kind.COMPUTE and r.reason is Reason.CALL)
    assert explain(run.history, call.n + 1).text == (
        "second calls a function (4 ms) inside a coroutine: a blocking call. "
        "It does not give control back: no other task of this loop runs until it returns. "
        "Instead: its asynchronous form."
    )


def test_a_bare_loop_does_not_offer_what_asyncio_has() -> None:
    jobs = '[[job]]\nname = "a"\nsteps = ["call {0} 3ms"]\n'
    sleeps = " ".join(said(jobs.format("time.sleep"), "callbacks"))
    assert "Instead: the sleep of its loop." in sleeps
    asks = " ".join(said(jobs.format("socket.getaddrinfo"), "generators"))
    assert "Its loop has nothing for that; asyncio has: await loop.getaddrinfo(...)." in asks


def test_the_first_step_of_an_eager_task_is_a_call_and_suspends_nobody() -> None:
    """``eager_task_factory``: it runs inside of ``create_task``, and its starter goes on then."""
    jobs = (
        "[python]\neager_tasks = true\n"
        '[[job]]\nname = "p"\nsteps = ["spawn k", "compute 1ms", "join k"]\n'
        '[[job]]\nname = "w"\nsteps = ["compute 1ms"]\n'
        '[[job]]\nname = "k"\nspawned = true\nsteps = ["compute 1ms", "sleep 1ms"]\n'
    )
    text = [each.partition(". ")[0].rstrip(".") for each in said(jobs, "asyncio")]
    begins = text.index("p starts the task k in python/main, which is eager: it begins at once")
    assert text[begins : begins + 7] == [
        "p starts the task k in python/main, which is eager: it begins at once",
        "p is in the middle of its step: it calls k",
        "The first step of k begins at once, inside of its starter's",
        "k computes for 1 ms",
        "k is suspended after 1 ms: it sleeps until 2 ms",
        "The first step of k is over: back to p, which called it",
        "p goes on in the middle of its step",
    ]
    assert "p is suspended after 1 ms: it awaits another task" in text  # its join is a wait indeed


def test_who_awaits_what_is_there_already_has_awaited_nothing_unfinished() -> None:
    """``await lock.acquire()`` of a free lock does not suspend (A12); nor is it no ``await``."""
    lock = '[[lock]]\nname = "m"\n[[job]]\nname = "a"\n'
    jobs = lock + 'steps = ["compute 2ms", "acquire m", "compute 1ms", "release m"]\n'
    computes = said(jobs, "asyncio", Kind.COMPUTE)
    assert "a computes for 1 ms. It has not awaited anything unfinished for 2 ms." in computes[1]


@pytest.mark.parametrize("model", ["asyncio", "trio"])
def test_whoever_has_failed_cancels_nobody_any_more(model: str) -> None:
    """``TaskGroup._on_task_done`` and the cancel scope of a nursery do, because of it."""
    jobs = (
        '[[job]]\nname = "p"\nsteps = [{ try = [{ group = ["spawn y", "spawn z"] }],'
        " error = [] }]\n"
        '[[job]]\nname = "y"\nspawned = true\nsteps = ["sleep 1ms", "raise Bad"]\n'
        '[[job]]\nname = "z"\nspawned = true\nsteps = ["sleep 9ms"]\n'
    )
    assert said(jobs, model, Kind.CANCEL)[0].startswith("y has failed, so z is cancelled.")


def test_a_worker_begins_with_a_job_and_logs_what_its_body_does() -> None:
    """A pool of threads names nobody's work; ``mark`` in the job is the job's own."""
    jobs = (
        '[[job]]\nname = "a"\nsteps = ["to_thread w"]\n'
        '[[job]]\nname = "w"\nspawned = true\nsteps = ["compute 1ms", "mark half"]\n'
    )
    assert said(jobs, "asyncio", Kind.MARK) == [
        "asyncio_0 begins with the job w.",
        "asyncio_0 logs: half",
    ]


def test_the_thread_that_pickles_gives_no_jobs_to_its_pool() -> None:
    """``_ExecutorManagerThread``: it sends what others give, and brings what comes back."""
    jobs = (
        '[[pool]]\nname = "p"\nkind = "process"\nworkers = 1\n'
        '[[job]]\nname = "a"\nsteps = ["run_in p w"]\n'
        '[[job]]\nname = "w"\nspawned = true\nsteps = ["compute 3ms"]\n'
    )
    everything = " ".join(said(jobs, "asyncio"))
    assert "pickler is idle: there is nothing to pickle, and nothing has come back." in everything
    assert "pickler has brought the result, so a, which awaited that," in everything
    assert "p-1 begins with the job w." in everything
    assert "gave to a pool" not in everything


def test_where_there_is_no_gil_c_code_keeps_none_and_a_thread_helps() -> None:
    free = '[python]\ngil = "off"\n[[job]]\nname = "a"\nsteps = ["call json.loads 200ms"]\n'
    other = '[[job]]\nname = "b"\nsteps = ["sleep 1ms", "compute 1ms"]\n'
    everything = " ".join(said(free, "asyncio"))
    assert "a calls json.loads (200 ms) inside a coroutine: C code." in everything
    assert "Instead: await asyncio.to_thread(...)." in everything
    assert "GIL" not in everything
    run = Run(loads(HEAD + 'model = "asyncio"\n' + free + other, "t.toml"))
    run.finish()
    (finding,) = find(measure(run.trace))
    assert finding.advice == "Instead: await asyncio.to_thread(...)."


def test_an_answer_of_a_device_is_no_timer() -> None:
    """a waits for a device until 2, and again until 4, when z has the loop, until 12."""
    jobs = (
        '[[job]]\nname = "a"\nsteps = ["io 2ms", "io 2ms"]\n'
        '[[job]]\nname = "z"\nsteps = ["sleep 3ms", "compute 9ms"]\n'
    )
    text = said(jobs, "asyncio")
    everything = " ".join(text)
    assert "The next device to answer is a's, at 2 ms." in everything
    assert "A device has answered, for which the loop in main waits: it is runnable." in everything
    assert "The loop begins pass 2: no task ready and 1 answer to read." in everything
    assert "a's device has answered: its future is set, and it is ready for the next pass." in text
    assert "The next timer is z's, at 3 ms." in everything
    assert "z's timer fires: its future is set, and it is ready for the next pass." in text
    assert (
        "a's device has answered, 8 ms ago: its future is set, and it is ready for the next pass. "
        "A device cannot interrupt a task: the loop has to come round to it."
    ) in text


def test_a_call_that_a_patch_made_cooperative_can_return() -> None:
    jobs = '[[job]]\nname = "a"\nsteps = ["call socket.getaddrinfo 3ms"]\n'
    text = said('[python]\nmonkey_patch = "gevent"\n' + jobs, "gevent")
    assert "a's socket.getaddrinfo can return: the hub switches to it at once." in text


def test_an_error_that_is_a_sentence_ends_with_one_full_stop() -> None:
    run = Run(python_file.loads(PLAIN.replace('model="asyncio"', 'model="trio"'), "plain.py"))
    run.finish()
    text = [explain(run.history, row.n + 1).text for row in run.trace.rows()]
    failed = [each for each in text if "has failed" in each]
    assert failed
    assert all("are run by asyncio." in each and ".." not in each for each in failed)


def test_whoever_asks_again_for_a_free_lock_queues_behind_who_was_woken() -> None:
    """``Lock.acquire`` of asyncio takes a free lock only where nobody waits (A12)."""
    jobs = (
        '[[lock]]\nname = "m"\n[[job]]\nname = "a"\n'
        'steps = ["acquire m", "sleep 2ms", "release m", "acquire m", "release m"]\n'
        '[[job]]\nname = "z"\nsteps = [{ timeout = "9ms", do = ["acquire m", "release m"] }]\n'
    )
    everything = " ".join(said(jobs, "asyncio"))
    assert "a waits for lock m, which is free: but others came before. It is susp" in everything
    assert "The loop begins pass 2: no task ready and 1 task whose timer is due." in everything


def test_a_message_under_way_is_no_device() -> None:
    """Sent at 0, there at 3; whoever asks at 1 finds it on its way."""
    jobs = (
        '[[pipe]]\nname = "p"\nlatency = "3ms"\n[[job]]\nname = "s"\nsteps = ["send p 1"]\n'
        '[[job]]\nname = "r"\nsteps = ["sleep 1ms", "recv p"]\n'
    )
    everything = " ".join(said(jobs, "asyncio"))
    assert "r is suspended: a message arrives at 3 ms." in everything
    assert "r's message has arrived: its future is set" in everything
