"""What a site that means harm can make a probe do: nothing without end, nothing elsewhere, and one line at most."""

import gzip
import socket
import struct
import time
from contextlib import suppress
from typing import Any

import pytest
import trustme

from tests.probe.scripted import PAGE, Scripted, answer, guarded, serving_tls, target_of
from xmlrpc_guard.cli import run
from xmlrpc_guard.cli.probe import probe as command
from xmlrpc_guard.corpus import Attempt
from xmlrpc_guard.probe import sending
from xmlrpc_guard.probe.answers import LARGEST_ANSWER, parse_answer
from xmlrpc_guard.probe.finding import find_endpoint
from xmlrpc_guard.probe.proof import find_own
from xmlrpc_guard.probe.running import MOST_LATE, Pace, prepare_probe, run_probe
from xmlrpc_guard.probe.sending import MOST_ADDRESSES, SilenceError, SiteServer, find_servers, is_loopback
from xmlrpc_guard.probe.site import parse_site
from xmlrpc_guard.probe.verdicts import KnownSite, Verdict, judge_answer

Capture = pytest.CaptureFixture[str]
SHORT = 0.2  # seconds that a request may take here
OK = b"HTTP/1.1 200 OK\r\n"


def endless(piece: bytes, begin: bytes = b"", pause: float = 0) -> Any:
    """Write the same piece again and again, until the other side has gone."""

    def script(_request: bytes, connection: socket.socket) -> None:
        with suppress(OSError):
            connection.sendall(begin)
            while True:
                connection.sendall(piece)
                time.sleep(pause)

    return script


def hang(_request: bytes, connection: socket.socket) -> None:
    """Say nothing, until the other side has gone."""
    with suppress(OSError):
        connection.recv(1)


def reset(_request: bytes, connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.fixture(autouse=True)
def _a_short_time(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = find_servers.__kwdefaults__
    assert defaults
    monkeypatch.setitem(defaults, "seconds", SHORT)


SILENT: list[Any] = [
    pytest.param(hang, "no answer in time", id="it takes the request and says nothing"),
    pytest.param(lambda _: None, "the connection was closed without an answer", id="it hangs up"),
    pytest.param(reset, "the connection was closed without an answer", id="it resets the connection"),
]


@pytest.mark.parametrize(("script", "problem"), SILENT)
def test_a_site_that_says_nothing_is_one_line(script: Any, problem: str, capsys: Capture) -> None:
    with Scripted(script) as site:
        assert run(["probe", site.url]) == 2
    assert capsys.readouterr() == ("", f"xmlrpc-guard: {site.url[:-1]}: {problem}\n")


ENDLESS: list[Any] = [
    pytest.param(endless(b"x" * 65536, OK + b"\r\n"), id="a body without end"),
    pytest.param(endless(b"A: b\r\n", OK), id="a head without end"),
    pytest.param(endless(b"x" * 65536, OK + b"A: "), id="a field without end"),
    pytest.param(endless(b"HTTP/1.1 100 Continue\r\n\r\n"), id="interim answers without end"),
    pytest.param(endless(b"5\r\nhello\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n"), id="chunks without end"),
    pytest.param(endless(b"9" * 65536, OK + b"Transfer-Encoding: chunked\r\n\r\n"), id="a chunk's length without end"),
    pytest.param(endless(b"x", OK + b"\r\n", pause=0.01), id="a body that drips"),
    pytest.param(endless(b"x", OK, pause=0.01), id="a head that drips"),
    pytest.param(endless(b"x" * 100, b"", pause=0.01), id="no HTTP, and no end"),
]


@pytest.mark.parametrize("script", ENDLESS)
def test_an_answer_without_end_is_cut_in_size_and_in_time(script: Any) -> None:
    with Scripted(script) as site:
        received = site.server(SHORT).exchange(b"GET / HTTP/1.1\r\n\r\n")
    assert 0 < len(received) <= LARGEST_ANSWER


@pytest.mark.parametrize("script", ENDLESS[3::3])
def test_a_site_whose_answers_do_not_end_ends_the_probe(script: Any, capsys: Capture) -> None:
    with Scripted(script) as site:
        assert run(["probe", "--rate", "1000", site.url]) == 2
        assert len(site.requests) <= 2 * MOST_LATE
    shown, problems = capsys.readouterr()
    assert not problems or problems.count("\n") == 1
    assert "\x1b" not in shown + problems


def test_answers_that_are_cut_by_their_size_let_the_probe_go_on() -> None:
    with Scripted(ENDLESS[0].values[0]) as site:
        result = run_probe(prepare_probe(site.server(), Pace(1000)))
    assert (result.stopped, len(result.outcomes)) == ("", result.planned)


def test_a_site_that_answers_its_page_and_lets_all_others_wait_ends_the_probe_soon() -> None:
    def script(request: bytes, connection: socket.socket) -> bytes | None:
        if target_of(request) == b"/" or (b".php" in target_of(request)[-4:] and b"rpc" not in target_of(request)):
            return guarded(request)
        endless(b"x", OK + b"\r\n", pause=0.01)(request, connection)
        return None

    with Scripted(script) as site:
        result = run_probe(prepare_probe(site.server(SHORT), Pace(1000)))
    assert result.stopped == f"{MOST_LATE} requests were not answered in full within {SHORT} seconds"
    assert len(result.outcomes) == MOST_LATE


def test_a_compressed_bomb_is_no_larger_than_any_answer() -> None:
    bomb = gzip.compress(bytes(200 * LARGEST_ANSWER))
    with Scripted(lambda _: answer(200, bomb, "Content-Encoding: gzip")) as site:
        assert len(site.server().ask(Attempt("", "", "/")).body) == LARGEST_ANSWER
        assert run(["probe", "--rate", "1000", site.url]) == 2  # nothing tells the script from a page


BOMBS: list[Any] = [
    pytest.param(OK + b"\r\n" + b"<title" * 30_000, id="titles that do not end"),
    pytest.param(OK + b"\r\n" + b"<link rel=EditURI " * 8_000, id="links that do not end"),
    pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 30_000, id="chunks of a byte"),
    pytest.param(b"HTTP/1.1 100 X\r\n\r\n" * 8_000, id="interim answers"),
    pytest.param(OK + b"a:\r\n" * 30_000, id="fields"),
    pytest.param(OK + b"\r\n" + b" " * LARGEST_ANSWER, id="blanks"),
]


@pytest.mark.parametrize("sent", BOMBS)
def test_an_answer_of_all_that_it_may_have_is_read_at_once(sent: bytes) -> None:
    """Titles took a second and a half each once, in time that grows with their square."""
    for _ in range(30):
        page = parse_answer(sent[:LARGEST_ANSWER])
        assert isinstance(judge_answer(page, KnownSite((page,), b"", page)), Verdict)
        assert find_endpoint(parse_site("http://a/"), page, None).path == "/xmlrpc.php"


def test_of_a_name_with_many_addresses_a_few_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (f"192.0.2.{number}", 80)) for number in range(200)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    assert len(find_servers(parse_site("http://blog.example/"))) == MOST_ADDRESSES


def test_no_redirect_is_followed_and_no_other_host_is_asked() -> None:
    with Scripted(lambda _: answer(200, PAGE)) as other:
        named = (
            f'<link rel="EditURI" href="{other.url}xmlrpc.php"><meta http-equiv=refresh content="0;url={other.url}">'
        )

        def script(request: bytes) -> bytes:
            if target_of(request) == b"/":
                return answer(200, named.encode(), f"X-Pingback: {other.url}xmlrpc.php", f"Refresh: 0;url={other.url}")
            return answer(302, b"", f"Location: {other.url}", f"Alt-Svc: h3={other.url}", "Set-Cookie: a=b")

        with Scripted(script) as site:
            assert run(["probe", "--rate", "1000", site.url]) == 2  # what does not exist redirects, too
            assert not [request for request in site.requests if b"ookie" in request]
            assert {b"Host: 127.0.0.1:%d\r\n" % site.port in request for request in site.requests} == {True}
        assert other.requests == []


def test_nothing_that_a_site_sends_drives_the_terminal(capsys: Capture) -> None:
    escape = "\x1b]0;owned\x07\x9b31m"

    def script(request: bytes) -> bytes:
        link = f'<title>{escape}</title><link rel="EditURI" href="http://a/{escape}">'.encode("latin-1")
        if target_of(request) == b"/":
            return answer(200, link, f"X-Pingback: {escape}")
        return answer(200, b"<?php " + escape.encode("latin-1"), f"{escape}: {escape}")

    with Scripted(script) as site:
        assert run(["probe", "--rate", "1000", site.url]) == 1
    shown = "".join(capsys.readouterr())
    assert shown.isascii()
    assert shown.replace("\n", "").isprintable()


def test_the_name_is_looked_up_once_and_the_address_that_answered_is_the_one_that_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    with Scripted(guarded) as site:
        rows = [
            (socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, site.port)) for address in ("127.0.0.2", "127.0.0.1")
        ]

        def look_up(host: str, *_: object, **__: object) -> object:
            asked.append(host)
            return rows[:: 1 if len(asked) == 1 else -1]  # another answer, were it asked again

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        server = find_own(find_servers(parse_site(f"http://blog.example:{site.port}/")), "")
        result = run_probe(prepare_probe(server, Pace(1000)))
    assert asked == ["blog.example"]
    assert (result.address, result.stopped) == ("127.0.0.1", "")


def test_none_of_the_addresses_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "is_loopback", lambda _: False)
    servers = [
        SiteServer(parse_site("http://127.0.0.1:1/"), address, seconds=SHORT) for address in ("127.0.0.1", "127.0.0.2")
    ]
    with pytest.raises(SilenceError) as raised:
        find_own(servers, "token")
    assert str(raised.value) == "127.0.0.1: the connection was refused; 127.0.0.2: the connection was refused"


ADDRESSES: list[Any] = [
    pytest.param("127.0.0.1", True, id="IPv4"),
    pytest.param("::1", True, id="IPv6"),
    pytest.param("::ffff:127.0.0.1", True, id="IPv4 as IPv6"),
    pytest.param("192.0.2.1", False, id="another's"),
    pytest.param("fe80::1%lo", False, id="a link's own"),
    pytest.param("0.0.0.0", False, id="no address"),
]


@pytest.mark.parametrize(("address", "own"), ADDRESSES)
def test_which_addresses_need_no_proof(address: str, own: bool) -> None:
    assert is_loopback(address) is own


def test_an_ipv6_site_is_asked() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with Scripted(guarded, "::1") as site:
        assert run(["probe", "--rate", "1000", site.url]) == 0


def test_an_address_that_cannot_be_reached_is_a_silence() -> None:
    with pytest.raises(SilenceError, match="it cannot be reached: "):
        SiteServer(parse_site("http://127.0.0.1:9/"), "255.255.255.255").find_own_address()


def test_a_time_that_is_over_before_it_begins_is_a_silence() -> None:
    with pytest.raises(SilenceError, match="no answer in time"):
        SiteServer(parse_site("http://127.0.0.1:1/"), "127.0.0.1", seconds=0).find_own_address()


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


TLS: list[Any] = [
    pytest.param("localhost", True, "", id="a certificate that is trusted"),
    pytest.param("localhost", False, "its certificate cannot be trusted: ", id="an unknown authority"),
    pytest.param("other.example", True, "its certificate cannot be trusted: Hostname mismatch", id="another name"),
]


@pytest.mark.parametrize(("name", "trusted", "problem"), TLS)
def test_a_site_over_tls(name: str, trusted: bool, problem: str, authority: trustme.CA, capsys: Capture) -> None:
    with authority.cert_pem.tempfile() as file:
        _ask_over_tls(name, ["--ca-file", file] if trusted else [], problem, authority, capsys)


def _ask_over_tls(name: str, flags: list[str], problem: str, authority: trustme.CA, capsys: Capture) -> None:
    with serving_tls(authority, name) as site:
        status = run(["probe", "--rate", "1000", *flags, f"https://localhost:{site.port}/"])
    problems = capsys.readouterr().err
    assert (status, problems.count("\n")) == ((2, 1) if problem else (0, 0))
    assert problem in problems


def test_a_server_that_does_not_speak_tls_is_one_line(capsys: Capture) -> None:
    class Plain(Scripted):
        def _serve(self, connection: socket.socket) -> None:
            with connection:
                connection.sendall(answer(400))
                hang(b"", connection)

    with Plain(guarded) as site:
        assert run(["probe", f"https://localhost:{site.port}/"]) == 2
    problems = capsys.readouterr().err
    assert problems.count("\n") == 1
    assert "TLS failed: " in problems


def test_a_handshake_that_does_not_end_is_cut_in_time(capsys: Capture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert run(["probe", f"https://localhost:{silent.getsockname()[1]}/"]) == 2
    assert "no answer in time" in capsys.readouterr().err


def test_the_command_has_a_help() -> None:
    assert command.help
    assert "serve a" in command.help
