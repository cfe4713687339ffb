"""The kernel and its records: cores, run queue, GIL, timers.

``kernel`` is the one hot module; ``records`` is what it schedules.
"""

from __future__ import annotations

from schedsim.engine.kernel import FOREVER, Engine
from schedsim.engine.records import Core, Gil, Group, Thread

__all__ = ["FOREVER", "Core", "Engine", "Gil", "Group", "Thread"]
