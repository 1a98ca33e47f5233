"""XML-RPC bodies that are nearly calls: drawn from the grammar, then changed in a few places. Seeded."""

from collections.abc import Callable, Iterator
from random import Random

PERMITTED = ("demo.sayHello", "demo.addTwoNumbers", "mt.supportedMethods")
FORBIDDEN = ("pingback.ping", "wp.getUsersBlogs", "wp.deletePost")
MULTICALL = "system.multicall"

Tokens = list[str]

_SPACE = (" ", "\n", "\t", "\r\n", "\0", "\v", "\f", "\xa0", "  " * 40, " " * 79, " " * 80)
_DECLARATIONS = (
    "<?xml version='1.0'?>",
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    "<?xml version='1.0' encoding='iso-8859-1'?>",
    "<?xml ?>",
    "<?xml\n?>",
    "<?xml" + " " * 90 + "?>",
)
_TAGS = (
    *("methodCall", "methodName", "params", "param", "value", "string", "int", "i4", "i8", "base64", "boolean"),
    *("double", "dateTime.iso8601", "array", "data", "struct", "member", "name", "nil", "ex:nil", "fault"),
    *("methodResponse", "x", "methodname", "m:methodName"),
)
_ODD = (
    *(
        "<!-- c -->",
        "<![CDATA[]]>",
        "<![CDATA[ping]]>",
        "<?x y?>",
        "<?xml z?>",
        "<?xml ",
        "?>",
        "&amp;",
        "&#32;",
        "&#0;",
    ),
    *("&x;", "<!DOCTYPE m>", "<!DOCTYPE m [<!ENTITY x 'pingback.ping'>]>", "]]>", ">", "<", "text", "methodName"),
    *("cGluZ2JhY2sucGluZw==", " attribute='1'", " xmlns='u'", "<!-- <methodName>pingback.ping</methodName> -->"),
)


def make(seed: int, number: int) -> Iterator[bytes]:
    """Give so many bodies, the same for a seed each time."""
    random = Random(seed)
    for _ in range(number):
        yield _Maker(random).body()


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random

    def body(self) -> bytes:
        tokens = self.call()
        for _ in range(self.random.choice((0, 1, 1, 1, 2, 2, 3, 4))):
            self.random.choice(_CHANGES)(self, tokens)
        return self.encode("".join([*self.head(), *tokens, *self.tail()]))

    # From the grammar

    def call(self) -> Tokens:
        several = self.random.random() < 0.45
        arguments = [self.calls()] if several else [self.value(2) for _ in range(self.random.randrange(4))]
        name = MULTICALL if several else self.name()
        tokens = ["<methodCall>", *self.spaces(), *_element("methodName", [name]), *self.spaces()]
        if arguments or self.random.random() < 0.5:
            params = [token for each in arguments for token in _element("param", each)]
            tokens += _element("params", params)
        return [*tokens, *self.spaces(), "</methodCall>"]

    def calls(self) -> Tokens:
        calls = [token for _ in range(self.random.randrange(1, 4)) for token in self.inner_call()]
        return _element("value", _element("array", _element("data", calls)))

    def inner_call(self) -> Tokens:
        name = self.name() if self.random.random() < 0.95 else MULTICALL
        text = [name] if self.random.random() < 0.4 else _element("string", [name])
        members = [
            _element("member", [*_element("name", ["methodName"]), *self.spaces(), *_element("value", text)]),
            _element("member", [*_element("name", ["params"]), *_element("value", self.array(1))]),
        ]
        self.random.shuffle(members)
        return _element("value", _element("struct", [token for member in members for token in member]))

    def name(self) -> str:
        return self.random.choice(PERMITTED if self.random.random() < 0.6 else FORBIDDEN)

    def value(self, depth: int) -> Tokens:
        kinds: list[Callable[[], Tokens]] = [
            lambda: ["text"],
            lambda: _element(
                "string", [self.random.choice(("", "a b", "&lt;b&gt;", "pingback.ping", "<![CDATA[<x>]]>"))]
            ),
            lambda: _element(self.random.choice(("int", "i4", "boolean")), ["1"]),
            lambda: _element("base64", ["cGluZ2JhY2sucGluZw=="]),
            lambda: _element("dateTime.iso8601", ["20151205T00:00:00"]),
            lambda: self.array(depth - 1),
            lambda: self.struct(depth - 1),
        ]
        return _element("value", self.random.choice(kinds if depth else kinds[:5])())

    def array(self, depth: int) -> Tokens:
        values = [token for _ in range(self.random.randrange(3)) for token in self.value(depth)]
        return _element("array", _element("data", values))

    def struct(self, depth: int) -> Tokens:
        names = [self.random.choice(("title", "methodName", "params", "")) for _ in range(self.random.randrange(3))]
        members = [_element("member", [*_element("name", [name]), *self.value(depth)]) for name in names]
        return _element("struct", [token for member in members for token in member])

    def spaces(self) -> Tokens:
        return ["\n"] if self.random.random() < 0.3 else []

    # Around it

    def head(self) -> Tokens:
        lead = [self.random.choice(_SPACE)] if self.random.random() < 0.2 else []
        declaration = [self.random.choice(_DECLARATIONS)] if self.random.random() < 0.6 else []
        return [*lead, *declaration, *self.spaces()]

    def tail(self) -> Tokens:
        return [self.random.choice((*_SPACE, "<!-- -->", "<?x y?>", "x"))] if self.random.random() < 0.1 else []

    def encode(self, text: str) -> bytes:
        if self.random.random() < 0.97:
            return text.encode()
        return self.random.choice((text.encode("latin-1", "replace"), text.encode("utf-16"), text.encode()[:-9]))

    # Changes

    def token(self) -> str:
        tag = self.random.choice(_TAGS)
        return self.random.choice((f"<{tag}>", f"</{tag}>", f"<{tag}/>", self.random.choice(_ODD), self.name()))

    def insert(self, tokens: Tokens) -> None:
        tokens.insert(self.place(tokens), self.token())

    def insert_element(self, tokens: Tokens) -> None:
        at = self.place(tokens)
        inside = self.random.choice(([], [self.name()], self.value(1), self.inner_call()))
        tokens[at:at] = _element(self.random.choice(_TAGS), inside)

    def insert_name(self, tokens: Tokens) -> None:
        at = self.place(tokens)
        tokens[at:at] = _element("methodName", [self.name()])

    def wrap(self, tokens: Tokens) -> None:
        start, end = sorted((self.place(tokens), self.place(tokens)))
        tokens[start:end] = _element(self.random.choice(_TAGS), tokens[start:end])

    def delete(self, tokens: Tokens) -> None:
        if tokens:
            del tokens[self.random.randrange(len(tokens))]

    def delete_pair(self, tokens: Tokens) -> None:
        openings = [at for at, token in enumerate(tokens) if token[:1] == "<" and token[1:2].isalpha()]
        if openings:
            at = self.random.choice(openings)
            closing = f"</{tokens[at][1:]}"
            if closing in tokens[at:]:
                del tokens[tokens.index(closing, at)]
            del tokens[at]

    def double(self, tokens: Tokens) -> None:
        start = self.place(tokens)
        end = min(len(tokens), start + self.random.choice((1, 3, 5, 8, 13)))
        tokens[end:end] = tokens[start:end]

    def swap(self, tokens: Tokens) -> None:
        if len(tokens) > 1:
            one, other = (self.random.randrange(len(tokens)) for _ in range(2))
            tokens[one], tokens[other] = tokens[other], tokens[one]

    def replace(self, tokens: Tokens) -> None:
        if tokens:
            tokens[self.random.randrange(len(tokens))] = self.token()

    def retype(self, tokens: Tokens) -> None:
        places = [at for at, token in enumerate(tokens) if token in ("<string>", "</string>")]
        if places:
            kind = self.random.choice(_TAGS)
            at = places[2 * self.random.randrange(len(places) // 2)] if len(places) > 1 else places[0]
            tokens[at] = f"<{kind}>"
            tokens[min(at + 2, len(tokens) - 1)] = f"</{kind}>"

    def splice(self, tokens: Tokens) -> None:
        """Put what WordPress cuts out into the middle of a token of the beginning."""
        at = self.random.randrange(min(len(tokens), 8) or 1)
        cut = self.random.randrange(len(tokens[at]) + 1) if tokens else 0
        tokens[at] = tokens[at][:cut] + self.random.choice((*_DECLARATIONS, *_ODD[:6])) + tokens[at][cut:]

    def hide(self, tokens: Tokens) -> None:
        """Put a stretch between the ends of what WordPress cuts out."""
        start = self.random.randrange(min(len(tokens), 6) or 1)
        tokens.insert(start, "<?xml ")
        tokens.insert(min(len(tokens), start + self.random.randrange(1, 4)), "?>")

    def blur(self, tokens: Tokens) -> None:
        """Change a name's letters, or put space around it."""
        names = [at for at, token in enumerate(tokens) if "." in token and token[0].isalpha()]
        if names:
            at = self.random.choice(names)
            change = self.random.choice((str.upper, str.title, " {} ".format, "\xa0{}".format, "<!-- -->{}".format))
            tokens[at] = change(tokens[at])

    def place(self, tokens: Tokens) -> int:
        return self.random.randrange(len(tokens) + 1)


def _element(tag: str, inside: Tokens) -> Tokens:
    return [f"<{tag}>", *inside, f"</{tag}>"]


_CHANGES: tuple[Callable[[_Maker, Tokens], None], ...] = (
    *(_Maker.insert, _Maker.insert_element, _Maker.insert_name, _Maker.wrap, _Maker.delete, _Maker.delete_pair),
    *(_Maker.double, _Maker.swap, _Maker.replace, _Maker.retype, _Maker.splice, _Maker.hide, _Maker.blur),
)
