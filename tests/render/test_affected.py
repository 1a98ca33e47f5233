"""What a rule with trusted proxies changes elsewhere in an Apache, named by the command: asked of the real one."""

from pathlib import Path
from typing import Any

import pytest

from tests.real.programs import lacks
from xmlrpc_guard.cli import run

MODULES = (
    *("mpm_event", "authz_core", "authz_host", "access_compat"),
    *("alias", "headers", "remoteip", "rewrite", "setenvif"),
)
RULE = "--allow jetpack --trusted-proxies 10.0.0.0/8"
ASKS = (
    "asks about the client from now on, and no longer about the proxy: if it lets in your proxies alone, it will "
    "refuse every visitor"
)
RESOLVES = "resolves the client already: name your proxies there, and render without --trusted-proxies"
TAKES = "takes any client's word for its address"

TABLE: list[Any] = [
    pytest.param(
        RULE,
        ["<Location />", "  Require  ip 10.0.0.0/8", "</Location>"],
        [f"@site.conf:2 (Require ip 10.0.0.0/8) {ASKS}"],
        id="only the proxy is let in: after the rule that refuses every client",
    ),
    pytest.param(
        RULE,
        ["<Location /status>", "Require local", "Require host example.com", "</Location>"],
        [f"@site.conf:2 (Require local) {ASKS}", f"@site.conf:3 (Require host example.com) {ASKS}"],
        id="whoever comes from this machine: a proxy here does, and its clients do not",
    ),
    pytest.param(
        RULE,
        ["<Location />", "Order deny,allow", "Deny from all", "Allow from 10.0.0.0/8", "</Location>"],
        [f"@site.conf:4 (Allow from 10.0.0.0/8) {ASKS}"],
        id="in the words of Apache 2.2: from all asks about no one",
    ),
    *(
        pytest.param(RULE, [*before, line, *after], [f"@site.conf:{len(before) + 1} ({line}) {ASKS}"], id=sentence)
        for sentence, line, before, after in (
            (
                "a rewrite by the address",
                r"RewriteCond %{REMOTE_ADDR} !^10\.",
                ["RewriteEngine on"],
                ["RewriteRule ^ - [F]"],
            ),
            ("a variable by the address", "SetEnvIf Remote_Addr ^10 cdn", [], []),
            (
                "an expression with the address",
                "Require expr \"%{REMOTE_ADDR} -ipmatch '10.0.0.0/8'\"",
                ["<Location />"],
                ["</Location>"],
            ),
            ("an expression that asks by -R", "<If \"-R '10.0.0.0/8'\">", ["<Location />"], ["</If>", "</Location>"]),
        )
    ),
    pytest.param(
        RULE,
        ["<Location />", "Require expr \"%{CONN_REMOTE_ADDR} -ipmatch '10.0.0.0/8'\"", "</Location>"],
        [],
        id="who connects stays the proxy",
    ),
    pytest.param(
        RULE,
        ["RemoteIPHeader CF-Connecting-IP", "RemoteIPTrustedProxy 10.0.0.0/8"],
        [f"@site.conf:1 (RemoteIPHeader CF-Connecting-IP) {RESOLVES}"],
        id="Apache resolves the client already: the rule would take its place, with another header",
    ),
    pytest.param(
        "--allow jetpack",
        ["RemoteIPHeader X", "RemoteIPInternalProxy 10.0.0.0/8", "<Location />", "Require local", "</Location>"],
        [],
        id="a rule without proxies changes nothing elsewhere",
    ),
    pytest.param(
        "--allow jetpack",
        ["RemoteIPHeader CF-Connecting-IP"],
        [f"@site.conf:1 (RemoteIPHeader CF-Connecting-IP) {TAKES}: add RemoteIPTrustedProxy"],
        id="no proxies are named, so that a stranger who writes the header is let in",
    ),
    pytest.param(
        f"{RULE} --lists @lists",
        ["<Location />", "Require local", "</Location>", "RemoteIPHeader CF-Connecting-IP"],
        [f"@site.conf:2 (Require local) {ASKS}", f"@site.conf:4 (RemoteIPHeader CF-Connecting-IP) {RESOLVES}"],
        id="a rule whose proxies are in a file of their own",
    ),
    pytest.param(
        RULE, ["# Require ip 10.0.0.0/8", "<Location />", "Require all granted", "</Location>"], [], id="none"
    ),
]


def apache(folder: Path, modules: tuple[str, ...], site: list[str]) -> Path:
    loads = [f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in modules]
    config = folder / "apache.conf"
    includes = [f"Include {folder}/rule.conf", f"Include {folder}/site.conf"]
    config.write_text("\n".join([f"ErrorLog {folder}/errors", "ServerName a", *loads, *includes, ""]), "utf-8")
    (folder / "site.conf").write_text("\n".join([*site, ""]), "utf-8")
    (folder / "rule.conf").write_text("", "utf-8")
    return config


@lacks("apache2-bin")
@pytest.mark.parametrize(("rule", "site", "said"), TABLE)
def test_what_the_rule_affects_is_named(
    rule: str, site: list[str], said: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = apache(tmp_path, MODULES, site)
    placed = ["--output", f"{tmp_path}/rule.conf", "--server-config", str(config)]
    (tmp_path / "lists").mkdir()
    assert run(["render", "apache", *rule.replace("@", f"{tmp_path}/").split(), *placed]) == 0
    included = f"{config} includes it: a copy with the rule in its place is read, and with a broken one is not"
    expected = ["apache reads the rule", included, *(line.replace("@", f"{tmp_path}/") for line in said)]
    assert [line for line in capsys.readouterr().out.splitlines()[1:] if " has its lists" not in line] == expected


@lacks("apache2-bin")
def test_a_folder_may_be_named_by_a_link_that_leads_to_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to("real")
    config = apache(link, MODULES, ["<Location />", "Require local", "</Location>"])
    placed = ["--output", f"{link}/rule.conf", "--server-config", str(config)]
    assert run(["render", "apache", *RULE.split(), *placed]) == 0
    _, _, included, said = capsys.readouterr().out.splitlines()
    assert included.startswith(f"{config} includes it: a copy with the rule")
    assert said == f"{config.resolve().parent}/site.conf:2 (Require local) {ASKS}"


@lacks("apache2-bin")
@pytest.mark.parametrize(
    ("modules", "needed"),
    [
        (("mpm_event", "authz_core", "alias"), "mod_headers and mod_remoteip (Debian: a2enmod headers remoteip)"),
        (("mpm_event", "authz_core", "alias", "headers"), "mod_remoteip (Debian: a2enmod remoteip)"),
    ],
)
def test_what_the_rule_needs_is_named(
    modules: tuple[str, ...], needed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = apache(tmp_path, modules, [])
    placed = ["--output", f"{tmp_path}/rule.conf", "--server-config", str(config)]
    assert run(["render", "apache", *RULE.split(), *placed]) == 2
    assert capsys.readouterr().err.endswith(f"; the rule needs {needed}\n")


@lacks("nginx")
def test_an_nginx_that_trusts_everyone_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "nginx.conf"
    server = f"listen unix:{tmp_path}/socket; if ($xmlrpc_guard_refused) {{ return 403; }}"
    trusting = "real_ip_header X-Forwarded-For;\nset_real_ip_from 10.0.0.0/8;\nset_real_ip_from 0.0.0.0/0;\n"
    http = f"{trusting}include {tmp_path}/rule.conf;\nserver {{ {server} }}\n"
    config.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{http}}}\n")
    (tmp_path / "rule.conf").write_text("", "utf-8")
    placed = ["--output", f"{tmp_path}/rule.conf", "--server-config", str(config)]
    assert run(["render", "nginx", "--allow", "jetpack", *placed]) == 0
    said = f"{config}:6 (set_real_ip_from 0.0.0.0/0;) {TAKES}: name your proxies alone"
    assert capsys.readouterr().out.splitlines()[3:] == [said]
