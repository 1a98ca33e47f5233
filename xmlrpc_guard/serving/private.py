"""Where the status page may listen: at a loopback address, or at a unix socket."""

from ipaddress import ip_address

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.serving.listening import Listener, check_listen_entry, is_inherited

_FIX = "write 127.0.0.1:PORT or unix:PATH"


def check_private_entry(entry: str) -> None:
    """Raise ConfigurationError for an entry by which other machines could reach the page; nothing is opened.

    Where an inherited socket listens, its unit says, which may change.

    >>> check_private_entry("systemd")
    Traceback (most recent call last):
    xmlrpc_guard.errors.ConfigurationError: status: 'systemd' is a socket that others may reach; \
write 127.0.0.1:PORT or unix:PATH
    """
    if is_inherited(entry):
        raise ConfigurationError("status", entry, f"is a socket that others may reach; {_FIX}")
    if entry.isdecimal():
        raise ConfigurationError("status", entry, f"is a port alone; write 127.0.0.1:{entry}")
    check_listen_entry("status", entry)
    host = entry.rpartition(":")[0].strip("[]")
    if not entry.startswith("unix:") and not (_is_name(host) or _is_loopback(host)):
        raise _public(entry)


def check_private(entry: str, listener: Listener) -> None:
    """Raise ConfigurationError for a socket that other machines can reach: a host's name may mean any address."""
    if not listener.is_unix and not _is_loopback(listener.socket.getsockname()[0]):
        raise _public(entry)


def _is_name(host: str) -> bool:
    return ":" not in host and any(map(str.isalpha, host))


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:  # "" for all addresses, or an address in a form of its own
        return False


def _public(entry: str) -> ConfigurationError:
    return ConfigurationError("status", entry, f"can be reached from elsewhere; {_FIX}")
