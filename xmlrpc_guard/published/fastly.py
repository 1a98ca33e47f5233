"""The addresses that Fastly's servers connect to a site from.

Fastly appends the client to X-Forwarded-For on TLS connections only, and only in VCL services: a plain HTTP request
keeps the header that a stranger wrote, and so does one through a Compute service. Let the service answer plain HTTP
with a redirect, or set the header itself: ``set req.http.X-Forwarded-For = client.ip;``. Any Fastly customer can
send requests from these addresses: let in only those that show a secret which your service adds.
"""

from xmlrpc_guard.published.listing import Publication, PublishedList, Shape

PUBLIC_IP_LIST = Shape("Fastly's JSON", ("addresses", "ipv6_addresses"))

FASTLY = PublishedList(
    source="https://api.fastly.com/public-ip-list",
    seen="2026-09-17",
    ranges=(
        "23.235.32.0/20",
        "43.249.72.0/22",
        "103.244.50.0/24",
        "103.245.222.0/23",
        "103.245.224.0/24",
        "104.156.80.0/20",
        "140.248.64.0/18",
        "140.248.128.0/17",
        "146.75.0.0/17",
        "151.101.0.0/16",
        "157.52.64.0/18",
        "167.82.0.0/17",
        "167.82.128.0/20",
        "167.82.160.0/20",
        "167.82.224.0/20",
        "172.111.64.0/18",
        "185.31.16.0/22",
        "199.27.72.0/21",
        "199.232.0.0/16",
        "2a04:4e40::/32",
        "2a04:4e42::/32",
    ),
    publication=Publication(
        urls=("https://api.fastly.com/public-ip-list",),
        shapes=(PUBLIC_IP_LIST,),
        families=(4, 6),
        least=8,
        most=12,
        widest={4: 15, 6: 28},
    ),
)
