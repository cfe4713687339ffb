"""The catalogue of event loops: which flavour a thread runs.  Each has its own rules."""

from __future__ import annotations

from collections.abc import Mapping

from schedsim.loops.asyncio import ASYNCIO
from schedsim.loops.bare import CALLBACKS, COROUTINES, GENERATORS, GREENLETS
from schedsim.loops.live import Flavour

LOOPS: Mapping[str, Flavour] = {
    "asyncio": ASYNCIO,
    "callbacks": CALLBACKS,
    "generators": GENERATORS,
    "coroutines": COROUTINES,
    "greenlets": GREENLETS,
}
