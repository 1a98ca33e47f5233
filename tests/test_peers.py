"""Who connects: what proves a unix socket in an environ, and what only looks as if it did."""

import socket
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from wsgiref.types import WSGIEnvironment

import pytest

from xmlrpc_guard.peers import UNIX_PEERS, is_unix_socket, parse_peer
from xmlrpc_guard.testing import SERVERS, environ_as
from xmlrpc_guard.testing.unix import CONNECTION, Channel, CherootBody

TCP = SimpleNamespace(family=socket.AF_INET6)
BY_UNIX = [server for server, model in SERVERS.items() if model.unix_peer is not None]


class Failing:
    """An object whose every attribute raises an error."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


def stream(connection: object) -> Any:
    return SimpleNamespace(raw=SimpleNamespace(_sock=connection))


def wrapped(inner: object, times: int) -> Any:
    return inner if times == 0 else SimpleNamespace(rfile=wrapped(inner, times - 1))


def transport(connection: object) -> Any:
    return SimpleNamespace(transport=SimpleNamespace(get_extra_info={"socket": connection}.get))


@pytest.mark.parametrize(
    ("environ", "proven"),
    [
        pytest.param({"gunicorn.socket": CONNECTION}, True, id="gunicorn's connection"),
        pytest.param({"gunicorn.socket": TCP}, False, id="gunicorn's connection over TCP"),
        pytest.param({"gunicorn.sock": CONNECTION}, True, id="gunicorn's connection with gevent's own server"),
        pytest.param({"gunicorn.socket": "AF_UNIX"}, False, id="a text in the place of a connection"),
        pytest.param({"werkzeug.socket": CONNECTION}, True, id="Werkzeug's connection"),
        pytest.param(
            {"waitress.client_disconnected": Channel().check_client_disconnected}, True, id="waitress' connection"
        ),
        pytest.param({"waitress.client_disconnected": bool}, False, id="a function of waitress' without a connection"),
        pytest.param({"wsgi.input": CherootBody()}, True, id="a body that is read from the connection itself"),
        pytest.param({"wsgi.input": wrapped(stream(CONNECTION), 1)}, True, id="gevent's and eventlet's input"),
        pytest.param({"wsgi.input": wrapped(stream(CONNECTION), 3)}, True, id="cheroot's input, with a limit"),
        pytest.param({"wsgi.input": wrapped(stream(CONNECTION), 9)}, False, id="an input wrapped beyond what is known"),
        pytest.param({"wsgi.input": wrapped(stream(TCP), 1)}, False, id="a body that is read over TCP"),
        pytest.param({"wsgi.input": BytesIO()}, False, id="a body in memory"),
        pytest.param({"aiohttp.request": transport(CONNECTION)}, True, id="aiohttp's connection"),
        pytest.param({"aiohttp.request": transport(TCP)}, False, id="aiohttp's connection over TCP"),
        pytest.param({"aiohttp.request": SimpleNamespace(transport=None)}, False, id="aiohttp after the client left"),
        pytest.param({"asgi.scope": {"server": ("/run/site.sock", None)}}, True, id="an ASGI server's path, no port"),
        pytest.param({"asgi.scope": {"server": ("::1", 8000)}}, False, id="an ASGI server's address and port"),
        pytest.param({"asgi.scope": {"server": None}}, False, id="an ASGI server that says nothing"),
        pytest.param({"asgi.scope": {}}, False, id="an ASGI scope without a server"),
        pytest.param({"asgi.scope": "server"}, False, id="a text in the place of a scope"),
        pytest.param({"uwsgi.version": b"2", "REMOTE_ADDR": "0.0.0.0"}, True, id="uWSGI's text"),
        pytest.param({"uwsgi.version": b"2", "REMOTE_ADDR": "unix:"}, True, id="nginx's text, handed to uWSGI"),
        pytest.param({"uwsgi.version": b"2", "REMOTE_ADDR": ""}, False, id="a text that uWSGI does not give"),
        pytest.param({"uwsgi.version": "2", "REMOTE_ADDR": "0.0.0.0"}, False, id="a version that uWSGI did not write"),
        pytest.param(
            {"SERVER_SOFTWARE": "Granian", "SERVER_PORT": "0", "REMOTE_ADDR": ""}, True, id="granian's port and text"
        ),
        pytest.param(
            {"SERVER_SOFTWARE": "Granian", "SERVER_PORT": "80", "REMOTE_ADDR": ""}, False, id="granian on TCP"
        ),
        pytest.param({"SERVER_SOFTWARE": "other", "SERVER_PORT": "0", "REMOTE_ADDR": ""}, False, id="another's port 0"),
        pytest.param(
            {"SERVER_NAME": "", "SERVER_PORT": "", "REMOTE_ADDR": ""}, False, id="what a client's Host can make"
        ),
        pytest.param({"REMOTE_ADDR": "0.0.0.0"}, False, id="bjoern's text for a client over IPv6"),
        pytest.param({"gunicorn.socket": Failing()}, False, id="an object that fails when it is looked at"),
        pytest.param({}, False, id="an empty environ"),
    ],
)
def test_what_proves_a_unix_socket(environ: WSGIEnvironment, proven: bool) -> None:
    assert is_unix_socket(environ) is proven


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="a system without unix sockets")
def test_a_real_connection_of_a_unix_socket_is_known_from_one_over_tcp() -> None:
    with socket.socket(socket.AF_UNIX) as unix, socket.socket() as tcp:
        assert [is_unix_socket({"gunicorn.socket": connection}) for connection in (unix, tcp)] == [True, False]
        assert [is_unix_socket({"wsgi.input": connection.makefile("rb")}) for connection in (unix, tcp)] == [
            True,
            False,
        ]


@pytest.mark.parametrize("server", BY_UNIX)
def test_the_servers_that_are_modelled_prove_it(server: str) -> None:
    by_unix, by_tcp = (environ_as(server, "/", peer=peer, body=b"a body") for peer in ("unix", "192.0.2.7"))
    assert is_unix_socket(by_unix)
    assert by_unix["REMOTE_ADDR"] == UNIX_PEERS[server]
    assert by_unix["wsgi.input"].read() == b"a body"
    assert not is_unix_socket(by_tcp)


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        pytest.param("192.0.2.7", "192.0.2.7", id="an IPv4 address"),
        pytest.param("192.0.2.7:4711", "192.0.2.7", id="an IPv4 address and a port"),
        pytest.param("2001:DB8::7", "2001:db8::7", id="an IPv6 address"),
        pytest.param("2001:db8::7:4711", "2001:db8::7:4711", id="what can be an IPv6 address is one, to its end"),
        pytest.param("[2001:db8::7]:4711", "2001:db8::7", id="an IPv6 address in brackets and a port"),
        pytest.param("192.0.2.7:" + "1" * 99, None, id="a port without end"),
        pytest.param("192.0.2.7, 192.0.2.8", None, id="two addresses"),
        pytest.param("", None, id="an empty text"),
        pytest.param(None, None, id="an absent peer"),
        pytest.param(7, None, id="what is not text"),
    ],
)
def test_how_a_peer_is_read(peer: object, address: str | None) -> None:
    found = parse_peer(peer)
    assert (found and found[1]) == address


def test_the_client_of_a_built_environ_has_not_left() -> None:
    assert environ_as("waitress", "/", peer="unix")["waitress.client_disconnected"]() is False
