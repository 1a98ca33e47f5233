"""The guide for tests: what it shows is run, and is red for guards, filters and sites with a fault."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.frontends import reserved_ports
from tests.inherited import inherited
from tests.real.test_guides import EXAMPLES, GUIDES, blocks, changed
from tests.waiting import PATIENCE
from xmlrpc_guard.published import names_for
from xmlrpc_guard.testing import SERVERS

pytestmark = pytest.mark.lab
yaml: Any = pytest.importorskip("yaml")


@pytest.fixture
def tested(tmp_path: Path) -> Path:
    """Give a copy of the files that the guide for tests shows."""
    return Path(shutil.copytree(EXAMPLES / "testing", tmp_path / "site"))


def run_tests(folder: Path, *arguments: str) -> tuple[int, str]:
    command = (sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *arguments)
    ended = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    return ended.returncode, ended.stdout


def test_the_tests_that_the_guide_shows_pass_without_a_warning_but_one(tested: Path) -> None:
    (command,) = blocks("testing", "sh")
    (flag,) = re.findall(r"`-W \"(ignore:.*?)\"`", (GUIDES / "testing.md").read_text("utf-8"))
    file = command.strip().removeprefix("python -m pytest --maxfail=5 ")
    status, shown = run_tests(tested, "-W", "error", "-W", flag, file)
    assert (status, file) == (0, "test_guard.py"), shown


BROKEN: list[Any] = [
    pytest.param(
        "trusted_proxies=[", 'scripts=["api.php"], trusted_proxies=[', "test_a_stranger_is_refused", id="another script"
    ),
    pytest.param('"127.0.0.1"]', '"127.0.0.1", "203.0.113.9"]', "test_a_forger", id="a stranger is a trusted proxy"),
    pytest.param('"127.0.0.1"]', '"127.0.0.0/8"]', "test_a_forger_past", id="this machine's whole network is trusted"),
    pytest.param('"127.0.0.1"]', '"127.0.0.1", "0.0.0.0/2"]', "test_a_forger_past", id="a quarter of the world is"),
    pytest.param('"127.0.0.1"]', '"127.0.0.1", "private"]', "test_a_forger_past", id="all private networks are"),
    *(
        pytest.param(
            '"127.0.0.1"]', f'"127.0.0.1", "{name}"]', "test_a_forger_past", id=f"{name} is, which is not used"
        )
        for name in names_for("trusted_proxies")
        if name != "private"
    ),
    pytest.param('"127.0.0.1"]', '"10.0.0.5"]', "test_a_listed_client_is_let_in", id="the proxy is not trusted"),
    pytest.param(
        "trusted_proxies=[",
        'public_methods=["wp.getUsersBlogs"], trusted_proxies=[',
        "test_a_strangers_login",
        id="anyone may try passwords",
    ),
    pytest.param(
        "trusted_proxies=[",
        'scripts=["xmlrpc.php", "wp-login.php"], trusted_proxies=[',
        "an_ordinary_page",
        id="a page",
    ),
]


def test_by_another_header_the_guides_tests_fail_for_wide_proxies(tested: Path) -> None:
    site, tests = tested / "mysite.py", tested / "test_guard.py"
    policy = site.read_text("utf-8").replace('"127.0.0.1"]', '"127.0.0.1"], forwarded_header="X-Real-IP"')
    site.write_text(policy, "utf-8")
    written = tests.read_text("utf-8").replace('"X-Real-IP"', '"X-Other"').replace('"X-Forwarded-For"', '"X-Real-IP"')
    written = written.replace('"X-Other"', '"X-Forwarded-For"')
    tests.write_text(written.replace('f"{LISTED[0]}, {STRANGER}"', "STRANGER"), "utf-8")
    assert run_tests(tested, "test_guard.py")[0] == 0
    site.write_text(policy.replace('["127.0.0.1"]', '["127.0.0.0/8"]'), "utf-8")
    status, shown = run_tests(tested, "test_guard.py")
    assert (status, "FAILED test_guard.py::test_a_forger_past_the_proxy_is_refused[127.0.0.2]" in shown) == (1, True)


def test_where_the_proxy_is_elsewhere_the_guides_tests_fail_if_this_machine_is_trusted_too(tested: Path) -> None:
    site, tests = tested / "mysite.py", tested / "test_guard.py"
    tests.write_text(
        tests.read_text("utf-8").replace('PROXY, HEADER = "127.0.0.1"', 'PROXY, HEADER = "10.1.2.3"'), "utf-8"
    )
    policy, results = site.read_text("utf-8"), []
    for trusted in ('"10.1.2.3"', '"10.1.2.3", "127.0.0.1"'):
        site.write_text(policy.replace('"127.0.0.1"', trusted), "utf-8")
        results.append(run_tests(tested, "test_guard.py")[0])
    assert results == [0, 1]


def test_where_the_server_finds_the_client_the_guides_tests_ask_without_a_proxy(tested: Path) -> None:
    site, tests = tested / "mysite.py", tested / "test_guard.py"
    policy = site.read_text("utf-8").replace(', trusted_proxies=["127.0.0.1"]', "")
    tests.write_text(tests.read_text("utf-8").replace('PROXY, HEADER = "127.0.0.1"', "PROXY, HEADER = None"), "utf-8")
    results = []
    for trusted in ("", ', trusted_proxies=["203.0.113.0/24"]'):
        site.write_text(policy.replace('["jetpack"]', f'["jetpack"]{trusted}'), "utf-8")
        results.append(run_tests(tested, "test_guard.py")[0])
    assert results == [0, 1]


@pytest.mark.parametrize(("old", "new", "test"), BROKEN)
def test_each_test_that_the_guide_shows_fails_for_a_guard_with_a_fault(
    old: str, new: str, test: str, tested: Path
) -> None:
    file = tested / "mysite.py"
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    status, shown = run_tests(tested, "test_guard.py")
    assert status == 1
    assert re.search(rf"(?m)^FAILED .*{test}", shown)


def test_the_test_of_another_filter_names_what_passes_it(tested: Path) -> None:
    status, shown = run_tests(tested, "test_filter.py")
    assert status == 1
    assert [
        server for server in SERVERS if f"FAILED test_filter.py::test_a_stranger_is_refused[{server}]" not in shown
    ] == []
    assert "(PATH_INFO after the script's name)" in shown or "xmlrpc.php/" in shown


@pytest.mark.parametrize("rows", ["SPELLINGS", "[*every_spelling()]"])
def test_the_test_of_another_filter_passes_for_one_that_refuses_what_the_guard_does(rows: str, tested: Path) -> None:
    filters, tests = tested / "filters.py", tested / "test_filter.py"
    filters.write_text(
        "from xmlrpc_guard import Policy, XMLRPCGuard\n\n\n"
        "def PathFilter(app):\n    return XMLRPCGuard(app, Policy(allow=[]), log='off')\n"
    )
    written = tests.read_text("utf-8").replace("ROWS = SPELLINGS", f"ROWS = {rows}")
    tests.write_text(written.replace("environ_as\n", "environ_as, every_spelling\n"), "utf-8")
    status, shown = run_tests(tested, "test_filter.py")
    assert status == 0, shown


INSTALLS = "pip install "  # is done, in an environment of these tests


@pytest.fixture(scope="module")
def steps() -> dict[str, str]:
    """Give the commands of the workflow that the guide shows, by the names of its steps."""
    workflow = yaml.safe_load((EXAMPLES / "testing" / "guard.yml").read_text("utf-8"))
    assert workflow["defaults"]["run"]["shell"] == "bash"
    (job,) = workflow["jobs"].values()
    listed = workflow["env"]["LISTED"]
    return {step["name"]: f"LISTED={listed}\n{step['run']}" for step in job["steps"] if "run" in step}


@contextmanager
def workflow_begun(folder: Path, steps: Mapping[str, str]) -> Iterator[Callable[[str], tuple[int, str]]]:
    """Give what runs a step as GitHub does, after those before it; what it left running ends with the block."""
    path = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    with reserved_ports(2) as ports, ExitStack() as started:
        here = {f"127.0.0.1:{port}": f"127.0.0.1:{free}" for port, free in zip((8000, 8001), ports, strict=True)}
        here |= {"8001 8000": f"{ports[1]} {ports[0]}"}

        def run(name: str) -> tuple[int, str]:
            command = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", changed(steps[name], here))
            step = subprocess.Popen(
                command,
                cwd=folder,
                env=inherited(PATH=path),
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            started.callback(end_group, step.pid)
            shown, _ = step.communicate(timeout=PATIENCE)
            return step.returncode, shown

        yield run


def end_group(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGTERM)


def test_the_workflow_of_the_guide_is_green(tested: Path, steps: Mapping[str, str]) -> None:
    install, *others = steps
    assert steps[install].partition("\n")[2].startswith(INSTALLS)
    with workflow_begun(tested, steps) as run:
        statuses = {name: run(name)[0] for name in others}
    assert statuses == dict.fromkeys(others, 0)
    assert json.loads((tested / "probe.json").read_text("utf-8"))["proves_nothing"] is None


FAULTS: list[Any] = [
    pytest.param("= XMLRPCGuard(site", "= (lambda app, _: app)(site", "With it, nothing", id="there is no guard"),
    pytest.param('b"pong"', 'b"ping"', "Without the guard, the probe finds the script", id="another marker"),
    pytest.param('["jetpack"]', '["0.0.0.0/0"]', "With it, nothing", id="everyone is listed"),
    pytest.param(
        "application = XMLRPCGuard(site,",
        "def some(e, s):\n    return (GUARD if e['PATH_INFO'].endswith('/xmlrpc.php') else site)(e, s)\n\n\n"
        "application = some\nGUARD = XMLRPCGuard(site,",
        "With it, nothing",
        id="the guard is asked for one spelling alone",
    ),
    pytest.param(
        '["127.0.0.1"]',
        '["10.0.0.5"]',
        "A listed client is let in, and one who claims to be listed is not",
        id="the proxy is taken for the client",
    ),
    pytest.param(
        '["127.0.0.1"]',
        '["127.0.0.0/8"]',
        "A listed client is let in, and one who claims to be listed is not",
        id="the machine's whole network is trusted",
    ),
]


@pytest.mark.parametrize(("old", "new", "red"), FAULTS)
def test_the_workflow_of_the_guide_is_red_for_a_fault(
    old: str, new: str, red: str, tested: Path, steps: Mapping[str, str]
) -> None:
    file = tested / "mysite.py"
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    *_, start, without, guarded, let_in, named = steps
    with workflow_begun(tested, steps) as run:
        assert run(start)[0] == 0
        assert next(name for name in (without, guarded, let_in, named) if run(name)[0]) == red


FAULTY_FILTERS: list[Any] = [
    pytest.param("environ['REQUEST_METHOD'] != 'GET'", id="a call is made by POST"),
    pytest.param(
        "environ.get('HTTP_X_FORWARDED_FOR', '').startswith('192.0.64.5')", id="the first address is a forger's"
    ),
    pytest.param("'HTTP_X_FORWARDED_FOR' in environ", id="what a proxy hands on is let in"),
]


@pytest.mark.parametrize("condition", FAULTY_FILTERS)
def test_the_test_of_another_filter_is_red_for_one_that_lets_some_in(condition: str, tested: Path) -> None:
    (tested / "filters.py").write_text(
        "from xmlrpc_guard import Policy, XMLRPCGuard\n\n\n"
        "def PathFilter(app):\n    guard = XMLRPCGuard(app, Policy(allow=[]), log='off')\n"
        f"    return lambda environ, start: app(environ, start) if {condition} else guard(environ, start)\n"
    )
    status, shown = run_tests(tested, "test_filter.py")
    assert status == 1, shown
