"""The reader of XML-RPC bodies: a row for each rule, then random bodies beside the standard library's readers."""

import mmap
import pickle
import re
import tempfile
from typing import Any
from xml.etree import ElementTree as ET
from xmlrpc.client import Binary, DateTime, dumps

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bodies import HAND_MADE, HELLO, MULTICALL, PING, Row, call, inner, multicall, string
from tests.lab.client_bodies import read_all
from xmlrpc_guard.methods import METHOD_NAME, UnreadableBodyError, read_methods

# A row for each rule


def explained(body: bytes) -> tuple[tuple[str, ...] | None, str]:
    """Give the names that a body calls, or None and the problem with it."""
    try:
        return read_methods(body), ""
    except UnreadableBodyError as error:
        return None, error.problem


@pytest.mark.parametrize("row", [pytest.param(row, id=row.sentence) for row in HAND_MADE])
def test_a_body(row: Row) -> None:
    names, problem = explained(row.body)
    assert names == row.names, row.source
    assert row.problem in problem


@pytest.mark.parametrize(
    ("body", "explanation"),
    [
        pytest.param(b"", "line 1: the body does not begin with <methodCall>", id="a body without a line"),
        pytest.param(b"<?xml version='1.0'?>\n<methodCall>\n<a/>", "line 3: <a> does not belong here", id="a tag"),
        pytest.param(
            b"\n\n<methodCall>\n\n</x>",
            "line 5: not XML: mismatched tag",
            id="white space before the call counts, as an editor counts it",
        ),
        pytest.param(
            call("demo\n\n.say'\x7f").encode(),
            r"line 3: 'demo\n\n.say\x27\x7f' is not a method's name",
            id="what cannot be printed is escaped, and the line is where the element ends",
        ),
        pytest.param(
            f"<methodCall><{'a' * 5000}/>".encode(),
            f"line 1: <{'a' * 40}> does not belong here",
            id="a long tag is cut",
        ),
    ],
)
def test_what_is_wrong_with_a_body_is_explained_with_the_line(body: bytes, explanation: str) -> None:
    with pytest.raises(UnreadableBodyError) as caught:
        read_methods(body)
    assert str(caught.value) == explanation


# What clients send


NOT_XML = {  # the encoders of these end a CDATA section inside a text that holds its end; WordPress refuses them too
    "node, homematic-xmlrpc",
    "PHP, xmlrpc_encode_request, CDATA",
}
SENT = {  # those of tests/lab/encoders/calls.json, and Jetpack's
    *[("system.listMethods",), ("pingback.ping",), ("wp.getUsersBlogs",), ("wp.getPosts",), ("wp.newPost",)],
    *[("metaWeblog.newPost",), ("wp.uploadFile",), (MULTICALL, "wp.getOptions", "wp.getPostFormats")],
    (MULTICALL, "jetpack.getUser", "jetpack.syncObject", "jetpack.testConnection"),
}


def test_what_clients_send_is_read() -> None:
    rows = [(row.client, explained(row.body)[0]) for row in read_all()]
    assert {client for client, names in rows if names is None} == NOT_XML
    assert {names for _, names in rows if names is not None} == SENT
    assert len(rows) > 130
    assert len([client for client, names in rows if names is None]) == len(NOT_XML)


# Random calls, as the standard library writes them

NAMES = st.from_regex(METHOD_NAME, fullmatch=True).filter(lambda name: name != MULTICALL and len(name) <= 200)
TEXTS = st.text(st.characters(codec="utf-8", min_codepoint=0x20, exclude_characters="\ufffe\uffff"))
SCALARS = (
    st.integers(-(2**31), 2**31 - 1) | st.booleans() | st.floats() | st.none() | TEXTS | st.builds(DateTime)
) | st.builds(Binary, st.binary())
VALUES = st.recursive(SCALARS, lambda inside: st.lists(inside) | st.dictionaries(TEXTS, inside), max_leaves=8)
CALLS = st.fixed_dictionaries({"methodName": NAMES, "params": st.lists(VALUES, max_size=3)})


@given(NAMES, st.lists(VALUES, max_size=4))
def test_a_call_as_the_standard_library_writes_it_has_its_name(name: str, arguments: list[Any]) -> None:
    assert read_methods(dumps(tuple(arguments), name, allow_none=True).encode()) == (name,)


@given(st.lists(CALLS, max_size=4))
def test_a_multicall_as_the_standard_library_writes_it_has_the_names_of_all_its_calls(calls: list[Any]) -> None:
    body = dumps((calls,), MULTICALL, allow_none=True).encode()
    assert read_methods(body) == (MULTICALL, *(each["methodName"] for each in calls))


@pytest.mark.parametrize("size", [2**19, 2**20, 2**20 + 1, 3 * 2**19, 3_000_000], ids="{} bytes".format)
@pytest.mark.parametrize("tail", ["", " \n"], ids=["to the end", "with white space after it"])
def test_a_long_call_is_read_like_a_short_one(size: int, tail: str) -> None:
    head, end = call(HELLO, "<params><param><value>"), "</value></param></params></methodCall>"
    start = head.removesuffix("</methodCall>")
    body = f"{start}{'x' * (size - len(start) - len(end))}{end}{tail}".encode()
    assert read_methods(body) == (HELLO,)
    assert explained(body.replace(b"</value>", b"</valve>"))[1] == "not XML: mismatched tag"


# Any bytes, and bodies that differ from a call in a few places

PIECES = st.sampled_from(
    [
        *("<methodName>", "</methodName>", "<value>", "</value>", string("a"), "<member>", "<name>methodName</name>"),
        *("<array>", "<data>", "<!-- a -->", "<![CDATA[a]]>", "<?xml a?>", "<?a?>", "&amp;", "&#32;", "a", " ", "\n"),
        *("</methodCall>", "<methodCall>", "<params>", "</params>", "<nil/>", PING, "\0", "\xa0", ">", "<", "]]>"),
    ]
)
WHOLE = st.sampled_from([row.body.decode() for row in HAND_MADE if row.names and len(row.body) < 2000]) | st.just(
    multicall(inner(string(PING)), inner(HELLO))
)


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    text = draw(WHOLE)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        cut = draw(st.sampled_from([0, 0, 1, 9]))
        text = text[:start] + draw(PIECES) + text[start + cut :]
    return text.encode()


def names_in_the_tree(body: bytes) -> tuple[str, ...]:
    """Find the names in the tree that the standard library makes of a body, where the specification puts them."""
    # WordPress cuts the declaration out without reading it.
    text = re.sub(rb"^<\?xml[^<>?]*\?>", b"", body.strip(b" \t\r\n\0\v")).strip(b" \t\r\n\0\v")
    root = ET.fromstring(text)
    first = "".join(root.findtext("methodName") or "").strip()
    structs = root.findall("params/param/value/array/data/value/struct") if first == MULTICALL else []
    return first, *(name for struct in structs for name in _inner_names(struct))


def _inner_names(struct: ET.Element) -> list[str]:
    values = [
        member.find("value") for member in struct.findall("member") if _stripped(member.find("name")) == "methodName"
    ]
    return [_stripped(value) for value in values if value is not None]


def _stripped(element: ET.Element | None) -> str:
    return "".join(() if element is None else element.itertext()).strip()


@given(mutants())
def test_what_is_read_is_what_stands_in_the_tree(body: bytes) -> None:
    names, _ = explained(body)
    # ElementTree knows namespaces, as WordPress' parser and this reader do not: it refuses a prefix that is not bound.
    if names is not None and not _PREFIXED.search(body):
        assert names == names_in_the_tree(body)


_PREFIXED = re.compile(rb"<[^<>:]*:")


@given(st.binary() | mutants() | st.binary().map(lambda bytes_: call().encode()[:60] + bytes_))
def test_any_bytes_have_names_or_a_problem(body: bytes) -> None:
    names, problem = explained(body)
    assert bool(names) != bool(problem)


@given(mutants())
def test_a_body_in_a_file_is_read_as_one_in_memory(body: bytes) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(body + b"\n")
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            try:
                read: object = read_methods(mapped)
            except UnreadableBodyError as error:
                read = error.problem
    names, problem = explained(body + b"\n")
    assert read == (names or problem)


CALL = b"<methodCall><methodName>demo.sayHello</methodName></methodCall>"


@pytest.mark.parametrize("blank", [b" ", b"\t", b"\n", b"\r", b"\0", b"\x0b"], ids=repr)
def test_every_blank_that_php_trims_may_stand_around_a_call_and_before_its_declaration(blank: bytes) -> None:
    declaration = b"<?xml version='1.0'?>"
    for body in (blank + CALL, CALL + blank, declaration + blank + CALL, blank + declaration + CALL):
        assert read_methods(body) == ("demo.sayHello",)


@pytest.mark.parametrize("blank", [b" ", b"\t", b"\n", b"\r"], ids=repr)
def test_every_blank_of_xml_may_stand_in_the_declaration_and_the_first_tag(blank: bytes) -> None:
    assert read_methods(b"<?xml" + blank + b"version='1.0'?>" + CALL) == ("demo.sayHello",)
    assert read_methods(b"<?xml" + blank + b"?>" + CALL) == ("demo.sayHello",)
    assert read_methods(CALL.replace(b"<methodCall", b"<methodCall" + blank)) == ("demo.sayHello",)


@pytest.mark.parametrize("sign", [b"<", b">", b"?"], ids=repr)
def test_a_declaration_with_a_sign_that_ends_it_or_begins_a_tag_is_refused(sign: bytes) -> None:
    with pytest.raises(UnreadableBodyError):
        read_methods(b"<?xml version='1.0' " + sign + b" ?>" + CALL)


def test_the_error_of_an_unreadable_body_survives_its_copies() -> None:
    again = pickle.loads(pickle.dumps(UnreadableBodyError("is cut", 3)))
    assert (again.problem, again.line, again.args) == ("is cut", 3, ("is cut", 3))
