"""docs/behind-a-proxy.md, run: each stack as the page gives it, and each change as its table says."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from tests.backends.fronts import status
from tests.backends.pages import Recipe, cooked, recipes
from tests.backends.programs import lacks
from tests.backends.stacks import LISTED, STRANGER, twins
from tests.frontends import Listener, get

pytestmark = lacks("nginx", "nginx-common", "apache2", "libapache2-mod-wsgi-py3")

LET_IN = {
    "nobody": set(),
    "the listed only": {"the listed"},
    "forgers only": {"forgers"},
    "forgers too": {"forgers", "the listed"},
    "everybody": {"strangers", "forgers", "the listed"},
}
CLAIMS = [
    *(
        [f"{name}: {LISTED}"]
        for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP", *twins("X-Forwarded-For"))
    ),
    *(["X-Forwarded-For: 192.0.2.1", f"{twin}: {LISTED}"] for twin in twins("X-Forwarded-For")),
]


def let_in(doors: Sequence[Listener]) -> set[str]:
    """Ask as each of the three: clients at the first door, forgers with every header at each of them."""
    asked = {
        "strangers": [status(doors[0], STRANGER, get("/xmlrpc.php"))],
        "forgers": [status(door, STRANGER, get("/xmlrpc.php", *claim)) for door in doors for claim in CLAIMS],
        "the listed": [status(doors[0], LISTED, get("/xmlrpc.php"))],
    }
    return {who for who, statuses in asked.items() if 200 in statuses}


def rows() -> Iterator[Any]:
    for recipe, changes in recipes():
        yield pytest.param(recipe, "the listed only", id=recipe.title)
        for change, verdict in changes:
            yield pytest.param(recipe.changed(change), verdict, id=f"{recipe.title}, {change}")


@pytest.mark.parametrize(("recipe", "verdict"), list(rows()))
def test_who_is_let_in(recipe: Recipe, verdict: str) -> None:
    with cooked(recipe) as doors:
        assert let_in(doors) == LET_IN[verdict]
