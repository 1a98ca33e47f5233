"""docs/reference/stacks.md, its table of the fields that fronts write and of those that they pass on from a client."""

import re
from pathlib import Path

import pytest

from tests.frontends import Listener, get, reserved_ports
from tests.lab.fronts import FRONTS
from tests.lab.pages import PAGE, Recipe, recipes
from tests.lab.stacks import Site, front_of
from tests.real.configuration import USER
from tests.real.fronts import status
from tests.real.guards import STRANGER
from tests.real.processes import account, folder_of
from tests.real.programs import lacks
from tests.upstreams import OK, Talk, Upstream

HANGS_UP = OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\nCache-Control: no-store\r\n", 1)
# What a client sends, and a word for it that does not occur in what fronts write by themselves.
SENT = {
    "X-Forwarded-For": "192.0.2.77",
    "X-Real-IP": "192.0.2.77",
    "Forwarded": "for=192.0.2.77",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "77",
}


def table() -> dict[str, list[str]]:
    """Give the table's rows by their first cell."""
    section = PAGE.read_text("utf-8").partition("\n## What the fronts write\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in re.findall(r"^\|.*\|$", section, re.MULTILINE)]
    return {re.sub(r"\[(.*)\]\(.*\)", r"\1", name): cells for name, *cells in rows}


ROWS = {name: cells for name, cells in table().items() if name not in ("front", "---")}
STACKS = {recipe.title: recipe for recipe, _ in recipes()}


def received(recipe: Recipe, *, unix: bool = False) -> dict[str, str]:
    """Give what arrives through a front that listens at a port, or on a unix socket: fields by name, lines joined."""
    with (
        Upstream(Talk(answers=(HANGS_UP,))) as upstream,
        folder_of(account(USER)) as root,
        reserved_ports(2) as (port, other),
    ):
        at = Listener(path=f"{root}/front.sock") if unix else Listener(port=port)
        with front_of(recipe, Site(Path(root), upstream.listener), root, at, Listener(port=other)):
            assert status(at, STRANGER, get("/fields", *(f"{name}: {value}" for name, value in SENT.items()))) == 200
        lines = [line.partition(": ") for line in upstream.requests[-1].decode().splitlines()[1:]]
    return {name: ", ".join(value for key, _, value in lines if key.lower() == name.lower()) for name in SENT}


def whose(name: str, value: str) -> str:
    """Say of whom a value is, as the table does."""
    if not value:
        return "none"
    if value == SENT[name]:
        return "the client's"
    return "both" if SENT[name] in value else "its own"


def missing(front: str) -> bool:
    recipe = STACKS[front]
    needed = {"nginx": ("nginx", "nginx-common"), "apache": ("apache2", "libapache2-mod-wsgi-py3")}
    return bool(lacks(*needed[recipe.front]).args[0]) if recipe.front in needed else not FRONTS[recipe.front].installed


def each() -> pytest.MarkDecorator:
    marks = {front: pytest.mark.skipif(missing(front), reason="not installed") for front in ROWS}
    return pytest.mark.parametrize("front", [pytest.param(front, marks=mark) for front, mark in marks.items()])


@each()
def test_which_fields_are_the_clients(front: str) -> None:
    fields = received(STACKS[front])
    assert [whose(name, fields[name]) for name in SENT] == ROWS[front][:-1]


@each()
def test_what_names_a_client_of_a_fronts_unix_socket(front: str) -> None:
    recipe, cell = STACKS[front], ROWS[front][-1]
    if cell == "(no unix socket)":
        assert recipe.front not in FRONTS or not FRONTS[recipe.front].unix
        return
    value = received(recipe, unix=True)["X-Forwarded-For"]
    whole = whose("X-Forwarded-For", value)
    assert (f"`{value.rpartition(', ')[2]}`" if whole == "both" else whole) == cell
