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

**Plain asyncio.**  Under ``model="asyncio"`` coroutines are run by the standard library's own
asyncio, on the simulated machine: ``asyncio.sleep``, ``Lock``, ``Queue``, ``gather``,
``TaskGroup``, ``timeout``, ``to_thread`` and all else mean what they mean in the Python that runs
schedsim.  Only computing has to be said, because what Python really computes takes no simulated
time::

    async def ticker():
        compute("1ms")  # a plain call; no other task runs meanwhile
        await asyncio.sleep(0.010)

There the requests above do not need an ``await`` where they wait for nobody (``compute``, ``call``,
``mark``, ``spawn``, ``release``, ``cancel``); those that wait (``sleep``, ``io``, ``join``,
``result_of``, ``acquire``) are awaited.  In a function that runs in a thread (``to_thread``) the
call itself waits.  Jobs in other styles, and plain steps, are tasks of the same loop.  There are
no real sockets, processes or signals; ``schedsim.aio.socketpair`` makes simulated connections.
Under all other models coroutines are driven without asyncio, and await the requests above only.

**A tree.**  ``processes=[process("web", loop_thread("io", job(...)), job("worker", body))]`` puts
loops and threads where you want them; they share the cores, and the GIL of their process.

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
from schedsim.authoring.scenario import (
    Job,
    LoopThread,
    Process,
    Scenario,
    job,
    loop_thread,
    process,
)
from schedsim.programs.resumable import Cancelled

__all__ = [
    "Cancelled",
    "Job",
    "LoopThread",
    "Machine",
    "Process",
    "Scenario",
    "acquire",
    "call",
    "cancel",
    "compute",
    "io",
    "job",
    "join",
    "loop_thread",
    "mark",
    "process",
    "release",
    "result_of",
    "sleep",
    "spawn",
]
