"""``xmlrpc-guard serve``: a WSGI application or a reverse proxy behind a guard; without arguments, a demo site."""

import logging
from typing import Any
from wsgiref.types import WSGIApplication

import click

from xmlrpc_guard.cli.options import guard_flags, names_policy, settings_from
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.policy import PolicySource
from xmlrpc_guard.proxy import DEFAULT_TIMEOUT, ReverseProxy
from xmlrpc_guard.serving.application import load_application
from xmlrpc_guard.serving.demo import DEMO_POLICY, demo, format_instructions
from xmlrpc_guard.serving.server import format_url, open_listener, run_server
from xmlrpc_guard.wsgi import XMLRPCGuard


@click.command(
    short_help="Serve an application or a reverse proxy behind a guard.",
    epilog="\b\nExample: xmlrpc-guard serve --upstream http://127.0.0.1:8080 --allow jetpack",
)
@click.argument("application", required=False, metavar="[MODULE:APP]")
@click.option("--upstream", metavar="URL", help="Forward requests to http://HOST:PORT or unix:PATH.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, 86400, min_open=True),
    metavar="SECONDS",
    help="How long the upstream may be silent.  [default: 60]",
)
@click.option(
    "--listen",
    default="127.0.0.1:8000",
    metavar="HOST:PORT",
    show_default=True,
    help="Where to listen; port 0 is any free port.",
)
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
    """Serve a WSGI application or a reverse proxy behind a guard; without arguments, a demo site.

    With an application, an upstream or any flag of the policy, --allow is required, and only the
    proxies in --trusted-proxies are trusted. SIGTERM and Ctrl-C end it.
    """
    shows_demo = application is None and upstream is None and not names_policy(flags)
    policy = DEMO_POLICY if shows_demo else settings_from(flags).follow()
    app = _make_application(application, upstream, timeout, policy)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    guard = XMLRPCGuard(app, policy, report_only=flags["report_only"])
    with open_listener(listen) as listener:
        url = format_url(listener)
        click.echo(f"Listening at {url}")
        if shows_demo:
            click.echo(format_instructions(url))
        run_server(guard, listener, threads)


def _make_application(
    name: str | None, upstream: str | None, timeout: float | None, policy: PolicySource
) -> WSGIApplication:
    if name is not None and upstream is not None:
        raise ConfigurationError("application", name, "is given together with --upstream; write one of them")
    if timeout is not None and upstream is None:
        raise ConfigurationError("timeout", timeout, "needs an upstream; write --upstream http://HOST:PORT too")
    if upstream is not None:
        pair = DEFAULT_TIMEOUT if timeout is None else (DEFAULT_TIMEOUT.connect, timeout)
        return ReverseProxy(upstream, timeout=pair, trusted_proxies=policy)
    return demo if name is None else load_application(name)
