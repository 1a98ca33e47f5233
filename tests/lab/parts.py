"""What the corpus is put together from: what may stand before the script's name, in its place, and after it, by class.

Text stands for bytes, as latin-1.
"""

import re
from collections.abc import Callable

NESTED, EXTENSIONLESS = "nested escapes", "the name without its extension"
NAME = "xmlrpc.php"

PREFIXES = {
    "in a directory": ("/blog/", "/site1/", "/any-site/", "/wp-admin/", "/a/b/", "/wp/"),
    "more slashes": ("//", "///", "/blog//", "//blog/", "//site1/", "/blog///"),
    "dot segments": (
        *("/./", "/a/../", "/../", "/././", "/a/b/../../", "/blog/../", "/wp-admin/../", "/index.php/../", "/.../"),
        *("/blog/./", "/site1/../", "/a/./../", "/..//", "//../", "/blog/a/../"),
    ),
    "escaped dot segments": (
        *("/%2e/", "/a/.%2e/", "/%2e%2e/", "/%2E/", "/.%2e/", "/a/%2e./", "/a/%2E%2E/", "/blog/%2e/", "/blog/%2e%2e/"),
        *("/%2e//", "/%2e%2e/%2e/"),
    ),
    "escaped slashes": (
        *("/a%2f..%2f", "/blog%2f", "/%2f", "/a%2f../", "/a/..%2f", "/site1%2f", "/.%2f", "/%2e%2f", "/%2e%2e%2f"),
        *("/%2F%2f", "/a%2Fb%2F..%2F..%2F", "/blog/..%2f", "/wp-admin%2f"),
    ),
    "path parameters": ("/;/", "/;x=1/../", "/a;b/", "/..;/", "/;/../", "/a;/../", "/%3b/", "/blog;x/"),
    "odd segments taken back": (
        *("/a%00/../", "/%23/../", "/foo%3f/../", "/%00/../", "/%20/../", "/a%0a/../", "/%0d%0a/../", "/%25/../"),
        *("/%ff/../", "/%c3%a9/../", "/:/../", "/*/../", "/~x/../", "/@/../", "/%3ca%3e/../", "/a%22/../", "/%7f/../"),
        *("/\xe9/../", "/%2e%2e%2e/../", "/xmlrpc/../", "/index.php%00/../"),
    ),
    "a backslash for a slash": (
        *("/\\", "/a\\../", "/%5c", "/%5C", "/a%5c../", "/a\\..\\", "/blog\\", "/blog%5c", "\\", "/.\\", "/..\\"),
        *("/a/..\\", "/\\\\", "/blog/..%5c"),
    ),
    "something before the name": (
        *("/.", "/%20", "/..", "/ ", "/%09", "/\t", "/%0a", "/%0d%0a", "/%00", "/+", "/\x01", "/%01", "/%a0", "/-"),
        *("/_", "/~", "/:", "/c:", "/c:/", "/http:", "/http:/", "/http://", "/%3a", "/@", "/&", "/=", "/'", "/*"),
    ),
    "absolute form": (
        *("http://localhost/", "http://localhost//", "http://localhost/blog/", "HTTP://localhost/"),
        *("https://localhost/", "http://localhost:80/", "http://user@localhost/", "http://user:word@localhost/"),
        *("http://[::1]/", "http:///", "http://blog.example/", "ftp://localhost/", "http:/", "http:", "//localhost/"),
        *("http:\\\\localhost\\", "http://localhost/./", "http://localhost/a/../", "http://localhost/%2e/"),
        *("http://localhost/site1/",),
    ),
    "no slash at the beginning": (
        *("x:/?/", "x:?/", "x:??/", "http:?/", "HtTp:/?/a/../", "x:/?a:80/", "ftp:?//", "x:/?/blog/", "http://?/"),
        *("http://localhost?/", "x://?/", "x:/a?/"),
        *("", "./", "../", "@localhost/", ";/", "%2f", "?/", "#/", "*/", "localhost/", "localhost:80/", " /", "blog/"),
        *("a/../", "&/", "\x01/"),
    ),
}

_LETTERS = tuple(f"{NAME[:at]}%{ord(letter):02x}{NAME[at + 1 :]}" for at, letter in enumerate(NAME))
_WHOLE = "".join(f"%{ord(letter):02x}" for letter in NAME)


def nested(text: str, layers: int) -> str:
    """Escape the escapes, so many times."""
    return text.replace("%", "%" + "25" * layers)


_ESCAPE = re.compile("%[0-9a-fA-F]{2}")


def nested_unevenly(text: str, layers: int, choose: Callable[[int], int]) -> str:
    """Escape some of the three signs of each escape, so many times; ``choose`` gives a number below its argument.

    >>> nested_unevenly("/%78", 2, lambda number: 0), nested_unevenly("/%78", 1, lambda number: number - 1)
    ('/%252578', '/%25%37%38')
    """

    def again(found: re.Match[str]) -> str:
        chosen = choose(7) + 1
        return "".join(f"%{ord(sign):02x}" if chosen >> at & 1 else sign for at, sign in enumerate(found[0]))

    for _ in range(layers):
        text = _ESCAPE.sub(again, text)
    return text


NAMES = {
    "escaped letters": (*_LETTERS, _WHOLE, _WHOLE.upper(), "%78mlrpc%2Ephp", "xmlrpc%2e%70%68%70", "x%6D%6crpc.php"),
    NESTED: (
        *(nested("%78mlrpc.php", layers) for layers in range(1, 13)),
        *(nested("xmlrpc%2ephp", layers) for layers in range(1, 5)),
        *(nested(_WHOLE, layers) for layers in range(1, 4)),
        *("%%37%38mlrpc.php", "%2%35%37%38mlrpc.php", "%25%37%38mlrpc.php", "%%378mlrpc.php"),
    ),
    "capitals": (
        *("XmlRpc.php", "%58mlrpc.php", "XMLRPC.PHP", "xmlrpc.PHP", "Xmlrpc.php", "xmlRPC.php", "xmlrpc.Php"),
        *("xmlrpc.%50HP", "XMLRPC%2EPHP", "%58%4dLRPC.php"),
    ),
    "a backslash in the name": (
        *("xml\\rpc.php", "xml%5crpc.php", "xmlrpc\\.php", "xmlrpc.\\php", "xmlrpc.ph\\p"),
        *("x\\m\\l\\r\\p\\c\\.\\p\\h\\p", "xml\\\\rpc.php", "xml%5C%5crpc.php", "x\\mlrpc.php"),
    ),
    "a tab or line end in the name": (
        *("xml\trpc.php", "xmlrpc.\tphp", "xmlrpc\t.php", "x\tm\tl\trpc.php", "xml%09rpc.php", "xml%0arpc.php"),
        *("xml%0drpc.php", "xml\rrpc.php", "xml\x0brpc.php", "xml\x0crpc.php", "%7\t8mlrpc.php"),
    ),
    EXTENSIONLESS: (
        *("xmlrpc", "xmlrpc/", "xmlrpc/foo", "xmlrpc.", "XMLRPC", "%78mlrpc", "xmlrpc%20", "xmlrpc?x", "xmlrpc;x"),
        *("xmlrpc%2f", "xmlrpc%2ffoo", "xmlrpc//", "xmlrpc/../xmlrpc", "xmlrpc.ph", "xmlrpc#x", "xmlrpc%00"),
        *("xmlrpc%3fx",),
    ),
    "bytes that are not UTF-8": (
        *("xml%ffrpc.php", "%ffxmlrpc.php", "xmlrpc%80.php", "xmlrpc.%fephp", "xml%e3%83rpc.php", "xmlrpc%c0%ae.php"),
        *("xml\xffrpc.php", "%80%81xml%ffrpc.%90php", "%7%ff8mlrpc.php", "%ff%78mlrpc.php", "x\xadmlrpc.php"),
    ),
    "other encodings": (
        *("%u0078mlrpc.php", "%c1%b8mlrpc.php", "xmlrpc%c0%aephp", "xmlrpc%e0%80%aephp", "%ef%bd%98mlrpc.php"),
        *("xmlrpc%ef%bc%8ephp", "&#120;mlrpc.php", "\\x78mlrpc.php", "\\u0078mlrpc.php"),
        *("xml+rpc.php", "=?utf-8?q?xmlrpc.php?=", "xmlrpc%u002ephp", "%uff58mlrpc.php", "xmlrpc\xb7php"),
        *("xml%e2%80%8brpc.php", "xml%c2%adrpc.php", "xml%ef%bb%bfrpc.php"),
    ),
    "a part of the name": (
        *("xmlrpc.ph", "mlrpc.php", "xmlrpc..php", "xmlrpc./php", "xml/rpc.php", "xmlrpc,php", "xmlrp~1.php"),
        *("XMLRPC~1.PHP", "xmlrpc.ph?", "xmlrpc.p*", "xmlrpc.ph<", "xmlrpc.>", "xmlrpc.ph%3c", "xmlrpc.%3e%3e%3e"),
    ),
}

SUFFIXES = {
    "path information": (
        *("/", "/foo", "/foo.php", "/%0ax.php", "//", "/./", "/foo/bar", "/x.css", "/..", "/a/..", "/..;/x", "/.php"),
        *("/index.php", "/%20", "/%00", "/a%0ab", "/%2e", "/wp-login.php", "/;x", "/?x", "/foo.php/bar.php"),
    ),
    "escaped path information": (
        *("%2f.php", "%2f", "%2ffoo", "%2Ffoo.php", "%2f%2e%2e%2fxmlrpc.php", "%5c", "\\", "%5cfoo", "\\foo.php"),
        *("%5c.php", "%2f%2f", "%252f", "%252f.php", "%2f..", "%2fx.css"),
    ),
    "the name again": (
        *("/../xmlrpc.php", "/xmlrpc.php", "/%2e%2e/xmlrpc.php", "%2f..%2fxmlrpc.php", "/../blog/xmlrpc.php"),
        *("xmlrpc.php", "/../%78mlrpc.php", "/..//xmlrpc.php", "?/xmlrpc.php", "/a/../../xmlrpc.php"),
    ),
    "more letters behind the name": (
        *("-x", ".bak", "5", "~", ".php", "_", "x", ".txt", ",", "'", "s", "+", "!", "$", "(1)", "=", "&x", "&x=1"),
        *("@", "%41", "%2ebak", ".jpg", "7", "%e2%82%ac", "\xe9", "%ff", "-x.php", ".php.php", "|", "%7c", "<", "%3c"),
        *('"', "p", "%70"),
    ),
    "blanks behind the name": (
        *("%20", "%00", "%e2%80%8b", "%09", "%0a", "%c2%a0", " ", "\t", "%20%20", ".", "...", "%2e", "%a0", "\x01"),
        *("%0d%0a", "%20.php", "%00.php", "%00x", "\x00", "\xa0", "%0b", "%0c", "%1f", ".%20", "%0a.php"),
    ),
    "parameters behind the name": (
        *(";", ";x", ";x=1", "%3bx", ";/x", ";.php", ":", ":x", "::$DATA", "%3a%3a$DATA", ":80", ";jsessionid=1"),
        *("%3a",),
    ),
    "a query": (
        *("?/index.php", "?", "?x", "?/../", "??", "%3f", "%3fx", "?%00", "%3f.php", "%3f/x", "%253fx"),
        *("?for=jetpack",),
    ),
    "a fragment": ("#", "#x", "%23", "%23x", "#/../x", "?#", "#?", "%23.php", "#.php", "%2523x"),
}
