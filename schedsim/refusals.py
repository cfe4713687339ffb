"""How the command line refuses: one message on standard error, and exit code 2 for bad input.

Every command loads this before it knows what else it needs.  What words name is in
:mod:`schedsim.arguments`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

import click

from schedsim.plain import plain

EXIT_BAD_INPUT = 2


def tell(text: str) -> None:
    """A line on standard error."""
    say(f"schedsim: {text}")


def say(text: str) -> None:
    """The same, of something that says itself what it is about; lost if it cannot be written."""
    with suppress(OSError, ValueError):  # ValueError: what was executed has closed it
        click.echo(text, err=True)


def fail(text: str) -> NoReturn:
    """Refuse bad input."""
    tell(text)
    sys.exit(EXIT_BAD_INPUT)


@contextmanager
def bad_input() -> Iterator[None]:
    """Turn what the user can mend into one message and exit code 2."""
    try:
        yield
    except OSError as error:
        if error.filename is None:  # it is about standard output
            raise
        fail(f"{plain(str(error.filename), 200)}: {(error.strerror or str(error)).lower()}")
    except ValueError as error:
        from schedsim.scenario_file import ScenarioError
        from schedsim.source import RecordingError

        if not isinstance(error, (ScenarioError, RecordingError)):
            raise
        say(str(error))
        sys.exit(EXIT_BAD_INPUT)
