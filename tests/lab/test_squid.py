"""What Squid makes of a target with white space in it, between a forwarder that sends decoded paths and PHP."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.frontends import Listener, free_port, get, running, serving
from tests.real.configuration import USER
from tests.real.processes import account, folder_of
from tests.real.programs import lacks, path
from xmlrpc_guard.target import Scripts

pytestmark = lacks("squid")

CONF = """
http_port 127.0.0.1:{at.port} accel vhost
cache_peer 127.0.0.1 parent {server.port} 0 no-query originserver no-digest
never_direct allow all
http_access allow all
cache deny all
cache_effective_user {user}
pid_filename {root}/squid.pid
access_log none
cache_log {root}/squid.log
shutdown_lifetime 0 seconds
"""
BYTES = [chr(number) for number in range(1, 256) if chr(number) not in "/?#%\\"]
REFUSED = "refused"


@pytest.fixture(scope="module")
def squid() -> Iterator[Listener]:
    with folder_of(account(USER)) as root, ExitStack() as processes:
        server = processes.enter_context(running("waitress", "tests.lab.seen:application"))
        at = Listener(port=free_port())
        conf = root / "squid.conf"
        conf.write_text(CONF.format(at=at, server=server, root=root, user=account(USER).pw_name), "utf-8")
        command = (path("squid"), "-n", f"guard{at.port}", "-N", "-f", str(conf))
        yield processes.enter_context(serving(command, at, Path(root) / "squid.out"))


def forwarded(squid: Listener, target: str) -> str:
    """Give the target that the server behind Squid gets."""
    found = re.search(rb"\r\nX-Environ: (.*?)\r\n", squid.ask(get(target)))
    return str(json.loads(found[1])["REQUEST_URI"]) if found else REFUSED


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param("/xml{}rpc.php", id="in the name"),
        pytest.param("/xml{}rpc.php?a b", id="in the name, and a blank in the query"),
        pytest.param("/a b/xml{}rpc.php", id="in the name, and a blank before it"),
        pytest.param("/{}xmlrpc.php", id="before the name"),
        pytest.param("/a b/%7{}8mlrpc.php", id="in an escape, and a blank before it"),
    ],
)
def test_what_squid_turns_into_the_script_is_guarded(frame: str, squid: Listener) -> None:
    scripts = Scripts(["xmlrpc.php"])
    reached = [byte for byte in BYTES if scripts.reached_by(forwarded(squid, frame.format(byte)).partition("?")[0])]
    assert " " in reached
    assert [byte for byte in reached if not scripts.reached_by(frame.format(byte).partition("?")[0])] == []
