"""``xmlrpc-guard render``: what it writes, what it refuses to write, and what each server's own test says of it."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.frontends import ROOT
from tests.real.programs import lacks
from xmlrpc_guard.cli import run
from xmlrpc_guard.cli.render.lines import read_rule_lines
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.render import trial
from xmlrpc_guard.render.place import name_of_old, place_rule
from xmlrpc_guard.render.trial import TrialError, try_rule
from xmlrpc_guard.settings.written import Entry

TRAEFIK = "traefik --host blog.example --service site"
ON_SERVERS = ["nginx", "apache", "caddy", "haproxy"]


def rendered(capsys: pytest.CaptureFixture[str], command: str) -> str:
    assert run(["render", *shlex.split(command)]) == 0
    return capsys.readouterr().out


@pytest.mark.pure
@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param(
            "nginx --allow jetpack",
            "192.0.64.0/18 1;  # 'jetpack' of --allow, a list last seen in 2025",
            id="nginx: a published list's network says when the list was seen",
        ),
        pytest.param(
            "nginx --allow 203.0.113.7 --deny 203.0.113.8",
            "geo $xmlrpc_guard_denied {\n    default 0;\n    203.0.113.8/32 1;  # '203.0.113.8' of --deny\n",
            id="nginx: denied clients",
        ),
        pytest.param(
            "nginx --allow 0.0.0.0/0",
            "denied {\n    default 0;\n    255.255.255.254/31 1;  # geo takes a unix socket's client for the last",
            id="nginx: a unix socket's client is denied, even if all of IPv4 is allowed",
        ),
        pytest.param(
            "nginx --allow ::1 --deny 255.255.255.255",
            "    255.255.255.255 1;  # '255.255.255.255' of --deny\n",
            id="nginx: the last address stands without its length, with which geo does not read it",
        ),
        pytest.param(
            "nginx --allow ::1 --trusted-proxies 10.0.0.0/8",
            "geo $realip_remote_addr $xmlrpc_guard_peer_trusted {",
            id="nginx: the peer is compared with the trusted proxies",
        ),
        pytest.param(
            "nginx --allow ::1 --report-only",
            "access_log /var/log/xmlrpc-guard.log xmlrpc_guard if=$xmlrpc_guard_reported;",
            id="nginx: report-only is a log",
        ),
        pytest.param(
            "nginx --allow ::/79 --runs-php",
            "    ::/81 1;  # '::/79' of --allow\n    ::8000:0:0/82 1;",
            id="a network of IPv6 around those that hold IPv4 leaves them out",
        ),
        pytest.param(
            "apache --allow 0.0.0.0/0",
            "'0.0.0.0/1' || %{REMOTE_ADDR} -ipmatch '128.0.0.0/1'",
            id="Apache: all of IPv4 in two halves, since it reads no network of length 0",
        ),
        pytest.param(
            "nginx --allow 192.0.2.1-192.0.2.4 --runs-php",
            "    192.0.2.1/32 1;  # '192.0.2.1-192.0.2.4' of --allow\n    192.0.2.2/31 1;",
            id="nginx: a range becomes networks",
        ),
        pytest.param(
            "apache --allow 203.0.113.7 --deny 203.0.113.8 --runs-php",
            "&& (%{REMOTE_ADDR} -ipmatch '203.0.113.8/32' || ! (%{REMOTE_ADDR} -ipmatch '203.0.113.7/32'))\">",
            id="Apache: a short list is an expression",
        ),
        pytest.param(
            "apache --allow ''",
            "! (false))",
            id="Apache: an empty list lets no one in",
        ),
        pytest.param(
            "apache --allow 10.0.0.0/8 --report-only",
            "SetEnv xmlrpc_guard_refused 1",
            id="Apache: report-only sets a variable that a log is written by",
        ),
        pytest.param(
            "apache --allow 10.0.0.0/8 --report-only --runs-php",
            "!i || %{REQUEST_URI} =~ m!",
            id="Apache: report-only looks at the path as well as at the file",
        ),
        pytest.param(
            "apache --allow cloudfront --deny 203.0.113.8 --accept overlap --trusted-proxies cloudfront",
            "            Require ip 203.0.113.8/32",
            id="Apache: long lists are required, and denied ones forbidden",
        ),
        pytest.param(
            "apache --allow cloudfront",
            "    <RequireAll>\n        <RequireAny>\n",
            id="Apache: a long list alone",
        ),
        pytest.param(
            "apache --allow 10.0.0.0/8 --trusted-proxies fastly",
            "RemoteIPInternalProxy 151.101.0.0/16",
            id="Apache: the proxies of mod_remoteip",
        ),
        pytest.param(
            "caddy --allow 203.0.113.7",
            "        remote_ip 203.0.113.7/32\n",
            id="Caddy: without proxies, the peer is the client",
        ),
        pytest.param(
            "caddy --allow 203.0.113.7 --runs-php",
            '@xmlrpc_guard {\n    vars_regexp {http.request.uri.path} "(?i)(?:^|[/:',
            id="Caddy: where it runs PHP itself, the path alone counts",
        ),
        pytest.param(
            "caddy --allow 203.0.113.7",
            '        not vars_regexp {http.request.uri} "(?i)^(?:[^/].*)?(?:^|[/:',
            id="Caddy: a target that has no path counts as a whole where it is passed on",
        ),
        pytest.param(
            "caddy --allow 203.0.113.7 --deny 203.0.113.8 --trusted-proxies 10.0.0.1",
            "        not client_ip 203.0.113.8/32 10.0.0.1/32\n",
            id="Caddy: denied clients, and clients that are proxies themselves",
        ),
        pytest.param(
            "caddy --allow '' --report-only",
            "log_append @xmlrpc_guard xmlrpc_guard would-refuse",
            id="Caddy: report-only is a field of its log",
        ),
        pytest.param(
            "haproxy --allow 203.0.113.7",
            "    http-request deny deny_status 403 if xmlrpc_guard_path { var(txn.xmlrpc_guard_refused) -m bool }",
            id="HAProxy: the refusal",
        ),
        pytest.param(
            "haproxy --allow '' --report-only",
            "    http-request capture str(xmlrpc_guard:would-refuse) len 25",
            id="HAProxy: report-only is a captured field of its log",
        ),
        pytest.param(
            "haproxy --allow ::1 --trusted-proxies 10.0.0.1",
            "req.hdr_ip(x-forwarded-for,-5)",
            id="HAProxy: five elements of the header are walked",
        ),
        pytest.param(
            "haproxy --allow 0.0.0.0/30",
            "_client) -m ip 0.0.0.0/32  # '0.0.0.0/30' of --allow\n"
            "    acl xmlrpc_guard_allow var(txn.xmlrpc_guard_client) -m ip 0.0.0.2/31  # '0.0.0.0/30' of --allow\n",
            id="HAProxy: the address of IPv4 that it takes ::1 for is in no list",
        ),
        pytest.param(
            f"{TRAEFIK} --allow 203.0.113.6/31 --deny 203.0.113.7",
            '        sourceRange:\n          - "203.0.113.6/32"',
            id="Traefik: denied clients are cut out of the allowed ones",
        ),
        pytest.param(
            f"{TRAEFIK} --allow '' --trusted-proxies 10.0.0.1",
            '- "255.255.255.255/32"  # no one\n        ipStrategy:\n          excludedIPs:\n            - "10.0',
            id="Traefik: no one is allowed, and a proxy is passed over",
        ),
        pytest.param(
            f"{TRAEFIK} --allow ::1",
            '-0-tls:\n      rule: "HostRegexp(`(?i)^blog[.]example[.]?$`) && PathRegexp',
            id="Traefik: a router for requests over TLS, whose host is a pattern",
        ),
        pytest.param(
            f"{TRAEFIK} --allow ::1 --tls-options strict",
            '      tls: {options: "strict"}\n',
            id="Traefik: a router with the site's TLS options",
        ),
        pytest.param(
            f"{TRAEFIK} --allow ::1 --entry-point web --entry-point websecure",
            '      entryPoints: ["web", "websecure"]\n      tls: {}\n',
            id="Traefik: the site's entry points",
        ),
        pytest.param(
            f"{TRAEFIK} --allow ::1",
            "# It is asked on all entry points; if one of yours has asDefault, on those that have it alone.",
            id="Traefik: no entry point",
        ),
        pytest.param(
            "traefik --service site --allow ::1",
            '-0:\n      rule: "PathRegexp(',
            id="Traefik: without a host, for all hosts",
        ),
        pytest.param(
            "nginx --allow ::1 --trusted-proxies unix --accept unix",
            "# Left out: trusted_proxies has 'unix': a unix socket's client is refused\n",
            id="what is left out stands at the top",
        ),
    ],
)
def test_a_rule_holds(command: str, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert expected in rendered(capsys, command)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("command", "problem"),
    [
        pytest.param("iis --allow ::1", "'iis' is not one of", id="a server that is not known"),
        pytest.param("nginx", "--allow is missing", id="no allowlist"),
        pytest.param("nginx --allow nonsense", "allow: 'nonsense'", id="an entry that cannot be read"),
        pytest.param("nginx --allow ::1 --runs-php --passes-on", "exclude each other", id="both places at once"),
        pytest.param("haproxy --allow ::1 --runs-php", "write --passes-on", id="a server that runs no PHP"),
        pytest.param(
            "nginx --allow ::1 --trusted-proxies 10.0.0.1 --forwarded-header Forwarded",
            "no rule reads any but X-Forwarded-For; nothing can be left out here",
            id="another header than X-Forwarded-For",
        ),
        pytest.param("nginx --allow ::1 --trusted-proxies unix", "write --accept unix", id="a unix socket's client"),
        pytest.param(
            "nginx --allow 10.0.0.0/31 --trusted-proxies 10.0.0.1",
            "10.0.0.1/32 is in allow and in trusted_proxies",
            id="a client that is a trusted proxy",
        ),
        pytest.param(
            "nginx --allow ::1 --public-methods pingback",
            "public_methods is left out: what it allows is refused; write --accept public_methods",
            id="calls that anyone may make",
        ),
        pytest.param(
            "nginx --allow ::1 --public-rsd",
            "public_rsd is left out: what it allows is refused; write --accept public_rsd",
            id="discovery that anyone may ask for",
        ),
        pytest.param("nginx --allow ::1 --accept unix", "--accept unix is for something", id="nothing to accept"),
        pytest.param("traefik --allow ::1", "needs --service", id="Traefik without a service"),
        pytest.param(
            "traefik --allow ::1 --service a --tls-options b",
            "--tls-options needs --host",
            id="Traefik's TLS options without a host",
        ),
        pytest.param(f"{TRAEFIK} --allow ::1 --report-only", "no form that only logs", id="Traefik, report-only"),
        pytest.param(
            "traefik --service site --host 'a`b' --allow ::1", "is not a host's name", id="a host with a quote"
        ),
        pytest.param(
            "caddy --allow ::1 --server-config '{$HOME}'",
            "has '{$', which caddy does not leave as it is, even in a comment",
            id="what Caddy replaces by a variable of its environment",
        ),
        pytest.param(
            f"{TRAEFIK} --allow ::1 --server-config '{{{{ env }}}}'",
            "has '{{', which traefik does not leave as it is, even in a comment",
            id="what Traefik takes for a template",
        ),
        pytest.param("nginx --allow file:/no/such.txt", "does not exist", id="a list file that is not there"),
    ],
)
def test_what_cannot_be_said_is_an_error(command: str, problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["render", *shlex.split(command)]) == 2
    written = capsys.readouterr()
    assert (problem in written.err, written.out) == (True, ""), written.err


@pytest.mark.pure
def test_traefiks_rules_for_two_sites_have_no_name_in_common(capsys: pytest.CaptureFixture[str]) -> None:
    # Of two routers or middlewares of one name Traefik leaves out the second, whose site would be open.
    sites = ("--host a.example --service a", "--host b.example --service a", "--host a.example --service b")
    names = [
        {*re.findall("^    (xmlrpc-guard.*):$", rendered(capsys, f"traefik {site} --allow ::1"), re.MULTILINE)}
        for site in sites
    ]
    assert [len(each) for each in names] == [3, 3, 3]
    assert len(set.union(*names)) == 9


@pytest.mark.pure
@pytest.mark.parametrize("server", ON_SERVERS)
def test_a_files_entries_say_their_lines_and_its_date(
    server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office = tmp_path / "office.txt"
    office.write_text("# office\n203.0.113.0/24\n", "utf-8")
    written = rendered(capsys, f"{server} --allow file:{office} --accept live-lists")
    assert re.search(rf"203\.0\.113\.0/24.*{re.escape(str(office))}:2 of \d{{4}}-\d\d-\d\d", written)


@pytest.mark.pure
@pytest.mark.parametrize("server", [*ON_SERVERS, TRAEFIK])
def test_no_text_of_an_operator_ends_a_comment(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    written = rendered(capsys, f"{server} --allow ::1 --server-config 'a\nb'")
    assert "a\\nb" in written


@pytest.mark.pure
def test_no_name_of_a_file_that_is_left_out_ends_a_comment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a\nb").write_text("::1\n", "utf-8")
    config = tmp_path / "guard.toml"
    config.write_text(f'[policy]\nallow = ["file:{tmp_path}/a\\nb"]\n', "utf-8")
    written = rendered(capsys, f"nginx --config {config} --accept live-lists")
    assert f"# Left out: file:{tmp_path}/a\\nb is a file" in written


@pytest.mark.pure
def test_a_file_that_has_changed_since_the_policy_was_made_is_an_error(tmp_path: Path) -> None:
    office = tmp_path / "office.txt"
    office.write_text("10/8\n", "utf-8")
    with pytest.raises(ConfigurationError, match=r"allow: .*'10/8' is a partial address"):
        read_rule_lines("allow", [Entry(f"file:{office}")])


NEEDED = {"nginx": "nginx", "apache": "apache2", "caddy": "caddy", "haproxy": "haproxy"}
INSTALLED: list[Any] = [pytest.param(name, id=name, marks=lacks(package)) for name, package in NEEDED.items()]


LAST = "255.255.255.255"


def says(server: str, output: str) -> list[str]:
    """Give what the command says of a rule in a folder that no configuration includes; HAProxy's is pasted."""
    missed = f"{trial.TRIALS[server].config} is not there, or {output} is not below its folder"
    looked = f"no site was looked at: {missed}; --server-config names another"
    return [f"{server} reads the rule", *([looked] if server != "haproxy" else [])]


OPTIONS = ["", "--trusted-proxies 10.0.0.0/8 --deny 192.0.64.5", f"--deny {LAST} --trusted-proxies {LAST}"]


@pytest.mark.parametrize("options", OPTIONS, ids=["alone", "in a chain", "the last address"])
@pytest.mark.parametrize("server", [param for param in INSTALLED if param.values != ("caddy",)])
def test_a_server_takes_its_rule(server: str, options: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = rendered(capsys, f"{server} --allow jetpack,2001:db8::/32 {options} --output {tmp_path}/rule")
    assert written.splitlines()[1:] == says(server, f"{tmp_path}/rule")
    assert "# Written by: xmlrpc-guard render" in (tmp_path / "rule").read_text("utf-8")


@pytest.mark.parametrize("server", [param for param in INSTALLED if param.values != ("caddy",)])
def test_a_server_takes_its_rule_that_only_reports(
    server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = rendered(capsys, f"{server} --allow '' --report-only --output {tmp_path}/rule")
    assert written.splitlines()[1:] == says(server, f"{tmp_path}/rule")


@pytest.mark.parametrize("server", [param for param in INSTALLED if param.values in (("nginx",), ("caddy",))])
def test_a_second_rule_does_not_load(server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # nginx would take the second list for both, and let in whom the first refuses.
    rules = (rendered(capsys, f"{server} --allow {each}") for each in ("192.0.2.7", "192.0.2.8"))
    (tmp_path / "rule").write_text("".join(rules), "utf-8")
    with pytest.raises(TrialError, match=r"duplicate|more than once"):
        try_rule(server, str(tmp_path / "rule"), str(tmp_path / "rule"))


@pytest.mark.parametrize("server", INSTALLED)
def test_a_broken_rule_does_not_replace_the_old_one(server: str, tmp_path: Path) -> None:
    output = tmp_path / "rule"
    output.write_text("old", "utf-8")
    with pytest.raises(TrialError, match=r"\S"):
        place_rule(server, "no such directive {", str(output))
    assert (output.read_text("utf-8"), list(tmp_path.iterdir())) == ("old", [output])


@pytest.mark.parametrize("server", INSTALLED)
def test_a_broken_rule_is_one_line_of_the_command(
    server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "_fill", lambda *_, **__: "no such directive {")
    assert run(["render", server, "--allow", "::1", "--output", f"{tmp_path}/rule"]) == 2
    error = capsys.readouterr().err
    assert (error.startswith(f"xmlrpc-guard: {tmp_path}/rule stays as it was: "), error.count("\n")) == (True, 1)


IN_PLACE = {
    "nginx": ("nginx.conf", "events {}\nhttp { include @folder/conf.d/*.conf; }\n", "conf.d/rule.conf"),
    "apache": (
        "apache.conf",
        "ErrorLog @folder/errors\nInclude @folder/rule\nLoadModule mpm_event_module @modules/mod_mpm_event.so\n",
        "rule",
    ),
    "caddy": ("Caddyfile", ":80 {\nimport @folder/rule\nhandle {\nrespond 204\n}\n}\n", "rule"),
}


@pytest.mark.parametrize("server", [param for param in INSTALLED if param.values != ("haproxy",)])
def test_a_rule_is_tried_in_its_place_in_a_copy(server: str, tmp_path: Path) -> None:
    # What is wrong with this rule shows only in its place: the configuration defines a name of the rule's as well.
    name, text, place = IN_PLACE[server]
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text(_GOOD[server], "utf-8")
    own = text.replace("@folder", str(tmp_path)).replace("@modules", "/usr/lib/apache2/modules")
    config = tmp_path / name
    config.write_text(own, "utf-8")
    candidate = tmp_path / ".candidate"
    candidate.write_text(_GOOD[server], "utf-8")
    assert len(try_rule(server, str(candidate), str(tmp_path / place), str(config))) == 2
    config.write_text(_CLASH[server] + own, "utf-8")
    with pytest.raises(TrialError):
        try_rule(server, str(candidate), str(tmp_path / place), str(config))


@pytest.mark.parametrize("server", [param for param in INSTALLED if param.values != ("caddy",)])  # it is in /usr/bin
def test_a_server_tests_its_rule_for_cron_too_whose_path_has_no_folder_for_root(
    server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    written = rendered(capsys, f"{server} --allow ::1 --output {tmp_path}/rule")
    assert written.splitlines()[1] == f"{server} reads the rule"


@lacks("nginx")
def test_a_server_without_the_line_is_named_by_its_own_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "conf.d").mkdir()
    site = tmp_path / "conf.d/site.conf"
    site.write_text("# caf\xe9\nserver { listen unix:/a; location / { proxy_pass http://localhost; } }\n", "latin-1")
    (tmp_path / "nginx.conf").write_text(f"events {{}}\nhttp {{ include {tmp_path}/conf.d/*.conf; }}\n", "utf-8")
    own = f"--output {tmp_path}/conf.d/rule.conf --server-config {tmp_path}/nginx.conf"
    written = rendered(capsys, f"nginx --allow ::1 {own}").splitlines()
    assert written[3:] == [f"the server in {site}:2 has no line of the rule: write it there, before all else"]


@lacks("caddy")
def test_caddys_site_without_the_rule_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Caddyfile").write_text("http://blog.example {\nreverse_proxy 127.0.0.1:81\n}\n", "utf-8")
    own = f"--output {tmp_path}/rule --server-config {tmp_path}/Caddyfile"
    said = rendered(capsys, f"caddy --allow ::1 {own}").splitlines()[2:]
    assert said == [
        f"{tmp_path}/Caddyfile does not include it: a copy with a broken rule in its place is read too",
        "the site blog.example at :80 has no rule: import it there, in front of every handle",
    ]


@lacks("haproxy")
@pytest.mark.parametrize("lists", [False, True], ids=["lists in the lines", "lists in a file of their own"])
def test_haproxys_frontend_without_the_lines_is_named_until_they_are_pasted(
    lists: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "haproxy.cfg"
    bare = f"defaults\n mode http\n timeout client 9s\nfrontend www\n bind unix@{tmp_path}/socket\n"
    config.write_text(bare, "utf-8")
    command = f"haproxy --allow ::1 --output {tmp_path}/rule --server-config {config}"
    command += f" --lists {tmp_path}/lists" * lists
    named = f"the frontend www in {config}:4"
    assert f"{named} has none of the rule's lines" in rendered(capsys, command)
    config.write_text(bare + (tmp_path / "rule").read_text("utf-8"), "utf-8")
    assert named not in rendered(capsys, command)
    assert f"{named} has lines of another rule" in rendered(capsys, f"{command} --scripts xmlrpc.php,xmlrpc")


@pytest.mark.parametrize("output", ["enabled/rule.conf", "available/rule.conf"])
@lacks("apache2")
def test_as_debian_has_it_apache_reads_the_rule_through_a_relative_link(output: str, tmp_path: Path) -> None:
    for folder in ("available", "enabled"):
        (tmp_path / folder).mkdir()
    (tmp_path / "available/rule.conf").write_text(_GOOD["apache"], "utf-8")
    (tmp_path / "enabled/rule.conf").symlink_to("../available/rule.conf")
    (tmp_path / "enabled/dangling").symlink_to("../nothing")
    config = tmp_path / "apache.conf"
    config.write_text(
        f"ErrorLog {tmp_path}/errors\nLoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n"
        "<VirtualHost *:80>\nInclude enabled/*.conf\n</VirtualHost>\n",
        "utf-8",
    )
    candidate = tmp_path / ".candidate"
    candidate.write_text(_GOOD["apache"], "utf-8")
    assert len(try_rule("apache", str(candidate), str(tmp_path / output), str(config))) == 2
    candidate.write_text("PidFile pid\n", "utf-8")  # what may not stand inside of a virtual host
    with pytest.raises(TrialError, match="PidFile"):
        try_rule("apache", str(candidate), str(tmp_path / output), str(config))


_GOOD = {
    "nginx": "geo $xmlrpc_guard_refused { default 0; }\n",
    "apache": "Define RULE\n",
    "caddy": "@xmlrpc_guard path /a\n",
}
_CLASH = {
    "nginx": "no_such_directive;\n",
    "apache": "NoSuchDirective\n",
    "caddy": "{\n no_such_option\n}\n",
}


def test_a_server_that_is_not_installed_tests_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    for server in NEEDED:
        assert run(["render", server, "--allow", "::1", "--output", f"{tmp_path}/rule"]) == 0
        untested = f"{server} is not installed here, so nothing has tested the rule\n"
        written = f"{tmp_path}/rule is written; load it, and ask it\n"
        assert capsys.readouterr() == (written, untested), "a line for cron drops what goes to the output"


def test_traefik_tests_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = "traefik has no test: its log, and /api/http/routers of its API, say whether it has taken the rule"
    assert rendered(capsys, f"{TRAEFIK} --allow ::1 --output {tmp_path}/rule").splitlines()[1:] == [said]


def test_the_old_rule_is_kept_beside_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    output = str(tmp_path / "rule.conf")
    place_rule("nginx", "first", output)
    assert not Path(name_of_old(output)).exists()
    place_rule("nginx", "second", output)
    assert (Path(output).read_text("utf-8"), Path(name_of_old(output)).read_text("utf-8")) == ("second", "first")


def test_the_old_rule_is_kept_where_a_link_leads_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    for folder in ("available", "enabled"):
        (tmp_path / folder).mkdir()
    (tmp_path / "available/rule.conf").write_text("first", "utf-8")
    (tmp_path / "enabled/rule.conf").symlink_to("../available/rule.conf")
    place_rule("nginx", "second", str(tmp_path / "enabled/rule.conf"))
    assert (tmp_path / "available/.rule.conf.old").read_text("utf-8") == "first"
    assert [path.name for path in (tmp_path / "enabled").iterdir()] == ["rule.conf"]


@pytest.mark.pure
def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["render", "nginx", "--allow", "::1", "--output", f"{tmp_path}/no/rule"]) == 2
    assert capsys.readouterr().err == f"xmlrpc-guard: cannot replace {tmp_path}/no/rule: No such file or directory\n"


def program(folder: Path, text: str) -> None:
    """Put a program named nginx first on the path."""
    (folder / "nginx").write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    (folder / "nginx").chmod(0o755)


def test_a_kill_during_the_servers_test_leaves_the_old_rule(tmp_path: Path) -> None:
    # The server's test, a process of its own, kills the one that waits for it.
    program(tmp_path, "kill -9 $PPID")
    output = tmp_path / "rule.conf"
    output.write_text("old", "utf-8")
    command = [sys.executable, "-m", "xmlrpc_guard", "render", "nginx", "--allow", "::1", "--output", str(output)]
    ended = subprocess.run(command, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, cwd=ROOT, check=False)
    assert (ended.returncode, output.read_text("utf-8")) == (-9, "old")
    # What is left beside it has a name that no include takes, and the next command takes it up.
    program(tmp_path, "exit 0")
    subprocess.run(command, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, cwd=ROOT, check=True, capture_output=True)
    assert "geo $xmlrpc_guard_allowed" in output.read_text("utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".rule.conf.old", "nginx", "rule.conf"]


def test_a_server_whose_test_does_not_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "exec sleep 100")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(trial, "SECONDS", 0.1)
    with pytest.raises(TrialError, match="did not end within"):
        place_rule("nginx", "rule", str(tmp_path / "rule.conf"))


@pytest.mark.parametrize(("word", "needed"), [("client_ip", "Caddy 2.7"), ("log_append", "Caddy 2.8")])
def test_a_server_that_is_too_old_is_told_from_a_broken_rule(
    word: str, needed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, f"echo 'unrecognized: {word}' >&2; exit 1")
    (tmp_path / "nginx").rename(tmp_path / "caddy")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(TrialError, match=f"{word}; the rule needs {needed} or later"):
        place_rule("caddy", "rule", str(tmp_path / "rule"))


@pytest.mark.pure
def test_the_output_must_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is a directory"):
        place_rule("nginx", "rule", str(tmp_path))
