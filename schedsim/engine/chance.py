"""What is drawn by lot: from the engine's one source, in whole numbers only.

No floating point and no function of the standard library that might change: the same draws on
every platform and every supported Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.durations import Time

if TYPE_CHECKING:
    from random import Random

_BITS = 32


def uniform(random: Random, most: Time) -> Time:
    """Any time from 0 to ``most``."""
    return random.randrange(most + 1)


def exponential(random: Random, mean: Time) -> Time:
    """A time that is exponentially distributed: most are short, a few are long.

    Von Neumann's method (1951), which compares numbers and never takes a logarithm: of a run of
    falling numbers the first is accepted if the run is odd; each run that is not adds one mean.
    """
    whole = 0
    while True:
        first = last = random.getrandbits(_BITS)
        is_odd = True
        while (following := random.getrandbits(_BITS)) < last:
            last = following
            is_odd = not is_odd
        if is_odd:
            return mean * ((whole << _BITS) + first) >> _BITS
        whole += 1
