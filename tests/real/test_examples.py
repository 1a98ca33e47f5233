"""The units and the container of docs/examples: systemd's own checks, and what they start, started."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

from tests.frontends import ROOT, Listener, free_port, get, started, wait_for
from xmlrpc_guard.settings.configuration import read_configuration
from xmlrpc_guard.settings.given import give_config
from xmlrpc_guard.settings.table import ALL_SETTINGS

EXAMPLES = ROOT / "docs" / "examples"
SYSTEMD, DOCKER = EXAMPLES / "serving/systemd", EXAMPLES / "containers"
UNITS = ("xmlrpc-guard.service", "xmlrpc-guard.socket", "xmlrpc-guard-ranges.service", "xmlrpc-guard-ranges.timer")
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
pytestmark = pytest.mark.lab


@pytest.fixture
def units(tmp_path: Path) -> list[str]:
    """Give the units, with a program that is here."""
    for name in UNITS:
        (tmp_path / name).write_text(re.sub(r"(?<=ExecStart=)\S+", sys.executable, (SYSTEMD / name).read_text()))
    return [str(tmp_path / name) for name in UNITS]


def test_the_units_of_the_list_are_those_of_its_page() -> None:
    page = (ROOT / "docs" / "reference" / "updates.md").read_text()
    assert [name for name in UNITS if f"```ini\n{(SYSTEMD / name).read_text()}```" in page] == [*UNITS[2:]]


def test_all_that_the_page_installs_is_there_and_all_units_are_installed() -> None:
    page = (ROOT / "docs" / "guides" / "serving.md").read_text()
    named = re.findall(r"install (?:-D )?-m 644 (\S+) ", page)
    files = {file for name in named for place in (ROOT, EXAMPLES / "serving/fail2ban") for file in place.glob(name)}
    assert len(named) == 7
    missing = [name for name in named if not any(place.glob(name) for place in (ROOT, EXAMPLES / "serving/fail2ban"))]
    assert missing == []
    assert {SYSTEMD / name for name in UNITS} <= files


def test_the_file_that_fail2ban_reads_is_not_in_a_folder_that_systemd_makes_later() -> None:
    """https://github.com/systemd/systemd/issues/27591: it opens the file before it makes LogsDirectory."""
    addition = (EXAMPLES / "serving/fail2ban" / "xmlrpc-guard.service.d" / "log.conf").read_text()
    (log,) = re.findall(r"^StandardError=append:(\S+)$", addition, re.MULTILINE)
    assert Path(log).parent == Path("/var/log")
    others = (
        "serving/fail2ban/jail.d/xmlrpc-guard.conf",
        "serving/fail2ban/logrotate.conf",
        "serving/crowdsec/acquis.d/xmlrpc-guard.yaml",
    )
    assert [name for name in others if log not in (EXAMPLES / name).read_text().split()] == []


@needs_systemd
def test_the_units_are_what_systemd_understands(units: list[str]) -> None:
    command = ["systemd-analyze", "verify", "--man=no", *units]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
def test_the_service_is_as_confined_as_it_can_be(units: list[str]) -> None:
    """systemd gives marks from 0, for a service that can do nothing, to 10."""
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=15", units[0]]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    marks = re.search(r"Overall exposure level for xmlrpc-guard\.service: ([0-9.]+)", done.stdout)
    assert marks is not None
    print(marks[0])
    assert float(marks[1]) <= 1.5
    assert done.returncode == 0


def test_no_program_of_the_units_stands_where_protect_home_hides_it() -> None:
    service = (SYSTEMD / UNITS[0]).read_text()
    assert "\nProtectHome=yes\n" in service
    program = re.search(r"^ExecStart=(\S+) serve --config (\S+)$", service, re.MULTILINE)
    assert program is not None
    assert not program[1].startswith(("/home/", "/root/", "/run/user/"))


def test_the_file_of_the_units_is_read_and_says_what_they_give() -> None:
    serving = read_configuration(give_config(str(SYSTEMD / "guard.toml")), {}).serving()
    assert serving["listen"] == ["systemd"]
    service = (SYSTEMD / UNITS[0]).read_text()
    for name, folder in (("status", "RuntimeDirectory"), ("access_log", "LogsDirectory")):
        where = {"RuntimeDirectory": "/run", "LogsDirectory": "/var/log"}[folder]
        assert f"\n{folder}=xmlrpc-guard\n" in service
        assert serving[name].removeprefix("unix:").startswith(f"{where}/xmlrpc-guard/")


@needs_systemd
def test_what_the_units_start_serves_the_socket_that_systemd_opened(tmp_path: Path) -> None:
    """systemd's own tool opens it and passes it on; the settings are the unit's, in other folders."""
    text = (SYSTEMD / "guard.toml").read_text()
    for there in ("/etc/xmlrpc-guard", "/run/xmlrpc-guard", "/var/log/xmlrpc-guard"):
        text = text.replace(there, str(tmp_path))
    (tmp_path / "guard.toml").write_text(text)
    (tmp_path / "guard.toml").chmod(0o644)
    (words,) = re.findall(r"^ExecStart=\S+ (serve --config )\S+$", (SYSTEMD / UNITS[0]).read_text(), re.MULTILINE)
    serve = [sys.executable, "-W", "ignore", "-m", "xmlrpc_guard", *words.split(), f"{tmp_path}/guard.toml"]
    at, page = Listener(port=free_port()), Listener(path=f"{tmp_path}/status.sock")
    opening = ("systemd-socket-activate", f"--listen=127.0.0.1:{at.port}", "--", *serve)
    with started(opening, tmp_path / "log") as process:
        wait_for(at, process)
        assert at.ask(get("/xmlrpc.php")).split()[1] == b"403"
        assert b'"NOT_LISTED": 1' in page.ask(get("/"))
    assert '"GET /xmlrpc.php HTTP/1.1" 403' in (tmp_path / "access.log").read_text()
    assert "the fallback" in (tmp_path / "log").read_text()


def container() -> tuple[dict[str, str], list[str], list[str]]:
    """Read the environment of the image, what it starts, and how its health is looked at."""
    text = re.sub(r"\\\n\s*", "", (DOCKER / "Dockerfile").read_text().rpartition("\nFROM ")[2])
    environment = dict(
        pair.split("=", 1) for line in re.findall(r"^ENV (.*)$", text, re.MULTILINE) for pair in line.split()
    )
    started_with = [json.loads(found) for found in re.findall(r"^(?:ENTRYPOINT|CMD) (.*)$", text, re.MULTILINE)]
    (health,) = re.findall(r"^HEALTHCHECK .* CMD (.*)$", text, re.MULTILINE)
    return environment, [*chain(*started_with)], json.loads(health)


def test_the_image_starts_and_tells_its_health(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment, command, health = container()
    at, page = Listener(port=free_port()), free_port()
    settings = {name: value for name, value in environment.items() if name.startswith("XMLRPC_GUARD_")}
    for name, value in settings.items():
        monkeypatch.setenv(name, value.replace(":8000", f":{at.port}").replace(":9100", f":{page}"))
    monkeypatch.setenv("XMLRPC_GUARD_ALLOW", "jetpack")
    monkeypatch.setenv("XMLRPC_GUARD_UPSTREAM", "http://127.0.0.1:9")
    assert command == ["xmlrpc-guard", "serve"]
    serve = (sys.executable, "-W", "ignore", "-m", "xmlrpc_guard", *command[1:])
    look = [sys.executable if part == "python" else part.replace(":9100", f":{page}") for part in health]
    assert subprocess.run(look, check=False, capture_output=True).returncode != 0
    with started(serve, tmp_path / "log") as process:
        wait_for(at, process)
        assert at.ask(get("/xmlrpc.php")).split()[1] == b"403"
        assert subprocess.run(look, check=False, capture_output=True).returncode == 0
    records = [line for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    assert "NOT_LISTED" in [json.loads(record).get("rule.name") for record in records]


def test_the_image_is_made_of_files_that_are_there() -> None:
    text = (DOCKER / "Dockerfile").read_text()
    copied = [line.split()[1:-1] for line in re.findall(r"^(COPY (?!--from).*)$", text, re.MULTILINE)]
    assert copied
    assert [name for names in copied for name in names if not (ROOT / name).exists()] == []
    extras = re.search(r"/source\[([a-z,]+)\]", text)
    assert extras is not None
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(extras[1].split(",")) <= set(project["optional-dependencies"])


def test_the_variables_of_the_compose_file_are_settings() -> None:
    text = (DOCKER / "compose.yaml").read_text()
    named = dict(re.findall(r"^ +XMLRPC_GUARD_([A-Z_]+): (.*)$", text, re.MULTILINE))
    assert {name.lower() for name in named} <= set(ALL_SETTINGS)
    given = {f"XMLRPC_GUARD_{name}": value for name, value in named.items()}
    assert read_configuration({}, given).serving()["upstream"] == "http://php:80"
    update = re.search(r"xmlrpc-guard (ranges update jetpack) --output (\S+);", text)
    assert update is not None
    assert f"file:{update[2]}:" in named["ALLOW"]


def test_only_the_guard_of_the_compose_file_has_ports() -> None:
    services = re.split(r"^  (?=\w+:$)", (DOCKER / "compose.yaml").read_text(), flags=re.MULTILINE)
    assert [service.partition(":")[0] for service in services if "\n    ports:" in service] == ["guard"]
    assert "dockerfile: docs/examples/containers/Dockerfile" in services[1]
