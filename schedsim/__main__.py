"""``python -m schedsim``."""

from __future__ import annotations

from schedsim.cli import main

main()
