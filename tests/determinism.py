"""The same runs everywhere: ``python -m tests.determinism`` tries every Python and environment.

A table tells, for each interpreter from 3.11 to 3.13 that this machine has and for each
environment, how many digests of tests/fingerprints.py and of the command line's own output are
those of the first.  Exit code 1 if one is not.  tests/test_determinism.py does the least of it.
What is run and what is taken of it stands in tests/fingerprints.py.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from schedsim import library

ROOT = Path(__file__).parents[1]
SUPPORTED = ("3.11", "3.12", "3.13")
LOCALES = ("tr_TR", "de_DE")
"""One in which ``"I".lower()`` is not ``"i"`` to C, and one with a comma for the point."""

_SITE = """
import gc, locale, os, sys, time
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    pass
if "SCHEDSIM_TEST_CLOCK" in os.environ:
    def _elsewhere(name, jumps):
        real, calls = getattr(time, name), [0]
        def clock(*_):
            calls[0] += 1
            return real(*_) + jumps * calls[0]
        setattr(time, name, clock)
    for _name in ("time", "monotonic", "perf_counter", "process_time"):
        _elsewhere(_name, -86_400.0)
        _elsewhere(_name + "_ns", 3_600_000_000_000)
if "SCHEDSIM_TEST_GC" in os.environ:
    gc.set_threshold(int(os.environ["SCHEDSIM_TEST_GC"]))
"""
"""Imported by every interpreter before anything else: what no variable can change.  Clocks run
backwards or leap ahead by an hour at each look; the locale of C is that of the variables."""


@dataclass(frozen=True)
class Environment:
    """What surrounds a process, as far as it differs from the usual."""

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    elsewhere: bool = False
    """Working directory: an empty folder instead of the checkout."""
    moved: bool = False
    """The package is a copy in another folder, as on another machine."""
    umask: int = 0o022


_C = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LANG": ""}
_TERMINAL = {"COLUMNS": "37", "LINES": "5", "NO_COLOR": "1", "TERM": "dumb"}

ONE = Environment("one machine", {**_C, "PYTHONHASHSEED": "0", "TZ": "Pacific/Kiritimati"})
ANOTHER = Environment(
    "another machine",
    {
        **_TERMINAL,
        "PYTHONHASHSEED": "random",
        "PYTHONUTF8": "1",
        "LC_ALL": "tr_TR.UTF-8",
        "TZ": "America/St_Johns",
        "HOME": "/nobody",
        "USER": "nobody",
        "SCHEDSIM_TEST_CLOCK": "1",
    },
    flags=("-O",),
    elsewhere=True,
    moved=True,
    umask=0o077,
)
"""Everything at once: what makes them differ is told by the command."""

ENVIRONMENTS = (
    Environment("as it is"),
    *(Environment(f"hash seed {seed}", {"PYTHONHASHSEED": seed}) for seed in ("0", "1", "random")),
    Environment("locale C, no UTF-8 mode", _C),
    *(Environment(f"locale {name}", {"LC_ALL": f"{name}.UTF-8"}) for name in LOCALES),
    Environment("UTF-8 mode", {"PYTHONUTF8": "1"}),
    Environment("time zone far east", {"TZ": "Pacific/Kiritimati"}),
    Environment("time zone by half an hour", {"TZ": "America/St_Johns"}),
    Environment("-O", flags=("-O",)),
    Environment("-OO", flags=("-OO",)),
    Environment("-X dev", flags=("-X", "dev")),
    Environment("no places in tracebacks", flags=("-X", "no_debug_ranges")),
    Environment("another working directory", elsewhere=True),
    Environment("another place of the package", moved=True, elsewhere=True),
    Environment("umask 077", umask=0o077),
    Environment("narrow terminal, no colours", _TERMINAL),
    Environment("colours by force", {"FORCE_COLOR": "1", "COLORTERM": "truecolor"}),
    Environment("another clock", {"SCHEDSIM_TEST_CLOCK": "1"}),
    Environment("garbage collected often", {"SCHEDSIM_TEST_GC": "50"}),
    Environment("another allocator", {"PYTHONMALLOC": "malloc_debug"}),
    ONE,
    ANOTHER,
)


class Stage:
    """A folder with what environments need: a copy of the package, an empty folder, locales."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.empty = folder / "empty"
        self.site = folder / "site"
        self.copy = folder / "copy"
        self.locales = folder / "locales"
        for each in (self.empty, self.site, self.copy, self.locales):
            each.mkdir()
        (self.site / "sitecustomize.py").write_text(_SITE, encoding="utf-8")
        for name in ("schedsim", "scenarios", "tests"):
            ignored = shutil.ignore_patterns("__pycache__", "__snapshots__")
            shutil.copytree(ROOT / name, self.copy / name, ignore=ignored)
        self.known = [name for name in LOCALES if self._compile(name)]

    def _compile(self, name: str) -> bool:
        """Make a locale that this machine has not installed; False if it cannot."""
        if shutil.which("localedef") is None:
            return False
        target = self.locales / f"{name}.UTF-8"
        subprocess.run(
            ["localedef", "-c", "-i", name, "-f", "UTF-8", str(target)],
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return target.is_dir()

    def start(
        self, python: str, environment: Environment, *arguments: str
    ) -> subprocess.Popen[bytes]:
        """Start ``python`` with ``arguments`` there."""
        place = self.copy if environment.moved else ROOT
        kept = ("PATH", "SYSTEMROOT", "TMPDIR", "LD_LIBRARY_PATH")
        variables = {name: os.environ[name] for name in kept if name in os.environ}
        variables |= {
            "PYTHONPATH": os.pathsep.join(map(str, (self.site, place))),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LOCPATH": str(self.locales),
            **environment.variables,
        }
        return subprocess.Popen(
            [python, *environment.flags, *arguments],
            cwd=self.empty if environment.elsewhere else ROOT,
            env=variables,
            umask=environment.umask,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def digests(
        self, python: str, environment: Environment, *, command_line: bool = True
    ) -> dict[str, str]:
        """All that ``python`` makes there; ``command_line``: of ``schedsim run`` as well.

        Raises:
            RuntimeError: it has failed, or said something on standard error.
        """
        process = self.start(python, environment, "-m", "tests.fingerprints")
        found: dict[str, str] = json.loads(_output(process, environment.name))
        if command_line:
            names = [name for name in library.names() if name != "errors"]  # it tells of them
            said = self.start(python, environment, "-m", "schedsim", "run", "--json", *names)
            found |= _lines("run --json", _output(said, environment.name))
        return found


def _lines(title: str, output: bytes) -> dict[str, str]:
    lines = enumerate(output.splitlines(), 1)
    return {f"{title}, line {n}": hashlib.sha256(line).hexdigest() for n, line in lines}


def _output(process: subprocess.Popen[bytes], name: str) -> bytes:
    out, err = process.communicate()
    if process.returncode or err:
        says = err.decode(errors="replace")
        raise RuntimeError(f"{name}: exit code {process.returncode}\n{says}")
    return out


# -- the command --------------------------------------------------------------------------------


def interpreters(folder: Path) -> Iterator[tuple[str, str]]:
    """Version and path of each supported Python here, each with the package's dependencies."""
    uv = shutil.which("uv")
    for version in SUPPORTED:
        if sys.version_info[:2] == tuple(map(int, version.split("."))):
            yield version, sys.executable
        elif uv is not None and (path := _find(version)):
            place = folder / f"python{version}"
            done = subprocess.run(
                [uv, "sync", "--quiet", "--no-dev", "--python", path],
                cwd=ROOT,
                env=os.environ | {"UV_PROJECT_ENVIRONMENT": str(place)},
                check=False,
                stdin=subprocess.DEVNULL,
            )
            if not done.returncode:
                yield version, str(place / "bin" / "python")


def _find(version: str) -> str:
    """An interpreter of that version: pyenv's, or what the shell finds; empty if there is none."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    there = sorted((root / "versions").glob(f"{version}.*/bin/python"))
    return str(there[-1]) if there else shutil.which(f"python{version}") or ""


def tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.determinism")
    parser.add_argument("--only", default="", help="environments with this in their name")
    given = parser.parse_args()
    expected: dict[str, str] | None = None
    wrong = runs = 0
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder))
        for version, python in interpreters(Path(folder)):
            for environment in ENVIRONMENTS:
                if given.only not in environment.name:
                    continue
                name = environment.name
                if name.startswith("locale ") and name[7:12] in set(LOCALES) - set(stage.known):
                    tell(f"{version}  {name:30} this machine does not know it")
                    continue
                began = time.perf_counter()
                found = stage.digests(python, environment)
                expected = expected or found
                other = [each for each in expected if found.get(each) != expected[each]]
                other += [each for each in found if each not in expected]
                same = f"{len(found) - len(other):>4} of {len(expected)} the same"
                tell(f"{version}  {name:30} {same}  {time.perf_counter() - began:5.1f} s")
                for each in other[:5]:
                    tell(f"      {each}")
                runs, wrong = runs + 1, wrong + bool(other)
    tell(f"{runs - wrong} of {runs} are as the first")
    return 1 if wrong or not runs else 0


if __name__ == "__main__":
    sys.exit(main())
