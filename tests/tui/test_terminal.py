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

    def __init__(
        self, *arguments: str, module: str = "schedsim", code: str = "", **environment: str
    ) -> None:
        self.master, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(inner)
        self.inner = inner
        self.seen = b""
        self.process = subprocess.Popen(
            [sys.executable, *(("-c", code) if code else ("-m", module, *arguments))],
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
def terminal(*arguments: str, code: str = "", **environment: str) -> Iterator[Terminal]:
    opened = Terminal(*arguments, code=code, **environment)
    try:
        yield opened
    finally:
        opened.process.kill()
        opened.process.wait()
        os.close(opened.master)
        os.close(opened.inner)


@pytest.mark.parametrize(
    ("how", "code"),
    [(None, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)],
    ids=["q", "SIGTERM", "SIGHUP", "SIGINT"],
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


NEVER_ASKS = '''"""Never asks"""
from schedsim.authoring import Scenario, job, sleep


def scenario():
    def spin():
        yield sleep("1ms")
        while True:
            pass

    return Scenario([job("spinner", spin)])
'''


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (signal.SIGTERM, 143),
        pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow),
        pytest.param(None, 2, marks=pytest.mark.slow),
    ],
    ids=["SIGTERM", "SIGINT", "in time"],
)
def test_a_body_that_never_ends_does_not_keep_the_terminal(
    how: signal.Signals | None, code: int, tmp_path: Path
) -> None:
    file = tmp_path / "never.py"
    file.write_text(NEVER_ASKS)
    with terminal("open", str(file)) as here:
        here.read(b"\x1b[?2004h")
        while how is not None and here.process.poll() is None:  # until it is in the body
            here.process.send_signal(how)
            here.read()
        assert here.end() == code
        for sequence in GIVEN_BACK:
            assert sequence in here.seen
        assert termios.tcgetattr(here.inner) == here.before
        if how is None:
            assert b"never.py:" in here.seen
            assert b"it has let nothing else happen for 10 s" in here.seen.replace(b"\r\n", b"")


def test_a_slow_terminal_is_waited_for_when_the_app_is_cancelled(tmp_path: Path) -> None:
    """Textual writes in a thread, which ends with the process, whatever it still has to write.

    It waits for that thread at the end of its ``_shutdown``, which may be cancelled.
    """
    file = tmp_path / "never.py"
    file.write_text(NEVER_ASKS)
    slow = (
        "import asyncio, queue, sys, time\n"
        "import textual.drivers._writer_thread as writing\n"
        "from textual.app import App\n"
        "class Slow(queue.Queue):\n"
        "    def get(self):\n"
        "        text = super().get()\n"
        "        if text and '1049l' in text:\n"
        "            time.sleep(0.5)\n"
        "        return text\n"
        "writing.Queue = Slow\n"
        "async def cancelled(self):\n"
        "    raise asyncio.CancelledError\n"
        "App._close_all = cancelled\n"
        f"sys.argv = ['schedsim', 'open', {str(file)!r}]\n"
        "from schedsim.__main__ import main\n"
        "main()\n"
    )
    with terminal(code=slow) as here:
        here.read(b"\x1b[?2004h")
        while here.process.poll() is None:  # until it is in the body
            here.process.send_signal(signal.SIGTERM)
            here.read()
        assert here.end() == 143
        for sequence in GIVEN_BACK:
            assert sequence in here.seen


def test_an_exception_gives_the_terminal_back(tmp_path: Path) -> None:
    broken = (
        "import sys\n"
        "from schedsim.tui.screens.library import LibraryScreen\n"
        "def fails(self):\n"
        "    raise RuntimeError('on purpose')\n"
        "LibraryScreen.on_mount = LibraryScreen.on_screen_resume = fails\n"
        "sys.argv = ['schedsim']\n"
        "from schedsim.__main__ import main\n"
        "main()\n"
    )
    with terminal(code=broken) as here:
        assert here.end() == 1
        for sequence in GIVEN_BACK:
            assert sequence in here.seen
        assert b"on purpose" in here.seen
        assert termios.tcgetattr(here.inner) == here.before


def test_a_keymap_with_a_mistake_is_told_and_nothing_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "keymap.toml").write_text('stpe = "f6"\n')
    with terminal("open", "starving-loop", SCHEDSIM_CONFIG_DIR=str(tmp_path)) as here:
        assert here.end() == 2
        assert b"keymap.toml:1: stpe: there is no act 'stpe'" in here.seen.replace(b"\r\n", b"")
        assert b"\x1b[?1049h" not in here.seen
        assert b"Traceback" not in here.seen


def test_it_is_given_back_after_a_stop_that_nobody_was_told_of() -> None:
    with terminal("open", "starving-loop") as here:
        here.read(b"cruncher")
        here.read()
        here.process.send_signal(signal.SIGSTOP)
        here.process.send_signal(signal.SIGCONT)
        here.read()
        os.write(here.master, b"q")
        assert here.end() == 0
        assert termios.tcgetattr(here.inner)[:4] == here.before[:4]


def test_bytes_that_are_no_text_are_no_keys() -> None:
    with terminal("open", "starving-loop") as here:
        here.read(b"cruncher")
        here.read()
        os.write(here.master, b"\xc8\xff\xe1")
        here.read()
        os.write(here.master, b"q")
        assert here.end() == 0
        assert b"codec" not in here.seen
