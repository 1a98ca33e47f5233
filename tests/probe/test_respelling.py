"""A spelling of one endpoint made into the same spelling of another: by table, and by what each of them decodes to."""

import re
from typing import Any
from urllib.parse import unquote

import pytest

from xmlrpc_guard.corpus import read_corpus
from xmlrpc_guard.probe.respelling import address_to, respell
from xmlrpc_guard.target import Scripts, path_of

ROWS: list[Any] = [
    pytest.param("/xmlrpc.php", "/my-rpc.php", "/my-rpc.php", id="the plain path"),
    pytest.param("//blog/xmlrpc.php/x?y", "/my-rpc.php", "//blog/my-rpc.php/x?y", id="what stands around it stays"),
    pytest.param("/%78mlrpc.php", "/my-rpc.php", "/%6dy-rpc.php", id="an escaped letter"),
    pytest.param("/%252578mlrpc.php", "/api.php", "/%252561pi.php", id="an escape that is escaped twice"),
    pytest.param("/%25%378mlrpc.php", "/api.php", "/%25%361pi.php", id="an escape whose digit is escaped"),
    pytest.param("/XMLRPC.PHP", "/api.php", "/API.PHP", id="capitals"),
    pytest.param("/%58mlrpc.php", "/api.php", "/%41pi.php", id="an escaped capital"),
    pytest.param("/xml\\rpc.php", "/api.php", "/ap\\i.php", id="a backslash within the name"),
    pytest.param("/xml%5crpc.php", "/ab.php", "/a%5cb.php", id="an escaped backslash within a shorter name"),
    pytest.param("/xmlrpc", "/api.php", "/api", id="without the extension"),
    pytest.param("/xmlrpc.php.bak", "/rpc", "/rpc.bak", id="a name that has no extension"),
    pytest.param("/%78mlrpc%2ephp", "/rpc", "/%72pc", id="a letter of a name that has no extension"),
    pytest.param("/blog;x/xmlrpc.php", "/my-rpc.php", "/blog;x/my-rpc.php", id="a letter of it before a slash is none"),
    pytest.param("/%u0078mlrpc.php", "/api.php", "/%u0078mlrpc.php", id="an escape of no standard is left"),
    pytest.param("/xmlrpc.php/../blog/xmlrpc.php", "/api.php", "/api.php/../blog/api.php", id="twice"),
    pytest.param("//%78mlrpc.php", "/wp/xmlrpc.php", "/wp//%78mlrpc.php", id="in a folder"),
    pytest.param("/a/../xmlrpc.php", "/wp/api.php", "/wp/a/../api.php", id="in a folder, by another name"),
    pytest.param("/../xmlrpc.php", "/wp/xmlrpc.php", "/../wp/xmlrpc.php", id="one that climbs out of the folder"),
    pytest.param("/%2e%2e/xmlrpc.php", "/w/xmlrpc.php", "/%2e%2e/w/xmlrpc.php", id="one that climbs out, escaped"),
    pytest.param("x:/?/xmlrpc.php", "/wp/xmlrpc.php", "x:/?/wp/xmlrpc.php", id="one that does not begin with a slash"),
    pytest.param("%2fxmlrpc.php", "/wp/api.php", "%2fwp/api.php", id="one that begins with an escaped slash"),
]


@pytest.mark.parametrize(("target", "path", "respelt"), ROWS)
def test_a_spelling_is_made_into_another_endpoints(target: str, path: str, respelt: str) -> None:
    assert respell(target, path) == respelt


EVERY = [attempt.target for attempt in (*read_corpus().chosen, *read_corpus().others)]


def test_wordpress_own_endpoint_is_spelt_as_the_corpus_has_it() -> None:
    assert [target for target in EVERY if respell(target, "/xmlrpc.php") != target] == []


def test_a_name_of_the_same_length_is_spelt_alike() -> None:
    """Where the guard knows a spelling of the one name, it knows the respelt one of the other, and so back."""
    old, new = Scripts(["xmlrpc.php"]), Scripts(["qkjvwz.php"])
    reached = [target for target in EVERY if old.reached_by(path_of(target))]
    assert len(reached) > 9_000
    left = [target for target in reached if not new.reached_by(path_of(respell(target, "/qkjvwz.php")))]
    assert left == ["/%7\t8mlrpc.php", "/%7%ff8mlrpc.php"]  # something within an escape: these stay as they are


def test_nothing_of_the_old_name_is_left_in_what_reaches_it_when_it_is_decoded() -> None:
    targets = [target for target in EVERY if re.search("xmlrpc", unquote(unquote(target)).lower())]
    left = [target for target in targets if "xmlrpc" in unquote(unquote(respell(target, "/api.php"))).lower()]
    assert left == []
    assert len(targets) > 15_000


ADDRESSED: list[Any] = [
    pytest.param("http://localhost/xmlrpc.php", "http://blog.example/xmlrpc.php", id="the absolute form"),
    pytest.param("HTTP://localhost:80/xmlrpc.php", "HTTP://blog.example/xmlrpc.php", id="with a port"),
    pytest.param("http://user:word@localhost/x", "http://user:word@blog.example/x", id="with a user's name"),
    pytest.param("//localhost/xmlrpc.php", "//blog.example/xmlrpc.php", id="after two slashes"),
    pytest.param("/xmlrpc.php", "/xmlrpc.php", id="a path"),
    pytest.param("//xmlrpc.php", "//xmlrpc.php", id="a path that begins with two slashes"),
    pytest.param("x:/?/xmlrpc.php", "x:/?/xmlrpc.php", id="a scheme without a host"),
    pytest.param("http:///xmlrpc.php", "http:///xmlrpc.php", id="no host"),
    pytest.param("http://other.example/xmlrpc.php", None, id="another host"),
    pytest.param("http:\\\\other.example\\xmlrpc.php", None, id="another host after backslashes"),
    pytest.param("http://[::1]/xmlrpc.php", None, id="another address"),
    pytest.param("http://localhost:81/xmlrpc.php", None, id="another port"),
]


@pytest.mark.parametrize(("target", "addressed"), ADDRESSED)
def test_a_target_names_the_site_itself_or_is_left_out(target: str, addressed: str | None) -> None:
    assert address_to(target, "blog.example") == addressed


def test_no_target_of_the_corpus_names_another_host() -> None:
    addressed = [address_to(target, "blog.test:8080") for target in EVERY]
    assert not [target for target in addressed if target and re.search(r"localhost|\.example|\[::1\]", target)]
    assert 0 < addressed.count(None) < 10
