"""The server: waitress with the strict parser, on any number of sockets, until a signal ends it."""

import logging
import select
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from wsgiref.types import WSGIApplication

import waitress.server
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import MultiSocketServer

from xmlrpc_guard.serving.access import AccessLog
from xmlrpc_guard.serving.channel import make_channel_class
from xmlrpc_guard.serving.listening import Listener
from xmlrpc_guard.serving.threads import Threads
from xmlrpc_guard.serving.watching import WatchedSockets, WatchingServer

_OUTPUT_BUFFER = 1 << 20  # bytes of an answer that wait for a slow client; waitress would keep 16 MB of each in memory
_HTTP_PORT = 80  # of a unix socket, which has none


def run_server(
    app: WSGIApplication, listeners: Iterable[Listener], threads: int = 8, access_log: AccessLog | None = None
) -> None:
    """Serve ``app`` until SIGTERM or Ctrl-C; requests that run then are finished. Call it in the main thread."""
    server = make_server(app, listeners, threads, access_log)
    try:
        with ending_at_sigterm():
            server.run()
    finally:
        server.close()


@contextmanager
def ending_at_sigterm() -> Iterator[None]:
    """Let SIGTERM raise KeyboardInterrupt in the main thread until the block ends.

    waitress handles that: it finishes the running requests. Before and after, what is open is closed on its way out.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def make_server(
    app: WSGIApplication, listeners: Iterable[Listener], threads: int, access_log: AccessLog | None = None
) -> MultiSocketServer:
    """Make a server of several sockets, which share the threads; its ``run`` serves them, its ``close`` ends that."""
    dispatcher, watched = Threads(), WatchedSockets() if hasattr(select, "epoll") else None
    dispatcher.set_thread_count(threads)
    connections: dict[int, Any] = {} if watched is None else watched
    channel_class = make_channel_class(access_log, watched)
    for listener in listeners:
        # One server each: several that waitress makes by itself may not be of TCP and of unix sockets both.
        server: Any = waitress.server.create_server(
            app, map=connections, _dispatcher=dispatcher, sockets=[listener.socket], **_adjust(listener)
        )
        server.channel_class = channel_class
        if listener.is_unix:
            server.effective_port = _HTTP_PORT
        if watched is not None:
            server.pull_trigger = _wake_no_one
    kind = MultiSocketServer if watched is None else WatchingServer
    return kind(connections, Adjustments(), dispatcher=dispatcher, log_info=logging.getLogger("waitress").info)


def _wake_no_one() -> None:
    """Do nothing: a connection that is watched says by itself what it waits for."""


def stop_server(server: MultiSocketServer) -> None:
    """End a server that runs in another thread: close its sockets there, where no one is about to use them."""
    connections: Any = server.map
    trigger = next(each for each in connections.values() if hasattr(each, "pull_trigger"))
    with suppress(OSError):  # another thread may have woken that one, which has closed the trigger before it is pulled
        trigger.pull_trigger(partial(wasyncore.close_all, connections))
    server.task_dispatcher.shutdown()


def _adjust(listener: Listener) -> dict[str, Any]:
    return {
        "clear_untrusted_proxy_headers": False,  # a guard decides itself which peer's header it reads
        "outbuf_high_watermark": _OUTPUT_BUFFER,
        "server_name": "localhost" if listener.is_unix else listener.socket.getsockname()[0],  # without Host
        "log_socket_errors": False,  # an answer that breaks off is logged by the proxy, in one line
    }
