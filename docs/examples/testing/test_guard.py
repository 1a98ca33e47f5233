import pytest
from mysite import application

from xmlrpc_guard.testing import ORDINARY, SERVERS, SPELLINGS, TargetRefused, blocks, blocks_call

LISTED = ["192.0.64.5"]  # a client of each of your lists; forgers claim to be the first
STRANGER = "203.0.113.9"
PROXY, HEADER = "127.0.0.1", "X-Forwarded-For"  # None, if the server itself takes the client from the header
BY_PROXY = {"peer": PROXY, "forwarded_header": HEADER}
# Who is no proxy of this site, in networks that are trusted too easily. Leave out your other proxies, and add the
# neighbours of each: beside 10.1.2.3, 10.1.2.2 and 10.1.2.4.
ELSEWHERE = {
    *(STRANGER, "8.8.8.8", "2001:db8::9", "fd00::9", "127.0.0.1", "127.0.0.2", "10.0.0.9", "172.17.0.9", "172.18.0.9"),
    *("192.168.0.9", "192.168.1.9", "100.64.0.9"),
    *("173.245.48.9", "3.172.0.9", "151.101.0.9", "192.88.134.9", "35.191.0.9"),  # of each list of a CDN or balancer
} - {PROXY, *LISTED}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("row", SPELLINGS, ids=lambda row: row.target)
def test_a_stranger_is_refused(row, server, method):
    try:
        assert blocks(application, row, client=STRANGER, server=server, method=method, **BY_PROXY), row.exercises
    except TargetRefused as reason:
        pytest.skip(str(reason))


def test_a_forger_is_refused():
    others = [("X-Real-IP", LISTED[0]), ("Forwarded", f"for={LISTED[0]}")]  # which something around the guard may read
    forged = [*others, (HEADER, f"{LISTED[0]}, {STRANGER}")]  # the proxy writes the second
    assert blocks(application, "/xmlrpc.php", peer=PROXY, headers=forged)


@pytest.mark.parametrize("peer", sorted(ELSEWHERE))
def test_a_forger_past_the_proxy_is_refused(peer):
    assert blocks(application, "/xmlrpc.php", peer=peer, headers=[(HEADER, LISTED[0])])


def test_a_strangers_login_is_refused():
    assert blocks_call(application, "wp.getUsersBlogs", client=STRANGER, **BY_PROXY)


@pytest.mark.parametrize("client", LISTED)
def test_a_listed_client_is_let_in(client):
    assert not blocks(application, "/xmlrpc.php", client=client, **BY_PROXY)


@pytest.mark.parametrize("path", ORDINARY)
def test_an_ordinary_page_is_shown(path):
    assert not blocks(application, path, client=STRANGER, **BY_PROXY)
