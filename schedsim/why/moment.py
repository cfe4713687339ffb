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
from schedsim.trace import NEVER, Entity, Role, Row, Trace

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


class Words:
    """Words for what a trace names.

    Args:
        trace: the trace.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace

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

    def resource(self, number: int) -> str:
        """``lock m``, ``queue q`` ..."""
        kind, name = self.trace.resources[number]
        return f"{kind} {plain(name, _LONGEST_NAME)}"


class Moment(Words):
    """A row with the states on both sides of it, and words for what it names."""

    def __init__(self, history: History, row: Row, now: Time | None) -> None:
        super().__init__(history.trace)
        self.history = history
        self.row = row
        self.before = history.state_at(row.n)
        self.after: State = history.state_at(row.n + 1)
        self.now = row.time if now is None else max(now, row.time)

    @property
    def policy(self) -> str:
        """The name of the scheduling policy in force."""
        return self.after.policy.name

    def queue_name(self, core: int) -> str:
        """The run queue that serves ``core``."""
        return f"the run queue of core {core}" if self.trace.queue_per_core else "the run queue"

    # -- who waits ------------------------------------------------------------------------

    def in_queue(self, state: State, core: int) -> list[int]:
        """Who is in the run queue that serves ``core``, in the order of joining it."""
        if not self.trace.queue_per_core:
            return list(state.run_queue)
        return [thread for thread in state.run_queue if state.queue_of.get(thread) == core]

    def may_run(self, thread: int, core: int) -> bool:
        """Whether ``core`` is one of those that ``thread`` may run on."""
        affinity = self.entity(thread).affinity
        return not affinity or core in affinity

    def contenders(self, state: State, core: int) -> list[int]:
        """Those of them who may run on it."""
        return [each for each in self.in_queue(state, core) if self.may_run(each, core)]

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


def plural(number: int, verb: str) -> str:
    """``waits`` for one, ``wait`` for several."""
    return f"{verb}s" if number == 1 else verb
