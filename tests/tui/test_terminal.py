"""In a real terminal: the app gives it back as it was, however it ends."""

from __future__ import annotations

import os
import select
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("pty")
import fcntl
import pty
import termios

# xterm's control sequences: the other screen, reports of the mouse, bracketed paste.
GIVEN_BACK = (b"\x1b[?1049l", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?2004l", b"\x1b[?25h")


class Terminal:
    """The side of a terminal that a person sits at."""

    def __init__(self, *arguments: str, module: str = "schedsim", **environment: str) -> None:
        self.master, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(inner)
        self.inner = inner
        self.seen = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env={**os.environ, "TERM": "xterm-256color", **environment},
            start_new_session=True,
        )

    def read(self, until: bytes = b"", seconds: float = 30) -> None:
        """Until that has come; without one, until there is nothing more to come."""
        while not (until and until in self.seen):
            ready, _, _ = select.select([self.master], [], [], seconds if until else 0.2)
            if not ready:
                assert not until, self.seen[-400:]
                return
            self.seen += os.read(self.master, 65536)

    def end(self) -> int:
        """Its exit code, once it has ended."""
        while self.process.poll() is None:
            self.read()
        self.read()
        return self.process.returncode


@contextmanager
def terminal(*arguments: str, **environment: str) -> Iterator[Terminal]:
    opened = Terminal(*arguments, **environment)
    try:
        yield opened
    finally:
        opened.process.kill()
        opened.process.wait()
        os.close(opened.master)
        os.close(opened.inner)


@pytest.mark.parametrize(
    ("how", "code"),
    [(None, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["q", "SIGTERM", "SIGHUP"],
)
def test_the_terminal_is_given_back(how: signal.Signals | None, code: int) -> None:
    with terminal("open", "starving-loop") as here:
        here.read(b"cruncher")
        here.read()
        if how is None:
            os.write(here.master, b"q")
        else:
            here.process.send_signal(how)
        assert here.end() == code
        for sequence in GIVEN_BACK:
            assert sequence in here.seen
        assert termios.tcgetattr(here.inner) == here.before


def test_a_keymap_with_a_mistake_is_told_and_nothing_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "keymap.toml").write_text('stpe = "f6"\n')
    with terminal("open", "starving-loop", SCHEDSIM_CONFIG_DIR=str(tmp_path)) as here:
        assert here.end() == 2
        assert b"keymap.toml:1: stpe: there is no act 'stpe'" in here.seen.replace(b"\r\n", b"")
        assert b"\x1b[?1049h" not in here.seen
        assert b"Traceback" not in here.seen
