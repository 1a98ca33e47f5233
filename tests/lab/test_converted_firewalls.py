"""Commands that remove rules, asked of nftables and iptables themselves, in a network of their own."""

import shutil
import subprocess
from typing import Any

import pytest

from tests.formats import test_iptables, test_nft

ADDRESS = "192.0.2.8", "2001:db8::8"
PROGRAMS: dict[str, tuple[str, Any]] = {
    "nft": ("nft -f - && nft list ruleset", test_nft),
    "iptables": ("sh -e && iptables-save && ip6tables-save", test_iptables),
}


def lacks_firewalls() -> bool:
    """Return whether this machine lacks them, or lets no one make a network of his own."""
    if not all(map(shutil.which, ("unshare", *PROGRAMS, "ip6tables"))):
        return True
    return bool(
        subprocess.run(["unshare", "-rn", "nft", "list", "ruleset"], check=False, capture_output=True).returncode
    )


pytestmark = pytest.mark.skipif(lacks_firewalls(), reason="no nftables and iptables in a network of their own")


def rules_after(name: str, text: str) -> str:
    """Give the rules that a firewall has after a text."""
    command = ["unshare", "-rn", "sh", "-ec", PROGRAMS[name][0]]
    return subprocess.run(command, input=text, check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        pytest.param(name, text, kept, id=f"{name}: {what}")
        for name, (_, table) in PROGRAMS.items()
        for rows, kept in ((table.FLUSHES, False), (table.KEPT, True))
        for what, text in rows
    ],
)
def test_a_command_removes_the_address_or_keeps_it(name: str, text: str, kept: bool) -> None:
    assert any(address in rules_after(name, text) for address in ADDRESS) is kept
