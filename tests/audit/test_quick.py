"""The quick way of counting a combined log: held to the slow rule, line by line and in sum."""

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.logs.test_properties import by_apache, by_gunicorn, by_h2o, by_nginx
from xmlrpc_guard import Policy
from xmlrpc_guard.audit import quick
from xmlrpc_guard.audit.counting import LineCounter, Period
from xmlrpc_guard.audit.judging import Judge
from xmlrpc_guard.audit.quick import QuickCounter
from xmlrpc_guard.audit.sieve import Sieve
from xmlrpc_guard.audit.tally import Tally
from xmlrpc_guard.logs import LogReader
from xmlrpc_guard.testing import ORDINARY, SPELLINGS

POLICY = Policy(allow=["192.0.64.7"], trusted_proxies=["10.0.0.0/8", "unix"])
OTHER_HEADER = Policy(allow=["192.0.64.7"], trusted_proxies=["10.0.0.0/8"], forwarded_header="X-Real-IP")
OPEN = Policy(allow=[], public_methods=["pingback"], scripts=["xmlrpc.php", "wp-login.php"])
SECOND = Period(1795950000, 1795950001)

spelt = st.sampled_from([*(each.target for each in SPELLINGS), *ORDINARY, "/xm l rpc.php", "/X MLRPC.php", "/a b"])
odd = st.text(" xXmlrpcphp.%\\#>\t\xff/0a", max_size=14).map(lambda text: f"/{text}")
targets = st.one_of(spelt, odd, st.sampled_from(["http://a.example/" + "a" * 254, "http://a.example/" + "1" * 253]))
written = st.builds(
    lambda write, target: write(target.encode("latin-1")),
    st.sampled_from([by_nginx, by_apache, by_h2o, by_gunicorn, bytes]),
    targets.filter(lambda text: "\n" not in text),
)
requests = st.one_of(
    st.builds(lambda target: b"POST " + target + b" HTTP/1.1", written),
    st.builds(lambda target: b"GET " + target + b" HTTP/2.0", written),
    st.builds(lambda target: b"GET " + target, written),
    st.sampled_from([b"-", b"", rb"\x16\x03\x01", b"POST /xmlrpc.php HTTP/2"]),
)
prefixes = st.sampled_from(
    [
        b"192.0.64.7 - - ",
        b"203.0.113.9 - - ",
        b"203.0.113.9 - u s ",
        b"10.0.0.1 - - ",
        b" - - ",
        b"a.example ::1 - - ",
        b"203.0.113.7, 10.0.0.1 - - ",
        b"host - - ",
        b"203.0.113.9 - [x] ",
    ]
)
times = st.sampled_from(
    [
        b"29/Nov/2026:11:00:00 +0000",
        b"29/Nov/2026:11:00:59 +0000",
        b"29/Nov/2026:12:00:60 +0000",
        b"29/Foo/2026:11:00:00 +0000",
        b"2026-11-29T11:00:00+00:00",
    ]
)
tails = st.sampled_from(
    [
        b'" 200 5 "-" "probe/1"',
        b'" 403 - "http://a.example/" "-"',
        b'" 200 5',
        b'" 499 0 "-" "a \\"b\\""',
        b'" 200 x "-" "-"',
        b'" 200 5 "-" "probe/1" "203.0.113.7"',
        b'" 200 5 "-" "probe/1" "-"',
        b'" 200 5 "-" "p" "a.example"',
        b"",
        b'" 200 5 "[29/Nov/2026:11:00:00 +0000] " "x"',
        b'" 200 5 "-" "say HTTP/1.1" 200"',
        b'" 200 5 "-" "p"rt=1',
        b'" 200 5 "-" "a\rb"',
        b'" 200 5 "-" "cut',
        b'"',
    ]
)
lines = st.builds(lambda *parts: b'%b[%b] "%b%b' % parts, prefixes, times, requests, tails) | st.sampled_from(
    [b"", b"started", b"POST /xmlrpc.php", b'{"request_uri":"/xmlrpc.php","remote_addr":"::1"}']
)
merged = st.lists(lines, min_size=1, max_size=2).map(b"".join)
blocks = st.lists(merged, min_size=1, max_size=8)


def reader_for(policy: Policy) -> LogReader:
    return LogReader(header=policy.forwarded_header.name)


def slow_tally(policy: Policy, block: list[bytes], period: Period = Period()) -> Tally:  # noqa: B008 - a value
    tally = Tally()
    counter = LineCounter(reader_for(policy), policy.scripts, Judge(policy), tally, period)
    counter.count_block(b"\n".join(block) + b"\n")
    counter.finish()
    return tally


def quick_tally(policy: Policy, block: list[bytes], period: Period = Period()) -> Tally:  # noqa: B008 - a value
    tally, reader, judge = Tally(), reader_for(policy), Judge(policy)
    slow = LineCounter(reader, policy.scripts, judge, tally, period)
    counter = QuickCounter(slow, policy, Sieve(policy.scripts, b"".join(block)))
    for _ in range(2):  # the second time, all is learnt
        counter.count_block(b"\n".join(block) + b"\n")
    counter.finish()
    return tally


@given(block=blocks)
@example(block=[b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET /a" 414 5 "-" "-"', b"", b"\xff"])
@example(
    block=[
        b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET /%b HTTP/1.1" 200 5 "-" "-"' % each for each in (b"", b"xmlrpc.php")
    ]
)
def test_no_line_that_could_count_is_passed_over(block: list[bytes]) -> None:
    for policy in (POLICY, OPEN):
        reader, judge = LogReader(), Judge(policy)
        sieved = Sieve(policy.scripts, b"".join(block)).sift(b"\n".join(block) + b"\n")
        counting = [line + b"\n" for line in block if any(map(judge, reader.read(line)))]
        assert (sieved.lines, [line for line in counting if line not in sieved.kept]) == (len(block), [])


@example(
    policy=POLICY,
    period=SECOND,
    block=[
        *[b'203.0.113.7, 10.0.0.1 - - [29/Nov/2026:11:00:00 +0000] "POST /xmlrpc.php HTTP/1.1" 200 5 "-" "-"'] * 2,
        *[b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET http://a/%b HTTP/1.1" 200 5 "-" "-"' % (b"a" * 253)] * 2,
        *[b'::1 - - [29/Nov/2026:11:00:00 +0000] "POST /%78mlrpc.php HTTP/1.1" 200 5 "-" "-"'] * 2,
        *[b'::1 - - [29/Nov/2026:11:00:00 +0000] "POST /xmlrpc.php /b HTTP/1.1" 200 5 "-" "-"'] * 2,
        *[b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET /a%20b HTTP/1.1" 200 5 "-" "-"'] * 2,
        *[b'::1 - - [29/Foo/2026:11:00:00 +0000] "POST /xmlrpc.php HTTP/1.1" 200 5 "-" "-"'] * 2,
        *[b'::1 - - [29/Nov/2026:11:00:59 +0000] "POST /%78mlrpc.php HTTP/1.1" 200 5 "-" "-"'] * 2,
    ],
)
@example(
    policy=OTHER_HEADER,
    period=Period(),
    block=[b'10.0.0.1 - - [29/Nov/2026:11:00:00 +0000] "POST /xmlrpc.php HTTP/1.1" 200 5 "-" "-" "203.0.113.7"'],
)
@given(policy=st.sampled_from([POLICY, OTHER_HEADER, OPEN]), period=st.sampled_from([Period(), SECOND]), block=blocks)
def test_quick_counts_are_slow_counts(policy: Policy, period: Period, block: list[bytes]) -> None:
    slow, fast = slow_tally(policy, block * 2, period), quick_tally(policy, block, period)
    for verdict in ("allowed", "refused", "unknown"):
        assert list(fast.counts.rows(verdict)) == list(slow.counts.rows(verdict))
    assert (list(fast.spans), fast.period) == (list(slow.spans), slow.period)
    kinds = "blank", "outside_the_period", "without_a_time", "unreadable_naming_a_script"
    assert [fast.lines[kind] for kind in kinds] == [slow.lines[kind] for kind in kinds]


def test_most_lines_of_a_log_are_passed_over_or_counted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    line = b'203.0.113.%d - - [29/Nov/2026:11:%02d:00 +0000] "POST %b HTTP/1.1" 200 %d "-" "probe/1"'
    block = [line % (n % 200, n % 60, (b"/xmlrpc.php", b"/")[n % 7 > 0], n) for n in range(700)]
    slow: list[bytes] = []
    monkeypatch.setattr(LineCounter, "count", lambda _, line: slow.append(line))
    assert quick_tally(POLICY, block).lines["passed_over"] == 1200
    assert slow == []


def test_what_is_remembered_is_forgotten_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    line = b'203.0.113.%d - - [29/Nov/2026:11:%02d:00 +0000] "POST /xmlrpc.php HTTP/1.1" 200 %d "-" "probe/1"'
    block = [line % (n % 200, n % 60, n) for n in range(300)]
    whole = slow_tally(POLICY, block * 2)
    monkeypatch.setattr(quick, "MOST_KINDS", 3)
    assert list(quick_tally(POLICY, block).counts.rows("refused")) == list(whole.counts.rows("refused"))


LINE = b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET %b HTTP/1.1" 200 5 "-" "Linux x86; example"\n'
KEPT: list[Any] = [
    pytest.param(["zz", "ab"], [b"/zz", b"/cabin", b"/aZZ"], [b"/x", b"/z-b", b"/z"], id="names without a common pair"),
    pytest.param(["x"], [b"/x", b"/photo-2x.jpg", b"/X/"], [b"/a"], id="a name of one letter"),
    pytest.param(
        ["xmlrpc.php"], [b"/a%20b", b"/%41", b"/%%41", b"/%8", b"/a%"], [b"/%c3%A9", b"/%E2%82%AC"], id="escapes"
    ),
    pytest.param(["xmlrpc.php"], [b"/x%FFmlrpc.php", b"/xm"], [b"/a%FFm", b"/x-m"], id="an escape in a pair"),
    pytest.param(["a b.php"], [b"/ab.php", b"/a b.php"], [b"/a-b.php"], id="a name with a blank"),
    pytest.param(
        ["xmlrpc.php"], [b"/a b", b"/\xc3\xa9", b"/a\\b", b"/a#b", b"/a>b", b"/\x7f"], [b"/a~b!$&'(*)+,"], id="signs"
    ),
    pytest.param(
        ["xmlrpc.php"], [b"http://a/" + b"a" * 249], [b"http://a/" + b"a" * 248], id="an address that may be cut"
    ),
]


@pytest.mark.parametrize(("names", "kept", "passed_over"), KEPT)
def test_the_targets_that_keep_their_line(names: list[str], kept: list[bytes], passed_over: list[bytes]) -> None:
    lines = [LINE % target for target in [*kept, *passed_over]]
    assert Sieve(names).sift(b"".join(lines)) == (len(lines), lines[: len(kept)])


ODD_LINES: list[Any] = [
    pytest.param(b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET /a" 200 5 "-" "-"\n', id="no protocol"),
    pytest.param(b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET /a HTTP/1.1" -\n', id="no status"),
    pytest.param(b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET /a\n', id="a request without its end"),
    pytest.param(b'::1 - - [29/Nov/2026:11:00:00 +0000] "\n', id="a request without anything"),
    pytest.param(b"worker started\n", id="no request at all"),
    pytest.param(b"\n", id="nothing"),
    pytest.param(LINE % b"/a\rb", id="a carriage return within"),
    pytest.param(b'worker "one" [started] "twice"\n', id="quotes of something else"),
    pytest.param(LINE.strip() % b"/" + LINE % b"/", id="two lines in one"),
]


@pytest.mark.parametrize("line", ODD_LINES)
def test_a_line_of_another_look_is_kept_wherever_it_stands(line: bytes) -> None:
    plain, unclosed = LINE % b"/", (LINE % b"/").replace(b'example"', b"example")
    for block in (line, plain + line, line + plain, plain + line + plain, unclosed + line + plain + line + unclosed):
        kept = [each for each in Sieve(["xmlrpc.php"]).sift(block).kept if each != unclosed]
        assert kept == [each for each in block.replace(b"\n", b"\n\0").split(b"\0") if each == line]


def test_a_carriage_return_ends_no_line_where_each_is_looked_at_alone() -> None:
    lines = [b"worker started\n", LINE % b"/", LINE.replace(b"example", b"a\rb") % b"/xmlrpc.php", LINE % b"/a\rb"]
    assert Sieve(["xmlrpc.php"]).sift(b"".join(lines)) == (4, [lines[0], *lines[2:]])


ENDINGS: list[Any] = [
    pytest.param(b" 5", id="common"),
    pytest.param(b' 5 "-" "probe/1" "203.0.113.7"', id="X-Forwarded-For"),
    pytest.param(b' 5 "-" "a \\"b\\""', id="quotes with backslashes"),
    pytest.param(b' 5 "-" "probe/1" rt=0.3 uct="0.000" x', id="more columns"),
    pytest.param(b' 5 "-" "cut', id="a field without its end"),
]


@pytest.mark.parametrize("ending", ENDINGS)
def test_whatever_follows_the_status_of_a_whole_request_is_passed_over(ending: bytes) -> None:
    line = b'example.org:80 ::1 - - [29/Nov/2026:11:00:00 +0000] "GET / HTTP/2.0" 200' + ending
    assert Sieve(["xmlrpc.php"]).sift(b"\n".join([line, line])) == (2, [])


PAIRS: list[Any] = [
    pytest.param(b"linux html etc. mac", b"rp", id="the pair that fewest places of a log have"),
    pytest.param(b"", b"xm", id="the first, if nothing is known of the log"),
]


@pytest.mark.parametrize(("sample", "pair"), PAIRS)
def test_the_pair_that_is_searched_for(sample: bytes, pair: bytes) -> None:
    line = LINE % (b"/a-" + pair)
    assert Sieve(["xmlrpc.php"], sample).sift(line).kept == [line]
    assert not re.search(pair, sample)
