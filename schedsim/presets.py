"""What it costs to suspend and resume, and what is kept meanwhile: measured, not simulated.

Best of nine, CPython 3.12.1 (SEMANTICS.md B6, D20, D21).  Data, not code: a scenario charges the
time if it says ``task_switch_cost = "preset"``; the memory is for reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from schedsim.durations import Time


class Preset(NamedTuple):
    """Of a way to suspend and resume."""

    switch: Time
    """Nanoseconds for one suspending and resuming."""
    kept: int
    """Bytes for each that is suspended."""
    source: str
    """What was measured."""


PRESETS: Mapping[str, Preset] = {
    "callback": Preset(67, 227, "callback through a deque; closure and partial"),
    "generator": Preset(32, 221, "generator next(); one suspended frame"),
    "coroutine": Preset(101, 478, "coroutine send(); one suspended frame"),
    "greenlet": Preset(192, 6_037, "greenlet switch, one way; a raw greenlet"),
    "asyncio": Preset(966, 1_510, "sleep(0) of 100 tasks; a Task in sleep(1000)"),
    "uvloop": Preset(460, 1_510, "sleep(0) of 100 tasks; an asyncio Task in sleep(1000)"),
    "gevent": Preset(1_313, 8_075, "sleep(0) of 100 greenlets; a greenlet in sleep(1000)"),
    "eventlet": Preset(2_472, 6_037, "sleep(0) of 100 greenlets; a raw greenlet"),
    "trio": Preset(1_683, 1_793, "sleep(0) of 100 tasks; a task in sleep_forever"),
    "thread": Preset(5_450, 16_425, "SimpleQueue ping-pong; RSS of a thread blocked on an Event"),
    "process": Preset(3_401, 1_032 * 1_024, "pipe ping-pong; private memory of a forked process"),
}
"""By style, event loop, or ``thread`` and ``process``."""


def preset_of(loop: str, style: str = "") -> Preset | None:
    """What was measured of tasks of that event loop, or else of that ``style``, if anything was.

    A bare loop is named after no framework: there it is the style of the body that counts.
    """
    return PRESETS.get(loop) or PRESETS.get(style)
