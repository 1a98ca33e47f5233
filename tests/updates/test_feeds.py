"""Downloads, whatever their bytes: blocks, or one error that names the source."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.published import PUBLISHED
from xmlrpc_guard.ranges import Range, collapse
from xmlrpc_guard.updates.blocks import published_blocks
from xmlrpc_guard.updates.feeds import FEEDS, read_feed

GOOD = "\n".join(PUBLISHED["jetpack"].ranges).encode()
ARRAY = json.dumps(PUBLISHED["jetpack"].ranges).encode()
FASTLY = json.dumps({"addresses": PUBLISHED["jetpack"].ranges, "ipv6_addresses": ["2a04:4e40::/32"]}).encode()


def read_or_refused(name: str, data: bytes) -> list[Range] | str:
    try:
        return read_feed(FEEDS[name], data, "https://a.example/")
    except SourceError as error:
        return str(error)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("jetpack", GOOD, id="lines"),
        pytest.param("jetpack", b"\xef\xbb\xbf" + GOOD, id="lines behind a byte order mark"),
        pytest.param("jetpack", ARRAY, id="an array"),
        pytest.param("jetpack", b"\xef\xbb\xbf \n" + ARRAY, id="an array behind a byte order mark"),
        pytest.param("fastly", b"\n" + FASTLY, id="an object"),
        pytest.param("fastly", b"\xef\xbb\xbf" + FASTLY, id="an object behind a byte order mark"),
    ],
)
def test_the_forms_of_a_list(name: str, data: bytes) -> None:
    blocks = read_feed(FEEDS[name], data, "https://a.example/")
    assert {*published_blocks("jetpack")} <= {*collapse(blocks)}


@given(st.sampled_from([GOOD, ARRAY, FASTLY, b""]), st.binary(max_size=20), st.integers(0, 200), st.integers(0, 40))
@example(ARRAY, b"\x0b", 0, 0)
@example(ARRAY, "\u00a0".encode(), 0, 0)
@example(b"", b'{"result": 1, "addresses": []}', 0, 0)
@example(b"", b"1e999999", 0, 0)
@example(b"", b"[" + b"9" * 5000 + b"]", 0, 0)
@pytest.mark.parametrize("name", FEEDS)
def test_whatever_comes_is_blocks_or_one_line(name: str, data: bytes, put: bytes, at: int, gone: int) -> None:
    outcome = read_or_refused(name, data[:at] + put + data[at + gone :])
    assert outcome
    if isinstance(outcome, str):
        assert outcome.startswith("https://a.example/:")
        assert outcome.isprintable()
