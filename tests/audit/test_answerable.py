"""When logs cannot tell who is refused, and what is said then."""

from typing import Any

import pytest

from xmlrpc_guard import Policy
from xmlrpc_guard.audit.answerable import find_masked, find_missing_columns, find_obstacle
from xmlrpc_guard.audit.tally import Tally
from xmlrpc_guard.logs import Logged

PLAIN = Policy(allow=["192.0.64.7"])
TRUSTING = Policy(allow=["192.0.64.7"], trusted_proxies=["10.0.0.0/8", "unix"], forwarded_header="X-Real-IP")
TRUSTING_A_CDN = Policy(allow=["192.0.64.7"], trusted_proxies=["cloudflare"])
NO_COLUMN = (
    "400 of the first 400 lines have the peer 10.0.0.5, and none a place for X-Forwarded-For; write "
    '"$http_x_forwarded_for" at the end of nginx\' log_format, "%{X-Forwarded-For}i" of Apache\'s LogFormat, '
    "and --since the time when it is there, or "
    "--peer-is-client if these are the clients' own addresses"
)

UNTRUSTED = "and a forwarded header that no one is trusted for; write --trusted-proxies"
OF_ANYONE = UNTRUSTED.replace("write", "if this is a proxy of yours, write")

ROWS: list[Any] = [
    pytest.param({"10.0.0.5": 19}, 0, PLAIN, "", id="too few lines to say anything"),
    pytest.param({"10.0.0.5": 20}, 0, PLAIN, "20 of the first 20 lines have the peer", id="just enough lines"),
    pytest.param({"10.0.0.5": 300, "::1": 100}, 0, PLAIN, "", id="several clients"),
    pytest.param({"10.0.0.5": 360, "::1": 40}, 0, PLAIN, "360 of the first 400 lines", id="just nine lines in ten"),
    pytest.param({"10.0.0.5": 400}, 0, PLAIN, NO_COLUMN, id="one peer, and no header in the log"),
    pytest.param(
        {"10.0.0.5": 400},
        0,
        TRUSTING,
        '400 of the first 400 lines have the peer 10.0.0.5, and none a place for X-Real-IP; write "$http_x_real_ip"',
        id="the header that the policy reads is named",
    ),
    pytest.param(
        {"10.0.0.5": 400},
        400,
        PLAIN,
        f"400 of the first 400 lines have the peer 10.0.0.5, {UNTRUSTED} 10.0.0.5, or --peer-is-client",
        id="the proxy is not trusted",
    ),
    pytest.param({"10.0.0.5": 400}, 400, TRUSTING, "", id="the proxy is trusted"),
    pytest.param(
        {"10.0.0.5": 400},
        199,
        TRUSTING,
        "400 of the first 400 lines have the peer 10.0.0.5, and only 199 a place for X-Real-IP; write",
        id="less than half have what looks like a place for the header, which a client may have written",
    ),
    pytest.param({"10.0.0.5": 400}, 200, TRUSTING, "", id="half have a place for the header"),
    pytest.param(
        {"192.0.2.5": 400},
        400,
        TRUSTING,
        f"400 of the first 400 lines have the peer 192.0.2.5, {OF_ANYONE} 192.0.2.5, or",
        id="other proxies are trusted",
    ),
    pytest.param(
        {"173.245.48.10": 100, "162.158.1.2": 100, "172.64.0.9": 170, "203.0.113.9": 30},
        0,
        TRUSTING_A_CDN,
        "370 of the first 400 lines have peers of the list cloudflare, and none a place for X-Forwarded-For; write",
        id="the addresses of a CDN, and no header in the log",
    ),
    pytest.param(
        {"173.245.48.10": 200, "162.158.1.2": 200},
        400,
        PLAIN,
        f"400 of the first 400 lines have peers of the list cloudflare, {UNTRUSTED} cloudflare, or",
        id="a CDN that is not trusted",
    ),
    pytest.param(
        {"173.245.48.10": 200, "162.158.1.2": 200},
        400,
        Policy(allow=[], trusted_proxies=["162.158.1.2"]),
        f"400 of the first 400 lines have peers of the list cloudflare, {UNTRUSTED} cloudflare, or",
        id="a CDN of which one address is trusted",
    ),
    pytest.param({"173.245.48.10": 200, "162.158.1.2": 200}, 400, TRUSTING_A_CDN, "", id="a CDN that is trusted"),
    pytest.param(
        {"173.245.48.10": 360, "162.158.1.2": 40},
        400,
        Policy(allow=[], trusted_proxies=["173.245.48.0/20"]),
        "",
        id="a CDN of which nearly all that come are trusted",
    ),
    pytest.param(
        {"lb.example": 400},
        400,
        PLAIN,
        "400 of the first 400 lines have the peer lb.example, and a host name is trusted for nothing; let the server "
        "log addresses, Apache by HostnameLookups Off",
        id="a proxy by its host name, which no setting takes",
    ),
    pytest.param({"192.168.0.1": 200, "192.168.0.2": 200}, 0, PLAIN, "", id="clients of a private network"),
    pytest.param({"unix": 400}, 400, TRUSTING, "", id="a unix socket that is trusted"),
    pytest.param(
        {"": 400},
        400,
        PLAIN,
        f"400 of the first 400 lines have no peer, {UNTRUSTED} and the address that connects to the site",
        id="Envoy names no peer",
    ),
    pytest.param({"": 400}, 400, TRUSTING, "", id="Envoy, with a proxy that is trusted"),
]


OWN = "127.0.0.1"
SILENT: list[Any] = [
    pytest.param({OWN: 289, "173.245.48.10": 22}, [OWN], TRUSTING_A_CDN, "", id="the machine asks itself, past a CDN"),
    pytest.param(
        {OWN: 289, "173.245.48.10": 22},
        [OWN],
        PLAIN,
        f"22 of the first 22 lines have peers of the list cloudflare, {UNTRUSTED} cloudflare, or",
        id="the machine asks itself, past a CDN that is not trusted: the list that has its address is named",
    ),
    pytest.param(
        {OWN: 300},
        [OWN],
        PLAIN,
        "300 of the first 300 lines have the peer 127.0.0.1, and none names a client in X-Forwarded-For; if a proxy "
        "connects from there, let it write the header; if the machine asks itself, leave its lines out (grep -v "
        "'^127.0.0.1 ' LOG | xmlrpc-guard audit ... -), or --peer-is-client",
        id="all is the machine's own, or a proxy there writes no header",
    ),
    pytest.param(
        {"10.0.0.5": 300, "::1": 20},
        ["10.0.0.5", "::1"],
        PLAIN,
        "300 of the first 320 lines have the peer 10.0.0.5, and none names a client in X-Forwarded-For; if",
        id="a proxy that writes no header",
    ),
    pytest.param(
        {"unix": 300, "173.245.48.10": 22},
        ["unix"],
        PLAIN,
        "300 of the first 322 lines have the peer unix, and none names",
        id="a socket's peer is no machine that asks itself",
    ),
    pytest.param(
        {"10.0.0.5": 300, "173.245.48.10": 22},
        ["10.0.0.5"],
        PLAIN,
        "300 of the first 322 lines have the peer 10.0.0.5, and none names",
        id="another machine does not ask itself",
    ),
    pytest.param(
        {OWN: 400, "203.0.113.9": 10, "192.0.2.7": 10},
        [OWN, "203.0.113.9"],
        PLAIN,
        "400 of the first 420 lines have the peer 127.0.0.1, and none names a client",
        id="half of the others have no header: strangers may write it, and what is here may be a proxy",
    ),
    pytest.param(
        {OWN: 400, "203.0.113.9": 10, "192.0.2.7": 11},
        [OWN, "203.0.113.9"],
        PLAIN,
        "",
        id="most of the others have the header",
    ),
    pytest.param(
        {"173.245.48.10": 200, "162.158.1.2": 200},
        ["162.158.1.2"],
        PLAIN,
        f"400 of the first 400 lines have peers of the list cloudflare, {UNTRUSTED} cloudflare, or",
        id="a CDN of which one address sent no header yet",
    ),
    pytest.param(
        {OWN: 300},
        [],
        PLAIN,
        f"300 of the first 300 lines have the peer 127.0.0.1, {UNTRUSTED} 127.0.0.1, or",
        id="a proxy on the machine itself",
    ),
    pytest.param(
        {"192.0.64.5": 300},
        [],
        PLAIN,
        f"300 of the first 300 lines have the peer 192.0.64.5, {OF_ANYONE} 192.0.64.5, or",
        id="a list of clients is not named as one of proxies",
    ),
    pytest.param(
        {"173.245.48.10": 200, "162.158.1.2": 200},
        ["173.245.48.10", "162.158.1.2"],
        PLAIN,
        "400 of the first 400 lines have peers of the list cloudflare, and none names a client in X-Forwarded-For; let "
        "the log have the header that they write; if it is another one, name it by --forwarded-header, or --peer",
        id="a CDN's header is not in its place, and no lines of a list can be left out by its name",
    ),
    pytest.param({OWN: 300}, [OWN], Policy(allow=[], trusted_proxies=[OWN]), "", id="its lines say that they cannot"),
]


@pytest.mark.parametrize(("peers", "silent", "policy", "begins"), SILENT)
def test_a_place_for_the_header_with_nothing_in_it(
    peers: dict[str, int], silent: list[str], policy: Policy, begins: str
) -> None:
    named = sum(number for peer, number in peers.items() if peer not in silent)
    tally = Tally(sampled_headers=sum(peers.values()), sampled_clients=named)
    tally.peers.update(peers)
    tally.headerless.update({peer: peers[peer] for peer in silent})
    assert find_obstacle(tally, policy)[: len(begins) or None] == begins


@pytest.mark.parametrize(("peers", "headers", "policy", "begins"), ROWS)
def test_what_keeps_logs_from_answering(peers: dict[str, int], headers: int, policy: Policy, begins: str) -> None:
    tally = Tally(sampled_headers=headers)
    tally.peers.update(peers)
    assert find_obstacle(tally, policy)[: len(begins) or None] == begins
    assert find_obstacle(tally, policy, peer_is_client=True) == ""


MASKED: list[Any] = [
    *(
        pytest.param(peers, False, f"{number} of the first 400 lines have an address like {like}, whose", id=like)
        for number, like, peers in (
            (370, "203.0.113.0", {"203.0.113.0": 180, "198.51.100.0": 180, "10.0.0.0": 10, "192.0.2.7": 30}),
            (400, "203.0.113.x", {"203.0.113.x": 200, "198.51.100.x": 100, "192.0.2.xxx": 100}),
            (400, "203.0.113.X", {"203.0.113.X": 200, "198.51.100.XXX": 100, "192.0.2.xX": 100}),
            (400, "203.0.113.***", {"203.0.113.***": 200, "198.51.100.*": 100, "192.0.2.**": 100}),
            (400, "2001:db8:700d:db04::", {"2001:db8:700d:db04::": 100, "2001:db8::": 100, "192.0.2.0": 200}),
            (400, "2001:DB8::", {"2001:DB8::": 100, "2001:ABCD:EF::": 100, "::": 200}),
        )
    ),
    pytest.param(
        {"203.0.113.0": 7, "198.51.100.0": 7, "10.0.0.0": 6}, False, "20 of the first 20 lines", id="just enough lines"
    ),
    pytest.param({"203.0.113.0": 390, "::1": 10}, False, "", id="one address, which may end in a zero"),
    pytest.param({"203.0.113.0": 390, "10.0.0.0": 10}, False, "", id="two addresses, which may end in a zero"),
    pytest.param({"203.0.113.": 200, "198.51.100.": 100, "192.0.2.": 100}, False, "", id="nothing after the last dot"),
    pytest.param({"1234.0.0.0": 200, "4321.0.0.0": 100, "1.1234.0.0": 100}, False, "", id="numbers too long"),
    pytest.param({"1..0.0": 200, "..0.0": 100, ".1.1.0": 100}, False, "", id="numbers left out"),
    pytest.param({"192.0.2.xxxx": 200, "10.0.0.XXXX": 100, "10.1.0.****": 100}, False, "", id="too many signs"),
    pytest.param({"2001:db8:": 200, "2001:": 100, "2001:db9:": 100}, False, "", id="a colon alone at the end"),
    pytest.param({"203.0.113.0": 300, "10.0.0.0": 40, "10.1.0.0": 1, "::1": 59}, False, "", id="some that are whole"),
    pytest.param({"10.0.0.0": 200, "10.0.1.0": 100, "10.2.0.0": 100}, True, "", id="proxies, and a forwarded header"),
    pytest.param({"203.0.113.0": 5, "198.51.100.0": 7, "10.0.0.0": 7}, False, "", id="too few lines"),
]


@pytest.mark.parametrize(("peers", "has_forwarded", "begins"), MASKED)
def test_addresses_whose_end_was_taken_away(peers: dict[str, int], has_forwarded: bool, begins: str) -> None:
    sample = [
        Logged(peer=peer.encode(), has_forwarded=has_forwarded) for peer, lines in peers.items() for _ in range(lines)
    ]
    found = find_masked([*sample, Logged(unix=True)])
    assert found[: len(begins) or None] == begins
    assert not begins or found.endswith(
        "let whole addresses be logged for as long as you audit, or --peer-is-client "
        "if these are the clients' own addresses"
    )


def test_a_forwarded_header_in_some_lines_is_enough_to_read_the_clients_from() -> None:
    masked = [Logged(peer=f"10.0.{number}.0".encode()) for number in range(40)]
    assert find_masked(masked)
    assert find_masked([*masked, Logged(peer=b"10.0.0.9", has_forwarded=True)]) == ""


IIS = b"2026-11-29 11:00:00 %b- 443 - 203.0.113.9 probe/1 - 200 0 0 15"
SAMPLES: list[Any] = [
    pytest.param([IIS % b"10.0.0.1 POST /xmlrpc.php "], True, id="the address of the server first, as by default"),
    pytest.param([IIS % b"W3SVC1 WEB 10.0.0.1 GET / ", b""], True, id="the site and the server's name first"),
    pytest.param([IIS % b"GET /a ", IIS % b"GET /b ", b"cut"], True, id="no address of the server, and one line cut"),
    pytest.param([b"#Fields: date time", IIS % b"GET /a "], False, id="the columns are named"),
    pytest.param([IIS % b"GET /a ", b"x", b"y"], False, id="most lines are others"),
    pytest.param([], False, id="no lines"),
]


@pytest.mark.parametrize(("lines", "is_missing"), SAMPLES)
def test_lines_of_iis_without_the_names_of_their_columns(lines: list[bytes], is_missing: bool) -> None:
    begins = "has lines of IIS and none that names their columns; put the line that IIS writes at the top "
    assert find_missing_columns(lines)[: len(begins)] == (begins if is_missing else "")
