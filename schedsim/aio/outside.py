"""What a loop on a simulated machine cannot have: real sockets, processes, signals, threads."""

from __future__ import annotations

from typing import Any, Final

from schedsim.aio.wires import End

NEEDS_OUTSIDE: Final = (
    "needs the world outside, and a simulated machine has none: "
    "schedsim.aio.socketpair() gives two ends of a simulated connection"
)
REAL_THREADS: Final = (
    "real threads do not know simulated time: pass None, or a schedsim.aio.Executor"
)
REFUSED: Final = (
    "add_signal_handler",
    "remove_signal_handler",
    "connect_accepted_socket",
    "connect_read_pipe",
    "connect_write_pipe",
    "create_connection",
    "create_datagram_endpoint",
    "create_server",
    "create_unix_connection",
    "create_unix_server",
    "getaddrinfo",
    "getnameinfo",
    "sendfile",
    "sock_accept",
    "sock_connect",
    "sock_recv_into",
    "sock_recvfrom",
    "sock_recvfrom_into",
    "sock_sendfile",
    "sock_sendto",
    "start_tls",
    "subprocess_exec",
    "subprocess_shell",
)
"""Methods of an event loop that raise ``NotImplementedError``."""


def end_of(thing: Any) -> End:
    """``thing``, if it is one end of a simulated connection.

    Raises:
        NotImplementedError: it is not.
    """
    if not isinstance(thing, End):
        raise NotImplementedError(f"{thing!r} {NEEDS_OUTSIDE}")
    return thing
