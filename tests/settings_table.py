"""Write the tables of the settings into the pages that show them: ``python -m tests.settings_table``."""

from pathlib import Path

from tests.frontends import ROOT
from xmlrpc_guard.settings.setting import Kind, Setting, Table
from xmlrpc_guard.settings.table import ALL_SETTINGS, CONFIG

_REFERENCE = ROOT / "docs" / "reference"
_BEGINS, _ENDS = "<!-- written by tests.settings_table -->\n", "<!-- to here -->\n"
_SETTINGS = """\
| setting | holds | what it is for | example | if not given |
|---|---|---|---|---|
"""
_NAMES = """\
| setting | flag | variable |
|---|---|---|
"""


def write() -> dict[Path, str]:
    """Write for each page what stands between its marks: a row for each setting."""
    return {
        _REFERENCE / "settings.md": _mark("".join(map(_write_table, Table))),
        _REFERENCE / "environment.md": _mark(_NAMES + "".join(map(_write_names, (CONFIG, *ALL_SETTINGS.values())))),
    }


def _mark(text: str) -> str:
    return f"{_BEGINS}\n{text}\n{_ENDS}"


def _write_table(table: Table) -> str:
    rows = [row for row in ALL_SETTINGS.values() if row.table is table]
    return f"### `[{table.value}]`\n\n{_SETTINGS}{''.join(map(_write_setting, rows))}\n"


def _write_setting(row: Setting) -> str:
    return _write_row(f"`{row.name}`", _write_kind(row), row.help, f"`{row.example}`", row.default)


def _write_kind(row: Setting) -> str:
    if row.kind in (Kind.NUMBER, Kind.SECONDS):
        return f"{row.kind.value}, {row.bounds_in_words}"
    return f"{row.kind.value}: {', '.join(row.choices)}" if row.choices else row.kind.value


def _write_names(row: Setting) -> str:
    return _write_row(f"`{row.name}`", f"`{row.flag}`" if row.has_flag else "", f"`{row.variable}`")


def _write_row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    for page, written in write().items():
        before, _, rest = page.read_text("utf-8").partition(_BEGINS)
        page.write_text(before + written + rest.partition(_ENDS)[2], "utf-8")
