"""The decision: a Request and a Policy in, a Decision out. Nothing here touches the world."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from socket import inet_pton
from typing import NamedTuple, Protocol

from xmlrpc_guard.client import TrustedProxies, client_address
from xmlrpc_guard.forwarded import X_FORWARDED_FOR, ForwardedHeader
from xmlrpc_guard.networks import INET, NO_ADDRESS, Entries, Networks, parse_address
from xmlrpc_guard.table import FirstMatch
from xmlrpc_guard.target import Scripts, path_of


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


class Decision(NamedTuple):
    """What was decided for one request, why, and whose request it was.

    ``client`` is canonical text; None where the path is not guarded or nobody could say who it is. A decision
    is true if it allows.

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


_SHOWN = 3  # ranges, in a sentence that names some
_decision = tuple.__new__  # what the named tuple's own constructor calls, without a Python frame for each request

NOT_GUARDED = Decision(Reason.NOT_GUARDED)
"""The one decision for every request that the guard does not concern itself with."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a decision depends on, as plain text.

    ``target`` is raw, as in the request line; one that begins with a slash is cut at the first ``?``. ``paths``
    are further views of the path that a server has already decoded: a ``?`` belongs to them. ``peer`` is the
    address that connected (REMOTE_ADDR), ``forwarded`` the lines of the policy's header joined by commas; None where
    absent.

    >>> Request("/blog/?p=1", peer="203.0.113.9").views
    ('/blog/',)
    """

    target: str | None = None
    peer: str | None = None
    forwarded: str | None = None
    paths: tuple[str, ...] = ()

    @property
    def views(self) -> tuple[str, ...]:
        """Every view of the path, without the query."""
        paths = (self.paths,) if isinstance(self.paths, str) else self.paths  # one string is one path
        return paths if self.target is None else (path_of(self.target), *paths)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Policy:
    """Who may reach which scripts, and whose word is taken for who it is; checked when made, then frozen.

    ``allow``: the clients let through; ``[]`` means nobody. ``deny``: asked first, and final.
    ``trusted_proxies``: the peers whose word on earlier hops is believed, ``"unix"`` for a unix socket.
    ``forwarded_header``: the one header that is read of them; see ForwardedHeader.
    ``scripts``: file names to guard, in any directory. For what an entry may be, see Networks.
    A setting that cannot be used raises ConfigurationError.

    >>> policy = Policy(allow=["192.0.64.0/18"], trusted_proxies=["10.0.0.5"])
    >>> policy.decide(Request("/blog//XMLRPC.php/x?y", peer="10.0.0.5", forwarded="203.0.113.9"))
    Decision(Reason.NOT_LISTED, '203.0.113.9')
    """

    allow: Networks
    deny: Networks
    trusted_proxies: TrustedProxies
    forwarded_header: ForwardedHeader
    scripts: Scripts
    _clients: FirstMatch[Reason] = field(compare=False)
    _peers: FirstMatch[Reason | None] = field(compare=False)

    def __init__(
        self,
        *,
        allow: Entries,
        deny: Entries = (),
        trusted_proxies: Entries | TrustedProxies = (),
        forwarded_header: str | ForwardedHeader = "X-Forwarded-For",
        scripts: Iterable[str] = ("xmlrpc.php",),
    ) -> None:
        object.__setattr__(self, "allow", _networks("allow", allow))
        object.__setattr__(self, "deny", _networks("deny", deny))
        object.__setattr__(self, "trusted_proxies", TrustedProxies(trusted_proxies))
        object.__setattr__(self, "forwarded_header", ForwardedHeader(forwarded_header))
        object.__setattr__(self, "scripts", Scripts(scripts))
        lists = [(self.deny, Reason.DENY_LISTED), (self.allow, Reason.LISTED)]
        proxies = self.trusted_proxies.networks
        object.__setattr__(self, "_clients", FirstMatch(lists, Reason.NOT_LISTED))
        object.__setattr__(self, "_peers", FirstMatch([(proxies, None), *lists], Reason.NOT_LISTED))

    def decide(self, request: Request) -> Decision:
        """Decide a request; any text in it leads to a decision, never to an exception."""
        if not any(map(self.scripts.reached_by, request.views)):
            return NOT_GUARDED
        return self.judge(request.peer, request.forwarded)

    def judge(self, peer: str | None, forwarded: str | None) -> Decision:
        """Decide for a request that is known to reach a guarded script: may this caller?"""
        # Most callers connect themselves, over IPv4: one search settles them, and what inet_pton takes for IPv4 is
        # canonical text. All others, and whoever is a trusted proxy (None), get the whole of the client rule.
        try:
            reason = self._peers.find(inet_pton(INET, peer))  # type: ignore[arg-type]
        except (OSError, ValueError, TypeError):
            reason = None
        if reason is None or peer == NO_ADDRESS:
            return self._judge_closely(peer, forwarded)
        return _decision(Decision, (reason, peer))

    def _judge_closely(self, peer: str | None, forwarded: str | None) -> Decision:
        client = parse_address(peer)
        believed = self.trusted_proxies.believes(peer, client)
        if believed:
            client = client_address(forwarded, self.trusted_proxies, self.forwarded_header)
        if client is None:
            return Decision(Reason.UNREADABLE_FORWARDED if believed else Reason.UNKNOWN_PEER)
        return Decision(self._clients.find(client[0]), client[1])

    def with_added(
        self, *, allow: Iterable[Networks] = (), deny: Iterable[Networks] = (), trusted_proxies: Iterable[Networks] = ()
    ) -> "Policy":
        """Give a policy with more in its lists, and otherwise like this one; what need not be joined is not copied.

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

        >>> Policy(allow=["10.1.0.0/16", "192.0.64.0/18"], trusted_proxies=["10.0.0.0/8"]).doubts
        ('trusted_proxies and allow overlap (10.1.0.0/16): what these proxies ask for themselves is let in',)
        """
        return tuple(filter(None, (self._overlap(), self._idle_header())))

    def _overlap(self) -> str:
        shared = list(islice(self.allow.overlap(self.trusted_proxies.networks), _SHOWN + 1))
        ranges = ", ".join(shared if len(shared) <= _SHOWN else [*shared[:_SHOWN], "..."])
        doubt = f"trusted_proxies and allow overlap ({ranges}): what these proxies ask for themselves is let in"
        return doubt if shared else ""

    def _idle_header(self) -> str:
        idle = self.forwarded_header != X_FORWARDED_FOR and not any(self.trusted_proxies)
        return (
            f"forwarded_header is {self.forwarded_header}, but no trusted_proxies are: it is not read" if idle else ""
        )

    def current(self) -> "Policy":
        """Give the policy in force: a Policy stands wherever a source of policies does."""
        return self

    def __repr__(self) -> str:
        return (
            f"Policy(allow={list(self.allow)}, deny={list(self.deny)}, "
            f"trusted_proxies={list(self.trusted_proxies)}, forwarded_header={self.forwarded_header.name!r}, "
            f"scripts={list(self.scripts)})"
        )


def _networks(setting: str, entries: Entries) -> Networks:
    return entries if isinstance(entries, Networks) else Networks(entries, setting=setting)  # frozen: may be shared


def _joined(*several: Networks) -> Entries:
    filled = [networks for networks in several if networks]
    return filled[0] if len(filled) == 1 else filled


class PolicySource(Protocol):
    """Anything that can name the policy in force; a Policy names itself."""

    def current(self) -> Policy:
        """Give the policy in force."""
