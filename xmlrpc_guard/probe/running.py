"""A probe from its first request to its last, and what makes it stop before."""

import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from xmlrpc_guard.corpus import ANYWHERE, Attempt, read_corpus
from xmlrpc_guard.probe.answers import Answer
from xmlrpc_guard.probe.finding import Endpoint, find_endpoint
from xmlrpc_guard.probe.respelling import address_to, respell
from xmlrpc_guard.probe.result import Outcome, Result
from xmlrpc_guard.probe.sending import Place, SilenceError
from xmlrpc_guard.probe.site import Site
from xmlrpc_guard.probe.verdicts import Known, Verdict, judge

RATE = 5.0
"""Requests a second."""
FIRST_LOOK, LONGEST_WAIT = 10, 40
"""After so many requests the site's own page is asked again, then after twice as many, up to the latter."""
MOST_SILENT, MOST_LATE = 3, 12
"""So many requests in a row without an answer make it ask again; so many in all that took all their time end it."""

_UNAUTHORIZED = 401
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

    place: Place
    pace: Pace
    requests: int = 0
    late: int = 0

    def ask(self, attempt: Attempt) -> Answer:
        """Send one request in its time; SilenceError if there is no answer."""
        self.pace.wait()
        self.requests += 1
        begun = self.pace.clock()
        try:
            return self.place.ask(attempt)
        finally:
            self.late += self.pace.clock() - begun >= self.place.seconds


class Prepared(NamedTuple):
    """What is known of a site before its endpoint is asked, and what will be sent."""

    asking: Asking
    own_address: str
    page: Answer
    endpoint: Endpoint
    known: Known
    attempts: list[Attempt]

    @property
    def seconds(self) -> float:
        """How long it takes at least."""
        return len(self.attempts) / self.asking.pace.rate

    @property
    def void(self) -> str:
        """Why an answer of this site says nothing of those to visitors; "" if it does."""
        return _find_void(self.asking.place.site, self.page)


def prepare(
    place: Place, pace: Pace, *, path: str | None = None, marker: str = "", everything: bool = False
) -> Prepared:
    """Look how a site answers, and where its endpoint is, with three requests.

    SilenceError or StoppedError if it cannot be asked; ConfigurationError if ``path`` is none.
    """
    own_address = place.find_own_address()
    asking = Asking(place, pace)
    page = asking.ask(Attempt("the page", ANYWHERE, place.site.path))
    verdict = judge(page, Known())
    if verdict in _BLOCKED:
        raise StoppedError(f"the site's own page gives {verdict.value}: it shows nothing to this address")
    endpoint = find_endpoint(place.site, page, path)
    # A page need not be UTF-8, nor what was typed to find something in it.
    known = Known(tuple(_ask_missing(asking)), marker.encode("utf-8", "surrogateescape"))
    attempts = list(plan(endpoint.path, place.site.authority, everything=everything))
    return Prepared(asking, own_address, page, endpoint, known, attempts)


def _ask_missing(asking: Asking) -> Iterator[tuple[int, str, str]]:
    for method in ("GET", "POST"):
        missing = f"{asking.place.site.folder}{secrets.token_hex(8)}.php"
        yield asking.ask(Attempt("a missing page", ANYWHERE, missing, method)).likeness


def plan(path: str, authority: str, *, everything: bool = False) -> Iterator[Attempt]:
    """Give the requests for an endpoint, each once, in order: those of the corpus by GET and by POST.

    What would name another host is left out.

    >>> [attempt.method for attempt in plan("/xmlrpc.php", "blog.example")][:2]
    ['GET', 'POST']
    """
    corpus = read_corpus()
    rows: Iterable[Attempt] = (*corpus.chosen, *corpus.others) if everything else corpus.chosen
    sent: set[tuple[object, ...]] = set()
    for row in rows:
        target = address_to(row.target, authority)
        if target is not None:
            spelt = row._replace(
                target=respell(target, path), headers=tuple((name, respell(text, path)) for name, text in row.headers)
            )
            for attempt in _by_get_and_post(spelt):
                if attempt[2:] not in sent:
                    sent.add(attempt[2:])
                    yield attempt


def _by_get_and_post(row: Attempt) -> Iterator[Attempt]:
    yield row
    if row.method == "GET" and row.version:  # HTTP/0.9 has no other method
        yield row._replace(method="POST")


def run(prepared: Prepared, advance: Callable[[int], object] = lambda _: None) -> Result:
    """Send all, one after the other, and tell who answered; a site that stops answering ends it."""
    asking, place = prepared.asking, prepared.asking.place
    watch = _Watch(prepared)
    outcomes: list[Outcome] = []
    stopped = ""
    try:
        for attempt in prepared.attempts:
            outcomes.append(_ask(asking, attempt, prepared.known))
            advance(1)
            watch.look(outcomes[-1])
        watch.look_again()
    except StoppedError as error:
        stopped = str(error)
    except KeyboardInterrupt:
        stopped = "ended by Ctrl-C"
    return Result(
        place.site,
        place.address,
        prepared.own_address,
        prepared.endpoint,
        planned=len(prepared.attempts),
        void=prepared.void,
        requests=asking.requests,
        outcomes=tuple(outcomes),
        stopped=stopped,
    )


def _find_void(site: Site, page: Answer) -> str:
    """Say so if a site's own page leads elsewhere, or is shown to no stranger: then visitors are elsewhere, too."""
    if page.status == _UNAUTHORIZED:
        return "the site's own page asks for a password"
    target = page.field("location") if page.status in range(300, 400) else ""
    if re.match(r"[a-z+.-]+:|//", target.lower()) and not f"{target}/".startswith(f"{site.origin}/"):
        return f"the site's own page redirects to {target:.100}; ask that address"
    return ""


def _ask(asking: Asking, attempt: Attempt, known: Known) -> Outcome:
    try:
        answer = asking.ask(attempt)
    except SilenceError:
        return Outcome(attempt, Verdict.SILENT)
    return Outcome(attempt, judge(answer, known), answer.status)


@dataclass
class _Watch:
    """Whether the site is still what it was: a refusal proves nothing once it refuses everything."""

    prepared: Prepared
    wait: int = FIRST_LOOK
    since: int = 0
    silent: int = 0
    changing: bool = False
    """Whether the page's title is another one for each request, so that its status alone counts."""

    def look(self, outcome: Outcome) -> None:
        """Look at an outcome; StoppedError if no more should be sent."""
        self.since += 1
        self.silent = self.silent + 1 if outcome.verdict is Verdict.SILENT else 0
        if outcome.verdict is Verdict.LIMITED:
            raise StoppedError("the site answers 429, too many requests; wait, and ask with a smaller --rate")
        if self.prepared.asking.late >= MOST_LATE:
            seconds = self.prepared.asking.place.seconds
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
        verdict = judge(now, Known())
        if verdict in _BLOCKED:
            raise StoppedError(f"this address seems to be banned: the site's own page gives {verdict.value} now")
        if now.status != before.status or self._ask_for_the_page().likeness == now.likeness:
            raise StoppedError(f"the site has changed meanwhile: {_compare(before, now)}")
        self.changing = True

    def _ask_for_the_page(self) -> Answer:
        asking = self.prepared.asking
        try:
            return asking.ask(Attempt("the page", ANYWHERE, asking.place.site.path))
        except SilenceError as silence:
            raise StoppedError(f"this address seems to be banned: the site's own page gives {silence} now") from None


def _compare(before: Answer, now: Answer) -> str:
    if before.status != now.status:
        return f"its own page gave {before.status}, and now {now.status}"
    return "its own page has another title now, or leads elsewhere"
