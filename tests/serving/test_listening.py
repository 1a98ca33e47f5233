"""Where a server listens: each form of an entry, what it opens, and what is wrong with those that cannot be used."""

import errno
import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.serving.listening import Listener, open_listeners

HAS_BOTH = pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no socket of both families here")


def connect(listener: Listener, family: socket.AddressFamily, host: str) -> bool:
    """Return whether a connection to a listener's port can be made."""
    with socket.socket(family) as connection, suppress(OSError):
        connection.settimeout(10)
        connection.connect((host, listener.socket.getsockname()[1]))
        return True
    return False


@pytest.mark.parametrize(
    ("entry", "host"),
    [
        pytest.param("127.0.0.1:0", "127.0.0.1", id="an IPv4 address"),
        pytest.param("localhost:0", "127.0.0.1", id="a host name"),
        pytest.param("0.0.0.0:0", "0.0.0.0", id="all IPv4 addresses"),
        pytest.param("[::1]:0", "[::1]", id="an IPv6 address is written in brackets"),
    ],
)
def test_a_listener_of_one_family_has_a_url(entry: str, host: str) -> None:
    with open_listeners("listen", [entry]) as (listener,):
        assert listener.url == f"http://{host}:{listener.socket.getsockname()[1]}"
        assert not listener.takes_both


@HAS_BOTH
@pytest.mark.parametrize("entry", [":0", "[::]:0"], ids=["a port alone", "all addresses of IPv6"])
def test_a_listener_at_all_addresses_takes_both_families(entry: str) -> None:
    with open_listeners("listen", [entry]) as (listener,):
        assert listener.takes_both
        assert connect(listener, socket.AF_INET, "127.0.0.1")
        assert connect(listener, socket.AF_INET6, "::1")


@pytest.mark.parametrize(
    ("entry", "url", "works"),
    [
        pytest.param(":0", "http://0.0.0.0:", socket.AF_INET, id="a port alone is IPv4's"),
        pytest.param("[::]:0", "http://[::]:", socket.AF_INET6, id="all addresses of IPv6 are IPv6's alone"),
    ],
)
def test_without_sockets_of_both_families_a_listener_has_one(
    entry: str, url: str, works: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    with open_listeners("listen", [entry]) as (listener,):
        assert listener.url.startswith(url)
        assert (listener.socket.family, listener.takes_both) == (works, False)


@pytest.mark.parametrize(
    ("entry", "local"),
    [
        pytest.param("127.0.0.1:0", "http://127.0.0.1:", id="one address is reached by itself"),
        pytest.param("0.0.0.0:0", "http://127.0.0.1:", id="all IPv4 addresses"),
        pytest.param(":0", "http://127.0.0.1:", marks=HAS_BOTH, id="all addresses of both families"),
    ],
)
def test_how_this_machine_reaches_a_listener(entry: str, local: str) -> None:
    with open_listeners("listen", [entry]) as (listener,):
        assert listener.local_url == f"{local}{listener.socket.getsockname()[1]}"


def test_how_this_machine_reaches_a_listener_of_ipv6_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    with open_listeners("listen", ["[::]:0"]) as (listener,):
        assert listener.local_url == f"http://[::1]:{listener.socket.getsockname()[1]}"


def test_several_entries_are_several_listeners_and_all_are_closed(tmp_path: Path) -> None:
    with open_listeners("listen", ["127.0.0.1:0", f"unix:{tmp_path}/socket"]) as listeners:
        assert [listener.is_unix for listener in listeners] == [False, True]
    assert [listener.socket.fileno() for listener in listeners] == [-1, -1]


def problem_of(entry: str) -> str:
    """Say why a server cannot listen at an entry."""
    with pytest.raises(ConfigurationError) as caught, open_listeners("listen", ["127.0.0.1:0", entry]):
        pass
    assert (caught.value.setting, caught.value.value) == ("listen", entry)
    return caught.value.problem


FORMS = "is not HOST:PORT, :PORT, [ADDRESS]:PORT, unix:PATH, fd:NUMBER or systemd; write 127.0.0.1:8000"


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        pytest.param(
            "80", f"{FORMS[:-14]}127.0.0.1:80, or :80 for all addresses", id="a port without a colon, which is offered"
        ),
        pytest.param("::1:8000", FORMS, id="an IPv6 address without brackets"),
        pytest.param("localhost:http", FORMS, id="a port that is not a number"),
        pytest.param("a\0:0", FORMS, id="a host name with a NUL"),
        pytest.param("unix:", FORMS, id="a unix socket without a path"),
        pytest.param("unix:/run/a\0b", FORMS, id="the path of a unix socket with a NUL"),
        pytest.param("fd:three", FORMS, id="a descriptor that is not a number"),
        pytest.param("127.0.0.1:65536", "has a port above 65535; write 127.0.0.1:8000", id="a port out of range"),
        pytest.param("192.0.2.1:0", "is not an address of this machine; write 127.0.0.1:PORT", id="another machine's"),
        pytest.param("[127.0.0.1]:0", "cannot be used: ", id="an IPv4 address in brackets"),
        pytest.param(f"{'a' * 64}:0", "cannot be used: ", id="a host name that DNS cannot hold"),
        pytest.param("\udcff:0", "cannot be used: ", id="a host name that is not text"),
        pytest.param("unix:/no/such/folder/socket", "cannot be used: ", id="a unix socket in no folder"),
        pytest.param(f"unix:/tmp/{'a' * 200}", "cannot be used: ", id="a path too long for a unix socket"),
        pytest.param("fd:99999", "cannot be used: ", id="a descriptor that is not open"),
        pytest.param(
            "systemd", "passed no socket; start this by its socket unit, or write HOST:PORT", id="no socket unit"
        ),
    ],
)
def test_where_nothing_can_listen(entry: str, problem: str) -> None:
    assert problem_of(entry).startswith(problem)


def test_a_port_that_needs_a_right(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(ConfigurationError, match=r"is not for this user; write a port from 1024 on, or let systemd"):
        open_listeners("listen", ["127.0.0.1:80"]).__enter__()


@pytest.mark.parametrize(
    ("option", "mode"),
    [
        pytest.param("", 0o660, id="owner and group may connect"),
        pytest.param(":mode=600", 0o600, id="the owner alone may connect"),
        pytest.param(":mode=666", 0o666, id="everyone may connect"),
    ],
)
def test_the_mode_of_a_unix_socket(option: str, mode: int, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with open_listeners("listen", [f"unix:{tmp_path}/socket{option}"]) as (listener,):
            assert stat.S_IMODE((tmp_path / "socket").stat().st_mode) == mode
            assert listener.url == f"unix:{tmp_path}/socket"
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert not (tmp_path / "socket").exists()


def test_the_socket_that_a_killed_process_left_is_replaced(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(f"{tmp_path}/socket")
    left.close()
    with open_listeners("listen", [f"unix:{tmp_path}/socket"]), socket.socket(socket.AF_UNIX) as connection:
        connection.connect(f"{tmp_path}/socket")


@pytest.mark.parametrize("backlog", [16, 0], ids=["that takes connections", "whose queue is full"])
def test_a_unix_socket_that_another_process_uses_is_left_alone(backlog: int, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as used, socket.socket(socket.AF_UNIX) as first:
        used.bind(f"{tmp_path}/socket")
        used.listen(backlog)
        first.connect(f"{tmp_path}/socket")
        assert problem_of(f"unix:{tmp_path}/socket") == "is in use by another process; stop that, or write another path"
        assert (tmp_path / "socket").exists()


def test_a_file_that_is_not_a_socket_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "socket").write_text("precious")
    problem = "is a file that is not a socket; remove it, or write another path"
    assert problem_of(f"unix:{tmp_path}/socket") == problem
    assert (tmp_path / "socket").read_text() == "precious"


def test_a_socket_whose_path_was_removed_is_closed_all_the_same(tmp_path: Path) -> None:
    with open_listeners("listen", [f"unix:{tmp_path}/socket"]) as (listener,):
        (tmp_path / "socket").unlink()
    assert listener.socket.fileno() == -1


def test_a_socket_that_another_process_has_put_in_its_place_is_left_alone(tmp_path: Path) -> None:
    with open_listeners("listen", [f"unix:{tmp_path}/socket"]):
        (tmp_path / "socket").unlink()
        (tmp_path / "socket").write_text("another's")
    assert (tmp_path / "socket").read_text() == "another's"


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX], ids=["TCP", "a unix socket"])
def test_an_inherited_descriptor(family: socket.AddressFamily, tmp_path: Path) -> None:
    with socket.socket(family) as inherited:
        inherited.bind(("127.0.0.1", 0) if family == socket.AF_INET else f"{tmp_path}/socket")
        inherited.listen()
        with open_listeners("listen", [f"fd:{os.dup(inherited.fileno())}"]) as (listener,):
            assert listener.socket.getsockname() == inherited.getsockname()
            assert listener.is_unix is (family == socket.AF_UNIX)
            assert not listener.socket.get_inheritable()
    if family == socket.AF_UNIX:
        assert (tmp_path / "socket").exists()  # which is its owner's to remove


@pytest.mark.parametrize(
    "kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["a connection", "a socket for datagrams"]
)
def test_an_inherited_descriptor_that_does_not_listen(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as inherited:
        entry = f"fd:{os.dup(inherited.fileno())}"
        assert problem_of(entry).endswith(", which does not listen; pass one that does")


def test_a_system_without_unix_sockets_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows."""
    monkeypatch.delattr(socket, "AF_UNIX")
    assert problem_of("unix:/run/x") == "needs unix sockets, which this system lacks; write 127.0.0.1:8000"


def test_sockets_that_systemd_passes_are_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as passed:
        first = os.dup(passed.fileno())
        monkeypatch.setattr("xmlrpc_guard.serving.listening._FIRST_PASSED", first)
        for name, value in {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid()), "LISTEN_FDNAMES": "http"}.items():
            monkeypatch.setenv(name, value)
        with open_listeners("listen", ["systemd"]) as (listener,):
            assert listener.socket.fileno() == first
            assert not {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"} & os.environ.keys()


@pytest.mark.parametrize("number", ["", "0", "-1", "x", "1e3", "99999999"])
def test_a_number_of_sockets_that_is_none(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LISTEN_FDS": number, "LISTEN_PID": str(os.getpid())}.items():
        monkeypatch.setenv(name, value)
    assert problem_of("systemd").startswith("passed no socket; ")


def test_sockets_that_systemd_passes_to_another_process_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getppid())}.items():
        monkeypatch.setenv(name, value)
    assert problem_of("systemd").startswith("passed no socket; ")
