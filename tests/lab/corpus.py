"""The requests to try: every way in which anybody was seen to spell the path, their products, and ordinary URLs.

All is generated in one order from the lists below and those of ``parts``; nothing here knows the guard. Text stands for
bytes, as latin-1.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from random import Random
from typing import NamedTuple
from urllib.parse import quote

from tests.lab.parts import EXTENSIONLESS, NAME, NAMES, NESTED, PREFIXES, SUFFIXES, nested, nested_unevenly


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
NAMED = "a header that names the path"
ORDINARY, ADMITTED = "an ordinary URL", "an ordinary URL that is blocked"

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
