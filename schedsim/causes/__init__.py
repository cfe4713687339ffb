"""What unblocked whom: chains of wakes, the critical path, and who waits for whom.

All are functions of a trace.  How one row came about is in :mod:`schedsim.why`; how long somebody
waited in all, in :mod:`schedsim.metrics`.
"""

from __future__ import annotations

from schedsim.causes.awaits import Link, awaits, circle, told
from schedsim.causes.hops import Hop, chain, hops
from schedsim.causes.path import Path, critical_path
from schedsim.causes.walk import Deed, Stretch
from schedsim.causes.words import says

__all__ = [
    "Deed",
    "Hop",
    "Link",
    "Path",
    "Stretch",
    "awaits",
    "chain",
    "circle",
    "critical_path",
    "hops",
    "says",
    "told",
]
