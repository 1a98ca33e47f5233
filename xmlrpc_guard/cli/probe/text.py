"""What a probe found, as lines of text."""

from collections.abc import Iterator
from typing import Any

from xmlrpc_guard.probe.closing import describe_remedies
from xmlrpc_guard.probe.repeating import write_line
from xmlrpc_guard.probe.result import Group, Result
from xmlrpc_guard.probe.sending import SiteServer
from xmlrpc_guard.target import Scripts


def describe_probe(result: Result, server: SiteServer, scripts: Scripts, ca_file: str | None) -> Iterator[str]:
    """Write a result as lines."""
    site, endpoint = result.site, result.endpoint
    yield f"{site.origin} at {result.address}, asked from {result.own_address}"
    yield f"the endpoint is {endpoint.path}, by {endpoint.source}"
    if endpoint.elsewhere:
        yield f"  the page names {endpoint.elsewhere} for it, another host's or no script's, which was not asked"
    sent = len(result.outcomes)
    yield f"{sent} of {result.planned} requests sent to it, {result.requests} in all"
    if result.stopped:
        yield f"stopped: {result.stopped}"
    yield ""
    yield from _describe_answers(result)
    for outcome in result.unexplained:
        yield from ("", f"{outcome.verdict.value}, for example:", f"    {write_line(outcome.attempt, server, ca_file)}")
    for group in result.groups:
        yield ""
        yield _describe_group(group)
        yield f"    {write_line(group.example, server, ca_file)}"
    remedies = [*describe_remedies(result, scripts)]
    yield from ["", "what closes it:", *(f"  {remedy}" for remedy in remedies)] if remedies else []
    yield ""
    yield _describe_end(result)


def _describe_answers(result: Result) -> Iterator[str]:
    width = len(str(result.planned))
    yield from (f"{number:{width}} {verdict.value}" for verdict, number in result.verdicts.items())


def _describe_group(group: Group) -> str:
    methods = ", ".join(f"{number} by {method}" for method, number in group.methods.items())
    return f"{group.verdict.value}: {group.kind} ({methods})"


def _describe_end(result: Result) -> str:
    if result.holes:
        return f"{len(result.holes)} requests reach it from here, of {len(result.groups)} classes"
    if result.doubt:
        return f"none of the requests reached XML-RPC, but that proves nothing: {result.doubt}"
    return "none of the requests reached XML-RPC from here"


def describe_as_json(result: Result, server: SiteServer, scripts: Scripts, ca_file: str | None) -> dict[str, Any]:
    """Give the same as an object for ``json``."""
    return {
        "site": result.site.origin,
        "address": result.address,
        "from": result.own_address,
        "endpoint": result.endpoint.path,
        "endpoint_by": result.endpoint.source,
        "planned": result.planned,
        "sent": len(result.outcomes),
        "requests": result.requests,
        "stopped": result.stopped or None,
        "proves_nothing": (not result.holes and result.doubt) or None,
        "unexplained": [write_line(outcome.attempt, server, ca_file) for outcome in result.unexplained],
        "answers": {verdict.name.lower(): number for verdict, number in result.verdicts.items()},
        "holes": [_group_as_json(group, write_line(group.example, server, ca_file)) for group in result.groups],
        "remedies": [*describe_remedies(result, scripts)],
    }


def _group_as_json(group: Group, line: str) -> dict[str, Any]:
    return {
        "answer": group.verdict.name.lower(),
        "class": group.kind,
        "methods": dict(group.methods),
        "repeat": line,
    }
