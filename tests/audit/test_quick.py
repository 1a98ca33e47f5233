"""The quick way of counting a combined log: held to the slow rule, line by line and in sum."""

import re
from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.logs.test_properties import by_apache, by_gunicorn, by_h2o, by_nginx
from xmlrpc_guard import Policy
from xmlrpc_guard.audit import kinds, quick
from xmlrpc_guard.audit.counting import LineCounter, Period
from xmlrpc_guard.audit.judging import Judge
from xmlrpc_guard.audit.quick import QuickCounter
from xmlrpc_guard.audit.sieve import LineParts, Sieve, line_of
from xmlrpc_guard.audit.tally import Tally
from xmlrpc_guard.logs import LogReader
from xmlrpc_guard.testing import ORDINARY, SPELLINGS

POLICY = Policy(
    allow=["192.0.64.0/24", "10.0.0.2"], deny=["192.0.64.8", "2001:db8::/32"], trusted_proxies=["10.0.0.0/8", "unix"]
)
OTHER_HEADER = Policy(allow=["192.0.64.7"], trusted_proxies=["10.0.0.0/8"], forwarded_header="X-Real-IP")
OPEN = Policy(allow=[], public_methods=["pingback"], scripts=["xmlrpc.php", "wp-login.php"])
SECOND = Period(1795950000, 1795950001)
HALF_A_MINUTE = Period(1795950030, 1795950060)

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
PREFIXES = [
    b"192.0.64.7 - - ",
    b"203.0.113.9 - - ",
    b"203.0.113.9 - u s ",
    b"192.0.64.8 - - ",
    b"10.0.0.2 - - ",
    b"10.0.0.2:4711 - - ",
    b"2001:DB8::9 - - ",
    b"10.0.0.1 - - ",
    b" - - ",
    b"a.example ::1 - - ",
    b"203.0.113.7, 10.0.0.1 - - ",
    b"host - - ",
    b"203.0.113.9 - [x] ",
    b"203.0.113.9 - x] ",
    b'203.0.113.9 - "u ',
    b"203.0.113.9 - u\\x22 ",
    b"",
    b"\xef\xbb\xbf192.0.64.7 - - ",
    b"\0\0192.0.64.7 - - ",
]
times = st.sampled_from(
    [
        b"29/Nov/2026:11:00:00 +0000",
        b"29/Nov/2026:11:00:59 +0000",
        b"29/Nov/2026:12:00:60 +0000",
        b"29/Foo/2026:11:00:00 +0000",
        b"29/Nov/2026:11:75:00 +0530",
        b"29/Nov/2026:11:0x:00 +0000",
        b"2026-11-29T11:00:00+00:00",
        b"29/Nov/2026 11:00:00 +0000",
    ]
)
TAILS = [
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
    b'" 200 5 "-" "',
    b'" 200 5 "',
    b'" 200 5 ',
    b'" 200 ',
    b'" 200 5 "" ""',
    b'" 200 5 "] " "-"',
    b'" 200 5 "-" "p"\r',
    b'"',
    b'" 200 5 "a\\x22" "p"',
    b'" 200 5 "-" "p\\xe9"',
    b'" 200 5 "-" "p" "203.0.113.7\\x22"',
    b'" 200 5 "-" "p" ""',
    b'" 200 5 "-" "p""203.0.113.7"',
    b'" 200 5 "-" "p" 203.0.113.7"',
    b'" 200 5 "-" "p" "203.0.113.7',
    b'" 200 5 "-" "p" "203.0.113.7" "b"',
    b'" 200 5 "-" "p" "x, 203.0.113.7"',
    b'" 200 5 "-" "] "',
    b'" 200 5 "-" "p" "] "',
    b'" 200 5 "] a" "] b"',
    b'" 200 5 "a\\" "p"',
    b'" 200 5 "a\\" "p" "b"',
    b'" 200 5 "-" "p" "203.0.113.7\\"',
    b'" 200  "-" "p"',
    b'" 200 123456789012345678 "-" "p"',
    b'" 200 1234567890123456789 "-" "p"',
]
lines = st.builds(
    lambda *parts: b'%b[%b] "%b%b' % parts, st.sampled_from(PREFIXES), times, requests, st.sampled_from(TAILS)
) | st.sampled_from([b"", b"started", b"POST /xmlrpc.php", b'{"request_uri":"/xmlrpc.php","remote_addr":"::1"}'])
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


def quick_tally(
    policy: Policy,
    block: list[bytes],
    period: Period = Period(),  # noqa: B008 - a value
    sample: bytes = b"",
    turns: int = 2,  # the second time, all is learnt
) -> Tally:
    tally, reader, judge = Tally(), reader_for(policy), Judge(policy)
    slow = LineCounter(reader, policy.scripts, judge, tally, period)
    counter = QuickCounter(slow, policy, Sieve(policy.scripts, sample))
    for _ in range(turns):
        counter.count_block(b"\n".join(block) + b"\n")
    counter.finish()
    return tally


def sift(names: Iterable[str], block: bytes, sample: bytes = b"") -> tuple[int, list[bytes]]:
    """Sift a block; give how many lines it has, and those that are to be looked at, with their ends, in its order."""
    number, rows = Sieve(names, sample).sift(block)
    return number, sorted((line_of(row) + b"\n" for row in rows), key=block.index)


@given(block=blocks)
@example(block=[b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET /a" 414 5 "-" "-"', b"", b"\xff"])
@example(
    block=[
        b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET /%b HTTP/1.1" 200 5 "-" "-"' % each for each in (b"", b"xmlrpc.php")
    ]
)
def test_no_line_that_could_count_is_passed_over(block: list[bytes]) -> None:
    whole = b"\n".join(block) + b"\n"
    for policy, sample in product((POLICY, OPEN), (b"", whole)):
        reader, judge = LogReader(), Judge(policy)
        number, kept = sift(policy.scripts, whole, sample)
        counting = [line + b"\n" for line in block if any(map(judge, reader.read(line)))]
        assert (number, [line for line in counting if line not in kept]) == (len(block), [])


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
        *[b'::1 - - [29/Nov/2026:11:0x:00 +0000] "POST /xmlrpc.php HTTP/1.1" 200 5 "-" "-"'] * 2,
        *[b'::1 - - [29/Nov/2026:10:60:00 +0000] "POST /xmlrpc.php HTTP/1.1" 200 5 "-" "-"'] * 2,
        *[b'::1 - - [29/Nov/2026:11:00:00 +0000] "POST /xmlrpc.php HTTP/1.1" 200 - "-" "-"'] * 2,
        *[b'::1 - - [29/Nov/2026:11:00:59 +0000] "POST /%78mlrpc.php HTTP/1.1" 200 5 "-" "-"'] * 2,
    ],
)
@example(
    policy=POLICY,
    period=Period(),
    block=[b' - - [29/Nov/2026 11:00:00 +0000] "A /xmlrpc.php HTTP/1.1" 200 5 "-" "-"'],
)
@example(
    policy=OTHER_HEADER,
    period=Period(),
    block=[b'10.0.0.1 - - [29/Nov/2026:11:00:00 +0000] "POST /xmlrpc.php HTTP/1.1" 200 5 "-" "-" "203.0.113.7"'],
)
@given(
    policy=st.sampled_from([POLICY, OTHER_HEADER, OPEN]),
    period=st.sampled_from([Period(), SECOND, HALF_A_MINUTE]),
    block=blocks,
)
def test_quick_counts_are_slow_counts(policy: Policy, period: Period, block: list[bytes]) -> None:
    check_quick_counts(policy, period, block)


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("policy", [POLICY, OTHER_HEADER, OPEN], ids=["X-Forwarded-For", "X-Real-IP", "public calls"])
def test_whoever_asks_a_line_that_ends_so_is_counted_quickly_as_slowly(policy: Policy, tail: bytes) -> None:
    form = b'%b[29/Nov/2026:11:00:00 +0000] "POST /xmlrpc.php HTTP/1.1%b'
    check_quick_counts(policy, Period(), [form % (prefix, tail) for prefix in PREFIXES])


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(b"A /xmlrpc.php HTTP/1.1", id="a method of one letter"),
        pytest.param(b" /xmlrpc.php HTTP/1.1", id="no method"),
        pytest.param(b"POST  HTTP/1.1", id="no target"),
        pytest.param(b"POST /xmlrpc.php HTTP/2", id="a protocol without a second number"),
        pytest.param(b"POST /a\\x22/xmlrpc.php HTTP/1.1", id="an escape of the log in the target"),
        pytest.param(b'POST /a"/xmlrpc.php HTTP/1.1', id="a quote in the target"),
        pytest.param(b'POST /a\\"/xmlrpc.php HTTP/1.1', id="a quote with a backslash in the target"),
        pytest.param(b"POST /xmlrpc.php\xff HTTP/1.1", id="a byte beyond ASCII in the target"),
        pytest.param(b"POST /xMlrpc.php HTTP/1.1", id="another case in the middle of the name"),
    ],
)
@pytest.mark.parametrize("policy", [POLICY, OPEN], ids=["no public calls", "public calls"])
def test_whoever_asks_what_is_asked_is_counted_quickly_as_slowly(policy: Policy, request_: bytes) -> None:
    form = b'%b[29/Nov/2026:11:00:00 +0000] "%b" 200 5 "-" "probe/1"'
    check_quick_counts(policy, Period(), [form % (prefix, request_) for prefix in PREFIXES])


PERIODS: list[Any] = [
    pytest.param(Period(1795950030), id="from the middle of a minute"),
    pytest.param(Period(1795949900, 1795950030), id="to the middle of a minute"),
    pytest.param(Period(1795950000, 1795950060), id="a whole minute"),
    pytest.param(Period(1795950001, 1795950060), id="a minute without its first second"),
    pytest.param(Period(1795950000, 1795950059), id="a minute without its last second"),
    pytest.param(Period(1795950060), id="from the next minute on"),
]


@pytest.mark.parametrize("period", PERIODS)
def test_a_period_may_begin_and_end_within_a_minute(period: Period) -> None:
    form = b'192.0.64.7 - - [29/Nov/2026:11:00:%02d +0000] "POST /xmlrpc.php HTTP/1.1" 200 5 "-" "-"'
    lines = [form % second for second in (45, 30, 29, 59, 58, 0, 1)]
    for block in (lines, lines[:1], lines[-1:]):
        check_quick_counts(POLICY, period, block)


ZONED = [b"29/Nov/2026:%b +0000", b"29/Nov/2026:%b +0100", b"29/Nov/2026:%b -0030"]
clocks = st.builds(
    lambda zone, minute, second: zone % (b"%02d:%02d:%02d" % (*divmod(minute, 60), second)),
    st.sampled_from(ZONED),
    st.integers(0, 2) | st.integers(59, 61) | st.integers(119, 121),
    st.sampled_from([0, 1, 30, 59]),
)


@pytest.mark.parametrize("most_minutes", [0, 1, 10_000], ids="{} minutes are remembered".format)
@given(seen=st.lists(st.tuples(st.integers(0, 1), clocks), min_size=1, max_size=12))
@example(seen=[(0, b"29/Nov/2026:11:00:30 +0000"), (0, b"29/Nov/2026:11:00:00 +0000")])
@example(
    seen=[(0, b"29/Nov/2026:11:00:30 +0000"), (1, b"29/Nov/2026:12:01:00 +0100"), (0, b"29/Nov/2026:11:00:01 +0000")]
)
@example(
    seen=[(0, b"29/Nov/2026:11:00:30 +0000"), (1, b"29/Nov/2026:11:01:00 +0000"), (1, b"29/Nov/2026:11:00:59 +0000")]
)
@example(seen=[(0, b"29/Nov/2026:11:00:00 +0100"), (0, b"29/Nov/2026:11:00:00 -0030")] * 2)
def test_a_log_may_go_back_in_time(most_minutes: int, seen: list[tuple[int, bytes]]) -> None:
    line = b'192.0.64.%d - - [%b] "POST /xmlrpc.php HTTP/1.1" 200 5 "-" "-"'
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinds, "MOST_MINUTES", most_minutes)
        block = [line % each for each in seen]
        check_quick_counts(POLICY, Period(), block)
        check_counts(quick_tally(POLICY, block, turns=1), slow_tally(POLICY, block), len(block))


def check_quick_counts(policy: Policy, period: Period, block: list[bytes]) -> None:
    slow = slow_tally(policy, block * 2, period)
    for sample in (b"", b"\n".join(block)):  # of which it learns what lines look like
        check_counts(quick_tally(policy, block, period, sample), slow, len(block) * 2)


def check_counts(fast: Tally, slow: Tally, lines: int) -> None:
    for verdict in ("allowed", "refused", "unknown"):
        assert list(fast.counts.rows(verdict)) == list(slow.counts.rows(verdict))
    assert (list(fast.spans), fast.period) == (list(slow.spans), slow.period)
    kinds = "blank", "outside_the_period", "without_a_time", "unreadable_naming_a_script"
    assert [fast.lines[kind] for kind in kinds] == [slow.lines[kind] for kind in kinds]
    every = "read", "passed_over", "blank", "unreadable"
    assert sum(fast.lines[kind] for kind in every) == sum(slow.lines[kind] for kind in every) == lines


def test_most_lines_of_a_log_are_passed_over_or_counted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    line = b'203.0.113.%d - - [29/Nov/2026:11:%02d:00 +0000] "POST %b HTTP/1.1" 200 %d "-" "probe/1"'
    block = [line % (n % 200, n % 60, (b"/xmlrpc.php", b"/")[n % 7 > 0], n) for n in range(700)]
    slow: list[bytes] = []
    monkeypatch.setattr(LineCounter, "count", lambda _, line: slow.append(line))
    assert quick_tally(POLICY, block).lines["passed_over"] == 1200
    assert slow == []


@pytest.mark.parametrize("most_minutes", [1, 10_000], ids="{} minutes are remembered".format)
def test_what_is_remembered_is_forgotten_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch, most_minutes: int
) -> None:
    line = b'203.0.113.%d - - [29/Nov/2026:11:%02d:00 +0000] "POST /xmlrpc.php HTTP/1.1" 200 %d "-" "probe/1"'
    block = [line % (n % 200, n % 60, n) for n in range(300)]
    block += [each.replace(b":11:", b":13:") for each in block]
    whole = slow_tally(POLICY, block * 2)
    monkeypatch.setattr(quick, "MOST_KINDS", 3)
    monkeypatch.setattr(kinds, "MOST_MINUTES", most_minutes)
    counted = quick_tally(POLICY, block)
    assert list(counted.counts.rows("refused")) == list(whole.counts.rows("refused"))
    assert list(counted.spans) == list(whole.spans)


@pytest.mark.parametrize(
    "turns",
    [
        pytest.param([b"/xmlrpc.php"], id="for a guarded script"),
        pytest.param([b"/a%20b"], id="for another page"),
        pytest.param([b"/xmlrpc.php", b"/a%20b"], id="for both"),
    ],
)
def test_a_client_may_call_itself_by_many_names(monkeypatch: pytest.MonkeyPatch, turns: list[bytes]) -> None:
    line = b'203.0.113.9 - - [29/Nov/2026:11:00:%02d +0000] "POST %b HTTP/1.1" 200 5 "-" "probe/%d"'
    block = [line % (n, turns[n % len(turns)], n % 7 % 3) for n in range(42)]
    check_quick_counts(POLICY, Period(), block)
    learn, learnt = kinds.LineKinds.learn, list[LineParts]()

    def note(self: kinds.LineKinds, row: LineParts) -> kinds.LineKind | None:
        learnt.append(row)
        return learn(self, row)

    slow: list[bytes] = []
    monkeypatch.setattr(kinds.LineKinds, "learn", note)
    monkeypatch.setattr(LineCounter, "count", lambda _, line: slow.append(line))
    quick_tally(POLICY, block)
    assert (len(learnt), slow) == (3 * len(turns), [])


FORM = b'203.0.113.%d - - [29/Nov/2026:11:00:00 +0000] "POST /xmlrpc.php HTTP/1.1" 200 5 "-" "probe/%d"%b\n'


@pytest.mark.parametrize(("agents", "requests"), [(2, 0), (3, 6)], ids=["as many as fit", "more than fit"])
def test_more_kinds_than_fit_are_added_to_the_tally_at_once(
    monkeypatch: pytest.MonkeyPatch, agents: int, requests: int
) -> None:
    monkeypatch.setattr(quick, "MOST_KINDS", 4)
    tally = Tally()
    slow = LineCounter(reader_for(POLICY), POLICY.scripts, Judge(POLICY), tally)
    block = b"".join(FORM % (client, agent, b"") for client in range(2) for agent in range(agents))
    QuickCounter(slow, POLICY, Sieve(POLICY.scripts)).count_block(block)
    assert sum(count.requests for _, count in tally.counts.rows("refused")) == requests


REMEMBERED: list[Any] = [
    pytest.param(POLICY, [FORM % (9, 1, b" rt=%d" % number) for number in range(5)], id="what ends a line"),
    pytest.param(OPEN, [FORM % (number, 1, b"") for number in range(5)], id="who begins a line"),
]


@pytest.mark.parametrize(("policy", "lines"), REMEMBERED)
def test_what_is_remembered_of_lines_that_are_read_slowly_counts_too(policy: Policy, lines: list[bytes]) -> None:
    found = kinds.LineKinds(reader_for(policy), Judge(policy), policy, Period())
    assert [found.learn(row) for row in Sieve(policy.scripts).sift(b"".join(lines)).rows] == [None] * len(lines)
    assert len(found) == len(lines)
    found.clear()
    assert len(found) == 0


def test_a_kind_that_is_learnt_again_is_remembered_once() -> None:
    found = kinds.LineKinds(reader_for(POLICY), Judge(POLICY), POLICY, Period())
    rows = Sieve(POLICY.scripts).sift(b"".join(FORM % (9, agent, b"") for agent in (1, 2) * 5)).rows
    assert len({id(found.learn(row)) for row in rows}) == len(found) == 2
    found.clear()
    kept = {name for name, each in vars(found).items() if isinstance(each, dict) and each}
    assert kept == {"_by_lists"}  # of which there are few: what each list of the policy says


def test_the_minutes_that_are_remembered_are_forgotten_when_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "MOST_MINUTES", 2)
    minutes, remembered = kinds.Minutes(b"+0000", Period(), {}), []
    for minute in range(5):
        minutes[b"29/Nov/2026:11:%02d" % minute]
        remembered.append(len(minutes))
    assert remembered == [1, 2, 3, 1, 2]


LINE = b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET %b HTTP/1.1" 200 5 "-" "Linux x86; example"\n'
KEPT: list[Any] = [
    pytest.param(["zz", "ab"], [b"/zz", b"/cabin", b"/aZZ"], [b"/x", b"/z-b", b"/z"], id="names without a common pair"),
    pytest.param(["x"], [b"/x", b"/photo-2x.jpg", b"/X/"], [b"/a"], id="a name of one letter"),
    pytest.param(
        ["xmlrpc.php"],
        [b"/a%20b", b"/%41", b"/%%41", b"/a%", b"/%C3%41", b"/%C3%A9%41", b"/%C3%%41", b"/%8%41"],
        [b"/%c3%A9", b"/%E2%82%AC", b"/%F0%9F%90%98", b"/caf%e9", b"/%8", b"/%8z"],
        id="escapes",
    ),
    pytest.param(["xmlrpc.php"], [b"/x%FFmlrpc.php", b"/xm"], [b"/a%FFm", b"/x-m"], id="an escape in a pair"),
    pytest.param(["xmlrpc.php"], [b"/xMlrpc.php", b"/Xm"], [b"/M", b"/xx", b"/X"], id="a pair in both cases"),
    pytest.param(["a b.php"], [b"/ab.php", b"/a b.php"], [b"/a-b.php"], id="a name with a blank"),
    pytest.param(
        ["xmlrpc.php"],
        [b"/a b", b"/\xc3\xa9", b"/a\\b", b"/a#b", b"/a>b", b"/\x7f", b"/\xff"],
        [b"/a~b!$&'(*)+,"],
        id="signs",
    ),
    pytest.param(
        ["xmlrpc.php"], [b"http://a/" + b"a" * 249], [b"http://a/" + b"a" * 248], id="an address that may be cut"
    ),
]


@pytest.mark.parametrize(("names", "kept", "passed_over"), KEPT)
def test_the_targets_that_keep_their_line(names: list[str], kept: list[bytes], passed_over: list[bytes]) -> None:
    lines = [LINE % target for target in [*kept, *passed_over]]
    assert sift(names, b"".join(lines)) == (len(lines), lines[: len(kept)])


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
        kept = [each for each in sift(["xmlrpc.php"], block)[1] if each != unclosed]
        assert kept == [each for each in block.replace(b"\n", b"\n\0").split(b"\0") if each == line]


def test_a_carriage_return_ends_no_line_where_each_is_looked_at_alone() -> None:
    lines = [b"worker started\n", LINE % b"/", LINE.replace(b"example", b"a\rb") % b"/xmlrpc.php", LINE % b"/a\rb"]
    assert sift(["xmlrpc.php"], b"".join(lines)) == (4, [lines[0], *lines[2:]])


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
    assert sift(["xmlrpc.php"], b"\n".join([line, line])) == (2, [])


FORMS: list[Any] = [
    pytest.param(b"GET / HTTP/2", b"p", id="a protocol without a second number"),
    pytest.param(b"GET http://a.example/ HTTP/1.1", b"p", id="a whole address"),
    pytest.param(b"OPTIONS * HTTP/1.1", b"p", id="an address that is none"),
    pytest.param(b"GET / HTTP/1.1", b"[FBAN/FBIOS]", id="brackets in the User-Agent"),
]


@pytest.mark.parametrize("share", [1, 100], ids=["as all", "as one of a hundred"])
@pytest.mark.parametrize(("request_", "agent"), FORMS)
def test_lines_of_another_form_are_passed_over_or_kept_alike(request_: bytes, agent: bytes, share: int) -> None:
    form = b'::1 - - [29/Nov/2026:11:00:00 +0000] "%b" 200 5 "-" "%b"\n'
    plain = form % (request_, agent) + form % (b"GET / HTTP/1.1", b"p") * (share - 1)
    guarded = [form % (request_.replace(b" ", b" /xmlrpc.php", 1), agent), LINE % b"/xmlrpc.php"]
    for sample in (b"", plain, plain[:-5]):
        assert sift(["xmlrpc.php"], plain, sample) == (share, [])
        assert sift(["xmlrpc.php"], plain + b"".join(guarded), sample) == (share + 2, guarded)


@pytest.mark.parametrize(
    ("others", "patterns"),
    [pytest.param(1, 2, id="one line in twenty"), pytest.param(2, 1, id="two lines in twenty")],
)
def test_a_log_with_many_lines_of_another_form_is_not_gone_over_twice(others: int, patterns: int) -> None:
    sample = LINE % b"http://a/" * others + LINE % b"/" * (20 - others)
    assert len(Sieve(["xmlrpc.php"], sample).patterns) == patterns


PAIRS: list[Any] = [
    pytest.param(b"linux html etc. mac", b"rp", id="the pair that fewest places of a log have"),
    pytest.param(b"", b"xm", id="the first, if nothing is known of the log"),
]


@pytest.mark.parametrize(("sample", "pair"), PAIRS)
def test_the_pair_that_is_searched_for(sample: bytes, pair: bytes) -> None:
    line = LINE % (b"/a-" + pair)
    assert sift(["xmlrpc.php"], line, sample) == (1, [line])
    assert not re.search(pair, sample)
