"""Words that the formats share: of situations, of reasons, of who somebody is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from schedsim.plain import plain
from schedsim.run import Run
from schedsim.timeline import LaneId, Situation, Slice, Timeline
from schedsim.trace import KIND_MASK, Kind, Reason, Row, Trace
from schedsim.why import explain

WORDS: Mapping[Situation, str] = {
    Situation.RUNNING: "running",
    Situation.READY: "ready",
    Situation.THREAD_WAITS: "its thread waits",
    Situation.WAITS_FOR_GIL: "waits for GIL",
    Situation.WAITS_FOR_LOCK: "waits for a lock",
    Situation.WAITS_FOR_OTHERS: "waits for others",
    Situation.CALLING: "blocking call",
    Situation.SUSPENDED: "suspended",
    Situation.SWITCHING: "context switch",
    Situation.IDLE: "free",
}
"""As the app's legend has them.  Who is not there is not spoken of: NEW and GONE are missing."""

MOST_NAME = 200
"""Characters of a name; a file may give more."""


def name_of(trace: Trace, entity: int) -> str:
    """What a process, thread or task is called; empty for nobody."""
    return plain(trace.entities[entity].name, MOST_NAME)


def present(timeline: Timeline, lane: LaneId) -> Iterator[Slice]:
    """The slices of a lane in which there was something to see."""
    return (part for part in timeline.slices(lane) if part.situation in WORDS)


def reason_text(reason: Reason) -> str:
    """How somebody left, in a word or two."""
    return reason.name.lower().replace("_", " ")


def rows_of(trace: Trace, kind: Kind) -> Iterator[Row]:
    """The rows of one kind, in order of time."""
    return (trace.row(n) for n, code in enumerate(trace.codes) if code & KIND_MASK == kind)


def commands(run: Run) -> Iterator[tuple[Row, str]]:
    """What the user did, each with a sentence that says it."""
    for row in rows_of(run.trace, Kind.COMMAND):
        yield row, explain(run.history, row.n + 1).headline
