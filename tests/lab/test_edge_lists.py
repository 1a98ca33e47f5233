"""Lists in a file of their own, on the real servers: missing, empty, cut off, replaced, and reloaded without loss."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.answering import Answering
from tests.lab.edge_lists import SITES_WITH_LISTS, Asking, allowing, running
from tests.lab.test_edge import needs

pytestmark = pytest.mark.lab

LISTED, NEW, STRANGER = "127.0.0.2", "127.0.0.3", "127.0.0.1"


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    """Run an upstream that answers 200 to everything."""
    with Answering() as answering:
        yield answering.port


@pytest.mark.parametrize("name", SITES_WITH_LISTS)
def test_new_lists_count_after_a_reload_that_costs_no_request(name: str, upstream: int) -> None:
    needs(name)
    with running(name, allowing(LISTED), upstream) as server:
        assert [server.status(client) for client in (LISTED, NEW, STRANGER)] == [200, 403, 403]
        server.write(allowing(LISTED, NEW))
        assert server.status(NEW) == 403  # nothing is read before the reload
        with Asking(server, LISTED) as asking:
            assert server.reload()
            assert server.becomes(NEW, 200)
            before = asking.asked
            while asking.asked < before + 50:
                assert server.status(STRANGER) == 403
        # Caddy closes a connection now and then that has just come, in the listener that it gives up.
        assert len(asking.failed) <= (2 if server.edge.server == "Caddy" else 0)
        assert {*asking.failed} <= {"no answer"}
        server.write(allowing(NEW))
        assert server.reload()
        assert server.becomes(LISTED, 403)


def spoil(lists: Path) -> Iterator[str]:
    """Spoil a file of lists in each way; give what was done."""
    whole = lists.read_bytes()
    lines = whole.splitlines(keepends=True)
    for kept, line in enumerate(lines):
        for cut in {0, (len(line) - 1) // 2}:  # a last brace without its line end is whole
            lists.write_bytes(b"".join(lines[:kept]) + line[:cut])
            yield f"cut off in line {kept + 1}, after {cut} bytes"
    lists.unlink()
    yield "missing"
    lists.write_bytes(whole)


@pytest.mark.parametrize("name", SITES_WITH_LISTS)
def test_lists_that_are_not_whole_open_no_door(name: str, upstream: int) -> None:
    """The server's own test fails, and the old lists count. HAProxy loads a map that is cut off, and lets no one in."""
    needs(name)
    with running(name, allowing(LISTED), upstream) as server:
        taken = [how for how in spoil(server.lists) if server.tests()]
        assert taken == [] or (server.edge.server == "HAProxy" and "missing" not in taken)
        assert server.tests()
        assert [server.status(client) for client in (LISTED, STRANGER)] == [200, 403]
        if server.edge.server == "HAProxy":
            server.lists.write_bytes(server.lists.read_bytes().rpartition(b"# the end")[0])
            assert server.reload()
            assert server.becomes(LISTED, 403)
            server.write(allowing(LISTED))
            assert server.reload()
            assert server.becomes(LISTED, 200)
