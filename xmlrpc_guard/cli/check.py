"""``xmlrpc-guard check``: what would a guard decide, and which setting decides it?"""

import json
import os
import re
from collections.abc import Sequence
from typing import Any

import click

from xmlrpc_guard.cli.explain import explain
from xmlrpc_guard.cli.options import configuration_from, policy_flags, require_allow
from xmlrpc_guard.cli.output import BAD, GOOD, print_colored, print_doubts, print_lines
from xmlrpc_guard.cli.status import ALLOWED, REFUSED
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.forwarded import ForwardedHeader
from xmlrpc_guard.peers import UNIX_PEERS, UNIX_SOCKET, parse_peer
from xmlrpc_guard.policy import Decision, Policy
from xmlrpc_guard.request import Request
from xmlrpc_guard.settings.meaning import find_doubts


@click.command(
    short_help="Decide one request, without a server.",
    epilog="\b\nExample: xmlrpc-guard check --allow jetpack --peer 203.0.113.9 /xmlrpc.php",
)
@policy_flags
@click.option("--peer", required=True, metavar="ADDR", help="The address that connects, or unix, or unix:SERVER.")
@click.option("--forwarded", multiple=True, metavar="TEXT", help="A line of the forwarded header. Repeat it for more.")
@click.option(
    "--body",
    metavar="FILE",
    help="A file with the body of a call, sent by POST; - for the input. Without it the request is a GET.",
)
@click.option("--explain", "explains", is_flag=True, help="Show how the client is found, hop by hop.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead of a line.")
@click.argument("target")
def check(
    *,
    target: str,
    peer: str,
    forwarded: tuple[str, ...],
    body: str | None,
    explains: bool,
    as_json: bool,
    **flags: Any,
) -> int:
    """Decide one request; exit 0 if it is allowed, 1 if denied, 2 if the settings or the request are unusable.

    TARGET is the request target as in the request line, with its query: '/blog//%78mlrpc.php?for=jetpack'.
    """
    configuration = require_allow(configuration_from(flags))
    source = configuration.follow()
    policy = source.current()
    call = None if body is None else _read_body(body, policy.calls.max_body)
    request = _make_request(_refuse_empty_target(target), peer, forwarded, policy.forwarded_header, call)
    _check_forwarded(forwarded, request, policy)
    decision = policy.decide(request)
    _print(
        decision, find_doubts(configuration, source), explain(policy, request) if explains else None, as_json=as_json
    )
    return ALLOWED if decision.allowed else REFUSED


def _refuse_empty_target(target: str) -> str:
    if not target.strip():
        raise ConfigurationError("target", target, "is empty, and no request has such a target; write /xmlrpc.php")
    return target


def _read_body(name: str, most: int) -> bytes:
    """Read a file as far as a guard reads a body: one byte more than may be."""
    try:
        with click.open_file(name, "rb") as file:
            return bytes(file.read(most + 1))
    except OSError as error:
        raise ConfigurationError("body", name, f"cannot be read ({error.strerror}); name another file") from None


def _make_request(
    target: str, peer: str, forwarded: tuple[str, ...], header: ForwardedHeader, body: bytes | None
) -> Request:
    """Make a request from arguments as servers do: lines joined by commas, bytes decoded as latin-1 (PEP 3333)."""
    served_target, *lines = (os.fsencode(text).decode("latin-1") for text in (target, *forwarded))
    headers = {header.name: ", ".join(lines)} if lines else None
    method = "GET" if body is None else "POST"
    if peer == UNIX_SOCKET:
        return Request(served_target, None, headers, unix=True, method=method, body=body)
    return Request(served_target, _read_peer(peer), headers, method=method, body=body)


def _read_peer(peer: str) -> str | None:
    """Give what a server has for a peer. A server may have anything, but what is no address here is a slip."""
    word, _, server = peer.partition(":")
    if word == UNIX_SOCKET and server in UNIX_PEERS:
        return UNIX_PEERS[server]
    if parse_peer(peer) is None:
        problem = f"is not an address; write 203.0.113.9, {UNIX_SOCKET}, or {UNIX_SOCKET}: and one of {_SERVERS}"
        raise ConfigurationError("peer", peer, problem)
    return peer


_SERVERS = ", ".join(UNIX_PEERS)


# No address has a dash, nor has the first word of Forwarded a colon.
_NAMED = re.compile(r"\s*([A-Za-z0-9]+(?:-[A-Za-z0-9]+)+|forwarded)\s*:\s*(.*?)\s*", re.IGNORECASE | re.DOTALL)


def _check_forwarded(forwarded: tuple[str, ...], request: Request, policy: Policy) -> None:
    """Refuse a header that would be read otherwise than it was meant: with a name in it, or not at all."""
    header = policy.forwarded_header
    for line in forwarded:
        named = _NAMED.fullmatch(line)
        if named and named[1].lower() == header.name.lower():
            raise ConfigurationError("forwarded", line, f"holds the header's name; write {named[2]!r}")
        if named:
            fix = f"write --forwarded-header {named[1]}, or what {header} holds"
            problem = f"is {named[1]}, but {header} is read; {fix}"
            raise ConfigurationError("forwarded", line, problem)
    if forwarded and not policy.identify(request.peer, None, unix=request.unix).trusted:
        problem = f"is not read: the peer is not a trusted proxy; name it in --trusted-proxies, or leave {header} out"
        raise ConfigurationError("forwarded", forwarded[0], problem)


def _print(decision: Decision, doubts: Sequence[str], explanation: list[str] | None, *, as_json: bool) -> None:
    if as_json:
        explained = {} if explanation is None else {"explanation": explanation}
        click.echo(json.dumps(_json_fields(decision) | {"doubts": list(doubts)} | explained))
        return
    print_doubts(doubts)
    print_lines(explanation or [])
    print_colored(f"{decision} (decided by {decision.reason.setting})", GOOD if decision.allowed else BAD)


def _json_fields(decision: Decision) -> dict[str, object]:
    reason = decision.reason
    return {
        "allowed": decision.allowed,
        "client": decision.client,
        "reason": reason.name,
        "sentence": reason.sentence,
        "setting": reason.setting,
        **({} if decision.detail is None else {"detail": decision.detail}),
    }
