"""A JSON object a line: Caddy, Traefik, Cloudflare, Google's load balancer, and nginx with keys of the operator's."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from xmlrpc_guard.headernames import X_FORWARDED_FOR_NAME
from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings, absent, number
from xmlrpc_guard.logs.requestline import split_request, without_host
from xmlrpc_guard.logs.times import read_time

Record = Mapping[str, Any]

# The keys that operators choose for nginx' variables, the one that says most first.
_REQUEST_LINE = ("request", "req", "request_line")
_RAW_TARGET = ("request_uri", "request_url", "url", "requestURI")
_ANY_PATH = ("uri", "path", "request_path")
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
_METHOD = ("request_method", "method", "m", "verb", "requestMethod")
_STATUS = ("status", "st", "response", "code", "status_code", "statusCode", "response_code")
_SIZE = ("body_bytes_sent", "bytes_sent", "bytes", "size", "bytesSent")
_AGENT = ("http_user_agent", "user_agent", "agent", "ua", "userAgent", "user-agent")
_TIME = ("time_iso8601", "time_local", "@timestamp", "timestamp", "time", "t", "ts", "msec", "start_time")
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
        for kind in (_read_caddy, _read_traefik, _read_cloudflare, _read_google, _read_own_keys):
            if found := kind(record, self._header):
                return found
        wrapped = _text(_first(record, _WRAPPED))
        return self._inner(wrapped.rstrip(b"\r\n")) if wrapped else UNREAD


def _load(line: bytes) -> Record | None:
    start = line.find(b"{")
    if start < 0:
        return None
    try:
        record = json.loads(line[start:].decode("utf-8", "surrogateescape"), strict=False)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _read_caddy(record: Record, header: str) -> Readings:
    request = record.get("request")
    uri = _text(request.get("uri")) if isinstance(request, dict) else None
    if not isinstance(request, dict) or uri is None:
        return UNREAD
    headers = request.get("headers")
    fields = {str(key).lower(): value for key, value in headers.items()} if isinstance(headers, dict) else {}
    return (
        Logged(
            peer=_text(_first(request, ("remote_ip", "remote_addr"))),
            forwarded=_joined(fields.get(header)),
            has_forwarded="headers" in request,
            method=_text(request.get("method")),
            # Caddy writes U+FFFD for each byte that is no UTF-8. A guard takes no notice of such bytes.
            targets=_distinct(uri, uri.replace("\ufffd".encode(), b"\xff")),
            status=_number(record.get("status")),
            size=_number(record.get("size")),
            agent=_joined(fields.get("user-agent")),
            time=_time(record.get("ts")),
        ),
    )


def _read_traefik(record: Record, header: str) -> Readings:
    path = _text(record.get("RequestPath"))
    if path is None:
        return UNREAD
    fields = {str(key).lower(): value for key, value in record.items()}
    forwarded = fields.get(f"request_{header}")
    return (
        Logged(
            peer=_text(record.get("ClientAddr")),
            forwarded=_joined(forwarded),
            has_forwarded=forwarded is not None,
            method=_text(record.get("RequestMethod")),
            targets=(path,),
            status=_number(_first(record, ("DownstreamStatus", "OriginStatus"))),
            size=_number(record.get("DownstreamContentSize")),
            agent=_joined(record.get("request_User-Agent")),
            time=_time(_first(record, ("StartUTC", "time"))),
        ),
    )


def _read_cloudflare(record: Record, _header: str) -> Readings:
    uri = _text(record.get("ClientRequestURI"))
    if uri is None:
        return UNREAD
    return (
        Logged(
            peer=_text(record.get("ClientIP")),
            method=_text(record.get("ClientRequestMethod")),
            targets=(uri,),
            status=_number(record.get("EdgeResponseStatus")),
            size=_number(record.get("EdgeResponseBytes")),
            agent=_text(record.get("ClientRequestUserAgent")),
            time=_time(record.get("EdgeStartTimestamp")),
        ),
    )


def _read_google(record: Record, _header: str) -> Readings:
    request = record.get("httpRequest")
    url = _text(request.get("requestUrl")) if isinstance(request, dict) else None
    if not isinstance(request, dict) or url is None:
        return UNREAD
    return (
        Logged(
            peer=_text(request.get("remoteIp")),
            method=_text(request.get("requestMethod")),
            targets=(without_host(url),),
            status=_number(request.get("status")),
            size=_number(request.get("responseSize")),
            agent=_text(request.get("userAgent")),
            time=_time(record.get("timestamp")),
        ),
    )


def _read_own_keys(record: Record, header: str) -> Readings:
    if not any(key in record for key in (*_REQUEST_LINE, *_RAW_TARGET, *_ANY_PATH)):
        return UNREAD
    peer = _text(_first(record, _PEER))
    unix = peer is not None and peer.startswith(b"unix:")
    method, targets, paths, is_cut = _own_target(record)
    return (
        Logged(
            peer=None if unix else peer,
            unix=unix,
            forwarded=_text(_first(record, _forwarded_keys(header))),
            has_forwarded=any(key in record for key in _forwarded_keys(header)),
            method=method,
            targets=targets,
            paths=paths,
            is_cut=is_cut,
            status=_number(_first(record, _STATUS)),
            size=_number(_first(record, _SIZE)),
            agent=_text(_first(record, _AGENT)),
            time=_time(_first(record, _TIME)),
        ),
    )


def _own_target(record: Record) -> tuple[bytes | None, tuple[bytes, ...], tuple[bytes, ...], bool]:
    """Give method, targets, decoded paths and whether the target is cut.

    ``uri`` may be nginx' ``$uri``, which is decoded, or ``$request_uri``: it is read in both ways.
    """
    line = _text(_first(record, _REQUEST_LINE))
    if line is not None and b" " in line:
        method, targets, is_cut = split_request(line)
        return method, targets[:1], (), is_cut
    method = _text(_first(record, _METHOD)) or b"GET"
    # Envoy's own keys, which Istio writes too: the path as it was sent, with its query.
    raw_keys = (*_RAW_TARGET, "path") if "response_code" in record else _RAW_TARGET
    raw, path = _text(_first(record, raw_keys)), _text(_first(record, _ANY_PATH))
    if raw is not None:
        return method, (raw,), (), False
    return (method, (path,), (path,), False) if path is not None else (None, (), (), False)


def _forwarded_keys(header: str) -> tuple[str, ...]:
    name = header.replace("-", "_")
    return (f"http_{name}", name, header, *(_FORWARDED if header == X_FORWARDED_FOR_NAME.lower() else ()))


def _first(record: Record, keys: Iterable[str]) -> object:
    return next((record[key] for key in keys if record.get(key) not in (None, "", "-")), None)


def _text(value: object) -> bytes | None:
    """Give a text's bytes as they stood in the line; None for what is no text, or stands for nothing."""
    if not isinstance(value, str):
        return None
    try:
        return absent(value.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # half of a surrogate pair, which is no character
        return absent(value.encode("utf-8", "ignore"))


def _joined(value: object) -> bytes | None:
    """Join the lines of one field of the request, as RFC 9110 section 5.3 does."""
    lines = value if isinstance(value, list) else [value]
    return absent(b", ".join(text for text in map(_text, lines) if text))


def _number(value: object) -> int | None:
    if type(value) is int:
        return value if 0 <= value < 1 << 63 else None
    return number(_text(value))


def _time(value: object) -> int | None:
    if isinstance(value, int | float):
        # Seconds; or the milliseconds, microseconds or nanoseconds of the same. NaN and infinity are neither.
        unit = next((unit for unit in (1, 10**3, 10**6, 10**9) if 0 <= value < _LAST_SECOND * unit), None)
        return None if unit is None else int(value / unit)
    return read_time(_text(value) or b"")


_LAST_SECOND = 10**11


def _distinct(*texts: bytes) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(texts))
