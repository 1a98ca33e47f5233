"""Downloads: what is returned whole, and in how many ways a server can fail to send it."""

import gzip
import socket
import ssl
import threading
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from tests.updates.mirrors import Authority, Mirror, dripping, page, raw, redirect, silence
from tests.waiting import PATIENCE
from xmlrpc_guard.updates.download import DownloadError, download, strip_secrets

LIST = b"192.0.64.0/18\n195.234.108.0/22\n"
LARGEST = 1000  # bytes, in these tests
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HEAD_OF_2_GB = b"HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n"


def get(mirror: Mirror, authority: Authority, path: str = "/list", **limits: Any) -> bytes:
    return download(mirror.url(path), ca_file=str(authority.path), **{"largest": LARGEST, "seconds": 20, **limits})


def problem(mirror: Mirror, authority: Authority, path: str = "/list", **limits: Any) -> str:
    with pytest.raises(DownloadError) as caught:
        get(mirror, authority, path, **limits)
    assert str(caught.value) == f"{mirror.url(path)}: {caught.value.problem}"
    return caught.value.problem


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(page(LIST), id="a body with its length"),
        pytest.param(
            raw(CHUNKED, b"10\r\n", LIST[:16], b"\r\nf\r\n", LIST[16:], b"\r\n0\r\n\r\n"), id="a body in chunks"
        ),
        pytest.param(
            raw(*(bytes([byte]) for byte in b"HTTP/1.1 200\r\nContent-Length: 31\r\n\r\n" + LIST)),
            id="a body that comes byte by byte",
        ),
        pytest.param(page(LIST, "Content-Encoding: identity"), id="a content coding that changes nothing"),
        pytest.param(
            page(LIST, "Content-Encoding: Identity \t"), id="a content coding in other letters and with blanks after it"
        ),
        pytest.param(page(LIST + b"more", length=len(LIST)), id="bytes after the body are not read"),
        pytest.param(page(LIST, "Content-Type: text/html"), id="a type that is not JSON"),
    ],
)
def test_a_list_is_returned_whole(answer: Any, mirror: Mirror, authority: Authority) -> None:
    mirror.serve(answer)
    assert get(mirror, authority) == LIST


def test_a_list_may_be_empty_and_as_large_as_is_allowed(mirror: Mirror, authority: Authority) -> None:
    mirror.serve(page(b""))
    assert get(mirror, authority) == b""
    mirror.serve(page(b"1" * LARGEST))
    assert get(mirror, authority) == b"1" * LARGEST


def test_the_request_is_plain(mirror: Mirror, authority: Authority) -> None:
    mirror.serve(page(LIST))
    get(mirror, authority)
    line, *fields = mirror.requests[0].decode().strip().split("\r\n")
    assert line == "GET /list HTTP/1.1"
    host = mirror.url("").removeprefix("https://")
    expected = ["Accept-Encoding: identity", "Connection: close", f"Host: {host}", "User-Agent: xmlrpc-guard"]
    assert sorted(fields) == expected


BROKEN = [
    pytest.param(page(status="500 Internal Server Error"), "answered 500 (Internal Server Error)", id="500"),
    pytest.param(page(LIST, status="404 Not Found"), "answered 404 (Not Found)", id="404 with a body"),
    pytest.param(page(LIST, status="206 Partial Content"), "answered 206", id="206, a part of the list"),
    pytest.param(
        page(LIST, status="304 Not Modified"),
        "answered 304 (Not Modified)",
        id="304, though the request was unconditional",
    ),
    pytest.param(page(LIST, status="302 Found"), "answered 302 (Found)", id="a redirect to nowhere"),
    pytest.param(
        page(gzip.compress(LIST), "Content-Encoding: gzip"),
        "is compressed ('gzip'), which was not requested",
        id="gzip, which may expand beyond any limit",
    ),
    pytest.param(page(LIST, length=40), "broke off 9 bytes before its end", id="a body cut short"),
    pytest.param(page(b"", length=40), "broke off 40 bytes before its end", id="a body that never begins"),
    pytest.param(
        raw(CHUNKED, b"20\r\n", LIST[:16]),
        "broke off, or does not speak HTTP (IncompleteRead(",
        id="a chunk cut",
    ),
    pytest.param(
        raw(CHUNKED, b"10\r\n", LIST[:16], b"\r\n"),
        "broke off, or does not speak HTTP (IncompleteRead(",
        id="a last chunk that never comes",
    ),
    pytest.param(
        raw(b"HTTP/1.1 200 OK\r\n\r\n" + LIST),
        "does not say how long its answer is, so one that breaks off would look whole",
        id="no length at all",
    ),
    pytest.param(
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + LIST),
        "does not say how long its answer is, so one that breaks off would look whole",
        id="a length below zero",
    ),
    pytest.param(page(b"1" * (LARGEST + 1)), "is larger than 1000 bytes", id="one byte too many"),
    pytest.param(
        raw(HEAD_OF_2_GB, *repeat(bytes(1 << 16), 1 << 15)),
        "is larger than 1000 bytes",
        id="an announced length of 2 GB",
    ),
    pytest.param(raw(CHUNKED, *repeat(b"3\r\n1.1\r\n", 4000)), "is larger than 1000 bytes", id="chunks without end"),
    pytest.param(
        raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
        "broke off, or does not speak HTTP (BadStatusLine('SSH-2.0-OpenSSH_9.2\\r\\n'))",
        id="an answer in another protocol's form",
    ),
    pytest.param(
        raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000 + b"\r\n\r\n"),
        "broke off, or does not speak HTTP (LineTooLong('got more than 65536 bytes when reading header line'))",
        id="a head without end",
    ),
    pytest.param(
        raw(),
        "broke off, or does not speak HTTP (RemoteDisconnected('Remote end closed connection without response'))",
        id="a connection that closes at once",
    ),
]


@pytest.mark.parametrize(("answer", "message"), BROKEN)
def test_an_answer_that_is_not_whole(answer: Any, message: str, mirror: Mirror, authority: Authority) -> None:
    mirror.serve(answer)
    assert problem(mirror, authority).startswith(message)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(silence, id="a server that sends nothing"),
        pytest.param(dripping(b""), id="a byte of the head now and then"),
        pytest.param(dripping(HEAD_OF_2_GB), id="a byte of the body now and then, each well within a socket's timeout"),
    ],
)
def test_the_time_is_for_all_of_it(answer: Any, mirror: Mirror, authority: Authority) -> None:
    mirror.serve(answer)
    assert problem(mirror, authority, seconds=0.3) == "did not answer in full within 0.3 seconds"


def test_a_server_that_does_not_even_speak_tls_is_given_up(authority: Authority) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as mute,
        pytest.raises(DownloadError, match=r"did not answer in full within 0\.3 seconds"),
    ):
        download(f"https://127.0.0.1:{mute.getsockname()[1]}/", ca_file=str(authority.path), seconds=0.3)


def test_a_thread_that_was_given_up_ends_by_itself(authority: Authority) -> None:
    there = {*threading.enumerate()}
    with socket.create_server(("127.0.0.1", 0)) as mute:
        with pytest.raises(DownloadError):
            download(f"https://127.0.0.1:{mute.getsockname()[1]}/", ca_file=str(authority.path), seconds=0.1)
        for given_up in {*threading.enumerate()} - there:
            given_up.join(PATIENCE)
            assert not given_up.is_alive()


def test_redirects_within_https_are_followed(mirror: Mirror, authority: Authority) -> None:
    mirror.serve(redirect("/2"))
    mirror.serve(redirect(mirror.url("/3")), "/2")
    mirror.serve(page(LIST), "/3")
    assert get(mirror, authority) == LIST


@pytest.mark.parametrize(
    ("location", "message"),
    [
        pytest.param("/list", "redirect error that would lead to an infinite loop", id="a redirect to itself"),
        pytest.param("http://127.0.0.1/list", "which is not an https:// address", id="a redirect to http"),
        pytest.param(
            "//user:secret@127.0.0.1/list",
            "which has a user's name in it",
            id="a redirect to an address with a user's name",
        ),
        pytest.param(
            "https://[::1/", "cannot be downloaded: Invalid IPv6 URL", id="a redirect to text that is not an address"
        ),
        pytest.param(
            "http://127.0.0.1/list?key=secret",
            "'http://127.0.0.1/list', which is not",
            id="a redirect to an address with a key, which is not shown",
        ),
        pytest.param(
            "gopher://a/?key=secret",
            "Redirection to url 'gopher://a/ is not allowed",
            id="a redirect to a scheme that Python refuses",
        ),
        pytest.param("ftp://127.0.0.1/list", "which is not an https:// address", id="a redirect to ftp"),
        pytest.param(
            "file:///etc/passwd", "Redirection to url 'file:///etc/passwd' is not allowed", id="a redirect to a file"
        ),
        pytest.param(
            "data:,192.0.64.0/18", "Redirection to url 'data:,192.0.64.0/18' is not allowed", id="a redirect to data"
        ),
    ],
)
def test_redirects_elsewhere_are_not_followed(
    location: str, message: str, mirror: Mirror, authority: Authority
) -> None:
    mirror.serve(redirect(location))
    assert message in problem(mirror, authority)


def test_a_chain_of_redirects_ends(mirror: Mirror, authority: Authority) -> None:
    for number in range(20):
        mirror.serve(redirect(f"/{number + 1}"), f"/{number}")
    assert "infinite loop" in problem(mirror, authority, "/0")
    assert len(mirror.requests) == 11


def test_the_body_of_a_redirect_is_not_read(mirror: Mirror, authority: Authority) -> None:
    mirror.serve(dripping(b"HTTP/1.1 302 Found\r\nLocation: /2\r\nContent-Length: 2147483648\r\n\r\n"))
    mirror.serve(page(LIST), "/2")
    assert get(mirror, authority) == LIST


ADDRESSES = [
    pytest.param("http://jetpack.com/ips-v4.txt", "is not an https:// address", id="an http:// address"),
    pytest.param("file:///etc/passwd", "is not an https:// address", id="a file:// address"),
    pytest.param("jetpack", "is not an https:// address", id="a name without a scheme"),
    pytest.param("", "is not an https:// address", id="no text"),
    pytest.param(
        "https://",
        "is not an address; write one such as https://jetpack.com/ips-v4.txt",
        id="an address without a host",
    ),
    pytest.param(
        "https://a b/",
        "is not an address; write one such as https://jetpack.com/ips-v4.txt",
        id="an address with a space",
    ),
    pytest.param(
        "https://caf\xe9/",
        "is not an address; write one such as https://jetpack.com/ips-v4.txt",
        id="an address beyond ASCII",
    ),
    pytest.param(
        "https://a/\x7f",
        "is not an address; write one such as https://jetpack.com/ips-v4.txt",
        id="an address with a control character",
    ),
    pytest.param(
        "https://[::1",
        "is not an address; write one such as https://jetpack.com/ips-v4.txt",
        id="a bracket that stays open",
    ),
    pytest.param(
        "https://a:99999/",
        "is not an address; write one such as https://jetpack.com/ips-v4.txt",
        id="a port beyond the last",
    ),
    pytest.param(
        "https://me:secret@a/",
        "has a user's name in it, which would be written into the list; leave it out",
        id="an address with a password",
    ),
]


@pytest.mark.parametrize(("url", "message"), ADDRESSES)
def test_an_address_that_no_request_goes_to(url: str, message: str) -> None:
    with pytest.raises(DownloadError) as caught:
        download(url)
    assert caught.value.problem == message


@pytest.mark.parametrize(
    ("url", "written"),
    [
        pytest.param("https://me:secret@a:8443/list", "https://a:8443/list", id="a user's password"),
        pytest.param("https://me:at@secret@a/list", "https://a/list", id="a password with an at sign"),
        pytest.param("https://me:sec/ret@a/list", "https:...", id="a password with a slash, which makes it no address"),
        pytest.param("https://me:sec?ret@a/list", "https:...", id="a password with a question mark"),
        pytest.param("https://a/list?key=secret", "https://a/list", id="a key in the query"),
        pytest.param("https://a/list#secret", "https://a/list", id="a fragment"),
        pytest.param("jetpack", "jetpack", id="a name without a scheme"),
        pytest.param("https://[::1/secret", "https:...", id="text that is not an address"),
    ],
)
def test_what_may_be_secret_is_not_shown(url: str, written: str) -> None:
    assert strip_secrets(url) == written
    with pytest.raises(DownloadError) as caught:
        download(url, ca_file="/dev/null")
    assert str(caught.value).startswith(f"{written}: ")
    assert "sec" not in str(caught.value)


def test_the_system_does_not_know_the_authority(mirror: Mirror) -> None:
    with pytest.raises(
        DownloadError, match="certificate that cannot be trusted: unable to get local issuer certificate"
    ):
        download(mirror.url("/list"))
    assert mirror.requests == []


def test_a_certificate_for_another_host(authority: Authority) -> None:
    with Mirror(authority.context("jetpack.com")) as mirror:
        assert problem(mirror, authority).startswith("has a certificate that cannot be trusted: IP address mismatch")
        assert mirror.requests == []


def test_a_certificate_that_signs_itself(authority: Authority, tmp_path: Path) -> None:
    # An authority's own certificate, used as a server's.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chain = tmp_path / "chain.pem"
    stranger = type(authority.signer)()
    stranger.cert_pem.write_to_path(str(chain))
    stranger.private_key_pem.write_to_path(str(chain), append=True)
    context.load_cert_chain(chain)
    with Mirror(context) as mirror:
        assert problem(mirror, authority).startswith(
            "has a certificate that cannot be trusted: self-signed certificate"
        )


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_a_server_that_speaks_an_old_tls_is_refused(authority: Authority) -> None:
    context = authority.context("127.0.0.1")
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with Mirror(context) as mirror:
        assert problem(mirror, authority).startswith("cannot be downloaded: ")
        assert mirror.requests == []


@pytest.mark.parametrize("content", [b"", b"nothing", None], ids=["no bytes", "a file of plain text", "no file"])
def test_a_file_without_authorities(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DownloadError, match=r"cannot be downloaded: '.*ca.pem' has no authorities in it"):
        download("https://127.0.0.1:1/", ca_file=str(path))


def test_a_port_where_no_server_listens() -> None:
    with pytest.raises(DownloadError, match=r"cannot be downloaded: .*Connection refused"):
        download("https://127.0.0.1:1/")


def test_no_proxy_is_taken_from_the_environment_nor_are_keys_written(
    mirror: Mirror, authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    mirror.serve(page(LIST))
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        assert get(mirror, authority) == LIST
        proxy.settimeout(0)
        with pytest.raises(BlockingIOError):
            proxy.accept()
    assert not (tmp_path / "keys").exists()


def test_openssls_own_variable_names_the_authorities(
    mirror: Mirror, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    mirror.serve(page(LIST))
    assert download(mirror.url("/list")) == LIST
