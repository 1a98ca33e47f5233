"""A probe of a site that answers as a script says: what is sent, what is found, and what makes it stop."""

import re
from collections import Counter
from collections.abc import Callable
from secrets import token_hex
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

from tests.probe.scripted import FAULT, PAGE, Scripted, answer, guarded, target_of, wordpress
from xmlrpc_guard.corpus import Attempt
from xmlrpc_guard.probe.closing import describe_remedies
from xmlrpc_guard.probe.planning import plan
from xmlrpc_guard.probe.result import Result
from xmlrpc_guard.probe.running import Pace, StoppedError, prepare_probe, run_probe
from xmlrpc_guard.probe.sending import METHOD
from xmlrpc_guard.probe.verdicts import Verdict
from xmlrpc_guard.target import Scripts

Answering = Callable[[bytes], bytes | None]


def quick() -> Pace:
    return Pace(1000, sleep=lambda _: None)


def probe(site: Scripted, **how: Any) -> Result:
    return run_probe(prepare_probe(site.server(how.pop("seconds", 10)), quick(), **how))


def remedies(result: Result, *scripts: str) -> list[str]:
    return [line.partition(":")[0] for line in describe_remedies(result, Scripts(scripts or ["xmlrpc.php"]))]


# What is sent


def test_at_most_300_requests_are_sent_to_the_endpoint_by_get_and_post() -> None:
    attempts = list(plan("/xmlrpc.php", "blog.example"))
    methods = Counter(attempt.method for attempt in attempts)
    assert len(attempts) <= 300
    assert methods["GET"] > 100
    assert methods["POST"] > 100
    assert len({attempt[2:] for attempt in attempts}) == len(attempts)


def test_all_of_the_corpus_is_sent_if_that_is_wanted() -> None:
    everything = list(plan("/xmlrpc.php", "blog.example", everything=True))
    assert len(everything) > 30_000
    assert everything[:200] == list(plan("/xmlrpc.php", "blog.example"))[:200]
    assert {("GET", ""), ("PUT", "HTTP/1.1")} <= {(attempt.method, attempt.version) for attempt in everything}
    assert ("POST", "") not in {(attempt.method, attempt.version) for attempt in everything}


def test_a_header_that_names_the_script_names_the_endpoint() -> None:
    told = {attempt.headers for attempt in plan("/api.php", "blog.example", everything=True)}
    assert (("X-Original-URL", "/api.php"),) in told
    assert not [headers for headers in told if "xmlrpc" in str(headers)]


def test_requests_go_out_byte_for_byte_and_a_call_is_to_a_method_that_does_not_exist() -> None:
    with Scripted(wordpress) as site:
        probe(site)
    endpoint = site.requests[3:]
    assert b"GET /xml\trpc.php HTTP/1.1" in {request.partition(b"\r\n")[0] for request in endpoint}
    assert {f"Host: 127.0.0.1:{site.port}".encode() in request for request in site.requests} == {True}
    posts = [request.partition(b"\r\n\r\n") for request in endpoint if request.startswith(b"POST")]
    assert {re.findall(rb"<methodName>(.*?)<", body)[0] for _, _, body in posts} == {METHOD.encode()}
    assert {b"Content-Length: %d\r\n" % len(body) in head + b"\r\n" for head, _, body in posts} == {True}


def test_each_request_waits_for_its_time() -> None:
    now, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        now[0] += seconds

    pace = Pace(5, clock=lambda: now[0], sleep=sleep)
    for _ in range(3):
        pace.wait()
    now[0] += 10
    pace.wait()
    pace.wait()
    assert slept == [0.2, 0.2, 0.2]


# What is found


def renamed(request: bytes) -> bytes:
    if target_of(request) == b"/":
        return answer(200, b'<link rel="EditURI" href="/api.php?rsd">' + PAGE)
    return (
        wordpress(request.replace(b"/api.php", b"/xmlrpc.php", 1).replace(b"/xmlrpc.php?rsd", b"/", 1))
        if (b"/api.php" in target_of(request))
        else answer(404)
    )


def get_refused(request: bytes) -> bytes:
    return answer(403, b"<h1>403") if b"/xmlrpc.php" in request and request.startswith(b"GET") else wordpress(request)


def soft(request: bytes) -> bytes:
    reached = wordpress(request)
    return answer(200, b"<title>Nothing here</title>") if b" 404 " in reached[:20] else reached


def source(request: bytes) -> bytes:
    return answer(200, b"<?php\n") if target_of(request) == b"/xmlrpc.php" else guarded(request)


def own_script(request: bytes) -> bytes:
    return answer(200, b"<p>pong</p>") if target_of(request) == b"/rpc" else answer(404)


def multiviews(request: bytes) -> bytes:
    return answer(200, FAULT) if target_of(request) == b"/xmlrpc" else wordpress(request)


FOUND: list[Any] = [
    pytest.param(wordpress, {}, {("the plain path", "GET"), ("the plain path", "POST")}, ["allow"], id="no guard"),
    pytest.param(guarded, {}, set(), [], id="a guard"),
    pytest.param(
        renamed,
        {},
        {("the plain path", "GET"), ("the plain path", "POST")},
        ["scripts", "allow"],
        id="an endpoint of another name",
    ),
    pytest.param(get_refused, {}, {("the plain path", "POST")}, ["allow", "the method"], id="GET alone is refused"),
    pytest.param(soft, {}, {("the plain path", "GET"), ("the plain path", "POST")}, ["allow"], id="a soft 404"),
    pytest.param(
        source, {}, {("the plain path", "GET"), ("the plain path", "POST")}, ["the source"], id="the script's source"
    ),
    pytest.param(
        own_script,
        {"path": "/rpc", "marker": "pong"},
        {("the plain path", "GET"), ("the plain path", "POST")},
        ["scripts", "allow"],
        id="a script of one's own, by its marker",
    ),
    pytest.param(
        multiviews,
        {},
        {("the plain path", "POST"), ("the name without its extension", "POST")},
        ["scripts", "allow"],
        id="an extension that the server adds",
    ),
]


@pytest.mark.parametrize(("script", "how", "holes", "settings"), FOUND)
def test_what_reaches_xml_rpc_is_found(
    script: Answering, how: dict[str, Any], holes: set[tuple[str, str]], settings: list[str]
) -> None:
    with Scripted(script) as site:
        result = probe(site, **how)
    found = {(group.kind, method) for group in result.groups for method in group.methods}
    assert found >= holes
    assert bool(found) is bool(holes)
    assert remedies(result) == settings
    assert (result.stopped, result.doubt) == ("", "")
    assert sum(result.verdicts.values()) == len(result.outcomes) == result.planned
    assert result.requests == len(site.requests)


def test_a_soft_404_is_none_of_the_answers_of_xml_rpc() -> None:
    with Scripted(soft) as site:
        result = probe(site)
    assert result.verdicts[Verdict.SOFT_MISSING] > 150
    assert Verdict.OTHER not in result.verdicts


def test_the_names_that_a_guard_needs_are_given() -> None:
    with Scripted(multiviews) as site:
        result = probe(site)
    lines = list(describe_remedies(result, Scripts(["xmlrpc.php"])))
    assert lines[0].endswith('write scripts = ["xmlrpc.php", "xmlrpc"]')
    assert remedies(result, "xmlrpc.php", "xmlrpc") == ["allow"]


def test_what_no_name_covers_is_to_be_reported() -> None:
    def anything(request: bytes) -> bytes:
        return wordpress(request) if target_of(request) == b"/" else answer(200, FAULT)

    with Scripted(anything) as site:
        result = probe(site, everything=False)
    strange = [Attempt("odd", "", "/odd")]
    outcomes = (result.outcomes[0]._replace(attempt=strange[0]),)
    assert remedies(Result(**{**vars(result), "outcomes": outcomes})) == ["allow", "unknown"]


# What makes it stop


def after(number: int, then: Answering, before: Answering = guarded) -> Answering:
    """Answer so many requests in one way, and all others in another."""
    count = [0]

    def script(request: bytes) -> bytes | None:
        count[0] += 1
        return before(request) if count[0] <= number else then(request)

    return script


def refusing(status: int) -> Answering:
    return lambda _: answer(status)


STOPPED: list[Any] = [
    pytest.param(
        after(20, refusing(429)),
        "the site answers 429, too many requests; wait, and ask with a smaller --rate",
        id="429",
    ),
    pytest.param(
        after(20, refusing(403)),
        "this address seems to be banned: the site's own page gives 403 of a server now",
        id="403 for everything",
    ),
    pytest.param(
        after(20, lambda _: None),
        "this address seems to be banned: the site's own page gives the connection was closed without an answer now",
        id="connections that are closed",
    ),
    pytest.param(
        after(20, refusing(503)),
        "this address seems to be banned: the site's own page gives a status from 500 on now",
        id="503 for everything, as rate limits have it",
    ),
    pytest.param(
        after(20, lambda _: answer(200, b"<title>New</title>")),
        "the site has changed meanwhile: its own page has another title now, or leads elsewhere",
        id="another page",
    ),
    pytest.param(
        after(20, refusing(302)), "the site has changed meanwhile: its own page gave 200, and now 302", id="a redirect"
    ),
]


@pytest.mark.parametrize(("script", "reason"), STOPPED)
def test_a_site_that_answers_otherwise_than_before_ends_it(script: Answering, reason: str) -> None:
    with Scripted(script) as site:
        result = probe(site)
    assert result.stopped == result.doubt == reason
    assert len(result.outcomes) < 60
    assert len(site.requests) < 65


def test_a_ban_by_refused_connections_ends_it_at_once() -> None:
    with Scripted(guarded) as site:
        count = [0]

        def script(request: bytes) -> bytes:
            count[0] += 1
            if count[0] == 25:
                site.close()
            return guarded(request)

        site.script = script
        result = probe(site)
    assert result.stopped == (
        "this address seems to be banned: the site's own page gives the connection was refused now"
    )
    assert len(result.outcomes) < 30


def test_what_was_found_before_a_stop_stays_found() -> None:
    with Scripted(after(80, refusing(429), wordpress)) as site:
        result = probe(site)
    assert result.holes
    assert result.stopped


def test_a_page_with_a_title_for_each_request_ends_nothing() -> None:
    count = [0]

    def script(request: bytes) -> bytes:
        count[0] += 1
        return answer(200, b"<title>%d visitors</title>" % count[0]) if target_of(request) == b"/" else guarded(request)

    with Scripted(script) as site:
        result = probe(site)
    assert (result.stopped, len(result.outcomes)) == ("", result.planned)


def test_ctrl_c_ends_it_with_what_was_found() -> None:
    with Scripted(wordpress) as site:
        prepared = prepare_probe(site.server(), quick())

        def interrupt(_: int) -> None:
            if len(site.requests) > 100:
                raise KeyboardInterrupt

        result = run_probe(prepared, interrupt)
    assert (result.stopped, bool(result.holes)) == ("ended by Ctrl-C", True)


def test_an_odd_request_that_gets_no_answer_ends_nothing() -> None:
    def deaf_to_tabs(request: bytes) -> bytes | None:
        return None if b"\t" in target_of(request) else guarded(request)

    with Scripted(deaf_to_tabs) as site:
        result = probe(site)
    assert result.stopped == ""
    assert result.verdicts[Verdict.SILENT] > 2


UNASKABLE: list[Any] = [
    pytest.param(refusing(403), "the site's own page gives 403 of a server: it shows nothing", id="403 for its page"),
    pytest.param(refusing(429), "the site's own page gives 429, too many requests: it", id="429 for its page"),
    pytest.param(refusing(502), "the site's own page gives a status from 500 on: it", id="502 for its page"),
    pytest.param(
        lambda _: answer(403, b"", "cf-mitigated: challenge"),
        "the site's own page gives a CDN's own page, which is a challenge or a refusal: it",
        id="a challenge for its page",
    ),
]


@pytest.mark.parametrize(("script", "reason"), UNASKABLE)
def test_a_site_that_refuses_its_own_page_is_not_asked_for_more(script: Answering, reason: str) -> None:
    with Scripted(script) as site, pytest.raises(StoppedError) as raised:
        probe(site)
    assert str(raised.value).startswith(reason)
    assert len(site.requests) == 1


def rpc_gives(status: int, *fields: str) -> Answering:
    return lambda request: answer(status, b"", *fields) if b"rpc" in target_of(request) else wordpress(request)


def page_gives(status: int, *fields: str) -> Answering:
    return lambda request: answer(status, b"", *fields) if target_of(request) == b"/" else guarded(request)


def in_turn(get: Answering, post: Answering) -> Answering:
    """Answer by GET in one way, and by POST in another."""
    return lambda request: (post if request.startswith(b"POST") else get)(request)


def all_but_the_page_give(status: int, body: bytes = b"", *fields: str) -> Answering:
    """Answer so for what exists and what does not; ``@name`` in a field is the path that was asked."""

    def script(request: bytes) -> bytes:
        path = target_of(request).decode("latin-1")
        written = [field.replace("@name", path) for field in fields]
        return answer(status, body, *written) if path != "/" else wordpress(request)

    return script


def escapes_give(status: int, body: bytes = b"") -> Answering:
    """Answer so where the name is spelt with an escape, and refuse the plain spelling."""

    def script(request: bytes) -> bytes | None:
        target = target_of(request)
        return (
            answer(status, body) if b"%" in target and b"rpc" in unquote_to_bytes(target) else rpc_gives(403)(request)
        )

    return script


def any_escape_gives(status: int, body: bytes = b"") -> Answering:
    """Answer so where any name is spelt with an escape, and refuse the endpoint's plain spelling."""

    def script(request: bytes) -> bytes | None:
        target = target_of(request)
        return answer(status, body.replace(b"@target", target)) if b"%" in target else rpc_gives(403)(request)

    return script


def numbered(request: bytes) -> bytes | None:
    """Answer 404 to all but the page, with a title that is never the same."""
    return all_but_the_page_give(404, b"<title>Not found, report %s</title>" % token_hex(8).encode())(request)


THEIRS = b"<title>Page not found</title>"  # of the site's own 404
UNKNOWN = "requests got another page, which may be the script's own answer; look at one, and give a text"
FAILING = "requests got a status from 500 on where the script may be reached and cannot run; look at one"
DOUBTFUL: list[Any] = [
    pytest.param(rpc_gives(403), "", id="a server refuses the endpoint"),
    pytest.param(rpc_gives(405), "", id="a server knows no method for the endpoint, and 404 for the rest"),
    pytest.param(rpc_gives(401), "", id="a server asks for a password at the endpoint alone"),
    pytest.param(rpc_gives(302, "Location: http://127.0.0.1/"), "", id="a refusal that redirects to nowhere"),
    pytest.param(rpc_gives(404), "", id="a rule answers 404 by another page than the site does"),
    pytest.param(
        all_but_the_page_give(404, THEIRS),
        "the endpoint itself gives 404 or 410, as a page that does not exist does: a wrong path would look the same; "
        "if your rule answers so, give --refusal 404",
        id="there is no endpoint",
    ),
    pytest.param(
        numbered, "nothing refuses the endpoint itself, which gives 404 or 410", id="each 404 has a number of its own"
    ),
    pytest.param(in_turn(all_but_the_page_give(404), rpc_gives(403)), "", id="POST is refused, and no GET is answered"),
    pytest.param(
        all_but_the_page_give(405),
        "the endpoint itself gives 405 of a server, as a page that does not exist does: a wrong path would look the "
        "same; if your rule answers so, give --refusal 405",
        id="a store of files knows no method for anything",
    ),
    pytest.param(
        all_but_the_page_give(302, b"", "Location: /login?to=@name"),
        "the endpoint itself gives a redirect, as a page that does not exist does: a wrong path would look the same",
        id="the whole site asks to log in",
    ),
    pytest.param(
        rpc_gives(301, "Location: https://blog.example/xmlrpc.php"),
        "the endpoint itself redirects to https://blog.example/xmlrpc.php; ask that address",
        id="the endpoint is at another address",
    ),
    pytest.param(
        all_but_the_page_give(200, PAGE),
        "the endpoint itself gives the page for what does not exist, with a status of success, as a page that does "
        "not exist does: a wrong path would look the same",
        id="a site of one page shows it at every path",
    ),
    pytest.param(
        lambda request: answer(200, PAGE) if b"rpc" in target_of(request) else wordpress(request),
        "nothing refuses the endpoint itself, which gives the site's own page",
        id="the home page stands in for the endpoint",
    ),
    pytest.param(escapes_give(200, b"pong"), UNKNOWN, id="a script that is not known answers some spellings"),
    pytest.param(escapes_give(200), UNKNOWN, id="an empty page may be a script's"),
    pytest.param(escapes_give(500), FAILING, id="a script fails for the spellings that reach it"),
    pytest.param(
        in_turn(escapes_give(500), all_but_the_page_give(503)),
        FAILING,
        id="PHP is not there for anything that a server does not refuse",
    ),
    pytest.param(
        after(288, lambda _: None, escapes_give(500)), FAILING, id="a failure is compared with no answer at all"
    ),
    pytest.param(any_escape_gives(500), "", id="a server fails for some spellings of any name"),
    pytest.param(any_escape_gives(200, b"<title>News</title>"), "", id="some spellings of any name lead to a page"),
    pytest.param(any_escape_gives(200, b"@target"), UNKNOWN, id="pages without a title that differ are not one page"),
    pytest.param(escapes_give(501), "", id="a server does not know how to answer a spelling"),
    pytest.param(
        lambda request: None if target_of(request) == b"/xmlrpc.php" else guarded(request),
        "the endpoint itself gives no answer, to any client; if your rule answers so, give --refusal 444",
        id="the connection is closed",
    ),
    pytest.param(
        page_gives(301, "Location: https://blog.example/"),
        "the site's own page redirects to https://blog.example/; ask that address",
        id="the site is at another address",
    ),
    pytest.param(page_gives(302, "Location: /blog/"), "", id="the page is in a folder of the same site"),
    pytest.param(page_gives(302), "", id="a redirect to nowhere"),
    pytest.param(
        page_gives(302, "Location: http://["),
        "the site's own page redirects to http://[; ask that address",
        id="a redirect to what is no address",
    ),
    pytest.param(page_gives(401), "the site's own page asks for a password", id="the site is closed"),
    pytest.param(
        rpc_gives(502), "the endpoint itself gives a status from 500 on, to any client", id="PHP is not there"
    ),
    pytest.param(
        rpc_gives(403, "cf-mitigated: challenge"),
        "a CDN answered in the site's place; ask from another address, or the server behind it",
        id="a CDN challenges it",
    ),
]


@pytest.mark.parametrize(("script", "doubt"), DOUBTFUL)
def test_having_found_nothing_may_prove_nothing(script: Answering, doubt: str) -> None:
    with Scripted(script) as site:
        result = probe(site)
    assert (result.holes, result.stopped) == ((), "")
    assert doubt in result.doubt
    assert bool(result.doubt) is bool(doubt)


KNOWN_RULES: list[Any] = [
    pytest.param(all_but_the_page_give(404), 404, "", id="a rule that is known to answer 404"),
    pytest.param(all_but_the_page_give(404), 403, "a wrong path would look the same", id="a rule with another answer"),
    pytest.param(rpc_gives(503), 503, "", id="a rule that is known to answer 503"),
    pytest.param(
        in_turn(rpc_gives(404), rpc_gives(502)), 404, "gives a status from 500 on", id="a rule for GET, and a fault"
    ),
]


@pytest.mark.parametrize(("script", "refusal", "doubt"), KNOWN_RULES)
def test_an_operator_may_say_what_a_rule_answers(script: Answering, refusal: int, doubt: str) -> None:
    with Scripted(script) as site:
        result = probe(site, refusal=refusal)
    assert doubt in result.doubt
    assert bool(result.doubt) is bool(doubt)
