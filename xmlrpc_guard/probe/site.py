"""The site that is asked, as its address says it."""

import re
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from xmlrpc_guard.errors import ConfigurationError

PORTS = {"http": 80, "https": 443}
EXAMPLE = "write one such as https://blog.example/"
# A label of a name has 63 characters at most (RFC 1035 section 2.3.4); an underscore is used, though not allowed.
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*|[0-9a-f:.]*:[0-9a-f:.]*")
_PATH = re.compile(r"/[!-~]*")


class Site(NamedTuple):
    """Where a site is: nothing of it is looked up yet."""

    scheme: str
    """``http`` or ``https``."""
    host: str
    """A name or an address, in small letters; IPv6 without its brackets."""
    port: int
    path: str = "/"
    """The page that the address names, which begins with a slash."""

    @property
    def authority(self) -> str:
        """The host, and the port where it is not the scheme's own, as the Host field has them.

        >>> Site("https", "2001:db8::1", 8443).authority
        '[2001:db8::1]:8443'
        """
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: what a token is for."""
        return f"{self.scheme}://{self.authority}"

    @property
    def folder(self) -> str:
        """The folder of the page, which ends with a slash."""
        return self.path[: self.path.rindex("/") + 1]


def parse_site(url: str) -> Site:
    """Read the address of a site; ConfigurationError if it is none, or names more than a page.

    >>> parse_site("http://Blog.example:8080/wp")
    Site(scheme='http', host='blog.example', port=8080, path='/wp')
    """
    parts = _split(url)
    if parts is None or parts.scheme not in PORTS:
        raise ConfigurationError("url", url, f"is not an http:// or https:// address; {EXAMPLE}")
    host, path = parts.hostname or "", parts.path or "/"
    if not _HOST.fullmatch(host) or not _PATH.fullmatch(path) or parts.port == 0:
        raise ConfigurationError("url", url, f"is not the address of a page; {EXAMPLE}")
    if parts.username is not None:
        raise ConfigurationError("url", parts.hostname, "has a user's name before it; leave that out")
    if parts.query or parts.fragment:
        raise ConfigurationError("url", url, "has a query or a fragment; leave that out")
    return Site(parts.scheme, host, parts.port or PORTS[parts.scheme], path)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if url.isascii() and url.isprintable() else None


def path_on(site: Site, url: str) -> str | None:
    """Give the path of an address that a page of the site names; None if it is another host's, or unusable.

    The query is left out. Scheme and port are not compared, as pages behind a proxy name them wrongly: whatever they
    are, the path is asked where the page was.

    >>> site = Site("http", "blog.example", 8080)
    >>> path_on(site, "https://blog.example/rpc.php?rsd"), path_on(site, "http://other.example/rpc.php")
    ('/rpc.php', None)
    """
    parts = _split(url)
    if parts is None or parts.scheme not in ("", *PORTS) or not _PATH.fullmatch(parts.path):
        return None
    return parts.path if parts.hostname in (None, site.host) else None
