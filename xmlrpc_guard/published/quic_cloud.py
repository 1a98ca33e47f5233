"""The addresses of QUIC.cloud's servers, which can be downloaded only.

They are single addresses at many hosters, some 150 of them, and change too often to be frozen. An address that
QUIC.cloud has given up belongs to another customer of that hoster: update the list each day, and give the file a
``max_age``.
"""

from xmlrpc_guard.published.listing import ARRAY, LINES, Publication, PublishedList

QUIC_CLOUD = PublishedList(
    source="https://www.quic.cloud/ips",
    seen="2026-07-12",
    ranges=(),
    publication=Publication(
        urls=("https://www.quic.cloud/ips?ln",),
        shapes=(LINES, ARRAY),
        families=(4,),
        least=40,
        most=23,
        widest={4: 28, 6: 64},
    ),
)
