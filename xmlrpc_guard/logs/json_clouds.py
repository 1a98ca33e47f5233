"""JSON lines with names of their own: Cloudflare, Google, Azure, Amazon's firewall, Akamai, Elastic's schema."""

from urllib.parse import unquote_to_bytes

from xmlrpc_guard.logs.json_values import Record, first_of, joined_of, method_of, number_of, part_of, text_of, time_of
from xmlrpc_guard.logs.logged import UNREAD, Logged, Readings
from xmlrpc_guard.logs.requestline import without_host


def _read_cloudflare(record: Record) -> Readings:
    uri = text_of(first_of(record, ("ClientRequestURI", "ClientRequestPath")))
    if uri is None:
        return UNREAD
    return (
        Logged(
            peer=text_of(record.get("ClientIP")),
            method=method_of(record.get("ClientRequestMethod")),
            targets=(uri,),
            status=number_of(record.get("EdgeResponseStatus")),
            size=number_of(record.get("EdgeResponseBytes")),
            agent=text_of(record.get("ClientRequestUserAgent")),
            time=time_of(record.get("EdgeStartTimestamp")),
        ),
    )


def _read_google(record: Record) -> Readings:
    request = part_of(record, "httpRequest")
    url = text_of(request.get("requestUrl"))
    if url is None:
        return UNREAD
    return (
        Logged(
            peer=text_of(request.get("remoteIp")),
            method=method_of(request.get("requestMethod")),
            targets=(without_host(url),),
            status=number_of(request.get("status")),
            size=number_of(request.get("responseSize")),
            agent=text_of(request.get("userAgent")),
            time=time_of(record.get("timestamp")),
        ),
    )


def _read_azure(record: Record) -> Readings:
    """Read Front Door's and Application Gateway's: the request is among the properties of the record."""
    inner = part_of(record, "properties")
    url = text_of(inner.get("requestUri"))
    if url is None:
        return UNREAD
    return (
        Logged(
            peer=text_of(first_of(inner, ("clientIp", "clientIP"))),
            method=method_of(inner.get("httpMethod")),
            targets=(without_host(url),),
            status=number_of(first_of(inner, ("httpStatusCode", "httpStatus"))),
            size=number_of(first_of(inner, ("responseBytes", "sentBytes"))),
            agent=text_of(inner.get("userAgent")),
            time=time_of(first_of(record, ("time", "timeStamp"))),
        ),
    )


def _read_aws_waf(record: Record) -> Readings:
    """Read Amazon's firewall, which logs what it lets through too; it does not know the status of that."""
    request = part_of(record, "httpRequest")
    uri = text_of(request.get("uri"))
    if uri is None:
        return UNREAD
    headers = request.get("headers")
    fields = [each for each in headers if isinstance(each, dict)] if isinstance(headers, list) else []
    agents = [each.get("value") for each in fields if str(each.get("name")).lower() == "user-agent"]
    return (
        Logged(
            peer=text_of(request.get("clientIp")),
            method=method_of(request.get("httpMethod")),
            targets=(uri,),
            status=number_of(record.get("responseCodeSent")) or (403 if record.get("action") == "BLOCK" else None),
            agent=joined_of(agents),
            time=time_of(record.get("timestamp")),
        ),
    )


def _read_ecs(record: Record) -> Readings:
    """Read the Elastic Common Schema, in which Filebeat keeps the lines of nginx and Apache."""
    target = text_of(first_of(part_of(record, "url"), ("original", "path")))
    if target is None:
        return UNREAD
    http = part_of(record, "http")
    return (
        Logged(
            peer=text_of(part_of(record, "source").get("ip") or part_of(record, "client").get("ip")),
            method=method_of(part_of(http, "request").get("method")),
            targets=(without_host(target),),
            status=number_of(part_of(http, "response").get("status_code")),
            agent=text_of(part_of(record, "user_agent").get("original")),
            time=time_of(record.get("@timestamp")),
        ),
    )


def _read_akamai(record: Record) -> Readings:
    """Read DataStream's, and Cloud Monitor's before it, which has the request in its message."""
    inner = part_of(record, "message") or record
    path = text_of(inner.get("reqPath"))
    if path is None:
        return UNREAD
    agent = text_of(inner.get("UA"))
    return (
        Logged(
            peer=text_of(inner.get("cliIP")),
            method=method_of(inner.get("reqMethod")),
            targets=(path if path.startswith(b"/") else b"/" + path,),
            status=number_of(first_of(inner, ("statusCode", "status"))),
            size=number_of(inner.get("bytes")),
            agent=agent and unquote_to_bytes(agent.replace(b"+", b" ")),
            time=time_of(first_of(record, ("reqTimeSec", "start"))),
        ),
    )


_READERS = (_read_cloudflare, _read_google, _read_azure, _read_aws_waf, _read_akamai, _read_ecs)


def read_cloud(record: Record) -> Readings:
    """Read a record of one of them; nothing if it is another's.

    >>> read_cloud({"ClientRequestURI": "/a", "ClientIP": "::1"})[0].targets
    (b'/a',)
    """
    return next(filter(None, (read(record) for read in _READERS)), UNREAD)
