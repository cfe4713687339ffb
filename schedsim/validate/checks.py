"""One comparison: what was to come out, and what did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """A figure beside its target."""

    id: str
    """The target's: ``D3``."""
    says: str
    """What is compared, in a few words."""
    target: str
    measured: str
    passed: bool


def near(
    id: str, says: str, found: float, low: float, high: float, *, unit: str = "", digits: int = 2
) -> Check:
    """A figure that has to lie between two others."""

    def shown(value: float) -> str:
        return f"{value:.{digits}f}"

    target = shown(low) if low == high else f"{shown(low)} to {shown(high)}"
    unit = f" {unit}" if unit else ""
    return Check(id, says, f"{target}{unit}", f"{shown(found)}{unit}", low <= found <= high)


def same(id: str, says: str, found: str, target: str) -> Check:
    """A text that has to be the very same."""
    return Check(id, says, target, found, found == target)


def exact(id: str, says: str, target: float, found: float, unit: str = "") -> Check:
    """A figure that has to be the very same."""

    def shown(value: float) -> str:
        return f"{value:,.6g} {unit}".rstrip()

    return Check(id, says, shown(target), shown(found), target == found)
