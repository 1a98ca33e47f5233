"""Does it prove anything that no request reached XML-RPC?

Only if the script was there to be reached, and its answer would have been recognised. The first is shown by a refusal
of the endpoint's plain path: an answer that a page which does not exist does not get. A 403 is one in any case, since a
server may refuse all scripts.
"""

from collections.abc import Collection, Iterator

from xmlrpc_guard.probe.outcomes import LEAST_REFUSAL, PLAIN, AttemptOutcome
from xmlrpc_guard.probe.verdicts import Verdict

_TELLS_NOTHING = (Verdict.FAILED, Verdict.SILENT)
_REFUSES = (Verdict.FORBIDDEN, Verdict.GUARDED)
_MAY_REFUSE = (Verdict.NOT_ALLOWED, Verdict.REFUSED, Verdict.MISSING, Verdict.REDIRECTED)
_PAGE = (
    "requests got another page, which may be the script's own answer; look at one, and give a text of that answer by "
    "--marker"
)
_FAILED = "requests got a status from 500 on where the script may be reached and cannot run; look at one"
_ALIKE = "the endpoint itself gives {answer}, as a page that does not exist does: a wrong path would look the same"
_OPEN = "nothing refuses the endpoint itself, which gives {answer}"
_CONTROL = "; if your rule answers so, give --refusal {code}"


def describe_unexplained(unexplained: Collection[AttemptOutcome]) -> Iterator[str]:
    """Say why answers that may be the script's own prove nothing."""
    for outcome in unexplained:
        yield _FAILED if outcome.has_failed else _PAGE


def doubt_endpoint(outcomes: Collection[AttemptOutcome], name: str, refusal: int | None = None) -> str:
    """Say so if nothing refuses the endpoint itself; "" if something does.

    ``name`` is the endpoint's file name, and ``refusal`` the status by which a rule is known to refuse.
    """
    plain = [outcome for outcome in outcomes if outcome.attempt.kind == PLAIN and outcome.code != refusal]
    # A title with a number of its own makes each 404 another page: what a rule answers, it answers by GET and by POST.
    has_one_page = len({outcome.likeness for outcome in plain}) == 1
    if not plain or any(_is_refusal(outcome, name, has_one_page=has_one_page) for outcome in plain):
        return ""
    return _describe_endpoint(plain[-1], name)


def find_silence(outcomes: Collection[AttemptOutcome], refusal: int | None = None) -> str:
    """Say so if the endpoint itself gives nothing to any client, or a CDN answers for it; "" if not."""
    plain = [outcome for outcome in outcomes if outcome.attempt.kind == PLAIN and outcome.code != refusal]
    if plain and all(outcome.verdict in _TELLS_NOTHING for outcome in plain):
        return f"the endpoint itself gives {plain[-1].verdict.value}, to any client{_suggest_control(plain[-1])}"
    if plain and all(outcome.verdict is Verdict.CHALLENGED for outcome in plain):
        return "a CDN answered in the site's place; ask from another address, or the server behind it"
    return ""


def _is_refusal(outcome: AttemptOutcome, name: str, *, has_one_page: bool) -> bool:
    if outcome.verdict in _REFUSES:
        return True
    if outcome.verdict is Verdict.MISSING and not has_one_page:
        return False
    return outcome.verdict in _MAY_REFUSE and not outcome.is_like_missing and not outcome.leads_to(name)


def _describe_endpoint(outcome: AttemptOutcome, name: str) -> str:
    if outcome.leads_to(name):
        return f"the endpoint itself redirects to {outcome.likeness.location:.100}; ask that address"
    reason = _ALIKE if outcome.is_like_missing else _OPEN
    return reason.format(answer=outcome.verdict.value) + _suggest_control(outcome)


def _suggest_control(outcome: AttemptOutcome) -> str:
    may_be_a_rule = outcome.verdict is not Verdict.FAILED and outcome.code >= LEAST_REFUSAL
    return _CONTROL.format(code=outcome.code) if may_be_a_rule else ""
