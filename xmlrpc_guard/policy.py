"""The decision: a Request and a Policy in, a Decision out. Nothing here touches the world."""

from collections.abc import Iterable
from socket import inet_pton
from typing import Protocol
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.client import Caller, TrustedProxies, identify
from xmlrpc_guard.decision import NOT_GUARDED, Decision, Reason
from xmlrpc_guard.doubts import doubts_about_allow, doubts_about_header, doubts_about_proxies, doubts_about_scripts
from xmlrpc_guard.forwarded import ForwardedHeader
from xmlrpc_guard.frozen import Frozen, settle
from xmlrpc_guard.lookup import FirstMatch
from xmlrpc_guard.methods import Bytes
from xmlrpc_guard.networks import INET, NO_ADDRESS, Entries, Networks
from xmlrpc_guard.peers import is_unix_socket
from xmlrpc_guard.public_calls import PublicCalls
from xmlrpc_guard.request import Request
from xmlrpc_guard.target import Scripts

__all__ = ["NOT_GUARDED", "Decision", "Policy", "PolicySource", "Reason"]


class Policy(Frozen, uncompared=("_direct",)):
    """The rules of a guard: allowed and denied clients, trusted proxies, guarded scripts.

    Validated on construction, then immutable; a setting that cannot be used raises ConfigurationError.

    * ``allow``: the clients that are let through; ``[]`` means no one.
    * ``deny``: looked at first, and final.
    * ``trusted_proxies``: the peers whose forwarded header is read, ``"unix"`` for a unix socket; see TrustedProxies.
    * ``forwarded_header``: the one header that is read; see ForwardedHeader.
    * ``scripts``: file names to guard, in any directory.
    * The others are of the calls that clients outside ``allow`` may make; see PublicCalls.

    For what an entry may be, see Networks.

    >>> policy = Policy(allow=["192.0.64.0/18"], trusted_proxies=["10.0.0.5"])
    >>> policy.decide(Request("/blog//XMLRPC.php/x?y", peer="10.0.0.5", forwarded="203.0.113.9"))
    Decision(Reason.NOT_LISTED, '203.0.113.9')
    """

    __slots__ = ("allow", "deny", "trusted_proxies", "forwarded_header", "scripts", "calls", "_direct")

    allow: Networks
    deny: Networks
    trusted_proxies: TrustedProxies
    forwarded_header: ForwardedHeader
    scripts: Scripts
    calls: PublicCalls
    """What clients outside ``allow`` may call."""
    _direct: FirstMatch[Reason | None]
    """The decision on a peer that connects itself; None if it is a trusted proxy."""

    def __init__(
        self,
        *,
        allow: Entries,
        deny: Entries = (),
        trusted_proxies: Entries | TrustedProxies = (),
        forwarded_header: str | ForwardedHeader = "X-Forwarded-For",
        scripts: Iterable[str] = ("xmlrpc.php",),
        public_methods: Iterable[str] = (),
        max_multicall: int = 50,
        xmlrpc_endpoints: Iterable[str] | None = None,
        public_rsd: bool | None = None,
        max_body: int | None = None,
    ) -> None:
        settle(
            self,
            allow=_compile_list("allow", allow),
            deny=_compile_list("deny", deny),
            trusted_proxies=TrustedProxies(trusted_proxies),
            forwarded_header=ForwardedHeader(forwarded_header),
            scripts=scripts if isinstance(scripts, Scripts) else Scripts(scripts),  # frozen: may be shared
        )
        calls = PublicCalls(
            self.scripts,
            public_methods=public_methods,
            max_multicall=max_multicall,
            xmlrpc_endpoints=xmlrpc_endpoints,
            public_rsd=public_rsd,
            max_body=max_body,
        )
        proxies = self.trusted_proxies.networks
        rows = [(proxies, None), (self.deny, Reason.DENY_LISTED), (self.allow, Reason.LISTED)]
        settle(self, calls=calls, _direct=FirstMatch(rows, calls.unlisted))

    def decide(self, request: Request) -> Decision:
        """Decide a request; any text in it leads to a decision, never to an exception.

        A call that its body decides, and that holds none, is UNDECIDED: not allowed, as far as is known.
        """
        if not any(map(self.scripts.reached_by, request.views)):
            return NOT_GUARDED
        decision = self.judge(request.peer, request.header(self.forwarded_header), unix=request.unix)
        return self.judge_request(decision, request) if decision.reason is Reason.UNDECIDED else decision

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
            # Decision(reason, peer), without the function in Python by which a named tuple makes itself.
            return _make_tuple(Decision, (reason, peer, None))
        unix = self.trusted_proxies.unix and is_unix_socket(environ)  # which takes a dozen look-ups
        return self.judge(peer, environ.get(self.forwarded_header.key), unix=unix)

    def judge_request(self, undecided: Decision, request: Request) -> Decision:
        """Decide a request whose client is in no list; UNDECIDED if its body decides, and it holds none."""
        reason = self.calls.judge_request(request)
        if reason is Reason.UNDECIDED and request.body is not None:
            return self.judge_body(undecided, request.body)
        return Decision(reason, undecided.client)

    def judge_body(self, undecided: Decision, body: Bytes) -> Decision:
        """Decide a call by its body, as it was received."""
        reason, detail = self.calls.judge_body(body)
        return Decision(reason, undecided.client, detail)

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
        return Decision(Reason.LISTED if self.allow.covers(packed) else self.calls.unlisted, text)

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
            **self.calls.settings,
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
            *self.calls.methods.doubts,
        )

    def current(self) -> "Policy":
        """Give the active policy: a Policy serves wherever a PolicySource does."""
        return self

    def __repr__(self) -> str:
        return (
            f"Policy(allow={list(self.allow)}, deny={list(self.deny)}, "
            f"trusted_proxies={list(self.trusted_proxies)}, forwarded_header={self.forwarded_header.name!r}, "
            f"scripts={list(self.scripts)}{self.calls.written})"
        )


_make_tuple = tuple.__new__


def _compile_list(setting: str, entries: Entries) -> Networks:
    return entries if isinstance(entries, Networks) else Networks(entries, setting=setting)  # frozen: may be shared


def _joined(*several: Networks) -> Entries:
    filled = [networks for networks in several if networks]
    return filled[0] if len(filled) == 1 else filled


class PolicySource(Protocol):
    """Anything that can name the active policy; a Policy names itself.

    A class that defines ``scripts`` beside ``current()`` promises that each policy which its object gives guards these
    scripts. Then a guard asks for the policy only where a request may reach one; else it asks for each request.
    Scripts that are not those of the policy when a guard is made are a ConfigurationError.
    """

    def current(self) -> Policy:
        """Give the active policy."""
