"""Verbs that start other work, wait for its end, or leave a note in the trace."""

from __future__ import annotations

from schedsim.ops.grammar import JobName, JobNames, Label
from schedsim.traps import JOIN, MARK, SPAWN, VERB, Named, Trap, Wish


def spawn(job: JobName) -> Trap:
    """Start ``job``: another task in a task, another thread in a thread."""
    return (SPAWN, job)


def join(job: JobName) -> Trap:
    """Wait until all that was started as ``job`` has ended: ``await task``, ``thread.join()``."""
    return (JOIN, job)


def await_(job: JobName) -> Trap:
    """Wait for all that was started as ``job``; the exception that ended one goes on here."""
    return (VERB, Wish("await", (Named("job", job),)))


def gather(jobs: JobNames) -> Trap:
    """Wait for all of ``jobs`` at once: ``asyncio.gather``.  The first exception goes on here."""
    return (VERB, Wish("gather", (tuple(Named("job", job) for job in jobs),)))


def cancel(job: JobName) -> Trap:
    """Ask all that was started as ``job`` to end: ``task.cancel()``, ``greenlet.kill()``."""
    return (VERB, Wish("cancel", (Named("job", job),)))


def raise_(error: Label) -> Trap:
    """Raise an exception of that name."""
    return (VERB, Wish("raise", (error,)))


def mark(label: Label) -> Trap:
    """Log ``label`` with the time.  Costs nothing."""
    return (MARK, label)
