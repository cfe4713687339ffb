"""The catalogue of scheduling policies: a name in a scenario file is a key here.

A policy's keyword parameters are its grammar: ``policy = { name = "round_robin", quantum =
"4ms" }`` calls ``RoundRobin(quantum=4_000_000)``.  A ``ValueError`` it raises is shown to the
author of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schedsim.policies.base import Policy
from schedsim.policies.cfs import Cfs
from schedsim.policies.edf import Edf
from schedsim.policies.eevdf import Eevdf
from schedsim.policies.fifo import Fifo
from schedsim.policies.linux import Linux
from schedsim.policies.lottery import Lottery
from schedsim.policies.mlfq import Mlfq
from schedsim.policies.priority import Priority
from schedsim.policies.rate_monotonic import RateMonotonic
from schedsim.policies.round_robin import RoundRobin
from schedsim.policies.sjf import Sjf
from schedsim.policies.stcf import Stcf
from schedsim.policies.stride import Stride
from schedsim.policies.work_stealing import WorkStealing

POLICIES: Mapping[str, type[Policy[Any]]] = {
    "fifo": Fifo,
    "round_robin": RoundRobin,
    "sjf": Sjf,
    "stcf": Stcf,
    "priority": Priority,
    "mlfq": Mlfq,
    "lottery": Lottery,
    "stride": Stride,
    "cfs": Cfs,
    "eevdf": Eevdf,
    "edf": Edf,
    "rate_monotonic": RateMonotonic,
    "linux": Linux,
    "work_stealing": WorkStealing,
}
