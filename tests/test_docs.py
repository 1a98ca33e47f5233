"""What the documents show, run: docstring examples, the README's Python, and the commands that it prints."""

import doctest
import re
import shlex
import textwrap
import tomllib
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from statsd import StatsClient

import xmlrpc_guard
from tests import api_page, commands_page, shown_files
from tests.docstrings import check_examples, modules_with_examples
from tests.frontends import ROOT
from xmlrpc_guard import sources
from xmlrpc_guard.cli import run

PAGES = ["README.md", *sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md"))]

# Files of docs/examples, which tests/real/test_guides.py starts.
EXAMPLES = [
    file for file in sorted((ROOT / "docs" / "examples").rglob("*")) if file.is_file() and file.suffix != ".pyc"
]
STARTED = [file.read_text("utf-8") for file in EXAMPLES]
# Guides whose blocks other tests take from the page: lab.test_troubleshooting, serving.test_rollout.
TAKEN = ("docs/guides/rollout.md", "docs/guides/troubleshooting.md")


@pytest.mark.parametrize("module", modules_with_examples("xmlrpc_guard"))
def test_docstring_examples(module: str) -> None:
    check_examples(module)


# Prose: neither in a fence, nor indented as a command is, nor of a table or an HTML comment.
PROSE = re.compile(r"(?ms)^```.*?^```$|^(?!    |\||<)([^\n]{121,})$")


@pytest.mark.parametrize("page", [page for page in PAGES if "/evidence/" not in page])
def test_a_line_of_prose_has_at_most_120_characters(page: str) -> None:
    assert [line for line in PROSE.findall((ROOT / page).read_text("utf-8")) if line] == []


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


FILES = {"toml": "guard.toml", "xml": "call.xml", "log": "access.log"}


def write_files(page: str) -> None:
    """Write the TOML, the XML and the log that a page shows where its commands and its Python look for it."""
    for language, block in re.findall(r"```(toml|xml|log)\n(.*?)```", (ROOT / page).read_text(), re.DOTALL):
        Path(FILES[language]).write_text(block)
        Path(FILES[language]).chmod(0o644)


def test_the_pages_python_runs_in_order() -> None:
    shown = 0
    for page in PAGES:
        write_files(page)
        names: dict[str, object] = {}
        for number, block in enumerate(re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)):
            shown += 1
            if block.partition("\n")[2] in STARTED:
                continue
            if ">>>" in block:
                example = doctest.DocTestParser().get_doctest(block, names, f"{page} {number}", page, 0)
                assert doctest.DocTestRunner().run(example, clear_globs=False).failed == 0
            else:
                exec(compile(block, f"{page} {number}", "exec"), names)
        if isinstance(client := names.get("client"), StatsClient):
            client.close()
    assert shown > 0


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/guides/") and page not in TAKEN])
def test_a_block_of_a_guide_is_started(page: str) -> None:
    """It is Python, which is run above, a command of the guide's, or a file of docs/examples."""
    shown = re.findall(r"^```(\w+)\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    blocks = [block for language, block in shown if language not in ("python", "sh")]
    assert [block for block in blocks if not {block, block.partition("\n")[2]} & set(STARTED)] == []
    assert len([language for language, _ in shown if language == "sh"]) <= 1


COMMAND = re.compile(r"^    \$ ((?:[A-Z_]+=\S+ )*)xmlrpc-guard (.*)\n((?:    [^$].*\n|\n(?=    [^$]))+)", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_commands_print_what_the_pages_show(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_files(page)
    for variables, command, shown in COMMAND.findall((ROOT / page).read_text()):
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (variable.split("=", 1) for variable in variables.split()):
                patch.setenv(name, value)
            run(shlex.split(command))
        printed = textwrap.dedent(shown)
        beginning, dots, _ = printed.partition("...\n")
        out = capsys.readouterr().out
        assert out.startswith(beginning) if dots else out == printed


def test_the_page_of_the_commands_has_the_help_of_each_as_it_is_printed() -> None:
    """After a change of a command, write the page again: ``python -m tests.commands_page``."""
    page = commands_page.PAGE.read_text("utf-8")
    assert commands_page.write(page) == page


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_the_files_of_the_examples_as_they_are(page: str) -> None:
    """After a change of a file, write the pages again: ``python -m tests.shown_files``."""
    text = (ROOT / page).read_text("utf-8")
    assert shown_files.write(text) == text
    assert text.count("<!-- docs/examples/") == len(shown_files.names(text))


def test_the_page_of_the_api_has_the_docstrings_as_they_are() -> None:
    """After a change of a docstring, write the page again: ``python -m tests.api_page``."""
    page = api_page.PAGE.read_text("utf-8")
    assert api_page.write(page) == page


def test_the_page_of_the_api_has_each_public_name() -> None:
    shown = re.findall(r"^### (\w+)$", api_page.PAGE.read_text("utf-8"), re.MULTILINE)
    assert [name for name in (*xmlrpc_guard.__all__, *sources.__all__) if name not in shown] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_can_be_read_where_the_repository_is_looked_at(page: str) -> None:
    """There a directive of the site's is a block of code, with nothing in it that it would write."""
    text = (ROOT / page).read_text("utf-8")
    assert re.findall(r"^[`:]{3,}\{.*|^---$", text, re.MULTILINE) == []
    parts = [part for block in MarkdownIt("commonmark").parse(text) for part in (block, *(block.children or ()))]
    html = [part.content for part in parts if part.type.startswith("html_")]
    assert [each for each in html if not each.startswith("<!--")] == []  # such as a placeholder in no code


def test_each_page_has_words_for_the_search() -> None:
    """Those that readers type and that the page may not have: docs/_static/words.js."""
    words = (ROOT / "docs/_static/words.js").read_text("utf-8").partition("const SUBJECTS")[2]
    pages = {page.removeprefix("docs/").removesuffix(".md") for page in PAGES} - {"README", "index"}
    assert {*re.findall(r'^  "([\w/-]+)":', words, re.MULTILINE)} == pages


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text()):
            assert (ROOT / page).parent.joinpath(link).exists(), (page, link)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_in_plain_words(page: str) -> None:
    """Write "no one", "any client", "trusted", "active", "not included", as the glossary and the other pages do."""
    words = re.findall(r"\b(?:nobody|whoever|believe[sd]|in force|comes? apart)\b", (ROOT / page).read_text("utf-8"))
    assert words == []


README = (ROOT / "README.md").read_text("utf-8")


def test_the_readme_is_short_and_shows_code_on_its_first_screen() -> None:
    assert len(README.split()) <= 450
    assert README.partition("```python")[0].count("\n") < 25


def test_the_links_of_the_readme_are_absolute_and_lead_to_files_that_are_here() -> None:
    """A package index shows the README without the files beside it."""
    repository = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]["Repository"]
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert links
    assert [link for link in links if not link.startswith(f"{repository}/blob/main/")] == []
    assert [link for link in links if not (ROOT / link.removeprefix(f"{repository}/blob/main/")).exists()] == []


def test_the_command_that_runs_the_tests_is_one_line() -> None:  # which .ci/run reads, and runs
    commands = re.findall(r"^    (.*-m pytest)$", README, re.MULTILINE)
    assert commands == ["python3 -m venv .venv && .venv/bin/pip install '.[test]' && .venv/bin/python -m pytest"]
