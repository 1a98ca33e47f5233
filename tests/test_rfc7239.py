"""The grammar of Forwarded: by tables, and against aiohttp's reading of the same RFC from the left."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xmlrpc_guard.rfc7239 import LONGEST_ELEMENT, find_element_start, read_node


def last(text: str) -> str:
    return text[find_element_start(text, len(text)) :]


# Where the last element starts


@pytest.mark.parametrize(
    ("text", "element"),
    [
        pytest.param("for=192.0.2.1", "for=192.0.2.1", id="the only element is the whole text"),
        pytest.param("", "", id="an empty text is an empty element"),
        pytest.param("for=192.0.2.1,for=192.0.2.2", "for=192.0.2.2", id="a comma separates two elements"),
        pytest.param(
            "for=192.0.2.1, for=192.0.2.2", " for=192.0.2.2", id="a space after a comma belongs to the second element"
        ),
        pytest.param("for=192.0.2.1,", "", id="after a final comma the element is empty"),
        pytest.param('for="a,b"', 'for="a,b"', id="a comma in quotes separates nothing"),
        pytest.param('for=a,for="b,c"', 'for="b,c"', id="a comma before quotes separates"),
        pytest.param('for="a,b",for=c', "for=c", id="a comma after quotes separates"),
        pytest.param('a="b,c";for="d,e"', 'a="b,c";for="d,e"', id="two quoted strings in one element"),
        pytest.param(r'x,for="a\",b"', r'for="a\",b"', id="an escaped quote does not open the string"),
        pytest.param(r'x,for="a\\",b=","', 'b=","', id="an escaped backslash escapes no quote"),
        pytest.param(r'x,for="\\\",b"', r'for="\\\",b"', id="three backslashes escape a quote"),
        pytest.param('x,for=""', 'for=""', id="an empty quoted string before the end"),
        pytest.param('"a,b"', '"a,b"', id="a quoted string that begins the text"),
        pytest.param(r'x,a\\"b,c"', r'a\\"b,c"', id="an opening quote after an escaped backslash"),
        pytest.param('x=", for=192.0.2.2', " for=192.0.2.2", id="a quote left open to the left swallows nothing"),
        pytest.param(
            'x="y, for="[2001:db8::1]"',
            ' for="[2001:db8::1]"',
            id="a quote left open to the left of a quoted element swallows nothing",
        ),
        pytest.param("x," + "y" * LONGEST_ELEMENT, "y" * LONGEST_ELEMENT, id="the longest element after a comma"),
        pytest.param("y" * LONGEST_ELEMENT, "y" * LONGEST_ELEMENT, id="the longest element, alone"),
    ],
)
def test_the_last_element_starts_after_the_last_comma_outside_quotes(text: str, element: str) -> None:
    assert last(text) == element


TOO_LONG = f"is longer than {LONGEST_ELEMENT} characters"
UNMATCHED = "has an unmatched quote"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            "x," + "y" * (LONGEST_ELEMENT + 1), TOO_LONG, id="an element one character too long after a comma"
        ),
        pytest.param("y" * (LONGEST_ELEMENT + 1), TOO_LONG, id="an element one character too long, alone"),
        pytest.param(
            "for=1," + '"' + "y" * LONGEST_ELEMENT + '"', UNMATCHED, id="quotes further apart than the longest element"
        ),
        pytest.param('for="a', UNMATCHED, id="a quote that opens and does not close"),
        pytest.param('for=a"', UNMATCHED, id="a quote that closes and was not opened"),
        pytest.param(r'for=\"a"', UNMATCHED, id="an opening quote that is escaped"),
        pytest.param('"', UNMATCHED, id="a lone quote"),
        pytest.param('a="b","c', UNMATCHED, id="three quotes"),
    ],
)
def test_an_element_whose_start_cannot_be_found(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{problem}$"):
        find_element_start(text, len(text))


def test_an_element_may_have_1024_characters() -> None:
    assert LONGEST_ELEMENT == 1024


@pytest.mark.parametrize(
    "length",
    [LONGEST_ELEMENT - 1, LONGEST_ELEMENT, LONGEST_ELEMENT + 1, 3 * LONGEST_ELEMENT],
    ids="{} characters".format,
)
def test_a_long_header_is_walked_to_its_left_end(length: int) -> None:
    text = ",".join(["for=192.0.2.1"] * (length // 14)).rjust(length, "x")
    starts = [end := len(text) + 1]
    while end:
        starts.append(end := find_element_start(text, end - 1))
    assert starts[-1] == 0
    assert len(starts) == text.count(",") + 2


def test_an_element_may_end_before_the_text_does() -> None:
    text = 'for="a,b", for="c,d"'
    assert text[find_element_start(text, 9) : 9] == 'for="a,b"'


# Which client an element names


@pytest.mark.parametrize(
    ("element", "node"),
    [
        pytest.param("for=192.0.2.1", "192.0.2.1", id="a token"),
        pytest.param("FOR=192.0.2.1", "192.0.2.1", id="a parameter's name has no case"),
        pytest.param('for="192.0.2.1:80"', "192.0.2.1:80", id="a quoted string"),
        pytest.param('for="[2001:DB8::1]"', "[2001:db8::1]", id="an address has no case"),
        pytest.param(r'for="192.0.\2.1"', "192.0.2.1", id="an escape stands for the character after it"),
        pytest.param(r'for="a\"b\\c"', r'a"b\c', id="an escaped quote and an escaped backslash"),
        pytest.param('for=""', "", id="an empty quoted string"),
        pytest.param(r'for="192.0.\2.1";by="_x"', "192.0.2.1", id="a quoted string with an escape ends at its quote"),
        pytest.param('for="192.0.2.1";by="_x"', "192.0.2.1", id="a quoted string ends at its quote"),
        pytest.param(
            r'for=192.0.2.1;by="\a\";for=192.0.2.2;x=\""', "192.0.2.1", id="a for= after an escaped quote is in quotes"
        ),
        pytest.param("proto=https;for=192.0.2.1;by=203.0.113.43", "192.0.2.1", id="a for= among other parameters"),
        pytest.param('x=";for=1";for=192.0.2.1', "192.0.2.1", id="a semicolon in quotes separates nothing"),
        pytest.param('x="for=1, for=2";for=192.0.2.1', "192.0.2.1", id="a for= in quotes is not a parameter"),
        pytest.param("xfor=1;for=192.0.2.1", "192.0.2.1", id="xfor= is not for="),
        pytest.param(";for=192.0.2.1;", "192.0.2.1", id="empty pairs at both ends"),
        pytest.param("for=192.0.2.1;;;proto=https", "192.0.2.1", id="several empty pairs in the middle"),
        pytest.param('for="\\\t192\\\xe9"', "\t192\xe9", id="a tab may be escaped, and a byte beyond ASCII"),
        pytest.param(" \tfor=192.0.2.1\t ", "192.0.2.1", id="white space around the element"),
        pytest.param('for=192.0.2.1;x="\xe9\t~"', "192.0.2.1", id="a byte beyond ASCII, a tab and a tilde in quotes"),
        pytest.param("!#$%&'*+.^_`|~09AZaz-=1;for=192.0.2.1", "192.0.2.1", id="every sign that a token may hold"),
        pytest.param("for=unknown", "unknown", id="a proxy that does not know the client"),
        pytest.param('for=192.0.2.1;by="!#[]~ \t\xff"', "192.0.2.1", id="signs at the edges of what quotes may hold"),
    ],
)
def test_a_node_is_read(element: str, node: str) -> None:
    assert read_node(element) == node


MALFORMED = "is not name=value pairs joined by semicolons, without spaces (ports and IPv6 need quotes)"
TWICE = "has a parameter more than once"
ABSENT = "has no for="


@pytest.mark.parametrize(
    ("element", "problem"),
    [
        pytest.param("", ABSENT, id="an empty element"),
        pytest.param(";;", ABSENT, id="nothing but empty pairs"),
        pytest.param("proto=https", ABSENT, id="no for= among the parameters"),
        pytest.param("for=192.0.2.1;for=192.0.2.1", TWICE, id="two equal for="),
        pytest.param("for=192.0.2.1;For=192.0.2.2", TWICE, id="two for= in different case"),
        pytest.param("for=192.0.2.1;x=1;x=2", TWICE, id="a parameter other than for= twice"),
        pytest.param("192.0.2.1", MALFORMED, id="a bare address, as X-Forwarded-For has it"),
        pytest.param("for", MALFORMED, id="a name without an equals sign"),
        pytest.param("for=", MALFORMED, id="a name without a value"),
        pytest.param("=192.0.2.1", MALFORMED, id="a value without a name"),
        pytest.param("for =192.0.2.1", MALFORMED, id="a space before the equals sign"),
        pytest.param("for= 192.0.2.1", MALFORMED, id="a space after the equals sign"),
        pytest.param("for=192.0.2.1; proto=https", MALFORMED, id="a space after a semicolon"),
        pytest.param("for=192.0.2.1 ;proto=https", MALFORMED, id="a space before a semicolon"),
        pytest.param("for=192.0.2.1:80", MALFORMED, id="a port without quotes"),
        pytest.param("for=[2001:db8::1]", MALFORMED, id="IPv6 without quotes"),
        pytest.param('for="192.0.2.1"by=x', MALFORMED, id="a pair right after a quoted string"),
        pytest.param('for="192.0.2.1"x', MALFORMED, id="letters after a quoted string"),
        pytest.param('for=x"192.0.2.1"', MALFORMED, id="letters before a quoted string"),
        pytest.param('for="192.0.2.1', MALFORMED, id="a quoted string without its end"),
        pytest.param(r'for="192.0.2.1\"', MALFORMED, id="a quoted string whose end is escaped"),
        pytest.param("for='192.0.2.1'x=", MALFORMED, id="apostrophes quote nothing"),
        pytest.param('for="192.0.2.1\0"', MALFORMED, id="a NUL in quotes"),
        pytest.param('for="192.0.2.1\\\0"', MALFORMED, id="an escaped NUL"),
        pytest.param('for="192.0.2.1\\\x7f"', MALFORMED, id="an escaped DEL"),
        pytest.param("for/=1;for=192.0.2.1", MALFORMED, id="a slash in a name"),
        pytest.param('for="192.0.2.1\u0130"', MALFORMED, id="a character that no header can carry"),
        pytest.param("\u212afor=192.0.2.1", MALFORMED, id="a Kelvin sign, which some programs fold to a k"),
        pytest.param("for=192.0.2.1\n", MALFORMED, id="a line end"),
        pytest.param("for=192.0.2.1,for=192.0.2.2", MALFORMED, id="two elements"),
    ],
)
def test_an_element_that_names_no_client(element: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}$"):
        read_node(element)


# Whole headers, against another reading


TOKENS = st.text("!#$%&'*+.^_`|~09azAZ-", min_size=1, max_size=4) | st.sampled_from(["for", "For", "by", "host"])
# aiohttp does not know that bytes beyond ASCII may stand in quotes (obs-text).
QUOTED = st.lists(st.sampled_from(["a", ",", ";", "=", " ", "\t", "[", "\\\\", '\\"', "\\,", "\\a"])).map("".join)
PAIRS = st.builds("{}={}".format, TOKENS, TOKENS | QUOTED.map('"{}"'.format))
BLANKS = st.text(" \t", max_size=2)
ELEMENTS = st.builds("{}{}{}".format, BLANKS, st.lists(PAIRS, min_size=1, max_size=4).map(";".join), BLANKS)


def read_by_aiohttp(header: str) -> list[str | None]:
    from aiohttp.test_utils import make_mocked_request  # noqa: PLC0415 - it takes long to import

    forwarded = make_mocked_request("GET", "/", headers={"Forwarded": header}).forwarded
    return [element.get("for") for element in forwarded]


def node_or_problem(element: str) -> str:
    try:
        return read_node(element)
    except ValueError as problem:
        return str(problem)


def read(header: str) -> list[str]:
    """Read all elements from the right, and give them in their order."""
    nodes: list[str] = []
    start = len(header) + 1
    while start:
        end = start - 1
        start = find_element_start(header, end)
        nodes.append(node_or_problem(header[start:end]))
    return nodes[::-1]


@given(st.lists(ELEMENTS, min_size=1, max_size=5))
@example(['for="a,\\",b";by=x', "for=b"])
def test_a_well_formed_header_is_read_as_aiohttp_reads_it(elements: list[str]) -> None:
    header = ",".join(elements)
    ours = read(header)
    theirs = read_by_aiohttp(header)
    assert len(ours) == len(theirs) == len(elements)
    for mine, other in zip(ours, theirs, strict=True):
        # Of several parameters of one name aiohttp takes the last.
        assert mine == TWICE or mine == (ABSENT if other is None else other.lower())


@given(st.text('",;=\\ for[]:1.a'), ELEMENTS)
def test_nothing_to_the_left_changes_how_an_element_is_cut(before: str, element: str) -> None:
    assert last(f"{before},{element}") == element


@given(st.text('",;=\\ for\xe9\0\u0130'))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        element = last(text)
    except ValueError as problem:
        element = str(problem)
    assert text.endswith(element) or element == UNMATCHED
    assert isinstance(node_or_problem(element), str)
