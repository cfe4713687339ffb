"""Every line of the talk has scenarios that show it, and they say so.

The talk: Miguel Grinberg, "Asynchronous Python for the Complete Beginner" (PyCon 2017).
"""

from __future__ import annotations

import pytest

from schedsim import library
from schedsim.scenario_file import load

TALK: dict[str, dict[str, str]] = {
    "async I/O is one way of many": {
        "three-ways": "Which way of doing many things at once is best"
    },
    "processes: the operating system does all the work, on all cores": {
        "processes": "The operating system shares the cores out",
        "three-ways": "Only processes use more than one core",
    },
    "threads: the GIL prevents multi-core concurrency": {
        "gil-threads": "GIL",
        "no-gil": "free-threaded",
        "io-threads": "GIL",
    },
    "asynchronous: one process, one thread, no help of the operating system": {
        "event-loop": "The operating system sees one thread",
        "yield-the-task": "The operating system notices nothing",
    },
    "tasks release the CPU during waiting periods": {
        "waiting-frees-the-cpu": "wait",
        "chess-one-after-another": "wait",
        "chess-asynchronous": "She only never waits",
    },
    "four ways in Python: callbacks, generators, async/await, greenlets": {
        "four-ways": "what is kept while they wait",
        "bare-loop": "The loop resumes the first; when that is suspended, the next",
    },
    "suspend and resume": {
        "suspend-and-resume": "Its frame is kept, at the line where it waits",
        "event-loop": "A task keeps the thread until it awaits something unfinished",
        "async-sleep": "each task sets a timer and is suspended",
    },
    "a scheduler: the event loop": {
        "event-loop": "the loop takes from its head, one task at a time",
        "in-a-row": "An `await` frees the loop for *other tasks*",
    },
    "pitfall: CPU-heavy tasks starve the others": {
        "starving-loop": "The operating system cannot help",
        "crowded-pass": "No step is slow",
    },
    "sleep for 0 seconds": {
        "sleep-zero": "puts the cruncher at the end of the ready queue",
        "yield-the-task": "not giving way to the other",
        "sleep-zero-hog": "gives way to other *tasks*",
        "spinning-greenlet": "`gevent.idle()`",
    },
    "pitfall: socket, select": {"blocking-sockets": "`select.select` and `select.poll` block"},
    "pitfall: subprocess, os.waitpid": {"blocking-subprocess": "`os.waitpid`"},
    "pitfall: threading, multiprocessing": {
        "blocking-lock": "`multiprocessing.Process.join` are the same"
    },
    "pitfall: time.sleep": {"blocking-sleep": "knows nothing of the loop"},
    "pitfall: files, names, databases": {
        "blocking-files": "a regular file is always ready",
        "blocking-names": "one blocking call is enough",
        "blocking-driver": "every library that waits inside",
    },
    "all frameworks have replacements": {
        "async-sleep": "`asyncio.sleep`",
        "blocking-sockets": "Instead: `loop.sock_recv`",
        "blocking-subprocess": "Instead: `await process.wait()`",
        "tasks-lock": "`asyncio.Lock`",
        "blocking-files": "Instead: `await asyncio.to_thread(...)`",
        "blocking-names": "`loop.getaddrinfo` calls the same C function",
        "blocking-driver": "Instead: an asynchronous library",
    },
    "monkey patches": {
        "monkey-patch": "The code is that of threads",
        "patch-limits": "mysqlclient waits in its own C code",
        "blocking-sockets": "a monkey patch",
        "blocking-subprocess": "gevent and eventlet patch `subprocess`",
        "blocking-driver": "become cooperative by a monkey patch",
    },
    "the comparison of processes, threads and tasks": {"three-ways": "Asked of each run"},
    "misunderstood: what a thread does to a loop, and to the GIL": {
        "loop-beside-thread": "`asyncio.to_thread` keeps a loop alive, but",
        "c-code": "A thread helps with the first kind only",
        "to-thread": "A thread frees the *loop*; it does not free the *GIL*",
    },
}
"""By line of the talk: scenarios, and what their lessons say about it."""


@pytest.mark.parametrize("line", TALK)
def test_each_line_of_the_talk_is_shown_by_scenarios_that_say_so(line: str) -> None:
    """That what they say is true is tested with the scenarios."""
    for name, point in TALK[line].items():
        assert point in " ".join(load(library.path(name)).lesson.split()), name
