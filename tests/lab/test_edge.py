"""The rules of ``xmlrpc-guard render`` on the real servers: what passes them, and whom they let in."""

import socket
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.frontends import Listener
from tests.lab.answering import Answering
from tests.lab.blocks import Block, ours
from tests.lab.edge import EDGES, in_front
from tests.lab.edge_lists import apart, block_of
from tests.lab.forged import TRUSTED, UNIX, Case, cases, routes
from tests.waiting import PATIENCE
from xmlrpc_guard import Policy
from xmlrpc_guard.networks import parse_address
from xmlrpc_guard.render.rule import Line, Rule, RuleLines

pytestmark = pytest.mark.lab

ALLOW = ["192.0.64.0/18", "203.0.113.9"]
WALKING = ["nginx", "nginx 1.31", "Apache", "HAProxy", "Caddy 2.11"]  # Traefik has no routers for a HEAD


def lines(entries: list[str]) -> RuleLines:
    return tuple(Line(str(ip_network(entry)), "a test") for entry in entries if entry != "unix")


def needs(name: str) -> None:
    if not EDGES[name].program():
        pytest.skip(f"not installed: {name}")


def status(at: Listener, case: Case) -> int:
    """Ask for the script from the case's peer, with its lines."""
    fields = "".join(f"X-Forwarded-For: {line}\r\n" for line in case.lines)
    request = f"GET /xmlrpc.php HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{fields}\r\n"
    host = "::1" if ":" in case.peer else "127.0.0.1"
    with socket.create_connection((host, at.port), timeout=PATIENCE, source_address=(case.peer, 0)) as connection:
        connection.sendall(request.encode("latin-1"))
        with connection.makefile("rb") as answer:
            return int(answer.readline().split()[1])


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    """Run an upstream that answers 200 to everything."""
    with Answering() as answering:
        yield answering.port


def rule_of(proxies: list[str], allow: list[str] = ALLOW) -> Rule:
    return Rule(lines(allow), (), lines(proxies), False, ("xmlrpc.php",), False, False, "a test")


MANY = [*ALLOW, *(f"100.64.{third}.0/24" for third in range(30))]
"""More networks than an expression of Apache's holds."""


class Form(NamedTuple):
    """A server, whom it lets in, and whether its lists are in a file of their own."""

    server: str
    allow: list[str] = ALLOW
    in_two: bool = False


FORMS = [
    *map(Form, WALKING),
    Form("Apache", MANY),
    Form("nginx", in_two=True),
    Form("Apache", MANY, in_two=True),
    Form("HAProxy", in_two=True),
]


def in_two_files(server: str, rule: Rule, folder: Path) -> Block:
    """Give the block of a rule whose lists are in a file of their own, which is written."""
    written = apart(server, rule, folder)
    Path(written.path).write_text(written.lists, "utf-8")
    return block_of(server, written.rule)


@pytest.mark.parametrize("trusted", [name for name in TRUSTED if "unix" not in TRUSTED[name]])
@pytest.mark.parametrize("form", FORMS)
def test_no_client_is_let_in_that_the_guard_refuses(form: Form, trusted: str, upstream: int, tmp_path: Path) -> None:
    server, allow, in_two = form
    needs(server)
    policy = Policy(allow=allow, trusted_proxies=TRUSTED[trusted])
    given = [*cases(100), *(case for route in routes(60).values() for case in route)]
    asked = sorted({case for case in given if case.trusted == trusted and case.peer != UNIX})
    rule = rule_of(TRUSTED[trusted], allow)
    block = in_two_files(server, rule, tmp_path) if in_two else ours(server.partition(" ")[0], rule)
    with in_front(server, block, [upstream]) as (at,):
        passed = {case for case in asked if status(at, case) == 200}
    allowed = {case for case in asked if policy.judge(case.peer, case.forwarded)}
    assert passed <= allowed
    # All that the rules refuse beyond the guard is a header that is not a list of plain addresses as a whole.
    plain = {case for case in allowed if case.forwarded is None or is_plain(case)}
    assert passed >= plain


def is_plain(case: Case) -> bool:
    """Tell whether every element of the header is an address, in the one spelling that all servers read."""
    return all(is_address(element.strip(" \t")) for element in (case.forwarded or "").split(","))


def is_address(text: str) -> bool:
    return parse_address(text) is not None and "::ffff:" not in text.lower()
