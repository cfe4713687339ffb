"""Programs of nurseries and cancel scopes, as data, carried out on our trio loop.

The format is the one of ``tests/cases/trio_order.json``::

    {"resources": {name: {"type": ..., "value" | "maxsize": ...}},
     "funcs": {name: [op ...]}, "main": [op ...]}

A started function logs ``start``, what its ops log, then ``end``, ``end:cancelled`` or
``end:Type``.
``main`` is inside a scope of 500 units; a run that takes longer is ``stuck``.
:mod:`tests.real_trio` carries out the same with the real trio.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from schedsim.loops.trio import TRIO
from schedsim.loops.trio.cancel_scopes import Cancelled, CancelScope, TooSlowError
from schedsim.loops.trio.channels import Channel
from schedsim.loops.trio.tasks import Task
from schedsim.programs.structured import inside
from schedsim.traps import COMPUTE, VERB, Body, Wish
from tests.live_loops import LoopMachine

Op: TypeAlias = list[Any]
Program: TypeAlias = dict[str, Any]
Log: TypeAlias = list[tuple[float, str, str]]

MOST = 500


def describe(error: BaseException) -> str:
    """The name of an error's type; of a group's, with those inside."""
    if isinstance(error, BaseExceptionGroup):
        return f"Group[{','.join(sorted(describe(each) for each in error.exceptions))}]"
    return type(error).__name__


def by_task(log: Log) -> dict[str, list[list[Any]]]:
    """What each task logged, in order."""
    told: dict[str, list[list[Any]]] = {}
    for time, who, label in log:
        told.setdefault(who, []).append([time, label])
    return told


class SimulatedNurseries:
    """A program on our loop.

    Args:
        program: what to run.
        seed: of the coins.
    """

    def __init__(self, program: Program, seed: int = 0) -> None:
        self.program = program
        self.machine = LoopMachine(TRIO, seed)
        self.outcome = ""
        self.end = 0
        self.scopes: dict[str, CancelScope] = {}
        self.resources = {
            name: self._resource(name, spec) for name, spec in program["resources"].items()
        }
        self.machine.start("main", self._main)

    def run(self, *, checked: bool = False) -> SimulatedNurseries:
        """Run it to its end."""
        self.machine.run(checked=checked)
        return self

    @property
    def log(self) -> Log:
        """Everything that was logged."""
        return [*self.machine.log]

    def _resource(self, name: str, spec: dict[str, Any]) -> Any:
        if spec["type"] == "channel":
            number = self.machine.trace.resource("queue", name)
            return Channel(self.machine.loop, number, spec["maxsize"])
        return self.machine.resource(spec["type"], name, spec.get("value", 0))

    def _main(self, me: Task) -> Body:
        block: Any = me.manager(Wish("move_on", (MOST,)))
        try:
            yield from inside(block, self._do(me, "main", self.program["main"]))
            self.outcome = "stuck" if self._scope(block).caught else "ok"
        except Exception as error:  # noqa: BLE001 - whatever ends the run is its outcome
            self.outcome = f"error:{describe(error)}"
        self.end = self.machine.engine.now

    def _function(self, name: str, ops: list[Op]) -> Callable[[Task], Body]:
        def body(me: Task) -> Body:
            say = self.machine.say
            say(me, "start")
            try:
                yield from self._do(me, name, ops)
            except Cancelled:
                say(me, "end:cancelled")
                raise
            except Exception as error:
                say(me, f"end:{describe(error)}")
                raise
            say(me, "end")

        return body

    def _scope(self, block: Any) -> CancelScope:
        scope = block.scope
        assert isinstance(scope, CancelScope)
        return scope

    def _do(self, me: Task, who: str, ops: list[Op]) -> Body:
        for op in ops:
            yield from self._op(me, who, *op)

    def _verb(self, me: Task, name: str, *arguments: object) -> Body:
        return (yield from me.perform((VERB, Wish(name, arguments))))

    def _block(self, me: Task, who: str, ops: list[Op], name: str, *arguments: object) -> Body:
        block: Any = me.manager(Wish(name, arguments))
        yield from inside(block, self._do(me, who, ops))
        return self._scope(block).caught

    def _op(self, me: Task, who: str, what: str, *arguments: Any) -> Body:
        say = self.machine.say
        match what, *arguments:
            case ["mark", label]:
                say(me, label)
            case ["sleep", duration]:
                yield from self._verb(me, "sleep", duration)
            case ["compute", duration]:
                yield from me.perform((COMPUTE, duration))
            case ["checkpoint"]:
                yield from self._verb(me, "yield")
            case ["start", name, function]:
                body = self._function(name, self.program["funcs"][function])
                me.started(self.machine.start(name, body, by=me))
            case ["cancel_nursery"]:
                me.nurseries[-1].scope.cancel(me.id)
            case ["cancel", name]:
                if name in self.scopes:
                    self.scopes[name].cancel(me.id)
                say(me, f"cancelled {name}" if name in self.scopes else "no scope")
            case ["raise"]:
                raise ValueError
            case [_, str() as name, *more] if name in self.resources and what != "with":
                yield from self._use(me, what, self.resources[name], *more)
            case _:
                yield from self._compound(me, who, what, *arguments)

    def _use(self, me: Task, what: str, shared: Any, *more: Any) -> Body:
        match what:
            case "send":
                yield from self._verb(me, "put", shared, *more)
            case "receive":
                item = yield from self._verb(me, "get", shared)
                self.machine.say(me, f"got:{item}")
            case "wait" | "set" | "notify":
                yield from self._verb(me, what, shared, *more)
            case _:
                raise AssertionError(f"unknown op: {what} {shared}")

    def _compound(self, me: Task, who: str, what: str, *arguments: Any) -> Body:
        say = self.machine.say
        match what, *arguments:
            case ["nursery", ops]:
                yield from self._block(me, who, ops, "group")
            case ["move_on", duration, ops]:
                caught = yield from self._block(me, who, ops, "move_on", duration)
                say(me, f"scope cancelled:{caught}")
            case ["fail_after", duration, ops]:
                try:
                    yield from self._block(me, who, ops, "timeout", duration)
                except TooSlowError:
                    say(me, "too slow")
            case ["shield", ops]:
                yield from self._block(me, who, ops, "shield")
            case ["scope", name, ops]:
                with CancelScope(me) as scope:
                    self.scopes[name] = scope
                    yield from self._do(me, who, ops)
                say(me, f"scope cancelled:{scope.caught}")
            case ["with", name, ops]:
                block: Any = me.manager(Wish("with", (self.resources[name],)))
                yield from inside(block, self._do(me, who, ops))
            case ["try", ops, handlers]:
                last = handlers.get("finally")
                try:
                    yield from self._handled(me, who, ops, handlers)
                except GeneratorExit:
                    raise
                except BaseException:
                    yield from self._finally(me, who, last)
                    raise
                yield from self._finally(me, who, last)
            case _:
                raise AssertionError(f"unknown op: {what} {arguments}")

    def _handled(self, me: Task, who: str, ops: list[Op], handlers: dict[str, list[Op]]) -> Body:
        say = self.machine.say
        try:
            yield from self._do(me, who, ops)
        except Cancelled:
            if "cancelled!" in handlers:
                say(me, "caught:cancelled")
                yield from self._do(me, who, handlers["cancelled!"])
            raise
        except Exception as error:
            if "error" not in handlers:
                raise
            say(me, f"caught:{describe(error)}")
            yield from self._do(me, who, handlers["error"])

    def _finally(self, me: Task, who: str, ops: list[Op] | None) -> Body:
        if ops is not None:
            self.machine.say(me, "finally")
            yield from self._do(me, who, ops)
