"""The gevent that is installed, carrying out programs of the greenlet program format.

What ours must agree with, in real time: so only the order of what it logs counts, and only of runs
in which every timer fired when it should have.
"""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import gevent
from gevent.event import AsyncResult, Event
from gevent.exceptions import LoopExit
from gevent.lock import RLock, Semaphore
from gevent.pool import Pool
from gevent.queue import Empty, Full, Queue

from tests.greenlet_programs import ERRORS, NEED_A_GREENLET, Return

TOLERANCE = 0.45
"""By how much of a unit a moment may be off."""


class RealProgram:
    """A program and what it logged; ``exact`` if no timer was late."""

    def __init__(self, program: dict[str, Any], unit: float) -> None:
        self.funcs = program["funcs"]
        self.ops = program["main"]
        self.unit = unit
        self.log: list[list[Any]] = []
        self.exact = True
        self.outcome = ""
        self.greenlets: dict[str, Any] = {}
        self.resources: dict[str, Any] = {}
        self.said = program["resources"]

    def run(self, patience: float = 1.5) -> RealProgram:
        """Run it in a thread of its own, which has a hub of its own."""
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        thread.join(patience)
        if thread.is_alive():
            self.exact = False
        return self

    def _run(self) -> None:
        hub = gevent.get_hub()
        hub.print_exception = lambda *_: None
        hub.loop.update_now()
        self.resources = {name: _resource(said) for name, said in self.said.items()}
        self.start = time.perf_counter()
        main = gevent.spawn(self._main)
        try:
            main.join()
        except LoopExit:
            self.outcome = self.outcome or "deadlock"
        hub.destroy(destroy_loop=True)

    def say(self, who: str, label: str) -> None:
        """Log ``label``."""
        if not self.outcome:
            units = (time.perf_counter() - self.start) / self.unit
            self.exact = self.exact and abs(units - round(units)) < TOLERANCE
            self.log.append([round(units), who, label])

    def _main(self) -> None:
        try:
            self._block("main", self.ops)
            outcome = "ok"
        except Return:
            outcome = "ok"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the outcome
            outcome = type(error).__name__
        self.outcome = outcome

    def _function(self, who: str, name: str) -> object:
        self.say(who, "start")
        try:
            self._block(who, self.funcs[name])
        except Return as result:
            self.say(who, "end:return")
            return result.args[0]
        except gevent.GreenletExit:
            self.say(who, "end:killed")
            raise
        except Exception as error:
            self.say(who, f"end:{type(error).__name__}")
            raise
        self.say(who, "end")
        return None

    def _block(self, who: str, ops: list[Any]) -> None:
        for op in ops:
            self._do(who, *op)

    def _do(self, who: str, what: str, *args: Any) -> None:  # noqa: C901, PLR0912, PLR0915
        first: Any = args[0] if args else None
        thing: Any = self.resources.get(first) if isinstance(first, str) else None
        other: Any = self.greenlets.get(first) if isinstance(first, str) else None
        if what in NEED_A_GREENLET and other is None:
            return  # it has not been spawned yet
        if what == "mark":
            self.say(who, first)
        elif what == "compute":
            end = time.perf_counter() + first * self.unit
            while time.perf_counter() < end:
                pass
        elif what == "sleep":
            gevent.sleep(first * self.unit)
        elif what == "spawn":
            self.greenlets[first] = gevent.spawn(self._function, first, args[1])
        elif what == "spawn_later":
            later = args[2] * self.unit
            self.greenlets[first] = gevent.spawn_later(later, self._function, first, args[1])
        elif what == "pool_spawn":
            pool = self.resources[args[2]]
            self.greenlets[first] = pool.spawn(self._function, first, args[1])
            self.say(who, "pooled")
        elif what == "join":
            other.join()
        elif what == "join_timeout":
            other.join(args[1] * self.unit)
            self.say(who, f"ready:{bool(other.ready())}")
        elif what == "joinall":
            gevent.joinall([self.greenlets[name] for name in first])
        elif what == "value":
            try:
                value = other.get()
            except Exception as error:  # noqa: BLE001 - told by its type
                self.say(who, f"raised:{type(error).__name__}")
            else:
                killed = isinstance(value, gevent.GreenletExit)
                self.say(who, f"value:{'GreenletExit' if killed else json.dumps(value)}")
        elif what == "kill":
            other.kill(block=args[1])
        elif what == "put":
            thing.put(args[1])
        elif what == "put_nowait":
            try:
                thing.put_nowait(args[1])
            except Full:
                self.say(who, "full")
        elif what in ("get", "get_nowait", "get_timeout"):
            timeout = args[1] * self.unit if what == "get_timeout" else None
            try:
                item = thing.get(what != "get_nowait", timeout)
                self.say(who, f"got:{json.dumps(item)}")
            except Empty:
                self.say(who, "empty")
        elif what == "task_done":
            thing.task_done()
        elif what == "qjoin":
            thing.join()
        elif what == "set":
            thing.set(*args[1:])
        elif what == "clear":
            thing.clear()
        elif what == "wait":
            thing.wait()
        elif what == "wait_timeout":
            self.say(who, f"set:{thing.wait(args[1] * self.unit)}")
        elif what == "result":
            self.say(who, f"result:{json.dumps(thing.get())}")
        elif what == "acquire":
            thing.acquire()
        elif what == "release":
            thing.release()
        elif what == "with":
            with thing:
                self._block(who, args[1])
        elif what == "timeout":
            timer = gevent.Timeout(first * self.unit, False)
            timer.start()
            try:
                self._block(who, args[1])
                self.say(who, "in time")
            except gevent.Timeout as error:
                if error is not timer:
                    raise
                self.say(who, "timed out")
            finally:
                timer.close()
        elif what == "raise":
            raise ERRORS[first]
        elif what == "return":
            raise Return(first)
        elif what == "try":
            self._try(who, first, args[1])
        else:
            raise AssertionError(what)

    def _try(self, who: str, ops: list[Any], then: dict[str, Any]) -> None:
        try:
            try:
                self._block(who, ops)
            except gevent.GreenletExit:
                if "killed" not in then:
                    raise
                self.say(who, "caught:killed")
                self._block(who, then["killed"])
            except Return:
                raise
            except Exception as error:
                if "error" not in then:
                    raise
                self.say(who, f"caught:{type(error).__name__}")
                self._block(who, then["error"])
        finally:
            if "finally" in then:
                self.say(who, "finally")
                self._block(who, then["finally"])


def _resource(said: dict[str, Any]) -> Any:
    kind = said["type"]
    if kind == "pool":
        return Pool(said["size"])
    if kind == "result":
        return AsyncResult()
    if kind == "event":
        return Event()
    if kind == "rlock":
        return RLock()
    if kind == "semaphore":
        return Semaphore(said["value"])
    return Queue(said["maxsize"])
