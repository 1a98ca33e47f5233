"""Which methods does an XML-RPC body call? Every name that WordPress runs, from the bytes as they were received.

WordPress reads bodies with a lenient reader of its own, which differs between its versions: it finds names in bodies
that other readers refuse, or finds another name in them. So the guard does not imitate it. It accepts the shape that
the specification gives a call, in which every version of WordPress since 4.0, on PHP since 5.2, finds the same names,
and which every client that was captured sends. Anything else is unreadable, and refused.
"""

import re
from collections.abc import Callable
from mmap import mmap
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType

from xmlrpc_guard.text import quoted

MULTICALL = "system.multicall"
"""The method that makes other calls."""

MAX_TAGS = 60_000
"""The most ``<`` in a body, in comments and CDATA too: WordPress refuses bodies with more (xmlrpc_element_limit)."""

MAX_NAME = 200
"""The most characters of a name. The longest of WordPress' own has 30."""

METHOD_NAME = re.compile(r"[A-Za-z0-9_.:/-]+")
"""A method's name: the characters that the specification gives, and the hyphen."""

Bytes = bytes | mmap
"""A body in memory, or in a file that is mapped there."""


class UnreadableBodyError(ValueError):
    """A body that is not read: what is wrong with it, and the line, counted from 1.

    >>> print(UnreadableBodyError("<nil> has an attribute", 3))
    line 3: <nil> has an attribute
    """

    def __init__(self, problem: str, line: int = 1) -> None:
        super().__init__(problem, line)
        self.problem = problem
        self.line = line

    def __str__(self) -> str:
        return f"line {self.line}: {self.problem}"


def read_methods(body: Bytes) -> tuple[str, ...]:
    """Give the names of the methods that a body calls, of a ``system.multicall`` its own and then those inside it.

    There is at least one. The time and memory that it takes are bounded by the body's length. A body of any other
    shape than the specification's raises UnreadableBodyError.

    >>> read_methods(b"<methodCall><methodName>demo.sayHello</methodName></methodCall>")
    ('demo.sayHello',)
    >>> read_methods(b"<methodName>demo.sayHello</methodName>")
    Traceback (most recent call last):
    xmlrpc_guard.methods.UnreadableBodyError: line 1: the body does not begin with <methodCall>
    """
    start, end = _find_call(body)
    reading, parser = _Reading(), ParserCreate("UTF-8")  # as WordPress does, which does not read the declaration
    reading.follow(parser)
    try:
        view, step = memoryview(body), _PIECE if end - start > _WHOLE else end - start
        for at in range(start, end, step):
            parser.Parse(view[at : min(at + step, end)], at + step >= end)
    except UnreadableBodyError as error:
        error.line = parser.CurrentLineNumber + body[:start].count(b"\n")
        raise
    except ExpatError as error:
        problem = f"not XML: {str(error).partition(':')[0]}"
        raise UnreadableBodyError(problem, error.lineno + body[:start].count(b"\n")) from None
    return tuple(reading.names)


# What PHP's trim() takes off both ends. Up to WordPress 5.4 that is done before the declaration is looked for, from 5.5
# on after that.
_TRIMMED = b" \t\n\r\0\x0b"
_HEAD = re.compile(
    rb"[ \t\n\r\0\x0b]*+"
    rb"((?:<\?xml[ \t\n\r][^<>?]*+\?>)?)"
    rb"[ \t\n\r\0\x0b]*+(?=<methodCall[> \t\n\r])"
)
# WordPress cuts the first "<?xml ... ?>" out of so many bytes, wherever in them it stands: out of a name, too.
_WINDOW = 100
# The parser copies what it gets in pieces, and does not copy what it gets as a whole. But of more than a mebibyte it
# makes pieces of that size itself, and needs three of them.
_WHOLE, _PIECE = 1 << 20, 1 << 19


def _find_call(body: Bytes) -> tuple[int, int]:
    """Give where the call begins, after the declaration and white space, and where it ends."""
    head = _HEAD.match(body)
    if head is None:
        raise UnreadableBodyError("the body does not begin with <methodCall>")
    # All is measured on the bytes as received. White space in front counts in some versions, and not in others: then
    # the window reaches further into the call by as much.
    lead, declared = head.span(1)
    start, end = head.end(), body.rfind(b">") + 1
    if declared > max(lead, _WINDOW):
        raise UnreadableBodyError(f"the XML declaration ends after the first {_WINDOW} bytes")
    if body.find(b"<?xml", start, start + lead + _WINDOW + 4) >= 0:
        raise UnreadableBodyError(f"<?xml stands in the first {_WINDOW} bytes of the call")
    if body[end:].strip(_TRIMMED):
        end = len(body)  # which the parser refuses, and says why
    if end - start > MAX_TAGS:
        _limit_tags(body, start)
    return start, end


def _limit_tags(body: Bytes, at: int) -> None:
    for _ in range(MAX_TAGS + 1):
        at = body.find(b"<", at) + 1
        if not at:
            return
    raise UnreadableBodyError(f"more than {MAX_TAGS} tags")


_State = dict[str, Any]
END, TEXT, NAME = "/", "#", "?"  # no tags
_KEPT = "kept"


class _Reading:
    """What is kept of a body while a parser goes through it, and where in the grammar below that is."""

    # Slots: with a dictionary of attributes, reading would take longer.
    __slots__ = ("_text", "members", "names", "state", "states")

    def __init__(self) -> None:
        self.names: list[str] = []
        self.members: set[str] = set()
        """Of a call inside a multicall, those that were read."""
        self.state = _DOCUMENT
        self.states: list[_State] = []
        """The states after the open elements, where such an element may stand in several places."""
        self._text = ""

    def follow(self, parser: XMLParserType) -> None:
        """Let a parser lead through the grammar; UnreadableBodyError comes out of it where a body leaves that."""
        parser.buffer_text = True
        parser.StartElementHandler = self._open_tag
        parser.EndElementHandler = self._close_tag
        parser.CharacterDataHandler = self._read_text
        parser.ProcessingInstructionHandler = _refuse_instruction

    def _open_tag(self, tag: str, attributes: object) -> None:
        if attributes:
            raise UnreadableBodyError(f"<{tag:.40}> has an attribute")
        try:
            following = self.state[tag]
        except KeyError:
            raise UnreadableBodyError(f"<{tag:.40}> does not belong here") from None
        if following.__class__ is tuple:
            self.state, after = following
            self.states.append(after)
        else:
            self.state = following

    def _close_tag(self, tag: str) -> None:
        try:
            following = self.state[END]
        except KeyError:
            raise UnreadableBodyError(f"<{tag:.40}> is not complete") from None
        if following.__class__ is dict:
            self.state = following
        else:
            self.state = self.states.pop() if following is _KEPT else following(self)

    def _read_text(self, text: str) -> None:
        if text.isspace() and text.isascii():  # never a part of a name: the parser gives 8 KB of text at a time
            return
        try:
            self.state = following = self.state[TEXT]
        except KeyError:
            raise UnreadableBodyError("text does not belong here") from None
        if NAME in following:
            self._keep(text)

    def _keep(self, text: str) -> None:
        self._text += text
        if len(self._text) > MAX_NAME:
            raise UnreadableBodyError(f"a name of more than {MAX_NAME} characters")

    def take_text(self) -> str:
        text, self._text = self._text.strip(" \t\r\n"), ""
        return text

    def take_name(self) -> str:
        name = self.take_text()
        if not METHOD_NAME.fullmatch(name):
            raise UnreadableBodyError(f"{quoted(name)} is not a method's name")
        self.names.append(name)
        return name


def _refuse_instruction(_target: str, _text: str) -> None:
    raise UnreadableBodyError("a processing instruction")


# The grammar: what may come next in each state. A tag leads to the state inside its element; where the same element may
# stand in several, the state after it comes with it, to be kept until its end. END leads to the state after the
# element: to the one that was kept, to a fixed one, or to what a function gives. TEXT leads to the state after text.
# What has no entry may not come, but for white space, which may stand anywhere. A value has text or one element and not
# both, as versions of WordPress differ in which of the two they use.


def _of_text(end: Any) -> _State:
    state: _State = {END: end}
    state[TEXT] = state
    return state


def _of_name(end: Callable[[_Reading], _State]) -> _State:
    state = _of_text(end)
    state[NAME] = True
    return state


def _value(after: _State) -> _State:
    done: _State = {END: after}
    scalar, empty = _of_text(done), {END: done}
    others = {"nil": empty, "ex:nil": empty, "array": (_ARRAY, done), "struct": (_STRUCT, done)}
    return {END: after, TEXT: _of_text(after), **dict.fromkeys(_SCALARS, scalar), **others}


_SCALARS = ("string", "int", "i4", "i8", "double", "boolean", "dateTime.iso8601", "base64")
_DATA: _State = {END: {END: _KEPT}}
_ARRAY: _State = {"data": _DATA}
_STRUCT: _State = {END: _KEPT}
_DATA["value"] = _value(_DATA)
_STRUCT["member"] = {"name": _of_text({"value": _value({END: _STRUCT})})}

_OVER: _State = {}
_PARAMS: _State = {END: {END: _OVER}}
_PARAMS["param"] = {"value": _value({END: _PARAMS})}
_AFTER_NAME: _State = {"params": _PARAMS, END: _OVER}


def _end_method(reading: _Reading) -> _State:
    return _AFTER_NAME if reading.take_name() != MULTICALL else _MULTICALL


# A multicall's parameter: an array of structs, each of a name and an array of parameters, in either order.
def _end_inner_method(reading: _Reading) -> _State:
    if reading.take_name() == MULTICALL:
        raise UnreadableBodyError(f"{MULTICALL} inside {MULTICALL}")
    return reading.states.pop()


def _end_member_name(reading: _Reading) -> _State:
    name = reading.take_text()
    if name not in _CALL_MEMBERS or name in reading.members:
        raise UnreadableBodyError(f"a call inside {MULTICALL} has the member {quoted(name)}, or has it twice")
    reading.members.add(name)
    return _CALL_MEMBERS[name]


def _end_inner_call(reading: _Reading) -> _State:
    if len(reading.members) < len(_CALL_MEMBERS):
        raise UnreadableBodyError(f"a call inside {MULTICALL} lacks its name or its parameters")
    reading.members.clear()
    return reading.states.pop()


def _one(tag: str, inside: _State) -> _State:
    return {tag: (inside, {END: _KEPT})}


_INNER_NAME = _of_name(_end_inner_method)
_INNER_CALL: _State = {END: _end_inner_call, "member": {"name": _of_name(_end_member_name)}}
_CALL_MEMBERS = {
    "methodName": {"value": ({TEXT: _INNER_NAME, **_one("string", _INNER_NAME)}, {END: _INNER_CALL})},
    "params": {"value": (_one("array", _ARRAY), {END: _INNER_CALL})},
}
_CALLS: _State = {END: _KEPT}
_CALLS["value"] = _one("struct", _INNER_CALL), _CALLS
_CALLS_ALONE = _one("param", _one("value", _one("array", _one("data", _CALLS))))
_MULTICALL: _State = {"params": (_CALLS_ALONE, {END: _OVER})}

_DOCUMENT: _State = {"methodCall": {"methodName": _of_name(_end_method)}}
