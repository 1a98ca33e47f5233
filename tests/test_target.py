"""The path rule: which spellings of a path reach a guarded script, against a slow reading of the same rule."""

import copy
import pickle
from dataclasses import FrozenInstanceError
from itertools import cycle
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.lab.parts import nested_unevenly
from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.target import DECODINGS, Scripts, path_of
from xmlrpc_guard.text import is_one_slip

XMLRPC = Scripts(["xmlrpc.php"])
BOTH = Scripts(["xmlrpc.php", "xmlrpc"])
TWO = Scripts(["xmlrpc.php", "wp-login.php"])


# The rule once more, one character after another


def reaches_slowly(names: list[str], path: str) -> bool:
    names = ["".join(name.split()) for name in names]
    path = without_space(without_broken_utf8(path))
    for _ in range(1 + 8):  # as it was sent, and decoded eight times
        if any(begins_a_segment(name, path) for name in names):
            return True
        decoded = without_space(without_broken_utf8(decode_slowly(path)))
        if decoded == path:
            return False
        path = decoded
    return True


def without_space(path: str) -> str:
    return "".join(character for character in path if character not in " \t\n\v\f\r")


def without_broken_utf8(path: str) -> str:
    """Keep ASCII, and UTF-8 beyond it, one character after another."""
    path = "".join(character for character in path if not 0xD800 <= ord(character) < 0xE000)
    if any(ord(character) > 0xFF for character in path):
        return path
    kept = ""
    while path:
        lengths = [n for n in (1, 2, 3, 4) if n <= len(path) and is_one_character(path[:n])]
        kept, path = kept + path[: max(lengths, default=0)], path[max(lengths, default=1) :]
    return kept


def is_one_character(text: str) -> bool:
    try:
        return len(bytes(map(ord, text)).decode()) == 1
    except UnicodeDecodeError:
        return False


def decode_slowly(path: str) -> str:
    decoded = ""
    while path:
        digits = path[1:3]
        if path[0] == "%" and len(digits) == 2 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
            decoded, path = decoded + chr(int(digits, 16)), path[3:]
        else:
            decoded, path = decoded + path[0], path[1:]
    return decoded


def begins_a_segment(name: str, path: str) -> bool:
    starts = [0] + [at + 1 for at, character in enumerate(path) if character in "/\\:"]
    return any(begins(name, path[start:]) for start in starts)


def begins(name: str, segment: str) -> bool:
    while segment and (segment[0] < " " or segment[0] in ".\x7f"):
        segment = segment[1:]
    for at, character in enumerate(name):
        while at and segment.startswith("\\"):
            segment = segment[1:]
        if not segment or not segment[0].isascii() or segment[0].lower() != character:
            return False
        segment = segment[1:]
    return "." in name or segment.lstrip(".")[:1] in ("", *"/\\:?#")


# Spellings

# Each reached xmlrpc.php on a stock or officially documented set-up.
SEEN_TO_WORK = [
    pytest.param("/xmlrpc.php", id="as WordPress spells it"),
    pytest.param("//xmlrpc.php", id="an empty segment"),
    pytest.param("/./xmlrpc.php", id="a dot segment"),
    pytest.param("/a/../xmlrpc.php", id="a dot-dot segment"),
    pytest.param("/%2e/xmlrpc.php", id="an escaped dot segment"),
    pytest.param("/.%2e/xmlrpc.php", id="a dot-dot segment with one dot escaped"),
    pytest.param("/a%2f..%2fxmlrpc.php", id="escaped slashes"),
    pytest.param("/blog%2fxmlrpc.php", id="an escaped slash before the name"),
    pytest.param("/%78mlrpc.php", id="an escaped letter"),
    pytest.param("/%78%6d%6c%72%70%63%2e%70%68%70", id="every letter escaped"),
    pytest.param("/xmlrpc.php/", id="a slash after the name"),
    pytest.param("/xmlrpc.php/foo", id="path info"),
    pytest.param("/xmlrpc.php/foo.php", id="path info that looks like a script"),
    pytest.param("/xmlrpc.php/%0ax.php", id="path info with a line end"),
    pytest.param("/xmlrpc.php%2f.php", id="an escaped slash after the name"),
    pytest.param("/xmlrpc.php?/index.php", id="a query that was not cut off"),
    pytest.param("/xmlrpc.php/../xmlrpc.php", id="the name twice"),
    pytest.param("/blog/xmlrpc.php", id="the name in a directory"),
    pytest.param("/any-site/xmlrpc.php", id="a site of a multisite"),
    pytest.param("/;/xmlrpc.php", id="a parameter's semicolon"),
    pytest.param("/a%00/../xmlrpc.php", id="an escaped NUL"),
    pytest.param("/%23/../xmlrpc.php", id="an escaped number sign"),
    pytest.param("/foo%3f/../xmlrpc.php", id="an escaped question mark"),
    pytest.param("http://host/xmlrpc.php", id="absolute form"),
    pytest.param("/XmlRpc.php", id="capitals, for file systems that fold them"),
    pytest.param("/%58mlrpc.php", id="an escaped capital"),
    pytest.param("/xmlrpc.php-x", id="more after the name"),
    pytest.param("/xmlrpc.php.bak", id="a backup's extension"),
    pytest.param("/xmlrpc.php5", id="a digit after the name"),
    pytest.param("/xmlrpc.php%20", id="an escaped space after the name"),
    pytest.param("/xmlrpc.php%e2%80%8b", id="a zero-width space after the name"),
    pytest.param("/\\xmlrpc.php", id="a backslash for a slash"),
    pytest.param("/%5cxmlrpc.php", id="an escaped backslash for a slash"),
    pytest.param("/xml\\rpc.php", id="a backslash for nothing"),
    pytest.param("/a\\../xmlrpc.php", id="a backslash in a dot segment"),
    pytest.param("/site1/%2578mlrpc.php", id="an escape escaped once more"),
    pytest.param("/xmlrpc.php\t", id="a tab after the name"),
    pytest.param("/xml%ffrpc.php", id="an escaped byte in the name that is not UTF-8, as Bottle reads it"),
    pytest.param("/xml\x80rpc.php", id="a raw byte in the name that is not UTF-8"),
]

ALSO_GUARDED = [
    pytest.param("/xmlrpc.php\t\t", id="tabs after the name"),
    pytest.param("xmlrpc.php", id="a path without a slash"),
    pytest.param("http:xmlrpc.php", id="a colon begins a segment"),
    pytest.param("/XMLRPC.PHP", id="all capitals"),
    pytest.param("/.xmlrpc.php", id="a dot before the name"),
    pytest.param("/... ..xmlrpc.php", id="dots and spaces before the name"),
    pytest.param("/%20xmlrpc.php", id="an escaped space before the name"),
    pytest.param("/\x00\x01\x1f\x7fxmlrpc.php", id="control characters before the name"),
    pytest.param("/%0d%0axmlrpc.php", id="an escaped line end before the name"),
    pytest.param("/x\\m\\l\\r\\p\\c\\.\\p\\h\\p", id="a backslash between any two letters"),
    pytest.param("/xml\\\\\\rpc.php", id="several backslashes for nothing"),
    pytest.param("/xml%5crpc.php", id="an escaped backslash for nothing"),
    pytest.param("/xml\trpc.php", id="a tab for nothing, as waitress reads it"),
    pytest.param("/xmlrpc\r\n.php", id="a line end for nothing, as Python's urlsplit reads it"),
    pytest.param("/xml%09rpc%0a.p%0dhp", id="an escaped tab and escaped line ends for nothing"),
    pytest.param("/x\t\\m\\\tlrpc.php", id="tabs and backslashes alternately in the name"),
    pytest.param("/xml rpc.php", id="a blank in the name, as Squid deletes it"),
    pytest.param("/x m  l rpc .p h p", id="blanks between all letters of the name"),
    pytest.param("/xml%20rpc.php", id="an escaped blank in the name, after a forwarder that sends decoded paths"),
    pytest.param("/xml%2520rpc.php", id="a blank in the name, escaped twice"),
    pytest.param("/xml\x0brpc.php", id="a vertical tab in the name, which Squid deletes if there is a blank too"),
    pytest.param("/a b/xml%0crpc.php", id="an escaped form feed in the name, and a blank elsewhere"),
    pytest.param("/%7 8mlrpc.php", id="a blank within an escape"),
    pytest.param("/xml \\rpc.php", id="a blank and a backslash in the name"),
    pytest.param("/xml \xe9rpc.php", id="a blank and a byte that is not UTF-8 in the name"),
    pytest.param("/xml\xc3 \xa9rpc.php", id="a blank between two bytes that are a letter without it"),
    pytest.param("/xml%c3%20%a9rpc.php", id="an escaped blank between two bytes that are a letter without it"),
    pytest.param("/xml%25c3%2509%25a9rpc.php", id="a tab between two bytes of a letter, escaped twice"),
    pytest.param("/%7\t8mlrpc.php", id="a tab within an escape, as Python's urlsplit reads it"),
    pytest.param("/\x80xmlrpc.php", id="a raw byte before the name that is not UTF-8"),
    pytest.param("/%ffxmlrpc.php", id="an escaped byte before the name that is not UTF-8"),
    pytest.param("/xml\xe3\x83rpc.php", id="an incomplete UTF-8 character in the name"),
    pytest.param("/xmlrpc%c0%ae.php", id="overlong UTF-8 for nothing"),
    pytest.param("/%7\xff8mlrpc.php", id="a raw byte within an escape that is not UTF-8"),
    pytest.param("/%25%37%ff8mlrpc.php", id="an escaped byte within an escape that is not UTF-8"),
    pytest.param("/xml\udcffrpc.php", id="a lone surrogate in the name"),
    pytest.param("\\xmlrpc.php\\", id="backslashes for slashes on both sides"),
    pytest.param("/%%37%38mlrpc.php", id="an escape made of escapes"),
    pytest.param("/%25%37%38mlrpc.php", id="an escape wholly of escapes"),
    pytest.param("/xmlrpc%2Ephp", id="an escaped dot"),
    pytest.param("/xmlrpc.php%", id="a broken escape after the name"),
    pytest.param("/%zz/xmlrpc.php", id="a broken escape before the name"),
    pytest.param("/caf%c3%a9/xmlrpc.php", id="the name after an escaped non-ASCII letter"),
    pytest.param("/caf%c3%a9/%78mlrpc.php", id="an escaped letter of the name after an escaped non-ASCII letter"),
    pytest.param("/caf\xe9/xmlrpc.php", id="the name after a raw non-ASCII letter"),
    pytest.param("/\ud800/xmlrpc.php", id="the name after a lone surrogate"),
    pytest.param("/search/xmlrpc.php/", id="a search for the name, as the docs admit"),
    pytest.param("/wp-content/uploads/xmlrpc.php_.png", id="an upload whose name begins so, as the docs admit"),
]

MUST_PASS = [
    pytest.param("/", id="the front page"),
    pytest.param("", id="an empty path"),
    pytest.param("/2015/12/how-to-block-xmlrpc.php-attacks/", id="a post about the script"),
    pytest.param("/wp-includes/class-wp-xmlrpc-server.php", id="a script with the word in its name"),
    pytest.param("/tag/xmlrpc/", id="a tag named xmlrpc"),
    pytest.param("/wp-login.php", id="wp-login.php"),
    pytest.param("/2026/11/caf%c3%a9/", id="an escaped non-ASCII permalink"),
    pytest.param("/%E6%97%A5%E6%9C%AC%E8%AA%9E/", id="a permalink in another script, escaped"),
    pytest.param("/\xe6\x97\xa5\xe6\x9c\xac/", id="a permalink in another script, as WSGI servers decode it"),
    pytest.param("/100%25-wool/", id="an escaped percent sign"),
    pytest.param("/100%/", id="a broken escape"),
    pytest.param("/xmlrpc", id="the name without its extension"),
    pytest.param("/xmlrpc.ph", id="the name without its last letter"),
    pytest.param("/xmlrpcphp", id="the name without its dot"),
    pytest.param("/xml/rpc.php", id="a slash within the name"),
    pytest.param("/xml%00rpc.php", id="a NUL within the name, which no server drops"),
    pytest.param("/xmlrpc%u002ephp", id="an escape of another kind, which no server follows"),
    pytest.param("/\uff58mlrpc.php", id="a full-width letter, which no server folds"),
    pytest.param("/xmlrpc%c0%aephp", id="overlong UTF-8, which no server reads"),
    pytest.param("/xmlrpc.p\u0127p", id="a letter with a stroke in the name"),
    pytest.param("/-xmlrpc.php", id="a dash before the name"),
    pytest.param("/\xc2\x80xmlrpc.php", id="a control character beyond ASCII before the name"),
    pytest.param("/xml\xc3\xa9rpc.php", id="a raw letter beyond ASCII in the name"),
    pytest.param("/xml%C3%A9rpc.php", id="an escaped letter beyond ASCII in the name"),
    pytest.param("/caf\xe9/style.css", id="a raw byte elsewhere that is not UTF-8"),
    pytest.param("/caf%e9/style.css", id="an escaped byte elsewhere that is not UTF-8"),
    pytest.param("/wp-content/style.css", id="a static file, which has a dot"),
]


@pytest.mark.parametrize("path", SEEN_TO_WORK + ALSO_GUARDED)
def test_a_spelling_is_guarded(path: str) -> None:
    assert XMLRPC.reached_by(path)
    assert reaches_slowly(["xmlrpc.php"], path)


@pytest.mark.parametrize("path", MUST_PASS)
def test_a_path_passes(path: str) -> None:
    assert not XMLRPC.reached_by(path)
    assert not reaches_slowly(["xmlrpc.php"], path)


@pytest.mark.parametrize(
    ("path", "guarded"),
    [
        pytest.param("/xmlrpc", True, id="the whole segment is guarded"),
        pytest.param("/XMLRPC", True, id="the whole segment in capitals"),
        pytest.param("/xmlrpc.", True, id="a dot after the name"),
        pytest.param("/xmlrpc. .%20", True, id="dots and spaces after the name"),
        pytest.param("/xmlrpc/x", True, id="path info after the name"),
        pytest.param("/xmlrpc\\x", True, id="a backslash and path info after the name"),
        pytest.param("/xmlrpc:x", True, id="a colon after the name"),
        pytest.param("/xmlrpc%3fx", True, id="an escaped question mark, which may be forwarded decoded"),
        pytest.param("/xmlrpc%23x", True, id="an escaped number sign, which may be forwarded decoded"),
        pytest.param("/x\\mlrpc", True, id="a backslash in the name"),
        pytest.param("/.xmlrpc", True, id="a dot before the name"),
        pytest.param("/tag/xmlrpc/", True, id="a tag named xmlrpc is guarded, as the docs admit"),
        pytest.param("/xmlrpc-guide/", False, id="a name that goes on with a dash"),
        pytest.param("/xmlrpcs", False, id="a name with one more letter"),
        pytest.param("/xmlrpc.html", False, id="a name with another's extension"),
        pytest.param("/xmlrpc.-x", False, id="the name, a dot and more"),
        pytest.param("/my-xmlrpc", False, id="a name that ends in xmlrpc"),
        pytest.param("/xmlrpc.php", True, id="the name with its extension, which is listed too"),
        pytest.param("/xmlrpc.php.bak", True, id="more after the extension that is listed too"),
    ],
)
def test_a_name_without_a_dot_must_be_the_whole_segment(path: str, guarded: bool) -> None:
    assert BOTH.reached_by(path) is guarded
    assert reaches_slowly(["xmlrpc.php", "xmlrpc"], path) is guarded


@pytest.mark.parametrize(
    ("path", "guarded"),
    [
        pytest.param("/xmlrpc", True, id="the whole segment"),
        pytest.param("/xmlrpc.php", False, id="the file with an extension, which is not named"),
    ],
)
def test_a_name_without_a_dot_stands_alone(path: str, guarded: bool) -> None:
    assert Scripts(["xmlrpc"]).reached_by(path) is guarded


@pytest.mark.parametrize(
    ("path", "guarded"),
    [
        pytest.param("/xmlrpc.php", True, id="the first name"),
        pytest.param("/wp-login.php", True, id="the second name"),
        pytest.param("/blog//WP-Login%2ephp/x", True, id="the second name in another spelling"),
        pytest.param("/wp-login.php?redirect_to=/xmlrpc.php", True, id="the second name before the first"),
        pytest.param("/wp-admin.php", False, id="a name that is not in the list"),
    ],
)
def test_several_names(path: str, guarded: bool) -> None:
    assert TWO.reached_by(path) is guarded


@pytest.mark.parametrize(
    ("path", "guarded"),
    [
        pytest.param("/TASK.PHP", True, id="ASCII capitals are folded"),
        pytest.param("/ta\u017fk.php", False, id="a long s is not an s"),
        pytest.param("/tas\u212a.php", False, id="a Kelvin sign is not a k"),
    ],
)
def test_no_case_is_folded_but_that_of_ascii(path: str, guarded: bool) -> None:
    assert Scripts(["task.php"]).reached_by(path) is guarded
    assert reaches_slowly(["task.php"], path) is guarded


def nest(layers: int, path: str = "/%78mlrpc.php") -> str:
    return path.replace("%", "%" + "25" * layers)


@pytest.mark.parametrize("layers", range(12), ids="{} layers".format)
def test_nested_escapes_are_guarded_however_deep(layers: int) -> None:
    assert XMLRPC.reached_by(nest(layers))


@given(
    st.sampled_from(["/%78mlrpc.php", "/xmlrpc%2ephp", "/blog%2fxmlrpc.php"]),
    st.integers(1, 9),
    st.lists(st.integers(0, 6), min_size=1),
)
def test_nested_escapes_whose_own_digits_are_escaped_are_guarded(path: str, layers: int, chosen: list[int]) -> None:
    choices = cycle(chosen)
    nested = nested_unevenly(path, layers, lambda _: next(choices))
    assert decoded_often(nested, layers) == decoded_often(path, 0)
    assert XMLRPC.reached_by(nested)


def decoded_often(path: str, layers: int) -> str:
    for _ in range(layers + 1):
        path = unquote(path)
    return path


@pytest.mark.parametrize(
    ("path", "guarded"),
    [
        pytest.param(nest(6, "/caf%65"), False, id="a path that stops changing after seven decodings"),
        pytest.param(nest(7, "/caf%65"), False, id="a path that stops changing after the eighth decoding"),
        pytest.param(nest(8, "/caf%65"), True, id="a path that still changes after the eighth decoding"),
        pytest.param(
            nest(7, "/%e2%82%ac"), False, id="escapes of non-ASCII bytes that stop changing after the eighth decoding"
        ),
        pytest.param(
            nest(8, "/%e2%82%ac"), True, id="escapes of non-ASCII bytes that still change after the eighth decoding"
        ),
    ],
)
def test_what_still_changes_after_eight_decodings_is_guarded(path: str, guarded: bool) -> None:
    assert XMLRPC.reached_by(path) is guarded
    assert reaches_slowly(["xmlrpc.php"], path) is guarded


# Where the path ends


@pytest.mark.parametrize(
    ("target", "path"),
    [
        pytest.param("/xmlrpc.php", "/xmlrpc.php", id="a target without a query is all path"),
        pytest.param("/a?b?c", "/a", id="the path ends at the first question mark"),
        pytest.param("/?/xmlrpc.php", "/", id="a query that looks like a path is a query"),
        pytest.param("", "", id="an empty target has an empty path"),
        pytest.param(
            "x:/?/xmlrpc.php", "x:/?/xmlrpc.php", id="php -S skips a question mark after a scheme and a slash"
        ),
        pytest.param("x:?/xmlrpc.php", "x:?/xmlrpc.php", id="php -S skips a question mark right after a scheme"),
        pytest.param("http://localhost/?a", "http://localhost/?a", id="an absolute target is not cut"),
        pytest.param("?/xmlrpc.php", "?/xmlrpc.php", id="a target that begins with its query is not cut"),
    ],
)
def test_a_target_is_cut_after_its_path(target: str, path: str) -> None:
    assert path_of(target) == path


# Against the slow reading

PIECES = [
    *("xmlrpc.php", "XmlRpc.PHP", "xmlrpc", "xml", "rpc", ".php", "wp-login.php", "x", "p", "-", "_"),
    *(".", "..", "/", "//", "\\", "\\\\", ":", "?", "#", " ", "\t", "\0", "\x1f", "\x7f", "\x80", "\xa0", "\r\n"),
    *("%", "%25", "25", "2", "5", "%2f", "%5C", "%2e", "%20", "%00", "%3a", "%78", "%58", "%e2%80%8b", "%zz", "%7"),
    *("\xe9", "\u212a", "\u0130", "\u017f", "\uff58", "\ud800"),
]
SIGNS = "/\\:?#. \t\r\n\v\0\x7f%\xe9-"


@st.composite
def respell(draw: st.DrawFn) -> str:
    """Draw a guarded file's path with signs strewn into it, some of them or of its letters escaped."""
    path = draw(st.sampled_from(["/xmlrpc.php", "/blog/xmlrpc", "/wp-login.php", "/p", "/x+p/a"]))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(path)))
        path = path[:at] + draw(st.sampled_from(SIGNS)) * draw(st.integers(1, 2)) + path[at:]
    escaped = draw(st.sets(st.integers(0, len(path)), max_size=3))
    return "".join(
        f"%{ord(character):02x}" if at in escaped and character.isascii() else character
        for at, character in enumerate(path)
    )


PATHS = st.lists(st.sampled_from(PIECES), max_size=9).map("".join) | respell() | st.text()
NAMES = [
    ["xmlrpc.php"],
    ["xmlrpc"],
    ["xmlrpc.php", "xmlrpc"],
    ["wp-login.php", "xmlrpc.php"],
    ["p", "x_"],
    ["x+p"],
    ["x p", "xml rpc.php"],
]


@pytest.mark.parametrize("names", NAMES, ids=" ".join)
@given(PATHS)
def test_every_path_is_judged_as_the_rule_read_slowly_says(names: list[str], path: str) -> None:
    assert Scripts(names).reached_by(path) is reaches_slowly(names, path)


@given(PATHS)
def test_escaping_does_not_hide_a_path(path: str) -> None:
    escaped = "".join(f"%{ord(character):02x}" if character.isascii() else character for character in path)
    assert XMLRPC.reached_by(escaped) or not XMLRPC.reached_by(path)


@pytest.mark.parametrize("names", NAMES, ids=" ".join)
@given(PATHS)
def test_a_path_without_the_mark_and_without_escapes_reaches_nothing(names: list[str], path: str) -> None:
    scripts = Scripts(names)
    assert scripts.mark in path or "%" in path or not scripts.reached_by(path)


@pytest.mark.parametrize(
    ("names", "mark"),
    [
        pytest.param(["xmlrpc.php"], ".", id="a file's dot"),
        pytest.param(["xmlrpc.php", "wp-login.php"], ".", id="the dot that two files share"),
        pytest.param(["wp-login", "wp-admin"], "-", id="any sign that two names share"),
        pytest.param(["my door", "my gate"], "", id="a blank counts as nothing and is no mark"),
        pytest.param(["xmlrpc.php", "xmlrpc"], "", id="letters have two spellings and are no mark"),
        pytest.param(["xmlrpc.php", "wp-login"], "", id="names that share no sign"),
        pytest.param(["a=b"], "", id="the sign of an escape in quoted-printable is no mark"),
    ],
)
def test_the_mark_is_derived_from_the_names(names: list[str], mark: str) -> None:
    assert Scripts(names).mark == mark


# Length

LETTERS = 2**18  # far more than a server lets through, and enough for quadratic work to show
LONG = [
    pytest.param("%25" * (LETTERS // 3), False, id="percent signs escaped once"),
    pytest.param("%" + "25" * (LETTERS // 2), True, id="one percent sign escaped over and over"),
    pytest.param("%" * (LETTERS // 2) + "3" * (LETTERS // 2) + "2", True, id="escapes that make one escape a round"),
    pytest.param("%2" * (LETTERS // 2), False, id="broken escapes"),
    pytest.param("%" * LETTERS, False, id="percent signs"),
    pytest.param("%e2" * (LETTERS // 3), False, id="escaped non-ASCII bytes"),
    pytest.param("%41" * (LETTERS // 3), False, id="escaped letters"),
    pytest.param("\\" * LETTERS, False, id="backslashes"),
    pytest.param("/" * LETTERS, False, id="slashes"),
    pytest.param(":" * LETTERS, False, id="colons"),
    pytest.param("." * LETTERS, False, id="dots"),
    pytest.param(" " * LETTERS, False, id="spaces"),
    pytest.param("\0" * LETTERS, False, id="NULs"),
    pytest.param("/." * (LETTERS // 2), False, id="dot segments"),
    pytest.param("x" + "\\" * LETTERS, False, id="a letter of the name and backslashes"),
    pytest.param("x\\" * (LETTERS // 2), False, id="a letter of the name and a backslash alternately"),
    pytest.param("/x\\\\\\\\m" * (LETTERS // 8), False, id="beginnings of the name, backslashes in them"),
    pytest.param("/xmlrpc" * (LETTERS // 7), False, id="most of the name over and over"),
    pytest.param("/xmlrpc.ph" * (LETTERS // 10), False, id="all but the last letter over and over"),
    pytest.param("/xmlrpc.ph" + "\\" * LETTERS + "x", False, id="all but the last letter and backslashes"),
    pytest.param("\xe9" * LETTERS, False, id="non-ASCII letters"),
    pytest.param("-xmlrpc.php" + "/." * (LETTERS // 2), False, id="the name in the wrong place and dot segments"),
    pytest.param("-xmlrpc.php" + "\\" * LETTERS, False, id="the name in the wrong place and backslashes"),
    pytest.param("/" * LETTERS + "xmlrpc.php", True, id="the name after slashes"),
    pytest.param("." * LETTERS + "xmlrpc.php", True, id="the name after dots"),
    pytest.param("/x" + "\\" * LETTERS + "mlrpc.php", True, id="the name with backslashes in it"),
    pytest.param("/a" * (LETTERS // 2) + "/%78mlrpc.php", True, id="the name after many directories"),
]


@pytest.mark.parametrize(("path", "guarded"), LONG)
def test_a_long_path_gets_its_answer(path: str, guarded: bool) -> None:
    assert XMLRPC.reached_by(path) is guarded


@pytest.mark.parametrize(
    ("path", "guarded"),
    [
        pytest.param("/xmlrpc" * (LETTERS // 7), True, id="the name over and over"),
        pytest.param("/xmlrpc" + "." * LETTERS + "x", False, id="the name, dots and more"),
        pytest.param("/xmlrpc." * (LETTERS // 8) + "x", True, id="the name and a dot, over and over"),
        pytest.param("/xmlrpcx" * (LETTERS // 8), False, id="the name and a letter over and over"),
    ],
)
def test_a_long_path_gets_its_answer_for_a_name_without_a_dot(path: str, guarded: bool) -> None:
    assert BOTH.reached_by(path) is guarded


@pytest.mark.parametrize(
    ("path", "decodings"),
    [
        pytest.param("/wp-content/style.css", 0, id="a path without escapes"),
        pytest.param("/xmlrpc.php", 0, id="the script as it is spelt"),
        pytest.param("/caf%c3%a9/%E6%97%A5/", 0, id="escapes of non-ASCII bytes alone, which no name contains"),
        pytest.param("/a%20b", 2, id="an escape: a second decoding shows that nothing changes any more"),
        pytest.param(
            "/%78mlrpc.php/%2525", 1, id="an escape in the name: one decoding finds it, and no more is decoded"
        ),
        pytest.param("%25", 2, id="escapes that shrink"),
        pytest.param("%" * 99 + "3" * 99 + "2", 9, id="escapes that make one escape a round"),
        pytest.param("%" + "25" * 40, 9, id="escapes nested deeper than they are decoded"),
    ],
)
@pytest.mark.parametrize("times", [1, 32, 1024], ids="{} times".format)
def test_a_path_is_decoded_as_often_however_long_it_is(
    monkeypatch: pytest.MonkeyPatch, path: str, decodings: int, times: int
) -> None:
    decoded: list[int] = []

    def counting(text: str, encoding: str) -> str:
        decoded.append(len(text))
        return unquote(text, encoding)

    monkeypatch.setattr("urllib.parse.unquote", counting)
    XMLRPC.reached_by(path * times)
    assert len(decoded) == decodings <= DECODINGS + 1
    assert sum(decoded) <= decodings * times * len(path)  # so that the work grows no faster than the path


# Names


@pytest.mark.parametrize(
    ("names", "folded"),
    [
        pytest.param(["xmlrpc.php"], ["xmlrpc.php"], id="one name"),
        pytest.param(["XMLRPC.PHP"], ["xmlrpc.php"], id="capitals are folded"),
        pytest.param(["xmlrpc.php", "XmlRpc.php"], ["xmlrpc.php"], id="a name given twice counts once"),
        pytest.param(
            ["xmlrpc", "wp-login.php", "a"], ["wp-login.php", "a", "xmlrpc"], id="names with a dot come first"
        ),
        pytest.param((name for name in ["xmlrpc.php"]), ["xmlrpc.php"], id="a generator"),
        pytest.param(Scripts(["xmlrpc.php"]), ["xmlrpc.php"], id="Scripts, as a policy's own can be given to another"),
        pytest.param(["my script (1).php"], ["my script (1).php"], id="signs that mean something in a pattern"),
        pytest.param(["x+.php"], ["x+.php"], id="a sign that would repeat"),
    ],
)
def test_names_are_folded_and_sorted(names: Any, folded: list[str]) -> None:
    scripts = Scripts(names)
    assert list(scripts) == folded
    assert all(scripts.reached_by(f"/{name}") for name in folded)


def test_signs_of_a_pattern_stand_for_themselves() -> None:
    assert not Scripts(["x+.php"]).reached_by("/xx.php")
    assert not Scripts(["a.php"]).reached_by("/a-php")


@pytest.mark.parametrize("character", "*,;'\"<>|&#[]")
def test_a_name_with_a_character_of_a_list_or_pattern_is_refused(character: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Scripts([f"a{character}b.php"])
    assert caught.value.problem == "has a character of a list or a pattern; write one file name per entry"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        pytest.param([], "[] guards nothing; write ['xmlrpc.php']", id="an empty list guards nothing"),
        pytest.param([""], "'' is an empty name; write 'xmlrpc.php'", id="an empty name would be in every path"),
        pytest.param(
            "xmlrpc.php",
            "'xmlrpc.php' is one string where a list belongs; write ['xmlrpc.php']",
            id="one string is one thing, not a list of letters",
        ),
        pytest.param(b"xmlrpc.php", "b'xmlrpc.php' is not a list; write scripts=[...]", id="bytes are not a list"),
        pytest.param(None, "None is not a list; write scripts=[...]", id="None is not a list"),
        pytest.param([None], "None is not text; write a file name, as 'xmlrpc.php'", id="None is not a name"),
        pytest.param(
            [b"xmlrpc.php"], "b'xmlrpc.php' is not text; write a file name, as 'xmlrpc.php'", id="bytes are not a name"
        ),
        pytest.param(
            ["/xmlrpc.php"],
            "'/xmlrpc.php' has a slash, but a name is guarded in every directory; write the bare name, as 'xmlrpc.php'",
            id="a path with a slash is not a name",
        ),
        pytest.param(
            ["blog\\xmlrpc.php"],
            r"'blog\\xmlrpc.php' has a slash, but a name is guarded in every directory; "
            "write the bare name, as 'xmlrpc.php'",
            id="a path with a backslash is not a name",
        ),
        pytest.param(
            ["xmlrpc%2ephp"],
            "'xmlrpc%2ephp' has a percent or question mark; write the name as the file has it, as 'xmlrpc.php'",
            id="an escape in a name would never be found",
        ),
        pytest.param(
            ["xmlrpc.php?x"],
            "'xmlrpc.php?x' has a percent or question mark; write the name as the file has it, as 'xmlrpc.php'",
            id="a query in a name would never be found",
        ),
        pytest.param(
            ["http:xmlrpc.php"],
            "'http:xmlrpc.php' has a colon, which begins a new segment; write the part after it, as 'xmlrpc.php'",
            id="a name with a colon would never be found",
        ),
        pytest.param(
            ["xmlrpc.php\n"],
            r"'xmlrpc.php\n' has a control character; write the bare name, as 'xmlrpc.php'",
            id="a line end after a name, as in a line read from a file",
        ),
        pytest.param(
            ["xml\nrpc\n.php"],
            r"'xml\nrpc\n.php' has a control character; write the bare name, as 'xmlrpc.php'",
            id="two line ends in a name",
        ),
        pytest.param(
            ["xml\x7frpc.php"],
            r"'xml\x7frpc.php' has a control character; write the bare name, as 'xmlrpc.php'",
            id="a delete character in a name",
        ),
        pytest.param(
            [".htaccess"],
            "'.htaccess' begins with a dot or a space, or ends with a space; write the bare name, as 'xmlrpc.php'",
            id="leading dots are ignored in paths, so no name can have one",
        ),
        pytest.param(
            [" xmlrpc.php"],
            "' xmlrpc.php' begins with a dot or a space, or ends with a space; write the bare name, as 'xmlrpc.php'",
            id="a space before a name",
        ),
        pytest.param(
            ["xmlrpc.php "],
            "'xmlrpc.php ' begins with a dot or a space, or ends with a space; write the bare name, as 'xmlrpc.php'",
            id="a space after a name",
        ),
        pytest.param(
            ["caf\xe9.php"],
            r"'caf\xe9.php' is not ASCII, and servers differ in how they ignore its case; write an ASCII name",
            id="a name that is not ASCII",
        ),
    ],
)
def test_names_that_are_refused(names: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Scripts(names)
    assert str(caught.value) == f"scripts: {message}"


@example("x.php")
@example("x/y")
@example("xmlrpc.php2")
@example("XmlRpc.PHPx")
@given(st.text(max_size=8) | st.lists(st.sampled_from(PIECES), max_size=3).map("".join))
def test_a_name_is_refused_or_found(name: str) -> None:
    scripts = make_or_refuse([name])
    plain = all(" " <= character <= "~" and character not in "/\\%?:*,;'\"<>|&#[]" for character in name)
    slip = is_one_slip(name.lower(), "xmlrpc.php") and name.lower() != "xmlrpc.php"
    assert (scripts is not None) is (plain and name[:1] not in ("", ".", " ") and name[-1] != " " and not slip)
    for path in (name, name.upper(), f"//%{ord(name[:1] or ' '):02x}{name[1:]}"):
        assert scripts is None or scripts.reached_by(path)


def make_or_refuse(names: list[str]) -> Scripts | None:
    try:
        return Scripts(names)
    except ConfigurationError:
        return None


# That it is a value


def test_scripts_are_equal_if_their_names_are() -> None:
    assert Scripts(["a.php", "B.php"]) == Scripts(["b.php", "a.php", "a.php"])
    assert hash(Scripts(["a.php", "B.php"])) == hash(Scripts(["b.php", "a.php"]))
    assert XMLRPC != BOTH


def test_scripts_survive_their_repr_and_their_copies() -> None:
    assert repr(BOTH) == "Scripts(['xmlrpc.php', 'xmlrpc'])"
    for again in (eval(repr(BOTH)), copy.deepcopy(BOTH), pickle.loads(pickle.dumps(BOTH))):
        assert again == BOTH
        assert again.reached_by("/xmlrpc")


def test_scripts_are_frozen() -> None:
    scripts: Any = Scripts(["xmlrpc.php"])
    with pytest.raises(FrozenInstanceError):
        scripts.mark = ""


# Many names


@given(
    st.lists(st.text("ab.1", min_size=1, max_size=6).filter(lambda name: name[0] != "."), min_size=1),
    st.text("/ab.1A\\"),
)
def test_of_many_names_each_is_found_as_if_it_were_alone(names: list[str], path: str) -> None:
    assert Scripts(names).reached_by(path) == any(Scripts([name]).reached_by(path) for name in names)


def test_a_thousand_names_are_looked_for_at_once() -> None:
    names = [f"{number:x}-{number * 2654435761 % 65521:x}.php" for number in range(1_000)]
    scripts = Scripts(names)
    assert [scripts.reached_by(f"/{name}") for name in (names[0], names[321], names[-1], "none.php")] == [True] * 3 + [
        False
    ]
