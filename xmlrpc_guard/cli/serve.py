"""``xmlrpc-guard serve``: a WSGI application or a reverse proxy behind a guard; without arguments, a demo site."""

import logging
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any

import click

from xmlrpc_guard.allocator import give_memory_back, use_one_heap
from xmlrpc_guard.cli.options import configuration_from, require_allow, serve_flags
from xmlrpc_guard.configured import DEFAULT_LOG, load_named, make_proxy
from xmlrpc_guard.metrics.reading import make_number_reader
from xmlrpc_guard.policy import Policy
from xmlrpc_guard.serving.access import AccessLog
from xmlrpc_guard.serving.announce import format_listener, format_start
from xmlrpc_guard.serving.demo import demo, format_instructions, make_demo_settings
from xmlrpc_guard.serving.listening import Listener, open_listeners
from xmlrpc_guard.serving.logs import set_up_logging
from xmlrpc_guard.serving.page import serving_page
from xmlrpc_guard.serving.readiness import tell_ready
from xmlrpc_guard.serving.server import ending_at_sigterm, run_server
from xmlrpc_guard.serving.upkeep import Upkeep
from xmlrpc_guard.settings import Settings
from xmlrpc_guard.settings.configuration import Configuration, combine
from xmlrpc_guard.settings.given import give_texts
from xmlrpc_guard.settings.written import WrittenEntries
from xmlrpc_guard.wsgi import XMLRPCGuard

logger: logging.Logger = logging.getLogger("xmlrpc_guard")


@click.command(
    short_help="Serve an application or a reverse proxy behind a guard.",
    epilog="\b\nExample: xmlrpc-guard serve --upstream http://127.0.0.1:8080 --allow jetpack",
)
@click.argument("application", required=False, metavar="[MODULE:APP]")
@serve_flags
def serve(**flags: Any) -> None:
    """Serve a WSGI application or a reverse proxy behind a guard; without arguments, a demo site.

    With an application, an upstream, a file or any flag of the policy, allow is required, and only the
    proxies in --trusted-proxies are trusted. SIGTERM and Ctrl-C end it; SIGHUP and SIGUSR1 look at
    the lists now, and open the access log again.
    """
    use_one_heap()  # before there is any other thread
    configuration, shows_demo = _with_demo(configuration_from(flags))
    serving = configuration.serving()
    settings = require_allow(configuration).settings()
    named = load_named(configuration)  # first, since it may set up logging itself
    with configuration.naming_origins():
        _set_up_logging(configuration)
    policy = configuration.follow()
    app = next(each for each in (named, make_proxy(configuration, policy), demo) if each is not None)
    guard = configuration.make(XMLRPCGuard, app, policy, log=DEFAULT_LOG)
    # A signal may come before the server waits for requests: that too is an end as asked for.
    with suppress(KeyboardInterrupt), ExitStack() as stack:
        stack.enter_context(ending_at_sigterm())
        with configuration.naming_origins():
            log = AccessLog(serving["access_log"], policy) if serving["access_log"] else None
            listeners = stack.enter_context(open_listeners("listen", serving["listen"]))
            _serve_status(stack, serving["status"], guard)
        stack.enter_context(_make_upkeep(guard, policy, log).running())
        served = serving["application"] or serving["upstream"] or _DEMO
        _announce(listeners, served, settings, policy.current(), as_text=serving["log_format"] == "text")
        if shows_demo:
            click.echo(format_instructions(listeners[0].local_url, report_only=settings.reports_only))
        tell_ready()
        run_server(guard, listeners, serving["threads"], log)


def _with_demo(configuration: Configuration) -> tuple[Configuration, bool]:
    """Give the demo's settings under those that are given, if nothing else is to be served."""
    serving = configuration.serving()
    if serving["application"] or serving["upstream"] or configuration.names_policy:
        return configuration, False
    return combine([give_texts(make_demo_settings(serving["listen"]), "the demo"), configuration.given]), True


def _serve_status(stack: ExitStack, entry: str | None, guard: XMLRPCGuard) -> None:
    """Serve the status page until the stack ends, if one is set."""
    if entry:
        page = stack.enter_context(serving_page(entry, make_number_reader(guard)))
        logger.info("status page at %s", page.url)


def _set_up_logging(configuration: Configuration) -> None:
    serving = configuration.serving()
    chosen = [name for name in ("log_level", "log_format") if name in configuration.given]
    if not set_up_logging(serving["log_level"], serving["log_format"]) and chosen:
        logger.warning("the application has set up logging itself: %s not used", _join_is(chosen))


def _join_is(names: list[str]) -> str:
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'}"


def _make_upkeep(guard: XMLRPCGuard, policy: object, log: AccessLog | None) -> Upkeep:
    refreshed = filter(None, (getattr(policy, "expire", None), log and log.reopen))
    return Upkeep(partial(_keep_up, guard), partial(_refresh, list(refreshed)))


def _keep_up(guard: XMLRPCGuard) -> None:
    guard.status()
    give_memory_back()  # what many large bodies at once have left


def _refresh(jobs: Iterable[Callable[[], object]]) -> None:
    """Do what a signal asks for."""
    for job in jobs:
        job()
    logger.info("a signal came: the lists are looked at, and the access log is opened again")


_DEMO = "a demo site, as no application and no upstream is given"


def _announce(listeners: list[Listener], served: str, settings: Settings, policy: Policy, *, as_text: bool) -> None:
    for listener in listeners if as_text else ():
        click.echo(f"Listening at {format_listener(listener)}")
    allow, trusted = (_texts(entries) for entries in (settings.allow, settings.trusted_proxies))
    logger.info("%s", format_start(listeners, served, policy, allow, trusted, report_only=settings.reports_only))


def _texts(entries: WrittenEntries | None) -> list[str]:
    return [str(entry.value) for entry in entries or ()]
