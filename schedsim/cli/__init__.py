"""The command line: arguments in, exit code out.

Standard output carries results only; everything else goes to standard error.  Exit codes: 0
fine, 1 a check failed, 2 bad input, 130 interrupted, 143 ended by SIGTERM, 129 by a terminal that
was closed.  No headless command may import Textual, and each pays for what it does alone: what
only some need is imported where they need it.

Each command is a function in a module of this package, which is loaded when it is called.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

import click

from schedsim.cli.options import ANIMATION, KEYMAP
from schedsim.plain import plain
from schedsim.refusals import EXIT_BAD_INPUT, fail, tell

EXIT_INTERRUPTED = 130

COMMANDS: Mapping[str, str] = {
    "open": "opening:open_",
    "serve": "opening:serve",
    "run": "running:run",
    "compare": "running:compare",
    "replay": "replaying:replay",
    "export": "exporting:export",
    "check": "checking:check",
    "list": "checking:list_",
    "screenshot": "picturing:screenshot",
    "screenshots": "picturing:screenshots",
    "validate": "checking:validate",
    "bench": "checking:bench",
}
"""Where each command is: module of this package, and function."""


class _Suggesting(click.Group):
    """Commands by name, loaded when needed; a wrong name is answered with the nearest right one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, function = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), function)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if not args:  # ``-- --policies``: it was no command
                raise
            import difflib

            from schedsim import library

            close = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1, cutoff=0.5)
            known = args[0] in library.names() or os.path.isfile(args[0])  # noqa: PTH113 - never an error
            if not close and not known:
                raise
            better = f"open {args[0]}" if known else close[0]
            hint = f"No such command {args[0]!r}. Did you mean {better!r}?"
            raise click.UsageError(hint, ctx) from error


@click.group(cls=_Suggesting, invoke_without_command=True)
@click.version_option(package_name="schedsim")
@ANIMATION
@KEYMAP
@click.pass_context
def cli(context: click.Context, animation: bool, keymap: Path | None) -> None:  # noqa: FBT001
    """Who holds the CPU, and why is my task waiting?

    Without a command: the app, with the scenario library.
    """
    if context.invoked_subcommand is None:
        from schedsim.app import open_app

        open_app(animation=animation, keymap=keymap)
    elif keymap is not None or not animation:
        raise click.UsageError("--keymap and --no-animation come after the command.", context)


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    _write_anything()
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        # Words are in it as they were typed; click shows what its author has said is final.
        error.message = "\n".join(map(plain, error.message.split("\n")))  # type: ignore[misc]
        with suppress(OSError):
            error.show()
        sys.exit(EXIT_BAD_INPUT)
    except (click.Abort, KeyboardInterrupt) as error:
        from schedsim.author_lines import where

        place = where(error.__cause__ or error)
        tell(f"interrupted in {place}" if place else "interrupted")
        sys.exit(EXIT_INTERRUPTED)
    except OverflowError as error:
        fail(str(error))
    except ValueError:
        if sys.stdout is None or not sys.stdout.closed:
            raise
        fail("standard output: what was executed has closed it")
    except MemoryError:
        fail("there is not enough memory for that (--max-events ends a run earlier)")
    except OSError as error:  # standard output cannot be written
        if sys.stdout is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nor flushed at the end
        name = "standard output" if error.filename is None else plain(str(error.filename), 200)
        fail(f"{name}: {(error.strerror or str(error)).lower()}")
    sys.exit(0)


def _write_anything() -> None:
    """Let standard output escape what its encoding has not, as standard error does anyway."""
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")
