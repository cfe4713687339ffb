"""What tests wait for, because other parts of the house are to bring it; it is looked up.

Each is a mark that skips a test as long as the part is not there.
"""

from __future__ import annotations

import pytest

from schedsim.loops import LOOPS
from schedsim.ops import VERBS
from schedsim.ops.grammar import parse_op
from schedsim.scenario import MODELS, Job, Scenario
from schedsim.simulation import Simulation


def _c_code_is_served() -> bool:
    """Whether the engine can compute in C, with the GIL and without."""
    for name in ("json.loads", "zlib.compress"):
        step = parse_op(f"call {name} 1ms", VERBS)
        try:
            Simulation(Scenario("", jobs=(Job("a", (step,)),))).run()
        except KeyError:
            return False
    return True


C_CODE = _c_code_is_served()
GREENLETS = {"gevent", "eventlet"} <= LOOPS.keys() & MODELS.keys()
TRIO = "trio" in LOOPS.keys() & MODELS.keys()
TO_THREAD = "to_thread" in VERBS

needs_c_code = pytest.mark.skipif(
    not C_CODE, reason="the engine does not serve HOLD and NATIVE yet"
)
needs_greenlets = pytest.mark.skipif(not GREENLETS, reason="no loops of gevent and eventlet yet")
needs_to_thread = pytest.mark.skipif(not TO_THREAD, reason="no verb to_thread yet")
