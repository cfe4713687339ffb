"""The catalogue of verbs: what a step of a scenario file may say.

A verb is a function from its arguments to a trap; its signature is its grammar, its docstring
its help text.
"""

from __future__ import annotations

from collections.abc import Mapping

from schedsim.ops.grammar import Verb
from schedsim.ops.locking import acquire, release
from schedsim.ops.pools import recv, run_in, send, to_thread
from schedsim.ops.sharing import (
    clear,
    get,
    get_nowait,
    notify,
    notify_all,
    put,
    put_nowait,
    set_,
    wait,
)
from schedsim.ops.starting import await_, cancel, gather, join, mark, raise_, spawn
from schedsim.ops.waiting import call, compute, io, sleep, yield_

VERBS: Mapping[str, Verb] = {
    "compute": compute,
    "sleep": sleep,
    "io": io,
    "yield": yield_,
    "call": call,
    "spawn": spawn,
    "join": join,
    "acquire": acquire,
    "release": release,
    "mark": mark,
    "await": await_,
    "gather": gather,
    "cancel": cancel,
    "raise": raise_,
    "set": set_,
    "clear": clear,
    "wait": wait,
    "notify": notify,
    "notify_all": notify_all,
    "put": put,
    "get": get,
    "to_thread": to_thread,
    "run_in": run_in,
    "send": send,
    "recv": recv,
    "put_nowait": put_nowait,
    "get_nowait": get_nowait,
}
