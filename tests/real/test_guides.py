"""The guides: each shows its folder of docs/examples, and what its command starts is asked as a client would."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.frontends import ROOT, Listener, free_port, get, installed, receive, reserved_ports, serving
from tests.real.configuration import USER
from tests.real.fronts import FRONTS, nginx
from tests.real.processes import account, folder_of
from tests.real.programs import lacks
from tests.shown_files import names
from tests.waiting import wait_until

pytestmark = pytest.mark.lab

GUIDES, EXAMPLES = ROOT / "docs" / "guides", ROOT / "docs" / "examples"
SERVED = ["flask", "django", "pyramid", "wsgi", "asgi", "gunicorn", "waitress", "uwsgi", "granian"]
NEEDS = {"wsgi": "waitress", "asgi": "starlette"}
OTHERS = [
    *("mod_wsgi", "testing", "in-front-of-php", "behind-a-proxy", "allowlists", "methods", "configuration", "rollout"),
    *("edge", "recipes", "containers", "troubleshooting"),
]
LINKED = {"serving"}  # whose files real.test_examples starts: the guide has the commands that install them
LISTED = "127.0.0.5"  # all of 127.0.0.0/8 is this machine, so that a client can be another one than the stranger
# What a framework's own command writes, and a site as other guides have it.
NOT_SHOWN = {
    *("django/manage.py", "django/mysite/__init__.py", "django/mysite/settings.py", "django/mysite/urls.py"),
    *("allowlists/mysite.py", "containers/Dockerfile", "containers/compose.yaml"),
}


def test_each_guide_has_a_folder_of_its_name() -> None:
    folders = {folder.name for folder in EXAMPLES.iterdir()}
    assert folders == {guide.stem for guide in GUIDES.glob("*.md")} == {*SERVED, *OTHERS, *LINKED}


def blocks(guide: str, language: str) -> list[str]:
    page = (GUIDES / f"{guide}.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("folder", [*SERVED, *OTHERS])
def test_the_guide_shows_each_file_of_its_folder(folder: str) -> None:
    files = [file for file in (EXAMPLES / folder).rglob("*.*") if "__pycache__" not in file.parts]
    assert files
    shown = names((GUIDES / f"{folder}.md").read_text("utf-8"))
    missing = {str(file.relative_to(ROOT)) for file in files} - {*shown}
    assert missing <= {f"docs/examples/{name}" for name in NOT_SHOWN}


@contextmanager
def started_as_the_guide_says(folder: str, tmp_path: Path, command: str = "", upstream: int = 0) -> Iterator[Listener]:
    """Run a command, the guide's first one, in a copy of its folder: on other ports, and LISTED is on the list."""
    if not installed(NEEDS.get(folder, "xmlrpc_guard" if folder in OTHERS else folder)):
        pytest.skip(f"{folder} is not installed")
    at = Listener(port=free_port())
    site = tmp_path / "site"
    shutil.copytree(EXAMPLES / folder, site, ignore=shutil.ignore_patterns("__pycache__"))
    changes = {":8000": f":{at.port}", "--port 8000": f"--port {at.port}", ":8080": f":{upstream}"}
    listed = {'"jetpack"': f'"{LISTED}"', "= jetpack": f"= {LISTED}"}
    for file in filter(Path.is_file, site.rglob("*.*")):
        file.write_text(changed(file.read_text("utf-8"), changes | listed))
        file.chmod(0o644)
    command = changed(command or blocks(folder, "sh")[0].strip(), changes)
    path = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    setting = f"export PATH='{path}' VIRTUAL_ENV='{sys.prefix}' PYTHONPATH=. PYTHONWARNINGS=ignore; cd '{site}'"
    with serving(("bash", "-c", f"{setting}; exec env {command}"), at, tmp_path / "log"):
        yield at


def changed(text: str, changes: Mapping[str, str]) -> str:
    return reduce(lambda text, change: text.replace(*change), changes.items(), text)


def ask(at: Listener, target: str, source: str = "", *headers: str, body: bytes = b"") -> bytes:
    with at.connect(source) as connection:
        connection.sendall(get(target, *headers) + body)
        return receive(connection)


@pytest.mark.parametrize("folder", SERVED)
def test_what_a_guide_starts_lets_in_the_listed_alone(folder: str, tmp_path: Path) -> None:
    with started_as_the_guide_says(folder, tmp_path) as at:
        statuses = [ask(at, target).split()[1] for target in ("/xmlrpc.php", "//XMLRPC.php/x", "/blog/%78mlrpc.php")]
        page, listed = ask(at, "/"), ask(at, "/xmlrpc.php", LISTED)
    assert statuses == [b"403"] * 3
    assert page.split()[1] == b"200"
    assert b"a page" in page
    assert listed.split()[1] != b"403"
    log = (tmp_path / "log").read_text("utf-8")
    assert re.search(r"refused.* 127\.0\.0\.1: client is not in the allowlist", log)


class Site(BaseHTTPRequestHandler):
    """What runs PHP, for the guides that have it behind the guard."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"a page")

    do_POST = do_GET  # noqa: N815 - as the class that is inherited has it

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(name="php")
def _php() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


def test_what_the_guide_for_php_starts_lets_in_the_listed_alone(php: int, tmp_path: Path) -> None:
    command = "xmlrpc-guard serve --config guard.toml"
    with started_as_the_guide_says("in-front-of-php", tmp_path, command, php) as at:
        stranger = ask(at, "//XMLRPC.php", "", "X-Forwarded-For: 203.0.113.9")
        listed = ask(at, "/xmlrpc.php", "", f"X-Forwarded-For: {LISTED}")
        page = ask(at, "/", "", "X-Forwarded-For: 203.0.113.9")
    assert [answer.split()[1] for answer in (stranger, listed, page)] == [b"403", b"200", b"200"]


def test_flask_in_front_of_wordpress_lets_in_the_listed_alone(php: int, tmp_path: Path) -> None:
    with started_as_the_guide_says("flask", tmp_path, "flask --app blog run --port 8000", php) as at:
        for target in ("/xmlrpc.php", "//XMLRPC.php/x", "/blog/%78mlrpc.php"):
            assert ask(at, target, "", "X-Forwarded-For: 203.0.113.9").split()[1] == b"403"
        answers = [
            ask(at, "/xmlrpc.php", "", f"X-Forwarded-For: {LISTED}"),
            ask(at, "/2026/11/hello/"),
            ask(at, "/about"),
        ]
    assert [answer.split()[1] for answer in answers] == [b"200"] * 3
    assert [b"about this site" in answer for answer in answers] == [False, False, True]


@lacks("nginx")
def test_what_the_guide_has_behind_nginx_finds_the_client(tmp_path: Path) -> None:
    with (
        started_as_the_guide_says("behind-a-proxy", tmp_path),
        folder_of(account(USER)) as root,
        reserved_ports(1) as (port,),
    ):
        site = changed((tmp_path / "site/site.nginx").read_text("utf-8"), {"listen 80;": f"listen {port};"})
        with nginx(root, site, Listener(port=port)) as front:
            forged = ask(front, "/xmlrpc.php", "127.0.0.6", f"X-Forwarded-For: {LISTED}")
            listed, page = ask(front, "/xmlrpc.php", LISTED), ask(front, "/")
    assert [answer.split()[1] for answer in (forged, listed, page)] == [b"403", b"200", b"200"]


@lacks("nginx")
def test_the_curl_of_the_guide_finds_an_nginx_that_passes_on_the_clients_own_header(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "guides" / "behind-a-proxy.md").read_text("utf-8")
    (line,) = re.findall(r"(?m)^    (curl .* -H 'X-Forwarded-For: .*)$", page)
    written = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
    with started_as_the_guide_says("behind-a-proxy", tmp_path), reserved_ports(2) as ports:
        site = (tmp_path / "site/site.nginx").read_text("utf-8")
        sites = [site.replace("listen 80;", f"listen {port};") for port in ports]
        with (
            folder_of(account(USER)) as root,
            nginx(root, sites[0] + sites[1].replace(written, ""), Listener(port=ports[0])),
        ):
            statuses = [forge(line, port) for port in ports]
    assert statuses == ["403", "200"]


def forge(line: str, port: int) -> str:
    """Run the guide's line as a stranger on the site's own machine does, and give the status that it prints."""
    here = {"192.0.64.5": LISTED, "blog.example": f"127.0.0.1:{port}", "curl ": "curl --interface 127.0.0.2 "}
    return subprocess.run(["sh", "-c", changed(line, here)], check=True, capture_output=True, text=True).stdout.strip()


@lacks("nginx")
def test_with_all_lines_of_the_troubleshooting_none_of_its_messages_comes(php: int, tmp_path: Path) -> None:
    with (
        started_as_the_guide_says("troubleshooting", tmp_path, "xmlrpc-guard serve --config guard.toml", php),
        folder_of(account(USER)) as root,
        reserved_ports(1) as (port,),
    ):
        site = changed((tmp_path / "site/site.nginx").read_text("utf-8"), {"listen 80;": f"listen {port};"})
        with nginx(root, site, Listener(port=port)) as front:
            listed, stranger = ask(front, "/xmlrpc.php", LISTED), ask(front, "/xmlrpc.php", "127.0.0.6")
            pages = [ask(front, target) for target in ("/", "/caf%C3%A9/", f"/?{'x' * 9000}")]
            chunks = ask(
                front, "/", "", "Transfer-Encoding: chunked", "Connection: close", body=b"2\r\nab\r\n0\r\n\r\n"
            )
    assert [answer.split()[1] for answer in (stranger, listed, *pages, chunks)] == [b"403", *[b"200"] * 5]


def test_a_file_that_is_renamed_over_the_guides_list_is_followed(tmp_path: Path) -> None:
    command = f"XMLRPC_GUARD_EVERY=0.1 {blocks('allowlists', 'sh')[0].strip()}"
    with started_as_the_guide_says("allowlists", tmp_path, command) as at:
        assert ask(at, "/xmlrpc.php", LISTED).split()[1] == b"200"
        assert ask(at, "/xmlrpc.php", "127.0.0.6").split()[1] == b"403"
        replace_file(tmp_path / "site/office.txt", "127.0.0.6")
        wait_until(lambda: ask(at, "/xmlrpc.php", "127.0.0.6").split()[1] == b"200")


@pytest.mark.parametrize(("report_only", "status"), [("true", b"200"), ("false", b"403")])
def test_the_call_of_the_guide_is_logged_and_then_refused(
    report_only: str, status: bytes, php: int, tmp_path: Path
) -> None:
    command = f"XMLRPC_GUARD_REPORT_ONLY={report_only} xmlrpc-guard serve --config guard.toml"
    served = f"{command} --upstream http://127.0.0.1:8080 --listen 127.0.0.1:8000"
    with started_as_the_guide_says("methods", tmp_path, served, php) as at, at.connect() as connection:
        body = (EXAMPLES / "methods/call.xml").read_bytes()
        connection.sendall(get("/xmlrpc.php", f"Content-Length: {len(body)}", method="POST") + body)
        assert receive(connection).split()[1] == status
    log = (tmp_path / "log").read_text("utf-8")
    verb = "would refuse" if report_only == "true" else "refused"
    assert f"{verb} 127.0.0.1: a method that is called is not public (public_methods): 'pingback.ping'" in log


def test_pyramid_behind_a_proxy_lets_in_the_listed_alone(tmp_path: Path) -> None:
    with started_as_the_guide_says("pyramid", tmp_path, "PYTHONPATH=. pserve behind.ini") as at:
        office = "203.0.113.7"
        forged = ask(at, "/xmlrpc.php", "", f"X-Forwarded-For: {office}, 203.0.113.9")
        past_it = ask(at, "/xmlrpc.php", "127.0.0.6", f"X-Forwarded-For: {office}")
        listed = ask(at, "/xmlrpc.php", "", f"X-Forwarded-For: {office}")
    assert [answer.split()[1] for answer in (forged, past_it, listed)] == [b"403", b"403", b"404"]


@pytest.mark.parametrize(
    "front", [pytest.param("nginx", marks=lacks("nginx")), pytest.param("apache", marks=lacks("apache2"))]
)
def test_pyramid_behind_the_guides_proxy_lets_in_no_forger_and_logs_that_its_list_changed(
    front: str, tmp_path: Path
) -> None:
    with (
        started_as_the_guide_says("pyramid", tmp_path, "PYTHONPATH=. pserve behind.ini") as at,
        folder_of(account(USER)) as root,
        reserved_ports(1) as (port,),
    ):
        replace_file(tmp_path / "site/office.txt", LISTED)
        wait_until(lambda: "INFO" in (tmp_path / "log").read_text("utf-8") or not ask(at, "/xmlrpc.php"))
        written = (tmp_path / f"site/site.{front}").read_text("utf-8")
        site = changed(
            written,
            {"listen 80;": f"listen {port};", "<VirtualHost *:80>": f"Listen 127.0.0.1:{port}\n<VirtualHost *:{port}>"},
        )
        with FRONTS[front](root, site, through := Listener(port=port)):
            forged = ask(through, "/xmlrpc.php", "127.0.0.6", f"X-Forwarded-For: {LISTED}", "X-Forwarded-Proto: gopher")
            listed, page = ask(through, "/xmlrpc.php", LISTED), ask(through, "/")
    assert [answer.split()[1] for answer in (forged, listed, page)] == [b"403", b"404", b"200"]
    assert re.search(r"INFO allow: .*office.txt now has 1 entry", (tmp_path / "log").read_text("utf-8"))


def replace_file(file: Path, text: str) -> None:
    new = file.with_suffix(".new")
    new.write_text(f"{text}\n", "utf-8")
    new.rename(file)


@pytest.mark.parametrize("file", ["pyramid/test_site.py", "flask/test_blog.py"])
def test_the_tests_that_a_guide_shows_pass(file: str, tmp_path: Path) -> None:
    folder, name = file.split("/")
    shutil.copytree(EXAMPLES / folder, tmp_path, dirs_exist_ok=True)
    for settings in tmp_path.glob("*.toml"):
        settings.chmod(0o644)
    assert os.system(f"cd {tmp_path} && PYTHONPATH=. {sys.executable} -m pytest -q -n 0 {name} >log 2>&1") == 0


def test_the_configuration_for_mod_wsgi_is_that_of_the_stacks() -> None:
    """Which the lab runs, and changes as its table says."""
    stacks = (ROOT / "docs/reference/stacks.md").read_text("utf-8")
    assert f"```apache\n{(EXAMPLES / 'mod_wsgi/site.conf').read_text('utf-8')}```" in stacks
