"""What a probe found, as values."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from xmlrpc_guard.corpus import Attempt
from xmlrpc_guard.probe.finding import Endpoint
from xmlrpc_guard.probe.outcomes import AttemptOutcome
from xmlrpc_guard.probe.proving import describe_unexplained, doubt_endpoint, find_silence
from xmlrpc_guard.probe.site import Site
from xmlrpc_guard.probe.verdicts import Verdict


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
    refusal: int | None = None
    """The status by which a rule is known to refuse, if a page that does not exist has it too."""
    requests: int = 0
    """How many were sent in all, with those that look how the site answers otherwise."""
    outcomes: tuple[AttemptOutcome, ...] = ()
    unexplained: tuple[AttemptOutcome, ...] = ()
    """A page and a failure that may be the script's own, if there are any, and nothing was found."""
    stopped: str = ""
    """Why not all were sent; "" if all were."""

    @property
    def verdicts(self) -> Mapping[Verdict, int]:
        """How many requests had which answer, in the order of Verdict."""
        counts = Counter(outcome.verdict for outcome in self.outcomes)
        return {verdict: counts[verdict] for verdict in Verdict if counts[verdict]}

    @property
    def holes(self) -> tuple[AttemptOutcome, ...]:
        """The requests that show something to close."""
        return tuple(outcome for outcome in self.outcomes if outcome.verdict.is_open)

    @property
    def groups(self) -> tuple[Group, ...]:
        """The same by class, in the order in which they were found."""
        return tuple(self._group())

    def _group(self) -> Iterator[Group]:
        grouped: dict[tuple[Verdict, str], list[Attempt]] = {}
        for attempt, verdict, *_ in self.holes:
            grouped.setdefault((verdict, attempt.kind), []).append(attempt)
        for (verdict, kind), mine in grouped.items():
            yield Group(verdict, kind, Counter(attempt.method for attempt in mine), mine[0])

    @property
    def doubt(self) -> str:
        """Why having found nothing proves nothing; "" if it proves what a probe can."""
        if self.holes:
            return self.stopped or self.void
        return next(filter(None, self._doubts()), "")

    def _doubts(self) -> Iterator[str]:
        yield self.stopped
        yield find_silence(self.outcomes, self.refusal)
        yield self.void
        yield from describe_unexplained(self.unexplained)
        yield doubt_endpoint(self.outcomes, self.endpoint.name, self.refusal)
