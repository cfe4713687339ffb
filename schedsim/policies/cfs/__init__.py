"""The completely fair scheduler of Linux 2.6.23 to 6.5."""

from schedsim.policies.cfs.policy import Cfs

__all__ = ["Cfs"]
