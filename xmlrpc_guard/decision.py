"""What is decided for a request, and why."""

from collections.abc import Callable
from enum import Enum
from typing import ClassVar, NamedTuple

from xmlrpc_guard.text import excerpt


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
    UNDECIDED = "client is not in the allowlist, and its call is not read yet", "public_methods"
    PUBLIC_CALL = "each method that is called is public", "public_methods", True
    PUBLIC_DISCOVERY = "discovery of the endpoint is public", "public_rsd", True
    PRIVATE_METHOD = "a method that is called is not public", "public_methods"
    TOO_MANY_CALLS = "there are too many calls in one", "max_multicall"
    UNREADABLE_CALL = "the body is not a call that every WordPress reads alike", "public_methods"
    ENCODED_BODY = "the body has a content coding", "public_methods"
    BROKEN_BODY = "the body is cut short, or where it ends is not clear", "public_methods"
    LARGE_BODY = "the body is too large", "max_body"
    BUSY = "too many bodies are being read, or there is no room to store one", "max_body_readers"

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
    __hash__: ClassVar[Callable[[object], int]] = object.__hash__


class Decision(NamedTuple):
    """What was decided for one request, why, and whose request it was.

    ``client`` is canonical text; None where the path is not guarded or the client cannot be known. ``detail`` is what
    in the body decided: a method's name, or what is wrong with it. A decision is true if it allows; UNDECIDED, which is
    what a call is until its body is read, is false too.

    >>> print(Decision(Reason.NOT_LISTED, "203.0.113.9"))
    deny 203.0.113.9: client is not in the allowlist
    """

    reason: Reason
    client: str | None = None
    detail: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether the request may pass: the reason's answer."""
        return self.reason.allowed

    def __bool__(self) -> bool:
        # A tuple with something in it is true; a denial must not be.
        return self.allowed

    def __str__(self) -> str:
        verdict = "allow" if self.allowed else "deny"
        detail = f": {excerpt(self.detail)}" if self.detail else ""
        return f"{verdict}{f' {self.client}' if self.client else ''}: {self.reason.sentence}{detail}"

    def __repr__(self) -> str:
        detail = "" if self.detail is None else f", {self.detail!r}"
        return f"Decision({self.reason}, {self.client!r}{detail})"


NOT_GUARDED = Decision(Reason.NOT_GUARDED)
"""The decision for every request whose path reaches no guarded script."""
