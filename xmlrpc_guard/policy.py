"""The decision: a Request and a Policy in, a Decision out. Nothing here touches the world."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from socket import inet_pton
from typing import NamedTuple, Protocol
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.client import Caller, TrustedProxies, identify
from xmlrpc_guard.doubts import doubts_about_allow, doubts_about_header, doubts_about_proxies, doubts_about_scripts
from xmlrpc_guard.forwarded import ForwardedHeader
from xmlrpc_guard.frozen import settle
from xmlrpc_guard.lookup import FirstMatch
from xmlrpc_guard.networks import INET, NO_ADDRESS, Entries, Networks
from xmlrpc_guard.peers import is_unix_socket
from xmlrpc_guard.request import Request
from xmlrpc_guard.target import Scripts


class Reason(Enum):
    """Why a request was let through or refused: its ``sentence``, the ``setting`` that decided, ``allowed``.

    >>> Reason.NOT_LISTED.allowed, Reason.NOT_LISTED.sentence, Reason.NOT_LISTED.setting
    (False, 'client is not in the allowlist', 'allow')
    """

    NOT_GUARDED = "path reaches no guarded script", "scripts", True
    UNKNOWN_PEER = "peer is not an address", "trusted_proxies"
    UNREADABLE_FORWARDED = "forwarded header of a trusted proxy is absent or unreadable", "trusted_proxies"
    DENY_LISTED = "client is in the denylist", "deny"
    LISTED = "client is in the allowlist", "allow", True
    NOT_LISTED = "client is not in the allowlist", "allow"

    sentence: str
    setting: str
    allowed: bool

    def __init__(self, sentence: str, setting: str, allowed: bool = False) -> None:
        # Refusing is the default: a reason that does not say it allows, refuses.
        self.sentence = sentence
        self.setting = setting
        self.allowed = allowed

    # Members are single objects, so identity is hash enough. Enum's own is a Python function, and each decision that is
    # counted would call it.
    __hash__ = object.__hash__


class Decision(NamedTuple):
    """What was decided for one request, why, and whose request it was.

    ``client`` is canonical text; None where the path is not guarded or the client cannot be known. A
    decision is true if it allows.

    >>> print(Decision(Reason.NOT_LISTED, "203.0.113.9"))
    deny 203.0.113.9: client is not in the allowlist
    """

    reason: Reason
    client: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether the request may pass: the reason's answer."""
        return self.reason.allowed

    def __bool__(self) -> bool:
        # A tuple with something in it is true; a denial must not be.
        return self.allowed

    def __str__(self) -> str:
        verdict = "allow" if self.allowed else "deny"
        return f"{verdict}{f' {self.client}' if self.client else ''}: {self.reason.sentence}"

    def __repr__(self) -> str:
        return f"Decision({self.reason}, {self.client!r})"


NOT_GUARDED = Decision(Reason.NOT_GUARDED)
"""The decision for every request whose path reaches no guarded script."""


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Policy:
    """The rules of a guard: allowed and denied clients, trusted proxies, guarded scripts.

    Validated on construction, then immutable; a setting that cannot be used raises ConfigurationError.
    ``allow``: the clients that are let through; ``[]`` means no one. ``deny``: looked at first, and final.
    ``trusted_proxies``: the peers whose forwarded header is read, ``"unix"`` for a unix socket; see TrustedProxies.
    ``forwarded_header``: the one header that is read; see ForwardedHeader.
    ``scripts``: file names to guard, in any directory. For what an entry may be, see Networks.

    >>> policy = Policy(allow=["192.0.64.0/18"], trusted_proxies=["10.0.0.5"])
    >>> policy.decide(Request("/blog//XMLRPC.php/x?y", peer="10.0.0.5", forwarded="203.0.113.9"))
    Decision(Reason.NOT_LISTED, '203.0.113.9')
    """

    allow: Networks
    deny: Networks
    trusted_proxies: TrustedProxies
    forwarded_header: ForwardedHeader
    scripts: Scripts
    _direct: FirstMatch[Reason | None] = field(compare=False)
    """The decision on a peer that connects itself; None if it is a trusted proxy."""

    def __init__(
        self,
        *,
        allow: Entries,
        deny: Entries = (),
        trusted_proxies: Entries | TrustedProxies = (),
        forwarded_header: str | ForwardedHeader = "X-Forwarded-For",
        scripts: Iterable[str] = ("xmlrpc.php",),
    ) -> None:
        settle(
            self,
            allow=_compile_list("allow", allow),
            deny=_compile_list("deny", deny),
            trusted_proxies=TrustedProxies(trusted_proxies),
            forwarded_header=ForwardedHeader(forwarded_header),
            scripts=Scripts(scripts),
        )
        proxies = self.trusted_proxies.networks
        rows = [(proxies, None), (self.deny, Reason.DENY_LISTED), (self.allow, Reason.LISTED)]
        settle(self, _direct=FirstMatch(rows, Reason.NOT_LISTED))

    def decide(self, request: Request) -> Decision:
        """Decide a request; any text in it leads to a decision, never to an exception."""
        if not any(map(self.scripts.reached_by, request.views)):
            return NOT_GUARDED
        return self.judge(request.peer, request.header(self.forwarded_header), unix=request.unix)

    def judge(self, peer: str | None, forwarded: str | None = None, *, unix: bool = False) -> Decision:
        """Decide a request that is known to reach a guarded script: may this caller make it?

        ``peer`` is REMOTE_ADDR, ``forwarded`` the value of ``forwarded_header``; None where absent. ``unix`` says that
        the server proves the peer to be a unix socket's client.
        """
        return self.judge_caller(self.identify(peer, forwarded, unix=unix))

    def judge_environ(self, environ: WSGIEnvironment) -> Decision:
        """Decide a request that is known to reach a guarded script, by its environ: the rule above, in a quick form."""
        # Who floods a site with guesses connects directly and over IPv4: then one look-up answers whether the peer is
        # a trusted proxy (None), denied, allowed or neither, and inet_pton takes one spelling of IPv4 only, so that
        # the peer's text is the client's. A Caller and three look-ups would double what such a request costs.
        peer = environ.get("REMOTE_ADDR")
        try:
            reason = self._direct.find(inet_pton(INET, peer))  # type: ignore[arg-type]
        except (OSError, ValueError, TypeError):
            reason = None
        if reason is not None and peer != NO_ADDRESS:
            return Decision(reason, peer)
        return self.judge(peer, environ.get(self.forwarded_header.key), unix=is_unix_socket(environ))

    def identify(self, peer: str | None, forwarded: str | None, *, unix: bool = False) -> Caller:
        """Work out who makes a request, by this policy's proxies and header."""
        return identify(peer, forwarded, self.trusted_proxies, self.forwarded_header, unix=unix)

    def judge_caller(self, caller: Caller) -> Decision:
        """Decide whether a caller may reach a guarded script."""
        if caller.client is None:
            return Decision(Reason.UNREADABLE_FORWARDED if caller.trusted else Reason.UNKNOWN_PEER)
        packed, text = caller.client
        if self.deny.covers(packed):
            return Decision(Reason.DENY_LISTED, text)
        return Decision(Reason.LISTED if self.allow.covers(packed) else Reason.NOT_LISTED, text)

    def with_added(
        self, *, allow: Iterable[Networks] = (), deny: Iterable[Networks] = (), trusted_proxies: Iterable[Networks] = ()
    ) -> "Policy":
        """Give a policy with more in its lists, and otherwise like this one; a list that gets nothing is shared.

        >>> Policy(allow=["10.0.0.5"]).with_added(allow=[Networks(["192.0.64.0/18"])]).allow
        Networks(['10.0.0.5/32', '192.0.64.0/18'])
        """
        return Policy(
            allow=_joined(self.allow, *allow),
            deny=_joined(self.deny, *deny),
            trusted_proxies=[*self.trusted_proxies, *trusted_proxies],
            forwarded_header=self.forwarded_header,
            scripts=self.scripts,
        )

    @property
    def doubts(self) -> tuple[str, ...]:
        """What an operator may not have meant, a sentence each; a guard logs them when it is made.

        Worked out each time: two long lists that share nothing are walked from end to end.

        >>> Policy(allow=["10.1.0.0/16", "192.0.64.0/18"], trusted_proxies=["10.0.0.0/8"]).doubts
        ('10.1.0.0/16 is in both trusted_proxies and allow: requests that such a proxy makes itself are allowed',)
        """
        return (
            *doubts_about_scripts(self.scripts),
            *doubts_about_allow(self.allow),
            *doubts_about_proxies(self.allow, self.trusted_proxies.networks),
            *doubts_about_header(self.forwarded_header, has_proxies=any(self.trusted_proxies)),
        )

    def current(self) -> "Policy":
        """Give the active policy: a Policy serves wherever a PolicySource does."""
        return self

    def __repr__(self) -> str:
        return (
            f"Policy(allow={list(self.allow)}, deny={list(self.deny)}, "
            f"trusted_proxies={list(self.trusted_proxies)}, forwarded_header={self.forwarded_header.name!r}, "
            f"scripts={list(self.scripts)})"
        )


def _compile_list(setting: str, entries: Entries) -> Networks:
    return entries if isinstance(entries, Networks) else Networks(entries, setting=setting)  # frozen: may be shared


def _joined(*several: Networks) -> Entries:
    filled = [networks for networks in several if networks]
    return filled[0] if len(filled) == 1 else filled


class PolicySource(Protocol):
    """Anything that can name the active policy; a Policy names itself."""

    def current(self) -> Policy:
        """Give the active policy."""
