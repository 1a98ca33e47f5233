"""Lines written as each server escapes: a target comes back byte for byte, and any bytes at all raise nothing."""

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmlrpc_guard.logs import LogReader

TIME = b"29/Nov/2026:11:00:00 +0000"
LETTERS = {8: rb"\b", 9: rb"\t", 10: rb"\n", 11: rb"\v", 13: rb"\r", 34: rb"\"", 92: rb"\\"}


def by_nginx(text: bytes) -> bytes:
    return b"".join(bytes([c]) if 31 < c < 127 and c not in b'"\\' else b"\\x%02X" % c for c in text)


def by_apache(text: bytes) -> bytes:
    return b"".join(LETTERS.get(c) or (bytes([c]) if 31 < c < 127 else b"\\x%02x" % c) for c in text)


def by_h2o(text: bytes) -> bytes:
    return b"".join(bytes([c]) if 31 < c < 127 and c not in b'"}' else b"\\x%02x" % c for c in text)


def by_gunicorn(text: bytes) -> bytes:
    return text.replace(b'"', b'\\"')


def by_haproxy(text: bytes) -> bytes:
    return b"".join(bytes([c]) if 31 < c < 127 and c not in b'"#' else b"#%02X" % c for c in text)


def by_nginx_json(text: bytes) -> bytes:
    return b"".join((b"\\" if c in b'"\\' else b"") + (bytes([c]) if c > 31 else b"\\u%04x" % c) for c in text)


def by_caddy(text: bytes) -> bytes:
    return json.dumps(text.decode("utf-8", "replace"), ensure_ascii=False).encode()[1:-1]


COMBINED = b'203.0.113.9 - u s [%b] "GET %%b HTTP/1.1" 200 2 "-" "probe/1"' % TIME
HAPROXY = (
    b"Nov 29 11:00:00 haproxy[1]: 203.0.113.9:4 [29/Nov/2026:11:00:00.123] f b/s 0/0/0/7/7 200 5 - - ---- "
    b'1/1/0/0/0 0/0 {probe/1|} "GET %b HTTP/1.1"'
)
UWSGI = (
    b"[pid: 1|app: 0|req: 5/5] 203.0.113.9 () {2 vars in 25 bytes} [Sun Nov 29 11:00:00 2026] GET %b => generated "
    b"2 bytes in 0 msecs (HTTP/1.1 200) 2 headers in 68 bytes (1 switches on core 0)"
)
NPM = b'[%b] - 200 200 - GET https h "%%b" [Client 203.0.113.9] [Length 5] [Gzip -] [Sent-to h] "-" "-"' % TIME
BUNNY = b"MISS|200|1795950000123|5|1|203.0.113.9|-|https://h%b|DE|-|6f96|DE"
WRITERS = [
    pytest.param(COMBINED, by_nginx, id="nginx"),
    pytest.param(COMBINED, by_apache, id="Apache"),
    pytest.param(COMBINED, by_h2o, id="h2o"),
    pytest.param(COMBINED, by_gunicorn, id="gunicorn"),
    pytest.param(HAPROXY, by_haproxy, id="HAProxy"),
    pytest.param(b'{"remote_addr":"203.0.113.9","request":"GET %b HTTP/1.1","status":200}', by_nginx_json, id="JSON"),
    pytest.param(UWSGI, bytes, id="uWSGI"),
    pytest.param(NPM, by_nginx, id="Nginx Proxy Manager"),
    pytest.param(BUNNY, bytes, id="Bunny"),
]

targets = st.binary(max_size=40).map(lambda text: b"/" + re.sub(rb"[\r\n\0]|\s+\Z", b"", text))
# What ends a field in a log that escapes nothing, or looks like the end of a request, is read in one way of several.
plain = targets.filter(lambda text: b" " not in text)
# h2o writes a backslash as it is: before two digits it cannot be told from the escape.
no_escapes = plain.map(lambda text: text.replace(b"\\x", b"\\"))


@pytest.mark.parametrize(("form", "write"), WRITERS)
@given(target=no_escapes)
def test_a_target_is_among_its_readings(form: bytes, write: Callable[[bytes], bytes], target: bytes) -> None:
    line = form % write(target)
    (logged,) = LogReader(sample=[line]).read(line)
    assert target in logged.targets
    assert (logged.peer, logged.status, logged.is_cut) == (b"203.0.113.9", 200, False)


@given(target=targets)
def test_a_target_with_blanks_is_one_target(target: bytes) -> None:
    (logged,) = LogReader("combined").read(COMBINED % by_nginx(target))
    assert target in logged.targets


@given(target=plain)
def test_bytes_that_caddy_gave_up_are_bytes_that_a_guard_takes_no_notice_of(target: bytes) -> None:
    (logged,) = LogReader("json").read(b'{"request":{"remote_ip":"::1","uri":"%b"}}' % by_caddy(target))
    kept = [reading.decode("utf-8", "ignore") for reading in logged.targets]
    assert target.decode("utf-8", "ignore").replace("\ufffd", "") in [text.replace("\ufffd", "") for text in kept]


READER = LogReader()
PIECES = st.sampled_from(
    [
        *(b"[%b]" % TIME, b' "', b'" 200', b" HTTP/1.1", b"GET /", b"\\", b"{", b"}", b'{"request":', b"::1 ", b" - "),
        *(b"[pid: 1|app: 0|req: 1] ", b"[2026-11-29T11:00:00Z] ", b"#Fields: ", b"\t", b"\0", b"<134>", b"\xff"),
        *(b"at=info method=GET", b' path="', b'" host=a ', b"MISS|200|1795950000123|5|1|", b"|-|https://h/", b"|DE|"),
        *(b"[Client ::1] ", b'" x_forwarded_for:"', b" TLSv1.3 - "),
    ]
)


@given(st.lists(PIECES | st.binary(max_size=6), max_size=12).map(b"".join))
def test_no_line_raises(line: bytes) -> None:
    assert all(logged.targets is not None for logged in READER.read(line))
