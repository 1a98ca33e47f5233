"""``xmlrpc-guard serve``: an application or an upstream behind a guard, under waitress; a demonstration of neither."""

import logging
import re
import signal
import socket
import sys
from pkgutil import resolve_name
from traceback import format_exception_only
from typing import Any, cast
from wsgiref.types import WSGIApplication

import click
import waitress.server

from xmlrpc_guard.cli.demo import demo
from xmlrpc_guard.cli.options import guard_flags, names_policy, settings_from
from xmlrpc_guard.cli.strict import StrictChannel
from xmlrpc_guard.policy import Policy, PolicySource
from xmlrpc_guard.proxy import PATIENCE, ReverseProxy
from xmlrpc_guard.wsgi import XMLRPCGuard

_CALL = "<methodCall><methodName>demo.sayHello</methodName></methodCall>"
_HOST_AND_PORT = re.compile(r"(?:\[([^]]+)\]|([^][:]+)):([0-9]{1,5})")
_LAST_PORT = 65535
_HELD = 1 << 20  # bytes of an answer that wait for a slow client; waitress would keep 16 MB of each in memory
_DEMONSTRATED = Policy(allow=["jetpack"], trusted_proxies=["127.0.0.1"])
_DEMONSTRATION = """\
A demonstration: jetpack is allowed, 127.0.0.1 is trusted as a proxy. Try, in another terminal:
  curl -i -H 'X-Forwarded-For: 203.0.113.9' -d '{call}' {url}/xmlrpc.php  # a stranger: refused
  curl -i -H 'X-Forwarded-For: 192.0.64.5' -d '{call}' {url}/xmlrpc.php  # Jetpack: allowed
  curl -i {url}/  # an ordinary page: not the guard's business"""


@click.command(short_help="Serve an application, or an upstream, behind a guard.")
@click.argument("application", required=False, metavar="[MODULE:APP]")
@click.option("--upstream", metavar="URL", help="Forward to http://HOST:PORT or unix:PATH instead.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, 86400, min_open=True),
    metavar="SECONDS",
    help="How long the upstream may be silent.  [default: 60]",
)
@click.option("--listen", default="127.0.0.1:8000", metavar="HOST:PORT", show_default=True, help="Port 0: a free one.")
@click.option("--threads", type=click.IntRange(1, 1000), default=8, show_default=True, help="Requests served at once.")
@guard_flags
def serve(
    *,
    application: str | None,
    upstream: str | None,
    timeout: float | None,
    listen: str,
    threads: int,
    **flags: Any,
) -> None:
    """Serve MODULE:APP, or what --upstream serves, behind a guard, with waitress.

    With neither, and without a policy flag, it serves a demonstration. Otherwise --allow is
    required, and nothing is trusted that is not named. It ends on SIGTERM and Ctrl-C.
    """
    named = application is not None or upstream is not None or names_policy(flags)
    settings = settings_from(flags) if named else None
    policy = settings.follow() if settings else _DEMONSTRATED
    app = _application(application, upstream, timeout, policy)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns whenever all threads are busy
    guard = XMLRPCGuard(app, policy, report_only=flags["report_only"])
    with _listener(listen) as listener:
        url = _url(listener)
        click.echo(f"Listening at {url}")
        if not named:
            click.echo(_DEMONSTRATION.format(url=url, call=_CALL))
        _run(guard, listener, threads)


def _application(
    name: str | None, upstream: str | None, timeout: float | None, policy: PolicySource
) -> WSGIApplication:
    if name is not None and upstream is not None:
        raise click.UsageError(f"both {name!a:.60} and --upstream are given; name one of them")
    if timeout is not None and upstream is None:
        raise click.UsageError("--timeout is the upstream's, and none is given; write --upstream http://HOST:PORT")
    if upstream is not None:
        patience = PATIENCE if timeout is None else (PATIENCE.connect, timeout)
        return ReverseProxy(upstream, timeout=patience, trusted_proxies=policy)
    return demo if name is None else _load(name)


def _run(guard: XMLRPCGuard, listener: socket.socket, threads: int) -> None:
    # The guard reads X-Forwarded-For itself, so waitress must not remove it.
    server = cast(
        waitress.server.BaseWSGIServer,  # for one socket
        waitress.server.create_server(
            guard,
            sockets=[listener],
            threads=threads,
            clear_untrusted_proxy_headers=False,
            outbuf_high_watermark=_HELD,
            server_name=listener.getsockname()[0],  # for requests without Host
            log_socket_errors=False,  # an answer that breaks off is logged by the proxy, in one line
        ),
    )
    server.channel_class = StrictChannel
    # SIGTERM ends it as Ctrl-C does: waitress lets the requests that run come to their end.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.run()
    finally:
        signal.signal(signal.SIGTERM, before)
        server.close()


def _listener(listen: str) -> socket.socket:
    match = _HOST_AND_PORT.fullmatch(listen)
    if match is None:
        raise click.UsageError(f"--listen: {listen!a:.60} is not HOST:PORT; write 127.0.0.1:8000")
    if int(match[3]) > _LAST_PORT:
        raise click.UsageError(f"--listen: {listen!a:.60} has a port beyond {_LAST_PORT}; write 127.0.0.1:8000")
    family = socket.AF_INET6 if match[1] else socket.AF_INET
    try:
        return socket.create_server((match[1] or match[2], int(match[3])), family=family)
    except (OSError, UnicodeError, TypeError) as error:  # the latter two: a host name that no DNS query can hold
        raise click.UsageError(f"--listen: cannot listen at {listen!a:.60}: {error}") from None


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _load(name: str) -> WSGIApplication:
    if not all(name.partition(":")):
        raise click.UsageError(
            f"{name!a:.60} does not name an application; write MODULE:APP, as 'mysite.wsgi:application'"
        )
    sys.path.insert(0, "")  # the current directory, as python -m has it
    try:
        app = resolve_name(name)
    except BaseException as error:  # noqa: BLE001 - whatever somebody's module does when it is imported
        raise click.UsageError(f"cannot load {name!a:.60}: {format_exception_only(error)[-1].strip()}") from None
    if not callable(app):
        raise click.UsageError(f"{name!a:.60} is not callable; name a WSGI application")
    return cast(WSGIApplication, app)
