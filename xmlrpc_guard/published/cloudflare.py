"""The addresses that Cloudflare's proxies connect to a site from.

A Worker of any Cloudflare customer connects from them too, with an X-Forwarded-For of its own making. As a client of
another customer's site it is 2a06:98c0:3600::103, which lies in the published ranges: it is excluded here, so that the
walk stops at it. Whether that address is appended to the header was not seen. So close the site to Workers: a WAF rule
on ``cf.worker.upstream_zone`` in front, and authenticated origin pulls, with a certificate of one's own, at the origin.

The list has no 104.28.0.0/16, where users of Cloudflare's WARP and of Apple's Private Relay come from. The
104.16.0.0/12 of older lists takes those users for proxies.
"""

from xmlrpc_guard.published.listing import LINES, Publication, PublishedList, Shape

API = Shape("Cloudflare's JSON", ("result.ipv4_cidrs", "result.ipv6_cidrs"))

CLOUDFLARE = PublishedList(
    source="https://www.cloudflare.com/ips/",
    seen="2026-09-17",
    ranges=(
        "173.245.48.0/20",
        "103.21.244.0/22",
        "103.22.200.0/22",
        "103.31.4.0/22",
        "141.101.64.0/18",
        "108.162.192.0/18",
        "190.93.240.0/20",
        "188.114.96.0/20",
        "197.234.240.0/22",
        "198.41.128.0/17",
        "162.158.0.0/15",
        "104.16.0.0/13",
        "104.24.0.0/14",
        "172.64.0.0/13",
        "131.0.72.0/22",
        "2400:cb00::/32",
        "2606:4700::/32",
        "2803:f800::/32",
        "2405:b500::/32",
        "2405:8100::/32",
        "2a06:98c0::/29",
        "2c0f:f248::/32",
    ),
    without=("2a06:98c0:3600::103/128",),
    publication=Publication(
        urls=("https://www.cloudflare.com/ips-v4", "https://www.cloudflare.com/ips-v6"),
        shapes=(LINES, API),
        families=(4, 6),
        least=8,
        most=10,
        widest={4: 12, 6: 28},
    ),
)
