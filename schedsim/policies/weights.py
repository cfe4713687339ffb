"""The weights of Linux's fair class: what a nice value is worth."""

from __future__ import annotations

from math import gcd

from schedsim.attributes import Attributes

# kernel/sched/core.c, sched_prio_to_weight: one step of nice is about 10 % of a CPU.
# fmt: off
NICE_WEIGHTS: tuple[int, ...] = (
    88761, 71755, 56483, 46273, 36291,
    29154, 23254, 18705, 14949, 11916,
    9548, 7620, 6100, 4904, 3906,
    3121, 2501, 1991, 1586, 1277,
    1024, 820, 655, 526, 423,
    335, 272, 215, 172, 137,
    110, 87, 70, 56, 45,
    36, 29, 23, 18, 15,
)
# fmt: on
"""From nice -20 to nice 19."""
NICE_0_WEIGHT = 1024
IDLE_WEIGHT = 3
"""Of the class SCHED_IDLE (WEIGHT_IDLEPRIO), whatever the nice value."""

_NICEST = -20
_WIDEST = 1024


def weight_of(attributes: Attributes) -> int:
    """The weight given, or that of the scheduling class and nice value."""
    weight = attributes.weight
    if weight is not None:
        if weight < 1:
            raise ValueError("weight must be 1 or more")
        return weight
    if attributes.scheduling_class == "idle":
        return IDLE_WEIGHT
    place = attributes.nice - _NICEST
    if not 0 <= place < len(NICE_WEIGHTS):
        raise ValueError("nice must be between -20 and 19")
    return NICE_WEIGHTS[place]


def growth(scale: int, weight: int) -> int:
    """By what to multiply ``scale`` so that ``weight`` divides it; 1 if it is wide enough.

    On such a scale the virtual time ``ran * scale / weight`` is an integer.  A thousand different
    weights have a common multiple of thousands of digits; long before that the fraction lost is
    nothing that could ever be seen.
    """
    factor = weight // gcd(scale, weight)
    if factor > 1 and (scale * factor).bit_length() > _WIDEST:
        return 1
    return factor
