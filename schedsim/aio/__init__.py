"""The standard library's asyncio on simulated cores.

```python
import asyncio
from schedsim.aio import SimLoop, compute


async def main() -> None:
    compute("5ms")  # burns simulated CPU; no other task runs
    await asyncio.sleep(1)  # takes no real time


with asyncio.Runner(loop_factory=SimLoop) as runner:
    runner.run(main())
```

==============  ============================================================================
``loop``        :class:`SimLoop`, an event loop of asyncio whose time and threads are simulated
``rows``        what it writes in the trace; ``source``, what else is told of tasks
``standalone``  the machine of a loop that was given none, and :exc:`Deadlock`
``program``     a loop as a program of a simulated machine
``jobs``        the jobs of a ``.py`` scenario as tasks of such a loop
``served``      what they ask for by :mod:`schedsim.authoring`; ``unasked``, in other styles
``verbs``       :func:`compute`, :func:`call` and :func:`mark`
``executor``    pools of simulated threads; ``thread``, one of them
``results``     waiting for a ``concurrent.futures.Future`` in a simulated thread
``wires``       simulated connections
``ambient``     what the interpreter keeps for each thread
``clock``       seconds and nanoseconds
``outside``     what there is not
==============  ============================================================================

Nothing outside this package imports it before somebody asks for it: it loads the real asyncio.
"""

from __future__ import annotations

from schedsim.aio import results
from schedsim.aio.executor import Executor
from schedsim.aio.loop import SimLoop
from schedsim.aio.program import AsyncioProgram
from schedsim.aio.standalone import Deadlock
from schedsim.aio.verbs import call, compute, mark
from schedsim.aio.wires import End, socketpair

results.install()

__all__ = [
    "AsyncioProgram",
    "Deadlock",
    "End",
    "Executor",
    "SimLoop",
    "call",
    "compute",
    "mark",
    "socketpair",
]
