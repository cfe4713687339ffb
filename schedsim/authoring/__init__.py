'''What a scenario that is written in Python imports: bodies in four styles, and what they ask for.

Such a file defines ``scenario()``, which returns a :class:`Scenario`.  Its first line is the title,
the rest of its docstring the lesson.  Nothing else of schedsim is needed to write one::

    """Two ways to wait"""

    from schedsim.authoring import Scenario, compute, io, job, mark


    def scenario():
        def server():  # a generator: it yields what it asks for
            yield compute("1ms")
            yield io("10ms")
            yield mark("served")

        async def client():  # a coroutine: it awaits the same
            await compute("1ms")
            await io("10ms")

        return Scenario([job("server", server), job("client", client)], model="generators")

The same requests serve three styles.  A generator yields them, a coroutine awaits them, and in a
greenlet, a plain function, the call itself waits.  A callback gets a :class:`Machine` instead, to
which it says what comes next.  Durations are texts with a unit, ``"5ms"``, or whole numbers in a
scenario that counts ticks.

Whatever bodies share belongs inside ``scenario()``: the file is executed anew for every run, and
a run that is looked at is executed more than once.  Chance and clocks have no place in a body.
'''

from __future__ import annotations

from schedsim.authoring.machine import Machine
from schedsim.authoring.requests import (
    acquire,
    call,
    cancel,
    compute,
    io,
    join,
    mark,
    release,
    result_of,
    sleep,
    spawn,
)
from schedsim.authoring.scenario import Job, Scenario, job
from schedsim.programs.resumable import Cancelled

__all__ = [
    "Cancelled",
    "Job",
    "Machine",
    "Scenario",
    "acquire",
    "call",
    "cancel",
    "compute",
    "io",
    "job",
    "join",
    "mark",
    "release",
    "result_of",
    "sleep",
    "spawn",
]
