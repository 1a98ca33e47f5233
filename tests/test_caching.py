"""What a cache may not store: the headers of an answer that depends on the client."""

import pytest

from xmlrpc_guard.caching import Headers, keep_private

ADDED = ("Cache-Control", "private, no-store")


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        pytest.param("private", True, id="private"),
        pytest.param("no-store", True, id="no-store"),
        pytest.param("No-Store, Max-Age=0", True, id="directives have no case"),
        pytest.param("max-age=0,\tprivate", True, id="white space around a directive is not part of it"),
        pytest.param('ext="a, b", private', True, id="a directive after a quoted string"),
        pytest.param(r'ext="a\"", private', True, id="an escaped quote does not end a string"),
        pytest.param("public, private", True, id="private beside public: a cache obeys the stricter one"),
        pytest.param("public", False, id="public"),
        pytest.param("max-age=600", False, id="a lifetime"),
        pytest.param("s-maxage=600, max-age=0", False, id="a lifetime for shared caches only"),
        pytest.param("no-cache", False, id="no-cache lets a cache store the answer and ask again"),
        pytest.param("must-revalidate", False, id="must-revalidate lets a cache store the answer"),
        pytest.param('private="Set-Cookie"', False, id="private with a list of fields: the rest may be stored"),
        pytest.param("private=Set-Cookie", False, id="private with a field and no quotes"),
        pytest.param('ext="private"', False, id="private inside a string is no directive"),
        pytest.param('ext="a, private, b"', False, id="private between commas inside a string"),
        pytest.param(r'ext="a\", private, b"', False, id="private after an escaped quote is still inside the string"),
        pytest.param('ext="a, private', False, id="a string without its end cannot be read"),
        pytest.param("not-private, no-stores", False, id="names that only hold the directives' names"),
        pytest.param("", False, id="an empty value"),
    ],
)
def test_the_applications_own_cache_control_stays_if_it_keeps_caches_out(value: str, kept: bool) -> None:
    headers = [("Cache-Control", value), ("ETag", '"1"')]
    assert keep_private(headers) == (headers if kept else [("ETag", '"1"'), ADDED])


@pytest.mark.parametrize(
    ("headers", "given"),
    [
        pytest.param([], [ADDED], id="no headers"),
        pytest.param(
            [("cache-control", "public"), ("CACHE-CONTROL", "max-age=5")],
            [ADDED],
            id="several lines, in any case, are replaced by one",
        ),
        pytest.param(
            [("Cache-Control", "max-age=5"), ("Cache-Control", "private")],
            [("Cache-Control", "max-age=5"), ("Cache-Control", "private")],
            id="several lines are one list",
        ),
        pytest.param(
            [("Cache-Control", 'ext="a'), ("Cache-Control", 'private"')],
            [ADDED],
            id="a string that begins in one line and ends in the next",
        ),
        pytest.param(
            [("Set-Cookie", "a=1"), ("Vary", "Cookie"), ("Set-Cookie", "b=2"), ("Expires", "0")],
            [("Set-Cookie", "a=1"), ("Vary", "Cookie"), ("Set-Cookie", "b=2"), ("Expires", "0"), ADDED],
            id="headers that are not about caching stay, in order",
        ),
    ],
)
def test_the_headers_of_an_answer_that_is_not_stored(headers: Headers, given: Headers) -> None:
    assert keep_private(headers) == given


@pytest.mark.parametrize(
    "name",
    [
        "Surrogate-Control",
        "surrogate-control",
        "CDN-Cache-Control",
        "Cdn-Cache-Control",
        "Cloudflare-CDN-Cache-Control",
        "Vercel-CDN-Cache-Control",
        "Netlify-CDN-Cache-Control",
        "X-LiteSpeed-Cache-Control",
        "Edge-Control",
        "X-Accel-Expires",
        "x-accel-expires",
    ],
)
@pytest.mark.parametrize("own", ["public, max-age=600", "no-store"])
def test_a_header_that_caches_obey_before_cache_control_is_removed(name: str, own: str) -> None:
    assert keep_private([(name, "max-age=600"), ("Cache-Control", own)]) == [
        ("Cache-Control", "no-store") if own == "no-store" else ADDED
    ]


def test_the_applications_own_list_is_not_changed() -> None:
    headers = [("Cache-Control", "public")]
    keep_private(headers)
    assert headers == [("Cache-Control", "public")]


def test_a_long_value_is_read_in_linear_time() -> None:
    """A megabyte of quotes and escapes, which an expression that looks back would take minutes for."""
    for text in ('"' * 2**20 + "private", '"' + "\\" * 2**20, '"a' * 2**19, "," * 2**20 + '"'):
        assert keep_private([("Cache-Control", text)]) in ([ADDED], [("Cache-Control", text)])
