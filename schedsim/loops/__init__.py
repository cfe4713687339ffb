"""The catalogue of event loops: which flavour a thread runs.  Each has its own rules."""

from __future__ import annotations

from schedsim.catalogue import LazyCatalogue
from schedsim.loops.live import Flavour

EAGER = "asyncio"
"""Whose tasks may begin with a step at once."""

LOOPS: LazyCatalogue[Flavour] = LazyCatalogue(
    {
        "asyncio": "schedsim.loops.asyncio:ASYNCIO",
        "uvloop": "schedsim.loops.uvloop:UVLOOP",
        "trio": "schedsim.loops.trio:TRIO",
        "gevent": "schedsim.loops.gevent:GEVENT",
        "eventlet": "schedsim.loops.eventlet:EVENTLET",
        "callbacks": "schedsim.loops.bare:CALLBACKS",
        "generators": "schedsim.loops.bare:GENERATORS",
        "coroutines": "schedsim.loops.bare:COROUTINES",
        "greenlets": "schedsim.loops.bare:GREENLETS",
    }
)
