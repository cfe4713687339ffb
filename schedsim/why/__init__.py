"""Why it happened: what one row of the trace means, in sentences.

:func:`explain` gives a headline (what just happened, and why) and details (the rule behind it,
and what it costs whom).  Everything is read from the trace and the states before and after the
row.  Names come out fit for a terminal.  Numbers over whole runs are in
:mod:`schedsim.metrics`.

Findings need some of the words here, so the words for all rows are loaded when a row is explained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schedsim.why.moment import Explanation, Mention

if TYPE_CHECKING:
    from schedsim.why.rows import explain

__all__ = ["Explanation", "Mention", "explain"]


def __getattr__(name: str) -> Any:
    if name == "explain":
        from schedsim.why import rows  # noqa: PLC0415 - the point of this module

        return rows.explain
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
