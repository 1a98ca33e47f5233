"""The sections of docs/guides/recipes.md and containers.md, and the blocks in them."""

import re

from tests.manual import read_pages

PAGE = read_pages("guides/recipes", "guides/containers")


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def block(title: str, language: str) -> str:
    """Give the first block of a language in a section."""
    return str(re.findall(rf"^```{language}\n(.*?)^```", section(title), re.MULTILINE | re.DOTALL)[0])
