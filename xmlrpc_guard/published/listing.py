"""What is kept of a published list: its ranges, and where and in what shape its service publishes it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from xmlrpc_guard.ranges import Range, parse_cidr, subtract


class Shape(NamedTuple):
    """A form in which lists are published."""

    name: str
    """What errors call it."""
    fields: tuple[str, ...] = ()
    """Where the entries stand in a JSON document, as ``File``'s ``field`` names a place. Lines of text have none."""
    service_key: str | None = None
    """The field of a row that names the service it belongs to, if the document is a list of several services."""
    repeats: tuple[str, ...] = ()
    """Where the addresses of the entries stand once more, in another notation."""


LINES = Shape("lines of text")
ARRAY = Shape("a JSON array of texts")


class Publication(NamedTuple):
    """Where a service publishes its list, in what shape, and the limits of what is plausible.

    The limits leave room for growth and none for an accident: each is about twice what the service was seen to
    publish. A person looks at a list beyond them before it is used.
    """

    urls: tuple[str, ...]
    """The addresses whose lists make it up, together; none if the service has a page for people only."""
    shapes: tuple[Shape, ...]
    """The shapes that each of them may have."""
    families: tuple[int, ...]
    """The IP versions that it always has."""
    least: int
    """The fewest entries that it has."""
    most: int
    """The most IPv4 addresses that it covers, as the prefix length of a range of as many."""
    widest: Mapping[int, int]
    """For each IP version the shortest prefix that an entry may have."""
    service: str | None = None
    """The service whose entries are taken, of a shape that has several."""

    @property
    def needs_service(self) -> bool:
        """Whether the name of a service must be given, since the list is of many."""
        return self.service is None and any(shape.service_key for shape in self.shapes)


class PublishedList(NamedTuple):
    """The ranges that a service published, where, and when they were last seen there.

    >>> PublishedList(source="https://example.com/ips", seen="2026-09", ranges=("192.0.2.0/24",)).seen
    '2026-09'
    """

    source: str
    """The address of the list, for people."""
    seen: str
    """When the source was last seen to publish this: an ISO 8601 date, cut to what is known. An RFC's is its own."""
    ranges: tuple[str, ...]
    """CIDR text, as published. A list that is not frozen in this package has none."""
    of_clients: bool = False
    """Whether they are clients; the others are proxies."""
    without: tuple[str, ...] = ()
    """CIDR text: addresses inside the published ranges that are not the service's proxies; excluded."""
    publication: Publication | None = None
    """Where it can be downloaded, if anywhere."""

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings in which the list belongs."""
        return ("allow", "deny") if self.of_clients else ("trusted_proxies",)

    @property
    def excluded(self) -> list[Range]:
        """The ranges of ``without``."""
        return _parse_texts(self.without)

    @property
    def entries(self) -> list[Range]:
        """The entries as frozen here, sorted, without the excluded addresses."""
        return self.exclude(_parse_texts(self.ranges))

    def exclude(self, published: Iterable[Range]) -> list[Range]:
        """Cut the excluded addresses out of those published ranges that hold them; give all ranges, sorted.

        The others stay as they were published: ranges that overlap are not merged, so a list has as many entries as its
        service says, apart from those that were cut.
        """
        return subtract(published, self.excluded)


def _parse_texts(texts: Iterable[str]) -> list[Range]:
    return list(filter(None, map(parse_cidr, texts)))
