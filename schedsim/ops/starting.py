"""Verbs that start other work, wait for its end, or leave a note in the trace."""

from __future__ import annotations

from schedsim.ops.grammar import JobName, Label
from schedsim.traps import JOIN, MARK, SPAWN, Trap


def spawn(job: JobName) -> Trap:
    """Start ``job``: another task in a task, another thread in a thread."""
    return (SPAWN, job)


def join(job: JobName) -> Trap:
    """Wait until all that was started as ``job`` has ended: ``await task``, ``thread.join()``."""
    return (JOIN, job)


def mark(label: Label) -> Trap:
    """Log ``label`` with the time.  Costs nothing."""
    return (MARK, label)
