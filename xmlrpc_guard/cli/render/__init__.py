"""``xmlrpc-guard render``: the policy as configuration of the server in front."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from xmlrpc_guard.cli.options import configuration_from, configuration_path, require_allow, settings_flags
from xmlrpc_guard.cli.render.again import make_again
from xmlrpc_guard.cli.render.compose import compose, names_of_files
from xmlrpc_guard.render import apache, caddy, haproxy, nginx, traefik
from xmlrpc_guard.render.apart import Apart, Pair, put_apart
from xmlrpc_guard.render.limits import APACHE, CADDY, EXPANDED, HAPROXY, NGINX, SERVERS, TRAEFIK, Limit, find_limits
from xmlrpc_guard.render.place import place_apart, place_rule
from xmlrpc_guard.render.rule import Rule
from xmlrpc_guard.render.trial import TrialError
from xmlrpc_guard.settings.setting import Table
from xmlrpc_guard.text import printable

_RENDERERS: dict[str, Callable[[Rule], str]] = {
    NGINX: nginx.render,
    APACHE: apache.render,
    CADDY: caddy.render,
    HAPROXY: haproxy.render,
}
_RENDERERS_APART: Mapping[str, Callable[[Rule, str], Pair]] = {
    NGINX: nginx.render_apart,
    APACHE: apache.render_apart,
    CADDY: caddy.render_apart,
    HAPROXY: haproxy.render_apart,
}
_EXAMPLE = "\b\nExample: xmlrpc-guard render nginx --allow jetpack --runs-php"


@click.command(
    short_help="Write the policy as configuration of nginx, Apache, Caddy, HAProxy or Traefik.", epilog=_EXAMPLE
)
@click.argument("server", metavar="SERVER", type=click.Choice(SERVERS))
@settings_flags(Table.POLICY, Table.GUARD)
@click.option("--runs-php", is_flag=True, help="The server runs PHP itself.")
@click.option("--passes-on", is_flag=True, help="The server passes requests on; the default, which holds for both.")
@click.option("--accept", multiple=True, metavar="NAME", help="Leave out what the server cannot express. Repeat it.")
@click.option(
    "--entry-point", "entry_points", multiple=True, metavar="NAME", help="Traefik: a site's entry point. Repeat it."
)
@click.option(
    "--host", "hosts", multiple=True, metavar="NAME", help="Traefik: a host of the site; all without it. Repeat it."
)
@click.option("--lists", metavar="DIR", help="Put the lists into a file of their own in this folder; with --output.")
@click.option("--output", metavar="FILE", help="Replace this file, after the server's own test of the new one.")
@click.option("--server-config", metavar="FILE", help="The server's configuration, where it is not at its usual place.")
@click.option("--service", metavar="NAME", help="Traefik: the service that the site's requests go to.")
@click.option("--tls-options", metavar="NAME", help="Traefik: the TLS options that the site's router names, if any.")
def render(
    *,
    server: str,
    runs_php: bool,
    passes_on: bool,
    accept: tuple[str, ...],
    entry_points: tuple[str, ...],
    hosts: tuple[str, ...],
    service: str | None,
    tls_options: str | None,
    lists: str | None,
    output: str | None,
    server_config: str | None,
    **flags: Any,
) -> None:
    """Write the policy as configuration of SERVER: nginx, apache, caddy, haproxy or traefik.

    What the server cannot express is an error, exit 2; --accept leaves out what can only refuse more.
    """
    if runs_php and passes_on:
        raise click.UsageError("--runs-php and --passes-on exclude each other; write one of them")
    configuration = require_allow(configuration_from(flags))
    _check_lists(lists, output)
    paths = (configuration_path(flags), lists, output, server_config, *names_of_files(configuration))
    again = make_again(click.get_current_context().obj, os.environ, paths)
    rule, written = compose(configuration, runs_php=runs_php, again=str(again))
    limits = _accept(list(find_limits(server, rule, written, apart=lists is not None)), accept)
    left_out = "".join(f"# Left out: {printable(limit.sentence)}\n" for limit in limits)
    if output is not None and lists is not None:
        apart = put_apart(_RENDERERS_APART[server], rule, server, lists, os.path.realpath(output))
        _place_apart(server, apart._replace(rule=left_out + apart.rule), output, server_config or "")
        return
    renderer = _RENDERERS.get(server) or partial(_render_traefik, service, hosts, tls_options, entry_points)
    text = left_out + renderer(rule)
    _check_comments(server, text)
    if output is None:
        click.echo(text, nl=False)
    else:
        _report(server, output, lambda: place_rule(server, text, output, server_config or ""))


def _check_comments(server: str, text: str) -> None:
    expanded = EXPANDED.get(server)
    if expanded and expanded in text:
        problem = f"a file's name or an option has {expanded!r}, which {server} does not leave as it is"
        raise click.UsageError(f"{problem}, even in a comment; write another name")


def _check_lists(lists: str | None, output: str | None) -> None:
    if lists is None:
        return
    if output is None:
        raise click.UsageError("--lists needs --output: the two files belong together")
    if not re.fullmatch(r"/[A-Za-z0-9._/+-]*[A-Za-z0-9._+-]", lists):
        problem = f"--lists {lists!a} is not the whole path of a folder in letters, digits and . _ + -"
        raise click.UsageError(f"{problem}; write one such as /etc/xmlrpc-guard/edge")


def _place_apart(server: str, apart: Apart, output: str, config: str) -> None:
    _check_comments(server, apart.rule + apart.lists)
    folder = os.path.dirname(apart.path)  # noqa: PTH120 - as given
    try:
        Path(folder).mkdir(exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"cannot make {folder}: {error.strerror}") from None
    _report(server, output, lambda: place_apart(server, apart, output, config))
    click.echo(f"{apart.path} has its lists")


def _report(server: str, output: str, place: Callable[[], list[str]]) -> None:
    try:
        tested = place()
    except TrialError as error:
        raise click.ClickException(f"{output} stays as it was: {error}") from None
    except OSError as error:
        raise click.ClickException(f"cannot replace {output}: {error.strerror}") from None
    click.echo("\n".join([f"{output} is written; load it, and ask it", *tested]))
    if server == TRAEFIK:
        click.echo("traefik has no test: its log, and /api/http/routers of its API, say whether it has taken the rule")
    elif not tested:
        # On standard error, since a line for cron drops what goes to the output.
        click.echo(f"{server} is not installed here, so nothing has tested the rule", err=True)


def _accept(limits: Sequence[Limit], accepted: Sequence[str]) -> list[Limit]:
    """Give what is left out; a usage error for the first limit that was not accepted, or cannot be."""
    for limit in limits:
        if not limit.accept:
            raise click.UsageError(f"{limit.sentence}; nothing can be left out here")
        if limit.name not in accepted:
            raise click.UsageError(f"{limit.sentence}; write --accept {limit.name} to have it so")
    unused = sorted({*accepted} - {limit.name for limit in limits})
    if unused:
        raise click.UsageError(f"--accept {unused[0]} is for something that these settings do not have; leave it out")
    return list(limits)


def _render_traefik(
    service: str | None, hosts: tuple[str, ...], tls_options: str | None, entry_points: tuple[str, ...], rule: Rule
) -> str:
    if not service:
        raise click.UsageError("traefik needs --service, of the router that the site has")
    if tls_options and not hosts:
        raise click.UsageError("--tls-options needs --host: Traefik has such options by host")
    for host in hosts:
        if not re.fullmatch("[A-Za-z0-9._-]+", host):
            raise click.UsageError(f"--host {host!a} is not a host's name; write one such as blog.example")
    return traefik.render(rule, traefik.TraefikSite(service, hosts, tls_options or "", entry_points))
