"""What a guard reports: a log record for each refusal, what an operator should check, and calls to an observer."""

import logging
import traceback
from collections.abc import Callable, Iterable
from time import monotonic
from wsgiref.types import WSGIEnvironment

from xmlrpc_guard.counting import EventCounts
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.forwarded import ForwardedHeader
from xmlrpc_guard.peers import UNIX_SOCKET, is_unix_socket, parse_peer
from xmlrpc_guard.policy import Decision, Policy, Reason
from xmlrpc_guard.sampled import Sampled, count_more
from xmlrpc_guard.sampling import Summary
from xmlrpc_guard.text import describe_error, excerpt, quoted
from xmlrpc_guard.views import path_as_sent

logger: logging.Logger = logging.getLogger("xmlrpc_guard")

DECISION_KEY = "xmlrpc_guard.decision"
"""Where a guarded request's environ holds its Decision."""
REPORTED_KEY = "xmlrpc_guard.reported"
"""Where it holds that Decision again if a guard that only reports let a refused request pass."""

Observer = Callable[[Decision, WSGIEnvironment], object]
Recorder = Callable[[Decision, ForwardedHeader, WSGIEnvironment], None]

LOG_MODES = ("all", "sampled", "off")
"""Which refusals a guard records."""
UNKNOWN = "unknown"
"""What stands in place of a client that cannot be known."""
WRITTEN = "written"


def check_log(mode: object) -> None:
    """Raise ConfigurationError for what is none of LOG_MODES."""
    if mode not in LOG_MODES:
        raise ConfigurationError("log", mode, f"is not a way to log; write one of {', '.join(LOG_MODES)}")


def log_doubts(policy: Policy, *, report_only: bool) -> None:
    """Log, when a guard is made, what its operator may not have meant."""
    if report_only:
        logger.warning("report_only is on: no request is refused")
    if not policy.allow and not policy.calls.is_open:
        fate = "would be refused" if report_only else "is refused"
        logger.warning("allow is empty: every request for %s %s", ", ".join(policy.scripts), fate)
    log_sentences(policy.doubts)


def log_sentences(sentences: Iterable[str]) -> None:
    """Log what an operator should check, a record each."""
    for sentence in sentences:
        logger.warning("%s", sentence)


# A record's attributes are named by the Elastic Common Schema where it has a name for them. `client.address` and
# `source.address` are always there, `client.ip` and `source.ip` where they are an address, as that schema wants it.
class RefusalLog:
    """The records of one guard's refusals: of all, of a sample, or of none.

    With ``sampled``, a client's first refusal in a minute has a record, and the others of that minute are counted in
    one more record.
    """

    def __init__(self, mode: str, *, report_only: bool, clock: Callable[[], float] = monotonic) -> None:
        check_log(mode)
        self._sampled = Sampled(self._write_summary, clock)
        self._verb, self._outcome = ("would refuse", "success") if report_only else ("refused", "failure")
        self.log: Recorder = {"all": self._write, "sampled": self._write_first, "off": _write_nothing}[mode]
        """Record one refusal at WARNING, its facts also as attributes, or leave it out."""
        self.written: EventCounts[str] = EventCounts([WRITTEN])
        """How many refusals have had a record of their own."""

    def _write_first(self, decision: Decision, header: ForwardedHeader, environ: WSGIEnvironment) -> None:
        if self._sampled.is_first(decision.client):
            self._write(decision, header, environ)

    def _write(self, decision: Decision, header: ForwardedHeader, environ: WSGIEnvironment) -> None:
        """Log one refusal. Values that a client chose are escaped and cut, so that no request can forge a line."""
        self.written.add(WRITTEN)
        reason, peer = decision.reason, describe_peer(environ)
        client, path = decision.client or UNKNOWN, excerpt(path_as_sent(environ))
        forwarded = _quoted_or_absent(environ.get(header.key))
        facts = {
            **_address_facts("client", client),
            **_address_facts("source", peer),
            **self._event_facts(),
            "event.reason": reason.sentence,
            "rule.name": reason.name,
            "rule.ruleset": reason.setting,
            "url.path": path,
            "xmlrpc_guard.forwarded": forwarded,
            **({} if decision.detail is None else {"xmlrpc_guard.detail": excerpt(decision.detail)}),
        }
        read = f", {header} {forwarded}" if _is_header_read(decision, environ) else ""
        # What a client chose is in quotes, or is the last, as the path: it cannot pose as another field.
        detail = "" if decision.detail is None else f": {quoted(decision.detail)}"
        words = (self._verb, client, reason.sentence, reason.setting, detail, peer, read, path)
        logger.warning("%s %s: %s (%s)%s; peer %s%s, path %s", *words, extra=facts)

    def _write_summary(self, summary: Summary) -> None:
        client, refusals = summary
        facts = {
            **({} if client is None else _address_facts("client", client)),
            **self._event_facts(),
            "xmlrpc_guard.suppressed": refusals,
        }
        who = "other clients" if client is None else client
        logger.warning("%s %s %s", self._verb, who, count_more(refusals), extra=facts)

    def _event_facts(self) -> dict[str, str]:
        return {"event.action": self._verb, "event.outcome": self._outcome}


def _write_nothing(_decision: Decision, _header: ForwardedHeader, _environ: WSGIEnvironment) -> None:
    pass


def _address_facts(role: str, address: str) -> dict[str, str]:
    return {f"{role}.address": address, **({f"{role}.ip": peer[1]} if (peer := parse_peer(address)) else {})}


def _is_header_read(decision: Decision, environ: WSGIEnvironment) -> bool:
    """Return whether the header decided who the client is: then it stands in the line, else the client is the peer."""
    if decision.client is None:
        return decision.reason is Reason.UNREADABLE_FORWARDED
    peer = parse_peer(environ.get("REMOTE_ADDR"))
    return peer is None or peer[1] != decision.client


def describe_peer(environ: WSGIEnvironment) -> str:
    """Give the peer's address, ``unix`` for a unix socket, other text in quotes.

    An IPv4 client of a socket that takes both families is IPv4's, as it is in the rest of the record: who looks for
    clients that connect by themselves compares the two.
    """
    peer = environ.get("REMOTE_ADDR")  # an observer may have changed it
    if address := parse_peer(peer):
        return address[1]
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
