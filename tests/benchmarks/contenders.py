"""The applications that the benchmarks time beside each other, and the requests they are given."""

import inspect
import logging
import os
import random
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import netaddr
import webob
import webob.exc

from xmlrpc_guard import Networks, Policy, XMLRPCGuard, sampling, wsgi
from xmlrpc_guard.listfile import read_networks
from xmlrpc_guard.records import logger
from xmlrpc_guard.sources import LivePolicy

EIGHT_RANGES = [f"{first}.0.64.0/18" for first in range(192, 200)]


def inner(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
    return [b"ok\n"]


def start_response(_status: str, _headers: list[tuple[str, str]], _exc_info: Any = None) -> Callable[[bytes], object]:
    return bytes


def refuse(_environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answer as the guard does, as an application would that refuses by itself."""
    headers = [("Content-Type", "text/plain; charset=UTF-8"), ("Content-Length", "10"), ("Cache-Control", "no-store")]
    start_response("403 Forbidden", headers)
    return [b"Forbidden\n"]


class Passing:
    """What any middleware class costs at the least."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.app(environ, start_response)


class Naive:
    """The guard as it is usually written: a WebOb request, a netaddr set, a WebOb answer."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self.allow = netaddr.IPSet(EIGHT_RANGES)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = webob.Request(environ)
        if request.path == "/xmlrpc.php" and netaddr.IPAddress(str(request.client_addr)) not in self.allow:
            return webob.exc.HTTPForbidden()(environ, start_response)
        return self.app(environ, start_response)


def guard(app: WSGIApplication, allow: Sequence[str] = EIGHT_RANGES) -> XMLRPCGuard:
    return XMLRPCGuard(app, Policy(allow=allow))


def live(app: WSGIApplication) -> XMLRPCGuard:
    """Give a guard whose policy follows lists, of which there is none."""
    return XMLRPCGuard(app, LivePolicy(Policy(allow=EIGHT_RANGES)))


def uncounted(app: WSGIApplication) -> XMLRPCGuard:
    """Give the guard without the line that counts, which must be there."""
    source = textwrap.dedent(inspect.getsource(XMLRPCGuard._answer_guarded))  # noqa: SLF001 - to time it without a line
    counting = re.search(r"\n    next\(self\._decided.*", source)
    assert counting is not None, "the line that counts has another form"
    names: dict[str, Any] = {}
    exec(source.replace(counting[0], ""), vars(wsgi), names)
    made: XMLRPCGuard = type("Uncounted", (XMLRPCGuard,), names)(app, Policy(allow=EIGHT_RANGES))
    return made


def recorded(app: WSGIApplication, log: str = "all") -> XMLRPCGuard:
    """Give a guard whose records are written, to nowhere."""
    logger.disabled = False
    logging.basicConfig(filename=os.devnull, format="%(asctime)s %(levelname)s %(message)s")
    return XMLRPCGuard(app, Policy(allow=EIGHT_RANGES), log=log)


def sampled(app: WSGIApplication) -> XMLRPCGuard:
    """Give a guard that has refused as many clients within the minute as it tells apart, which are few here."""
    made = recorded(app, "sampled")
    sampling.MOST_CLIENTS = 8
    for number in range(sampling.MOST_CLIENTS):
        made(stranger_anywhere(number), start_response)
    return made


def null(_app: WSGIApplication) -> WSGIApplication:
    """Give an application that does nothing: what is left is the cost of asking."""
    return lambda _environ, _start_response: ()


def spread(number: int) -> list[str]:
    """Give ranges that lie apart, evenly over all IPv4 addresses; the third octet is even in each."""
    step = 2**32 // number
    return [f"{_dotted((step // 2 + index * step) & ~0x1FF)}/24" for index in range(number)]


def spread_v6(number: int) -> list[str]:
    """Give ranges of IPv6 that lie apart, in the blocks of the five registries."""
    blocks = 0x2001, 0x2400, 0x2600, 0x2800, 0x2A00
    return [f"{blocks[index % 5]:x}:{index >> 8:x}:{index % 256 << 8:x}::/56" for index in range(number)]


def commented(entries: Sequence[str]) -> bytes:
    """Give a list file: a third of the entries have a comment, as a person writes them, or a program."""
    comments = " # office", "", " ; SBL1", "", "", ""
    return "".join(f"{entry}{comments[index % 6]}\n" for index, entry in enumerate(entries)).encode()


class Written(NamedTuple):
    """A list in two forms: its entries, and a file with comments."""

    entries: list[str]
    file: bytes


def networks(_app: object) -> Callable[[Written, object], object]:
    """Give what makes a set of entries, in place of an application and a request."""
    return lambda written, _: Networks(written.entries)


def list_file(_app: object) -> Callable[[Written, object], object]:
    """Give the same for a list file."""
    return lambda written, _: read_networks(written.file, "list")


def ip_set(_app: object) -> Callable[[Written, object], object]:
    return lambda written, _: netaddr.IPSet(written.entries)


LIST_LENGTH = 2000


def list_v4(number: int) -> Written:
    return _written(spread(LIST_LENGTH + number))


def list_v6(number: int) -> Written:
    return _written(spread_v6(LIST_LENGTH + number))


def _written(entries: list[str]) -> Written:
    random.Random(0).shuffle(entries)
    return Written(entries, commented(entries))


def request(path: str, query: str = "", peer: str = "203.0.113.9", **raw: str) -> WSGIEnvironment:
    """Give an environ with the keys that servers always set, and fresh strings."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "example.org",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": peer,
        "HTTP_HOST": "example.org",
        "HTTP_USER_AGENT": "Mozilla/5.0",
        "HTTP_ACCEPT": "*/*",
        "wsgi.url_scheme": "http",
        **raw,
    }


def ordinary(number: int) -> WSGIEnvironment:
    return request(f"/2015/{number % 12:02}/how-to-{number}/")


def ordinary_raw(number: int) -> WSGIEnvironment:
    path = f"/2015/{number % 12:02}/how-to-{number}/"
    return request(path, RAW_URI=_copy(path))


def with_query(number: int) -> WSGIEnvironment:
    path, query = f"/2015/{number % 12:02}/how-to-{number}/", f"replytocom={number}"
    return request(path, query, RAW_URI=f"{path}?{query}", REQUEST_URI=f"{path}?{query}")


def static_asset(number: int) -> WSGIEnvironment:
    path = f"/wp-content/themes/example/assets/style-{number}.min.css"
    return request(path, RAW_URI=_copy(path))


def asset_with_version(number: int) -> WSGIEnvironment:
    path, query = f"/wp-content/themes/example/assets/style-{number}.min.css", f"ver=6.{number}"
    return request(path, query, RAW_URI=f"{path}?{query}", REQUEST_URI=f"{path}?{query}")


_PERMALINK = "/2015/{:02}/ワードプレスの設定-{}/"


def non_ascii(number: int) -> WSGIEnvironment:
    return request(_PERMALINK.format(number % 12, number).encode().decode("latin-1"))


def non_ascii_raw(number: int) -> WSGIEnvironment:
    path = _PERMALINK.format(number % 12, number)
    return request(path.encode().decode("latin-1"), RAW_URI=quote(path))


def escaped_upload(number: int) -> WSGIEnvironment:
    path = f"/wp-content/uploads/2015/{number % 12:02}/ワードプレス {number}.jpg"
    return request(path.encode().decode("latin-1"), RAW_URI=quote(path))


def mounted_raw(number: int) -> WSGIEnvironment:
    return _mounted(ordinary_raw(number))


def mounted_query(number: int) -> WSGIEnvironment:
    return _mounted(with_query(number))


def mounted_asset(number: int) -> WSGIEnvironment:
    return _mounted(static_asset(number))


def mounted_upload(number: int) -> WSGIEnvironment:
    return _mounted(escaped_upload(number))


def _mounted(environ: WSGIEnvironment) -> WSGIEnvironment:
    """Put a request under SCRIPT_NAME, as for a site in a directory."""
    raw = {key: f"/blog{environ[key]}" for key in ("RAW_URI", "REQUEST_URI") if key in environ}
    return environ | {"SCRIPT_NAME": _copy("/blog")} | raw


def stranger(number: int) -> WSGIEnvironment:
    return request(_copy("/xmlrpc.php"), peer=one_hop(number))


def stranger_anywhere(number: int) -> WSGIEnvironment:
    """Come from all over the address space, one far from the next, and from none of the ``spread`` ranges."""
    return request(_copy("/xmlrpc.php"), peer=_dotted(number * 2654435761 & 0xFFFFFFFF | 0x100))


def one_hop(number: int) -> str:
    return f"203.{number >> 8 & 255}.{number & 255}.9"


def forged(number: int) -> str:
    """Put 1,000 made-up entries before the one that the proxy wrote."""
    return "192.0.64.5, " * 1000 + one_hop(number)


def forwarded(number: int) -> str:
    return f"for={one_hop(number)};proto=https"


def forwarded_with_port(number: int) -> str:
    return f'for="{one_hop(number)}:4711";proto=https;by="[2001:db8::1]"'


def one_hop_with_port(number: int) -> str:
    return f"{one_hop(number)}:4711"


def forged_forwarded(number: int) -> str:
    """Put 64 KB of quotes and elements before the one that the proxy wrote."""
    return 'for="192.0.64.5";x="\\",' * 2800 + forwarded(number)


def quotes(_number: int) -> str:
    """Give 64 KB that a trusted hop's element would end."""
    return '";"' * 21000 + ";for=10.0.0.1"


def _dotted(number: int) -> str:
    return ".".join(map(str, number.to_bytes(4, "big")))


def _copy(text: str) -> str:
    """Give an equal string that is another object, as a server's parser would."""
    return (text + " ")[:-1]
