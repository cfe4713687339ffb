"""``python -m schedsim``, and the command ``schedsim``."""

from __future__ import annotations

import gc
import signal
import sys
from typing import NoReturn

_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line; without arguments open the app, without its costs."""
    code: object = 0
    try:
        _run()
    except KeyboardInterrupt:  # while modules were loaded
        code = _INTERRUPTED
    except SystemExit as error:
        code = error.code
    # A scenario in Python has bodies that may still be suspended, and need not let go.
    if "schedsim.authoring" in sys.modules:
        from schedsim.leaving import leave

        leave(code if isinstance(code, int) else 0)
    sys.exit(code)  # type: ignore[arg-type]


def _run() -> None:
    gc.disable()  # while modules are loaded: everything they make stays
    if len(sys.argv) == 1:
        from schedsim.app import open_app

        open_app()
    if hasattr(signal, "SIGPIPE"):  # a reader that has had enough ends us quietly
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    from schedsim.cli import main as run_command

    gc.freeze()
    gc.enable()
    run_command()


if __name__ == "__main__":
    main()
