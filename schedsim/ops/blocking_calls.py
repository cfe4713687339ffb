"""The standard library's blocking calls, and what asyncio offers instead (SEMANTICS.md part C).

Data, not code.  All of them let go of the GIL while they wait, so other *threads* run; all of
them block the whole *event loop* when a coroutine calls them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Call(NamedTuple):
    """What to say about one blocking call."""

    asyncio: str
    """What to await instead."""


_SOCKETS = "loop.sock_recv, loop.sock_sendall ... or asyncio.open_connection"
_PROCESS = "asyncio.create_subprocess_exec and await process.wait()"
_TO_THREAD = "await asyncio.to_thread(...)"

BLOCKING_CALLS: Mapping[str, Call] = {
    "time.sleep": Call("await asyncio.sleep(...)"),
    "socket.recv": Call(_SOCKETS),
    "socket.send": Call(_SOCKETS),
    "socket.sendall": Call(_SOCKETS),
    "socket.accept": Call("asyncio.start_server"),
    "socket.connect": Call("asyncio.open_connection"),
    "socket.getaddrinfo": Call("await loop.getaddrinfo(...)"),
    "ssl.do_handshake": Call("asyncio.open_connection(..., ssl=...)"),
    "select.select": Call("loop.add_reader, loop.add_writer"),
    "select.poll": Call("loop.add_reader, loop.add_writer"),
    "subprocess.run": Call(_PROCESS),
    "subprocess.Popen.wait": Call(_PROCESS),
    "os.system": Call("asyncio.create_subprocess_shell"),
    "os.waitpid": Call(_PROCESS),
    "os.read": Call("loop.connect_read_pipe"),
    "os.write": Call("loop.connect_write_pipe"),
    "file.read": Call(_TO_THREAD),
    "file.write": Call(_TO_THREAD),
    "os.stat": Call(_TO_THREAD),
    "input": Call(_TO_THREAD),
    "threading.Lock.acquire": Call("async with asyncio.Lock()"),
    "threading.Event.wait": Call("await asyncio.Event().wait()"),
    "threading.Thread.join": Call("await asyncio.to_thread(thread.join)"),
    "queue.Queue.get": Call("await asyncio.Queue().get()"),
    "queue.Queue.put": Call("await asyncio.Queue().put(...)"),
    "concurrent.futures.Future.result": Call("await asyncio.wrap_future(...)"),
    "multiprocessing.Process.join": Call("await asyncio.to_thread(process.join)"),
    "requests.get": Call("an asynchronous client (httpx, aiohttp), or " + _TO_THREAD),
    "urllib.request.urlopen": Call("an asynchronous client (httpx, aiohttp), or " + _TO_THREAD),
    "sqlite3.execute": Call(_TO_THREAD),
}
