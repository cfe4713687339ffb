"""Verbs for what threads or tasks share besides locks: events, conditions, barriers, queues."""

from __future__ import annotations

from schedsim.ops.grammar import ConditionName, EventName, Item, Number, QueueName, SharedName
from schedsim.traps import VERB, Named, Trap, Wish

ONE = Number(1)
NOTHING = Item("")


def set_(event: EventName) -> Trap:
    """Set ``event``: all who wait for it go on."""
    return (VERB, Wish("set", (Named("event", event),)))


def clear(event: EventName) -> Trap:
    """Whoever waits for ``event`` from now on waits until it is set again."""
    return (VERB, Wish("clear", (Named("event", event),)))


def wait(what: SharedName) -> Trap:
    """Wait for an event to be set, a condition to be notified, a barrier to be full."""
    return (VERB, Wish("wait", (Named("event", what),)))


def notify(condition: ConditionName, waiters: Number = ONE) -> Trap:
    """Wake so many who wait for ``condition``, which must be held; 0: all of them."""
    return (VERB, Wish("notify", (Named("condition", condition), waiters)))


def notify_all(condition: ConditionName) -> Trap:
    """Wake all who wait for ``condition``, which must be held."""
    return (VERB, Wish("notify", (Named("condition", condition), 0)))


def put(queue: QueueName, item: Item = NOTHING) -> Trap:
    """Put ``item`` into ``queue``; wait while it is full."""
    return (VERB, Wish("put", (Named("queue", queue), item)))


def get(queue: QueueName) -> Trap:
    """Take the next item out of ``queue``; wait while it is empty."""
    return (VERB, Wish("get", (Named("queue", queue),)))


def put_nowait(queue: QueueName, item: Item = NOTHING) -> Trap:
    """Put ``item`` into ``queue`` at once; an error if it is full."""
    return (VERB, Wish("put_nowait", (Named("queue", queue), item)))


def get_nowait(queue: QueueName) -> Trap:
    """Take the next item out of ``queue`` at once; an error if it is empty."""
    return (VERB, Wish("get_nowait", (Named("queue", queue),)))
