"""Objects of netaddr, told apart without importing it."""

import subprocess
import sys

import netaddr
import pytest

from xmlrpc_guard.foreign import netaddr_classes

STARTING = """
import sys
from xmlrpc_guard import Policy, XMLRPCGuard
XMLRPCGuard(print, Policy(allow=["jetpack", "203.0.113.7", "2001:db8::/32"], trusted_proxies=["10.0.0.0/8", "unix"]))
print(*{"netaddr", "webob"}.intersection(sys.modules))
"""


def test_an_object_of_a_named_class_is_known() -> None:
    classes = netaddr_classes("IPSet", "IPNetwork")
    assert isinstance(netaddr.IPSet(["10.0.0.0/8"]), classes)
    assert not isinstance(netaddr.IPAddress("10.0.0.1"), classes)


def test_nothing_is_an_object_of_netaddr_before_that_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "netaddr")
    assert netaddr_classes("IPSet", "IPNetwork") == ()


def test_a_guard_of_plain_text_starts_without_webob_and_netaddr() -> None:
    command = (sys.executable, "-c", STARTING)
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "\n"
