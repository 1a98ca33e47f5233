"""A row of the table of the settings: what a setting is called everywhere, holds and does."""

from enum import Enum
from typing import NamedTuple

PREFIX = "XMLRPC_GUARD_"
"""How the variables of the environment begin."""


class Kind(Enum):
    """What a setting holds."""

    ADDRESSES = "addresses, ranges, published lists, files"
    NAMES = "names"
    SOCKETS = "sockets to listen at"
    NAME = "one name"
    SECONDS = "seconds"
    NUMBER = "a whole number"
    SWITCH = "true or false"

    @property
    def is_list(self) -> bool:
        """Whether it holds entries, of which there may be any number."""
        return self in (Kind.ADDRESSES, Kind.NAMES, Kind.SOCKETS)


class Table(Enum):
    """Which table of a TOML file a setting stands in."""

    POLICY = "policy"
    """What takes part in deciding a request."""
    GUARD = "guard"
    """What counts while a guard runs."""
    SERVE = "serve"
    """What ``xmlrpc-guard serve`` needs beside a guard."""


class Setting(NamedTuple):
    """One row of the table."""

    name: str
    kind: Kind
    help: str
    example: str
    """A value as it is written in an ini file."""
    default: str
    """The value of a setting that is not given, in words."""
    table: Table = Table.POLICY
    """Where it stands in a TOML file, and so who reads it."""
    choices: tuple[str, ...] = ()
    """The names that a setting of one name may hold; any if there are none here."""
    bounds: tuple[float, float] = (0, 1_000_000_000)
    """The smallest and the largest number."""
    admits: bool = False
    """Whether its entries let clients in, so that an empty list may take the place of another."""
    metavar: str = ""
    """What a flag's value is called in the help, if not by its kind."""
    has_flag: bool = True
    """Whether the commands have a flag of its name; the application is an argument of ``serve``."""
    words: tuple[str, ...] = ()
    """What other programs call the like; for such a word this setting is offered, and no other."""

    @property
    def of_policy(self) -> bool:
        """Whether it takes part in deciding a request."""
        return self.table is Table.POLICY

    @property
    def bounds_in_words(self) -> str:
        """The smallest and the largest number, as ``0 to 1000000000``."""
        least, most = self.bounds
        return f"{least:g} to {most:.16g}"

    @property
    def variable(self) -> str:
        """The variable of the environment, as ``XMLRPC_GUARD_TRUSTED_PROXIES``."""
        return f"{PREFIX}{self.name.upper()}"

    @property
    def flag(self) -> str:
        """The flag of the commands, as ``--trusted-proxies``."""
        return f"--{self.name.replace('_', '-')}"
