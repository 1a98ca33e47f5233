"""Which setting closes what a probe found."""

from collections.abc import Collection, Iterator, Sequence

from xmlrpc_guard.probe.outcomes import AttemptOutcome
from xmlrpc_guard.probe.respelling import EXTENSION
from xmlrpc_guard.probe.result import Result
from xmlrpc_guard.probe.verdicts import Verdict
from xmlrpc_guard.target import Scripts, path_of

_ALLOW = (
    "allow: no guard stands before these, or it only reports (report_only), or it lists your address. Put one directly "
    "around what forwards to PHP, and let PHP be reached no other way; or let the server refuse them: "
    "xmlrpc-guard render"
)
_SOURCE = (
    "the source: a rule of the server keeps the path from PHP and sends the file, to listed clients too; hand it to "
    "PHP there, or leave that rule out where a guard stands"
)
_METHOD = (
    "the method: most of what is open to {open} is refused to {refused}; a rule must hold for every method, as a "
    "guard's does"
)
_REFUSALS = (Verdict.FORBIDDEN, Verdict.NOT_ALLOWED, Verdict.GUARDED, Verdict.REFUSED)
_UNKNOWN = "unknown: {number} of them would pass a guard with these names too; please report this"


def describe_remedies(result: Result, scripts: Scripts) -> Iterator[str]:
    """Say what closes the holes that were found, a line each; ``scripts`` are those that a guard names."""
    reached = [hole for hole in result.holes if hole.verdict is Verdict.REACHED]
    names = [*scripts, *_find_missing(reached, scripts, result.endpoint.name)]
    left = _not_covered(reached, names)
    if len(names) > len([*scripts]):
        quoted = ", ".join(f'"{name}"' for name in names)
        yield f"scripts: the endpoint has other names here than a guard's settings say; write scripts = [{quoted}]"
    if reached:
        yield _ALLOW
    if left:
        yield _UNKNOWN.format(number=len(left))
    yield from _describe_method(result)
    if len(reached) < len(result.holes):
        yield _SOURCE


def _find_missing(reached: Collection[AttemptOutcome], scripts: Scripts, name: str) -> Iterator[str]:
    """Give the names that a guard's settings lack: the endpoint's own, and the one without its extension."""
    names = [*scripts]
    for missing in (name, name.removesuffix(EXTENSION)):
        before = len(_not_covered(reached, names))
        if len(_not_covered(reached, [*names, missing])) < before:
            names.append(missing)
            yield missing


def _not_covered(reached: Collection[AttemptOutcome], names: Sequence[str]) -> list[AttemptOutcome]:
    scripts = Scripts(names)
    return [each for each in reached if not scripts.reached_by(path_of(each.attempt.target))]


def _describe_method(result: Result) -> Iterator[str]:
    """Say so where most of what is open to one method is refused to the other, by GET or by POST."""
    verdicts = {outcome.attempt: outcome.verdict for outcome in result.outcomes}
    for method, other in (("GET", "POST"), ("POST", "GET")):
        pairs = [
            verdicts[attempt._replace(method=method)]
            for attempt, verdict in verdicts.items()
            if attempt.method == other and verdict.is_open and attempt._replace(method=method) in verdicts
        ]
        if 2 * sum(verdict in _REFUSALS for verdict in pairs) > len(pairs):
            yield _METHOD.format(refused=method, open=other)
