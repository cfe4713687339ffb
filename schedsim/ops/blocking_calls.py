"""The calls that keep a thread busy or blocked, and what event loops offer instead.

Data, not code (SEMANTICS.md part C): one line a call.  What the columns are is in
:mod:`schedsim.ops.calls`.
"""

from __future__ import annotations

from collections.abc import Mapping

from schedsim.ops.calls import Call, Offers, Patched
from schedsim.traps import HOLD, NATIVE


def _native(replaces: str, eventlet: str = "") -> tuple[Patched, Patched]:
    return Patched("native", replaces), Patched("native", eventlet or replaces)


def _blocks(why: str, eventlet: str = "") -> tuple[Patched, Patched]:
    return Patched(why=why), Patched(why=eventlet or why)


_POOLS = ("gevent.get_hub().threadpool.apply(...)", "eventlet.tpool.execute(...)")
_TO_THREAD = Offers("await asyncio.to_thread(...)", "await trio.to_thread.run_sync(...)", *_POOLS)
_CLIENT = "or await asyncio.to_thread(...)", "or await trio.to_thread.run_sync(...)"
_PROCESS = Offers(
    "await asyncio.create_subprocess_exec(...)",
    "await trio.run_process(...)",
    "gevent.subprocess",
    "eventlet.green.subprocess",
)
_SOCKET = Offers(
    "await loop.sock_recv(...), loop.sock_sendall(...), or asyncio.open_connection",
    "trio.socket, or trio.open_tcp_stream",
    "gevent.socket",
    "eventlet.green.socket",
)
_NAMES = Offers(
    "await loop.getaddrinfo(...)",
    "await trio.socket.getaddrinfo(...)",
    "gevent.socket.getaddrinfo(...)",
    "eventlet.green.socket.getaddrinfo(...)",
)
_SSL = Offers(
    "asyncio.open_connection(..., ssl=...)", "trio.SSLStream", "gevent.ssl", "eventlet.green.ssl"
)
_SELECT = Offers(
    "loop.add_reader, loop.add_writer",
    "await trio.lowlevel.wait_readable(...), wait_writable(...)",
    "gevent.select.select",
    "eventlet.green.select.select",
)
_PIPE = Offers(
    "loop.connect_read_pipe, loop.connect_write_pipe",
    "trio.lowlevel.FdStream",
    "gevent.os.nb_read, nb_write (or tp_read, tp_write)",
    "eventlet.green.os.read, write",
)
_FILE = _TO_THREAD._replace(trio="await trio.open_file(...), trio.Path")
_SYNC = Offers(
    "asyncio.Lock, Event, Condition, Semaphore, Barrier",
    "trio.Lock, Event, Condition, Semaphore",
    "gevent.lock, gevent.event",
    "eventlet.semaphore, eventlet.event",
)
_QUEUE = Offers(
    "asyncio.Queue", "trio.open_memory_channel", "gevent.queue.Queue", "eventlet.queue.Queue"
)
_FUTURE = _TO_THREAD._replace(asyncio="await asyncio.wrap_future(...)")
_TO_PROCESS = Offers(
    "await loop.run_in_executor(a ProcessPoolExecutor, ...)",
    "await trio.to_thread.run_sync(...)",
    "gipc, or " + _POOLS[0],
    _POOLS[1],
)
_SIGNAL = Offers(
    "loop.add_signal_handler(...)",
    "trio.open_signal_receiver(...)",
    "gevent.signal_handler(...)",
    "a handler set with signal.signal(...)",
)
_OTHER_PROCESS = Offers(
    "a ProcessPoolExecutor (loop.run_in_executor); a thread would hold the GIL as well",
    "a process (trio-parallel); a thread would hold the GIL as well",
    "a process; gevent's threadpool would hold the GIL as well",
    "a process; eventlet.tpool would hold the GIL as well",
)

_SOCKETS = _native("socket.socket")
_LOCKS = _native("threading.Lock")
_NOT_WAITING = _blocks("it computes: there is no wait in which another greenlet could run")
_NO_FILE = _blocks("for the kernel a regular file is always ready: a hub cannot wait for it")
_SHARED = _blocks("it waits for C semaphores and pipes of other processes, which are not patched")
_C_DRIVER = _blocks("its C code waits by itself, without the socket module")

_READ_STDIN = Call(
    _TO_THREAD, *_blocks("standard input is not patched (gevent: only with sys=True)")
)
_HTTP = Call(_TO_THREAD._replace(asyncio=f"httpx or aiohttp, {_CLIENT[0]}"), *_SOCKETS)
_HTTP = _HTTP._replace(instead=_HTTP.instead._replace(trio=f"httpx, {_CLIENT[1]}"))
_DATABASE = "an asynchronous driver (asyncpg, aiomysql, redis.asyncio), " + _CLIENT[0]
_DRIVER = Call(_TO_THREAD._replace(asyncio=_DATABASE), *_SOCKETS)
_C_DATABASE = Call(_TO_THREAD._replace(asyncio=_DATABASE), *_C_DRIVER)
_RECEIVE = Call(_SOCKET, *_SOCKETS)
_RESOLVE = Call(
    _NAMES,
    Patched("threadpool", "socket.getaddrinfo"),
    Patched("native", "socket.getaddrinfo"),
    mind="gevent asks in a pool of 10 threads; eventlet needs dnspython, or it blocks",
)
_RESOLVE_NAME = _RESOLVE._replace(
    gevent=Patched("threadpool", "socket.gethostbyname"),
    eventlet=Patched("native", "socket.gethostbyname"),
)
_ENCRYPTED = Call(_SSL, *_native("ssl.SSLSocket"))
_CHILD = Call(
    _PROCESS,
    Patched("native", "subprocess.Popen"),
    Patched("polling", "subprocess.Popen"),
    mind="starting it takes time as well; eventlet asks every 10 ms whether it has ended",
)
# Whoever reads its output sees in the pipe that it has ended.
_OUTPUT = _CHILD._replace(
    eventlet=Patched("native", "subprocess.Popen"), mind="starting it takes time as well"
)
_ON_FILE = Call(_FILE, *_NO_FILE, mind="a thread is what every framework uses for files")
_ACQUIRE = Call(_SYNC, *_LOCKS, mind="the lock of a loop is for its tasks, not between threads")
_FROM_QUEUE = Call(_QUEUE, *_native("queue.Queue"), mind="asyncio.Queue is not thread-safe: janus")
_OTHERS = Call(_TO_PROCESS, *_SHARED)
_KEEPS_GIL = Call(
    _OTHER_PROCESS, *_NOT_WAITING, does=HOLD, mind="other threads stand still too: it is one C call"
)
_BESIDE = Call(
    _TO_THREAD, *_NOT_WAITING, does=NATIVE, mind="it lets go of the GIL: a thread does help"
)

BLOCKING_CALLS: Mapping[str, Call] = {
    "time.sleep": Call(
        Offers(
            "await asyncio.sleep(...)",
            "await trio.sleep(...)",
            "gevent.sleep(...)",
            "eventlet.sleep(...)",
        ),
        *_native("time.sleep"),
    ),
    "socket.recv": _RECEIVE,
    "socket.recvfrom": _RECEIVE,
    "socket.send": _RECEIVE,
    "socket.sendall": _RECEIVE,
    "socket.accept": _RECEIVE._replace(
        instead=Offers(
            "await asyncio.start_server(...)",
            "await trio.serve_tcp(...)",
            "gevent.server.StreamServer",
            "eventlet.listen, eventlet.serve",
        )
    ),
    "socket.connect": _RECEIVE,
    "socket.create_connection": Call(_SOCKET, *_native("socket.create_connection")),
    "socket.getaddrinfo": _RESOLVE,
    "socket.gethostbyname": _RESOLVE_NAME,
    "ssl.do_handshake": _ENCRYPTED,
    "ssl.read": _ENCRYPTED,
    "ssl.write": _ENCRYPTED,
    "select.select": Call(_SELECT, *_native("select.select")),
    "select.poll": Call(
        _SELECT, Patched("native", "select.poll"), Patched("gone", "select.poll", "it is deleted")
    ),
    "select.epoll": Call(
        _SELECT,
        Patched("gone", "select.epoll", "it is deleted"),
        Patched("gone", "select.epoll", "it is deleted"),
    ),
    "selectors.select": Call(_SELECT, *_native("selectors.DefaultSelector")),
    "subprocess.run": _CHILD,
    "subprocess.call": _CHILD,
    "subprocess.check_output": _OUTPUT,
    "subprocess.Popen.wait": _CHILD,
    "subprocess.Popen.communicate": _OUTPUT,
    "os.system": Call(
        _PROCESS, *_blocks("it waits in C, inside system(3): no patch replaces os.system")
    ),
    "os.waitpid": Call(
        _PROCESS,
        Patched("native", "os.waitpid"),
        Patched("polling", "os.waitpid"),
        mind=_CHILD.mind,
    ),
    "os.wait": Call(
        _PROCESS, Patched(why="gevent patches os.waitpid only"), Patched("polling", "os.wait")
    ),
    "os.read": Call(
        _PIPE, Patched(why="gevent leaves os.read alone"), Patched("native", "os.read")
    ),
    "os.write": Call(
        _PIPE, Patched(why="gevent leaves os.write alone"), Patched("native", "os.write")
    ),
    "file.open": _ON_FILE,
    "file.read": _ON_FILE,
    "file.write": _ON_FILE,
    "os.stat": _ON_FILE,
    "os.listdir": _ON_FILE,
    "os.fsync": _ON_FILE,
    "input": _READ_STDIN,
    "sys.stdin.readline": _READ_STDIN,
    "threading.Lock.acquire": _ACQUIRE,
    "threading.RLock.acquire": _ACQUIRE,
    "threading.Condition.wait": _ACQUIRE,
    "threading.Semaphore.acquire": _ACQUIRE,
    "threading.Event.wait": _ACQUIRE,
    "threading.Barrier.wait": _ACQUIRE,
    "threading.Thread.join": Call(
        _TO_THREAD._replace(asyncio="await asyncio.to_thread(thread.join)"),
        *_native("_thread.start_new_thread", "_thread.start_new_thread"),
        mind="after the patch a new thread is a greenlet: the threads share one core for good",
    ),
    "queue.Queue.get": _FROM_QUEUE,
    "queue.Queue.put": _FROM_QUEUE,
    # eventlet puts that of Python in the place of that in C, which is made of locks (0.41.3).
    "queue.SimpleQueue.get": Call(_QUEUE, *_native("queue.SimpleQueue")),
    "concurrent.futures.Future.result": Call(_FUTURE, *_LOCKS),
    "concurrent.futures.wait": Call(_FUTURE, *_LOCKS),
    "multiprocessing.Process.join": _OTHERS,
    "multiprocessing.Pool.map": _OTHERS,
    "multiprocessing.Queue.get": _OTHERS,
    "multiprocessing.Connection.recv": _OTHERS,
    "multiprocessing.Lock.acquire": _OTHERS,
    "signal.pause": Call(_SIGNAL, *_blocks("it waits in C, inside pause(2)")),
    "signal.sigwait": Call(_SIGNAL, *_blocks("it waits in C, inside sigwait(3)")),
    "requests.get": _HTTP,
    "urllib.request.urlopen": _HTTP,
    "http.client.getresponse": _HTTP,
    "smtplib.sendmail": _HTTP._replace(
        instead=_HTTP.instead._replace(asyncio=f"aiosmtplib, {_CLIENT[0]}", trio=_TO_THREAD.trio)
    ),
    "ftplib.retrbinary": Call(_TO_THREAD, *_SOCKETS),
    "pymysql.execute": _DRIVER,
    "pg8000.execute": _DRIVER,
    "redis.get": _DRIVER,
    "psycopg2.execute": _C_DATABASE._replace(
        gevent=Patched(why="libpq waits in C: gevent needs psycogreen's wait callback"),
        eventlet=Patched("native", "psycopg2"),
    ),
    "mysqlclient.execute": _C_DATABASE._replace(
        mind="eventlet.monkey_patch(MySQLdb=True) puts it in threads; nothing does so unasked"
    ),
    "cx_Oracle.execute": _C_DATABASE,
    "pycurl.perform": _HTTP._replace(gevent=_C_DRIVER[0], eventlet=_C_DRIVER[1]),
    "grpc.call": Call(_TO_THREAD._replace(asyncio="grpc.aio"), *_C_DRIVER),
    "sqlite3.execute": Call(
        _TO_THREAD._replace(asyncio=f"aiosqlite, {_CLIENT[0]}"),
        *_blocks("it reads a file, in C: no patch knows of it"),
    ),
    "re.match": _KEEPS_GIL,
    "json.loads": _KEEPS_GIL,
    "json.dumps": _KEEPS_GIL,
    "pickle.dumps": _KEEPS_GIL,
    "sorted": _KEEPS_GIL,
    "sum": _KEEPS_GIL,
    "hashlib.sha256": _BESIDE._replace(
        mind="only for more than 2,047 bytes at once; " + _BESIDE.mind
    ),
    "zlib.compress": _BESIDE,
    "numpy.dot": _BESIDE,
    "PIL.Image.resize": _BESIDE,
}
