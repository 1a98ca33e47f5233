"""The XML-RPC calls that clients outside the allowlist may make."""

from collections.abc import Iterable
from typing import Any

from xmlrpc_guard.decision import Reason
from xmlrpc_guard.errors import ConfigurationError, as_list
from xmlrpc_guard.frozen import Frozen, settle
from xmlrpc_guard.methods import MULTICALL, Bytes, UnreadableBodyError, read_methods
from xmlrpc_guard.public_methods import PublicMethods
from xmlrpc_guard.request import Request
from xmlrpc_guard.target import WORDPRESS_SCRIPT, Scripts

MAX_MULTICALL = 50


class PublicCalls(Frozen):
    """What clients outside the allowlist may call, compiled from the settings of these names; frozen, comparable.

    ``public_methods``: the methods that anyone may call; see PublicMethods. Without any, no body is read.
    ``max_multicall``: the calls that one ``system.multicall`` may make. ``xmlrpc_endpoints``: which of the guarded
    scripts answer calls; None means xmlrpc.php. The others are never opened. ``public_rsd``: whether anyone may ask an
    endpoint for the discovery document. ``max_body``: the bytes of the longest body that is read. For the last two,
    None means what the presets among ``public_methods`` need.

    >>> calls = PublicCalls(Scripts(["xmlrpc.php"]), public_methods=["pingback"])
    >>> calls.judge_body(b"<methodCall><methodName>wp.getUsersBlogs</methodName></methodCall>")
    (<Reason.PRIVATE_METHOD: ('a method that is called is not public', 'public_methods')>, 'wp.getUsersBlogs')
    """

    __slots__ = ("methods", "max_multicall", "endpoints", "rsd", "max_body", "_closed")

    methods: PublicMethods
    max_multicall: int
    endpoints: tuple[str, ...]
    rsd: bool
    max_body: int
    _closed: Scripts | None
    """The guarded scripts that are no endpoints."""

    def __init__(
        self,
        scripts: Scripts,
        *,
        public_methods: Iterable[str] = (),
        max_multicall: int = MAX_MULTICALL,
        xmlrpc_endpoints: Iterable[str] | None = None,
        public_rsd: bool | None = None,
        max_body: int | None = None,
    ) -> None:
        methods = PublicMethods(public_methods)
        endpoints = _read_endpoints(scripts, xmlrpc_endpoints)
        if (methods or public_rsd) and not endpoints:
            problem = "opens nothing, as no script answers calls; name one in xmlrpc_endpoints"
            raise ConfigurationError("public_methods", [*methods], problem)
        if not (public_rsd is None or isinstance(public_rsd, bool)):
            raise ConfigurationError("public_rsd", public_rsd, "is neither True nor False; write one of them")
        settle(
            self,
            methods=methods,
            max_multicall=_read_number("max_multicall", max_multicall),
            endpoints=endpoints,
            rsd=methods.rsd if public_rsd is None else public_rsd,
            max_body=methods.max_body if max_body is None else _read_number("max_body", max_body),
            _closed=scripts.without(endpoints),
        )

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in self.__slots__ if name != "_closed")
        return f"PublicCalls({', '.join(shown)})"

    @property
    def is_open(self) -> bool:
        """Whether any request of a client outside the allowlist may pass."""
        return bool(self.methods) or self.rsd

    @property
    def unlisted(self) -> Reason:
        """What is known of a client that is in no list."""
        return Reason.UNDECIDED if self.is_open else Reason.NOT_LISTED

    def judge_request(self, request: Request) -> Reason:
        """Decide what can be decided without the body; UNDECIDED where it must be read."""
        # A request that also reaches another script in some view may be that script's: a login form finds its fields in
        # the same bytes.
        if self._closed is not None and any(map(self._closed.reached_by, request.views)):
            return Reason.NOT_LISTED
        if request.method == "POST" and self.methods:
            return Reason.UNDECIDED
        return Reason.PUBLIC_DISCOVERY if self.rsd and request.asks_for_discovery else Reason.NOT_LISTED

    def judge_body(self, body: Bytes) -> tuple[Reason, str]:
        """Decide a call by its body; also give the name, or the problem, that decides."""
        if len(body) > self.max_body:
            return Reason.LARGE_BODY, f"more than {self.max_body} bytes"
        try:
            names = read_methods(body)
        except UnreadableBodyError as error:
            return Reason.UNREADABLE_CALL, str(error)
        private = [name for name in names if not self.methods.covers(name)]
        if private:
            return Reason.PRIVATE_METHOD, private[0]
        if names[0] == MULTICALL and len(names) - 1 > self.max_multicall:
            return Reason.TOO_MANY_CALLS, f"{len(names) - 1} calls"
        return Reason.PUBLIC_CALL, names[0]

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that make a value equal to this one."""
        return {
            "public_methods": [*self.methods],
            "max_multicall": self.max_multicall,
            "xmlrpc_endpoints": [*self.endpoints] or None,
            "public_rsd": self.rsd,
            "max_body": self.max_body,
        }

    @property
    def written(self) -> str:
        """The settings that are not as they are by default, as arguments, each after a comma."""
        default = {
            "public_methods": [],
            "max_multicall": MAX_MULTICALL,
            "xmlrpc_endpoints": [WORDPRESS_SCRIPT] if WORDPRESS_SCRIPT in self.endpoints else None,
            "public_rsd": self.methods.rsd,
            "max_body": self.methods.max_body,
        }
        return "".join(f", {name}={value!r}" for name, value in self.settings.items() if value != default[name])


def _read_endpoints(scripts: Scripts, names: Iterable[str] | None) -> tuple[str, ...]:
    guarded = [*scripts]
    if names is None:
        return (WORDPRESS_SCRIPT,) if WORDPRESS_SCRIPT in guarded else ()
    written = [*as_list("xmlrpc_endpoints", names)]
    for name in written:
        if not isinstance(name, str) or name.lower() not in guarded:
            problem = f"is not a guarded script; write one of {', '.join(guarded)}, or add it to scripts"
            raise ConfigurationError("xmlrpc_endpoints", name, problem)
    return tuple(name for name in guarded if name in {each.lower() for each in written})


def _read_number(setting: str, number: int) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ConfigurationError(setting, number, "is not a whole number above 0; write one")
    return number
