"""Nine programs of B8: cancelling, timeouts, timers, input, groups."""

# mypy: ignore-errors

import asyncio

from schedsim.aio import call, socketpair
from schedsim.validate.orders.said import program


@program
async def p11_cancel_pending_sleep(p):
    async def w():
        try:
            p("w sleep")
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            p("w cancelled")
            await asyncio.sleep(0)
            p("w cleanup")
            raise
        finally:
            p("w finally")

    t = asyncio.create_task(w())
    await asyncio.sleep(0)
    p("cancel", t.cancel())
    p("state", t.done(), t.cancelling())
    await asyncio.sleep(0)
    p("main1", t.done())
    await asyncio.sleep(0)
    p("main2", t.done())
    await asyncio.sleep(0)
    p("main3", t.done(), t.cancelled())


@program
async def p12_cancel_before_start(p):
    async def w():
        p("never?")

    t = asyncio.create_task(w())
    t.cancel()
    try:
        await t
    except asyncio.CancelledError:
        p("main got CancelledError")


@program
async def p13_timeout(p):
    async def w():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            p("inner cancelled")
            raise

    try:
        async with asyncio.timeout(0.01):
            await w()
    except TimeoutError:
        p("TimeoutError", asyncio.current_task().cancelling())
    try:
        async with asyncio.timeout(0):
            p("body runs")
            await asyncio.sleep(0)
            p("not here?")
    except TimeoutError:
        p("TimeoutError0")
    async with asyncio.timeout(-1):
        p("no await -> no timeout")
    p("end")


@program
async def p14_wait_for_fast_and_slow(p):
    async def w(n, y):
        p(n, "run", asyncio.current_task().get_name() if False else "")
        for _ in range(y):
            await asyncio.sleep(0)
        p(n, "ret")
        return n

    async def spy():
        for i in range(5):
            p("spy", i)
            await asyncio.sleep(0)

    s = asyncio.create_task(spy())
    p(await asyncio.wait_for(w("A", 1), 1))
    p("after")
    await s


@program
async def p15_call_later_order_and_ties(p):
    loop = asyncio.get_running_loop()
    t = loop.time() + 0.02
    for n in "ABCDEFGH":
        loop.call_at(t, p, "tie", n)
    loop.call_at(t - 0.005, p, "earlier")
    loop.call_at(t + 0.005, p, "later")
    await asyncio.sleep(0.05)


@program
async def p16_call_later0_vs_call_soon_vs_sleep0(p):
    loop = asyncio.get_running_loop()
    loop.call_later(0, p, "later0")
    loop.call_soon(p, "soon")
    loop.call_later(-1, p, "later-1")

    async def t():
        p("task")

    asyncio.create_task(t())
    await asyncio.sleep(0)
    p("main1")
    await asyncio.sleep(0)
    p("main2")


@program
async def p17_late_timers_and_ready(p):
    """two timers become due while the loop is blocked: heap order, and after the callbacks already ready"""
    loop = asyncio.get_running_loop()
    loop.call_later(0.010, p, "T10")
    loop.call_later(0.005, p, "T5")
    loop.call_soon(p, "soon1")
    call("time.sleep", 0.03)
    loop.call_soon(p, "soon2")
    await asyncio.sleep(0)
    p("main1")
    await asyncio.sleep(0)
    p("main2")


@program
async def p18_io_before_timers_after_ready(p):
    a, b = socketpair()
    c, d = socketpair()
    [s.setblocking(False) for s in (a, b, c, d)]
    loop = asyncio.get_running_loop()
    loop.add_reader(a, lambda: (p("io a"), a.recv(10), loop.remove_reader(a)))
    loop.add_reader(c, lambda: (p("io c"), c.recv(10), loop.remove_reader(c)))
    loop.call_later(0.005, p, "timer")
    d.send(b"1")
    b.send(b"1")
    call("time.sleep", 0.01)
    loop.call_soon(p, "soon")
    await asyncio.sleep(0)
    p("main1")
    await asyncio.sleep(0)
    p("main2")
    [s.close() for s in (a, b, c, d)]


@program
async def p19_taskgroup_order_and_error(p):
    async def w(n, y, err=False):
        try:
            for _ in range(y):
                await asyncio.sleep(0)
            p("end", n)
            if err:
                raise ValueError(n)
        except asyncio.CancelledError:
            p("cancelled", n)
            raise

    async with asyncio.TaskGroup() as g:
        g.create_task(w("A", 1))
        g.create_task(w("B", 0))
        p("body end")
    p("group1 done")
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(w("C", 3))
            g.create_task(w("D", 1, True))
            g.create_task(w("E", 5))
            p("body2")
    except* ValueError as eg:
        p("EG", [str(x) for x in eg.exceptions])
