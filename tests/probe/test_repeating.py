"""The line that repeats a request: a shell runs it, and the site gets the same request again."""

import shlex
import shutil
import socket
import subprocess
import sys
from dataclasses import replace

import pytest
import trustme

from tests.probe.scripted import Scripted, answer, serving_tls
from xmlrpc_guard.corpus import Attempt
from xmlrpc_guard.probe.planning import plan
from xmlrpc_guard.probe.repeating import write_line
from xmlrpc_guard.probe.sending import SiteServer, find_servers
from xmlrpc_guard.probe.site import Site, parse_site

# For who has no nc: it does what the line needs of one.
NC = """#!/bin/sh
exec {python} -c 'import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as connection:
    connection.sendall(sys.stdin.buffer.read())
    while connection.recv(65536): pass' "$@"
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("programs")
    (folder / "nc").write_text(NC.format(python=shlex.quote(sys.executable)))
    (folder / "nc").chmod(0o755)
    return str(folder)


def essence(request: bytes) -> tuple[bytes, bytes, set[bytes]]:
    """Give what counts of a request: its line, its body, and the fields, but for those that curl does not write so."""
    head, _, body = request.partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    own = (b"accept-encoding", b"connection", b"content-length")
    return line, body, {field for field in fields if not field.lower().startswith(own)}


SOME = [*plan("/xmlrpc.php", "blog.example")][::12]


@pytest.mark.skipif(not shutil.which("curl"), reason="not installed: curl")
def test_the_lines_send_what_was_sent(programs: str) -> None:
    with Scripted(lambda _: answer(200)) as site:
        server = SiteServer(
            Site("http", "blog.example", site.port), "127.0.0.1", fields={"X-Forwarded-For": "198.51.100.7"}
        )
        for attempt in SOME:
            server.ask(attempt)
            line = write_line(attempt, server)
            subprocess.run(
                ["sh", "-c", f"PATH={shlex.quote(programs)}:$PATH; {line}"], check=True, capture_output=True, timeout=60
            )
            sent, repeated = map(essence, site.requests[-2:])
            assert repeated == sent, line
    assert len(SOME) > 20


@pytest.mark.skipif(not shutil.which("curl") or not shutil.which("openssl"), reason="not installed: curl, openssl")
def test_the_lines_for_tls_send_what_was_sent() -> None:
    authority = trustme.CA()
    with authority.cert_pem.tempfile() as ca_file, serving_tls(authority, "localhost") as site:
        (server, *_) = find_servers(parse_site(f"https://localhost:{site.port}/"), ca_file=ca_file)
        server = replace(server, address="127.0.0.1", family=socket.AF_INET)
        for target in ("/xmlrpc.php", "/xml\trpc.php", "x:/?/xmlrpc.php"):
            attempt = Attempt("", "", target, "POST")
            server.ask(attempt)
            line = write_line(attempt, server, ca_file)
            # The site hangs up without a word, of which openssl complains.
            subprocess.run(["sh", "-c", line], check=False, capture_output=True, timeout=60)
            sent, repeated = map(essence, site.requests[-2:])
            assert repeated == sent, line


def test_a_line_for_tls_goes_to_the_same_address_and_names_the_host() -> None:
    server = SiteServer(parse_site("https://blog.example:8443/"), "2001:db8::1")
    plain, odd = (
        write_line(Attempt("", "", target), server, "my ca.pem") for target in ("/xmlrpc.php", "/xml\trpc.php")
    )
    assert plain == (
        "curl -gsi -A guard-probe --path-as-is --http1.1 --resolve blog.example:8443:[2001:db8::1] "
        "--cacert 'my ca.pem' 'https://blog.example:8443/xmlrpc.php'"
    )
    assert odd.startswith("printf 'GET /xml\\trpc.php HTTP/1.1\\r\\nHost: blog.example:8443\\r\\n")
    assert odd.endswith(
        "' | openssl s_client -quiet -CAfile 'my ca.pem' -connect [2001:db8::1]:8443 -servername blog.example"
    )
    assert " -CAfile" not in write_line(Attempt("", "", "\xff'%\\"), server)


@pytest.mark.parametrize(
    ("method", "words"),
    [
        pytest.param("HEAD", " -I ", id="HEAD"),
        pytest.param("FOO", " -X FOO ", id="a method of no standard"),
        pytest.param("M;x", " -X 'M;x' ", id="what a shell would read otherwise"),
    ],
)
def test_other_methods(method: str, words: str) -> None:
    line = write_line(Attempt("", "", "/xmlrpc.php", method), SiteServer(parse_site("http://127.0.0.1/"), "127.0.0.1"))
    assert words in line
