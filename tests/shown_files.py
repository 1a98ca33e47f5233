"""Write the files of docs/examples into the pages that show them: ``python -m tests.shown_files``.

A page names the file in a comment before the block, which readers of the page do not see, and what the block's first
line is to say of it, if anything::

    <!-- docs/examples/flask/mysite.py, as mysite.py -->
"""

import re
from pathlib import Path

from tests.frontends import ROOT

_SHOWN = re.compile(r"(<!-- (docs/examples/\S+?)(?:, as (.*?))? -->\n\n```\w+\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    return sorted((ROOT / "docs").rglob("*.md"))


def names(page: str) -> list[str]:
    """Give the files that a page shows, from the checkout's folder on."""
    return [match[2] for match in _SHOWN.finditer(page)]


def write(page: str) -> str:
    """Give a page with each file that it shows as it is now."""
    return _SHOWN.sub(_write_block, page)


def _write_block(match: re.Match[str]) -> str:
    begin, name, title = match.groups()
    return f"{begin}{f'# {title}' + chr(10) if title else ''}{(ROOT / name).read_text('utf-8')}"


if __name__ == "__main__":
    for each in pages():
        each.write_text(write(each.read_text("utf-8")), "utf-8")
