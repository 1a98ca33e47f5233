"""The settings: one table of them, and what was written, kept apart from the policy that it makes.

Flags and their help, keys of TOML and ini files, variables, keywords of ``proxy.application``, the names offered for
misspelt ones and the table in the docs are made from it. A setting's name stands elsewhere only where a class takes it.
"""

from xmlrpc_guard.settings.setting import Kind, Setting
from xmlrpc_guard.settings.table import SETTINGS
from xmlrpc_guard.settings.texts import split_list
from xmlrpc_guard.settings.written import Entry, Settings

__all__ = ["SETTINGS", "Entry", "Kind", "Setting", "Settings", "split_list"]
