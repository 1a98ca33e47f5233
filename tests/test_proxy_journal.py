"""Which failures the proxy records, of a flood of them too."""

import logging
from http import HTTPStatus

import pytest

from tests.proxying import call
from xmlrpc_guard import ConfigurationError
from xmlrpc_guard.client import TrustedProxies, identify
from xmlrpc_guard.proxy import ReverseProxy
from xmlrpc_guard.proxy.journal import FailureLog
from xmlrpc_guard.sampled import write_ended

BAD, GATEWAY = HTTPStatus.BAD_REQUEST, HTTPStatus.BAD_GATEWAY
FAULT = "answered 400 to 203.0.113.9: rubbish; peer 203.0.113.9, GET /"
ERROR = "answered 502 to 203.0.113.9: rubbish; peer 203.0.113.9, GET /"


class Failures:
    """The records of one proxy's failures, and a clock for them."""

    def __init__(self, mode: str) -> None:
        self.seconds = 0.0
        self.log = FailureLog(mode, clock=lambda: self.seconds)

    def fail(self, client: str, status: HTTPStatus) -> None:
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "secret", "REMOTE_ADDR": client}
        self.log.log(environ, identify(client, None, TrustedProxies()), status, "rubbish")


@pytest.mark.parametrize(
    ("mode", "lines"),
    [
        pytest.param("all", [FAULT, FAULT, ERROR, ERROR], id="all: each failure has a record"),
        pytest.param("sampled", [FAULT, ERROR], id="sampled: the first in a minute has one"),
        pytest.param("off", [ERROR], id="off: the first error of the upstream has one"),
    ],
)
def test_which_failures_are_recorded(mode: str, lines: list[str], caplog: pytest.LogCaptureFixture) -> None:
    failures = Failures(mode)
    for status in (BAD, BAD, GATEWAY, GATEWAY):
        failures.fail("203.0.113.9", status)
    assert caplog.messages == lines


def test_what_a_sample_left_out_is_summed_up_when_the_minute_is_over(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xmlrpc_guard.sampling.MOST_CLIENTS", 2)
    failures = Failures("sampled")
    for client in ("203.0.113.9", "203.0.113.9", "203.0.113.9", "evil", "evil", "203.0.113.10"):
        failures.fail(client, BAD)
    for client in ("203.0.113.9", "203.0.113.10"):
        failures.fail(client, GATEWAY)
    del caplog.records[:]
    failures.seconds = 60
    write_ended()
    summaries = {record.getMessage(): record.levelno for record in caplog.records}
    assert summaries == {
        "answered faulty requests of 203.0.113.9 2 more times within a minute": logging.WARNING,
        "answered faulty requests of unknown 1 more time within a minute": logging.WARNING,
        "answered faulty requests of other clients 1 more time within a minute": logging.WARNING,
        "answered 502 1 more time within a minute": logging.ERROR,
    }


def test_a_flood_of_faulty_requests_does_not_hide_that_the_upstream_fails(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xmlrpc_guard.sampling.MOST_CLIENTS", 1)
    failures = Failures("sampled")
    for client in ("203.0.113.9", "203.0.113.10", "203.0.113.11"):
        failures.fail(client, BAD)
    failures.fail("203.0.113.9", GATEWAY)
    assert caplog.messages == [FAULT, ERROR]


def test_the_proxy_takes_the_mode(caplog: pytest.LogCaptureFixture) -> None:
    proxy = ReverseProxy("unix:/no/such.sock", log="sampled")
    for _ in range(3):
        call(proxy, HTTP_HOST="no host")
        call(proxy)
    assert [message[:12] for message in caplog.messages] == ["answered 400", "answered 502"]
    with pytest.raises(ConfigurationError, match=r"^log: 'some' is not a way to log; write one of all, sampled, off"):
        ReverseProxy("unix:/no/such.sock", log="some")
