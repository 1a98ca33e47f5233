"""The formats by name, and which one a file has: its first lines vote, and each line may be of another."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import takewhile
from types import MappingProxyType

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.headernames import X_FORWARDED_FOR_NAME
from xmlrpc_guard.logs.alb import read_alb
from xmlrpc_guard.logs.apache_format import read_apache_format
from xmlrpc_guard.logs.bunny import read_bunny
from xmlrpc_guard.logs.combined import read_combined
from xmlrpc_guard.logs.envoy import read_envoy
from xmlrpc_guard.logs.gorouter import read_gorouter
from xmlrpc_guard.logs.granian import read_granian
from xmlrpc_guard.logs.haproxy import read_haproxy
from xmlrpc_guard.logs.heroku import read_heroku
from xmlrpc_guard.logs.json_lines import JsonReader
from xmlrpc_guard.logs.logged import UNREAD, Readings
from xmlrpc_guard.logs.nginx_format import read_nginx_format
from xmlrpc_guard.logs.npm import read_npm
from xmlrpc_guard.logs.requestline import without_host
from xmlrpc_guard.logs.squid import read_squid
from xmlrpc_guard.logs.ssl_request import read_ssl_request
from xmlrpc_guard.logs.uwsgi import read_uwsgi
from xmlrpc_guard.logs.w3c import W3CReader, is_w3c_format, names_columns

Reader = Callable[[bytes], Readings]
"""Reads a line of a log, without its line end; no readings if it is not of its format."""

AUTO = "auto"
COMBINED = "combined"
# A line of several formats is of the first that takes it. So those that take a line from its first byte to its last
# come first: what a client writes into one of these may be a line of the others.
_PLAIN: Mapping[str, Reader] = MappingProxyType(
    {
        "bunny": read_bunny,
        "npm": read_npm,
        "squid": read_squid,
        "ssl-request": read_ssl_request,
        "uwsgi": read_uwsgi,
        "haproxy": read_haproxy,
        "granian": read_granian,
        "envoy": read_envoy,
        "alb": read_alb,
        "heroku": read_heroku,
        "gorouter": read_gorouter,
        COMBINED: read_combined,
    }
)
NAMES = (AUTO, *_PLAIN, "json", "w3c")
"""What a format may be called; others are pasted from the server's configuration."""

SAMPLE = 400
"""How many lines vote on a file's format."""


def clean(line: bytes) -> bytes:
    r"""Remove what stands around a line: its end, a byte order mark, NULs that a crash or a rotation left before it.

    >>> clean(b"\xef\xbb\xbf::1 - -\r\n"), clean(b"\0\0::1 - -\n")
    (b'::1 - -', b'::1 - -')
    """
    return line.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf").lstrip(b"\0")


class LogReader:
    """Reads the lines of one log: those of its format first, and those of others as they come.

    ``format_`` is a name of NAMES, nginx' ``log_format`` or Apache's ``LogFormat``; a format that is named is the
    only one. ``sample`` are the first lines. ``header`` is the forwarded header that is wanted.

    >>> reader = LogReader(sample=[b'::1 - - [29/Nov/2026:11:00:00 +0000] "GET / HTTP/1.1" 200 2'])
    >>> reader.name, reader.read(b"worker 1 started")
    ('combined', ())
    """

    def __init__(self, format_: str = AUTO, sample: Iterable[bytes] = (), header: str = X_FORWARDED_FOR_NAME) -> None:
        self.name: str
        self._header = header
        self._w3c = W3CReader()
        others: list[Reader] = [*_PLAIN.values(), self._w3c]
        readers: dict[str, Reader] = {**_PLAIN, "json": JsonReader(_first_of(others), header), "w3c": self._w3c}
        lines = [*map(clean, sample)]
        if format_ == AUTO:
            self.name = _vote(_in_turn(readers, lines), lines)
            # A file may mix formats: error lines, what a server prints at its start, a second LogFormat.
            self._readers = [readers.pop(self.name), *readers.values()]
        else:
            self.name, reader = _named(format_, readers, header)
            self._readers = [reader]
        # Varnish and Squid write a whole address for each request, in a format that others use as well. A path alone
        # shows that it is another's: there a client chose to write the addresses.
        self._has_hosts = self.name == COMBINED and _have_hosts(lines)

    def read(self, line: bytes) -> Readings:
        """Read a line; no readings if no format takes it."""
        cleaned = clean(line)
        for reader in self._readers:
            if found := reader(cleaned):
                return self._without_other_header(self._without_hosts(found), reader)
        return UNREAD

    def _without_hosts(self, found: Readings) -> Readings:
        if not self._has_hosts:
            return found
        return tuple(each._replace(targets=tuple(map(without_host, each.targets))) for each in found)

    def _without_other_header(self, found: Readings, reader: Reader) -> Readings:
        """Forget X-Forwarded-For if another header counts, which only some formats can name."""
        if self._header.lower() == X_FORWARDED_FOR_NAME.lower() or getattr(reader, "names_header", False):
            return found
        return tuple(each._replace(forwarded=None, has_forwarded=False) for each in found)


def _have_hosts(sample: Iterable[bytes]) -> bool:
    """Return whether the requests of a combined log have addresses, and none a path only."""
    targets = [each.targets[0] for line in sample for each in read_combined(line)[:1] if each.is_request]
    has_paths = any(target.startswith(b"/") for target in targets)
    return not has_paths and any(target.startswith((b"http://", b"https://")) for target in targets)


def _first_of(readers: Iterable[Reader]) -> Reader:
    each = list(readers)
    return lambda line: next(filter(None, (reader(line) for reader in each)), UNREAD)


def _in_turn(readers: Mapping[str, Reader], sample: Iterable[bytes]) -> Mapping[str, Reader]:
    """Put the readers in the order in which they are tried; that of columns is first in a file that begins with them.

    The last column of these may be what a client sends, which may be a line of JSON.
    """
    head = takewhile(lambda line: line.startswith(b"#"), filter(None, sample))
    return {"w3c": readers["w3c"], **readers} if any(map(names_columns, head)) else readers


def _vote(readers: Mapping[str, Reader], sample: Iterable[bytes]) -> str:
    votes = Counter(name for line in sample for name in [_format_of(readers, line)] if name)
    return max(votes, key=votes.__getitem__, default=COMBINED)


def _format_of(readers: Mapping[str, Reader], line: bytes) -> str | None:
    return next((name for name, reader in readers.items() if reader(line)), None)


def _named(format_: str, readers: Mapping[str, Reader], header: str) -> tuple[str, Reader]:
    if format_ in readers:
        return format_, readers[format_]
    if is_w3c_format(format_):
        return "w3c", W3CReader(format_)
    if "$" in format_:
        return "nginx log_format", read_nginx_format(format_, header)
    if "%" in format_:
        return "Apache LogFormat", read_apache_format(format_, header)
    problem = f"is not known; write one of {', '.join(NAMES)}, or paste nginx' log_format or Apache's LogFormat"
    raise ConfigurationError("format", format_, problem)
