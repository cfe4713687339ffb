"""Programs of the "greenlet program format", carried out on our gevent.

A program is ``{"resources", "funcs", "main"}``; ``Program._do`` says what each operation means.
Times are in units; the log is a list of ``[unit, who, label]``.  ``main`` runs in a greenlet of its
own, and the program is over when it ends.
"""

from __future__ import annotations

import json
from typing import Any

from schedsim.loops.gevent import GEVENT, greenlets
from schedsim.loops.gevent.events import AsyncResult, Event
from schedsim.loops.gevent.greenlets import GeventGreenlet
from schedsim.loops.gevent.hub import GeventHub
from schedsim.loops.gevent.locks import RLock, Semaphore
from schedsim.loops.gevent.pools import Pool
from schedsim.loops.gevent.queues import Queue
from schedsim.loops.gevent.timeouts import Timeout
from schedsim.loops.greenlets import GreenletExit
from schedsim.threads.queues import Empty, Full
from schedsim.traps import COMPUTE, Body
from tests.live_loops import LoopMachine

UNIT = 12_000_000
ERRORS: dict[str, type[Exception]] = {
    each.__name__: each for each in (ValueError, KeyError, RuntimeError, TypeError)
}


NEED_A_GREENLET = frozenset({"join", "join_timeout", "value", "kill"})


class Return(Exception):
    """A function returns."""


class Program:
    """A program and what it logged."""

    def __init__(self, program: dict[str, Any], unit: int = UNIT) -> None:
        self.funcs: dict[str, list[Any]] = program["funcs"]
        self.unit = unit
        self.log: list[list[Any]] = []
        self.greenlets: dict[str, GeventGreenlet] = {}
        self.machine = LoopMachine(GEVENT)
        assert isinstance(self.machine.loop, GeventHub)
        self.loop = self.machine.loop
        self.resources = {
            name: self._resource(name, said) for name, said in program["resources"].items()
        }
        self.outcome = ""
        self.main = self.machine.start("main", lambda me: self._main(me, program["main"]))

    def run(self, *, checked: bool = False) -> Program:
        """Run it to its end, or until nothing can happen any more."""
        self.machine.run(checked=checked)
        self.outcome = self.outcome or "deadlock"
        return self

    @property
    def end(self) -> int:
        """When it was over; after a deadlock, the last thing it logged."""
        return self._end if self.outcome != "deadlock" else (self.log[-1][0] if self.log else 0)

    def _resource(self, name: str, said: dict[str, Any]) -> Any:
        kind, loop, trace = said["type"], self.loop, self.machine.trace
        if kind == "pool":
            return Pool(loop, said["size"])
        if kind == "result":
            return AsyncResult(loop)
        number = trace.resource(kind, name)
        if kind == "event":
            return Event(loop, number)
        if kind == "rlock":
            return RLock(loop, number)
        if kind in ("semaphore", "bounded_semaphore"):
            return Semaphore(loop, number, said.get("value", 1))
        return Queue(loop, number, said.get("maxsize") or 0)

    def say(self, who: str, label: str) -> None:
        """Log ``label``."""
        if not self.outcome:
            self.log.append([round(self.machine.engine.now / self.unit), who, label])

    def _main(self, me: GeventGreenlet, ops: list[Any]) -> Body:
        try:
            yield from self._block(me, "main", ops)
            outcome = "ok"
        except Return:
            outcome = "ok"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the outcome
            outcome = type(error).__name__
        self.outcome = outcome
        self._end = round(self.machine.engine.now / self.unit)

    def _function(self, me: GeventGreenlet, who: str, name: str) -> Body:
        self.say(who, "start")
        try:
            yield from self._block(me, who, self.funcs[name])
        except Return as result:
            self.say(who, "end:return")
            return result.args[0]
        except GreenletExit:
            self.say(who, "end:killed")
            raise
        except Exception as error:
            self.say(who, f"end:{type(error).__name__}")
            raise
        self.say(who, "end")
        return None

    def _block(self, me: GeventGreenlet, who: str, ops: list[Any]) -> Body:
        for op in ops:
            yield from self._do(me, who, *op)

    def _spawn(self, me: GeventGreenlet, who: str, name: str, at: int = 0) -> GeventGreenlet:
        greenlet: GeventGreenlet = self.machine.start(
            who, lambda new: self._function(new, who, name), by=me, at=at
        )
        self.greenlets[who] = greenlet
        return greenlet

    def _do(self, me: GeventGreenlet, who: str, what: str, *args: Any) -> Body:  # noqa: C901, PLR0912, PLR0915
        first: Any = args[0] if args else None
        thing: Any = self.resources.get(first) if isinstance(first, str) else None
        other: Any = self.greenlets.get(first) if isinstance(first, str) else None
        if what in NEED_A_GREENLET and other is None:
            return  # it has not been spawned yet
        if what == "mark":
            self.say(who, first)
        elif what == "compute":
            yield (COMPUTE, first * self.unit)
        elif what == "sleep":
            if first:
                yield from me.pause(first * self.unit)
            else:
                yield from me.give_way()
        elif what == "spawn":
            self._spawn(me, first, args[1])
        elif what == "spawn_later":
            self._spawn(me, first, args[1], self.loop.later(args[2] * self.unit))
        elif what == "pool_spawn":
            pool = self.resources[args[2]]
            yield from pool.spawn(me, lambda: self._spawn(me, first, args[1]))
            self.say(who, "pooled")
        elif what == "join":
            yield from greenlets.join(me, other)
        elif what == "join_timeout":
            yield from greenlets.join(me, other, args[1] * self.unit)
            self.say(who, f"ready:{other.over}")
        elif what == "joinall":
            yield from greenlets.joinall(me, [self.greenlets[name] for name in first])
        elif what == "value":
            try:
                value = yield from greenlets.get(me, other)
            except Exception as error:  # noqa: BLE001 - told by its type
                self.say(who, f"raised:{type(error).__name__}")
            else:
                killed = isinstance(value, GreenletExit)
                self.say(who, f"value:{'GreenletExit' if killed else json.dumps(value)}")
        elif what == "kill":
            yield from greenlets.kill(me, other, block=args[1])
        elif what == "put":
            yield from thing.put(me, args[1])
        elif what == "put_nowait":
            try:
                yield from thing.put(me, args[1], block=False)
            except Full:
                self.say(who, "full")
        elif what in ("get", "get_nowait", "get_timeout"):
            timeout = args[1] * self.unit if what == "get_timeout" else None
            try:
                item = yield from thing.get(me, timeout, block=what != "get_nowait")
                self.say(who, f"got:{json.dumps(item)}")
            except Empty:
                self.say(who, "empty")
        elif what == "task_done":
            thing.task_done(me)
        elif what == "qjoin":
            yield from thing.join(me)
        elif what == "set":
            if isinstance(thing, AsyncResult):
                thing.set(args[1], me.id)
            else:
                thing.set(me.id)
        elif what == "clear":
            thing.clear(me.id)
        elif what == "wait":
            yield from thing.wait(me)
        elif what == "wait_timeout":
            was_set = yield from thing.wait(me, args[1] * self.unit)
            self.say(who, f"set:{was_set}")
        elif what == "result":
            value = yield from thing.get(me)
            self.say(who, f"result:{json.dumps(value)}")
        elif what == "acquire":
            yield from thing.acquire(me)
        elif what == "release":
            thing.release(me)
        elif what == "with":
            yield from thing.acquire(me)
            try:
                yield from self._block(me, who, args[1])
            finally:
                thing.release(me)
        elif what == "timeout":
            timer = Timeout(me, first * self.unit, silent=True)
            timer.start()
            try:
                yield from self._block(me, who, args[1])
                self.say(who, "in time")
            except Timeout as error:
                if error is not timer:
                    raise
                self.say(who, "timed out")
            finally:
                timer.cancel()
        elif what == "raise":
            raise ERRORS[first]
        elif what == "return":
            raise Return(first)
        elif what == "try":
            yield from self._try(me, who, first, args[1])
        else:
            raise AssertionError(what)

    def _try(self, me: GeventGreenlet, who: str, ops: list[Any], then: dict[str, Any]) -> Body:
        try:
            try:
                yield from self._block(me, who, ops)
            except GreenletExit:
                if "killed" not in then:
                    raise
                self.say(who, "caught:killed")
                yield from self._block(me, who, then["killed"])
            except Return:
                raise
            except Exception as error:
                if "error" not in then:
                    raise
                self.say(who, f"caught:{type(error).__name__}")
                yield from self._block(me, who, then["error"])
        except GeneratorExit:  # the run is thrown away
            raise
        except BaseException:
            yield from self._finally(me, who, then)
            raise
        yield from self._finally(me, who, then)

    def _finally(self, me: GeventGreenlet, who: str, then: dict[str, Any]) -> Body:
        if "finally" in then:
            self.say(who, "finally")
            yield from self._block(me, who, then["finally"])
