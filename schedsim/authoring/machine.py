"""What a callback asks: a machine, to which it says what comes next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schedsim.authoring.requests import GIVE_WAY, Duration, sleep_of, time_of, wish_of
from schedsim.programs.callbacks import Callback, CallbackProgram, Errback
from schedsim.programs.resumable import Request
from schedsim.traps import ACQUIRE, COMPUTE, IO, JOIN, MARK, RELEASE, SPAWN, Trap


class Machine:
    """What a callback asks, and tells what comes next: the first argument of each chain's start.

    A chain waits for one thing at a time.  When it is cancelled, or what it asked for fails,
    ``failed`` is called with the exception; without it, the chain ends there::

        def start(machine):
            machine.io("10ms", partial(answered, machine))


        def answered(machine):
            machine.compute("1ms", lambda: machine.mark("served"))
    """

    def __init__(self, program: CallbackProgram) -> None:
        self._program = program

    def compute(self, duration: Duration, then: Callback, failed: Errback | None = None) -> None:
        """Use the processor for ``duration``, then call ``then``."""
        self._register(Request(COMPUTE, time_of(duration)), then, failed)

    def sleep(self, duration: Duration, then: Callback, failed: Errback | None = None) -> None:
        """Call ``then`` after ``duration``."""
        self._register(sleep_of(duration), then, failed)

    def io(self, duration: Duration, then: Callback, failed: Errback | None = None) -> None:
        """Call ``then`` when a device has answered, after ``duration``."""
        self._register(Request(IO, time_of(duration)), then, failed)

    def call_soon(self, then: Callback, failed: Errback | None = None) -> None:
        """Call ``then`` when the others had their turn."""
        self._register(GIVE_WAY, then, failed)

    def join(self, name: str, then: Callback, failed: Errback | None = None) -> None:
        """Call ``then`` when all that was started as ``name`` has ended."""
        self._register(Request(JOIN, name), then, failed)

    def result_of(
        self, name: str, then: Callable[[Any], None], failed: Errback | None = None
    ) -> None:
        """Call ``then`` with what the job ``name`` has returned."""
        self._program.register(wish_of("await", name), then, failed, answers=True)

    def acquire(self, lock: str, then: Callback, failed: Errback | None = None) -> None:
        """Call ``then`` when the lock is taken."""
        self._register(Request(ACQUIRE, lock), then, failed)

    def release(self, lock: str) -> None:
        """Let go of the lock."""
        self._register(Request(RELEASE, lock))

    def spawn(self, name: str) -> None:
        """Start the job ``name`` once more."""
        self._register(Request(SPAWN, name))

    def cancel(self, name: str) -> None:
        """Cancel all of ``name``."""
        self._register(wish_of("cancel", name))

    def mark(self, label: str) -> None:
        """Log ``label`` with the time."""
        self._register(Request(MARK, label))

    def _register(
        self, trap: Trap, then: Callback | None = None, failed: Errback | None = None
    ) -> None:
        self._program.register(trap, then, failed)
