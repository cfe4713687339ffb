"""Compiles the modules of an editable install when it is installed, as is done for any other.

So its first start is as fast as its second, also where Python may write no compiled modules
(``PYTHONDONTWRITEBYTECODE``): those that are there are used.  One that was edited is compiled at
each start, or once and for all where Python may write.
"""

from __future__ import annotations

import compileall
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface[Any]):
    """What hatchling runs before it builds."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - as called
        """Compile in place, if the place is what gets installed."""
        if version == "editable":
            compileall.compile_dir(Path(self.root, "schedsim"), quiet=1)
