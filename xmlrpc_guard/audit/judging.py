"""What a policy would have decided on a logged request, by its own rule, and what the log leaves open."""

from typing import NamedTuple

from xmlrpc_guard.audit.spelling import describe_spelling
from xmlrpc_guard.client import Caller, forwarded_client
from xmlrpc_guard.decision import Decision, Reason
from xmlrpc_guard.logs import Logged
from xmlrpc_guard.peers import parse_peer
from xmlrpc_guard.policy import Policy
from xmlrpc_guard.request import Request
from xmlrpc_guard.target import path_of

ALLOWED, REFUSED, UNKNOWN = VERDICTS = "allowed", "refused", "unknown"

# Why a verdict is unknown, by what would have to be known.
CUT = "the target is cut, and may go on to a guarded script"
NO_PEER = "the line has no address of the peer, but a host name or nothing"
NO_FORWARDED = "the peer is a trusted proxy, and the line has no forwarded header"
NO_BODY = "the body decides, and no log has it"

LONGEST_AGENT = 200
"""Bytes of a User-Agent that are kept."""


class Judged(NamedTuple):
    """A request to a guarded script, or one that may have been: what requests are counted by."""

    client: str
    """Canonical text; "" where it is unknown, or what the log has in its place."""
    verdict: str
    agent: str
    """The User-Agent, as Latin-1."""
    reason: str
    """The name of the decision's reason, or why it is unknown."""
    spelling: str
    status: int
    """What was answered until now; 0 where the line does not say."""


class Judge:
    """Judges logged requests by one policy.

    With ``peer_is_client`` what the log has for the peer is taken for the client: a log behind a server that has
    resolved the forwarded header already.

    >>> judge = Judge(Policy(allow=["192.0.64.0/18"]))
    >>> judge(Logged(peer=b"203.0.113.9", method=b"POST", targets=(b"/xmlrpc.php",), status=200)).verdict
    'refused'
    >>> judge(Logged(peer=b"203.0.113.9", method=b"POST", targets=(b"/",), status=200)) is None
    True
    """

    def __init__(self, policy: Policy, *, peer_is_client: bool = False) -> None:
        self._policy = policy
        self._peer_is_client = peer_is_client

    def __call__(self, logged: Logged) -> Judged | None:
        """Judge a request; None if it reaches no guarded script."""
        views = views_of(logged)
        guarded = any(map(self._policy.scripts.reached_by, views))
        if not guarded and not _may_go_on(logged):
            return None
        verdict, reason, client = self.decide(logged) if guarded else (UNKNOWN, CUT, self._client_of(logged))
        agent = label_agent(logged.agent)
        spelling = describe_spelling(views, self._policy.scripts) if guarded else "cut"
        return Judged(client, verdict, agent, reason, spelling, logged.status or 0)

    def decide(self, logged: Logged) -> tuple[str, str, str]:
        """Decide a request that is known to reach a guarded script: give verdict, reason and client.

        Unless the policy has public calls, what the line says of its peer and the forwarded header decides alone.
        """
        caller = self._identify(logged)
        decision = self._policy.judge_caller(caller)
        if decision.reason is Reason.UNDECIDED:
            decision = self._policy.judge_request(decision, _request_of(logged))
        client = decision.client or _peer_text(logged)
        if (missing := _missing(decision, logged)) is not None:
            return UNKNOWN, missing, client
        return ALLOWED if decision.allowed else REFUSED, decision.reason.name, client

    def _identify(self, logged: Logged) -> Caller:
        peer, forwarded = _text(logged.peer), _text(logged.forwarded)
        if self._peer_is_client:
            address = parse_peer(peer)
            return Caller(address, False, address)
        policy = self._policy
        if peer is None and forwarded is not None and not logged.unix and any(policy.trusted_proxies):
            # The log has the header and not who sent it. A guard reads it of a trusted proxy only: that it was one is
            # the one reading under which the line says anything.
            return Caller(None, True, forwarded_client(forwarded, policy.trusted_proxies, policy.forwarded_header))
        return policy.identify(peer, forwarded, unix=logged.unix)

    def _client_of(self, logged: Logged) -> str:
        caller = self._identify(logged)
        return caller.client[1] if caller.client else _peer_text(logged)


def label_agent(agent: bytes | None) -> str:
    r"""Give what is kept of a User-Agent.

    >>> label_agent(b"\xe9" * 300) == "\xe9" * 200, label_agent(None)
    (True, '')
    """
    return (agent or b"")[:LONGEST_AGENT].decode("latin-1")


def views_of(logged: Logged) -> tuple[str, ...]:
    """Give every view of the path that a line holds, as a guard looks at them: a raw target is cut at its ``?``.

    >>> views_of(Logged(targets=(b"/a?/b",), paths=(b"/a?/b",)))
    ('/a', '/a?/b')
    """
    return (
        *(path_of(target.decode("latin-1")) for target in logged.targets),
        *(path.decode("latin-1") for path in logged.paths),
    )


def _may_go_on(logged: Logged) -> bool:
    """Return whether the path may go on after what the line has of it; it does not after the ``?`` of a target."""
    is_path_whole = logged.targets and all(target[:1] == b"/" and b"?" in target for target in logged.targets)
    return logged.is_cut and not is_path_whole


def _missing(decision: Decision, logged: Logged) -> str | None:
    """Say what the line would have to hold for a verdict; None if it holds it."""
    if decision.reason is Reason.UNKNOWN_PEER:
        return NO_PEER
    if decision.reason is Reason.UNREADABLE_FORWARDED and not logged.has_forwarded:
        return NO_FORWARDED
    return NO_BODY if decision.reason is Reason.UNDECIDED else None


def _request_of(logged: Logged) -> Request:
    target = logged.targets[0].decode("latin-1") if logged.targets else None
    return Request(target, paths=[path.decode("latin-1") for path in logged.paths], method=_text(logged.method))


def _peer_text(logged: Logged) -> str:
    return "unix" if logged.unix else _text(logged.peer) or ""


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
