"""What is kept of a published list: its ranges, and the source and the date to judge them by."""

from typing import NamedTuple


class PublishedList(NamedTuple):
    """The ranges that were published somewhere, where, and when they were last seen there.

    >>> PublishedList(source="https://example.com/ips", seen="2026-09", ranges=("192.0.2.0/24",)).seen
    '2026-09'
    """

    source: str
    """The address the list is published at."""
    seen: str
    """When the source was last seen to say this: an ISO 8601 date, cut to what is known. An RFC's is its own."""
    ranges: tuple[str, ...]
    """CIDR text, as published."""
