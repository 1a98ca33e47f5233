"""docs/reference/stacks.md, run: each stack as the page gives it, and each change as its table says."""

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.frontends import get
from tests.lab.pages import PAGE, Recipe, recipes
from tests.lab.stacks import Sites, standing
from tests.real.fronts import status, status_of_second
from tests.real.guards import LISTED, STRANGER, twins
from tests.real.programs import lacks

pytestmark = lacks("nginx", "nginx-common", "apache2", "libapache2-mod-wsgi-py3")

LET_IN = {
    "none": set(),
    "the listed only": {"the listed"},
    "forgers only": {"forgers"},
    "forgers too": {"forgers", "the listed"},
    "all": {"strangers", "forgers", "the listed"},
}
CLAIMS = [
    *([f"{name}: {LISTED}"] for name in ("X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP")),
    [f"Forwarded: for={LISTED}"],
    *([f"{twin}: {LISTED}"] for header in ("X-Forwarded-For", "X-Real-IP") for twin in twins(header)),
    *(["X-Forwarded-For: 192.0.2.1", f"{twin}: {LISTED}"] for twin in twins("X-Forwarded-For")),
]


def let_in(recipe: Recipe, sites: Sites) -> set[str]:
    """Ask as each of the three: clients at the first door, forgers with every header at each of them."""
    with standing(recipe, sites) as doors:
        front, *_ = doors.http_1
        forged = [(door, get("/xmlrpc.php", *claim)) for door in doors.http_1 for claim in CLAIMS]
        asked = {
            "strangers": [status(front, STRANGER, get("/xmlrpc.php"))],
            "forgers": [ask(door, STRANGER, request) for door, request in forged for ask in (status, status_of_second)],
            "the listed": [status(front, LISTED, get("/xmlrpc.php"))],
        }
    return {who for who, statuses in asked.items() if 200 in statuses}


def rows() -> Iterator[tuple[str, Recipe, str]]:
    for recipe, changes in recipes():
        yield recipe.title, recipe, "the listed only"
        for change, verdict in changes:
            yield f"{recipe.title}, {change}", recipe.changed(change), verdict


ROWS = list(rows())
Seen = Mapping[str, Future[set[str]]]


@pytest.fixture(scope="module")
def seen(request: pytest.FixtureRequest) -> Iterator[Seen]:
    """Start all that are asked for, some at a time, since most of a server's start and end is waiting."""
    chosen = {item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")}
    stacks = {name: recipe for name, recipe, _ in ROWS if recipe.installed and name in chosen}
    sites = Sites(stacks.values())
    with ThreadPoolExecutor(6) as pool:
        yield {name: pool.submit(let_in, recipe, sites) for name, recipe in stacks.items()}


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        pytest.param(name, verdict, id=name, marks=pytest.mark.skipif(not recipe.installed, reason="no such server"))
        for name, recipe, verdict in ROWS
    ],
)
def test_who_is_let_in(name: str, verdict: str, seen: Seen) -> None:
    assert seen[name].result() == LET_IN[verdict]


def test_the_page_has_stacks_and_changes() -> None:
    titles = {recipe.title for recipe, _ in recipes()}
    assert len(titles) >= 10
    assert len(ROWS) >= 4 * len(titles)


def test_the_pages_contents_lead_to_its_stacks() -> None:
    text = PAGE.read_text("utf-8")
    headings = {re.sub("[^a-z0-9 _-]", "", line.lower()).replace(" ", "-") for line in re.findall(r"\n##+ (.*)", text)}
    linked = set(re.findall(r"\]\(#(.*?)\)", text))
    assert linked <= headings
    assert len(linked) >= len(list(recipes()))
