"""What a guard reports: a log record for each refusal, what an operator should check, and calls to an observer."""

import logging
import traceback
from collections.abc import Callable
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.forwarded import ForwardedHeader
from xmlrpc_guard.peers import UNIX_SOCKET, is_unix_socket, parse_peer
from xmlrpc_guard.policy import Decision, Policy, Reason
from xmlrpc_guard.text import describe_error, excerpt, quoted
from xmlrpc_guard.views import path_as_sent

logger: logging.Logger = logging.getLogger("xmlrpc_guard")

Observer = Callable[[Decision, WSGIEnvironment], object]


def log_doubts(policy: Policy, *, report_only: bool) -> None:
    """Log, when a guard is made, what its operator may not have meant."""
    if not policy.allow:
        fate = "would be refused" if report_only else "is refused"
        logger.warning("allow is empty: every request for %s %s", ", ".join(policy.scripts), fate)
    for doubt in policy.doubts:
        logger.warning("%s", doubt)


def log_refusal(decision: Decision, header: ForwardedHeader, environ: WSGIEnvironment, *, report_only: bool) -> None:
    """Log one refusal at WARNING, its facts also as attributes of the record.

    Values that a client chose are escaped and cut, so that no request can forge a line.
    """
    facts = _facts(decision, header, environ)
    words = {
        "verb": "would refuse" if report_only else "refused",
        "sentence": decision.reason.sentence,
        "setting": decision.reason.setting,
        "header": header,
    }
    message = "%(verb)s %(client)s: %(sentence)s (%(setting)s); peer %(peer)s"
    if _is_header_read(decision, environ):
        message += ", %(header)s %(forwarded)s"
    message += ", path %(path)s"  # the last: nothing that it holds can pose as another field
    logger.warning(message, {**facts, **words}, extra=facts)


def _facts(decision: Decision, header: ForwardedHeader, environ: WSGIEnvironment) -> dict[str, str]:
    return {
        "client": decision.client or "unknown",
        "peer": _describe_peer(environ),
        "reason": decision.reason.name,
        "path": excerpt(path_as_sent(environ)),
        "forwarded": _quoted_or_absent(environ.get(header.key)),
    }


def _is_header_read(decision: Decision, environ: WSGIEnvironment) -> bool:
    """Return whether the header decided who the client is: then it stands in the line, else the client is the peer."""
    if decision.client is None:
        return decision.reason is Reason.UNREADABLE_FORWARDED
    peer = parse_peer(environ.get("REMOTE_ADDR"))
    return peer is None or peer[1] != decision.client


def _describe_peer(environ: WSGIEnvironment) -> str:
    """Give the peer as the server wrote it if it is an address, ``unix`` for a unix socket, other text in quotes."""
    peer = environ.get("REMOTE_ADDR")  # an observer may have changed it
    if parse_peer(peer):
        return str(peer)
    return UNIX_SOCKET if is_unix_socket(environ) else _quoted_or_absent(peer)


def _quoted_or_absent(value: object) -> str:
    return "absent" if value is None else quoted(str(value))


def notify(on_decision: Observer, decision: Decision, environ: WSGIEnvironment) -> None:
    """Call an observer; an exception that it raises is logged, and the decision stands."""
    try:
        on_decision(decision, environ)
    except Exception as error:  # noqa: BLE001 - an observer's fault must not decide a request
        # Not logger.exception: the text of the error may hold a client's text, raw.
        where = "".join(traceback.format_tb(error.__traceback__))
        what = excerpt(describe_error(error))
        logger.error("on_decision failed, the decision stands (%s): %s\n%s", decision, what, where)  # noqa: TRY400
