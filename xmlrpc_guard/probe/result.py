"""What a probe found, as values."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from xmlrpc_guard.corpus import Attempt
from xmlrpc_guard.probe.finding import Endpoint
from xmlrpc_guard.probe.site import Site
from xmlrpc_guard.probe.verdicts import Verdict

PLAIN = "the plain path"
"""The class of the endpoint's own path."""
_TELLS_NOTHING = (Verdict.FAILED, Verdict.SILENT)


class Outcome(NamedTuple):
    """A request that was sent, and who answered it."""

    attempt: Attempt
    verdict: Verdict
    status: int = 0
    """0 where there was none."""


class Group(NamedTuple):
    """The requests of one class that show the same hole."""

    verdict: Verdict
    kind: str
    methods: Mapping[str, int]
    """How many of them there are, by method."""
    example: Attempt


@dataclass(frozen=True)
class Result:
    """All that a probe has to say."""

    site: Site
    address: str
    """The one that was asked."""
    own_address: str
    """The one that asked, as this machine knows it."""
    endpoint: Endpoint
    planned: int
    """How many requests were to be sent to the endpoint."""
    void: str = ""
    """Why an answer to this address, or of this page, says nothing of those to strangers; "" if it does."""
    requests: int = 0
    """How many were sent in all, with those that look how the site answers otherwise."""
    outcomes: tuple[Outcome, ...] = ()
    stopped: str = ""
    """Why not all were sent; "" if all were."""

    @property
    def verdicts(self) -> Mapping[Verdict, int]:
        """How many requests had which answer, in the order of Verdict."""
        counts = Counter(outcome.verdict for outcome in self.outcomes)
        return {verdict: counts[verdict] for verdict in Verdict if counts[verdict]}

    @property
    def holes(self) -> tuple[Outcome, ...]:
        """The requests that show something to close."""
        return tuple(outcome for outcome in self.outcomes if outcome.verdict.is_open)

    @property
    def groups(self) -> tuple[Group, ...]:
        """The same by class, in the order in which they were found."""
        return tuple(self._group())

    def _group(self) -> Iterator[Group]:
        grouped: dict[tuple[Verdict, str], list[Attempt]] = {}
        for attempt, verdict, _ in self.holes:
            grouped.setdefault((verdict, attempt.kind), []).append(attempt)
        for (verdict, kind), mine in grouped.items():
            yield Group(verdict, kind, Counter(attempt.method for attempt in mine), mine[0])

    @property
    def doubt(self) -> str:
        """Why having found nothing proves nothing; "" if it proves what a probe can."""
        if self.stopped:
            return self.stopped
        plain = [outcome for outcome in self.outcomes if outcome.attempt.kind == PLAIN]
        if plain and all(outcome.verdict in _TELLS_NOTHING for outcome in plain):
            return f"the endpoint itself gives {plain[-1].verdict.value}, to any client"
        if plain and all(outcome.verdict is Verdict.CHALLENGED for outcome in plain):
            return "a CDN answered in the site's place; ask from another address, or the server behind it"
        return self.void
