"""How a decision comes about, in lines for a person: path, peer, and each hop of the forwarded header."""

from collections.abc import Iterator

from xmlrpc_guard.client import MAX_HOPS, Caller, Step, walk
from xmlrpc_guard.forwarded import ForwardedHeader, HeaderForm
from xmlrpc_guard.policy import Policy
from xmlrpc_guard.request import Request
from xmlrpc_guard.text import quoted

_UNKNOWN = "the client is unknown"


def explain(policy: Policy, request: Request) -> list[str]:
    """Give the lines that show how a decision comes about: path, peer, and each element that was read.

    >>> policy = Policy(allow=[], trusted_proxies=["10.0.0.5"])
    >>> for line in explain(policy, Request("/xmlrpc.php", peer="10.0.0.5", forwarded="evil, 203.0.113.9")):
    ...     print(line)
    path   '/xmlrpc.php' reaches a guarded script
    peer   '10.0.0.5' is a trusted proxy: X-Forwarded-For is read, from its right end
    hop 1  '203.0.113.9' is not a trusted proxy: the client, and the end of the walk
    """
    return [f"{label:<6} {text}" for label, text in _lines(policy, request)]


def _lines(policy: Policy, request: Request) -> Iterator[tuple[str, str]]:
    yield from (("note", doubt) for doubt in policy.doubts)
    reached = any(map(policy.scripts.reached_by, request.views))
    yield "path", f"{quoted(str(request.target))} reaches {'a' if reached else 'no'} guarded script"
    if reached:
        yield from _who(policy, request)


def _who(policy: Policy, request: Request) -> Iterator[tuple[str, str]]:
    header = policy.forwarded_header
    forwarded = request.header(header)
    caller = policy.identify(request.peer, forwarded)
    yield "peer", f"{quoted(str(request.peer))} is {_peer_fate(caller, header)}"
    if not caller.trusted:
        return
    if forwarded is None:
        yield "hop 1", f"{header} is absent: {_UNKNOWN}"
        return
    for number, step in enumerate(walk(forwarded, policy.trusted_proxies, header), start=1):
        yield f"hop {number}", f"{quoted(step.element)} {_hop_fate(step, number)}"


def _peer_fate(caller: Caller, header: ForwardedHeader) -> str:
    if not caller.trusted:
        fate = f"not an address: {_UNKNOWN}" if caller.address is None else "not a trusted proxy: the client"
        return f"{fate}; {header} is not read"
    kind = "a unix socket's client, and trusted" if caller.address is None else "a trusted proxy"
    direction = "" if header.form is HeaderForm.ONE_ADDRESS else ", from its right end"
    return f"{kind}: {header} is read{direction}"


def _hop_fate(step: Step, number: int) -> str:
    if step.address is None:
        return f"{step.problem}: {_UNKNOWN}, and it is never skipped"
    text = step.address[1]
    read_as = "" if step.element == text else f"is {text}, and "
    if not step.trusted:
        return f"{read_as}is not a trusted proxy: the client, and the end of the walk"
    if number > MAX_HOPS:
        return f"{read_as}is a trusted proxy, beyond the {MAX_HOPS} that are followed: {_UNKNOWN}"
    return f"{read_as}is a trusted proxy{': the leftmost, so the client' if step.is_client else ''}"
