"""AWS' list of all its services' addresses, which is downloaded one service at a time.

It is not frozen here, and no setting takes its name: anyone can rent an address of most of these services.
"""

from xmlrpc_guard.published.listing import Publication, PublishedList, Shape

IP_RANGES = Shape("AWS' ip-ranges.json", ("prefixes[].ip_prefix", "ipv6_prefixes[].ipv6_prefix"), service_key="service")
IP_RANGES_URL = "https://ip-ranges.amazonaws.com/ip-ranges.json"

AWS = PublishedList(
    source=IP_RANGES_URL,
    seen="2026-10-06",
    ranges=(),
    # A service may have a single entry, and any family.
    publication=Publication(
        urls=(IP_RANGES_URL,), shapes=(IP_RANGES,), families=(4,), least=1, most=4, widest={4: 9, 6: 24}
    ),
)
