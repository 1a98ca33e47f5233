"""A sample of the table measured again on real servers, and sent through the real chain."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from itertools import product
from pathlib import Path
from wsgiref.types import WSGIApplication

import pytest
import webob
from hypothesis import given

from tests.frontends import COMMANDS, Listener, get, installed, running
from tests.lab import search as searching
from tests.lab import seen, spellings
from tests.lab.corpus import ORDINARY, Sent
from tests.lab.forwarders import FORWARDERS
from tests.lab.hops import Hops, hops
from tests.lab.hosts import hosts
from tests.lab.matrix import Hosts, Servers, lacking, measure, servers
from tests.lab.page import write_pages
from tests.lab.recorder import forwarded
from tests.lab.remedies import GUARD_OF_BOTH, LISTED, STRANGER, blocked, outcomes
from tests.lab.routed import application
from tests.lab.sampled import SAMPLE, TABLE, names_by_request, sample, through
from tests.lab.search import main as search
from tests.lab.search import requests, unguarded
from tests.lab.setups import MULTIVIEWS, POST, SAMPLED, with_and_without_remedies, with_remedy
from tests.lab.truth import SHIPPED, Truth, load
from tests.real import programs
from xmlrpc_guard.testing import environ_as

LACKING, ALL_LACKING = lacking(SAMPLED), lacking(SAMPLED, COMMANDS)
pytestmark = pytest.mark.skipif(bool(LACKING), reason=f"not installed: {', '.join(LACKING)}")
needs_all = pytest.mark.skipif(bool(ALL_LACKING), reason=f"not installed: {', '.join(ALL_LACKING)}")

Command = Callable[[list[str]], None]
SERVERS = [server for server in COMMANDS if installed(server)]


@pytest.fixture(scope="session")
def set_ups() -> Iterator[Hosts]:
    with hosts(with_and_without_remedies(SAMPLED)) as started:
        yield started


@pytest.fixture(scope="session")
def fronts() -> Iterator[Servers]:
    with servers() as started:
        yield started


@pytest.fixture(scope="session")
def between() -> Iterator[Hops]:
    with hops() as started:
        yield started


@pytest.fixture
def started(set_ups: Hosts, fronts: Servers, between: Hops, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the commands what they would start, which is started already."""
    for module in (spellings, searching):
        monkeypatch.setattr(
            module, "hosts", lambda setups: nullcontext({one.name: set_ups[one.name] for one in setups})
        )
        monkeypatch.setattr(module, "servers", lambda: nullcontext(fronts))
        monkeypatch.setattr(module, "hops", lambda: nullcontext(between))


@pytest.fixture(scope="session")
def measured(set_ups: Hosts, fronts: Servers, between: Hops) -> Truth:
    with ThreadPoolExecutor(2) as pool:
        return measure([TABLE.rows[place] for place in SAMPLE], set_ups, fronts, between, pool)


# The sample


def test_the_set_ups_still_do_what_the_table_says(measured: Truth) -> None:
    assert names_by_request(measured, measured.direct) == names_by_request(TABLE, sample(TABLE.direct)), (
        "rebuild the table"
    )


def test_the_servers_and_forwarders_still_do_what_the_table_says(measured: Truth) -> None:
    # Another version may do otherwise, and so may its Python's urllib and http; the table is of one of each.
    alike = {name for name, number in measured.versions.items() if TABLE.versions.get(name) == number}
    same = [name for name in SERVERS if alike >= {name, "Python"} - {"wsgiref"}]
    for name in same:
        assert measured.seen[name] == sample(TABLE.seen[name]), name
        for way, masks in measured.through[name].items():
            assert names_by_request(measured, masks) == names_by_request(TABLE, sample(TABLE.through[name][way])), (
                name,
                way,
            )


def test_the_hops_still_do_what_the_table_says(measured: Truth) -> None:
    assert measured.rewritten == TABLE.rewritten
    for hop, reached in measured.hops.items():
        for name in SERVERS:
            assert names_by_request(measured, reached[name]) == names_by_request(
                TABLE, sample(TABLE.hops[hop][name])
            ), (hop, name)


def test_the_remedies_still_leave_open_what_the_table_says(measured: Truth) -> None:
    for remedy, masks in measured.remedies.items():
        assert names_by_request(measured, masks) == names_by_request(TABLE, sample(TABLE.remedies[remedy])), remedy


@pytest.mark.parametrize(
    ("setup", "status", "body"),
    [
        pytest.param("nginx, WordPress.org", b" 200 ", b"<?php", id="nginx sends an allowed client the source"),
        pytest.param("Apache, one site", b" 302 ", b"http://127.0.0.1/", id="Apache redirects a refused client"),
    ],
)
def test_what_the_page_says_of_the_posts_blocks(setup: str, status: bytes, body: bytes) -> None:
    remedied = with_remedy(next(one for one in SAMPLED if one.name == setup), POST)
    assert remedied
    allowing = replace(remedied, directives=remedied.directives.replace("192.0.64.0/18", "127.0.0.0/8"))
    with hosts([allowing]) as running_hosts:
        answer = running_hosts[allowing.name].listener.ask(get("/xmlrpc.php"))
    assert (status in answer.partition(b"\r\n")[0], body in answer) == (True, True)


def test_nothing_of_the_sample_gets_past_a_guard(measured: Truth) -> None:
    assert len(outcomes(measured)[GUARD_OF_BOTH].tried) > 100 * len(SERVERS)
    assert unguarded(measured) == []


def test_no_ordinary_url_of_the_sample_is_blocked(measured: Truth) -> None:
    ordinary = [place for place, row in enumerate(measured.rows) if row.kind == ORDINARY]
    assert not any(measured.direct[place] | measured.behind_any[place] for place in ordinary)
    assert blocked(measured) == set()


def test_what_a_server_passes_on_comes_back_in_a_header_and_in_the_body() -> None:
    environ = environ_as("gunicorn", "/a%20b?c", headers={"X-Original-URL": "/xmlrpc.php", "Accept": "*/*"})
    answer = webob.Request(environ).send(seen.application)
    seen_there = json.loads(answer.headers["X-Environ"])
    assert answer.text == f"X-Environ: {answer.headers['X-Environ']}\r\n"
    assert seen_there == {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/a b",
        "QUERY_STRING": "c",
        "RAW_URI": "/a%20b?c",
        "HTTP_HOST": "localhost:80",
        "HTTP_X_ORIGINAL_URL": "/xmlrpc.php",
    }


# The chain: what was joined must be what happens


# For each way and set-up others: a third of the sample by each way.
APART = 3 * len(SAMPLED) + 1


@pytest.mark.parametrize("server", SERVERS)
def test_the_real_chain_does_what_the_join_says(server: str, measured: Truth, set_ups: Hosts) -> None:
    # What has no version has no headers, by which the chain knows what to do.
    places = [place for place, row in enumerate(measured.rows) if row.sent.version]
    reached = 0
    with running(server, "tests.lab.routed:application") as at:
        for number, (way, setup) in enumerate(product(FORWARDERS, SAMPLED)):
            taken = places[number % APART :: APART]
            joined = [p for p in taken if measured.through[server][way][p] & measured.bit(setup.name)]
            requests, expected = ([measured.rows[place].sent for place in some] for some in (taken, joined))
            host = set_ups[setup.name]
            assert through(at, way, host, requests, guard="no", client=STRANGER) == expected
            assert through(at, way, host, requests, guard="yes", client=LISTED) == expected
            stranger = through(at, way, host, requests, guard="yes", client=STRANGER)
            assert stranger == [] or setup.name == MULTIVIEWS
            reached += len(joined)
    assert reached > 100


def test_the_real_chain_with_a_hop_does_what_the_join_says(measured: Truth, set_ups: Hosts) -> None:
    setup = "nginx, PHP recipe"
    places = [place for place, row in enumerate(measured.rows) if row.sent.version]
    with hops(set_ups[setup].listener) as between, running("waitress", "tests.lab.routed:application") as at:
        for number, (hop, beyond) in enumerate(between.items()):
            taken = places[number :: 2 * len(between)]
            requests = [measured.rows[place].sent for place in taken]
            joined = [p for p in taken if measured.hops[hop]["waitress"][p] & measured.bit(setup)]
            host, reached = replace(set_ups[setup], listener=beyond), set[Sent]()
            for way in FORWARDERS:
                reached |= {*through(at, way, host, requests, guard="no", client=STRANGER)}
                assert through(at, way, host, requests, guard="yes", client=STRANGER) == []
            assert reached == {measured.rows[place].sent for place in joined}, hop
            assert len(reached) > 3


@pytest.mark.parametrize(
    ("guarded", "client", "targets"),
    [
        pytest.param("yes", STRANGER, [], id="with a guard, for a stranger"),
        pytest.param("yes", LISTED, ["/xmlrpc.php"], id="with a guard, for a listed client"),
        pytest.param("no", STRANGER, ["/xmlrpc.php"], id="without a guard"),
    ],
)
def test_the_application_of_the_chain_has_a_guard_or_none(guarded: str, client: str, targets: list[str]) -> None:
    def make(at: Listener) -> WSGIApplication:
        return lambda environ, start_response: application(
            {**environ, "HTTP_X_ROUTE": f"raw target to {at.port}"}, start_response
        )

    environ = environ_as("gunicorn", "/xmlrpc.php", peer="127.0.0.1", headers={"X-Forwarded-For": client})
    sent = forwarded(make, [{**environ, "HTTP_X_GUARDED": guarded}])
    assert [one.target for one in sent if one] == targets


# The search


@given(requests())
def test_what_is_searched_is_one_request_line(sent: Sent) -> None:
    assert sent.target
    assert "\n" not in sent.target
    assert {name for name, _ in sent.headers} <= {"SCRIPT_NAME"}


@pytest.mark.usefixtures("started")
def test_a_short_search_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    search(["--seconds", "0", "--batches", "1"])
    printed = re.fullmatch(
        r"([0-9]+) requests tried; the guard knows all that ran xmlrpc.php\n", capsys.readouterr().out
    )
    assert printed
    assert int(printed[1]) >= 40


def test_a_search_tells_what_would_pass(measured: Truth) -> None:
    place = next(place for place, mask in enumerate(measured.direct) if mask.bit_count() == len(SAMPLED))
    pretended = [row._replace(sent=Sent("/harmless")) if at == place else row for at, row in enumerate(measured.rows)]
    assert (Sent("/harmless"), "xmlrpc_guard: Caddy") in unguarded(replace(measured, rows=pretended))


# The commands that write what is shipped


@needs_all
@pytest.mark.usefixtures("started")
def test_the_table_and_the_page_are_rebuilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Truth] = []
    monkeypatch.setattr("tests.lab.plot.plot", lambda truth, _: drawn.append(truth))  # test_table has one drawn
    spellings.main(["--sampled", "--every", "1500", "--into", str(tmp_path / "new")])
    table = load(tmp_path / "new" / SHIPPED.name)
    assert table.rows == TABLE.rows[::1500]
    assert [*map(table.names, table.direct)] == [
        [name for name in TABLE.names(mask) if name in table.setups] for mask in TABLE.direct[::1500]
    ]
    pages = write_pages(table)
    assert {kept: (tmp_path / "new" / kept.name).read_text("utf-8") for kept in pages} == pages
    assert drawn == [table]


@pytest.mark.parametrize(
    ("command", "arguments"), [(spellings.main, []), (search, [])], ids=["tests.lab.spellings", "tests.lab.search"]
)
def test_a_command_names_what_is_not_installed(
    command: Command,
    arguments: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(programs, "ROOT", tmp_path)
    with pytest.raises(SystemExit) as ended:
        command(arguments)
    assert ended.value.code == 2
    error = capsys.readouterr().err.split("error: not installed: ")[1].split(", ")
    assert {"apache2", "caddy", "lighttpd", "nginx"} <= {*error}


@pytest.mark.parametrize(
    "part", [pytest.param(["--every", "100"], id="of the requests"), pytest.param(["--sampled"], id="of the set-ups")]
)
def test_a_part_of_the_table_does_not_replace_it(part: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        spellings.main(part)
    assert ended.value.code == 2
    assert "name a folder with --into" in capsys.readouterr().err
