"""The page's recipes, taken from it and run: the timer's units, the line for cron, and the container's loop."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.frontends import ROOT
from tests.inherited import inherited
from tests.updates.mirrors import Authority, Mirror, page
from xmlrpc_guard.listfile import read_networks
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.published import PUBLICATIONS, PUBLISHED

PAGE = (ROOT / "docs/reference/updates.md").read_text()
JETPACK = page("\n".join(PUBLISHED["jetpack"].ranges).encode())
INSTALLED = "/usr/local/bin/xmlrpc-guard"


def shown(language: str, number: int = 0) -> str:
    """Give a block of the page."""
    return found(rf"```{language}\n(.*?)```", PAGE, number)


def found(pattern: str, text: str, number: int = 0) -> str:
    places = [match[1] for match in re.finditer(pattern, text, re.DOTALL | re.MULTILINE)]
    assert len(places) > number, f"docs/reference/updates.md has nothing like {pattern}"
    return places[number]


class Place:
    """Where a recipe runs: folders in the place of /etc and /lists, a mirror in the place of the services."""

    def __init__(self, folder: Path, mirror: Mirror, authority: Authority) -> None:
        url = mirror.serve(JETPACK)
        self.mirror, self.folder = mirror, folder
        self.command = folder / "bin" / "xmlrpc-guard"
        flags = shlex.join(["--url", url, "--ca-file", str(authority.path)])
        self.command.parent.mkdir()
        python = f"PYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -W ignore"
        self.command.write_text(f'#!/bin/sh\n{python} -m xmlrpc_guard "$@" {flags}\n')
        self.command.chmod(0o755)
        self.environ = inherited(PATH=f"{self.command.parent}:{os.environ['PATH']}")
        self.lists = folder / "lists"
        self.lists.mkdir()

    def here(self, recipe: str) -> str:
        return re.sub("/etc/xmlrpc-guard|(?<= )/lists", str(self.lists), recipe.replace(INSTALLED, str(self.command)))

    def run(self, recipe: str) -> subprocess.CompletedProcess[str]:
        command = ["sh", "-c", self.here(recipe)]
        return subprocess.run(command, env=self.environ, check=False, capture_output=True, text=True)

    def holds_the_list(self) -> bool:
        networks, count = read_networks((self.lists / "jetpack.txt").read_bytes(), "jetpack.txt")
        return (networks, count) == (Networks(["jetpack"]), 8)


@pytest.fixture
def place(tmp_path: Path, mirror: Mirror, authority: Authority) -> Place:
    return Place(tmp_path, mirror, authority)


def test_what_the_command_prints(place: Place) -> None:
    of_2019 = [entry for entry in PUBLISHED["jetpack"].ranges if entry != "192.0.64.0/18"]
    (place.lists / "jetpack.txt").write_text("\n".join(of_2019))
    command, _, printed = shown("console").removeprefix("$ ").partition("\n")
    assert place.run(command).stdout == printed
    assert place.holds_the_list()


def exec_start() -> str:
    return found(r"^ExecStart=(.*?)$", shown("ini"))


def test_the_command_of_the_systemd_service(place: Place) -> None:
    done = place.run(exec_start())
    assert (done.returncode, done.stderr) == (0, "")
    assert place.holds_the_list()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_the_units_are_what_systemd_understands(place: Place) -> None:
    for number, name in enumerate(("service", "timer")):
        unit = shown("ini", number)
        assert unit.startswith(f"# /etc/systemd/system/xmlrpc-guard-ranges.{name}\n")
        (place.folder / f"xmlrpc-guard-ranges.{name}").write_text(place.here(unit))
    units = [str(path) for path in sorted(place.folder.glob("*.*r*"))]
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], check=False, capture_output=True, text=True
    )
    assert (len(units), verified.returncode, verified.stderr) == (2, 0, "")


def cron_command() -> str:
    return found(r"^(?:\S+ ){5}root (.*?)$", shown("crontab"))


def test_the_line_for_cron_says_nothing_unless_it_fails(place: Place) -> None:
    done = place.run(cron_command())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert place.holds_the_list()
    place.mirror.serve(page(b"<html>"))
    done = place.run(cron_command())
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert place.holds_the_list()


def containers_loop(place: Place) -> str:
    command = json.loads(found(r"command: (\[.*?\])$", shown("yaml")))
    assert command[:2] == ["sh", "-c"]
    assert "restart: unless-stopped" in shown("yaml")
    return re.sub("sleep (86400|600)", "sleep 0.1", place.here(command[2]))


def test_the_container_ends_with_a_failure_and_once_restarted_goes_on(place: Place) -> None:
    loop = containers_loop(place)
    place.mirror.serve(page(status="500 Internal Server Error"))
    failed = place.run(loop)
    assert (failed.returncode, "answered 500" in failed.stderr) == (1, True)
    place.mirror.serve(JETPACK)
    with subprocess.Popen(
        ["sh", "-c", loop],
        env=place.environ,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as container:
        watchdog = threading.Timer(120, os.killpg, (container.pid, signal.SIGKILL))
        watchdog.start()
        assert container.stdout
        for line in container.stdout:
            if "0 added" in line:  # by the update after the one that succeeded first
                os.killpg(container.pid, signal.SIGKILL)
        watchdog.cancel()
    assert place.holds_the_list()


@pytest.mark.parametrize("name", PUBLICATIONS)
def test_the_table_has_each_lists_addresses_and_limits(name: str) -> None:
    publication = PUBLICATIONS[name]
    row = found(rf"^\| `{name}` \|(.*?)\|$", PAGE)
    assert (publication.service or "") in row
    entries = f"{publication.least} entr{'y' if publication.least == 1 else 'ies'}"
    assert row.split(" | ")[2:] == [
        entries,
        f"/{publication.widest[4]}, /{publication.widest[6]}",
        f"{1 << 32 - publication.most} ",
    ]
    assert all(f"`{url}`" in row for url in publication.urls[:1])
    assert all(f"`{url[url.rindex('/') :]}`" in row for url in publication.urls[1:])
