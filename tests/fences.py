"""What keeps a test that does wild things in its place: a folder of its own, and a watch.

What is written elsewhere is refused, and no other program is started.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

_CHANGES = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink"})
_STARTS = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_fences: list[str] = []
"""The folders in which everything happens; none while nothing does."""


class Hung(Exception):
    """Nothing has gone on for too long."""


def _guard(event: str, args: tuple[Any, ...]) -> None:
    """Refuse what would be written elsewhere, and other programs (an audit hook: PEP 578)."""
    if not _fences:
        return
    if event in _STARTS:
        raise PermissionError(f"no other program is started here: {event}")
    if event == "open":
        paths = args[:1] if isinstance(args[2], int) and args[2] & _WRITING else ()
    else:
        paths = args[:2] if event in _CHANGES else ()
    for path in paths:
        if isinstance(path, (str, bytes, os.PathLike)):
            where = os.path.realpath(os.fsdecode(path))
            if not where.startswith((*_fences, "/dev/")) and "__pycache__" not in where:
                raise PermissionError(13, "nothing is written there", where)


@cache
def _put_guard() -> None:
    """Once: it cannot be taken away."""
    sys.addaudithook(_guard)


@contextmanager
def apart(*besides: Path) -> Iterator[None]:
    """In an empty folder, which is the home as well, without an editor of the user's.

    Args:
        besides: folders in which one may write too.
    """
    _put_guard()
    before, environment = Path.cwd(), dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name in ("SCHEDSIM_STATE_DIR", "SCHEDSIM_CONFIG_DIR", "HOME"):
            os.environ[name] = folder
        for name in ("VISUAL", "EDITOR"):
            os.environ.pop(name, None)
        _fences.extend(os.path.realpath(str(each)) for each in (folder, *besides))
        try:
            yield
        finally:
            _fences.clear()
            os.chdir(before)
            os.environ.clear()
            os.environ.update(environment)


@contextmanager
def watched(patience: float) -> Iterator[None]:
    """Raise :class:`Hung`, where it hangs, unless this is over in so many seconds."""
    if (
        not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def bark(number: int, frame: object) -> None:
        del number, frame
        raise Hung(f"nothing has gone on for {patience:.0f} s")

    before = signal.signal(signal.SIGALRM, bark)
    signal.setitimer(signal.ITIMER_REAL, patience, 5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
