"""What one request of a probe met with, as values."""

from typing import NamedTuple

from xmlrpc_guard.corpus import Attempt
from xmlrpc_guard.probe.answers import Likeness
from xmlrpc_guard.probe.verdicts import Verdict

PLAIN = "the plain path"
"""The class of the endpoint's own path."""
NO_ANSWER = 444
"""How nginx names it that a rule closes the connection without an answer (``return 444``)."""
LEAST_REFUSAL = 400
"""The least status by which a rule can refuse; a page's would be what the script's may be."""
_NOT_DONE = (501, 505)  # a server does not know a method or a version: no script was meant to run
_EVERY_DAY = ("GET", "POST")


class AttemptOutcome(NamedTuple):
    """A request that was sent, and who answered it."""

    attempt: Attempt
    verdict: Verdict
    likeness: Likeness = Likeness()
    is_like_missing: bool = False
    """Whether a page that does not exist is answered in the same way."""

    @property
    def code(self) -> int:
        """The answer's status; NO_ANSWER if there was no answer, 0 if it had no status."""
        return NO_ANSWER if self.verdict is Verdict.SILENT else self.likeness.status

    @property
    def may_be_the_scripts(self) -> bool:
        """Whether it is a page that nothing was known of; a HEAD's has no content, and HTTP/0.9's no status."""
        return self.verdict is Verdict.OTHER and self.code > 0 and self.attempt.method in _EVERY_DAY

    @property
    def has_failed(self) -> bool:
        """Whether a script may have been meant to run, and could not."""
        return self.verdict is Verdict.FAILED and self.code not in _NOT_DONE and self.attempt.method in _EVERY_DAY

    def leads_to(self, name: str) -> bool:
        """Return whether it redirects to what has the same name, as to the same path by ``https``."""
        return f"/{self.likeness.location.partition('?')[0]}".rstrip("/").endswith(f"/{name}")
