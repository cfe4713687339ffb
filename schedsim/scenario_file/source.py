"""From a path to text, and from text to TOML tables."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from schedsim.scenario_file.problems import Problems

MOST_BYTES = 1 << 20
"""The size of the largest scenario file: a million tasks are a ``count``, not a million lines."""

_PLACE = re.compile(r"(?:\s*\(at (?:line (\d+), column (\d+)|end of document)\))?$")


def read_source(path: Path) -> str:
    """The text of the file ``path``.

    Raises:
        ScenarioError: there is no such file, it cannot be read, or it is not text.
    """
    problems = Problems(str(path))
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise problems.fail("there is no such file") from None
    except (IsADirectoryError, PermissionError):  # Windows: no permission to open a directory
        is_directory = path.is_dir()
        says = "this is a directory: name a file in it" if is_directory else "no permission to read"
        raise problems.fail(says) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        says = getattr(error, "strerror", None) or str(error)
        raise problems.fail(f"it cannot be read: {says}") from None
    if b"\0" in content:
        raise problems.fail("this is a binary file, not a scenario in TOML")
    if len(content) > MOST_BYTES:
        raise problems.fail(_too_long())
    try:
        return content.decode("utf-8-sig")  # Windows editors put a byte order mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        says = f"not UTF-8: byte 0x{content[error.start]:02x}; save the file as UTF-8"
        raise problems.fail(says, line=line) from None


def parse(text: str, problems: Problems) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        ScenarioError: it is not TOML, with line and column.
    """
    if len(text) > MOST_BYTES:
        raise problems.fail(_too_long())
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise problems.fail("not Unicode text: it has half a surrogate pair", line=line) from None
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise problems.fail("not a scenario: its brackets are nested too deep") from None
    except tomllib.TOMLDecodeError as error:
        says = str(error)
        place = _PLACE.search(says)
        assert place is not None, "there is an end at least"
        if place[1]:
            line, column = int(place[1]), int(place[2])
        else:
            line, column = text.rstrip().count("\n") + 1, 0
        says = says[:1].lower() + says[1 : place.start()]
        raise problems.fail(f"not TOML: {says}", line=line, column=column) from None
    except ValueError:  # int() refuses
        raise problems.fail("a number in it has thousands of digits") from None


def _too_long() -> str:
    return f"longer than {MOST_BYTES:,} bytes: this is no scenario file"
