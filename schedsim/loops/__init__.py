"""The catalogue of event loops: which flavour a thread runs.  Each has its own rules."""

from __future__ import annotations

from collections.abc import Mapping

from schedsim.loops.asyncio import AsyncioLoop

LOOPS: Mapping[str, type[AsyncioLoop]] = {
    "asyncio": AsyncioLoop,
}
