"""``python -m schedsim``, and the command ``schedsim``."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line; without arguments open the app, without its costs."""
    if len(sys.argv) == 1:
        from schedsim.app import open_app

        open_app()
    if hasattr(signal, "SIGPIPE"):  # a reader that has had enough ends us quietly, as it should
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    from schedsim.cli import main as run_command

    run_command()


if __name__ == "__main__":
    main()
