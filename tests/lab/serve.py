"""Run an application under a server that has no command of its own: ``serve.py SERVER MODULE:APP ADDRESS``.

The address is a unix socket's path, or HOST and PORT with a space between them.
"""

import asyncio
import socket
import sys
from pkgutil import resolve_name
from typing import Any


def listener(sockets: Any, address: str) -> Any:
    """Listen with a module's own kind of socket."""
    if address.startswith("/"):
        made = sockets.socket(socket.AF_UNIX)
        made.bind(address)
    else:
        host, port = address.split()
        made = sockets.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, int(port)))
    made.listen(100)
    return made


def gevent(app: Any, address: str) -> None:
    from gevent import monkey  # noqa: PLC0415 - only the chosen server need be installed

    monkey.patch_all()
    from gevent import pywsgi  # noqa: PLC0415
    from gevent import socket as sockets  # noqa: PLC0415

    pywsgi.WSGIServer(listener(sockets, address), app, log=None).serve_forever()


def eventlet(app: Any, address: str) -> None:
    from eventlet import wsgi  # noqa: PLC0415
    from eventlet.green import socket as sockets  # noqa: PLC0415

    wsgi.server(listener(sockets, address), app, log_output=False)


def tornado(app: Any, address: str) -> None:
    from tornado.httpserver import HTTPServer  # noqa: PLC0415
    from tornado.wsgi import WSGIContainer  # noqa: PLC0415

    async def serve() -> None:
        listening = listener(socket, address)
        listening.setblocking(False)
        HTTPServer(WSGIContainer(app)).add_socket(listening)
        await asyncio.Event().wait()

    asyncio.run(serve())


def bjoern(app: Any, address: str) -> None:
    import bjoern as server  # noqa: PLC0415

    server.server_run(listener(socket, address), app)


def fastpysgi(app: Any, address: str) -> None:
    import fastpysgi as server  # noqa: PLC0415

    host, port = address.split()
    server.run(app, host, int(port))


if __name__ == "__main__":
    globals()[sys.argv[1]](resolve_name(sys.argv[2]), sys.argv[3])
