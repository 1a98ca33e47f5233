"""A TOML file with every setting in it, to be filled in: what ``xmlrpc-guard config init`` writes."""

import json
import textwrap
from collections.abc import Iterator

from xmlrpc_guard.settings.setting import Kind, Setting, Table
from xmlrpc_guard.settings.table import ALL_SETTINGS
from xmlrpc_guard.settings.texts import split_list

_INTRODUCTION = """\
# The settings of xmlrpc_guard. Each can also be a flag of the commands, or a variable: XMLRPC_GUARD_ALLOW.
# A flag replaces what a variable says, and a variable what this file says.
#
#     xmlrpc-guard config check --config THIS-FILE    says what it means
#     xmlrpc-guard config show --config THIS-FILE     says where each setting comes from
"""
_TABLE_PURPOSES = {
    Table.POLICY: "Who may reach which scripts.",
    Table.GUARD: "How a guard runs.",
    Table.SERVE: "What xmlrpc-guard serve, and the application xmlrpc_guard.app, need beside that.",
}
_WIDTH = 110


def write_template() -> str:
    """Write the file: ``allow`` is set, all others are comments that show an example and the default."""
    return "\n".join([_INTRODUCTION, *_write_tables()])


def _write_tables() -> Iterator[str]:
    for table, purpose in _TABLE_PURPOSES.items():
        yield f"# {purpose}\n[{table.value}]"
        yield from (_write_setting(row) for row in ALL_SETTINGS.values() if row.table is table)


def _write_setting(row: Setting) -> str:
    default = "It is required." if row.default == _NO_DEFAULT else f"Default: {row.default}."
    help_lines = textwrap.wrap(f"{row.help} {default}", _WIDTH, initial_indent="# ", subsequent_indent="# ")
    if row.default == _NO_DEFAULT:
        return "\n".join([*help_lines, f"{row.name} = {json.dumps(split_list(row.example)[:1])}", ""])
    return "\n".join([*help_lines, f"#{row.name} = {format_toml(row)}", ""])


_NO_DEFAULT = "required"


def format_toml(row: Setting) -> str:
    """Write the example of a setting as TOML has it.

    >>> format_toml(ALL_SETTINGS["allow"]), format_toml(ALL_SETTINGS["every"])
    ('["jetpack", "203.0.113.7"]', '60')
    """
    if row.kind.is_list:
        return json.dumps(split_list(row.example))
    return json.dumps(row.example) if row.kind is Kind.NAME else row.example
