"""The middleware: a WSGI environ in, and either the wrapped application's answer or a refusal out."""

import logging
import traceback
from collections.abc import Callable, Iterable
from logging import WARNING
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import webob

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.forwarded import ForwardedHeader
from xmlrpc_guard.networks import parse_address
from xmlrpc_guard.policy import NOT_GUARDED, Decision, Policy, PolicySource, Reason
from xmlrpc_guard.target import Scripts, path_of
from xmlrpc_guard.text import excerpt, quoted

logger = logging.getLogger("xmlrpc_guard")

DECISION_KEY = "xmlrpc_guard.decision"
"""Where a guarded request's environ holds its Decision."""
REPORTED_KEY = "xmlrpc_guard.reported"
"""Where it holds that Decision again if a guard that only reports let a refused request pass."""

_RAW_TARGETS = ("RAW_URI", "REQUEST_URI")  # the request line's own text, in the servers that give it


Observer = Callable[[Decision, WSGIEnvironment], object]


class XMLRPCGuard:
    """A WSGI application that refuses strangers at the guarded scripts and passes all else to ``app``.

    ``denied`` answers the refused: any WSGI application, a short plain 403 if None. With ``report_only``
    nobody is refused, only reported. ``on_decision(decision, environ)`` is called for each guarded request;
    what it raises is logged and changes nothing. Each refusal is one record at WARNING on the logger
    ``xmlrpc_guard``, with ``client``, ``peer``, ``reason`` and ``path``. The environ of a guarded request
    holds its Decision as ``xmlrpc_guard.decision`` before either application is called.

    It must stand directly around the application that forwards to PHP: what rewrites a path behind it
    defeats it. Unusable arguments raise ConfigurationError.

    >>> from xmlrpc_guard import Policy
    >>> guard = XMLRPCGuard(lambda environ, start_response: [], Policy(allow=["192.0.64.0/18"]))
    >>> guard.decide({"PATH_INFO": "/xmlrpc.php", "REMOTE_ADDR": "192.0.64.5"})
    Decision(Reason.LISTED, '192.0.64.5')
    """

    def __init__(
        self,
        app: WSGIApplication,
        policy: PolicySource,
        *,
        denied: WSGIApplication | None = None,
        report_only: bool = False,
        on_decision: Observer | None = None,
    ) -> None:
        _check(app, policy, denied, report_only, on_decision)
        self._app = app
        self._source = policy
        self._denied = forbidden if denied is None else denied
        self._report_only = report_only
        self._on_decision = on_decision
        _tell_doubts(policy.current(), report_only)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as PEP 3333 asks; the body of a refused one is left unread."""
        policy = self._source.current()
        if not _reaches(policy.scripts, environ):
            return self._app(environ, start_response)
        decision = policy.judge(environ.get("REMOTE_ADDR"), environ.get(policy.forwarded_header.key))
        environ[DECISION_KEY] = decision
        if self._on_decision is not None:
            _notify(self._on_decision, decision, environ)
        if decision.reason.allowed:
            return self._app(environ, start_response)
        if logger.isEnabledFor(WARNING):
            verb = "would refuse" if self._report_only else "refused"
            _log_refusal(verb, decision, policy.forwarded_header, environ)
        return self._refuse(decision, environ, start_response)

    def _refuse(self, decision: Decision, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._report_only:
            environ[REPORTED_KEY] = decision
            return self._app(environ, start_response)
        return self._denied(environ, start_response)

    def decide(self, environ: WSGIEnvironment) -> Decision:
        """Decide what a request's environ deserves, without answering it."""
        policy = self._source.current()
        if not _reaches(policy.scripts, environ):
            return NOT_GUARDED
        return policy.judge(environ.get("REMOTE_ADDR"), environ.get(policy.forwarded_header.key))


def _check(app: object, policy: object, denied: object, report_only: object, on_decision: object) -> None:
    has_policy = callable(getattr(type(policy), "current", None))
    answers = denied is None or (callable(denied) and not isinstance(denied, type))
    observes = on_decision is None or callable(on_decision)
    for setting, value, usable, problem in (
        ("app", app, callable(app), "is not callable; pass a WSGI application"),
        ("policy", policy, has_policy, "is not a Policy; write Policy(allow=[...])"),
        ("denied", denied, answers, "is not a WSGI application; pass an instance, as webob.exc.HTTPNotFound()"),
        ("report_only", report_only, isinstance(report_only, bool), "is neither True nor False; write one of them"),
        ("on_decision", on_decision, observes, "is not callable; pass a function of (decision, environ)"),
    ):
        if not usable:
            raise ConfigurationError(setting, value, problem)


def _tell_doubts(policy: Policy, report_only: bool) -> None:
    """Say once what an operator may not have meant."""
    if not policy.allow:
        fate = "would be refused" if report_only else "is refused"
        logger.warning("allow is empty: every request for %s %s", ", ".join(policy.scripts), fate)
    for doubt in policy.doubts:
        logger.warning("%s", doubt)


def _reaches(scripts: Scripts, environ: WSGIEnvironment) -> bool:
    """Look at every view of the path that the environ holds, since what is wrapped may forward any of them."""
    try:
        script, path = environ["SCRIPT_NAME"], environ["PATH_INFO"]
    except KeyError:  # PEP 3333 lets a server leave out what would be empty
        script, path = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
    whole = path
    if script:
        whole = script + path
        if path[:1] != "/" and (scripts.reached_by(path) or _scheme_reaches(scripts, path, environ)):
            return True
    if ":" in whole and _scheme_reaches(scripts, whole, environ):
        return True
    if (scripts.mark in whole or "%" in whole) and scripts.reached_by(whole):
        return True
    # The raw targets mostly repeat what was just looked at.
    if "RAW_URI" in environ and environ["RAW_URI"] != whole and _raw_reaches(scripts, environ["RAW_URI"], whole):
        return True
    return "REQUEST_URI" in environ and _raw_reaches(scripts, environ["REQUEST_URI"], whole)


def _scheme_reaches(scripts: Scripts, path: str, environ: WSGIEnvironment) -> bool:
    """Look at a path that begins with a scheme together with its query, as path_of does with a raw target."""
    begins = ":" in path and path[:1] != "/"
    return begins and scripts.reached_by(f"{path}?{environ.get('QUERY_STRING', '')}")


def _raw_reaches(scripts: Scripts, raw: str, whole: str) -> bool:
    return raw.partition("?")[0] != whole and scripts.reached_by(path_of(raw))


def _rendered(response: webob.Response) -> WSGIApplication:
    """Freeze a response into the cheapest application that gives it: nothing is built per request."""
    status, headers, whole, empty = response.status, response.headerlist, (response.body,), ()

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, headers[:])  # a copy, since a server may change it
        return empty if environ.get("REQUEST_METHOD") == "HEAD" else whole

    return answer


forbidden = _rendered(webob.Response("Forbidden\n", status=403, content_type="text/plain", cache_control="no-store"))
"""The default answer to the refused."""


def _log_refusal(verb: str, decision: Decision, header: ForwardedHeader, environ: WSGIEnvironment) -> None:
    reason, peer, forwarded = decision.reason, environ.get("REMOTE_ADDR"), environ.get(header.key)
    said = "absent" if forwarded is None else quoted(forwarded)
    facts = {
        "client": decision.client or "unknown",
        "peer": peer if parse_address(peer) else "absent" if peer is None else quoted(str(peer)),
        "reason": reason.name,
        "path": excerpt(_path(environ)),
        "forwarded": said,
    }
    message = "%(verb)s %(client)s: %(sentence)s (%(setting)s); peer %(peer)s"
    if reason is Reason.UNREADABLE_FORWARDED:
        message += ", %(header)s %(forwarded)s"
    message += ", path %(path)s"  # the last: nothing that it holds can pose as another field
    words = {"verb": verb, "sentence": reason.sentence, "setting": reason.setting}
    logger.warning(message, {**facts, **words, "header": header}, extra=facts)


def _path(environ: WSGIEnvironment) -> str:
    """Choose the view that tells an operator most: as it was sent, without what is certainly a query.

    A query may hold a signature.
    """
    decoded: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    raw: str | None = next((environ[key] for key in _RAW_TARGETS if key in environ), None)
    return decoded if raw is None else path_of(raw)


def _notify(on_decision: Observer, decision: Decision, environ: WSGIEnvironment) -> None:
    try:
        on_decision(decision, environ)
    except Exception as error:  # noqa: BLE001 - whatever somebody's function does, the decision stands
        # Not logger.exception: what the error says may hold a client's text, raw.
        where = "".join(traceback.format_tb(error.__traceback__))
        what = excerpt(traceback.format_exception_only(error)[-1].strip())
        logger.error("on_decision failed, the decision stands (%s): %s\n%s", decision, what, where)  # noqa: TRY400
