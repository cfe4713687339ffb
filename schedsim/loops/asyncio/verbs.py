"""What the steps of a live task mean under asyncio."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from schedsim.durations import Time
from schedsim.loops.asyncio.executors import run_in, to_thread
from schedsim.loops.asyncio.futures import Cancelled, Task, TimedOut, sleep
from schedsim.loops.base import TaskGroup
from schedsim.loops.channels import receive, send
from schedsim.loops.live import Verb
from schedsim.trace import Reason
from schedsim.traps import GIVE_WAY, Body


def join(me: Task, group: TaskGroup) -> Body:
    """Wait for all of ``group``, whatever becomes of them."""
    for member in group.members:
        assert isinstance(member, Task), "all tasks of a live loop are live"
        if member is not me and not member.over:
            asked = me.cancels
            try:
                yield from member.wait(me, Reason.JOIN)
            except Cancelled:
                if me.cancels > asked or not member.cancelled:
                    raise
            except Exception:  # noqa: BLE001, S110 - however it ended, it has ended
                pass


def await_(me: Task, group: TaskGroup) -> Body:
    """``await task``, of each of ``group``: its result, or its exception here."""
    result = None
    for member in group.members:
        assert isinstance(member, Task), "all tasks of a live loop are live"
        if member is not me:
            result = yield from member.wait(me, Reason.JOIN)
    return result


def cancel(me: Task, group: TaskGroup) -> Body:
    """``task.cancel()``, of each of ``group``."""
    yield from ()
    for member in group.members:
        assert isinstance(member, Task), "all tasks of a live loop are live"
        if member.cancel():
            me.loop.cancel_noted(member, me.id)


def period(me: Task, length: Time) -> Body:
    """Wait for the next release of a periodic task."""
    due = me.next_release(length)
    if due > me.loop.host.now:
        yield from sleep(me, due - me.loop.host.now, Reason.PERIOD)


def give_way(me: Task) -> Body:  # noqa: ARG001 - verbs share a signature
    """``asyncio.sleep(0)``: a bare ``yield`` (A4)."""
    yield GIVE_WAY


VERBS: Mapping[str, Verb] = {
    "yield": give_way,
    "sleep": sleep,
    "io": partial(sleep, reason=Reason.IO),
    "period": period,
    "join": join,
    "await": await_,
    "cancel": cancel,
    "send": send,
    "recv": receive,
    "to_thread": to_thread,
    "run_in": run_in,
}

CATCHES: Mapping[str, type[BaseException]] = {
    "cancelled": Cancelled,
    "timeout": TimedOut,
    "error": Exception,
}
