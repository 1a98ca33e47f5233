"""The forwarded header: which names may be given, and how the last hop of each kind is read."""

import copy
import pickle
from collections import UserString
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.forwarded import X_FORWARDED_FOR, ForwardedHeader, UnreadableHopError
from xmlrpc_guard.headernames import may_name_client

FORWARDED, REAL_IP = ForwardedHeader("Forwarded"), ForwardedHeader("X-Real-IP")


# Its name


@pytest.mark.parametrize(
    ("given", "name", "key"),
    [
        pytest.param("X-Forwarded-For", "X-Forwarded-For", "HTTP_X_FORWARDED_FOR", id="X-Forwarded-For"),
        pytest.param("x-forwarded-FOR", "X-Forwarded-For", "HTTP_X_FORWARDED_FOR", id="x-forwarded-for has no case"),
        pytest.param("forwarded", "Forwarded", "HTTP_FORWARDED", id="Forwarded"),
        pytest.param("X-Real-IP", "X-Real-IP", "HTTP_X_REAL_IP", id="nginx' X-Real-IP"),
        pytest.param(
            "CF-Connecting-IP", "CF-Connecting-IP", "HTTP_CF_CONNECTING_IP", id="Cloudflare's CF-Connecting-IP"
        ),
        pytest.param("True-Client-IP", "True-Client-IP", "HTTP_TRUE_CLIENT_IP", id="Akamai's True-Client-IP"),
        pytest.param("Fly-Client-IP", "Fly-Client-IP", "HTTP_FLY_CLIENT_IP", id="Fly's Fly-Client-IP"),
        pytest.param(
            "x-envoy-external-address",
            "x-envoy-external-address",
            "HTTP_X_ENVOY_EXTERNAL_ADDRESS",
            id="any name that ends in Address",
        ),
        pytest.param("X-Client-Addr", "X-Client-Addr", "HTTP_X_CLIENT_ADDR", id="any name that ends in Addr"),
        pytest.param("X-Client-IPv4", "X-Client-IPv4", "HTTP_X_CLIENT_IPV4", id="any name that ends in IPv4"),
        pytest.param("X-Client-IPv6", "X-Client-IPv6", "HTTP_X_CLIENT_IPV6", id="any name that ends in IPv6"),
    ],
)
def test_a_name_that_can_be_used(given: str, name: str, key: str) -> None:
    header = ForwardedHeader(given)
    assert (header.name, str(header), header.key) == (name, name, key)


LIST = "; write 'X-Forwarded-For'"
PEER = f"is the peer, which is the client where no proxy is trusted{LIST}"
UNDERSCORE = "has an underscore, by which a client imitates a dash"
UNKNOWN = f"is not known to carry one client's address{LIST}"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        pytest.param("", "is an empty name" + LIST, id="an empty name"),
        pytest.param(" ", "is an empty name" + LIST, id="a blank name"),
        pytest.param(
            "X-Forwarded-For, Forwarded", "is not one header's name, and exactly one is read" + LIST, id="two names"
        ),
        pytest.param(
            "X-Forwarded-For\n",
            "is not one header's name, and exactly one is read" + LIST,
            id="a line end after a name",
        ),
        pytest.param(["X-Forwarded-For"], "is not a header's name" + LIST, id="a list of names"),
        pytest.param(None, "is not a header's name" + LIST, id="None in place of a name"),
        pytest.param(b"X-Forwarded-For", "is not a header's name" + LIST, id="bytes in place of a name"),
        pytest.param(
            "HTTP_X_REAL_IP", "is a key of environ, not a header's own name; write 'X-REAL-IP'", id="a key of environ"
        ),
        pytest.param(
            "X_Forwarded_For",
            "has an underscore, by which a client imitates a dash; write 'X-Forwarded-For'",
            id="underscores, which no proxy writes and every client can",
        ),
        pytest.param("X-Real-IP:", "has a character that no such header's name has" + LIST, id="a colon"),
        pytest.param("X-Réal-IP", "has a character that no such header's name has" + LIST, id="a letter beyond ASCII"),
        pytest.param("*", "has a character that no such header's name has" + LIST, id="an asterisk for any header"),
        pytest.param(
            "http-x-real-ip",
            "is a key of environ, not a header's own name" + LIST,
            id="the key of an environ, with dashes",
        ),
        pytest.param(
            "REMOTE_ADDR", "is the peer, which is the client where no proxy is trusted" + LIST, id="the peer's key"
        ),
        pytest.param("Remote-Addr", PEER, id="REMOTE-ADDR with a dash"),
        pytest.param("X_Real_IP:", f"{UNDERSCORE}; write 'X-Real-IP'", id="an underscore and a colon"),
        pytest.param("x_real_ip", f"{UNDERSCORE}; write 'x-real-ip'", id="small letters and underscores"),
        pytest.param("X_HTTP_Client_IP", f"{UNDERSCORE}; write 'X-HTTP-Client-IP'", id="HTTP within a name"),
        pytest.param("X_Forwarded_Proto", f"{UNDERSCORE}{LIST}", id="a name that dashes would not mend"),
        pytest.param("_", f"{UNDERSCORE}{LIST}", id="an underscore"),
        pytest.param("X-Original-Forwarded-For", UNKNOWN, id="ingress-nginx writes into it what the client sent"),
        pytest.param("X-Forwarded-Proto", UNKNOWN, id="X-Forwarded-Proto, which holds a scheme"),
        pytest.param("host", UNKNOWN, id="Host, which holds the site's name"),
        pytest.param("none", UNKNOWN, id="a word"),
        pytest.param("X-Map", UNKNOWN, id="a name that ends in p"),
        pytest.param("X-Stop", UNKNOWN, id="a name that ends in op"),
        pytest.param("X-Client-IPv5", UNKNOWN, id="a name that ends in IPv5"),
        pytest.param("IP", UNKNOWN, id="IP alone"),
        pytest.param("XFF", UNKNOWN, id="an abbreviation"),
        pytest.param("-", UNKNOWN, id="a dash"),
        pytest.param("X-Forwarded", "is misspelt; write 'Forwarded'", id="half a name"),
        pytest.param(
            "CloudFront-Viewer-Address",
            "has a port after IPv6 without brackets" + LIST,
            id="CloudFront-Viewer-Address, whose port may be a part of the address",
        ),
        pytest.param("X-Forward-For", "is misspelt" + LIST, id="a misspelt list would be taken for one address"),
        pytest.param("Forwarded-For", "is misspelt" + LIST, id="X-Forward-For is a misspelt list"),
        pytest.param("Forward", "is misspelt; write 'Forwarded'", id="Forwarded-For is a misspelt list"),
    ],
)
def test_a_name_that_cannot_be_used(given: Any, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ForwardedHeader(given)
    assert (caught.value.setting, caught.value.value, caught.value.problem) == ("forwarded_header", given, problem)


@pytest.mark.parametrize(
    "given",
    ["X_Forwarded", "X_Forward_For", "FORWARDED_FOR", "_forwarded", "Content_Type", "HTTP_X_REAL_IP", "REMOTE_ADDR"],
)
def test_what_is_offered_can_be_used(given: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ForwardedHeader(given)
    assert ForwardedHeader(caught.value.problem.rpartition("; write ")[2].strip("'"))


def test_an_object_that_reads_like_text_is_not_a_name() -> None:
    with pytest.raises(ConfigurationError, match="is not a header's name"):
        ForwardedHeader(UserString("Forwarded"))  # type: ignore[arg-type]


# How the last hop is read


@pytest.mark.parametrize(
    ("header", "text", "start", "address"),
    [
        pytest.param(X_FORWARDED_FOR, "192.0.2.1, 192.0.2.2", 10, "192.0.2.2", id="the element after the last comma"),
        pytest.param(X_FORWARDED_FOR, "192.0.2.1", 0, "192.0.2.1", id="an address alone"),
        pytest.param(FORWARDED, "for=192.0.2.1", 0, "192.0.2.1", id="an element of one pair"),
        pytest.param(FORWARDED, 'for=x, for="192.0.2.1:80";by=_a', 6, "192.0.2.1", id="a port, and other parameters"),
        pytest.param(FORWARDED, 'for="[2001:DB8::1]:4711"', 0, "2001:db8::1", id="IPv6 with a port"),
        pytest.param(FORWARDED, 'for="[2001:db8::1]"', 0, "2001:db8::1", id="IPv6 without a port"),
        pytest.param(FORWARDED, 'for="[::ffff:192.0.2.1]"', 0, "192.0.2.1", id="IPv4-mapped IPv6 is IPv4"),
        pytest.param(FORWARDED, 'for="192.0.2.1:_a.B-c_9"', 0, "192.0.2.1", id="a hidden port"),
        pytest.param(FORWARDED, 'for="192.0.2.1:8"', 0, "192.0.2.1", id="a port of one digit"),
        pytest.param(FORWARDED, 'for="192.0.2.1:65535"', 0, "192.0.2.1", id="a port of five digits"),
        pytest.param(FORWARDED, 'for="192.0.2.1:_a5"', 0, "192.0.2.1", id="a hidden port with a digit"),
        pytest.param(FORWARDED, 'for="[2001:db8::1]:_x"', 0, "2001:db8::1", id="a hidden port after IPv6"),
        pytest.param(FORWARDED, r'for="\1\9\2.0.2.1"', 0, "192.0.2.1", id="escapes that need not be"),
        pytest.param(REAL_IP, "192.0.2.1", 0, "192.0.2.1", id="a header of one address"),
        pytest.param(REAL_IP, "\t2001:DB8::1 ", 0, "2001:db8::1", id="a header of one address with blanks around it"),
        pytest.param(REAL_IP, "192.0.2.1:80", 0, "192.0.2.1", id="a header of one address and its port"),
    ],
)
def test_the_last_hop_is_read(header: ForwardedHeader, text: str, start: int, address: str) -> None:
    at, found = header.form.last_hop(text, len(text))
    assert (at, found[1]) == (start, address)


NOT_IN_FOR = "has no address in for= (IPv6 needs brackets)"


@pytest.mark.parametrize(
    ("header", "text", "element", "problem"),
    [
        pytest.param(X_FORWARDED_FOR, "192.0.2.1, evil ", "evil", "is not an address", id="a word"),
        pytest.param(X_FORWARDED_FOR, "192.0.2.1, ", "", "is empty", id="nothing after the comma"),
        pytest.param(
            X_FORWARDED_FOR,
            "for=192.0.2.1",
            "for=192.0.2.1",
            "is not an address",
            id="the form of Forwarded in X-Forwarded-For",
        ),
        pytest.param(
            FORWARDED,
            "for=unknown",
            "for=unknown",
            "does not know the client",
            id="a proxy that does not know the client",
        ),
        pytest.param(
            FORWARDED,
            'for="Unknown:80"',
            'for="Unknown:80"',
            "does not know the client",
            id="a proxy that does not know the client, with a port",
        ),
        pytest.param(FORWARDED, "x, for=_hidden", "for=_hidden", "hides the client", id="an obfuscated identifier"),
        pytest.param(
            FORWARDED,
            'for="_SEVKISEK:80"',
            'for="_SEVKISEK:80"',
            "hides the client",
            id="an obfuscated identifier with a port",
        ),
        pytest.param(FORWARDED, 'for="_a b"', 'for="_a b"', NOT_IN_FOR, id="a blank in what begins as a hidden name"),
        pytest.param(
            FORWARDED,
            f"for={'a' * 2000}",
            "a" * 1024,
            "is longer than 1024 characters",
            id="an element that is too long, of which the end is shown",
        ),
        pytest.param(FORWARDED, 'for="2001:db8::1"', 'for="2001:db8::1"', NOT_IN_FOR, id="IPv6 without brackets"),
        pytest.param(FORWARDED, 'for="[192.0.2.1]"', 'for="[192.0.2.1]"', NOT_IN_FOR, id="brackets around IPv4"),
        pytest.param(FORWARDED, 'for="[fe80::1%lo]"', 'for="[fe80::1%lo]"', NOT_IN_FOR, id="a zone id"),
        pytest.param(FORWARDED, 'for="192.0.2.1:99999"', 'for="192.0.2.1:99999"', NOT_IN_FOR, id="a port above 65535"),
        pytest.param(
            FORWARDED, 'for="192.0.2.1:_"', 'for="192.0.2.1:_"', NOT_IN_FOR, id="a hidden port without a name"
        ),
        pytest.param(FORWARDED, 'for="192.0.2.1:"', 'for="192.0.2.1:"', NOT_IN_FOR, id="a colon and no port"),
        pytest.param(FORWARDED, 'for="192.0.2.1:000080"', 'for="192.0.2.1:000080"', NOT_IN_FOR, id="six digits"),
        pytest.param(FORWARDED, "for=_", "for=_", NOT_IN_FOR, id="an obfuscated identifier without a name"),
        pytest.param(FORWARDED, "for=_a1.B-c_d", "for=_a1.B-c_d", "hides the client", id="signs in such a name"),
        pytest.param(FORWARDED, 'for="192.0.2.1:1:_x"', 'for="192.0.2.1:1:_x"', NOT_IN_FOR, id="two ports"),
        pytest.param(FORWARDED, 'for=" 192.0.2.1"', 'for=" 192.0.2.1"', NOT_IN_FOR, id="a blank in the quotes"),
        pytest.param(FORWARDED, 'for=""', 'for=""', NOT_IN_FOR, id="nothing in quotes"),
        pytest.param(FORWARDED, "for=0.0.0.0", "for=0.0.0.0", NOT_IN_FOR, id="0.0.0.0 is not a sender's address"),
        pytest.param(FORWARDED, "for=1.2.3.4, by=1.2.3.4 ", "by=1.2.3.4", "has no for=", id="an element without for="),
        pytest.param(FORWARDED, "for=1.2.3.4, ", "", "has no for=", id="an empty element"),
        pytest.param(FORWARDED, 'for="x', 'for="x', "has an unmatched quote", id="broken quoting"),
        pytest.param(
            REAL_IP,
            "192.0.2.1, 192.0.2.1",
            "192.0.2.1, 192.0.2.1",
            "is more than one address",
            id="two lines of a header of one address",
        ),
        pytest.param(
            REAL_IP,
            ",192.0.2.1",
            ",192.0.2.1",
            "is more than one address",
            id="an empty line of a header of one address",
        ),
        pytest.param(REAL_IP, "", "", "is empty", id="an empty header of one address"),
        pytest.param(
            REAL_IP, "for=192.0.2.1", "for=192.0.2.1", "is not an address", id="the form of Forwarded in X-Real-IP"
        ),
    ],
)
def test_a_hop_that_cannot_be_read(header: ForwardedHeader, text: str, element: str, problem: str) -> None:
    with pytest.raises(UnreadableHopError) as caught:
        header.form.last_hop(text, len(text))
    assert (caught.value.element, caught.value.problem) == (element, problem)


# That it is a value


def test_headers_are_equal_if_they_are_one_header() -> None:
    assert ForwardedHeader("x-real-ip") == REAL_IP != X_FORWARDED_FOR
    assert len({ForwardedHeader("x-real-ip"), REAL_IP, ForwardedHeader(REAL_IP)}) == 1


@pytest.mark.parametrize("header", [X_FORWARDED_FOR, FORWARDED, REAL_IP], ids=str)
def test_a_header_survives_its_repr_and_its_copies(header: ForwardedHeader) -> None:
    for again in (eval(repr(header)), copy.deepcopy(header), pickle.loads(pickle.dumps(header))):
        assert again == header
        assert (again.name, again.form) == (header.name, header.form)


def test_a_header_is_frozen() -> None:
    header: Any = ForwardedHeader("X-Real-IP")
    with pytest.raises(FrozenInstanceError):
        header.key = "HTTP_HOST"


@pytest.mark.parametrize("name", ["Forwarded", "X-FORWARDED-FOR", "x-real-ip"])
def test_a_header_that_some_policy_may_read_is_known_in_any_case(name: str) -> None:
    assert may_name_client(name)


@pytest.mark.parametrize("name", ["X-Pv6", "X-Ddr", "X-Ddress"], ids="{} is cut".format)
def test_a_part_of_a_word_for_an_address_names_none(name: str) -> None:
    assert not may_name_client(name)
