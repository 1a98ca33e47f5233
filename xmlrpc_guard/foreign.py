"""Objects of another package, told apart without importing it."""

from sys import modules
from typing import Any


def netaddr_classes(*names: str) -> tuple[type[Any], ...]:
    """Give these classes of netaddr, for ``isinstance``; none of them where no one has imported netaddr.

    Most settings are text, and importing netaddr takes a third of the time that all of this package does. An object of
    netaddr's exists only where it is imported already.

    >>> import netaddr
    >>> isinstance(netaddr.IPAddress("192.0.2.7"), netaddr_classes("IPNetwork", "IPAddress"))
    True
    """
    netaddr = modules.get("netaddr")
    return tuple(getattr(netaddr, name) for name in names if hasattr(netaddr, name))
