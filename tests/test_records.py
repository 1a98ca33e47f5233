"""Which refusals are recorded, and what a guard counts, without a server."""

import logging
import subprocess
import sys
from functools import partial
from typing import Any
from wsgiref.types import WSGIEnvironment

import pytest

from tests.frontends import ROOT
from tests.live.doubles import Memory, Time, follow
from tests.proxying import call
from tests.upstreams import Talk, Upstream
from xmlrpc_guard import Decision, Policy, Reason, XMLRPCGuard
from xmlrpc_guard.forwarded import X_FORWARDED_FOR
from xmlrpc_guard.proxy import ReverseProxy
from xmlrpc_guard.records import RefusalLog
from xmlrpc_guard.sampled import write_ended, write_rest
from xmlrpc_guard.testing import STRANGER

POLICY = Policy(allow=["192.0.64.0/18"], deny=["192.0.64.9"])


def site(_environ: WSGIEnvironment, start_response: Any) -> list[bytes]:
    start_response("204 No Content", [])
    return []


def send(guard: XMLRPCGuard, *clients: str, path: str = "/xmlrpc.php") -> None:
    for client in clients:
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "REMOTE_ADDR": client}
        list(guard(environ, lambda *_: bytes))


class Refusals:
    """The records of one guard's refusals, and a clock for them."""

    def __init__(self, mode: str, *, report_only: bool = False) -> None:
        self.seconds = 0.0
        self.log = RefusalLog(mode, report_only=report_only, clock=lambda: self.seconds)

    def refuse(self, client: str | None) -> None:
        reason = Reason.NOT_LISTED if client else Reason.UNKNOWN_PEER
        self.log.log(Decision(reason, client), X_FORWARDED_FOR, {"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": client})


FIRST = "refused 203.0.113.9: client is not in the allowlist (allow); peer 203.0.113.9, path /xmlrpc.php"


@pytest.mark.parametrize(
    ("mode", "lines"),
    [
        pytest.param("all", [FIRST] * 3, id="all: each refusal has a record"),
        pytest.param("sampled", [FIRST], id="sampled: a client's first in a minute has one"),
        pytest.param("off", [], id="off: none has one"),
    ],
)
def test_which_refusals_are_recorded(mode: str, lines: list[str], caplog: pytest.LogCaptureFixture) -> None:
    guard = XMLRPCGuard(site, POLICY, log=mode)
    send(guard, *["203.0.113.9"] * 3)
    assert caplog.messages == lines
    status = guard.status()
    assert (status.refused, status.written, status.suppressed) == (3, len(lines), 3 - len(lines))


def test_what_a_sample_left_out_is_summed_up_with_the_next_refusal(caplog: pytest.LogCaptureFixture) -> None:
    refusals = Refusals("sampled")
    for seconds, client in ((0, "203.0.113.9"), (1, "203.0.113.9"), (2, "203.0.113.9"), (60, "203.0.113.10")):
        refusals.seconds = seconds
        refusals.refuse(client)
    _, summary, last = caplog.records
    assert summary.getMessage() == "refused 203.0.113.9 2 more times within a minute"
    assert {name: value for name, value in vars(summary).items() if "." in name} == {
        "client.address": "203.0.113.9",
        "client.ip": "203.0.113.9",
        "event.action": "refused",
        "event.outcome": "failure",
        "xmlrpc_guard.suppressed": 2,
    }
    assert last.getMessage().startswith("refused 203.0.113.10: ")


def test_a_network_that_is_summed_up_has_no_attribute_for_one_address(caplog: pytest.LogCaptureFixture) -> None:
    refusals = Refusals("sampled", report_only=True)
    for client in ("2001:db8::1", "2001:db8::2"):
        refusals.refuse(client)
    refusals.seconds = 60
    write_ended()
    *_, summary = caplog.records
    assert summary.getMessage() == "would refuse 2001:db8::/64 1 more time within a minute"
    facts = vars(summary)
    assert (facts["client.address"], facts.get("client.ip"), facts["event.outcome"]) == (
        "2001:db8::/64",
        None,
        "success",
    )


def test_clients_beyond_the_most_are_summed_up_together(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xmlrpc_guard.sampling.MOST_CLIENTS", 1)
    refusals = Refusals("sampled")
    for client in ("203.0.113.9", "203.0.113.10", "203.0.113.11"):
        refusals.refuse(client)
    refusals.seconds = 60
    write_ended()
    assert caplog.messages[1:] == ["refused other clients 2 more times within a minute"]
    assert "client.address" not in vars(caplog.records[-1])


def test_status_writes_what_minutes_that_are_over_left_out(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, time: Time
) -> None:
    monkeypatch.setattr("xmlrpc_guard.wsgi.RefusalLog", partial(RefusalLog, clock=time.clock))
    guard = XMLRPCGuard(site, POLICY, log="sampled")
    send(guard, STRANGER, STRANGER)
    guard.status()
    time.passes(60)
    guard.status()
    assert caplog.messages[1:] == [f"refused {STRANGER} 1 more time within a minute"]


def test_what_is_left_at_exit_is_written(caplog: pytest.LogCaptureFixture) -> None:
    guard = XMLRPCGuard(site, POLICY, log="sampled")
    send(guard, "192.0.2.99", "192.0.2.99")
    write_rest()
    assert "refused 192.0.2.99 1 more time within a minute" in caplog.messages


def test_nothing_is_sampled_while_warnings_are_switched_off(caplog: pytest.LogCaptureFixture) -> None:
    guard = XMLRPCGuard(site, POLICY, log="sampled")
    with caplog.at_level(logging.ERROR, "xmlrpc_guard"):
        send(guard, STRANGER)
    send(guard, STRANGER)
    assert len(caplog.records) == 1
    assert (guard.status().refused, guard.status().written) == (2, 1)


def test_decisions_are_counted_by_reason_and_ordinary_requests_are_not() -> None:
    guard = XMLRPCGuard(site, POLICY, report_only=True)
    send(guard, STRANGER, STRANGER, "192.0.64.5", "192.0.64.9", "evil")
    send(guard, STRANGER, path="/")
    status = guard.status()
    assert {reason: number for reason, number in status.decisions.items() if number} == {
        Reason.NOT_LISTED: 2,
        Reason.LISTED: 1,
        Reason.DENY_LISTED: 1,
        Reason.UNKNOWN_PEER: 1,
    }
    assert (status.report_only, status.refused, status.lists, status.upstream_errors) == (True, 4, (), {})


def test_the_lists_of_a_live_policy_are_in_the_status(time: Time, memory: Memory) -> None:
    guard = XMLRPCGuard(site, follow(time, memory, deny=[Memory(["192.0.2.1"], name="bots")]))
    for entries in (["192.0.2.8"], ["192.0.2.9", "192.0.2.10"]):
        memory.write(*entries)
        time.passes(5)
        guard.decide({"PATH_INFO": "/"})
    assert [(each.source, each.entries, each.reloads) for each in guard.status().lists] == [
        ("memory", 2, 2),
        ("bots", 1, 0),
    ]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def memory() -> Memory:
    return Memory(["192.0.2.7"])


CUT_SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 70000


@pytest.mark.parametrize(
    ("talk", "timeout", "counted"),
    [
        pytest.param(Talk(), 60, {}, id="an answer"),
        pytest.param(Talk((b"rubbish",)), 60, {"502": 1}, id="an answer that is not HTTP"),
        pytest.param(Talk((CUT_SHORT,)), 60, {"broken off": 1}, id="an answer that ends too soon"),
        pytest.param(Talk((b"",), end="hold"), 0.2, {"504": 1}, id="an upstream that is silent"),
    ],
)
def test_the_errors_of_the_upstream_are_counted(talk: Talk, timeout: float, counted: dict[str, int]) -> None:
    with Upstream(talk) as upstream:
        guard = XMLRPCGuard(ReverseProxy(upstream.url, timeout=(60, timeout)), POLICY)
        call(guard)
    assert guard.status().upstream_errors == {"502": 0, "504": 0, "broken off": 0, **counted}


def test_a_request_that_is_at_fault_itself_is_no_error_of_the_upstream() -> None:
    guard = XMLRPCGuard(ReverseProxy("http://127.0.0.1:9"), POLICY)
    assert call(guard, HTTP_TRANSFER_ENCODING="gzip").status.startswith("501")
    assert set(guard.status().upstream_errors.values()) == {0}


FORKED = """
import os, sys
from tests.test_records import POLICY, send, site
from xmlrpc_guard import XMLRPCGuard

guard = XMLRPCGuard(site, POLICY, log="sampled")
send(guard, *["203.0.113.9"] * 3)
child = os.fork()
send(guard, *["203.0.113.9"] * 2)
status = guard.status()
os.write(1, f"{status.process == os.getpid()} {status.refused} {status.written}\\n".encode())
if child:
    os.waitpid(child, 0)
"""


def test_a_forked_process_counts_and_samples_for_itself() -> None:
    command = (sys.executable, "-W", "ignore", "-c", FORKED)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert sorted(done.stdout.splitlines()) == ["True 2 1", "True 5 1"]
    summaries = sorted(line for line in done.stderr.splitlines() if "more time" in line)
    assert summaries == [f"refused 203.0.113.9 {more} within a minute" for more in ("1 more time", "4 more times")]
