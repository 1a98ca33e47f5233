"""How the site is built: ``python -m sphinx -W docs build/site``."""

import re
import tomllib
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

_ROOT = Path(__file__).parent.parent
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["project"]

project = _PROJECT["name"]
author = _PROJECT["authors"][0]["name"]
copyright = author  # noqa: A001 - Sphinx reads this name
release = _PROJECT["version"]

extensions = ["myst_parser"]
exclude_patterns = ["examples/**"]
html_theme = "furo"
html_title = project
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["reach.js", "words.js", "search.js"]
html_theme_options = {
    "source_repository": _PROJECT["urls"]["Repository"],
    "source_branch": "main",
    "source_directory": "docs/",
}
highlight_language = "none"
myst_heading_anchors = 4


_SHELF = re.compile(r"^- \*\*(.+)\*\*: (.*(?:\n  .*)*)", re.MULTILINE)


def _add_contents(_app: Sphinx, page: str, source: list[str]) -> None:
    """Make the site's contents of the links that the first page ends with."""
    if page == "index":
        for caption, links in _SHELF.findall(source[0]):
            pages = "\n".join(re.findall(r"\]\((.*?)\.md\)", links))
            source[0] += f'\n```{{toctree}}\n:caption: "{caption}"\n:hidden:\n\n{pages}\n```\n'


def setup(app: Sphinx) -> None:
    """Show blocks as plain text in the languages that Pygments does not know; write the contents."""
    app.connect("source-read", _add_contents)
    for name in ("ats", "caddyfile", "crontab", "haproxy", "log", "nghttpx"):
        app.add_lexer(name, TextLexer)
