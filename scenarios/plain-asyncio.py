"""Plain asyncio: who computes starves the others

Ordinary code for asyncio, run by the standard library itself on a simulated core. A heartbeat wants
to beat every 10 ms. Three jobs compute 40 ms each: `stubborn` in one go, `polite` with `sleep(0)` after
each 10 ms, `elsewhere` in another thread. They come at 20, 80 and 150 ms.

- **Watch** 20 to 60 ms: no beat. A coroutine keeps the loop until it awaits something unfinished.
- **Watch** `polite`: beats at 90 and 120 ms. At each `await asyncio.sleep(0)` others have a turn;
  but a timer that is due only sets a future, and its task comes a turn later.
- **Watch** `elsewhere`: it computes in a thread. The heartbeat waits for the GIL alone, 5 ms each time.
- `compute` is the one thing that plain asyncio does not have. What Python really computes takes no
  simulated time.
- **Try** `--set machine.cores=2`: nothing changes, there is one GIL. With `--set python.gil=off` too,
  beside the thread there is a beat every 10 ms.
"""

import asyncio

from schedsim.authoring import Scenario, compute, job, mark

GROUP = "Suspend and resume"
ORDER = 37


def scenario() -> Scenario:
    async def heartbeat():
        for _ in range(16):
            mark("beat")
            await asyncio.sleep(0.010)

    async def stubborn():
        compute("40ms")

    async def polite():
        for _ in range(4):
            compute("10ms")
            await asyncio.sleep(0)

    async def elsewhere():
        await asyncio.to_thread(compute, "40ms")

    return Scenario(
        [
            job("heartbeat", heartbeat),
            job("stubborn", stubborn, arrival="20ms"),
            job("polite", polite, arrival="80ms"),
            job("elsewhere", elsewhere, arrival="150ms"),
        ],
        model="asyncio",
    )
