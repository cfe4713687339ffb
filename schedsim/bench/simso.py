"""An environment for SimSo, which cannot share one with SimPy 4: it needs SimPy 2.3.1.

It is made by ``uv`` in a folder that is thrown away afterwards, with Python 3.11, the newest that
SimSo runs on; its speed is compared all the same, and the table says so.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Final

import click

from schedsim.bench import workload

_PYTHON: Final = "SCHEDSIM_BENCH_SIMSO"
"""The environment variable that tells a case where the interpreter is."""
_PACKAGE: Final = "simso==0.8.5"
_SCRIPT: Final = Path(__file__).with_name("simso_peer.py")


def is_here() -> bool:
    """Whether there is an environment to run it in."""
    return _PYTHON in os.environ


@contextmanager
def environment() -> Iterator[None]:
    """Make one, for as long as this lasts."""
    uv = which("uv")
    if uv is None:
        raise click.ClickException("--with-simso needs uv to make an environment: pip install uv")
    with TemporaryDirectory(prefix="schedsim-bench-") as folder:
        python = Path(folder, "bin", "python")
        commands = (
            [uv, "venv", "--quiet", "--python", "3.11", folder],
            [uv, "pip", "install", "--quiet", "--python", str(python), _PACKAGE],
        )
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
            if done.returncode:
                raise click.ClickException(f"SimSo cannot be installed:\n{done.stderr.strip()}")
        os.environ[_PYTHON] = str(python)
        try:
            yield
        finally:
            del os.environ[_PYTHON]


def periodic() -> workload.Measured:
    """W5: ten periodic tasks on two processors, earliest deadline first."""
    asked = {
        "periods": workload.PERIODS,
        "share": workload.SHARE,
        "processors": workload.PROCESSORS,
        "horizon": workload.horizon(),
    }
    done = subprocess.run(  # noqa: S603 - the environment that was made for it
        [os.environ[_PYTHON], "-P", str(_SCRIPT)],  # -P: beside it is this module, of the same name
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    jobs, seconds = json.loads(done.stdout)
    return int(jobs), float(seconds)
