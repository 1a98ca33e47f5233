"""Downloads of any bytes: ranges, or one error that names the source."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.published import PUBLICATIONS, PUBLISHED, published_entries
from xmlrpc_guard.ranges import Range
from xmlrpc_guard.updates.update import read_download

GOOD = "\n".join(PUBLISHED["jetpack"].ranges).encode()
ARRAY = json.dumps(PUBLISHED["jetpack"].ranges).encode()
FASTLY = json.dumps({"addresses": PUBLISHED["jetpack"].ranges, "ipv6_addresses": ["2a04:4e40::/32"]}).encode()


def read_or_refuse(name: str, data: bytes) -> list[Range] | str:
    try:
        return read_download(data, "https://a.example/", PUBLICATIONS[name])
    except SourceError as error:
        return str(error)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("jetpack", GOOD, id="lines"),
        pytest.param("jetpack", b"\xef\xbb\xbf" + GOOD, id="lines after a byte order mark"),
        pytest.param("jetpack", ARRAY, id="an array"),
        pytest.param("jetpack", b"\xef\xbb\xbf \n" + ARRAY, id="an array after a byte order mark"),
        pytest.param("fastly", b"\n" + FASTLY, id="an object"),
        pytest.param("fastly", b"\xef\xbb\xbf" + FASTLY, id="an object after a byte order mark"),
    ],
)
def test_the_shapes_of_a_list(name: str, data: bytes) -> None:
    assert {*published_entries("jetpack")} <= {*read_download(data, "https://a.example/", PUBLICATIONS[name])}


@given(st.sampled_from([GOOD, ARRAY, FASTLY, b""]), st.binary(max_size=20), st.integers(0, 200), st.integers(0, 40))
@example(ARRAY, b"\x0b", 0, 0)
@example(ARRAY, "\u00a0".encode(), 0, 0)
@example(b"", b'{"result": 1, "addresses": []}', 0, 0)
@example(b"", b"1e999999", 0, 0)
@example(b"", b"[" + b"9" * 5000 + b"]", 0, 0)
@pytest.mark.parametrize("name", PUBLICATIONS)
def test_any_bytes_are_ranges_or_an_error_of_one_line(name: str, data: bytes, put: bytes, at: int, gone: int) -> None:
    outcome = read_or_refuse(name, data[:at] + put + data[at + gone :])
    assert outcome
    if isinstance(outcome, str):
        assert outcome.startswith("https://a.example/:")
        assert outcome.isprintable()
