"""The server: a listening socket, and waitress with the strict parser until a signal ends it."""

import logging
import re
import signal
import socket
from typing import cast
from wsgiref.types import WSGIApplication

import waitress.server

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.networks import LAST_PORT
from xmlrpc_guard.serving.strict import StrictChannel

_LISTEN = re.compile(r"(?:\[([^]\0]+)\]|([^][:\0]+)):([0-9]{1,5})")
_OUTPUT_BUFFER = 1 << 20  # bytes of an answer that wait for a slow client; waitress would keep 16 MB of each in memory


def open_listener(listen: str) -> socket.socket:
    """Listen at HOST:PORT, where an IPv6 address has brackets and port 0 is any free port.

    ConfigurationError if the text is not of that form, or if the system refuses.

    >>> with open_listener("127.0.0.1:0") as listener:
    ...     listener.getsockname()[0]
    '127.0.0.1'
    """
    match = _LISTEN.fullmatch(listen)
    if match is None:
        raise ConfigurationError("listen", listen, "is not HOST:PORT; write 127.0.0.1:8000")
    if int(match[3]) > LAST_PORT:
        raise ConfigurationError("listen", listen, f"has a port above {LAST_PORT}; write 127.0.0.1:8000")
    family = socket.AF_INET6 if match[1] else socket.AF_INET
    try:
        # Encoded here: create_server leaves its socket open if it meets a host name that DNS cannot hold.
        host = (match[1] or match[2]).encode("idna").decode()
        return socket.create_server((host, int(match[3])), family=family)
    except (OSError, UnicodeError) as error:
        raise ConfigurationError("listen", listen, f"cannot be used: {error}") from None


def format_url(listener: socket.socket) -> str:
    """Return the URL of a listening socket, an IPv6 address in brackets."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run_server(app: WSGIApplication, listener: socket.socket, threads: int = 8) -> None:
    """Serve ``app`` until SIGTERM or Ctrl-C; requests that run then are finished. Call it in the main thread."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns whenever all threads are busy
    server = _make_server(app, listener, threads)
    # waitress handles KeyboardInterrupt: it finishes the running requests. So SIGTERM raises that too.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.run()
    finally:
        signal.signal(signal.SIGTERM, before)
        server.close()


def _make_server(app: WSGIApplication, listener: socket.socket, threads: int) -> waitress.server.BaseWSGIServer:
    server = cast(
        waitress.server.BaseWSGIServer,  # for one socket
        waitress.server.create_server(
            app,
            sockets=[listener],
            threads=threads,
            clear_untrusted_proxy_headers=False,  # a guard decides itself which peer's header it reads
            outbuf_high_watermark=_OUTPUT_BUFFER,
            server_name=listener.getsockname()[0],  # for requests without Host
            log_socket_errors=False,  # an answer that breaks off is logged by the proxy, in one line
        ),
    )
    server.channel_class = StrictChannel
    return server
