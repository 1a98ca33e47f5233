"""The requests to try: every way in which anybody was seen to spell the path, their products, and ordinary URLs.

All is generated in one order from the lists below; nothing here knows the guard. Text stands for bytes, as latin-1.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from random import Random
from typing import NamedTuple
from urllib.parse import quote


class Sent(NamedTuple):
    """A request as it goes over the wire, but for the fields that every request has."""

    target: str
    method: str = "GET"
    version: str = "HTTP/1.1"
    headers: tuple[tuple[str, str], ...] = ()


class Row(NamedTuple):
    """A request of the corpus, and the class of spellings that it belongs to."""

    kind: str
    sent: Sent


PLAIN, COMBINED, MUTATED = "the plain path", "several at once", "one byte changed"
UNEVEN = "nested escapes, digits too"
NESTED, EXTENSIONLESS, NAMED = "nested escapes", "the name without its extension", "a header that names the path"
ORDINARY, ADMITTED = "an ordinary URL", "an ordinary URL that is blocked"

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
    ('/%2578', '/%%37%38')
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

METHODS = (
    *("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND", "REPORT", "PURGE"),
    *("MKCOL", "get", "Post", "FOO", "G%45T", "M-SEARCH", "QUERY", "SEARCH", "LOCK", "COPY"),
)
VERSIONS = (
    *("HTTP/1.0", "HTTP/0.9", "", "HTTP/2.0", "HTTP/1.2", "HTTP/3", "HTTP/2", "http/1.1", "HTTP/1.10", "HTTP/01.1"),
    *("HTTP/1.1x", "HTTPS/1.1", "HTTP/1", "HTTP/1.1 x"),
)
_TRICKY = ("/xmlrpc.php", "//xmlrpc.php", "/%78mlrpc.php", "/blog/xmlrpc.php", "/./xmlrpc.php", "/xmlrpc.php/x")
_HARMLESS = ("/", "/index.php", "/wp-login.php")
_OVERRIDES = (
    *("X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Forwarded-Path", "X-Forwarded-Prefix"),
    *("X-Forwarded-Uri", "X-Script-Name", "X-Accel-Redirect", "X-Sendfile", "PATH_INFO", "REQUEST_URI", "Path-Info"),
    *("Request-Uri", "SCRIPT_FILENAME", "Script-Filename", "PATH_TRANSLATED", "X-Request-Uri", "Redirect-Url"),
    *("Content-Location", "Referer"),
)

_MOVING = ("SCRIPT_NAME", "Script-Name", "X-Forwarded-Script-Name")
NAMING = {name.upper().replace("_", "-") for name in (*_OVERRIDES, *_MOVING, "X-HTTP-Method-Override")}
"""The fields that name a path or a method, in one spelling."""


def _methods() -> Iterator[Sent]:
    """Give requests with other methods, and with a header that asks for another than the request line does."""
    yield from (Sent(target, method) for method, target in product(METHODS, _TRICKY))
    for method, target, meant in product(("GET", "POST", "FOO"), _TRICKY[:2], ("GET", "POST", "PUT")):
        yield Sent(target, method, headers=(("X-HTTP-Method-Override", meant),))


def _told() -> Iterator[Sent]:
    """Give harmless requests whose headers name the script."""
    values = ("/xmlrpc.php", "xmlrpc.php", "/blog/xmlrpc.php")
    for name, target, value in product((*_OVERRIDES, *_MOVING), _HARMLESS, values):
        yield Sent(target, headers=((name, value),))


def _moved() -> Iterator[Sent]:
    """Give requests whose headers say where the script's name ends and the path information begins."""
    parts = (
        *("/xml", "/xmlrpc.php", "/", "/xmlrpc.ph", "xmlrpc.php", "/blog", "/xmlrpc.php/x", "//", "/%78ml", "/a/.."),
        *("/x",),
    )
    for name, part, target in product(_MOVING, parts, (*_TRICKY[:4], "/a/../xmlrpc.php", "/xmlrpc.php/x")):
        yield Sent(target, headers=((name, part),))
    for name, target in product(
        _MOVING, ("/ax:/?/xmlrpc.php", "/ax:?/xmlrpc.php", "/a/x:/?/xmlrpc.php", "/axmlrpc.php")
    ):
        yield Sent(target, headers=((name, "/a"),))


def _singles() -> Iterator[Row]:
    """Give each spelling by itself."""
    yield Row(PLAIN, Sent("/" + NAME))
    yield from (Row(kind, Sent(text + NAME)) for kind, texts in PREFIXES.items() for text in texts)
    yield from (Row(kind, Sent("/" + text)) for kind, texts in NAMES.items() for text in texts)
    yield from (Row(kind, Sent("/" + NAME + text)) for kind, texts in SUFFIXES.items() for text in texts)
    yield from (Row("other methods", sent) for sent in _methods())
    yield from (Row("other versions", Sent(target, version=v)) for v, target in product(VERSIONS, _TRICKY))
    yield from (Row(NAMED, sent) for sent in _told())
    yield from (Row("a header that moves the name", sent) for sent in _moved())


def _first(groups: Mapping[str, Sequence[str]], number: int, *, without: Sequence[str] = ()) -> list[str]:
    return [text for kind, texts in groups.items() if kind not in without for text in texts[:number]]


def _products() -> Iterator[Row]:
    """Combine where it stands, how it is spelt, what follows, and how often all that is escaped."""
    before = ["/", *_first(PREFIXES, 3)]
    names = [
        NAME,
        *_first(NAMES, 2, without=[EXTENSIONLESS, "bytes that are not UTF-8", "other encodings", "a part of the name"]),
    ]
    behind = ["", *_first(SUFFIXES, 2)]
    for prefix, name, suffix in product(before, names, behind):
        if (prefix != "/") + (name != NAME) + (suffix != "") > 1:
            yield Row(COMBINED, Sent(prefix + name + suffix))
    for prefix, name in product(_first(PREFIXES, 3), ("xmlrpc", "%78mlrpc", "xmlrpc/foo", "XMLRPC/")):
        yield Row(EXTENSIONLESS, Sent(prefix + name))
    yield from (Row(NESTED, Sent(nested(path, layers))) for path, layers in product(_escaped(), (1, 2, 3)))
    # Each site's name that a rewrite takes away is an internal redirect, and one more decoding.
    for letter, layers in product(("%78mlrpc.php", "xmlrpc%2ephp"), range(1, 13)):
        yield Row(NESTED, Sent("/" + "site1/" * layers + nested(letter, layers)))
    yield from _uneven()


def _uneven() -> Iterator[Row]:
    """Nest escapes whose digits are escaped again, each behind as many sites' names as it may take to decode them."""
    chosen = Random(1)
    # The percent sign is always escaped: one that begins no escape is an error to Apache.
    for letter, layers, _ in product(("%78mlrpc.php", "xmlrpc%2ephp", "xmlrpc.ph%70"), range(1, 9), range(8)):
        text = nested_unevenly(letter, layers, lambda _: chosen.choice((0, 0, 0, 2, 4, 6)))
        for sites in {layers, layers // 2, 0}:
            yield Row(UNEVEN, Sent("/" + "site1/" * sites + text))
    yield from (Row(UNEVEN, Sent("/" + once)) for once in ("%%378mlrpc.php", "%7%38mlrpc.php", "%%37%38mlrpc.php"))


def _escaped() -> Iterator[str]:
    for kind, texts in (PREFIXES | SUFFIXES).items():
        if kind in ("escaped dot segments", "escaped slashes", "a backslash for a slash", "escaped path information"):
            yield from (text + NAME if kind in PREFIXES else f"/{NAME}{text}" for text in texts if "%" in text)


def _mutations() -> Iterator[Row]:
    """Put each byte, and each byte's escape, before, behind and in place of each separator."""
    for path in ("/xmlrpc.php", "/blog/xmlrpc.php/x"):
        cuts = [(at, at + keep) for at, sign in enumerate(path) if sign in "/." for keep in (0, 1)]
        places = {(start, end) for start, end in cuts} | {(end, end) for _, end in cuts} | {(len(path), len(path))}
        places.add((path.index("rpc"), path.index("rpc")))  # and once within the name
        for (start, end), byte in product(sorted(places), range(256)):
            for text in (chr(byte), f"%{byte:02x}"):
                if text != "\n":  # it would end the request line
                    yield Row(MUTATED, Sent(path[:start] + text + path[end:]))


def attacks() -> list[Row]:
    """Give every request that might reach xmlrpc.php, each once, under the first class that has it."""
    rows: dict[Sent, Row] = {}
    for row in (*_singles(), *_products(), *_mutations()):
        rows.setdefault(row.sent, row)
    return list(rows.values())


_SLUGS = (
    *("hello-world", "how-to-block-xmlrpc-php", "xmlrpc-guide", "wordpress-6-1-is-out", "a", "10-things"),
    *("c-plus-plus",),
    *(
        "über-uns",
        "ブログの設定",
        "настройка-xmlrpc",
        "مرحبا-بالعالم",
        "안녕하세요",
        "日本語",
        "café-crème",
        "ελληνικά",
        "😀",
    ),
)
_WORDS = ("xmlrpc", "news", "jetpack", "php", "security", "wordpress-xmlrpc", "xml-rpc", "xmlrpc-php")
_ASSETS = (
    *("wp-content/themes/twentytwentytwo/style.css?ver=1.3", "wp-content/themes/example/assets/app.min.js?ver=6.1.1"),
    *("wp-content/plugins/jetpack/css/jetpack.css", "wp-content/plugins/disable-xml-rpc/readme.txt"),
    *("wp-content/plugins/xmlrpc-attacks-blocker/xmlrpc-attacks-blocker.php",),
    *("wp-includes/js/jquery/jquery.min.js?ver=3.6", "wp-content/uploads/2022/11/photo-1024x768.jpg"),
    *("wp-content/uploads/2022/11/my-xmlrpc.php.png", "wp-content/uploads/2022/11/caf%C3%A9.pdf"),
    *("wp-content/uploads/2022/11/a%20b%20%28c%29.jpg", "favicon.ico", "wp-includes/class-wp-xmlrpc-server.php"),
    *("wp-includes/IXR/class-IXR-server.php", "wp-includes/css/dashicons.min.css", "wp-content/plugins/a.b/c.d.e.js"),
    *("wp-content/uploads/100%25-wool.jpg", "wp-content/cache/min/1/a.css", "robots.txt"),
    *("wp-includes/blocks/navigation/view.min.js?ver=1", "wp-content/uploads/how-to-block-xmlrpc.php.zip", "ads.txt"),
)
_SCRIPTS = (
    *("wp-login.php", "wp-login.php?redirect_to=%2Fxmlrpc.php", "wp-login.php?action=lostpassword"),
    *("wp-cron.php?doing_wp_cron", "wp-comments-post.php", "wp-trackback.php?p=1", "wp-signup.php", "wp-activate.php"),
    *("wp-links-opml.php", "wp-mail.php", "index.php", "index.php?p=1", "index.php/2022/11/hello-world/"),
    *("wp-load.php", "wp-config.php", "readme.html", "wp-admin/", "wp-admin/index.php", "wp-admin/admin-ajax.php"),
    *("wp-admin/post.php?post=1&action=edit", "wp-admin/options-general.php?page=xmlrpc.php"),
    *("wp-admin/load-styles.php?c=1&load%5B%5D=dashicons,buttons",),
    *("wp-admin/plugin-install.php?s=xmlrpc.php&tab=search", "wp-admin/theme-editor.php?file=xmlrpc.php"),
    *("wp-admin/upload.php",),
)
_PAGES = (
    *("", "?s=/xmlrpc.php", "?s=xmlrpc.php", "?p=1", "?page_id=2", "?cat=3", "?feed=rss2", "?author=1", "?m=202211"),
    *("?x=%2e%2e%2f", "?url=http://blog.example/xmlrpc.php", "?rest_route=/wp/v2/posts", "page/2/", "feed/"),
    *("comments/feed/", "about/", "about/team/", "sitemap.xml", "wp-sitemap.xml", "wp-sitemap-posts-post-1.xml"),
    *("author/keeper/", "2022/", "2022/11/", "2022/11/22/", "wp-json/", "wp-json/wp/v2/posts?per_page=10"),
    *("wp-json/oembed/1.0/embed?url=http%3A%2F%2Fa%2Fxmlrpc.php", "search/xmlrpc/", "search/a+b/", "search/a%20b/"),
    *("shop/?min_price=1", "product/t-shirt/", ".well-known/security.txt", "?jetpack=comms&for=jetpack", "amp/"),
    *("hello-world/amp/", "100%25-wool/", "c%2B%2B/", "a-b_c.d~e/", "apple-touch-icon.png"),
)


def _permalinks(slug: str, word: str) -> Iterator[str]:
    escaped = quote(slug)
    yield f"2022/11/{escaped}/"
    yield f"2022/11/22/{escaped}/"
    yield f"archives/{len(slug)}?from={escaped}"
    yield f"{escaped.lower()}/"
    yield f"news/{word}/{escaped}/"
    yield f"{escaped}/feed/"
    yield f"{escaped}.html"


def ordinary() -> list[Row]:
    """Give URLs such as a WordPress has, each once; the last few are those that the rule is known to block."""
    pages = [*_PAGES, *_SCRIPTS, *_ASSETS, "2015/12/how-to-block-xmlrpc.php-attacks/", "tag/xmlrpc/page/2/"]
    pages += ["2015/12/%E3%83%96%E3%83%AD%E3%82%B0/", "wp-content/themes/example/style.css?ver=6.1"]
    pages += [link for at, slug in enumerate(_SLUGS) for link in _permalinks(slug, _WORDS[at % len(_WORDS)])]
    pages += [f"{base}/{word}/" for base in ("tag", "category", "topics") for word in _WORDS]
    urls = dict.fromkeys(f"/{site}{page}" for site in ("", "site1/") for page in pages)
    blocked = (
        *("/search/xmlrpc.php/", "/site1/search/XMLRPC.php", "/wp-content/uploads/2022/11/xmlrpc.php_.png"),
        *("/search/error:%20xmlrpc.php/", "/search/%20xmlrpc.php/", "/wp-content/uploads/.xmlrpc.php.swp"),
        f"/search/100{nested('%25', 9)}/",
    )
    return [Row(ORDINARY, Sent(url)) for url in urls] + [Row(ADMITTED, Sent(url)) for url in blocked]
