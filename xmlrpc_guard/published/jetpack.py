"""The addresses that Jetpack's servers call a site from.

There is no IPv6 list: a site that is reached over IPv6 refuses Jetpack with this list alone. Sites that kept the list
of 2019 lacked 192.0.64.0/20 and refused Jetpack.
"""

from xmlrpc_guard.published.listing import ARRAY, LINES, Publication, PublishedList

JETPACK = PublishedList(
    source="https://jetpack.com/ips-v4.txt",
    seen="2025",
    of_clients=True,
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
    # A list that breaks off after two of its eight lines does not pass.
    publication=Publication(
        urls=("https://jetpack.com/ips-v4.txt",),
        shapes=(LINES, ARRAY),
        families=(4,),
        least=3,
        most=15,
        widest={4: 16, 6: 32},
    ),
)
