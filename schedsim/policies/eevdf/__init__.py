"""Earliest eligible virtual deadline first, after Linux since 6.6 and the paper of 1995."""

from schedsim.policies.eevdf.policy import Eevdf

__all__ = ["Eevdf"]
