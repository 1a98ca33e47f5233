"""A user's project: what is right has no complaint, and what is wrong has one of each type checker's.

A comment that ignores nothing is an error itself, so a mistake that is no longer found fails as well.
"""

from collections.abc import Iterable
from typing import assert_type
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import netaddr
import webob

from xmlrpc_guard import ConfigurationError, Decision, Networks, Policy, Reason, Request, Settings, XMLRPCGuard
from xmlrpc_guard.proxy import ReverseProxy, application
from xmlrpc_guard.sources import File, LivePolicy


def page(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(environ.get("xmlrpc_guard.decision")).encode()]


def count(decision: Decision, environ: WSGIEnvironment) -> None:
    print(environ["PATH_INFO"], decision.reason.sentence, decision.client)


policy = Policy(
    allow=["jetpack", netaddr.IPNetwork("203.0.113.0/24"), "2001:db8::/32"],
    deny=Networks(["192.0.64.5"]),
    trusted_proxies=["10.0.0.0/8", "unix"],
    forwarded_header="Forwarded",
    scripts=("xmlrpc.php",),
)
guard = XMLRPCGuard(page, policy, report_only=True, on_decision=count)
wrapped: WSGIApplication = guard
denied: WSGIApplication = XMLRPCGuard(page, policy, denied=webob.Response(status=404))
through: WSGIApplication = XMLRPCGuard(ReverseProxy("http://127.0.0.1:8080"), policy)
whole: WSGIApplication = application("http://127.0.0.1:8080", allow="jetpack")

assert_type(policy.decide(Request("/xmlrpc.php", peer="203.0.113.9")), Decision)
assert_type(policy.decide(Request("/")).reason, Reason)
assert_type(guard.decide({"PATH_INFO": "/xmlrpc.php"}).client, str | None)
assert_type(LivePolicy(policy, allow=[File("/etc/allow.txt")]).current(), Policy)
assert_type(Settings(allow=["jetpack"]).policy(), Policy)


def explain(allow: list[str]) -> str:
    try:
        Policy(allow=allow)
    except ConfigurationError as error:
        return f"{error.setting}: {error.problem}"
    return ""


Policy()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Policy(["jetpack"])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Policy(allow=[1])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
Policy(allow=["jetpack"], denny=[])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
XMLRPCGuard(page)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
XMLRPCGuard(page, ["jetpack"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
policy.allow = Networks()  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
