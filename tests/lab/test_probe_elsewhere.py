"""The proof that a site is one's own, at an address that is not loopback's; it is in a published list, besides."""

import json
import shlex
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.frontends import ROOT
from tests.inherited import inherited

ADDRESS = "192.0.64.7"
NETWORK = f"ip link set lo up && ip addr add {ADDRESS}/32 dev lo"


def lacks_namespaces() -> bool:
    """Return whether this machine lets nobody make a network of his own."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        return True
    return bool(subprocess.run(["unshare", "-rn", "sh", "-c", NETWORK], check=False, capture_output=True).returncode)


pytestmark = pytest.mark.skipif(lacks_namespaces(), reason="no network namespace can be made")


@pytest.fixture(scope="module")
def probes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    key = tmp_path_factory.mktemp("keys") / "key"
    child = shlex.join([sys.executable, "-m", "tests.lab.elsewhere", ADDRESS, str(key)])
    command = ["unshare", "-rn", "sh", "-c", f"{NETWORK} && exec {child}"]
    environ = inherited(PYTHONPATH=str(ROOT))
    ended = subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True, timeout=120)
    printed: dict[str, dict[str, Any]] = json.loads(ended.stdout)
    return printed


def test_without_the_token_the_site_gets_one_request(probes: dict[str, dict[str, Any]]) -> None:
    unproven = probes["unproven"]
    assert (unproven["status"], unproven["requests"]) == (2, 1)
    assert unproven["out"].startswith("To show that the site is yours, serve a file with this one line:\n")
    assert unproven["err"].endswith("/.well-known/guard-probe.txt answers 404\n")


def test_with_the_token_it_is_probed_from_an_address_that_a_list_has(probes: dict[str, dict[str, Any]]) -> None:
    proven = probes["proven"]
    assert (proven["status"], proven["requests"] > 280) == (0, True)
    assert f"doubt: {ADDRESS} is in the published list jetpack, which your guard may let in" in proven["err"]
    assert f" at {ADDRESS}, asked from {ADDRESS}\n" in proven["out"]


def test_whoever_has_read_the_token_has_another_key_and_cannot_use_it(probes: dict[str, dict[str, Any]]) -> None:
    other = probes["by another"]
    assert (other["status"], other["requests"]) == (2, 1)
    assert other["err"].endswith("holds something else\n")
