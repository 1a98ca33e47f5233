"""recipes.md and containers.md, run as far as they can be here: each file in another folder and on other ports."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import reduce
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from webob import Request as WebRequest

from tests.frontends import ROOT, Listener, free_port, get, serving
from tests.inherited import inherited
from tests.lab.recipes import read_example
from tests.real.fronts import status
from tests.upstreams import OK, Talk, Upstream
from xmlrpc_guard import Policy, Request
from xmlrpc_guard.sources import File, LivePolicy

yaml: Any = pytest.importorskip("yaml")

GUARDED = "/xmlrpc.php"
HANGS_UP = OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n", 1)


# A client with dynamic DNS


@pytest.fixture
def write_addresses(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    script = tmp_path / "write-addresses"
    script.write_text(read_example("recipes/write-addresses"))
    script.chmod(0o755)

    def run(name: str, file: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([script, name, file], capture_output=True, text=True, check=False)

    return run


def test_the_job_writes_what_a_name_means_and_the_guard_follows(
    tmp_path: Path, write_addresses: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    file = tmp_path / "home.txt"
    # A name that needs no network: an address, which means itself.
    assert write_addresses("203.0.113.7", file).returncode == 0
    live = LivePolicy(Policy(allow=[]), allow=[File(file)], every=0)

    def allowed(client: str) -> bool:
        return bool(live.current().decide(Request(GUARDED, peer=client)))

    assert [allowed("203.0.113.7"), allowed("203.0.113.8")] == [True, False]
    assert write_addresses("203.0.113.8", file).returncode == 0
    assert [allowed("203.0.113.7"), allowed("203.0.113.8")] == [False, True]
    failed = write_addresses("a..name", file)
    assert (failed.returncode, failed.stderr) == (1, f"a..name has no address; {file} stays as it is\n")
    assert allowed("203.0.113.8")
    assert (file.stat().st_mode & 0o777, sorted(path.name for path in tmp_path.iterdir())) == (
        0o644,
        ["home.txt", "write-addresses"],
    )


def test_the_job_writes_all_addresses_of_a_name_once(
    tmp_path: Path, write_addresses: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    assert write_addresses("localhost", tmp_path / "home.txt").returncode == 0
    addresses = (tmp_path / "home.txt").read_text().split()
    assert set(addresses) <= {"127.0.0.1", "::1"}
    assert len(addresses) == len(set(addresses)) > 0


# Containers that have names


COMPOSE, SITE = (read_example(f"containers/names/{name}") for name in ("compose.yaml", "mysite.py"))
# Runs the site's command in a network namespace that has the containers' addresses, and asks from each of them.
IN_THE_NETWORK = """
import shlex, socket, sys
from pathlib import Path
from tests.frontends import Listener, get, script, serving
from tests.real.fronts import status
from tests.waiting import PATIENCE

class Site(Listener):
    def connect(self, source="172.30.0.3"):
        return socket.create_connection(("172.30.0.3", 8000), timeout=PATIENCE, source_address=(source, 0))

program, *options = shlex.split(sys.argv[1])
with serving((script(program), *options), Site(port=8000), Path("mysite.log").absolute()) as site:
    claim = get("/xmlrpc.php", "X-Forwarded-For: 192.0.64.5")
    print(*(status(site, source, claim) for source in sys.argv[2:]))
"""
ADDRESSES = "for n in 1 2 3 4; do ip address add 172.30.0.$n/32 dev lo; done"


def test_the_front_has_the_address_that_is_trusted_and_no_other_service_publishes_a_port() -> None:
    front = re.findall(r"front:\n.*?ipv4_address: ([\d.]+)", COMPOSE, re.DOTALL)[0]
    (subnet,) = re.findall(r"subnet: ([\d./]+)", COMPOSE)
    assert f'trusted_proxies=["{front}"]' in SITE
    assert all(ip_address(text) in ip_network(subnet) for text in re.findall(r"ipv4_address: ([\d.]+)", COMPOSE))
    assert COMPOSE.count("ports:") == 1


@pytest.mark.skipif(os.getuid() != 0 or not shutil.which("ip"), reason="needs root and ip, for a network of its own")
def test_the_front_is_trusted_and_no_other_container_and_not_the_gateway(tmp_path: Path) -> None:
    (tmp_path / "mysite.py").write_text(SITE)
    (command,) = re.findall(r"command: (.*)", COMPOSE)
    python = [sys.executable, "-W", "ignore", "-c", IN_THE_NETWORK, command]
    sources = ["172.30.0.2", "172.30.0.4", "172.30.0.1"]
    inside = ["unshare", "--net", "sh", "-c", f'ip link set lo up; {ADDRESSES}; exec "$@"', "sh", *python, *sources]
    environment = inherited(PYTHONPATH=str(ROOT))
    done = subprocess.run(inside, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["200", "403", "403"]


# A list in a ConfigMap


POD = yaml.safe_load(read_example("containers/configmap/deployment.yaml"))["spec"]["template"]["spec"]


def test_the_whole_configmap_is_mounted() -> None:
    (mount,) = POD["containers"][0]["volumeMounts"]
    assert mount == {"name": "lists", "mountPath": "/lists", "readOnly": True}
    assert POD["volumes"] == [{"name": "lists", "configMap": {"name": "lists"}}]


def test_what_the_pod_starts_lets_in_the_list_of_its_configmap(tmp_path: Path) -> None:
    list(Volume(tmp_path).steps("127.0.0.5\n"))
    at, (guard, _) = Listener(port=free_port()), POD["containers"]
    with Upstream(Talk(answers=(HANGS_UP,))) as upstream:
        changes = {"/lists/": f"{tmp_path}/", "http://127.0.0.1:8080": upstream.url}
        arguments = [
            reduce(lambda text, change: text.replace(*change), changes.items(), each) for each in guard["args"]
        ]
        command = (sys.executable, "-W", "ignore", "-m", "xmlrpc_guard", *arguments, "--listen", f"127.0.0.1:{at.port}")
        with serving(command, at, tmp_path / "log"):
            assert [status(at, source, get(GUARDED)) for source in ("127.0.0.5", "127.0.0.6")] == [200, 403]


class Volume:
    """A volume as the kubelet keeps it: links to files in a folder to which a link leads, which is exchanged."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.number = folder, 0

    def steps(self, text: str) -> Iterator[str]:
        """Write a file's new content, and stop after each step."""
        self.number += 1
        written = self.folder / f"..2026_11_29_{self.number}"
        written.mkdir()
        (written / "office.txt").write_text(text)
        yield "written"
        (self.folder / "..data_tmp").symlink_to(written.name)
        yield "linked"
        old = (self.folder / "..data").resolve()
        (self.folder / "..data_tmp").replace(self.folder / "..data")
        yield "exchanged"
        if self.number == 1:
            (self.folder / "office.txt").symlink_to("..data/office.txt")
        else:
            shutil.rmtree(old)
        yield "removed"


def test_a_guard_follows_a_configmap_at_each_step_of_its_exchange(tmp_path: Path) -> None:
    volume = Volume(tmp_path)
    assert list(volume.steps("203.0.113.7\n"))[-1] == "removed"
    live = LivePolicy(Policy(allow=[]), allow=[File(tmp_path / "office.txt")], every=0)

    def allowed() -> list[str]:
        clients = ("203.0.113.7", "203.0.113.8")
        return [client for client in clients if live.current().decide(Request(GUARDED, peer=client))]

    assert allowed() == ["203.0.113.7"]
    seen = {step: allowed() for step in volume.steps("203.0.113.8\n")}
    old, new = ["203.0.113.7"], ["203.0.113.8"]
    assert seen == {"written": old, "linked": old, "exchanged": new, "removed": new}
    assert [status.error for status in live.status()] == [None]


def test_a_key_that_is_removed_leaves_its_list_active_and_says_so(tmp_path: Path) -> None:
    list(Volume(tmp_path).steps("203.0.113.7\n"))
    live = LivePolicy(Policy(allow=[]), allow=[File(tmp_path / "office.txt")], every=0)
    (tmp_path / "office.txt").unlink()
    assert live.current().decide(Request(GUARDED, peer="203.0.113.7"))
    assert [bool(status.error) for status in live.status()] == [True]


# A guard for each site


@pytest.fixture(scope="module")
def sites() -> Iterator[tuple[Any, Upstream]]:
    names: dict[str, Any] = {}
    with Upstream(Talk(answers=(HANGS_UP,))) as upstream:
        text = read_example("recipes/mysite.py").replace("http://127.0.0.1:8080", upstream.url)
        exec(compile(text, "docs/examples/recipes/mysite.py", "exec"), names)
        yield names["application"], upstream


@pytest.mark.parametrize(
    ("host", "client", "answer"),
    [
        pytest.param("blog.example", "192.0.64.5", 200, id="a client of the blog at the blog"),
        pytest.param("blog.example", "203.0.113.7", 403, id="a client of the shop at the blog"),
        pytest.param("shop.example", "203.0.113.7", 200, id="a client of the shop at the shop"),
        pytest.param("shop.example", "192.0.64.5", 403, id="a client of the blog at the shop"),
        pytest.param("SHOP.example:8080", "192.0.64.5", 403, id="capitals and a port"),
        pytest.param("shop.example.", "192.0.64.5", 403, id="a name that ends with a dot"),
        pytest.param("other.example", "192.0.64.5", 404, id="another host"),
        pytest.param("", "192.0.64.5", 404, id="an empty Host"),
        pytest.param("blog.example, shop.example", "192.0.64.5", 404, id="two hosts in one line"),
    ],
)
def test_a_site_has_clients_of_its_own(host: str, client: str, answer: int, sites: tuple[Any, Upstream]) -> None:
    request = WebRequest.blank(GUARDED, headers={"Host": host}, remote_addr=client)
    assert request.get_response(sites[0]).status_int == answer


def test_a_target_that_names_another_site_is_refused(sites: tuple[Any, Upstream]) -> None:
    application, upstream = sites
    before = len(upstream.requests)
    request = WebRequest.blank(GUARDED, headers={"Host": "blog.example"}, remote_addr="192.0.64.5")
    request.environ["RAW_URI"] = f"http://shop.example{GUARDED}"
    assert request.get_response(application).status_int == 400
    assert len(upstream.requests) == before
