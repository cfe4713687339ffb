"""Fourteen programs of B8: waiting for what is done, awaited, shielded, left over."""

# mypy: ignore-errors

import asyncio

from schedsim.aio import call, compute
from schedsim.validate.orders.said import KEPT, program


@program
async def p20_await_done_task_does_not_yield(p):
    async def w():
        p("w")

    async def spy():
        p("spy")

    t = asyncio.create_task(w())
    await asyncio.sleep(0)
    s = asyncio.create_task(spy())
    await t
    p("after await done task")
    await s
    p("end")


@program
async def p21_done_callbacks_vs_awaiter(p):
    f = asyncio.get_running_loop().create_future()

    async def aw():
        await f
        p("awaiter")

    t = asyncio.create_task(aw())
    await asyncio.sleep(0)
    f.add_done_callback(lambda _: p("cb1"))
    f.add_done_callback(lambda _: p("cb2"))
    f.set_result(1)
    p("set")
    await t
    p("end")


@program
async def p22_return_value_chain_depth(p):
    """a finished child task resumes its awaiter one loop iteration later per task level (await coro costs 0)"""

    async def leaf():
        p("leaf")
        return 1

    async def mid():
        r = await asyncio.create_task(leaf())
        p("mid")
        return r

    async def spy():
        for i in range(5):
            p("it", i)
            await asyncio.sleep(0)

    s = asyncio.create_task(spy())
    r = await asyncio.create_task(mid())
    p("top")
    await s


@program
async def p23_condition_notify(p):
    c = asyncio.Condition()

    async def w(n):
        async with c:
            p(n, "wait")
            await c.wait()
            p(n, "woke")

    ts = [asyncio.create_task(w(n)) for n in "ABC"]
    await asyncio.sleep(0)
    async with c:
        c.notify(2)
        p("notify2")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    async with c:
        c.notify_all()
        p("notify_all")
    await asyncio.gather(*ts)
    p("end")


@program
async def p24_eager(p):  # pragma: no cover - Python 3.12
    if not hasattr(asyncio, "eager_task_factory"):  # pragma: no cover - Python 3.11
        p("n/a")
        return
    loop = asyncio.get_running_loop()
    loop.set_task_factory(asyncio.eager_task_factory)

    async def w(n, y):
        p(n, "start")
        [await asyncio.sleep(0) for _ in range(y)]
        p(n, "end")
        return n

    p("m0")
    a = asyncio.create_task(w("A", 0))
    p("m1", a.done())
    b = asyncio.create_task(w("B", 1))
    p("m2", b.done())
    p(await asyncio.gather(a, b))
    r = await asyncio.gather(w("C", 0), w("D", 0))
    p(r)


@program
async def p25_to_thread_order(p):
    loop = asyncio.get_running_loop()

    async def t():
        r = await asyncio.to_thread(lambda: (call("time.sleep", 0.01), "thr")[1])
        p("to_thread", r)

    k = asyncio.create_task(t())
    await asyncio.sleep(0)
    p("main")
    loop.call_soon_threadsafe(p, "ts")
    await k
    p("end")


@program
async def p26_as_completed(p):
    async def w(n, d):
        await asyncio.sleep(d)
        p("fin", n)
        return n

    for f in asyncio.as_completed([w("A", 0.02), w("B", 0.005), w("C", 0.01)]):
        p("got", await f)


@program
async def p27_wait_first_completed(p):
    async def w(n, y):
        [await asyncio.sleep(0) for _ in range(y)]
        p("fin", n)
        return n

    ts = [asyncio.create_task(w(n, y), name=n) for n, y in (("A", 3), ("B", 1), ("C", 1))]
    d, pend = await asyncio.wait(ts, return_when=asyncio.FIRST_COMPLETED)
    p("first", sorted(t.get_name() for t in d), sorted(t.get_name() for t in pend))
    await asyncio.wait(ts)
    p("end")


@program
async def p28_async_generator_and_shield(p):
    async def ag():
        for i in range(2):
            p("yield", i)
            yield i  # async-gen yield does not suspend the task

    async def spy():
        p("spy")

    asyncio.create_task(spy())
    async for x in ag():
        p("x", x)
    p("loop end (spy not run yet)")

    async def inner():
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        p("inner done")

    async def outer():
        await asyncio.shield(inner())

    t = asyncio.create_task(outer())
    await asyncio.sleep(0)
    t.cancel()
    try:
        await t
    except asyncio.CancelledError:
        p("outer cancelled")
    for _ in range(4):
        await asyncio.sleep(0)
    p("end")


@program
async def p29_leftover_tasks_cancelled_at_exit(p):
    async def w(n):
        try:
            p(n, "start")
            await asyncio.sleep(10)
        finally:
            p(n, "finally")

    ts = [asyncio.create_task(w(n)) for n in "AB"]
    KEPT[:] = ts
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(p, "cb after main returns")
    p("main ends")


@program
async def p30_cancel_after_set_result_same_iteration(p):
    f = asyncio.get_running_loop().create_future()

    async def w():
        try:
            p("got", await f)
        except asyncio.CancelledError:
            p("cancelled (result lost)")
            raise

    t = asyncio.create_task(w())
    await asyncio.sleep(0)
    f.set_result(1)
    p("cancel ->", t.cancel())
    try:
        await t
    except asyncio.CancelledError:
        p("main sees cancel")


@program
async def p31_two_waiters_one_future_and_equal_sleeps(p):
    f = asyncio.get_running_loop().create_future()

    async def w(n):
        await f
        p(n)

    async def s(n, d):
        compute("1us")
        await asyncio.sleep(d)
        p("slept", n)

    ts = (
        [asyncio.create_task(w(n)) for n in "XYZ"]
        + [asyncio.create_task(s(n, 0.005)) for n in "ABCDE"]
        + [asyncio.create_task(s("early", 0.002))]
    )
    await asyncio.sleep(0)
    f.set_result(0)
    await asyncio.gather(*ts)


@program
async def p32_lock_waiter_cancelled(p):
    l = asyncio.Lock()
    await l.acquire()

    async def w(n):
        try:
            async with l:
                p(n, "got")
        except asyncio.CancelledError:
            p(n, "cancelled")
            raise

    a, b, c = [asyncio.create_task(w(n)) for n in "ABC"]
    await asyncio.sleep(0)
    l.release()
    a.cancel()
    p("released+cancel A")
    await asyncio.gather(a, b, c, return_exceptions=True)
    p("end")


@program
async def p33_yield_starvation_two_passes(p):
    """a sleeper needs two loop passes after its timer is due; a sleep(0) spinner gets a step in each"""
    n = [0]
    stop = [False]

    async def spin():
        while not stop[0]:
            n[0] += 1
            p("spin", n[0])
            call("time.sleep", 0.04)
            await asyncio.sleep(0)

    async def sl():
        await asyncio.sleep(0.06)
        p("woke")
        stop[0] = True

    asyncio.get_running_loop().call_later(0.06, p, "timer callback")
    await asyncio.gather(sl(), spin())
