"""Plain asyncio: who computes starves the others

Ordinary code for asyncio, run by the standard library itself on a simulated core. A heartbeat wants to
beat every 10 ms. Three jobs compute 60 ms each: `stubborn` in one go, `polite` with `sleep(0)` after
each 10 ms, `elsewhere` in another thread. They come at 20, 120 and 220 ms.

- **Watch** 20 to 80 ms: no beat. A coroutine keeps the loop until it awaits something unfinished.
- **Watch** `polite`: beats come 20 ms apart. At each `await asyncio.sleep(0)` the others have a turn,
  but a due timer only sets a future, and the task comes a turn later.
- **Watch** `elsewhere`: beside a thread, the heartbeat waits for the GIL only: 5 ms each time.
- `compute` is the one thing that plain asyncio does not have. What Python really computes takes no
  simulated time.
- **Try** `--set machine.cores=2`, and then `--set python.gil=off` too: a beat every 10 ms beside the thread.
"""

import asyncio

from schedsim.authoring import Scenario, compute, job, mark

GROUP = "Suspend and resume"
ORDER = 37


def scenario() -> Scenario:
    async def heartbeat():
        for _ in range(24):
            mark("beat")
            await asyncio.sleep(0.010)

    async def stubborn():
        compute("60ms")

    async def polite():
        for _ in range(6):
            compute("10ms")
            await asyncio.sleep(0)

    async def elsewhere():
        await asyncio.to_thread(compute, "60ms")

    return Scenario(
        [
            job("heartbeat", heartbeat),
            job("stubborn", stubborn, arrival="20ms"),
            job("polite", polite, arrival="120ms"),
            job("elsewhere", elsewhere, arrival="220ms"),
        ],
        model="asyncio",
    )
