"""``python -m schedsim``, and the command ``schedsim``."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn

_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line; without arguments open the app, without its costs."""
    try:
        if len(sys.argv) == 1:
            from schedsim.app import open_app

            open_app()
        if hasattr(signal, "SIGPIPE"):  # a reader that has had enough ends us quietly
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        from schedsim.cli import main as run_command

        run_command()
    except KeyboardInterrupt:  # while modules were loaded
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
