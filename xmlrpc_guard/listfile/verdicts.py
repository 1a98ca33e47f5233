"""Words beside an address that say whether it is let in."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

_OF_LISTS = frozenset(
    (
        *("blocklist", "denylist", "droplist", "banlist", "blacklisted", "denylisted", "blocklisted", "unwanted"),
        *("untrusted", "revoked", "suspended", "inactive", "expired", "attackers", "abusers", "offenders"),
        *("malicious", "malware", "attacker", "abuser", "spammer", "spammers", "botnet"),
    )
)
_OFF = _OF_LISTS | frozenset(
    (
        *("", "0", "-", "no", "off", "false", "n", "f", "none", "never", "not", "nil", "null", "deny", "denied"),
        *("block", "blocked", "ban", "banned", "bad", "drop", "reject", "rejected", "refuse", "refused", "forbid"),
        *("forbidden", "disallow", "disallowed", "exclude", "excluded", "except", "ignore", "disabled", "blacklist"),
    )
)
TAKING = frozenset(("disabled", "deny", "denied", "block", "blocked", "negate", "negated", "inverted", "exclude"))
"""Names of columns and fields whose value, if it is on, takes an address away."""

VERDICTS = TAKING | frozenset(
    ("action", "access", "policy", "verdict", "decision", "effect", "permit", "enabled", "active", "allow", "allowed")
)
"""Names of columns and fields that say what is done with an address."""

_SAYING = frozenset(("status", "type", "category", "kind", "reputation"))
"""Names of fields with which a row says this, if any, in a word of more than some letters."""
_SAYING_NOTHING = frozenset(("none", "null", "block"))  # a block of addresses, say

# Words of a name: those of camelCase too. Short ones are names of countries: "no" is Norway.
_WORD = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{3,}(?![a-z])")
_SHORTEST = 3


def is_off(value: str) -> bool:
    """Return whether a value means that an address is not in the list.

    >>> is_off("0"), is_off("No"), is_off("1"), is_off("DE")
    (True, True, False, False)
    """
    return value.lower() in _OFF


def takes_away(name: str) -> bool:
    """Return whether a name says that the addresses below it are not let in.

    >>> takes_away("blocked_ips"), takes_away("notAllowed"), takes_away("no"), takes_away("office")
    (True, True, False, False)
    """
    words = {word.lower() for word in _WORD.findall(name) if len(word) >= _SHORTEST}
    return bool(words & (TAKING | _OFF))


def refuses(name: str, value: str) -> bool:
    """Return whether a field and its value say that an address is not let in.

    >>> refuses("action", "Deny"), refuses("isBlocked", "true"), refuses("blocked", "no"), refuses("name", "no")
    (True, True, False, False)
    >>> refuses("status", "revoked"), refuses("status", "0"), refuses("type", "block")
    (True, False, False)
    """
    if _plain(name) in _SAYING:
        return len(value) > _SHORTEST and is_off(value) and value.lower() not in _SAYING_NOTHING
    return bool(value) and is_verdict(name) and is_off(value) != is_taking(name)


def is_taking(name: str) -> bool:
    """Return whether the values of a column take an address away if they are on.

    >>> is_taking("isBlocked"), is_taking("active")
    (True, False)
    """
    return _plain(name) in TAKING


def is_verdict(name: str) -> bool:
    """Return whether the values of a column say what is done with its addresses.

    >>> is_verdict("is_blocked"), is_verdict("country")
    (True, False)
    """
    return _plain(name) in VERDICTS


def _plain(name: str) -> str:
    return name.lower().removeprefix("is").strip("_- ")


def find_refusals(row: Mapping[str, Any], chosen: Collection[str | None] = ()) -> Iterator[tuple[str, object]]:
    """Give the fields of a row of JSON that say that it lets no one in; ``chosen`` are those that are meant.

    >>> list(find_refusals({"ip": "192.0.2.7", "access": "Deny", "disabled": False}))
    [('access', 'Deny')]
    """
    for name, value in row.items():
        if name in chosen or value in (None, "", [], {}):
            continue
        if refuses(name, value if isinstance(value, str) else str(bool(value))):
            yield name, value
