"""Which frontends of HAProxy's configuration lack the rule's lines."""

import pytest

from xmlrpc_guard.render.frontends import find_frontends

RULE = """\
    # Who may reach XML-RPC.
    acl xmlrpc_guard_path path -m reg -i 'xmlrpc'
    acl xmlrpc_guard_allow src 192.0.2.7/32  # '192.0.2.7' of --allow
    http-request deny deny_status 403 if xmlrpc_guard_path !xmlrpc_guard_allow
"""
BARE = "".join(line.partition("  # ")[0] + "\n" for line in RULE.splitlines()[1:])
LACKS = "has none of the rule's lines: write this file's there, before its other http-request rules"
OTHER = "has lines of another rule: write this file's there, before its other http-request rules"
LATE = "may allow requests before the rule's lines: write those first"
ALLOW = "    http-request allow if { path /a }\n"


@pytest.mark.pure
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"defaults\n mode http\nfrontend www\n bind :80\n{RULE}", [], id="the rule's lines"),
        pytest.param(f"defaults\n mode http\nfrontend www\n{BARE}", [], id="the rule's lines without comments"),
        pytest.param(
            "defaults\n mode http\nfrontend www # ours\n bind :80\n",
            [f"the frontend www in /h.cfg:3 {LACKS}"],
            id="no lines",
        ),
        pytest.param(
            "listen www\n mode http\n", [f"the listen www in /h.cfg:1 {LACKS}"], id="a listen of its own mode"
        ),
        pytest.param("frontend ssh\n bind :22\n", [], id="a frontend without a mode, which passes bytes on"),
        pytest.param("defaults\n mode http\nfrontend ssh\n mode tcp\n", [], id="a frontend that passes bytes on"),
        pytest.param("defaults\n mode http\nbackend www\n server a :80\n", [], id="a backend"),
        pytest.param(
            f"defaults\n mode http\nfrontend www\n{RULE.replace('192.0.2.7', '192.0.2.8')}",
            [f"the frontend www in /h.cfg:3 {OTHER}"],
            id="the lines of another rule",
        ),
        pytest.param(
            f"defaults\n mode http\nfrontend www\n{RULE.replace('path -m', 'path -n')}{RULE}",
            [],
            id="the lines of another rule, and the rule's",
        ),
        pytest.param(
            f"defaults\n mode http\nfrontend www\n{ALLOW}{RULE}",
            [f"the frontend www in /h.cfg:3 {LATE}"],
            id="a request that is allowed above",
        ),
        pytest.param(f"defaults\n mode http\nfrontend www\n{RULE}{ALLOW}", [], id="a request that is allowed below"),
        pytest.param(
            f"defaults lax\n mode http\n{ALLOW}frontend www\n{RULE}",
            [f"the frontend www in /h.cfg:4 {LATE}"],
            id="a request that the defaults allow",
        ),
        pytest.param(
            f"defaults web\n mode http\ndefaults bytes\n mode tcp\nfrontend www from web\n{RULE}frontend ssh\n",
            [],
            id="named defaults",
        ),
        pytest.param(
            "defaults web\n mode http\ndefaults bytes\n mode tcp\nfrontend www from web\n bind :80\n",
            [f"the frontend www in /h.cfg:5 {LACKS}"],
            id="named defaults, and no lines",
        ),
        pytest.param("", [], id="nothing"),
    ],
)
def test_what_is_said_of_a_frontend(text: str, expected: list[str]) -> None:
    assert find_frontends(text, RULE, "/h.cfg") == expected


@pytest.mark.pure
def test_a_rule_of_comments_has_no_sentence() -> None:
    assert find_frontends("frontend www\n mode http\n", "# nothing\n", "/h.cfg") == []
