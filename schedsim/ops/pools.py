"""Verbs for what others do for one: workers of pools, and whoever is at the other end of a pipe."""

from __future__ import annotations

from schedsim.ops.grammar import ChannelName, JobName, Number, PoolName
from schedsim.traps import VERB, Named, Trap, Wish

ONE_BYTE = Number(1)


def to_thread(job: JobName) -> Trap:
    """Let a worker thread do ``job``, and wait for it: ``asyncio.to_thread``.

    In a thread: ``ThreadPoolExecutor().submit(job).result()``.  The pool is the default one.
    """
    return (VERB, Wish("to_thread", (Named("job", job),)))


def run_in(pool: PoolName, job: JobName) -> Trap:
    """Let a worker of ``pool`` do ``job``, and wait for it: ``loop.run_in_executor``."""
    return (VERB, Wish("run_in", (Named("pool", pool), Named("job", job))))


def send(channel: ChannelName, size: Number = ONE_BYTE) -> Trap:
    """Send so many bytes through a pipe or socket: they arrive after its latency."""
    return (VERB, Wish("send", (Named("pipe", channel), size)))


def recv(channel: ChannelName) -> Trap:
    """Wait for what comes next through a pipe or socket."""
    return (VERB, Wish("recv", (Named("pipe", channel),)))
