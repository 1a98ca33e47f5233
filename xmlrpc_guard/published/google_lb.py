"""The addresses that Google's global load balancers, and their health checks, connect to a backend from.

Google has them on a page for people only, so an update needs the address of a list of yours. Not in it are the
balancers that connect from a subnet of your own (regional ones), and those before backends outside Google's network,
whose addresses are in a DNS record.

The balancer appends two addresses to X-Forwarded-For: the client's, and that of your own forwarding rule, which has to
be trusted beside these. Any customer of Google can put a balancer of theirs before a server that lets these ranges in:
let in only your own network's balancer, or those requests that show a secret which it adds.
"""

from xmlrpc_guard.published.listing import ARRAY, LINES, Publication, PublishedList

GOOGLE_LB = PublishedList(
    source="https://cloud.google.com/load-balancing/docs/firewall-rules",
    seen="2026-11",
    ranges=(
        "35.191.0.0/16",
        "130.211.0.0/22",
        "2600:2d00:1:1::/64",
        "2600:2d00:1:b029::/64",
    ),
    publication=Publication(urls=(), shapes=(LINES, ARRAY), families=(4, 6), least=2, most=14, widest={4: 15, 6: 60}),
)
