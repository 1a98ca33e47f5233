"""Write the tables of the settings into the pages that show them: ``python -m tests.settings_table``."""

import re
from pathlib import Path

from tests.frontends import ROOT
from xmlrpc_guard.settings.setting import Setting
from xmlrpc_guard.settings.table import ALL_SETTINGS, CONFIG

_REFERENCE = ROOT / "docs" / "reference"
_SETTINGS = """\
| setting | table | holds | what it is for | example | if not given |
|---|---|---|---|---|---|
"""
_NAMES = """\
| setting | flag | variable |
|---|---|---|
"""


def write() -> dict[Path, str]:
    """Write a table for each page, with a row for each setting."""
    rows = (CONFIG, *ALL_SETTINGS.values())
    return {
        _REFERENCE / "settings.md": _SETTINGS + "".join(map(_write_setting, rows)),
        _REFERENCE / "environment.md": _NAMES + "".join(map(_write_names, rows)),
    }


def _write_setting(row: Setting) -> str:
    table = "" if row is CONFIG else f"`[{row.table.value}]`"
    holds = f"{row.kind.value}: {', '.join(row.choices)}" if row.choices else row.kind.value
    return _write_row(f"`{row.name}`", table, holds, row.help, f"`{row.example}`", row.default)


def _write_names(row: Setting) -> str:
    return _write_row(f"`{row.name}`", f"`{row.flag}`" if row.has_flag else "", f"`{row.variable}`")


def _write_row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    for page, table in write().items():
        head = "".join(table.splitlines(keepends=True)[:2])
        before, _, rest = page.read_text("utf-8").partition(head)
        page.write_text(before + table + re.sub(r"\A(\|.*\n)*", "", rest), "utf-8")
