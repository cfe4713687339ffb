"""What a format is.  Formats themselves have a module each; words they share are in ``words``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schedsim.metrics import Measured
    from schedsim.run import Run


@dataclass(frozen=True, slots=True)
class Export:
    """A format in which a run can be handed on."""

    what: str
    """What such a file is, with its article: ``an SVG picture``."""
    mark: str
    """What every such file of ours has within its first 64 bytes, and no other file has."""
    write: Callable[[Run, Measured], str]
    """The whole text, of a run as far as it has come."""


@dataclass(frozen=True, slots=True)
class BinaryExport:
    """A format that is no text, and that takes a package which may be missing."""

    what: str
    """What such a file is, as above."""
    mark: str
    """What every such file of ours has within its last 4,096 bytes, and no other file has."""
    needs: str
    """The package; ``schedsim[NAME]`` brings it, by the name of the format."""
    write: Callable[[Run, Measured], bytes]
    """All that is in the file, of a run as far as it has come."""
