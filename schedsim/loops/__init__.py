"""The catalogue of event loops: which flavour a thread runs.  Each has its own rules."""

from __future__ import annotations

from collections.abc import Mapping

from schedsim.loops.asyncio import ASYNCIO
from schedsim.loops.bare import CALLBACKS, COROUTINES, GENERATORS, GREENLETS
from schedsim.loops.eventlet import EVENTLET
from schedsim.loops.gevent import GEVENT
from schedsim.loops.live import Flavour
from schedsim.loops.trio import TRIO
from schedsim.loops.uvloop import UVLOOP

EAGER = "asyncio"
"""Whose tasks may begin with a step at once."""

LOOPS: Mapping[str, Flavour] = {
    "asyncio": ASYNCIO,
    "uvloop": UVLOOP,
    "trio": TRIO,
    "gevent": GEVENT,
    "eventlet": EVENTLET,
    "callbacks": CALLBACKS,
    "generators": GENERATORS,
    "coroutines": COROUTINES,
    "greenlets": GREENLETS,
}
