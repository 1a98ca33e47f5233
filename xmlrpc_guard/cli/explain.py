"""Why a guard decides as it does, in lines for a person: path, peer, and each hop of the forwarded header."""

from collections import Counter
from collections.abc import Iterator

from xmlrpc_guard.client import MAX_HOPS, Caller, Step, walk
from xmlrpc_guard.forwarded import ForwardedHeader, HeaderForm
from xmlrpc_guard.methods import Bytes, UnreadableBodyError, read_methods
from xmlrpc_guard.policy import Policy
from xmlrpc_guard.request import Request
from xmlrpc_guard.text import printable, quoted

_UNKNOWN = "the client is unknown"


def explain(policy: Policy, request: Request) -> list[str]:
    """Return the lines that explain a decision: the path, the peer, and each element of the header that was read.

    >>> policy = Policy(allow=[], trusted_proxies=["10.0.0.5"])
    >>> for line in explain(policy, Request("/xmlrpc.php", peer="10.0.0.5", forwarded="evil, 203.0.113.9")):
    ...     print(line)
    path   '/xmlrpc.php' reaches a guarded script
    peer   '10.0.0.5' is a trusted proxy, so X-Forwarded-For is read, from right to left
    hop 1  '203.0.113.9' is not a trusted proxy, so it is the client; reading ends here
    """
    return [f"{label:<6} {text}" for label, text in _labelled_lines(policy, request)]


def _labelled_lines(policy: Policy, request: Request) -> Iterator[tuple[str, str]]:
    reached = any(map(policy.scripts.reached_by, request.views))
    yield "path", f"{quoted(str(request.target))} reaches {'a' if reached else 'no'} guarded script"
    if reached:
        yield from _client_lines(policy, request)
        if request.body is not None:
            yield from _call_lines(policy, request.body)
        elif policy.calls.methods:
            yield "call", "none is given, and only a call's body shows whether it is public"


def _call_lines(policy: Policy, body: Bytes) -> Iterator[tuple[str, str]]:
    try:
        names = read_methods(body)
    except UnreadableBodyError as error:
        yield "body", f"cannot be read: {printable(str(error))}"
        return
    for name, times in Counter(names).items():
        called = f"{name} ({times} times)" if times > 1 else name
        yield "call", f"{called} is {'' if policy.calls.methods.covers(name) else 'not '}public"


def _client_lines(policy: Policy, request: Request) -> Iterator[tuple[str, str]]:
    header = policy.forwarded_header
    forwarded = request.header(header)
    caller = policy.identify(request.peer, forwarded, unix=request.unix)
    yield "peer", _explain_peer(caller, request, header)
    if not caller.trusted:
        return
    if forwarded is None:
        yield "hop 1", f"{header} is absent, so {_UNKNOWN}"
        return
    for number, step in enumerate(walk(forwarded, policy.trusted_proxies, header), start=1):
        yield f"hop {number}", f"{quoted(step.element)} {_describe_hop(step, number)}"


def _explain_peer(caller: Caller, request: Request, header: ForwardedHeader) -> str:
    text = "absent" if request.peer is None else quoted(request.peer)
    trusted = "" if caller.trusted else "not "
    if caller.address is not None:
        subject = "is" if request.peer == caller.address[1] else f"is {caller.address[1]} and"
        peer = f"{text} {subject} {trusted}a trusted proxy"
    elif request.unix or caller.trusted:
        peer = f"{'' if request.unix else f'{text} is '}a unix socket's client, which is {trusted}trusted"
    else:
        peer = text if request.peer is None else f"{text} is not an address"
    return f"{peer}, so {_describe_reading(caller, header)}"


def _describe_reading(caller: Caller, header: ForwardedHeader) -> str:
    if not caller.trusted:
        return f"{_UNKNOWN if caller.address is None else 'it is the client'}; {header} is not read"
    return f"{header} is read{'' if header.form is HeaderForm.ONE_ADDRESS else ', from right to left'}"


def _describe_hop(step: Step, number: int) -> str:
    if step.address is None:
        return f"{step.problem}, so {_UNKNOWN} (an unreadable hop is never skipped)"
    text = step.address[1]
    subject = "is" if step.element == text else f"is {text} and"
    if not step.trusted:
        return f"{subject} not a trusted proxy, so it is the client; reading ends here"
    if number > MAX_HOPS:
        return f"{subject} a trusted proxy, but at most {MAX_HOPS} of them are followed, so {_UNKNOWN}"
    return f"{subject} a trusted proxy{', the leftmost hop, so it is the client' if step.is_client else ''}"
