"""What a live task is to its flavour: the verbs and blocks it knows, and what it may wait for.

A flavour is data: a loop, a class of tasks, and catalogues of generators.  Adding a verb to one is
a line in its catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from schedsim.durations import Time
from schedsim.programs.scripts import is_flat, mentions
from schedsim.programs.steps import Step
from schedsim.programs.structured import Delegate, Manager
from schedsim.programs.waits import Performed
from schedsim.trace import Entity, Listing, Role
from schedsim.traps import ACQUIRE, Body

if TYPE_CHECKING:
    from schedsim.loops.base import Loop
    from schedsim.loops.event_loop import EventLoop
    from schedsim.loops.live_tasks import LiveTask

Verb: TypeAlias = Callable[..., Performed]
"""Called with the task and the arguments of the step; what asks for nothing else is a tuple."""
MakeManager: TypeAlias = Callable[..., Manager | Delegate]
"""Called with the task and the arguments of the block."""


@dataclass(frozen=True, slots=True)
class Flavour:
    """An event loop as its users know it."""

    loop: type[EventLoop]
    task: type[LiveTask]
    verbs: Mapping[str, Verb]
    blocks: Mapping[str, MakeManager] = field(default_factory=dict)
    resources: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """By kind: called with the loop, the resource's number and its value as declared."""
    catches: Mapping[str, type[BaseException]] = field(default_factory=dict)
    """What the handlers of a ``try`` are for, by their names."""
    unlike: frozenset[int] = frozenset({ACQUIRE})
    """Traps that flat tasks serve otherwise than live tasks of this flavour would."""
    always_live: bool = False
    """Its loop has no flat tasks."""

    style: str = ""
    """How steps become a body, if not as steps: one of :data:`schedsim.programs.styles.STYLES`."""

    def flat(self, steps: Sequence[Step]) -> bool:
        """Whether flat tasks can say ``steps`` as live tasks of this flavour would."""
        if self.always_live or self.style or not is_flat(steps):
            return False
        return not any(mentions(steps, trap) for trap in sorted(self.unlike))


def start(
    loop: Loop,
    flavour: Flavour,
    name: str,
    make: Callable[[Any], Body],
    *,
    by: int = 0,
    arrival: Time = 0,
    listing: Listing | None = None,
) -> LiveTask:
    """Start a live task whose body is no step of a scenario.

    Args:
        loop: where it is to run.
        flavour: what its traps mean.
        name: what the trace calls it.
        make: makes its body; called with the task.
        by: the entity that starts it.
        arrival: when its first step may run.
        listing: its body as a person reads it.
    """
    trace = loop.host.trace
    thread = trace.entities[loop.thread]
    entity = trace.enter(
        Entity(
            len(trace.entities),
            Role.TASK,
            name,
            thread.process,
            thread.id,
            name,
            arrival=arrival,
            listing=listing,
        )
    )
    task = flavour.task(entity.id, loop, flavour)
    task.begin(make(task))
    loop.add(task, by=by)
    return task
