"""``python -m schedsim``, and the command ``schedsim``."""

from __future__ import annotations

import gc
import signal
import sys
from typing import NoReturn

_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line; without arguments open the app, without its costs."""
    gc.disable()  # while modules are loaded: everything they make stays
    try:
        if len(sys.argv) == 1:
            from schedsim.app import open_app

            open_app()
        if hasattr(signal, "SIGPIPE"):  # a reader that has had enough ends us quietly
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        from schedsim.cli import main as run_command

        gc.freeze()
        gc.enable()
        run_command()
    except KeyboardInterrupt:  # while modules were loaded
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
