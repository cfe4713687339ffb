"""Does the simulator do what was measured?  Targets, each with what it says and what comes out.

A target builds a small scenario, runs it, and compares figures of the trace with what real
programs did.  Nothing is tuned here: what is fitted is said where it is defined.
"""

from __future__ import annotations

from schedsim.validate.checks import Check

__all__ = ["Check"]
