"""Write the table of the settings into the page that shows it: ``python -m tests.settings_table``."""

import re

from tests.frontends import ROOT
from xmlrpc_guard.settings.setting import Setting
from xmlrpc_guard.settings.table import ALL_SETTINGS, CONFIG

PAGE = ROOT / "docs" / "reference" / "settings.md"
_HEAD = """\
| setting | table | flag, variable | holds | what it is for | example | if not given |
|---|---|---|---|---|---|---|
"""


def write() -> str:
    """Write a row for each setting."""
    return _HEAD + "".join(map(_write_row, (CONFIG, *ALL_SETTINGS.values())))


def _write_row(row: Setting) -> str:
    table = "" if row is CONFIG else f"`[{row.table.value}]`"
    flag = f"`{row.flag}`, " if row.has_flag else ""
    holds = f"{row.kind.value}: {', '.join(row.choices)}" if row.choices else row.kind.value
    cells = (f"`{row.name}`", table, f"{flag}`{row.variable}`", holds, row.help, f"`{row.example}`", row.default)
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    page = PAGE.read_text("utf-8")
    PAGE.write_text(re.sub(re.escape(_HEAD) + r"(\|.*\n)*", lambda _: write(), page), "utf-8")
