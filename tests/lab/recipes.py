"""The sections of docs/guides/recipes.md, and the files of docs/examples that it and containers.md show."""

from tests.frontends import ROOT
from tests.manual import read_pages

PAGE = read_pages("guides/recipes")


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def read_example(name: str) -> str:
    """Read a file that a guide shows, as ``recipes/mysite.py``."""
    return (ROOT / "docs/examples" / name).read_text("utf-8")
