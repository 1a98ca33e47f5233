"""The two patterns that a server in front compares, held to the guard's own rule, and the form of a header's list."""

import re
from functools import cache
from socket import AF_INET6, inet_pton
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.corpus import attacks, ordinary
from tests.lab.parts import NAMES, PREFIXES, SUFFIXES, nested
from xmlrpc_guard.render.addresses import IPV4, IPV6, list_form
from xmlrpc_guard.render.patterns import LAYERED, LAYERED_UNDECODED, escaped_pattern, plain_pattern, possessive
from xmlrpc_guard.target import Scripts, path_of

pytestmark = pytest.mark.pure

NAMED = ["xmlrpc.php"], ["xmlrpc.php", "xmlrpc"], ["a-b_c.php5"]


def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.ASCII)


@cache
def escaped(*scripts: str) -> re.Pattern[str]:
    return compiled(escaped_pattern(scripts))


def decode(path: str) -> str:
    return unquote(path, "latin-1")


def passes_on_refuses(scripts: list[str], path: str) -> bool:
    """Do as a server does that passes requests on: compare the path as sent, and as it is once decoded."""
    decoded = decode(path)
    return any(map(escaped(*scripts).search, (path, decoded))) or bool(compiled(LAYERED).search(decoded))


@pytest.mark.parametrize(
    ("path", "plain", "escaped"),
    [
        pytest.param("/xmlrpc.php", True, True, id="the plain name"),
        pytest.param("/blog/XmlRpc.php5/x", True, True, id="a directory, capitals, and text after the name"),
        pytest.param("/about-xmlrpc.php", False, False, id="a segment that only ends with the name"),
        pytest.param("/c:xmlrpc.php", True, True, id="a colon begins a segment"),
        pytest.param("/xml\\rpc.php", True, True, id="a backslash within the name"),
        pytest.param("/xml rpc.php", True, True, id="a blank within the name"),
        pytest.param("/. \x01xmlrpc.php", True, True, id="dots, blanks and control characters before the name"),
        pytest.param("/%78mlrpc.php", False, True, id="an escaped letter is one only where the path is decoded again"),
        pytest.param("/%252578mlrpc.php", False, True, id="a letter escaped three times"),
        pytest.param("/a%252fxmlrpc%252ephp", False, True, id="a slash and a dot escaped twice"),
        pytest.param("/%58MLRPC.php", False, True, id="an escaped capital letter"),
        pytest.param("/xmlrpcxphp", False, False, id="the dot of the name is not any character"),
    ],
)
def test_what_the_two_patterns_find(path: str, plain: bool, escaped: bool) -> None:
    found = [bool(compiled(make(["xmlrpc.php"])).search(path)) for make in (plain_pattern, escaped_pattern)]
    assert found == [plain, escaped]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param("/xmlrpc", True, id="a name without a dot is the whole last segment"),
        pytest.param("/xmlrpc/x", True, id="a name without a dot is a whole segment"),
        pytest.param("/xmlrpc-guide", False, id="a name without a dot goes on"),
        pytest.param("/xmlrpc%253fx", True, id="an escaped question mark ends a segment"),
    ],
)
def test_a_name_without_a_dot_must_end_its_segment(path: str, found: bool) -> None:
    assert bool(compiled(escaped_pattern(["xmlrpc"])).search(path)) is found


PIECES = [text for texts in (PREFIXES | NAMES | SUFFIXES).values() for text in texts]
PATHS = st.lists(st.sampled_from(PIECES), max_size=4).map(lambda pieces: "/" + "".join(pieces))


@st.composite
def nest_escapes(draw: st.DrawFn) -> str:
    """Escape signs of a spelling, then signs of those escapes, and so on: the digits of an escape too."""
    path = draw(PATHS)
    for _ in range(draw(st.integers(0, 3))):
        chosen = draw(st.sets(st.integers(0, max(len(path) - 1, 0)), max_size=6))
        path = "".join(
            f"%{ord(sign):02x}" if at in chosen and ord(sign) < 256 else sign for at, sign in enumerate(path)
        )
    return path


def traefik_refuses(scripts: list[str], path: str) -> bool:
    """Do as Traefik does: compare the path with its percent signs and slashes still escaped."""
    seen = decode(re.sub("%(25|2f)", r"%25\1", path, flags=re.IGNORECASE))
    return bool(compiled(f"{escaped_pattern(scripts)}|{LAYERED_UNDECODED}").search(seen))


def is_well_escaped(path: str) -> bool:
    """Tell whether each percent sign begins an escape: Traefik answers 400 to any other path."""
    return not re.search("%(?![0-9a-f]{2})", path, re.IGNORECASE)


_CUT_ESCAPE = re.compile(r"%[0-9a-f]?[\t\n\v\f\r ]", re.IGNORECASE)


def is_for_php(path: str) -> bool:
    """Tell whether a path has nothing, after any decoding, that only servers of Python leave out before they decode.

    Those are bytes that are not UTF-8, and white space within an escape.
    """
    for _ in range(12):
        try:
            path.encode("latin-1").decode("utf-8")
        except ValueError:
            return False
        if _CUT_ESCAPE.search(path):
            return False
        path = decode(path)
    return True


@pytest.mark.parametrize("scripts", NAMED, ids=" and ".join)
@given(path=nest_escapes() | PATHS)
def test_what_the_guard_refuses_a_server_that_passes_on_refuses(scripts: list[str], path: str) -> None:
    path = path_of(path)
    if is_for_php(path) and Scripts(scripts).reached_by(path):
        assert passes_on_refuses(scripts, path)
        assert traefik_refuses(scripts, path) or not is_well_escaped(path)


@pytest.mark.parametrize("scripts", NAMED, ids=" and ".join)
@given(path=nest_escapes() | PATHS)
def test_what_a_server_refuses_the_guard_refuses_but_for_three_layers(scripts: list[str], path: str) -> None:
    path = path_of(path)
    if passes_on_refuses(scripts, path) and not compiled(LAYERED).search(decode(path)):
        assert Scripts(scripts).reached_by(path)
    if compiled(plain_pattern(scripts)).search(decode(path)):
        assert Scripts(scripts).reached_by(path)


@pytest.mark.skipif(
    re.fullmatch("(?:ab*+c)*+a", "aca") is None, reason="Python before 3.11.5 repeats a group wrongly (gh-106052)"
)
@pytest.mark.parametrize("scripts", NAMED, ids=" and ".join)
@given(path=nest_escapes() | PATHS)
def test_repeats_that_keep_what_they_have_taken_find_the_same(scripts: list[str], path: str) -> None:
    for pattern in (plain_pattern(scripts), escaped_pattern(scripts)):
        for form in (path, decode(path)):
            found, kept = (compiled(each).search(form) for each in (pattern, possessive(pattern)))
            assert (found and found.span()) == (kept and kept.span())


def test_no_spelling_of_the_corpus_is_passed_on() -> None:
    paths = {path_of(row.sent.target) for row in attacks()}
    scripts = Scripts(["xmlrpc.php"])
    guarded = [path for path in paths if scripts.reached_by(path) and is_for_php(path)]
    assert len(guarded) > 8_000
    assert [path for path in guarded if not passes_on_refuses(["xmlrpc.php"], path)] == []


def test_of_ordinary_urls_only_those_escaped_three_times_are_refused_beyond_the_guard() -> None:
    paths = [*(path_of(row.sent.target) for row in ordinary()), f"/search/100{nested('%25', 2)}/"]
    refused = {path for path in paths if passes_on_refuses(["xmlrpc.php"], path)}
    beyond = {path for path in refused if not Scripts(["xmlrpc.php"]).reached_by(path)}
    assert beyond == {f"/search/100{nested('%25', 2)}/"}


WORDS = st.sampled_from(["", "", "0", "1", "ab", "FFFF", "12345", "g", "192.0.2.7", "192.0.2.256", "1.2.3"])


@given(st.lists(WORDS, max_size=9).map(":".join))
def test_an_ipv6_address_is_what_the_system_reads_as_one(text: str) -> None:
    assert bool(re.fullmatch(IPV6, text, re.IGNORECASE)) == is_ipv6(text)


def is_ipv6(text: str) -> bool:
    try:
        inet_pton(AF_INET6, text)
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "is_address"),
    [
        pytest.param("0.0.0.0", True, id="the smallest"),
        pytest.param("255.255.255.255", True, id="the largest"),
        pytest.param("256.1.1.1", False, id="a byte too large"),
        pytest.param("192.0.064.5", False, id="a zero in front, which some read as octal"),
        pytest.param("192.0.5", False, id="three numbers"),
    ],
)
def test_an_ipv4_address_has_one_spelling(text: str, is_address: bool) -> None:
    assert bool(re.fullmatch(IPV4, text)) is is_address


@pytest.mark.parametrize(
    ("text", "ports", "is_list"),
    [
        pytest.param("192.0.2.7", False, True, id="one address"),
        pytest.param("192.0.2.7 ,\t2001:db8::7", False, True, id="two, with blanks around the comma"),
        pytest.param(
            "192.0.2.7:80, [2001:db8::7]:443, [::1]", True, True, id="ports and brackets, where they are taken"
        ),
        pytest.param("192.0.2.7:80", False, False, id="a port, where none is taken"),
        pytest.param("[::1]", False, False, id="brackets, where none are taken"),
        pytest.param("192.0.2.7, unknown", True, False, id="a word"),
        pytest.param("192.0.2.7,", True, False, id="an empty element at the end"),
        pytest.param("192.0.2.7 192.0.2.8", True, False, id="two addresses without a comma"),
        pytest.param("", True, False, id="nothing"),
    ],
)
def test_the_form_of_a_list(text: str, ports: bool, is_list: bool) -> None:
    assert bool(re.search(list_form(with_ports=ports), text, re.IGNORECASE)) is is_list
