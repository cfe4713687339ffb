"""The catalogue of scheduling policies: a name in a scenario file is a key here.

A policy's keyword parameters are its grammar: ``policy = { name = "round_robin", quantum =
"4ms" }`` calls ``RoundRobin(quantum=4_000_000)``.  A ``ValueError`` it raises is shown to the
author of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from schedsim.policies.base import Policy
from schedsim.policies.fifo import Fifo
from schedsim.policies.round_robin import RoundRobin

POLICIES: Mapping[str, Callable[..., Policy[Any]]] = {
    "fifo": Fifo,
    "round_robin": RoundRobin,
}
