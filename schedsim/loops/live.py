"""What a live task is to its flavour: the verbs and blocks it knows, and what it may wait for.

A flavour is data: a loop, a class of tasks, and catalogues of generators.  Adding a verb to one is
a line in its catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from schedsim.durations import Time
from schedsim.programs.steps import Step
from schedsim.programs.structured import Manager, is_flat, mentions
from schedsim.trace import Entity, Role
from schedsim.traps import ACQUIRE, Body

if TYPE_CHECKING:
    from schedsim.loops.base import LiveTask
    from schedsim.loops.event_loop import EventLoop

Verb: TypeAlias = Callable[..., Body]
"""Called with the task and the arguments of the step."""
MakeManager: TypeAlias = Callable[..., Manager]
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
    locks_alike: bool = False
    """Its locks are as those between flat tasks: handed over, first come first served."""
    style: str = ""
    """How steps become a body, if not as steps: one of :data:`schedsim.programs.styles.STYLES`."""

    def flat(self, steps: Sequence[Step]) -> bool:
        """Whether flat tasks can say ``steps`` as live tasks of this flavour would."""
        return (
            not self.style and is_flat(steps) and (self.locks_alike or not mentions(steps, ACQUIRE))
        )


def start(
    loop: EventLoop,
    flavour: Flavour,
    name: str,
    make: Callable[[Any], Body],
    *,
    by: int = 0,
    arrival: Time = 0,
) -> LiveTask:
    """Start a live task whose body is no step of a scenario.

    Args:
        loop: where it is to run.
        flavour: what its traps mean.
        name: what the trace calls it.
        make: makes its body; called with the task.
        by: the entity that starts it.
        arrival: when its first step may run.
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
        )
    )
    task = flavour.task(entity.id, loop, flavour)
    task.body = make(task)
    loop.add(task, by=by)
    return task
