"""Are answers that are not known the script's? Not if a name that does not exist gets them, too, spelt in the same way.

Some rules of servers end in 500 for an odd path whatever its name is, and some paths lead to an ordinary page.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from xmlrpc_guard.corpus import Attempt
from xmlrpc_guard.probe.answers import SiteAnswer
from xmlrpc_guard.probe.finding import Endpoint
from xmlrpc_guard.probe.outcomes import AttemptOutcome
from xmlrpc_guard.probe.planning import find_twin
from xmlrpc_guard.probe.sending import SilenceError
from xmlrpc_guard.probe.verdicts import KnownSite, Verdict

_LEAST_FAILURE = 500
_MOST = 300
"""So many pages, and as many failures, are compared at most: all that can be without --all."""


@dataclass(frozen=True)
class Control:
    """What is asked to compare."""

    ask: Callable[[Attempt], SiteAnswer]
    known: KnownSite
    endpoint: Endpoint
    authority: str

    def find_unexplained(self, outcomes: Iterable[AttemptOutcome]) -> Iterator[AttemptOutcome]:
        """Give the first page, and the first failure, that a name which does not exist does not get."""
        outcomes = list(outcomes)
        for suspects in (
            [outcome for outcome in outcomes if outcome.may_be_the_scripts],
            [outcome for outcome in outcomes if outcome.has_failed],
        ):
            yield from islice((outcome for outcome in suspects[:_MOST] if not self._explains(outcome)), 1)

    def _explains(self, outcome: AttemptOutcome) -> bool:
        all_fails = any(missing.status >= _LEAST_FAILURE for missing in self.known.missing)
        if outcome.verdict is Verdict.FAILED and all_fails:  # PHP is not there
            return False
        path = self.endpoint.path.removesuffix(self.endpoint.name) + self.known.missing_name
        twin = find_twin(outcome.attempt, self.endpoint.path, path, self.authority)
        try:
            one, other = self.ask(outcome.attempt), self.ask(twin)
        except SilenceError:
            return False
        return self.known.are_alike(one, other, self.endpoint.name)
