"""The addresses that Sucuri's website firewall connects to a site from, as its manual has them.

Sucuri publishes them on a page for people only. MISP, a project that keeps lists of well-known addresses, reads that
page and publishes it as JSON: an update of this list trusts both. Mirrors that call themselves lists of Sucuri have all
that its network announces, which is more, and leaves out parts of the manual's ranges.

Sucuri writes the client into X-Sucuri-ClientIP and appends it to X-Forwarded-For. Any customer can point the firewall
at a site that is not theirs: let in only those requests that show a secret which your own account adds.
"""

from xmlrpc_guard.published.listing import ARRAY, LINES, Publication, PublishedList, Shape

WARNING_LIST = Shape("MISP's list", ("list",))

SUCURI = PublishedList(
    source="https://docs.sucuri.net/website-firewall/sucuri-firewall-troubleshooting-guide/",
    seen="2026-10-14",
    ranges=(
        "192.88.134.0/23",
        "185.93.228.0/22",
        "66.248.200.0/22",
        "208.109.0.0/22",
        "2a02:fe80::/29",
    ),
    publication=Publication(
        urls=("https://raw.githubusercontent.com/MISP/misp-warninglists/main/lists/sucuri/list.json",),
        shapes=(LINES, ARRAY, WARNING_LIST),
        families=(4, 6),
        least=3,
        most=19,
        widest={4: 21, 6: 28},
    ),
)
