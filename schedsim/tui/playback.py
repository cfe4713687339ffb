"""Playing: where the playhead is, from a clock.

The position is computed from the time that has passed, never by counting ticks: a timer that
comes late, or not at all, costs smoothness and nothing else.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

from schedsim.durations import Time
from schedsim.tui.scale import round_up

WHOLE = 25
"""Seconds that a whole scenario takes to play, about."""
NOTCHES = 12
"""How often the speed can be doubled, or halved."""
_SECOND = 10**9


class Playback:
    """A playhead that moves by itself.

    Args:
        clock: seconds, as ``time.monotonic``.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.playing = False
        self.base: Time = 1
        """Simulated time in a second at notch 0."""
        self.notch = 0
        self._from: Time = 0
        self._since = 0.0

    def suit(self, end: Time) -> None:
        """Choose the speed at which a run of this length takes a comfortable time."""
        self.base = round_up(max(1, end) / WHOLE)
        self.notch = 0

    @property
    def rate(self) -> Time:
        """Simulated time in a second."""
        if self.notch >= 0:
            return self.base << self.notch
        return max(1, self.base >> -self.notch)

    def play(self, at: Time) -> None:
        """Move on from ``at``."""
        self.playing = True
        self.move(at)
        keep_garbage()

    def pause(self) -> None:
        """Stand still."""
        if self.playing:
            self.playing = False
            drop_garbage()

    def leave(self) -> None:
        """Stand still for good: what is garbage then need not be found at once."""
        if self.playing:
            self.playing = False
            allow_garbage()

    def move(self, at: Time) -> None:
        """Go on from another place."""
        self._from = at
        self._since = self.clock()

    def position(self) -> Time:
        """Where the playhead is now."""
        passed = int((self.clock() - self._since) * _SECOND)
        return self._from + passed * self.rate // _SECOND

    def change_speed(self, by: int) -> None:
        """Double the speed, or halve it, so many times."""
        here = self.position()
        self.notch = max(-NOTCHES, min(self.notch + by, NOTCHES))
        self.move(here)


def keep_garbage() -> None:
    """Let the collector rest: it is what makes an animation stutter."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def allow_garbage() -> None:
    """Let the collector work again, when it is due."""
    gc.unfreeze()
    gc.set_threshold(*_THRESHOLD)


def drop_garbage() -> None:
    """Let the collector work again, and now."""
    allow_garbage()
    gc.collect()


_THRESHOLD = gc.get_threshold()
