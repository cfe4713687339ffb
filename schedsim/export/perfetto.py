"""A run as Chrome trace events in JSON, which ui.perfetto.dev and chrome://tracing open.

A process of cores with a track for each, then every simulated process with tracks for its GIL, its
threads and their tasks.  Arrows go from who woke somebody to whom it woke; marks, commands and
findings are instants.  Of the format: "Trace Event Format" by the Chrome team.  Times there are
microseconds; a tick is shown as one.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from schedsim.durations import Time
from schedsim.export.base import Export
from schedsim.export.wakes import wakes
from schedsim.export.words import (
    MOST_NAME,
    WORDS,
    commands,
    name_of,
    present,
    reason_text,
    rows_of,
)
from schedsim.findings import find
from schedsim.metrics import Measured
from schedsim.metrics.slices import of_gils, on_cores
from schedsim.plain import plain
from schedsim.run import Run
from schedsim.state import State, apply
from schedsim.timeline import LaneId, Situation
from schedsim.trace import KIND_MASK, REASON_SHIFT, REASONS, Kind, Reason, Role, Trace

_BEGIN = '{"otherData":{"writer":"schedsim export"'
_SCALE = 1_000
"""Nanoseconds in a microsecond, and in what stands for a tick."""


class _Track(NamedTuple):
    pid: int
    tid: int


class _Events:
    """Events as lines of JSON, and which number each track has.

    Every process and track has a number of its own, ascending from top to bottom: a viewer takes a
    thread that is numbered as its process for the main thread.
    """

    def __init__(self, scale: Time) -> None:
        self.scale = scale
        self.lines: list[str] = []
        self.tracks: dict[LaneId, _Track] = {}
        self._numbers = 0

    def process(self, name: str) -> int:
        """A new process."""
        self._numbers += 1
        pid = self._numbers
        self._told("process_name", pid, pid, name=name)
        self._told("process_sort_index", pid, pid, sort_index=pid)
        return pid

    def track(self, pid: int, name: str) -> _Track:
        """A new track of a process."""
        self._numbers += 1
        tid = self._numbers
        self._told("thread_name", pid, tid, name=name)
        self._told("thread_sort_index", pid, tid, sort_index=tid)
        return _Track(pid, tid)

    def _told(self, what: str, pid: int, tid: int, **args: Any) -> None:
        self._write({"ph": "M", "name": what, "pid": pid, "tid": tid, "args": args})

    def whole(self, track: _Track, name: str, start: Time, end: Time, **args: Any) -> None:
        """Something that lasts."""
        start, length = start * self.scale, (end - start) * self.scale
        times = f',"ts":{_us(start)},"dur":{_us(length)}'
        self._write({"ph": "X", "name": name, **_on(track), "args": args}, times)

    def instant(self, track: _Track, name: str, time: Time, kind: str, **args: Any) -> None:
        """Something that happens."""
        event = {"ph": "i", "s": "t", "cat": kind, "name": name, **_on(track), "args": args}
        self._write(event, f',"ts":{_us(time * self.scale)}')

    def arrow(self, number: int, begin: tuple[_Track, Time], end: tuple[_Track, Time]) -> None:
        """From a moment of one track to a moment of another; both in nanoseconds."""
        same = {"cat": "wake", "name": "wakes", "id": number}
        for event, (track, time) in (({"ph": "s"}, begin), ({"ph": "f", "bp": "e"}, end)):
            self._write({**event, **same, **_on(track)}, f',"ts":{_us(time)}')

    def _write(self, event: dict[str, Any], times: str = "") -> None:
        self.lines.append(f"{json.dumps(event, separators=(',', ':'))[:-1]}{times}}}")


def _on(track: _Track) -> dict[str, int]:
    return {"pid": track.pid, "tid": track.tid}


def _us(nanoseconds: Time) -> str:
    """Microseconds, exactly: a float could not say it of long runs."""
    whole, rest = divmod(nanoseconds, _SCALE)
    return f"{whole}.{rest:03}".rstrip("0") if rest else str(whole)


def _write(run: Run, measured: Measured) -> str:
    trace = run.trace
    events = _Events(_SCALE if trace.unit == "tick" else 1)
    left = _leavings(trace)
    _cores(events, measured, left)
    _processes(events, measured, left)
    for row in rows_of(trace, Kind.MARK):
        kind = "task" if trace.entities[row.subject].role is Role.TASK else "thread"
        track = events.tracks[LaneId(kind, row.subject)]
        events.instant(track, plain(trace.labels[row.arg], MOST_NAME), row.time, "mark")
    _arrows(events, measured)
    _told_of_run(events, run, measured)
    about = {
        "scenario": plain(run.scenario.name, MOST_NAME),
        "title": plain(run.scenario.title, MOST_NAME),
        "seed": str(run.seed),
        "digest": trace.digest(),
        "unit": "1 tick is shown as 1 us" if trace.unit == "tick" else "ns",
    }
    head = f"{_BEGIN},{json.dumps(about, separators=(',', ':'))[1:]}"
    lines = ",\n".join(events.lines)
    return f'{head},"displayTimeUnit":"ns","traceEvents":[\n{lines}\n]}}\n'


def _leavings(trace: Trace) -> dict[tuple[int, Time], Reason]:
    """Why a thread left its core at a moment, or a task its loop's hand."""
    state = State.start(trace)
    found: dict[tuple[int, Time], Reason] = {}
    for time, code, arg in zip(trace.times, trace.codes, trace.args, strict=True):
        left = state.leaver(code)
        apply(state, time, code, arg)
        if left:  # the first at a moment: what follows there lasted no time
            found.setdefault((left, time), REASONS[code >> REASON_SHIFT & KIND_MASK])
    return found


_Leavings = dict[tuple[int, Time], Reason]


def _left(left: _Leavings, end: Time, *who: int) -> dict[str, str]:
    """Why the first of ``who`` that left then did so."""
    reasons = (left.get((each, end)) for each in who if each)
    return next(({"left": reason_text(reason)} for reason in reasons if reason), {})


def _cores(events: _Events, measured: Measured, left: _Leavings) -> None:
    """The slices of ``--json``, and the context switches between them."""
    trace, timeline = measured.trace, measured.timeline
    pid = events.process("cores")
    for lane in timeline.lanes():
        if lane.kind != "core":
            continue
        track = events.tracks[lane] = events.track(pid, timeline.name(lane))
        for part in present(timeline, lane):
            if part.situation is Situation.SWITCHING:
                to = name_of(trace, part.who)
                events.whole(track, "context switch", part.start, part.end, to=to)
    for stretch in on_cores(trace):
        thread, task, job, level = stretch.who
        said: dict[str, Any] = {
            "process": name_of(trace, trace.entities[thread].process),
            "thread": name_of(trace, thread),
        }
        if task:
            said["task"] = name_of(trace, task)
        if job is not None:
            said["job"] = job
        if level is not None:
            said["level"] = level
        track = events.tracks[LaneId("core", stretch.place)]
        said |= _left(left, stretch.end, task, thread)
        events.whole(track, name_of(trace, task or thread), stretch.start, stretch.end, **said)


def _processes(events: _Events, measured: Measured, left: _Leavings) -> None:
    trace, timeline = measured.trace, measured.timeline
    pids: dict[int, int] = {}
    for lane in timeline.lanes():
        if lane.kind == "core":
            continue
        entity = trace.entities[lane.number]
        process = entity.process if lane.kind != "gil" else lane.number
        if process not in pids:
            pids[process] = events.process(name_of(trace, process))
        name = "GIL" if lane.kind == "gil" else name_of(trace, lane.number)
        if lane.kind == "task":
            name = f"{name_of(trace, entity.thread)}/{name}"
        track = events.tracks[lane] = events.track(pids[process], name)
        if lane.kind == "gil":
            continue
        for part in present(timeline, lane):
            said = {}
            if part.situation is Situation.RUNNING:
                said = _left(left, part.end, part.who, entity.thread)
            events.whole(track, WORDS[part.situation], part.start, part.end, **said)
    for hold in of_gils(trace):
        track = events.tracks[LaneId("gil", hold.place)]
        events.whole(track, name_of(trace, hold.who.thread), hold.start, hold.end)


def _arrows(events: _Events, measured: Measured) -> None:
    """From who made somebody ready to whom it made ready."""
    for number, (time, by, woken) in enumerate(wakes(measured.trace), start=1):
        begin = _place(events, measured, by, time, before=True)
        end = _place(events, measured, woken, time)
        if begin is not None and end is not None:
            events.arrow(number, begin, end)


def _place(
    events: _Events, measured: Measured, entity: int, time: Time, *, before: bool = False
) -> tuple[_Track, Time] | None:
    """Where an arrow touches a track: in a slice that is there, or a viewer drops the arrow.

    Args:
        events: with all tracks.
        measured: of the trace.
        entity: whose track.
        time: when it happens.
        before: who caused it may have stopped running at that moment: then just before it.
    """
    trace, timeline = measured.trace, measured.timeline
    kind = "task" if trace.entities[entity].role is Role.TASK else "thread"
    lane = LaneId(kind, entity)

    def seen(at: Time) -> Situation | None:
        return timeline.at(lane, at).situation if 0 <= at < trace.end else None

    now, earlier = seen(time), seen(time - 1) if before else None
    scaled = time * events.scale
    if earlier in WORDS and now is not Situation.RUNNING:
        if earlier is Situation.RUNNING or now not in WORDS:
            scaled -= 1
    elif now not in WORDS:
        return None
    return events.tracks[lane], scaled


def _told_of_run(events: _Events, run: Run, measured: Measured) -> None:
    """What the user did, and what is worth telling: on tracks of their own."""
    found, done = find(measured), list(commands(run))
    if not found and not done:
        return
    pid = events.process("about this run")
    if done:
        track = events.track(pid, "commands")
        for row, says in done:
            events.instant(track, says, row.time, "command")
    if found:
        track = events.track(pid, "findings")
    for finding in found:
        name = finding.kind.replace("_", " ")
        who, advice = name_of(run.trace, finding.who), finding.advice
        length = (finding.end - finding.start) * events.scale
        said = {"who": who, "why": finding.why, "advice": advice, "for_ns": length}
        events.instant(track, name, finding.start, "finding", **said)


PERFETTO = Export("a trace for Perfetto", _BEGIN, _write)
