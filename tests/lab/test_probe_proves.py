"""``xmlrpc-guard probe`` of nginx with PHP-FPM: its exit status is 0 only if the script would have been recognised.

A script that says that it ran lies in place of xmlrpc.php, so that it is known by a marker alone.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.lab.blocks import ours, rule_for
from tests.lab.directives import OFFICIAL_PHP, PASS
from tests.lab.hosts import hosts
from tests.lab.php import lacks_nginx
from tests.lab.phpservers import Host
from tests.lab.setups import POST_NGINX, Setup
from tests.lab.tree import WORD
from xmlrpc_guard.cli import run

pytestmark = lacks_nginx
Found = dict[str, Any]
MARKER, ENDPOINT, TYPING_ERROR = ("--marker", WORD.decode()), ("--path", "/xmlrpc.php"), ("--path", "/xmlrcp.php")
NONE, OTHER = (), ("--marker", "a text that no answer has")

HOME = 'default_type text/html; location = / { return 200 "<title>The blog</title>"; }\n'
PHP = f"{HOME}location ~ \\.php$ {{ try_files $uri =404; {PASS} }}\n"
ANY_PHP = HOME + OFFICIAL_PHP.replace("/index.php?$args", "=404")
STOPPED = ANY_PHP.replace("@fpm", "@folder/none")
THEMED = f"""{HOME}
location ~ \\.php$ {{ try_files $uri @missing; {PASS} }}
location @missing {{ return 404 "<title>Nothing here</title>"; }}
"""
TO_HTTPS = f"{HOME}location ~ \\.php$ {{ return 301 https://$host$request_uri; }}\n"
_RENDERED = ours("nginx", rule_for(runs_php=True))


def closed_by(what: str) -> str:
    return f"location ~* xmlrpc {{ {what}; }}\n"


def on(name: str, directives: str, *, wide: str = "", folders: tuple[str, ...] = ("",)) -> Setup:
    return Setup(name, "nginx", "", directives, folders=folders, wide=wide)


SETUPS = {
    setup.name: setup
    for setup in (
        on("no rule", PHP),
        on("the 2015 post's block", POST_NGINX + ANY_PHP),
        on("the 2015 post's block, PHP stopped", POST_NGINX + STOPPED),
        on("a rule for each spelling, PHP stopped", closed_by("deny all") + STOPPED),
        on("a rule for each spelling", closed_by("deny all") + PHP),
        on("the rendered rule", _RENDERED.site + PHP, wide=_RENDERED.wide),
        on("404 by a rule", closed_by("return 404") + PHP),
        on("404 by a rule, and a page of the site's own for the rest", closed_by("return 404") + THEMED),
        on("no answer by a rule", closed_by("return 444") + PHP),
        on("no script", PHP, folders=()),
        on("scripts by https alone", TO_HTTPS),
    )
}
REACHED: list[Any] = [
    pytest.param("no rule", MARKER, id="an open endpoint is found by the marker"),
    pytest.param("the 2015 post's block", MARKER, id="what passes the post's block is found by the marker"),
]
PROVEN: list[Any] = [
    pytest.param("a rule for each spelling", MARKER, id="403 for each spelling is proof"),
    pytest.param("a rule for each spelling", NONE, id="403 for each spelling needs no marker"),
    pytest.param("a rule for each spelling, PHP stopped", NONE, id="what is refused does not ask PHP, running or not"),
    pytest.param("the rendered rule", NONE, id="the rendered rule is proof without a marker"),
    pytest.param(
        "404 by a rule, and a page of the site's own for the rest",
        MARKER,
        id="a rule's 404 is proof where a missing script gets another page",
    ),
    pytest.param(
        "404 by a rule", (*MARKER, "--refusal", "404"), id="a rule's 404 is proof for an operator who knows of it"
    ),
    pytest.param(
        "no answer by a rule",
        (*MARKER, "--refusal", "444"),
        id="a closed connection is proof for an operator who knows of the rule",
    ),
]
UNKNOWN_PAGE, FAILED = "requests got another page, which may be the script's", "requests got a status from 500 on where"
AS_MISSING = "gives 404 or 410, as a page that does not exist does: a wrong path would look the same; if your rule"
NOTHING: list[Any] = [
    pytest.param("no rule", NONE, UNKNOWN_PAGE, id="without a marker the script's answer is another page"),
    pytest.param("the 2015 post's block", NONE, UNKNOWN_PAGE, id="without a marker a half closed script is no proof"),
    pytest.param("the 2015 post's block", OTHER, UNKNOWN_PAGE, id="a marker with a typing error finds another page"),
    pytest.param(
        "the 2015 post's block, PHP stopped", MARKER, FAILED, id="while PHP is stopped, spellings that reach it fail"
    ),
    pytest.param("no rule", (*MARKER, *TYPING_ERROR), AS_MISSING, id="a path with a typing error is not found"),
    pytest.param(
        "a rule for each spelling",
        (*MARKER, *TYPING_ERROR),
        AS_MISSING,
        id="a rule for the script does not refuse a path with a typing error",
    ),
    pytest.param(
        "404 by a rule, and a page of the site's own for the rest",
        (*MARKER, *TYPING_ERROR),
        AS_MISSING,
        id="a path with a typing error gets the site's own 404",
    ),
    pytest.param("404 by a rule", MARKER, "give --refusal 404", id="a rule's 404 looks like a missing script's"),
    pytest.param("no answer by a rule", MARKER, "give --refusal 444", id="a closed connection may be a fault"),
    pytest.param("no script", MARKER, AS_MISSING, id="a script that was deleted or renamed gets 404"),
    pytest.param(
        "scripts by https alone", MARKER, "redirects to https://localhost/xmlrpc.php; ask that", id="it is elsewhere"
    ),
]


@pytest.fixture(scope="module")
def at() -> Iterator[Mapping[str, Host]]:
    with hosts([*SETUPS.values()]) as started:
        yield started


def probe(host: Host, flags: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> tuple[int, Found]:
    path = () if "--path" in flags else ENDPOINT
    status = run(["probe", *path, *flags, "--rate", "1000", "--json", f"http://localhost:{host.listener.port}/"])
    found: Found = json.loads(capsys.readouterr().out)
    assert found["stopped"] is None
    return status, found


@pytest.mark.parametrize(("name", "flags"), REACHED)
def test_what_reaches_the_script_is_found(
    name: str, flags: tuple[str, ...], at: Mapping[str, Host], capsys: pytest.CaptureFixture[str]
) -> None:
    before = at[name].log.read_bytes().count(b"\n")
    status, found = probe(at[name], flags, capsys)
    assert (status, found["proves_nothing"]) == (1, None)
    assert found["answers"]["reached"] == at[name].log.read_bytes().count(b"\n") - before


@pytest.mark.parametrize(("name", "flags"), PROVEN)
def test_that_nothing_reaches_the_script_is_proven(
    name: str, flags: tuple[str, ...], at: Mapping[str, Host], capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = probe(at[name], flags, capsys)
    assert (status, found["proves_nothing"]) == (0, None)
    assert at[name].log.read_bytes() == b""


@pytest.mark.parametrize(("name", "flags", "reason"), NOTHING)
def test_that_nothing_was_found_proves_nothing(
    name: str, flags: tuple[str, ...], reason: str, at: Mapping[str, Host], capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = probe(at[name], flags, capsys)
    assert (status, found["holes"]) == (2, [])
    assert reason in found["proves_nothing"]
