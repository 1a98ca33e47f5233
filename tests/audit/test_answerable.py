"""When logs cannot tell who is refused, and what is said then."""

from typing import Any

import pytest

from xmlrpc_guard import Policy
from xmlrpc_guard.audit.answerable import find_obstacle
from xmlrpc_guard.audit.tally import Tally

PLAIN = Policy(allow=["192.0.64.7"])
TRUSTING = Policy(allow=["192.0.64.7"], trusted_proxies=["10.0.0.0/8", "unix"], forwarded_header="X-Real-IP")
NO_COLUMN = (
    "400 of the first 400 lines have the peer 10.0.0.5, and none a place for X-Forwarded-For; write "
    '"$http_x_forwarded_for" at the end of nginx\' log_format, "%{X-Forwarded-For}i" of Apache\'s LogFormat, or '
    "--peer-is-client if these are the clients' own addresses"
)

UNTRUSTED = "and a forwarded header that no one is trusted for; write --trusted-proxies"

ROWS: list[Any] = [
    pytest.param({"10.0.0.5": 19}, 0, PLAIN, "", id="too few lines to say anything"),
    pytest.param({"10.0.0.5": 300, "::1": 100}, 0, PLAIN, "", id="several clients"),
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


@pytest.mark.parametrize(("peers", "headers", "policy", "begins"), ROWS)
def test_what_keeps_logs_from_answering(peers: dict[str, int], headers: int, policy: Policy, begins: str) -> None:
    tally = Tally(sampled_headers=headers)
    tally.peers.update(peers)
    assert find_obstacle(tally, policy)[: len(begins) or None] == begins
    assert find_obstacle(tally, policy, peer_is_client=True) == ""
