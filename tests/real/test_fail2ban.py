"""The fail2ban filter of docs/examples, asked by fail2ban-regex over lines that the real serve wrote."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.frontends import ROOT, Listener, free_port, get, started, wait_for
from tests.real.programs import lacks
from xmlrpc_guard import Reason

pytestmark = [pytest.mark.lab, lacks("fail2ban")]

FILTER = ROOT / "docs" / "examples" / "serving" / "fail2ban" / "filter.d" / "xmlrpc-guard.conf"
VICTIM = "198.51.100.77"
SITE = """\
import logging
def app(environ, start_response):
    logging.getLogger("site").warning(environ["PATH_INFO"].removeprefix("/"))
    logging.getLogger("site").warning("%s", environ.get("HTTP_USER_AGENT"))
    raise RuntimeError(environ["PATH_INFO"])
"""
REFUSED = "refused {0}: client is not in the allowlist (allow); peer {0}, path /xmlrpc.php"
RECORD = f"2026-11-29 22:15:00,123 WARNING {REFUSED}"


def escape(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.:/{}-]", lambda found: f"%{ord(found[0]):02x}", text)


# Requests with which a stranger tries to have the address in braces banned.
FORGERIES = {
    "a page whose path is the end of a record": get(f"/{escape(REFUSED)}"),
    "a page whose path is a record": get(f"/{escape(RECORD)}"),
    "a page whose path has a line that is a record": get(f"/%0a{escape(RECORD)}"),
    "a page whose path has a record after a carriage return": get(f"/%0d{escape(RECORD)}"),
    "a page whose path has a record after a line end of Unicode": get(f"/%c2%85{escape(RECORD)}"),
    "a header that is the end of a record": get("/x", f"User-Agent: {REFUSED}"),
    "a header that is a record": get("/x", f"User-Agent: {RECORD}"),
    "a guarded path with a line that is a record": get(f"/xmlrpc.php%0a{escape(RECORD)}"),
    "a forwarded header that is the end of a record": get("/xmlrpc.php", f"X-Forwarded-For: {REFUSED}"),
    "a forwarded header with a quote in it": get("/xmlrpc.php", f"X-Forwarded-For: {{0}}, x', path /, {REFUSED}"),
    "a client that a trusted proxy names": get("/xmlrpc.php", "X-Forwarded-For: {0}"),
}
VICTIMS = {forgery: f"198.51.100.{number}" for number, forgery in enumerate(FORGERIES, start=1)}


def find_banned(log: Path) -> set[str]:
    """Return the addresses that fail2ban would count."""
    command = ("fail2ban-regex", "--out", "ip", str(log), str(FILTER))
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def serve(folder: Path, requests: Iterable[bytes], *flags: str) -> Path:
    """Send requests to serve; give the file with all that it wrote."""
    (folder / "own.py").write_text(SITE)
    at, log = Listener(port=free_port()), folder / "serve.log"
    listen = f":{at.port}"  # at both families, as systemd's socket: there a client over IPv4 is ::ffff:127.0.0.1
    command = (sys.executable, "-W", "ignore", "-m", "xmlrpc_guard", "serve", "--listen", listen)
    with started((*command, "own:app", "--allow", "jetpack", "--log", "all", *flags), log) as process:
        wait_for(at, process)
        for request in requests:
            at.ask(request)
    return log


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, set[str]]:
    """Send all forgeries to one server; give what it wrote, and whom fail2ban would count."""
    folder = tmp_path_factory.mktemp("forged")
    requests = [request.replace(b"{0}", VICTIMS[forgery].encode()) for forgery, request in FORGERIES.items()]
    log = serve(folder, requests, "--trusted-proxies", "127.0.0.1")
    return log.read_text(), find_banned(log)


@pytest.mark.parametrize("forgery", FORGERIES)
def test_no_client_can_have_another_banned(forgery: str, forged: tuple[str, set[str]]) -> None:
    written, banned = forged
    assert VICTIMS[forgery] in written
    assert VICTIMS[forgery] not in banned


@pytest.mark.parametrize(
    ("flags", "banned"),
    [
        pytest.param((), {"127.0.0.1"}, id="a client that connects by itself is banned"),
        pytest.param(("--trusted-proxies", "127.0.0.1"), set(), id="behind a proxy no one is, nor the proxy"),
        pytest.param(("--report-only",), set(), id="no one is while refusals are reported only"),
    ],
)
def test_who_is_banned(flags: tuple[str, ...], banned: set[str], tmp_path: Path) -> None:
    requests = [get("/xmlrpc.php", "X-Forwarded-For: 203.0.113.9"), get("/xmlrpc.php/%22')"), get("/")]
    assert find_banned(serve(tmp_path, requests, *flags)) == banned


LINE = RECORD.format(VICTIM)
LINES = [
    pytest.param(LINE, {VICTIM}, id="a refusal"),
    pytest.param(LINE.replace(VICTIM, "2001:db8::7"), {"2001:db8::7"}, id="a client over IPv6"),
    pytest.param(
        LINE.replace(f"peer {VICTIM}", f"peer {VICTIM}:4711"), {VICTIM}, id="a peer with a port, as some servers give"
    ),
    pytest.param(
        LINE.replace(f"peer {VICTIM}", "peer [2001:db8::7]:4711").replace(VICTIM, "2001:db8::7"),
        {"2001:db8::7"},
        id="a peer over IPv6 with a port",
    ),
    pytest.param(
        LINE.replace("client is not in the allowlist (allow)", "client is in the denylist (deny)"),
        {VICTIM},
        id="a denied client",
    ),
    pytest.param(LINE.replace(f"peer {VICTIM}", "peer 10.0.0.5"), set(), id="another peer"),
    pytest.param(LINE.replace(f"peer {VICTIM}", f"peer {VICTIM}9"), set(), id="a peer that begins like the client"),
    pytest.param(LINE.replace("refused", "would refuse"), set(), id="a refusal that is only reported"),
    pytest.param(
        f"2026-11-29 22:15:00,123 WARNING refused {VICTIM} 41 more times within a minute", set(), id="a sample's sum"
    ),
    pytest.param(f"    {LINE}", set(), id="a line that belongs to the record above it"),
    pytest.param(
        f"2026-11-29 22:15:00,123 WARNING site: {REFUSED.format(VICTIM)}", set(), id="a record of an application"
    ),
    pytest.param(LINE.replace("(allow)", "(public_methods): 'pingback.ping'"), {VICTIM}, id="a private call"),
    pytest.param(
        LINE.replace("(allow)", f"(public_methods): 'x; peer {VICTIM}, path /x'").replace(
            f"'; peer {VICTIM}, path", "'; peer 10.0.0.5, path"
        ),
        set(),
        id="a method whose name looks like a peer",
    ),
    pytest.param(f"2026-11-29 22:15:00,123 INFO {REFUSED.format(VICTIM)}", set(), id="another level"),
    pytest.param(f"x {LINE}", set(), id="a record that does not begin its line"),
]


@pytest.mark.parametrize(("line", "banned"), LINES)
def test_which_lines_count(line: str, banned: set[str], tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"{line}\n")
    assert find_banned(tmp_path / "log") == banned


def test_each_sentence_of_a_refusal_can_be_matched() -> None:
    """The filter names no reason, so that a new one counts too."""
    pattern = re.search(r"<ADDR>: (.*?)\(\?:: '", FILTER.read_text())
    assert pattern is not None
    for reason in Reason:
        assert re.fullmatch(pattern[1], f"{reason.sentence} ({reason.setting})"), reason


def test_the_jail_names_the_filter() -> None:
    jail = (FILTER.parent.parent / "jail.d" / "xmlrpc-guard.conf").read_text()
    assert f"filter   = {FILTER.stem}\n" in jail
    assert os.access(FILTER, os.R_OK)
