"""Where nginx' configuration lacks the rule's line, or does not reach it, as nginx -T shows the files."""

import pytest

from tests.lab.edge_order import NGINX
from xmlrpc_guard.render.gaps import find_gaps
from xmlrpc_guard.render.nginx import REFUSAL, render, server_lines
from xmlrpc_guard.render.rule import Rule

PHP = "location ~ \\.php$ { fastcgi_pass unix:/fpm; }"
LACKS = "the server in /n/nginx.conf:2 has no line of the rule: write it there, before all else"


def late(line: int) -> str:
    rest = "before the rule's line: write that first"
    return f"the server in /n/nginx.conf:2 may end its rewrites in /n/nginx.conf:{line}, {rest}"


def dump(**files: str) -> str:
    return "".join(f"# configuration file /n/{name.replace('_', '.')}:\n{text}\n\n" for name, text in files.items())


@pytest.mark.pure
@pytest.mark.parametrize(
    ("server", "expected"),
    [
        pytest.param(f"{REFUSAL} {PHP}", [], id="the line first"),
        pytest.param(PHP, [LACKS], id="no line"),
        pytest.param("return 301 https://$host$request_uri;", [], id="a server that passes nothing on"),
        pytest.param("location / { root /srv; }", [], id="a server of files alone"),
        pytest.param("location / { location /a/ { proxy_pass http://a; } }", [LACKS], id="a location in a location"),
        pytest.param(f"\nrewrite ^/a$ /b last;\n{REFUSAL} {PHP}", [late(3)], id="a rewrite that ends before the line"),
        pytest.param(f"\nbreak;\n{REFUSAL} {PHP}", [late(3)], id="a break before the line"),
        pytest.param(f"\nif ($a) {{\nbreak; }} {REFUSAL} {PHP}", [late(3)], id="a break in an if before the line"),
        pytest.param(f"rewrite ^/a$ /b permanent; {REFUSAL} {PHP}", [], id="a redirect before the line"),
        pytest.param(f"rewrite ^/a$ /b; {REFUSAL} {PHP}", [], id="a rewrite that goes on to the line"),
        pytest.param(f"if ($a) {{ return 405; }} {REFUSAL} {PHP}", [], id="another refusal before the line"),
        pytest.param(f"{REFUSAL} rewrite ^/a$ /b last; {PHP}", [], id="a rewrite after the line"),
        pytest.param(f"break; location / {{ {REFUSAL} proxy_pass http://a; }}", [], id="the line in the only location"),
        pytest.param(
            f"location / {{ {REFUSAL} proxy_pass http://a; }} {PHP}", [LACKS], id="the line in one of two locations"
        ),
        pytest.param(
            f"location / {{ rewrite ^/a$ /b break; {REFUSAL} proxy_pass http://a; }}",
            [LACKS],
            id="the line in a location, after a rewrite",
        ),
        pytest.param(f"if ( $xmlrpc_guard_refused ) {{ return 403; }} {PHP}", [], id="blanks in the line"),
    ],
)
def test_what_is_said_of_a_server(server: str, expected: list[str]) -> None:
    assert find_gaps(dump(nginx_conf=f"http {{\nserver {{ {server} }}\n}}")) == expected


REPORTS = "if ($xmlrpc_guard_refused) { set $xmlrpc_guard_reported 1; }"
ONLY_REPORTS = 'map "" $xmlrpc_guard_reported { default 0; }'
SAYS = "the server in /n/nginx.conf:3 has the line that"


@pytest.mark.pure
@pytest.mark.parametrize(
    ("rule", "server", "expected"),
    [
        pytest.param("", REFUSAL, [], id="a rule that refuses, and its line"),
        pytest.param(ONLY_REPORTS, REPORTS, [], id="a rule that reports, and its line"),
        pytest.param(
            "",
            REPORTS,
            [f"{SAYS} only reports: write the one that this rule begins with"],
            id="the line that reports is left where the rule refuses: everyone is let in",
        ),
        pytest.param(
            ONLY_REPORTS,
            REFUSAL,
            [f"{SAYS} refuses: write the two that this rule begins with"],
            id="the line that refuses is left where the rule reports: strangers are refused",
        ),
        pytest.param(
            "",
            f"location / {{ {REPORTS} proxy_pass http://a; }}",
            [f"{SAYS} only reports: write the one that this rule begins with"],
            id="the line that reports is in a location",
        ),
    ],
)
def test_the_line_of_the_other_form_is_named(rule: str, server: str, expected: list[str]) -> None:
    assert find_gaps(dump(nginx_conf=f"http {{\n{rule}\nserver {{ {server} }}\n}}")) == expected


@pytest.mark.pure
def test_the_lines_and_the_map_are_those_that_render_writes() -> None:
    refuses, reports = (Rule((), (), (), False, ("xmlrpc.php",), only, False, "again") for only in (False, True))
    assert (ONLY_REPORTS in render(refuses), ONLY_REPORTS in render(reports)) == (False, True)
    assert (server_lines(refuses)[0], server_lines(reports)[0]) == (REFUSAL, REPORTS)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"nginx_conf": "http { include sites/*; }", "sites/b": f"server {{ {PHP} }}", "sites/a": "server { }"},
            ["the server in /n/sites/b:1 has no line of the rule: write it there, before all else"],
            id="a server in a file that is included by a pattern",
        ),
        pytest.param(
            {"nginx_conf": f"http {{ server {{ include line; {PHP} }} }}", "line": REFUSAL}, [], id="an included line"
        ),
        pytest.param(
            {"nginx_conf": f"http {{ server {{ {REFUSAL} include /n/php; }} }}", "php": PHP},
            [],
            id="an included location, by its whole path",
        ),
        pytest.param({"nginx_conf": f"stream {{ server {{ {PHP} }} }}"}, [], id="a server that is not of http"),
        pytest.param({"nginx_conf": f"http {{ server {{ {PHP} }} }} }}"}, [], id="what cannot be read"),
        pytest.param({}, [], id="no files"),
    ],
)
def test_what_is_said_of_files(files: dict[str, str], expected: list[str]) -> None:
    assert find_gaps(dump(**files)) == expected


# A rewrite by another name is seen by no reading of the order: only the line in the location sees what it leads to.
SILENT = {
    "the line before a rewrite to the script",
    "a rewrite in a location",
    "a location that names the script in SCRIPT_FILENAME",
}


@pytest.mark.pure
def test_what_undoes_the_line_on_the_servers_is_said_and_nothing_else() -> None:
    said = {
        trial.name
        for trial in NGINX
        if find_gaps(dump(nginx_conf=f"http {{ server {{ {trial.directives.replace('@line', REFUSAL)} }} }}"))
    }
    assert said == {trial.name for trial in NGINX if not trial.holds} - SILENT
