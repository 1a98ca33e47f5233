"""The grammar of Forwarded: by tables, and against aiohttp's reading of the same RFC from the left."""

import re

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import example, given, settings
from hypothesis import strategies as st

from xmlrpc_guard.rfc7239 import LONGEST, element_before, node_of


def last(text: str) -> str:
    return text[element_before(text, len(text)) :]


# Where the last element starts


@pytest.mark.parametrize(
    ("text", "element"),
    [
        pytest.param("for=192.0.2.1", "for=192.0.2.1", id="one element is the whole"),
        pytest.param("", "", id="nothing is an empty element"),
        pytest.param("for=192.0.2.1,for=192.0.2.2", "for=192.0.2.2", id="a comma parts two"),
        pytest.param("for=192.0.2.1, for=192.0.2.2", " for=192.0.2.2", id="a space behind it belongs to the second"),
        pytest.param("for=192.0.2.1,", "", id="behind the last comma nothing may stand"),
        pytest.param('for="a,b"', 'for="a,b"', id="a comma in quotes parts nothing"),
        pytest.param('for=a,for="b,c"', 'for="b,c"', id="but the one before them does"),
        pytest.param('for="a,b",for=c', "for=c", id="a comma behind quotes does"),
        pytest.param('a="b,c";for="d,e"', 'a="b,c";for="d,e"', id="two quoted strings in one element"),
        pytest.param(r'x,for="a\",b"', r'for="a\",b"', id="an escaped quote does not open the string"),
        pytest.param(r'x,for="a\\",b=","', 'b=","', id="an escaped backslash escapes no quote"),
        pytest.param(r'x,for="\\\",b"', r'for="\\\",b"', id="three backslashes do"),
        pytest.param('x,for=""', 'for=""', id="an empty string"),
        pytest.param('x=", for=192.0.2.2', " for=192.0.2.2", id="a quote left open to the left swallows nothing"),
        pytest.param('x="y, for="[2001:db8::1]"', ' for="[2001:db8::1]"', id="nor does it beside a quoted element"),
        pytest.param("x," + "y" * LONGEST, "y" * LONGEST, id="the longest element"),
        pytest.param("y" * LONGEST, "y" * LONGEST, id="the longest, alone"),
    ],
)
def test_the_last_element_starts_behind_the_last_comma_that_is_not_quoted(text: str, element: str) -> None:
    assert last(text) == element


TOO_LONG = f"is longer than {LONGEST} characters"
NO_PARTNER = "has a quote without its other one"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("x," + "y" * (LONGEST + 1), TOO_LONG, id="one character more than the longest"),
        pytest.param("y" * (LONGEST + 1), TOO_LONG, id="the same, alone"),
        pytest.param("for=1," + '"' + "y" * LONGEST + '"', NO_PARTNER, id="quotes further apart than that"),
        pytest.param('for="a', NO_PARTNER, id="a quote that opens and does not close"),
        pytest.param('for=a"', NO_PARTNER, id="one that closes and was not opened"),
        pytest.param(r'for=\"a"', NO_PARTNER, id="one that could open and is escaped"),
        pytest.param('"', NO_PARTNER, id="a quote"),
        pytest.param('a="b","c', NO_PARTNER, id="three quotes"),
    ],
)
def test_there_is_no_telling_where_an_element_starts(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{problem}$"):
        element_before(text, len(text))


def test_an_element_may_have_1024_characters() -> None:
    assert LONGEST == 1024


@pytest.mark.parametrize("length", [LONGEST - 1, LONGEST, LONGEST + 1, 3 * LONGEST])
def test_a_long_header_is_walked_to_its_left_end(length: int) -> None:
    text = ",".join(["for=192.0.2.1"] * (length // 14)).rjust(length, "x")
    starts = [end := len(text) + 1]
    while end:
        starts.append(end := element_before(text, end - 1))
    assert starts[-1] == 0
    assert len(starts) == text.count(",") + 2


def test_an_end_other_than_the_texts_is_kept_to() -> None:
    text = 'for="a,b", for="c,d"'
    assert text[element_before(text, 9) : 9] == 'for="a,b"'


# What an element says of the client


@pytest.mark.parametrize(
    ("element", "node"),
    [
        pytest.param("for=192.0.2.1", "192.0.2.1", id="a token"),
        pytest.param("FOR=192.0.2.1", "192.0.2.1", id="a parameter's name has no case"),
        pytest.param('for="192.0.2.1:80"', "192.0.2.1:80", id="a quoted string"),
        pytest.param('for="[2001:DB8::1]"', "[2001:db8::1]", id="an address has no case either"),
        pytest.param(r'for="192.0.\2.1"', "192.0.2.1", id="an escape stands for the character behind it"),
        pytest.param(r'for="a\"b\\c"', r'a"b\c', id="so an escaped quote for a quote"),
        pytest.param('for=""', "", id="an empty quoted string"),
        pytest.param("proto=https;for=192.0.2.1;by=203.0.113.43", "192.0.2.1", id="among other parameters"),
        pytest.param('x=";for=1";for=192.0.2.1', "192.0.2.1", id="a semicolon in quotes parts nothing"),
        pytest.param('x="for=1, for=2";for=192.0.2.1', "192.0.2.1", id="nor is a for= in quotes one"),
        pytest.param("xfor=1;for=192.0.2.1", "192.0.2.1", id="a name that ends so is another"),
        pytest.param(";for=192.0.2.1;", "192.0.2.1", id="a pair may be left out"),
        pytest.param("for=192.0.2.1;;;proto=https", "192.0.2.1", id="and so may several"),
        pytest.param('for="\\\t192\\\xe9"', "\t192\xe9", id="a tab may be escaped, and a byte beyond ASCII"),
        pytest.param(" \tfor=192.0.2.1\t ", "192.0.2.1", id="white space around the element"),
        pytest.param('for=192.0.2.1;x="\xe9\t~"', "192.0.2.1", id="what else a quoted string may hold"),
        pytest.param("!#$%&'*+.^_`|~09AZaz-=1;for=192.0.2.1", "192.0.2.1", id="all that a token may hold"),
        pytest.param("for=unknown", "unknown", id="a proxy that does not know"),
    ],
)
def test_the_node_is_read(element: str, node: str) -> None:
    assert node_of(element) == node


MALFORMED = "is no list of name=value with semicolons and without spaces (in quotes: ports, IPv6)"
TWICE = "has a parameter more than once"
ABSENT = "has no for="


@pytest.mark.parametrize(
    ("element", "problem"),
    [
        pytest.param("", ABSENT, id="an empty element"),
        pytest.param(";;", ABSENT, id="empty pairs alone"),
        pytest.param("proto=https", ABSENT, id="another parameter alone"),
        pytest.param("for=192.0.2.1;for=192.0.2.1", TWICE, id="two for=, though alike"),
        pytest.param("for=192.0.2.1;For=192.0.2.2", TWICE, id="two in another case"),
        pytest.param("for=192.0.2.1;x=1;x=2", TWICE, id="two of another parameter"),
        pytest.param("192.0.2.1", MALFORMED, id="an address that belongs to X-Forwarded-For"),
        pytest.param("for", MALFORMED, id="no equals sign"),
        pytest.param("for=", MALFORMED, id="no value"),
        pytest.param("=192.0.2.1", MALFORMED, id="no name"),
        pytest.param("for =192.0.2.1", MALFORMED, id="a space before the equals sign"),
        pytest.param("for= 192.0.2.1", MALFORMED, id="a space behind it"),
        pytest.param("for=192.0.2.1; proto=https", MALFORMED, id="a space behind a semicolon"),
        pytest.param("for=192.0.2.1 ;proto=https", MALFORMED, id="a space before a semicolon"),
        pytest.param("for=192.0.2.1:80", MALFORMED, id="a port without quotes"),
        pytest.param("for=[2001:db8::1]", MALFORMED, id="IPv6 without quotes"),
        pytest.param('for="192.0.2.1"x', MALFORMED, id="letters behind a quoted string"),
        pytest.param('for=x"192.0.2.1"', MALFORMED, id="letters before one"),
        pytest.param('for="192.0.2.1', MALFORMED, id="a quoted string without its end"),
        pytest.param(r'for="192.0.2.1\"', MALFORMED, id="one whose end is escaped"),
        pytest.param("for='192.0.2.1'x=", MALFORMED, id="apostrophes quote nothing"),
        pytest.param('for="192.0.2.1\0"', MALFORMED, id="a NUL in quotes"),
        pytest.param('for="192.0.2.1\\\0"', MALFORMED, id="an escaped NUL"),
        pytest.param('for="192.0.2.1\\\x7f"', MALFORMED, id="an escaped DEL"),
        pytest.param("for/=1;for=192.0.2.1", MALFORMED, id="a slash in a name"),
        pytest.param('for="192.0.2.1\u0130"', MALFORMED, id="a character that no header can carry"),
        pytest.param("\u212afor=192.0.2.1", MALFORMED, id="one that some fold to a letter"),
        pytest.param("for=192.0.2.1\n", MALFORMED, id="a line end"),
        pytest.param("for=192.0.2.1,for=192.0.2.2", MALFORMED, id="two elements"),
    ],
)
def test_an_element_that_names_nobody(element: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}$"):
        node_of(element)


# Whole headers, against another reading


TOKENS = st.text("!#$%&'*+.^_`|~09azAZ-", min_size=1, max_size=4) | st.sampled_from(["for", "For", "by", "host"])
# aiohttp does not know that bytes beyond ASCII may stand in quotes (obs-text).
QUOTED = st.lists(st.sampled_from(["a", ",", ";", "=", " ", "\t", "[", "\\\\", '\\"', "\\,", "\\a"])).map("".join)
PAIRS = st.builds("{}={}".format, TOKENS, TOKENS | QUOTED.map('"{}"'.format))
BLANKS = st.text(" \t", max_size=2)
ELEMENTS = st.builds("{}{}{}".format, BLANKS, st.lists(PAIRS, min_size=1, max_size=4).map(";".join), BLANKS)


def read_by_aiohttp(header: str) -> list[str | None]:
    forwarded = make_mocked_request("GET", "/", headers={"Forwarded": header}).forwarded
    return [element.get("for") for element in forwarded]


def node_or_problem(element: str) -> str:
    try:
        return node_of(element)
    except ValueError as problem:
        return str(problem)


def read(header: str) -> list[str]:
    """Read all elements from the right, and give them in their order."""
    nodes: list[str] = []
    start = len(header) + 1
    while start:
        end = start - 1
        start = element_before(header, end)
        nodes.append(node_or_problem(header[start:end]))
    return nodes[::-1]


@given(st.lists(ELEMENTS, min_size=1, max_size=5))
@example(['for="a,\\",b";by=x', "for=b"])
@settings(deadline=None)
def test_a_well_formed_header_is_read_as_aiohttp_reads_it(elements: list[str]) -> None:
    header = ",".join(elements)
    ours = read(header)
    theirs = read_by_aiohttp(header)
    assert len(ours) == len(theirs) == len(elements)
    for mine, other in zip(ours, theirs, strict=True):
        # Of several parameters of one name aiohttp takes the last.
        assert mine == TWICE or mine == (ABSENT if other is None else other.lower())


@given(st.text('",;=\\ for[]:1.a'), ELEMENTS)
@settings(deadline=None)
def test_nothing_to_the_left_changes_how_an_element_is_cut(before: str, element: str) -> None:
    assert last(f"{before},{element}") == element


@given(st.text('",;=\\ for\xe9\0\u0130'))
@settings(deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        element = last(text)
    except ValueError as problem:
        element = str(problem)
    assert text.endswith(element) or element == NO_PARTNER
    assert isinstance(node_or_problem(element), str)
