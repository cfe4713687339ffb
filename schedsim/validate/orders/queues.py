"""Ten programs of B8: tasks in turn, callbacks, locks, queues, events, semaphores."""

# mypy: ignore-errors

import asyncio

from schedsim.validate.orders.said import program


@program
async def p01_create_task_vs_await(p):
    async def w(n):
        p(n, "start")
        await asyncio.sleep(0)
        p(n, "end")

    p("main0")
    t1 = asyncio.create_task(w("A"))
    t2 = asyncio.create_task(w("B"))
    p("main1")
    await w("C")
    p("main2")
    await t1
    p("main3")
    await t2
    p("main4")


@program
async def p02_sleep0_round_robin(p):
    async def w(n, k):
        for i in range(k):
            p(n + str(i))
            await asyncio.sleep(0)
        p(n + "end")

    await asyncio.gather(w("A", 3), w("B", 2), w("C", 1))
    p("main")


@program
async def p03_call_soon_nested_vs_task(p):
    loop = asyncio.get_running_loop()

    def cb(n, d=0):
        p("cb", n)
        if d:
            loop.call_soon(cb, n + "'", d - 1)

    async def t():
        p("task0")
        await asyncio.sleep(0)
        p("task1")
        await asyncio.sleep(0)
        p("task2")

    loop.call_soon(cb, "x", 2)
    tk = asyncio.create_task(t())
    loop.call_soon(cb, "y")
    p("main0")
    await asyncio.sleep(0)
    p("main1")
    await asyncio.sleep(0)
    p("main2")
    await tk
    p("main3")


@program
async def p04_gather_results_and_wakeup(p):
    async def w(n, y):
        for _ in range(y):
            await asyncio.sleep(0)
        p("done", n)
        return n

    async def spy():
        for i in range(6):
            p("spy", i)
            await asyncio.sleep(0)

    s = asyncio.create_task(spy())
    r = await asyncio.gather(w("A", 2), w("B", 0), w("C", 1))
    p("gather", r)
    await s
    p("end")


@program
async def p05_lock_fifo_no_barging(p):
    l = asyncio.Lock()

    async def w(n):
        for i in range(2):
            p(n, "want", i)
            async with l:
                p(n, "got", i)
                await asyncio.sleep(0)
            p(n, "rel", i)

    await asyncio.gather(w("A"), w("B"), w("C"))
    p("end")


@program
async def p06_lock_release_reacquire_same_task(p):
    l = asyncio.Lock()

    async def w(n):
        for i in range(3):
            async with l:
                p(n, i)  # no await inside: never really blocks

    await asyncio.gather(w("A"), w("B"))
    p("end")


@program
async def p07_queue_maxsize1(p):
    q = asyncio.Queue(1)

    async def prod():
        for i in range(4):
            p("put?", i)
            await q.put(i)
            p("put!", i)
        await q.put(None)

    async def cons():
        while True:
            p("get?")
            x = await q.get()
            p("got", x)
            if x is None:
                return

    await asyncio.gather(prod(), cons())
    p("end")


@program
async def p08_queue_two_getters_barging(p):
    q = asyncio.Queue()

    async def g(n):
        x = await q.get()
        p(n, "got", x)

    a = asyncio.create_task(g("A"))
    b = asyncio.create_task(g("B"))
    await asyncio.sleep(0)
    q.put_nowait(1)  # wakes A's future, A runs next iteration
    p("barge", q.get_nowait())  # main steals the item before A resumes
    q.put_nowait(2)
    q.put_nowait(3)
    q.put_nowait(4)
    await a
    await b
    p("left", q.qsize())


@program
async def p09_event_broadcast_order(p):
    e = asyncio.Event()

    async def w(n):
        p(n, "wait")
        await e.wait()
        p(n, "woken")

    ts = [asyncio.create_task(w(n)) for n in "ABC"]
    await asyncio.sleep(0)
    e.set()
    p("set")
    e.clear()
    p("cleared")
    await asyncio.gather(*ts)
    p("end")


@program
async def p10_semaphore2(p):
    s = asyncio.Semaphore(2)

    async def w(n):
        async with s:
            p(n, "in")
            await asyncio.sleep(0)
            p(n, "out")

    await asyncio.gather(*[w(n) for n in "ABCDE"])
    p("end")
