"""The addresses of private networks, of links and of the host itself, which RFC 6890 lists apart from public ones.

Not in the list: 100.64.0.0/10, which carriers and some platforms share among customers (RFC 6598), and other ranges
that are not public. Rather name the proxies themselves: with this list every peer on such an address is trusted, and a
client on one counts as one more proxy, so that what it wrote into X-Forwarded-For is trusted too.
"""

from xmlrpc_guard.published.listing import PublishedList

PRIVATE = PublishedList(
    source="https://www.rfc-editor.org/rfc/rfc6890",
    seen="2013-04",
    ranges=(
        "10.0.0.0/8",  # RFC 1918, as the next two
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",  # loopback, RFC 1122
        "169.254.0.0/16",  # link-local, RFC 3927
        "::1/128",  # loopback, RFC 4291
        "fc00::/7",  # unique local, RFC 4193
        "fe80::/10",  # link-local, RFC 4291
    ),
)
