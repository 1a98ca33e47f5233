"""XML-RPC bodies in unusual dress: calls of the specification's shape, written as no client does; and bytes changed.

``tests.lab.mutants`` leaves the shape, and most of its bodies are refused. These keep it: a reader that accepts them
must see each name as WordPress does, through references, comments, CDATA sections, white space and the borders of the
pieces that WordPress parses. Seeded.
"""

from collections.abc import Callable, Iterator
from random import Random

from tests.bodies import HAND_MADE
from tests.lab.client_bodies import read_all
from tests.lab.mutants import FORBIDDEN, MULTICALL, PERMITTED

_PIECE = 262_144
"""The bytes that WordPress parses at a time."""
_AMONG_ELEMENTS = (
    *("", "", "", " ", "\n", "\r\n\t", "&#32;", "&#10;", "<![CDATA[]]>", "<![CDATA[ ]]>", "<!-- methodName -->"),
    *("<!--<methodName>pingback.ping</methodName>-->", "<!--?>-->"),
)
_AFTER_A_LETTER = ("", " ", "\n", "\r", "<!-- -->", "<!---->", "<![CDATA[]]>", "&#32;", "&#9;", "&#13;", "&#10;")
_TEXTS = ("text", "pingback.ping", "", " ", "&lt;methodName&gt;", "<![CDATA[<methodName>pingback.ping</methodName>]]>")
_EMPTY = ("<nil/>", "<ex:nil/>", "<nil></nil>", "<string/>", "<int/>", "<base64/>", "<dateTime.iso8601/>", "<struct/>")
_SCALARS = (("int", "1"), ("i4", " 1 "), ("i8", "x"), ("double", "1e9"), ("boolean", ""), ("base64", "cGluZw=="))
_HEADS = (
    *("", "", "", "<?xml version='1.0'?>", '<?xml version="1.0" encoding="UTF-8"?>', "<?xml ?>", "<?xml\t?>"),
    *("<?xml version='1.0' encoding='utf-7'?>", "<?xml version='1.1'?>"),
)
_IN_THE_WINDOW = ("<!--<?xml ?>-->", "<?xml ?>", "<!--<?xml -->", "<?xml", "?>", "<?xm<?xml ?>l ?>", "<!DOCTYPE x>")
_BYTES = (
    *(b"\xef\xbb\xbf", b"\xc0\xae", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80\xa8", b"\xc2\x85", b"\xff"),
    *(b"&#x85;", b"\xc2\xa0", b"\xef\xbf\xbe", b"]]>", b"<!--", b"-->", b"--", b"<![CDATA[", b"&", b"&amp;", b"&#"),
    *(b"<", b">", b"/>", b"</", b" x='>'", b"<?a?>", b"&lt;", b"&#60;", b"\0", b"\x0b", b"methodName", b"value"),
)


def make(seed: int, number: int) -> Iterator[bytes]:
    """Give so many bodies, the same for a seed each time."""
    random = Random(seed)
    known = [row.body for row in read_all()] + [row.body for row in HAND_MADE if len(row.body) < 20_000]
    for _ in range(number):
        kind = random.random()
        body = random.choice(known) if kind < 0.15 else _Dresser(random).body()
        yield _change_bytes(random, body) if kind < 0.4 else body


class _Dresser:
    def __init__(self, random: Random) -> None:
        self.random = random

    def body(self) -> bytes:
        call = self.place_on_a_border(self.call()) if self.random.random() < 0.005 else self.call()
        call = self.put_into_the_window(call) if self.random.random() < 0.1 else call
        lead, gap = self.blanks(210), self.blanks(120)
        head = self.random.choice((*_HEADS, f"<?xml{' ' * self.random.randrange(60, 97)}?>"))
        return f"{lead}{head}{gap}{call}{self.random.choice(('', chr(10), chr(0), ' ', '<!-- -->'))}".encode()

    def call(self) -> str:
        if self.random.random() < 0.5:
            calls = "".join(self.inner_call() for _ in range(self.random.randrange(1, 5)))
            arguments = self.element("value", self.element("array", self.element("data", calls)))
            return self.element("methodCall", self.name(MULTICALL), self.element("params", self.param(arguments)))
        values = "".join(self.param(self.value(3)) for _ in range(self.random.randrange(4)))
        arguments = self.random.choice(("", "<params/>", self.element("params", values)))
        return self.element("methodCall", self.name(self.method()), arguments)

    def inner_call(self) -> str:
        name = self.dress(self.method())
        text = name if self.random.random() < 0.5 else f"<string>{name}</string>"
        members = [
            self.member("methodName", f"<value>{text}</value>"),
            self.member("params", self.element("value", self.array(2))),
        ]
        self.random.shuffle(members)
        return self.element("value", self.element("struct", *members))

    def name(self, method: str) -> str:
        return f"<methodName>{self.dress(method)}</methodName>"

    def method(self) -> str:
        return self.random.choice(PERMITTED if self.random.random() < 0.7 else FORBIDDEN)

    def param(self, value: str) -> str:
        return self.element("param", value)

    def value(self, depth: int) -> str:
        kinds: tuple[Callable[[], str], ...] = (
            lambda: self.random.choice(_TEXTS),
            lambda: "x" * self.random.choice((299, 300, 301, 8191, 8192)),
            lambda: "<{0}>{1}</{0}>".format(*self.random.choice(_SCALARS)),
            lambda: f"<string>{self.dress(self.method())}</string>",
            lambda: self.random.choice(_EMPTY),
            lambda: self.array(depth - 1),
            lambda: self.struct(depth - 1),
        )
        return f"<value>{self.random.choice(kinds if depth else kinds[:5])()}</value>"

    def array(self, depth: int) -> str:
        values = [self.value(depth) for _ in range(self.random.randrange(4))]
        return self.element("array", self.element("data", *values))

    def struct(self, depth: int) -> str:
        names = ("methodName", "params", "title", "", " params ", "0", "faultCode")
        members = [self.member(self.random.choice(names), self.value(depth)) for _ in range(self.random.randrange(4))]
        return self.element("struct", *members)

    def member(self, name: str, value: str) -> str:
        return self.element("member", f"<name>{self.dress(name)}</name>", value)

    def element(self, tag: str, *inside: str) -> str:
        """Make an element that has no text, so that what counts as nothing may stand in it anywhere."""
        between = [part for each in inside for part in (self.nothing(), each)]
        start, end = (self.random.choice(("", "", "", " ", "\t", "\n")) for _ in range(2))
        return f"<{tag}{start}>{''.join(between)}{self.nothing()}</{tag}{end}>"

    def nothing(self) -> str:
        return self.random.choice(_AMONG_ELEMENTS) if self.random.random() < 0.3 else ""

    def dress(self, text: str) -> str:
        """Write a text by other means."""
        return "".join([self.random.choice(("", "", " ", "\n", "<!-- x -->")), *map(self.dress_letter, text)])

    def dress_letter(self, letter: str) -> str:
        zeros = "0" * self.random.randrange(9)
        ways = (
            f"&#{ord(letter)};",
            f"&#x{zeros}{ord(letter):X};",
            f"<![CDATA[{letter}]]>",
            f"<!--{self.method()}-->{letter}",
            letter + (self.random.choice(_AFTER_A_LETTER) if self.random.random() < 0.3 else ""),
        )
        return self.random.choice(ways) if self.random.random() < 0.2 else letter

    def blanks(self, most: int) -> str:
        kinds = ("", "", "", "\n", "\0", "\v", "\r\n", " " * self.random.randrange(most))
        return self.random.choice(kinds)

    def place_on_a_border(self, call: str) -> str:
        """Make what follows one of the tags stand where WordPress ends its first piece."""
        at = call.find(">", self.random.randrange(12, len(call))) + 1
        filling = _PIECE - at - self.random.randrange(-40, 60)
        return f"{call[:at]}<!--{'x' * (filling - 7)}-->{call[at:]}"

    def put_into_the_window(self, call: str) -> str:
        at = self.random.randrange(min(len(call), 260))
        at = call.find(">", at) + 1 if self.random.random() < 0.8 else at
        return f"{call[:at]}{self.random.choice(_IN_THE_WINDOW)}{call[at:]}"


def _change_bytes(random: Random, body: bytes) -> bytes:
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        start, end = sorted((random.randrange(len(body) + 1), random.randrange(len(body) + 1)))
        end = min(end, start + random.choice((0, 0, 1, 2, 5, 20)))
        inserted = random.choice((random.choice(_BYTES), random.randbytes(1), body[start:end] * 2))
        body = body[:start] + inserted + body[end:]
    return body
