"""Paths as long as the servers take them, with what is ignored in them repeated: the rules refuse all of them."""

from collections.abc import Iterator

import pytest

from tests.frontends import get
from tests.lab.answering import Answering
from tests.lab.blocks import ours, rule_for
from tests.lab.edge import EDGES, in_front
from tests.lab.test_edge import needs

pytestmark = pytest.mark.lab

LENGTHS = (100, 1000, 1500, 2500, 5000, 7500)
"""Bytes of what is repeated: nginx takes a request line of 8 KB."""
REPEATED = {
    "dots": ("/", ".", "xmlrpc.php"),
    "escaped dots": ("/", "%2e", "xmlrpc.php"),
    "control characters": ("/", "%01", "xmlrpc.php"),
    "backslashes": ("/x", "\\", "mlrpc.php"),
    "escaped backslashes": ("/x", "%5c", "mlrpc.php"),
    "escapes of a percent sign": ("/%", "25", "78mlrpc.php"),
    "directories": ("/", "a/", "xmlrpc.php"),
    "slashes": ("/", "/", "xmlrpc.php"),
    "colons": ("/", ":", "xmlrpc.php"),
}


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    """Run an upstream that answers 200 to everything."""
    with Answering() as answering:
        yield answering.port


@pytest.mark.parametrize("name", EDGES)
def test_no_length_of_what_is_ignored_lets_a_stranger_in(name: str, upstream: int) -> None:
    needs(name)
    with in_front(name, ours(EDGES[name].server, rule_for(runs_php=False)), [upstream]) as (at,):
        answers = {
            (what, length): at.ask(get(f"{start}{sign * (length // len(sign))}{end}")).split(maxsplit=2)[1]
            for what, (start, sign, end) in REPEATED.items()
            for length in LENGTHS
        }
    assert {asked: status for asked, status in answers.items() if status != b"403"} == {}
