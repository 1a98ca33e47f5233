"""HAProxy's runtime API on a rule with ``--lists``: the map changes at once, and the rule around it holds."""

import contextlib
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.answering import Answering
from tests.lab.blocks import ours
from tests.lab.edge_lists import Running, allowing, running
from tests.real.programs import lacks
from tests.waiting import wait_until

pytestmark = [pytest.mark.lab, lacks("haproxy")]

CLIENTS = LISTED, NEW, STRANGER = "127.0.0.2", "127.0.0.3", "127.0.0.1"
END = "add map @1 MAP 255.255.255.254/31 whole"


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    with Answering() as answering:
        yield answering.port


def tell(root: Path, command: str) -> str:
    """Send a command to the runtime API; give what it answers."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(f"{root}/stats")
        connection.sendall(f"{command}\n".encode())
        with connection.makefile("r", encoding="utf-8") as answer:
            return answer.read()


def statuses(server: Running) -> list[int]:
    return [server.status(client) for client in CLIENTS]


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        pytest.param([], [200, 403, 403], id="nothing"),
        pytest.param([f"add map MAP {NEW}/32 allow"], [200, 200, 403], id="a network is added"),
        pytest.param([f"add map MAP {NEW} allow"], [200, 200, 403], id="an address is added"),
        pytest.param([f"add map MAP {NEW}/32 alow"], [200, 403, 403], id="a word that the rule does not know"),
        pytest.param([f"del map MAP {LISTED}/32"], [403, 403, 403], id="a network is taken out"),
        pytest.param([f"set map MAP {LISTED}/32 deny"], [403, 403, 403], id="a network has another word"),
        pytest.param([f"set map MAP {NEW}/32 allow"], [200, 403, 403], id="a network that is not there is set"),
        pytest.param([f"add map MAP {LISTED}/32 deny"], [200, 403, 403], id="a second word: the first counts"),
        pytest.param(["add map MAP localhost allow"], [200, 403, 403], id="a name"),
        pytest.param(["clear map MAP"], [403, 403, 403], id="all is cleared"),
        pytest.param(
            ["clear map MAP", f"add map MAP {NEW}/32 allow"],
            [403, 403, 403],
            id="a list without the end",
        ),
        pytest.param(
            ["prepare map MAP", f"add map @1 MAP {NEW}/32 allow", "commit map @1 MAP"],
            [403, 403, 403],
            id="a new version that lacks the end",
        ),
        pytest.param(
            ["prepare map MAP", f"add map @1 MAP {NEW}/32 allow", END, "commit map @1 MAP"],
            [403, 200, 403],
            id="a new version with the end",
        ),
    ],
)
def test_who_is_let_in_after_commands(commands: list[str], expected: list[int], upstream: int) -> None:
    with running("HAProxy", allowing(LISTED), upstream) as server:
        for command in commands:
            tell(server.root, command.replace("MAP", str(server.lists)))
        assert statuses(server) == expected


def test_a_reload_takes_the_file_again(upstream: int) -> None:
    with running("HAProxy", allowing(LISTED), upstream) as server:
        tell(server.root, f"add map {server.lists} {NEW}/32 allow")
        assert statuses(server) == [200, 200, 403]
        assert server.reload()
        wait_until(lambda: statuses(server) == [200, 403, 403])


def acls_of(root: Path) -> list[str]:
    """Give the numbers of the lists that hold the listed client; none while the configuration changes."""
    with contextlib.suppress(OSError):
        numbers = re.findall(r"^(\d+) \(", tell(root, "show acl"), re.MULTILINE)
        return [number for number in numbers if f"{LISTED}/32" in tell(root, f"show acl #{number}")]
    return []


def test_without_lists_of_their_own_an_acl_is_named_by_its_number(upstream: int) -> None:
    with running("HAProxy", allowing(LISTED), upstream) as server:
        text = server.edge.fill(ours("HAProxy", allowing(LISTED)), server.root, {server.at.port: upstream})
        (server.root / "edge.conf").write_text(text, "utf-8")
        assert server.reload()
        wait_until(lambda: bool(acls_of(server.root)))  # a reload goes on after its command
        (number,) = acls_of(server.root)
        tell(server.root, f"add acl #{number} {NEW}/32")
        wait_until(lambda: statuses(server) == [200, 200, 403])  # the process before may still take a connection
        tell(server.root, f"del acl #{number} {LISTED}/32")
        assert statuses(server) == [403, 200, 403]
