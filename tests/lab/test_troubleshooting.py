"""docs/guides/troubleshooting.md: each message is made to appear, and ends with the line that the page has for it."""

import re
import shlex
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, loads

import pytest
import trustme

from tests.frontends import ROOT, Listener, free_port, get, running, script, serving
from tests.lab.conftest import Ask
from tests.lab.database import lacks_mariadb
from tests.lab.jetpack import Call, send
from tests.lab.php import TCP, lacks_apache, lacks_nginx
from tests.lab.test_public_address import Secure
from tests.lab.visitor import LISTED, Visitor
from tests.lab.wordpress import HOST, WordPress, lacks_wordpress
from tests.probe.scripted import Scripted, answer
from tests.real.configuration import USER
from tests.real.fronts import nginx
from tests.real.processes import account, folder_of
from tests.waiting import PATIENCE, wait_until

PAGE = (ROOT / "docs" / "guides" / "troubleshooting.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
JETPACK, WOOCOMMERCE = "Jetpack: `site_inaccessible … HTTP 403`", 'WooCommerce: "not able to detect a WordPress site"'
PROXY_REFUSED = "`refused 127.0.0.1: client is not in the allowlist`"
NO_HEADER = "`forwarded header of a trusted proxy is absent or unreadable`"
NO_ADDRESS = "`peer is not an address`"
SIGNATURE = "Signature errors: `requested method jetpack.testConnection does not exist`"
TOGETHER = "All of these lines together"
LOOP, EVERYONE = "Redirects without end", "It lets everyone in"
TRIED = (
    *(JETPACK, WOOCOMMERCE, PROXY_REFUSED, NO_HEADER, NO_ADDRESS, SIGNATURE),
    *("400", "411", "414", "502", "504", LOOP, EVERYONE),
)
STRANGER = "203.0.113.9"
Settings = Mapping[str, Mapping[str, Any]]


def test_each_message_of_the_page_is_tried() -> None:
    assert [*SECTIONS] == [*TRIED, TOGETHER, "What a line of the log means"]


def test_each_line_for_nginx_is_among_those_that_the_page_has_together() -> None:
    lines = re.findall(r"^    ((?:proxy|large)_\w+ .*;)$", PAGE.partition(f"## {TOGETHER}")[0], re.MULTILINE)
    whole = (ROOT / "docs/examples/troubleshooting/site.nginx").read_text("utf-8")
    assert len(lines) == 7
    assert [line for line in lines if f" {line}\n" not in whole] == ["proxy_request_buffering on;"]  # nginx' default


def settings_of(title: str, number: int = 0) -> Settings:
    """Give what a section says to write into the guard's file."""
    return tomllib.loads(re.findall(r"```toml\n(.*?)```", SECTIONS[title], re.DOTALL)[number])


def line_of(title: str, beginning: str) -> str:
    """Give a line that a section says to write elsewhere."""
    (line,) = re.findall(rf"^ +({re.escape(beginning)}.*)$", SECTIONS[title], re.MULTILINE)
    return str(line)


def run_as_the_page_has_it(title: str, at: Listener, *options: str) -> str:
    """Run a section's curl against a server here, and give what it prints."""
    (line,) = re.findall(r"^ +(.*\bcurl .*)$", SECTIONS[title], re.MULTILINE)
    scheme = "https" if isinstance(at, Secure) else "http"
    for there in ("https://blog.example", "http://127.0.0.1:8000", "http://127.0.0.1:8080"):
        host = HOST if isinstance(at, Secure) else "127.0.0.1"
        line = line.replace(there, f"{scheme}://{host}:{at.port}")
    line = line.replace("curl ", shlex.join(["curl", *options]) + " ")
    ended = subprocess.run(["sh", "-c", line], check=False, capture_output=True, text=True, timeout=PATIENCE)
    return ended.stdout.strip()


# A guard as its file says, and nginx in front of one


class Guard:
    """A guard's server: where it listens, and its log."""

    def __init__(self, at: Listener, log: Path) -> None:
        self.at, self.log = at, log

    def status(self, *fields: str, target: str = "/xmlrpc.php", method: str = "GET") -> int:
        """Ask from this machine, and give the answer's status."""
        return status_of(self.at.ask(get(target, *fields, method=method)))

    def wait_for(self, text: str) -> None:
        """Wait until the log has a text."""
        wait_until(lambda: text in self.log.read_text("utf-8"))


def status_of(received: bytes) -> int:
    return int(received.split()[1])


def write(settings: Settings) -> str:
    lines = [line for table, rows in settings.items() for line in (f"[{table}]", *map(_write_row, rows.items()))]
    return "\n".join((*lines, ""))


def _write_row(row: tuple[str, Any]) -> str:
    name, value = row
    return f"{name} = {str(value).lower() if isinstance(value, bool) else repr(value).replace(chr(39), chr(34))}"


def merged(settings: Settings, more: Settings) -> Settings:
    return {table: {**settings.get(table, {}), **more.get(table, {})} for table in {**settings, **more}}


@contextmanager
def guard(folder: Path, settings: Settings, socket: str = "") -> Iterator[Guard]:
    """Serve an application behind a guard, or what its file has as the upstream; on a unix socket if one is named."""
    at, file = Listener(path=socket) if socket else Listener(port=free_port()), folder / "guard.toml"
    file.write_text(write(settings), "utf-8")
    file.chmod(0o644)
    app = [] if "upstream" in settings.get("serve", {}) else ["tests.apps:echo"]
    command = (sys.executable, "-m", "xmlrpc_guard", "serve", *app, "--config", str(file))
    listen = f"unix:{socket}" if socket else f"127.0.0.1:{at.port}"
    with serving((*command, "--listen", listen), at, folder / "guard.log"):
        yield Guard(at, folder / "guard.log")


@contextmanager
def front(
    after: Listener, *lines: str, passing: str = "", server: str = "", listener: Listener | None = None
) -> Iterator[Listener]:
    """Run nginx in front of a server, with these lines where it passes requests on."""
    at = listener or Listener(port=free_port())
    tls = " ssl" if isinstance(at, Secure) else ""
    location = "\n".join((passing or f"proxy_pass http://127.0.0.1:{after.port};", *lines))
    site = f"server {{ listen 127.0.0.1:{at.port}{tls}; {server}\nlocation / {{\n{location}\n}}\n}}"
    with folder_of(account(USER)) as root, nginx(root, site, Listener(port=at.port)):
        yield at


FORWARDED = line_of(NO_HEADER, "proxy_set_header X-Forwarded-For")
IN_FRONT: Settings = {"policy": {"allow": ["jetpack"], "trusted_proxies": ["127.0.0.1"]}}


def named(client: str) -> str:
    return f"X-Forwarded-For: {client}"


# What the guard itself says


@pytest.mark.parametrize(
    ("title", "client", "request_"),
    [
        pytest.param(JETPACK, "192.0.64.7", ("/xmlrpc.php", "POST"), id="Jetpack's call"),
        pytest.param(WOOCOMMERCE, "192.0.80.9", ("/xmlrpc.php?rsd", "GET"), id="the discovery for WooCommerce's app"),
        pytest.param(WOOCOMMERCE, "192.0.80.9", ("/xmlrpc.php", "POST"), id="the list of methods for the app"),
    ],
)
def test_a_service_is_refused_until_it_is_in_allow(
    title: str, client: str, request_: tuple[str, str], tmp_path: Path
) -> None:
    before = merged(IN_FRONT, {"policy": {"allow": ["203.0.113.7"]}})
    target, method = request_
    with guard(tmp_path, before) as refusing:
        assert refusing.status(named(client), target=target, method=method) == 403
        refusing.wait_for(f"refused {client}: client is not in the allowlist (allow); peer 127.0.0.1")
    with guard(tmp_path, merged(before, settings_of(title))) as mended:
        assert mended.status(named(client), target=target, method=method) == 200
        assert mended.status(named(STRANGER), target=target, method=method) == 403


def test_a_proxy_is_refused_until_it_is_trusted(tmp_path: Path) -> None:
    before: Settings = {"policy": {"allow": ["jetpack"]}}
    with guard(tmp_path, before) as refusing:
        assert refusing.status(named("192.0.64.7")) == 403
        refusing.wait_for("refused 127.0.0.1: client is not in the allowlist (allow); peer 127.0.0.1, path /xmlrpc.php")
    with guard(tmp_path, merged(before, settings_of(PROXY_REFUSED))) as mended:
        assert (mended.status(named("192.0.64.7")), mended.status(named(STRANGER))) == (200, 403)
        assert mended.status(named("127.0.0.1")) == 403
        mended.wait_for("refused 127.0.0.1: client is not in the allowlist (allow); peer 127.0.0.1, path /xmlrpc.php")


@lacks_nginx
def test_the_header_is_absent_until_nginx_sends_it(tmp_path: Path) -> None:
    with guard(tmp_path, IN_FRONT) as behind:
        with front(behind.at) as silent:
            assert status_of(silent.ask(get("/xmlrpc.php"))) == 403
            behind.wait_for("forwarded header of a trusted proxy is absent or unreadable")
        with front(behind.at, FORWARDED) as mended:
            assert status_of(mended.ask(get("/xmlrpc.php", named("192.0.64.7")))) == 200
            assert status_of(mended.ask(get("/xmlrpc.php"))) == 403
            behind.wait_for("refused 127.0.0.1: client is not in the allowlist")


def test_a_unix_socket_has_no_address_until_it_is_trusted(tmp_path: Path) -> None:
    before: Settings = {"policy": {"allow": ["jetpack"]}}
    with guard(tmp_path, before, f"{tmp_path}/socket") as refusing:
        assert refusing.status(named("192.0.64.7")) == 403
        refusing.wait_for("peer is not an address (trusted_proxies); peer unix, path /xmlrpc.php")
    with guard(tmp_path, merged(before, settings_of(NO_ADDRESS)), f"{tmp_path}/socket") as mended:
        assert (mended.status(named("192.0.64.7")), mended.status(named(STRANGER))) == (200, 403)


LETS_IN: list[Any] = [
    pytest.param(0, {"policy": {"allow": ["jetpack", "127.0.0.1"]}}, "/xmlrpc.php", "", id="a proxy that is in allow"),
    pytest.param(
        1, merged(IN_FRONT, {"guard": {"report_only": True}}), "/xmlrpc.php", "would refuse", id="a guard that reports"
    ),
    pytest.param(2, IN_FRONT, "/api.php", "", id="an endpoint of another name"),
]


@pytest.mark.parametrize(("number", "before", "target", "logged"), LETS_IN)
def test_everyone_is_let_in_until_the_setting_is_changed(
    number: int, before: Settings, target: str, logged: str, tmp_path: Path
) -> None:
    with guard(tmp_path, before) as open_:
        assert open_.status(named(STRANGER), target=target) == 200
        open_.wait_for(logged)
    with guard(tmp_path, merged(before, settings_of(EVERYONE, number))) as mended:
        assert mended.status(named(STRANGER), target=target) == 403
        assert mended.status(named("192.0.64.7"), target=target) == 200
        mended.wait_for(f"refused {STRANGER}")


# What the servers around it say


def test_gunicorn_answers_414_to_a_long_address_until_it_may_be_longer(tmp_path: Path) -> None:
    def ask(*options: str) -> tuple[str, bytes]:
        at = Listener(port=free_port())
        command = (str(script("gunicorn")), "tests.apps:echo", "--bind", f"127.0.0.1:{at.port}", *options)
        with serving(command, at, tmp_path / "log"):
            return run_as_the_page_has_it("414", at), at.ask(get(f"/?{'x' * 5000}"))

    status, page = ask()
    assert (status, b"Request Line is too large" in page) == ("414", True)
    assert ask(*line_of("414", "gunicorn").split()[1:])[0] == "200"


@lacks_nginx
def test_a_decoded_path_is_400_until_nginx_passes_it_on_as_it_came(tmp_path: Path) -> None:
    good = line_of("400", "proxy_pass")
    with guard(tmp_path, IN_FRONT) as behind:
        here = good.replace("8000", str(behind.at.port))
        with front(behind.at, passing=here.replace(";", "$uri;")) as at:
            assert run_as_the_page_has_it("400", at) == "400"
            assert status_of(at.ask(get("/a%20b/"))) == 400
        with front(behind.at, passing=here) as at:
            assert run_as_the_page_has_it("400", at) == "200"
            assert status_of(at.ask(get("/a%20b/"))) == 200


def test_the_proxy_says_why_it_answers_400(tmp_path: Path) -> None:
    with Scripted(lambda _: answer(200)) as upstream:
        settings = merged(IN_FRONT, {"serve": {"upstream": upstream.url[:-1]}})
        with guard(tmp_path, settings) as proxy:
            assert proxy.status(target="/a#b") == 400
            assert upstream.requests == []
            proxy.wait_for("answered 400 to ")


@lacks_nginx
def test_chunks_are_411_until_nginx_collects_them(monkeypatch: pytest.MonkeyPatch) -> None:
    good = line_of("411", "proxy_request_buffering")
    with Scripted(lambda _: answer(200)) as upstream:
        monkeypatch.setenv("UPSTREAM", upstream.url[:-1])
        with running("wsgiref", "tests.apps:forwarded") as behind:
            lines = ("proxy_http_version 1.1;", FORWARDED)
            with front(behind, *lines, "proxy_request_buffering off;") as at:
                assert run_as_the_page_has_it("411", at) == "411"
            with front(behind, *lines, good) as at:
                assert run_as_the_page_has_it("411", at) == "200"
        assert [request.rpartition(b"\r\n\r\n")[2] for request in upstream.requests] == [b"x\ny\n"]


@lacks_nginx
def test_a_long_address_is_414_until_nginx_has_a_buffer_for_it(tmp_path: Path) -> None:
    long = get(f"/?{'x' * 9000}")
    with guard(tmp_path, IN_FRONT) as behind:
        with front(behind.at, FORWARDED) as at:
            assert status_of(at.ask(long)) == 414
        with front(behind.at, FORWARDED, server=line_of("414", "large_client_header_buffers")) as at:
            assert status_of(at.ask(long)) == 200


def test_an_upstream_that_is_not_there_is_502_until_it_is_named(tmp_path: Path) -> None:
    with Scripted(lambda _: answer(200)) as upstream:
        wrong = merged(IN_FRONT, {"serve": {"upstream": f"http://127.0.0.1:{free_port()}"}})
        with guard(tmp_path, wrong) as proxy:
            assert proxy.status(named(STRANGER), target="/") == 502
            proxy.wait_for(f"answered 502 to {STRANGER}: http://127.0.0.1:")
            proxy.wait_for("[Errno 111] Connection refused")
        right = str(settings_of("502")["serve"]["upstream"]).replace("8080", str(upstream.port))
        with guard(tmp_path, merged(wrong, {"serve": {"upstream": right}})) as proxy:
            assert proxy.status(target="/") == 200


def test_a_slow_upstream_is_504_until_it_has_the_time(tmp_path: Path) -> None:
    def slow(_: bytes) -> bytes:
        time.sleep(2.5)
        return answer(200)

    with Scripted(slow) as upstream:
        impatient = merged(IN_FRONT, {"serve": {"upstream": upstream.url[:-1], "timeout": 1}})
        seconds = float(run_as_the_page_has_it("504", Listener(port=upstream.port)))
        assert seconds > float(str(impatient["serve"]["timeout"]))
        with guard(tmp_path, impatient) as proxy:
            assert proxy.status(target="/") == 504
            proxy.wait_for("answered 504 to ")
        with guard(tmp_path, merged(impatient, settings_of("504"))) as proxy:
            assert proxy.status(target="/") == 200


# What WordPress and Jetpack say


@pytest.fixture
def behind_wordpress(at_server: Ask, tmp_path: Path) -> Iterator[Guard]:
    upstream = f"http://127.0.0.1:{at_server('Apache', TCP).port}"
    with guard(tmp_path, merged(IN_FRONT, {"serve": {"upstream": upstream}})) as proxy:
        yield proxy


@lacks_wordpress
@lacks_mariadb
@lacks_apache
@lacks_nginx
def test_a_signature_fails_until_nginx_keeps_the_host(behind_wordpress: Guard, wordpress: WordPress) -> None:
    shown: list[str] = []

    def call(*lines: str) -> str:
        with front(behind_wordpress.at, FORWARDED, *lines) as at:
            shown.append(run_as_the_page_has_it(SIGNATURE, at, "-H", f"Host: {HOST}"))
            answered = send(Visitor(at, LISTED), Call(), Call(), wordpress.jetpack_secret)
        return str(loads(answered.body)[0][0])

    message = SIGNATURE.partition("`")[2].strip("`")
    with pytest.raises(Fault, match=re.escape(message)) as raised:
        call()
    assert raised.value.faultCode == -32601
    assert call(line_of(SIGNATURE, "proxy_set_header Host")) == "the signature holds"
    assert [HOST in text for text in shown] == [False, True]


@lacks_wordpress
@lacks_mariadb
@lacks_apache
@lacks_nginx
def test_wordpress_redirects_to_itself_until_it_hears_of_https(behind_wordpress: Guard, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "cert.pem"))
    tls = f"ssl_certificate {tmp_path}/cert.pem; ssl_certificate_key {tmp_path}/cert.pem;"
    host = line_of(SIGNATURE, "proxy_set_header Host")

    def visit(*lines: str) -> tuple[int, str]:
        at = Secure(port=free_port(), authority=f"{tmp_path}/ca.pem")
        options = ("--cacert", at.authority, "--resolve", f"{HOST}:{at.port}:127.0.0.1", "-H", "X-Force-Ssl: yes")
        with front(behind_wordpress.at, FORWARDED, host, *lines, server=tls, listener=at):
            location = run_as_the_page_has_it(LOOP, at, *options, "-H", f"Host: {HOST}")
            return Visitor(at).get("/wp-login.php", {"X-Force-Ssl": "yes"}).status, location

    assert line_of(LOOP, "if (") in (ROOT / "tests/lab/site/wp-config.php").read_text("utf-8")
    assert visit() == (302, f"Location: https://{HOST}/wp-login.php")
    assert visit(line_of(LOOP, "proxy_set_header X-Forwarded-Proto")) == (200, "")
