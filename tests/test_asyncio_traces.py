"""The programs of SEMANTICS.md B8 on our own asyncio and uvloop: the same tokens in the same order.

The expected tokens are those that CPython 3.11.7, 3.12.1 and 3.13.0 and uvloop 0.23 gave.  Left
out: p18 (sockets), p25 (threads), p29 (what ``asyncio.run`` does at its end).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

import pytest

from schedsim.loops.asyncio import ASYNCIO
from schedsim.loops.asyncio.errors import Cancelled, TimedOut
from schedsim.loops.asyncio.futures import Future, Task
from schedsim.loops.asyncio.gathering import AsCompleted, Gathered, When, shield, wait
from schedsim.loops.asyncio.groups import Group
from schedsim.loops.asyncio.sleeping import sleep
from schedsim.loops.asyncio.timeouts import Timeout, wait_for
from schedsim.loops.asyncio.verbs import BLOCKS
from schedsim.loops.live import Flavour, start
from schedsim.loops.uvloop import UVLOOP
from schedsim.programs.structured import Manager, inside
from schedsim.traps import COMPUTE, Body
from tests.live_loops import LoopMachine

MS = 1_000_000
Make: TypeAlias = Callable[[Task], Body]
Program: TypeAlias = "Callable[[Traced, Task], Body]"


class Traced:
    """A program that is being run, and the tokens it gave."""

    def __init__(self, flavour: Flavour, version: tuple[int, int]) -> None:
        self.machine = LoopMachine(flavour)
        self.loop: Any = self.machine.loop
        self.loop.version = version
        self.tokens: list[str] = []

    def p(self, *words: object) -> None:
        self.tokens.append(" ".join(map(str, words)))

    def task(self, me: Task, make: Make, name: str = "task") -> Body:
        """``asyncio.create_task``."""
        task = start(self.loop, me.flavour, name, make, by=me.id)
        assert isinstance(task, Task)
        yield from me.eager_step(task)
        return task

    def tasks(self, me: Task, *makes: Make) -> Body:
        found = []
        for make in makes:
            task = yield from self.task(me, make)
            found.append(task)
        return found

    def gather(self, me: Task, *makes: Make, keep: bool = False) -> Body:
        """``asyncio.gather`` of coroutines."""
        tasks = yield from self.tasks(me, *makes)
        return (yield from Gathered(self.loop, tasks, return_exceptions=keep).wait(me))

    def later(self, delay: int, *words: object) -> None:
        self.loop.call_at(self.loop.host.now + delay, partial(self.p, *words))

    def soon(self, *words: object) -> None:
        self.loop.call_soon(partial(self.p, *words))


def within(manager: Any, body: Body) -> Body:
    block: Manager = manager
    return inside(block, body)


def holding(me: Task, lock: Any, body: Body) -> Body:
    return within(BLOCKS["with"](me, lock), body)


def p01(t: Traced, me: Task) -> Body:
    def w(n: str, me: Task) -> Body:
        t.p(n, "start")
        yield from sleep(me, 0)
        t.p(n, "end")

    t.p("main0")
    t1, t2 = yield from t.tasks(me, partial(w, "A"), partial(w, "B"))
    t.p("main1")
    yield from w("C", me)
    t.p("main2")
    yield from t1.wait(me)
    t.p("main3")
    yield from t2.wait(me)
    t.p("main4")


def p02(t: Traced, me: Task) -> Body:
    def w(n: str, k: int, me: Task) -> Body:
        for i in range(k):
            t.p(f"{n}{i}")
            yield from sleep(me, 0)
        t.p(f"{n}end")

    yield from t.gather(me, partial(w, "A", 3), partial(w, "B", 2), partial(w, "C", 1))
    t.p("main")


def p03(t: Traced, me: Task) -> Body:
    def cb(n: str, d: int = 0) -> None:
        t.p("cb", n)
        if d:
            t.loop.call_soon(partial(cb, f"{n}'", d - 1))

    def tk(me: Task) -> Body:
        for i in range(3):
            t.p(f"task{i}")
            if i < 2:
                yield from sleep(me, 0)

    t.loop.call_soon(partial(cb, "x", 2))
    task = yield from t.task(me, tk)
    t.loop.call_soon(partial(cb, "y"))
    for i in range(3):
        t.p(f"main{i}")
        yield from sleep(me, 0) if i < 2 else task.wait(me)
    t.p("main3")


def yields(t: Traced, n: str, k: int, me: Task, *, done: str = "done") -> Body:
    for _ in range(k):
        yield from sleep(me, 0)
    t.p(done, n)
    return n


def spies(t: Traced, k: int, me: Task, *, word: str = "spy") -> Body:
    for i in range(k):
        t.p(word, i)
        yield from sleep(me, 0)


def p04(t: Traced, me: Task) -> Body:
    s = yield from t.task(me, partial(spies, t, 6))
    r = yield from t.gather(
        me, *(partial(yields, t, n, k) for n, k in (("A", 2), ("B", 0), ("C", 1)))
    )
    t.p("gather", r)
    yield from s.wait(me)
    t.p("end")


def p05(t: Traced, me: Task) -> Body:
    lock = t.machine.resource("lock", "l")

    def w(n: str, me: Task) -> Body:
        for i in range(2):
            t.p(n, "want", i)

            def inside(i: int = i) -> Body:
                t.p(n, "got", i)
                yield from sleep(me, 0)

            yield from holding(me, lock, inside())
            t.p(n, "rel", i)

    yield from t.gather(me, *(partial(w, n) for n in "ABC"))
    t.p("end")


def p06(t: Traced, me: Task) -> Body:
    lock = t.machine.resource("lock", "l")

    def w(n: str, me: Task) -> Body:
        for i in range(3):
            yield from lock.acquire(me)
            t.p(n, i)
            lock.release(me)

    yield from t.gather(me, partial(w, "A"), partial(w, "B"))
    t.p("end")


def p07(t: Traced, me: Task) -> Body:
    q = t.machine.resource("queue", "q", 1)

    def prod(me: Task) -> Body:
        for i in range(4):
            t.p("put?", i)
            yield from q.put(me, i)
            t.p("put!", i)
        yield from q.put(me, None)

    def cons(me: Task) -> Body:
        while True:
            t.p("get?")
            x = yield from q.get(me)
            t.p("got", x)
            if x is None:
                return

    yield from t.gather(me, prod, cons)
    t.p("end")


def p08(t: Traced, me: Task) -> Body:
    q = t.machine.resource("queue", "q")

    def g(n: str, me: Task) -> Body:
        x = yield from q.get(me)
        t.p(n, "got", x)

    a, b = yield from t.tasks(me, partial(g, "A"), partial(g, "B"))
    yield from sleep(me, 0)
    q.put_nowait(me, 1)
    t.p("barge", q.get_nowait(me))
    for item in (2, 3, 4):
        q.put_nowait(me, item)
    yield from a.wait(me)
    yield from b.wait(me)
    t.p("left", q.value)


def p09(t: Traced, me: Task) -> Body:
    e = t.machine.resource("event", "e")

    def w(n: str, me: Task) -> Body:
        t.p(n, "wait")
        yield from e.wait(me)
        t.p(n, "woken")

    ts = yield from t.tasks(me, *(partial(w, n) for n in "ABC"))
    yield from sleep(me, 0)
    e.set()
    t.p("set")
    e.clear()
    t.p("cleared")
    yield from Gathered(t.loop, ts).wait(me)
    t.p("end")


def p10(t: Traced, me: Task) -> Body:
    s = t.machine.resource("semaphore", "s", 2)

    def w(n: str, me: Task) -> Body:
        yield from s.acquire(me)
        t.p(n, "in")
        yield from sleep(me, 0)
        t.p(n, "out")
        s.release(me)

    yield from t.gather(me, *(partial(w, n) for n in "ABCDE"))
    t.p("end")


def p11(t: Traced, me: Task) -> Body:
    def w(me: Task) -> Body:
        try:
            t.p("w sleep")
            yield from sleep(me, 10_000 * MS)
        except Cancelled:
            t.p("w cancelled")
            yield from sleep(me, 0)
            t.p("w cleanup")
            raise
        finally:
            t.p("w finally")

    task = yield from t.task(me, w)
    yield from sleep(me, 0)
    t.p("cancel", task.cancel())
    t.p("state", task.over, task.cancels)
    yield from sleep(me, 0)
    t.p("main1", task.over)
    yield from sleep(me, 0)
    t.p("main2", task.over)
    yield from sleep(me, 0)
    t.p("main3", task.over, task.cancelled)


def p12(t: Traced, me: Task) -> Body:
    def w(me: Task) -> Body:
        yield from ()
        t.p("never?")

    task = yield from t.task(me, w)
    task.cancel()
    try:
        yield from task.wait(me)
    except Cancelled:
        t.p("main got CancelledError")


def p13(t: Traced, me: Task) -> Body:
    def w() -> Body:
        try:
            yield from sleep(me, 10_000 * MS)
        except Cancelled:
            t.p("inner cancelled")
            raise

    def says(word: str, *, waits: bool) -> Body:
        t.p(word)
        if waits:
            yield from sleep(me, 0)
            t.p("not here?")

    try:
        yield from within(Timeout(me, 10 * MS), w())
    except TimedOut:
        t.p("TimeoutError", me.cancels)
    try:
        yield from within(Timeout(me, 0), says("body runs", waits=True))
    except TimedOut:
        t.p("TimeoutError0")
    yield from within(Timeout(me, -1000 * MS), says("no await -> no timeout", waits=False))
    t.p("end")


def p14(t: Traced, me: Task) -> Body:
    def w(n: str, y: int, me: Task) -> Body:
        t.p(n, "run", "")
        for _ in range(y):
            yield from sleep(me, 0)
        t.p(n, "ret")
        return n

    s = yield from t.task(me, partial(spies, t, 5))
    t.p((yield from wait_for(me, partial(w, "A", 1), 1000 * MS)))
    t.p("after")
    yield from s.wait(me)


def p15(t: Traced, me: Task) -> Body:
    for n in "ABCDEFGH":
        t.later(20 * MS, "tie", n)
    t.later(15 * MS, "earlier")
    t.later(25 * MS, "later")
    yield from sleep(me, 50 * MS)


def p16(t: Traced, me: Task) -> Body:
    def tk(me: Task) -> Body:
        yield from ()
        t.p("task")

    t.later(0, "later0")
    t.soon("soon")
    t.later(-1000 * MS, "later-1")
    yield from t.task(me, tk)
    yield from sleep(me, 0)
    t.p("main1")
    yield from sleep(me, 0)
    t.p("main2")


def p17(t: Traced, me: Task) -> Body:
    t.later(10 * MS, "T10")
    t.later(5 * MS, "T5")
    t.soon("soon1")
    yield (COMPUTE, 30 * MS)
    t.soon("soon2")
    yield from sleep(me, 0)
    t.p("main1")
    yield from sleep(me, 0)
    t.p("main2")


def p19(t: Traced, me: Task) -> Body:
    def w(n: str, y: int, me: Task, *, err: bool = False) -> Body:
        try:
            yield from yields(t, n, y, me, done="end")
            if err:
                raise ValueError(n)
        except Cancelled:
            t.p("cancelled", n)
            raise

    def body(g: Group, word: str, *makes: Make) -> Body:
        for make in makes:
            task = yield from t.task(me, make)
            g.add(task)
        t.p(word)

    g = Group(me)
    yield from within(g, body(g, "body end", partial(w, "A", 1), partial(w, "B", 0)))
    t.p("group1 done")
    g = Group(me)
    makes = [partial(w, "C", 3), partial(w, "D", 1, err=True), partial(w, "E", 5)]
    try:
        yield from within(g, body(g, "body2", *makes))
    except ExceptionGroup as eg:
        t.p("EG", [str(x) for x in eg.exceptions])


def p20(t: Traced, me: Task) -> Body:
    def says(word: str, me: Task) -> Body:
        yield from ()
        t.p(word)

    task = yield from t.task(me, partial(says, "w"))
    yield from sleep(me, 0)
    s = yield from t.task(me, partial(says, "spy"))
    yield from task.wait(me)
    t.p("after await done task")
    yield from s.wait(me)
    t.p("end")


def p21(t: Traced, me: Task) -> Body:
    f = Future(t.loop)

    def aw(me: Task) -> Body:
        yield from f.wait(me)
        t.p("awaiter")

    task = yield from t.task(me, aw)
    yield from sleep(me, 0)
    f.when_over(lambda _: t.p("cb1"))
    f.when_over(lambda _: t.p("cb2"))
    f.set_result(1)
    t.p("set")
    yield from task.wait(me)
    t.p("end")


def p22(t: Traced, me: Task) -> Body:
    def leaf(me: Task) -> Body:
        yield from ()
        t.p("leaf")

    def mid(me: Task) -> Body:
        task = yield from t.task(me, leaf)
        yield from task.wait(me)
        t.p("mid")

    s = yield from t.task(me, partial(spies, t, 5, word="it"))
    task = yield from t.task(me, mid)
    yield from task.wait(me)
    t.p("top")
    yield from s.wait(me)


def p23(t: Traced, me: Task) -> Body:
    c = t.machine.resource("condition", "c")

    def w(n: str, me: Task) -> Body:
        def inside() -> Body:
            t.p(n, "wait")
            yield from c.wait(me)
            t.p(n, "woke")

        yield from holding(me, c, inside())

    def notify(count: int, word: str) -> Body:
        yield from ()
        c.notify(me, count)
        t.p(word)

    ts = yield from t.tasks(me, *(partial(w, n) for n in "ABC"))
    yield from sleep(me, 0)
    yield from holding(me, c, notify(2, "notify2"))
    for _ in range(3):
        yield from sleep(me, 0)
    yield from holding(me, c, notify(0, "notify_all"))
    yield from Gathered(t.loop, ts).wait(me)
    t.p("end")


def p24(t: Traced, me: Task) -> Body:
    t.loop.eager = True

    def w(n: str, y: int, me: Task) -> Body:
        t.p(n, "start")
        for _ in range(y):
            yield from sleep(me, 0)
        t.p(n, "end")
        return n

    t.p("m0")
    a = yield from t.task(me, partial(w, "A", 0))
    t.p("m1", a.over)
    b = yield from t.task(me, partial(w, "B", 1))
    t.p("m2", b.over)
    t.p((yield from Gathered(t.loop, [a, b]).wait(me)))
    t.p((yield from t.gather(me, partial(w, "C", 0), partial(w, "D", 0))))


def p26(t: Traced, me: Task) -> Body:
    def w(n: str, d: int, me: Task) -> Body:
        yield from sleep(me, d * MS)
        t.p("fin", n)
        return n

    ts = yield from t.tasks(me, *(partial(w, n, d) for n, d in (("A", 20), ("B", 5), ("C", 10))))
    for body in AsCompleted(me, ts):
        t.p("got", (yield from body))


def p27(t: Traced, me: Task) -> Body:
    ts = {}
    for n, y in (("A", 3), ("B", 1), ("C", 1)):
        ts[n] = yield from t.task(me, partial(yields, t, n, y, done="fin"))

    def names(tasks: list[Future]) -> list[str]:
        return sorted(n for n in ts if ts[n] in tasks)

    done, left = yield from wait(me, [*ts.values()], when=When.FIRST_COMPLETED)
    t.p("first", names(done), names(left))
    yield from wait(me, [*ts.values()])
    t.p("end")


def p28(t: Traced, me: Task) -> Body:
    def ag() -> Iterator[int]:
        for i in range(2):
            t.p("yield", i)
            yield i

    def spy(me: Task) -> Body:
        yield from ()
        t.p("spy")

    def inner(me: Task) -> Body:
        yield from sleep(me, 0)
        yield from sleep(me, 0)
        t.p("inner done")

    def outer(me: Task) -> Body:
        task = yield from t.task(me, inner)
        yield from shield(task).wait(me)

    yield from t.task(me, spy)
    for x in ag():
        t.p("x", x)
    t.p("loop end (spy not run yet)")
    task = yield from t.task(me, outer)
    yield from sleep(me, 0)
    task.cancel()
    try:
        yield from task.wait(me)
    except Cancelled:
        t.p("outer cancelled")
    for _ in range(4):
        yield from sleep(me, 0)
    t.p("end")


def p30(t: Traced, me: Task) -> Body:
    f = Future(t.loop)

    def w(me: Task) -> Body:
        try:
            t.p("got", (yield from f.wait(me)))
        except Cancelled:
            t.p("cancelled (result lost)")
            raise

    task = yield from t.task(me, w)
    yield from sleep(me, 0)
    f.set_result(1)
    t.p("cancel ->", task.cancel())
    try:
        yield from task.wait(me)
    except Cancelled:
        t.p("main sees cancel")


def p31(t: Traced, me: Task) -> Body:
    f = Future(t.loop)

    def w(n: str, me: Task) -> Body:
        yield from f.wait(me)
        t.p(n)

    def s(n: str, d: int, me: Task) -> Body:
        yield (COMPUTE, 1_000)  # as on a real clock, on which no two begin at the same moment
        yield from sleep(me, d * MS)
        t.p("slept", n)

    sleepers = [("A", 5), ("B", 5), ("C", 5), ("D", 5), ("E", 5), ("early", 2)]
    makes = [partial(w, n) for n in "XYZ"] + [partial(s, n, d) for n, d in sleepers]
    ts = yield from t.tasks(me, *makes)
    yield from sleep(me, 0)
    f.set_result(0)
    yield from Gathered(t.loop, ts).wait(me)


def p32(t: Traced, me: Task) -> Body:
    lock = t.machine.resource("lock", "l")
    yield from lock.acquire(me)

    def w(n: str, me: Task) -> Body:
        def inside() -> Body:
            yield from ()
            t.p(n, "got")

        try:
            yield from holding(me, lock, inside())
        except Cancelled:
            t.p(n, "cancelled")
            raise

    ts = yield from t.tasks(me, *(partial(w, n) for n in "ABC"))
    yield from sleep(me, 0)
    lock.release(me)
    ts[0].cancel()
    t.p("released+cancel A")
    yield from Gathered(t.loop, ts, return_exceptions=True).wait(me)
    t.p("end")


def p33(t: Traced, me: Task) -> Body:
    woken: list[bool] = []

    def spin(me: Task) -> Body:
        n = 0
        while not woken:
            n += 1
            t.p("spin", n)
            yield (COMPUTE, 40 * MS)
            yield from sleep(me, 0)

    def sl(me: Task) -> Body:
        yield from sleep(me, 60 * MS)
        t.p("woke")
        woken.append(True)

    t.later(60 * MS, "timer callback")
    yield from t.gather(me, sl, spin)


TOKENS: dict[Program, str] = {
    p01: "main0 | main1 | C start | A start | B start | C end | main2 | A end | B end | main3 | "
    "main4",
    p02: "A0 | B0 | C0 | A1 | B1 | Cend | A2 | Bend | Aend | main",
    p03: "main0 | cb x | task0 | cb y | main1 | cb x' | task1 | main2 | cb x'' | task2 | main3",
    p04: "spy 0 | done B | spy 1 | done C | spy 2 | done A | spy 3 | spy 4 | "
    "gather ['A', 'B', 'C'] | spy 5 | end",
    p05: "A want 0 | A got 0 | B want 0 | C want 0 | A rel 0 | A want 1 | B got 0 | B rel 0 | "
    "B want 1 | C got 0 | C rel 0 | C want 1 | A got 1 | A rel 1 | B got 1 | B rel 1 | C got 1 | "
    "C rel 1 | end",
    p06: "A 0 | A 1 | A 2 | B 0 | B 1 | B 2 | end",
    p07: "put? 0 | put! 0 | put? 1 | get? | got 0 | get? | put! 1 | put? 2 | got 1 | get? | "
    "put! 2 | put? 3 | got 2 | get? | put! 3 | got 3 | get? | got None | end",
    p08: "barge 1 | A got 2 | B got 3 | left 1",
    p09: "A wait | B wait | C wait | set | cleared | A woken | B woken | C woken | end",
    p10: "A in | B in | A out | B out | C in | D in | C out | D out | E in | E out | end",
    p11: "w sleep | cancel True | state False 1 | w cancelled | main1 False | w cleanup | "
    "w finally | main2 True | main3 True True",
    p12: "main got CancelledError",
    p13: "inner cancelled | TimeoutError 0 | body runs | TimeoutError0 | no await -> no timeout | "
    "end",
    p14: "A run  | spy 0 | A ret | A | after | spy 1 | spy 2 | spy 3 | spy 4",
    p15: "earlier | tie C | tie G | tie F | tie D | tie H | tie A | tie E | tie B | later",
    p16: "soon | task | main1 | later-1 | later0 | main2",
    p17: "soon1 | soon2 | main1 | T5 | T10 | main2",
    p19: "body end | end B | end A | group1 done | body2 | end D | cancelled E | cancelled C | "
    "EG ['D']",
    p20: "w | after await done task | spy | end",
    p21: "set | awaiter | cb1 | cb2 | end",
    p22: "it 0 | it 1 | leaf | it 2 | mid | it 3 | top | it 4",
    p23: "A wait | B wait | C wait | notify2 | A woke | B woke | notify_all | C woke | end",
    p24: "m0 | A start | A end | m1 True | B start | m2 False | B end | ['A', 'B'] | C start | "
    "C end | D start | D end | ['C', 'D']",
    p26: "fin B | got B | fin C | got C | fin A | got A",
    p27: "fin B | fin C | fin A | first ['A', 'B', 'C'] [] | end",
    p28: "yield 0 | x 0 | yield 1 | x 1 | loop end (spy not run yet) | spy | outer cancelled | "
    "inner done | end",
    p30: "cancel -> True | cancelled (result lost) | main sees cancel",
    p31: "X | Y | Z | slept early | slept A | slept B | slept C | slept D | slept E",
    p32: "released+cancel A | A cancelled | B got | C got | end",
    p33: "spin 1 | spin 2 | spin 3 | timer callback | spin 4 | woke",
}
"""asyncio 3.12.1."""

ASYNCIO_3_11: dict[Program, str] = {
    p14: "spy 0 | A run  | spy 1 | A ret | spy 2 | spy 3 | A | after | spy 4",
}
ON_UVLOOP: dict[Program, str] = {
    p15: "earlier | tie A | tie B | tie C | tie D | tie E | tie F | tie G | tie H | later",
    p16: "later0 | soon | later-1 | task | main1 | main2",
    p17: "T5 | T10 | soon1 | soon2 | main1 | main2",
    p33: "spin 1 | spin 2 | timer callback | spin 3 | woke",
}


def tokens(program: Program, flavour: Flavour, version: tuple[int, int]) -> str:
    traced = Traced(flavour, version)
    traced.machine.start("main", partial(program, traced))
    traced.machine.run(checked=True)
    return " | ".join(traced.tokens)


VERSIONS = {"3.11": (3, 11), "3.12": (3, 12), "3.13": (3, 13)}
CASES = [
    pytest.param(program, version, id=f"{program.__name__}-{name}")
    for program in TOKENS
    for name, version in VERSIONS.items()
    if not (program is p24 and name == "3.11")  # has no eager tasks
]


@pytest.mark.parametrize(("program", "version"), CASES)
def test_asyncio(program: Program, version: tuple[int, int]) -> None:
    before = ASYNCIO_3_11 if version < (3, 12) else {}
    assert tokens(program, ASYNCIO, version) == before.get(program, TOKENS[program])


@pytest.mark.parametrize(("program", "version"), CASES)
def test_uvloop(program: Program, version: tuple[int, int]) -> None:
    """Not what 0.23 does on 3.13 only: two of eight ties in another order, no eager tasks."""
    before = ASYNCIO_3_11 if version < (3, 12) else {}
    expected = ON_UVLOOP.get(program, before.get(program, TOKENS[program]))
    assert tokens(program, UVLOOP, version) == expected
