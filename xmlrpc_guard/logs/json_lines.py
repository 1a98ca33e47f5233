"""A JSON object a line: Caddy, Traefik, nginx with keys of the operator's, and what json_clouds reads."""

import json
from collections.abc import Callable, Iterable

from xmlrpc_guard.headernames import X_FORWARDED_FOR_NAME
from xmlrpc_guard.logs.escapes import as_json_escapes
from xmlrpc_guard.logs.json_clouds import read_cloud
from xmlrpc_guard.logs.json_values import Record, first_of, joined_of, number_of, part_of, text_of, time_of
from xmlrpc_guard.logs.logged import NOT_LOGGED, UNREAD, Logged, Readings
from xmlrpc_guard.logs.requestline import split_request

# The keys that operators choose for nginx' variables, the one that says most first.
_REQUEST_LINE = ("request", "req", "request_line")
_RAW_TARGET = ("request_uri", "request_url", "url", "requestURI")
_ANY_PATH = ("uri", "path", "request_path")
_REQUEST_KEYS = (*_REQUEST_LINE, *_RAW_TARGET)
_PEER = (
    "remote_addr",
    "remote_ip",
    "ip",
    "client_ip",
    "client",
    "clientip",
    "remoteAddr",
    "remote",
    "downstream_remote_address",
)
_FORWARDED = ("xff", "forwarded_for", "XForwardedFor")
_METHOD = ("request_method", "request_type", "method", "m", "verb", "requestMethod")
_STATUS = ("status", "st", "response", "code", "status_code", "statusCode", "response_code", "response_status")
_SIZE = ("body_bytes_sent", "bytes_sent", "bytes", "size", "bytesSent", "length")
_AGENT = ("http_user_agent", "user_agent", "agent", "ua", "userAgent", "user-agent", "request_user_agent")
_TIME = ("time_iso8601", "time_local", "@timestamp", "timestamp", "time", "t", "ts", "msec", "start_time", "date")
_WRAPPED = ("log", "message", "MESSAGE", "msg")  # a line of another format, as docker and journald keep it


class JsonReader:
    r"""Reads JSON lines; ``inner`` reads a line that one holds as text.

    >>> JsonReader()(b'{"request":{"remote_ip":"::1","method":"GET","uri":"/a"},"status":200}')[0].targets
    (b'/a',)
    """

    names_header = True

    def __init__(
        self, inner: Callable[[bytes], Readings] = lambda _: UNREAD, header: str = X_FORWARDED_FOR_NAME
    ) -> None:
        self._inner = inner
        self._header = header.lower()

    def __call__(self, line: bytes) -> Readings:
        """Read a line; what stands before the first brace is a container's prefix."""
        record = _load(line)
        if record is None:
            return UNREAD
        for kind in (_read_caddy, _read_traefik, _read_clouds, self._read_wrapped, _read_own_keys):
            if found := kind(record, self._header):
                return found
        return UNREAD

    def _read_wrapped(self, record: Record, _header: str) -> Readings:
        """Read the line that a record holds, if it has no key for a request: a ``path`` may be the log's beside it."""
        wrapped = None if _has_text(record, _REQUEST_KEYS) else _unwrap(first_of(record, _WRAPPED))
        return self._inner(wrapped.rstrip(b"\r\n")) if wrapped else UNREAD


def _has_text(record: Record, keys: Iterable[str]) -> bool:
    return any(isinstance(record.get(key), str) for key in keys)


def _unwrap(value: object) -> bytes | None:
    """Give a line that was kept as text, or as the numbers of its bytes, as journald does where it has other bytes."""
    if isinstance(value, list) and all(isinstance(byte, int) and 0 <= byte <= _LAST_BYTE for byte in value):
        return bytes(value)
    return text_of(value)


_LAST_BYTE = 255


def _load(line: bytes) -> Record | None:
    start = line.find(b"{")
    if start < 0:
        return None
    text = line[start:]
    record = _parse(text)
    if record is None and b"\\" in text:
        record = _parse(as_json_escapes(text))
    return record if isinstance(record, dict) else None


def _parse(text: bytes) -> object:
    try:
        return json.loads(text.decode("utf-8", "surrogateescape"), strict=False)
    except (ValueError, RecursionError):
        return None


def _read_caddy(record: Record, header: str) -> Readings:
    request = part_of(record, "request")
    uri = text_of(request.get("uri"))
    if uri is None:
        return UNREAD
    fields = {str(key).lower(): value for key, value in part_of(request, "headers").items()}
    return (
        Logged(
            peer=text_of(first_of(request, ("remote_ip", "remote_addr"))),
            forwarded=joined_of(fields.get(header)),
            has_forwarded="headers" in request,
            method=text_of(request.get("method")),
            # Caddy writes U+FFFD for each byte that is no UTF-8. A guard takes no notice of such bytes.
            targets=_distinct(uri, uri.replace("\ufffd".encode(), b"\xff")),
            status=number_of(record.get("status")),
            size=number_of(record.get("size")),
            agent=joined_of(fields.get("user-agent")),
            time=time_of(record.get("ts")),
        ),
    )


def _read_traefik(record: Record, header: str) -> Readings:
    path = text_of(record.get("RequestPath"))
    if path is None:
        return UNREAD
    fields = {str(key).lower(): value for key, value in record.items()}
    forwarded = fields.get(f"request_{header}")
    return (
        Logged(
            peer=text_of(record.get("ClientAddr")),
            forwarded=joined_of(forwarded),
            has_forwarded=forwarded is not None,
            method=text_of(record.get("RequestMethod")),
            targets=(path,),
            status=number_of(first_of(record, ("DownstreamStatus", "OriginStatus"))),
            size=number_of(record.get("DownstreamContentSize")),
            agent=joined_of(record.get("request_User-Agent")),
            time=time_of(first_of(record, ("StartUTC", "time"))),
        ),
    )


def _read_clouds(record: Record, _header: str) -> Readings:
    return read_cloud(record)


def _read_own_keys(record: Record, header: str) -> Readings:
    if not any(isinstance(record.get(key, 0), str | None) for key in (*_REQUEST_KEYS, *_ANY_PATH)):
        return UNREAD
    peer = text_of(first_of(record, _PEER))
    unix = peer is not None and peer.startswith(b"unix:")
    method, targets, paths, is_cut = _own_target(record)
    return (
        Logged(
            peer=None if unix else peer,
            unix=unix,
            forwarded=text_of(first_of(record, _forwarded_keys(header))),
            has_forwarded=any(key in record for key in _forwarded_keys(header)),
            method=method,
            targets=targets,
            paths=paths,
            is_cut=is_cut,
            status=number_of(first_of(record, _STATUS)),
            size=number_of(first_of(record, _SIZE)),
            agent=text_of(first_of(record, _AGENT)),
            time=time_of(first_of(record, _TIME)),
        ),
    )


def _own_target(record: Record) -> tuple[bytes | None, tuple[bytes, ...], tuple[bytes, ...], bool]:
    """Give method, targets, decoded paths and whether the target is cut.

    ``uri`` may be nginx' ``$uri``, which is decoded, or ``$request_uri``: it is read in both ways. ``request`` may be
    either as well, in place of a request line.
    """
    line = text_of(first_of(record, _REQUEST_LINE))
    if line is not None and b" " in line:
        method, targets, is_cut = split_request(line)
        return method, targets[:1], (), is_cut
    method = text_of(first_of(record, _METHOD)) or _method_alone(line) or NOT_LOGGED
    # Envoy's own keys, which Istio writes too: the path as it was sent, with its query.
    raw_keys = (*_RAW_TARGET, "path") if "response_code" in record else _RAW_TARGET
    raw, path = text_of(first_of(record, raw_keys)), text_of(first_of(record, _ANY_PATH))
    if raw is not None:
        return method, (raw,), (), False
    path = line if line and line.startswith(b"/") else path
    return (method, (path,), (path,), False) if path is not None else (None, (), (), False)


def _method_alone(line: bytes | None) -> bytes | None:
    """Give the method that Fastly has in place of the request line, beside an address of its own."""
    return line if line and line.isalpha() and line.isupper() else None


def _forwarded_keys(header: str) -> tuple[str, ...]:
    name = header.replace("-", "_")
    return (f"http_{name}", name, header, *(_FORWARDED if header == X_FORWARDED_FOR_NAME.lower() else ()))


def _distinct(*texts: bytes) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(texts))
