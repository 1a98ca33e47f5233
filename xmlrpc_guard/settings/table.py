"""The table of the settings, from which every way to write them is made."""

import difflib
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What a setting holds."""

    ADDRESSES = "addresses, ranges, published lists, files"
    NAMES = "names"
    NAME = "one name"
    SECONDS = "seconds"
    SWITCH = "true or false"

    @property
    def is_list(self) -> bool:
        """Whether it holds entries, of which there may be any number."""
        return self in (Kind.ADDRESSES, Kind.NAMES)


class Setting(NamedTuple):
    """One row of the table."""

    name: str
    kind: Kind
    help: str
    example: str
    """A value as it is written in an ini file."""
    default: str
    """The value of a setting that is not given, in words."""
    of_policy: bool = True
    """Whether it takes part in deciding a request; the others count while a guard runs."""


SETTINGS: Mapping[str, Setting] = {
    row.name: row
    for row in (
        Setting(
            "allow",
            Kind.ADDRESSES,
            "Clients to let through: ranges, addresses, published lists such as 'jetpack', file:PATH. Repeat it or use "
            "commas; '' is no one.",
            "jetpack, 203.0.113.7",
            "required",
        ),
        Setting(
            "deny",
            Kind.ADDRESSES,
            "Clients to refuse, even if allow has them.",
            "192.0.64.5",
            "no one",
        ),
        Setting(
            "trusted_proxies",
            Kind.ADDRESSES,
            "Peers whose forwarded header is read: ranges, addresses, 'cloudflare', 'cloudfront', 'fastly', 'private'; "
            "'unix' for a unix socket, 'unix:SERVER' under a server that does not prove it.",
            "10.0.0.0/8, unix",
            "no one",
        ),
        Setting(
            "forwarded_header",
            Kind.NAME,
            "The header in which these proxies name the client: X-Forwarded-For, Forwarded, or a header of one "
            "address, such as X-Real-IP.",
            "X-Real-IP",
            "X-Forwarded-For",
        ),
        Setting(
            "scripts",
            Kind.NAMES,
            "File names to guard in any directory; xmlrpc.php if none is given.",
            "xmlrpc.php, xmlrpc",
            "xmlrpc.php",
        ),
        Setting(
            "every",
            Kind.SECONDS,
            "How often to look whether a list file has changed.",
            "60",
            "5",
            of_policy=False,
        ),
        Setting(
            "report_only",
            Kind.SWITCH,
            "Refuse no one; log what would have been refused.",
            "true",
            "false",
            of_policy=False,
        ),
    )
}
"""Every setting, in the order in which they are shown."""


def nearest_name(name: str) -> str:
    """Give the setting whose name is most like a misspelt one and begins like it, or else all of them.

    >>> nearest_name("trusted-proxy"), nearest_name("colour")[:18]
    ('trusted_proxies', 'one of allow, deny')
    """
    plain = name.lower().replace("-", "_")
    # What comes before a name may turn its meaning round: "disallow" is not "allow".
    near = difflib.get_close_matches(plain, [each for each in SETTINGS if each[:1] == plain[:1]], n=1)
    return near[0] if near else f"one of {', '.join(SETTINGS)}"
