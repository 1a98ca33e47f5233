"""What becomes of each line, and which requests of a period count."""

from collections.abc import Iterable
from typing import Any

import pytest

from xmlrpc_guard import Policy
from xmlrpc_guard.audit.counting import LineCounter, Period, sample_peers
from xmlrpc_guard.audit.judging import Judge
from xmlrpc_guard.audit.tally import Tally
from xmlrpc_guard.logs import Logged, LogReader

POLICY = Policy(allow=["192.0.64.7"])
ALWAYS = Period()
LINE = b'203.0.113.9 - - [29/Nov/2026:11:00:00 +0000] "POST /xmlrpc.php HTTP/1.1" 200 370 "-" "probe/1"'


def count(lines: Iterable[bytes], period: Period = ALWAYS) -> Tally:
    tally = Tally()
    counter = LineCounter(LogReader(), POLICY.scripts, Judge(POLICY), tally, period)
    counter.count_block(b"\n".join(lines))
    return tally


LINES: list[Any] = [
    pytest.param(LINE, {"read": 1}, id="a guarded request"),
    pytest.param(LINE.replace(b"/xmlrpc.php", b"/"), {"read": 1}, id="another request"),
    pytest.param(b"", {"blank": 1}, id="no line"),
    pytest.param(b" \r", {"blank": 1}, id="blanks"),
    pytest.param(b"#Fields: date time", {"blank": 1}, id="a remark"),
    pytest.param(b"started", {"unreadable": 1}, id="words"),
    pytest.param(
        b"POST /XMLRPC.php", {"unreadable": 1, "unreadable_naming_a_script": 1}, id="words with a script's name"
    ),
    pytest.param(
        b"POST /%78mlrpc.php 100%", {"unreadable": 1, "unreadable_naming_a_script": 1}, id="words with it encoded"
    ),
    pytest.param(b"POST /%79mlrpc.php", {"unreadable": 1}, id="words with another one encoded"),
    pytest.param(LINE.replace(b"POST /xmlrpc.php HTTP/1.1", b"-"), {"read": 1, "no_request": 1}, id="silence"),
    pytest.param(LINE + LINE, {"read": 1, "ambiguous": 1}, id="two lines that ran into one"),
    pytest.param(LINE.replace(b"29/Nov", b"29/Foo"), {"read": 1, "without_a_time": 1}, id="no month"),
]


@pytest.mark.parametrize(("line", "lines"), LINES)
def test_what_becomes_of_a_line(line: bytes, lines: dict[str, int]) -> None:
    assert +count([line]).lines == lines


PERIODS: list[Any] = [
    pytest.param(Period(1795950000, 1795950001), 1, id="a second"),
    pytest.param(Period(1795950001), 0, id="from the next second on"),
    pytest.param(Period(until=1795950000), 0, id="before that second"),
]


@pytest.mark.parametrize(("period", "requests"), PERIODS)
def test_requests_of_a_period(period: Period, requests: int) -> None:
    tally = count([LINE], period)
    assert (tally.period.requests, tally.lines["outside_the_period"]) == (requests, 1 - requests)
    assert [row.requests for _, row in tally.counts.rows("refused")] == [1] * requests


def test_both_requests_of_lines_that_ran_together_count_and_one_has_no_client() -> None:
    tally = count([LINE + LINE])
    assert [judged.client for verdict in ("refused", "unknown") for judged, _ in tally.counts.rows(verdict)] == [
        *("203.0.113.9", "")
    ]


def read(lines: list[bytes]) -> list[Logged]:
    reader = LogReader()
    return [found for line in lines for found in reader.read(line)[:1]]


def test_the_first_lines_show_who_stands_in_the_peers_place() -> None:
    tally = Tally()
    page = LINE.replace(b"/xmlrpc.php", b"/")
    lines = [page, page + b' "-"', b" - -" + LINE[15:], b'{"path":"/"}', b"started", LINE, b"10.0.0.5" + LINE[11:]]
    sample_peers(read(lines), Judge(POLICY), tally)
    assert (tally.peers, tally.sampled_headers) == ({"203.0.113.9": 2, "unix": 1, "": 1, "10.0.0.5": 1}, 1)


def test_a_peer_has_a_port_of_its_own_each_time_and_is_one_nevertheless() -> None:
    tally = Tally()
    lines = [b"10.0.0.5:4711" + LINE[11:], b"10.0.0.5:4712" + LINE[11:], b"[::1]:4713" + LINE[11:]]
    sample_peers(read(lines), Judge(POLICY), tally)
    assert tally.peers == {"10.0.0.5": 2, "::1": 1}


def test_a_request_without_the_header_has_no_place_for_it_in_some_logs() -> None:
    tally = Tally()
    own = b'{"ClientAddr":"127.0.0.1:4711","RequestPath":"/","RequestMethod":"GET"}'
    forwarded = own.replace(b"127.0.0.1", b"10.0.0.5").replace(b"}", b',"request_X-Forwarded-For":"203.0.113.9"}')
    sample_peers(read([own, forwarded]), Judge(POLICY), tally)
    assert (tally.sampled_headers, tally.sampled_clients) == (1, 1)
    assert +tally.headerless == {"127.0.0.1": 1}
