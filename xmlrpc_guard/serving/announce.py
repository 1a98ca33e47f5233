"""What a server says of itself when it starts."""

from collections.abc import Iterable

from xmlrpc_guard.policy import Policy
from xmlrpc_guard.serving.listening import Listener
from xmlrpc_guard.text import printable

_MOST_SHOWN = 5  # entries of a list


def format_listener(listener: Listener) -> str:
    """Write where a server listens, and for all addresses whether that is both families."""
    if listener.takes_both:
        return f"{listener.url} (IPv4 and IPv6)"
    return f"{listener.url} (IPv6 only)" if listener.url.startswith("http://[::]:") else listener.url


def format_start(
    listeners: Iterable[Listener],
    served: str,
    policy: Policy,
    allow: Iterable[str],
    trusted: Iterable[str],
    *,
    report_only: bool,
) -> str:
    """Write one line: where a server listens, what it serves, and the entries of its lists as they were written.

    >>> policy = Policy(allow=["jetpack"], trusted_proxies=["::1"])
    >>> format_start([], "site:app", policy, ["jetpack"], ["::1"], report_only=True)[46:]
    'no one is refused; allowed: jetpack; trusted: ::1 (X-Forwarded-For); guarded: xmlrpc.php'
    """
    proxies = _join(trusted, "no proxy")
    header = f" ({policy.forwarded_header})" if any(policy.trusted_proxies) else ""
    parts = (
        f"listening at {', '.join(map(format_listener, listeners))}",
        f"serving {served}",
        "REPORT-ONLY: no one is refused" if report_only else "",
        f"allowed: {_join(allow, 'no one')}",
        f"trusted: {proxies}{header}",
        f"guarded: {', '.join(policy.scripts)}",
        f"public: {_join(policy.calls.methods, 'discovery')}" if policy.calls.is_open else "",
    )
    return printable("; ".join(filter(None, parts)))


def _join(entries: Iterable[str], none: str) -> str:
    first, rest = (entries := list(entries))[:_MOST_SHOWN], entries[_MOST_SHOWN:]
    return ", ".join([*first, *([f"{len(rest)} more"] if rest else [])]) or none
