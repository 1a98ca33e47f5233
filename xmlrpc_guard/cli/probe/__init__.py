"""``xmlrpc-guard probe``: which spellings of one's own site's XML-RPC endpoint are answered, asked from outside."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from xmlrpc_guard.cli.options import configuration_from, policy_flags
from xmlrpc_guard.cli.output import print_doubts, print_lines, print_problem
from xmlrpc_guard.cli.probe.text import describe_as_json, describe_probe
from xmlrpc_guard.cli.status import REFUSED, UNUSABLE
from xmlrpc_guard.cli.usage import refuse_nan
from xmlrpc_guard.probe.addresses import find_address_doubts, forwarded_field, why_refused
from xmlrpc_guard.probe.outcomes import LEAST_REFUSAL
from xmlrpc_guard.probe.proof import TOKEN_PATH, UnprovenError, default_key, find_own, load_key, make_token
from xmlrpc_guard.probe.result import Result
from xmlrpc_guard.probe.running import RATE, Pace, Prepared, StoppedError, prepare_probe, run_probe
from xmlrpc_guard.probe.sending import SilenceError, SiteServer, find_servers
from xmlrpc_guard.probe.site import Site, parse_site
from xmlrpc_guard.settings.configuration import Configuration, combine
from xmlrpc_guard.settings.given import give_texts


@click.command(
    short_help="Ask your own site, from outside: what reaches XML-RPC?",
    epilog="\b\nExample: xmlrpc-guard probe --config guard.toml https://blog.example/",
)
@policy_flags
@click.option("--path", metavar="PATH", help="The endpoint's path.  [default: what the page says]")
@click.option(
    "--marker", default="", metavar="TEXT", help="What the script's answer has in it, if it is no WordPress'."
)
@click.option(
    "--refusal",
    type=click.IntRange(LEAST_REFUSAL, 599),
    metavar="STATUS",
    help="What your rule answers, if a page that does not exist gets it too: 404, or 444 for no answer.",
)
@click.option(
    "--rate",
    type=click.FloatRange(0.1, 1000),
    default=RATE,
    callback=refuse_nan,
    show_default=True,
    metavar="NUMBER",
    help="Requests a second.",
)
@click.option("--all", "everything", is_flag=True, help="Send every request of the corpus, which takes hours.")
@click.option("--from-proxy", is_flag=True, help="Ask as a trusted proxy does that forwards a stranger's request.")
@click.option("--ca-file", metavar="FILE", help="Trust these authorities (PEM) instead of the system's.")
@click.option("--key", metavar="FILE", help="The key that your site's token is made with.  [default: one of your own]")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead.")
@click.argument("url")
def probe(
    *,
    url: str,
    path: str | None,
    marker: str,
    refusal: int | None,
    rate: float,
    everything: bool,
    from_proxy: bool,
    ca_file: str | None,
    key: str | None,
    as_json: bool,
    **flags: Any,
) -> int:
    """Send your own site the spellings of its XML-RPC endpoint that are known to work somewhere, by GET and POST.

    URL is a page of the site, such as https://blog.example/. Elsewhere than on this machine, the site must serve a
    token, which the command prints. The policy's flags are those of the guard, if there is one.

    Exit 0 if none reaches XML-RPC, 1 if some do, 2 if the site cannot be asked to the end or its answers prove nothing.
    """
    configuration = _read_configuration(flags)
    policy = configuration.follow().current()
    site = parse_site(url)
    try:
        server = _find_own(site, ca_file, key)
        if from_proxy:
            server = replace(server, fields=forwarded_field(policy))
        prepared = prepare_probe(server, Pace(rate), path=path, marker=marker, everything=everything, refusal=refusal)
    except (SilenceError, StoppedError) as error:
        raise click.ClickException(f"{site.origin}: {error}") from None
    except UnprovenError as error:
        return _explain_token(site, key, error)
    doubts = [*find_address_doubts(prepared.own_address, server.address, policy, from_proxy=from_proxy)]
    doubts += [*prepared.doubts, *_doubts_about_settings(configuration)]
    print_doubts([*filter(None, [prepared.void]), *doubts])
    if everything:
        click.echo(_describe_time(prepared), err=True)
    result = _run(prepared, why_refused(prepared.own_address, policy, from_proxy=from_proxy))
    if as_json:
        click.echo(json.dumps(describe_as_json(result, server, policy.scripts, ca_file) | {"doubts": doubts}))
    else:
        print_lines(describe_probe(result, server, policy.scripts, ca_file))
    return REFUSED if result.holes else UNUSABLE if result.doubt else 0


def _doubts_about_settings(configuration: Configuration) -> Iterator[str]:
    if configuration.settings().reports_only:
        yield "report_only is on in these settings: a guard that has them refuses no request"


def _run(prepared: Prepared, refused: str) -> Result:
    with _show_progress(len(prepared.attempts)) as advance:
        result = run_probe(prepared, advance)
    return replace(result, void=result.void or refused)


def _read_configuration(flags: dict[str, Any]) -> Configuration:
    """Read the settings of a guard; without any, those of one that lets no one in."""
    lets_no_one_in = give_texts({"allow": ""}, "the probe")
    return combine([lets_no_one_in, configuration_from(flags).given])


def _find_own(site: Site, ca_file: str | None, key: str | None) -> SiteServer:
    servers = find_servers(site, ca_file=ca_file)
    # On loopback alone no key is made: the site's own machine needs no proof.
    token = "" if all(server.is_loopback for server in servers) else _make_token(site, key)
    return find_own(servers, token)


def _make_token(site: Site, key: str | None) -> str:
    return make_token(load_key(Path(key) if key else default_key()), site)


def _explain_token(site: Site, key: str | None, error: UnprovenError) -> int:
    print_lines(
        [
            "To show that the site is yours, serve a file with this one line:",
            "",
            f"    {_make_token(site, key)}",
            "",
            f"at {site.origin}{TOKEN_PATH}, and run this command again.",
        ]
    )
    print_problem(f"{site.origin}{TOKEN_PATH} {error}")
    return UNUSABLE


def _describe_time(prepared: Prepared) -> str:
    minutes = round(prepared.seconds / 60)
    return (
        f"{len(prepared.attempts)} requests will take {minutes // 60} h {minutes % 60} min at least; Ctrl-C ends them"
    )


def _show_progress(total: int) -> AbstractContextManager[Callable[[int], object]]:
    if not sys.stderr.isatty():
        return nullcontext(lambda _: None)
    from xmlrpc_guard.cli.probe.progress import show_probe_progress  # noqa: PLC0415 - rich takes longer to import than all else

    return show_probe_progress(total)
