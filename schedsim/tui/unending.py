"""A body written in Python that never gives control back: the app is left, and it is said where.

While it goes on, the app draws nothing and hears nothing; signals are all that still arrives.  What
is suspended or saved does not belong here.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

from schedsim.author_lines import executing

PATIENCE: Final = 10.0
"""Seconds of real time for which a body may go on."""
_TICK: Final = 1.0
_SIGNALLED: Final = 128
"""More by this than the signal's number is the exit code, as for a shell."""
_BAD_INPUT: Final = 2


class Unending(KeyboardInterrupt):
    """The body is given up, and so is the app, which leaves with ``code``."""

    def __init__(self, says: str, code: int) -> None:
        super().__init__()
        self.says = says
        self.code = code


def at_once(code: int) -> None:
    """Leave an app that does not run yet."""
    raise Unending("", code)


class Lookout:
    """Looks from a timer and from signals, in the main thread, at what is being executed.

    Args:
        leave: leaves the app with an exit code, as soon as it hears that.
        patience: seconds for which a body may go on.
    """

    def __init__(self, leave: Callable[[int], None], patience: float = PATIENCE) -> None:
        self.leave = leave
        self.patience = patience
        self._since: float | None = None
        self._left = False
        """It is being left, which is not to be disturbed."""

    def begin(self) -> None:
        """Look from now on; where there are no such signals, nothing is looked at."""
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None:
                signal.signal(number, self.told)
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, self.look)
            signal.setitimer(signal.ITIMER_REAL, _TICK, _TICK)

    def told(self, number: int, frame: FrameType | None) -> None:
        """A signal says that the app is to be left."""
        if place := executing(frame):
            self._left = True
            raise Unending(f"interrupted in {place}", _SIGNALLED + number)
        if not self._left:
            self._left = True
            self.leave(_SIGNALLED + number)

    def look(self, _: int, frame: FrameType | None) -> None:
        """Whether a body is still at it."""
        now, place = time.monotonic(), executing(frame)
        if not place:
            self._since = None
        elif self._since is None:
            self._since = now
        elif now - self._since > self.patience:
            self._since = now  # once more, if it catches even this
            says = f"{place}: it has let nothing else happen for {self.patience:g} s"
            hint = "a body has to compute, wait or yield, so that time can pass"
            raise Unending(f"{says}: {hint}", _BAD_INPUT)
