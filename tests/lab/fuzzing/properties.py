"""What any bytes must keep, one function for each thing that is read; ``TARGETS`` names them.

Each takes bytes, and fails by an exception. Where there is an outside oracle (ipaddress, http.client, expat), what is
accepted is held to it; elsewhere two ways that must agree are, or a text and the same text with something added.
"""

import ipaddress
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, unquote
from wsgiref.types import StartResponse, WSGIEnvironment
from xml.parsers.expat import ExpatError
from xmlrpc.client import ProtocolError, ResponseError, loads

from tests.audit.test_quick import OPEN, POLICY, quick_tally, slow_tally
from xmlrpc_guard import ConfigurationError, Networks, Policy, Request, XMLRPCGuard
from xmlrpc_guard.entries import read_entry
from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.listfile import read_list, read_networks
from xmlrpc_guard.methods import UnreadableBodyError, read_methods
from xmlrpc_guard.proxy.answer import UpstreamAnswer
from xmlrpc_guard.proxy.readbuffer import ReadBuffer
from xmlrpc_guard.settings.configuration import read_configuration
from xmlrpc_guard.settings.given import give_config
from xmlrpc_guard.target import Scripts

SCRIPTS = Scripts(["xmlrpc.php"])
ALLOWED, STRANGER, PROXY = "192.0.64.9", "203.0.113.9", "10.0.0.5"
GUARDED = Policy(allow=[ALLOWED], trusted_proxies=["10.0.0.0/8"])
BY_FORWARDED = Policy(allow=[ALLOWED], trusted_proxies=["10.0.0.0/8"], forwarded_header="Forwarded")


def path(data: bytes) -> None:
    """A path that plainly reaches the script is guarded, so is each encoding of it, and the guard's gate agrees."""
    text = data.decode("latin-1")
    reached = SCRIPTS.reached_by(text)
    if _plainly_reaches(text):
        assert reached
    if reached:
        assert SCRIPTS.reached_by(quote(text, safe="/", encoding="latin-1"))
        assert SCRIPTS.reached_by(data.swapcase().decode("latin-1"))  # the case of ASCII
        assert SCRIPTS.reached_by("/blog" + text if text.startswith("/") else "/blog/" + text)
    raw = "".join(character for character in text if character not in "\r\n")
    for environ in ({"PATH_INFO": text}, {"PATH_INFO": "/", "RAW_URI": raw}, {"SCRIPT_NAME": text, "PATH_INFO": ""}):
        whole: WSGIEnvironment = {"REQUEST_METHOD": "POST", "REMOTE_ADDR": STRANGER, "SCRIPT_NAME": "", **environ}
        assert _passes(whole) == GUARDED.decide(Request.from_environ(whole)).reason.allowed


def _plainly_reaches(text: str) -> bool:
    """Decode as a server does that is not careful, and look for the script's name as a segment."""
    for _ in range(8):
        if "xmlrpc.php" in text.lower().split("/"):
            return True
        text = unquote(text, "latin-1")
    return False


def _passes(environ: WSGIEnvironment) -> bool:
    seen: list[str] = []

    def site(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        seen.append("passed")
        start_response("200 OK", [])
        return []

    guard = XMLRPCGuard(site, GUARDED, log="off", max_drain=0)
    guard({**environ, "wsgi.input": BytesIO()}, cast(Any, lambda *_: None))
    return bool(seen)


def forwarded_for(data: bytes) -> None:
    """Nothing left of the last hop changes it in X-Forwarded-For, and nothing that a stranger sends lets it in."""
    text = data.decode("latin-1")
    decided = GUARDED.decide(_request(f"{text}, {STRANGER}", "X-Forwarded-For"))
    assert decided.client == STRANGER
    assert not decided
    assert not GUARDED.decide(_request(text, "X-Forwarded-For", peer=STRANGER))


def forwarded(data: bytes) -> None:
    """In Forwarded, an open quotation can make the header unreadable; it never makes another client of the last."""
    text = data.decode("latin-1")
    decided = BY_FORWARDED.decide(_request(f"{text}, for={STRANGER}", "Forwarded"))
    assert decided.client in (STRANGER, None)
    assert not decided
    assert not BY_FORWARDED.decide(_request(text, "Forwarded", peer=STRANGER))


def _request(value: str, header: str, peer: str = PROXY) -> Request:
    return Request("/xmlrpc.php", peer=peer, forwarded={header: value})


def entry(data: bytes) -> None:
    """What is read as an address or a range, ipaddress reads too, and as the same; written again, it is the same."""
    text = data.decode("latin-1")
    try:
        ranges = list(read_entry(text))
    except ValueError:
        return
    networks = Networks([text])
    assert Networks(map(str, networks)) == networks
    if ":" in text or "." in text:  # an address, a network, or two addresses with a hyphen; else a published list
        first, last = _read_by_ipaddress(text)
        assert [each[1:] for each in ranges] == [(first, last)]


def _read_by_ipaddress(text: str) -> tuple[int, int]:
    if "-" in text:
        ends = [ipaddress.ip_address(end.strip()) for end in text.split("-")]
    else:
        network = ipaddress.ip_network(text, strict=True)
        ends = [network[0], network[-1]]
    first, last = (int(getattr(end, "ipv4_mapped", None) or end) for end in ends)
    return first, last


def list_file(data: bytes) -> None:
    """A list is read whole or refused: it covers its entries one by one, and a wrong line more refuses it."""
    try:
        networks, count = read_networks(data, "list.txt")
        entries = read_list(data, "list.txt")
    except SourceError:
        return
    assert count == len(entries)
    assert Networks(each.text for each in entries) == networks
    if data.lstrip()[:1] not in (b"{", b"[") and b"\0" not in data:
        try:
            read_networks(data + b"\n198.51.100.300\n", "list.txt")
        except SourceError:
            return
        raise AssertionError("a wrong line was passed over")


def body(data: bytes) -> None:
    """A body that the standard library takes for a call is refused, or has that call's method first."""
    try:
        names = read_methods(data)
    except UnreadableBodyError:
        return
    assert names
    with suppress(ExpatError, ProtocolError, ResponseError, UnicodeError, ValueError, TypeError, LookupError, KeyError):
        method = loads(data)[1]
        assert method is None or method.strip() == names[0]


def log_line(data: bytes) -> None:
    """The quick way of counting a log counts what the slow rule counts."""
    block = data.split(b"\n")
    for policy in (POLICY, OPEN):
        slow, fast = slow_tally(policy, block * 2), quick_tally(policy, block)
        for verdict in ("allowed", "refused", "unknown"):
            assert list(fast.counts.rows(verdict)) == list(slow.counts.rows(verdict))


def configuration(data: bytes) -> None:
    """A file of settings is refused by one kind of error, or makes a guard that its own repr makes again."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "guard.toml")
        file.write_bytes(data)
        file.chmod(0o600)
        try:
            settings = read_configuration(give_config(os.fspath(file)), {}).settings()
            policy = settings.policy()
        except ConfigurationError:
            return
    assert eval(repr(policy), {"Policy": Policy}) == policy
    assert not policy.decide(Request(policy.scripts.plain, peer="an odd peer"))


def answer(data: bytes) -> None:
    """An upstream's answer is refused, or http.client reads the same body, status and fields in it."""
    source = BytesIO(data)
    try:
        mine = UpstreamAnswer(ReadBuffer(source.read1), "GET")
        content = b"".join(mine.read_pieces())
    except (HTTPException, OSError):
        return
    theirs = HTTPResponse(cast(Any, _Connection(data)), method="GET")
    theirs.begin()
    # It drops other interim answers than this does, takes no tab for white space and a blank at a line's end for a part
    # of the value (RFC 9110 section 5.6.3), and reads chunks after a status that has no body (RFC 9112 section 6.3).
    blanks = b"\t" in data or b" \n" in data or b" \r\n" in data
    if theirs.status == mine.status and mine.status not in (204, 304) and not blanks:
        assert theirs.read() == content


class _Connection:
    """What http.client asks of a connection."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> BytesIO:
        return BytesIO(self._data)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "path": path,
    "forwarded_for": forwarded_for,
    "forwarded": forwarded,
    "entry": entry,
    "list_file": list_file,
    "body": body,
    "log_line": log_line,
    "configuration": configuration,
    "answer": answer,
}
