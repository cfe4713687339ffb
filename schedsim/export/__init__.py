"""The catalogue of formats in which a run can be handed on: to viewers, spreadsheets, readers.

A format is a module with an :class:`Export`, and a line here.  All are pure functions of a run and
of what was measured of it; where the text goes is the command line's.  Recordings, which can be
played again, are in :mod:`schedsim.recording`.
"""

from __future__ import annotations

from schedsim.catalogue import LazyCatalogue
from schedsim.export.base import BinaryExport, Export

__all__ = ["BINARY", "EXPORTS", "BinaryExport", "Export"]

EXPORTS: LazyCatalogue[Export] = LazyCatalogue(
    {
        "perfetto": "schedsim.export.perfetto:PERFETTO",
        "svg": "schedsim.export.svg:SVG",
        "csv": "schedsim.export.csv:CSV",
        "html": "schedsim.export.html:HTML",
        "text": "schedsim.export.text:TEXT",
    }
)
"""By the name that ``--to`` takes."""

BINARY: LazyCatalogue[BinaryExport] = LazyCatalogue(
    {
        "parquet": "schedsim.export.parquet:PARQUET",
    }
)
"""Likewise: those that are no text."""
