"""The table of what real servers did, and the page and the picture that are written from it."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.commands import as_command
from tests.lab.corpus import ADMITTED, COMBINED, NAMED, ORDINARY, Row, Sent, attacks, ordinary
from tests.lab.kinds import KINDS
from tests.lab.page import PAGE, PICTURE, TABLES, family
from tests.lab.remedies import GUARD_OF_BOTH, MIDDLEWARES, outcomes
from tests.lab.setups import REMEDIES, SETUPS
from tests.lab.truth import SHIPPED, Truth, View, load, save

TRUTH = load(SHIPPED)
NOWHERE = ("other encodings", "a part of the name", NAMED)
ANYHOW = TRUTH.anyhow


# It must be whole, and of the corpus as it is, or what it shows is nothing


def test_the_table_is_of_this_corpus() -> None:
    assert TRUTH.rows == [*attacks(), *ordinary()], "rebuild it: python -m tests.lab.spellings"


def test_the_corpus_is_large_and_repeats_nothing() -> None:
    assert len({row.sent for row in TRUTH.rows}) == len(TRUTH.rows) > 10_000
    assert len(ordinary()) > 300


def test_the_table_is_of_these_set_ups() -> None:
    assert TRUTH.setups == [setup.name for setup in SETUPS]


def test_each_class_has_its_sentence() -> None:
    assert {row.kind for row in TRUTH.rows} - {ORDINARY, ADMITTED} == set(KINDS)


@pytest.mark.parametrize("setup", TRUTH.setups)
def test_a_set_up_runs_the_plain_path_and_not_all(setup: str) -> None:
    bit = TRUTH.bit(setup)
    ran = {row.sent for row, mask in zip(TRUTH.rows, TRUTH.direct, strict=True) if mask & bit}
    assert ran & {Sent("/xmlrpc.php"), Sent("/wp/xmlrpc.php")}
    assert 100 < len(ran) < len(TRUTH.rows) / 2


@pytest.mark.parametrize("server", TRUTH.seen)
def test_a_server_passes_on_much_that_runs_the_script(server: str) -> None:
    assert sum(view is None for view in TRUTH.seen[server]) < len(TRUTH.rows) / 2
    for masks in TRUTH.through[server].values():
        assert sum(map(bool, masks)) > 1000


@pytest.mark.parametrize("kind", KINDS)
def test_the_classes_that_run_the_script_nowhere_are_named(kind: str) -> None:
    worked = [TRUTH.rows[place].sent.target for place in TRUTH.places[kind] if ANYHOW[place]]
    assert bool(worked) is (kind not in NOWHERE)
    assert KINDS[kind].example in (worked or [TRUTH.rows[place].sent.target for place in TRUTH.places[kind]])


def test_a_table_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    row = Row(COMBINED, Sent("/\xe9", "POST", "HTTP/1.0", (("SCRIPT_NAME", "/x"),)))
    view = View("", "/\xe9", "a", None, "/\xe9?a")
    truth = Truth(
        versions={"nginx": "1"},
        setups=["a", "b"],
        rows=[row, row],
        direct=[1, 2],
        seen={"s": [view, None]},
        through={"s": {"w": [3, 0]}},
        hops={"h": {"s": [2, 0]}},
        rewritten={"h": {"/a": "/b", "/b": None}},
        remedies={"r": [0, 1]},
    )
    save(truth, tmp_path / "table")
    assert vars(load(tmp_path / "table")) == vars(truth)
    assert list(tmp_path.iterdir()) == [tmp_path / "table"]


# What it shows of others


def test_the_usual_remedies_leave_something_open() -> None:
    left = {remedy: len(outcome.left) for remedy, outcome in outcomes(TRUTH).items()}
    assert [remedy for remedy, number in left.items() if number == 0] == [GUARD_OF_BOTH]
    assert set(MIDDLEWARES) < set(left)
    assert set(TRUTH.remedies) == set(REMEDIES)


# What is generated from it


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page and the picture once, into a folder of their own."""
    folder = tmp_path_factory.mktemp("written")
    as_command("tests.lab.spellings", "--page", "--into", str(folder))
    return folder


def test_the_page_is_what_the_table_says(written: Path) -> None:
    again = "write it again: python -m tests.lab.spellings --page"
    for page in (PAGE, TABLES):
        assert page.read_text("utf-8") == (written / page.name).read_text("utf-8"), again
    assert {path.name for path in written.iterdir()} == {PAGE.name, TABLES.name, PICTURE.name}


def test_a_block_that_can_be_copied_begins_with_its_fault_in_words() -> None:
    blocks = re.findall(r"^```(?:apache|nginx)\n(.*)", PAGE.read_text("utf-8"), re.MULTILINE)
    fault = "# Not enough: [1-9][0-9,]* of [0-9,]+ requests still run xmlrpc.php, on [0-9]+ set-ups[^/]*"
    assert len(blocks) == 3
    assert all(re.fullmatch(fault, first) for first in blocks)


def drawn(path: Path) -> list[str]:
    """Give the texts of a picture, in any version of its library."""
    return [text.text or "" for text in ET.parse(path).iter("{http://www.w3.org/2000/svg}text")]


def test_the_picture_is_what_the_table_says(written: Path) -> None:
    texts = drawn(written / PICTURE.name)
    assert texts == drawn(PICTURE), "draw it again: python -m tests.lab.spellings --page"
    assert {*TRUTH.setups, *KINDS, *outcomes(TRUTH)} <= set(texts)


def test_a_version_that_a_sentence_names_was_measured() -> None:
    names = "Apache|nginx|PHP|Caddy|lighttpd|h2o|yaws|Playground|Squid|Varnish|HAProxy|Traefik|Traffic Server|Envoy"
    named = re.findall(rf"\b({names}) ([0-9]+(?:\.[0-9]+)+)", PAGE.read_text("utf-8") + TABLES.read_text("utf-8"))
    measured = [f"{family(name)} {number}." for name, number in TRUTH.versions.items()]
    assert ("Caddy", "2.11") in named
    assert [pair for pair in named if not any(one.startswith(f"{' '.join(pair)}.") for one in measured)] == []


def test_the_page_names_the_versions_of_all_servers() -> None:
    programs = {"Apache", "nginx", "PHP", "Caddy", "lighttpd", "gunicorn", "WSGIProxy2", "Python", *TRUTH.hops}
    assert programs <= set(TRUTH.versions)
    assert all(re.fullmatch(r"\d+(\.\d+)+\w*", number) for number in TRUTH.versions.values())
