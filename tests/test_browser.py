"""The app in a browser: who is let in, and that a real browser shows what a terminal would."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.async_api import Page, async_playwright
from textual.pilot import Pilot

from schedsim import browser, library
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.tui.app import SchedsimApp
from tests.tui.scenes import shown

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SCENARIO = "starving-loop"

# The page keeps its terminal in a closure; its objects pass by here as they are made.
KEEP_TERMINAL = """
Object.defineProperty(Object.prototype, "fitAddon", {
  configurable: true,
  set(value) {
    window.kept = this.terminal;
    Object.defineProperty(this, "fitAddon", {value, writable: true, configurable: true});
  },
});
"""
READ_TERMINAL = """() => {
  const lines = window.kept.buffer.active;
  return Array.from({length: window.kept.rows}, (_, y) => lines.getLine(y).translateToString());
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on a port that is free, with apps that remember nothing of anybody's."""
    folder = str(tmp_path_factory.mktemp("state"))
    alone = {**os.environ, "SCHEDSIM_STATE_DIR": folder, "SCHEDSIM_CONFIG_DIR": folder}
    command = [sys.executable, "-m", "schedsim", "serve", SCENARIO, "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=alone) as server:
        assert server.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stderr.readline())
        assert found, "it says where it listens"
        yield found[0]
        server.terminate()


def ask(address: str, **headers: str) -> tuple[int, str]:
    request = Request(address, headers=headers)
    try:
        with urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_the_page_loads_nothing_from_elsewhere(address: str) -> None:
    status, page = ask(address)
    assert status == 200
    links = re.findall(r"(?:src|href)=\"([^\"]+)\"|url\(\"([^\"]+)\"\)", page)
    assert len(links) == 5
    for link in (one or other for one, other in links):
        assert link == "data:," or link.startswith("/static/")
        if link.startswith("/"):
            with urlopen(address + link, timeout=20) as answer:
                assert answer.status == 200


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}]
)
@pytest.mark.parametrize("path", ["/", "/ws", "/static/js/textual.js"])
def test_other_sites_are_refused(address: str, path: str, headers: dict[str, str]) -> None:
    status, page = ask(address + path, **headers)
    assert status == 403
    assert "textual" not in page


def test_it_may_be_called_localhost_too(address: str) -> None:
    status, page = ask(address.replace("127.0.0.1", "localhost"))
    assert status == 200
    assert 'websocket-url="ws://localhost:' in page


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["no-such-scenario"], "there is no scenario 'no-such-scenario'"),
        (["--host", "256.0.0.1"], "cannot listen on 256.0.0.1:8000"),
        (["--host", "\udcff.0.0.1"], "cannot listen on \\udcff.0.0.1:8000: encoding of hostname"),
        (["--port", "99999"], "99999 is not in the range"),
        (["--model", "threads"], "are for a FILE"),
    ],
)
def test_bad_arguments_are_told_at_once(arguments: list[str], says: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "schedsim", "serve", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_who_serves_everybody_is_told_what_that_means(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schedsim.browser.web.run_app", lambda *_, **__: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    said: list[str] = []
    with browser.listen("0.0.0.0", 0) as listener:
        browser.serve([], listener, said.append)
    assert said[1:] == ["whoever can reach this address can use the app, and write files with it"]


def test_a_port_in_use_is_told(address: str) -> None:
    port = address.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "schedsim", "serve", "--port", port],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}: address already in use" in done.stderr


@asynccontextmanager
async def browser_at(address: str) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = await browser.new_page(viewport={"width": 1200, "height": 760})
        await page.add_init_script(KEEP_TERMINAL)
        await page.goto(address)
        yield page
        await browser.close()


async def screen(page: Page, wanted: list[str]) -> list[str]:
    """What the terminal in the page shows: ``wanted``, unless that does not come."""
    seen: list[str] = []
    for _ in range(400):
        seen = [line.rstrip() for line in await page.evaluate(READ_TERMINAL)]
        if seen == wanted:
            break
        await asyncio.sleep(0.05)
    return seen


def frame(pilot: Pilot[None]) -> list[str]:
    return [line.rstrip() for line in shown(pilot).splitlines()]


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
async def test_a_browser_shows_the_same_frame_as_a_terminal(address: str) -> None:
    source = Source.of(library.path(SCENARIO))
    async with browser_at(address) as page:
        size: tuple[int, int] = tuple(await page.evaluate("() => [kept.cols, kept.rows]"))
        async with SchedsimApp((Run(source.load()), source)).run_test(size=size) as pilot:
            for _ in range(5):  # what it makes room for is known once it is drawn
                await pilot.pause()
            wanted = frame(pilot)
            assert await screen(page, wanted) == wanted
            await pilot.press(*["right"] * 12)
            later = frame(pilot)
            assert later != wanted
            for _ in range(12):
                await page.keyboard.press("ArrowRight")
            assert await screen(page, later) == later
        await page.keyboard.press("q")
        await page.wait_for_selector("text=schedsim has ended.")
