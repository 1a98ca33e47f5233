"""The review of a list that is kept by hand, beside what ``ipaddress`` can collapse of it."""

from ipaddress import collapse_addresses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import networks, unmapped
from xmlrpc_guard.formats import read_file
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.updates.review import Finding, FindingKind, review, summarize

PREFIX = "has a prefix that is not plain digits from 0 to 32 without leading zeros"
JETPACK = [*Networks(["jetpack"])]
REVIEWS: list[Any] = [
    pytest.param("10.0.0.0/8\n12.0.0.0/8\n", [], id="a list without anything odd"),
    pytest.param("# none\n", [], id="a list of comments"),
    pytest.param("8.8.8.8/24\n", [(1, "'8.8.8.8/24' has host bits set; write 8.8.8.0/24", True)], id="host bits"),
    pytest.param(
        "8.8.8.8\n\nx.example\n8.8.8.8/33\n",
        [
            (3, "'x.example' is a host name; write its addresses", True),
            (
                4,
                f"'8.8.8.8/33' {PREFIX}; write an address or a CIDR range, such as 203.0.113.0/24",
                True,
            ),
        ],
        id="two entries that cannot be used, each with its line",
    ),
    pytest.param("8.8.8.8\n\n8.8.8.8/32 # again\n", [(3, "8.8.8.8/32 is on line 1 already", False)], id="a duplicate"),
    pytest.param(
        "8.8.8.8\n" * 3,
        [(2, "8.8.8.8/32 is on line 1 already", False), (3, "8.8.8.8/32 is on line 1 already", False)],
        id="an entry that is there three times",
    ),
    pytest.param(
        "8.8.8.8\n8.0.0.0/8\n",
        [(1, "8.8.8.8/32 lies within 8.0.0.0/8 of line 2", False)],
        id="a range within a wider one",
    ),
    pytest.param(
        "8.0.0.0/9\n8.0.0.0/8\n",
        [(1, "8.0.0.0/9 lies within 8.0.0.0/8 of line 2", False)],
        id="a range at the beginning of a wider one",
    ),
    pytest.param("8.0.0.0/8\n9.0.0.0/8\n", [(1, "with line 2 it is 8.0.0.0/7", False)], id="two halves"),
    pytest.param("9.0.0.0/8\n10.0.0.0/8\n", [], id="two neighbours that are not halves of one range"),
    pytest.param("8.0.0.0/8\n9.0.0.0/9\n", [], id="two neighbours of different size"),
    pytest.param(
        "2001:db8::/33\n2001:db8:8000::/33\n", [(1, "with line 2 it is 2001:db8::/32", False)], id="two halves in IPv6"
    ),
    pytest.param(
        "".join(f"8.8.8.{number}\n" for number in range(8)),
        [(1, "with lines 2, 3, 4, 5, 6 and 2 more it is 8.8.8.0/29", False)],
        id="eight addresses in a row",
    ),
    pytest.param("255.255.255.255\n::/127\n", [], id="the last IPv4 address and the first of IPv6"),
    pytest.param(
        "0.0.0.0\n::\n8.8.8.8\n",
        [
            (1, "'0.0.0.0' is not a client's address; remove it", True),
            (2, "'::' is not a client's address; remove it", True),
        ],
        id="the addresses of zeros, which no client has",
    ),
    pytest.param("jetpack\n", [], id="a published list, whose ranges overlap among themselves"),
    pytest.param(
        "jetpack\njetpack\n",
        [(2, f"{text} is on line 1 already", False) for text in sorted(JETPACK)],
        id="a published list that is named twice",
    ),
    pytest.param("cloudflare\n", [], id="a published list with an address cut out of it"),
    pytest.param(
        "jetpack\n192.0.80.1\n",
        [(2, "192.0.80.1/32 lies within 192.0.64.0/18 of line 1", False)],
        id="an address within a published list",
    ),
    pytest.param('["8.8.8.8", "8.8.8.8"]', [(1, "8.8.8.8/32 is on line 1 already", False)], id="JSON on one line"),
]


@pytest.mark.parametrize(("text", "found"), REVIEWS)
def test_what_is_odd_about_a_list(text: str, found: list[Any]) -> None:
    findings = review(read_file(text.encode(), "list.txt"))
    assert [(line, words, kind is FindingKind.PROBLEM) for line, words, kind in findings] == found


@given(st.lists(networks, max_size=12))
def test_a_list_is_found_needless_where_it_can_be_collapsed(drawn: list[Any]) -> None:
    data = "".join(f"{network}\n" for network in drawn).encode() + b"#"
    of_both = [[n for n in map(unmapped, drawn) if n.version == version] for version in (4, 6)]
    collapsed = [network for family in of_both for network in collapse_addresses(family)]  # type: ignore[type-var]
    assert bool(review(read_file(data, "list.txt"))) == (len(collapsed) < len(drawn))


def test_what_does_no_harm_is_summed_up_if_there_is_much_of_it() -> None:
    lines = ["10.0.0.0/8"] * 2 + ["192.0.2.0/24", *(f"192.0.2.{number}" for number in range(1, 9)), "x"]
    findings = summarize(review(read_file("\n".join(lines).encode(), "list.txt")))
    assert [(finding.line, finding.text, finding.fatal) for finding in findings] == [
        (2, "10.0.0.0/8 is on line 1 already", False),
        (12, findings[1].text, True),
        (0, "8 entries lie within others (lines 4, 5, 6, 7, 8 and 3 more), which does no harm", False),
    ]


def test_problems_are_never_summed_up() -> None:
    assert len(summarize([Finding(line, "is odd") for line in range(9)])) == 9
