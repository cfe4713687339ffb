"""A row of the trace with the states on both sides of it, and words for what it names.

What is said of each kind of row is in the other modules of this package.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from schedsim.durations import Time, format_duration
from schedsim.history import History
from schedsim.plain import plain
from schedsim.state import State, Status
from schedsim.trace import NEVER, Entity, Reason, Role, Row

_LONGEST_NAME = 32
_MOST_NAMES = 4
_NAMED = re.compile("\ue000(\\d+)\ue001([^\ue002]*)\ue002")
"""How a sentence under construction holds a name, with its entity's number.  These private
characters cannot come from a file: ``plain`` writes them as escapes."""


class Mention(NamedTuple):
    """Where a text names an entity."""

    start: int
    end: int
    entity: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a step means."""

    headline: str
    details: tuple[str, ...] = ()
    mentions: tuple[tuple[Mention, ...], ...] = ()
    """Who is named where: in the headline, then in each detail."""

    @property
    def text(self) -> str:
        """All of it as one paragraph."""
        return " ".join((self.headline, *self.details))

    def finished(self) -> Explanation:
        """The same with its names as plain text, and told apart as mentions."""
        told = [_finished(text) for text in (self.headline, *self.details)]
        texts = [text for text, _ in told]
        return Explanation(texts[0], tuple(texts[1:]), tuple(found for _, found in told))


class Moment:
    """A row with the states on both sides of it, and words for what it names."""

    def __init__(self, history: History, row: Row, now: Time | None) -> None:
        self.history = history
        self.trace = history.trace
        self.row = row
        self.before = history.state_at(row.n)
        self.after: State = history.state_at(row.n + 1)
        self.now = row.time if now is None else max(now, row.time)

    # -- words ----------------------------------------------------------------------------

    def entity(self, number: int) -> Entity:
        """What never changes about ``number``."""
        return self.trace.entities[number]

    def name(self, number: int) -> str:
        """Its name, fit for a terminal, to be told apart as a mention."""
        return f"\ue000{number}\ue001{plain(self.entity(number).name, _LONGEST_NAME)}\ue002"

    def names(self, numbers: list[int]) -> str:
        """``a, b and c``; of many, the first few."""
        shown = [self.name(number) for number in numbers[:_MOST_NAMES]]
        more = len(numbers) - len(shown)
        if more:
            return f"{', '.join(shown)} and {more} more"
        return " and ".join([", ".join(shown[:-1]), shown[-1]] if shown[1:] else shown)

    def took(self, time: Time) -> str:
        """A duration in words."""
        return format_duration(time, self.trace.unit)

    def moment(self, time: Time) -> str:
        """``at 5 ms``."""
        return f"at {format_duration(time, self.trace.unit)}"

    def home(self, number: int) -> str:
        """The process and thread that ``number`` lives in."""
        entity = self.entity(number)
        thread = f"/{self.name(entity.thread)}" if entity.role is Role.TASK else ""
        return f"{self.name(entity.process)}{thread}"

    def step_text(self, number: int, pc: int) -> str:
        """The line of its program that ``number`` is at."""
        listing = self.entity(number).listing
        line = listing.line(pc) if listing else None
        return plain(listing.lines[line].strip(), 60) if listing and line is not None else ""

    # -- who waits ------------------------------------------------------------------------

    def waiting_tasks(self, thread: int) -> list[tuple[Time, int]]:
        """Tasks of the loop in ``thread`` that could go on, with how long they have waited."""
        state = self.after
        found = []
        for entity in self.trace.entities[1 : len(state.status)]:
            if entity.role is not Role.TASK or entity.thread != thread:
                continue
            status, due = state.status[entity.id], state.due[entity.id]
            if status is Status.READY:
                found.append((self.now - state.waits_since(entity.id), entity.id))
            elif status is Status.SUSPENDED and NEVER != due <= self.now:
                found.append((self.now - due, entity.id))
        return sorted(found, key=lambda wait: (-wait[0], wait[1]))

    def cost(self, thread: int) -> tuple[str, ...]:
        """What the task in hand costs the others of its loop."""
        waits = [(time, task) for time, task in self.waiting_tasks(thread) if time > 0]
        if not waits:
            return ()
        told = [f"{self.name(task)} {self.took(time)}" for time, task in waits[:_MOST_NAMES]]
        more = f" and {len(waits) - len(told)} more" if len(waits) > len(told) else ""
        return (f"Kept waiting so far: {', '.join(told)}{more}.",)

    # -- how somebody left ----------------------------------------------------------------

    def thread_left(self) -> str:
        """How the thread that was on this row's core left it."""
        row = self.row
        thread = self.before.running[row.core]
        if not thread or row.reason is Reason.NONE:
            return ""
        name = self.name(thread)
        until = f"until {self.took(row.arg)}" if row.arg > 0 else "until it is woken"
        ran = self.took(row.time - self.before.core_since[row.core])
        holder = 0
        gil = self.after.gils.get(self.entity(thread).process)
        if gil is not None:
            holder = gil.holder
        return {
            Reason.QUANTUM: f"{name}'s quantum is spent after {ran}, and others are runnable.",
            Reason.YIELD: f"{name} gives up its turn and goes to the end of the run queue.",
            Reason.SLEEP: f"{name} sleeps {until}: a sleeping thread needs no core.",
            Reason.IO: f"{name} waits for a device {until}: it needs no core meanwhile.",
            Reason.CALL: f"{name} is blocked in a blocking call {until}.",
            Reason.JOIN: f"{name} waits for others to end.",
            Reason.GIL: f"{name} needs the GIL, which {self.name(holder)} holds: it waits, "
            "without a core.",
            Reason.FORCED_SWITCH: f"{name} has dropped the GIL and now waits until somebody else "
            "has taken it.",
            Reason.SELECT: f"The event loop in {name} has nothing ready: it waits {until}.",
            Reason.EXIT: f"{name} has ended.",
        }.get(row.reason, "")

    def task_left(self, thread: int) -> str:
        """How the task that the loop in ``thread`` had in hand left it."""
        row = self.row
        task = self.before.loops[thread].current
        if not task or row.reason is Reason.NONE:
            return ""
        name = self.name(task)
        ran = row.time - self.before.since[task]
        after = f" after {self.took(ran)}" if ran else ""
        if self.before.since[thread] > self.before.since[task]:
            after += ", not all of it on the core"
        return {
            Reason.YIELD: f"{name} yields (sleep(0)){after}: to the end of the ready queue.",
            Reason.SLEEP: f"{name} is suspended{after}: it sleeps until {self.took(row.arg)}.",
            Reason.IO: f"{name} is suspended{after}: a device answers at {self.took(row.arg)}.",
            Reason.JOIN: f"{name} is suspended{after}: it awaits another task.",
            Reason.EXIT: f"{name} is done{after}.",
        }.get(row.reason, "")


def _finished(text: str) -> tuple[str, tuple[Mention, ...]]:
    parts: list[str] = []
    found: list[Mention] = []
    length = last = 0
    for match in _NAMED.finditer(text):
        before, name = text[last : match.start()], match[2]
        start = length + len(before)
        length = start + len(name)
        found.append(Mention(start, length, int(match[1])))
        parts += (before, name)
        last = match.end()
    return "".join([*parts, text[last:]]), tuple(found)


def sentences(*parts: str) -> str:
    """Sentences in a row; empty ones are left out."""
    return " ".join(part for part in parts if part)


def count(number: int, noun: str) -> str:
    """``no task``, ``1 task``, ``2 tasks``."""
    if not number:
        return f"no {noun}"
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
