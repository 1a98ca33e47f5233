"""The middleware: a WSGI environ in, and either the wrapped application's answer or a refusal out."""

import os
from collections.abc import Iterable, Mapping
from logging import WARNING
from typing import Any, Self
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from xmlrpc_guard.answers import busy, fault, forbidden
from xmlrpc_guard.caching import Headers, keep_private
from xmlrpc_guard.counting import EventCounts
from xmlrpc_guard.draining import DEFAULT_MAX_DRAIN, answer_and_drain, check_max_drain
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.inspection import MAX_BODY_READERS, Inspector
from xmlrpc_guard.policy import Decision, Policy, PolicySource, Reason
from xmlrpc_guard.records import (
    DECISION_KEY,
    REPORTED_KEY,
    Observer,
    RefusalLog,
    log_doubts,
    logger,
    notify,
)
from xmlrpc_guard.request import Request
from xmlrpc_guard.sampled import write_ended
from xmlrpc_guard.status import GuardCounts, GuardStatus, make_status
from xmlrpc_guard.surroundings import RewrittenPeers, log_doubts_about_server
from xmlrpc_guard.target import Scripts
from xmlrpc_guard.views import Gate, any_view_reaches


class XMLRPCGuard(Gate):
    """A WSGI application that refuses strangers at the guarded scripts and passes all else to ``app``.

    * ``denied`` answers the refused: any WSGI application; None is a short plain 403.
    * ``report_only``: every request passes, and a refusal is only reported.
    * ``on_decision(decision, environ)`` is called for each guarded request. An exception that it raises is logged and
      changes nothing.
    * ``log``: with ``"all"`` each refusal is one record at WARNING on the logger ``xmlrpc_guard``, with its facts as
      attributes; with ``"sampled"`` a client's first in a minute is, and one more record counts the others; with
      ``"off"`` none is. ``status()`` counts them all.
    * ``max_body_readers``: how many calls of other clients are read at a time, where the policy has public methods; one
      more is answered 503. What is read is put back into the environ.
    * ``denied_call``: with ``"fault"`` a refused call is answered by an XML-RPC fault, whose text an editor shows, in
      place of ``denied``.
    * ``max_drain``: how many bytes of a refused request's body are read away, for at most a second, so that the
      connection can serve others; 0 is none.

    The environ of a guarded request holds its Decision as ``xmlrpc_guard.decision`` before an application is called.
    No shared cache may store the answer to a guarded request, since it depends on the client.

    It must stand directly around the application that forwards to PHP: one in between that rewrites the path
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
        log: str = "all",
        max_drain: int = DEFAULT_MAX_DRAIN,
        denied_call: str = "denied",
        max_body_readers: int = MAX_BODY_READERS,
    ) -> None:
        _check_arguments(app, policy, denied, report_only, on_decision)
        self._app = app
        self._admitted = _kept_private(app)
        self._source = policy
        self._guard_only(_find_promised_scripts(policy))
        self._denied = forbidden if denied is None else _kept_private(denied)
        self._max_drain = check_max_drain(max_drain)
        self._denied_calls = _choose_answers(denied_call, self._denied)
        self._inspector = Inspector(max_body_readers, report_only=report_only)
        self._report_only = report_only
        self._on_decision = on_decision
        self._refusals = RefusalLog(log, report_only=report_only)
        self.counts: GuardCounts = GuardCounts.of(app, policy, EventCounts(_DECISIONS), self._refusals.written)
        """What is counted, for a monitoring system that counts along."""
        self._decided = self.counts.decisions.cells
        self._rewritten_peers = RewrittenPeers()
        current = policy.current()
        if current.calls.methods:
            self._inspector.prepare()
        log_doubts(current, report_only=report_only)
        log_doubts_about_server()

    @classmethod
    def from_config(
        cls,
        app: WSGIApplication,
        path: str | os.PathLike[str] | None = None,
        *,
        denied: WSGIApplication | None = None,
        on_decision: Observer | None = None,
    ) -> Self:
        """Make a guard from the settings in a TOML file and in the environment of the process, which come first.

        ``path`` is the file, or None for the one that ``XMLRPC_GUARD_CONFIG`` names; there may be none. What cannot be
        used raises ConfigurationError, with the line or the variable that it stands in.
        """
        # Late, since settings make guards too.
        from xmlrpc_guard.settings.configuration import read_configuration  # noqa: PLC0415
        from xmlrpc_guard.settings.given import give_config  # noqa: PLC0415

        configuration = read_configuration(give_config(path), os.environ)
        policy = configuration.follow()
        return configuration.make(cls, app, policy, denied=denied, on_decision=on_decision)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        policy = self._source.current()
        if any_view_reaches(policy.scripts, environ):
            return self._answer_guarded(environ, start_response, policy)
        return self._app(environ, start_response)

    def _answer_guarded(
        self, environ: WSGIEnvironment, start_response: StartResponse, policy: Policy | None = None
    ) -> Iterable[bytes]:
        policy = policy or self._source.current()
        decision, denied = policy.judge_environ(environ), self._denied
        reason = decision.reason
        if reason is _UNDECIDED:
            decision = self._inspector.judge(policy, decision, environ)
            reason = decision.reason
            denied = self._denied_calls.get(reason, denied)
        environ[DECISION_KEY] = decision
        next(self._decided[reason])
        if self._on_decision is not None:
            notify(self._on_decision, decision, environ)
        if reason.allowed:
            self._rewritten_peers.look(environ)
            return self._admitted(environ, start_response)
        if logger.isEnabledFor(WARNING):
            self._rewritten_peers.look(environ)
            self._refusals.log(decision, policy.forwarded_header, environ)
        if self._report_only:
            environ[REPORTED_KEY] = decision
            return self._admitted(environ, start_response)
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:  # no call where no body can be left
            return answer_and_drain(denied, environ, start_response, self._max_drain)
        return denied(environ, start_response)

    def decide(self, environ: WSGIEnvironment) -> Decision:
        """Give the decision for a request's environ, without answering it or reading its body.

        A call whose body decides is UNDECIDED, which is not allowed.
        """
        return self._source.current().decide(Request.from_environ(environ))

    def status(self) -> GuardStatus:
        """Return what this process has decided and recorded so far, and the state of its lists and its upstream."""
        write_ended()
        return make_status(self.counts, self._source, report_only=self._report_only)


_NO_DECISIONS = (Reason.NOT_GUARDED, Reason.UNDECIDED)  # on a request that is guarded
_DECISIONS = [reason for reason in Reason if reason not in _NO_DECISIONS]


def _check_arguments(app: object, policy: object, denied: object, report_only: object, on_decision: object) -> None:
    current = getattr(type(policy), "current", None)
    answers = denied is None or (callable(denied) and not isinstance(denied, type))
    observes = on_decision is None or callable(on_decision)
    for setting, value, usable, problem in (
        ("app", app, callable(app), "is not callable; pass a WSGI application"),
        ("app", app, not _is_asgi(app), _ASGI),
        ("policy", policy, callable(current), "is not a Policy; write Policy(allow=[...])"),
        ("policy", policy, not _is_async(current), "has a current() that would have to be awaited; write a plain one"),
        ("denied", denied, answers, "is not a WSGI application; pass an instance, as webob.exc.HTTPNotFound()"),
        ("denied", denied, not _is_asgi(denied), _ASGI),
        ("report_only", report_only, isinstance(report_only, bool), "is neither True nor False; write one of them"),
        ("on_decision", on_decision, observes, "is not callable; pass a function of (decision, environ)"),
        ("on_decision", on_decision, not _is_async(on_decision), "would have to be awaited; pass a plain function"),
    ):
        if not usable:
            raise ConfigurationError(setting, value, problem)


def _find_promised_scripts(source: PolicySource) -> Scripts | None:
    """Give the scripts that each policy of a source guards; None if the source makes no such promise.

    PolicySource says what the promise is. A class that inherits the attribute, and has a ``current()`` of its own,
    makes none.
    """
    giver = next(each for each in type(source).__mro__ if "current" in vars(each))
    if "scripts" not in vars(giver):
        return None
    # Any other attribute of this name would open the scripts that the policy guards.
    guarded: Scripts = source.current().scripts
    if source.scripts != guarded:  # type: ignore[attr-defined]
        problem = "has scripts that are not those of its policy; give current().scripts, or rename the attribute"
        raise ConfigurationError("policy", source, problem)
    return guarded


_ASGI = "is an ASGI application, and a guard is WSGI middleware; pass a WSGI one, as a2wsgi.ASGIMiddleware makes of it"


def _is_asgi(app: object) -> bool:
    """Return whether an application can only be one of ASGI: it is awaited, or takes scope, receive and send.

    A WSGI server would call it for each request, and get a coroutine or a TypeError.
    """
    return _is_async(app) or (not _takes(app, 2) and _takes(app, 3))


def _is_async(function: object) -> bool:
    from inspect import isasyncgenfunction, iscoroutinefunction  # noqa: PLC0415 - half of what importing a guard takes

    call = type(function).__call__  # an instance may have one that is asynchronous; every type has some
    return any(map(iscoroutinefunction, (function, call))) or any(map(isasyncgenfunction, (function, call)))


def _takes(function: Any, arguments: int) -> bool:
    from inspect import signature  # noqa: PLC0415

    try:
        signature(function).bind(*range(arguments))
    except (TypeError, ValueError):  # it takes more or fewer, is not callable, or is written in C and tells nothing
        return False
    return True


def _kept_private(app: WSGIApplication) -> WSGIApplication:
    """Wrap an application so that no shared cache may store its answers."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: Headers, *exc_info: Any) -> Any:
            return start_response(status, keep_private(headers), *exc_info)

        return app(environ, start)

    return answer


_UNDECIDED = Reason.UNDECIDED  # looked up once: on Python 3.11 the class takes as long for it as for a call
_CALL_REFUSALS = (
    *(Reason.PRIVATE_METHOD, Reason.TOO_MANY_CALLS, Reason.UNREADABLE_CALL),
    *(Reason.ENCODED_BODY, Reason.BROKEN_BODY, Reason.LARGE_BODY),
)


def check_denied_call(denied_call: str) -> str:
    """Give back the name of an answer to refused calls; ConfigurationError for any other value."""
    if denied_call not in ("denied", "fault"):
        raise ConfigurationError("denied_call", denied_call, "is not an answer; write 'denied' or 'fault'")
    return denied_call


def _choose_answers(denied_call: str, denied: WSGIApplication) -> Mapping[Reason, WSGIApplication]:
    answer = {"denied": denied, "fault": fault}[check_denied_call(denied_call)]
    return {**dict.fromkeys(_CALL_REFUSALS, answer), Reason.BUSY: busy}
