"""What an answer is read as, and who is told to have given it."""

import gzip
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.probe.scripted import FAULT, PAGE, WORDPRESS_405
from xmlrpc_guard.answers import fault, forbidden
from xmlrpc_guard.probe.answers import LARGEST_ANSWER, SiteAnswer, is_whole, parse_answer
from xmlrpc_guard.probe.verdicts import SENTENCE, KnownSite, Verdict, judge_answer
from xmlrpc_guard.testing import environ_as

OK = b"HTTP/1.1 200 OK\r\n"
READ: list[Any] = [
    pytest.param(OK + b"A: b\r\n\r\nbody", SiteAnswer(200, (("a", "b"),), b"body"), id="an ordinary one"),
    pytest.param(b"HTTP/1.0 204\nA:b\n\n", SiteAnswer(204, (("a", "b"),)), id="bare line feeds and no words"),
    pytest.param(b"XML-RPC server", SiteAnswer(0, (), b"XML-RPC server"), id="HTTP/0.9 has a body alone"),
    pytest.param(OK, SiteAnswer(200), id="a status line alone"),
    pytest.param(OK + b"\r\nbody", SiteAnswer(200, (), b"body"), id="no fields"),
    pytest.param(OK + b"no field\r\n\r\n", SiteAnswer(200), id="a line that is no field"),
    pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"\r\n", SiteAnswer(200), id="after an interim answer"),
    pytest.param(b"HTTP/1.1 103 Early\r\n", SiteAnswer(0), id="an interim answer that does not end"),
    pytest.param(
        OK + b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        SiteAnswer(200, (("transfer-encoding", "chunked"),), b"abcde"),
        id="in chunks",
    ),
    pytest.param(
        OK + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\nabc",
        SiteAnswer(200, (("transfer-encoding", "chunked"),), b"abc"),
        id="a chunk that is cut",
    ),
    pytest.param(
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"<title>"),
        SiteAnswer(200, (("content-encoding", "gzip"),), b"<title>"),
        id="compressed although it was not asked for",
    ),
    pytest.param(
        OK + b"Content-Encoding: gzip\r\n\r\nno",
        SiteAnswer(200, (("content-encoding", "gzip"),), b"no"),
        id="said to be compressed",
    ),
]


@pytest.mark.parametrize(("received", "answer"), READ)
def test_an_answer_is_read(received: bytes, answer: SiteAnswer) -> None:
    assert parse_answer(received) == answer


def test_a_compressed_bomb_is_read_no_further_than_any_other_answer() -> None:
    bomb = zlib.compress(bytes(300 * LARGEST_ANSWER))
    answer = parse_answer(OK + b"Content-Encoding: deflate\r\n\r\n" + bomb)
    assert len(answer.body) == LARGEST_ANSWER


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer(received: bytes) -> None:
    for text in (received, OK + received, OK + b"Transfer-Encoding: chunked\r\n\r\n" + received):
        answer = parse_answer(text)
        assert isinstance(judge_answer(answer, KnownSite()), Verdict)
        assert is_whole(text) in (True, False)


WHOLE: list[Any] = [
    pytest.param(OK + b"Content-Length: 2\r\n\r\nok", True, id="with a length"),
    pytest.param(OK + b"Content-Length: 2\r\n\r\no", False, id="short of its length"),
    pytest.param(OK + b"\r\nok", False, id="without a length: it ends with the connection"),
    pytest.param(OK + b"Content-Le", False, id="within its head"),
    pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", True, id="in chunks"),
    pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", False, id="without the last chunk"),
    pytest.param(b"HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n", False, id="an interim answer"),
    pytest.param(bytes(LARGEST_ANSWER), True, id="as much as is read of any"),
]


@pytest.mark.parametrize(("received", "whole"), WHOLE)
def test_an_answer_that_is_all_there_is_not_waited_for(received: bytes, whole: bool) -> None:
    assert is_whole(received) is whole


# Who answered


def own(app: Any) -> SiteAnswer:
    """Give this project's own answer as a server sends it."""
    told: list[Any] = []
    body = b"".join(app(environ_as("waitress", "/"), lambda *given: told.extend(given)))
    return SiteAnswer(int(told[0][:3]), tuple((name.lower(), value) for name, value in told[1]), body)


MISSING = SiteAnswer(200, (), b"<title>Nothing here</title>")
HOME = SiteAnswer(200, (), b"<title>The blog</title>")
KNOWN = KnownSite((MISSING,), b"my own script", HOME)
HTML = (("content-type", "text/html"),)
VERDICTS: list[Any] = [
    pytest.param(parse_answer(WORDPRESS_405), Verdict.REACHED, id="WordPress' sentence"),
    pytest.param(SiteAnswer(200, (), SENTENCE + b"\n"), Verdict.REACHED, id="the sentence by another status"),
    pytest.param(SiteAnswer(0, (), SENTENCE), Verdict.REACHED, id="the sentence by HTTP/0.9"),
    pytest.param(SiteAnswer(200, (), FAULT), Verdict.REACHED, id="a fault of WordPress"),
    pytest.param(SiteAnswer(200, (), b"\xef\xbb\xbf\n<methodResponse>"), Verdict.REACHED, id="a response after a mark"),
    pytest.param(SiteAnswer(200, (), b'<?xml version="1.0"?><rsd version="1.0">'), Verdict.REACHED, id="its discovery"),
    pytest.param(
        SiteAnswer(405, (("allow", "POST"), ("content-type", "text/plain;charset=UTF-8"))),
        Verdict.REACHED,
        id="WordPress' answer to HEAD",
    ),
    pytest.param(SiteAnswer(200, (), b"<p>my own script</p>"), Verdict.REACHED, id="the marker"),
    pytest.param(own(fault), Verdict.GUARDED, id="this guard's fault"),
    pytest.param(own(forbidden), Verdict.GUARDED, id="this guard's 403"),
    pytest.param(SiteAnswer(403, HTML, b"<h1>403 Forbidden</h1>"), Verdict.FORBIDDEN, id="a server's 403"),
    pytest.param(SiteAnswer(405, HTML, b"<h1>405 Not Allowed</h1>"), Verdict.NOT_ALLOWED, id="a server's 405"),
    pytest.param(SiteAnswer(405, (("allow", "GET"),)), Verdict.NOT_ALLOWED, id="a server's 405 to HEAD"),
    pytest.param(
        SiteAnswer(200, HTML, b"<p>" + SENTENCE + b"</p>" + FAULT),
        Verdict.OTHER,
        id="a page that quotes both is a page",
    ),
    pytest.param(SiteAnswer(200, (), b"<?php\n/** XML-RPC */"), Verdict.SOURCE, id="the source"),
    pytest.param(SiteAnswer(403, (("cf-mitigated", "challenge"),)), Verdict.CHALLENGED, id="Cloudflare's challenge"),
    pytest.param(SiteAnswer(202, (("x-amzn-waf-action", "challenge"),)), Verdict.CHALLENGED, id="AWS WAF's challenge"),
    pytest.param(
        SiteAnswer(405, (("x-amzn-waf-action", "captcha"),)), Verdict.CHALLENGED, id="AWS WAF's puzzle, by 405"
    ),
    pytest.param(
        SiteAnswer(403, HTML, b"<title>Attention Required! | Cloudflare</title>"),
        Verdict.CHALLENGED,
        id="Cloudflare's refusal",
    ),
    pytest.param(
        SiteAnswer(200, HTML, b"<p>Sucuri WebSite Firewall explained</p>"), Verdict.OTHER, id="a page about a firewall"
    ),
    pytest.param(MISSING, Verdict.SOFT_MISSING, id="a soft 404"),
    pytest.param(SiteAnswer(200, HTML, PAGE), Verdict.OWN_PAGE, id="the home page"),
    pytest.param(SiteAnswer(200, HTML, b"<title>News</title>"), Verdict.OTHER, id="another page"),
    pytest.param(SiteAnswer(200), Verdict.OTHER, id="an empty page"),
    pytest.param(SiteAnswer(404), Verdict.MISSING, id="404"),
    pytest.param(SiteAnswer(410), Verdict.MISSING, id="410"),
    pytest.param(SiteAnswer(429), Verdict.LIMITED, id="429"),
    pytest.param(SiteAnswer(429, HTML, b"error code: 1015"), Verdict.LIMITED, id="429 with a CDN's own page"),
    pytest.param(SiteAnswer(429, HTML, b"<p>my own script</p>"), Verdict.LIMITED, id="429 by the script itself"),
    pytest.param(SiteAnswer(400), Verdict.REFUSED, id="400"),
    pytest.param(SiteAnswer(414), Verdict.REFUSED, id="414"),
    pytest.param(SiteAnswer(302), Verdict.REDIRECTED, id="a redirect"),
    pytest.param(SiteAnswer(502), Verdict.FAILED, id="502"),
    pytest.param(SiteAnswer(0, (), b"<html>"), Verdict.OTHER, id="a page by HTTP/0.9"),
    pytest.param(SiteAnswer(0), Verdict.SILENT, id="nothing"),
    pytest.param(SiteAnswer(999), Verdict.SILENT, id="a status that is none, and nothing else"),
]


@pytest.mark.parametrize(("answer", "verdict"), VERDICTS)
def test_who_answered_is_told(answer: SiteAnswer, verdict: Verdict) -> None:
    assert judge_answer(answer, KNOWN) is verdict


def test_only_two_verdicts_show_something_to_close() -> None:
    assert [verdict for verdict in Verdict if verdict.is_open] == [Verdict.REACHED, Verdict.SOURCE]
