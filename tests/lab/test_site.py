"""The site of the docs: it is built without a warning, and a fault in a page is one."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.frontends import ROOT

pytestmark = pytest.mark.lab

DOCS = ROOT / "docs"
FAULTS = [
    pytest.param("[a page](guides/no-such.md)", "cross-reference target not found", id="a link to no page"),
    pytest.param("[a part](#no-such)", "cross-reference target not found", id="a link to no heading"),
    pytest.param("```no-such-language\nx\n```", "lexer name", id="a block in an unknown language"),
    pytest.param("![a picture](no-such.svg)", "image file not readable", id="a picture that is not there"),
]


def build(source: Path, into: Path) -> subprocess.CompletedProcess[str]:
    """Build as .ci/run does: any warning is an error."""
    command = [sys.executable, "-W", "ignore", "-m", "sphinx", "-q", "-W", "--keep-going", str(source), str(into)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """A page that no other leads to would be one."""
    built = build(DOCS, tmp_path)
    assert (built.stderr, built.returncode) == ("", 0)
    assert {*shown(tmp_path, ".html")} - {"genindex", "py-modindex", "search"} == {*shown(DOCS, ".md")}


def shown(folder: Path, suffix: str) -> list[str]:
    return [str(page.relative_to(folder).with_suffix("")) for page in folder.rglob(f"*{suffix}")]


@pytest.mark.parametrize(("text", "warning"), FAULTS)
def test_a_fault_in_a_page_ends_the_build(text: str, warning: str, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(DOCS / "_static", tmp_path / "docs/_static")
    shutil.copy(DOCS / "conf.py", tmp_path / "docs")
    (tmp_path / "docs/index.md").write_text(f"# A page\n\n{text}\n")
    built = build(tmp_path / "docs", tmp_path / "site")
    assert built.returncode == 1
    assert warning in built.stderr
