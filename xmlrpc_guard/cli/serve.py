"""``xmlrpc-guard serve``: a WSGI application or a reverse proxy behind a guard; without arguments, a demo site."""

import logging
from typing import Any

import click

from xmlrpc_guard.cli.options import configuration_from, require_allow, serve_flags
from xmlrpc_guard.configured import make_application
from xmlrpc_guard.serving.demo import DEMO_SETTINGS, demo, format_instructions
from xmlrpc_guard.serving.server import format_url, open_listener, run_server
from xmlrpc_guard.settings.configuration import combine
from xmlrpc_guard.settings.given import give_texts
from xmlrpc_guard.wsgi import XMLRPCGuard


@click.command(
    short_help="Serve an application or a reverse proxy behind a guard.",
    epilog="\b\nExample: xmlrpc-guard serve --upstream http://127.0.0.1:8080 --allow jetpack",
)
@click.argument("application", required=False, metavar="[MODULE:APP]")
@serve_flags
def serve(**flags: Any) -> None:
    """Serve a WSGI application or a reverse proxy behind a guard; without arguments, a demo site.

    With an application, an upstream or any flag of the policy, --allow is required, and only the
    proxies in --trusted-proxies are trusted. SIGTERM and Ctrl-C end it.
    """
    configuration = configuration_from(flags)
    serving = configuration.serving()
    shows_demo = not serving["application"] and not serving["upstream"] and not configuration.names_policy
    if shows_demo:
        configuration = combine([give_texts(DEMO_SETTINGS, "the demo"), configuration.given])
    settings = require_allow(configuration).settings()
    policy = configuration.follow()
    app = make_application(configuration, policy) or demo
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    guard = settings.make(XMLRPCGuard, app, policy)
    with open_listener(",".join(serving["listen"])) as listener:
        url = format_url(listener)
        click.echo(f"Listening at {url}")
        if shows_demo:
            click.echo(format_instructions(url))
        run_server(guard, listener, serving["threads"])
