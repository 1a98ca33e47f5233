"""Who is believed to say whose request it is, told hop by hop."""

from collections.abc import Iterator

from xmlrpc_guard.client import MAX_HOPS, Step, walk
from xmlrpc_guard.networks import parse_address
from xmlrpc_guard.policy import Policy, Request
from xmlrpc_guard.text import quoted


def explain(policy: Policy, request: Request) -> list[str]:
    """Give the lines that tell how a decision comes about: path, peer, and each element that was read.

    >>> policy = Policy(allow=[], trusted_proxies=["10.0.0.5"])
    >>> for line in explain(policy, Request("/xmlrpc.php", peer="10.0.0.5", forwarded="evil, 203.0.113.9")):
    ...     print(line)
    path   '/xmlrpc.php' reaches a guarded script
    peer   '10.0.0.5' is a trusted proxy: X-Forwarded-For is read, from its right end
    hop 1  '203.0.113.9' is no trusted proxy: the client, and the end of the walk
    """
    return [f"{label:<6} {text}" for label, text in _lines(policy, request)]


def _lines(policy: Policy, request: Request) -> Iterator[tuple[str, str]]:
    yield from (("note", doubt) for doubt in policy.doubts)
    reached = any(map(policy.scripts.reached_by, request.views))
    yield "path", f"{quoted(str(request.target))} reaches {'a' if reached else 'no'} guarded script"
    if reached:
        yield from _who(policy, request)


def _who(policy: Policy, request: Request) -> Iterator[tuple[str, str]]:
    header, address = policy.forwarded_header, parse_address(request.peer)
    peer = f"{quoted(str(request.peer))} is"
    if not policy.trusted_proxies.believes(request.peer, address):
        fate = "no address: nobody can tell who asks" if address is None else "no trusted proxy: the client"
        yield "peer", f"{peer} {fate}; {header} is not read"
        return
    kind = "a unix socket's client, and trusted" if address is None else "a trusted proxy"
    yield "peer", f"{peer} {kind}: {header} is read{', from its right end' if header.is_list else ''}"
    if request.forwarded is None:
        yield "hop 1", f"{header} is absent: nobody can tell who asks"
        return
    steps = list(walk(request.forwarded, policy.trusted_proxies, header))
    for number, step in enumerate(steps, start=1):
        last = number == len(steps)
        yield f"hop {number}", f"{quoted(step.element)} {_fate(step, number, last=last)}"


def _fate(step: Step, number: int, *, last: bool) -> str:
    if step.address is None:
        return f"{step.problem}: nobody can tell who asks, and it is never skipped"
    read_as = "" if step.element == step.address else f"is {step.address}, and "
    if not step.trusted:
        return f"{read_as}is no trusted proxy: the client, and the end of the walk"
    if number > MAX_HOPS:
        return f"{read_as}is a trusted proxy, beyond the {MAX_HOPS} that are followed: nobody can tell who asks"
    return f"{read_as}is a trusted proxy{': the leftmost, so the client' if last else ''}"
