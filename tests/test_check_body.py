"""``check --body``, and the testing kit's calls."""

import json
from pathlib import Path
from typing import Any

import pytest
import webob

from tests.bodies import call, inner, multicall
from xmlrpc_guard import Policy, XMLRPCGuard
from xmlrpc_guard.cli import run
from xmlrpc_guard.methods import read_methods
from xmlrpc_guard.testing import blocks, blocks_call, make_call, make_multicall

FLAGS = ("check", "--allow", "192.0.64.0/18", "--public-methods", "editors, system.multicall", "--peer", "203.0.113.9")


def check(body: str, tmp_path: Path, *more: str) -> int:
    file = tmp_path / "body.xml"
    file.write_text(body, "utf-8")
    return run([*FLAGS, *more, "--body", str(file), "/xmlrpc.php"])


@pytest.mark.parametrize(
    ("body", "status", "lines"),
    [
        pytest.param(
            call("pingback.ping"),
            1,
            [
                "call   pingback.ping is not public",
                "deny 203.0.113.9: a method that is called is not public: pingback.ping (decided by public_methods)",
            ],
            id="a method that is not public",
        ),
        pytest.param(
            multicall(*[inner("wp.getPosts")] * 2),
            0,
            [
                "call   system.multicall is public",
                "call   wp.getPosts (2 times) is public",
                "allow 203.0.113.9: each method that is called is public: system.multicall (decided by public_methods)",
            ],
            id="a multicall of public calls",
        ),
        pytest.param(
            "<methodCall>\n<x/></methodCall>",
            1,
            [
                "body   cannot be read: line 2: <x> does not belong here",
                (
                    "deny 203.0.113.9: the body is not a call that every WordPress reads alike: line 2: <x> does not "
                    "belong here (decided by public_methods)"
                ),
            ],
            id="a body of another shape",
        ),
    ],
)
def test_a_body_is_explained(
    body: str, status: int, lines: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(body, tmp_path, "--explain") == status
    assert [
        line for line in capsys.readouterr().out.splitlines() if not line.startswith(("path", "peer", "note"))
    ] == lines


def test_without_a_body_the_request_is_a_get(capsys: pytest.CaptureFixture[str]) -> None:
    assert [run([*FLAGS, target]) for target in ("/xmlrpc.php?rsd", "/xmlrpc.php", "/xmlrpc.php?a")] == [0, 1, 1]
    capsys.readouterr()
    run([*FLAGS, "--explain", "/xmlrpc.php"])
    assert "call   none is given, and only a call's body shows whether it is public" in capsys.readouterr().out


def test_what_decided_is_part_of_the_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(call("pingback.ping"), tmp_path, "--json")
    assert json.loads(capsys.readouterr().out)["detail"] == "pingback.ping"


def test_a_body_larger_than_is_read_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(call("wp.getPosts"), tmp_path, "--max-body", "20") == 1
    assert "the body is too large: more than 20 bytes (decided by max_body)" in capsys.readouterr().out


def test_a_file_that_cannot_be_read_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*FLAGS, "--body", "no/such.xml", "/xmlrpc.php"]) == 2
    assert capsys.readouterr().err == (
        "xmlrpc-guard: body: 'no/such.xml' cannot be read (No such file or directory); name another file\n"
    )


POLICY = Policy(allow=["192.0.64.0/18"], trusted_proxies=["10.0.0.5"], public_methods=["editors"])


@pytest.mark.parametrize("server", ["gunicorn", "waitress", "granian", "cheroot", "uwsgi", "wsgiref"])
@pytest.mark.parametrize(
    ("sent", "options", "blocked"),
    [
        pytest.param("pingback.ping", {}, True, id="a method that is not public"),
        pytest.param("wp.getPosts", {}, False, id="a public method"),
        pytest.param("pingback.ping", {"client": "192.0.64.5"}, False, id="a listed client"),
        pytest.param("pingback.ping", {"client": "192.0.64.5", "peer": "10.0.0.5"}, False, id="one behind a proxy"),
        pytest.param(make_multicall("wp.getPosts"), {}, True, id="a multicall"),
        pytest.param(make_call("wp.getPosts", 1, "a", None), {"path": "/x//xmlrpc.php"}, False, id="another spelling"),
        pytest.param(b"", {}, True, id="no body"),
    ],
)
def test_whether_a_call_is_blocked(sent: str | bytes, options: dict[str, Any], blocked: bool, server: str) -> None:
    assert blocks_call(XMLRPCGuard(webob.Response("ok"), POLICY), sent, server=server, **options) is blocked


def test_a_call_is_sent_by_post() -> None:
    assert blocks(XMLRPCGuard(webob.Response("ok"), POLICY), "/xmlrpc.php", body=make_call("wp.getPosts"))


def test_the_calls_are_calls() -> None:
    assert read_methods(make_multicall(("a.b", 1, [2]), "c")) == ("system.multicall", "a.b", "c")
