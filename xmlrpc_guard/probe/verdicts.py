"""Who answered: XML-RPC itself, or what stands in front of it?"""

import re
from enum import Enum
from typing import NamedTuple

from xmlrpc_guard.probe.answers import Likeness, SiteAnswer

SENTENCE = b"XML-RPC server accepts POST requests only."
"""What WordPress answers to every method but POST, with 405."""


class Verdict(Enum):
    """What an answer shows, in a few words."""

    REACHED = "XML-RPC answered"
    SOURCE = "the script's source was sent as text"
    GUARDED = "refused by xmlrpc_guard"
    CHALLENGED = "a CDN's own page, which is a challenge or a refusal"
    LIMITED = "429, too many requests"
    FORBIDDEN = "403 of a server"
    NOT_ALLOWED = "405 of a server"
    REDIRECTED = "a redirect"
    MISSING = "404 or 410"
    SOFT_MISSING = "the page for what does not exist, with a status of success"
    REFUSED = "another status from 400 to 499"
    FAILED = "a status from 500 on"
    OWN_PAGE = "the site's own page"
    OTHER = "another page"
    SILENT = "no answer"

    @property
    def is_open(self) -> bool:
        """Whether it shows something to close."""
        return self in (Verdict.REACHED, Verdict.SOURCE)


class KnownSite(NamedTuple):
    """What is known of a site before its endpoint is asked."""

    missing: tuple[SiteAnswer, ...] = ()
    """Its answers to requests for what does not exist."""
    marker: bytes = b""
    """What the answer of the script has in it, for a script that is not WordPress'."""
    page: SiteAnswer | None = None
    """Its own page."""
    missing_name: str = ""
    """The name that does not exist, which those answers may repeat."""

    def answers_missing_like(self, answer: SiteAnswer, name: str) -> bool:
        """Return whether what does not exist is answered as a request for something of a name was.

        >>> site = KnownSite((SiteAnswer(404, (), b"<title>No a.php</title>"),), missing_name="a.php")
        >>> site.answers_missing_like(SiteAnswer(404, (), b"<title>No xmlrpc.php</title>"), "xmlrpc.php")
        True
        """
        blank = self._blank(answer, name)
        return any(blank == self._blank(missing, name) for missing in self.missing)

    def are_alike(self, one: SiteAnswer, other: SiteAnswer, name: str) -> bool:
        """Return whether two answers are one page, but for the names that were asked for."""
        return self._blank(one, name) == self._blank(other, name) and (bool(one.title) or one.body == other.body)

    def _blank(self, answer: SiteAnswer, name: str) -> Likeness:
        return answer.likeness.without(name).without(self.missing_name)


_XML = re.compile(rb"\A[\xef\xbb\xbf\s]*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:methodResponse|rsd)\b")
_FAULT_FIELD = "x-xmlrpc-guard"
_CHALLENGE_FIELDS = {
    "cf-mitigated": re.compile("challenge"),
    "x-amzn-waf-action": re.compile("."),
}
"""By header field: what Cloudflare and AWS WAF document of their own challenges."""
_CHALLENGE_BODY = re.compile(
    rb"<title>(?:Just a moment\.\.\.|Attention Required! \| Cloudflare)|error code: 10[0-9]{2}\b|"
    rb"Sucuri WebSite Firewall|_Incapsula_Resource"
)
_CHALLENGE_STATUSES = (202, 401, 403, 405, 406, 429, 503)


def judge_answer(answer: SiteAnswer, known: KnownSite) -> Verdict:
    """Tell who answered.

    >>> judge_answer(SiteAnswer(405, (), SENTENCE), KnownSite()), judge_answer(SiteAnswer(405), KnownSite())
    (<Verdict.REACHED: 'XML-RPC answered'>, <Verdict.NOT_ALLOWED: '405 of a server'>)
    """
    if answer.status == _LIMITED:  # whatever its page is, a CDN's or a guard's: no more is to be sent
        return Verdict.LIMITED
    verdict = _judge_body(answer, known.marker) or _STATUSES.get(answer.status)
    if verdict:
        return verdict
    if answer.status in range(200, 300):
        return _judge_page(answer, known)
    return _HUNDREDS.get(answer.status // 100, Verdict.OTHER if answer.body else Verdict.SILENT)


def _judge_page(answer: SiteAnswer, known: KnownSite) -> Verdict:
    if any(answer.is_page(missing) for missing in known.missing):
        return Verdict.SOFT_MISSING
    return Verdict.OWN_PAGE if known.page is not None and answer.is_page(known.page) else Verdict.OTHER


def _judge_body(answer: SiteAnswer, marker: bytes) -> Verdict | None:
    """Tell by its content who answered, if that tells."""
    if answer.field(_FAULT_FIELD) or is_default_refusal(answer):
        return Verdict.GUARDED
    if is_reached(answer, marker):
        return Verdict.REACHED
    if answer.body.lstrip().startswith(b"<?php"):
        return Verdict.SOURCE
    return Verdict.CHALLENGED if is_challenge(answer) else None


_LIMITED = 429
_STATUSES = {
    403: Verdict.FORBIDDEN,
    404: Verdict.MISSING,
    405: Verdict.NOT_ALLOWED,
    410: Verdict.MISSING,
}
_HUNDREDS = {3: Verdict.REDIRECTED, 4: Verdict.REFUSED, 5: Verdict.FAILED}


def is_default_refusal(answer: SiteAnswer) -> bool:
    """Return whether an answer is the one that a guard of this project gives by default to a refused request."""
    plain = answer.status == 403 and answer.body == b"Forbidden\n"  # noqa: PLR2004 - as answers.py has it
    return plain and answer.field("cache-control") == "no-store"


def is_reached(answer: SiteAnswer, marker: bytes = b"") -> bool:
    """Return whether XML-RPC itself answered: with its sentence, a response, a discovery document, or the marker.

    The answer to HEAD has no body; it is known by the one method that it allows, and by its type.
    """
    if marker and marker in answer.body:
        return True
    if answer.body.lstrip().startswith(SENTENCE) or _XML.match(answer.body):
        return True
    empty_405 = answer.status == 405 and not answer.body  # noqa: PLR2004
    return empty_405 and answer.field("allow") == "POST" and answer.field("content-type").startswith("text/plain")


def is_challenge(answer: SiteAnswer) -> bool:
    """Return whether a CDN or bot filter answered by itself."""
    if any(pattern.search(answer.field(name)) for name, pattern in _CHALLENGE_FIELDS.items()):
        return True
    return answer.status in _CHALLENGE_STATUSES and bool(_CHALLENGE_BODY.search(answer.body))
