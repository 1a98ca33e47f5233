"""The address of a site: what is read, what is refused, and which addresses are the site's own."""

from typing import Any

import pytest

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.probe.answers import SiteAnswer
from xmlrpc_guard.probe.finding import Endpoint, find_endpoint
from xmlrpc_guard.probe.site import Site, parse_site, path_on

SITES: list[Any] = [
    pytest.param("https://blog.example", Site("https", "blog.example", 443), "https://blog.example", id="a host alone"),
    pytest.param(
        "HTTP://Blog.Example:8080/wp/", Site("http", "blog.example", 8080, "/wp/"), "http://blog.example:8080", id="all"
    ),
    pytest.param("http://[::1]:81/", Site("http", "::1", 81), "http://[::1]:81", id="IPv6 with a port"),
    pytest.param("https://[2001:db8::1]/", Site("https", "2001:db8::1", 443), "https://[2001:db8::1]", id="IPv6"),
    pytest.param("http://127.0.0.1:443/", Site("http", "127.0.0.1", 443), "http://127.0.0.1:443", id="another's port"),
]


@pytest.mark.parametrize(("url", "site", "origin"), SITES)
def test_the_address_of_a_site_is_read(url: str, site: Site, origin: str) -> None:
    assert parse_site(url) == site
    assert site.origin == origin


BAD: list[Any] = [
    pytest.param("blog.example", "is not an http:// or https:// address", id="without a scheme"),
    pytest.param("ftp://blog.example/", "is not an http:// or https:// address", id="another scheme"),
    pytest.param("http://", "is not the address of a page", id="without a host"),
    pytest.param("http://a..example/", "is not the address of a page", id="a label without a letter"),
    pytest.param(f"http://{'a' * 64}.example/", "is not the address of a page", id="a label of 64 letters"),
    pytest.param("http://a:0/", "is not the address of a page", id="port 0"),
    pytest.param("http://a:70000/", "is not an http:// or https:// address", id="no such port"),
    pytest.param("http://[::1/", "is not an http:// or https:// address", id="half a bracket"),
    pytest.param("http://a/\x1b[31m", "is not an http:// or https:// address", id="a terminal's escape"),
    pytest.param("http://a b/", "is not the address of a page", id="a blank"),
    pytest.param("http://me:secret@a.example/", "has a user's name before it; leave that out", id="a user"),
    pytest.param("http://a.example/?p=1", "has a query or a fragment; leave that out", id="a query"),
    pytest.param("http://a.example/#x", "has a query or a fragment; leave that out", id="a fragment"),
]


@pytest.mark.parametrize(("url", "problem"), BAD)
def test_what_is_no_address_of_a_page_is_refused_and_no_password_is_shown(url: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_site(url)
    assert problem in str(raised.value)
    assert "secret" not in str(raised.value)


OWN = Site("https", "blog.example", 443, "/wp/")
PATHS: list[Any] = [
    pytest.param(OWN, "https://blog.example/wp/xmlrpc.php?rsd", "/wp/xmlrpc.php", id="in full, with a query"),
    pytest.param(OWN, "http://blog.example/xmlrpc.php", "/xmlrpc.php", id="with the other scheme"),
    pytest.param(OWN, "//blog.example/xmlrpc.php", "/xmlrpc.php", id="without a scheme"),
    pytest.param(OWN, "/xmlrpc.php", "/xmlrpc.php", id="the path alone"),
    pytest.param(OWN, "https://BLOG.example/rpc", "/rpc", id="the host in capitals"),
    pytest.param(OWN, "https://blog.example:8443/xmlrpc.php", "/xmlrpc.php", id="another port"),
    pytest.param(OWN, "https://other.example/xmlrpc.php", None, id="another host"),
    pytest.param(OWN, "https://blog.example.other.example/", None, id="another host that begins alike"),
    pytest.param(OWN, "https://blog.example@other.example/", None, id="another host behind a user's name"),
    pytest.param(OWN, "//other.example/xmlrpc.php", None, id="another host without a scheme"),
    pytest.param(OWN, "javascript:alert(1)", None, id="another scheme"),
    pytest.param(OWN, "https://[::1/", None, id="no address at all"),
    pytest.param(OWN, "/a\r\nHost: b", None, id="a line end"),
    pytest.param(Site("http", "a", 8080), "http://a:8080/x", "/x", id="a port of its own"),
    pytest.param(Site("http", "a", 8080), "http://a/x", "/x", id="a port of its own left out"),
]


@pytest.mark.parametrize(("site", "url", "path"), PATHS)
def test_an_address_that_a_page_names_is_the_sites_own_or_none(site: Site, url: str, path: str | None) -> None:
    assert path_on(site, url) == path


RSD = '<link rel="EditURI" type="application/rsd+xml" title="RSD" href="https://blog.example/rpc.php?a=1&#038;rsd" />'
PINGBACK = "<LINK HREF='https://blog.example/ping.php' REL=pingback>"
ELSEWHERE = '<link rel="EditURI" href="https://other.example/xmlrpc.php?rsd">'
HEADER = (("x-pingback", "https://blog.example/header.php"),)
OWN_NAME = "WordPress' own name"
ENDPOINTS: list[Any] = [
    pytest.param((), RSD, None, Endpoint("/rpc.php", "the page's RSD link"), id="by the RSD link, escaped as HTML"),
    pytest.param(HEADER, RSD, None, Endpoint("/rpc.php", "the page's RSD link"), id="the RSD link first"),
    pytest.param(HEADER, "", None, Endpoint("/header.php", "the page's X-Pingback"), id="by X-Pingback"),
    pytest.param((), PINGBACK, None, Endpoint("/ping.php", "the page's pingback link"), id="by its link, in capitals"),
    pytest.param((), "", None, Endpoint("/wp/xmlrpc.php", OWN_NAME), id="beside the page"),
    pytest.param(HEADER, RSD, "/x/y.php", Endpoint("/x/y.php", "--path"), id="as given"),
    pytest.param(
        (),
        ELSEWHERE,
        None,
        Endpoint("/wp/xmlrpc.php", OWN_NAME, "https://other.example/xmlrpc.php?rsd"),
        id="another host's is told and not taken",
    ),
    pytest.param((), "<link rel=EditURI>", None, Endpoint("/wp/xmlrpc.php", OWN_NAME), id="a link without an address"),
    pytest.param(
        (),
        '<link rel=EditURI href="/wp/">',
        None,
        Endpoint("/wp/xmlrpc.php", OWN_NAME, "/wp/"),
        id="a folder, which is no script",
    ),
    pytest.param(
        (("x-pingback", f"https://blog.example/{'a' * 100_000}.php"),),
        "",
        None,
        Endpoint("/wp/xmlrpc.php", OWN_NAME, f"https://blog.example/{'a' * 229}"),
        id="a path of 100,000 letters, which is told in part and not asked",
    ),
]


@pytest.mark.parametrize(("fields", "page", "path", "endpoint"), ENDPOINTS)
def test_the_endpoint_is_found(fields: Any, page: str, path: str | None, endpoint: Endpoint) -> None:
    assert find_endpoint(OWN, SiteAnswer(200, fields, page.encode()), path) == endpoint


@pytest.mark.parametrize("path", ["xmlrpc.php", "/wp/", "/a b", "/x.php?rsd", "", "/" + "x" * 250])
def test_a_path_that_names_no_script_is_refused(path: str) -> None:
    with pytest.raises(ConfigurationError, match="is not the path of a script; write one such as"):
        find_endpoint(OWN, SiteAnswer(200), path)
