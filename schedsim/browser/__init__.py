"""The app in a browser: a small server that starts it once for every visitor.

It listens on this machine only unless told otherwise.  The page and everything it needs come
from here: nothing is loaded from elsewhere.  The app can write files, so nobody but its own page
may talk to it: a page of another site, open in the same browser, is refused (cross-site
WebSocket hijacking, DNS rebinding).
"""

from __future__ import annotations

import shlex
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp_jinja2
from aiohttp import web
from aiohttp.typedefs import Handler
from jinja2 import FileSystemLoader
from textual_serve.server import Server, to_int

HOST, PORT = "127.0.0.1", 8000
_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_FONT_SIZES = (6, 40)


def listen(host: str, port: int) -> socket.socket:
    """A socket to serve on.

    Raises:
        OSError: there is no such address here, or it is in use.
        UnicodeError, TypeError: it cannot even be encoded.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(16)
    except (OSError, UnicodeError, TypeError):
        listener.close()
        raise
    return listener


def serve(arguments: Sequence[str], listener: socket.socket, tell: Callable[[str], None]) -> None:
    """Serve ``schedsim`` with these arguments until interrupted.

    Args:
        arguments: of the command line that every visitor gets.
        listener: where.
        tell: says where it can be found.
    """
    host, port = listener.getsockname()[:2]
    if hasattr(signal, "SIGPIPE"):  # headless commands end with their reader; a server does not
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    server = BrowserServer(arguments, host, port)
    shown = f"[{host}]" if ":" in host else host
    tell(f"open http://{shown}:{port} in a browser; ctrl+c here ends it")
    if not server.local:
        tell("whoever can reach this address can use the app, and write files with it")
    web.run_app(server.application(), sock=listener, print=lambda *_: None, access_log=None)


def is_local(host: str) -> bool:
    """Only this machine can reach it."""
    try:
        return host in _NAMES or ip_address(host).is_loopback
    except ValueError:
        return False


class BrowserServer(Server):
    """A server for one command line.

    Args:
        arguments: of schedsim.
        host: the address it listens on.
        port: the port.
    """

    def __init__(self, arguments: Sequence[str], host: str, port: int) -> None:
        super().__init__(
            shlex.join([sys.executable, "-m", "schedsim", *arguments]),
            host,
            port,
            title="schedsim",
            templates_path=Path(__file__).parent,
        )
        self.local = is_local(host)

    def application(self) -> web.Application:
        """What answers requests."""
        app = web.Application(middlewares=[self.guard])
        aiohttp_jinja2.setup(app, loader=FileSystemLoader(self.templates_path))
        app.add_routes(
            [
                web.get("/", self.handle_index, name="index"),
                web.get("/ws", self.handle_websocket, name="websocket"),
                web.get("/download/{key}", self.handle_download, name="download"),
                web.static("/static", self.statics_path, name="static"),
            ]
        )
        return app

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer nobody who came by another name, or from another page."""
        name = urlsplit(f"//{request.host}").hostname or ""
        if self.local and not is_local(name):
            raise web.HTTPForbidden(text=f"This is not {request.host}.")
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="A page of another site may not use this one.")
        return await handler(request)

    @aiohttp_jinja2.template("page.html")
    async def handle_index(self, request: web.Request) -> dict[str, Any]:
        """The page, for whatever name it was asked for by."""
        smallest, largest = _FONT_SIZES
        asked = to_int(request.query.get("fontsize", "16"), 16)
        scheme = "wss" if request.secure else "ws"
        return {
            "title": self.title,
            "font_size": max(smallest, min(asked, largest)),
            "socket": f"{scheme}://{request.host}/ws",
        }
