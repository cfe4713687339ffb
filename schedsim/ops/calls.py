"""What is known of a call that keeps its thread: what it does, and what there is instead.

Which calls there are is data, in :mod:`schedsim.ops.blocking_calls`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from schedsim.traps import CALL, HOLD, NATIVE

PATCHES: Final = ("gevent", "eventlet")
"""The frameworks that can patch the standard library."""


class Offers(NamedTuple):
    """What to do instead, by framework."""

    asyncio: str
    trio: str
    gevent: str
    eventlet: str

    def of(self, flavour: str) -> str:
        """That of a loop of this flavour; whoever is not known is as asyncio (uvloop is)."""
        found: str = getattr(self, flavour) if flavour in self._fields else self.asyncio
        return found


class Patched(NamedTuple):
    """What a monkey patch makes of a call."""

    through: str = ""
    """How it lets others run: ``native`` (waits in the hub), ``threadpool``, ``polling`` (asks
    every 10 ms); ``gone`` if the patch deletes it; nothing if it blocks as before."""
    replaces: str = ""
    """What the patch puts its own in place of."""
    why: str = ""
    """Why it blocks all the same."""

    @property
    def cooperative(self) -> bool:
        """Only the greenlet waits, not its thread."""
        return self.through not in ("", "gone")


class Call(NamedTuple):
    """What is known of one call."""

    instead: Offers
    gevent: Patched
    eventlet: Patched
    does: int = CALL
    """``CALL``: waits without the GIL; ``HOLD``: computes and keeps the GIL; ``NATIVE``: computes
    without it."""
    mind: str = ""
    """A pitfall."""

    def patched(self, by: str) -> Patched:
        """What a patch makes of it."""
        return {"gevent": self.gevent, "eventlet": self.eventlet}.get(by, Patched())


DOES: Mapping[int, str] = {
    CALL: "waits without the GIL",
    HOLD: "computes and keeps the GIL",
    NATIVE: "computes without the GIL",
}
"""What a call does to its thread."""
