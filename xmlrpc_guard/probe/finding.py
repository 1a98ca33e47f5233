"""Where a site says that its XML-RPC endpoint is."""

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.probe.answers import SiteAnswer
from xmlrpc_guard.probe.site import Site, path_on
from xmlrpc_guard.target import WORDPRESS_SCRIPT

_LINK = re.compile(rb"<link\b[^>]{0,1000}>", re.IGNORECASE)
_REL = re.compile(rb"""\brel\s*=\s*["']?\s*(EditURI|pingback)\b""", re.IGNORECASE)
_HREF = re.compile(rb"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)
_ENDPOINT = re.compile(r"/(?:[!-~]*/)?[A-Za-z0-9._~-]+")
_LONGEST = 250  # characters: each of up to 40,000 requests has the path in it, and they are made before they are sent
GIVEN = "--path"
"""The source of an endpoint that an operator named."""


class Endpoint(NamedTuple):
    """The path of an endpoint, and who named it."""

    path: str
    source: str
    elsewhere: str = ""
    """What the page names for it, if that is another host's or no script's: it is not asked."""

    @property
    def name(self) -> str:
        """Its file name."""
        return self.path.rpartition("/")[2]

    def beside(self, stem: str) -> str:
        """Give the path of a neighbour with the same extension.

        >>> Endpoint("/wp/xmlrpc.php", "--path").beside("a1")
        '/wp/a1.php'
        """
        _, dot, extension = self.name.rpartition(".")
        return f"{self.path.removesuffix(self.name)}{stem}{dot}{extension if dot else ''}"


def find_endpoint(site: Site, page: SiteAnswer, path: str | None) -> Endpoint:
    """Find the endpoint: as given, by the page's RSD link, by X-Pingback, or else beside the page.

    ConfigurationError if a path is given that is none.
    """
    if path is not None:
        if not _is_script(path):
            raise ConfigurationError("path", path, "is not the path of a script; write one such as /wp/xmlrpc.php")
        return Endpoint(path, GIVEN)
    elsewhere = ""
    for source, url in _named(page):
        named = path_on(site, url)
        if named is not None and _is_script(named):
            return Endpoint(named, source, elsewhere)
        elsewhere = elsewhere or url[:_LONGEST]
    return Endpoint(site.folder + WORDPRESS_SCRIPT, "WordPress' own name", elsewhere)


def _is_script(path: str) -> bool:
    return len(path) <= _LONGEST and _ENDPOINT.fullmatch(path) is not None


def _named(page: SiteAnswer) -> Iterator[tuple[str, str]]:
    """Give the addresses that a page names: its RSD link's first."""
    links = {rel: url for rel, url in map(_read_link, _LINK.findall(page.body)) if rel and url}
    if "edituri" in links:
        yield "the page's RSD link", links["edituri"]
    if page.field("x-pingback"):
        yield "the page's X-Pingback", page.field("x-pingback")
    if "pingback" in links:
        yield "the page's pingback link", links["pingback"]


def _read_link(tag: bytes) -> tuple[str, str]:
    rel, href = _REL.search(tag), _HREF.search(tag)
    if not rel or not href:
        return "", ""
    return rel[1].decode().lower(), unescape((href[1] or href[2] or href[3] or b"").decode("latin-1"))
