"""The bytes of a list: its entries and their lines, what they cover, or what is wrong with them."""

import json
import pickle
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmlrpc_guard import published
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.listfile import LONGEST_LINE, ListEntry, iterate_list, read_list, read_networks, read_ranges
from xmlrpc_guard.listfile.lines import LinesPiece
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.ranges import format_cidr

LINES: list[Any] = [
    pytest.param(b"10.0.0.0/8\n::1\n", [(1, "10.0.0.0/8"), (2, "::1")], id="one entry a line"),
    pytest.param(b"10.0.0.0/8", [(1, "10.0.0.0/8")], id="the last line may lack its end"),
    pytest.param(b"# office\n\n10.0.0.0/8\n", [(3, "10.0.0.0/8")], id="comments and empty lines count as lines"),
    pytest.param(b" 10.0.0.0/8\t # office\n", [(1, "10.0.0.0/8")], id="a comment may follow an entry"),
    pytest.param(b"10.0.0.0/8\r\n::1\r\n", [(1, "10.0.0.0/8"), (2, "::1")], id="lines may end as on Windows"),
    pytest.param(b"\xef\xbb\xbf10.0.0.0/8\n", [(1, "10.0.0.0/8")], id="Notepad's byte order mark is not an entry"),
    pytest.param(b"; office\n10.0.0.0/8 ; SBL1\n", [(2, "10.0.0.0/8")], id="a semicolon begins a comment, as in DROP"),
    pytest.param(
        b"10.0.0.0/8;a # b;c\n::1#;\n", [(1, "10.0.0.0/8"), (2, "::1")], id="a comment after # and a comment after ;"
    ),
    pytest.param(b";10.0.0.0/8\n; ::1\n", [], id="an entry that is commented out"),
    pytest.param(b"10.0.0.0/8; was 11.0.0.0/8\n", [(1, "10.0.0.0/8")], id="an address later in a comment"),
    pytest.param(
        b"10.0.0.0/24 ; 10.0.0.0 - 10.0.0.255 ; SBL1\n",
        [(1, "10.0.0.0/24")],
        id="a comment with the ends of the range before it, as old block lists have it",
    ),
    pytest.param(b"10.0.0.0 - 10.0.0.9 ; x\n", [(1, "10.0.0.0 - 10.0.0.9")], id="a range with blanks"),
    pytest.param("# B\xfcro\n10.0.0.0/8\n".encode(), [(2, "10.0.0.0/8")], id="a comment beyond ASCII"),
    pytest.param(
        "10.0.0.0/8 # a\u2028b\x0cc\n::1".encode(), [(1, "10.0.0.0/8"), (2, "::1")], id="nothing but LF ends a line"
    ),
    pytest.param(b"# none\n", [], id="a comment alone is a list without entries"),
    pytest.param(b"10/8\nevil <b>\n", [(1, "10/8"), (2, "evil <b>")], id="entries are not read here"),
    pytest.param(b"[::1]\n10.0.0.0/8", [(1, "[::1]"), (2, "10.0.0.0/8")], id="an address in brackets is not JSON"),
    pytest.param(b"10.0.0.0/8\n::1\r", [(1, "10.0.0.0/8"), (2, "::1")], id="a CR may be the last byte"),
    pytest.param(b"#" * LONGEST_LINE + b"\n", [], id="a line of the greatest length"),
]

AWS = b"""{"syncToken": "1", "prefixes": [
  {"ip_prefix": "192.0.2.0/24", "region": "a", "service": "AMAZON", "network_border_group": "a"},
  {"ip_prefix": "192.0.2.0/25", "region": "a", "service": "CLOUDFRONT", "network_border_group": "a"}],
 "ipv6_prefixes": [
  {"ipv6_prefix": "2001:db8::/32", "region": "a", "service": "CLOUDFRONT", "network_border_group": "a"}]}"""

AZURE = b"""{"changeNumber": 1, "cloud": "Public", "values": [
  {"name": "AzureCloud", "id": "AzureCloud", "properties": {"changeNumber": 9, "addressPrefixes": ["192.0.2.0/24"]}},
  {"name": "AzureFrontDoor.Backend", "properties": {"addressPrefixes": ["2001:db8::/48"], "region": ""}}]}"""

JSON: list[Any] = [
    pytest.param(b'["10.0.0.0/8", "::1"]', None, [(1, "10.0.0.0/8"), (1, "::1")], id="an array, as Jetpack's"),
    pytest.param(
        b'\n["10.0.0.0/8",\n "::1"]\n', None, [(2, "10.0.0.0/8"), (3, "::1")], id="an array over several lines"
    ),
    pytest.param(b'\xef\xbb\xbf["::1"]', None, [(1, "::1")], id="an array after a byte order mark"),
    pytest.param(rb'["10.0.0.0\/8"]', None, [(1, "10.0.0.0/8")], id="a slash as PHP writes it"),
    pytest.param(b'["::1",\n"::1"]', None, [(1, "::1"), (2, "::1")], id="each of two equal texts has its own line"),
    pytest.param(b'["a\\nb"]', None, [(1, "a\nb")], id="an escaped line end is in the text"),
    pytest.param(b"[]", None, [], id="an empty array is a list without entries"),
    pytest.param(
        b'{"result":{"ipv6_cidrs":["2001:db8::/32"],\n"ipv4_cidrs":["192.0.2.0/24"],"etag":"x"},"success":true}',
        None,
        [(2, "192.0.2.0/24"), (1, "2001:db8::/32")],
        id="Cloudflare's API",
    ),
    pytest.param(
        b'{"addresses":["192.0.2.0/24"],"ipv6_addresses":["2001:db8::/32"]}',
        None,
        [(1, "192.0.2.0/24"), (1, "2001:db8::/32")],
        id="Fastly's list",
    ),
    pytest.param(
        b'{"CLOUDFRONT_GLOBAL_IP_LIST":["192.0.2.0/24"],\n"CLOUDFRONT_REGIONAL_EDGE_IP_LIST":["198.51.100.0/24"]}',
        None,
        [(1, "192.0.2.0/24"), (2, "198.51.100.0/24")],
        id="CloudFront's own",
    ),
    pytest.param(
        b'{"addresses":["192.0.2.0/24"],"ipv6_addresses":[],"version":"2.1","at":"2026-10-06T08:11:12Z","n":[1,null],'
        b'"by":"std::a","etag":"38:f7:9d:05","of":"https://api.fastly.com/public-ip-list"}',
        None,
        [(1, "192.0.2.0/24")],
        id="further fields that hold no address",
    ),
    pytest.param(AWS, "CLOUDFRONT", [(3, "192.0.2.0/25"), (5, "2001:db8::/32")], id="one service of AWS' list"),
    pytest.param(
        b'{"syncToken": "1", "creationTime": "2026-10-06T08:11:12.0", "prefixes": [{"ipv6Prefix": "2001:db8::/32"},\n'
        b'{"ipv4Prefix": "192.0.2.0/24", "service": "Google Cloud", "scope": "us-east1"}]}',
        None,
        [(1, "2001:db8::/32"), (2, "192.0.2.0/24")],
        id="Google's list, and that of its cloud",
    ),
    pytest.param(AZURE, "AzureFrontDoor.Backend", [(3, "2001:db8::/48")], id="one of Azure's service tags"),
    pytest.param(
        b'{"last_updated_timestamp": "2026-10-06T08:11:12.13", "regions": [{"region": "us-a", "cidrs": [\n'
        b'{"cidr": "192.0.2.0/24", "tags": ["OCI"]}]}, {"region": "us-b", "cidrs": [{"cidr": "::1", "tags": []}]}]}',
        None,
        [(2, "192.0.2.0/24"), (2, "::1")],
        id="Oracle's list",
    ),
    pytest.param(
        b'{"creationDate": "2026-10-06T08:11:12.13", "syncToken": 1, "items": [{"network": "192.0.2.16",'
        b'"mask_len": 28, "cidr": "192.0.2.16/28", "mask": "255.255.255.240", "region": ["global"],'
        b'"product": ["jira"]}]}',
        None,
        [(1, "192.0.2.16/28")],
        id="Atlassian's list, which has each range in two notations",
    ),
    pytest.param(
        b'{"cidr":"192.0.2.0/24","sblid":"SBL1","rir":"apnic"}\r\n{"cidr":"::1","sblid":"SBL2","rir":"ripencc"}\r\n\r\n'
        b'{"type":"metadata","timestamp":1728000000,"size":2,"records":2,"copyright":"(c) 2026"}\r\n',
        None,
        [(1, "192.0.2.0/24"), (2, "::1")],
        id="Spamhaus' DROP in JSON, an object a line",
    ),
    pytest.param(b'{"cidr":"192.0.2.0/24"}\n{"cidr":"::1"}', None, [(1, "192.0.2.0/24"), (2, "::1")], id="JSON lines"),
    pytest.param(
        b'{"description": "from https://docs.sucuri.net/x", "list": [\n"192.88.134.0/23"], "version": 20261014}',
        None,
        [(2, "192.88.134.0/23")],
        id="MISP's list of a service's addresses",
    ),
    pytest.param(AWS, "AMAZON", [(2, "192.0.2.0/24")], id="a service of AWS' without IPv6"),
]

ADVICE = "write one entry a line or an array of texts, or name the field that is meant"

PROBLEMS: list[Any] = [
    pytest.param(
        b'{"result": {"ipv4_cidrs": ["10.0.0.0/8"], "ipv6_cidrs": []}, "success": false, "errors": []}',
        None,
        0,
        "is the answer to a request that failed ('success' is false); fetch it again",
        id="Cloudflare's answer to a request that failed",
    ),
    pytest.param(
        b'{"cidr":"10.0.0.0/8"}\n{"cidr":"11.0.0.0/8"}\n{"type":"metadata","records":3}\n',
        None,
        3,
        "says that there are 3 rows, not 2; fetch it again",
        id="Spamhaus' list with fewer rows than its last line says",
    ),
    pytest.param(
        b'{"items": [{"network": "11.0.0.0", "mask": "255.0.0.0", "cidr": "10.0.0.0/8"}]}',
        None,
        0,
        f"has '11.0.0.0' at items[0].network, unlike '10.0.0.0/8' there; {ADVICE}",
        id="Atlassian's list with another network beside an entry",
    ),
    pytest.param(
        b'{"items": [{"network": "2001:db8::", "mask": "ffff::", "cidr": "2001:db8::/32"}]}',
        None,
        0,
        f"has 'ffff::' at items[0].mask, unlike '2001:db8::/32' there; {ADVICE}",
        id="Atlassian's list with another netmask beside an entry",
    ),
    pytest.param(
        b"[" + b"1" * 5000 + b"]",
        None,
        0,
        f"is JSON that cannot be used (a number is too long); {ADVICE}",
        id="a number of more digits than Python reads",
    ),
    pytest.param(
        b"# blocked\r203.0.113.7\r",
        None,
        1,
        "has a CR that is not before a LF; end each line with LF or CRLF",
        id="lines that end as on an old Mac: the entry would belong to the comment",
    ),
    pytest.param(
        b"10.0.0.0/8\r\n::1 # a\r\r\n",
        None,
        2,
        "has a CR that is not before a LF; end each line with LF or CRLF",
        id="a CR too many",
    ),
    *(
        pytest.param(
            line.encode(),
            None,
            1,
            "has an entry after ';', which begins a comment; write one entry a line",
            id=f"{why}",
        )
        for line, why in (
            ("10.0.0.1;10.0.0.2\n", "two entries with a semicolon between them"),
            ("10.0.0.0/24; 10.0.1.0/24 # office\n", "two entries with a semicolon and a blank"),
            ("10.0.0.1;;::1\n", "two semicolons between two entries"),
            ("10.0.0.1-10.0.0.9; 10.0.0.9-10.0.0.20\n", "two ranges with a semicolon between them"),
            ("10.0.0.0/24; 10.0.0.0/23\n", "a wider range after a semicolon"),
        )
    ),
    pytest.param(b"", None, 0, "is empty; write a # comment if it should have no entries", id="zero bytes"),
    pytest.param(
        b"\n \r\n",
        None,
        0,
        "is empty; write a # comment if it should have no entries",
        id="white space, as `echo $NOTHING` leaves it",
    ),
    pytest.param(
        b"\n<!DOCTYPE html>\n<html>",
        None,
        1,
        "looks like an HTML page; fetch the list itself, one entry a line",
        id="an error page saved as the list",
    ),
    pytest.param("10.0.0.0/8".encode("utf-16"), None, 1, "is UTF-16; save it as UTF-8", id="UTF-16"),
    pytest.param(b"::1\n# B\xfcro\n", None, 2, "is not UTF-8; save it as UTF-8", id="Latin-1"),
    pytest.param(
        b"::1\n\n10.0\0\0\0\0",
        None,
        3,
        "has NUL bytes, as a file does after a crash; write it again",
        id="a file that was not on the disk yet when the power failed",
    ),
    pytest.param(
        b"::1\n#" + b"#" * LONGEST_LINE,
        None,
        2,
        "is longer than 4096 characters; write one entry a line",
        id="a line that is too long",
    ),
    pytest.param(b'["::1",\n"::2"', None, 2, "ends in the middle of its JSON; fetch or write it again", id="cut JSON"),
    pytest.param(b'["::1",\n"::', None, 2, "ends in the middle of its JSON; fetch or write it again", id="cut text"),
    pytest.param(
        b"{",
        None,
        1,
        "ends in the middle of its JSON; fetch or write it again",
        id="JSON cut after its first character",
    ),
    pytest.param(
        b'[\n"::1"; "::2"]',
        None,
        2,
        "is not JSON at column 6 (Expecting ',' delimiter); fetch or write it again",
        id="a semicolon for a comma",
    ),
    pytest.param(b"[" * 200_000, None, 0, f"is JSON nested too deeply; {ADVICE}", id="nested JSON"),
    pytest.param(
        b'{"addresses": ["::1"], "addresses": []}',
        None,
        0,
        f"is JSON that cannot be used (a field is repeated); {ADVICE}",
        id="a field that is there twice, of which readers take either",
    ),
    pytest.param(
        b'{"ips": ["::1"]}',
        None,
        0,
        f"is JSON in no known shape, with addresses in ips[]; {ADVICE}",
        id="an object of an unknown shape",
    ),
    pytest.param(
        b'{"addresses": ["192.0.2.0/24"], "addresses_v6": ["2001:db8::/32"]}',
        None,
        0,
        f"is JSON in no known shape, with addresses in addresses[], addresses_v6[]; {ADVICE}",
        id="an object with one field of Fastly's list and another of its own, which [] for IPv6 would lose",
    ),
    pytest.param(
        b'{"prefixes": [{"ip_prefix": "192.0.2.0/24", "service": "S3"}]}',
        None,
        0,
        f"has no ipv4Prefix or ipv6Prefix at prefixes[0]; {ADVICE}",
        id="AWS' list without IPv6, which has one field of Google's",
    ),
    pytest.param(
        b'{"result": {"ipv4_cidrs": ["192.0.2.0/24"]}, "ipv6": {"cidrs": ["2001:db8::/32"]}}',
        None,
        0,
        f"is JSON in no known shape, with addresses in result.ipv4_cidrs[], ipv6.cidrs[]; {ADVICE}",
        id="an object with one field of Cloudflare's list and the rest elsewhere",
    ),
    pytest.param(
        b'{"result": {"ipv4_cidrs": ["192.0.2.0/24"], "ipv6_cidrs": [], "jdcloud_cidrs": ["198.51.100.0/24"]}}',
        None,
        0,
        f"is Cloudflare's JSON, but has addresses in result.jdcloud_cidrs[] too; {ADVICE}",
        id="Cloudflare's API with its further network, which it gives on demand",
    ),
    pytest.param(
        b'{"addresses": [], "ipv6_addresses": [], "ipv6_addresses_new": ["2001:db8::/32"]}',
        None,
        0,
        f"is Fastly's JSON, but has addresses in ipv6_addresses_new[] too; {ADVICE}",
        id="Fastly's list with a field more",
    ),
    pytest.param(
        b'{"CLOUDFRONT_GLOBAL_IP_LIST": [], "CLOUDFRONT_REGIONAL_EDGE_IP_LIST": [], "IPV6": "2001:db8::/32"}',
        None,
        0,
        f"is CloudFront's list-cloudfront-ips, but has addresses in IPV6 too; {ADVICE}",
        id="CloudFront's list with a text more",
    ),
    pytest.param(
        b'{"prefixes": [{"ip_prefix": "192.0.2.0/24", "next_prefix": "198.51.100.0/24", "service": "S3"}],'
        b' "ipv6_prefixes": []}',
        "S3",
        0,
        f"is AWS' ip-ranges.json, but has addresses in prefixes[].next_prefix too; {ADVICE}",
        id="a row of AWS' list with two addresses",
    ),
    pytest.param(
        b'{"addresses": [], "ipv6_addresses": [], "office": {"192.0.2.7": true}}',
        None,
        0,
        f"is Fastly's JSON, but has addresses in office too; {ADVICE}",
        id="addresses as the names of fields",
    ),
    pytest.param(
        json.dumps({"addresses": ["::1"], **{f"more_{number}": ["::1"] for number in range(9)}}).encode(),
        None,
        0,
        "is JSON in no known shape, with addresses in "
        f"addresses[], more_0[], more_1[], more_2[], more_3[], ...; {ADVICE}",
        id="many fields of addresses",
    ),
    pytest.param(b'{"result": []}', None, 0, f"is JSON, but not a list; {ADVICE}", id="a field of an unknown shape"),
    pytest.param(
        b'{"result": {"ipv4_cidrs": ["192.0.2.0/24"]}}',
        None,
        0,
        "lacks result.ipv6_cidrs; fetch it again, or write [] there for no entries",
        id="half of a list",
    ),
    pytest.param(
        b'{"addresses": "192.0.2.0/24", "ipv6_addresses": []}',
        None,
        0,
        "has no array in addresses; fetch it again, or write [] there for no entries",
        id="one text is one thing, not a list of letters",
    ),
    pytest.param(b'["::1", 5]', None, 0, f"has 5 at [1], which is not text; {ADVICE}", id="a number in an array"),
    pytest.param(b'[["::1"]]', None, 0, f"has ['::1'] at [0], which is not text; {ADVICE}", id="an array in an array"),
    pytest.param(
        b'{"prefixes": [{"service": "S3", "ip": "::1"}], "ipv6_prefixes": []}',
        "S3",
        0,
        f"has no ip_prefix at prefixes[0]; {ADVICE}",
        id="a row without its text",
    ),
    pytest.param(
        b'{"prefixes": ["::1"], "ipv6_prefixes": []}',
        "S3",
        0,
        f"is JSON in no known shape, with addresses in prefixes[]; {ADVICE}",
        id="rows that are not objects",
    ),
    pytest.param(
        b'{"prefixes": [{"ip_prefix": "10.0.0.0/8", "service": "S3"}, "::1"], "ipv6_prefixes": []}',
        "S3",
        0,
        f"has '::1' at prefixes[1], which has no fields; {ADVICE}",
        id="a row that is not an object",
    ),
    pytest.param(
        AWS,
        None,
        0,
        "lists several services; name one with service= or the field [service=...], of AMAZON, CLOUDFRONT",
        id="all of AWS, where anyone can rent an address",
    ),
    pytest.param(
        AWS,
        "CLOUDFLARE",
        0,
        "has no service 'CLOUDFLARE'; name one with service= or the field [service=...], of AMAZON, CLOUDFRONT",
        id="a service that is not there",
    ),
    pytest.param(
        AZURE,
        None,
        0,
        "lists several services; name one with service= or the field [name=...], of AzureCloud, AzureFrontDoor.Backend",
        id="all of Azure",
    ),
    pytest.param(
        b'{"cidr":"192.0.2.0/24"}\n{"cidr":"::1"',
        None,
        2,
        "ends in the middle of its JSON; fetch or write it again",
        id="JSON lines that are cut",
    ),
    pytest.param(
        b'{"cidr":"192.0.2.0/24"}\n{"cidr":"::1"}\n5',
        None,
        3,
        "is not a JSON object, as the other lines are; fetch or write it again",
        id="JSON lines with a number",
    ),
    pytest.param(
        b'{"cidr":"192.0.2.0/24"}\n{"type":"metadata","cidr6":"2001:db8::/32"}',
        None,
        0,
        f"has no cidr at [1]; {ADVICE}",
        id="JSON lines with an address in the line that describes the list",
    ),
    pytest.param(
        b'{"addresses": ["192.0.2.1"], "ipv6_addresses": [], "192.0.2.7": "the office"}',
        None,
        0,
        f"is Fastly's JSON, but has addresses in the top level too; {ADVICE}",
        id="an address that is the name of a field beside a service's",
    ),
    pytest.param(
        b'{"cidr":"192.0.2.0/24"}\n{"cidr":"::1","dns":"192.0.2.1"}',
        None,
        0,
        f"is Spamhaus' DROP in JSON, but has addresses in [].dns too; {ADVICE}",
        id="JSON lines with two addresses each",
    ),
    pytest.param(
        b'[{"ip": "192.0.2.0/24"}]',
        None,
        0,
        f"is JSON in no known shape, with addresses in [].ip; {ADVICE}",
        id="an array of objects",
    ),
    pytest.param(
        b'[{"a": 1}]', None, 0, f"is JSON, but not a list; {ADVICE}", id="an array of objects without addresses"
    ),
    pytest.param(
        b'["::1", {"ip": "::2"}]',
        None,
        0,
        f"has {{'ip': '::2'}} at [1], which is not text; name one of its fields: ip; {ADVICE}",
        id="an object in an array of texts",
    ),
    pytest.param(
        b"::1",
        "S3",
        0,
        "names no services, but service='S3' is set; leave that out",
        id="a service, where lines name none",
    ),
    pytest.param(
        b'["::1"]',
        "S3",
        0,
        "names no services, but service='S3' is set; leave that out",
        id="a service, where an array names none",
    ),
]


@pytest.mark.parametrize(("data", "listed"), LINES)
def test_lines(data: bytes, listed: list[tuple[int, str]]) -> None:
    assert read_list(data, "office.txt") == listed


@pytest.mark.parametrize(("data", "service", "listed"), JSON)
def test_json(data: bytes, service: str | None, listed: list[tuple[int, str]]) -> None:
    assert read_list(data, "office.json", service=service) == listed


@pytest.mark.parametrize(("data", "service", "line", "problem"), PROBLEMS)
def test_the_error_for_what_is_not_a_list_says_where_and_why(
    data: bytes, service: str | None, line: int, problem: str
) -> None:
    with pytest.raises(SourceError) as raised:
        read_list(data, "office.txt", service=service)
    assert (raised.value.source, raised.value.line, raised.value.problem) == ("office.txt", line, problem)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        pytest.param(
            SourceError("a.txt", 3, "is odd"), "a.txt:3: is odd", id="a file and a line, as compilers write them"
        ),
        pytest.param(SourceError("a.txt", 0, "is odd"), "a.txt: is odd", id="a file as a whole"),
        pytest.param(
            SourceError("a\nb", 0, "is\x1bodd"), r"a\nb: is\x1bodd", id="a name with control characters, on one line"
        ),
    ],
)
def test_an_error_is_one_line_and_survives_pickling(error: SourceError, text: str) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (str(error), str(again), isinstance(error, ValueError)) == (text, text, True)


WORDS = st.text(st.characters(exclude_characters="#;\n\r\t \0\ufeff", codec="utf-8"), min_size=1)


@given(st.lists(st.tuples(WORDS, st.sampled_from(["", " # why", " ; why", ";#", "\r", "\t"]))))
def test_lines_are_read_as_they_were_written(written: list[tuple[str, str]]) -> None:
    text = "# a list\n" + "\n".join(word + end for word, end in written)
    expected = [ListEntry(number, word) for number, (word, _) in enumerate(written, 2)]
    assert read_list(text.encode(), "x") == expected


@given(st.lists(st.text()), st.sampled_from([None, 0, 2]), st.booleans())
def test_an_array_is_read_as_it_was_written(texts: list[str], indent: int | None, escaped: bool) -> None:
    written = json.dumps(texts, indent=indent, ensure_ascii=escaped)
    listed = read_list(written.encode(), "x")
    assert [text for _, text in listed] == texts
    lines = written.split("\n")
    assert all(json.dumps(text, ensure_ascii=escaped) in lines[line - 1] for line, text in listed)


@given(st.one_of(st.binary(), st.text().map(str.encode), st.recursive(st.none(), st.lists).map(str).map(str.encode)))
def test_any_bytes_are_a_list_or_a_source_error(data: bytes) -> None:
    try:
        listed = read_list(data, "x")
    except SourceError as error:
        listed, shown = [], str(error)
    else:
        shown = "a list"
    assert shown.isprintable()
    assert all(text for _, text in listed)


# From entries to ranges, and to networks


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"10.0.0.1\n", ["10.0.0.1/32"], id="an address is a range of one"),
        pytest.param(b"::1\n10.0.0.0/8\n", ["10.0.0.0/8", "::1/128"], id="IPv4 comes first"),
        pytest.param(b"10.0.0.0/8\n9.0.0.0/8\n", ["9.0.0.0/8", "10.0.0.0/8"], id="ranges are sorted as numbers"),
        pytest.param(b"10.0.0.0/255.0.0.0\n10.0.0.0/8\n", ["10.0.0.0/8"], id="two spellings of a range count once"),
        pytest.param(b"10.0.0.0/8\n10.0.0.0/9\n", ["10.0.0.0/9", "10.0.0.0/8"], id="a range within a wider one stays"),
        pytest.param(b"::ffff:10.0.0.0/104\n", ["10.0.0.0/8"], id="IPv4 in IPv6 is IPv4"),
        pytest.param(b"# none\n", [], id="a list without entries"),
        pytest.param(
            b"jetpack\n", [*map(format_cidr, published.published_entries("jetpack"))], id="a published list's name"
        ),
    ],
)
def test_a_list_is_read_as_sorted_ranges(data: bytes, expected: list[str]) -> None:
    assert list(map(format_cidr, read_ranges(data, "list.txt"))) == expected


@pytest.mark.parametrize("read", [read_ranges, read_networks])
def test_an_entry_that_cannot_be_read_is_named_by_its_line_and_shortened(read: Callable[..., object]) -> None:
    with pytest.raises(SourceError) as caught:
        read(b"::1\n" + b"x" * 200 + b"\n", "list.txt")
    assert str(caught.value).startswith("list.txt:2: 'xxx")
    assert str(caught.value).count("x") < 120, "of two hundred"


def test_networks_come_with_the_number_of_entries_as_written() -> None:
    assert read_networks(b"10.0.0.0/9\n10.128.0.0/9\n10.0.0.0/9\n", "x") == (Networks(["10.0.0.0/8"]), 3)
    assert read_networks(AWS, "x", service="CLOUDFRONT") == (Networks(["192.0.2.0/25", "2001:db8::/32"]), 2)


@pytest.mark.parametrize(
    ("data", "shapes", "problem"),
    [
        pytest.param(
            b"::1\n",
            [published.ARRAY, published.OBJECTS[0]],
            "is lines of text, not a JSON array of texts or Cloudflare's JSON; look what is at that address",
            id="lines where JSON is expected",
        ),
        pytest.param(
            b'["::1"]',
            [published.LINES],
            "is a JSON array of texts, not lines of text; look what is at that address",
            id="an array where lines are expected",
        ),
        pytest.param(
            b'{"addresses": [], "ipv6_addresses": []}',
            [published.LINES],
            "is Fastly's JSON, not lines of text; look what is at that address",
            id="an object of a different service",
        ),
    ],
)
def test_a_list_in_a_shape_that_is_not_expected(data: bytes, shapes: list[published.Shape], problem: str) -> None:
    with pytest.raises(SourceError) as caught:
        list(iterate_list(data, "x", shapes=shapes))
    assert caught.value.problem == problem


@pytest.mark.parametrize("letter", ["1:", "::", "1.", ".", "a"])
def test_a_long_text_beside_a_list_is_looked_at_in_time_that_grows_with_it(letter: str) -> None:
    document = {"addresses": [], "ipv6_addresses": ["::1"], "note": letter * 500_000 + "g"}
    assert read_list(json.dumps(document).encode(), "x") == [ListEntry(1, "::1")]


FIELDS = st.sampled_from(
    ["addresses", "ipv6_addresses", "result", "ipv4_cidrs", "ipv6_cidrs", "prefixes", "ip_prefix", "addresses_v6", "ip"]
)
TEXTS = st.sampled_from(["192.0.2.0/24", "198.51.100.7", "2001:db8::/32", "::1", "text", "2026-10-06"])
DOCUMENTS = st.dictionaries(
    FIELDS,
    st.recursive(
        st.lists(TEXTS, max_size=3) | TEXTS | st.none(),
        lambda inner: st.dictionaries(FIELDS, inner, max_size=3) | st.lists(inner, max_size=2),
        max_leaves=6,
    ),
    max_size=4,
)
FASTLY = st.fixed_dictionaries({"addresses": st.lists(TEXTS), "ipv6_addresses": st.lists(TEXTS)})


@given(st.tuples(DOCUMENTS, FASTLY | st.just({})).map(lambda both: {**both[0], **both[1]}))
@settings(max_examples=10 * settings().max_examples)
def test_no_address_of_an_object_is_dropped(document: dict[str, Any]) -> None:
    written = json.dumps(document)
    try:
        listed = {entry.text for entry in read_list(written.encode(), "x")}
    except SourceError:
        return
    assert listed >= {text for text in re.findall('"([^"]*)"', written) if set(text) & set(".:")}


_LINE_PARTS = st.lists(
    st.sampled_from(
        ["192.0.2.7", "10.0.0.0/8", "2001:db8::/32", "jetpack", "#", ";", " ", "\t", "\r", "SBL1", "::", "ä"]
    ),
    max_size=5,
).map("".join)


@given(st.lists(_LINE_PARTS, max_size=6), st.booleans())
def test_the_texts_of_a_piece_are_those_of_its_entries(lines: list[str], is_ended: bool) -> None:
    piece = LinesPiece(("\n".join(lines) + "\n" * is_ended).encode(), 5, "office.txt")
    texts = piece.texts()
    if texts is not None:
        assert texts == [entry.text for entry in piece.entries()]


def test_most_pieces_are_read_at_once() -> None:
    written = b"; a list\n192.0.2.7 # office\r\n\n10.0.0.0/8 ; SBL1\n"
    assert LinesPiece(written, 1, "office.txt").texts() == ["192.0.2.7", "10.0.0.0/8"]


@pytest.mark.parametrize(
    ("written", "line"),
    [
        pytest.param("192.0.2.7\n" * 5000 + "10.0.0.1/8\n", 5001, id="an entry with host bits"),
        pytest.param("# 192.0.2.7\r\n" * 5000 + "10/8\n" + "::1\n" * 5000, 5001, id="lines that end in CR LF"),
        pytest.param("192.0.2.7;10.0.0.1\n" + "::1\n" * 5000, 1, id="two entries"),
        pytest.param("::1\n" * 5000 + "#" * 5000, 5001, id="a long line"),
        pytest.param('["192.0.2.7",\n"10/8"]', 2, id="JSON"),
    ],
)
def test_an_error_in_any_piece_names_the_line(written: str, line: int) -> None:
    with pytest.raises(SourceError) as raised:
        read_networks(written.encode(), "office.txt")
    assert raised.value.line == line


def test_a_long_list_is_read_as_a_short_one_with_pauses() -> None:
    entries = [f"10.{number >> 8}.{number & 255}.0/24" for number in range(0, 5000, 2)]
    pauses = list[bool]()
    found = read_networks("\n".join(entries).encode(), "office.txt", pause=lambda: pauses.append(True))
    assert found == (Networks(entries), len(entries))
    assert len(pauses) > len(entries) / 1000
