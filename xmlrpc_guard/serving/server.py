"""The server: waitress with the strict parser, on any number of sockets, until a signal ends it."""

import logging
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from wsgiref.types import WSGIApplication

import waitress.server
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.task import ThreadedTaskDispatcher

from xmlrpc_guard.serving.access import AccessLog
from xmlrpc_guard.serving.channel import make_channel_class
from xmlrpc_guard.serving.listening import Listener

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
) -> waitress.server.MultiSocketServer:
    """Make a server of several sockets, which share the threads; its ``run`` serves them, its ``close`` ends that."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns whenever all threads are busy
    dispatcher, connections = ThreadedTaskDispatcher(), dict[int, Any]()
    dispatcher.set_thread_count(threads)
    channel_class = make_channel_class(access_log)
    for listener in listeners:
        # One server each: several that waitress makes by itself may not be of TCP and of unix sockets both.
        server: Any = waitress.server.create_server(
            app, map=connections, _dispatcher=dispatcher, sockets=[listener.socket], **_adjust(listener)
        )
        server.channel_class = channel_class
        if listener.is_unix:
            server.effective_port = _HTTP_PORT
    return waitress.server.MultiSocketServer(
        connections, Adjustments(), dispatcher=dispatcher, log_info=logging.getLogger("waitress").info
    )


def stop_server(server: waitress.server.MultiSocketServer) -> None:
    """End a server that runs in another thread: close its sockets there, where no one is about to use them."""
    connections: Any = server.map
    trigger = next(each for each in connections.values() if hasattr(each, "pull_trigger"))
    trigger.pull_trigger(partial(wasyncore.close_all, connections))
    server.task_dispatcher.shutdown()


def _adjust(listener: Listener) -> dict[str, Any]:
    return {
        "clear_untrusted_proxy_headers": False,  # a guard decides itself which peer's header it reads
        "outbuf_high_watermark": _OUTPUT_BUFFER,
        "server_name": "localhost" if listener.is_unix else listener.socket.getsockname()[0],  # without Host
        "log_socket_errors": False,  # an answer that breaks off is logged by the proxy, in one line
    }
