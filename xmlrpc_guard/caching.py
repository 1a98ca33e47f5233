"""The fields of an answer that depends on the client: no cache may store it and give it to the next one."""

import re

Headers = list[tuple[str, str]]

_CACHE_CONTROL = "cache-control"
_NOT_STORED = ("Cache-Control", "private, no-store")
_KEEPS_OUT = frozenset({"private", "no-store"})

# What a cache in front obeys before Cache-Control: Surrogate-Control (Varnish, Fastly), Edge-Control (Akamai),
# X-Accel-Expires (nginx), and the targeted fields of RFC 9213, which end as Cloudflare-CDN-Cache-Control does.
_OVERRIDING = frozenset({"surrogate-control", "edge-control", "x-accel-expires"})
_TARGETED = "-cache-control"

_QUOTED_TEXT = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)


def keep_private(headers: Headers) -> Headers:
    """Give an answer's headers so that no shared cache stores it, even if the application allows that.

    Its own Cache-Control stays if it has ``private`` or ``no-store`` (RFC 9111 sections 5.2.2.5 and 5.2.2.7). These
    must speak of the whole answer: ``private="Set-Cookie"`` lets a cache store all but one field. The headers that
    some caches obey before Cache-Control are removed.

    >>> keep_private([("Cache-Control", "public, max-age=600"), ("Surrogate-Control", "max-age=600"), ("ETag", '"1"')])
    [('ETag', '"1"'), ('Cache-Control', 'private, no-store')]
    >>> keep_private([("cache-control", "private, max-age=0"), ("X-Accel-Expires", "600")])
    [('cache-control', 'private, max-age=0')]
    """
    kept = [header for header in headers if not _overrides(header[0].lower())]
    own = ",".join(value for name, value in kept if name.lower() == _CACHE_CONTROL)
    if _keeps_out(own):
        return kept
    return [*(header for header in kept if header[0].lower() != _CACHE_CONTROL), _NOT_STORED]


def _overrides(name: str) -> bool:
    return name in _OVERRIDING or name.endswith(_TARGETED)


def _keeps_out(cache_control: str) -> bool:
    bare = _QUOTED_TEXT.sub("", cache_control)
    # A quote that is left makes the rest unreadable: to one cache it is directives, to another a string.
    return '"' not in bare and any(directive.strip(" \t").lower() in _KEEPS_OUT for directive in bare.split(","))
