"""The client rule against the field: real nginx and Apache, and libraries, on the same headers, peers and lists."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import as_command
from tests.lab.clients import PAGE, main, page, start_of_row
from tests.lab.compared import NO_CLIENT, PROXY, RIGHT, Measured, measure
from tests.lab.differences import ALL, EITHER, KINDS, NAMES, REFUSES, Difference, Kind, kind_of
from tests.lab.forged import (
    DROPPED,
    DROPPED_BY_INNER,
    DROPPED_BY_OUTER,
    INNER,
    SITE,
    STRANGER,
    TRUSTED,
    UNIX,
    Case,
    cases,
    routes,
)
from tests.lab.resolvers import GUARD, LIBRARIES, UVICORN, Resolver
from tests.lab.resolving_servers import APACHE, NGINX, PROGRAMS, servers
from tests.real import programs
from xmlrpc_guard.networks import parse_address

pytestmark = programs.lacks(*PROGRAMS)


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure()


@pytest.fixture(scope="module")
def resolvers() -> Iterator[dict[str, Resolver]]:
    with servers() as running:
        yield {resolver.name: resolver for resolver in [GUARD, *running, *LIBRARIES]}


def named(measured: Measured, name: str) -> Resolver:
    return next(resolver for resolver in measured.outcomes if resolver.name == name)


def as_recorded(resolver: Resolver) -> bool:
    """Tell whether the page is of this version: another may do otherwise."""
    return start_of_row(resolver) in PAGE.read_text("utf-8")


# What is asked


def test_the_cases_are_many_and_of_every_sort() -> None:
    asked = set(cases())
    assert asked == set(cases())
    assert len(asked) > 3000
    assert {case.trusted for case in asked} == set(TRUSTED)
    assert {len(case.lines) for case in asked} >= {0, 1, 2, 3}
    assert max(len(case.forwarded or "") for case in asked) > 2000
    assert sum(parse_address(case.forwarded) is None for case in asked) > 2000


def test_most_answers_of_a_server_are_the_same(measured: Measured) -> None:
    for name in (NGINX, APACHE):
        resolver = named(measured, name)
        asked = sum(map(resolver.takes, cases()))
        assert 100 < len(measured.differences[resolver]) < asked / 2


# Where they agree


@pytest.mark.parametrize("name", [GUARD.name, NGINX, APACHE, UVICORN])
@pytest.mark.parametrize(
    ("case", "client"),
    [
        pytest.param(Case(INNER, ("203.0.113.9",), SITE), "203.0.113.9", id="one hop"),
        pytest.param(Case(INNER, ("203.0.113.9, 10.0.0.7",), SITE), "203.0.113.9", id="a client and a trusted hop"),
        pytest.param(
            Case(INNER, ("192.0.64.5, 203.0.113.9",), SITE), "203.0.113.9", id="an address left of the client"
        ),
        pytest.param(Case(INNER, ("evil, , 203.0.113.9",), SITE), "203.0.113.9", id="rubbish left of the client"),
        pytest.param(
            Case(INNER, ("203.0.113.9", "10.0.0.7"), SITE), "203.0.113.9", id="a client and a trusted hop on two lines"
        ),
        pytest.param(
            Case(INNER, ("203.0.113.9,10.0.0.7  ",), SITE),
            "203.0.113.9",
            id="elements without spaces before them, and with spaces after them",
        ),
        pytest.param(
            Case(INNER, ("10.0.0.7, 127.0.0.5",), SITE),
            "10.0.0.7",
            id="trusted hops only, of which the leftmost is the client",
        ),
        pytest.param(
            Case("::1", ("2001:db9::1, 2001:db8::7",), "IPv6"), "2001:db9::1", id="an IPv6 client and an IPv6 hop"
        ),
        pytest.param(
            Case("::1", ("203.0.113.9, 2001:DB8::7, 10.1.2.3",), "nested"), "203.0.113.9", id="hops of both families"
        ),
        pytest.param(Case(STRANGER, ("192.0.64.5",), SITE), STRANGER, id="a header from a peer that is not trusted"),
        pytest.param(Case("::1", (), SITE), "::1", id="no header, from a peer that is not in the list"),
    ],
)
def test_what_is_well_formed_means_one_client(
    case: Case, client: str, name: str, resolvers: dict[str, Resolver]
) -> None:
    resolver = resolvers[name]
    assert resolver.answers([case]) == [client] or not as_recorded(resolver)


# Where they differ


@pytest.mark.parametrize("name", ALL)
def test_each_difference_is_of_a_kind_that_names_who_shows_it(name: str, measured: Measured) -> None:
    resolver = named(measured, name)
    shown = {kind_of(difference).name for difference in measured.differences[resolver]}
    assert shown == {kind.name for kind in KINDS if name in kind.who} or not as_recorded(resolver)


GUARDS_ANSWERS = {NAMES: {True}, REFUSES: {False}, EITHER: {True, False}}


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.name) for kind in KINDS])
def test_the_guard_names_a_client_or_refuses_as_a_kind_says(kind: Kind, measured: Measured) -> None:
    drawn = [difference for found in measured.differences.values() for difference in found]
    named = {difference.ours is not None for difference in drawn if kind_of(difference) is kind}
    assert named == GUARDS_ANSWERS[kind.ours]


@pytest.mark.parametrize("name", [NGINX, APACHE])
def test_the_guard_names_no_client_where_a_server_names_another(name: str, measured: Measured) -> None:
    # So whom an allowlist admits at the guard it admits at the server too, but for those whom the server cannot tell
    # from a proxy: their element was written by a trusted one, as the client rule's own tests show.
    named_otherwise = [
        difference
        for difference in measured.differences[named(measured, name)]
        if difference.trusted_peer and difference.ours and difference.theirs
    ]
    assert named_otherwise
    assert all(difference.same or difference.is_a_proxy for difference in named_otherwise)


def test_a_peer_that_is_not_trusted_is_the_client_with_any_header() -> None:
    untrusted = [case for case in cases() if not Difference(case, None, None).trusted_peer]
    assert len(untrusted) > 1000
    for case, client in zip(untrusted, GUARD.answers(untrusted), strict=True):
        assert client == (None if case.peer == UNIX else case.peer)


# Strangers who forge


@pytest.mark.parametrize("way", [way for way in routes() if way not in DROPPED])
def test_the_guard_names_the_stranger_with_any_forged_header(way: str, measured: Measured) -> None:
    outcome = measured.outcomes[GUARD][way]
    assert outcome == {RIGHT: outcome.total()}


def test_the_guard_names_no_client_if_the_proxy_that_connects_drops_the_header(measured: Measured) -> None:
    outcome = measured.outcomes[GUARD][DROPPED_BY_INNER]
    assert outcome == {NO_CLIENT: outcome.total()}


@pytest.mark.parametrize("name", [GUARD.name, NGINX, APACHE])
def test_a_stranger_is_the_outer_proxy_if_that_drops_the_header(name: str, measured: Measured) -> None:
    # As it does for a request of its own: the two look alike, and the manual says so.
    outcome = measured.outcomes[named(measured, name)][DROPPED_BY_OUTER]
    assert outcome == {PROXY: outcome.total()}


# The page


def test_the_page_is_what_was_measured(measured: Measured) -> None:
    assert same_versions(page(measured), measured) == same_versions(PAGE.read_text("utf-8"), measured), (
        "write it again: python -m tests.lab.clients"
    )


def same_versions(text: str, measured: Measured) -> list[str]:
    """Give the lines that must be the same: all but the rows of those that have another version now."""
    others = tuple(f"| {resolver.name} |" for resolver in measured.outcomes if not as_recorded(resolver))
    return [line for line in text.splitlines() if not line.startswith(others)]


def test_the_row_of_another_version_is_not_compared(measured: Measured) -> None:
    newer = [Resolver(NGINX, "nginx 99", GUARD.answers), GUARD]
    outcomes = dict.fromkeys(newer, measured.outcomes[GUARD])
    assert same_versions(f"{start_of_row(newer[0])} 0\n{start_of_row(GUARD)} 0", Measured({}, outcomes)) == [
        f"{start_of_row(GUARD)} 0"
    ]


def test_the_page_is_written_again(measured: Measured, tmp_path: Path) -> None:
    written = tmp_path / "clients.md"
    as_command("tests.lab.clients", str(written))
    assert written.read_text("utf-8") == page(measured)


def test_the_command_names_what_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(programs, "ROOT", tmp_path)
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "error: not installed: nginx, apache2, apache2-bin" in capsys.readouterr().err
