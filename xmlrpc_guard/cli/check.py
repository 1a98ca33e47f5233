"""``xmlrpc-guard check``: what would a guard decide, and which setting decides it?"""

import json
import os

import click

from xmlrpc_guard.cli.explain import explain
from xmlrpc_guard.cli.options import configuration_from, policy_flags, require_allow
from xmlrpc_guard.forwarded import ForwardedHeader
from xmlrpc_guard.peers import UNIX_PEERS, UNIX_SOCKET
from xmlrpc_guard.policy import Decision
from xmlrpc_guard.request import Request


@click.command(
    short_help="Decide one request, without a server.",
    epilog="\b\nExample: xmlrpc-guard check --allow jetpack --peer 203.0.113.9 /xmlrpc.php",
)
@policy_flags
@click.option("--peer", required=True, metavar="ADDR", help="The address that connects, or unix, or unix:SERVER.")
@click.option("--forwarded", multiple=True, metavar="TEXT", help="A line of the forwarded header. Repeat it for more.")
@click.option("--explain", "explains", is_flag=True, help="Show how the client is found, hop by hop.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead of a line.")
@click.argument("target")
def check(
    *, target: str, peer: str, forwarded: tuple[str, ...], explains: bool, as_json: bool, **flags: tuple[str, ...] | str
) -> int:
    """Decide one request; exit 0 if it is allowed, 1 if denied, 2 if the settings are unusable.

    TARGET is the request target as in the request line, with its query: '/blog//%78mlrpc.php?for=jetpack'.
    """
    policy = require_allow(configuration_from(flags)).settings().follow().current()
    request = _make_request(target, peer, forwarded, policy.forwarded_header)
    decision = policy.decide(request)
    explanation = explain(policy, request) if explains else []
    if as_json:
        click.echo(json.dumps(_json_fields(decision) | ({"explanation": explanation} if explains else {})))
    else:
        click.echo("\n".join([*explanation, f"{decision} (decided by {decision.reason.setting})"]))
    return 0 if decision.allowed else 1


def _make_request(target: str, peer: str, forwarded: tuple[str, ...], header: ForwardedHeader) -> Request:
    """Make a request from arguments as servers do: lines joined by commas, bytes decoded as latin-1 (PEP 3333)."""
    served_target, *lines = (os.fsencode(text).decode("latin-1") for text in (target, *forwarded))
    headers = {header.name: ", ".join(lines)} if lines else None
    if peer == UNIX_SOCKET:
        return Request(served_target, None, headers, unix=True)
    word, _, server = peer.partition(":")
    return Request(served_target, UNIX_PEERS.get(server, peer) if word == UNIX_SOCKET else peer, headers)


def _json_fields(decision: Decision) -> dict[str, object]:
    reason = decision.reason
    return {
        "allowed": decision.allowed,
        "client": decision.client,
        "reason": reason.name,
        "sentence": reason.sentence,
        "setting": reason.setting,
    }
