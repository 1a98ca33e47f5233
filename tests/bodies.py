"""XML-RPC bodies made by hand, a row for each rule of the reader, and where the rule comes from.

The pure tests hold the reader to them; the lab runs each in WordPress' own classes over several versions of PHP.
"""

from typing import NamedTuple

SPEC = "XML-RPC specification"
TRIM = "xmlrpc.php up to WordPress 5.4, which trims the body first"
PARSE = "IXR_Message::parse of WordPress"
UNTRIMMED = "IXR_Server::serve of WordPress 5.5 and later, which reads php://input as it is"
CLOSE = "IXR_Message::tag_close of WordPress"
OLD = "IXR_Message::tag_close of WordPress 4.4.0, where a typed value wins"
CALL = "IXR_Server::multiCall of WordPress"
PHP7 = "PHP up to 7.4, which takes a text's or a number's part for null"
MULTI = "the description of system.multicall (2001)"
XML = "XML 1.0"
EXT = "Apache's extensions of XML-RPC"
OWN = "a bound of this reader"


class Row(NamedTuple):
    """A body, and either the names that are read or (None) what the problem has in it."""

    sentence: str
    source: str
    body: bytes
    names: tuple[str, ...] | None
    problem: str = ""


def _utf8(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def reads(sentence: str, source: str, body: str | bytes, *names: str) -> Row:
    return Row(sentence, source, _utf8(body), names or (HELLO,))


def refuses(sentence: str, source: str, body: str | bytes, problem: str) -> Row:
    return Row(sentence, source, _utf8(body), None, problem)


HELLO, PING, MULTICALL = "demo.sayHello", "pingback.ping", "system.multicall"
DECLARATION = "<?xml version='1.0'?>"  # of 21 characters


def call(name: str = HELLO, rest: str = "") -> str:
    """Make a call; ``rest`` is what stands after the name."""
    return f"<methodCall><methodName>{name}</methodName>{rest}</methodCall>"


def params(*values: str) -> str:
    return f"<params>{''.join(f'<param>{value}</param>' for value in values)}</params>"


def value(inside: str) -> str:
    return f"<value>{inside}</value>"


def array(*values: str) -> str:
    return value(f"<array><data>{''.join(values)}</data></array>")


def member(name: str, inside: str) -> str:
    return f"<member><name>{name}</name>{inside}</member>"


def struct(*members: str) -> str:
    return value(f"<struct>{''.join(members)}</struct>")


def inner(name: str, arguments: str = array()) -> str:
    """Make a call inside a multicall, its name as an element's text."""
    return struct(member("methodName", value(name)), member("params", arguments))


def string(text: str) -> str:
    return f"<string>{text}</string>"


def multicall(*calls: str) -> str:
    return call(MULTICALL, params(array(*calls)))


def _late(filling: int) -> str:
    """Make a comment with a declaration, which begins 55 characters and the filling after the start of the call."""
    return f"<!--{'x' * filling}<?xml ?>-->"


ANYWHERE = multicall(inner(string(PING)), inner(PING)).replace("><", "> \r\n\t<")

_HEAD = (
    reads("a call without anything around it", SPEC, call()),
    reads("a declaration before the call", SPEC, DECLARATION + call()),
    reads(
        "a declaration and line ends before the call", SPEC, f'<?xml version="1.0" encoding="UTF-8" ?>\r\n\n{call()}'
    ),
    reads(
        "a declared encoding is not looked at: the bytes are UTF-8",
        PARSE,
        f"<?xml version='1.0' encoding='utf-16'?>{call()}",
    ),
    refuses(
        "bytes of the declared encoding that are not UTF-8",
        PARSE,
        b"<?xml version='1.0' encoding='iso-8859-1'?>" + call(HELLO, params(value("\xe9"))).encode("latin-1"),
        "not XML",
    ),
    reads("white space, NUL and VT before the call", TRIM, f" \t\r\n\0\v{call()}"),
    reads("white space, NUL and VT between the declaration and the call", PARSE, f"{DECLARATION} \t\r\n\0\v{call()}"),
    reads("white space, NUL and VT after the call", PARSE, f"{call()} \t\r\n\0\v"),
    reads("much white space before a call without a declaration", TRIM, " " * 5000 + call()),
    refuses("a form feed before the call, which PHP trims from 8.6 on", TRIM, f"\f{call()}", "does not begin"),
    refuses("a form feed after the call", XML, f"{call()}\f", "not XML"),
    refuses("a byte order mark", PARSE, f"\ufeff{call()}", "does not begin"),
    refuses("a byte order mark and a declaration", PARSE, f"\ufeff{DECLARATION}{call()}", "does not begin"),
    reads("a declaration that ends with byte 100 as received", UNTRIMMED, f"{' ' * 79}{DECLARATION}{call()}"),
    refuses(
        "a declaration that ends with byte 101 as received", UNTRIMMED, f"{' ' * 80}{DECLARATION}{call()}", "after the"
    ),
    refuses("a declaration after 200 spaces", UNTRIMMED, f"{' ' * 200}{DECLARATION}{call()}", "after the"),
    reads("a declaration of 100 bytes", PARSE, f"<?xml {' ' * 92}?>{call()}"),
    refuses("a declaration of 101 bytes", PARSE, f"<?xml {' ' * 93}?>{call()}", "after the"),
    refuses("two declarations", PARSE, DECLARATION * 2 + call(), "does not begin"),
    refuses("a declaration with a greater-than sign in it", PARSE, f"<?xml version='>'?>{call()}", "does not begin"),
    refuses("a declaration with a question mark in it", PARSE, f"<?xml version='?'?>{call()}", "does not begin"),
    refuses("a declaration in capitals", PARSE, f"<?XML version='1.0'?>{call()}", "does not begin"),
    refuses("an instruction that begins like a declaration", PARSE, f"<?xml-model x?>{call()}", "does not begin"),
    refuses("a declaration without its end", PARSE, f"<?xml version='1.0'>{call()}", "does not begin"),
    refuses("a declaration inside the name", PARSE, call("demo<?xml ?>.sayHello"), "<?xml stands"),
    refuses("a declaration inside a tag", PARSE, call().replace("<methodName", "<meth<?xml ?>odName"), "<?xml stands"),
    refuses(
        "a declaration in a comment of the first 100 bytes", PARSE, call(f"<!--<?xml ?>-->{HELLO}"), "<?xml stands"
    ),
    refuses(
        "a declaration that begins with byte 100 of the call",
        PARSE,
        call(HELLO, _late(45)),
        "<?xml stands",
    ),
    reads("a declaration in a comment that begins with byte 101", PARSE, call(HELLO, _late(46))),
    refuses(
        "white space in front moves the window by as much",
        UNTRIMMED,
        f" {call(HELLO, _late(46))}",
        "<?xml stands",
    ),
    reads(
        "a declaration in the text of a post",
        PARSE,
        call(HELLO, params(value("1"), value("user"), value("<![CDATA[<?xml version='1.0'?><a/>]]>"))),
    ),
    refuses("a document type", PARSE, f"<!DOCTYPE methodCall>{call()}", "does not begin"),
    refuses("a document type after the declaration", PARSE, f"{DECLARATION}<!DOCTYPE m []>{call()}", "does not begin"),
    refuses(
        "a document type with an entity",
        PARSE,
        f'<!DOCTYPE m [<!ENTITY e "{HELLO}">]>{call("&e;")}',
        "does not begin",
    ),
    refuses("a document type inside the call", XML, call(HELLO, "<!DOCTYPE m>"), "not XML"),
    refuses("an answer", PARSE, call().replace("methodCall", "methodResponse"), "does not begin"),
    refuses("a fault", PARSE, call().replace("methodCall", "fault"), "does not begin"),
    refuses("another root", PARSE, call().replace("methodCall", "methodCalls"), "does not begin"),
    refuses("a root in other letters", PARSE, call().replace("methodCall", "MethodCall"), "does not begin"),
    refuses("a root with a prefix", PARSE, call().replace("methodCall", "x:methodCall"), "does not begin"),
    refuses("a root that ends at once", SPEC, "<methodCall/>", "does not begin"),
    refuses("a call with a slash after a space", SPEC, "<methodCall />", "not complete"),
    reads("a line end inside the root's tag", PARSE, call().replace("<methodCall", "<methodCall\r\n", 1)),
    refuses("a comment before the call", PARSE, f"<!-- -->{call()}", "does not begin"),
    reads("a comment after the call", XML, f"{call()}<!-- -->"),
    refuses("an instruction after the call", XML, f"{call()}<?a b?>", "instruction"),
    refuses("text after the call", XML, f"{call()}x", "not XML"),
    refuses("a second document", XML, call() * 2, "not XML"),
    refuses("no bytes", PARSE, "", "does not begin"),
    refuses("white space alone", PARSE, " \n", "does not begin"),
    refuses("a declaration alone", PARSE, DECLARATION, "does not begin"),
    refuses("half a call", XML, call()[:-12], "not XML"),
    refuses("half a tag", XML, call()[:-1], "not XML"),
    refuses("UTF-16", PARSE, call().encode("utf-16"), "does not begin"),
    refuses("compressed bytes", PARSE, b"\x1f\x8b\x08\x00" + bytes(40), "does not begin"),
    refuses("a form", PARSE, f"a={call()}", "does not begin"),
)

_TEXT = (
    reads("white space around the name", CLOSE, call(f" \t\r\n{HELLO}\r\n\t ")),
    reads("a name in a CDATA section", XML, call(f"<![CDATA[{HELLO}]]>")),
    reads("a name that is cut by a CDATA section", XML, call("demo<![CDATA[.say]]>Hello")),
    reads("a name that is cut by a comment", XML, call("demo<!-- x -->.sayHello")),
    reads("a name with references to characters", XML, call("demo&#46;say&#x48;ello")),
    refuses("a name with a reference to an entity", XML, call("demo&dot;sayHello"), "not XML"),
    refuses("a name with a reference to an ampersand", OWN, call("demo&amp;.sayHello"), "not a method's name"),
    refuses("a reference to NUL", XML, call("demo&#0;.sayHello"), "not XML"),
    refuses("a reference to half a character", XML, call(HELLO, params(value("&#xd800;"))), "not XML"),
    refuses("a capital X in a reference", XML, call("demo&#X2e;sayHello"), "not XML"),
    refuses("NUL inside the call", XML, call("demo\0.sayHello"), "not XML"),
    refuses("a control character inside the call", XML, call("demo\x01.sayHello"), "not XML"),
    refuses("an overlong byte sequence", XML, call().encode().replace(b".", b"\xc0\xae"), "not XML"),
    refuses("an instruction inside the name", OWN, call(f"<?a b?>{HELLO}"), "instruction"),
    refuses("an instruction inside a value", OWN, call(HELLO, params(value("<?a b?>"))), "instruction"),
    refuses("an empty name", SPEC, call(""), "not a method's name"),
    refuses("a blank name", SPEC, call(" \n"), "not a method's name"),
    refuses("a space inside the name", SPEC, call("demo .sayHello"), "not a method's name"),
    refuses("a no-break space around the name", SPEC, call(f"\xa0{HELLO}"), "not a method's name"),
    refuses("a letter beyond ASCII in the name", SPEC, call("demo.say\u0397ello"), "not a method's name"),
    refuses("an element inside the name", CLOSE, call(f"<b/>{HELLO}"), "<b> does not belong"),
    reads("other letters are another name", CLOSE, call("DEMO.sayhello"), "DEMO.sayhello"),
    reads("all characters that a name may have", SPEC, call("aZ09_.:/-"), "aZ09_.:/-"),
    reads("a name of 200 characters", OWN, call("a" * 200), "a" * 200),
    refuses("a name of 201 characters", OWN, call("a" * 201), "more than 200"),
    refuses("a name of many blank characters", OWN, call(f"a{' ' * 20_000}b"), "more than 200"),
    refuses("text beside the name", SPEC, call(HELLO, "x"), "text does not belong"),
    refuses("text beside a parameter", SPEC, call(HELLO, "<params>x</params>"), "text does not belong"),
    refuses("a no-break space beside a parameter", SPEC, call(HELLO, "<params>\xa0</params>"), "text does not belong"),
    reads("white space between all elements", SPEC, ANYWHERE, MULTICALL, PING, PING),
    reads("a reference to a blank between elements", SPEC, call(HELLO, "<params>&#32;&#10;</params>")),
    reads("text of any kind in a value", SPEC, call(HELLO, params(value("<![CDATA[</methodCall>]]> &amp;&lt; \xe9")))),
)

_ELEMENTS = (
    reads("a call without parameters", SPEC, call(HELLO, "<params/>")),
    reads(
        "a parameter of each scalar type",
        SPEC,
        call(
            HELLO,
            params(
                *map(
                    value,
                    (
                        "<int>1</int>",
                        "<i4>1</i4>",
                        "<string>a</string>",
                        "<double>1.5</double>",
                        "<boolean>1</boolean>",
                        "<dateTime.iso8601>20151205T10:00:00</dateTime.iso8601>",
                        "<base64>YQ==</base64>",
                        "a",
                        "",
                        "<string/>",
                    ),
                )
            ),
        ),
    ),
    reads("an integer of 64 bits", EXT, call(HELLO, params(value("<i8>1</i8>")))),
    reads("nil", EXT, call(HELLO, params(value("<nil/>")))),
    reads("nil with a prefix", EXT, call(HELLO, params(value("<ex:nil/>")))),
    reads(
        "arrays and structs inside each other",
        SPEC,
        call(
            HELLO,
            params(
                struct(
                    member("a", array(struct(member("b", array())), array(array()))),
                    member("c", value("d")),
                    member("", struct()),
                )
            ),
        ),
    ),
    reads(
        "3,000 arrays inside each other",
        PARSE,
        call(HELLO, params(f"{'<value><array><data>' * 3000}{'</data></array></value>' * 3000}")),
    ),
    reads("a member that has a name twice", SPEC, call(HELLO, params(struct(member("a", value("")) * 2)))),
    reads("an end tag with white space", XML, call().replace("</methodName>", "</methodName \n>")),
    refuses("another element in the root", SPEC, call(HELLO, "<x/>"), "<x> does not belong"),
    refuses("an element with the name of the reader's own mark", OWN, call(HELLO, "<kept/>"), "<kept> does not"),
    refuses("an element with another case", SPEC, call(HELLO, "<Params/>"), "<Params> does not"),
    refuses("an element with a prefix", SPEC, call(HELLO, "<x:params/>"), "<x:params> does not"),
    refuses("an attribute", SPEC, call().replace("<methodName", "<methodName a='b'"), "<methodName> has an attribute"),
    refuses("a namespace", SPEC, call().replace("<methodCall", "<methodCall xmlns='x'"), "has an attribute"),
    refuses("an attribute of the root's end", XML, call().replace("</methodCall", "</methodCall a='b'"), "not XML"),
    refuses("two names", CLOSE, call(HELLO, f"<methodName>{PING}</methodName>"), "<methodName> does not"),
    refuses(
        "a second name after the parameters", CLOSE, call(HELLO, f"<params/><methodName>{PING}</methodName>"), "does"
    ),
    refuses(
        "a name after the parameters",
        CLOSE,
        f"<methodCall><params/><methodName>{PING}</methodName></methodCall>",
        "<params> does not",
    ),
    refuses(
        "a name among the parameters", CLOSE, call(HELLO, f"<params><methodName>{PING}</methodName></params>"), "does"
    ),
    refuses("a name in a value", CLOSE, call(HELLO, params(value(f"<methodName>{PING}</methodName>"))), "does not"),
    refuses("a name in a struct", CLOSE, call(HELLO, params(struct(f"<methodName>{PING}</methodName>"))), "does not"),
    refuses("a name in a text", CLOSE, call(HELLO, params(value(string(f"<methodName>{PING}</methodName>")))), "does"),
    refuses("a call inside a call", PARSE, call(HELLO, call(PING)), "<methodCall> does not"),
    refuses("a call in a value", PARSE, call(HELLO, params(value(call(PING)))), "<methodCall> does not"),
    refuses("an answer inside a call", PARSE, call(HELLO, "<methodResponse/>"), "<methodResponse> does not"),
    refuses("a fault inside a call", PARSE, call(HELLO, "<fault/>"), "<fault> does not"),
    refuses("no name", SPEC, "<methodCall></methodCall>", "<methodCall> is not complete"),
    refuses("the parameters twice", SPEC, call(HELLO, "<params/><params/>"), "<params> does not"),
    refuses("a value without a parameter", CLOSE, call(HELLO, f"<params>{value('')}</params>"), "<value> does not"),
    refuses("a parameter without a value", SPEC, call(HELLO, params("")), "<param> is not complete"),
    refuses("a parameter of two values", SPEC, call(HELLO, params(value("") * 2)), "<value> does not"),
    refuses("a typed value without a value", CLOSE, call(HELLO, params(string(""))), "<string> does not"),
    refuses("text before a typed value", OLD, call(HELLO, params(value(f"a{string('b')}"))), "<string> does not"),
    refuses("text after a typed value", OLD, call(HELLO, params(value(f"{string('b')}a"))), "text does not belong"),
    refuses(
        "a no-break space after a typed value", CLOSE, call(HELLO, params(value(f"{string('b')}\xa0"))), "text does"
    ),
    refuses("two typed values", CLOSE, call(HELLO, params(value(string("a") * 2))), "<string> does not"),
    refuses("an element in a typed value", CLOSE, call(HELLO, params(value(string("<b/>")))), "<b> does not"),
    refuses("text in nil", EXT, call(HELLO, params(value("<nil>a</nil>"))), "text does not belong"),
    refuses("an array without data", CLOSE, call(HELLO, params(value("<array/>"))), "<array> is not complete"),
    refuses(
        "an array with data twice", CLOSE, call(HELLO, params(value("<array><data/><data/></array>"))), "<data> does"
    ),
    refuses(
        "a value without data in an array", CLOSE, call(HELLO, params(value(f"<array>{value('')}</array>"))), "does"
    ),
    refuses("data without an array", CLOSE, call(HELLO, params(value("<data/>"))), "<data> does not"),
    refuses(
        "a member without a struct", CLOSE, call(HELLO, params(value(member("a", value(""))))), "<member> does not"
    ),
    refuses(
        "a struct without a member", CLOSE, call(HELLO, params(struct(f"<name>a</name>{value('')}"))), "<name> does"
    ),
    refuses("a member without a name", CLOSE, call(HELLO, params(struct(f"<member>{value('')}</member>"))), "does not"),
    refuses(
        "a member without a value", CLOSE, call(HELLO, params(struct(member("a", "")))), "<member> is not complete"
    ),
    refuses(
        "a member with its value first",
        CLOSE,
        call(HELLO, params(struct(f"<member>{value('')}<name>a</name></member>"))),
        "<value> does not",
    ),
    refuses(
        "a member with two names", CLOSE, call(HELLO, params(struct(member("a", f"<name>b</name>{value('')}")))), "does"
    ),
    refuses(
        "a member with two values", CLOSE, call(HELLO, params(struct(member("a", value("") * 2)))), "<value> does not"
    ),
    refuses("elements that cross", XML, call(HELLO, "<params><param></params></param>"), "not XML"),
    reads("60,000 tags", PARSE, call(HELLO, params(array("<value/>" * 59_986)))),
    refuses("60,001 tags", PARSE, call(HELLO, params(array("<value/>" * 59_987))), "more than 60000 tags"),
    refuses(
        "60,000 tags that are text", PARSE, call(HELLO, params(value(f"<![CDATA[{'<' * 59_991}]]>"))), "60000 tags"
    ),
)

_MULTICALLS = (
    reads("a multicall without calls", MULTI, multicall(), MULTICALL),
    reads(
        "a multicall of texts of both kinds",
        MULTI,
        multicall(inner(string(HELLO)), inner(PING)),
        MULTICALL,
        HELLO,
        PING,
    ),
    reads(
        "the parameters before the name",
        MULTI,
        multicall(struct(member("params", array(value("1"))), member("methodName", value(PING)))),
        MULTICALL,
        PING,
    ),
    reads("white space around a name inside a multicall", OLD, multicall(inner(f" {PING}\n")), MULTICALL, PING),
    reads(
        "white space around a member's name",
        CLOSE,
        multicall(struct(member(" methodName\n", value(PING)), member("\tparams ", array()))),
        MULTICALL,
        PING,
    ),
    reads(
        "a member's name in pieces",
        XML,
        multicall(struct(member("method<!-- -->Na<![CDATA[me]]>", value(PING)), member("p&#97;rams", array()))),
        MULTICALL,
        PING,
    ),
    reads(
        "parameters that hold structs with a call's members",
        MULTI,
        multicall(inner(HELLO, array(inner(PING), struct(member("x", value("")))))),
        MULTICALL,
        HELLO,
    ),
    reads("500 calls", MULTI, multicall(*[inner("wp.getUsersBlogs")] * 500), MULTICALL, *["wp.getUsersBlogs"] * 500),
    reads(
        "white space around the name of a multicall",
        CLOSE,
        multicall(inner(PING)).replace(MULTICALL, f" {MULTICALL} "),
        MULTICALL,
        PING,
    ),
    reads(
        "a call by another name with a multicall's parameter", SPEC, multicall(inner(PING)).replace(MULTICALL, HELLO)
    ),
    refuses("a multicall inside a multicall", CALL, multicall(inner(MULTICALL)), "inside"),
    refuses("a multicall with blanks around it inside a multicall", OLD, multicall(inner(f" {MULTICALL}")), "inside"),
    refuses("a name of base64", CLOSE, multicall(inner("<base64>cGluZ2JhY2sucGluZw==</base64>")), "<base64> does not"),
    refuses("a number for a name", PHP7, multicall(inner("<int>0</int>")), "<int> does not"),
    refuses("a bool for a name", CALL, multicall(inner("<boolean>1</boolean>")), "<boolean> does not"),
    refuses("a date for a name", CALL, multicall(inner("<dateTime.iso8601/>")), "<dateTime.iso8601> does not"),
    refuses("an array for a name", CALL, multicall(inner("<array><data/></array>")), "<array> does not"),
    refuses("a struct for a name", CALL, multicall(inner("<struct/>")), "<struct> does not"),
    refuses("nil for a name", EXT, multicall(inner("<nil/>")), "<nil> does not"),
    refuses("an empty value for a name", CLOSE, multicall(inner("")), "<value> is not complete"),
    refuses("an empty text for a name", CALL, multicall(inner("<string/>")), "not a method's name"),
    refuses("a name and a text", OLD, multicall(inner(f"{HELLO}{string(PING)}")), "<string> does not"),
    refuses("a text and a name", OLD, multicall(inner(f"{string(PING)}{HELLO}")), "text does not belong"),
    refuses("two texts for a name", CLOSE, multicall(inner(string(HELLO) + string(PING))), "<string> does not"),
    refuses("a call without a name", CALL, multicall(struct(member("params", array()))), "lacks its name"),
    refuses(
        "a call without its parameters inside a multicall",
        PHP7,
        multicall(struct(member("methodName", value(PING)))),
        "lacks its name",
    ),
    refuses("an empty call", CALL, multicall(struct()), "lacks its name"),
    refuses("a text for parameters", PHP7, multicall(inner(PING, value("a"))), "text does not belong"),
    refuses("a number for parameters", PHP7, multicall(inner(PING, value("<int>1</int>"))), "<int> does not"),
    refuses("a struct for parameters", MULTI, multicall(inner(PING, struct())), "<struct> does not"),
    refuses("an empty value for parameters", PHP7, multicall(inner(PING, value(""))), "<value> is not complete"),
    refuses(
        "two names in a call",
        CLOSE,
        multicall(
            struct(member("methodName", value(HELLO)), member("methodName", value(PING)), member("params", array()))
        ),
        "twice",
    ),
    refuses(
        "a member that is not a call's",
        MULTI,
        multicall(struct(member("methodName", value(PING)), member("params", array()), member("x", value("")))),
        "the member 'x'",
    ),
    refuses(
        "a member with a call's name in other letters",
        CALL,
        multicall(struct(member("MethodName", value(PING)), member("params", array()))),
        "the member 'MethodName'",
    ),
    refuses("a text for a call", PHP7, multicall(value(PING)), "text does not belong"),
    refuses("a typed text for a call", PHP7, multicall(value(string(PING))), "<string> does not"),
    refuses("an array for a call", PHP7, multicall(array(value(PING))), "<array> does not"),
    refuses("an empty value for a call", CLOSE, multicall(value("")), "<value> is not complete"),
    refuses(
        "a struct in place of the array", CALL, call(MULTICALL, params(struct(member("a", inner(PING))))), "<struct>"
    ),
    refuses("a text in place of the array", CALL, call(MULTICALL, params(value(PING))), "text does not belong"),
    refuses(
        "calls in place of the parameter", CLOSE, call(MULTICALL, f"<params>{inner(PING)}</params>"), "<value> does"
    ),
    refuses("calls as parameters", CLOSE, call(MULTICALL, params(inner(PING), inner(PING))), "<struct> does not"),
    refuses("a second parameter", CALL, call(MULTICALL, params(array(inner(PING)), array())), "<param> does not"),
    refuses("a multicall without parameters", CALL, call(MULTICALL), "<methodCall> is not complete"),
    refuses("a multicall with an empty list of parameters", CALL, call(MULTICALL, "<params/>"), "<params> is not"),
    refuses(
        "a name after a multicall's parameters",
        CLOSE,
        multicall(inner(HELLO)).replace(
            "</params></methodCall>", f"</params><methodName>{PING}</methodName></methodCall>"
        ),
        "<methodName> does not",
    ),
)

HAND_MADE = (*_HEAD, *_TEXT, *_ELEMENTS, *_MULTICALLS)
