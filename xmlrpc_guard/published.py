"""Address lists that services publish, frozen here with their dates so that a Policy needs no network.

A frozen list ages: whoever kept Jetpack's list of 2019 lost 192.0.64.0/20 and saw Jetpack refused.
Compare the date below with the source before relying on it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class PublishedList(NamedTuple):
    """The ranges one service published, where, and when they were last seen there.

    >>> PUBLISHED["jetpack"].seen
    '2025'
    """

    source: str
    """The address the list is published at."""
    seen: str
    """When the list was last seen to say this: an ISO 8601 date, cut to what is known."""
    ranges: tuple[str, ...]
    """CIDR text, as published."""


PUBLISHED: Mapping[str, PublishedList] = MappingProxyType(
    {
        # Jetpack publishes no IPv6 list: a site that is reached over IPv6 refuses it with this list alone.
        "jetpack": PublishedList(
            source="https://jetpack.com/ips-v4.txt",
            seen="2025",
            ranges=(
                "122.248.245.244/32",
                "54.217.201.243/32",
                "54.232.116.4/32",
                "192.0.64.0/18",
                "192.0.80.0/20",
                "192.0.96.0/20",
                "192.0.112.0/20",
                "195.234.108.0/22",
            ),
        ),
    }
)
"""Every named list that a setting may hold, by name."""
