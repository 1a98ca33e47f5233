"""Where a server listens: TCP addresses, unix sockets, and sockets that it inherits."""

import errno
import os
import re
import socket
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import NamedTuple

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.networks import LAST_PORT

SYSTEMD = "systemd"
"""The entry of ``listen`` that takes the sockets of a systemd socket unit."""

_TCP = re.compile(r"(?:\[([^]\0]+)\]|([^][:\0]*)):([0-9]{1,5})")
_UNIX = re.compile(r"unix:([^\0:]+)(?::mode=([0-7]{3}))?")
_DESCRIPTOR = re.compile(r"fd:([0-9]{1,6})")
_FORMS = "is not HOST:PORT, :PORT, [ADDRESS]:PORT, unix:PATH, fd:NUMBER or systemd; write {}"
_DEFAULT_MODE = "660"
_FIRST_PASSED = 3  # SD_LISTEN_FDS_START of sd_listen_fds(3)


class Listener(NamedTuple):
    """A socket that listens, and the entry that named it."""

    entry: str
    socket: socket.socket

    @property
    def url(self) -> str:
        """The address as a URL: an IPv6 address in brackets, a unix socket by its path.

        >>> with open_listeners("listen", ["[::1]:0"]) as (listener,):
        ...     listener.url[:13]
        'http://[::1]:'
        """
        address = self.socket.getsockname()
        if self.is_unix:
            return f"unix:{os.fsdecode(address)}"
        host, port = address[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def local_url(self) -> str:
        """The URL by which this machine reaches it, which for all addresses is a loopback address.

        >>> with open_listeners("listen", ["0.0.0.0:0"]) as (listener,):
        ...     listener.local_url[:17]
        'http://127.0.0.1:'
        """
        host, colon, port = self.url.rpartition(":")
        if host == "http://0.0.0.0" or (host == "http://[::]" and self.takes_both):
            host = "http://127.0.0.1"
        return host.replace("[::]", "[::1]") + colon + port

    @property
    def is_unix(self) -> bool:
        """Whether it is a unix socket."""
        return self.socket.family.name == "AF_UNIX"  # by name, as Windows has no such family

    @property
    def takes_both(self) -> bool:
        """Whether an IPv6 socket takes IPv4 connections too."""
        is_v6 = self.socket.family == socket.AF_INET6
        return is_v6 and not self.socket.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)


@contextmanager
def open_listeners(setting: str, entries: Iterable[str], *, reuse_port: bool = False) -> Iterator[list[Listener]]:
    """Listen at each entry until the block ends; ConfigurationError if one is not of these forms, or cannot be used.

    ``HOST:PORT``, with an IPv6 address in brackets; ``:PORT`` and ``[::]:PORT``, all addresses of both families where
    the system has both; ``unix:PATH``, which owner and group may use, or as ``unix:PATH:mode=600`` says; ``fd:NUMBER``,
    an inherited descriptor; ``systemd``, the sockets of its socket unit. Port 0 is any free port. With ``reuse_port``,
    several processes may listen at one TCP port.
    """
    with ExitStack() as stack:
        yield [
            Listener(entry, stack.enter_context(opened))
            for entry in entries
            for opened in _open(setting, entry, reuse_port=reuse_port)
        ]


def check_listen_entry(setting: str, entry: str) -> None:
    """Raise ConfigurationError for an entry that has none of these forms, without listening anywhere."""
    if is_inherited(entry) or _UNIX.fullmatch(entry):
        return
    try:
        _parse_tcp(setting, entry)
    except UnicodeError as error:
        raise ConfigurationError(setting, entry, f"cannot be used: {error}") from None


def is_inherited(entry: str) -> bool:
    """Return whether an entry names a socket that this process did not open itself.

    >>> is_inherited("fd:3"), is_inherited("unix:/run/http.sock")
    (True, False)
    """
    return entry == SYSTEMD or _DESCRIPTOR.fullmatch(entry) is not None


def _open(setting: str, entry: str, *, reuse_port: bool) -> list[AbstractContextManager[socket.socket]]:
    try:
        if entry == SYSTEMD:
            return [*_take_passed(setting, entry)]
        if match := _DESCRIPTOR.fullmatch(entry):
            return [_inherit(setting, entry, int(match[1]))]
        if match := _UNIX.fullmatch(entry):
            _check_unix(setting, entry)
            return [_listen_unix(setting, entry, match[1], int(match[2] or _DEFAULT_MODE, 8))]
        return [_listen_tcp(*_parse_tcp(setting, entry), reuse_port=reuse_port)]
    except ConfigurationError:
        raise
    except (OSError, ValueError) as error:
        raise ConfigurationError(setting, entry, _explain(entry, error)) from None


def _explain(entry: str, error: OSError | ValueError) -> str:
    number = None if _UNIX.fullmatch(entry) else getattr(error, "errno", None)
    return _EXPLAINED.get(number) or f"cannot be used: {getattr(error, 'strerror', None) or error}"


_EXPLAINED: Mapping[int | None, str] = {
    errno.EADDRINUSE: "is in use by another process; stop that, or write another port",
    errno.EADDRNOTAVAIL: "is not an address of this machine; write 127.0.0.1:PORT, or :PORT for all that it has",
    errno.EACCES: "is not for this user; write a port from 1024 on, or let systemd listen (docs/guides/serving.md)",
}


def _check_unix(setting: str, entry: str) -> None:
    if not hasattr(socket, "AF_UNIX"):
        raise ConfigurationError(setting, entry, "needs unix sockets, which this system lacks; write 127.0.0.1:8000")


def _parse_tcp(setting: str, entry: str) -> tuple[str, bool, int]:
    match = _TCP.fullmatch(entry)
    if match is None:
        fix = f"127.0.0.1:{entry}, or :{entry} for all addresses" if entry.isdecimal() else "127.0.0.1:8000"
        raise ConfigurationError(setting, entry, _FORMS.format(fix))
    if int(match[3]) > LAST_PORT:
        raise ConfigurationError(setting, entry, f"has a port above {LAST_PORT}; write 127.0.0.1:8000")
    # Encoded here: create_server leaves its socket open if it meets a host name that DNS cannot hold.
    return (match[1] or match[2]).encode("idna").decode(), bool(match[1]), int(match[3])


def _listen_tcp(host: str, is_v6: bool, port: int, *, reuse_port: bool) -> socket.socket:
    both = host in ("", "::") and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if is_v6 or both else socket.AF_INET
    return socket.create_server((host, port), family=family, dualstack_ipv6=both, reuse_port=reuse_port)


def _listen_unix(setting: str, entry: str, path: str, mode: int) -> AbstractContextManager[socket.socket]:
    _remove_stale(setting, entry, path)
    opened = socket.socket(socket.AF_UNIX)
    try:
        umask = os.umask(0o177)  # until it has its mode, no one else may connect
        try:
            opened.bind(path)
        finally:
            os.umask(umask)
        os.chmod(path, mode)  # noqa: PTH101 - the path as given
        opened.listen()
    except OSError:
        opened.close()
        raise
    return _remove_with(opened, path)


@contextmanager
def _remove_with(opened: socket.socket, path: str) -> Iterator[socket.socket]:
    """Remove a unix socket's path when the block ends, unless another process has put its own there."""
    own = _identity(path)
    try:
        with opened:
            yield opened
    finally:
        if _identity(path) == own:
            os.unlink(path)  # noqa: PTH108 - the path as given


def _identity(path: str) -> tuple[int, int] | None:
    with suppress(OSError):
        status = os.lstat(path)
        return status.st_dev, status.st_ino
    return None


# A process that was killed leaves the path of its socket, and a path that exists cannot be bound. If something listens
# there it is in use; only a refusal says that nothing does.
def _remove_stale(setting: str, entry: str, path: str) -> None:
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise ConfigurationError(setting, entry, "is a file that is not a socket; remove it, or write another path")
        if not _is_refused(path):
            raise ConfigurationError(setting, entry, "is in use by another process; stop that, or write another path")
        os.unlink(path)  # noqa: PTH108 - the path as given


def _is_refused(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.setblocking(False)
        try:
            connection.connect(path)
        except ConnectionRefusedError:
            return True
        except BlockingIOError:  # its queue is full
            return False
    return False


def _take_passed(setting: str, entry: str) -> Iterator[socket.socket]:
    """Take the sockets that systemd passes to this process; no child of it shall look for them again."""
    passed = {name: os.environ.pop(name, "") for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")}
    number = int(passed["LISTEN_FDS"]) if re.fullmatch("[0-9]{1,6}", passed["LISTEN_FDS"]) else 0
    if not number or passed["LISTEN_PID"] != str(os.getpid()):
        raise ConfigurationError(setting, entry, "passed no socket; start this by its socket unit, or write HOST:PORT")
    for descriptor in range(_FIRST_PASSED, _FIRST_PASSED + number):
        yield _inherit(setting, entry, descriptor)


def _inherit(setting: str, entry: str, descriptor: int) -> socket.socket:
    inherited = socket.socket(fileno=descriptor)
    if not inherited.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        inherited.close()
        raise ConfigurationError(
            setting, entry, f"has descriptor {descriptor}, which does not listen; pass one that does"
        )
    inherited.set_inheritable(False)
    return inherited
