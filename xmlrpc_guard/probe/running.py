"""A probe from its first request to its last, and what makes it stop before."""

import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from xmlrpc_guard.corpus import ANYWHERE, Attempt
from xmlrpc_guard.probe.answers import SiteAnswer
from xmlrpc_guard.probe.controls import Control
from xmlrpc_guard.probe.finding import GIVEN, Endpoint, find_endpoint
from xmlrpc_guard.probe.outcomes import AttemptOutcome
from xmlrpc_guard.probe.planning import plan
from xmlrpc_guard.probe.result import Result
from xmlrpc_guard.probe.sending import SilenceError, SiteServer
from xmlrpc_guard.probe.site import Site
from xmlrpc_guard.probe.verdicts import KnownSite, Verdict, judge_answer

RATE = 5.0
"""Requests a second."""
FIRST_LOOK, LONGEST_WAIT = 10, 40
"""After so many requests the site's own page is asked again, then after twice as many, up to the latter."""
MOST_SILENT, MOST_LATE = 3, 12
"""So many requests in a row without an answer make it ask again; so many in all that took all their time end it."""

_UNAUTHORIZED, _FORBIDDEN = 401, 403
_WRONG_PATH = "a wrong path looks like your rule"
_BLOCKED = (Verdict.FORBIDDEN, Verdict.GUARDED, Verdict.CHALLENGED, Verdict.LIMITED, Verdict.FAILED)


class StoppedError(Exception):
    """The reason why no more is sent."""


@dataclass
class Pace:
    """The time between two requests."""

    rate: float = RATE
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _next: float = field(default=float("-inf"))

    def wait(self) -> None:
        """Wait until the next request may be sent."""
        left = self._next - self.clock()
        if left > 0:
            self.sleep(left)
        self._next = max(self._next, self.clock()) + 1 / self.rate


@dataclass
class Asking:
    """One site being asked: how fast, and how often it was."""

    server: SiteServer
    pace: Pace
    requests: int = 0
    late: int = 0

    def ask(self, attempt: Attempt) -> SiteAnswer:
        """Send one request in its time; SilenceError if there is no answer."""
        self.pace.wait()
        self.requests += 1
        begun = self.pace.clock()
        try:
            return self.server.ask(attempt)
        finally:
            self.late += self.pace.clock() - begun >= self.server.seconds


class Prepared(NamedTuple):
    """What is known of a site before its endpoint is asked, and what will be sent."""

    asking: Asking
    own_address: str
    page: SiteAnswer
    endpoint: Endpoint
    known: KnownSite
    attempts: list[Attempt]
    refusal: int | None = None
    """The status by which a rule is known to refuse."""

    @property
    def seconds(self) -> float:
        """How long it takes at least."""
        return len(self.attempts) / self.asking.pace.rate

    @property
    def doubts(self) -> list[str]:
        """Why a refusal may be one of a wrong path, a line each."""
        if self.refusal is not None:
            return [f"with --refusal {self.refusal}, {_WRONG_PATH}: without the rule, this command must exit 1"]
        if self.endpoint.source == GIVEN and any(answer.status == _FORBIDDEN for answer in self.known.missing):
            return [f"a page that does not exist is refused by 403, too, so that {_WRONG_PATH}"]
        return []

    @property
    def void(self) -> str:
        """Why an answer of this site says nothing of those to visitors; "" if it does."""
        return _find_void(self.asking.server.site, self.page)


def prepare_probe(
    server: SiteServer,
    pace: Pace,
    *,
    path: str | None = None,
    marker: str = "",
    everything: bool = False,
    refusal: int | None = None,
) -> Prepared:
    """Look how a site answers, and where its endpoint is, with three requests.

    SilenceError or StoppedError if it cannot be asked; ConfigurationError if ``path`` is none.
    """
    own_address = server.find_own_address()
    asking = Asking(server, pace)
    page = asking.ask(Attempt("the page", ANYWHERE, server.site.path))
    verdict = judge_answer(page, KnownSite())
    if verdict in _BLOCKED:
        raise StoppedError(f"the site's own page gives {verdict.value}: it shows nothing to this address")
    endpoint = find_endpoint(server.site, page, path)
    # A page need not be UTF-8, nor what was typed to find something in it.
    known = _look_around(asking, endpoint, page, marker.encode("utf-8", "surrogateescape"))
    attempts = list(plan(endpoint.path, server.site.authority, everything=everything))
    return Prepared(asking, own_address, page, endpoint, known, attempts, refusal)


def _look_around(asking: Asking, endpoint: Endpoint, page: SiteAnswer, marker: bytes) -> KnownSite:
    """Ask for what does not exist, beside the endpoint and with its extension: a server has rules for both."""
    path = endpoint.beside(secrets.token_hex(8))
    missing = tuple(asking.ask(Attempt("a missing page", ANYWHERE, path, method)) for method in ("GET", "POST"))
    return KnownSite(missing, marker, page, path.rpartition("/")[2])


def run_probe(prepared: Prepared, advance: Callable[[int], object] = lambda _: None) -> Result:
    """Send all, one after the other, and tell who answered; a site that stops answering ends it."""
    asking, server = prepared.asking, prepared.asking.server
    outcomes: list[AttemptOutcome] = []
    unexplained: list[AttemptOutcome] = []
    stopped = ""
    try:
        _send_all(prepared, outcomes, advance)
        unexplained.extend(_find_unexplained(prepared, outcomes))
    except StoppedError as error:
        stopped = str(error)
    except KeyboardInterrupt:
        stopped = "ended by Ctrl-C"
    return Result(
        server.site,
        server.address,
        prepared.own_address,
        prepared.endpoint,
        planned=len(prepared.attempts),
        void=prepared.void,
        requests=asking.requests,
        refusal=prepared.refusal,
        outcomes=tuple(outcomes),
        unexplained=tuple(unexplained),
        stopped=stopped,
    )


def _send_all(prepared: Prepared, outcomes: list[AttemptOutcome], advance: Callable[[int], object]) -> None:
    """Add what came of each request to ``outcomes``; StoppedError once the site stops answering."""
    watch = _Watch(prepared)
    for attempt in prepared.attempts:
        outcomes.append(_ask(prepared, attempt))
        advance(1)
        watch.look(outcomes[-1])
    watch.look_again()


def _find_unexplained(prepared: Prepared, outcomes: list[AttemptOutcome]) -> Iterator[AttemptOutcome]:
    """Look further if nothing was found."""
    if any(outcome.verdict.is_open for outcome in outcomes):
        return iter(())
    asking = prepared.asking
    control = Control(asking.ask, prepared.known, prepared.endpoint, asking.server.site.authority)
    return control.find_unexplained(outcome for outcome in outcomes if outcome.code != prepared.refusal)


def _find_void(site: Site, page: SiteAnswer) -> str:
    """Say so if a site's own page leads elsewhere, or is shown to no stranger: then visitors are elsewhere, too."""
    if page.status == _UNAUTHORIZED:
        return "the site's own page asks for a password"
    target = page.field("location") if page.status in range(300, 400) else ""
    if re.match(r"[a-z+.-]+:|//", target.lower()) and not f"{target}/".startswith(f"{site.origin}/"):
        return f"the site's own page redirects to {target:.100}; ask that address"
    return ""


def _ask(prepared: Prepared, attempt: Attempt) -> AttemptOutcome:
    known = prepared.known
    try:
        answer = prepared.asking.ask(attempt)
    except SilenceError:
        return AttemptOutcome(attempt, Verdict.SILENT)
    is_like_missing = known.answers_missing_like(answer, prepared.endpoint.name)
    return AttemptOutcome(attempt, judge_answer(answer, known), answer.likeness, is_like_missing)


@dataclass
class _Watch:
    """Whether the site is still what it was: a refusal proves nothing once it refuses everything."""

    prepared: Prepared
    wait: int = FIRST_LOOK
    since: int = 0
    silent: int = 0
    changing: bool = False
    """Whether the page's title is another one for each request, so that its status alone counts."""

    def look(self, outcome: AttemptOutcome) -> None:
        """Look at an outcome; StoppedError if no more should be sent."""
        self.since += 1
        self.silent = self.silent + 1 if outcome.verdict is Verdict.SILENT else 0
        if outcome.verdict is Verdict.LIMITED:
            raise StoppedError("the site answers 429, too many requests; wait, and ask with a smaller --rate")
        if self.prepared.asking.late >= MOST_LATE:
            seconds = self.prepared.asking.server.seconds
            raise StoppedError(f"{MOST_LATE} requests were not answered in full within {seconds:g} seconds")
        if self.silent >= MOST_SILENT or self.since >= self.wait:
            self.wait = min(2 * self.wait, LONGEST_WAIT) if self.since >= self.wait else self.wait
            self.look_again()

    def look_again(self) -> None:
        """Ask for the site's own page again; StoppedError if it is not the one that it was."""
        self.since = self.silent = 0
        before, now = self.prepared.page, self._ask_for_the_page()
        if now.likeness == before.likeness or (self.changing and now.status == before.status):
            return
        verdict = judge_answer(now, KnownSite())
        if verdict in _BLOCKED:
            raise StoppedError(f"this address seems to be banned: the site's own page gives {verdict.value} now")
        if now.status != before.status or self._ask_for_the_page().likeness == now.likeness:
            raise StoppedError(f"the site has changed meanwhile: {_compare(before, now)}")
        self.changing = True

    def _ask_for_the_page(self) -> SiteAnswer:
        asking = self.prepared.asking
        try:
            return asking.ask(Attempt("the page", ANYWHERE, asking.server.site.path))
        except SilenceError as silence:
            raise StoppedError(f"this address seems to be banned: the site's own page gives {silence} now") from None


def _compare(before: SiteAnswer, now: SiteAnswer) -> str:
    if before.status != now.status:
        return f"its own page gave {before.status}, and now {now.status}"
    return "its own page has another title now, or leads elsewhere"
