"""The guides: each shows its folder of docs/examples, and what its command starts is asked as a client would."""

import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.frontends import ROOT, Listener, free_port, get, installed, receive, serving

pytestmark = pytest.mark.lab

GUIDES, EXAMPLES = ROOT / "docs" / "guides", ROOT / "docs" / "examples"
SERVED = ["flask", "django", "pyramid", "wsgi", "asgi", "gunicorn", "waitress", "uwsgi", "granian"]
NEEDS = {"wsgi": "waitress", "asgi": "uvicorn"}
LISTED = "127.0.0.5"  # all of 127.0.0.0/8 is this machine, so that a client can be another one than the stranger
# What a framework's own command writes, and no guide needs to show.
NOT_SHOWN = {"django/manage.py", "django/mysite/__init__.py", "django/mysite/settings.py", "django/mysite/urls.py"}


def blocks(guide: str, language: str) -> list[str]:
    page = (GUIDES / f"{guide}.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("folder", [*SERVED, "mod_wsgi", "testing"])
def test_the_guide_shows_each_file_of_its_folder_as_it_is(folder: str) -> None:
    shown = [block.partition("\n")[2] for block in blocks(folder, r"\w+")]
    files = [file for file in (EXAMPLES / folder).rglob("*.*") if "__pycache__" not in file.parts]
    assert files
    names = [str(file.relative_to(EXAMPLES)) for file in files if file.read_text("utf-8") not in shown]
    assert set(names) <= NOT_SHOWN


@contextmanager
def started_as_the_guide_says(folder: str, tmp_path: Path) -> Iterator[Listener]:
    """Run the guide's command on another port, in a copy of its folder in whose list there is one address more."""
    if not installed(NEEDS.get(folder, folder)):
        pytest.skip(f"{folder} is not installed")
    at = Listener(port=free_port())
    site = tmp_path / "site"
    shutil.copytree(EXAMPLES / folder, site, ignore=shutil.ignore_patterns("__pycache__"))
    for file in filter(Path.is_file, site.rglob("*.*")):
        text = file.read_text("utf-8").replace("127.0.0.1:8000", f"127.0.0.1:{at.port}")
        file.write_text(text.replace('"jetpack"', f'"{LISTED}"').replace("= jetpack", f"= {LISTED}"))
    command = blocks(folder, "sh")[0].replace("127.0.0.1:8000", f"127.0.0.1:{at.port}")
    command = command.replace("--port 8000", f"--port {at.port}").strip()
    path = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    setting = f"export PATH='{path}' VIRTUAL_ENV='{sys.prefix}' PYTHONPATH=. PYTHONWARNINGS=ignore; cd '{site}'"
    with serving(("bash", "-c", f"{setting}; exec env {command}"), at, tmp_path / "log"):
        yield at


def ask(at: Listener, target: str, source: str = "") -> bytes:
    with at.connect(source) as connection:
        connection.sendall(get(target))
        return receive(connection)


@pytest.mark.parametrize("folder", SERVED)
def test_what_a_guide_starts_lets_in_the_listed_alone(folder: str, tmp_path: Path) -> None:
    with started_as_the_guide_says(folder, tmp_path) as at:
        statuses = [ask(at, target).split()[1] for target in ("/xmlrpc.php", "//XMLRPC.php/x", "/blog/%78mlrpc.php")]
        page, listed = ask(at, "/"), ask(at, "/xmlrpc.php", LISTED)
    assert statuses == [b"403"] * 3
    assert page.split()[1] == b"200"
    assert b"a page" in page
    assert listed.split()[1] != b"403"
    log = (tmp_path / "log").read_text("utf-8")
    assert re.search(r"refused.* 127\.0\.0\.1: client is not in the allowlist", log)


def test_the_tests_that_the_guide_shows_pass(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES / "testing", tmp_path, dirs_exist_ok=True)
    (command,) = blocks("testing", "sh")
    assert command.startswith("python -m pytest ")
    assert os.system(f"cd {tmp_path} && {sys.executable} {command.removeprefix('python ').strip()} -q -n 0 >log") == 0


def test_the_configuration_for_mod_wsgi_is_that_of_the_stacks() -> None:
    """Which the lab runs, and changes as its table says."""
    stacks = (ROOT / "docs/reference/stacks.md").read_text("utf-8")
    assert f"```apache\n{(EXAMPLES / 'mod_wsgi/site.conf').read_text('utf-8')}```" in stacks
