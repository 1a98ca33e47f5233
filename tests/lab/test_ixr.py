"""The reader beside WordPress' own classes, over several versions of PHP: it sees each method that one of them runs."""

import pytest

from tests.bodies import HAND_MADE
from tests.lab import dressed, ixr, mutants
from tests.lab.client_bodies import read_all
from tests.lab.phps import lacks_phps
from xmlrpc_guard.wordpress import METHODS

pytestmark = lacks_phps

KINDS = {"mutants": (mutants.make, 20_000), "dressed": (dressed.make, 4_000)}
SEED = 20151216  # the day of the post with the addresses that this project began with
PERMITTED = frozenset((*mutants.PERMITTED, mutants.MULTICALL))
CLIENTS = read_all()


def test_each_body_made_by_hand_is_seen_as_it_runs() -> None:
    ran = ixr.run_in_all([row.body for row in HAND_MADE])
    seen = [(row.sentence, names, {*(row.names or ())}) for row, names in zip(HAND_MADE, ran, strict=True)]
    assert [sentence for sentence, names, read in seen if read and not names <= read] == []
    assert [sentence for sentence, names, read in seen if read & {*METHODS} - names] == [
        "white space around a name inside a multicall"  # which runs in WordPress 4.4.0 alone
    ]


def test_a_call_runs_in_every_version_or_in_none_unless_it_is_refused() -> None:
    bodies = [row.body for row in HAND_MADE if row.names is not None]
    results = [ixr.run(reading, bodies) for reading in ixr.READINGS]
    assert {tuple(result) for result in results} == {tuple(results[0])}


def test_what_clients_send_is_read_if_any_version_reads_it() -> None:
    ran = ixr.run_in_all([row.body for row in CLIENTS])
    rows = [(row.client, names, ixr.guard(row.body)) for row, names in zip(CLIENTS, ran, strict=True)]
    assert [client for client, names, read in rows if names and not names <= {*(read or ())}] == []
    assert len([names for _, names, _ in rows if names]) >= 60
    assert sorted({client for client, _, read in rows if read is None}) == [
        "PHP, xmlrpc_encode_request, CDATA",  # of a text with "]]>" in it
        "node, homematic-xmlrpc",
    ]


@pytest.fixture(scope="module", params=KINDS)
def fuzzed(request: pytest.FixtureRequest) -> tuple[list[bytes], list[set[str]]]:
    make, number = KINDS[request.param]
    bodies = list(make(SEED, number))
    return bodies, ixr.run_in_all(bodies)


Fuzzed = tuple[list[bytes], list[set[str]]]


def test_no_method_that_any_version_runs_is_missing_from_what_is_seen(fuzzed: Fuzzed) -> None:
    bodies, ran = fuzzed
    counts = ixr.count(ixr.guard, bodies, ran, PERMITTED)
    assert (counts.missed, counts.let_through) == (0, 0)
    assert counts.read > len(bodies) / 10  # it is not by refusing everything


@pytest.mark.parametrize("name", ["a regular expression", "xmlrpc.client.loads", "ElementTree"])
def test_other_readers_miss_methods_so_the_bodies_are_hard_enough(name: str, fuzzed: Fuzzed) -> None:
    bodies, ran = fuzzed
    counts = ixr.count(ixr.READERS[name], bodies, ran, PERMITTED)
    assert counts.missed > len(bodies) / 2000
    assert counts.let_through > 0
