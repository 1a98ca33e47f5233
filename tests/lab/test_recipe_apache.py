"""The recipe for Apache that keeps TLS, in recipes.md: as the page has it, in other folders and on other ports."""

import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import trustme

from tests.frontends import Listener, free_port, get, serving
from tests.http2 import OverTLS
from tests.lab.recipes import read_example, section
from tests.real.configuration import USER
from tests.real.fronts import apache, status
from tests.real.guards import LISTED, STRANGER
from tests.real.processes import account, folder_of
from tests.real.programs import lacks
from tests.upstreams import OK, Talk, Upstream

pytestmark = lacks("apache2", "libapache2-mod-wsgi-py3")

GUARDED = "/xmlrpc.php"
HANGS_UP = OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n", 1)
APACHE = read_example("recipes/site.apache")
(SERVE,) = re.findall(r"^    xmlrpc-guard (serve .*)$", section("Apache keeps TLS"), re.MULTILINE)
ROWS = re.findall(r"^\| (with(?:out)?) `(.*?)` \| (.*?) \|", section("Apache keeps TLS"), re.MULTILINE)
LET_IN = {"none": set(), "the listed only": {"the listed"}, "forgers only": {"forgers"}}
MODULES = "/usr/lib/apache2/modules"


@contextmanager
def behind_apache(configuration: str, command: str) -> Iterator[tuple[Listener, Upstream]]:
    """Run Apache, the guard and what stands for PHP; give where Apache listens."""
    front, guard = Listener(port=free_port()), Listener(port=free_port())
    with folder_of(account(USER)) as root, Upstream(Talk(answers=(HANGS_UP,))) as upstream, ExitStack() as running:
        trustme.CA().issue_cert("blog.example").private_key_and_cert_chain_pem.write_to_path(root / "cert.pem")
        own, _, _ = configuration.partition("<VirtualHost 127.0.0.1:8080>")
        for there, here in {
            "<VirtualHost *:443>": f"Listen 127.0.0.1:{front.port}\n<VirtualHost 127.0.0.1:{front.port}>",
            "/etc/ssl/blog.example.pem": f"{root}/cert.pem",
            "127.0.0.1:8000": f"127.0.0.1:{guard.port}",
        }.items():
            own = own.replace(there, here)
        words = command.replace("127.0.0.1:8000", f"127.0.0.1:{guard.port}").replace("jetpack", LISTED).split()
        words = [upstream.url if word == "http://127.0.0.1:8080" else word for word in words]
        running.enter_context(serving((sys.executable, "-m", "xmlrpc_guard", *words), guard, root / "guard.out"))
        running.enter_context(apache(root, f"LoadModule ssl_module {MODULES}/mod_ssl.so\n{own}", front))
        yield OverTLS(port=front.port), upstream


def let_in(at: Listener) -> set[str]:
    claims = [["X-Forwarded-For: {}"], ["X_Forwarded_For: {}"], ["X-Real-IP: {}"]]
    forged = [get(GUARDED, *(line.format(LISTED) for line in lines)) for lines in claims]
    asked = {
        "forgers": [status(at, STRANGER, request) for request in [get(GUARDED), *forged]],
        "the listed": [status(at, LISTED, get(GUARDED))],
    }
    return {who for who, statuses in asked.items() if 200 in statuses}


def test_apache_lets_the_listed_in_and_php_hears_the_public_address() -> None:
    with behind_apache(APACHE, SERVE) as (at, upstream):
        assert let_in(at) == {"the listed"}
        forged = ("X-Forwarded-Proto: http", "X-Forwarded-Host: evil.example", "X-Forwarded-Port: 77")
        request = get("/a%2fb?c", *forged).replace(b"Host: localhost", b"Host: blog.example")
        assert status(at, STRANGER, request) == 200
    target, *lines = upstream.requests[-1].decode().splitlines()
    fields = dict(line.split(": ", 1) for line in lines if line)
    assert target == "GET /a%2fb?c HTTP/1.1"
    assert [fields[name] for name in ("Host", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port")] == [
        "blog.example",
        "https",
        "blog.example",
        "443",
    ]
    assert fields["X-Forwarded-For"] == f"{STRANGER}, 127.0.0.1"


@pytest.mark.parametrize(("word", "text", "verdict"), ROWS, ids=[f"{word} {text}" for word, text, _ in ROWS])
def test_what_the_lines_are_for(word: str, text: str, verdict: str) -> None:
    configuration, command = APACHE, SERVE
    if word == "with":
        configuration = configuration.replace("    SSLEngine on\n", f"    SSLEngine on\n    {text}\n")
    else:
        configuration, command = configuration.replace(text, ""), command.replace(text, "")
    with behind_apache(configuration, command) as (at, _):
        assert let_in(at) == LET_IN[verdict]
