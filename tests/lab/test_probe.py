"""``xmlrpc-guard probe`` of a real WordPress behind real servers: what it says reached is what ran.

The witness is WordPress' own: each run of xmlrpc.php leaves a line beside the site. Holes are counted by class; which
request passes which rule is not written down here.
"""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.frontends import ROOT, Listener, get
from tests.lab.database import lacks_mariadb
from tests.lab.php import lacks_apache, lacks_nginx
from tests.lab.probed import (
    APACHE,
    BLOCKED,
    GET_ALONE,
    GUARDED,
    KEEPS_PORT,
    LEAKING,
    LIMITED,
    OPEN,
    OTHER_NAME,
    PORTED,
    RATE,
    RENAMED,
    RENDERED,
    SECURE,
    SOFT_404,
    sites,
)
from tests.lab.setups import POST
from tests.lab.shipped import SECOND
from tests.lab.truth import SHIPPED, load
from tests.lab.wordpress import WordPress, lacks_wordpress
from tests.waiting import PATIENCE
from xmlrpc_guard.cli import run

pytestmark = [lacks_wordpress, lacks_mariadb, lacks_nginx, lacks_apache]
PAGE = ROOT / "docs" / "reference" / "probe.md"
Capture = pytest.CaptureFixture[str]
At = Mapping[str, Listener]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return str(file)


@pytest.fixture(scope="module")
def at(wordpress: WordPress, authority: trustme.CA) -> Iterator[At]:
    with sites(wordpress, authority) as running:
        yield running


class Asked:
    """What a probe of a site said, and how often xmlrpc.php ran meanwhile."""

    def __init__(self, capsys: Capture, witness: Path, *arguments: str) -> None:
        before = _lines(witness)
        self.status = run(["probe", "--json", "--rate", "1000", *arguments])
        printed = capsys.readouterr().out
        self.result: dict[str, Any] = json.loads(printed)
        self.ran = _lines(witness) - before

    @property
    def reached(self) -> int:
        return int(self.result["answers"].get("reached", 0))

    @property
    def classes(self) -> set[str]:
        return {hole["class"] for hole in self.result["holes"]}


def _lines(witness: Path) -> int:
    return len(witness.read_text("utf-8").splitlines())


def url(at: At, name: str, page: str = "/") -> str:
    return f"http://127.0.0.1:{at[name].port}{page}"


def rows_of_the_page() -> dict[str, tuple[int, int, int]]:
    """Give what the page says of each site: the requests sent in all, those that reached, and their classes."""
    rows = re.findall(r"^\| ([^|]+) \| ([0-9]+) \| ([0-9]+) \| ([0-9]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return {name: (int(requests), int(reached), int(classes)) for name, requests, reached, classes in rows}


NAMES = (OPEN, BLOCKED, GUARDED, RENDERED, GET_ALONE, OTHER_NAME, SOFT_404, APACHE)


@pytest.mark.parametrize("name", NAMES)
def test_what_reached_is_what_ran_and_what_the_page_says(
    name: str, at: At, wordpress: WordPress, capsys: Capture
) -> None:
    asked = Asked(capsys, wordpress.witness, url(at, name))
    requests, reached, classes = rows_of_the_page()[name]
    assert (asked.result["stopped"], asked.result["requests"]) == (None, requests)
    assert (asked.reached, asked.ran, len(asked.classes)) == (reached, reached, classes)
    assert asked.status == (1 if reached else 0)
    assert requests <= 300


def test_the_holes_of_the_posts_block_are_those_of_the_table(at: At, wordpress: WordPress, capsys: Capture) -> None:
    """All classes by which the table has the block passed at one WordPress, on nginx with WordPress.org's recipe."""
    truth = load(SHIPPED)
    there = truth.bit("nginx, WordPress.org")
    rows = zip(truth.rows, truth.remedies[POST], strict=True)
    recorded = {row.kind for row, mask in rows if mask & there and SECOND not in row.sent.target}
    asked = Asked(capsys, wordpress.witness, url(at, BLOCKED))
    assert asked.classes == recorded
    assert len(recorded) > 3


def test_the_source_that_the_posts_block_sends_is_told_from_an_answer(
    at: At, wordpress: WordPress, capsys: Capture
) -> None:
    asked = Asked(capsys, wordpress.witness, "--allow", "127.0.0.0/8", url(at, LEAKING))
    assert asked.result["answers"]["source"] > 10
    assert (asked.status, asked.reached) == (1, asked.ran)
    assert "the source" in [remedy.partition(":")[0] for remedy in asked.result["remedies"]]
    assert asked.result["doubts"][0].startswith("127.0.0.1 is in allow: that it reaches XML-RPC proves nothing")


@pytest.mark.parametrize(
    ("flags", "doubts"),
    [
        pytest.param(
            [], ["127.0.0.1 is a trusted proxy, and is refused without X-Forwarded-For"], id="without a header"
        ),
        pytest.param(["--from-proxy"], [], id="as a proxy does"),
    ],
)
def test_on_the_machine_of_a_trusted_proxy(
    flags: list[str], doubts: list[str], at: At, wordpress: WordPress, capsys: Capture
) -> None:
    settings = ("--allow", "jetpack", "--trusted-proxies", "127.0.0.1")
    asked = Asked(capsys, wordpress.witness, *settings, *flags, url(at, GUARDED))
    assert (asked.status, asked.reached, asked.ran) == (0 if flags else 2, 0, 0)
    assert [doubt.partition(";")[0] for doubt in asked.result["doubts"]] == doubts
    assert bool(asked.result["proves_nothing"]) is not bool(flags)


def test_over_tls_the_same_is_found(at: At, wordpress: WordPress, capsys: Capture, ca_file: str) -> None:
    plain = Asked(capsys, wordpress.witness, url(at, BLOCKED))
    secure = Asked(capsys, wordpress.witness, "--ca-file", ca_file, f"https://localhost:{at[SECURE].port}/")
    requests, reached, classes = rows_of_the_page()[SECURE]
    assert (secure.classes, secure.ran) == (plain.classes, plain.ran)
    assert (secure.result["requests"], secure.ran, len(secure.classes)) == (requests, reached, classes)


@pytest.mark.parametrize("name", [OPEN, SECURE])
def test_the_lines_that_repeat_the_holes_run_the_script_again(
    name: str, at: At, wordpress: WordPress, capsys: Capture, ca_file: str
) -> None:
    address = f"https://localhost:{at[name].port}/" if name == SECURE else url(at, name)
    asked = Asked(capsys, wordpress.witness, "--ca-file", ca_file, address)
    lines = [hole["repeat"] for hole in asked.result["holes"]]
    # For who has no nc, as in the suite.
    tried = [line for line in lines if not line.endswith(f"| nc 127.0.0.1 {at[name].port}") or shutil.which("nc")]
    before = _lines(wordpress.witness)
    for line in tried:
        subprocess.run(["sh", "-c", line], check=False, capture_output=True, timeout=PATIENCE)
    assert _lines(wordpress.witness) - before == len(tried) >= 4


@pytest.mark.parametrize(
    ("page", "source"),
    [
        pytest.param("/", "the page's RSD link", id="by the RSD link of the front page"),
        pytest.param("/hello-world/", "the page's RSD link", id="by the RSD link of a post, which has X-Pingback too"),
    ],
)
def test_an_endpoint_of_another_name_is_found(
    page: str, source: str, at: At, wordpress: WordPress, capsys: Capture
) -> None:
    asked = Asked(capsys, wordpress.witness, url(at, OTHER_NAME, page))
    assert (asked.result["endpoint"], asked.result["endpoint_by"]) == (f"/{RENAMED}", source)
    assert (asked.status, asked.reached) == (1, asked.ran)
    assert asked.reached > 60


def test_a_posts_x_pingback_names_the_endpoint(at: At, wordpress: WordPress, capsys: Capture) -> None:
    asked = Asked(capsys, wordpress.witness, url(at, GUARDED, "/hello-world/"))
    assert (asked.result["endpoint"], asked.result["endpoint_by"]) == ("/xmlrpc.php", "the page's X-Pingback")
    assert (asked.status, asked.reached, asked.ran) == (0, 0, 0)


@pytest.mark.parametrize(
    ("name", "kept"),
    [pytest.param(OPEN, False, id="as fastcgi_params has it"), pytest.param(PORTED, True, id="with the page's line")],
)
def test_the_port_of_host_reaches_php_as_the_page_says(name: str, kept: bool, at: At) -> None:
    """Debian's fastcgi_params of 2026 passes a Host without its port."""
    assert KEEPS_PORT in (ROOT / "docs" / "guides" / "in-front-of-php.md").read_text("utf-8")
    request = get("/hello-world/").replace(b"Host: localhost", f"Host: localhost:{at[name].port}".encode())
    link = f"X-Pingback: http://localhost:{at[name].port}/xmlrpc.php".encode()
    assert (link in at[name].ask(request)) is kept


def test_which_setting_closes_it(at: At, capsys: Capture) -> None:
    def closing(name: str, *flags: str) -> list[str]:
        run(["probe", "--rate", "1000", *flags, url(at, name)])
        remedies = capsys.readouterr().out.partition("what closes it:\n")[2].partition("\n\n")[0]
        return [line.partition(":")[0].strip() for line in remedies.splitlines()]

    assert closing(BLOCKED) == ["allow"]
    assert closing(GET_ALONE) == ["allow", "the method"]
    assert closing(OTHER_NAME) == ["scripts", "allow"]
    assert closing(OTHER_NAME, "--allow", "", "--scripts", RENAMED) == ["allow"]
    assert closing(GUARDED) == []


def test_a_rate_limit_ends_it_and_a_smaller_rate_does_not(at: At, wordpress: WordPress, capsys: Capture) -> None:
    fast = Asked(capsys, wordpress.witness, url(at, LIMITED))
    assert fast.result["stopped"] == "the site answers 429, too many requests; wait, and ask with a smaller --rate"
    assert fast.result["sent"] <= 3 * RATE
    while b" 429 " in at[LIMITED].ask(get("/")):
        time.sleep(0.1)
    time.sleep(1)  # in which nginx forgets as many requests as it allows at once
    slow = Asked(capsys, wordpress.witness, "--rate", str(RATE - 1), url(at, LIMITED))
    assert (slow.status, slow.result["stopped"], slow.reached) == (1, None, slow.ran)
    blocked = Asked(capsys, wordpress.witness, url(at, BLOCKED))
    assert slow.classes == blocked.classes
