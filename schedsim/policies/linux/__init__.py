"""The scheduling classes of Linux as one policy: deadline, then fifo and rr, then fair."""

from schedsim.policies.linux.policy import Linux

__all__ = ["Linux"]
