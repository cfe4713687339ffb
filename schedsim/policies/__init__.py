"""The catalogue of scheduling policies: a name in a scenario file is a key here.

A policy's keyword parameters are its grammar: ``policy = { name = "round_robin", quantum =
"4ms" }`` calls ``RoundRobin(quantum=4_000_000)``.  A ``ValueError`` it raises is shown to the
author of the file.
"""

from __future__ import annotations

from typing import Any

from schedsim.catalogue import LazyCatalogue
from schedsim.policies.base import Policy

POLICIES: LazyCatalogue[type[Policy[Any]]] = LazyCatalogue(
    {
        "fifo": "schedsim.policies.fifo:Fifo",
        "round_robin": "schedsim.policies.round_robin:RoundRobin",
        "sjf": "schedsim.policies.sjf:Sjf",
        "stcf": "schedsim.policies.stcf:Stcf",
        "priority": "schedsim.policies.priority:Priority",
        "mlfq": "schedsim.policies.mlfq:Mlfq",
        "lottery": "schedsim.policies.lottery:Lottery",
        "stride": "schedsim.policies.stride:Stride",
        "cfs": "schedsim.policies.cfs:Cfs",
        "eevdf": "schedsim.policies.eevdf:Eevdf",
        "edf": "schedsim.policies.edf:Edf",
        "rate_monotonic": "schedsim.policies.rate_monotonic:RateMonotonic",
        "linux": "schedsim.policies.linux:Linux",
        "work_stealing": "schedsim.policies.work_stealing:WorkStealing",
    }
)
